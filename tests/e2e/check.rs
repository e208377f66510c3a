//! `resttest check`: one request without a suite.

use crate::support::{Answer, Finish, Folder, Promised, Ran, has_program, resttest, sample};

fn check(url: &str, words: &[&str]) -> Ran {
    Folder::new().resttest().arg("check").arg(url).args(words).finish()
}

#[test]
fn an_answer_is_judged_as_a_suite_does() {
    let api = sample();
    let person = format!("{}/api/person/1/", api.url());
    for (words, code) in [
        (&[][..], 0),
        (&["--status", "200,204"], 0),
        (&["--status", "404"], 1),
        (&["--that", "jsonpath_mini login eq gbaltar", "--that", "jsonpath_mini id eq 1"], 0),
        (&["--that", "jsonpath_mini id eq \"1\""], 1),
        (&["--that", "raw_body '' contains Gaius"], 0),
        (&["--that", "header Content-Type contains json"], 0),
        (&["--that", "jsonpath '$[\"login\"]' one_of [gbaltar, other]"], 0),
        (&["--that", "jsonpath_mini none not_exists"], 0),
        (&["--that", "jsonpath_mini login exists", "--that", "status '' lt 300"], 0),
        (&["--that", "jsonpath_mini login ne gbaltar"], 1),
    ] {
        let ran = check(&person, words).exits(code);
        assert_eq!(ran.counts(), (1 - code as u32, 1), "{words:?}");
        assert_eq!(ran.stdout.lines().last().is_some_and(|line| line.contains("SUCCEEDED")), code == 0, "{ran:#?}");
    }
    // As the tests of a suite: redirects are followed where that is asked for, and are failures elsewhere.
    check(&format!("{}/redirect/2", api.url()), &[]).exits(1);
    check(&format!("{}/redirect/2", api.url()), &["-L"]).exits(0);
    check(&format!("{}/status/500", api.url()), &[]).exits(1);
    check("http://127.0.0.1:1", &[]).exits(1);
}

