//! `resttest drift`, and answers held against what it wrote.

use crate::support::{Answer, Finish as _, Folder, Promised, Ran, Request, resttest};

const SUITE: &str = "- test: {name: one, url: /orders/7}\n- test: {name: other, url: /orders/8}\n\
                     - test: {name: list, url: '/orders?page=1'}\n- test: {name: gone, url: /nobody, expected_status: [404]}\n";

const LOGIN: &str = "- test: {name: login, url: /login, extract_binds: {token: {jsonpath: $.access_token}}}\n";

/// Orders as they were.
fn good(_: usize, request: &Request) -> Answer {
    match request.target.as_str() {
        "/login" => Answer::ok(r#"{"access_token": "s3cr3t-of-ada-9f", "kind": "bearer"}"#),
        "/nobody" => Answer::Full(404, "content-type: text/html\r\n", "<p>no".to_owned()),
        "/orders?page=1" => Answer::ok(r#"[{"id": 7, "note": null}, {"id": 8, "note": "x", "gift": true}]"#),
        _ => Answer::ok(r#"{"id": 7, "total": 9.5, "state": "open", "lines": [{"n": 1}]}"#),
    }
}

/// A folder with the shapes of these answers, seen so many times.
fn shapes(suite: &str, times: usize) -> (Folder, Ran) {
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let server = Promised::any(good);
    let mut words = vec!["drift".to_owned()];
    for number in 0..times {
        let report = format!("r{number}.json");
        folder
            .resttest()
            .args([&server.url(), "s.yaml", "--report-bodies", "--report-json", &report])
            .finish()
            .exits(0);
        words.push(report);
    }
    let ran = folder.resttest().args(words).args(["-o", "shapes.yaml"]).finish();
    (folder, ran)
}

#[test]
fn the_answers_of_good_runs_have_a_shape() {
    let (folder, ran) = shapes(&format!("{SUITE}{LOGIN}"), 2);
    assert_eq!(ran.exits(0).stdout, "wrote shapes.yaml: 10 answers of 4 operations\n");
    let text = std::fs::read_to_string(folder.path().join("shapes.yaml")).expect("the shapes");
    for line in [
        "- operation: \"GET /orders/{}\"\n  status: 200\n  seen: 4\n",
        "    \"$.state\": {type: string, values: [\"open\"]}\n",
        "    \"$[].gift\": {type: boolean, optional: true}\n",
        "    \"$[].note\": {type: [string, \"null\"]}\n",
        "- operation: \"GET /nobody\"\n  status: 404\n  seen: 2\n  fields:\n    \"$\": {type: text}\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("s3cr3t"), "{text}");
    let again = folder.resttest().args(["drift", "r0.json", "r1.json"]).finish().exits(0);
    assert_eq!(again.stdout, text);
    let there = folder.resttest().args(["drift", "r0.json", "-o", "shapes.yaml"]).finish().exits(73);
    assert!(there.stderr.contains("shapes.yaml exists, so nothing was written; --force replaces it"), "{there:#?}");
    folder.resttest().args(["drift", "r0.json", "-o", "shapes.yaml", "--force"]).finish().exits(0);
}

#[test]
fn a_change_is_a_warning_or_a_failure() {
    let (folder, ran) = shapes(SUITE, 2);
    ran.exits(0);
    let still = Promised::new(4, good);
    let ran = folder.resttest().args([&still.url(), "s.yaml", "--drift", "shapes.yaml"]).finish().exits(0);
    assert!(!ran.stderr.contains("drift"), "{ran:#?}");
    let changed = |_: usize, request: &Request| match request.target.as_str() {
        "/orders/8" => Answer::ok(r#"{"id": "8", "total": null, "state": "void", "more": 1}"#),
        _ => good(0, request),
    };
    let of = "drift: GET /orders/{}, status 200: ";
    let broken =
        ["$.lines is gone, was array", "$.id is string, was integer", "$.total is null for the first time, was number"];
    let told = ["$.state is \"void\", was one of open", "$.more is new: integer"];
    let server = Promised::new(4, changed);
    let ran = folder.resttest().args([&server.url(), "s.yaml", "--drift", "shapes.yaml"]).finish().exits(0);
    for finding in broken.iter().chain(&told) {
        assert!(ran.stderr.contains(&format!("s.yaml:2: {of}{finding}")), "{finding}: {ran:#?}");
    }
    folder.file("s.yaml", format!("- config: {{drift: fail}}\n{SUITE}"));
    let server = Promised::new(4, changed);
    let words = ["--drift", "shapes.yaml", "--report-json", "r.json", "--force"];
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(&words[..4]).finish().exits(1);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let test = &report["suites"][0]["tests"][1];
    let messages: Vec<&str> =
        test["failures"].as_array().unwrap().iter().filter_map(|failure| failure["message"].as_str()).collect();
    assert_eq!(messages, broken.map(|finding| format!("{of}{finding}")));
    assert_eq!((&report["summary"]["failed"], &report["summary"]["errored"]), (&1.into(), &0.into()));
    assert!(told.iter().all(|finding| ran.stderr.contains(finding)), "{ran:#?}");
}

#[test]
fn parallel_suites_are_compared_too_and_what_is_new_is_told() {
    let (folder, ran) = shapes("- test: {name: one, url: /orders/7}\n", 1);
    ran.exits(0);
    for name in ["a.yaml", "b.yaml"] {
        folder.file(name, "- config: {drift: fail}\n- test: {url: /orders/9}\n- test: {url: /else}\n");
    }
    let server = Promised::new(4, |_, request| match request.target.as_str() {
        "/else" => Answer::ok("{}"),
        _ => Answer::ok("[]"),
    });
    let words = ["a.yaml", "b.yaml", "--parallel-suites", "2", "--drift", "shapes.yaml"];
    let ran = folder.resttest().arg(server.url()).args(words).finish().exits(2);
    let failed = "Reason: drift: GET /orders/{}, status 200: $ is array, was object";
    assert_eq!(ran.stderr.matches(failed).count(), 2, "{ran:#?}");
    let new = "drift: GET /else: this operation is new, shapes.yaml has nothing to compare it with";
    assert!(ran.stderr.contains(new), "{ran:#?}");
}

#[test]
fn a_folder_of_recorded_answers_has_a_shape_too() {
    let folder = Folder::new();
    let from = "- recorded: {origin: 'http://api.test'}\n";
    let answer = |body: &str, more: &str| {
        format!("{{status: 200, headers: {{content-type: application/json}}, body: '{body}'{more}}}")
    };
    let responses = [answer("{\"a\": 1}", ""), answer("busy", ", retried: true"), answer("{\"a\": null}", "")];
    let stub =
        format!("{from}- stub: {{request: {{method: GET, path: /x/7}}, responses: [{}]}}\n", responses.join(", "));
    folder.file("rec/0001-get-x-7.yaml", stub);
    let ran = folder.resttest().args(["drift", "rec"]).finish().exits(0);
    assert!(ran.stdout.contains("- operation: \"GET /x/{}\"\n  status: 200\n  seen: 2\n"), "{ran:#?}");
    assert!(ran.stdout.contains("    \"$.a\": {type: [integer, \"null\"]}\n"), "{ran:#?}");
    folder.file("empty/x.txt", "");
    folder.resttest().args(["drift", "empty"]).finish().exits(66);
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_sent() {
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /}\n");
    folder.file("version.yaml", "drift: 9\nanswers: []\n");
    folder.file(
        "type.yaml",
        "drift: 1\nanswers:\n- operation: GET /\n  status: 200\n  fields:\n    \"$\": {type: nul}\n",
    );
    folder.file("report.json", r#"{"version": 2, "summary": {}, "suites": []}"#);
    folder.file("other.json", "[1]");
    folder.file("broken.json", "{\"a\": ");
    for (words, code, said) in [
        (&["http://127.0.0.1:1", "s.yaml", "--drift", "no.yaml"][..], 66, "no.yaml: cannot be read: "),
        (&["http://127.0.0.1:1", "s.yaml", "--drift", "version.yaml"], 65, "version.yaml:1:8: drift: 9 is a form"),
        (&["http://127.0.0.1:1", "s.yaml", "--drift", "type.yaml"], 65, "type.yaml:6:17: type must be one of object"),
        (&["http://127.0.0.1:1", "s.yaml", "--drift", "s.yaml"], 65, "s.yaml:1:3: is no file of shapes"),
        (&["http://127.0.0.1:1", "s.yaml", "--report-bodies"], 64, "add --report-json FILE"),
        (&["drift"], 64, "what to look at is missing: resttest drift"),
        (&["drift", "no.json"], 66, "no.json cannot be read"),
        (&["drift", "report.json"], 65, "report.json has no test that passed"),
        (&["drift", "other.json"], 65, "other.json is no JSON report"),
        (&["drift", "broken.json"], 65, "broken.json is no JSON report: "),
        (&["drift", "report.json", "--drift", "x"], 64, "option --drift is about running tests"),
    ] {
        let ran = folder.resttest().args(words).finish().exits(code);
        assert!(ran.stderr.contains(said), "{said}: {ran:#?}");
    }
    folder.file("s.yaml", "- config: {drift: fial}\n- test: {url: /}\n");
    let ran = folder.resttest().args(["lint", "s.yaml"]).finish().exits(65);
    let told = "s.yaml:1:19: error: drift must be warn or fail, not the text \"fial\"; did you mean \"fail\"?\n";
    assert!(ran.stdout.starts_with(told), "{ran:#?}");
    let page = resttest().args(["drift", "--help"]).finish().exits(0).stdout;
    assert!(page.contains("usage: resttest drift DIR|REPORT.json... [options]"), "{page}");
}
