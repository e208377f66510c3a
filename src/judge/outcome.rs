//! The verdict on a test.
//!
//! Owns: outcomes, failures and their kinds. Does not: print them (see `report`).

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use crate::ground::source::{Location, Position};
use crate::judge::described::Described;
use crate::judge::tags::Tags;
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
    /// The body is not as its schema wants it: a verdict, which PyRestTest calls an exception.
    SchemaViolated,
    /// A value could not be extracted.
    ExtractorException,
    /// A secret was seen where it does not belong.
    SecretLeak,
}

impl FailureKind {
    /// The words that scripts read after `failure type:`.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidResponse => "Invalid HTTP Response Code",
            FailureKind::CurlException => "Curl Exception",
            FailureKind::TestException => "Test Execution Exception",
            FailureKind::ValidatorFailed => "Validator Failed",
            FailureKind::ValidatorException | FailureKind::SchemaViolated => "Validator Exception",
            FailureKind::ExtractorException => "Extractor Exception",
            FailureKind::SecretLeak => "Secret Leak",
        }
    }

    /// Whether the test was judged and found wrong; otherwise it could not be judged.
    pub fn is_verdict(self) -> bool {
        matches!(
            self,
            FailureKind::InvalidResponse
                | FailureKind::ValidatorFailed
                | FailureKind::SchemaViolated
                | FailureKind::SecretLeak
        )
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
    /// Both sides, if something was compared.
    pub compared: Option<Box<Compared>>,
    /// The suite's line with what is meant. Engines fill it where somebody is to see it.
    pub excerpt: Option<Box<Excerpt>>,
}

/// Both sides of a comparison, as they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// The beginning of the failure's message, up to what was wrong: `jsonpath_mini "login" eq`.
    pub asked: String,
    /// The same in short: `login`.
    pub subject: String,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
    /// Each differing part on a line, where the two sides are too long to be read side by side.
    pub differences: Vec<String>,
}

impl Compared {
    /// All its texts.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        [&mut self.asked, &mut self.subject, &mut self.expected, &mut self.got].into_iter().chain(&mut self.differences)
    }
}

/// A line of a suite, and which part of it is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the line, from 1.
    pub number: u32,
    /// The line as it is written, cut where it is very long; nothing as long as the file has not been read again.
    pub line: String,
    /// Where in it the part begins that is meant, in characters from 1.
    pub column: u32,
    /// How many characters are meant; 0 where that is not known.
    pub width: u32,
}

impl Excerpt {
    /// The wish for a line, to be fulfilled by whoever reads files.
    pub fn wanted(position: Position) -> Option<Box<Excerpt>> {
        let Position { line: number, column } = position;
        position.is_known().then(|| Box::new(Excerpt { number, column, ..Excerpt::default() }))
    }
}

/// One send of a test's request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attempt {
    /// The status, or `None` if no answer came.
    pub status: Option<u16>,
    /// Why no answer came.
    pub error: Option<String>,
    /// From the first byte out to the last byte in.
    pub time: Duration,
    /// The wait before the next attempt, if there was one.
    pub delay: Option<Duration>,
    /// Whether the server asked for that wait.
    pub is_asked_for: bool,
    /// What went and came, where that is kept: method, URL, headers and bodies of both, without secrets.
    pub exchange: Option<Box<serde_json::Value>>,
}

impl Attempt {
    /// Why the wait after it was as long as it was: `backoff` or `retry_after`.
    pub fn delay_reason(&self) -> Option<&'static str> {
        self.delay.map(|_| if self.is_asked_for { "retry_after" } else { "backoff" })
    }
}

/// The verdict on one test, with everything that a report may show; secrets are already out of it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its tags.
    pub tags: Tags,
    /// Where it is written.
    pub location: Location,
    /// What the suite says of it for reports, if anything.
    pub described: Option<Box<Described>>,
    /// The method.
    pub method: String,
    /// The URL that was asked for.
    pub url: String,
    /// The status, or `None` if no answer came.
    pub status: Option<u16>,
    /// Everything that was wrong; nothing if the test passed.
    pub failures: Vec<Failure>,
    /// Every send, in order; where it was polled, those of the last poll.
    pub attempts: Vec<Attempt>,
    /// What was held against the answer, each with why it did not hold, where that is kept.
    pub checks: Vec<(String, Option<String>)>,
    /// How often it was polled; 0 where it was not.
    pub polls: u32,
    /// Sends of the polls before the last, retries among them.
    pub earlier_attempts: u64,
    /// Whether another send was wanted after the last one, but all had been used.
    pub exhausted: bool,
    /// The figures of a load run, if the test was one.
    pub load: Option<Box<LoadSummary>>,
    /// When it began.
    pub started: Option<SystemTime>,
    /// From its beginning to its verdict: its delay, all attempts, and the waits between them.
    pub duration: Duration,
    /// The setting that ended the last attempt, if one did: `timeout: 1, line 29`.
    pub ended_by: Option<String>,
    /// The body of a failed test, without secrets.
    pub body: Option<String>,
    /// How many bytes of that body were cut away at its end.
    pub body_cut: u64,
    /// How many bytes the answer's body has, of a failed test.
    pub body_size: Option<u64>,
    /// The answer's headers of a failed test, without secrets.
    pub headers: Option<Vec<(String, String)>>,
    /// Why it did not run, if a condition kept it from that: only where a program runs one test by itself, as the
    /// events of a run say so by themselves.
    pub skipped: Option<String>,
    /// The command that repeats the request of a failed test, where it is wanted.
    pub curl: Option<Box<Curl>>,
    /// Its place in a trace, where there is one.
    pub trace: Option<Box<Traced>>,
    /// What was asked for with `print_bodies` and `--print-headers`, as it came: for the console
    /// alone, no report shows it.
    pub printed: Option<Box<Printed>>,
}

