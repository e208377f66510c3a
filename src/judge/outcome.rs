//! The verdict on a test.
//!
//! Owns: outcomes, failures and their kinds. Does not: print them (see `report`).

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::ground::source::Location;
use crate::load::summary::LoadSummary;

/// Why a test did not pass, in PyRestTest's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The status is not an expected one.
    InvalidResponse,
    /// No answer came.
    CurlException,
    /// The test could not be carried out: a body file is missing, a generator is not defined.
    TestException,
    /// An assertion was false.
    ValidatorFailed,
    /// An assertion could not be judged.
    ValidatorException,
    /// A value could not be extracted.
    ExtractorException,
}

impl FailureKind {
    /// The words that scripts read after `failure type:`.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidResponse => "Invalid HTTP Response Code",
            FailureKind::CurlException => "Curl Exception",
            FailureKind::TestException => "Test Execution Exception",
            FailureKind::ValidatorFailed => "Validator Failed",
            FailureKind::ValidatorException => "Validator Exception",
            FailureKind::ExtractorException => "Extractor Exception",
        }
    }

    /// Whether the test was judged and found wrong; otherwise it could not be judged.
    pub fn is_verdict(self) -> bool {
        matches!(self, FailureKind::InvalidResponse | FailureKind::ValidatorFailed)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One reason why a test did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// PyRestTest's wording, on one line.
    pub reason: String,
    /// More lines for the log, if there is more to say.
    pub details: Option<String>,
    /// Our wording: `jsonpath_mini "login" eq: expected "gbaltar", got "jenkins"`.
    pub message: String,
    /// Where the assertion is written.
    pub location: Location,
}

/// One send of a test's request.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The status, or `None` if no answer came.
    pub status: Option<u16>,
    /// Why no answer came.
    pub error: Option<String>,
    /// From the first byte out to the last byte in.
    pub time: Duration,
    /// The wait before the next attempt, if there was one.
    pub delay: Option<Duration>,
}

/// The verdict on one test, with everything that a report may show; secrets are already out of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Where it is written.
    pub location: Location,
    /// The method.
    pub method: String,
    /// The URL that was asked for.
    pub url: String,
    /// The status, or `None` if no answer came.
    pub status: Option<u16>,
    /// Everything that was wrong; nothing if the test passed.
    pub failures: Vec<Failure>,
    /// Every send, in order.
    pub attempts: Vec<Attempt>,
    /// Whether another send was wanted after the last one, but all had been used.
    pub exhausted: bool,
    /// The figures of a load run, if the test was one.
    pub load: Option<Box<LoadSummary>>,
    /// When it began.
    pub started: Option<SystemTime>,
    /// From its beginning to its verdict: its delay, all attempts, and the waits between them.
    pub duration: Duration,
    /// The body of a failed test, without secrets.
    pub body: Option<String>,
    /// How many bytes of that body were cut away at its end.
    pub body_cut: u64,
    /// The answer's headers of a failed test, without secrets.
    pub headers: Option<Vec<(String, String)>>,
    /// What was asked for with `print_bodies` and `--print-headers`, as it came: for the console
    /// alone, no report shows it.
    pub printed: Option<Box<Printed>>,
}

/// An answer as it came, secrets and all, because it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// The body.
    pub body: Option<String>,
    /// The headers.
    pub headers: Option<Vec<(String, String)>>,
}

impl Outcome {
    /// The beginning of the body, cut between characters, and how many bytes of it are missing then.
    pub fn body_beginning(&self, most: usize) -> Option<(&str, u64)> {
        let body = self.body.as_deref()?;
        let end = (0..=most.min(body.len())).rev().find(|at| body.is_char_boundary(*at)).unwrap_or(0);
        Some((&body[..end], (body.len() - end) as u64 + self.body_cut))
    }

    /// Keeps the beginning of the body, and gives the memory of the rest back.
    pub fn cut_body(&mut self, most: usize) {
        if self.body.as_ref().is_none_or(|body| body.len() <= most) {
            return;
        }
        if let Some((beginning, missing)) = self.body_beginning(most) {
            (self.body, self.body_cut) = (Some(beginning.to_owned()), missing);
        }
    }

    /// Whether nothing was wrong.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Whether it could not be judged: no answer, no body file, no JSON to look into.
    pub fn errored(&self) -> bool {
        self.failures.iter().any(|failure| !failure.kind.is_verdict())
    }

    /// Whether it passed only after a retry.
    pub fn flaky(&self) -> bool {
        self.passed() && self.retries() > 0 && self.load.is_none()
    }

    /// Sends after the first, of all requests.
    pub fn retries(&self) -> u64 {
        match &self.load {
            Some(load) => load.retries,
            None => self.attempts.len().saturating_sub(1) as u64,
        }
    }

    /// The time of the last attempt, if it was answered; of a load run the mean.
    pub fn response_time(&self) -> Option<Duration> {
        if let Some(load) = &self.load {
            return load.latency.mean_ms().map(|ms| Duration::from_secs_f64(ms / 1000.0));
        }
        self.attempts.last().filter(|attempt| attempt.status.is_some()).map(|attempt| attempt.time)
    }
}
