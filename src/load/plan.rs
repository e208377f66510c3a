//! What a load run is to do: how much, how fast, what to report, what to keep to.
//!
//! Owns: the data of `performance:` blocks and of benchmarks. Does not: run them (see `run::load`).

use std::path::PathBuf;
use std::time::Duration;

use crate::load::metrics::{Aggregate, Metric};
use crate::load::thresholds::Threshold;
use crate::settings::precedence::Layer;

/// How load is made and what is held against it.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// How much.
    pub volume: Volume,
    /// Requests before measuring.
    pub warmup: u64,
    /// The model.
    pub mode: Mode,
    /// Starts a second (async only); `None` starts as fast as permits allow.
    pub rate: Option<f64>,
    /// Slower requests are counted and warned of.
    pub threshold: Option<Duration>,
    /// What requests a second means.
    pub rps_mode: RpsMode,
    /// Percentiles that the report must have.
    pub percentiles: Vec<f64>,
    /// Conditions; a missed one fails the test.
    pub thresholds: Vec<Threshold>,
    /// The report's file.
    pub output: Option<Output>,
    /// What the block itself sets of timeouts, concurrency and retries.
    pub layer: Layer,
}

impl Default for LoadPlan {
    /// One request, closed model, no conditions.
    fn default() -> LoadPlan {
        LoadPlan {
            volume: Volume::Requests(1),
            warmup: 0,
            mode: Mode::Sync,
            rate: None,
            threshold: None,
            rps_mode: RpsMode::Wall,
            percentiles: Vec::new(),
            thresholds: Vec::new(),
            output: None,
            layer: Layer::default(),
        }
    }
}

/// How much load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Volume {
    /// So many requests.
    Requests(u64),
    /// As many as start in this time.
    Duration(Duration),
}

/// The model of a load run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Closed: each of `concurrency` threads sends, waits for the answer, and sends again.
    Sync,
    /// Open: requests start at their due time, at most `concurrency` in flight; latency counts from
    /// the due time, so that a stalled server cannot hide.
    Async,
}

impl Mode {
    /// Requests at once when nothing sets it, in a `performance:` block.
    pub fn default_concurrency(self) -> usize {
        match self {
            Mode::Sync => 1,
            Mode::Async => 10,
        }
    }

    /// The name in suites.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Sync => "sync",
            Mode::Async => "async",
        }
    }
}

/// What `rps` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RpsMode {
    /// Requests over wall-clock time.
    Wall,
    /// 1000 over the mean response time in milliseconds.
    Response,
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
