//! The daily loop: runs that give up, that run again what failed, that watch files, with settings of one's own.

use crate::support::{Finish, Folder, Ran, sample, signal, wait_until};

/// The reasons in a JSON report for which tests did not run.
fn skipped(folder: &Folder) -> Vec<(String, String)> {
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let suites = report["suites"].as_array().expect("suites").iter();
    let tests = suites.flat_map(|suite| suite["skipped"].as_array().into_iter().flatten());
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    tests.map(|test| (text(&test["name"]), text(&test["reason"]))).collect()
}

const FAILS: &str = "- test: {name: first, url: /status/500}\n- test: {name: second, url: /status/500}\n\
                     - test: {name: third, url: /echo/3}\n- benchmark: {url: /echo/b, benchmark_runs: 2, warmup_runs: 0, metrics: [total_time]}\n";

#[test]
fn a_run_gives_up_after_so_many_failures_over_all_suites() {
    for (words, code, requests, reason, left) in [
        (&["--fail-fast"][..], 1, 2, "--fail-fast: \"first\" failed", &["second", "third", "later"][..]),
        (&["--max-fail", "1"], 1, 2, "--max-fail 1: \"first\" failed", &["second", "third", "later"]),
        (&["--max-fail", "2"], 2, 3, "--max-fail 2: \"second\" failed", &["third", "later"]),
        (&["--max-fail", "3"], 2, 7, "", &[]),
    ] {
        let (folder, api) = (Folder::new(), sample());
        folder.file("a.yaml", "- test: {name: fine, url: /echo/1}\n");
        folder.file("b.yaml", FAILS);
        folder.file("c.yaml", "- test: {name: later, url: /echo/later}\n");
        let mut command = folder.resttest();
        command.args([&api.url(), "a.yaml", "b.yaml", "c.yaml", "--report-json", "r.json"]).args(words);
        let ran = command.finish().exits(code);
        assert_eq!(api.requests(), requests, "{words:?}: {ran:#?}");
        let expected: Vec<_> = left.iter().map(|name| ((*name).to_owned(), reason.to_owned())).collect();
        assert_eq!(skipped(&folder), expected, "{words:?}: {ran:#?}");
        let told = ran.stderr.contains(&format!("WARNING:{reason}; nothing more begins\n"));
        assert_eq!(told, !left.is_empty(), "{words:?}: {ran:#?}");
    }
}

#[test]
fn suites_side_by_side_end_their_tests_and_begin_no_further_one() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("a.yaml", "- test: {name: slow, url: /slow/1500}\n- test: {name: after, url: /echo/never}\n");
    folder.file(
        "b.yaml",
        "- test: {name: wrong, url: /status/500, delay: 0.5}\n- test: {name: rest, url: /echo/never}\n",
    );
    folder.file("c.yaml", "- test: {name: later, url: /echo/never}\n");
    let words = ["a.yaml", "b.yaml", "c.yaml", "--parallel-suites", "2", "--fail-fast", "--report-json", "r.json"];
    let ran = folder.resttest().arg(api.url()).args(words).finish().exits(1);
    assert_eq!(api.requests(), 2, "{ran:#?}");
    assert_eq!(ran.counts(), (1, 2), "{ran:#?}");
    let reason = || "--fail-fast: \"wrong\" failed".to_owned();
    let expected = ["after", "rest", "later"].map(|name| (name.to_owned(), reason()));
    assert_eq!(skipped(&folder), expected, "{ran:#?}");
}

#[test]
fn what_gives_up_must_be_a_count() {
    let folder = Folder::new();
    for wrong in ["0", "-1", "some"] {
        let ran: Ran = folder.resttest().args(["http://h", "s.yaml", "--max-fail", wrong]).finish().exits(64);
        assert!(ran.stderr.contains(&format!("option --max-fail must be an integer, 1 or more, not \"{wrong}\"")));
    }
}

/// A suite whose second and third tests fail until the answer that they wait for is put right.
const CHAIN: &str = "- test: {name: sign in, url: /echo/tok, extract_binds: {token: {raw_body: ''}}}\n\
                     - test: {name: other, url: /echo/x}\n\
                     - test: {name: uses it, url: {template: \"/status/STATUS?t=$token\"}}\n\
                     - test: {name: alone, url: /status/STATUS}\n";

