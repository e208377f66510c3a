//! Reports: written by the binary, read by others.

use std::io::{BufRead as _, BufReader};
use std::process::Command;

use serde_json::Value as Json;

use crate::support::{Answer, Finish, Folder, Promised, has_program, resttest, sample, signal, wait_until};

const SUITE: &str = "
- config: {testset: Everything}
- test: {name: Good, group: A, url: /status/200}
- test:
    - name: 'Bad <&>'
    - group: A
    - url: /api/person/1/
    - validators:
        - compare: {jsonpath_mini: login, comparator: eq, expected: jenkins}
- test: {name: Refused, group: B, url: 'http://127.0.0.1:1/'}
- test: {name: Load, group: B, url: /status/200, performance: {repeat: 20, concurrency: 2}}
- benchmark: {name: Slow, group: C, url: /status/200, benchmark_runs: 5, warmup_runs: 0, metrics: [{total_time: mean}], thresholds: ['p95<0.000001']}
";

/// All formats that go into files, with their file names.
const FILES: [(&str, &str); 6] = [
    ("junit", "out/r.xml"),
    ("json", "r.json"),
    ("ndjson", "r.ndjson"),
    ("tap", "r.tap"),
    ("html", "r.html"),
    ("prom", "r.prom"),
];

fn with_all(command: &mut Command) -> &mut Command {
    for (format, file) in FILES {
        command.args([format!("--report-{format}"), file.to_owned()]);
    }
    command
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn one_run_makes_all_reports_and_they_agree() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let ran = with_all(folder.resttest().args([&api.url(), "s.yaml"])).finish().exits(3);
    assert!(ran.groups().contains(&"Test Group A FAILED: : 1/2 Tests Passed!"), "{ran:#?}");
    let json: Json = serde_json::from_str(&read(&folder, "r.json")).expect("JSON");
    let summary = &json["summary"];
    let figures = ["total", "passed", "failed", "errored", "flaky", "retries", "missed_benchmarks"];
    assert_eq!(figures.map(|name| summary[name].as_u64()), [4, 2, 1, 1, 0, 0, 1].map(Some), "{summary}");
    assert_eq!((json["version"].as_u64(), json["success"].as_bool()), (Some(2), Some(false)));
    let suite = &json["suites"][0];
    assert_eq!((suite["file"].as_str(), suite["title"].as_str()), (Some("s.yaml"), Some("Everything")));
    let bad = &suite["tests"][1];
    assert_eq!(
        (bad["result"].as_str(), bad["line"].as_u64(), bad["failures"][0]["line"].as_u64()),
        (Some("failed"), Some(4), Some(9))
    );
    assert!(bad["duration_ms"].as_f64() >= bad["response_time_ms"].as_f64(), "{bad}");
    assert_eq!(suite["tests"][3]["load"]["total"].as_u64(), Some(20));
    assert!(read(&folder, "r.prom").contains("resttest_success 0\n"));
    assert!(read(&folder, "r.html").contains("Bad &lt;&amp;&gt;"));
    assert!(read(&folder, "r.tap").contains("\nnot ok 2 - A: Bad <&>\n  ---\n"));
    assert!(
        read(&folder, "out/r.xml").contains("<testsuites name=\"resttest\" tests=\"5\" failures=\"2\" errors=\"1\"")
    );
    let lines: Vec<Json> =
        read(&folder, "r.ndjson").lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let events: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
    assert_eq!((events[0], events[1], events.last().copied()), ("suite_started", "set_started", Some("run_finished")));
    assert_eq!(events.iter().filter(|event| **event == "test_finished").count(), 4);
    assert!(lines.iter().all(|line| line["v"] == 2));
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 7, "only reports are left: {left:?}");
}

#[test]
fn junit_is_xml_to_python() {
    if !has_program("python3") {
        return;
    }
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    folder.resttest().args([&api.url(), "s.yaml", "--report-junit", "r.xml"]).finish().exits(3);
    let script = "import sys, xml.etree.ElementTree as ET
r = ET.parse(sys.argv[1]).getroot()
for c in r.iter('testcase'):
    p = {x.get('name'): x.get('value') for x in c.iter('property')}
    print(c.get('classname'), c.get('name'), p['file'], p['line'], [e.tag for e in c][1:2])";
    let output =
        Command::new("python3").args(["-c", script]).arg(folder.path().join("r.xml")).output().expect("python");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "s.yaml.A Good s.yaml 3 []\ns.yaml.A Bad <&> s.yaml 4 ['failure']\ns.yaml.B Refused s.yaml 10 ['error']\n\
         s.yaml.B Load s.yaml 11 []\ns.yaml.C Slow s.yaml 12 ['failure']\n"
    );
}

