//! Runner configurations: environments, precedence seen in the number of requests, hooks, results.

use crate::support::{Answer, Finish, Folder, Promised, Ran, resttest, root, sample};

fn fixture(words: &[&str]) -> (Ran, resttest::SampleApi, Folder) {
    let (api, folder) = (sample(), Folder::new());
    let config = root().join("fixtures/runner/runner.json");
    let ran = resttest()
        .current_dir(folder.path())
        .env("PEOPLE_URL", api.url())
        .args(["--config", &config.to_string_lossy()])
        .args(words)
        .finish();
    (ran, api, folder)
}

#[test]
fn the_fixture_runs_in_each_environment_and_saves_its_results() {
    for words in [&[][..], &["--env", "staging"], &["--env", "prod", "--max-retries", "1"], &["--parallel-suites", "3"]]
    {
        let (ran, _api, folder) = fixture(words);
        let ran = ran.exits(0);
        assert_eq!(ran.counts(), (7, 7), "{words:?}: {ran:#?}");
        assert!(ran.stdout.contains("⏭️  Skipping suite: Later (disabled)"), "{ran:#?}");
        let results = std::fs::read_to_string(folder.path().join("test-results/results.json")).expect("results");
        let results: serde_json::Value = serde_json::from_str(&results).expect("JSON");
        assert_eq!(results["summary"]["passed"], 7, "{words:?}");
        assert_eq!(results["results"].as_array().map(Vec::len), Some(7));
        assert!(ran.stdout.contains("💾 Results saved to: test-results/results.json"));
    }
    // Production does not retry, and one test needs it.
    let (ran, _api, _folder) = fixture(&["--env", "production"]);
    ran.exits(1);
}

#[test]
fn unknown_environments_suites_and_keys_are_told_with_what_is_known() {
    let (ran, api, _folder) = fixture(&["--env", "nope"]);
    assert!(ran.exits(78).stderr.contains("it has development, staging, production"));
    assert_eq!(api.requests(), 0);
    let (ran, ..) = fixture(&["--suite", "Smok"]);
    assert!(ran.exits(78).stderr.contains("did you mean \"Smoke\"?"));
    let folder = Folder::new();
    for (text, part) in [
        ("{\"test_suits\": []}", "r.json:1:3: unknown key \"test_suits\""),
        (
            "{\"test_suites\": [{\"name\": \"s\", \"tests\": [{\"path\": \"/\", \"expcted_status\": 200}]}]}",
            "did you mean \"expected_status\"",
        ),
        ("{\"global_settings\": {\"retry\": {\"max_retry\": 1}}, \"test_suites\": []}", "did you mean \"max_retries\""),
        ("[1, 2]", "must be a mapping"),
    ] {
        folder.file("r.json", text);
        let ran = resttest().current_dir(folder.path()).args(["--config", "r.json"]).finish().exits(78);
        assert!(ran.stderr.contains(part), "{text}: {ran:#?}");
    }
    resttest().current_dir(folder.path()).args(["--config", "absent.json"]).finish().exits(66);
    resttest().current_dir(folder.path()).args(["http://h", "a.yaml", "--env", "x"]).finish().exits(64);
}

/// One failing URL behind every layer: the number of requests tells which layer's max_retries held.
#[test]
fn the_later_layer_wins_seen_in_the_number_of_requests() {
    let folder = Folder::new();
    folder.file("s.yaml", "- config: {max_retries: 1, retry_backoff_base: 0}\n- url: /status/503\n");
    let config = |level: &str, suite: &str, test: &str| {
        format!(
            "{{\"environments\": {{\"e\": {{\"base_url\": \"${{U}}\"{level}}}}},\
             \"global_settings\": {{\"retry\": {{\"max_retries\": 2, \"backoff_base\": 0}}}},\
             \"test_suites\": [{{\"name\": \"f\", \"files\": [\"s.yaml\"]{suite}}},\
             {{\"name\": \"t\", \"tests\": [{{\"path\": \"/status/503\"{test}}}]{suite}}}]}}"
        )
    };
    let table = [
        ("", "", "", &[][..], 3, 3),
        (", \"retry\": {\"max_retries\": 3}", "", "", &[], 4, 4),
        (", \"retry\": {\"max_retries\": 3}", ", \"settings\": {\"retry\": {\"max_retries\": 4}}", "", &[], 5, 5),
        ("", ", \"settings\": {\"retry\": {\"max_retries\": 4}}", ", \"retry\": {\"max_retries\": 0}", &[], 5, 1),
        (
            "",
            ", \"settings\": {\"retry\": {\"max_retries\": 4}}",
            ", \"retry\": {\"max_retries\": 0}",
            &["--max-retries", "1"],
            2,
            2,
        ),
    ];
    for (level, suite, test, words, of_file, of_test) in table {
        for (name, expected) in [("f", of_file), ("t", of_test)] {
            let api = sample();
            folder.file("r.json", config(level, suite, test));
            let mut command = resttest();
            command.current_dir(folder.path()).env("U", api.url());
            command.args(["--config", "r.json", "--env", "e", "--suite", name]).args(words).finish().exits(1);
            assert_eq!(api.requests(), expected, "{level} {suite} {test} {words:?}: {name}");
        }
    }
}

