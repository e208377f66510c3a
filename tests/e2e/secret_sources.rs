//! Where secrets come from, what masks cover, and what is said where one leaks.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Answer, Finish, Folder, Promised, Ran, run_text, sample};

/// What shows the most: heads, the log, every failure.
const EVERYTHING: [&str; 3] = ["--verbose", "--log", "debug"];

#[track_caller]
fn hides(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        assert!(!ran.stdout.contains(secret), "{secret} on stdout:\n{}", ran.stdout);
        assert!(!ran.stderr.contains(secret), "{secret} on stderr:\n{}", ran.stderr);
    }
}

/// A suite whose one test sends a variable in a header of its own, and fails.
fn sending(config: &str, variable: &str) -> String {
    format!(
        "- config: {{{config}}}\n- test: {{name: Sends, url: /echo, method: POST, headers: {{template: {{X-Mine: '${variable}'}}}}, body: {{template: 'b=${variable}'}}, expected_status: 418}}\n"
    )
}

#[test]
fn the_command_line_wins_over_the_environment_over_a_file_over_the_suite() {
    let words = |n: usize| -> Vec<&'static str> {
        let all = ["--secret", "mine=from-line-1", "--secrets-file", "secrets.env"];
        all[if n == 0 { 0 } else { 2 }..if n < 3 { 4 } else { 2 }].to_vec()
    };
    let expected = ["from-line-1", "from-env-2", "from-file-3", "from-suite-4"];
    for (n, value) in expected.into_iter().enumerate() {
        let api = sample();
        let folder = Folder::new();
        folder.file("secrets.env", "# a comment\nmine='from-file-3'\n");
        folder.file("value.txt", "from-suite-4\n");
        folder.file("s.yaml", sending("secrets: {mine: {file: value.txt}}, variables: {mine: plain-5}", "mine"));
        let mut command = folder.resttest();
        command.args([&*api.url(), "s.yaml", "--leaks", "off"]).args(EVERYTHING).args(words(n));
        if n < 2 {
            command.env("RESTTEST_SECRET_mine", "from-env-2");
        }
        let ran = command.finish().exits(1);
        assert_eq!(api.log()[0].header("x-mine"), Some(value), "{n}");
        hides(&ran, &expected);
        assert!(ran.stdout.contains("(redacted)"), "{ran:#?}");
    }
}

#[test]
fn what_is_said_of_secrets_that_are_given() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: {template: '/echo/$a/$b/$c'}}\n");
    folder.file("a.txt", "from-a-file\n");
    let path = folder.file("all.yaml", "d: 12345678\n");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).expect("its mode");
    let ran = folder
        .resttest()
        .args([
            &*api.url(),
            "s.yaml",
            "--log",
            "info",
            "--secret",
            "a=@a.txt",
            "--secret",
            "b=yes",
            "--secret",
            "C_VAR",
        ])
        .args(["--secrets-file", "all.yaml"])
        .env("C_VAR", "from-variable")
        .env("HURL_SECRET_c", "from-hurl-1")
        .finish()
        .exits(0);
    assert_eq!(api.log()[0].path, "/echo/from-a-file/yes/from-hurl-1");
    for said in [
        "WARNING:every user of this machine can read all.yaml: chmod 600 all.yaml",
        "INFO:HURL_SECRET_c is read as the secret c",
        "INFO:--secret b=…: a command line can be seen by other users; --secret b reads it from the environment",
        "WARNING:the secret \"b\" is too short to be hidden: texts keep what has less than four characters",
    ] {
        assert!(ran.stderr.contains(said), "{said}: {ran:#?}");
    }
    hides(&ran, &["from-a-file", "from-hurl-1", "from-variable", "12345678"]);
}

