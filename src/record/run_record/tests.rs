//! Events in, figures out.

use super::*;
use crate::judge::outcome::{Attempt, FailureKind, Printed};
use crate::judge::tags::Tags;
use std::time::UNIX_EPOCH;

fn attempt(status: u16) -> Attempt {
    Attempt {
        status: Some(status),
        error: None,
        time: Duration::from_millis(1),
        delay: None,
        is_asked_for: false,
        exchange: None,
    }
}

fn test(statuses: &[u16], failure: Option<FailureKind>) -> Event {
    let failure = failure.map(|kind| Failure::new(kind, "", &Default::default()));
    Event::TestFinished(Box::new(Outcome {
        attempts: statuses.iter().copied().map(attempt).collect(),
        failures: failure.into_iter().collect(),
        printed: Some(Box::new(Printed { body: Some("secret".to_owned()), headers: None })),
        ..Outcome::default()
    }))
}

fn record(events: &[Event]) -> RunRecord {
    let mut record = RunRecord::new(UNIX_EPOCH);
    events.iter().for_each(|event| record.observe(event.clone()));
    record.finish(Duration::from_secs(2), false);
    record
}

fn started(file: &str) -> Event {
    Event::SuiteStarted { file: file.into(), title: None, at: UNIX_EPOCH }
}

fn finished(file: &str, error: Option<&str>) -> Event {
    Event::SuiteFinished { file: file.into(), elapsed: Duration::from_secs(1), error: error.map(str::to_owned) }
}

fn set(tests: usize) -> Event {
    Event::SetStarted { file: "set".into(), tests }
}

fn planned(name: &str) -> PlannedTest {
    PlannedTest {
        name: name.to_owned(),
        group: "G".to_owned(),
        tags: Tags::default(),
        location: Location::default(),
        described: None,
    }
}

#[test]
fn events_find_their_suites() {
    let record = record(&[
        started("a"),
        set(1),
        test(&[200], None),
        set(3),
        test(&[503, 200], None),
        test(&[404], Some(FailureKind::InvalidResponse)),
        Event::SetStopped,
        Event::TestSkipped(Box::new(planned("left").skipped("stopped"))),
        finished("a", None),
        finished("dead", Some("killed by signal 9")),
        started("b"),
        set(1),
        test(&[], Some(FailureKind::TestException)),
        finished("b", None),
    ]);
    let files: Vec<&str> = record.suites.iter().map(|suite| &*suite.file).collect();
    assert_eq!(files, ["a", "dead", "b"]);
    assert_eq!(record.suites[0].skipped, [planned("left").skipped("stopped")]);
    let totals = record.totals();
    assert_eq!(
        totals,
        Totals {
            total: 4,
            passed: 2,
            failed: 1,
            errored: 1,
            flaky: 1,
            skipped: 1,
            retries: 1,
            requests: 3,
            missed_benchmarks: 0,
            broken_suites: 1
        }
    );
    assert_eq!(totals.failures(), 3);
    assert!(record.suites.iter().flat_map(|suite| &suite.tests).all(|test| test.printed.is_none()));
    assert!(!record.succeeded() && record.retry_rate() > 33.3 && record.retry_rate() < 33.4);
}

#[test]
fn sets_without_a_suite_make_their_own() {
    let record = record(&[set(1), test(&[200], None), set(2)]);
    assert_eq!((record.suites.len(), record.suites[0].tests.len()), (1, 1));
    assert!(record.succeeded());
    assert_eq!(RunRecord::new(UNIX_EPOCH).retry_rate(), 0.0);
}

#[test]
fn what_is_expected_and_never_heard_of_did_not_run() {
    let run = |events: &[Event], interrupted| {
        let mut record = RunRecord::new(UNIX_EPOCH);
        let unnamed = || planned("");
        let a = vec![unnamed(), unnamed(), planned("later")];
        record.set_plan([("a".into(), a), ("b".into(), vec![planned("never")]), ("a".into(), vec![planned("twin")])]);
        events.iter().for_each(|event| record.observe(event.clone()));
        record.finish(Duration::ZERO, interrupted);
        let reasons = |suite: &SuiteRecord| {
            suite.skipped.iter().map(|test| format!("{} {}", test.name, test.reason)).collect::<Vec<_>>().join(", ")
        };
        record.suites.iter().map(|suite| format!("{}: {}", suite.file, reasons(suite))).collect::<Vec<_>>()
    };
    let ran = [started("a"), set(3), test(&[200], None), test(&[200], None)];
    assert_eq!(run(&ran, true), ["a: later interrupted", "b: never interrupted", "a: twin interrupted"]);
    let ended = [&ran[..], &[finished("a", Some("suite limit of 30 s reached"))]].concat();
    let limit = "a: later suite limit of 30 s reached";
    assert_eq!(run(&ended, true), [limit, "b: never interrupted", "a: twin interrupted"]);
    let why = "the run ended before it";
    let all = [&ended[..], &[started("a"), finished("a", Some("died"))]].concat();
    assert_eq!(run(&all, false), [limit.to_owned(), "a: twin died".to_owned(), format!("b: never {why}")]);
    assert_eq!(run(&[finished("b", Some("died"))], true)[0], "b: never died");
}