#[test]
fn environments_reach_their_own_servers_and_url_beats_them_all() {
    let (dev, prod, other) = (sample(), sample(), sample());
    let folder = Folder::new();
    let text = format!(
        "base_url: http://127.0.0.1:1\nenvironments:\n  development: {{base_url: '{}'}}\n  production: {{base_url: '{}'}}\n\
         test_suites:\n- name: s\n  tests: [{{name: t, path: /echo/x, method: GET}}]\n",
        dev.url(),
        prod.url()
    );
    folder.file("r.yaml", text);
    let run = |words: &[&str]| {
        resttest().current_dir(folder.path()).args(["--config", "r.yaml"]).args(words).finish().exits(0)
    };
    run(&[]);
    run(&["--env", "prod"]);
    run(&["--env", "prod", "--url", &other.url()]);
    assert_eq!((dev.requests(), prod.requests(), other.requests()), (1, 1, 1));
    let explained = resttest()
        .current_dir(folder.path())
        .args(["explain", "--config", "r.yaml", "--max-retries", "2"])
        .finish()
        .exits(0);
    assert!(explained.stdout.contains("max_retries 2 (--max-retries)"), "{explained:#?}");
    assert!(explained.stdout.contains("timeout 10 s (default)"), "{explained:#?}");
    assert_eq!(dev.requests(), 1);
}

#[test]
fn hooks_are_told_and_guard_what_they_stand_before() {
    let (api, folder) = (sample(), Folder::new());
    let config = |before_all: &str, before_each: &str| {
        format!(
            "base_url: '{}'\nhooks:\n  before_all: ['{before_all}']\n  before_each: ['{before_each}']\n  \
             after_each: ['cat >> after.txt']\n  after_all: ['cat >> all.txt']\n\
             test_suites:\n- name: s\n  tests:\n  - {{name: one, path: /echo/1, method: GET}}\n  - {{name: two, path: /status/500, method: GET}}\n",
            api.url()
        )
    };
    let run = |text: String| {
        folder.file("r.yaml", text);
        resttest().current_dir(folder.path()).args(["--config", "r.yaml"]).finish()
    };
    run(config("true", "true")).exits(1);
    assert_eq!(api.requests(), 2);
    let after = std::fs::read_to_string(folder.path().join("after.txt")).expect("told");
    let told: Vec<serde_json::Value> = after.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(
        (&told[0]["test"]["name"], &told[0]["passed"], &told[1]["passed"]),
        (&"one".into(), &true.into(), &false.into())
    );
    assert!(std::fs::read_to_string(folder.path().join("all.txt")).expect("told").contains("\"hook\":\"after_all\""));
    let ran = run(config("true", "exit 4")).exits(2);
    assert!(ran.stderr.contains("hook before_each \"exit\" exited with 4"), "{ran:#?}");
    let ran = run(config("exit 5", "true")).exits(70);
    assert!(ran.stderr.contains("hook before_all \"exit\" exited with 5"), "{ran:#?}");
    assert_eq!(api.requests(), 2);
}

#[test]
fn suite_files_are_found_beside_the_configuration_and_then_in_the_working_directory() {
    let (api, folder) = (sample(), Folder::new());
    folder.file(
        "examples/r.json",
        "{\"test_suites\": [{\"name\": \"s\", \"files\": [\"examples/a.yaml\", \"b.yaml\"]}]}",
    );
    folder.file("examples/a.yaml", "- url: /echo/a\n");
    folder.file("examples/b.yaml", "- url: /echo/beside\n");
    folder.file("b.yaml", "- url: /status/500\n");
    let run = |words: &[&str]| resttest().current_dir(folder.path()).args(words).args(["--url", &api.url()]).finish();
    assert_eq!(run(&["--config", "examples/r.json"]).exits(0).counts(), (2, 2));
    folder.file("examples/r.json", "{\"test_suites\": [{\"name\": \"s\", \"files\": [\"none.yaml\"]}]}");
    let ran = run(&["--config", "examples/r.json"]).exits(66);
    assert!(ran.stderr.contains("examples/none.yaml"), "{ran:#?}");
    // The body of a test that stands in the configuration, likewise.
    folder.file("body.txt", "from here");
    let test =
        "{\"path\": \"/echo/x\", \"method\": \"POST\", \"body\": {\"file\": \"body.txt\"}, \"expected_status\": 200}";
    folder.file("examples/r.json", format!("{{\"test_suites\": [{{\"name\": \"s\", \"tests\": [{test}]}}]}}"));
    let ran = run(&["--config", "examples/r.json", "--print-bodies"]).exits(0);
    assert!(ran.stdout.contains("from here"), "{ran:#?}");
}

