//! `resttest load`: one request many times without a suite.

use std::process::{Command, Stdio};

use crate::support::{Answer, Finish, Folder, Promised, Ran, has_program, sample, signal, wait_until};

fn load(url: &str, words: &[&str]) -> Ran {
    Folder::new().resttest().arg("load").arg(url).args(words).finish()
}

#[test]
fn it_sends_what_is_asked_for_and_tells_the_figures() {
    for (words, hits, connections) in [
        (&[][..], 200, 50),
        (&["-n", "30", "-c", "3"], 30, 3),
        (&["-n30", "-c3", "--mode", "sync"], 30, 3),
        (&["--repeat", "20", "--max-concurrency", "2", "-X", "POST", "-d", "a=1"], 20, 2),
    ] {
        let is_post = words.contains(&"POST");
        let server = Promised::new(hits, move |_, request| {
            assert_eq!(request.method, if is_post { "POST" } else { "GET" });
            assert_eq!(request.body.len(), if is_post { 3 } else { 0 });
            Answer::ok("fine")
        });
        let ran = load(&server.url(), words).exits(0);
        assert!(server.connections() <= connections, "{words:?}");
        for part in [
            &format!("total: {hits}\npassed: {hits}\nfailed: 0\n"),
            "p95_ms: ",
            &format!("statuses: 200: {hits}\n"),
            "verdict: ",
            "Test Group Default SUCCEEDED: : 1/1 Tests Passed!",
        ] {
            assert!(ran.stdout.contains(part), "{words:?} {part}: {ran:#?}");
        }
        assert!(!ran.stdout.contains("histogram"), "{ran:#?}");
    }
}

#[test]
fn a_rate_is_that_of_the_whole_run() {
    let api = sample();
    let ran = load(&api.url(), &["-z", "1s", "-q", "40", "-c", "8"]).exits(0);
    let total: u64 = ran.stdout.lines().find_map(|line| line.strip_prefix("total: ")?.parse().ok()).unwrap_or_default();
    assert!((20..=41).contains(&total), "{ran:#?}");
    assert!(ran.stdout.contains("start_lag_ms: "), "{ran:#?}");
}

#[test]
fn thresholds_and_answers_decide() {
    let api = sample();
    let ran = load(&api.url(), &["-n", "20", "--threshold", "p(95)<0.000001", "--threshold", "failed<1%"]).exits(1);
    assert!(ran.stderr.contains("threshold p(95)<0.000001 missed"), "{ran:#?}");
    load(&format!("{}/status/500", api.url()), &["-n", "20"]).exits(1);
    load(&format!("{}/status/500", api.url()), &["-n", "20", "--status", "500"]).exits(0);
    load(&format!("{}/api/person/1/", api.url()), &["-n", "20", "--that", "jsonpath_mini id eq 2"]).exits(1);
    let ran = load("http://127.0.0.1:1", &["-n", "5", "-c", "1"]).exits(1);
    assert!(ran.stdout.contains("errors: ") && ran.stdout.contains("passed: 0\n"), "{ran:#?}");
}

#[test]
fn a_limit_and_an_interrupt_leave_what_is_known() {
    let api = sample();
    let slow = format!("{}/slow/20", api.url());
    let ran = load(&slow, &["-z", "30s", "-c", "2", "--max-time", "0.5"]).exits(1);
    assert!(ran.stderr.contains("run limit of 0.5 s reached"), "{ran:#?}");
    assert!(ran.stdout.contains("verdict: suspect (the run was stopped before its end"), "{ran:#?}");
    let before = api.requests();
    let child = Folder::new().resttest().args(["load", &slow, "-z", "30s", "-c", "2"]).spawn().expect("a child");
    wait_until("requests arrive", || api.requests() > before + 10);
    signal(&child, "INT");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(130);
    assert!(ran.stdout.contains("=== PERFORMANCE SUMMARY ===\ntotal: "), "{ran:#?}");
    assert!(ran.stdout.contains("verdict: suspect (the run was stopped before its end"), "{ran:#?}");
}

#[test]
fn a_terminal_gets_a_histogram() {
    if !has_program("script") {
        return;
    }
    let api = sample();
    let line = format!("{} load {}/slow/5 -n 40 -c 4", crate::support::binary(), api.url());
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).env("NO_COLOR", "1").stdin(Stdio::null());
    let ran = command.finish().exits(0);
    for part in ["response time histogram (ms):", "■", "p99_ms: ", "statuses: 200: 40", "verdict: ", "1 test: 1 passed"]
    {
        assert!(ran.stdout.contains(part), "{part}: {ran:#?}");
    }
}

#[test]
fn runs_are_compared_and_reported() {
    let api = sample();
    let folder = Folder::new();
    let run = |words: &[&str]| folder.resttest().args(["load", &api.url(), "-n", "50"]).args(words).finish();
    run(&["--save-baseline", "base.json", "--report-json", "load.json", "--report-prom", "load.prom"]).exits(0);
    assert!(
        std::fs::read_to_string(folder.path().join("load.json"))
            .is_ok_and(|text| text.contains("\"load\"") && text.contains("GET /"))
    );
    assert!(std::fs::read_to_string(folder.path().join("load.prom")).is_ok_and(|text| text.contains("resttest_")));
    assert!(run(&["--baseline", "base.json"]).exits(0).stdout.contains("baseline: "));
}

#[test]
fn what_a_settings_file_says_of_a_command_holds_and_the_line_wins() {
    let folder = Folder::new();
    folder.file(
        ".resttest.yaml",
        "load: {repeat: 7, max-concurrency: 1, threshold: [\"failed<1%\"]}\ncheck:\n  header: [\"X-A: b\"]\n  that: [\"raw_body '' eq fine\"]\n",
    );
    let server = Promised::new(7 + 9 + 1, |number, request| {
        assert_eq!(request.header("x-a"), (number == 16).then_some("b"));
        Answer::ok("fine")
    });
    folder.resttest().args(["load", &server.url(), "--save", "load.yaml"]).finish().exits(0);
    let saved = std::fs::read_to_string(folder.path().join("load.yaml")).unwrap_or_default();
    assert!(saved.contains("repeat: 7\n      concurrency: 1\n") && saved.contains("failed<1%"), "{saved}");
    folder.resttest().args(["load", &server.url(), "-n", "9"]).finish().exits(0);
    folder.resttest().args(["check", &server.url()]).finish().exits(0);
}
