//! The lines that scripts read, each on its stream.

use std::time::{Duration, Instant};

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Ran, binary, run_text, sample};

#[test]
fn a_test_that_passes_is_one_line() {
    let api = sample();
    let ran = run_text(&api.url(), "- test: {url: /status/200, name: One, group: G}", PLAIN).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let start = format!("TEST RESULT: One | URL={}/status/200 | Passed=True | Response Time=", api.url());
    let time = lines[0].strip_prefix(&start).and_then(|rest| rest.strip_suffix(" ms"));
    assert!(time.is_some_and(|time| time.parse::<f64>().is_ok() && time.contains('.')), "{ran:#?}");
    assert_eq!(lines[1..], ["Test Group G SUCCEEDED: : 1/1 Tests Passed!"]);
    assert_eq!(ran.stderr, "");
}

#[test]
fn groups_are_sorted_by_code_point_and_absent_if_nothing_ran() {
    let suite = "
- test: {url: /status/200, group: b}
- test: {url: /status/200, group: B}
- test: {url: /status/404, group: é}
- test: {url: /status/200, group: a, stop_on_failure: true}
- benchmark: {url: /status/200, group: Z, metrics: [total_time], warmup_runs: 0, benchmark_runs: 1}
";
    let api = sample();
    let ran = run_text(&api.url(), suite, ["--log", "critical"]).exits(1);
    assert_eq!(
        ran.groups(),
        [
            "Test Group B SUCCEEDED: : 1/1 Tests Passed!",
            "Test Group a SUCCEEDED: : 1/1 Tests Passed!",
            "Test Group b SUCCEEDED: : 1/1 Tests Passed!",
            "Test Group é FAILED: : 0/1 Tests Passed!",
        ]
    );
}

#[test]
fn a_failure_is_told_on_stderr_with_all_its_reasons() {
    let suite = "
- test:
    - name: Person
    - group: P
    - url: /api/person/1/
    - validators:
        - compare: {jsonpath_mini: login, comparator: eq, expected: jenkins}
        - compare: {jsonpath_mini: id, comparator: gt, expected: 0}
        - extract_test: {jsonpath_mini: nickname, test: exists}
- test: {name: Gone, url: /status/404}
";
    let api = sample();
    let ran = run_text(&api.url(), suite, PLAIN).exits(2);
    let url = api.url();
    let err: Vec<&str> = ran.stderr.lines().collect();
    assert!(
        err[0].starts_with(&format!(
            "ERROR:Test Failed: Person URL={url}/api/person/1/ Group=P HTTP Status Code: 200 Response Time: "
        )),
        "{ran:#?}"
    );
    let count = |start: &str| err.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("ERROR:Test Failure, failure type: Validator Failed, Reason: "), 2, "{ran:#?}");
    assert_eq!(count("ERROR:Validator/Error details:suite.yaml:7: Person: "), 1, "{ran:#?}");
    assert_eq!(count("ERROR:Validator/Error details:suite.yaml:9: Person: "), 1, "{ran:#?}");
    assert!(
        ran.stderr.contains("suite.yaml:7: Person: jsonpath_mini \"login\" eq: expected \"jenkins\", got \"gbaltar\"")
    );
    assert!(ran.stderr.contains(
        "ERROR:Test Failure, failure type: Invalid HTTP Response Code, Reason: Invalid HTTP response code: response code 404 not in expected codes [[200]]"
    ));
    // The body and the headers of a failed test are on stdout.
    assert!(ran.stdout.contains("\"login\":\"gbaltar\"") && ran.stdout.contains("('"), "{ran:#?}");
}

#[test]
fn print_bodies_leaves_a_pipe_nothing_but_bodies_and_groups() {
    let server = Promised::new(1, |_, _| Answer::ok("{\"größe\": \"日本\",\n \"b\": 2}"));
    let ran = run_text(&server.url(), "- url: /x", ["--print-bodies=true"]).exits(0);
    let (body, last) = ran.stdout.trim_end().rsplit_once('\n').expect("two parts");
    assert_eq!(body, "{\"größe\": \"日本\",\n \"b\": 2}");
    assert_eq!(last, "Test Group Default SUCCEEDED: : 1/1 Tests Passed!");
    assert!(ran.stderr.starts_with("TEST RESULT: "), "{ran:#?}");
}

#[test]
fn config_may_ask_for_bodies_and_the_command_line_may_refuse() {
    let suite = "- config: {print_bodies: true}\n- url: '/text?data=hello'";
    let api = sample();
    assert!(run_text(&api.url(), suite, PLAIN).exits(0).stdout.starts_with("hello\n"));
    assert!(!run_text(&api.url(), suite, ["--print-bodies", "false"]).exits(0).stdout.contains("hello\n"));
}

