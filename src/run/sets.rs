//! Test sets in order, those of one suite in a row.
//!
//! Owns: which set runs after which. Does not: know what is in a set (see `set_run`).

use std::sync::Arc;
use std::time::Duration;

use super::guarded::pass_on_news;
use super::session::Engine;
use super::set_run::SetRun;
use super::shared::{Shared, Watched};
use super::time_limit::{LimitedClock, LimitedExchange, LimitedSink, Scope, TimeLimit};
use crate::record::event::{Event, Sink};
use crate::record::run_record::RunRecord;
use crate::secrets::Secrets;
use crate::settings::precedence::Layer;
use crate::settings::run_settings::{OwnLayers, Settings};
use crate::test::planned_test::{PlannedTest, planned};
use crate::test::set::TestSet;

/// Runs test sets one after another, those of one suite in a row; a failed test never ends the run. The record of all of it comes
/// back.
pub fn run_testsets(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink) -> RunRecord {
    let begun = engine.clock.now();
    let mut sink = Recorded { record: RunRecord::new(engine.clock.date()), sink };
    let suites = sets.chunk_by(|set, next| set.suite() == next.suite());
    sink.record.set_plan(suites.filter_map(|suite| Some((suite.last()?.suite().clone(), planned(suite)))));
    let mut shared = Shared::in_run(sets);
    for suite in sets.chunk_by(|set, next| set.suite() == next.suite()) {
        let Some(last) = suite.last() else { continue };
        if sink.is_stopped() {
            break;
        }
        let file = last.suite().clone();
        let started = engine.clock.now();
        sink.emit(Event::SuiteStarted { file: file.clone(), title: last.title.clone(), at: engine.clock.date() });
        let error = run_within(engine, suite, (None, &mut shared), &mut sink);
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

    fn learn(&mut self, secrets: &Secrets) {
        self.record.hide(secrets);
        self.sink.learn(secrets);
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

/// How long a suite may take, if anything says so: what holds for its own file.
pub fn suite_limit(settings: &Settings, sets: &[TestSet]) -> Option<Duration> {
    let config = &sets.last()?.config.layer;
    let own = OwnLayers { test: &Layer::default(), plan: None, from_runner: false };
    settings.resolve(config, &own).guards?.suite_limit()
}

/// Runs the sets of one suite in the time that it and its run may take; why it did not come to its end comes back.
/// `shared` is what files before hand on.
pub(super) fn run_within(
    engine: &Engine<'_>,
    sets: &[TestSet],
    (of_run, shared): (Option<&TimeLimit>, &mut Shared),
    sink: &mut dyn Sink,
) -> Option<String> {
    let of_suite = suite_limit(engine.settings, sets);
    let of_suite = of_suite.and_then(|limit| TimeLimit::from_now(Scope::Suite, limit, &engine.clock));
    let Some(limit) = TimeLimit::first(of_suite, of_run.cloned()) else {
        return run_suite(engine, sets, (None, shared), sink);
    };
    let engine = Engine {
        exchange: Arc::new(LimitedExchange { inner: engine.exchange.clone(), limit: limit.clone() }),
        clock: Arc::new(LimitedClock(limit.clone())),
        settings: engine.settings,
    };
    let mut sink = LimitedSink::new(sink, limit.clone());
    let shortage = run_suite(&engine, sets, (Some(&limit), shared), &mut sink);
    sink.error().or(shortage)
}

/// Runs the sets of one suite, whose beginning and end somebody else reports. What the system did not give comes back,
/// if that kept a test from being run at all. `shared` is what files before hand on.
fn run_suite(
    engine: &Engine<'_>,
    sets: &[TestSet],
    (limit, shared): (Option<&TimeLimit>, &mut Shared),
    sink: &mut dyn Sink,
) -> Option<String> {
    let guards = &engine.settings.guards;
    let before = guards.figures();
    let shortage = run_files(engine, sets, (limit, shared), sink);
    pass_on_news(guards, sink);
    let figures = guards.figures();
    if !figures.is_empty() {
        sink.emit(Event::GuardsReported(Box::new(figures.since(&before))));
    }
    let contracts = sets.iter().filter_map(|set| set.config.contract.as_ref());
    for contract in contracts.filter(|_| engine.settings.covers) {
        sink.emit(Event::Covered(Box::new(contract.take_coverage())));
    }
    shortage
}

fn run_files(
    engine: &Engine<'_>,
    sets: &[TestSet],
    (limit, shared): (Option<&TimeLimit>, &mut Shared),
    sink: &mut dyn Sink,
) -> Option<String> {
    let mut shortage = None;
    for file in sets.chunk_by(|set, next| set.suite() == next.suite()) {
        let name = file[0].suite();
        let run = FileRun { engine, file, sets, limit };
        let found = if let Some(reason) = shared.failed_need(file) {
            shared.fail(name);
            run.refuse(&reason, shared, sink);
            None
        } else if shared.is_needed(name) {
            let mut watched = Watched { inner: &mut *sink, has_failed: false };
            let found = run.run(shared, &mut watched);
            if watched.has_failed || found.is_some() {
                shared.fail(name);
            }
            found
        } else {
            run.run(shared, sink)
        };
        shortage = shortage.or(found);
    }
    shortage
}

/// A file with what it imports, as a part of its suite.
struct FileRun<'r> {
    engine: &'r Engine<'r>,
    file: &'r [TestSet],
    /// All sets of the suite.
    sets: &'r [TestSet],
    limit: Option<&'r TimeLimit>,
}

impl FileRun<'_> {
    /// Runs its sets; what the system did not give comes back.
    fn run(&self, shared: &mut Shared, sink: &mut dyn Sink) -> Option<String> {
        let mut shortage = None;
        for set in self.file.iter().filter(|set| !set.is_empty() || set.has_sharing()) {
            if skips(set, sink) {
                continue;
            }
            if sink.is_stopped() {
                break;
            }
            let found = SetRun::new(self.engine, (set, self.sets), shared).run(self.limit, shared, sink);
            shortage = shortage.or(found);
        }
        shortage
    }

    /// Reports all of it as errors; nothing is sent.
    fn refuse(&self, reason: &str, shared: &Shared, sink: &mut dyn Sink) {
        for set in self.file.iter().filter(|set| !set.is_empty()) {
            if sink.is_stopped() {
                break;
            }
            if !skips(set, sink) {
                SetRun::new(self.engine, (set, self.sets), shared).refuse(reason, sink);
            }
        }
    }
}

/// Whether the run has given up, so that none of a set's tests run.
fn skips(set: &TestSet, sink: &mut dyn Sink) -> bool {
    let Some(reason) = sink.given_up() else { return false };
    if !set.is_empty() {
        let tests = set.in_order().map(PlannedTest::from);
        tests.for_each(|test| sink.emit(Event::TestSkipped(Box::new(test.skipped(&*reason)))));
    }
    true
}
