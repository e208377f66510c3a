//! Suites one after another, with the hooks around all of them.
//!
//! Owns: the order of suites in one process. Does not: start processes (see `processes`).

use std::sync::Arc;
use std::time::Duration;

use super::giving_up::{Bounded, Patience};
use super::hooks::{self, HookCall};
use super::session::Engine;
use super::sets::run_suite;
use super::shared::Shared;
use super::time_limit::{LimitedClock, LimitedExchange, LimitedSink, Scope, TimeLimit};
use crate::exchange::request::Exchange;
use crate::ground::clock::Clock;
use crate::judge::outcome::{Failure, FailureKind, Outcome};
use crate::record::event::{Event, Sink};
use crate::settings::hooks::Hooks;
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;

/// Makes the exchange of a suite: its settings say whether certificates are checked.
pub type MakeExchange<'m> = &'m dyn Fn(&PlannedSuite) -> Arc<dyn Exchange>;

/// What bounds the suites of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// How long each may take; the test that runs then is an error, and so is its suite.
    pub suite: Option<Duration>,
    /// After how many failures nothing more begins.
    pub patience: Option<Patience>,
    /// How long all of them may take together; the test that runs then is an error.
    pub run: Option<Duration>,
}

/// Runs suites in order.
pub fn run_suites(
    suites: &[PlannedSuite],
    exchange: MakeExchange<'_>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    sink: &mut dyn Sink,
) {
    let mut shared = Shared::in_run(suites.iter().flat_map(|suite| &suite.sets));
    let of_run = limits.run.and_then(|limit| TimeLimit::from_now(Scope::Run, limit, &clock));
    let mut bounded = Bounded::new(sink, limits.patience);
    for suite in suites {
        let is_over = of_run.as_ref().is_some_and(TimeLimit::is_over);
        // A process whose parent has given up says so of its suite, test by test.
        if bounded.is_stopped() || bounded.has_given_up() || is_over {
            break;
        }
        let sink: &mut dyn Sink = &mut bounded;
        let started = clock.now();
        let title = suite.sets.last().and_then(|set| set.title.clone());
        sink.emit(Event::SuiteStarted { file: suite.name.clone(), title, at: clock.date() });
        let of_suite = limits.suite.and_then(|limit| TimeLimit::from_now(Scope::Suite, limit, &clock));
        let limit = TimeLimit::first(of_suite, of_run.clone());
        let exchange = exchange(suite);
        let error = match limit {
            None => {
                let engine = Engine { exchange, clock: clock.clone(), settings: &suite.settings };
                run_suite(&engine, &suite.sets, (None, &mut shared), sink)
            }
            Some(limit) => {
                let exchange = Arc::new(LimitedExchange { inner: exchange, limit: limit.clone() });
                let clock = Arc::new(LimitedClock(limit.clone()));
                let engine = Engine { exchange, clock, settings: &suite.settings };
                let mut sink = LimitedSink::new(sink, limit.clone());
                let shortage = run_suite(&engine, &suite.sets, (Some(&limit), &mut shared), &mut sink);
                sink.error().or(shortage)
            }
        };
        if error.is_some() {
            suite.sets.iter().for_each(|set| shared.fail(set.suite()));
        }
        let elapsed = clock.now().saturating_duration_since(started);
        sink.emit(Event::SuiteFinished { file: suite.name.clone(), elapsed, error });
    }
}

/// Runs the hooks that come before everything; if one fails, every test is reported as an error and nothing is sent.
pub fn before_all(hooks: &Hooks, suites: &[PlannedSuite], clock: &dyn Clock, sink: &mut dyn Sink) -> bool {
    let occasion =
        HookCall { hook: "before_all", suite: None, test: None, passed: None, environment: &hooks.environment };
    let Err(message) = hooks::run(&hooks.before_all, &occasion, &|| sink.is_stopped()) else { return true };
    for suite in suites {
        sink.emit(Event::SuiteStarted { file: suite.name.clone(), title: None, at: clock.date() });
        for test in suite.sets.iter().filter(|set| !set.is_empty()).flat_map(TestSet::in_order) {
            sink.emit(Event::started(test));
            sink.emit(Event::TestFinished(Box::new(Outcome {
                name: test.name.clone(),
                group: test.group.clone(),
                tags: test.tags.clone(),
                location: test.location.clone(),
                method: test.method.clone(),
                url: test.url.source().to_owned(),
                failures: vec![Failure::new(FailureKind::TestException, message.clone(), &test.location)],
                ..Outcome::default()
            })));
        }
        let error = Some(message.clone());
        sink.emit(Event::SuiteFinished { file: suite.name.clone(), elapsed: Default::default(), error });
    }
    false
}

/// Runs the hooks that come after everything.
///
/// # Errors
/// Which one failed, and how.
pub fn after_all(hooks: &Hooks, passed: bool, is_stopped: &dyn Fn() -> bool) -> Result<(), String> {
    let occasion =
        HookCall { hook: "after_all", suite: None, test: None, passed: Some(passed), environment: &hooks.environment };
    hooks::run(&hooks.after_all, &occasion, is_stopped)
}
