//! Retry of single tests: what is repeated, how often, and how it is told.

use std::time::{Duration, Instant};

use crate::support::{Answer, Finish as _, Folder, PLAIN, Promised, resttest, root, run_text, sample};

/// The requests that a suite sends to a service that is always unavailable.
fn sent(suite: &str, words: &[&str]) -> u64 {
    let api = sample();
    run_text(&api.url(), suite, ["--log", "critical"].iter().chain(words)).exits(1);
    api.requests()
}

#[test]
fn the_command_line_wins_over_the_test_and_the_test_over_config() {
    let quick = "backoff_base: 0";
    let config = format!("- config: {{retry: {{max_retries: 1, {quick}}}}}\n");
    let long_form = "- config: {max_retries: 1, retry_backoff_base: 0, retry_backoff_max: 0}\n";
    let plain = "- url: /status/503\n";
    let test = "- test: {url: /status/503, retry: {max_retries: 2, backoff_base: 0}}\n";
    let none = "- test: {url: /status/503, retry: {max_retries: 0}}\n";
    let table: [(String, &[&str], u64); 9] = [
        (plain.to_owned(), &[], 1),
        (config.clone() + plain, &[], 2),
        (long_form.to_owned() + plain, &[], 2),
        (config.clone() + test, &[], 3),
        (config.clone() + none, &[], 1),
        (config.clone() + test, &["--max-retries", "3"], 4),
        (config.clone() + none, &["--max_retries", "3"], 4),
        (config + test, &["--max-retries=0"], 1),
        ("- test: {url: /status/503, retry: {backoff_base: 0}}\n".to_owned(), &[], 1),
    ];
    for (suite, words, requests) in table {
        assert_eq!(sent(&suite, words), requests, "{words:?}\n{suite}");
    }
}

#[test]
fn listed_statuses_are_repeated_and_no_others() {
    for (status, retry, requests) in [
        (500, "", 3),
        (502, "", 3),
        (503, "", 3),
        (504, "", 3),
        (501, "", 1),
        (404, "", 1),
        (429, "", 1),
        (302, "", 1),
        (429, ", retry_statuses: [429]", 3),
        (503, ", retry_statuses: [429]", 1),
        (404, ", retryable_statuses: 404", 3),
    ] {
        let suite = format!("- test: {{url: /status/{status}, retry: {{max_retries: 2, backoff_base: 0{retry}}}}}\n");
        assert_eq!(sent(&suite, &[]), requests, "{suite}");
    }
}

#[test]
fn what_a_test_expects_is_never_repeated() {
    let api = sample();
    let suite =
        "- test: {url: /flaky/e/9/503, expected_status: [200, 503], retry: {max_retries: 5, backoff_base: 0}}\n";
    run_text(&api.url(), suite, ["--max-retries", "4"]).exits(0);
    assert_eq!(api.requests(), 1);
}

#[test]
fn connections_and_timeouts_are_repeated_but_a_wrong_url_is_not() {
    let api = sample();
    let suite = "- test: {url: /flakydrop/d/2, retry: {max_retries: 2, backoff_base: 0}}\n";
    run_text(&api.url(), suite, PLAIN).exits(0);
    assert_eq!(api.requests(), 3);

    let server = Promised::new(2, |number, _| {
        if number == 0 {
            std::thread::sleep(Duration::from_secs(3));
        }
        Answer::ok("{}")
    });
    let suite = "- test: {url: /t, timeout: 1, retry: {max_retries: 1, backoff_base: 0}}\n";
    run_text(&server.url(), suite, PLAIN).exits(0);

    let started = Instant::now();
    let suite = "- test: {url: '/a b', retry: {max_retries: 5, backoff_base: 10}}\n";
    run_text(&api.url(), suite, PLAIN).exits(1);
    assert!(started.elapsed() < Duration::from_secs(9), "a URL that cannot be sent was tried again");
}

