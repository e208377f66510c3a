//! Polls: what is waited for, what ends the wait, how it is told.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Answer, Finish as _, Folder, PLAIN, Promised, run_text, sample};

/// A suite run with a JSON report: the first test in it, and what else came of it.
fn reported(url: &str, suite: &str, words: &[&str]) -> (Value, crate::support::Ran, Folder) {
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([url, "s.yaml", "--report-json", "r.json"]).args(words).finish();
    let text = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    let mut report: Value = serde_json::from_str(&text).expect("JSON");
    (report["suites"][0]["tests"][0].take(), ran, folder)
}

fn message(test: &Value) -> &str {
    test["failures"][0]["message"].as_str().unwrap_or_default()
}

/// States one after another; the last one stays.
fn states(hits: usize, states: &'static [&'static str]) -> Promised {
    Promised::new(hits, move |number, _| {
        let state = states[number.min(states.len() - 1)];
        Answer::ok(format!("{{\"state\": \"{state}\", \"number\": {number}}}"))
    })
}

const JOB: &str = "until: [compare: {jsonpath: $.state, expected: done}], \
                   fail_if: [compare: {jsonpath: $.state, comparator: contained_by, expected: [failed, cancelled]}]";

#[test]
fn a_job_is_polled_to_its_end_and_judged_once() {
    let server = states(4, &["queued", "running", "running", "done"]);
    let suite = format!(
        "- test:\n    url: /job\n    poll: {{{JOB}, interval: 0.02}}\n    extract_binds: {{n: {{jsonpath: $.number}}}}\n    \
         validators: [compare: {{jsonpath: $.number, expected: 3}}]\n\
         - config: {{retry: {{max_retries: 2, backoff_base: 0}}}}\n"
    );
    let words = ["--report-junit", "r.xml", "--report-html", "r.html", "--report-tap", "r.tap", "--log", "info"];
    let (test, ran, folder) = reported(&server.url(), &suite, &words);
    let ran = ran.exits(0);
    assert_eq!(server.requests(), 4);
    assert_eq!((&test["result"], &test["polls"], &test["earlier_attempts"]), (&"passed".into(), &4.into(), &3.into()));
    assert_eq!((&test["retries"], test["attempts"].as_array().map(Vec::len)), (&0.into(), Some(1)));
    assert!(!ran.stderr.contains("Flaky") && ran.stderr.contains("4 polls, sent 4 times"), "{}", ran.stderr);
    let written = |name| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    assert!(written("r.xml").contains("<property name=\"polls\" value=\"4\"/>"));
    assert!(written("r.html").contains("4 polls, sent 4 times"));
    assert!(written("r.tap").contains("polls: 4"));
}

#[test]
fn what_will_never_be_is_told_at_once() {
    let server = states(3, &["running", "running", "failed"]);
    let suite = format!("- test: {{url: /job, poll: {{{JOB}, interval: 0.02}}}}\n");
    let (test, ran, _folder) = reported(&server.url(), &suite, &[]);
    ran.exits(1);
    assert_eq!(server.requests(), 3);
    assert!(message(&test).starts_with("fail_if met after 3 polls (0."), "{test}");
    assert!(message(&test).ends_with("s): jsonpath \"$.state\" contained_by [\"failed\", \"cancelled\"]"), "{test}");
    assert_eq!((&test["result"], &test["status"]), (&"failed".into(), &200.into()));
}

