//! The first words of a line: the command that may be left out, and the suite that is standard input.

use std::process::Stdio;

use crate::support::{Finish, Folder, resttest, sample};

const SUITE: &str = "- import: more.yaml\n- test: {name: ada, url: /api/person/1/, validators: [{compare: {jsonpath_mini: login, expected: gbaltar}}]}\n";

#[test]
fn run_is_another_name_of_the_plain_form() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /api/person/\n");
    // A suite of that name is not lost: a path is no word.
    folder.file("run", "- url: /api/person/1/\n- url: /api/person/2/\n");
    for (words, count) in [
        (vec!["run", &api.url(), "s.yaml"], 1),
        (vec!["run", "--url", &api.url(), "s.yaml", "--parallel-suites", "2", "./run"], 3),
        (vec!["./run", "--url", &api.url()], 2),
        (vec![&api.url(), "run"], 2),
    ] {
        let ran = folder.resttest().args(&words).finish().exits(0);
        assert_eq!(ran.counts(), (count, count), "{words:?}");
    }
    let ran = resttest().args(["run", "--scene", "load"]).finish().exits(64);
    assert!(ran.stderr.contains("option --scene belongs to resttest demo"), "{ran:#?}");
    assert!(resttest().args(["run", "--help"]).finish().exits(0).stdout.contains("usage: resttest run URL SUITE.yaml"));
}

#[test]
fn a_dash_is_a_suite_from_standard_input() {
    let api = sample();
    let folder = Folder::new();
    folder.file("more.yaml", "- url: /api/person/\n");
    for words in [&[&api.url(), "-"][..], &["-", "--url", &api.url()], &["run", &api.url(), "--test", "-"]] {
        let ran = folder.resttest().args(words).finish_with(SUITE).exits(0);
        assert_eq!(ran.counts(), (2, 2), "{words:?}");
    }
    for (command, part) in [
        ("list", "<stdin>\n  Default: ada  GET /api/person/1/"),
        ("lint", "1 suite: 0 errors, 0 warnings"),
        ("explain", "<stdin>"),
    ] {
        let words: &[&str] = if command == "explain" { &["explain", &api.url(), "-"] } else { &[command, "-"] };
        let ran = folder.resttest().args(words).finish_with(SUITE).exits(0);
        assert!(ran.stdout.contains(part), "{ran:#?}");
    }
}

#[test]
fn what_is_wrong_on_standard_input_is_told_with_its_place() {
    let api = sample();
    let folder = Folder::new();
    let url = api.url();
    let ran =
        folder.resttest().args([&url, "-"]).finish_with("- test:\n    url: /x\n    method: \"GET IT\"\n").exits(65);
    assert!(ran.stderr.starts_with("error: <stdin>:3:14: "), "{ran:#?}");
    let ran = folder.resttest().args([&url, "-", "--report-junit", "r.xml"]).finish_with("").exits(65);
    assert!(ran.stderr.contains("<stdin>: is empty"), "{ran:#?}");
    assert!(std::fs::read_to_string(folder.path().join("r.xml")).is_ok_and(|text| text.contains("stdin")));
    let ran = folder.resttest().args([&url, "-", "--interactive"]).finish_with(SUITE).exits(64);
    assert!(ran.stderr.contains("--interactive waits for Enter on standard input"), "{ran:#?}");
    folder.file("s.yaml", "- url: /x\n");
    let ran = folder.resttest().args([&url, "-", "s.yaml", "--parallel-suites", "2"]).finish_with(SUITE).exits(64);
    assert!(ran.stderr.contains("- can be read once"), "{ran:#?}");
    // Nothing to read at all: stdin is a folder.
    let here = std::fs::File::open(folder.path()).expect("a folder");
    let ran = folder.resttest().args([&url, "-"]).stdin(Stdio::from(here)).finish().exits(66);
    assert!(ran.stderr.starts_with("error: <stdin>: cannot be read: "), "{ran:#?}");
    assert_eq!(api.requests(), 0);
}
