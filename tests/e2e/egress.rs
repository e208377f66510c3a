//! Where requests may go: options, the suite's own list, the environment, whose commands run.

use std::net::TcpListener;

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Ran, resttest, run_text, sample};

/// A server that sends whoever asks for `/to?URL` to that URL.
fn redirecting(hits: usize) -> Promised {
    Promised::new(hits, |_, request| match request.target.strip_prefix("/to?") {
        Some(url) => Answer::Full(302, Box::leak(format!("location: {url}\r\n").into_boxed_str()), String::new()),
        None => Answer::ok("fine"),
    })
}

/// The words of why tests failed, in order.
fn reasons(ran: &Ran) -> Vec<&str> {
    ran.stderr
        .lines()
        .filter_map(|line| line.split_once("Reason: Curl Exception: ").map(|(_, reason)| reason))
        .collect()
}

#[test]
fn nothing_is_sent_but_to_hosts_that_are_listed() {
    let server = redirecting(3);
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    let away = "http://evil.example/y";
    let suite = format!(
        "- config: {{variable_binds: {{host: evil.example}}}}
- test: {{url: /fine}}
- test: {{url: 'http://0x7f.1:{port}/fine'}}
- test: {{url: '{away}', retry: {{max_retries: 3, backoff_base: 30}}}}
- test: {{url: '/to?{away}', curl_option_followlocation: 1}}
- test: {{url: {{template: 'http://$host:8080/'}}}}
- test: {{url: 'http://localhost:{port}/'}}
- test: {{url: /x, curl_option_proxy: 'http://u:s3cret@127.0.0.1:9'}}
- test: {{url: /x, curl_option_connect_to: ['::127.0.0.2:{port}']}}
- test: {{url: 'http://api.test:{port}/', curl_option_resolve: ['api.test:{port}:127.0.0.2']}}
- test: {{url: 'http://[::ffff:169.254.169.254]/'}}
"
    );
    let hosts = ["--allow-host", &format!("127.0.0.1:{port}"), "--allow-host", "api.test"];
    let ran = run_text(&server.url(), &suite, hosts).exits(8);
    let listed = "it must be listed, a base URL's host too";
    let from = format!("redirect from {}/to?{away}", server.url());
    assert_eq!(
        reasons(&ran),
        [
            format!("host evil.example is not allowed by --allow-host (suite.yaml:4); {listed}"),
            format!("host evil.example is not allowed by --allow-host (suite.yaml:5, {from}); {listed}"),
            format!("host evil.example is not allowed by --allow-host (suite.yaml:6); {listed}"),
            format!("host localhost is not allowed by --allow-host (suite.yaml:7); {listed}"),
            "proxy 127.0.0.1 is not allowed by --allow-host at port 9 (suite.yaml:8)".to_owned(),
            format!("host 127.0.0.2 is not allowed by --allow-host (suite.yaml:9); {listed}"),
            format!("host api.test (127.0.0.2) is not allowed by --allow-host (suite.yaml:10); {listed}"),
            format!("host [::ffff:169.254.169.254] is not allowed by --allow-host (suite.yaml:11); {listed}"),
        ]
    );
}

#[test]
fn load_runs_are_bound_in_both_models_and_a_refusal_is_counted_by_its_kind() {
    for (mode, volume) in
        [("sync", "repeat: 1"), ("async", "repeat: 1"), ("sync", "duration: 60"), ("async", "duration: 60")]
    {
        let server = redirecting(1);
        let load = format!("performance: {{{volume}, concurrency: 1, mode: {mode}}}");
        let suite = format!(
            "- test: {{url: 'http://evil.example/', {load}}}
- test: {{url: '/to?http://evil.example/', curl_option_followlocation: 1, {load}}}
"
        );
        let ran = run_text(&server.url(), &suite, ["--offline"]).exits(2);
        assert_eq!(ran.stdout.matches("errors: egress: 1\n").count(), 2, "{ran:#?}");
        assert!(ran.stdout.contains("1 x host evil.example is not allowed by --offline (suite.yaml:1)"), "{ran:#?}");
        assert!(ran.stdout.contains("(suite.yaml:2, redirect from http://127.0.0.1:"), "{ran:#?}");
        // There is no use in asking again for a minute.
        assert!(
            ran.stderr.contains("Reason: host evil.example is not allowed by --offline (suite.yaml:1)"),
            "{ran:#?}"
        );
    }
}

