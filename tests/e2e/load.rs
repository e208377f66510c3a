//! Load runs: counts that agree with the server's to the request, in both modes.

use std::time::{Duration, Instant};

use crate::support::{Answer, Figures, Folder, PLAIN, Promised, Ran, run_text, sample, signal, wait_until};
use crate::support::{Finish as _, SampleApi};

const MODES: [&str; 2] = ["sync", "async"];

/// A suite of one test with a `performance:` block.
fn performance(url: &str, mode: &str, more: &str) -> String {
    format!("- test: {{name: L, url: '{url}', performance: {{mode: {mode}, {more}}}}}\n")
}

fn run(api: &SampleApi, suite: &str) -> Ran {
    run_text(&api.url(), suite, PLAIN)
}

#[test]
fn counts_agree_with_the_server_and_connections_stay_below_the_concurrency() {
    for mode in MODES {
        for (repeat, concurrency, warmup) in [(1, 1, 0), (100, 1, 3), (100, 7, 5), (3, 8, 0), (1000, 20, 40)] {
            let api = sample();
            let block = format!("repeat: {repeat}, concurrency: {concurrency}, warmup: {warmup}");
            let ran = run(&api, &performance("/status/200", mode, &block)).exits(0);
            let figures = Figures::of(&ran);
            assert_eq!(figures.counts(), [f64::from(repeat), f64::from(repeat), 0.0, 0.0], "{mode} {block}");
            assert_eq!(api.requests(), repeat as u64 + warmup, "{mode} {block}");
            assert!(api.connections() <= concurrency, "{mode} {block}: {} connections", api.connections());
            assert!(api.max_in_flight() as u64 <= concurrency, "{mode} {block}: {}", api.max_in_flight());
            let opened = format!("{} opened, {concurrency} at a time", api.connections());
            assert_eq!(figures.text("connections"), opened, "{mode} {block}");
            assert_eq!(figures.text("statuses"), format!("200: {repeat}"), "{mode} {block}");
        }
    }
}

#[test]
fn concurrency_is_reached_and_the_command_line_replaces_it_up_and_down() {
    for mode in MODES {
        for (file, flag, least, most) in [("6", None, 2, 6), ("8", Some("2"), 1, 2), ("1", Some("6"), 2, 6)] {
            let api = sample();
            let block = format!("repeat: 36, concurrency: {file}");
            let words: Vec<&str> = flag.map_or(vec![], |flag| vec!["--max-concurrency", flag]);
            let ran = run_text(&api.url(), &performance("/slow/30", mode, &block), words).exits(0);
            let seen = api.max_in_flight();
            assert!((least..=most).contains(&seen), "{mode} {file} {flag:?}: {seen} in flight");
            assert!(api.connections() <= most as u64, "{mode} {file} {flag:?}");
            assert_eq!(Figures::of(&ran).number("total"), 36.0);
        }
    }
}

#[test]
fn concurrency_defaults_to_1_in_sync_and_10_in_async_mode() {
    for (mode, most) in [("sync", "1"), ("async", "10")] {
        let api = sample();
        let ran = run(&api, &performance("/status/200", mode, "repeat: 30")).exits(0);
        let text = Figures::of(&ran).text("connections").to_owned();
        assert!(text.ends_with(&format!(" {most} at a time")), "{mode}: {text}");
        assert!(api.connections() <= 10);
    }
}

#[test]
fn everything_that_a_test_has_works_in_a_load_run() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        folder.file("body.json", "{\"n\": $n}");
        folder.file(
            "s.yaml",
            format!(
                "
- config: {{generators: {{n: {{type: number_sequence}}}}, variable_binds: {{word: hello}}}}
- test:
    - name: L
    - url: {{template: '/echo/$word/$n'}}
    - method: PUT
    - variable_binds: {{word: bye}}
    - generator_binds: {{n: n}}
    - headers: {{template: {{X-Number: $n}}}}
    - body: {{template: {{file: body.json}}}}
    - auth_username: gaius
    - auth_password: six
    - curl_option_useragent: tester
    - curl_option_cookie: 'a=b'
    - validators:
        - compare: {{jsonpath_mini: json.n, comparator: str_eq, expected: {{template: $n}}}}
        - compare: {{header: content-type, comparator: contains, expected: json}}
    - performance: {{mode: {mode}, repeat: 60, concurrency: 5}}
"
            ),
        );
        let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
        assert_eq!(Figures::of(&ran).counts(), [60.0, 60.0, 0.0, 0.0], "{ran:#?}");
        let mut numbers: Vec<u32> = Vec::new();
        for request in api.log() {
            let number = request.path.strip_prefix("/echo/bye/").expect("the bound word").to_owned();
            assert_eq!(request.header("x-number"), Some(number.as_str()));
            assert_eq!(String::from_utf8_lossy(&request.body), format!("{{\"n\": {number}}}"));
            assert_eq!(request.header("authorization"), Some("Basic Z2FpdXM6c2l4"));
            assert_eq!((request.header("user-agent"), request.header("cookie")), (Some("tester"), Some("a=b")));
            assert_eq!(request.method, "PUT");
            numbers.push(number.parse().expect("a number"));
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=60).collect::<Vec<_>>(), "{mode}: a generator steps once a request");
    }
}

