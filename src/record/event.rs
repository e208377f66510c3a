//! What happens in a run, reported by the engines and rendered by reporters.
//!
//! Owns: the events. Does not: print, and nothing in it holds a secret.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::ground::source::{Fault, Location};
use crate::judge::contract::Coverage;
use crate::judge::outcome::Outcome;
use crate::load::plan::{Mode, Volume};
use crate::record::benchmark_report::BenchmarkReport;
use crate::retry::GuardFigures;
use crate::secrets::Secrets;
use crate::test::definition::Test;
use crate::test::planned_test::{PlannedTest, SkippedTest};

/// Something happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// A suite began: the file, with all that it imports.
    SuiteStarted {
        /// Its file.
        file: Arc<str>,
        /// Its title for people (`config: testset`), if it has one.
        title: Option<String>,
        /// When.
        at: SystemTime,
    },
    /// A suite ended: the last word about it.
    SuiteFinished {
        /// Its file.
        file: Arc<str>,
        /// How long it took.
        elapsed: Duration,
        /// Why it did not come to its end, if it did not: its process died, or hung.
        error: Option<String>,
    },
    /// A test set began.
    SetStarted {
        /// Its file.
        file: Arc<str>,
        /// How many tests it has.
        tests: usize,
    },
    /// A request is ready and waits for a person (interactive mode only).
    RequestPrepared(Box<Preview>),
    /// The heads of an exchange, line by line (`--verbose` only): `> GET /x`, `< 200`.
    HeadsExchanged(Vec<String>),
    /// A test waits before it sends.
    DelayStarted(Duration),
    /// A test is to run once for each value of a list: what begins now are these.
    TestExpanded {
        /// The test as it was planned.
        test: Box<PlannedTest>,
        /// The names of what it comes to, one for each value that is wanted.
        names: Vec<String>,
    },
    /// A test began; until its `TestFinished` it runs.
    TestStarted {
        /// Its name.
        name: String,
        /// Its group.
        group: String,
        /// Where it is written.
        location: Location,
    },
    /// Something about a test is probably meant otherwise; it runs all the same.
    Warned(Box<Fault>),
    /// A request was sent, where sends may be repeated (of a load run some, see `log`).
    AttemptFinished(Box<AttemptNotice>),
    /// A test was judged.
    TestFinished(Box<Outcome>),
    /// A test with `stop_on_failure` failed: the rest of its set's tests do not run.
    SetStopped,
    /// So many tests failed that nothing more begins; why.
    GivenUp(Arc<str>),
    /// A test does not run, and it is known why.
    TestSkipped(Box<SkippedTest>),
    /// A send is to be repeated after a wait.
    RetryScheduled(Box<RetryNotice>),
    /// More sends of a load run's repeated requests than those that were reported one by one.
    AttemptsOmitted {
        /// The test or benchmark.
        name: String,
        /// How many more.
        count: u64,
    },
    /// A budget of retries was used up, or the circuit of an origin opened; in words.
    GuardTold(String),
    /// What budgets and breakers did in a suite, where there are any.
    GuardsReported(Box<GuardFigures>),
    /// What a suite met of a document that describes its API, where that is wanted.
    Covered(Box<Coverage>),
    /// A load run began.
    LoadStarted(Box<LoadStart>),
    /// A load run goes on.
    LoadProgressed(LoadProgress),
    /// A benchmark began.
    BenchmarkStarted {
        /// Its name.
        name: String,
        /// Its group.
        group: String,
    },
    /// A benchmark ended.
    BenchmarkFinished(Box<BenchmarkReport>),
}

impl Event {
    /// A test begins.
    pub fn started(test: &Test) -> Event {
        Event::TestStarted { name: test.name.clone(), group: test.group.clone(), location: test.location.clone() }
    }
}

/// One send of a request.
#[derive(Debug, Clone)]
pub struct AttemptNotice {
    /// The test.
    pub name: String,
    /// The number of the send, from 1.
    pub attempt: u32,
    /// `status 503`, or why no answer was received; without secrets.
    pub answer: String,
    /// From the first byte out to the last byte in.
    pub time: Duration,
}

/// A send that is to be repeated.
#[derive(Debug, Clone)]
pub struct RetryNotice {
    /// The test.
    pub name: String,
    /// The method; repeating a POST or a PATCH may do things twice.
    pub method: String,
    /// `status 503`, or why no answer was received.
    pub cause: String,
    /// The number of the send, from 1.
    pub attempt: u32,
    /// Sends at most.
    pub of: u32,
    /// The wait.
    pub delay: Duration,
    /// Where it comes from, if it is not what the formula gives: `full jitter of 2 s; Retry-After 1 s`.
    pub origin: Option<String>,
    /// Whether the server can tell by a key that it is the same request: then nothing happens twice.
    pub has_key: bool,
}

/// A load run as it begins.
#[derive(Debug, Clone)]
pub struct LoadStart {
    /// The test or benchmark.
    pub name: String,
    /// The method; repeating a POST or a PATCH may do things twice.
    pub method: String,
    /// Whether the server can tell repeated requests by a key.
    pub has_key: bool,
    /// How much.
    pub volume: Volume,
    /// Requests at once.
    pub concurrency: usize,
    /// The model.
    pub mode: Mode,
}

/// How far a load run is.
#[derive(Debug, Clone, Copy)]
pub struct LoadProgress {
    /// Since measuring began.
    pub elapsed: Duration,
    /// Requests done.
    pub total: u64,
    /// Of these, failed.
    pub failed: u64,
    /// 95 of 100 answers came within this time; looked up once a second.
    pub p95: Option<Duration>,
}

/// A request as interactive mode shows it.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The test's name.
    pub name: String,
    /// What the suite says of the test, and how often it is sent if it is a load run.
    pub about: String,
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<String>,
    /// The wait that follows.
    pub delay: Duration,
}

/// Where an engine reports its events.
pub trait Sink {
    /// Takes an event.
    fn emit(&mut self, event: Event);

    /// Returns when the person at the terminal wants to go on (interactive mode only).
    fn pause(&mut self) {}

    /// Whether the run is to end: between two tests, the engine asks.
    fn is_stopped(&self) -> bool {
        false
    }

    /// Takes secrets that answers brought: what is kept of earlier events may have them.
    fn learn(&mut self, secrets: &Secrets) {
        let _ = secrets;
    }

    /// Why nothing more is to begin, where so many tests failed; what runs comes to its end.
    fn given_up(&self) -> Option<Arc<str>> {
        None
    }
}

impl<F: FnMut(Event)> Sink for F {
    fn emit(&mut self, event: Event) {
        self(event);
    }
}