#[test]
fn stdout_is_the_reports_alone() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    for (format, start) in [
        ("junit", "<?xml "),
        ("json", "{\n  \"version\": 2,"),
        ("ndjson", "{\"v\":2,\"event\":\"suite_started\""),
        ("tap", "TAP version 13\n"),
        ("html", "<!DOCTYPE html>"),
        ("prom", "# HELP resttest_success "),
    ] {
        let flag = format!("--report-{format}");
        let ran = folder.resttest().args([&api.url(), "s.yaml", &flag, "-", "--print-bodies"]).finish().exits(3);
        assert!(ran.stdout.starts_with(start) && !ran.stdout.contains("Test Group"), "{format}: {ran:#?}");
        assert!(ran.stderr.contains("Test Group A FAILED: : 1/2 Tests Passed!"), "{format}: {ran:#?}");
    }
}

#[test]
fn event_lines_come_as_things_happen_and_end_with_their_reader() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /status/200\n".repeat(2) + &"- url: /slow/20\n".repeat(200));
    let words = ["s.yaml", "--report-ndjson", "-"];
    let mut child = folder.resttest().arg(api.url()).args(words).spawn().expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line.contains("\"event\":\"test_finished\""))));
    assert!(api.requests() < 100, "the lines came late");
    drop(lines);
    crate::support::Ran::from(child.wait_with_output().expect("an end")).exits(73);
    assert!(api.requests() < 200, "the run went on without a reader");
}

#[test]
fn two_reports_for_one_place_are_a_usage_error() {
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    for (words, part) in [
        (&["--report-junit", "-", "--report-tap", "-"][..], "--report-junit and --report-tap both go to stdout"),
        (&["--report-json", "x", "--report-html", "x"], "both go to x"),
        (&["--output", "nagios", "--report-tap", "-"], "--output nagios and --report-tap both go to stdout"),
        (&["--output", "xml"], "must be console, nagios or pyresttest"),
        (&["--log-format", "xml"], "must be text or json"),
        (&["--max-retry-rate", "many"], "must be percent"),
        (&["--report-json", ""], "needs the name of a file"),
    ] {
        let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).args(words).finish();
        assert!(ran.stderr.contains(part), "{words:?}: {ran:#?}");
        ran.exits(if words.contains(&"nagios") { 3 } else { 64 });
    }
}

#[test]
fn a_file_that_cannot_be_written_stops_the_run_before_it_sends() {
    let server = Promised::new(0, |_, _| Answer::ok("{}"));
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x");
    folder.file("file", "");
    let ran = folder.resttest().args([&server.url(), "s.yaml", "--report-json", "file/r.json"]).finish().exits(73);
    assert!(ran.stderr.contains("error: --report-json file/r.json cannot be written: "), "{ran:#?}");
}

#[test]
fn a_report_that_is_lost_does_not_lose_the_others() {
    let folder = Folder::new();
    let gone = folder.path().join("gone");
    let server = Promised::new(1, move |_, _| {
        // The folder goes while the run is under way.
        std::fs::remove_dir_all(&gone).expect("a folder to remove");
        Answer::ok("{}")
    });
    folder.file("s.yaml", "- url: /x");
    let words = ["--report-junit", "gone/r.xml", "--report-json", "r.json"];
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(words).finish().exits(73);
    assert!(ran.stderr.contains("--report-junit gone/r.xml cannot be written"), "{ran:#?}");
    // All of it passed, and yet the run did not do what it was asked for.
    let json: Json = serde_json::from_str(&read(&folder, "r.json")).expect("JSON");
    assert_eq!((json["success"].as_bool(), json["exit_code"].as_u64()), (Some(false), Some(73)));
    assert_eq!(json["summary"]["passed"].as_u64(), Some(1));
}

