//! Tests passed and run, by group.

use crate::judge::outcome::Outcome;
use crate::record::benchmark_report::BenchmarkReport;

/// Tests passed and run, by group; groups in the order of their names' code points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    groups: std::collections::BTreeMap<String, Count>,
    missed_benchmarks: u64,
    retries: u64,
    flaky: u64,
}

/// How many tests ran, and how many of them passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Passed.
    pub passed: u64,
    /// Run.
    pub total: u64,
}

impl Count {
    /// Failed or errored.
    pub fn failed(self) -> u64 {
        self.total - self.passed
    }
}

impl Tally {
    /// Counts an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        self.retries += outcome.retries();
        self.flaky += u64::from(outcome.flaky());
        if !self.groups.contains_key(&outcome.group) {
            self.groups.insert(outcome.group.clone(), Count::default());
        }
        if let Some(count) = self.groups.get_mut(&outcome.group) {
            count.total += 1;
            count.passed += u64::from(outcome.passed());
        }
    }

    /// Counts a benchmark: it changes the exit code only where it missed a threshold.
    pub fn add_benchmark(&mut self, report: &BenchmarkReport) {
        self.missed_benchmarks += u64::from(!report.missed.is_empty());
    }

    /// What the exit code counts: failed tests, and benchmarks that missed a threshold.
    pub fn failures(&self) -> u64 {
        self.total().failed() + self.missed_benchmarks
    }

    /// Sends after the first, over all tests.
    pub fn retries(&self) -> u64 {
        self.retries
    }

    /// Tests that passed only after a retry.
    pub fn flaky(&self) -> u64 {
        self.flaky
    }

    /// The groups with their counts.
    pub fn groups(&self) -> impl Iterator<Item = (&str, Count)> {
        self.groups.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// All groups together.
    pub fn total(&self) -> Count {
        self.groups.values().fold(Count::default(), |sum, count| Count {
            passed: sum.passed + count.passed,
            total: sum.total + count.total,
        })
    }
}
