//! `resttest mutate`: which changes of recorded answers a suite's tests do not notice.

use serde_json::Value;

use crate::support::{Finish as _, Folder, Ran, root, sample};

/// A folder with a recording of two answers, and a suite.
fn folder(suite: &str) -> Folder {
    let folder = Folder::new();
    let from = "- recorded: {origin: 'http://api.test', base_url: 'http://api.test'}\n";
    let headers = "headers: {content-type: application/json, x-kind: order}";
    let order = r#"'{"id": 7, "total": 9.5, "lines": [{"note": "a"}, {"note": "b"}], "token": "(redacted)"}'"#;
    folder.file(
        "rec/0001-get-orders-7.yaml",
        format!("{from}- stub: {{request: {{method: GET, path: /orders/7}}, response: {{status: 200, {headers}, body: {order}}}}}\n"),
    );
    folder.file(
        "rec/0002-get-nobody.yaml",
        format!("{from}- stub: {{request: {{method: GET, path: /nobody}}, response: {{status: 404, body: none}}}}\n"),
    );
    folder.file("s.yaml", suite);
    folder
}

fn mutate(folder: &Folder, words: &[&str]) -> Ran {
    folder.resttest().args(["mutate", "rec", "s.yaml"]).args(words).finish()
}

const LOOSE: &str = "- test: {name: order, url: /orders/7, validators: [compare: {jsonpath_mini: id, expected: 7}]}\n";

#[test]
fn survivors_name_the_path_of_the_field() {
    let folder = folder(LOOSE);
    let ran = mutate(&folder, &["-o", "m.json"]).exits(0);
    for line in [
        "  header content-type: dropped\n",
        "  header x-kind: dropped\n",
        "  $.total: dropped, type, value, null\n",
        "  $.lines: dropped, type, null, emptied, doubled\n",
        "  $.lines[0].note and 1 like it: dropped, type, value, null\n",
        "  $.token: dropped, type, null\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}\n{ran:#?}");
    }
    assert!(!ran.stdout.contains("$.id") && !ran.stdout.contains("would pass on {}"), "{ran:#?}");
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("m.json")).unwrap()).unwrap();
    let (killed, mutants) = (report["killed"].as_u64().unwrap(), report["mutants"].as_u64().unwrap());
    let score = report["score"].as_f64().unwrap();
    assert!(killed > 0 && (score - 100.0 * killed as f64 / mutants as f64).abs() < 1e-9, "{report}");
    let last = ran.stdout.lines().last().unwrap_or_default();
    assert_eq!(last, format!("score {score:.1}: {killed} of {mutants} mutants of 1 answer killed"));
    let survivors = report["tests"][0]["survivors"].as_array().unwrap();
    assert_eq!(survivors.len() as u64, mutants - killed);
    assert!(survivors.contains(&serde_json::json!({"change": "value", "path": "$.lines[1].note"})), "{report}");
    let again = mutate(&folder, &["-o", "m2.json"]).exits(0);
    assert_eq!(again.stdout, ran.stdout);
    mutate(&folder, &["-o", "m.json"]).exits(73);
    for (target, why) in [("s.yaml/m.json", "s.yaml/m.json cannot be written"), ("rec", "rec is a folder")] {
        let ran = mutate(&folder, &["-o", target, "--force"]).exits(73);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(why), "{ran:#?}");
    }
}

#[test]
fn a_suite_that_would_pass_on_nothing_is_told_so_and_a_score_can_be_asked_for() {
    let folder = folder("- test: {name: order, url: /orders/7}\n- test: {url: /nobody, expected_status: [404]}\n");
    let ran = mutate(&folder, &["--min-score", "50"]).exits(1);
    assert!(ran.stdout.contains("\nthis suite would pass on {}\n"), "{ran:#?}");
    assert!(ran.stderr.contains("below --min-score 50"), "{ran:#?}");
    mutate(&folder, &["--min-score", "1"]).exits(0);
    // Of a status that is asked for, another class is noticed.
    assert!(!ran.stdout.contains("status:"), "{ran:#?}");
    let ran = mutate(&folder, &["--max-mutants", "3"]).exits(0);
    assert!(ran.stdout.contains("the answer has more than 3 mutants: --max-mutants N looks further"), "{ran:#?}");
}