#[test]
fn a_refusal_is_neither_sent_again_nor_held_against_an_origin() {
    let api = sample();
    let suite = "- config: {circuit_breaker: {failures: 1}, retry: {max_retries: 5, backoff_base: 60}}
- test: {url: 'http://evil.example/'}
- test: {url: 'http://evil.example/'}
- test: {url: /status/200}
- test: {url: 'http://evil.example/', poll: {timeout: 60, interval: 30}}
";
    let ran = run_text(&api.url(), suite, ["--offline", "--log", "info"]).exits(3);
    assert_eq!((reasons(&ran).len(), ran.counts()), (3, (1, 4)), "{ran:#?}");
    assert!(!ran.stderr.contains("etry") && !ran.stderr.contains("circuit"), "{ran:#?}");
}

#[test]
fn a_suite_narrows_what_the_command_line_allows_and_never_widens_it() {
    let api = sample();
    let suite = "- config:
    - allow_hosts: [127.0.0.1, '*.example.org:443', evil.example]
- test: {url: /status/200}
- test: {url: 'http://evil.example/'}
- test: {url: 'http://a.example.org/'}
- test: {url: 'http://other.example/'}
";
    let ran = run_text(&api.url(), suite, ["--allow-host", "127.0.0.1", "--allow-host", "*.example.org"]).exits(3);
    let listed = "it must be listed";
    assert_eq!(
        reasons(&ran),
        [
            "host evil.example is not allowed by --allow-host (suite.yaml:4); it must be listed, a base URL's host too"
                .to_owned(),
            "host a.example.org is not allowed by allow_hosts of suite.yaml:2 at port 80 (suite.yaml:5)".to_owned(),
            "host other.example is not allowed by --allow-host (suite.yaml:6); it must be listed, a base URL's host too"
                .to_owned(),
        ]
    );
    let folder = Folder::new();
    folder.file("suite.yaml", suite);
    let words = ["explain", &api.url(), "suite.yaml", "--deny-host=10.0.0.0/8", "--offline"];
    let explained = folder.resttest().args(words).finish().exits(0).stdout;
    let rules = "    allow_hosts of suite.yaml:2 127.0.0.1, *.example.org:443, evil.example
    --deny-host 10.0.0.0/8
    --offline
";
    assert!(explained.contains(rules), "{explained}");
    let ran = run_text(&api.url(), suite, ["--deny-host", "127.0.0.0/8"]).exits(4);
    assert_eq!(reasons(&ran)[0], "host 127.0.0.1 is not allowed by --deny-host 127.0.0.0/8 (suite.yaml:3)", "{ran:#?}");
    assert_eq!(
        reasons(&ran)[3],
        format!("host other.example is not allowed by allow_hosts of suite.yaml:2 (suite.yaml:6); {listed}")
    );
    let wrong =
        run_text(&api.url(), "- config: {allow_hosts: [a.test, 'http://b.test/']}\n- url: /\n", PLAIN).exits(65);
    assert!(wrong.stderr.contains("suite.yaml:1:35: allow_hosts: \"http://b.test/\" is a URL"), "{wrong:#?}");
    let wrong = run_text(&api.url(), suite, ["--allow-host", "a b"]).exits(64);
    assert!(wrong.stderr.contains("option --allow-host "), "{wrong:#?}");
}