#[test]
fn an_attempt_is_an_exchange_of_its_own_and_generators_stay_put() {
    let suite = "
- config: {generators: {n: {type: number_sequence}}}
- test:
    - url: {template: /a/$n}
    - method: PUT
    - generator_binds: {n: n}
    - body: {template: 'body $n'}
    - retry: {max_retries: 3, backoff_base: 0.01}
    - validators: [compare: {jsonpath_mini: attempt, comparator: eq, expected: 2}]
    - extract_binds: {attempt: {jsonpath_mini: attempt}}
- test:
    - url: {template: /b/$n/$attempt}
    - generator_binds: {n: n}
";
    let server = Promised::new(4, |number, request| {
        if number == 3 {
            assert_eq!(request.target, "/b/2/2");
            return Answer::ok("{}");
        }
        assert_eq!((request.target.as_str(), request.body.as_slice()), ("/a/1", b"body 1".as_slice()));
        Answer::Full(if number < 2 { 503 } else { 200 }, "", format!("{{\"attempt\": {number}}}"))
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn waits_double_up_to_their_limit() {
    let api = sample();
    let suite = "- test: {url: /flaky/b/3/503, retry: {max_retries: 3, backoff_base: 0.1, backoff_max: 0.15}}\n";
    let started = Instant::now();
    let ran = run_text(&api.url(), suite, ["--log", "info"]).exits(0);
    assert!(started.elapsed() >= Duration::from_millis(400), "{:?}", started.elapsed());
    let waits: Vec<&str> =
        ran.stderr.lines().filter_map(|line| line.split_once(" delay=")).map(|(_, wait)| wait).collect();
    assert_eq!(waits, ["0.1s", "0.15s", "0.15s"]);
    // Flags replace the file's.
    let ran =
        run_text(&api.url(), &suite.replace("/b/", "/c/"), ["--log", "info", "--retry-backoff-max", "0.05"]).exits(0);
    assert_eq!(ran.stderr.matches(" delay=0.05s").count(), 3, "{ran:#?}");
}

#[test]
fn each_log_level_has_its_part() {
    let api = sample();
    let suite = "- test: {name: Heals, url: /flaky/l/1/503, retry: {max_retries: 2, backoff_base: 0}}\n\
                 - test: {name: Stays, url: /status/502, retry: {max_retries: 1, backoff_base: 0}}\n";
    let ran = run_text(&api.url(), suite, ["--log", "debug"]).exits(1);
    let told = |part: &str| assert_eq!(ran.stderr.matches(part).count(), 1, "{part}: {ran:#?}");
    told("DEBUG:Heals: attempt 1: status 503 in ");
    told("DEBUG:Heals: attempt 2: status 200 in ");
    told("INFO:Retrying test Heals due to status 503, attempt 1/3 delay=0s");
    let at = |part: &str| ran.stderr.find(part);
    assert!(at("DEBUG:Heals: attempt 1") < at("INFO:Retrying test Heals"), "as it happens: {ran:#?}");
    assert!(at("INFO:Retrying test Heals") < at("DEBUG:Heals: attempt 2"), "as it happens: {ran:#?}");
    told("INFO:Heals: 2 attempts, 1 retries");
    told("WARNING:Test Flaky: Heals passed at attempt 2");
    told("ERROR:Retries exhausted: Stays failed after 2 attempts");
    let flags = ["--max-retries=1", "--retry-backoff-base=0.01", "--max-concurrency=3", "--log=info"];
    let told = run_text(&api.url(), "- url: /status/200\n", flags).exits(0).stderr;
    assert!(told.starts_with(
        "INFO:Retry enabled: max_retries=1, backoff_base=0.01s, backoff_max=30.0s\nINFO:Max concurrency set to: 3\n"
    ));
    let ran = run_text(&api.url(), &suite.replace("/l/", "/m/"), PLAIN).exits(1);
    assert!(ran.stderr.contains("WARNING:Test Flaky") && !ran.stderr.contains("INFO:"), "{ran:#?}");
}

#[test]
fn a_validator_that_fails_after_a_retry_has_exhausted_nothing() {
    let api = sample();
    let suite = "- test: {url: /flaky/v/1/503, retry: {max_retries: 3, backoff_base: 0}, \
                 validators: [compare: {jsonpath_mini: hit, comparator: eq, expected: 9}]}\n";
    let ran = run_text(&api.url(), suite, PLAIN).exits(1);
    assert!(!ran.stderr.contains("exhausted"), "{ran:#?}");
    assert_eq!(api.requests(), 2, "an answer that came is judged, not asked for again");
}

#[test]
fn retries_are_exhausted_only_where_another_was_wanted() {
    for (performance, exhausted) in
        [("", "exhausted: T failed"), (", performance: {repeat: 1}", "exhausted: T: 1 of 1")]
    {
        for (second, is_exhausted) in [(404, false), (503, true)] {
            let server = Promised::new(2, move |number, _| {
                Answer::Full(if number == 0 { 503 } else { second }, "", String::new())
            });
            let suite =
                format!("- test: {{name: T, url: /x, retry: {{max_retries: 1, backoff_base: 0}}{performance}}}\n");
            let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
            assert_eq!(ran.stderr.contains(exhausted), is_exhausted, "{second} {performance}: {ran:#?}");
        }
    }
}

#[test]
fn attempts_of_load_runs_are_logged_too() {
    let suite = "- test: {name: L, url: /flaky/lo/1/503, performance: {repeat: 3}, retry: {max_retries: 2, backoff_base: 0}}\n\
                 - test: {name: Q, url: /status/200, performance: {repeat: 3}, retry: {max_retries: 2}}\n";
    let folder = Folder::new();
    for (i, parallel) in [false, true].into_iter().enumerate() {
        let api = sample();
        let suite = suite.replace("/lo/", &format!("/lo{i}/"));
        folder.file("a.yaml", &suite);
        folder.file("b.yaml", "- url: /status/200\n");
        let mut command = folder.resttest();
        command.args([&api.url(), "--tests", "[ab].yaml", "--log", "debug"]);
        if parallel {
            command.args(["--parallel-suites", "2"]);
        }
        let ran = command.finish().exits(0);
        assert!(ran.stderr.contains("DEBUG:L: attempt 1: status 503 in "), "{ran:#?}");
        assert!(ran.stderr.contains("DEBUG:L: attempt 2: status 200 in "), "{ran:#?}");
        assert!(!ran.stderr.contains("DEBUG:Q"), "{ran:#?}");
        assert!(ran.stderr.contains("INFO:L: 1 retries for 3 requests"), "{ran:#?}");
    }
}

#[test]
fn methods_narrow_what_is_repeated_and_a_repeated_post_is_warned_of() {
    let post = |retry: &str| {
        format!("- test: {{url: /status/503, method: post, retry: {{max_retries: 3, backoff_base: 0{retry}}}}}\n")
    };
    assert_eq!(sent(&post(""), &[]), 4);
    assert_eq!(sent(&post(", methods: [GET, put]"), &[]), 1);
    assert_eq!(sent(&post(", methods: post"), &[]), 4);
    let api = sample();
    let ran = run_text(&api.url(), &post(""), PLAIN).exits(1);
    assert_eq!(ran.stderr.matches("WARNING:Unnamed: a POST is repeated").count(), 1, "{ran:#?}");
}

#[test]
fn the_response_time_is_the_last_attempts() {
    let server = Promised::new(2, |number, _| {
        if number == 0 {
            std::thread::sleep(Duration::from_millis(1500));
        }
        Answer::Full(if number == 0 { 503 } else { 200 }, "", String::new())
    });
    let ran = run_text(&server.url(), "- test: {url: /x, retry: {max_retries: 1, backoff_base: 0}}\n", PLAIN).exits(0);
    let time = ran.stdout.split("Response Time=").nth(1).and_then(|rest| rest.split(' ').next()).expect("a time");
    assert!(time.parse::<f64>().expect("a number") < 1400.0, "{ran:#?}");
    let ran =
        run_text("http://127.0.0.1:1", "- url: /x\n", ["--max-retries", "1", "--retry-backoff-base", "0"]).exits(1);
    assert!(ran.stdout.contains("| Passed=False | Response Time=-\n"), "{ran:#?}");
}

#[test]
fn an_interrupt_ends_a_wait() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /status/503, retry: {max_retries: 3, backoff_base: 60, backoff_max: 60}}\n");
    let child = folder.resttest().args([&api.url(), "s.yaml"]).spawn().expect("a child");
    crate::support::wait_until("the first attempt", || api.requests() == 1);
    let started = Instant::now();
    crate::support::signal(&child, "INT");
    assert_eq!(child.wait_with_output().expect("an end").status.code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!(api.requests(), 1);
}

#[test]
fn the_fixture_sends_what_its_comments_say() {
    let api = sample();
    let ran = resttest().current_dir(root()).args([&api.url(), "fixtures/retry.yaml"]).finish().exits(0);
    assert_eq!(api.requests(), 3 + 2 + 1 + 2, "{ran:#?}");
    assert_eq!(ran.stderr.matches("Test Flaky").count(), 3, "{ran:#?}");
}