#[test]
fn what_never_ends_stops_early_or_at_its_limit() {
    for (poll, expected, most) in [
        (
            format!("{JOB}, interval: 0.3, timeout: 1.19"),
            "not settled in 1.19 s after 4 polls; last: state was \"running\"",
            1240,
        ),
        (
            format!("{JOB}, interval: 5, timeout: 2"),
            "not settled in 2 s after 1 poll; last: state was \"running\"",
            1000,
        ),
        (
            format!("{JOB}, interval: 0, max_polls: 7"),
            "s after 7 polls, which is max_polls; last: state was \"running\"",
            1000,
        ),
        (
            format!("{JOB}, interval: 0.1, multiplier: 3, interval_max: 0.2, timeout: 0.69"),
            "not settled in 0.69 s after 4 polls; last: state was \"running\"",
            1000,
        ),
        (
            "until: [extract_test: {jsonpath: $.result, test: exists}], interval: 9, timeout: 1".to_owned(),
            "not settled in 1 s after 1 poll; last: result: ",
            1000,
        ),
        ("interval: 9, timeout: 1".to_owned(), "not settled in 1 s after 1 poll; last: number was 0", 1000),
    ] {
        let server = sample_of_running();
        let suite = format!(
            "- test: {{url: /job, poll: {{{poll}}}, validators: [{{compare: {{jsonpath: $.number, expected: 1}}}}]}}\n"
        );
        let (test, ran, _folder) = reported(&server, &suite, &[]);
        ran.exits(1);
        assert!(message(&test).contains(expected), "{poll}: {}", message(&test));
        let took = test["duration_ms"].as_f64().unwrap_or_default();
        assert!(took <= f64::from(most), "{poll}: {took} ms");
    }
}

/// A server that always says that it is running; how often it is asked is not counted.
fn sample_of_running() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = std::io::BufReader::new(stream.try_clone().expect("a socket"));
                while crate::support::Request::read(&mut reader).is_some() {
                    let answer = Answer::ok("{\"state\": \"running\", \"number\": 0}").render().unwrap_or_default();
                    if std::io::Write::write_all(&mut stream, &answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[test]
fn an_answer_that_hangs_is_cut_at_the_limit() {
    let server = Promised::new(2, |number, _| {
        if number == 1 {
            std::thread::sleep(Duration::from_secs(4));
        }
        Answer::ok("{\"state\": \"running\"}")
    });
    let suite = format!("- test: {{url: /job, poll: {{{JOB}, interval: 0.1, timeout: 1}}}}\n");
    let (test, ran, _folder) = reported(&server.url(), &suite, &[]);
    ran.exits(1);
    assert!(message(&test).starts_with("not settled in 1 s after 2 polls; last: "), "{test}");
    assert_eq!(test["result"], "errored");
    let took = test["duration_ms"].as_f64().unwrap_or_default();
    assert!((990.0..=1200.0).contains(&took), "{took} ms");
}

#[test]
fn an_error_is_the_tests_unless_it_is_listed() {
    for (errors, hits, code) in [("", 1, 1), (", errors: [disconnected]", 3, 0), (", errors: [connect]", 1, 1)] {
        let server = Promised::new(hits, |number, _| match number {
            0 | 1 => Answer::Nothing,
            _ => Answer::ok("{\"state\": \"done\"}"),
        });
        let suite = format!("- test: {{url: /job, poll: {{{JOB}, interval: 0.01{errors}}}}}\n");
        let (test, ran, _folder) = reported(&server.url(), &suite, &[]);
        ran.exits(code);
        assert_eq!(server.requests(), hits, "{errors}: {test}");
    }
}

#[test]
fn a_service_is_waited_for_until_it_is_up() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a loopback port").local_addr().expect("an address");
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        let listener = TcpListener::bind(free).expect("the port is free");
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut reader = std::io::BufReader::new(stream.try_clone().expect("a socket"));
        let _ = crate::support::Request::read(&mut reader);
        let _ = std::io::Write::write_all(&mut stream, &Answer::ok("up").render().unwrap_or_default());
    });
    let suite = "- test: {url: /, poll: {errors: [connect, resolve], interval: 0.1, timeout: 20}}\n";
    let (test, ran, _folder) = reported(&format!("http://{free}"), suite, &[]);
    ran.exits(0);
    assert!(test["polls"].as_u64() > Some(1) && test["result"] == "passed", "{test}");
}

