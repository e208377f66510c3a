//! What the formats that list cases list: tests, those that did not run, benchmarks, and suites that did not come to their end.
//!
//! Owns: the one view of them. Does not: know a format.

use std::time::{Duration, SystemTime};

use crate::ground::source::Location;
use crate::judge::described::Described;
use crate::judge::outcome::{Attempt, Curl, Failure, Outcome};
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::run_record::{RunRecord, SuiteRecord, Verdict};
use crate::test::planned_test::SkippedTest;

/// One line of a report.
pub struct Case<'r> {
    /// What it is called.
    pub name: &'r str,
    /// Its group; of a suite nothing.
    pub group: &'r str,
    /// Its tags.
    pub tags: &'r [String],
    /// Where it is written.
    pub location: Location,
    /// What it came to.
    pub verdict: Verdict,
    /// What was wrong with it.
    pub failures: &'r [Failure],
    /// Why a suite died; the failures have the rest.
    pub error: Option<&'r str>,
    /// Its sends, if it is a test.
    pub attempts: &'r [Attempt],
    /// When it began.
    pub started: Option<SystemTime>,
    /// How long it took.
    pub duration: Duration,
    /// The command that repeats its request, where it is wanted.
    pub curl: Option<&'r Curl>,
    /// The test, if it is one.
    pub test: Option<&'r Outcome>,
    /// Why it did not run, if it did not.
    pub skipped: Option<&'r str>,
    /// Load figures, if it made load and they are shown to people.
    pub load: Option<&'r LoadSummary>,
    /// Load figures, if it made load.
    pub measured: Option<&'r LoadSummary>,
    /// What the suite says of it for reports.
    pub described: Option<&'r Described>,
}

impl Case<'_> {
    /// What was wrong, one line each, with places.
    pub fn lines(&self) -> Vec<String> {
        let of_failures = self.failures.iter().map(|failure| {
            let details = failure.details.as_deref().map_or_else(String::new, |details| format!("\n{details}"));
            format!("{}: {}{details}", failure.location.line(), failure.message)
        });
        of_failures.chain(self.error.map(str::to_owned)).collect()
    }

    /// What was wrong first, and how much more.
    pub fn message(&self) -> String {
        let first = self.failures.first().map(|failure| failure.message.as_str()).or(self.error).unwrap_or_default();
        match self.failures.len() {
            0 | 1 => first.to_owned(),
            several => format!("{first} (and {} more)", several - 1),
        }
    }

    /// The kind of what was wrong first.
    pub fn kind(&self) -> &'static str {
        match (self.failures.first(), self.error) {
            (Some(failure), _) => failure.kind.name(),
            (None, Some(_)) => "Suite Died",
            (None, None) => "",
        }
    }
}

/// The cases of a suite, in order.
pub fn cases(suite: &SuiteRecord) -> Vec<Case<'_>> {
    let tests = suite.tests.iter().map(of_test);
    let skipped = suite.skipped.iter().map(of_skipped);
    let benchmarks = suite.benchmarks.iter().map(of_benchmark);
    tests.chain(skipped).chain(benchmarks).chain(suite.error.as_deref().map(|error| of_error(suite, error))).collect()
}

/// The cases that did not pass, of all suites; suites that died come first.
pub fn failed(run: &RunRecord) -> Vec<(&SuiteRecord, Case<'_>)> {
    let mut all: Vec<_> =
        run.suites.iter().flat_map(|suite| cases(suite).into_iter().map(move |case| (suite, case))).collect();
    all.retain(|(_, case)| !case.verdict.is_good());
    all.sort_by_key(|(_, case)| case.error.is_none());
    all
}

fn of_test(outcome: &Outcome) -> Case<'_> {
    Case {
        name: &outcome.name,
        group: &outcome.group,
        tags: outcome.tags.list(),
        location: outcome.location.clone(),
        verdict: Verdict::of(outcome),
        failures: &outcome.failures,
        error: None,
        attempts: &outcome.attempts,
        started: outcome.started,
        duration: outcome.duration,
        curl: outcome.curl.as_deref(),
        test: Some(outcome),
        skipped: None,
        load: outcome.load.as_deref(),
        measured: outcome.load.as_deref(),
        described: outcome.described.as_deref(),
    }
}

fn of_skipped(test: &SkippedTest) -> Case<'_> {
    Case {
        name: &test.name,
        group: &test.group,
        tags: test.tags.list(),
        location: test.location.clone(),
        verdict: Verdict::Skipped,
        failures: &[],
        error: None,
        attempts: &[],
        started: None,
        duration: Duration::ZERO,
        curl: None,
        test: None,
        skipped: Some(&test.reason),
        load: None,
        measured: None,
        described: test.described.as_deref(),
    }
}

fn of_benchmark(report: &BenchmarkReport) -> Case<'_> {
    Case {
        name: &report.name,
        group: &report.group,
        tags: report.tags.list(),
        location: report.location.clone(),
        verdict: if report.missed.is_empty() { Verdict::Passed } else { Verdict::Failed },
        failures: &report.missed,
        error: None,
        attempts: &[],
        started: report.started,
        duration: report.duration,
        curl: report.curl.as_deref(),
        test: None,
        skipped: None,
        load: report.shown_load(),
        measured: report.load.as_deref(),
        described: report.described.as_deref(),
    }
}

fn of_error<'r>(suite: &'r SuiteRecord, error: &'r str) -> Case<'r> {
    Case {
        name: &suite.file,
        group: "",
        tags: &[],
        location: Location { file: suite.file.clone(), ..Location::default() },
        verdict: Verdict::Errored,
        failures: &[],
        error: Some(error),
        attempts: &[],
        started: suite.started,
        duration: suite.elapsed,
        curl: None,
        test: None,
        skipped: None,
        load: None,
        measured: None,
        described: None,
    }
}