#[test]
fn print_headers_prints_pairs() {
    let server = Promised::new(1, |_, _| Answer::Full(200, "X-One: it's\r\nX-Two: b\r\nX-One: again\r\n", "{}".into()));
    let ran = run_text(&server.url(), "- url: /x", ["--print-headers", "true"]).exits(0);
    let line = ran.stdout.lines().next().unwrap_or_default().to_lowercase();
    assert!(line.starts_with("[('") && line.ends_with(")]"), "{ran:#?}");
    // One name's values stay in order; the names among each other may not.
    let [first, second] = ["('x-one', \"it's\")", "('x-one', 'again')"].map(|pair| line.find(pair));
    assert!(first.is_some() && first < second && line.contains("('x-two', 'b')"), "{line}");
    assert!(ran.stderr.starts_with("TEST RESULT: ") && !ran.stdout.contains("TEST RESULT"));
}

#[test]
fn interactive_shows_each_request_and_waits() {
    let suite = "
- test: {name: First, url: /echo/1, method: POST, headers: {X-A: b}, body: 'text here'}
- test: {name: Second, url: /echo/2}
";
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--interactive", "true"]).finish_with("\n\n").exits(0);
    let url = api.url();
    let bar = "=".repeat(35);
    let dash = "-".repeat(35);
    let wanted = format!(
        "{bar}\nFirst\n{dash}\nREQUEST:\nPOST {url}/echo/1\nHEADERS:\n{{'X-A': 'b', 'Content-Type': 'application/x-www-form-urlencoded'}}\n\ntext here\nPress ENTER when ready (0): "
    );
    assert!(ran.stdout.starts_with(&wanted), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("{bar}\nSecond\n{dash}\nREQUEST:\nGET {url}/echo/2\n")), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("\n{bar}\nTest Group Default SUCCEEDED: : 2/2 Tests Passed!\n")));
}

#[test]
fn the_wait_for_enter_is_no_time_of_the_test() {
    use std::io::Write as _;
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo\n");
    let mut command = folder.resttest();
    command.args([&api.url(), "s.yaml", "--interactive", "--report-json", "r.json"]);
    let mut child = command.stdin(std::process::Stdio::piped()).spawn().expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_secs(2));
    child.stdin.take().expect("a pipe").write_all(b"\n").expect("it reads");
    Ran::from(child.wait_with_output().expect("an end")).exits(0);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let time = report["suites"][0]["tests"][0]["duration_ms"].as_f64().expect("a time");
    assert!(time < 1500.0, "{report:#}");
}

#[test]
fn interactive_explains_load_runs_and_waits_for_them_too() {
    let folder = Folder::new();
    let api = sample();
    let suite = "
- test: {name: One, url: /status/200, description: 'What this one is for'}
- test: {name: Many, url: /status/200, performance: {repeat: 6, concurrency: 2, warmup: 1}}
- benchmark: {name: Measured, url: /status/200, description: 'Figures', benchmark_runs: 3, warmup_runs: 0, metrics: total_time}
";
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--interactive"]).finish_with("\n\n\n").exits(0);
    for shown in [
        "One\n-----------------------------------\nWhat this one is for\n",
        "Many\n-----------------------------------\n6 requests, 2 at a time, after 1 that are not measured, mode sync\n",
        "Measured\n-----------------------------------\nFigures\n3 requests, 1 at a time, mode sync\n",
    ] {
        assert!(ran.stdout.contains(shown), "{shown}: {ran:#?}");
    }
    assert_eq!(ran.stdout.matches("Press ENTER").count(), 3, "{ran:#?}");
}

#[test]
fn interactive_waits_for_enter_before_it_sends() {
    let server = Promised::new(1, |_, _| Answer::ok("{}"));
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x");
    let mut child = folder
        .resttest()
        .args([&server.url(), "s.yaml", "--interactive", "--print-bodies"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("a child");
    let mut seen = String::new();
    let stdout = child.stdout.as_mut().expect("a pipe");
    while !seen.ends_with("(0): ") {
        let mut byte = [0];
        std::io::Read::read_exact(stdout, &mut byte).expect("the prompt");
        seen.push(char::from(byte[0]));
    }
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(server.requests(), 0);
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), b"\n").expect("a child that reads");
    let ran = crate::support::Ran::from(child.wait_with_output().expect("an end")).exits(0);
    assert!(ran.stdout.contains("RESPONSE:\n{}\n"), "{}", ran.stdout);
}