#[test]
fn without_until_the_status_and_the_validators_are_waited_for_and_with_it_they_are_judged_at_the_end() {
    let server = || {
        Promised::new(3, |number, _| match number {
            0 => Answer::Full(404, "", String::new()),
            1 => Answer::ok("{\"ready\": false}"),
            _ => Answer::ok("{\"ready\": true}"),
        })
    };
    let ready = "compare: {jsonpath: $.ready, expected: true}";
    let (one, other) = (server(), server());
    let suite = format!("- test: {{url: /, poll: {{interval: 0.01}}, validators: [{ready}]}}\n");
    run_text(&one.url(), &suite, PLAIN).exits(0);
    assert_eq!(one.requests(), 3);
    let suite = format!("- test: {{url: /, expected_status: 201, poll: {{until: [{ready}], interval: 0.01}}}}\n");
    let (test, ran, _folder) = reported(&other.url(), &suite, &[]);
    ran.exits(1);
    assert_eq!((message(&test), &test["polls"]), ("expected status 201, got 200", &3.into()));
}

#[test]
fn what_is_missing_is_false_on_both_sides() {
    // Neither is there to be unequal before the third answer.
    let server = Promised::new(3, |number, _| match number {
        0 => Answer::Full(503, "", "busy".to_owned()),
        1 => Answer::ok("{}"),
        _ => Answer::ok("{\"state\": \"done\", \"error\": \"none\"}"),
    });
    let suite = "- test: {url: /, poll: {interval: 0.01, \
                 until: [compare: {jsonpath: $.state, comparator: ne, expected: running}], \
                 fail_if: [compare: {jsonpath_mini: error, comparator: ne, expected: none}]}}\n";
    run_text(&server.url(), suite, PLAIN).exits(0);
    assert_eq!(server.requests(), 3);
}

#[test]
fn a_server_may_ask_for_a_longer_wait() {
    let waited = |respects: &str| {
        let server = Promised::new(2, |number, _| match number {
            0 => Answer::Full(202, "Retry-After: 1\r\n", "{\"state\": \"running\"}".to_owned()),
            _ => Answer::ok("{\"state\": \"done\"}"),
        });
        let suite = format!("- test: {{url: /, poll: {{{JOB}, interval: 0.01}}{respects}}}\n");
        let started = Instant::now();
        run_text(&server.url(), &suite, PLAIN).exits(0);
        started.elapsed()
    };
    assert!(waited("") >= Duration::from_secs(1));
    assert!(waited(", retry: {respect_retry_after: false}") < Duration::from_secs(1));
    let server = Promised::new(1, |_, _| Answer::Full(503, "Retry-After: 3600\r\n", String::new()));
    let suite = "- test: {url: /, poll: {interval: 0.01, timeout: 9}}\n";
    let (test, ran, _folder) = reported(&server.url(), suite, &[]);
    ran.exits(1);
    assert_eq!(message(&test), "not settled in 9 s after 1 poll; last: status was 503; server asked for 3600 s");
}

#[test]
fn all_polls_are_one_request_with_the_cookies_of_the_last_and_a_key_of_their_own() {
    let seen: Arc<Mutex<Vec<(String, String, String)>>> = Arc::default();
    let noted = seen.clone();
    let server = Promised::new(3, move |number, request| {
        let header = |name| request.header(name).unwrap_or_default().to_owned();
        noted.lock().expect("no poison").push((header("x-number"), header("cookie"), header("idempotency-key")));
        let cookie = ["Set-Cookie: at=0\r\n", "Set-Cookie: at=1\r\n", ""][number];
        Answer::Full(200, cookie, if number == 2 { "{\"state\": \"done\"}" } else { "{}" }.to_owned())
    });
    let suite = format!(
        "- config: {{cookies: true, generators: {{g: {{type: number_sequence, start: 7}}}}}}\n\
         - test:\n    url: /\n    method: POST\n    generator_binds: {{n: g}}\n    \
         headers: {{template: {{X-Number: $n}}}}\n    retry: {{idempotency_key: true}}\n    \
         poll: {{{JOB}, interval: 0.01}}\n"
    );
    run_text(&server.url(), &suite, PLAIN).exits(0);
    let seen = seen.lock().expect("no poison");
    assert_eq!(seen.iter().map(|(number, ..)| number.as_str()).collect::<Vec<_>>(), ["7", "7", "7"]);
    assert_eq!(seen.iter().map(|(_, cookie, _)| cookie.as_str()).collect::<Vec<_>>(), ["", "at=0", "at=1"]);
    assert!(seen[0].2.len() == 36 && seen[0].2 != seen[1].2 && seen[1].2 != seen[2].2, "{seen:?}");
}

