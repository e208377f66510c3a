//! `resttest convert`: recordings of a browser become suites that do what it did.

use std::path::PathBuf;

use crate::support::{Finish, Folder, Ran, root, sample};

fn recording() -> String {
    std::fs::read_to_string(root().join("fixtures/convert/people.har")).expect("a fixture")
}

fn convert(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.resttest().arg("convert").args(arguments).finish()
}

fn suite(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path().join("suite.yaml")).expect("a suite")
}

fn vector() -> PathBuf {
    root().join("../shared/vectors/har/browse.har")
}

#[test]
fn a_recording_of_the_sample_api_passes_against_it() {
    for (assert, extra, vars) in [
        ("shape", "--correlate", "{password_1: lovelace}"),
        ("status", "--correlate", "{password_1: lovelace}"),
        ("shape", "--strict", "{password_1: lovelace, authorization_1: sample-3f1c}"),
    ] {
        let api = sample();
        let folder = Folder::new();
        folder.file("people.har", recording().replace("http://127.0.0.1:8000", &api.url()));
        let ran = convert(&folder, &["people.har", "--assert", assert, extra, "-o", "suite.yaml"]).exits(0);
        assert!(ran.stderr.starts_with("9 requests, 9 translated wholly, 0 in part\n"), "{ran:#?}");
        assert!(ran.stderr.contains("1 request left out: images, fonts, styles, scripts"), "{ran:#?}");
        let suite = suite(&folder);
        assert!(!suite.contains("lovelace") && !suite.contains("3f1c"), "{suite}");
        assert_eq!(suite.contains("json_schema"), assert == "shape", "{suite}");
        assert_eq!(
            suite.contains("extract_binds: {token: {jsonpath: \"$.token\"}}"),
            extra == "--correlate",
            "{suite}"
        );
        let lint = folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish().exits(0);
        assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n", "{suite}");
        let ran =
            folder.resttest().args([&api.url(), "suite.yaml", "--absolute-urls", "--vars", vars]).finish().exits(0);
        assert_eq!(ran.counts(), (9, 9), "{ran:#?}\n{suite}");
    }
}

