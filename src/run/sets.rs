//! Test sets in order, those of one suite in a row.
//!
//! Owns: what runs after what, and when it ends early. Does not: know what a test does (see `one_test`).

use super::benchmark;
use super::session::{Engine, Session};
use crate::record::event::{Event, Sink};
use crate::record::tally::Tally;
use crate::test::set::TestSet;

/// Runs test sets one after another, those of one suite in a row; a failed test never ends the run.
pub fn run_testsets(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink) -> Tally {
    let mut tally = Tally::default();
    for suite in sets.chunk_by(|set, next| set.suite() == next.suite()) {
        let Some(last) = suite.last() else { continue };
        if sink.is_stopped() {
            break;
        }
        let file = last.suite().clone();
        let started = engine.clock.now();
        sink.emit(Event::SuiteStarted { file: file.clone(), title: last.title.clone(), at: engine.clock.date() });
        run_suite(engine, suite, sink, &mut tally);
        let elapsed = engine.clock.now().saturating_duration_since(started);
        sink.emit(Event::SuiteFinished { file, elapsed, error: None });
    }
    tally
}

/// Runs the sets of one suite, whose beginning and end somebody else tells.
pub(super) fn run_suite(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink, tally: &mut Tally) {
    for set in sets.iter().filter(|set| !set.tests.is_empty() || !set.benchmarks.is_empty()) {
        if sink.is_stopped() {
            return;
        }
        sink.emit(Event::SetStarted { file: set.file.clone(), tests: set.tests.len() });
        let mut session = Session::new(engine, set);
        for test in &set.tests {
            if sink.is_stopped() {
                return;
            }
            let outcome = session.run(test, sink);
            tally.add(&outcome);
            let stops = test.stop_on_failure && !outcome.passed();
            sink.emit(Event::TestFinished(Box::new(outcome)));
            if stops {
                sink.emit(Event::SetStopped);
                break;
            }
        }
        for benchmark in set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
            if sink.is_stopped() {
                return;
            }
            let report = benchmark::run(&mut session, benchmark, sink);
            tally.add_benchmark(&report);
            sink.emit(Event::BenchmarkFinished(Box::new(report)));
        }
    }
}
