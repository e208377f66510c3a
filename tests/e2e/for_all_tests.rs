//! What `config` says of all tests of a file, as it is sent: headers, logins, defaults.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{Answer, Finish, Folder, Promised, Request};

/// A server that keeps what it is sent.
fn keeping(hits: usize) -> (Promised, Arc<Mutex<Vec<Request>>>) {
    let kept: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shared = kept.clone();
    let server = Promised::new(hits, move |_, request| {
        shared.lock().expect("no poison").push(request.clone());
        Answer::ok("{\"id\": 7}")
    });
    (server, kept)
}

const SUITE: &str = r#"
- test:
    name: "Signs in"
    url: "/login"
    headers: {authorization: ""}
    extract_binds: {token: {jsonpath_mini: "id"}}
- test: {name: "Reads", url: "/a"}
- url: "/b"
- test: {name: "Writes", url: "/c", method: PUT, headers: {x-tenant: us, X-Own: "1"}, body: "text"}
- test: {name: "Loads", url: "/d", performance: {repeat: 3, concurrency: 1}}
- test: {name: "As another", url: "/e", auth_username: "eve", auth_password: "other-password"}
- test: {name: "As nobody", url: "/f", auth_password: "", headers: {Authorization: ""}}
- benchmark: {name: "Measures", url: "/g", metrics: [total_time], benchmark_runs: 2, warmup_runs: 0}
- config:
    headers: {template: {Authorization: "Token $token", X-Tenant: eu}}
    variable_binds: {password: "swordfish-1"}
    auth_username: "ada"
    auth_password: {template: "$password"}
    tags: api
    defaults: {group: "All", query: {trace: 1}, validators: [{extract_test: {jsonpath_mini: id, test: exists}}]}
"#;

#[test]
fn every_request_of_a_file_has_the_headers_of_config() {
    let (server, kept) = keeping(11);
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(0);
    assert_eq!(ran.groups(), ["Test Group All SUCCEEDED: : 7/7 Tests Passed!"]);
    let kept = kept.lock().expect("no poison");
    let basic = |login: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(login))
    };
    let (token, eve) = ("Token 7".to_owned(), basic("eve:other-password"));
    let expected = [
        // Who wants no Authorization gets none.
        ("/login?trace=1", None, Some("eu")),
        ("/a?trace=1", Some(&token), Some("eu")),
        ("/b?trace=1", Some(&token), Some("eu")),
        ("/c?trace=1", Some(&token), Some("us")),
        ("/d?trace=1", Some(&token), Some("eu")),
        ("/d?trace=1", Some(&token), Some("eu")),
        ("/d?trace=1", Some(&token), Some("eu")),
        ("/e?trace=1", Some(&eve), Some("eu")),
        ("/f?trace=1", None, Some("eu")),
        // Defaults are for tests.
        ("/g", Some(&token), Some("eu")),
        ("/g", Some(&token), Some("eu")),
    ];
    for (request, (target, authorization, tenant)) in kept.iter().zip(expected) {
        assert_eq!(request.target, target);
        assert_eq!(request.header("authorization"), authorization.map(String::as_str), "{target}");
        assert_eq!(request.header("x-tenant"), tenant, "{target}");
        let count = request.headers.iter().filter(|(name, _)| name == "x-tenant").count();
        assert_eq!(count, 1, "{target}");
    }
    assert_eq!((kept[3].header("x-own"), kept[3].method.as_str()), (Some("1"), "PUT"));
}

#[test]
fn passwords_of_config_are_shown_nowhere() {
    let server = Promised::new(1, |_, request| {
        let echoed = request.header("authorization").unwrap_or_default().to_owned();
        Answer::Full(500, "", format!("swordfish-1 {echoed}"))
    });
    let folder = Folder::new();
    let suite = "
- config: {variable_binds: {pw: swordfish-1}, auth_username: ada, auth_password: {template: $pw}, headers: {X-Api-Key: key-9876543}}
- test: {url: /x}
";
    folder.file("s.yaml", suite);
    let words =
        ["--log", "debug", "--verbose", "--show-curl", "true", "--report-json", "r.json", "--report-html", "r.html"];
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(words).finish().exits(1);
    let explained = folder.resttest().args(["explain", &server.url(), "s.yaml"]).finish().exits(0);
    let linted = folder.resttest().args(["lint", "s.yaml"]).finish().exits(0);
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    let coded = "YWRhOnN3b3JkZmlzaC0x";
    for text in [ran.stdout, ran.stderr, explained.stdout, linted.stdout, read("r.json"), read("r.html")] {
        for secret in ["swordfish-1", "key-9876543", coded] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn explain_tells_what_a_test_has_from_where() {
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let told = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0).stdout;
    let of = |name: &str| -> Vec<String> {
        let lines = told.lines().skip_while(|line| !line.starts_with(&format!("  {name} ["))).skip(1);
        lines.take_while(|line| line.starts_with("    ")).map(|line| line.trim().to_owned()).collect()
    };
    let reads = of("Reads");
    for line in [
        "tags api (api: s.yaml:19)",
        "header Authorization: (redacted) (s.yaml:15)",
        "header X-Tenant: eu (s.yaml:15)",
        "auth_username ada (s.yaml:18)",
        "auth_password (redacted) (s.yaml:18)",
        "group from defaults (s.yaml:20)",
        "query trace=1, from defaults (s.yaml:20)",
        "validator extract_test jsonpath_mini \"id\" exists, from defaults (s.yaml:20)",
        "timeout 10 s (default)",
    ] {
        assert!(reads.contains(&line.to_owned()), "{line} not in {reads:#?}");
    }
    let other = of("As another");
    assert!(!other.iter().any(|line| line.contains("auth_") || line.contains("Authorization")), "{other:#?}");
    assert!(!of("Measures").iter().any(|line| line.contains("from defaults")), "{told}");
    assert!(!of("Writes").iter().any(|line| line.contains("X-Tenant")), "{told}");
}

#[test]
fn a_validator_of_defaults_fails_at_its_own_place() {
    let (server, _) = keeping(2);
    let folder = Folder::new();
    let suite = "- config: {defaults: {validators: [compare: {jsonpath_mini: id, expected: 8}]}}
- test: {name: a, url: /a}
- test: {name: b, url: /b, validators: [compare: {jsonpath_mini: id, expected: 7}]}
";
    folder.file("s.yaml", suite);
    folder.resttest().args([&server.url(), "s.yaml", "--report-json", "r.json"]).finish().exits(2);
    let text = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    for test in report["suites"][0]["tests"].as_array().expect("tests") {
        let failures = test["failures"].as_array().expect("failures");
        assert_eq!((failures.len(), failures[0]["line"].as_u64()), (1, Some(1)), "{test:#}");
    }
}