#[test]
fn redirects_are_one_request_and_the_order_is_that_of_time() {
    let folder = Folder::new();
    folder.file("people.har", recording());
    let ran = convert(&folder, &["people.har", "--assert", "full"]).exits(0);
    let names: Vec<&str> = ran.stdout.lines().filter_map(|line| line.strip_prefix("    name: ")).collect();
    assert_eq!(
        names,
        [
            "\"GET /\"",
            "\"POST /sign-in\"",
            "\"GET /me\"",
            "\"POST /baskets\"",
            "\"GET /baskets/1\"",
            "\"DELETE /baskets/1\"",
            "\"GET /redirect/2\"",
            "\"POST /echo/form\"",
            "\"GET /status/404\"",
        ]
    );
    assert!(ran.stdout.contains("curl_option_followlocation: true\n    expected_status: [200]"), "{}", ran.stdout);
    assert!(ran.stdout.contains("ignore: [\"$..['token']\"]"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Sec-Fetch-Mode") && !ran.stdout.contains("gzip"), "{}", ran.stdout);
}

#[test]
fn hosts_are_chosen_and_what_is_left_out_is_told() {
    if !vector().exists() {
        return;
    }
    let folder = Folder::new();
    let path = vector();
    let path = path.to_str().expect("a path");
    let ran = convert(&folder, &[path]).exits(0);
    assert!(ran.stderr.starts_with("2 requests, 2 translated wholly, 0 in part\n"), "{ran:#?}");
    for part in [
        "secrets: [authorization_1]",
        "url: \"https://shop.example/api/items?q=tea%20pot&page=2\"",
        "headers: {template: {Accept: application/json, Authorization: \"Bearer $authorization_1\"}}",
        "properties: {items: {type: array, items: {type: integer}}}",
        "body: \"id=1&note=a%26b\"",
        "expected_status: [302]",
        "cookies: true",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("eyJ0") && !ran.stdout.contains("sid=abc"));
    let ran = convert(&folder, &[path, "--host", "*.other"]).exits(0);
    assert!(ran.stderr.contains("no entry of it becomes a test; --host GLOB chooses the hosts"), "{ran:#?}");
}

#[test]
fn bodies_that_are_not_recorded_are_named() {
    let entry = |post: &str| {
        format!(
            "{{\"log\": {{\"version\": \"1.2\", \"entries\": [{{\"request\": {{\"method\": \"POST\", \"url\": \"http://h/\", \
             \"headers\": [], \"postData\": {post}}}, \"response\": {{\"status\": 200}}}}]}}}}"
        )
    };
    let folder = Folder::new();
    for (post, part) in [
        (
            "{\"mimeType\": \"multipart/form-data\", \"params\": [{\"name\": \"f\", \"fileName\": \"a.png\"}, {\"name\": \"t\", \"value\": \"x\"}]}",
            "# TODO a.har:1:40: the file \"a.png\" of the field \"f\"; a recording does not keep it\n    body: {multipart: [{name: t, value: x}]}",
        ),
        (&format!("{{\"text\": \"{}\"}}", "x".repeat(2_000_000)), "# TODO a.har:1:40: a body of about 2000002 bytes"),
        ("{\"text\": \"/wA=\", \"encoding\": \"base64\"}", "body: {base64: \"/wA=\"}"),
        ("{\"mimeType\": \"application/json\", \"text\": \"{\\\"a\\\":1e400}\"}", "body: \"{\\\"a\\\":1e400}\""),
    ] {
        folder.file("a.har", entry(post));
        let ran = convert(&folder, &["a.har"]).exits(0);
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
}

#[test]
fn what_is_no_recording_is_told_with_its_place() {
    let folder = Folder::new();
    for (contents, message) in [
        ("{\"log\": []}", "a.har:1:1: this is no HAR: it has no log"),
        ("{\"log\": {\"version\": \"1.2\"}}", "a.har:1:9: this is no HAR: its log has no list of entries"),
        (
            "{\"log\": {\"version\":\n \"2.0\", \"entries\": []}}",
            "a.har:2:2: HAR of version 2.0; known are 1.1 and 1.2",
        ),
        ("{\"log\": {\"entries\": [}", "a.har:1:22: this is not JSON: expected value"),
    ] {
        folder.file("a.har", contents);
        let ran = convert(&folder, &["a.har", "--from", "har"]).exits(65);
        assert!(ran.stderr.contains(message), "{ran:#?}");
    }
    // What is not as it should be is passed over.
    let odd = "{\"log\": {\"entries\": [1, null, {}, {\"request\": 5}, {\"request\": {\"url\": \"data:x\"}}, \
               {\"request\": {\"method\": \"GET\", \"url\": \"http://h/a\"}, \"response\": {\"status\": \"x\"}}, \
               {\"request\": {\"method\": \"GET\", \"url\": \"http://h/b\", \"headers\": [1, {\"name\": 2}, {\"name\": \"a b\", \"value\": \"\\n\"}]}, \"response\": {\"status\": 200, \"content\": 7}}]}}";
    folder.file("a.har", odd);
    let ran = convert(&folder, &["a.har"]).exits(0);
    assert!(ran.stderr.starts_with("1 request, 1 translated wholly, 0 in part\n"), "{ran:#?}");
}

#[test]
fn entries_are_put_in_the_order_of_time_whatever_their_zones() {
    let folder = Folder::new();
    let entry = |started: &str, path: &str| {
        format!(
            "{{\"startedDateTime\": \"{started}\", \"request\": {{\"method\": \"GET\", \"url\": \"http://h/{path}\"}}, \"response\": {{\"status\": 200}}}}"
        )
    };
    let entries = [
        entry("2026-03-01T10:00:02.5Z", "d"),
        entry("2026-03-01T12:00:01+02:00", "b"),
        entry("2026-03-01T10:00:02Z", "c"),
        entry("2026-03-01T09:30:00-00:30", "a"),
    ];
    folder.file("t.har", format!("{{\"log\": {{\"version\": \"1.2\", \"entries\": [{}]}}}}", entries.join(",")));
    let ran = folder.resttest().args(["convert", "t.har"]).finish().exits(0);
    let urls: Vec<&str> = ran.stdout.lines().filter_map(|line| line.trim().strip_prefix("url: \"http://h/")).collect();
    assert_eq!(urls, ["a\"", "b\"", "c\"", "d\""], "{ran:#?}");
}
