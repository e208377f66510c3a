//! One test set: setup, tests, benchmarks, teardown.
//!
//! Owns: what runs after what, what does not run, and why. Does not: know what a test does (see `one_test`), bound a
//! teardown (see `teardown`).

use super::benchmark;
use super::mock;
use super::session::{Engine, Session, failure};
use super::shared::Shared;
use super::teardown::{TEARDOWN_LIMIT, Unstopped};
use super::time_limit::TimeLimit;
use crate::judge::outcome::{FailureKind, Outcome};
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::{Event, Sink};
use crate::test::definition::Test;
use crate::test::planned_test::PlannedTest;
use crate::test::set::TestSet;

/// Why a test has no verdict that a stop did not wait for.
const LEFT_BEHIND: &str = "interrupted while it was running";

/// What is wrong with a teardown that a stop waited for in vain.
const TOO_LONG: &str = "it did not end within the 10 s that a teardown has once the run is stopped";

/// Why load is not made where answers are recorded ones.
const UNRECORDED: &str = "load runs are not recorded";

/// A set under way.
pub(super) struct SetRun<'e> {
    set: &'e TestSet,
    session: Session<'e>,
    limit: Option<&'e TimeLimit>,
    in_teardown: bool,
    /// What the system did not give, if that kept a test from being run at all.
    shortage: Option<String>,
}

