//! Retries that spare who is asked: Retry-After, policies, budgets, circuit breakers, keys of idempotency.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Answer, Finish as _, Folder, PLAIN, Promised, run_text, sample};

/// What accepts connections, counts them, and closes them without a word.
fn dead_end() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream);
        }
    });
    (url, count)
}

fn json(folder: &Folder, name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.path().join(name)).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_dead_environment_fails_at_once_where_a_breaker_is_asked_for() {
    let mut suite = "- config: {retry: {max_retries: 5, backoff_base: 0.0005}}\n".to_owned();
    for number in 0..400 {
        suite += &format!("- test: {{name: t{number}, url: /x}}\n");
    }
    let (url, connections) = dead_end();
    let folder = Folder::new();
    folder.file("s.yaml", &suite);
    let words = ["s.yaml", "--circuit-breaker", "5", "--report-json", "r.json", "--report-prom", "r.prom"];
    let ran = folder.resttest().arg(&url).args(words).finish().exits(63);
    let with = connections.swap(0, Ordering::SeqCst);
    assert!(with <= 12, "{with} connections");
    let message = format!("circuit open: {url} failed 5 times in a row (disconnected), asked again in ");
    assert!(ran.stderr.contains(&format!("WARNING:{message}")), "{}", &ran.stderr[..2000]);
    assert_eq!(ran.stderr.matches("WARNING:circuit open").count(), 1);
    let report = json(&folder, "r.json");
    assert_eq!((&report["summary"]["errored"], &report["summary"]["requests"]), (&400.into(), &1.into()));
    let breaker = &report["breakers"][0];
    assert_eq!((&breaker["origin"], &breaker["opened"]), (&url.as_str().into(), &1.into()));
    assert_eq!((&breaker["refused"], &breaker["open"]), (&399.into(), &true.into()));
    let last = &report["suites"][0]["tests"][399];
    assert_eq!((&last["result"], &last["attempts"]), (&"errored".into(), &serde_json::json!([])));
    assert!(last["failures"][0]["message"].as_str().is_some_and(|told| told.starts_with(&message)), "{last}");
    let first = &report["suites"][0]["tests"][0];
    assert_eq!(first["attempts"].as_array().map(Vec::len), Some(5), "each attempt counts: {first}");
    let prom = std::fs::read_to_string(folder.path().join("r.prom")).expect("a report");
    assert!(prom.contains(&format!("resttest_circuit_open{{origin=\"{url}\"}} 1\n")), "{prom}");
    // What it saves.
    folder.resttest().args([&url, "s.yaml"]).finish().exits(63);
    assert_eq!(connections.load(Ordering::SeqCst), 400 * 6);
}

#[test]
fn a_refused_connection_is_a_failure_too_and_suites_share_what_is_known() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let url = format!("http://127.0.0.1:{port}");
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /1\n- url: /2\n- url: /3\n");
    folder.file("b.yaml", "- url: /4\n");
    let words = ["--tests", "[ab].yaml", "--circuit-breaker", "2", "--report-json", "r.json"];
    folder.resttest().arg(&url).args(words).finish().exits(4);
    let report = json(&folder, "r.json");
    assert_eq!(report["breakers"][0]["refused"], 2, "{report}");
    let told = &report["suites"][1]["tests"][0]["failures"][0]["message"];
    let message = format!("circuit open: {url} failed 2 times in a row (connect), asked again in ");
    assert!(told.as_str().is_some_and(|told| told.starts_with(&message)), "{told}");
}

#[test]
fn after_its_time_one_send_tries_whether_the_origin_is_there_again() {
    let server = Promised::new(4, |number, _| Answer::Full(if number < 2 { 503 } else { 200 }, "", String::new()));
    let suite = "- config: {circuit_breaker: {failures: 2, reset: 0.4}}\n- url: /1\n- url: /2\n- url: /3\n\
                 - test: {url: /4, delay: 0.5}\n- url: /5\n";
    let ran = run_text(&server.url(), suite, PLAIN).exits(3);
    assert_eq!(ran.stdout.matches("Passed=True").count(), 2, "{ran:#?}");
    // What a test expects is no failure.
    let server = Promised::new(3, |_, _| Answer::Full(503, "", String::new()));
    let suite = "- config: {circuit_breaker: {failures: 1, reset: 0}}\n".to_owned()
        + &"- test: {url: /x, expected_status: [503]}\n".repeat(3);
    run_text(&server.url(), &suite, PLAIN).exits(0);
}