#[test]
fn an_interrupted_run_has_its_reports() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- config: {timeout: 60}\n- url: /status/200\n- url: /slow/50000\n- url: /status/200\n");
    let child = with_all(folder.resttest().args([&api.url(), "s.yaml"])).spawn().expect("a child");
    wait_until("the slow request", || api.requests() == 2);
    signal(&child, "INT");
    let ran = crate::support::Ran::from(child.wait_with_output().expect("an end")).exits(130);
    let json: Json = serde_json::from_str(&read(&folder, "r.json")).expect("JSON");
    assert_eq!((json["interrupted"].as_bool(), json["success"].as_bool()), (Some(true), Some(false)));
    assert_eq!((json["summary"]["total"].as_u64(), json["summary"]["skipped"].as_u64()), (Some(1), Some(2)));
    let fault = r#"interrupted while "Unnamed" (s.yaml:3) was running"#;
    assert_eq!(json["faults"], serde_json::json!([fault]));
    assert!(ran.stderr.contains(&format!("ERROR:{fault}\n")), "{ran:#?}");
    assert!(read(&folder, "r.tap").ends_with(&format!("Bail out! {fault}\n")));
    let lines = read(&folder, "r.ndjson");
    assert_eq!(lines.matches("\"event\":\"test_started\"").count(), 2);
    assert!(lines.lines().last().is_some_and(|line| line.contains("\"interrupted\":true")));
}

/// A server that answers 503 to the first request of each path, and 200 then.
fn flaky_server(requests: usize) -> Promised {
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    Promised::new(requests, move |_, request| {
        let is_first = seen.lock().expect("a lock").insert(request.target.clone());
        if is_first && request.target.contains("flaky") { Answer::Full(503, "", "{}".into()) } else { Answer::ok("{}") }
    })
}

const FLAKY: &str = "- test: {name: F, url: /flaky}\n- test: {name: G, url: /good}\n";

#[test]
fn flaky_tests_are_counted_everywhere() {
    let server = flaky_server(3);
    let folder = Folder::new();
    folder.file("s.yaml", FLAKY);
    let words = ["--max-retries", "2", "--retry-backoff-base", "0"];
    let ran = with_all(folder.resttest().args([&server.url(), "s.yaml"]).args(words)).finish().exits(0);
    assert!(
        ran.stderr
            .contains("WARNING:Summary: 2 tests run: 2 passed (1 flaky), 0 failed, 0 errored, 0 skipped, 1 retries"),
        "{ran:#?}"
    );
    let json: Json = serde_json::from_str(&read(&folder, "r.json")).expect("JSON");
    assert_eq!((json["summary"]["flaky"].as_u64(), json["summary"]["retries"].as_u64()), (Some(1), Some(1)));
    assert_eq!(json["suites"][0]["tests"][0]["result"].as_str(), Some("flaky"));
    assert!(read(&folder, "out/r.xml").contains("<flakyFailure type=\"retried status\" message=\"status 503\""));
    assert!(read(&folder, "r.prom").contains("resttest_flaky_tests{suite=\"s.yaml\"} 1\n"));
}

#[test]
fn a_run_that_healed_itself_too_often_fails() {
    for (most, code) in [("50", 0), ("60%", 0), ("49.9%", 1), ("0", 1)] {
        let server = flaky_server(3);
        let folder = Folder::new();
        folder.file("s.yaml", FLAKY);
        let words =
            ["--max-retries", "2", "--retry-backoff-base", "0", "--max-retry-rate", most, "--report-junit", "r.xml"];
        let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(words).finish().exits(code);
        assert_eq!(
            ran.stderr.contains("the retry rate is 50.0 % (1 retries of 2 requests), above --max-retry-rate"),
            code == 1,
            "{ran:#?}"
        );
        assert_eq!(read(&folder, "r.xml").contains("<failure type=\"Run Failed\""), code == 1);
    }
}

