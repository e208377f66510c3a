//! What a benchmark is to do: how often, and what to report.

use std::path::PathBuf;

use crate::metric::{Aggregate, Metric};
use crate::test::Test;

/// A benchmark as PyRestTest defines it.
#[derive(Debug, Clone)]
pub struct Benchmark {
    /// What is sent.
    pub test: Test,
    /// Requests before measuring.
    pub warmup_runs: u64,
    /// Measured requests.
    pub benchmark_runs: u64,
    /// What is reported.
    pub metrics: Metrics,
    /// The report's file.
    pub output: Option<Output>,
}

/// The metrics of a report, in the order in which the suite names them.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// Metrics whose every value is reported.
    pub raw: Vec<Metric>,
    /// Metrics of which aggregates are reported.
    pub aggregated: Vec<(Metric, Vec<Aggregate>)>,
}

impl Metrics {
    /// Whether nothing is reported.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty() && self.aggregated.is_empty()
    }

    /// Adds a metric's every value; once is enough.
    pub fn add_raw(&mut self, metric: Metric) {
        if !self.raw.contains(&metric) {
            self.raw.push(metric);
        }
    }

    /// Adds an aggregate of a metric.
    pub fn add_aggregate(&mut self, metric: Metric, aggregate: Aggregate) {
        match self.aggregated.iter_mut().find(|(have, _)| *have == metric) {
            Some((_, aggregates)) => aggregates.push(aggregate),
            None => self.aggregated.push((metric, vec![aggregate])),
        }
    }

    /// All metrics that must be measured, each once.
    pub fn measured(&self) -> Vec<Metric> {
        let mut all = self.raw.clone();
        for (metric, _) in &self.aggregated {
            if !all.contains(metric) {
                all.push(*metric);
            }
        }
        all
    }
}

/// A report's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The path, relative to the working directory.
    pub path: PathBuf,
    /// The form.
    pub format: OutputFormat,
}

/// The forms of a report's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// PyRestTest's CSV.
    Csv,
    /// One JSON object.
    Json,
}