#[test]
fn the_request_is_what_the_words_say() {
    type Look = fn(&crate::support::Request);
    let table: [(&[&str], Look); 14] = [
        (&[], |request| assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/p?q=1"))),
        (&["-X", "delete"], |request| assert_eq!(request.method, "DELETE")),
        (&["-XPURGE"], |request| assert_eq!(request.method, "PURGE")),
        (&["-H", "X-A: b: c", "-HX-E:  d "], |request| {
            assert_eq!((request.header("x-a"), request.header("x-e")), (Some("b: c"), Some("d")));
        }),
        (&["-H", "User-Agent:"], |request| assert_eq!(request.header("user-agent"), None)),
        (&["-H", "X-Price: $5 $HOME"], |request| assert_eq!(request.header("x-price"), Some("$5 $HOME"))),
        (&["-H", "X-Price: $5", "-H", "X-Token: to$ken$$"], |request| {
            assert_eq!((request.header("x-price"), request.header("x-token")), (Some("$5"), Some("to$ken$$")));
        }),
        (&["-u", "ada:l:$ove"], |request| assert_eq!(request.header("authorization"), Some("Basic YWRhOmw6JG92ZQ=="))),
        (&["-d", "a=1", "-d", "password=$x&c"], |request| {
            assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", &b"a=1&password=$x&c"[..]));
            assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        }),
        (&["-X", "PUT", "-d", "no: yes\n\"#\\\u{1}é"], |request| {
            assert_eq!(request.body, "no: yes\n\"#\\\u{1}é".as_bytes());
            assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        }),
        (&["--json", "{\"a\": 1e5}"], |request| {
            assert_eq!((request.method.as_str(), request.body.as_slice()), ("POST", &b"{\"a\": 1e5}"[..]));
            assert_eq!(request.header("content-type"), Some("application/json"));
            assert_eq!(request.header("accept"), Some("application/json"));
        }),
        (&["--json", "{\"n\": 1, \"password\": \"a\\\"$b\"}", "-H", "content-type: application/x+json"], |request| {
            // What holds a secret is written anew, by the rules of JSON.
            assert_eq!(request.body, b"{\"n\":1,\"password\":\"a\\\"$b\"}");
            assert_eq!(request.header("content-type"), Some("application/x+json"));
        }),
        (&["--form", "name=Ada L&x", "--form", "name=b", "--form", "token=$1 2"], |request| {
            assert_eq!(request.body, b"name=Ada+L%26x&name=b&token=%241+2");
            assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
        }),
        (&["-X", "GET", "-d", "{}"], |request| {
            assert_eq!((request.method.as_str(), request.body.as_slice()), ("GET", &b"{}"[..]));
        }),
    ];
    for (words, look) in table {
        let server = Promised::new(1, move |_, request| {
            look(request);
            Answer::Full(if request.method == "PUT" { 204 } else { 200 }, "", String::new())
        });
        let ran = check(&format!("{}/p?q=1#part", server.url()), words);
        assert_eq!(ran.code, Some(0), "{words:?} {ran:#?}");
        assert_eq!(server.requests(), 1, "{words:?}");
    }
}

#[test]
fn a_body_comes_from_a_file_or_from_standard_input_as_it_is() {
    let folder = Folder::new();
    folder.file("body.bin", b"a\r\nb\xff$x\n");
    let server = Promised::new(4, |number, request| {
        let bodies = [&b"a\r\nb\xff$x\n"[..], b"a\r\nb\xff$x\n", b"{\"a\": \"$x\"}\n", b"a\r\n"];
        assert_eq!(request.body, bodies[number]);
        Answer::ok("")
    });
    let run = |words: &[&str]| {
        let mut command = folder.resttest();
        command.args(["check", &server.url()]).args(words);
        command
    };
    run(&["-d", "@body.bin"]).finish().exits(0);
    let file = std::fs::File::open(folder.path().join("body.bin")).expect("the file");
    run(&["-d", "@-"]).stdin(file).finish().exits(0);
    run(&["--json", "@-"]).finish_with("{\"a\": \"$x\"}\n").exits(0);
    run(&["-d", "@-"]).finish_with("a\r\n").exits(0);
    // What cannot be read is told before anything is sent.
    for (words, part) in [
        (&["-d", "@none"][..], "option -d @none cannot be read: no such file or directory"),
        (&["-d", "@."], "option -d @. cannot be read: it is a folder"),
    ] {
        let ran = run(words).finish().exits(66);
        assert!(ran.stderr.contains(part), "{ran:#?}");
    }
    let ran = run(&["--json", "@-"]).finish_with("{a}").exits(64);
    assert!(ran.stderr.contains("option --json is not JSON"), "{ran:#?}");
}

#[test]
fn a_url_without_a_scheme_is_http_and_that_is_said_where_it_fails() {
    let api = sample();
    let bare = api.url().trim_start_matches("http://").to_owned();
    let ran = check(&format!("{bare}/api/person/"), &[]).exits(0);
    assert_eq!(ran.stderr, "");
    let ran = check(&format!("{bare}/nowhere"), &[]).exits(1);
    assert!(ran.stderr.contains("has no scheme, and was taken for http://127.0.0.1"), "{ran:#?}");
    let port = bare.trim_start_matches("127.0.0.1");
    assert!(check(&format!("{port}/api/person/"), &[]).stdout.contains("http://localhost:"));
}

#[test]
fn the_answer_is_shown_whole() {
    let server = Promised::new(2, |_, _| Answer::Full(200, "X-A: b\r\n", "one\ntwo\n".to_owned()));
    let ran = check(&server.url(), &["-i"]).exits(0);
    let whole = "HTTP/1.1 200\nx-a: b\ncontent-length: 8\n\none\ntwo\n";
    assert!(ran.stdout.to_lowercase().starts_with(&whole.to_lowercase()), "{ran:#?}");
    assert!(check(&server.url(), &["-i", "--status", "500"]).exits(1).stdout.starts_with("HTTP/1.1 200\n"));
}

#[test]
fn nagios_has_thresholds_on_the_response_time() {
    let api = sample();
    let (fast, slow) = (format!("{}/api/person/", api.url()), format!("{}/slow/60", api.url()));
    for (url, words, code, part) in [
        (&fast, &["-w", "30", "-c", "60"][..], 0, "RESTTEST OK: 1 test passed | time=0."),
        (&slow, &["-w", "0.05", "-c", "60"], 1, "RESTTEST WARNING: answered in 0."),
        (&slow, &["-w", "0.01", "-c", "0.05"], 2, "RESTTEST CRITICAL: answered in 0."),
        (&slow, &["-c", "0.05"], 2, ";;0.05;0 tests=1"),
        (&fast, &["--status", "404", "-w", "30"], 2, "RESTTEST CRITICAL: 1 of 1 test failed"),
        (&fast, &["--status", "x"], 3, "RESTTEST UNKNOWN: option --status must be"),
        (&fast, &["-w", "2", "-c", "1"], 3, "RESTTEST UNKNOWN: option -w must not be above -c"),
    ] {
        let ran = check(url, &[&["--output", "nagios"], words].concat()).exits(code);
        assert!(ran.stdout.contains(part), "{words:?} {ran:#?}");
    }
    let ran = check(&fast, &["-w", "1"]).exits(64);
    assert!(ran.stderr.contains("add --output nagios"), "{ran:#?}");
}

#[test]
fn the_whole_command_has_a_limit() {
    let api = sample();
    let slow = format!("{}/slow/20000", api.url());
    for words in
        [&["--max-time", "0.3"][..], &["--max-time", "0.3", "--max-retries", "9", "--retry-backoff-base", "30"]]
    {
        let ran = check(&slow, words).exits(1);
        assert!(ran.stderr.contains("run limit of 0.3 s reached"), "{ran:#?}");
    }
    // A limit that is longer than the time of a request lets it take as long.
    check(&format!("{}/slow/10500", api.url()), &["--max-time", "60"]).exits(0);
}

#[test]
fn every_report_is_written() {
    let api = sample();
    let folder = Folder::new();
    let formats = ["junit", "json", "ndjson", "tap", "html", "prom"];
    let mut command = folder.resttest();
    command.args(["check", &format!("{}/api/person/", api.url())]);
    for format in formats {
        command.args([&format!("--report-{format}"), format]);
    }
    command.finish().exits(0);
    for format in formats {
        let text = std::fs::read_to_string(folder.path().join(format)).expect("a report");
        assert!(text.contains("GET /api/person/") || format == "prom", "{format}: {text}");
    }
    // One that failed before its request says so in its reports.
    let ran =
        folder.resttest().args(["check", "http://h", "--report-junit", "junit", "--that", "x"]).finish().exits(64);
    assert!(ran.stderr.contains("option --that"), "{ran:#?}");
    assert!(std::fs::read_to_string(folder.path().join("junit")).is_ok_and(|text| text.contains("option --that")));
}

/// The suite that a command writes, after it has been looked over and run by itself.
fn saved(words: &[&str], environment: &[(&str, &str)], hits: usize) -> String {
    let server = Promised::new(3 * hits, |_, request| {
        let sent = format!("{} {:?} {}", request.target, request.headers, String::from_utf8_lossy(&request.body));
        assert!(!sent.contains("$P") && !sent.contains("$T") && !sent.contains("$A"), "{sent}");
        Answer::ok(sent)
    });
    let folder = Folder::new();
    let url = server.url();
    let words: Vec<String> = words.iter().map(|word| word.replace("URL", &url)).collect();
    folder.resttest().args(&words).args(["--save", "first.yaml", "--report-html", "page.html"]).finish().exits(0);
    let lint = folder.resttest().args(["lint", "first.yaml"]).finish().exits(0);
    assert!(lint.stdout.ends_with("1 suite: 0 errors, 0 warnings\n"), "{lint:#?}");
    let mut again = folder.resttest();
    again.args([&url, "first.yaml", "--leaks", "off"]).envs(environment.iter().copied());
    let ran = again.finish().exits(0);
    assert_eq!(ran.stderr, "");
    let vars: Vec<String> = environment.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let vars = format!("{{{}}}", vars.join(", "));
    let ran = folder.resttest().args([&url, "first.yaml", "--leaks", "off", "--vars", &vars]).finish().exits(0);
    assert_eq!(ran.stderr, "");
    let text = std::fs::read_to_string(folder.path().join("first.yaml")).expect("the suite");
    let page = std::fs::read_to_string(folder.path().join("page.html")).expect("the page");
    for (_, secret) in environment {
        assert!(!text.contains(secret) && !page.contains(secret), "{text}\n{page}");
    }
    text
}

#[test]
fn the_suite_that_is_saved_does_the_same_without_secrets() {
    let text = saved(
        &["check", "URL/p?q=1", "-X", "PUT", "-H", "X-A: b", "--that", "raw_body '' contains q=1", "--status", "200"],
        &[],
        1,
    );
    let head = text.lines().next().unwrap_or_default();
    assert_eq!(head, "# Written by resttest check --save. It runs with:");
    assert!(text.contains("    method: PUT\n    headers:\n      X-A: b\n    expected_status: [200]\n"), "{text}");
    let text = saved(
        &[
            "check",
            "URL//two?api_key=s3cr3t-1",
            "-u",
            "ada:s3cr3t-2",
            "-H",
            "X-Vault-Token: s3cr3t-3",
            "-H",
            "X-Price: $5",
            "--json",
            "{\"deep\": [{\"password\": \"s3cr3t-4\", \"n\": 1.5}]}",
        ],
        &[("API_KEY", "s3cr3t-1"), ("PASSWORD", "s3cr3t-2"), ("X_VAULT_TOKEN", "s3cr3t-3"), ("PASSWORD_2", "s3cr3t-4")],
        1,
    );
    for part in [
        "# What is secret is not written here",
        "$API_KEY",
        "auth_username: ada\n    auth_password: {template: \"$PASSWORD\"}",
        "$X_VAULT_TOKEN",
        "$PASSWORD",
        "\"$$5\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    saved(&["check", "URL/f", "--form", "token=s3cr3t-9", "--form", "a=$b"], &[("TOKEN", "s3cr3t-9")], 1);
    saved(&["check", "URL/d", "-d", "a=$b&client_secret=s3cr3t-9"], &[("CLIENT_SECRET", "s3cr3t-9")], 1);
    let text = saved(
        &["load", "URL/l", "-n", "30", "-c", "3", "-H", "Authorization: Bearer s3cr3t-9", "--threshold", "failed<1%"],
        &[("TOKEN", "s3cr3t-9")],
        30,
    );
    assert!(
        text.contains("repeat: 30\n      concurrency: 3\n      mode: async\n      thresholds: [\"failed<1%\"]"),
        "{text}"
    );
}

#[test]
fn what_is_there_is_not_replaced_unasked() {
    let api = sample();
    let folder = Folder::new();
    folder.file("mine.yaml", "mine");
    let run = |words: &[&str]| folder.resttest().args(["check", &api.url()]).args(words).finish();
    let ran = run(&["--save", "mine.yaml"]).exits(73);
    assert!(ran.stderr.contains("--save mine.yaml cannot be written: ") && ran.stderr.contains("--force replaces it"));
    run(&["--save", "none/mine.yaml"]).exits(73);
    let ran = run(&["--save", "new.yaml", "--report-json", "new.yaml"]).exits(64);
    assert!(ran.stderr.contains("is the suite to be saved"), "{ran:#?}");
    assert_eq!(api.requests(), 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("mine.yaml")).ok().as_deref(), Some("mine"));
    run(&["--save", "mine.yaml", "--force"]).exits(0);
    assert!(std::fs::read_to_string(folder.path().join("mine.yaml")).is_ok_and(|text| text.contains("- test:")));
}

#[test]
fn a_terminal_gets_one_result() {
    if !has_program("script") {
        return;
    }
    let api = sample();
    let line = format!("{} check {}/api/person/1/ --that 'jsonpath_mini id eq 2'", crate::support::binary(), api.url());
    let mut command = std::process::Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("NO_COLOR", "1").stdin(std::process::Stdio::null());
    let ran = command.finish().exits(1);
    for part in ["FAIL", "GET /api/person/1/ → 200", "expected 2", "got 1", "Failed  1 test: 0 passed, 1 failed"] {
        assert!(ran.stdout.contains(part), "{part}: {ran:#?}");
    }
}

#[test]
fn the_help_is_its_own() {
    let help = resttest().args(["check", "--help"]).finish().exits(0).stdout;
    for part in
        ["usage: resttest check URL [options]", "  -X, --request METHOD", "  -c, --critical S", "  -i, --include"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
    let help = resttest().args(["help", "load"]).finish().exits(0).stdout;
    for part in
        ["  -n, --repeat N", "  -z, --duration TIME", "  -c, --max-concurrency N", "  -q, --rate N", "--mode MODE"]
    {
        assert!(help.contains(part), "{part}: {help}");
    }
}

#[test]
fn a_saved_suite_with_a_limit_has_nothing_to_complain_of() {
    let (folder, api) = (Folder::new(), sample());
    let url = format!("{}/auth/ada/lovelace", api.url());
    for (words, secret) in [(&[][..], false), (&["-u", "ada:lovelace"], true)] {
        let url = if secret { url.clone() } else { format!("{}/echo", api.url()) };
        let mut command = folder.resttest();
        command.args(["check", &url, "--max-time", "7", "--save", "s.yaml", "--force"]).args(words);
        command.finish().exits(0);
        let text = std::fs::read_to_string(folder.path().join("s.yaml")).expect("a suite");
        assert!(text.contains("- config:\n    timeout: 7\n"), "{text}");
        folder.resttest().args(["lint", "--strict", "s.yaml"]).finish().exits(0);
        folder.resttest().env("PASSWORD", "lovelace").args([&api.url(), "s.yaml"]).finish().exits(0);
    }
}