/// A run in a folder that has its own state.
fn run(folder: &Folder, words: &[&str], code: i32) -> Ran {
    let mut command = folder.resttest();
    command.env("XDG_STATE_HOME", folder.path().join("state")).args(words);
    command.finish().exits(code)
}

#[test]
fn what_failed_runs_again_until_nothing_does() {
    let (folder, api) = (Folder::new(), sample());
    let url = api.url();
    let again = [&*url, "s.yaml", "--rerun-failed"];
    folder.file("s.yaml", CHAIN.replace("STATUS", "500"));
    // Nothing is known yet: everything runs.
    let ran = run(&folder, &again, 2);
    assert!(ran.stderr.contains("s.yaml: no earlier run against this base URL is known: all of it runs"), "{ran:#?}");
    assert_eq!(ran.counts(), (2, 4));
    // The failed ones, and the one whose variable one of them needs.
    assert_eq!(run(&folder, &again, 2).counts(), (1, 3));
    // One that is left out stays failed.
    let ran = run(&folder, &[&url, "s.yaml", "--rerun-failed", "--only", "alone"], 1);
    assert_eq!(ran.counts(), (0, 1));
    // It has been put right, two lines further down.
    let right =
        format!("- config: {{testset: moved}}\n\n{}", CHAIN.replacen("STATUS", "200", 1).replace("STATUS", "500"));
    folder.file("s.yaml", right);
    assert_eq!(run(&folder, &again, 1).counts(), (2, 3));
    let ran = run(&folder, &[&url, "s.yaml", "--rerun-failed", "--report-json", "r.json"], 1);
    assert_eq!(ran.counts(), (0, 1), "{ran:#?}");
    folder.file("s.yaml", CHAIN.replace("STATUS", "200"));
    assert_eq!(run(&folder, &again, 0).counts(), (1, 1));
    let before = api.requests();
    let ran = run(&folder, &again, 0);
    assert_eq!(ran.stderr, "nothing failed in the last run; nothing to run again\n");
    assert_eq!((ran.counts(), api.requests()), ((0, 0), before));
    // Another base URL has a state of its own.
    let other = url.replace("127.0.0.1", "localhost");
    assert_eq!(run(&folder, &[&other, "s.yaml", "--rerun-failed"], 0).counts(), (4, 4));
    // `list` shows what would run.
    folder.file("s.yaml", CHAIN.replace("STATUS", "500"));
    run(&folder, &[&url, "s.yaml"], 2);
    let ran = run(&folder, &["list", "--url", &url, "s.yaml", "--rerun-failed"], 0);
    assert!(ran.stdout.contains("3 tests") && !ran.stdout.contains("other"), "{ran:#?}");
}

#[test]
fn suites_that_passed_are_left_out_side_by_side_too() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("a.yaml", "- test: {name: fine, url: /echo/1}\n");
    folder.file("b.yaml", FAILS);
    folder.file("c.yaml", "- test: {name: bad, url: /status/500}\n- url: /echo/c\n");
    let url = api.url();
    let all = [&*url, "a.yaml", "b.yaml", "c.yaml", "--parallel-suites", "2", "--state-dir", "kept"];
    let (one, two) = (run(&folder, &all, 3), run(&folder, &[&all[..], &["--rerun-failed"]].concat(), 3));
    assert_eq!((one.counts(), two.counts()), ((3, 6), (0, 3)), "{two:#?}");
    assert_eq!(std::fs::read_dir(folder.path().join("kept")).expect("a folder").count(), 3);
    // What is kept is damaged: that is told, and all of it runs.
    for file in std::fs::read_dir(folder.path().join("kept")).expect("a folder").flatten() {
        std::fs::write(file.path(), "{").expect("a file");
    }
    let ran = run(&folder, &[&all[..], &["--rerun-failed"]].concat(), 3);
    assert_eq!(ran.counts(), (3, 6));
    assert_eq!(ran.stderr.matches("cannot be understood").count(), 3, "{ran:#?}");
    // A benchmark that missed its threshold, alone.
    folder.file(
        "d.yaml",
        "- url: /echo/1\n- benchmark: {name: slow, url: /echo/b, benchmark_runs: 2, warmup_runs: 0, metrics: [total_time], thresholds: ['p(95)<0.000001']}\n",
    );
    let words = [&*url, "d.yaml", "--state-dir", "kept"];
    let before = api.requests();
    run(&folder, &words, 1);
    assert_eq!(api.requests(), before + 3);
    run(&folder, &[&words[..], &["--rerun-failed"]].concat(), 1);
    assert_eq!(api.requests(), before + 5);
}

