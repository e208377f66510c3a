//! `--report-json`: the whole run as one JSON object, for programs.
//!
//! Owns: the document's shape (see the guide `report-json`). Does not: compute figures.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::load::{SecondFigures, ranks, seconds};
use super::shard_report::{Part, VERSION};
use super::text::body_excerpt;
use crate::ground::timestamp::rfc3339;
use crate::judge::outcome::{Attempt, Failure, Outcome};
use crate::load::baseline::{Change, Comparison};
use crate::load::summary::{Latency, LoadSummary};
use crate::record::alert::AlertVerdict;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::run_record::{RunRecord, SuiteRecord, Totals, Verdict};
use crate::retry::{BreakerFigures, RateFigures};
use crate::test::planned_test::SkippedTest;

/// A body longer than this is cut.
const LONGEST_BODY: usize = 64 * 1024;

/// The run as indented JSON.
pub fn to_json(run: &RunRecord) -> String {
    // Serializing text and numbers into a String cannot fail.
    serde_json::to_string_pretty(&Report::from(run)).unwrap_or_default() + "\n"
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Report {
    version: u32,
    tool: String,
    started: String,
    duration_ms: f64,
    success: bool,
    interrupted: bool,
    faults: Vec<String>,
    exit_code: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alert: Option<Alert>,
    summary: Summary,
    groups: Vec<Group>,
    suites: Vec<Suite>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    budget: Option<Budget>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    breakers: Vec<Breaker>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rate_limits: Vec<Rate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<Part>,
}

/// What the run came to over those before it, where only so many in a row count.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Alert {
    state: String,
    changed: bool,
    held_back: bool,
    in_a_row: u32,
    exit_code: u8,
    changes: usize,
    flapping: bool,
}

impl From<&AlertVerdict> for Alert {
    fn from(verdict: &AlertVerdict) -> Alert {
        Alert {
            state: verdict.state.name().to_owned(),
            changed: verdict.changed,
            held_back: verdict.is_held_back(),
            in_a_row: verdict.in_a_row,
            exit_code: verdict.code(),
            changes: verdict.state.changes(),
            flapping: verdict.state.is_flapping(),
        }
    }
}

/// The sends that a rate limit let go.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Rate {
    limit: String,
    sends: u64,
}

/// What budgets of retries granted and refused.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Budget {
    granted: u64,
    refused: u64,
}

