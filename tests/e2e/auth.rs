//! `auth`: who asks, in suites, in files, in runner configurations and on the command line.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Ran, run_text};

fn run(folder: &Folder, words: &[&str]) -> Ran {
    folder.resttest().args(words).finish()
}

#[test]
fn the_stronger_choice_wins_whole_and_none_always_stands() {
    let suite = "
- config:
    auths:
      ann: {type: basic, username: ann, password: pässword}
      robot: {type: bearer, token: {template: $robot_token}}
    auth: robot
    variable_binds: {robot_token: t-0k3n}
- test: {url: /a}
- test: {url: /b, auth: none}
- test: {url: /c, auth: ann}
- test: {url: /d, auth: {type: api_key, name: X-Key, value: k3y-value}}
- test: {url: /e, auth: {type: api_key, name: key, value: 'a&b ü', in: query}}
- test: {url: '/f?x=1', auth: {type: api_key, name: sid, value: c00kie-value, in: cookie}, headers: {Cookie: a=b}}
- test: {url: /g, auth_username: u, auth_password: own-login}
- test: {url: /h, headers: {Authorization: Own header-value}}
";
    let wanted = [
        ("/a", "authorization", Some("Bearer t-0k3n")),
        ("/b", "authorization", None),
        ("/c", "authorization", Some("Basic YW5uOnDDpHNzd29yZA==")),
        ("/d", "x-key", Some("k3y-value")),
        ("/e?key=a%26b%20%C3%BC", "authorization", None),
        ("/f?x=1", "cookie", Some("a=b; sid=c00kie-value")),
        ("/g", "authorization", Some("Basic dTpvd24tbG9naW4=")),
        ("/h", "authorization", Some("Own header-value")),
    ];
    let server = Promised::new(wanted.len(), move |number, request| {
        let (target, name, value) = wanted[number];
        assert_eq!((&*request.target, request.header(name)), (target, value));
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);

    let folder = Folder::new();
    folder.file("s.yaml", suite);
    folder.file("own.yaml", "type: bearer\ntoken_file: token\n");
    folder.file("all.yaml", "eve: {type: bearer, token: eve-token}\nbob: {type: bearer, token: bob-token}\n");
    folder.file("token", "from-the-file\n");
    let runner = r#"{"environments": {"dev": {"auth": {"type": "bearer", "token": "of-the-environment"}}},
        "test_suites": [{"name": "s", "files": ["s.yaml"]}]}"#;
    folder.file("runner.json", runner);
    for (words, value) in [
        (&["--auth", "own.yaml", "s.yaml"][..], "Bearer from-the-file"),
        (&["--auth", "all.yaml:bob", "s.yaml"], "Bearer bob-token"),
        (&["--user", "u:p4ssword", "s.yaml"], "Basic dTpwNHNzd29yZA=="),
        (&["--oauth2-bearer", "of-the-line", "s.yaml"], "Bearer of-the-line"),
        (&["--config", "runner.json"], "Bearer of-the-environment"),
        (&["--config", "runner.json", "--oauth2-bearer", "of-the-line"], "Bearer of-the-line"),
    ] {
        let server = Promised::new(wanted.len(), move |_, request| {
            let value = match &*request.target {
                "/b" => None,
                "/h" => Some("Own header-value"),
                _ => Some(value),
            };
            assert_eq!(request.header("authorization"), value, "{}", request.target);
            Answer::ok("{}")
        });
        run(&folder, &[&["--url", &server.url()], words].concat()).exits(0);
    }
}