#[test]
fn the_documents_words_are_understood() {
    let (api, folder) = (sample(), Folder::new());
    let config = |key: &str| {
        format!(
            "{{\"base_url\": \"{}\", \"environments\": {{\"prod\": {{\"retry\": {{\"max_retries\": 2, \"backoff_base\": 0, \
             \"{key}\": [404]}}}}}}, \"test_suites\": [{{\"name\": \"s\", \"tests\": [{{\"path\": \"/status/404\"}}]}}]}}",
            api.url()
        )
    };
    let mut requests = 0;
    for key in ["retryable_statuses", "retry_on_statuses", "retry_statuses"] {
        folder.file("r.json", config(key));
        let words = ["--config", "r.json", "--env", "production"];
        resttest().current_dir(folder.path()).args(words).finish().exits(1);
        requests += 3;
        assert_eq!(api.requests(), requests, "{key}");
    }
}

#[test]
fn the_runs_own_values_are_shown_and_each_suites_override() {
    let (api, folder) = (sample(), Folder::new());
    let text = format!(
        "base_url: '{}'\nglobal_settings: {{retry: {{max_retries: 1}}, concurrency: {{max_concurrent: 3}}}}\n\
         reporting: {{formats: [json], output_dir: .}}\ntest_suites:\n\
         - {{name: own, settings: {{base_url: '{}/echo', retry: {{max_retries: 5}}}}, tests: [{{path: /echo/x}}]}}\n\
         - {{name: plain, tests: [{{path: /echo/y}}]}}\n",
        api.url(),
        api.url()
    );
    folder.file("r.yaml", text);
    let ran = resttest().current_dir(folder.path()).args(["--config", "r.yaml"]).finish().exits(0);
    let shown: Vec<&str> = ran.stdout.lines().filter(|line| line.contains("Retry: ") || line.contains("📦")).collect();
    let line = |retries: u32| format!("⚙️  Configuration: Retry: {retries}, Backoff: 0.5 s to 30 s, Concurrency: 3");
    assert_eq!(shown, [&line(1), "📦 Test Suite: own", &format!("   {}", line(5)), "📦 Test Suite: plain"], "{ran:#?}");
    let results = std::fs::read_to_string(folder.path().join("results.json")).expect("results");
    let results: serde_json::Value = serde_json::from_str(&results).expect("JSON");
    assert_eq!(results["config"]["retry"]["max_retries"], 1);
    assert_eq!(results["config"]["base_url"], api.url());
    let own = results["suite_configs"].as_array().expect("suites");
    assert_eq!((own.len(), &own[0]["suite"], &own[0]["config"]["retry"]["max_retries"]), (1, &"own".into(), &5.into()));
    assert_eq!(own[0]["config"]["base_url"], format!("{}/echo", api.url()));
}

#[test]
fn a_body_of_an_inline_test_is_an_object_or_one_of_a_suites_kinds() {
    let bodies = [
        (r#"{"a": 1, "json": 2}"#, r#"{"a":1,"json":2}"#, "application/json"),
        (r#"{"json": {"a": [1, "x"]}}"#, r#"{"a":[1,"x"]}"#, "application/json"),
        (r#"{"json": {"json": {"a": 1}}}"#, r#"{"json":{"a":1}}"#, "application/json"),
        (r#"{"form": {"a": [1, "x y"]}}"#, "a=1&a=x+y", "application/x-www-form-urlencoded"),
        (r#"{"hex": "41 42"}"#, "AB", "application/x-www-form-urlencoded"),
        (r#"{"template": {"json": {"n": "$n"}}}"#, r#"{"n":7}"#, "application/json"),
        (r#"[1, {"json": 2}]"#, r#"[1,{"json":2}]"#, "application/json"),
    ];
    let server = Promised::new(bodies.len(), move |number, request| {
        let (_, body, kind) = bodies[number];
        assert_eq!(String::from_utf8_lossy(&request.body), body);
        assert_eq!(request.header("content-type"), Some(kind));
        Answer::ok("{}")
    });
    let tests: Vec<String> = bodies
        .iter()
        .map(|(body, ..)| {
            format!(r#"{{"path": "/x", "method": "POST", "variable_binds": {{"n": 7}}, "body": {body}}}"#)
        })
        .collect();
    let folder = Folder::new();
    let (base, tests) = (server.url(), tests.join(", "));
    folder.file("r.json", format!(r#"{{"base_url": "{base}", "test_suites": [{{"name": "S", "tests": [{tests}]}}]}}"#));
    folder.resttest().args(["--config", "r.json"]).finish().exits(0);
    drop(server);
    folder.file("r.json", r#"{"test_suites": [{"name": "S", "tests": [{"path": "/x", "body": {"hex": "4x"}}]}]}"#);
    let ran = folder.resttest().args(["--config", "r.json"]).finish().exits(78);
    assert!(ran.stderr.contains("r.json:1:"), "{ran:#?}");
}