#[test]
fn stop_on_failure_ends_the_tests_of_its_set_only() {
    let suite = "
- import: other.yaml
- test: {name: Stops, url: /status/500, stop_on_failure: true}
- test: {name: Never, url: /status/200}
- benchmark: {url: /status/201, metrics: [total_time], warmup_runs: 0, benchmark_runs: 2}
";
    let api = sample();
    let folder = Folder::new();
    folder.file("other.yaml", "- test: {url: /status/500, stop_on_failure: true, group: Other}\n- url: /status/200\n");
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--log", "critical"]).finish().exits(2);
    let stopped = "STOP ON FAILURE! stopping test set execution, continuing with other test sets";
    assert_eq!(ran.stdout.lines().filter(|line| *line == stopped).count(), 2, "{ran:#?}");
    let paths: Vec<String> = api.log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/status/500", "/status/500", "/status/201", "/status/201"]);
}

#[test]
fn a_delay_is_announced_and_waited() {
    let api = sample();
    let started = Instant::now();
    let ran =
        run_text(&api.url(), "- test: {url: /status/200, delay: 0.2}\n- test: {url: /status/200, delay: 0}", PLAIN);
    assert!(started.elapsed() >= Duration::from_millis(200));
    assert_eq!(
        ran.exits(0).stdout.lines().filter(|line| line.starts_with("Delaying")).collect::<Vec<_>>(),
        ["Delaying for 0.2s"]
    );
}

#[test]
fn info_tells_of_tests_that_pass_and_of_benchmarks() {
    let suite = "
- test: {name: One, group: G, url: /status/200}
- benchmark: {name: B, group: H, url: /status/200, metrics: [total_time], warmup_runs: 0, benchmark_runs: 1}
";
    let api = sample();
    for level in ["info", "INFO", "Info"] {
        let ran = run_text(&api.url(), suite, ["--log", level]).exits(0);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert!(lines[0].starts_with(&format!("INFO:Test Succeeded: One URL={}/status/200 Group=G", api.url())));
        assert_eq!(lines[1], "INFO:Benchmark Starting: B Group: H");
        assert!(lines[2].starts_with("INFO:Benchmark Done: B Group: H"), "{lines:?}");
        assert!(lines[3].starts_with("INFO:Summary: 1 tests run: 1 passed"), "{lines:?}");
        assert_eq!(lines.len(), 4);
    }
}

#[test]
fn an_unknown_log_level_is_a_warning_and_the_default() {
    let api = sample();
    let ran = run_text(&api.url(), "- test: {url: /status/200}", ["--log", "loud"]).exits(0);
    assert_eq!(ran.stderr, "WARNING:unknown log level \"loud\"; one of debug, info, warning, error, critical\n");
}

#[test]
fn verbose_shows_heads_on_stderr() {
    let api = sample();
    let ran = run_text(&api.url(), "- test: {url: /headers, headers: {X-A: b}}", ["--verbose"]).exits(0);
    assert!(ran.stderr.contains(&format!("> GET {}/headers\n", api.url())), "{ran:#?}");
    let err = ran.stderr.to_lowercase();
    assert!(err.contains("> x-a: b\n") && err.contains("< 200\n") && err.contains("< x-single: alone\n"), "{ran:#?}");
}

#[test]
fn results_that_cannot_be_written_are_told_of_and_reports_are_not_lost() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /status/200\n".repeat(400));
    let script = format!("'{}' {} s.yaml --report-json r.json > /dev/full", binary(), api.url());
    let mut shell = std::process::Command::new("sh");
    let ran = shell.args(["-c", &script]).current_dir(folder.path()).finish().exits(73);
    assert_eq!(ran.stderr.matches("the results cannot be written: no space left").count(), 1, "{ran:#?}");
    assert_eq!(api.requests(), 400);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("the report");
    assert!(report.contains("\"passed\":400") || report.contains("\"passed\": 400"), "{report:.300}");
}

#[test]
fn both_streams_in_one_keep_their_order() {
    let api = sample();
    let folder = Folder::new();
    let test = |number: u32| {
        let status = if number.is_multiple_of(3) { 404 } else { 200 };
        format!("- test: {{name: n{number}, url: /status/{status}}}\n")
    };
    folder.file("s.yaml", (1..=60).map(test).collect::<String>());
    let line = format!("exec {} {} s.yaml --log info --verbose 2>&1", binary(), api.url());
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).current_dir(folder.path()).stdin(std::process::Stdio::null());
    let ran = command.finish().exits(20);
    let mut at = 0;
    for number in 1..=60 {
        let log = match number % 3 {
            0 => format!("ERROR:Test Failed: n{number} "),
            _ => format!("INFO:Test Succeeded: n{number} "),
        };
        for part in [log, format!("\nTEST RESULT: n{number} |")] {
            let found = ran.stdout[at..].find(&part);
            at += found.unwrap_or_else(|| panic!("{part} stands too early or not at all\n{}", ran.stdout));
        }
    }
}