#[test]
fn secrets_that_cannot_be_given() {
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /x}\n");
    folder.file("empty.env", "a=\n");
    folder.file("nothing.txt", "\n");
    for (words, code, said) in [
        (&["--secret", "=hunter2"][..], 64, "option --secret must be NAME=VALUE, NAME or NAME=@FILE"),
        (&["--secret", "hunter2 hunter2"], 64, "option --secret must be NAME=VALUE"),
        (&["--secret", "a="], 64, "option --secret a is empty: a secret has a value"),
        (&["--secret", "NOT_THERE_AT_ALL"], 64, "the environment has no NOT_THERE_AT_ALL"),
        (&["--secret", "a=@no.txt"], 66, "no.txt: cannot be read"),
        (&["--secret", "a=@nothing.txt"], 66, "nothing.txt: the secret a is empty"),
        (&["--secrets-file", "empty.env"], 66, "empty.env: the secret a is empty"),
        (&["--secrets-file", "no.env"], 66, "no.env: cannot be read"),
        (&["--leaks", "maybe"], 64, "option --leaks must be warn, fail or off"),
    ] {
        let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).args(words).finish().exits(code);
        assert!(ran.stderr.contains(said), "{words:?}: {ran:#?}");
        hides(&ran, &["hunter2"]);
    }
    let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).env("RESTTEST_SECRET_a", "").finish().exits(64);
    assert!(ran.stderr.contains("RESTTEST_SECRET_a is empty"), "{ran:#?}");
}

#[test]
fn a_command_prints_a_secret_once_a_run() {
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        let config = "secrets: {mine: {command: [sh, -c, 'echo x >> ran.txt; echo from-command-7'], timeout: 20}}";
        folder.file(&format!("{name}.yaml"), sending(config, "mine"));
    }
    for words in [&[][..], &["--parallel-suites", "3"]] {
        let api = sample();
        let ran = folder
            .resttest()
            .args([&*api.url(), "a.yaml", "b.yaml", "c.yaml"])
            .args(EVERYTHING)
            .args(words)
            .finish()
            .exits(3);
        hides(&ran, &["from-command-7"]);
        assert!(api.log().iter().all(|request| request.header("x-mine") == Some("from-command-7")), "{ran:#?}");
        assert_eq!(api.log().len(), 3);
        let times = std::fs::read_to_string(folder.path().join("ran.txt")).expect("it ran");
        assert_eq!(times, "x\n", "{words:?}");
        std::fs::remove_file(folder.path().join("ran.txt")).expect("it was there");
    }
}