#[test]
fn what_cleans_up_is_sent_once_whatever_is_open() {
    let server = Promised::new(4, |_, _| Answer::Full(503, "", String::new()));
    let suite = "- config: {circuit_breaker: {failures: 2, reset: 0}, retry: {max_retries: 3, backoff_base: 0}}\n\
                 - test: {name: T, url: /1}\n- test: {name: U, url: /2}\n\
                 - teardown: [test: {name: C, url: /3}, test: {name: D, url: /4}]\n";
    let ran = run_text(&server.url(), suite, PLAIN).exits(4);
    assert_eq!(ran.stderr.matches("Reason: circuit open").count(), 1, "only U: {ran:#?}");
}

#[test]
fn a_server_is_asked_again_when_it_says_and_not_before() {
    // Its clock is years behind ours, and that does not matter.
    const DATES: [&str; 2] =
        ["Retry-After: 1\r\n", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:49:38 GMT\r\n"];
    for headers in DATES {
        let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let seen = times.clone();
        let server = Promised::new(2, move |number, _| {
            seen.lock().expect("no poison").push(Instant::now());
            if number == 0 { Answer::Full(503, headers, String::new()) } else { Answer::ok("{}") }
        });
        let suite = "- test: {name: B, url: /x, retry: {max_retries: 1, backoff_base: 0.05}}\n";
        let folder = Folder::new();
        folder.file("s.yaml", suite);
        let words = [
            "s.yaml",
            "--log",
            "info",
            "--report-json",
            "r.json",
            "--report-junit",
            "r.xml",
            "--report-html",
            "r.html",
        ];
        let ran = folder.resttest().arg(server.url()).args(words).finish().exits(0);
        let times = times.lock().expect("no poison");
        let waited = times[1] - times[0];
        assert!(waited >= Duration::from_secs(1) && waited < Duration::from_millis(2500), "{headers}: {waited:?}");
        assert!(
            ran.stderr.contains("due to status 503, attempt 1/2 delay=1s (backoff 0.05 s; Retry-After 1 s)"),
            "{ran:#?}"
        );
        let attempt = &json(&folder, "r.json")["suites"][0]["tests"][0]["attempts"][0];
        assert_eq!(attempt["delay_reason"], "retry_after", "{attempt}");
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
        assert!(read("r.xml").contains("<property name=\"waits\" value=\"1 s retry_after\"/>"));
        assert!(read("r.html").contains("waited 1.000 s as the server asked"), "{}", read("r.html"));
    }
}

#[test]
fn who_asks_for_too_long_a_wait_is_told_so_at_once() {
    let server = Promised::new(1, |_, _| Answer::Full(503, "Retry-After: 3600\r\n", String::new()));
    let started = Instant::now();
    let ran = run_text(&server.url(), "- url: /x\n", ["--max-retries", "5"]).exits(1);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(ran.stderr.contains("; server asked for 3600 s, retry_after_max is 60 s"), "{ran:#?}");
    assert!(!ran.stderr.contains("exhausted"), "{ran:#?}");
    let server = Promised::new(2, |_, _| Answer::Full(503, "Retry-After: 3600\r\n", String::new()));
    let words = ["--max-retries", "1", "--retry-backoff-base", "0", "--no-retry-after"];
    run_text(&server.url(), "- url: /x\n", words).exits(1);
    // The same in both kinds of load runs.
    for mode in ["sync", "async"] {
        let server = Promised::new(2, |_, _| Answer::Full(503, "Retry-After: 3600\r\n", String::new()));
        let suite =
            format!("- test: {{url: /x, retry: {{max_retries: 3}}, performance: {{repeat: 2, mode: {mode}}}}}\n");
        let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
        assert!(ran.stdout.contains("Retry-After is above retry_after_max"), "{mode}: {ran:#?}");
    }
}

#[test]
fn all_sends_together_end_in_time_and_the_last_one_is_cut() {
    let server = Promised::new(2, |number, _| {
        if number == 1 {
            std::thread::sleep(Duration::from_secs(4));
        }
        Answer::Full(503, "", String::new())
    });
    let suite = "- test: {url: /x, retry: {max_retries: 5, backoff_base: 0.1, max_elapsed: 1}}\n";
    let started = Instant::now();
    let ran = run_text(&server.url(), suite, PLAIN).exits(1);
    assert!(started.elapsed() < Duration::from_millis(3500), "{:?}", started.elapsed());
    assert!(ran.stderr.contains("would end after max_elapsed, which is 1 s"), "{ran:#?}");
    for mode in ["sync", "async"] {
        let server = Promised::new(2, |number, _| {
            if number == 1 {
                std::thread::sleep(Duration::from_secs(4));
            }
            Answer::Full(503, "", String::new())
        });
        let started = Instant::now();
        let load = format!("{{repeat: 1, mode: {mode}}}");
        let suite = suite.replace("url: /x,", &format!("url: /x, performance: {load},"));
        let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
        assert!(started.elapsed() < Duration::from_millis(3500), "{mode}: {:?} {ran:#?}", started.elapsed());
        assert!(ran.stdout.contains("max_elapsed leaves no time for another"), "{mode}: {ran:#?}");
    }
}

#[test]
fn policies_have_counts_of_their_own() {
    let server = Promised::new(6, |number, _| Answer::Full([429, 503, 429, 429, 503, 503][number], "", String::new()));
    let suite = "- test:\n    - url: /x\n    - retry: {max_retries: 2, backoff_base: 0, policies: {429: {max_retries: 5}, \
                 4xx: {max_retries: 0}}}\n";
    let ran = run_text(&server.url(), suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("Retries exhausted"), "{ran:#?}");
    let api = sample();
    let suite = "- test: {url: /status/503, retry: {max_retries: 3, backoff_base: 0, policies: {5xx: {max_retries: 1}}}}\n\
                 - test: {url: /status/503, expected_status: [503], retry: {policies: {503: {max_retries: 4}}}}\n";
    run_text(&api.url(), suite, PLAIN).exits(1);
    assert_eq!(api.requests(), 3, "two of the first, one of the second: what is expected is final");
}

#[test]
fn methods_that_may_not_be_sent_twice_are_left_alone_unless_nothing_was_sent() {
    let sent = |method: &str| {
        let api = sample();
        let suite = format!(
            "- test: {{url: /status/503, method: {method}, retry: {{max_retries: 2, backoff_base: 0, methods: idempotent}}}}\n"
        );
        run_text(&api.url(), &suite, PLAIN).exits(1);
        api.requests()
    };
    assert_eq!(["GET", "PUT", "DELETE", "POST", "PATCH"].map(sent), [3, 3, 3, 1, 1]);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let suite = "- test: {url: /x, method: POST, retry: {max_retries: 2, backoff_base: 0, methods: idempotent}}\n";
    let ran = run_text(&format!("http://127.0.0.1:{port}"), suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("failed after 3 attempts"), "{ran:#?}");
}

#[test]
fn a_budget_bounds_the_retries_of_the_whole_run() {
    let api = sample();
    let suite = "- config: {retry: {max_retries: 3, backoff_base: 0}, retry_budget: {ratio: 50%, min_retries: 2}}\n"
        .to_owned()
        + &"- url: /status/503\n".repeat(6);
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let words = ["s.yaml", "--report-json", "r.json", "--report-prom", "r.prom", "--report-junit", "r.xml"];
    let ran = folder.resttest().arg(api.url()).args(words).finish().exits(6);
    // Two from the beginning, and half a one for each of six.
    assert_eq!(api.requests(), 6 + 5, "{ran:#?}");
    assert!(ran.stderr.contains("; retry budget used up"), "{ran:#?}");
    assert_eq!(ran.stderr.matches("WARNING:retry budget used up after 2 retries").count(), 1, "{ran:#?}");
    let report = json(&folder, "r.json");
    assert_eq!(report["budget"], serde_json::json!({"granted": 5, "refused": 6}), "{report}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    assert!(read("r.prom").contains("resttest_retries_refused{suite=\"s.yaml\"} 6\n"));
    assert!(read("r.xml").contains("<property name=\"retry_budget\" value=\"5 granted, 6 refused\"/>"));
    let retried = |words: &[&str], requests: u64| {
        let api = sample();
        let suite = "- url: /status/503\n".repeat(20);
        run_text(&api.url(), &suite, ["--max-retries", "9", "--retry-backoff-base", "0"].iter().chain(words)).exits(20);
        assert_eq!(api.requests(), requests, "{words:?}");
    };
    retried(&["--retry-budget", "0"], 20 + 10);
    retried(&["--retry-budget", "20%"], 20 + 14);
}

#[test]
fn a_load_run_waits_for_an_origin_that_is_away_or_ends_with_what_it_has() {
    for mode in ["sync", "async"] {
        let server = Promised::new(21, |number, _| {
            Answer::Full(if (4..7).contains(&number) { 503 } else { 200 }, "", String::new())
        });
        let load = format!("performance: {{repeat: 21, concurrency: 1, mode: {mode}}}");
        let suite =
            format!("- config: {{circuit_breaker: {{failures: 3, reset: 0.5}}}}\n- test: {{url: /x, {load}}}\n");
        let started = Instant::now();
        let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
        assert!(started.elapsed() >= Duration::from_millis(500), "{mode}: {ran:#?}");
        let doubt = format!("the circuit of {} was open: nothing was sent meanwhile", server.url());
        assert!(ran.stdout.contains(&doubt), "{mode}: {ran:#?}");
        assert!(ran.stdout.contains("passed: 18\n") && ran.stdout.contains("failed: 3\n"), "{mode}: {ran:#?}");

        let server = Promised::new(3, |_, _| Answer::Full(503, "", String::new()));
        let suite = suite.replace("reset: 0.5", "reset: 0").replace("repeat: 21", "repeat: 1000");
        let folder = Folder::new();
        folder.file("s.yaml", &suite);
        let words = ["s.yaml", "--report-json", "r.json"];
        let ran = folder.resttest().arg(server.url()).args(words).finish().exits(1);
        let report = json(&folder, "r.json");
        let test = &report["suites"][0]["tests"][0];
        assert_eq!((&test["result"], &test["load"]["total"]), (&"errored".into(), &3.into()), "{mode}: {test}");
        assert!(ran.stderr.contains("(status 503), not asked again in this run"), "{mode}: {ran:#?}");
    }
}

#[test]
fn half_open_sends_one_probe_at_a_time_from_fifty_connections() {
    for mode in ["sync", "async"] {
        let (under_way, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let highest = most.clone();
        let server = Promised::new(64, move |number, _| {
            match number {
                // These are under way when the breaker opens: four of fifty were answered before it did.
                0..54 => std::thread::sleep(Duration::from_millis(300)),
                54..=57 => {
                    highest.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(120));
                    under_way.fetch_sub(1, Ordering::SeqCst);
                }
                _ => {}
            }
            Answer::Full(if number < 57 { 503 } else { 200 }, "", String::new())
        });
        let load = format!("performance: {{repeat: 64, concurrency: 50, mode: {mode}}}");
        let suite =
            format!("- config: {{circuit_breaker: {{failures: 5, reset: 0.3}}}}\n- test: {{url: /x, {load}}}\n");
        let ran = run_text(&server.url(), &suite, PLAIN).exits(1);
        assert_eq!(most.load(Ordering::SeqCst), 1, "{mode}");
        assert!(ran.stdout.contains("passed: 7\n"), "{mode}: {ran:#?}");
    }
}

#[test]
fn sends_of_one_request_have_one_key_and_requests_have_their_own() {
    let keys: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = keys.clone();
    let server = Promised::new(4, move |number, request| {
        let key = request.header("x-key").unwrap_or_default().to_owned();
        seen.lock().expect("no poison").push(key);
        Answer::Full(if number % 2 == 0 { 503 } else { 200 }, "", String::new())
    });
    let retry = "retry: {max_retries: 1, backoff_base: 0, idempotency_key: {header: X-Key, quoted: true}}";
    let suite = format!("- test: {{url: /a, method: POST, {retry}}}\n- test: {{url: /b, method: POST, {retry}}}\n");
    let ran = run_text(&server.url(), &suite, ["--seed", "1"]).exits(0);
    assert!(!ran.stderr.contains("which may do its work twice"), "{ran:#?}");
    let keys = keys.lock().expect("no poison").clone();
    assert!(keys[0] == keys[1] && keys[2] == keys[3] && keys[1] != keys[2], "{keys:?}");
    assert!(keys[0].len() == 38 && keys[0].starts_with('"') && keys[0].as_bytes()[15] == b'4', "{keys:?}");
    for mode in ["sync", "async"] {
        let keys: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = keys.clone();
        let server = Promised::new(6, move |number, request| {
            let key = request.header("idempotency-key").unwrap_or_default().to_owned();
            seen.lock().expect("no poison").push(key);
            Answer::Full(if number % 2 == 0 { 503 } else { 200 }, "", String::new())
        });
        let load = format!("performance: {{repeat: 3, concurrency: 1, mode: {mode}}}");
        let retry = "retry: {max_retries: 1, backoff_base: 0, idempotency_key: true}";
        run_text(&server.url(), &format!("- test: {{url: /a, {load}, {retry}}}\n"), PLAIN).exits(0);
        let keys = keys.lock().expect("no poison").clone();
        for pair in keys.chunks(2) {
            assert!(pair[0] == pair[1] && pair[0].len() == 36, "{mode}: {keys:?}");
        }
        assert!(keys[1] != keys[2] && keys[3] != keys[4], "{mode}: {keys:?}");
    }
}

#[test]
fn jitter_repeats_with_the_seed_and_says_what_it_drew() {
    let waits = |words: &[&str]| {
        let api = sample();
        let retry = "retry: {max_retries: 3, backoff_base: 0.02, jitter: full}";
        let suite = format!("- test: {{name: J, url: /status/503, {retry}}}\n");
        let ran = run_text(&api.url(), &suite, ["--log", "info"].iter().chain(words)).exits(1);
        assert!(
            ran.stderr.contains(" s) (full jitter of 0.02 s)\n") || ran.stderr.contains("s (full jitter of 0.02 s)\n")
        );
        assert!(ran.stderr.contains("INFO:waits before retries are drawn from seed "), "{ran:#?}");
        let delays = ran.stderr.lines().filter_map(|line| line.split_once(" delay=")).map(|(_, wait)| wait.to_owned());
        delays.collect::<Vec<String>>()
    };
    let first = waits(&["--seed", "7"]);
    assert_eq!(first.len(), 3);
    assert_eq!(first, waits(&["--seed", "7"]));
    assert_ne!(first, waits(&["--seed", "8"]));
}

#[test]
fn explain_and_lint_know_all_of_it() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- config:\n    retry: {jitter: equal, retry_after_max: 90, max_elapsed: 10, policies: {429: {backoff_base: 1}}}\n    \
         retry_budget: {ratio: 0.1}\n    circuit_breaker: {reset: 0}\n- test: {name: T, url: /x}\n",
    );
    let words = ["explain", "http://h", "s.yaml", "--circuit-breaker", "3", "--retry-max-time", "8"];
    let told = folder.resttest().args(words).finish().exits(0).stdout;
    for line in [
        "    jitter equal (s.yaml:2)\n",
        "    retry_after_max 90 s (s.yaml:2)\n",
        "    max_elapsed 8 s (--retry-max-time)\n",
        "    retry_policies 429: backoff_base 1 s (s.yaml:2)\n",
        "    retry_errors resolve connect timeout disconnected (default)\n",
        "    retry_budget ratio 10 % (s.yaml:3)\n",
        "    circuit_breaker failures 3 (--circuit-breaker)\n",
        "    circuit_breaker reset never (s.yaml:4)\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let told = folder.resttest().args(["lint", "s.yaml"]).finish();
    let all = format!("{}{}", told.stdout, told.stderr);
    assert!(all.contains("retry_after_max of 90 s is more than max_elapsed of 10 s"), "{all}");
    assert!(all.contains("retry_budget without retries"), "{all}");
}

