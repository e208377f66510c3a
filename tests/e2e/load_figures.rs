//! What load runs say of themselves: the three times at a rate, seconds, answers apart from attempts, baselines.

use std::time::{Duration, Instant};

use crate::support::{Figures, Finish as _, Folder, PLAIN, binary, run_text, sample};

const MODES: [&str; 2] = ["sync", "async"];

fn performance(url: &str, mode: &str, more: &str) -> String {
    format!("- test: {{name: L, url: '{url}', performance: {{mode: {mode}, {more}}}}}\n")
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path().join(name)).expect("the report")
}

/// The load figures of the only test of a JSON report.
fn load_of(json: &str) -> serde_json::Value {
    let report: serde_json::Value = serde_json::from_str(json).expect("a report");
    assert_eq!(report["version"], 2);
    let suite = &report["suites"][0];
    let of = |kind: &str| suite[kind][0]["load"].clone();
    if of("tests").is_null() { of("benchmarks") } else { of("tests") }
}

#[test]
fn at_a_rate_three_times_are_told_apart_in_both_modes() {
    for mode in MODES {
        let api = sample();
        let folder = Folder::new();
        // Twenty a second on one connection of a server that takes a tenth of one: starts are later and later.
        let block = "repeat: 10, rate: 20, concurrency: 1, output_file: o.json";
        folder.file("s.yaml", performance("/slow/100", mode, block));
        let ran = folder.resttest().args([&api.url(), "s.yaml", "--report-json", "r.json"]).finish().exits(0);
        let figures = Figures::of(&ran);
        assert_eq!(figures.number("dropped"), 0.0);
        let load = load_of(&read(&folder, "r.json"));
        let (service, lag) = (&load["service_ms"], &load["start_lag_ms"]);
        let number = |value: &serde_json::Value| value.as_f64().expect("a number");
        assert!((95.0..200.0).contains(&number(&service["percentiles"]["50"])), "{load}");
        assert!(number(&lag["max"]) > 300.0 && number(&lag["min"]) < 60.0, "{load}");
        assert!(number(&load["max_ms"]) >= number(&lag["max"]) + 95.0, "{load}");
        let seconds = load["seconds"].as_array().expect("seconds");
        assert_eq!(seconds.iter().map(|second| second["requests"].as_u64().unwrap()).sum::<u64>(), 10);
        // Waiting for a connection is noted; it is no lateness of ours.
        assert!(ran.stdout.contains("note: requests waited up to") && !ran.stdout.contains("client was late"));
        let file: serde_json::Value = serde_json::from_str(&read(&folder, "o.json")).expect("the figures");
        assert!(file["service_p50_ms"].is_f64() && file["start_lag_max_ms"].is_f64() && file["dropped"] == 0);
    }
}

#[test]
fn refused_connections_are_no_requests_a_second() {
    for mode in MODES {
        let suite = performance("/", mode, "repeat: 500, concurrency: 10, thresholds: ['rps>1000']");
        let ran = run_text("http://127.0.0.1:1", &suite, PLAIN).exits(1);
        assert!(ran.stderr.contains("threshold rps>1000 missed: 0.0"), "{ran:#?}");
        let figures = Figures::of(&ran);
        assert_eq!(figures.number("rps"), 0.0);
        assert!(figures.number("attempts_rps") > 0.0);
    }
}

#[test]
fn a_plain_benchmark_says_what_answered() {
    let api = sample();
    let folder = Folder::new();
    let suite =
        "- benchmark: {name: B, url: /status/404, warmup_runs: 0, benchmark_runs: 7, metrics: {total_time: mean}}\n";
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--report-json", "r.json"]).finish().exits(0);
    assert!(
        ran.stderr.contains("WARNING:B: 7 of 7 requests were not answered as expected: 7 x status 404"),
        "{ran:#?}"
    );
    assert!(ran.stdout.contains("\"failures\":0") && !ran.stdout.contains("PERFORMANCE"), "{ran:#?}");
    let load = load_of(&read(&folder, "r.json"));
    assert_eq!((&load["statuses"]["404"], &load["passed"], &load["rps"]), (&7.into(), &0.into(), &0.0.into()));
}

#[test]
fn connections_grow_and_think() {
    for mode in MODES {
        let api = sample();
        let started = Instant::now();
        let block = "duration: 900ms, ramp: 800ms, concurrency: 4, think_time: 100ms";
        let ran = run_text(&api.url(), &performance("/status/200", mode, block), PLAIN).exits(0);
        assert!(started.elapsed() < Duration::from_secs(5));
        // Four connections that send every 100 ms, in half of the time on the average: about 20.
        let total = Figures::of(&ran).number("total");
        assert!((8.0..=28.0).contains(&total), "{mode}: {total}");
        assert!((2..=4).contains(&api.connections()), "{mode}: {}", api.connections());
        let stages = "stages: [{duration: 500ms, rate: 40}, {duration: 500ms, rate: 40}], concurrency: 4";
        let ran = run_text(&api.url(), &performance("/status/200", mode, stages), PLAIN).exits(0);
        assert_eq!(Figures::of(&ran).number("total"), 30.0, "{mode}");
    }
}