/// The place of a test, or of a benchmark, in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// The trace: 32 hexadecimal digits.
    pub trace_id: String,
    /// Its span: 16 of them.
    pub span_id: String,
    /// When its span ended: what is waited for counts here.
    pub ended: SystemTime,
    /// The spans of what it sent, each as OTLP's JSON has it; no report keeps them.
    pub spans: Vec<String>,
}

/// A curl command for a POSIX shell, with variables in place of secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Curl {
    /// On one line, whatever is in the body.
    pub line: String,
    /// A line for each flag, and a body that has lines on its own lines.
    pub pretty: String,
}

/// An answer as it came, secrets and all, because it was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// The body.
    pub body: Option<String>,
    /// The headers.
    pub headers: Option<Vec<(String, String)>>,
}

impl Failure {
    /// A failure of which there is nothing more to say than its message.
    pub fn new(kind: FailureKind, message: impl Into<String>, location: &Location) -> Failure {
        let message = message.into();
        Failure {
            kind,
            reason: message.clone(),
            details: None,
            message,
            location: location.clone(),
            compared: None,
            excerpt: None,
        }
    }

    /// All its texts that are shown.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let compared = self.compared.iter_mut().flat_map(|compared| compared.texts_mut());
        let excerpt = self.excerpt.iter_mut().map(|excerpt| &mut excerpt.line);
        let own = [&mut self.reason, &mut self.message].into_iter().chain(&mut self.details);
        own.chain(compared).chain(excerpt)
    }

    /// What was wrong, in as few words as say it: `login: expected "jenkins", got "gbaltar"`.
    pub fn short_message(&self) -> Cow<'_, str> {
        let compared = self.compared.as_deref();
        let rest = compared.and_then(|compared| Some((compared, self.message.strip_prefix(&compared.asked)?)));
        match rest.filter(|(compared, _)| !compared.asked.is_empty()) {
            // The whole body, whose differences have their own places.
            Some((compared, rest)) if compared.subject == "." => rest.trim_start_matches(": ").into(),
            Some((compared, rest)) => format!("{}{rest}", compared.subject).into(),
            None => self.message.as_str().into(),
        }
    }
}

/// All texts of a JSON value.
fn texts_of<'v>(value: &'v mut serde_json::Value, texts: &mut Vec<&'v mut String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| texts_of(item, texts)),
        serde_json::Value::Object(map) => map.values_mut().for_each(|item| texts_of(item, texts)),
        _ => {}
    }
}

impl Outcome {
    /// All texts of it that came from outside and are shown.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let of_failures = self.failures.iter_mut().flat_map(Failure::texts_mut);
        let errors = self.attempts.iter_mut().flat_map(|attempt| {
            let mut texts: Vec<&mut String> = attempt.error.iter_mut().collect();
            attempt.exchange.iter_mut().for_each(|exchange| texts_of(exchange, &mut texts));
            texts
        });
        let headers = self.headers.iter_mut().flatten().map(|(_, value)| value);
        let curl = self.curl.iter_mut().flat_map(|curl| [&mut curl.line, &mut curl.pretty]);
        let checks = self.checks.iter_mut().flat_map(|(name, why)| [name].into_iter().chain(why));
        let rows = self.described.iter_mut().flat_map(|described| &mut described.parameters);
        let own = [&mut self.url].into_iter().chain(of_failures).chain(errors).chain(&mut self.body).chain(headers);
        own.chain(curl).chain(checks).chain(rows.map(|parameter| &mut parameter.value))
    }

    /// The trace that its requests belong to, if there is one: 32 hexadecimal digits.
    pub fn trace_id(&self) -> Option<&str> {
        self.trace.as_ref().map(|trace| trace.trace_id.as_str())
    }

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

    /// The `Content-Type` of a failed test's answer, without its parameters.
    pub fn content_type(&self) -> Option<&str> {
        let headers = self.headers.as_deref()?;
        let (_, value) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"))?;
        Some(value.split(';').next().unwrap_or_default().trim())
    }

    /// Whether nothing was wrong.
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// Whether it could not be judged: no answer, no body file, no JSON to look into.
    pub fn errored(&self) -> bool {
        self.failures.iter().any(|failure| !failure.kind.is_verdict())
    }

    /// Whether it passed only after a retry; that it was waited for is no flaw.
    pub fn flaky(&self) -> bool {
        self.passed() && self.retries() > 0 && self.load.is_none() && self.polls == 0
    }

    /// Sends after the first, of all requests.
    pub fn retries(&self) -> u64 {
        match &self.load {
            Some(load) => load.retries,
            None => {
                let polls_before = u64::from(self.polls.saturating_sub(1));
                self.attempts.len().saturating_sub(1) as u64 + self.earlier_attempts.saturating_sub(polls_before)
            }
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