#[test]
fn redirects_are_followed_where_the_test_says_so() {
    for mode in MODES {
        let api = sample();
        let suite = format!(
            "- test: {{url: /redirect/2, curl_option_followlocation: true, performance: {{mode: {mode}, repeat: 10, concurrency: 3}}}}"
        );
        let ran = run(&api, &suite).exits(0);
        assert_eq!(Figures::of(&ran).text("statuses"), "200: 10");
        assert_eq!(api.requests(), 30, "{mode}");
        assert!(api.connections() <= 3, "{mode}: {}", api.connections());
    }
}

#[test]
fn a_wrong_status_and_a_failed_validator_count_as_failed() {
    for mode in MODES {
        let api = sample();
        let ran = run(&api, &performance("/flaky/s/7/404", mode, "repeat: 20, concurrency: 3")).exits(1);
        let figures = Figures::of(&ran);
        assert_eq!(figures.counts(), [20.0, 13.0, 7.0, 0.0], "{mode}");
        assert_eq!(figures.text("statuses"), "200: 13, 404: 7");
        assert!(ran.stderr.contains("7 of 20 requests failed: 7 x status 404"), "{ran:#?}");

        let suite = format!(
            "- test: {{url: /counter/v, validators: [compare: {{jsonpath_mini: hit, comparator: le, expected: 30}}], \
             performance: {{mode: {mode}, repeat: 50, concurrency: 4}}}}"
        );
        let ran = run(&api, &suite).exits(1);
        assert_eq!(Figures::of(&ran).counts(), [50.0, 30.0, 20.0, 0.0], "{mode}");
        assert!(ran.stderr.contains("20 of 50 requests failed"), "{ran:#?}");
    }
}

#[test]
fn retries_are_counted_and_no_request_is_sent_beyond_them() {
    for mode in MODES {
        let api = sample();
        let retry = "retry: {max_retries: 3, backoff_base: 0.01}";
        let ran = run(&api, &performance("/flaky/r/3/503", mode, &format!("repeat: 20, concurrency: 4, {retry}")));
        let figures = Figures::of(&ran.exits(0));
        assert_eq!(figures.counts(), [20.0, 20.0, 0.0, 3.0], "{mode}");
        assert_eq!(figures.number("avg_retries_per_request"), 0.15);
        assert_eq!(api.requests(), 23);

        let api = sample();
        let block = "repeat: 5, concurrency: 2, retry: {max_retries: 2, backoff_base: 0.01}";
        let ran = run(&api, &performance("/status/503", mode, block)).exits(1);
        assert_eq!(Figures::of(&ran).counts(), [5.0, 0.0, 5.0, 10.0], "{mode}");
        assert_eq!(api.requests(), 15);

        // Of the layers the command line is the strongest, also with 0.
        let api = sample();
        run_text(&api.url(), &performance("/status/503", mode, block), ["--max-retries", "0"]).exits(1);
        assert_eq!(api.requests(), 5);

        // Without answers: every send of a request is one connection, and all are counted.
        let server = Promised::new(12, |_, _| Answer::Nothing);
        let block = "repeat: 4, concurrency: 2, retry: {max_retries: 2, backoff_base: 0.01}";
        let ran = run_text(&server.url(), &performance("/x", mode, block), PLAIN).exits(1);
        let figures = Figures::of(&ran);
        assert_eq!(figures.counts(), [4.0, 0.0, 4.0, 8.0], "{mode}");
        assert_eq!((figures.text("errors"), figures.text("min_ms")), ("disconnected: 4", "-"));
        assert_eq!(server.connections(), 12);
    }
}

