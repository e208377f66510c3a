//! How long the engine may take: for a suite with a limit, and to its end once the run is stopped.
//!
//! Owns: the times. Does not: stop anything (see `execute`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::record::event::Event;
use crate::run::{LATENESS, TEARDOWN_LIMIT, limit_reached, run_limit_reached, suite_limit};
use crate::settings::hooks::Hooks;
use crate::test::planned_suite::PlannedSuite;

/// How long an engine may take to end after an interrupt before its results are given up.
const GRACE: Duration = Duration::from_millis(800);

/// How much longer where hooks may have to be ended, and get a last chance to clean up.
const GRACE_FOR_HOOKS: Duration = Duration::from_millis(800);

/// How much longer where suites run in processes. Each of them has its own bound and is then ended, which takes no time;
/// a busy machine may need some all the same, and what the processes have told must not be lost for that.
const GRACE_FOR_CHILDREN: Duration = Duration::from_millis(1500);

/// What the engine is at, and what it has to do before it ends.
pub struct SuiteWatch {
    /// The limits of suites, where they are ours to keep and not a child's.
    limits: Vec<(Arc<str>, Duration)>,
    /// The limit of the run, and when its first suite began.
    of_run: Option<Duration>,
    begun: Option<Instant>,
    /// The suite that runs, and since when.
    pub suite: Option<(Arc<str>, Instant)>,
    /// Whether suites run here, one after another.
    in_process: bool,
    has_hooks: bool,
    /// The suites that have a teardown.
    teardowns: Vec<Arc<str>>,
}

impl SuiteWatch {
    /// Before anything runs.
    pub fn new(suites: &[PlannedSuite], hooks: &Hooks, in_process: bool) -> SuiteWatch {
        let none = Hooks::default();
        let limits =
            suites.iter().filter_map(|suite| Some((suite.name.clone(), suite_limit(&suite.settings, &suite.sets)?)));
        SuiteWatch {
            limits: if in_process { limits.collect() } else { Vec::new() },
            of_run: None,
            begun: None,
            suite: None,
            in_process,
            has_hooks: *hooks != none || suites.iter().any(|suite| suite.settings.hooks != none),
            teardowns: suites.iter().filter(|suite| suite.has_teardown()).map(|suite| suite.name.clone()).collect(),
        }
    }

    /// With a limit on the time of the run.
    pub fn limited(self, max_time: Option<Duration>) -> SuiteWatch {
        SuiteWatch { of_run: max_time.filter(|_| self.in_process), ..self }
    }

    /// Takes note of an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::SuiteStarted { file, .. } => {
                let now = Instant::now();
                self.begun.get_or_insert(now);
                self.suite = Some((file.clone(), now));
            }
            Event::SuiteFinished { .. } => self.suite = None,
            _ => {}
        }
    }

    /// Whether a suite goes on long after its limit: then it never asks whether to, and the engine is given up.
    pub fn overdue(&self) -> Option<String> {
        let (file, started) = self.suite.as_ref()?;
        let cleaning = if self.teardowns.contains(file) { TEARDOWN_LIMIT } else { Duration::ZERO };
        let is_late = |since: Instant, limit: Duration| since.elapsed() > limit.saturating_add(LATENESS + cleaning);
        let own = self.limits.iter().find(|(name, _)| name == file).map(|(_, limit)| *limit);
        let of_suite = own.filter(|limit| is_late(*started, *limit)).map(limit_reached);
        let of_run = self.of_run.filter(|limit| self.begun.is_some_and(|begun| is_late(begun, *limit)));
        let reached = of_suite.or_else(|| of_run.map(run_limit_reached))?;
        Some(format!("{reached}; it does not end, so the run does"))
    }

    /// Whether a teardown has to run before the engine ends.
    pub fn has_teardown(&self) -> bool {
        if !self.in_process {
            return !self.teardowns.is_empty();
        }
        self.suite.as_ref().is_some_and(|(file, _)| self.teardowns.contains(file))
    }

    /// Whether anything has to be cleaned up before the engine ends.
    pub fn cleans_up(&self) -> bool {
        self.has_hooks || self.has_teardown()
    }

    /// How long the engine may take to end from a stop on.
    pub fn grace(&self) -> Duration {
        let hooks = if self.has_hooks { GRACE_FOR_HOOKS } else { Duration::ZERO };
        let teardown = if self.has_teardown() { TEARDOWN_LIMIT } else { Duration::ZERO };
        let children = if self.in_process { Duration::ZERO } else { GRACE_FOR_CHILDREN };
        GRACE + hooks + teardown + children
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::definition::Test;
    use crate::test::set::TestSet;

    #[test]
    fn only_what_cleans_up_is_waited_for() {
        let suite = |name: &str, teardown: &[&str]| {
            let tests = |urls: &[&str]| urls.iter().map(|url| Test::get(*url)).collect();
            let set = TestSet { tests: tests(&["/"]), teardown: tests(teardown), ..TestSet::default() };
            PlannedSuite { name: name.into(), sets: vec![set], ..PlannedSuite::default() }
        };
        let suites = [suite("plain", &[]), suite("cleans", &["/away"])];
        let started = |name: &str| Event::SuiteStarted { file: name.into(), title: None, at: std::time::UNIX_EPOCH };
        let mut watch = SuiteWatch::new(&suites, &Hooks::default(), true);
        assert_eq!((watch.grace(), watch.cleans_up()), (GRACE, false));
        watch.observe(&started("cleans"));
        assert_eq!((watch.grace(), watch.cleans_up()), (GRACE + TEARDOWN_LIMIT, true));
        watch.observe(&started("plain"));
        assert_eq!(watch.grace(), GRACE);
        let children = SuiteWatch::new(&suites, &Hooks::default(), false);
        assert_eq!(children.grace(), GRACE + TEARDOWN_LIMIT + GRACE_FOR_CHILDREN);
        let hooks = Hooks { after_all: vec!["true".to_owned()], ..Hooks::default() };
        assert_eq!(SuiteWatch::new(&suites[..1], &hooks, true).grace(), GRACE + GRACE_FOR_HOOKS);
    }
}