#[test]
fn nagios_gets_one_line_and_its_own_exit_codes() {
    let api = sample();
    let folder = Folder::new();
    folder.file("ok.yaml", "- url: /status/200");
    folder.file("bad.yaml", "- test: {name: Gone, url: /status/404}\n- url: /status/200\n");
    folder.file("slow.yaml", "- test: {url: /slow/20, performance: {repeat: 2, threshold_ms: 1}}");
    folder.file("broken.yaml", "- test: [");
    for (file, code, start) in [
        ("ok.yaml", 0, "RESTTEST OK: 1 test passed | time="),
        ("bad.yaml", 2, "RESTTEST CRITICAL: 1 of 2 tests failed: Gone: expected status 200, got 404 | time="),
        ("slow.yaml", 1, "RESTTEST WARNING: 2 requests were slower than threshold_ms | time="),
        ("broken.yaml", 3, "RESTTEST UNKNOWN: broken.yaml:2:1: "),
        ("missing.yaml", 3, "RESTTEST UNKNOWN: missing.yaml: cannot be read: "),
    ] {
        let ran = folder.resttest().args([&api.url(), file, "--output", "nagios"]).finish().exits(code);
        assert!(ran.stdout.starts_with(start), "{ran:#?}");
        assert!(!ran.stderr.is_empty());
    }
    let ran = resttest().args(["--output=nagios", "--no-such-option"]).finish().exits(3);
    assert_eq!(ran.stdout, "RESTTEST UNKNOWN: unknown option \"--no-such-option\"\n");
    let server = flaky_server(3);
    folder.file("flaky.yaml", FLAKY);
    let words = ["flaky.yaml", "--output", "nagios", "--max-retries", "1", "--retry-backoff-base", "0"];
    let ran = folder.resttest().arg(server.url()).args(words).finish().exits(1);
    assert!(ran.stdout.starts_with("RESTTEST WARNING: 1 of 2 tests passed after a retry only | "), "{ran:#?}");
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    folder.file("summary.md", "before\n");
    let mut command = folder.resttest();
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
    let ran = command.args([&api.url(), "s.yaml"]).finish().exits(3);
    let errors: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 3, "{ran:#?}");
    assert!(errors[0].starts_with("::error file=s.yaml,line=9,col="), "{}", errors[0]);
    let summary = read(&folder, "summary.md");
    assert!(summary.starts_with("before\n## ❌ resttest: 2 of 4 tests passed\n"), "{summary}");
    let quiet =
        folder.resttest().env("GITHUB_STEP_SUMMARY", "/nowhere/x").args([&api.url(), "s.yaml"]).finish().exits(3);
    assert!(!quiet.stdout.contains("::error"));
}

#[test]
fn the_log_is_json_where_asked() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let words = ["--log-format", "json", "--log", "debug", "--report-json", "-"];
    let ran = folder.resttest().args([&api.url(), "s.yaml"]).args(words).finish().exits(3);
    let lines: Vec<Json> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let logged: Vec<&Json> = lines.iter().filter(|line| line.get("level").is_some()).collect();
    assert!(logged.len() > 8, "{ran:#?}");
    for line in logged {
        let keys: Vec<&str> = line.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, ["ts", "level", "target", "message"]);
        assert!(line["ts"].as_str().is_some_and(|ts| ts.ends_with("+00:00") && ts.contains('T')));
    }
    let ran = folder.resttest().args([&api.url(), "missing.yaml", "--log-format=json"]).finish().exits(66);
    let line: Json = serde_json::from_str(ran.stderr.trim()).expect("one object");
    assert_eq!(line["level"].as_str(), Some("ERROR"));
}

#[test]
fn no_report_holds_a_secret() {
    let api = sample();
    let folder = Folder::new();
    let secrets = ["s3cr3t-pass-1", "bearer-tok-2", "bound-tok-3", "cookie-sid-4", "given-5"];
    folder.file(
        "s.yaml",
        "
- config: {variable_binds: {api_token: bound-tok-3}}
- test:
    - name: Leaks
    - url: {template: '/echo?t=$api_token&g=$password'}
    - method: POST
    - body: {template: 'bearer-tok-2 $api_token'}
    - auth_username: ada
    - auth_password: s3cr3t-pass-1
    - headers: {Cookie: 'sid=cookie-sid-4', X-Api-Key: bearer-tok-2}
    - validators:
        - compare: {jsonpath_mini: headers, comparator: eq, expected: nothing}
        - compare: {jsonpath_mini: body, comparator: eq, expected: nothing}
- test:
    - name: Loads
    - url: {template: '/status/404?t=$api_token'}
    - headers: {X-Api-Key: bearer-tok-2}
    - performance: {repeat: 3}
- test: {name: Passes, url: {template: '/echo?t=$api_token'}}
",
    );
    folder.file("summary.md", "");
    // Even with what the console is asked to print as it came.
    let words = ["--vars", "{password: given-5}", "--print-bodies", "--print-headers", "--log", "debug"];
    let mut command = folder.resttest();
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
    let ran = with_all(command.args([&api.url(), "s.yaml"]).args(words)).finish().exits(2);
    assert!(ran.stdout.contains("bound-tok-3"), "bodies that are asked for are shown as they came: {ran:#?}");
    for file in FILES.iter().map(|(_, file)| *file).chain(["summary.md"]) {
        let text = read(&folder, file);
        assert!(text.contains("Leaks") || file == "r.prom", "{file}");
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {file}: {text}");
        }
    }
    for secret in secrets {
        assert!(!ran.stdout.lines().any(|line| line.starts_with("::") && line.contains(secret)), "{secret}");
    }
}