#[test]
fn a_wait_before_a_retry_is_the_backoff_of_its_request() {
    for mode in MODES {
        let api = sample();
        let block = "repeat: 1, retry: {max_retries: 3, backoff_base: 0.1, backoff_max: 0.2}";
        let started = Instant::now();
        let ran = run(&api, &performance("/flaky/w/3/503", mode, block)).exits(0);
        // 0.1 + 0.2 + 0.2, and none of it in the sample: that is the last exchange.
        assert!(started.elapsed() >= Duration::from_millis(500), "{mode}");
        assert!(Figures::of(&ran).number("max_ms") < 200.0, "{mode}: {ran:#?}");
    }
}

#[test]
fn a_repeated_post_is_warned_of_once_a_run() {
    for mode in MODES {
        let api = sample();
        let suite = format!(
            "- test: {{url: /flaky/p/4/503, method: POST, performance: {{mode: {mode}, repeat: 10, retry: {{max_retries: 4, backoff_base: 0}}}}}}"
        );
        let ran = run_text(&api.url(), &suite, ["--log", "info"]).exits(0);
        assert_eq!(ran.stderr.matches("WARNING:Unnamed: a POST is repeated").count(), 1, "{ran:#?}");
        assert!(ran.stderr.contains("INFO:Unnamed: 4 retries for 10 requests"), "{ran:#?}");
    }
}

#[test]
fn a_timeout_bounds_each_request() {
    for mode in MODES {
        let api = sample();
        let started = Instant::now();
        let ran = run(&api, &performance("/slow/60000", mode, "repeat: 4, concurrency: 4, timeout: 0.3")).exits(1);
        assert!(started.elapsed() < Duration::from_secs(20), "{mode}: {:?}", started.elapsed());
        let figures = Figures::of(&ran);
        assert_eq!(figures.text("errors"), "timeout: 4");
        assert!(ran.stderr.contains("no complete answer within 0.3 s"), "{ran:#?}");
        assert_eq!(["min_ms", "avg_ms", "max_ms", "p50_ms"].map(|name| figures.text(name)[..1].to_owned()), ["-"; 4]);
        assert_eq!(api.requests(), 4);
    }
}

#[test]
fn requests_without_an_answer_are_in_no_time() {
    for mode in MODES {
        let server = Promised::new(6, |number, _| {
            if number % 2 == 0 {
                return Answer::Nothing;
            }
            std::thread::sleep(Duration::from_millis(60));
            Answer::ok("{}")
        });
        let ran = run_text(&server.url(), &performance("/x", mode, "repeat: 6, concurrency: 1"), PLAIN).exits(1);
        let figures = Figures::of(&ran);
        assert_eq!(figures.counts(), [6.0, 3.0, 3.0, 0.0], "{mode}");
        assert!(figures.number("min_ms") >= 60.0 && figures.number("avg_ms") >= 60.0, "{figures:#?}");
    }
}

#[test]
fn a_response_time_is_neither_less_nor_much_more_than_the_servers() {
    for mode in MODES {
        let api = sample();
        let ran = run(&api, &performance("/slow/20", mode, "repeat: 20, concurrency: 2, warmup: 2")).exits(0);
        let figures = Figures::of(&ran);
        assert!(figures.number("min_ms") >= 20.0, "{figures:#?}");
        assert!(figures.number("p50_ms") < 200.0, "{figures:#?}");
        let ordered = ["min_ms", "p50_ms", "p90_ms", "max_ms"].map(|name| {
            figures.text(name).split(' ').next().and_then(|number| number.parse::<f64>().ok()).expect("a number")
        });
        assert!(ordered.is_sorted(), "{figures:#?}");
    }
}

#[test]
fn a_duration_limits_the_run_and_every_request_is_counted() {
    for mode in MODES {
        let api = sample();
        let started = Instant::now();
        let ran = run(&api, &performance("/slow/5", mode, "duration: 400ms, concurrency: 3")).exits(0);
        assert!(started.elapsed() >= Duration::from_millis(400), "{mode}");
        assert!(started.elapsed() < Duration::from_secs(20), "{mode}: {:?}", started.elapsed());
        let total = Figures::of(&ran).number("total");
        assert!(total >= 3.0, "{mode}: {total}");
        assert_eq!(total as u64, api.requests(), "{mode}");
    }
}