#[test]
fn what_authentication_adds_is_dropped_elsewhere_and_made_anew_within_an_origin() {
    let other = Promised::new(1, |_, request| {
        assert_eq!((&*request.target, request.header("x-key"), request.header("cookie")), ("/there", None, None));
        Answer::ok("{}")
    });
    let away: &'static str = Box::leak(format!("Location: {}/there\r\n", other.url()).into_boxed_str());
    let suite = "
- test: {url: /a, auth: {type: api_key, name: key, value: q-value, in: query}, curl_option_followlocation: 1}
- test: {url: /c, auth: {type: api_key, name: X-Key, value: h-value}, curl_option_followlocation: 1}
";
    let server = Promised::new(3, move |number, request| match number {
        0 => {
            assert_eq!(request.target, "/a?key=q-value");
            Answer::Full(302, "Location: /b?x=1\r\n", String::new())
        }
        1 => {
            assert_eq!(request.target, "/b?x=1&key=q-value");
            Answer::ok("{}")
        }
        _ => {
            assert_eq!(request.header("x-key"), Some("h-value"));
            Answer::Full(302, away, String::new())
        }
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn credentials_are_not_shown() {
    let suite = "
- test: {url: /a, auth: {type: basic, username: ann, password: pass-phrase}}
- test: {url: /b, auth: {type: bearer, token: bearer-token}}
- test: {url: /c, auth: {type: api_key, name: q, value: key-value, in: query}}
- test: {url: /d, auth: {type: api_key, name: X-Mine, value: mine-value}}
";
    let server = Promised::new(4, |_, request| {
        let echo = format!("{} {:?} pass-phrase bearer-token key-value mine-value", request.target, request.headers);
        Answer::Full(500, "", echo)
    });
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let words = ["--verbose", "--log", "debug", "--show-curl", "--report-json", "-", &server.url(), "s.yaml"];
    let ran = run(&folder, &words).exits(4);
    for (number, secret) in ["pass-phrase", "bearer-token", "key-value", "mine-value"].into_iter().enumerate() {
        let own = format!("/{}", ["a", "b", "c", "d"][number]);
        assert!(ran.stdout.contains(&own) || ran.stderr.contains(&own));
        // What one test sends is hidden from its own first output on.
        let text = format!("{}{}", ran.stdout, ran.stderr);
        let shown = text.lines().filter(|line| line.contains(secret) && line.contains(&own)).count();
        assert_eq!(shown, 0, "{secret}: {text}");
    }
    let explained = run(&folder, &["explain", &server.url(), "s.yaml"]).exits(0).stdout;
    assert!(explained.contains("auth basic (s.yaml:2") && explained.contains("auth.password given (s.yaml:2"));
    assert!(!explained.contains("pass-phrase") && !explained.contains("key-value"), "{explained}");
}

#[test]
fn load_runs_are_signed_in_both_modes() {
    for mode in ["sync", "async"] {
        let suite = format!(
            "- test: {{url: /a, auth: {{type: bearer, token: load-token}}, performance: {{repeat: 20, concurrency: 2, mode: {mode}}}}}\n"
        );
        let server = Promised::new(20, |_, request| {
            assert_eq!(request.header("authorization"), Some("Bearer load-token"));
            Answer::ok("{}")
        });
        run_text(&server.url(), &suite, PLAIN).exits(0);
    }
}

/// An API with a token endpoint: tokens are numbered, and `Bearer tN` is let in while `is_good` says so.
fn guarded(
    hits: usize,
    life: u64,
    is_good: impl Fn(usize, usize) -> bool + Send + Sync + 'static,
) -> (Promised, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let tokens = std::sync::Arc::<AtomicUsize>::default();
    let made = tokens.clone();
    let server = Promised::new(hits, move |number, request| {
        if request.target == "/token" {
            let n = made.fetch_add(1, Ordering::SeqCst) + 1;
            return Answer::ok(format!(r#"{{"access_token":"token-{n}","token_type":"Bearer","expires_in":{life}}}"#));
        }
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer token-"));
        let token: usize = token.and_then(|token| token.parse().ok()).unwrap_or_else(|| panic!("{request:?}"));
        if is_good(token, number) { Answer::ok("{}") } else { Answer::Full(401, "", "{}".to_owned()) }
    });
    (server, tokens)
}

const ROBOT: &str = "auth: {type: oauth2, token_url: URL/token, client_id: shop, client_secret: s3cr3t-value";

fn robot(server: &Promised, more: &str) -> String {
    format!("- config: {{{}{more}}}}}\n", ROBOT.replace("URL", &server.url()))
}

#[test]
fn a_token_is_fetched_once_and_once_more_where_it_is_refused() {
    use std::sync::atomic::Ordering;
    // Four requests, one of them twice, and two tokens.
    let (server, tokens) = guarded(7, 3600, |token, number| token == 2 || number < 3);
    let suite = format!(
        "{}- url: /a\n- url: /b\n- url: /c\n- test: {{url: /d, retry: {{max_retries: 3}}}}\n",
        robot(&server, "")
    );
    let ran = run_text(&server.url(), &suite, ["--log", "info"]).exits(0);
    assert_eq!(tokens.load(Ordering::SeqCst), 2);
    assert!(ran.stderr.contains("was refused with 401; another one is fetched"), "{}", ran.stderr);
    assert!(ran.stderr.contains("4 passed (0 flaky), 0 failed, 0 errored, 0 skipped, 0 retries"), "{ran:#?}");

    // A new token that is refused, too, is the answer.
    let (server, tokens) = guarded(3, 3600, |_, _| false);
    let suite = format!("{}- url: /a\n- test: {{url: /b, expected_status: 401}}\n", robot(&server, ""));
    run_text(&server.url(), &suite, PLAIN).exits(1);
    assert_eq!(tokens.load(Ordering::SeqCst), 1);

    // Without a cache each request has its own.
    let (server, tokens) = guarded(4, 3600, |_, _| true);
    run_text(&server.url(), &format!("{}- url: /a\n- url: /b\n", robot(&server, ", cache: false")), PLAIN).exits(0);
    assert_eq!(tokens.load(Ordering::SeqCst), 2);
}

#[test]
fn a_load_run_fetches_before_its_clock_and_renews_once() {
    use std::sync::atomic::Ordering;
    for mode in ["sync", "async"] {
        let load = format!("performance: {{repeat: 400, concurrency: 50, mode: {mode}}}");
        // One request to the token endpoint, whoever asks.
        let (server, tokens) = guarded(401, 3600, |_, _| true);
        let suite = format!("{}- test: {{url: /a, {load}}}\n", robot(&server, ""));
        run_text(&server.url(), &suite, PLAIN).exits(0);
        assert_eq!(tokens.load(Ordering::SeqCst), 1, "{mode}");
        drop(server);

        // The first token is no longer good in the middle: whoever had it is sent once more with the next.
        let refused = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let count = refused.clone();
        let (server, tokens) = guarded(usize::MAX, 3600, move |token, number| {
            let is_good = token == 2 || number < 200;
            count.fetch_add(usize::from(!is_good), Ordering::SeqCst);
            is_good
        });
        let suite = format!("{}- test: {{url: /a, {load}}}\n", robot(&server, ""));
        run_text(&server.url(), &suite, PLAIN).exits(0);
        assert_eq!(tokens.load(Ordering::SeqCst), 2, "{mode}");
        assert_eq!(server.requests(), 402 + refused.load(Ordering::SeqCst), "{mode}");
        std::mem::forget(server);
    }
}

#[test]
fn no_token_is_an_error_that_says_why() {
    let server = Promised::new(2, |_, request| {
        assert_eq!(request.target, "/token");
        Answer::Full(400, "", r#"{"error":"invalid_client","error_description":"who is that"}"#.to_owned())
    });
    let suite = format!("{}- url: /a\n- test: {{url: /b, performance: {{repeat: 5}}}}\n", robot(&server, ""));
    let ran = run_text(&server.url(), &suite, PLAIN).exits(2);
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(text.contains("/token: 400 invalid_client: who is that"), "{text}");
    assert!(!text.contains("s3cr3t-value"), "{text}");
}

#[test]
fn commands_print_tokens_and_tokens_are_signed() {
    let exec =
        r#"{"kind":"ExecCredential","status":{"token":"k8s-token","expirationTimestamp":"2999-01-01T00:00:00Z"}}"#;
    let folder = Folder::new();
    folder.file("credential.json", exec);
    let suite = "
- test: {url: /a, auth: {type: command, command: [cat, credential.json], json: {token: status.token, expiry: status.expirationTimestamp}}}
- test: {url: /b, auth: {type: command, command: 'echo \"vault-token\"', in: 'X-Vault-Token:'}}
- test: {url: /c, auth: {type: command, command: 'echo broken >&2; exit 3'}}
- test: {url: /d, auth: {type: jwt, algorithm: HS256, key: 0123456789abcdef0123456789abcdef, claims: {sub: {template: $who}}}, variable_binds: {who: 7}}
";
    folder.file("s.yaml", suite);
    let server = Promised::new(3, |number, request| {
        match number {
            0 => assert_eq!(request.header("authorization"), Some("Bearer k8s-token")),
            1 => assert_eq!(request.header("x-vault-token"), Some("vault-token")),
            _ => {
                let token = request.header("authorization").unwrap_or_default();
                assert!(token.starts_with("Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOjcs"), "{token}");
            }
        }
        Answer::ok("{}")
    });
    let ran = run(&folder, &[&server.url(), "s.yaml"]).exits(1);
    assert!(ran.stderr.contains("no token from the command \"echo\": it exited with 3: broken"), "{}", ran.stderr);
    let refused = run(&folder, &["--no-exec", &server.url(), "s.yaml"]).exits(65);
    assert!(refused.stderr.contains("runs no command: --no-exec"), "{}", refused.stderr);
}

#[test]
fn what_is_wrong_with_a_block_is_said_at_its_place_before_anything_is_sent() {
    let folder = Folder::new();
    let oauth2 = |more: &str| format!("{{type: oauth2, token_url: 'https://id.test/token', client_id: a, {more}}}");
    for (block, exit, said) in [
        (
            "{type: baerer, token: x}".to_owned(),
            65,
            "s.yaml:1:33: unknown type of auth \"baerer\"; did you mean \"bearer\"?",
        ),
        ("{token: x}".to_owned(), 65, "s.yaml:1:27: auth has no type"),
        ("robot".to_owned(), 65, "s.yaml:1:26: auth \"robot\" is not among auths; write it below auths"),
        (
            "{type: bearer, tokn: x}".to_owned(),
            65,
            "unknown key \"tokn\" in auth of type bearer; did you mean \"token\"?",
        ),
        ("{type: basic, username: a}".to_owned(), 65, "auth of type basic has no password"),
        ("{type: basic, username: 'a:b', password: c}".to_owned(), 65, "username has a colon"),
        ("{type: bearer, token_file: none}".to_owned(), 66, "token_file: cannot read none"),
        ("{type: jwt, algorithm: RS256, key_file: none}".to_owned(), 66, "key_file: cannot read none"),
        ("{type: jwt, algorithm: none, key: x}".to_owned(), 65, "algorithm \"none\" cannot be signed; nor can ES512"),
        ("{type: command, command: ' '}".to_owned(), 65, "command is empty"),
        (oauth2("client_secret: s, client_auth: client_secret_bsic"), 65, "did you mean \"client_secret_basic\"?"),
        (oauth2("client_secret: s, grant: password"), 65, "username is missing, which grant: password needs"),
        (oauth2("client_auth: private_key_jwt, assertion: {algorithm: ES256, key_file: none}"), 66, "cannot read none"),
    ] {
        folder.file("s.yaml", format!("- test: {{url: /a, auth:  {block}}}\n"));
        let ran = run(&folder, &["http://127.0.0.1:1", "s.yaml"]).exits(exit);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{block}: {}", ran.stderr);
    }
    folder.file("s.yaml", "- test: {url: /a, auth: {type: jwt, algorithm: HS256, key_base64: YWJj}}\n");
    let ran = run(&folder, &["lint", "s.yaml"]);
    assert!(ran.stdout.contains("key_base64 has 3 bytes; HS256 wants at least 32"), "{ran:#?}");
    folder.file("s.yaml", "- test: {url: /a}\n");
    let ran = run(&folder, &["--netrc-file", "none", "http://127.0.0.1:1", "s.yaml"]).exits(66);
    assert!(ran.stderr.contains("--netrc-file: cannot read none"), "{}", ran.stderr);
}

#[test]
fn a_second_401_with_a_kept_token_fetches_another_one() {
    use std::sync::atomic::Ordering;
    // The first token is good for nobody; whoever finds it kept has it renewed.
    let (server, tokens) = guarded(5, 3600, |token, _| token == 2);
    let suite = format!("{}- test: {{url: /a, expected_status: 200}}\n- url: /b\n", robot(&server, ""));
    run_text(&server.url(), &suite, PLAIN).exits(1);
    assert_eq!(tokens.load(Ordering::SeqCst), 2);
}

#[test]
fn an_expiry_is_a_date_or_seconds_since_1970() {
    for (expiry, runs) in
        [("\"2999-01-01T00:00:00Z\"", 1), ("32503680000", 1), ("\"32503680000\"", 1), ("1", 2), ("null", 1)]
    {
        let folder = Folder::new();
        folder.file("print", format!("echo run >> runs\necho '{{\"t\": \"printed-token\", \"e\": {expiry}}}'\n"));
        let auth = "{type: command, command: [sh, print], json: {token: t, expiry: e}}";
        folder.file("s.yaml", format!("- config: {{auth: {auth}}}\n- url: /a\n- url: /b\n"));
        let server = Promised::new(2, |_, request| {
            assert_eq!(request.header("authorization"), Some("Bearer printed-token"));
            Answer::ok("{}")
        });
        run(&folder, &[&server.url(), "s.yaml"]).exits(0);
        assert_eq!(
            std::fs::read_to_string(folder.path().join("runs")).expect("runs").lines().count(),
            runs,
            "{expiry}"
        );
    }
}

#[test]
fn what_a_file_needs_is_asked_as_the_file_is() {
    let folder = Folder::new();
    folder.file("login.yaml", "- test: {url: /login}\n");
    folder.file("none.yaml", "- config: {needs: [login.yaml]}\n- test: {url: /none, auth: none}\n");
    folder.file(
        "s.yaml",
        "- config: {needs: [none.yaml], auth: {type: bearer, token: of-the-file}}\n- test: {url: /s}\n",
    );
    let runner = r#"{"environments": {"dev": {"auth": {"type": "bearer", "token": "of-the-environment"}}},
        "test_suites": [{"name": "s", "files": ["s.yaml"]}]}"#;
    folder.file("runner.json", runner);
    for (words, value) in [
        (&["--config", "runner.json"][..], "Bearer of-the-environment"),
        (&["--config", "runner.json", "--oauth2-bearer", "of-the-line"], "Bearer of-the-line"),
    ] {
        let server = Promised::new(3, move |number, request| {
            let wanted = [("/login", Some(value)), ("/none", None), ("/s", Some(value))][number];
            assert_eq!((&*request.target, request.header("authorization")), wanted);
            Answer::ok("{}")
        });
        run(&folder, &[&["--url", &server.url()], words].concat()).exits(0);
    }
}

#[test]
fn one_request_is_asked_with_a_file_or_a_token() {
    let folder = Folder::new();
    folder.file("token", "from-the-file\n");
    folder.file("own.yaml", "type: bearer\ntoken_file: token\n");
    folder.file(
        "all.yaml",
        "eve: {type: bearer, token: eve-token}\nbob: {type: api_key, name: X-Key, value: bob-token}\n",
    );
    for (words, name, value) in [
        (&["check", "--auth", "own.yaml"][..], "authorization", "Bearer from-the-file"),
        (&["check", "--auth", "all.yaml:bob"], "x-key", "bob-token"),
        (&["check", "--oauth2-bearer", "of-the-line"], "authorization", "Bearer of-the-line"),
        (&["load", "-n", "1", "--auth", "own.yaml"], "authorization", "Bearer from-the-file"),
        (&["load", "-n", "1", "--oauth2-bearer", "of-the-line"], "authorization", "Bearer of-the-line"),
    ] {
        let server = Promised::new(2, move |_, request| {
            assert_eq!(request.header(name), Some(value));
            Answer::ok("{}")
        });
        let url = format!("{}/a", server.url());
        let ran = run(&folder, &[words, &[&url, "--save", "saved.yaml", "--force"]].concat()).exits(0);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(value), "{ran:#?}");
        // What is written down runs as its first lines say.
        let saved = std::fs::read_to_string(folder.path().join("saved.yaml")).expect("a file");
        assert!(!saved.contains("of-the-line") && !saved.contains("bob-token"), "{saved}");
        let call = saved
            .lines()
            .find(|line| line.starts_with("#   "))
            .and_then(|line| line.split_once("resttest "))
            .expect("a call");
        let mut command = folder.resttest();
        command.env("TOKEN", "of-the-line").args(call.1.split(' ')).finish().exits(0);
    }
    let refused = run(&folder, &["check", "http://127.0.0.1:1", "--auth", "all.yaml:bbo"]).exits(65);
    assert!(refused.stderr.contains("did you mean \"bob\""), "{refused:#?}");
    let refused = run(&folder, &["check", "http://127.0.0.1:1", "--auth", "none.yaml"]).exits(66);
    assert!(refused.stderr.contains("none.yaml"), "{refused:#?}");
    let refused = run(&folder, &["load", "http://127.0.0.1:1", "--auth", "own.yaml", "--digest"]).exits(64);
    assert!(refused.stderr.contains("options --auth and --digest exclude each other"), "{refused:#?}");
}
