//! A whole run on a terminal of any width.

use std::time::Duration;

use super::*;
use crate::report::fixture;

fn printed(columns: fn() -> usize, colour: bool) -> String {
    let mut out = Vec::new();
    let mut terminal = Terminal::new(&mut out, Style { terminal: true, colour, width: columns, ..Style::default() });
    let base_url = Some("http://127.0.0.1:1".to_owned());
    terminal.open(Opening { base_url, suites: 1, tests: 4, group_width: 10, ..Opening::default() }).unwrap();
    let mut run = RunRecord::new(std::time::UNIX_EPOCH);
    for event in fixture::events() {
        terminal.observe(&event, &run).unwrap();
        run.observe(event);
    }
    run.finish(Duration::from_millis(12), false);
    terminal.finish(&run).unwrap();
    drop(terminal);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_run_fits_any_terminal() {
    for columns in [|| 10, || 37, || 80, || 200] {
        let text = printed(columns, false);
        // What was asked for is printed whole.
        let is_ours = |line: &&str| *line != fixture::SECRET;
        assert!(text.lines().filter(is_ours).all(|line| width(line) <= columns()), "{}\n{text}", columns());
        assert!(!text.contains("TEST RESULT") && !text.contains("Test Group") && !text.contains('\u{1b}'));
    }
    let text = printed(|| 80, false);
    assert!(text.starts_with("http://127.0.0.1:1   1 suite, 4 tests\n\n"), "{text}");
    assert!(text.contains("────────────\n  Failed  "), "{text}");
    assert!(printed(|| 80, true).contains("\x1b[31;1mFAIL"));
}

#[test]
fn urls_are_paths_below_the_base() {
    for (url, base, path) in [
        ("http://h:1/a?b", Some("http://h:1"), "/a?b"),
        ("http://h:1/api/a", Some("http://h:1/api"), "/api/a"),
        ("http://h:1", Some("http://h:1"), "/"),
        ("http://h:10/a", Some("http://h:1"), "http://h:10/a"),
        ("http://h:1/a", None, "http://h:1/a"),
        ("/a", Some("x"), "/a"),
    ] {
        assert_eq!(path_of(url, base), path, "{url}");
    }
}

#[test]
fn retries_are_shown_by_their_statuses() {
    let attempt = |status| Attempt {
        status,
        error: None,
        time: Duration::ZERO,
        delay: None,
        is_asked_for: false,
        exchange: None,
    };
    let of = |list: &[Option<u16>]| statuses(&list.iter().copied().map(attempt).collect::<Vec<_>>());
    assert_eq!(of(&[Some(503), None, Some(200)]), "503 - 200");
    assert_eq!(of(&[[Some(503)].repeat(9), vec![Some(200)]].concat()), "503 ×9 200");
}

#[test]
fn what_a_test_is_for_is_told_whole_before_enter() {
    let about = "Requests start when they are due, whatever became of the earlier ones.\n5 requests".to_owned();
    let preview = Preview {
        name: "Two a second".to_owned(),
        about: about.clone(),
        method: "GET".to_owned(),
        url: "http://h/a".to_owned(),
        headers: Vec::new(),
        body: None,
        delay: Duration::ZERO,
    };
    let mut out = Vec::new();
    let mut terminal = Terminal::new(&mut out, Style { terminal: true, width: || 30, ..Style::default() });
    terminal.observe(&Event::RequestPrepared(Box::new(preview)), &RunRecord::new(std::time::UNIX_EPOCH)).unwrap();
    drop(terminal);
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("Two a second\nGET http://h/a\n  Requests"), "{text}");
    assert!(text.lines().all(|line| width(line) <= 30), "{text}");
    let words: Vec<&str> = text.split_whitespace().skip(5).collect();
    assert!(words.join(" ").starts_with(&about.replace('\n', " ")), "{text}");
}