#[test]
fn a_rate_is_kept_by_count_and_by_time() {
    let api = sample();
    let ran = run(&api, &performance("/status/200", "async", "duration: 2, rate: 100, concurrency: 10")).exits(0);
    let figures = Figures::of(&ran);
    let total = figures.number("total");
    assert!((196.0..=200.0).contains(&total), "{figures:#?}");
    assert_eq!(total as u64, api.requests());
    assert!(figures.number("wall_time_sec") >= 1.96, "{figures:#?}");

    let api = sample();
    let ran = run(&api, &performance("/status/200", "async", "repeat: 101, rate: 100")).exits(0);
    assert_eq!(api.requests(), 101);
    // The last one is due after a second.
    let wall = Figures::of(&ran).number("wall_time_sec");
    assert!((1.0..10.0).contains(&wall), "{wall}");
}

#[test]
fn a_server_that_cannot_keep_up_is_seen_in_the_times_and_in_the_verdict() {
    // Twenty requests are due within 0.2 s, two at a time take 0.3 s: the last one waits for almost 3 s.
    let api = sample();
    let ran = run(&api, &performance("/slow/300", "async", "repeat: 20, rate: 100, concurrency: 2")).exits(0);
    let figures = Figures::of(&ran);
    assert!(figures.number("max_ms") >= 2700.0, "{figures:#?}");
    assert!(figures.number("min_ms") >= 300.0, "{figures:#?}");
    assert!(api.max_in_flight() <= 2 && api.connections() <= 2);
    assert!(figures.text("verdict").starts_with("suspect ("), "{figures:#?}");
    assert!(figures.text("verdict").contains("requests a second were reached of 100.0 asked for"), "{figures:#?}");
    // A duration ends all the same, and what was never sent is missed in the verdict.
    let api = sample();
    let block = "duration: 500ms, rate: 100, concurrency: 1";
    let ran = run(&api, &performance("/slow/400", "async", block)).exits(0);
    let figures = Figures::of(&ran);
    assert!(figures.number("total") <= 3.0, "{figures:#?}");
    assert_eq!(figures.number("total") as u64, api.requests());
    assert!(figures.text("verdict").contains("of 100.0 asked for"), "{figures:#?}");
}

#[test]
fn thresholds_fail_the_test_and_threshold_ms_only_warns() {
    for mode in MODES {
        let api = sample();
        let kept = "repeat: 10, thresholds: ['p(95)<5000', 'failed<1%', 'count==10', 'rps>0.1', 'retries==0']";
        run(&api, &performance("/status/200", mode, kept)).exits(0);
        let missed = "repeat: 10, thresholds: ['avg<1', 'count>=10']";
        let ran = run(&api, &performance("/slow/20", mode, missed)).exits(1);
        assert!(ran.stderr.contains("threshold avg<1 missed"), "{ran:#?}");
        assert!(!ran.stderr.contains("count>=10 missed"), "{ran:#?}");
        // No samples is a miss, even of a bound that nothing could exceed.
        let ran =
            run_text("http://127.0.0.1:1", &performance("/", mode, "repeat: 2, thresholds: ['max<1000000']"), PLAIN);
        assert!(ran.exits(1).stderr.contains("threshold max<1000000 missed"));
        let ran = run(&api, &performance("/slow/20", mode, "repeat: 10, threshold_ms: 5")).exits(0);
        assert_eq!(Figures::of(&ran).number("threshold_exceeded"), 10.0);
        assert!(ran.stderr.contains("WARNING:L: 10 of 10 requests took longer than threshold_ms"), "{ran:#?}");
        let ran = run(&api, &performance("/slow/20", mode, "repeat: 2, threshold_ms: 60000")).exits(0);
        assert!(!ran.stderr.contains("threshold_ms"), "{ran:#?}");
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Report {
    total: u64,
    passed: u64,
    failed: u64,
    min_ms: f64,
    max_ms: f64,
    avg_ms: f64,
    wall_time_sec: f64,
    rps: f64,
    total_retries: u64,
    avg_retries_per_request: f64,
    threshold_exceeded: u64,
    p50: f64,
    p90: f64,
    p95: f64,
    p99: f64,
    #[serde(rename = "p99.9")]
    p99_9: f64,
    statuses: std::collections::BTreeMap<String, u64>,
    errors: std::collections::BTreeMap<String, u64>,
    bytes_received: u64,
    bytes_sent: u64,
    connections: u64,
    verdict: String,
    doubts: Vec<String>,
    notes: Vec<String>,
    attempts_rps: f64,
    seconds: Vec<serde_json::Value>,
}

#[test]
fn the_files_have_the_promised_keys_in_their_order() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        let block = "repeat: 10, threshold_ms: 60000, metrics: [{percentiles: [99.9]}]";
        let suite = performance("/status/200", mode, &format!("{block}, output_file: a/b/load.json"))
            + &performance("/status/200", mode, &format!("{block}, output_file: load.csv, output_format: csv"));
        folder.file("s.yaml", suite);
        folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
        let json = std::fs::read_to_string(folder.path().join("a/b/load.json")).expect("the report");
        let report: Report = serde_json::from_str(&json).expect("the promised keys");
        assert_eq!((report.total, report.passed, report.failed, report.threshold_exceeded), (10, 10, 0, 0));
        assert_eq!((report.statuses["200"], report.bytes_received), (10, 140));
        let csv = std::fs::read_to_string(folder.path().join("load.csv")).expect("the report");
        assert!(csv.starts_with("metric,value\r\ntotal,10\r\npassed,10\r\nfailed,0\r\nmin_ms,"), "{csv}");
        let names: Vec<&str> = csv.lines().filter_map(|line| line.split(',').next()).collect();
        assert!(names.contains(&"p99.9") && names.contains(&"second_0_p99_ms"), "{csv}");
        assert!(csv.contains("second_0_requests,10\r\n"), "{csv}");
    }
}

