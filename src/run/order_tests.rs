//! What runs before, after, and not at all: over an exchange that sends nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::one_test::run_test;
use super::session::Engine;
use super::sets::run_testsets;
use super::suites::{Limits, run_suites};
use super::tests::{FakeExchange, Heard, run, sets};
use crate::exchange::request::{Exchange, ExchangeError, Prepared, Request, Timeout, Wanted};
use crate::exchange::response::Response;
use crate::ground::clock::{Clock, FakeClock, SystemClock};
use crate::record::event::{Event, Sink};
use crate::record::run_record::RunRecord;
use crate::settings::precedence::{Origin, Setting};
use crate::settings::run_settings::Settings;
use crate::test::planned_suite::PlannedSuite;
use crate::variables::context::Context;

/// What became of each test, in order: `a passed`, `b failed`, `c skipped: reason`.
fn ends(events: &[Event]) -> Vec<String> {
    let end = |event: &Event| match event {
        Event::TestFinished(outcome) if outcome.passed() => Some(format!("{} passed", outcome.name)),
        Event::TestFinished(outcome) => Some(format!("{} failed: {}", outcome.name, outcome.failures[0].message)),
        Event::TestSkipped(test) => Some(format!("{} skipped: {}", test.name, test.reason)),
        Event::BenchmarkFinished(report) => {
            let missed = report.missed.first().map_or_else(|| "passed".to_owned(), |missed| missed.message.clone());
            Some(format!("{} {missed}", report.name))
        }
        _ => None,
    };
    events.iter().filter_map(end).collect()
}

const SUITE: &str = "
- setup: [{test: {name: up, url: /up}}]
- test: {name: a, url: /a}
- test: {name: b, url: /b, depends_on: a}
- benchmark: {name: bench, url: /bench, depends_on: b, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}
- teardown: [{test: {name: down, url: /down}}, {test: {name: last, url: /last, depends_on: a}}]
";

#[test]
fn each_end_of_each_part_has_its_consequence() {
    for (statuses, expected) in [
        (&[200][..], &["up passed", "a passed", "b passed", "bench passed", "down passed", "last passed"][..]),
        (
            &[200, 500, 200],
            &[
                "up passed",
                "a failed: expected status 200, got 500",
                "b skipped: needs \"a\"",
                "bench skipped: needs \"b\"",
                "down passed",
                "last skipped: needs \"a\"",
            ],
        ),
        (
            &[500, 200],
            &[
                "up failed: expected status 200, got 500",
                "a failed: setup \"up\" failed",
                "b failed: setup \"up\" failed",
                "bench setup \"up\" failed",
                "down passed",
                "last skipped: needs \"a\"",
            ],
        ),
    ] {
        let (heard, _) = run(SUITE, &FakeExchange::statuses(statuses), &Settings::default());
        assert_eq!(ends(&heard.events), expected, "{statuses:?}");
    }
}

#[test]
fn a_program_that_runs_one_test_is_told_why_it_did_not_run() {
    let suite = "
- config: {variable_binds: {stage: dev}}
- test: {name: a, url: /a}
- test: {name: b, url: /b, depends_on: a, if: {stage: prod}, extract_binds: {x: {jsonpath: $.x}}}
";
    let (settings, exchange) = (Settings::default(), FakeExchange::statuses(&[200]));
    let engine =
        Engine { exchange: Arc::new(exchange.clone()), clock: Arc::new(FakeClock::default()), settings: &settings };
    let sets = sets(suite);
    let mut context = Context::new();
    context.bind("stage", "dev".into());
    let outcome = run_test(&engine, &sets[0].tests[1], &sets[0].config, &mut context);
    assert_eq!(outcome.skipped.as_deref(), Some("if: stage is \"dev\", not \"prod\""));
    assert!(exchange.urls().is_empty() && context.get("x").is_none() && context.last().is_none());
    context.bind("stage", "prod".into());
    let outcome = run_test(&engine, &sets[0].tests[1], &sets[0].config, &mut context);
    assert_eq!((outcome.skipped, exchange.urls().len()), (None, 1));
}

#[test]
fn a_row_that_is_skipped_leaves_nothing_behind() {
    let suite = "
- config: {variable_binds: {s: before}}
- test: {url: /a, data: [{s: row}], if: {s: other}, extract_binds: {s: {jsonpath: $.s}}}
- test: {url: {template: /b/$s}}
";
    let exchange = FakeExchange::statuses(&[200]);
    run(suite, &exchange, &Settings::default());
    assert_eq!(exchange.urls(), ["http://h/b/before"]);
}

#[test]
fn a_stop_does_not_keep_the_teardown_from_running() {
    let settings = Settings::default();
    let exchange = FakeExchange::statuses(&[200]);
    let clock = Arc::new(FakeClock::default());
    let engine = Engine { exchange: Arc::new(exchange.clone()), clock: clock.clone(), settings: &settings };
    let mut heard = Heard { stop_after: 1, ..Heard::new() };
    let record = run_testsets(&engine, &sets(SUITE), &mut heard);
    assert_eq!(exchange.urls(), ["http://h/up", "http://h/down"]);
    let totals = record.totals();
    assert_eq!((totals.total, totals.passed, totals.skipped, record.interrupted), (2, 2, 3, true));
}

/// Says that the run is stopped from the beginning of a certain test on.
struct StoppedAt {
    name: &'static str,
    record: RunRecord,
    events: Vec<Event>,
    stop: Arc<AtomicBool>,
}

impl StoppedAt {
    fn new(name: &'static str) -> StoppedAt {
        let record = RunRecord::new(std::time::UNIX_EPOCH);
        StoppedAt { name, record, events: Vec::new(), stop: Arc::default() }
    }
}

