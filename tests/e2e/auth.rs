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