#[test]
fn what_the_command_line_gives_is_on_no_command_line_of_a_child() {
    let folder = Folder::new();
    let config = "testset: x";
    folder.file("a.yaml", sending(config, "mine"));
    folder.file("b.yaml", sending(config, "mine"));
    let server = Promised::new(2, |_, request| {
        assert_eq!(request.header("x-mine"), Some("on-a-line-9"));
        // What a process that is started has as its words, anybody can read.
        let seen: Vec<String> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
            .map(|words| String::from_utf8_lossy(&words).replace('\0', " "))
            .filter(|words| words.contains("on-a-line-9") && !words.contains("--parallel-suites"))
            .collect();
        Answer::ok(format!("{{\"seen\": {}}}", seen.len()))
    });
    let ran = folder
        .resttest()
        .args([&*server.url(), "a.yaml", "b.yaml", "--parallel-suites", "2", "--secret", "mine=on-a-line-9"])
        .args(["--report-json", "r.json"])
        .finish()
        .exits(2);
    hides(&ran, &["on-a-line-9"]);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert_eq!(report.matches(r#"{\"seen\": 0}"#).count(), 2, "{report}");
}

#[test]
fn a_source_that_has_no_secret_ends_the_run_before_its_first_request() {
    for (source, said) in [
        (
            "{command: [sh, -c, 'echo denied: hunter2-x >&2; exit 3']}",
            "s.yaml:1:22: the secret \"mine\" cannot be had: \"sh\" exited with 3: denied: (redacted)",
        ),
        ("{command: [sh, -c, 'sleep 60'], timeout: 100ms}", "\"sh\" took longer than 0.1 s"),
        ("{command: [no-such-program-here]}", "\"no-such-program-here\" cannot be started: "),
        ("{command: 'true'}", "its value is empty"),
        ("{file: no.txt}", "no.txt"),
        ("{env: NO_SUCH_VARIABLE_HERE}", "the environment has no variable NO_SUCH_VARIABLE_HERE"),
    ] {
        let folder = Folder::new();
        folder.file("s.yaml", sending(&format!("secrets: {{mine: {source}}}"), "mine"));
        let words = ["http://127.0.0.1:1", "s.yaml", "--report-json", "r.json"];
        let ran = folder.resttest().args(words).args(["--secret", "other=hunter2-x"]).finish().exits(66);
        assert!(ran.stderr.contains(said), "{source}: {ran:#?}");
        hides(&ran, &["hunter2-x"]);
    }
}

#[test]
fn the_form_of_secrets_and_mask() {
    for (config, said) in [
        ("secrets: yes", "s.yaml:1:21: secrets must be a list of variables, or a mapping"),
        ("secrets: [7]", "the name of a variable is text, not"),
        (
            "secrets: {a: hunter2}",
            "the secret \"a\" must be {command: …}, {file: …} or {env: …}; a value stands in no suite",
        ),
        ("secrets: {a: {comand: [x]}}", "did you mean \"command\"?"),
        (
            "secrets: {a: {file: x, env: y}}",
            "the secret \"a\" has 2 sources; it must have one of command, file and env",
        ),
        ("secrets: {a: {file: x, timeout: 3}}", "timeout of the secret \"a\" is for a command"),
        ("secrets: {a: {command: []}}", "command must be a program with its arguments"),
        ("secrets: {'a b': {file: x}}", "secrets takes the name of a variable, not \"a b\""),
        ("mask: {jsonpath: 'a.b'}", "mask: jsonpath: the JSONPath expression \"a.b\" cannot be used"),
        ("mask: {regex: ['a(']}", "mask: regex: \"a(\" is not a regular expression"),
        ("mask: {headers: [7]}", "a header of mask must be text that is not empty"),
    ] {
        let folder = Folder::new();
        folder.file("s.yaml", format!("- config: {{{config}}}\n- test: {{url: /x}}\n"));
        for words in [&["--strict"][..], &[]] {
            let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).args(words).finish().exits(65);
            assert!(ran.stderr.contains(said), "{config}: {ran:#?}");
            hides(&ran, &["hunter2"]);
        }
    }
}

#[test]
fn a_suite_from_elsewhere_runs_no_command_unasked() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let config = "secrets: {mine: {command: [sh, -c, 'echo from-command-8; echo > ran.txt']}}";
    let far = elsewhere.file("far.yaml", sending(config, "mine"));
    folder.file("s.yaml", format!("- import: {}\n- test: {{url: /x}}\n", far.display()));
    let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).finish().exits(66);
    assert!(ran.stderr.contains("; --allow-exec allows it"), "{ran:#?}");
    assert!(!elsewhere.path().join("ran.txt").exists() && !folder.path().join("ran.txt").exists());
    let own = folder.file("own.yaml", sending(config, "mine"));
    let ran = folder.resttest().args(["http://127.0.0.1:1", "own.yaml", "--no-exec"]).finish().exits(66);
    assert!(ran.stderr.contains("runs no command: --no-exec") && !own.with_file_name("ran.txt").exists(), "{ran:#?}");
    // Named on the command line, it may.
    let api = sample();
    folder.resttest().args([&*api.url(), &*far.display().to_string(), "--leaks", "off"]).finish().exits(1);
    assert_eq!(api.log()[0].header("x-mine"), Some("from-command-8"));
}

#[test]
fn variables_and_extractors_that_are_said_to_be_secret() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- config: {secrets: [customer, number], variables: {customer: ada-lovelace-1, number: 47114711}}
- test: {url: '/text?data=extracted-55', extract_binds: {plain: {raw_body: '', secret: true}}, expected_status: 418}
- test: {url: {template: '/echo?a=$customer&b=$number'}, expected_status: 418}
- test: {url: '/text?data=compared-66', validators: [compare: {raw_body: '', secret: true, expected: x}]}
",
    );
    let ran = folder.resttest().args([&*api.url(), "s.yaml", "--leaks", "off"]).args(EVERYTHING).finish().exits(3);
    // What stands in a URL as a suite writes it is shown there.
    let written = |text: &str| text.replace("/text?data=extracted-55", "").replace("/text?data=compared-66", "");
    let ran = Ran { stdout: written(&ran.stdout), stderr: written(&ran.stderr), ..ran };
    hides(&ran, &["ada-lovelace-1", "47114711"]);
}

