//! What a failed check says: where a path ends, what differs, what the body is instead of JSON.

use crate::support::{Answer, PLAIN, Promised, run_text};

/// One GET of `/` with these validators.
fn checking(validators: &[&str]) -> String {
    let lines: String = validators.iter().map(|validator| format!("        - {validator}\n")).collect();
    format!("- test:\n    - name: T\n    - url: /\n    - validators:\n{lines}")
}

/// What is said about a body.
fn said(headers: &'static str, body: &str, validators: &[&str]) -> String {
    let body = body.to_owned();
    let server = Promised::new(1, move |_, _| Answer::Full(200, headers, body.clone()));
    run_text(&server.url(), &checking(validators), PLAIN).exits(1).stderr
}

#[test]
fn a_body_that_is_not_json_is_described() {
    let page = format!("<!DOCTYPE html>\n<html>{}", "x".repeat(490));
    for (headers, body, expected) in [
        (
            "content-type: text/html; charset=utf-8\r\n",
            page.as_str(),
            "T: jsonpath_mini \"a\": the body is text/html, 512 B, \"<!DOCTYPE html>…\", not JSON\n",
        ),
        ("content-type: application/json\r\n", "", "T: jsonpath_mini \"a\": the body is empty, not JSON\n"),
        (
            "content-type: application/json\r\ncontent-encoding: zstd\r\n",
            "\u{28}µ/ý",
            "T: jsonpath_mini \"a\": the body is encoded as zstd, which cannot be read here (application/json, 6 B)\n",
        ),
    ] {
        let stderr = said(headers, body, &["compare: {jsonpath_mini: a, comparator: eq, expected: 1}"]);
        assert!(stderr.contains(expected), "{stderr}");
    }
}

#[test]
fn an_encoding_that_cannot_be_read_is_named_wherever_a_test_fails() {
    const ZSTD: &str = "content-type: application/json\r\ncontent-encoding: zstd\r\n";
    for (status, rest, expected) in [
        (500, "", "T: expected status 200, got 500; the body is encoded as zstd, which cannot be read here\n"),
        (
            200,
            "    - extract_binds: {id: {jsonpath_mini: id}}\n",
            "T: cannot set $id: the body is encoded as zstd, which cannot be read here (application/json, 5 B)\n",
        ),
        (
            200,
            "    - validators: [{compare: {raw_body: ., comparator: contains, expected: id}}]\n",
            "; the body is still encoded as \"zstd\"\n",
        ),
        (
            200,
            "    - validators: [{json_schema: {schema: {type: object}}}]\n",
            "json_schema: the body is encoded as zstd",
        ),
    ] {
        let server = Promised::new(1, move |_, _| Answer::Full(status, ZSTD, "(\u{b5}/x".to_owned()));
        let suite = format!("- test:\n    - name: T\n    - url: /\n{rest}");
        let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
        assert!(ran.stderr.contains(expected), "{expected}: {ran:#?}");
    }
    let server = Promised::new(3, move |_, _| Answer::Full(200, ZSTD, "(\u{b5}/x".to_owned()));
    let suite = "- test: {name: T, url: /, performance: {repeat: 3}, extract_binds: {id: {jsonpath_mini: id}}}\n";
    let ran = run_text(&server.url(), suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("cannot set $id: the body is encoded as zstd"), "{ran:#?}");
}

#[test]
fn everything_that_is_wrong_with_an_answer_is_reported() {
    let validators = [
        "compare: {jsonpath_mini: b, comparator: eq, expected: 1}",
        "compare: {header: x-a, comparator: eq, expected: {header: x-b}}",
        "json_schema: {schema: {required: [b, c]}}",
        "extract_test: {jmespath: b, test: exists}",
    ];
    let suite =
        checking(&validators) + "    - extract_binds:\n        - id: {header: x-id}\n        - other: {header: x-no}\n";
    let server = Promised::new(1, |_, _| Answer::ok("{\"a\": 1}"));
    let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
    for expected in [
        "jsonpath_mini \"b\" eq: expected 1, got nothing: no key \"b\"; there is only a",
        "header \"x-a\": no header \"x-a\"; header \"x-b\": no header \"x-b\"",
        "json_schema: at /: \"b\" is a required property (and 1 more)\nat /: \"b\" is a required property\nat /: \"c\" is",
        "jmespath \"b\" exists: got nothing: no key \"b\"; there is only a",
        "cannot set $id: no header \"x-id\"",
        "cannot set $other: no header \"x-no\"",
    ] {
        assert!(ran.stderr.contains(expected), "{expected} in {ran:#?}");
    }
}

#[test]
fn a_secret_is_whole_or_not_at_all_where_values_are_cut() {
    // The secret stands where 200 characters end, in a text, in a list, and in a long line.
    let token = "tok-5f3a9c-".repeat(8);
    let body = format!(
        "{{\"text\": \"{0} {token} {0}\", \"list\": [\"{0}\", \"{token}\"], \"token\": \"{token}\"}}",
        "word ".repeat(38).trim_end()
    );
    let server = Promised::new(1, move |_, _| Answer::ok(body.clone()));
    let suite = format!(
        "- config: {{variable_binds: {{my_token: '{token}'}}}}\n{}",
        checking(&[
            "compare: {jsonpath_mini: text, comparator: eq, expected: 'x'}",
            "compare: {jsonpath_mini: list, comparator: eq, expected: ['x', 'y']}",
            "compare: {jsonpath_mini: ., comparator: eq, expected: {text: 1, list: 2, token: 3}}",
            "compare: {raw_body: ., comparator: contains, expected: 'nothing of it'}",
        ])
    );
    let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("(redacted)"), "{ran:#?}");
    assert!(!ran.stderr.contains("5f3a9c") && !ran.stdout.contains("5f3a9c"), "{ran:#?}");
}