#[test]
fn the_command_line_replaces_rate_repeat_and_duration() {
    for mode in MODES {
        let api = sample();
        let suite = performance("/status/200", mode, "repeat: 500, concurrency: 2");
        let run = |words: &[&str]| {
            let before = api.requests();
            run_text(&api.url(), &suite, words.iter().copied()).exits(0);
            api.requests() - before
        };
        assert_eq!(run(&["--repeat", "7"]), 7, "{mode}");
        assert_eq!(run(&["--rate", "50", "--duration", "400ms"]), 20, "{mode}");
        for (words, exit) in [
            (["--rate", "much"], 64),
            (["--rate", "0"], 65),
            (["--rate", "10000001"], 65),
            (["--repeat", "1.5"], 64),
            (["--repeat", "0"], 65),
            (["--duration", "10 parsecs"], 64),
            (["--duration", "0"], 65),
        ] {
            let before = api.requests();
            run_text(&api.url(), &suite, words).exits(exit);
            assert_eq!(api.requests(), before, "{words:?}");
        }
    }
}

#[test]
fn a_slower_server_is_found_by_its_baseline() {
    let folder = Folder::new();
    // Few samples make p99 suspect, and a suspect run compares with nothing.
    let block = "repeat: 60, concurrency: 1, percentiles: 50";
    let api = sample();
    let run = |millis: u64, words: &[&str], exit: i32| {
        let few = "- test: {name: M, url: /status/200, performance: {repeat: 2}}\n";
        folder.file("s.yaml", performance(&format!("/slow/{millis}"), "sync", block) + few);
        folder.resttest().args([&api.url(), "s.yaml"]).args(words).finish().exits(exit)
    };
    run(20, &["--save-baseline", "b.json"], 0);
    let ran = run(40, &["--baseline", "b.json", "--report-json", "r.json", "--report-html", "r.html"], 0);
    assert!(ran.stdout.contains("baseline: slower (p50 +"), "{ran:#?}");
    assert!(ran.stdout.contains("baseline: inconclusive ("), "{ran:#?}");
    assert_eq!(load_of(&read(&folder, "r.json"))["baseline"]["verdict"], "slower");
    assert!(read(&folder, "r.html").contains("baseline: slower"));
    let ran = run(40, &["--baseline", "b.json", "--fail-on-slower", "10"], 1);
    assert!(ran.stderr.contains("slower than the baseline"), "{ran:#?}");
    let ran = run(40, &["--baseline", "b.json", "--fail-on-slower", "1000"], 0);
    assert!(ran.stdout.contains("baseline: slower"), "{ran:#?}");
}

#[test]
fn a_file_that_is_no_baseline_is_an_error_before_anything_is_sent() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", performance("/status/200", "sync", "repeat: 2"));
    folder.file("foreign.json", "{\"version\": 1}");
    folder.file("newer.json", "{\"format\": \"resttest baseline\", \"version\": 9, \"runs\": []}");
    for (file, part) in [
        ("none.json", "--baseline none.json cannot be read"),
        ("foreign.json", "--baseline foreign.json is no baseline"),
        ("newer.json", "a baseline of version 9"),
    ] {
        let ran = folder.resttest().args([&api.url(), "s.yaml", "--baseline", file]).finish().exits(66);
        assert!(ran.stderr.contains(part), "{ran:#?}");
    }
    folder.resttest().args([&api.url(), "s.yaml", "--fail-on-slower"]).finish().exits(64);
    assert_eq!(api.requests(), 0);
}

#[test]
fn explain_shows_the_course_of_the_load() {
    let folder = Folder::new();
    let suite = performance("/x", "async", "stages: [{duration: 2s, rate: 30}], arrival: poisson, threads: 2")
        + &performance("/y", "sync", "duration: 9s, ramp: 3s, think_time: {min: 1, max: 2}");
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args(["explain", "http://h", "s.yaml", "--rate", "50"]).finish().exits(0);
    assert!(ran.stdout.contains("rate 50 a second (--rate)") && !ran.stdout.contains("stages"), "{ran:#?}");
    let ran = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0);
    for part in [
        "stages 30 a second in 2 s (s.yaml:1)",
        "arrival poisson",
        "threads 2",
        "ramp 3 s",
        "duration 9 s (s.yaml:2)",
        "think_time 1 s to 2 s",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:#?}");
    }
}

#[test]
fn too_few_open_files_are_told_before_the_run_and_in_its_verdict() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(
        "s.yaml",
        "- test: {name: L, url: /status/200, performance: {mode: async, duration: 1s, concurrency: 200}}\n",
    );
    let mut command = std::process::Command::new("/bin/sh");
    command.current_dir(folder.path());
    command.args(["-c", "ulimit -n 60; exec \"$@\"", "sh", binary(), &api.url(), "s.yaml", "--log", "warning"]);
    let ran = command.finish();
    let told = "the system allows this process 60 open files, too few for 200 connections (ulimit -n)";
    assert!(ran.stderr.starts_with(&format!("WARNING:s.yaml:1: {told}\n")), "{ran:#?}");
    assert!(ran.stdout.contains(&format!("verdict: suspect ({told}")), "{ran:#?}");
}

#[test]
fn a_misspelt_key_of_a_stage_is_named_where_another_is_missing() {
    let url = "http://127.0.0.1:1";
    for (block, message) in [
        (
            "stages: [{duraton: 1s, rate: 3}]",
            "a stage needs duration, such as 30s; \"duraton\" is no key of it; did you mean \"duration\"?",
        ),
        ("stages: [{duration: 1s, rte: 3}]", "\"rte\" is no key of it; did you mean \"rate\"?"),
        ("think_time: {min: 1, mx: 3}", "\"mx\" is no key of it; did you mean \"max\"?"),
    ] {
        let suite = format!("- test: {{url: /x, performance: {{{block}}}}}\n");
        let ran = run_text(url, &suite, PLAIN).exits(65);
        assert!(ran.stderr.contains(message), "{ran:#?}");
    }
}
