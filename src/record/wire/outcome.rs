//! Verdicts and benchmark reports on the wire.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::described::WireDescribed;
use super::load::{WireLoad, WireOutput};
use super::{date, date_ns, described, mirror, ns, of_wire};
use crate::ground::source::{Location, Position};
use crate::judge::outcome::{Attempt, Compared, Curl, Excerpt, Failure, FailureKind, Outcome, Printed, Traced};
use crate::judge::tags::Tags;
use crate::load::metrics::Metric;
use crate::record::benchmark_report::BenchmarkReport;
use crate::test::planned_test::SkippedTest;

mirror!(WireKind of FailureKind {
    InvalidResponse, CurlException, TestException, ValidatorFailed, ValidatorException, SchemaViolated, ExtractorException,
    SecretLeak,
});

/// A place; line 0 is not known.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireLocation {
    file: String,
    line: u32,
    column: u32,
}

impl From<&Location> for WireLocation {
    fn from(location: &Location) -> WireLocation {
        let Position { line, column } = location.position;
        WireLocation { file: location.file.to_string(), line, column }
    }
}

impl From<WireLocation> for Location {
    fn from(location: WireLocation) -> Location {
        let position = Position { line: location.line, column: location.column };
        Location { file: location.file.into(), position }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireFailure {
    kind: WireKind,
    reason: String,
    details: Option<String>,
    message: String,
    location: WireLocation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared: Option<WireCompared>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    excerpt: Option<WireExcerpt>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCompared {
    asked: String,
    subject: String,
    expected: String,
    got: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    differences: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireExcerpt {
    number: u32,
    line: String,
    column: u32,
    width: u32,
}

impl From<&Failure> for WireFailure {
    fn from(failure: &Failure) -> WireFailure {
        WireFailure {
            kind: failure.kind.into(),
            reason: failure.reason.clone(),
            details: failure.details.clone(),
            message: failure.message.clone(),
            location: (&failure.location).into(),
            compared: failure.compared.as_deref().map(|compared| WireCompared {
                asked: compared.asked.clone(),
                subject: compared.subject.clone(),
                expected: compared.expected.clone(),
                got: compared.got.clone(),
                differences: compared.differences.clone(),
            }),
            excerpt: failure.excerpt.as_deref().map(|excerpt| WireExcerpt {
                number: excerpt.number,
                line: excerpt.line.clone(),
                column: excerpt.column,
                width: excerpt.width,
            }),
        }
    }
}

impl From<WireFailure> for Failure {
    fn from(failure: WireFailure) -> Failure {
        Failure {
            kind: failure.kind.into(),
            reason: failure.reason,
            details: failure.details,
            message: failure.message,
            location: failure.location.into(),
            compared: failure.compared.map(|compared| {
                let WireCompared { asked, subject, expected, got, differences } = compared;
                Box::new(Compared { asked, subject, expected, got, differences })
            }),
            excerpt: failure.excerpt.map(|excerpt| {
                let WireExcerpt { number, line, column, width } = excerpt;
                Box::new(Excerpt { number, line, column, width })
            }),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAttempt {
    status: Option<u16>,
    error: Option<String>,
    time_ns: u64,
    delay_ns: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_asked_for: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exchange: Option<Box<serde_json::Value>>,
}

impl From<&Attempt> for WireAttempt {
    fn from(attempt: &Attempt) -> WireAttempt {
        WireAttempt {
            status: attempt.status,
            error: attempt.error.clone(),
            time_ns: ns(attempt.time),
            delay_ns: attempt.delay.map(ns),
            is_asked_for: attempt.is_asked_for,
            exchange: attempt.exchange.clone(),
        }
    }
}

impl From<WireAttempt> for Attempt {
    fn from(attempt: WireAttempt) -> Attempt {
        Attempt {
            status: attempt.status,
            error: attempt.error,
            time: Duration::from_nanos(attempt.time_ns),
            delay: attempt.delay_ns.map(Duration::from_nanos),
            is_asked_for: attempt.is_asked_for,
            exchange: attempt.exchange,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireCurl {
    line: String,
    pretty: String,
}

impl From<&Curl> for WireCurl {
    fn from(curl: &Curl) -> WireCurl {
        WireCurl { line: curl.line.clone(), pretty: curl.pretty.clone() }
    }
}

impl From<WireCurl> for Curl {
    fn from(curl: WireCurl) -> Curl {
        Curl { line: curl.line, pretty: curl.pretty }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTraced {
    trace_id: String,
    span_id: String,
    ended_ns: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    spans: Vec<String>,
}

impl From<&Traced> for WireTraced {
    fn from(trace: &Traced) -> WireTraced {
        WireTraced {
            trace_id: trace.trace_id.clone(),
            span_id: trace.span_id.clone(),
            ended_ns: date_ns(trace.ended),
            spans: trace.spans.clone(),
        }
    }
}

impl From<WireTraced> for Box<Traced> {
    fn from(trace: WireTraced) -> Box<Traced> {
        let WireTraced { trace_id, span_id, ended_ns, spans } = trace;
        Box::new(Traced { trace_id, span_id, ended: date(ended_ns), spans })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePrinted {
    body: Option<String>,
    headers: Option<Vec<(String, String)>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireOutcome {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    location: WireLocation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    described: Option<Box<WireDescribed>>,
    method: String,
    url: String,
    status: Option<u16>,
    failures: Vec<WireFailure>,
    attempts: Vec<WireAttempt>,
    /// Each with why it did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    checks: Vec<(String, Option<String>)>,
    #[serde(default, skip_serializing_if = "is_zero")]
    polls: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    earlier_attempts: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exhausted: bool,
    load: Option<Box<WireLoad>>,
    started_ns: Option<u64>,
    duration_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    body: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    body_cut: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body_size: Option<u64>,
    headers: Option<Vec<(String, String)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curl: Option<WireCurl>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<WireTraced>,
    /// Never in a report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    printed: Option<WirePrinted>,
}

/// Most bodies are whole; serde hands in a reference.
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl From<&Outcome> for WireOutcome {
    fn from(outcome: &Outcome) -> WireOutcome {
        let printed = |printed: &Printed| WirePrinted { body: printed.body.clone(), headers: printed.headers.clone() };
        WireOutcome {
            name: outcome.name.clone(),
            group: outcome.group.clone(),
            tags: outcome.tags.list().to_vec(),
            location: (&outcome.location).into(),
            described: described(&outcome.described),
            method: outcome.method.clone(),
            url: outcome.url.clone(),
            status: outcome.status,
            failures: outcome.failures.iter().map(WireFailure::from).collect(),
            attempts: outcome.attempts.iter().map(WireAttempt::from).collect(),
            checks: outcome.checks.clone(),
            polls: outcome.polls.into(),
            earlier_attempts: outcome.earlier_attempts,
            exhausted: outcome.exhausted,
            load: outcome.load.as_deref().map(|load| Box::new(load.into())),
            started_ns: outcome.started.map(date_ns),
            duration_ns: ns(outcome.duration),
            ended_by: outcome.ended_by.clone(),
            body: outcome.body.clone(),
            body_cut: outcome.body_cut,
            body_size: outcome.body_size,
            headers: outcome.headers.clone(),
            curl: outcome.curl.as_deref().map(WireCurl::from),
            trace: outcome.trace.as_deref().map(WireTraced::from),
            printed: outcome.printed.as_deref().map(printed),
        }
    }
}

impl From<WireOutcome> for Outcome {
    fn from(outcome: WireOutcome) -> Outcome {
        let printed = |printed: WirePrinted| Box::new(Printed { body: printed.body, headers: printed.headers });
        Outcome {
            name: outcome.name,
            group: outcome.group,
            tags: Tags::new(outcome.tags),
            location: outcome.location.into(),
            described: of_wire(outcome.described),
            method: outcome.method,
            url: outcome.url,
            status: outcome.status,
            failures: outcome.failures.into_iter().map(Failure::from).collect(),
            attempts: outcome.attempts.into_iter().map(Attempt::from).collect(),
            checks: outcome.checks,
            polls: u32::try_from(outcome.polls).unwrap_or(u32::MAX),
            earlier_attempts: outcome.earlier_attempts,
            exhausted: outcome.exhausted,
            load: outcome.load.map(|load| Box::new((*load).into())),
            started: outcome.started_ns.map(date),
            duration: Duration::from_nanos(outcome.duration_ns),
            ended_by: outcome.ended_by,
            body: outcome.body,
            body_cut: outcome.body_cut,
            body_size: outcome.body_size,
            headers: outcome.headers,
            curl: outcome.curl.map(|curl| Box::new(curl.into())),
            trace: outcome.trace.map(WireTraced::into),
            skipped: None,
            printed: outcome.printed.map(printed),
        }
    }
}

/// A test that did not run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireSkipped {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    location: WireLocation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    described: Option<Box<WireDescribed>>,
    reason: String,
}

impl From<&SkippedTest> for WireSkipped {
    fn from(test: &SkippedTest) -> WireSkipped {
        WireSkipped {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.list().to_vec(),
            location: (&test.location).into(),
            described: described(&test.described),
            reason: test.reason.clone(),
        }
    }
}

impl From<WireSkipped> for SkippedTest {
    fn from(test: WireSkipped) -> SkippedTest {
        SkippedTest {
            name: test.name,
            group: test.group,
            tags: Tags::new(test.tags),
            location: test.location.into(),
            described: of_wire(test.described),
            reason: test.reason,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireBenchmark {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    location: WireLocation,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    described: Option<Box<WireDescribed>>,
    started_ns: Option<u64>,
    duration_ns: u64,
    #[serde(default)]
    requests: u64,
    #[serde(default)]
    retries: u64,
    failures: u64,
    /// A metric's every value; null is a number that JSON does not have.
    results: Vec<(String, Vec<Option<f64>>)>,
    /// The same of metrics that are not reported; from jobs that make a part of the load.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    values: Vec<(String, Vec<Option<f64>>)>,
    aggregates: Vec<(String, String, Option<f64>)>,
    load: Option<Box<WireLoad>>,
    is_extended: bool,
    missed: Vec<WireFailure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curl: Option<WireCurl>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<WireTraced>,
    output: Option<WireOutput>,
}

impl From<&BenchmarkReport> for WireBenchmark {
    fn from(report: &BenchmarkReport) -> WireBenchmark {
        let finite = |number: &f64| Some(*number).filter(|number| number.is_finite());
        let every = |all: &[(Metric, Vec<f64>)]| {
            all.iter()
                .map(|(metric, numbers)| (metric.name().to_owned(), numbers.iter().map(finite).collect()))
                .collect()
        };
        let aggregates = report.aggregates.iter();
        WireBenchmark {
            name: report.name.clone(),
            group: report.group.clone(),
            tags: report.tags.list().to_vec(),
            location: (&report.location).into(),
            described: described(&report.described),
            started_ns: report.started.map(date_ns),
            duration_ns: ns(report.duration),
            requests: report.requests,
            retries: report.retries,
            failures: report.failures,
            results: every(&report.results),
            values: every(&report.values),
            aggregates: aggregates
                .map(|(metric, name, value)| (metric.name().to_owned(), name.clone(), value.as_ref().and_then(finite)))
                .collect(),
            load: report.load.as_deref().map(|load| Box::new(load.into())),
            is_extended: report.is_extended,
            missed: report.missed.iter().map(WireFailure::from).collect(),
            curl: report.curl.as_deref().map(WireCurl::from),
            trace: report.trace.as_deref().map(WireTraced::from),
            output: report.output.as_deref().map(WireOutput::from),
        }
    }
}

impl TryFrom<WireBenchmark> for BenchmarkReport {
    type Error = String;

    fn try_from(report: WireBenchmark) -> Result<BenchmarkReport, String> {
        let metric = |name: &str| Metric::by_name(name).ok_or_else(|| format!("unknown metric \"{name}\""));
        let every = |all: Vec<(String, Vec<Option<f64>>)>| {
            let of = |(name, numbers): (String, Vec<Option<f64>>)| {
                Ok((metric(&name)?, numbers.into_iter().map(|number| number.unwrap_or(f64::NAN)).collect()))
            };
            all.into_iter().map(of).collect::<Result<Vec<(Metric, Vec<f64>)>, String>>()
        };
        let aggregates = report.aggregates.into_iter();
        Ok(BenchmarkReport {
            name: report.name,
            group: report.group,
            tags: Tags::new(report.tags),
            location: report.location.into(),
            described: of_wire(report.described),
            started: report.started_ns.map(date),
            duration: Duration::from_nanos(report.duration_ns),
            requests: report.requests,
            retries: report.retries,
            failures: report.failures,
            results: every(report.results)?,
            values: every(report.values)?,
            aggregates: aggregates
                .map(|(name, aggregate, value)| Ok((metric(&name)?, aggregate, value)))
                .collect::<Result<_, String>>()?,
            load: report.load.map(|load| Box::new((*load).into())),
            is_extended: report.is_extended,
            missed: report.missed.into_iter().map(Failure::from).collect(),
            curl: report.curl.map(|curl| Box::new(curl.into())),
            trace: report.trace.map(WireTraced::into),
            output: report.output.map(Arc::from),
        })
    }
}
