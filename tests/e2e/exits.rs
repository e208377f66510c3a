//! Exit codes, signals, closed pipes.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Ran, resttest, run_text, sample, signal, wait_until};

#[test]
fn the_exit_code_counts_failures_up_to_63() {
    for (failing, code) in [(0, 0), (1, 1), (63, 63), (70, 63), (256, 63)] {
        let api = sample();
        let suite = "- url: /status/200\n".to_owned() + &"- url: /status/404\n".repeat(failing);
        let ran = run_text(&api.url(), &suite, ["--log", "critical"]).exits(code);
        assert_eq!(ran.counts(), (1, failing as u32 + 1));
    }
}

#[test]
fn a_refused_connection_fails_the_test_and_the_run_goes_on() {
    let suite = "- test: {url: 'http://127.0.0.1:1/'}\n- test: {url: /status/200}\n";
    let api = sample();
    let ran = run_text(&api.url(), suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("HTTP Status Code: None"), "{ran:#?}");
    assert!(ran.stderr.contains("failure type: Curl Exception"), "{ran:#?}");
    assert_eq!(ran.counts(), (1, 2));
}

#[test]
fn signals_end_a_run_with_what_is_known() {
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let api = sample();
        let folder = Folder::new();
        folder.file("s.yaml", "- config: {timeout: 60}\n- url: /status/200\n- url: /slow/50000\n- url: /status/200\n");
        let child = folder.resttest().args([&api.url(), "s.yaml"]).spawn().expect("a child");
        wait_until("the slow request", || api.requests() == 2);
        let started = Instant::now();
        signal(&child, name);
        let ran = Ran::from(child.wait_with_output().expect("an end")).exits(code);
        assert!(started.elapsed() < Duration::from_secs(15), "{name}: {:?}", started.elapsed());
        assert_eq!(ran.groups(), ["Test Group Default SUCCEEDED: : 1/1 Tests Passed!"], "{name}");
        assert_eq!(api.requests(), 2, "{name}");
    }
}

#[test]
fn an_interrupt_between_requests_starts_no_other() {
    let server = Promised::new(1, |_, _| Answer::ok("{}"));
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /a\n- test: {url: /b, delay: 3000}\n");
    let mut child = folder.resttest().args([&server.url(), "s.yaml"]).spawn().expect("a child");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.any(|line| line.is_ok_and(|line| line == "Delaying for 3000s")));
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let api = sample();
    let folder = Folder::new();
    // Slow enough that the reader is gone before the run is over.
    folder.file("s.yaml", "- url: /status/200\n".repeat(20) + &"- url: /slow/20\n".repeat(200));
    let mut child = folder.resttest().args([&api.url(), "s.yaml"]).spawn().expect("a child");
    let mut first = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    assert!(first.starts_with("TEST RESULT: "), "{first}");
    // It was cut: it must not pass for a run of all its tests.
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(73);
    assert_eq!(ran.stderr, "");
    assert!(api.requests() < 220, "the run went on without a reader");
}

#[test]
fn help_and_version_go_to_stdout() {
    for words in [&["--help"][..], &["-h"], &["help"]] {
        let ran = resttest().args(words).finish().exits(0);
        assert!(ran.stdout.contains("usage: resttest URL SUITE.yaml [options]"), "{words:?}: {ran:#?}");
        assert_eq!(ran.stderr, "");
    }
    let ran = resttest().arg("--version").finish().exits(0);
    assert_eq!(ran.stdout, format!("resttest {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_into_a_closed_pipe_is_no_failure() {
    let mut child = resttest().arg("--help").spawn().expect("a child");
    drop(child.stdout.take());
    assert_eq!(Ran::from(child.wait_with_output().expect("an end")).exits(0).stderr, "");
}

#[test]
fn url_and_suite_are_named_or_positional_and_dashes_are_underscores() {
    let folder = Folder::new();
    let suite = folder.file("s.yaml", "- test: {url: /status/200}\n");
    let suite = suite.to_str().expect("UTF-8");
    let api = sample();
    let url = api.url();
    let lines: [&[&str]; 6] = [
        &[&url, suite],
        &["--url", &url, "--test", suite],
        &["--url", &url, suite],
        &[&url, "--test", suite],
        &["--print_bodies", "false", &url, suite, "--skip_term_colors"],
        &["--print-bodies=False", "--ssl_insecure", &url, suite, "--skip-term-colors"],
    ];
    for words in lines {
        resttest().args(words).finish().exits(0);
    }
    assert_eq!(api.requests(), lines.len() as u64);
}