#[test]
fn what_a_load_run_extracts_is_there_for_the_next_test() {
    for mode in MODES {
        // More workers than requests: some of them send nothing, and have nothing to leave.
        for (repeat, concurrency) in [(1, 10), (12, 10), (5, 1)] {
            let api = sample();
            let suite = format!(
                "- test: {{url: /counter/x, variable_binds: {{word: kept}}, extract_binds: {{id: {{jsonpath_mini: hit}}}}, \
                 performance: {{mode: {mode}, repeat: {repeat}, concurrency: {concurrency}}}}}\n\
                 - test: {{url: {{template: '/echo/$word/$id'}}, validators: [compare: {{jsonpath_mini: path, comparator: regex, expected: '^/echo/kept/[0-9]+$'}}]}}\n"
            );
            run(&api, &suite).exits(0);
        }
    }
}

#[test]
fn an_interrupt_prints_what_there_is_even_if_requests_hang() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        // The first twenty answers come, then two requests hang.
        let server = Promised::new(22, |number, _| {
            if number >= 20 {
                std::thread::sleep(Duration::from_secs(60));
            }
            Answer::ok("{}")
        });
        let block = "repeat: 1000, concurrency: 2, timeout: 100, output_file: out.json";
        folder.file("s.yaml", performance("/x", mode, block));
        let child = folder.resttest().args([&server.url(), "s.yaml"]).spawn().expect("a child");
        wait_until("the hanging requests", || server.requests() == 22);
        let started = Instant::now();
        signal(&child, "INT");
        let ran = Ran::from(child.wait_with_output().expect("an end")).exits(130);
        assert!(started.elapsed() < Duration::from_secs(20), "{mode}: {:?}", started.elapsed());
        assert!(ran.stderr.contains("interrupted while \""), "{mode}: {}", ran.stderr);
        let figures = Figures::of(&ran);
        assert_eq!(figures.counts(), [20.0, 20.0, 0.0, 0.0], "{mode}");
        assert!(figures.text("verdict").contains("stopped before its end"), "{figures:#?}");
        let json = std::fs::read_to_string(folder.path().join("out.json")).expect("the report");
        assert!(json.contains("\"total\": 20"), "{json}");
        drop(api);
    }
}

#[test]
fn an_interrupt_of_the_parent_alone_prints_what_parallel_suites_have() {
    let api = sample();
    let folder = Folder::new();
    for name in ["a", "b"] {
        let block = format!("duration: 60s, concurrency: 2, output_file: {name}.json");
        folder.file(&format!("{name}.yaml"), performance("/slow/5", "sync", &block));
    }
    let words = [&*api.url(), "a.yaml", "b.yaml", "--parallel-suites", "2"];
    let child = folder.resttest().args(words).spawn().expect("a child");
    wait_until("requests of both suites", || api.requests() > 40);
    signal(&child, "INT");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(130);
    assert_eq!(ran.stdout.matches("=== PERFORMANCE SUMMARY ===").count(), 2, "{ran:#?}");
    assert!(!ran.stderr.contains("was ended"), "{ran:#?}");
    for name in ["a.json", "b.json"] {
        let json = std::fs::read_to_string(folder.path().join(name)).expect("the figures");
        assert!(json.contains("\"failed\": 0"), "{json}");
    }
}