#[test]
fn each_poll_has_the_retries_of_the_test() {
    let server = Promised::new(4, |number, _| match number {
        0 | 2 => Answer::Full(503, "", String::new()),
        1 => Answer::ok("{\"state\": \"running\"}"),
        _ => Answer::ok("{\"state\": \"done\"}"),
    });
    let retry = "retry: {max_retries: 1, backoff_base: 0}";
    let suite = format!("- test: {{url: /, {retry}, poll: {{{JOB}, interval: 0.01}}}}\n");
    let (test, ran, _folder) = reported(&server.url(), &suite, &[]);
    ran.exits(0);
    assert_eq!((&test["polls"], &test["earlier_attempts"], &test["retries"]), (&2.into(), &2.into(), &2.into()));
    assert_eq!((test["attempts"].as_array().map(Vec::len), &test["result"]), (Some(2), &"passed".into()));
}

#[test]
fn it_is_explained_and_looked_over() {
    let folder = Folder::new();
    let suite = "- test: {url: /, poll: {interval: 5, timeout: 2, until: [{compare: {jsonpath: $.a, expected: 1}}], \
                 fail_if: [{compare: {jsonpath: $.a, expected: 1}}]}}\n";
    folder.file("s.yaml", suite);
    let told = folder.resttest().args(["explain", "http://x", "s.yaml"]).finish().exits(0).stdout;
    let expected =
        "poll every 5 s for 2 s, until compare jsonpath \"$.a\" eq, fail_if compare jsonpath \"$.a\" eq (s.yaml:1)";
    assert!(told.contains(expected), "{told}");
    let hints = folder.resttest().args(["lint", "s.yaml"]).finish();
    let hints = hints.stdout + &hints.stderr;
    assert!(hints.contains("timeout of 2 s is less than interval of 5 s, so it is polled once"), "{hints}");
    assert!(hints.contains("fail_if is equal to until (jsonpath \"$.a\" eq 1)"), "{hints}");
}

#[test]
fn the_sample_api_has_jobs_of_every_kind() {
    for (job, code, told) in [
        ("{\"polls\": 2}", 0, ""),
        ("{\"ms\": 150}", 0, ""),
        ("{\"polls\": 1, \"end\": \"failed\"}", 1, "fail_if met after 2 polls"),
        ("{\"end\": \"never\"}", 1, "not settled in 0.5 s after"),
    ] {
        let api = sample();
        let suite = format!(
            "- test:\n    url: /jobs\n    method: POST\n    body: '{job}'\n    expected_status: [202]\n    \
             extract_binds: {{job: {{jsonpath: $.id}}}}\n\
             - test: {{url: {{template: /jobs/$job}}, poll: {{{JOB}, interval: 0.05, timeout: 0.5}}}}\n"
        );
        let ran = run_text(&api.url(), &suite, PLAIN).exits(code);
        assert!(ran.stderr.contains(told), "{job}: {}", ran.stderr);
    }
}

#[test]
fn polls_keep_to_the_rate_of_the_run_and_to_their_limit() {
    for (timeout, code) in [("10", 0), ("0.7", 1)] {
        let server = states(if code == 0 { 3 } else { 2 }, &["running", "running", "done"]);
        let suite = format!("- test: {{url: /, poll: {{{JOB}, interval: 0.01, timeout: {timeout}}}}}\n");
        let (test, ran, _folder) = reported(&server.url(), &suite, &["--rate-limit", "2/s"]);
        ran.exits(code);
        let took = test["duration_ms"].as_f64().unwrap_or_default();
        match code {
            0 => assert!(took >= 990.0, "{test}"),
            _ => assert_eq!(message(&test), "not settled in 0.7 s after 2 polls; last: state was \"running\""),
        }
    }
}
