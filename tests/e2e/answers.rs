//! What extractors take out of answers, through the binary.

use crate::support::{Answer, Finish, Folder, Promised, run_text, sample};

#[test]
fn answers_are_looked_into_in_every_way() {
    let suite = r#"
- test:
    url: /x
    validators:
      - compare: {jsonpath: "$.a[?@.b == 1].c", expected: 12345678901234567890123}
      - compare: {jsonpath: "$.a[*].b", expected: [1, 2]}
      - extract_test: {jsonpath: "$.n", test: exists}
      - extract_test: {jsonpath: "$.nope", test: not_exists}
      - compare: {cookie: "sid", expected: abc}
      - compare: {cookie: "sid[Max-Age]", expected: 60}
      - compare: {status: "", expected: 201}
      - compare: {size: "", expected: 70}
      - compare: {url: "", comparator: contains, expected: "/x"}
      - compare: {redirects: "", expected: 0}
      - compare: {env: RESTTEST_PROBE, expected: probed}
      - compare: {jsonpath: "$.status", expected: {status: ok}}
      - compare: {regex: '"b": (\d)', expected: "1"}
    expected_status: 201
    extract_binds:
      numbers: {jsonpath: "$.a[*].b"}
      sid: {cookie: sid}
- test:
    url: {template: "/$sid"}
    expected_status: 201
    validators:
      - compare: {last: status, expected: 201}
      - compare: {jsonpath: "$[1]", of: {variable: numbers}, expected: 2}
      - compare: {status: "", expected: {last: status}}
"#;
    let body = r#"{"a": [{"b": 1, "c": 12345678901234567890123}, {"b": 2}], "status": {"status": "ok"}, "n": null}"#;
    let body = body.to_owned();
    let suite = suite.replace("expected: 70", &format!("expected: {}", body.len()));
    let server = Promised::new(2, move |number, request| {
        assert_eq!(request.target, ["/x", "/abc"][number]);
        Answer::Full(201, "Set-Cookie: sid=abc; Max-Age=60; Path=/\r\n", body.clone())
    });
    let folder = Folder::new();
    folder.file("s.yaml", &suite);
    let ran = folder.resttest().env("RESTTEST_PROBE", "probed").args([&*server.url(), "s.yaml"]).finish();
    assert_eq!(ran.code, Some(0), "{ran:#?}");
}

#[test]
fn what_is_not_there_equals_no_null() {
    let server = Promised::new(1, |_, _| Answer::ok("{\"n\": null}"));
    let suite = "- test: {url: /x, validators: [{compare: {jsonpath: $.n, expected: null}}, {compare: {jsonpath: $.m, expected: null}}]}";
    let ran = run_text(&server.url(), suite, [""; 0]).exits(1);
    assert!(ran.stderr.contains("jsonpath \"$.m\": nothing is there: no key \"m\"; there is only n"), "{ran:#?}");
    assert!(!ran.stderr.contains("$.n\""), "{ran:#?}");
}

#[test]
fn load_runs_judge_by_them_too() {
    let api = sample();
    for mode in ["sync", "async"] {
        let suite = format!(
            "- test: {{url: /api/person/1/, performance: {{repeat: 20, concurrency: 2, mode: {mode}}}, validators: [
                {{compare: {{jsonpath: $.login, expected: gbaltar}}}}, {{compare: {{status: '', expected: 200}}}},
                {{compare: {{version: '', expected: HTTP/1.1}}}}, {{compare: {{duration: '', comparator: gt, expected: 0}}}},
                {{compare: {{regex: 'login...(\\w+)', comparator: contains, expected: g}}}}]}}"
        );
        run_text(&api.url(), &suite, [""; 0]).exits(0);
    }
}