#[test]
fn an_interrupt_while_warming_up_ends_the_run_too() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        folder.file("s.yaml", performance("/slow/60000", mode, "repeat: 5, warmup: 5, concurrency: 1, timeout: 100"));
        let child = folder.resttest().args([&api.url(), "s.yaml"]).spawn().expect("a child");
        wait_until("the hanging request", || api.requests() == 1);
        signal(&child, "TERM");
        let ran = Ran::from(child.wait_with_output().expect("an end")).exits(143);
        assert_eq!(Figures::of(&ran).number("total"), 0.0, "{mode}");
        assert_eq!(api.requests(), 1);
    }
}

#[test]
fn a_second_interrupt_ends_at_once() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        folder.file("s.yaml", performance("/slow/60000", mode, "repeat: 5, concurrency: 2, timeout: 100"));
        let child = folder.resttest().args([&api.url(), "s.yaml"]).spawn().expect("a child");
        wait_until("the hanging requests", || api.requests() == 2);
        signal(&child, "INT");
        signal(&child, "INT");
        let started = Instant::now();
        Ran::from(child.wait_with_output().expect("an end")).exits(130);
        assert!(started.elapsed() < Duration::from_secs(20), "{mode}: {:?}", started.elapsed());
    }
}

#[test]
fn a_benchmark_with_later_keys_runs_without_metrics() {
    for mode in MODES {
        let api = sample();
        let suite = format!(
            "- benchmark: {{name: B, url: /slow/10, repeat: 12, concurrency: 3, mode: {mode}, timeout: 5, threshold_ms: 1, warmup_runs: 2}}\n"
        );
        let ran = run(&api, &suite).exits(0);
        assert_eq!(api.requests(), 14, "{mode}");
        assert!(api.connections() <= 3 && api.max_in_flight() <= 3, "{mode}");
        let first = ran.stdout.lines().next().unwrap_or_default();
        assert_eq!(first, r#"{"aggregates":[],"failures":0,"group":"Default","name":"B","results":{}}"#);
        let figures = Figures::of(&ran);
        assert_eq!((figures.number("total"), figures.number("threshold_exceeded")), (12.0, 12.0));
        assert!(ran.stderr.contains("threshold_ms"), "{ran:#?}");
    }
}

#[test]
fn a_benchmark_changes_the_exit_code_only_by_a_missed_threshold() {
    for mode in MODES {
        let api = sample();
        let suite = |more: &str| {
            format!(
                "- benchmark: {{url: /status/500, benchmark_runs: 6, warmup_runs: 0, mode: {mode}, metrics: {{total_time: mean}}{more}}}\n"
            )
        };
        let ran = run(&api, &suite("")).exits(0);
        assert_eq!(Figures::of(&ran).counts(), [6.0, 0.0, 6.0, 0.0]);
        assert!(ran.stdout.contains("\"failures\":0"), "{ran:#?}");
        run(&api, &suite(", thresholds: ['count==6']")).exits(0);
        let ran = run(&api, &suite(", thresholds: ['failed<1%']")).exits(1);
        assert!(ran.stderr.contains("threshold failed<1% missed"), "{ran:#?}");
        // Retries work as in a test.
        let before = api.requests();
        let ran = run(&api, &suite(", retry: {max_retries: 2, backoff_base: 0}")).exits(0);
        assert_eq!((api.requests() - before, Figures::of(&ran).number("total_retries")), (18, 12.0));
    }
}

#[test]
fn a_benchmarks_percentiles_are_in_its_json_and_csv() {
    let api = sample();
    let folder = Folder::new();
    let keys = "url: /status/200, repeat: 20, warmup_runs: 0, metrics: [{percentiles: [50, 95, 99.9]}, {p90: x}, size_download]";
    folder.file("s.yaml", format!("- benchmark: {{{keys}, output_file: b.csv, output_format: csv}}\n"));
    let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
    let json: serde_json::Value = serde_json::from_str(ran.stdout.lines().next().unwrap_or_default()).expect("JSON");
    let names: Vec<String> = json["aggregates"]
        .as_array()
        .expect("aggregates")
        .iter()
        .map(|row| {
            assert!(row[2].is_number(), "{row}");
            format!("{}/{}", row[0].as_str().unwrap_or(""), row[1].as_str().unwrap_or(""))
        })
        .collect();
    assert_eq!(names, ["total_time/p50", "total_time/p95", "total_time/p99.9", "total_time/p90"]);
    assert_eq!(json["results"]["size_download"].as_array().map(Vec::len), Some(20));
    let csv = std::fs::read_to_string(folder.path().join("b.csv")).expect("the report");
    assert!(csv.contains("total_time,p99.9,"), "{csv}");
}

#[test]
fn keys_that_do_nothing_are_named_with_what_was_meant() {
    let api = sample();
    let suite = "- benchmark: {url: /status/200, workers: 4, benchmark_runs: 1, warmup_runs: 0, metrics: [total_time]}\n\
                 - test: {url: /status/200, performance: {repeats: 2, workers: 3}}\n";
    let ran = run(&api, suite).exits(0);
    let told = |part: &str| assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
    told("suite.yaml:1:33: unknown key \"workers\" in a benchmark is ignored; did you mean \"concurrency\"?");
    told("unknown key \"repeats\" in performance is ignored; did you mean \"repeat\"?");
    told("unknown key \"workers\" in performance is ignored; did you mean \"concurrency\"?");
}

#[test]
fn a_delay_is_waited_once_before_the_run() {
    let api = sample();
    let suite = "- test: {url: /status/200, delay: 0.2, performance: {repeat: 50, concurrency: 2}}\n";
    let ran = run(&api, suite).exits(0);
    assert_eq!(ran.stdout.matches("Delaying for 0.2s").count(), 1);
    assert_eq!(api.requests(), 50);
}

#[test]
fn rps_is_by_the_wall_or_by_the_response() {
    let api = sample();
    for (mode, bound) in [("wall", 60.0), ("response", 26.0)] {
        let block = format!("repeat: 20, concurrency: 2, rps_mode: {mode}");
        let ran = run(&api, &performance("/slow/40", "sync", &block)).exits(0);
        let figures = Figures::of(&ran);
        assert!(figures.number("rps") < bound, "{mode}: {figures:#?}");
    }
}

#[test]
fn the_url_that_is_shown_was_sent() {
    for mode in MODES {
        let api = sample();
        let suite = format!(
            "- config: {{generators: {{g: {{type: number_sequence, start: 5}}}}}}\n\
             - test: {{url: {{template: /status/200?n=$n}}, generator_binds: {{n: g}}, performance: {{repeat: 3, concurrency: 1, mode: {mode}}}}}\n"
        );
        let ran = run(&api, &suite).exits(0);
        assert!(ran.stdout.contains(&format!("URL={}/status/200?n=7 |", api.url())), "{ran:#?}");
    }
}

#[test]
fn retries_of_load_runs_are_told_of() {
    for mode in MODES {
        let api = sample();
        let retry = format!("performance: {{repeat: 3, mode: {mode}, retry: {{max_retries: 1, backoff_base: 0}}}}");
        let suite = format!(
            "- test: {{name: Heals, url: /flaky/h{mode}/1/503, {retry}}}\n- test: {{name: Not, url: /status/503, {retry}}}\n"
        );
        let ran = run(&api, &suite).exits(1);
        assert!(ran.stderr.contains("WARNING:Heals: 1 of 3 requests passed only after a retry\n"), "{ran:#?}");
        assert!(ran.stderr.contains("ERROR:Retries exhausted: Not: 3 of 3 requests\n"), "{ran:#?}");
        assert!(!ran.stderr.contains("exhausted: Heals"), "{ran:#?}");
    }
}

#[test]
fn a_stop_counts_what_was_under_way() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        folder.file("s.yaml", performance("/slow/60000", mode, "repeat: 50, concurrency: 3, timeout: 100"));
        let child = folder.resttest().args([&*api.url(), "s.yaml"]).spawn().expect("a child");
        wait_until("the hanging requests", || api.requests() == 3);
        signal(&child, "INT");
        let ran = Ran::from(child.wait_with_output().expect("an end")).exits(130);
        let verdict = Figures::of(&ran).text("verdict").to_owned();
        assert!(verdict.contains("3 requests that were under way are not counted"), "{verdict}");
        assert!(ran.stderr.contains("no request was finished"), "{ran:#?}");
    }
}