#[test]
fn a_state_that_cannot_be_kept_is_told_where_it_is_asked_for() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /status/500\n");
    folder.file("file", "");
    let url = api.url();
    let ran = folder.resttest().args([&*url, "s.yaml", "--rerun-failed"]).finish().exits(64);
    assert!(ran.stderr.contains("name it with --state-dir DIR"), "{ran:#?}");
    let ran = run(&folder, &[&url, "s.yaml", "--state-dir", "file/below"], 73);
    assert!(ran.stderr.contains("--state-dir file/below cannot be made"), "{ran:#?}");
    assert_eq!(api.requests(), 0);
    // Nobody asked for it.
    folder.file("state", "");
    assert_eq!(run(&folder, &[&url, "s.yaml"], 1).counts(), (0, 1));
}

/// What a child has written to a file so far.
fn written(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn files_that_were_read_are_watched_until_a_signal() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(
        "s.yaml",
        "- import: i.yaml\n- test: {name: sends, url: /echo/x, method: POST, body: {file: body.txt}}\n",
    );
    folder.file("i.yaml", "- test: {name: imported, url: /echo/i}\n");
    folder.file("body.txt", "one");
    folder.file("v.yaml", "a: 1\n");
    let (out, err) = (folder.path().join("out"), folder.path().join("err"));
    let mut command = folder.resttest();
    command.env("XDG_STATE_HOME", folder.path().join("state"));
    command.args([&*api.url(), "--watch", "s.yaml", "--variables-file", "v.yaml"]);
    command.stdout(std::fs::File::create(&out).expect("a file")).stderr(std::fs::File::create(&err).expect("a file"));
    let mut child = command.spawn().expect("the binary starts");
    let runs = || written(&out).matches("Test Group Default").count();
    let waits = || written(&err).matches("; Ctrl-C ends it").count();
    wait_until("the first run", || runs() == 1 && waits() == 1);
    assert!(written(&err).contains("watching 4 files; Ctrl-C ends it\n"), "{}", written(&err));
    let edits = [
        ("body.txt", "another"),
        ("i.yaml", "- test: {name: imported, url: /status/500}\n"),
        ("v.yaml", "a: 10\n"),
        ("s.yaml", "- test: {broken\n"),
        ("s.yaml", "- test: {name: alone, url: /echo/alone}\n"),
    ];
    for (expected, (name, text)) in (2..).zip(edits) {
        folder.file(name, text);
        wait_until(name, || waits() == expected);
        assert!(written(&err).contains(&format!("changed: {name}\n")), "{}", written(&err));
    }
    assert!(written(&err).contains("error: s.yaml:"), "{}", written(&err));
    // One run could not begin; what is not read any more is not watched either.
    assert_eq!(runs(), 5, "{}", written(&out));
    assert!(written(&err).ends_with("watching 2 files; Ctrl-C ends it\n"), "{}", written(&err));
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    assert_eq!(api.requests(), 2 + 2 + 2 + 2 + 1);
}

#[test]
fn a_watch_ends_with_its_run_and_has_something_to_watch() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /slow/20000\n");
    let child = folder.resttest().args([&*api.url(), "s.yaml", "--watch"]).spawn().expect("the binary starts");
    wait_until("the request", || api.requests() == 1);
    signal(&child, "TERM");
    Ran::from(child.wait_with_output().expect("an end")).exits(143);
    let ran = folder.resttest().args([&*api.url(), "--watch", "-"]).finish().exits(64);
    assert!(ran.stderr.contains("--watch cannot read a suite from standard input a second time"), "{ran:#?}");
    folder.resttest().args(["s.yaml", "--watch"]).finish().exits(64);
}
