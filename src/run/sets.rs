//! Test sets in order, those of one suite in a row.
//!
//! Owns: what runs after what, and when it ends early. Does not: know what a test does (see `one_test`).

use std::sync::Arc;

use super::benchmark;
use super::session::{Engine, Session};
use crate::record::event::{Event, Sink};
use crate::record::run_record::RunRecord;
use crate::test::definition::Test;
use crate::test::planned_test::{PlannedTest, planned};
use crate::test::set::TestSet;

/// Runs test sets one after another, those of one suite in a row; a failed test never ends the run. The record of all of it comes
/// back.
pub fn run_testsets(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink) -> RunRecord {
    let begun = engine.clock.now();
    let mut sink = Recorded { record: RunRecord::new(engine.clock.date()), sink };
    let suites = sets.chunk_by(|set, next| set.suite() == next.suite());
    sink.record.set_plan(suites.filter_map(|suite| Some((suite.last()?.suite().clone(), planned(suite)))));
    for suite in sets.chunk_by(|set, next| set.suite() == next.suite()) {
        let Some(last) = suite.last() else { continue };
        if sink.is_stopped() {
            break;
        }
        let file = last.suite().clone();
        let started = engine.clock.now();
        sink.emit(Event::SuiteStarted { file: file.clone(), title: last.title.clone(), at: engine.clock.date() });
        let error = run_suite(engine, suite, &mut sink);
        let elapsed = engine.clock.now().saturating_duration_since(started);
        sink.emit(Event::SuiteFinished { file, elapsed, error });
    }
    let interrupted = sink.is_stopped();
    let mut record = sink.record;
    record.finish(engine.clock.now().saturating_duration_since(begun), interrupted);
    record
}

/// A sink that keeps the record of what it passes on.
struct Recorded<'s> {
    record: RunRecord,
    sink: &'s mut dyn Sink,
}

impl Sink for Recorded<'_> {
    fn emit(&mut self, event: Event) {
        self.record.observe(event.clone());
        self.sink.emit(event);
    }

    fn pause(&mut self) {
        self.sink.pause();
    }

    fn is_stopped(&self) -> bool {
        self.sink.is_stopped()
    }

    fn given_up(&self) -> Option<Arc<str>> {
        self.sink.given_up()
    }
}

/// Runs the sets of one suite, whose beginning and end somebody else reports. What the system did not give comes back,
/// if that kept a test from being run at all.
pub(super) fn run_suite(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink) -> Option<String> {
    let mut shortage = None;
    for set in sets.iter().filter(|set| !set.tests.is_empty() || !set.benchmarks.is_empty()) {
        if sink.is_stopped() {
            return shortage;
        }
        if let Some(reason) = sink.given_up() {
            skip(&set.tests, &reason, sink);
            continue;
        }
        sink.emit(Event::SetStarted { file: set.file.clone(), tests: set.tests.len() });
        let mut session = Session::new(engine, set, sets);
        shortage = shortage.or(run_set(&mut session, set, sink));
        // Also where a failure or an interrupt has ended it.
        shortage = shortage.or(session.save_cookies().err());
    }
    shortage
}

/// The tests of a set, and then its benchmarks.
fn run_set(session: &mut Session<'_>, set: &TestSet, sink: &mut dyn Sink) -> Option<String> {
    let mut shortage = None;
    for (place, test) in set.tests.iter().enumerate() {
        if sink.is_stopped() {
            return shortage;
        }
        if let Some(reason) = sink.given_up() {
            skip(&set.tests[place..], &reason, sink);
            break;
        }
        sink.emit(Event::TestStarted {
            name: test.name.clone(),
            group: test.group.clone(),
            location: test.location.clone(),
        });
        let outcome = session.run(test, sink);
        shortage = shortage.or(session.shortage.take());
        let stops = test.stop_on_failure && !outcome.passed();
        sink.emit(Event::TestFinished(Box::new(outcome)));
        if stops {
            sink.emit(Event::SetStopped);
            let reason = format!("stop_on_failure of {:?}", test.name);
            skip(&set.tests[place + 1..], &reason, sink);
            break;
        }
    }
    for benchmark in set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
        if sink.is_stopped() || sink.given_up().is_some() {
            return shortage;
        }
        let report = benchmark::run(session, benchmark, sink);
        shortage = shortage.or(session.shortage.take());
        sink.emit(Event::BenchmarkFinished(Box::new(report)));
    }
    shortage
}

/// Says of tests that they do not run, and why.
fn skip(tests: &[Test], reason: &str, sink: &mut dyn Sink) {
    for test in tests {
        sink.emit(Event::TestSkipped(Box::new(PlannedTest::from(test).skipped(reason))));
    }
}