/// What the circuit breaker of an origin did.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Breaker {
    origin: String,
    opened: u64,
    refused: u64,
    open: bool,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Summary {
    total: u64,
    passed: u64,
    failed: u64,
    errored: u64,
    flaky: u64,
    skipped: u64,
    retries: u64,
    requests: u64,
    missed_benchmarks: u64,
    broken_suites: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Group {
    name: String,
    passed: u64,
    total: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Suite {
    file: String,
    title: Option<String>,
    started: Option<String>,
    duration_ms: f64,
    error: Option<String>,
    summary: Summary,
    tests: Vec<Test>,
    skipped: Vec<Skipped>,
    benchmarks: Vec<Benchmark>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Test {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    file: String,
    line: u32,
    column: u32,
    result: String,
    method: String,
    url: String,
    status: Option<u16>,
    started: Option<String>,
    duration_ms: f64,
    response_time_ms: Option<f64>,
    retries: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polls: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    earlier_attempts: Option<u64>,
    attempts: Vec<Send>,
    failures: Vec<Wrong>,
    headers: Option<Vec<(String, String)>>,
    body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    load: Option<Load>,
}

/// A test that did not run.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Skipped {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    file: String,
    line: u32,
    column: u32,
    reason: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Send {
    status: Option<u16>,
    error: Option<String>,
    time_ms: f64,
    delay_ms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_reason: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Wrong {
    r#type: String,
    message: String,
    reason: String,
    details: Option<String>,
    file: String,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Benchmark {
    name: String,
    group: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    file: String,
    line: u32,
    column: u32,
    result: String,
    started: Option<String>,
    duration_ms: f64,
    unanswered: u64,
    aggregates: Vec<(String, String, Option<f64>)>,
    results: BTreeMap<String, Vec<Option<f64>>>,
    failures: Vec<Wrong>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curl: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    load: Option<Load>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Load {
    total: u64,
    passed: u64,
    failed: u64,
    retries: u64,
    wall_ms: f64,
    rps: f64,
    answered: u64,
    min_ms: Option<f64>,
    mean_ms: Option<f64>,
    max_ms: Option<f64>,
    percentiles_ms: BTreeMap<String, Option<f64>>,
    buckets_us: Vec<(u64, u64)>,
    threshold_exceeded: Option<u64>,
    statuses: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
    reasons: BTreeMap<String, u64>,
    bytes_received: u64,
    bytes_sent: u64,
    connections: u64,
    concurrency: usize,
    cpu_share: Option<f64>,
    doubts: Vec<String>,
    attempts: u64,
    attempts_rps: f64,
    started: Option<String>,
    dropped: Option<u64>,
    service_ms: Option<Times>,
    start_lag_ms: Option<Times>,
    seed: Option<u64>,
    notes: Vec<String>,
    baseline: Option<Baseline>,
    seconds: Vec<SecondFigures>,
}

/// Times beside the response times, where there is a rate.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Times {
    min: Option<f64>,
    mean: Option<f64>,
    max: Option<f64>,
    percentiles: BTreeMap<String, Option<f64>>,
}

/// How the run compares with an earlier one: changes are shares, 0.1 is 10 % longer.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Baseline {
    verdict: String,
    median: Option<Changed>,
    p95: Option<Changed>,
    reason: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
struct Changed {
    change: f64,
    from: f64,
    to: f64,
}

impl Times {
    fn of(times: &Latency, ranks: &[f64]) -> Times {
        Times {
            min: times.min_ms(),
            mean: times.mean_ms(),
            max: times.max_ms(),
            percentiles: ranks.iter().map(|rank| (rank.to_string(), times.percentile_ms(*rank))).collect(),
        }
    }
}

impl From<&Comparison> for Baseline {
    fn from(comparison: &Comparison) -> Baseline {
        let changed =
            |change: Change| Changed { change: change.relative, from: change.interval.0, to: change.interval.1 };
        Baseline {
            verdict: comparison.verdict.name().to_owned(),
            median: comparison.median.map(changed),
            p95: comparison.p95.map(changed),
            reason: comparison.why.map(str::to_owned),
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl From<&RunRecord> for Report {
    fn from(run: &RunRecord) -> Report {
        let guards = run.guards().unwrap_or_default();
        Report {
            version: VERSION,
            tool: concat!("resttest ", env!("CARGO_PKG_VERSION")).to_owned(),
            started: rfc3339(run.started),
            duration_ms: ms(run.elapsed),
            success: run.succeeded(),
            interrupted: run.interrupted,
            faults: run.fault_lines(),
            exit_code: run.exit_code,
            alert: run.alert.as_deref().map(Alert::from),
            summary: run.totals().into(),
            groups: run
                .groups()
                .into_iter()
                .map(|(name, count)| Group { name: name.to_owned(), passed: count.passed, total: count.total })
                .collect(),
            suites: run.suites.iter().map(Suite::from).collect(),
            budget: guards.granted.map(|granted| Budget { granted, refused: guards.refused }),
            breakers: guards.breakers.iter().map(Breaker::from).collect(),
            rate_limits: guards.rates.into_iter().map(|RateFigures { limit, sends }| Rate { limit, sends }).collect(),
            shard: run.shard.as_ref().map(|share| Part::of(share, run)),
        }
    }
}

impl From<&BreakerFigures> for Breaker {
    fn from(figures: &BreakerFigures) -> Breaker {
        Breaker {
            origin: figures.origin.to_string(),
            opened: figures.opened,
            refused: figures.refused,
            open: figures.is_open,
        }
    }
}

impl From<Totals> for Summary {
    fn from(totals: Totals) -> Summary {
        Summary {
            total: totals.total,
            passed: totals.passed,
            failed: totals.failed,
            errored: totals.errored,
            flaky: totals.flaky,
            skipped: totals.skipped,
            retries: totals.retries,
            requests: totals.requests,
            missed_benchmarks: totals.missed_benchmarks,
            broken_suites: totals.broken_suites,
        }
    }
}

impl From<&SuiteRecord> for Suite {
    fn from(suite: &SuiteRecord) -> Suite {
        Suite {
            file: suite.file.to_string(),
            title: suite.title.clone(),
            started: suite.started.map(rfc3339),
            duration_ms: ms(suite.elapsed),
            error: suite.error.clone(),
            summary: suite.totals().into(),
            tests: suite.tests.iter().map(Test::from).collect(),
            skipped: suite.skipped.iter().map(Skipped::from).collect(),
            benchmarks: suite.benchmarks.iter().map(Benchmark::from).collect(),
        }
    }
}

impl From<&Outcome> for Test {
    fn from(outcome: &Outcome) -> Test {
        Test {
            name: outcome.name.clone(),
            group: outcome.group.clone(),
            tags: outcome.tags.list().to_vec(),
            file: outcome.location.file.to_string(),
            line: outcome.location.position.line,
            column: outcome.location.position.column,
            result: Verdict::of(outcome).name().to_owned(),
            method: outcome.method.clone(),
            url: outcome.url.clone(),
            status: outcome.status,
            started: outcome.started.map(rfc3339),
            duration_ms: ms(outcome.duration),
            response_time_ms: outcome.response_time().map(ms),
            retries: outcome.retries(),
            polls: Some(outcome.polls).filter(|polls| *polls > 0),
            earlier_attempts: Some(outcome.earlier_attempts).filter(|_| outcome.polls > 0),
            attempts: outcome.attempts.iter().map(Send::from).collect(),
            failures: outcome.failures.iter().map(Wrong::from).collect(),
            headers: outcome.headers.clone(),
            body: body_excerpt(outcome, LONGEST_BODY),
            curl: outcome.curl.as_ref().map(|curl| curl.line.clone()),
            trace_id: outcome.trace_id().map(str::to_owned),
            load: outcome.load.as_deref().map(Load::from),
        }
    }
}

impl From<&SkippedTest> for Skipped {
    fn from(test: &SkippedTest) -> Skipped {
        Skipped {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.list().to_vec(),
            file: test.location.file.to_string(),
            line: test.location.position.line,
            column: test.location.position.column,
            reason: test.reason.clone(),
        }
    }
}

impl From<&Attempt> for Send {
    fn from(attempt: &Attempt) -> Send {
        Send {
            status: attempt.status,
            error: attempt.error.clone(),
            time_ms: ms(attempt.time),
            delay_ms: attempt.delay.map(ms),
            delay_reason: attempt.delay_reason().map(str::to_owned),
        }
    }
}

impl From<&Failure> for Wrong {
    fn from(failure: &Failure) -> Wrong {
        Wrong {
            r#type: failure.kind.name().to_owned(),
            message: failure.message.clone(),
            reason: failure.reason.clone(),
            details: failure.details.clone(),
            file: failure.location.file.to_string(),
            line: failure.location.position.line,
            column: failure.location.position.column,
        }
    }
}

impl From<&BenchmarkReport> for Benchmark {
    fn from(report: &BenchmarkReport) -> Benchmark {
        let finite = |number: &f64| Some(*number).filter(|number| number.is_finite());
        let aggregates = report.aggregates.iter();
        let results = report.results.iter();
        Benchmark {
            name: report.name.clone(),
            group: report.group.clone(),
            tags: report.tags.list().to_vec(),
            file: report.location.file.to_string(),
            line: report.location.position.line,
            column: report.location.position.column,
            result: if report.missed.is_empty() { "passed" } else { "failed" }.to_owned(),
            started: report.started.map(rfc3339),
            duration_ms: ms(report.duration),
            unanswered: report.failures,
            aggregates: aggregates
                .map(|(metric, name, value)| (metric.name().to_owned(), name.clone(), value.as_ref().and_then(finite)))
                .collect(),
            results: results
                .map(|(metric, numbers)| (metric.name().to_owned(), numbers.iter().map(finite).collect()))
                .collect(),
            failures: report.missed.iter().map(Wrong::from).collect(),
            curl: report.curl.as_ref().map(|curl| curl.line.clone()),
            trace_id: report.trace.as_ref().map(|trace| trace.trace_id.clone()),
            load: report.load.as_deref().map(Load::from),
        }
    }
}

impl From<&LoadSummary> for Load {
    fn from(load: &LoadSummary) -> Load {
        let latency = &load.latency;
        Load {
            total: load.total,
            passed: load.passed,
            failed: load.failed(),
            retries: load.retries,
            wall_ms: ms(load.wall),
            rps: load.rps(),
            answered: latency.count(),
            min_ms: latency.min_ms(),
            mean_ms: latency.mean_ms(),
            max_ms: latency.max_ms(),
            percentiles_ms: ranks(load)
                .into_iter()
                .map(|rank| (rank.to_string(), latency.percentile_ms(rank)))
                .collect(),
            buckets_us: latency.buckets(),
            threshold_exceeded: load.threshold_exceeded,
            statuses: load.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
            errors: load.errors.iter().map(|(kind, count)| (kind.name().to_owned(), *count)).collect(),
            reasons: load.reasons.clone(),
            bytes_received: load.bytes_in,
            bytes_sent: load.bytes_out,
            connections: load.connections,
            concurrency: load.concurrency,
            cpu_share: load.cpu_share,
            doubts: load.doubts.clone(),
            attempts: load.attempts,
            attempts_rps: load.attempts_rps(),
            started: load.started.map(rfc3339),
            dropped: load.dropped,
            service_ms: load.paced.as_ref().map(|paced| Times::of(&paced.service, &ranks(load))),
            start_lag_ms: load.paced.as_ref().map(|paced| Times::of(&paced.lag, &ranks(load))),
            seed: load.seed,
            notes: load.notes.clone(),
            baseline: load.baseline.as_ref().map(Baseline::from),
            seconds: seconds(load),
        }
    }
}

/// The last line of an NDJSON report: what the run came to.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct RunFinished {
    pub v: u64,
    pub event: String,
    pub elapsed_ns: u64,
    pub success: bool,
    pub interrupted: bool,
    pub faults: Vec<String>,
    pub exit_code: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<Alert>,
    pub summary: Summary,
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn the_document_is_read_back_by_its_own_words_only() {
        let text = to_json(&fixture::run());
        let report: Report = serde_json::from_str(&text).unwrap();
        assert_eq!((report.version, report.success, report.suites.len()), (2, false, 3));
        let summary = report.summary;
        assert_eq!((summary.total, summary.passed, summary.failed, summary.errored), (6, 4, 1, 1));
        assert_eq!((summary.flaky, summary.retries, summary.skipped), (1, 3, 2));
        let results: Vec<&str> = report.suites[0].tests.iter().map(|test| test.result.as_str()).collect();
        assert_eq!(results, ["passed", "flaky", "failed", "errored", "passed"]);
        assert_eq!(report.suites[1].skipped[0].reason, "stop_on_failure of \"get order\"");
        assert_eq!(report.suites[0].tests[1].attempts[0].status, Some(503));
        let load = report.suites[0].tests[4].load.as_ref().unwrap();
        assert_eq!(load.buckets_us.iter().map(|(_, count)| count).sum::<u64>(), load.answered);
        assert!(load.percentiles_ms["99"].is_some() && load.percentiles_ms.contains_key("99.9"));
        assert_eq!(report.suites[2].error.as_deref(), Some("its process was killed by signal 9 <&>"));
        assert_eq!(serde_json::to_string_pretty(&Report::from(&fixture::run())).unwrap() + "\n", text);
    }

    #[test]
    fn a_run_of_nothing_is_a_document_too() {
        let report: Report = serde_json::from_str(&to_json(&fixture::nothing())).unwrap();
        assert!(report.success && report.suites.is_empty());
    }
}
