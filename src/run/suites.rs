//! Suites one after another, with the hooks around all of them.
//!
//! Owns: the order of suites in one process. Does not: start processes (see `processes`).

use super::giving_up::{Bounded, Patience};
use super::hooks::{self, HookCall};
use super::session::Engine;
use super::sets::run_within;
use super::shared::Shared;
use super::teardown::TEARDOWN_LIMIT;
use super::time_limit::TimeLimit;
use crate::exchange::request::Exchange;
use crate::ground::clock::Clock;
use crate::judge::outcome::{Failure, FailureKind, Outcome};
use crate::record::event::{Event, Sink};
use crate::settings::hooks::Hooks;
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;
use std::sync::Arc;

/// Makes the exchange of a suite: its settings say whether certificates are checked.
pub type MakeExchange<'m> = &'m dyn Fn(&PlannedSuite) -> Arc<dyn Exchange>;

/// What bounds a run as a whole.
#[derive(Clone, Default)]
pub struct Limits {
    /// After how many failures nothing more begins.
    pub patience: Option<Patience>,
    /// Until when it may go on; the test that runs then is an error.
    pub time: Option<TimeLimit>,
}

/// Runs suites in order.
pub fn run_suites(
    suites: &[PlannedSuite],
    exchange: MakeExchange<'_>,
    clock: Arc<dyn Clock>,
    limits: &Limits,
    sink: &mut dyn Sink,
) {
    let mut shared = Shared::in_run(suites.iter().flat_map(|suite| &suite.sets));
    let mut bounded = Bounded::new(sink, limits.patience);
    for suite in suites {
        if let Some(limit) = limits.time.as_ref().filter(|limit| limit.is_over()) {
            limit.tell(&mut bounded);
            break;
        }
        // A process whose parent has given up says so of its suite, test by test.
        if bounded.is_stopped() || bounded.has_given_up() {
            break;
        }
        let sink: &mut dyn Sink = &mut bounded;
        let started = clock.now();
        let title = suite.sets.last().and_then(|set| set.title.clone());
        sink.emit(Event::SuiteStarted { file: suite.name.clone(), title, at: clock.date() });
        let engine = Engine { exchange: exchange(suite), clock: clock.clone(), settings: &suite.settings };
        let error = run_within(&engine, &suite.sets, (limits.time.as_ref(), &mut shared), sink);
        if error.is_some() {
            suite.sets.iter().for_each(|set| shared.fail(set.suite()));
        }
        let elapsed = clock.now().saturating_duration_since(started);
        sink.emit(Event::SuiteFinished { file: suite.name.clone(), elapsed, error });
    }
}

/// Runs the hooks that come before everything; if one fails, every test is reported as an error and nothing is sent.
pub fn before_all(
    hooks: &Hooks,
    suites: &[PlannedSuite],
    (clock, limits): (&dyn Clock, &Limits),
    sink: &mut dyn Sink,
) -> bool {
    let occasion =
        HookCall { hook: "before_all", suite: None, test: None, passed: None, environment: &hooks.environment };
    let is_over = || limits.time.as_ref().is_some_and(TimeLimit::is_over);
    let ended = hooks::run(&hooks.before_all, &occasion, &|| sink.is_stopped() || is_over());
    let Err(message) = ended else { return true };
    if let Some(limit) = limits.time.as_ref().filter(|limit| limit.is_over()) {
        limit.tell(sink);
        return false;
    }
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

/// Runs the hooks that come after everything; a limit on the run leaves them as much time as a teardown.
///
/// # Errors
/// Which one failed, and how.
pub fn after_all(hooks: &Hooks, passed: bool, limits: &Limits, is_stopped: &dyn Fn() -> bool) -> Result<(), String> {
    let limit = limits.time.as_ref();
    let _ = limit.map(|limit| limit.extend(TEARDOWN_LIMIT));
    let is_stopped = || is_stopped() || limit.is_some_and(TimeLimit::is_over);
    let occasion =
        HookCall { hook: "after_all", suite: None, test: None, passed: Some(passed), environment: &hooks.environment };
    hooks::run(&hooks.after_all, &occasion, &is_stopped)
}