#[test]
fn tokens_of_an_answer_are_secrets_from_then_on_and_in_reports_before() {
    let body = r#"{"access_token": "minted-tok-12345", "expires_in": 3600, "token_type": "bearer"}"#;
    let server = Promised::new(3, move |number, _| match number {
        0 => Answer::Full(500, "", "{\"note\": \"minted-tok-12345\"}".to_owned()),
        1 => Answer::ok(body.to_owned()),
        _ => Answer::Full(500, "X-Note: minted-tok-12345\r\n", "now minted-tok-12345 3600 bearer".to_owned()),
    });
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /early\n- url: /login\n- url: /late\n");
    let words =
        ["--report-json", "r.json", "--report-html", "r.html", "--report-junit", "r.xml", "--report-tap", "r.tap"];
    let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(words).finish().exits(2);
    let late = ran.stdout.find("/login").or_else(|| ran.stdout.find("/late")).unwrap_or(0);
    assert!(!ran.stdout[late..].contains("minted-tok"), "{ran:#?}");
    for report in ["r.json", "r.html", "r.xml", "r.tap"] {
        let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
        assert!(!text.contains("minted-tok"), "{report}:\n{text}");
    }
    let json = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert!(json.contains("3600") && json.contains("bearer"), "{json}");
}

#[test]
fn masks_cover_what_nobody_can_name() {
    let body = r#"{"ssn": "078-05-1120", "deep": [{"ssn": 78051121}, {"ssn": "a7"}, {"ssn": 43}], "card": "4111111111111111", "other": "shown"}"#;
    let server = Promised::new(1, move |_, _| Answer::Full(500, "X-Session: sess-4711\r\n", body.to_owned()));
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- config: {mask: {headers: [x-session, X-Mine], jsonpath: ['$..ssn'], regex: ['\\b\\d{16}\\b']}}
- test: {url: '/x?card=4111111111111111', headers: {X-Mine: mine-0815}}
",
    );
    let words = ["--report-json", "r.json", "--report-html", "r.html"];
    let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(EVERYTHING).args(words).finish().exits(1);
    let secrets = ["078-05-1120", "78051121", "4111111111111111", "sess-4711", "mine-0815"];
    hides(&ran, &secrets);
    assert!(ran.stdout.contains("shown"), "{ran:#?}");
    assert!(ran.stdout.contains(r#"{"ssn": "(redacted)"}, {"ssn": (redacted)}]"#), "{ran:#?}");
    for report in ["r.json", "r.html"] {
        let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
        assert!(secrets.iter().all(|secret| !text.contains(secret)), "{report}:\n{text}");
    }
}

#[test]
fn a_secret_that_comes_back_is_told_or_fails_the_test() {
    for (words, code, said) in [
        (&[][..], 0, "secret \"mine\" came back in the body of GET /echo"),
        (&["--leaks", "fail"], 1, "secret \"mine\" came back in the body of GET /echo"),
        (&["--leaks", "off"], 0, ""),
    ] {
        let api = sample();
        let folder = Folder::new();
        folder.file("s.yaml", "- test: {name: Echo, url: /echo, headers: {template: {X-Mine: $mine}}}\n");
        let ran = folder
            .resttest()
            .args([&*api.url(), "s.yaml", "--secret", "mine=a-long-secret-1"])
            .args(words)
            .finish()
            .exits(code);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(all.contains("came back"), !said.is_empty(), "{words:?}: {ran:#?}");
        assert!(all.contains(said), "{words:?}: {ran:#?}");
        assert_eq!(all.contains("Secret Leak"), code == 1, "{words:?}: {ran:#?}");
        hides(&ran, &["a-long-secret-1"]);
    }
}

#[test]
fn where_secrets_go_that_belong_elsewhere() {
    let (own, other) =
        (Promised::new(1, |_, _| Answer::ok("{}".to_owned())), Promised::new(2, |_, _| Answer::ok("{}".to_owned())));
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        format!(
            "- test: {{url: /a, headers: {{template: {{Authorization: Bearer $mine}}}}}}
- test: {{url: '{other}/b', headers: {{template: {{Authorization: Bearer $mine}}}}}}
- test: {{url: {{template: '{other}/c?q=$mine2'}}}}
",
            other = other.url()
        ),
    );
    let ran = folder
        .resttest()
        .args([&*own.url(), "s.yaml", "--secret", "mine=a-long-secret-1", "--secret", "mine2=another-secret-2"])
        .finish()
        .exits(0);
    let sent = format!("secret \"mine\" was sent to {}, and belongs to {}", other.url(), own.url());
    assert!(ran.stderr.contains(&sent), "{sent}: {ran:#?}");
    assert!(ran.stderr.contains("secret \"mine2\" stands in the URL of GET /c, which is sent unencrypted"), "{ran:#?}");
    hides(&ran, &["a-long-secret-1", "another-secret-2"]);
}