#[test]
fn the_environment_and_the_settings_file_bind_as_options_do() {
    let api = sample();
    let suite = "- test: {url: 'http://evil.example/'}\n";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let url = api.url();
    let run = || {
        let mut command = folder.resttest();
        command.args([&url, "s.yaml"]);
        command
    };
    let ran = run().env("RESTTEST_OFFLINE", "1").finish().exits(1);
    assert!(reasons(&ran)[0].contains("by --offline (s.yaml:1)"), "{ran:#?}");
    let ran = run().env("RESTTEST_ALLOW_HOST", "127.0.0.1\na.test").finish().exits(1);
    assert!(reasons(&ran)[0].contains("by --allow-host (s.yaml:1)"), "{ran:#?}");
    for command in ["check", "load"] {
        let mut command =
            folder.resttest().arg(command).arg("http://evil.example/").env("RESTTEST_OFFLINE", "1").finish();
        command.stderr.push_str(&command.stdout);
        assert!(command.stderr.contains("host evil.example is not allowed by --offline"), "{command:#?}");
    }
    // What one denies, the other does not allow.
    folder.file(".resttest.yaml", "deny-host: [evil.example]\n");
    let ran = run().args(["--deny-host", "other.example"]).finish().exits(1);
    assert!(reasons(&ran)[0].contains("by --deny-host evil.example (s.yaml:1)"), "{ran:#?}");
    folder.file(".resttest.yaml", "offline: true\nallow-host: [127.0.0.1, evil.example]\n");
    let ran = run().finish().exits(1);
    assert!(reasons(&ran)[0].contains("by --offline (s.yaml:1)"), "{ran:#?}");
    for command in ["check", "load"] {
        let ran = folder.resttest().args([command, "http://evil.example/"]).finish();
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("not allowed by --offline"), "{ran:#?}");
    }
    // A file that comes with a suite does not let its commands run.
    folder.file(".resttest.yaml", "allow-exec: true\n");
    run().finish().exits(78);
}

#[test]
fn processes_of_parallel_suites_are_bound_as_well() {
    let folder = Folder::new();
    folder.file("a.yaml", "- test: {url: 'http://evil.example/'}\n");
    folder.file("b.yaml", "- test: {url: 'http://evil.example/'}\n");
    let api = sample();
    let ran = folder.resttest().args([&api.url(), "a.yaml", "b.yaml", "--parallel-suites", "2", "--offline"]).finish();
    let ran = ran.exits(2);
    assert_eq!(ran.stderr.matches("Reason: Curl Exception: host evil.example is not allowed by --offline").count(), 2);
}