#[test]
fn counts_of_ours_are_whole() {
    for (key, value) in
        [("repeat", "1.5"), ("repeat", "true"), ("warmup", "1.5"), ("concurrency", "2.5"), ("rate", "0.0001")]
    {
        let api = sample();
        let ran = run(&api, &performance("/status/200", "async", &format!("{key}: {value}"))).exits(65);
        assert!(ran.stderr.contains(&format!("{key} must be")), "{ran:#?}");
    }
    for block in ["concurrency: 2, max_concurrency: 3", "thresholds: ['failed<-1%']", "retry: {methods: ['FOO BAR']}"] {
        let api = sample();
        run(&api, &performance("/status/200", "sync", block)).exits(65);
        assert_eq!(api.requests(), 0, "{block}");
    }
}

#[test]
fn every_request_due_before_the_end_of_an_open_run_is_sent() {
    // All connections are held up shortly before the end: what is due then is late, and sent all the same.
    let server = Promised::new(200, |number, _| {
        if (190..194).contains(&number) {
            std::thread::sleep(Duration::from_millis(200));
        }
        Answer::ok("")
    });
    let suite = performance("/x", "async", "rate: 200, concurrency: 4, duration: 1s");
    let figures = Figures::of(&run_text(&server.url(), &suite, PLAIN).exits(0));
    assert_eq!(figures.number("total"), 200.0, "{figures:#?}");
}