impl<'e> SetRun<'e> {
    /// A set of a suite that is to be run, with what files before it hand on.
    pub fn new(engine: &'e Engine<'e>, (set, sets): (&'e TestSet, &'e [TestSet]), shared: &Shared) -> SetRun<'e> {
        let session = Session::new(engine, set, sets, shared);
        SetRun { set, session, limit: None, in_teardown: false, shortage: None }
    }

    /// Reports all of it as errors, for this reason: a file that it needs failed. Setup and teardown do not run either.
    pub fn refuse(mut self, reason: &str, sink: &mut dyn Sink) {
        let set = self.set;
        sink.emit(Event::SetStarted { file: set.file.clone(), tests: set.in_order().count() });
        self.skip(&set.setup, reason, sink);
        self.refuse_all(reason, sink);
        self.skip(&set.teardown, reason, sink);
    }

    /// Runs it, and hands on what it shares; what the system did not give comes back.
    pub fn run(mut self, limit: Option<&'e TimeLimit>, shared: &mut Shared, sink: &mut dyn Sink) -> Option<String> {
        self.limit = limit;
        let set = self.set;
        if set.is_empty() {
            // It may still hand on what its config sets.
            shared.take(set, &self.session.end());
            return None;
        }
        let server = set.config.mock.as_ref().filter(|_| !self.session.engine.settings.replays);
        let exchange = &self.session.engine.exchange;
        let played = server.map(|config| mock::start(config, exchange, self.session.egress.clone()));
        let _server = match played.transpose() {
            Ok(server) => server,
            Err(reason) => {
                self.refuse(&reason, sink);
                return None;
            }
        };
        sink.emit(Event::SetStarted { file: set.file.clone(), tests: set.in_order().count() });
        self.session.leaks = std::mem::take(&mut shared.leaks);
        match self.setup(sink) {
            Ok(()) => {
                self.tests(sink);
                self.benchmarks(sink);
            }
            Err(reason) => match sink.given_up() {
                Some(reason) => self.skip(&set.tests, &reason, sink),
                None => self.refuse_all(&reason, sink),
            },
        }
        if !set.teardown.is_empty() {
            self.teardown(sink);
        }
        // What has been shown so far is kept in reports, and may hold what answers after it called a secret.
        if self.session.leaks.has_shown {
            self.session.read_answers();
        }
        if self.session.leaks.has_learned {
            sink.learn(&self.session.secrets);
            shared.learn(&self.session.secrets);
        }
        shared.leaks = self.session.leaks.hand_on();
        shared.take(set, &self.session.end());
        // Also where a failure or an interrupt has ended it.
        self.shortage.or(self.session.save_cookies().err())
    }

    /// Runs what comes before the tests.
    ///
    /// # Errors
    /// A test of it failed: which one.
    fn setup(&mut self, sink: &mut dyn Sink) -> Result<(), String> {
        let setup = &self.set.setup;
        for (place, test) in setup.iter().enumerate() {
            if let Some(reason) = sink.given_up() {
                self.skip(&setup[place..], &reason, sink);
                break;
            }
            if sink.is_stopped() {
                break;
            }
            if self.one(test, sink) == Some(false) {
                let reason = format!("setup \"{}\" failed", test.name.escape_debug());
                self.skip(&setup[place + 1..], &reason, sink);
                return Err(reason);
            }
        }
        Ok(())
    }

    fn tests(&mut self, sink: &mut dyn Sink) {
        let tests = &self.set.tests;
        for (place, test) in tests.iter().enumerate() {
            if let Some(reason) = sink.given_up() {
                return self.skip(&tests[place..], &reason, sink);
            }
            if sink.is_stopped() {
                return;
            }
            if self.one(test, sink) == Some(false) && test.stop_on_failure {
                sink.emit(Event::SetStopped);
                self.skip(&tests[place + 1..], &format!("stop_on_failure of {:?}", test.name), sink);
                return;
            }
        }
    }

    fn benchmarks(&mut self, sink: &mut dyn Sink) {
        for benchmark in self.set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
            if sink.is_stopped() || sink.given_up().is_some() {
                return;
            }
            let unrecorded = self.session.engine.settings.replays.then(|| UNRECORDED.to_owned());
            if let Some(reason) = unrecorded.or_else(|| self.session.refusal(&benchmark.test)) {
                self.skip(std::slice::from_ref(&benchmark.test), &reason, sink);
                continue;
            }
            let report = benchmark::run(&mut self.session, benchmark, sink);
            self.note_shortage();
            self.session.ends.note(&benchmark.test, report.missed.is_empty());
            sink.emit(Event::BenchmarkFinished(Box::new(report)));
        }
    }

    /// Runs what comes after everything; neither a stop nor the suite's limit keeps it from that.
    fn teardown(&mut self, sink: &mut dyn Sink) {
        self.in_teardown = true;
        // It cleans up whatever is open, and neither opens nor closes it.
        self.session.cleans_up = true;
        let until = self.limit.map(|limit| limit.extend(TEARDOWN_LIMIT));
        let mut unstopped = Unstopped::new(sink, &*self.session.engine.clock);
        for test in &self.set.teardown {
            if unstopped.is_stopped() {
                break;
            }
            self.one(test, &mut unstopped);
        }
        if let (Some(limit), Some(until)) = (self.limit, until) {
            limit.restore(until);
        }
    }

    /// Runs what a test comes to: itself, or a test for each value of a list. Nothing comes back where none runs, else
    /// whether all of them passed.
    fn one(&mut self, test: &Test, sink: &mut dyn Sink) -> Option<bool> {
        if let Some(never) = test.never() {
            self.skip(std::slice::from_ref(test), never, sink);
            return None;
        }
        let list = match test.items(&self.session.context) {
            Ok(None) => return self.itself(test, sink),
            Ok(Some(items)) if items.is_empty() => Ok(match test.foreach() {
                Some(foreach) if !foreach.chosen.not.is_empty() => format!("nothing of ${} is chosen", test.list()),
                _ => format!("${} is an empty list", test.list()),
            }),
            Ok(Some(items)) => return self.items(test, &items, sink),
            Err(message) => Err(message),
        };
        // What keeps it from running says more than a list that is not there.
        let refusal = self.session.refusal(test);
        match refusal.map_or(list, Ok) {
            Ok(reason) => {
                self.skip(std::slice::from_ref(test), &reason, sink);
                None
            }
            Err(message) => {
                let message = self.session.about_list(test, message);
                self.unsent(test, message, sink);
                Some(false)
            }
        }
    }

    /// Goes over a list.
    fn items(&mut self, test: &Test, items: &[Test], sink: &mut dyn Sink) -> Option<bool> {
        let names = items.iter().map(|item| item.name.clone()).collect();
        sink.emit(Event::TestExpanded { test: Box::new(PlannedTest::from(test)), names });
        let mut passed = None;
        for (place, item) in items.iter().enumerate() {
            if let Some(reason) = sink.given_up() {
                self.skip(&items[place..], &reason, sink);
                break;
            }
            if sink.is_stopped() {
                break;
            }
            let ended = self.itself(item, sink);
            passed = ended.map(|ended| ended && passed != Some(false)).or(passed);
            if ended == Some(false) && test.stop_on_failure {
                self.skip(&items[place + 1..], &format!("stop_on_failure of {:?}", item.name), sink);
                break;
            }
        }
        passed
    }

    /// Runs a test; nothing comes back of one that does not run, else whether it passed.
    fn itself(&mut self, test: &Test, sink: &mut dyn Sink) -> Option<bool> {
        if let Some(reason) = self.unrecorded(test) {
            self.skip(std::slice::from_ref(test), reason, sink);
            return None;
        }
        let covered = test.enter_row(&mut self.session.context);
        if let Some(reason) = self.session.refusal(test) {
            Test::undo_row(&mut self.session.context, covered);
            self.skip(std::slice::from_ref(test), &reason, sink);
            return None;
        }
        sink.emit(Event::started(test));
        let outcome = self.session.run(test, sink);
        self.note_shortage();
        let ended = self.ended(test, outcome, sink);
        test.leave_row(&mut self.session.context, covered);
        ended
    }

    /// Why there are no answers for a test where they are recorded ones.
    fn unrecorded(&self, test: &Test) -> Option<&'static str> {
        (self.session.engine.settings.replays && test.performance.is_some()).then_some(UNRECORDED)
    }

    /// Reports how a test ended; nothing comes back of one that a stop did not wait for, else whether it passed.
    fn ended(&mut self, test: &Test, mut outcome: Outcome, sink: &mut dyn Sink) -> Option<bool> {
        if self.session.left_behind.take() {
            if !self.in_teardown && self.limit.is_none_or(|limit| !limit.is_over()) {
                self.skip(std::slice::from_ref(test), LEFT_BEHIND, sink);
                return None;
            }
            outcome.failures = vec![failure(FailureKind::TestException, TOO_LONG.to_owned(), &test.location)];
        }
        let passed = outcome.passed();
        self.session.ends.note(test, passed);
        sink.emit(Event::TestFinished(Box::new(outcome)));
        Some(passed)
    }

    /// Reports a test that cannot be run as an error.
    fn unsent(&mut self, test: &Test, reason: String, sink: &mut dyn Sink) {
        self.session.ends.note(test, false);
        sink.emit(Event::started(test));
        let outcome = self.session.unsent(test, reason);
        sink.emit(Event::TestFinished(Box::new(outcome)));
    }

    fn skip(&mut self, tests: &[Test], reason: &str, sink: &mut dyn Sink) {
        for test in tests {
            self.session.ends.note(test, false);
            sink.emit(Event::TestSkipped(Box::new(PlannedTest::from(test).skipped(reason))));
        }
    }

    /// Every test and benchmark is an error for this reason; those that never run are not.
    fn refuse_all(&mut self, reason: &str, sink: &mut dyn Sink) {
        for test in &self.set.tests {
            match test.never() {
                Some(never) => self.skip(std::slice::from_ref(test), never, sink),
                None => self.unsent(test, reason.to_owned(), sink),
            }
        }
        for benchmark in self.set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
            let test = &benchmark.test;
            if let Some(never) = test.never() {
                self.skip(std::slice::from_ref(test), never, sink);
                continue;
            }
            self.session.ends.note(test, false);
            sink.emit(Event::BenchmarkStarted { name: test.name.clone(), group: test.group.clone() });
            let mut report = BenchmarkReport {
                missed: vec![failure(FailureKind::TestException, reason.to_owned(), &test.location)],
                ..BenchmarkReport::of(test)
            };
            report.analyze(&benchmark.metrics, Vec::new());
            sink.emit(Event::BenchmarkFinished(Box::new(report)));
        }
    }

    fn note_shortage(&mut self) {
        let found = self.session.shortage.take();
        self.shortage = self.shortage.take().or(found);
    }
}
