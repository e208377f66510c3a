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

#[test]
fn bodies_are_compared_part_by_part() {
    let body = r#"{"id": 7, "items": [{"n": 2}, {"n": 1}], "at": "now", "odd name": NaN}"#;
    let server = Promised::new(2, move |_, _| Answer::ok(body));
    let folder = Folder::new();
    folder.file(
        "expected/x.json",
        r#"{"id": "$id", "items": [{"n": 1}, {"n": 2.0}], "at": "$who", "odd name": NaN}"#.replace("\"$id\"", "$id"),
    );
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {name: x, id: 7, who: now}}
- test:
    url: /x
    validators:
      - json_equals: {expected: {template: {file: 'expected/$name.json'}}, unordered: [$.items]}
      - json_equals: {expected: {template: {id: $id, items: [{n: 2}, {n: 1}]}}, ignore: [$.at, \"$['odd name']\"]}
      - json_equals: {expected: {items: [{n: 1}]}, contains: true}
- test:
    url: /x
    validators:
      - json_equals: {expected: {id: 8, items: [{n: 2}], at: now, more: 1}, numbers: strict}
",
    );
    let ran = folder.resttest().args([&*server.url(), "s.yaml"]).finish().exits(1);
    for line in [
        "json_equals: $.id: expected 8, got 7 (and 4 more differences)",
        "\n$.items: expected 1 item, got 2",
        "\n$.items[1]: not expected, got {\"n\": 1}",
        "\n$.more: missing, expected 1",
        "\n$['odd name']: not expected, got nan",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {ran:#?}");
    }
}

#[test]
fn snapshots_are_kept_where_that_is_asked_for() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {url: /x, headers: {Authorization: Bearer abcdefgh12}, validators: [snapshot: {file: snap/x.json, ignore: [$.at]}]}\n",
    );
    let run = |body: &'static str, words: &[&str], ci: &str| {
        let server = Promised::new(1, move |_, _| Answer::ok(body));
        folder.resttest().env("CI", ci).args([&*server.url(), "s.yaml"]).args(words).finish()
    };
    let first = r#"{"b": 1.0, "at": 5, "token": "abcdefgh12", "a": []}"#;
    let ran = run(first, &[], "").exits(1);
    assert!(ran.stderr.contains("snapshot: there is no snap/x.json yet; --update-snapshots writes it"), "{ran:#?}");
    run(first, &["--update-snapshots"], "true").exits(1);
    run(first, &["--update-snapshots"], "false").exits(0);
    let kept = std::fs::read_to_string(folder.path().join("snap/x.json")).expect("a snapshot");
    assert_eq!(kept, "{\n  \"b\": 1.0,\n  \"at\": 5,\n  \"token\": \"(redacted)\",\n  \"a\": []\n}\n");
    run(first, &[], "true").exits(0);
    run(r#"{"a": [], "at": 6, "b": 1, "token": "abcdefgh12"}"#, &[], "").exits(0);
    let ran = run(r#"{"a": [2], "at": 6, "b": 1, "token": "abcdefgh12"}"#, &[], "").exits(1);
    assert!(ran.stderr.contains("snapshot: $.a: expected 0 items, got 1"), "{ran:#?}");
    folder.file("s.yaml", "- test: {url: /x, validators: [snapshot: ../out.json]}\n");
    let ran = run(first, &["--update-snapshots"], "").exits(1);
    assert!(ran.stderr.contains("cannot write ../out.json: it leads out of the suite's folder"), "{ran:#?}");
}

#[test]
fn suites_and_schemas_in_json_are_pythons() {
    let server = Promised::new(1, |_, _| Answer::ok(r#"{"n": NaN, "s": "\ud800", "z": -0, "e": 1e-8}"#));
    let folder = Folder::new();
    folder.file("schema.json", r#"{"properties": {"e": {"maximum": 1e-08}}}"#);
    folder.file(
        "s.json",
        r#"[{"config": {"variable_binds": {"nan": NaN, "half": "\udc00"}}}, {"test": {"url": "/x", "validators": [
            {"compare": {"jsonpath": "$.s", "expected": "\ufffd"}},
            {"compare": {"jsonpath": "$.z", "expected": 0}},
            {"compare": {"jsonpath": "$.s", "expected": {"variable": "half"}}},
            {"json_schema": {"schema": {"file": "schema.json"}}},
            {"json_schema": {"schema": true}}]}}]"#,
    );
    folder.resttest().args([&*server.url(), "s.json"]).finish().exits(0);
}

#[test]
fn what_json_has_no_number_for_is_a_number_to_schemas_and_paths() {
    let server = Promised::new(2, |_, _| Answer::ok(r#"{"n": NaN, "i": [Infinity, 1e400, -Infinity, 3]}"#));
    let run = |validators: &str, code: i32| {
        let suite = format!("- test: {{url: /x, validators: [{validators}]}}");
        run_text(&server.url(), &suite, [""; 0]).exits(code)
    };
    run(
        "{json_schema: {schema: {properties: {n: {type: number}, i: {items: {type: number}}}}}},
        {compare: {jsonpath: '$.i[?@ > 3]', expected: [.inf, .inf]}}, {compare: {jsonpath: '$.i[?@ < 3]', expected: -.inf}}",
        0,
    );
    let ran = run("{json_schema: {schema: {properties: {i: {items: {maximum: 3}}}}}}", 1);
    assert!(ran.stderr.contains("at /i/0: ") && ran.stderr.contains("at /i/1: "), "{ran:#?}");
}

#[test]
fn xml_is_looked_into() {
    let server = Promised::new(1, |_, _| Answer::ok("<a xmlns:p=\"urn:p\"><p:b id=\"7\">x</p:b><c/><c/></a>"));
    let suite = "- test: {url: /x, validators: [{compare: {xpath: '//p:b/@id', expected: '7'}},
        {compare: {xpath: count(//c), expected: 2}}, {extract_test: {xpath: //d, test: not_exists}}]}";
    run_text(&server.url(), suite, [""; 0]).exits(0);
    let suite = "- test: {url: /x, validators: [{compare: {xpath: '//a[', expected: 1}}]}";
    let ran = run_text(&server.url(), suite, [""; 0]).exits(65);
    assert!(ran.stderr.contains("the XPath expression \"//a[\" cannot be used"), "{ran:#?}");
}
