//! What the spans of a run have in common, and those of a suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use super::derived;
use super::parent::Parent;
use super::sends::{Reach, Trace};
use crate::exchange::egress::HostPattern;

/// What has a trace of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TracePer {
    /// The run.
    #[default]
    Run,
    /// Each suite file.
    Suite,
    /// Each test.
    Test,
}

/// `propagate` of a suite: whether its requests carry `traceparent`, and where else than to the base URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Propagate {
    /// Whether they do.
    pub is_on: bool,
    /// Hosts besides that of the base URL.
    pub hosts: Vec<HostPattern>,
}

/// What all spans of a run have in common; in every process of it the same.
#[derive(Debug, Clone)]
pub struct RunTrace {
    /// What all ids follow from.
    pub run: u128,
    /// Which part of the run this is, where several machines share it: their spans have ids of their own.
    pub part: u64,
    /// Where the run's trace goes on from, if it does not begin here.
    pub joined: Option<Parent>,
    /// `tracestate`, which is handed on as it came.
    pub state: Option<Arc<str>>,
    /// What has a trace of its own.
    pub per: TracePer,
    /// The share of the traces that is recorded.
    pub ratio: f64,
    /// Whether spans are made and go anywhere.
    pub exports: bool,
    /// Whether requests carry `traceparent` where their suite says nothing of it.
    pub propagates: bool,
    /// `--traceparent`, which wins over suites.
    pub forced: Option<bool>,
    /// Headers that spans show, in lower case.
    pub headers: Arc<[String]>,
}

impl RunTrace {
    /// The trace of a test of a suite.
    pub fn trace_of(&self, suite: &str, number: u64) -> u128 {
        match self.per {
            TracePer::Run => self.joined.map_or_else(|| derived(self.run, "run", 0), |parent| parent.trace),
            TracePer::Suite => derived(self.run, suite, self.part << 32),
            TracePer::Test => derived(self.run, suite, (self.part << 32) + 1 + number),
        }
    }

    /// The span of the run.
    pub fn span(&self) -> u64 {
        self.id("run", 0)
    }

    /// The span of a suite; `number` tells those of one name apart.
    pub fn suite_span(&self, suite: &str, number: u64) -> u64 {
        self.id(&format!("suite {suite}"), number)
    }

    fn id(&self, words: &str, number: u64) -> u64 {
        derived(self.run ^ u128::from(self.part), words, number) as u64
    }

    /// Whether a trace is recorded: by its id, so that every process says the same.
    pub fn is_sampled(&self, trace: u128) -> bool {
        // The half of the id that is random whoever made it, as a number of 63 bits.
        self.ratio >= 1.0 || ((trace as u64 >> 1) as f64) < self.ratio * (1_u64 << 63) as f64
    }

    /// Whether spans of a trace are made.
    pub fn records(&self, trace: u128) -> bool {
        self.exports && self.is_sampled(trace)
    }
}

/// What the tests of a suite have in common.
#[derive(Debug)]
pub struct SuiteTrace {
    run: Arc<RunTrace>,
    suite: String,
    /// The host of its base URL, if it has one.
    base: Option<Box<str>>,
    next: AtomicU64,
}

impl SuiteTrace {
    /// That of a suite, whose tests are joined with a base URL at this host.
    pub fn new(run: &Arc<RunTrace>, suite: String, base: Option<&str>) -> SuiteTrace {
        SuiteTrace { run: run.clone(), suite, base: base.map(Into::into), next: AtomicU64::new(0) }
    }

    /// A test begins at this moment, as both clocks have it.
    pub fn begin(&self, propagate: Option<&Propagate>, now: (SystemTime, Instant)) -> Arc<Trace> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let run = &*self.run;
        let trace = run.trace_of(&self.suite, number);
        let parent = Parent {
            trace,
            span: run.id(&self.suite, number),
            is_sampled: run.is_sampled(trace),
            is_random: run.joined.is_some_and(|joined| joined.trace == trace && joined.is_random),
        };
        let is_wanted = propagate.map(|propagate| propagate.is_on);
        let reach = run.forced.or(is_wanted).unwrap_or(run.propagates).then(|| Reach {
            base: self.base.clone(),
            hosts: propagate.map(|propagate| propagate.hosts.clone()).unwrap_or_default(),
        });
        let state = run.state.clone().filter(|_| run.joined.is_some_and(|joined| joined.trace == trace));
        Arc::new(Trace::new(parent, reach, state, run.records(trace).then(|| run.headers.clone()), now))
    }
}

#[cfg(test)]
impl RunTrace {
    /// A run for tests.
    pub fn example(per: TracePer) -> RunTrace {
        RunTrace {
            run: 7,
            part: 0,
            joined: None,
            state: None,
            per,
            ratio: 1.0,
            exports: true,
            propagates: true,
            forced: None,
            headers: Arc::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_the_run_and_tell_all_spans_apart() {
        let ids = |per, suite: &str| {
            let suite = SuiteTrace::new(&Arc::new(RunTrace::example(per)), suite.to_owned(), None);
            let begin = || suite.begin(None, (SystemTime::now(), Instant::now()));
            [begin(), begin()].map(|trace| trace.parent())
        };
        assert_eq!(ids(TracePer::Run, "a"), ids(TracePer::Run, "a"), "every process makes the same");
        let ([one, two], [other, _]) = (ids(TracePer::Run, "a"), ids(TracePer::Run, "b"));
        assert!(one.trace == two.trace && one.trace == other.trace && one.span != two.span && one.span != other.span);
        let ([one, two], [other, _]) = (ids(TracePer::Suite, "a"), ids(TracePer::Suite, "b"));
        assert!(one.trace == two.trace && one.trace != other.trace);
        let ([one, two], [other, _]) = (ids(TracePer::Test, "a"), ids(TracePer::Test, "b"));
        assert!(one.trace != two.trace && one.trace != other.trace);
        // Two machines share a run: one trace, but no span twice.
        let (first, second) =
            (RunTrace::example(TracePer::Run), RunTrace { part: 2, ..RunTrace::example(TracePer::Run) });
        assert_eq!(first.trace_of("a", 0), second.trace_of("a", 0));
        assert!(first.span() != second.span() && first.suite_span("a", 0) != second.suite_span("a", 0));
    }

    #[test]
    fn a_share_of_the_traces_is_recorded() {
        let half = RunTrace { ratio: 0.5, ..RunTrace::example(TracePer::Test) };
        let sampled = (0..1000).filter(|number| half.is_sampled(half.trace_of("a", *number))).count();
        assert!((400..600).contains(&sampled), "{sampled}");
        let none = RunTrace { ratio: 0.0, ..half.clone() };
        assert!((0..99).all(|number| !none.is_sampled(none.trace_of("a", number))));
        assert!(!half.is_sampled(u128::from(u64::MAX)) && half.is_sampled(1));
    }
}