#[test]
fn a_test_that_fails_on_what_was_recorded_is_an_error() {
    let wrong = "- test: {name: wrong, url: /orders/7, validators: [compare: {jsonpath_mini: id, expected: 8}]}\n";
    let folder = folder(&format!("{LOOSE}{wrong}- test: {{name: unknown, url: /else}}\n"));
    let ran = mutate(&folder, &[]).exits(1);
    assert!(ran.stderr.contains("s.yaml:2: \"wrong\" fails on the recorded answer: "), "{ran:#?}");
    assert!(ran.stderr.contains("\"unknown\" fails on the recorded answer: "), "{ran:#?}");
    assert!(ran.stdout.contains("order (s.yaml:1): ") && !ran.stdout.contains("wrong (s.yaml"), "{ran:#?}");
}

#[test]
fn what_is_extracted_and_polled_for_counts_as_noticed() {
    let folder = folder(
        "- test: {name: order, url: /orders/7, extract_binds: {note: {jsonpath: '$.lines[1].note'}}, poll: {until: \
         [{compare: {jsonpath_mini: total, comparator: gt, expected: 9}}], interval: 5, timeout: 60}}\n\
         - test: {url: /nobody, expected_status: [404], delay: 60}\n",
    );
    let ran = mutate(&folder, &[]).exits(0);
    assert!(!ran.stdout.contains("$.total: dropped"), "{ran:#?}");
}

#[test]
fn what_cannot_be_used_is_told() {
    let folder = folder(LOOSE);
    for (words, code, said) in [
        (&["mutate"][..], 64, "resttest mutate DIR SUITE.yaml"),
        (&["mutate", "rec"], 64, "resttest mutate DIR SUITE.yaml"),
        (&["mutate", "none", "s.yaml"], 66, "none"),
        (&["mutate", "rec", "none.yaml"], 66, "none.yaml"),
        (&["mutate", "rec", "s.yaml", "--min-score", "101"], 64, "--min-score"),
        (&["mutate", "rec", "s.yaml", "--max-mutants", "0"], 64, "--max-mutants"),
    ] {
        let ran = folder.resttest().args(words).finish().exits(code);
        assert!(ran.stderr.contains(said), "{said}: {ran:#?}");
    }
}

#[test]
fn the_quick_start_does_not_notice_most_of_it() {
    let (folder, api) = (Folder::new(), sample());
    let suite = root().join("fixtures/quickstart.yaml");
    let suite = suite.to_str().expect("a path");
    // Its answers, as a recording.
    folder.resttest().args([&api.url(), suite, "--report-json", "r.json", "--report-bodies"]).finish().exits(0);
    drop(api);
    let report: Value = serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).unwrap()).unwrap();
    for (number, test) in report["suites"][0]["tests"].as_array().unwrap().iter().enumerate() {
        let (url, body) = (test["url"].as_str().unwrap(), test["body"].as_str().unwrap());
        let path = &url[url.find("/api").unwrap()..];
        let response =
            serde_json::json!({"status": 200, "headers": {"content-type": "application/json"}, "body": body});
        let stub = serde_json::json!([{"stub": {"request": {"path": path}, "response": response}}]);
        folder.file(&format!("rec/000{number}.yaml"), stub.to_string());
    }
    let ran = folder.resttest().args(["mutate", "rec", suite]).finish().exits(0);
    assert!(ran.stdout.contains("1 test would pass on {}"), "{ran:#?}");
    assert!(ran.stdout.contains("  $.first_name: dropped, type, value, null\n"), "{ran:#?}");
    assert!(!ran.stdout.contains("$.login:"), "{ran:#?}");
    folder.resttest().args(["drift", "rec", "-o", "shapes.yaml"]).finish().exits(0);
    let again = sample();
    let ran = folder.resttest().args([&again.url(), suite, "--drift", "shapes.yaml"]).finish().exits(0);
    assert!(!ran.stderr.contains("drift"), "{ran:#?}");
}

#[test]
fn what_was_hidden_in_an_answer_is_like_any_value() {
    let folder =
        folder("- test: {name: order, url: /orders/7, validators: [compare: {jsonpath_mini: token, expected: t0k}]}\n");
    let ran = mutate(&folder, &[]).exits(0);
    assert!(!ran.stdout.contains("$.token"), "{ran:#?}");
}