#[test]
fn a_server_that_hangs_costs_no_memory_however_high_the_rate() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let folder = Folder::new();
    let block = "rate: 1000000, concurrency: 10, duration: 2s, timeout: 1";
    folder.file("s.yaml", performance("/x", "async", block));
    let mut child = folder.resttest().args([&url, "s.yaml"]).spawn().expect("a child");
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|kib| kib.parse().ok());
        peak = kib.unwrap_or(peak).max(peak);
        std::thread::sleep(Duration::from_millis(10));
    }
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(1);
    // Most of it is the program's own pages: a debug build has many. A hit that is due and not sent must cost nothing.
    assert!((1..40 * 1024).contains(&peak), "{peak} KiB");
    assert_eq!(Figures::of(&ran).text("errors"), "timeout: 20");
    drop(listener);
}

#[test]
fn short_of_threads_both_modes_go_on_with_fewer_and_say_so() {
    use std::os::unix::fs::PermissionsExt;
    // The limit holds for users other than root, each with threads of their own to count.
    let is_root = std::process::Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !(is_root && crate::support::has_program("prlimit") && crate::support::has_program("setpriv")) {
        return;
    }
    let folder = Folder::new();
    let binary = folder.path().join("resttest");
    std::fs::copy(crate::support::binary(), &binary).expect("a copy");
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).expect("a folder for all");
    let api = sample();
    for (place, mode) in MODES.into_iter().enumerate() {
        folder.file("s.yaml", performance("/status/200", mode, "concurrency: 30, repeat: 60"));
        for limit in 1..=12 {
            let _ = std::fs::remove_file(folder.path().join("r.json"));
            let user = 61_000 + 100 * place + limit;
            let mut command = std::process::Command::new("prlimit");
            command.current_dir(folder.path()).arg(format!("--nproc={limit}:{limit}"));
            command.args(["setpriv", &format!("--reuid={user}"), "--regid=61000", "--clear-groups"]);
            command.arg(&binary).args([&api.url(), "s.yaml", "--report-json", "r.json"]);
            let ran = Ran::from(command.output().expect("prlimit"));
            assert!(matches!(ran.code, Some(0 | 1 | 70)), "{mode} {limit}: {ran:#?}");
            assert!(folder.path().join("r.json").exists(), "{mode} {limit}: {ran:#?}");
            if ran.code == Some(0) {
                let figures = Figures::of(&ran);
                assert_eq!(figures.counts(), [60.0, 60.0, 0.0, 0.0], "{mode} {limit}");
                // The loops of `async` are few, and one does the work of two.
                let few = figures.text("verdict").contains("of 30 threads could be started");
                assert!(few || mode == "async", "{mode} {limit}: {ran:#?}");
            }
            assert!(limit < 8 || ran.code == Some(0), "{mode} {limit}: {ran:#?}");
        }
    }
}
