//! What happens in a run, told by the engines and rendered by reporters.
//!
//! Owns: the events. Does not: print, and nothing in it holds a secret.

use std::sync::Arc;
use std::time::Duration;

use crate::benchmark_report::BenchmarkReport;
use crate::outcome::Outcome;

/// Something happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
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
    /// A test was judged.
    TestFinished(Box<Outcome>),
    /// A test with `stop_on_failure` failed: the rest of its set's tests do not run.
    SetStopped,
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

/// A request as interactive mode shows it.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The test's name.
    pub name: String,
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

/// Where an engine tells its events.
pub trait Sink {
    /// Takes an event.
    fn emit(&mut self, event: Event);

    /// Returns when the person at the terminal wants to go on (interactive mode only).
    fn pause(&mut self) {}

    /// Whether the run is to end: between two tests, the engine asks.
    fn is_stopped(&self) -> bool {
        false
    }
}

impl<F: FnMut(Event)> Sink for F {
    fn emit(&mut self, event: Event) {
        self(event);
    }
}