#[test]
fn a_token_that_comes_again_from_where_it_came_is_no_leak() {
    let server = Promised::new(2, |number, _| match number {
        0 => Answer::ok("{\"access_token\": \"minted-tok-12345\"}".to_owned()),
        _ => Answer::ok("{\"access_token\": \"minted-tok-12345\", \"mine\": \"minted-tok-12345\"}".to_owned()),
    });
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /login\n- url: /login\n");
    let ran = folder.resttest().args([&*server.url(), "s.yaml", "--leaks", "fail"]).finish().exits(0);
    assert!(!ran.stderr.contains("leak") && !ran.stderr.contains("came back"), "{ran:#?}");
}

#[test]
fn what_explain_and_a_test_say_of_secrets() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(
        "s.yaml",
        "- config:
    secrets:
      made: {command: [vault, kv, get, hunter2-x]}
      kept: {file: keys/a.pem}
      passed: {env: CI_TOKEN}
      asked:
- test: {url: {template: '/echo/$asked'}}
",
    );
    let ran = folder.resttest().args(["explain", &*api.url(), "s.yaml"]).finish().exits(0);
    for line in [
        "  secret made from command vault (s.yaml:3)\n",
        "  secret kept from file keys/a.pem (s.yaml:4)\n",
        "  secret passed from variable CI_TOKEN (s.yaml:5)\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}{ran:#?}");
    }
    hides(&ran, &["hunter2-x"]);
    folder.file("t.yaml", "- config: {secrets: [asked]}\n- test: {url: {template: '/echo/$asked'}}\n");
    let ran = folder.resttest().args([&*api.url(), "t.yaml", "--unset-variables", "error"]).finish().exits(1);
    let said =
        "$asked is not set: it is a secret that nobody gave: --secret asked=…, RESTTEST_SECRET_asked, --secrets-file";
    assert!(ran.stderr.contains(said), "{ran:#?}");
    let ran =
        folder.resttest().args([&*api.url(), "t.yaml"]).env("RESTTEST_SECRET_asked", "given-here-1").finish().exits(0);
    assert_eq!(api.log().last().map(|request| request.path.clone()).as_deref(), Some("/echo/given-here-1"));
    hides(&ran, &["given-here-1"]);
}

#[test]
fn a_program_that_complains_tells_no_other_secret() {
    let folder = Folder::new();
    folder.file("kept.txt", "kept-secret-9\n");
    let sources = "secrets: {made: {command: [sh, -c, 'echo bad kept-secret-9 >&2; exit 1']}, kept: {file: kept.txt}}";
    folder.file("s.yaml", sending(sources, "made"));
    let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).finish().exits(66);
    assert!(ran.stderr.contains("exited with 1: bad (redacted)"), "{ran:#?}");
    hides(&ran, &["kept-secret-9"]);
}