#[test]
fn each_suite_is_held_to_the_rate_of_retries_and_named() {
    let api = sample();
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /status/200\n".repeat(20));
    folder.file("b.yaml", "- test: {url: /flaky/rate/1/503, retry: {max_retries: 1, backoff_base: 0}}\n");
    let words = ["--tests", "a.yaml,b.yaml", "--max-retry-rate", "10"];
    let ran = folder.resttest().arg(api.url()).args(words).finish().exits(1);
    let told = "the retry rate of b.yaml is 100.0 % (1 retries of 1 requests), above --max-retry-rate 10 %";
    assert!(ran.stderr.contains(told) && !ran.stderr.contains("the retry rate is"), "{ran:#?}");
}

#[test]
fn attempts_of_load_runs_are_a_hundred_lines_and_a_count() {
    let api = sample();
    let load = "performance: {repeat: 80, concurrency: 4}, retry: {max_retries: 1, backoff_base: 0}";
    let suite = format!("- test: {{name: L, url: /status/503, {load}}}\n");
    let ran = run_text(&api.url(), &suite, ["--log", "debug"]).exits(1);
    assert_eq!(ran.stderr.matches("DEBUG:L: attempt ").count(), 100, "{ran:#?}");
    assert!(ran.stderr.contains("DEBUG:L: 60 more attempts of requests that were sent again\n"), "{ran:#?}");
}

#[test]
fn budgets_and_breakers_of_a_runner_configuration_hold_for_all_its_suites() {
    let api = sample();
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /status/503\n- url: /status/503\n");
    folder.file("b.yaml", "- url: /status/503\n");
    folder.file(
        "c.json",
        format!(
            "{{\"global_settings\": {{\"base_url\": \"{}\", \"retry\": {{\"max_retries\": 4, \"backoff_base\": 0}}, \
             \"retry_budget\": {{\"ratio\": 0, \"min_retries\": 3}}}}, \"test_suites\": [{{\"name\": \"A\", \"files\": \
             [\"a.yaml\"]}}, {{\"name\": \"B\", \"files\": [\"b.yaml\"]}}]}}",
            api.url()
        ),
    );
    folder.resttest().args(["--config", "c.json"]).finish().exits(3);
    assert_eq!(api.requests(), 3 + 3);
}