#[test]
fn a_plan_names_every_origin_and_sends_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    silent.set_nonblocking(true).unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let folder = Folder::new();
    folder.file("part.yaml", "- test: {url: /part}\n");
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {host: b.test, token: t0ken-77}, generators: [g: {type: fixed_sequence, values: [a]}]}
- import: part.yaml
- test: {url: /one}
- test: {url: /two}
- test: {url: /three}
- test: {url: {template: 'https://$host/x?token=$token'}}
- test: {url: {template: 'http://$token.test/'}}
- test: {url: {template: 'http://$later/'}, extract_binds: {later: {header: x}}}
- test: {url: {template: 'http://c.test/$later'}}
- test: {url: 'http://u:p4ss@d.test:81/', curl_option_proxy: 'http://v:w0rd@proxy.test:3128'}
- test: {url: 'http://e.test/', curl_option_connect_to: ['::f.test:82']}
- test: {url: 'http://g.test:83/', curl_option_resolve: ['g.test:83:192.0.2.7']}
- test: {url: /never, skip: not today}
- benchmark: {url: 'http://h.test/', metrics: [total_time]}
",
    );
    let plan = |more: &[&str]| folder.resttest().args([&url, "s.yaml", "--plan"]).args(more).finish().exits(0);
    let expected = format!(
        "{url}  part.yaml:1, s.yaml:3, s.yaml:4 and 1 more
https://b.test  s.yaml:6
http://(redacted).test  s.yaml:7
http://$later/ (known when it is sent)  s.yaml:8
http://c.test  s.yaml:9
http://d.test:81  s.yaml:10
http://proxy.test:3128  curl_option_proxy for s.yaml:10
http://e.test  s.yaml:11
f.test:82  curl_option_connect_to for s.yaml:11
http://g.test:83  s.yaml:12
192.0.2.7:83  curl_option_resolve for s.yaml:12
http://h.test  s.yaml:14
"
    );
    assert_eq!(plan(&[]).stdout, expected);
    let beside = ["--otlp-endpoint", "http://u:p4ss@c.test:4318", "--push-prom", "https://g.test"];
    let own = "http://c.test:4318  the run's spans (OTLP)\nhttps://g.test  --push-prom\n";
    assert_eq!(plan(&beside).stdout, format!("{expected}{own}"));
    let words = ["--push-prom", "https://g.test", "--allow-host", "127.0.0.1"];
    let refused = "https://g.test  --push-prom  refused: host g.test is not allowed by --allow-host";
    assert!(plan(&words).stdout.contains(refused));
    let hosts = ["127.0.0.1", "d.test", "e.test"].map(|host| format!("--allow-host={host}"));
    let bound = plan(&[&hosts[0], &hosts[1], &hosts[2], "--report-json", "r.json"]).stdout;
    for line in [
        "https://b.test  s.yaml:6  refused: host b.test is not allowed by --allow-host; it",
        "http://d.test:81  s.yaml:10\n",
        "http://proxy.test:3128  curl_option_proxy for s.yaml:10  refused: proxy proxy.test is not allowed by",
        "f.test:82  curl_option_connect_to for s.yaml:11  refused: host f.test is not allowed by --allow-host",
        "192.0.2.7:83  curl_option_resolve for s.yaml:12  refused: host g.test (192.0.2.7) is not allowed by",
    ] {
        assert!(bound.contains(line), "{line}\n{bound}");
    }
    assert!(!folder.path().join("r.json").exists());
    assert!(silent.accept().is_err());
    let ran = resttest().args(["check", "http://a.test/x", "--plan"]).env("http_proxy", "http://p.test:8").finish();
    assert_eq!(ran.exits(0).stdout, "http://a.test  check:3\nhttp://p.test:8  proxy of the environment for check:3\n");
}

#[test]
fn commands_run_for_files_that_somebody_asked_for() {
    let api = sample();
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let mark = folder.path().join("ran");
    let config = format!(
        "{{\"base_url\": \"{}\", \"hooks\": {{\"before_all\": \"touch {}\"}}, \"test_suites\": [{{\"name\": \"s\", \"tests\": [{{\"url\": \"/status/200\"}}]}}]}}",
        api.url(),
        mark.display()
    );
    let foreign = elsewhere.file("c.json", &config).display().to_string();
    folder.file("c.json", &config);
    let has_run = || std::fs::remove_file(&mark).is_ok();
    let run = |words: &[&str]| folder.resttest().args(words).finish();
    run(&["--config", &foreign]).exits(0);
    assert!(has_run());
    let ran = run(&["--config", &foreign, "--no-exec"]).exits(0);
    assert!(!has_run() && ran.stderr.contains("hooks are not run (--no-exec)"), "{ran:#?}");
    // Nobody named it on the command line.
    folder.file(".resttest.yaml", format!("config: {foreign}\n"));
    let ran = run(&[]).exits(78);
    assert!(!has_run() && ran.stderr.contains("--allow-exec allows it"), "{ran:#?}");
    run(&["--allow-exec"]).exits(0);
    assert!(has_run());
    folder.file(".resttest.yaml", "config: c.json\n");
    run(&[]).exits(0);
    assert!(has_run());
}