#[test]
fn suites_are_put_in_the_order_of_the_list() {
    let mut record = record(&[started("b"), finished("b", None), started("x"), started("a")]);
    record.sort_like(&["a".into(), "b".into()]);
    let files: Vec<&str> = record.suites.iter().map(|suite| &*suite.file).collect();
    assert_eq!(files, ["a", "b", "x"]);
}

#[test]
fn groups_and_what_the_exit_says_come_from_the_same_tests() {
    let mut record = RunRecord::new(UNIX_EPOCH);
    record.observe(started("a"));
    for (group, failure) in [("B", None), ("A", Some(FailureKind::InvalidResponse)), ("B", None)] {
        let Event::TestFinished(outcome) = test(&[200], failure) else { continue };
        record.observe(Event::TestFinished(Box::new(Outcome { group: group.to_owned(), ..*outcome })));
    }
    let groups: Vec<_> =
        record.groups().into_iter().map(|(name, count)| (name, count.passed, count.failed())).collect();
    assert_eq!(groups, [("A", 0, 1), ("B", 2, 0)]);
    assert_eq!(record.under_way("a").map(|suite| suite.totals().failures()), Some(1));
    assert!(record.under_way("b").is_none());
    record.observe(finished("a", None));
    record.finish(Duration::ZERO, false);
    assert!(record.under_way("a").is_none() && !record.is_broken());
    assert_eq!(record.failures(), 1);
    record.break_off("a hook failed");
    assert!(record.is_broken() && record.failures() == 2);
}

fn test_started(name: &str) -> Event {
    let position = crate::ground::source::Position { line: 3, column: 1 };
    Event::TestStarted {
        name: name.to_owned(),
        group: String::new(),
        location: Location { file: "a".into(), position },
    }
}

#[test]
fn what_was_running_is_named() {
    let mut record = RunRecord::new(UNIX_EPOCH);
    let at = |name: &str, line| PlannedTest {
        location: Location { file: "a".into(), position: crate::ground::source::Position { line, column: 1 } },
        ..planned(name)
    };
    record.set_plan([("a".into(), vec![planned(""), at("hangs\n", 3), at("last", 4)])]);
    for event in [started("a"), set(3), test_started("done"), test(&[200], None), test_started("hangs\n")] {
        record.observe(event);
    }
    assert_eq!(record.running().map(ToString::to_string).as_deref(), Some(r#""hangs\n" (a:3)"#));
    let mut dead = record.clone();
    record.finish(Duration::ZERO, true);
    assert_eq!(record.faults, [RunFault::ended(r#"interrupted while "hangs\n" (a:3) was running"#)]);
    assert_eq!((record.totals().total, record.totals().skipped), (1, 2));
    let reasons: Vec<&str> = record.suites[0].skipped.iter().map(|test| test.reason.as_str()).collect();
    assert_eq!(reasons, ["interrupted while it was running", "interrupted"]);
    dead.observe(finished("a", Some("its process died")));
    assert_eq!(dead.suites[0].error.as_deref(), Some(r#"its process died, while "hangs\n" (a:3) was running"#));
    dead.finish(Duration::ZERO, true);
    assert!(dead.faults.is_empty(), "it is named with its suite");
    let mut whole = RunRecord::new(UNIX_EPOCH);
    [started("a"), test_started("t"), test(&[200], None)].into_iter().for_each(|event| whole.observe(event));
    whole.finish(Duration::ZERO, true);
    assert!(whole.faults.is_empty(), "between two tests, none hangs");
}

#[test]
fn bodies_of_failed_tests_are_bounded() {
    let Event::TestFinished(outcome) = test(&[500], Some(FailureKind::InvalidResponse)) else {
        panic!("another event")
    };
    let mut record = RunRecord::new(SystemTime::UNIX_EPOCH);
    let length = 1024 * 1024;
    for _ in 0..2000 {
        record.observe(Event::TestFinished(Box::new(Outcome { body: Some("x".repeat(length)), ..(*outcome).clone() })));
    }
    let tests = &record.suites[0].tests;
    let kept = |outcome: &Outcome| outcome.body.as_ref().map_or(0, String::len);
    assert_eq!((kept(&tests[0]), kept(&tests[1999])), (64 * 1024, 4 * 1024));
    assert!(tests.iter().all(|outcome| kept(outcome) as u64 + outcome.body_cut == length as u64));
    assert!(tests.iter().map(kept).sum::<usize>() < 80 * 1024 * 1024);
}