impl Sink for StoppedAt {
    fn emit(&mut self, event: Event) {
        if matches!(&event, Event::TestStarted { name, .. } if name == self.name) {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.record.observe(event.clone());
        self.events.push(event);
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Answers everything at once but `/hangs`, which takes until nobody waits for it any more.
#[derive(Clone)]
struct Hanging(Arc<AtomicBool>);

impl Exchange for Hanging {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        while request.url.ends_with("/hangs") && !self.0.load(Ordering::Relaxed) {
            SystemClock.sleep(Duration::from_millis(5));
        }
        Ok(Response::new(200, "{}"))
    }

    fn worker(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn prepare(&self, _: &Request, _: Wanted) -> Box<dyn Prepared> {
        unimplemented!()
    }
}

#[test]
fn what_a_stop_finds_running_is_left_behind_and_named() {
    for suite in [
        "- test: {name: hangs, url: /hangs}\n",
        "- test: {name: hangs, url: /x, delay: 3600}\n",
        "- test: {name: hangs, url: /x, delay: 3600, performance: {repeat: 2}}\n",
    ] {
        let suite = format!("{suite}- url: /never\n- teardown: {{test: {{name: down, url: /down}}}}\n");
        let (settings, done) = (Settings::default(), Arc::<AtomicBool>::default());
        let engine =
            Engine { exchange: Arc::new(Hanging(done.clone())), clock: Arc::new(SystemClock), settings: &settings };
        let mut sink = StoppedAt::new("hangs");
        let record = run_testsets(&engine, &sets(&suite), &mut sink);
        done.store(true, Ordering::Relaxed);
        assert_eq!(ends(&sink.events), ["hangs skipped: interrupted while it was running", "down passed"], "{suite}");
        let named = "interrupted while \"hangs\" (s.yaml:1) was running";
        assert_eq!(sink.record.interruption().as_deref(), Some(named), "{suite}");
        assert_eq!(record.faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [named], "{suite}");
        let reasons: Vec<&str> = record.suites[0].skipped.iter().map(|test| test.reason.as_str()).collect();
        assert_eq!(reasons, ["interrupted while it was running", "interrupted"]);
        assert!(record.suites[0].was_running(&record.suites[0].skipped[0]), "{suite}");
    }
}

#[test]
fn a_teardown_has_10_seconds_once_the_run_is_stopped() {
    let suite = "
- test: {name: a, url: /a}
- teardown:
    - test: {name: slow, url: /x, delay: 3600}
    - test: {name: never, url: /never}
";
    let settings = Settings::default();
    let clock = Arc::new(FakeClock::default());
    let exchange = Arc::new(Hanging(Arc::default()));
    let engine = Engine { exchange, clock: clock.clone(), settings: &settings };
    let mut sink = StoppedAt::new("a");
    let record = run_testsets(&engine, &sets(suite), &mut sink);
    let slow = "slow failed: it did not end within the 10 s that a teardown has once the run is stopped";
    assert_eq!(ends(&sink.events)[1..], [slow]);
    assert_eq!(clock.slept(), Duration::from_secs(10));
    assert_eq!(record.totals().errored, 1);
    assert_eq!(record.suites[0].skipped.last().map(|test| test.name.as_str()), Some("never"));
}

#[test]
fn the_suites_limit_leaves_a_teardown_its_time() {
    let suite = "
- config: {suite_timeout: 30}
- test: {name: a, url: /a, delay: 3600}
- test: {name: b, url: /b}
- teardown: {test: {name: down, url: /down, delay: 5}}
";
    let clock: Arc<dyn Clock> = Arc::new(FakeClock::default());
    let suite = |name: &str| PlannedSuite { name: name.into(), sets: sets(suite), ..PlannedSuite::default() };
    let exchange: Arc<dyn Exchange> = Arc::new(Hanging(Arc::default()));
    let mut heard = Heard::new();
    run_suites(&[suite("one"), suite("two")], &|_| exchange.clone(), clock, &Limits::default(), &mut heard);
    let expected = ["a failed: suite limit of 30 s reached", "b skipped: suite limit of 30 s reached", "down passed"];
    assert_eq!(ends(&heard.events), [expected, expected].concat());
    let errors = heard.events.iter().filter(|event| matches!(event, Event::SuiteFinished { error: Some(_), .. }));
    assert_eq!(errors.count(), 2);
}

#[test]
fn a_program_that_runs_suites_keeps_to_their_limit_and_what_it_sets_wins() {
    let suite = "
- config: {suite_timeout: 30}
- test: {name: a, url: /a, delay: 20}
- test: {name: b, url: /b, delay: 20}
- test: {name: c, url: /c}
";
    let record = |settings: &Settings| {
        let clock = Arc::new(FakeClock::default());
        let engine = Engine { exchange: Arc::new(Hanging(Arc::default())), clock, settings };
        run_testsets(&engine, &sets(suite), &mut Heard::new())
    };
    let cut = record(&Settings::default());
    let totals = cut.totals();
    assert_eq!((totals.passed, totals.errored, totals.skipped), (1, 1, 1));
    assert_eq!(cut.suites[0].error.as_deref(), Some("suite limit of 30 s reached"));
    assert_eq!(cut.suites[0].skipped[0].reason, "suite limit of 30 s reached");
    let mut settings = Settings::default();
    let origin = Origin::CommandLine("suite-timeout");
    let unlimited = Setting::new(Timeout::Unlimited, origin);
    settings.layer.guards.get_or_insert_default().suite_timeout = Some(unlimited);
    assert!(record(&settings).succeeded());
}