#[test]
fn failures_of_load_runs_show_neither_tokens_of_answers_nor_what_is_masked() {
    for mode in ["sync", "async"] {
        let body = r#"{"access_token": "minted-tok-12345", "ssn": "078-05-1120", "shown": "here"}"#;
        let server = Promised::new(3, move |_, _| Answer::ok(body.to_owned()));
        let folder = Folder::new();
        folder.file(
            "s.yaml",
            format!(
                "- config: {{mask: {{jsonpath: $..ssn}}}}
- test: {{url: /x, validators: [compare: {{raw_body: '', expected: nope}}], performance: {{repeat: 3, mode: {mode}}}}}
"
            ),
        );
        let words = [&*server.url(), "s.yaml", "--report-json", "r.json", "--log", "debug"];
        let ran = folder.resttest().args(words).finish().exits(1);
        hides(&ran, &["minted-tok", "078-05"]);
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
        assert!(!report.contains("minted-tok") && !report.contains("078-05"), "{report}");
        assert!(report.contains("here"), "{report}");
    }
}

#[test]
fn what_an_answer_brings_in_one_file_is_hidden_in_the_next_and_may_come_again() {
    let server = Promised::new(4, |number, _| match number {
        0 => Answer::ok(r#"{"access_token": "minted-tok-12345"}"#.to_owned()),
        1 => Answer::ok(r#"{"id": 1}"#.to_owned()),
        2 => Answer::ok(r#"{"again": "minted-tok-12345"}"#.to_owned()),
        _ => Answer::Full(500, "", "here: minted-tok-12345".to_owned()),
    });
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /login\n");
    folder.file("b.yaml", "- url: /other\n");
    folder.file("c.yaml", "- url: /again\n- url: /late\n");
    let words = [&*server.url(), "a.yaml", "b.yaml", "c.yaml", "--report-json", "r.json"];
    let ran = folder.resttest().args(words).finish().exits(1);
    assert!(ran.stdout.contains("here: (redacted)"), "{ran:#?}");
    hides(&ran, &["minted-tok"]);
    assert!(!ran.stderr.contains("came back in the body of GET /again"), "{ran:#?}");
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert!(!report.contains("minted-tok"), "{report}");
}

#[test]
fn more_answers_than_are_kept_unread_are_read() {
    let long = "x".repeat(300_000);
    let server = Promised::new(7, move |number, _| match number {
        0 => Answer::ok(r#"{"access_token": "minted-tok-12345"}"#.to_owned()),
        6 => Answer::Full(500, "", "here: minted-tok-12345".to_owned()),
        _ => Answer::ok(format!(r#"{{"text": "{long}"}}"#)),
    });
    let suite = format!("{}- url: /late\n", "- url: /x\n".repeat(6));
    let ran = run_text(&server.url(), &suite, EVERYTHING).exits(1);
    assert!(ran.stdout.contains("here: (redacted)"), "{ran:#?}");
    hides(&ran, &["minted-tok"]);
}

#[test]
fn a_secret_leaks_whatever_the_answer_calls_it() {
    let auth = "auth: {type: bearer, token: a-long-token-1}";
    for (test, (header, body), said) in [
        (auth, ("", r#"{"headers": {"Authorization": "Bearer a-long-token-1"}}"#), true),
        (auth, ("", r#"{"token": "a-long-token-1"}"#), true),
        (auth, ("X-Auth-Token: a-long-token-1\r\n", "{}"), true),
        // An answer that hands out tokens, and a cookie, are where such a value belongs.
        (auth, ("", r#"{"access_token": "a-long-token-1"}"#), false),
        (auth, ("Set-Cookie: sid=a-long-token-1\r\n", "{}"), false),
        ("auth: {type: basic, username: ann, password: a-long-pw-1}", ("", "ann, a-long-pw-1"), true),
        ("auth: {type: basic, username: ann, password: a-long-pw-1}", ("", "YW5uOmEtbG9uZy1wdy0x"), true),
    ] {
        let server = Promised::new(1, move |_, _| Answer::Full(200, header, body.to_owned()));
        let suite = format!("- test: {{url: /debug, {test}}}\n");
        let ran = run_text(&server.url(), &suite, ["--leaks", "fail"]).exits(i32::from(said));
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert_eq!(all.contains("Secret Leak"), said, "{test}: {ran:#?}");
        assert_eq!(all.contains("came back in the"), said, "{test}: {ran:#?}");
        hides(&ran, &["a-long-token-1", "a-long-pw-1"]);
    }
}

#[test]
fn what_auth_sends_to_one_origin_belongs_to_no_other() {
    let answers = |hits| Promised::new(hits, |_, _| Answer::ok("{}".to_owned()));
    let (own, other) = (answers(1), answers(2));
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        format!(
            "- config: {{auth: {{type: bearer, token: a-long-token-1}}}}
- test: {{url: /a}}
- test: {{url: '{other}/b'}}
- test: {{url: '{other}/c', auth: none, method: POST, body: 'x=a-long-token-1'}}
",
            other = other.url()
        ),
    );
    let ran = folder.resttest().args([&*own.url(), "s.yaml", "--leaks", "fail"]).finish().exits(2);
    let sent = format!("was sent to {}, and belongs to {}", other.url(), own.url());
    assert!(ran.stdout.matches(&sent).count() + ran.stderr.matches(&sent).count() >= 2, "{sent}: {ran:#?}");
    hides(&ran, &["a-long-token-1"]);
}

#[test]
fn of_a_load_run_the_first_exchange_is_looked_over() {
    let answer = |_, _: &_| Answer::ok(r#"{"debug": "Bearer a-long-token-1"}"#);
    for (kind, mode, words, code) in [
        ("test", "sync", &["--leaks", "fail"][..], 1),
        ("test", "async", &["--leaks", "fail"], 1),
        ("benchmark", "async", &["--leaks", "fail"], 1),
        ("test", "async", &[], 0),
    ] {
        let server = Promised::new(4, answer);
        let load = match kind {
            "test" => format!("performance: {{repeat: 4, concurrency: 1, mode: {mode}}}"),
            _ => format!("warmup_runs: 0, mode: {mode}, repeat: 4, concurrency: 1, metrics: [total_time]"),
        };
        let suite = format!(
            "- {kind}: {{url: /debug, auth: {{type: bearer, token: a-long-token-1}}, {load},
    validators: [compare: {{jsonpath_mini: debug, comparator: ne, expected: x}}]}}
"
        );
        let ran = run_text(&server.url(), &suite, words).exits(code);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains("came back in the body of GET /debug"), "{kind} {mode}: {ran:#?}");
        hides(&ran, &["a-long-token-1"]);
    }
}

#[test]
fn what_auth_sent_along_with_a_redirect_is_told() {
    let other = Promised::new(1, |_, request| {
        assert_eq!(request.header("authorization"), Some("Bearer a-long-token-1"));
        Answer::ok("{}")
    });
    let to: &'static str = format!("Location: {}/b\r\n", other.url()).leak();
    let own = Promised::new(1, move |_, _| Answer::Full(302, to, String::new()));
    let suite = "- test:
    url: /a
    auth: {type: bearer, token: a-long-token-1}
    curl_option_followlocation: true
    curl_option_unrestricted_auth: true
";
    let ran = run_text(&own.url(), suite, ["--leaks", "fail"]).exits(1);
    let said = format!("secret followed a redirect from {} to {}", own.url(), other.url());
    assert!(ran.stderr.contains(&said), "{said}: {ran:#?}");
    hides(&ran, &["a-long-token-1"]);
}

#[test]
fn signatures_are_hidden_where_an_answer_has_them() {
    for auth in [
        "{type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: a-secret-key-1, service: s3, region: eu-west-1}",
        "{type: jwt, algorithm: HS256, key: a-key-that-is-long-enough-for-its-hash}",
    ] {
        let server = Promised::new(1, |_, request| {
            Answer::Full(500, "", format!("who are you: {}?", request.header("authorization").expect("a header")))
        });
        let ran = run_text(&server.url(), &format!("- test: {{url: /x, auth: {auth}}}\n"), EVERYTHING).exits(1);
        assert!(ran.stdout.contains("who are you: "), "{ran:#?}");
        let shown =
            ran.stdout.split("who are you: ").nth(1).and_then(|rest| rest.split('?').next()).expect("an answer");
        let is_long = |word: &str| word.len() > 60 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        assert!(shown.contains("(redacted)"), "{shown}");
        assert!(!shown.split(|c: char| !c.is_alphanumeric()).any(is_long) && !shown.contains("eyJ"), "{shown}");
    }
}
