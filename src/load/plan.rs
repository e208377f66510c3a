//! What a load run is to do: how much, how fast, what to report, what to keep to.
//!
//! Owns: the data of `performance:` blocks and of benchmarks. Does not: run them (see `run::load`).

use std::path::PathBuf;
use std::time::Duration;

use crate::load::metrics::{Aggregate, Metric};
use crate::load::profile::{Arrival, Profile, Stage, Ticks};
use crate::load::thresholds::Threshold;
pub use crate::settings::part::Part;
use crate::settings::precedence::{Effective, Layer};
pub use crate::settings::volume::Volume;

/// What draws Poisson arrivals and think times: the same in every run, so that runs compare.
pub const SEED: u64 = 20;

/// How load is made and what is held against it.
#[derive(Debug, Clone)]
pub struct LoadPlan {
    /// How much.
    pub volume: Volume,
    /// Requests before measuring.
    pub warmup: u64,
    /// The model.
    pub mode: Mode,
    /// Starts a second: the open model. `None` is the closed model, in which each connection sends again when it
    /// has its answer.
    pub rate: Option<f64>,
    /// How long the rate, or the number of connections, grows evenly from 0.
    pub ramp: Option<Duration>,
    /// Stage after stage, in place of a rate or a number of connections.
    pub stages: Option<Stages>,
    /// How starts follow each other at a rate.
    pub arrival: Arrival,
    /// Threads of `mode: async`; `None` is one a core.
    pub threads: Option<usize>,
    /// The wait between an answer and the next request of its connection; closed model only.
    pub think_time: Option<ThinkTime>,
    /// What draws arrivals and think times: [`SEED`], or what `--seed` gives.
    pub seed: u64,
    /// Which part of the load this process makes.
    pub part: Part,
    /// Slower requests are counted and warned of.
    pub threshold: Option<Duration>,
    /// What requests a second means.
    pub rps_mode: RpsMode,
    /// Percentiles that the report must have.
    pub percentiles: Vec<f64>,
    /// Conditions; a missed one fails the test.
    pub thresholds: Vec<Threshold>,
    /// The share of the requests that have spans of their own, where spans are made.
    pub trace_sample: f64,
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
            ramp: None,
            stages: None,
            arrival: Arrival::Constant,
            threads: None,
            think_time: None,
            trace_sample: 0.0,
            seed: SEED,
            part: Part::WHOLE,
            threshold: None,
            rps_mode: RpsMode::Wall,
            percentiles: Vec::new(),
            thresholds: Vec::new(),
            output: None,
            layer: Layer::default(),
        }
    }
}

/// Stages by what their targets are.
#[derive(Debug, Clone, PartialEq)]
pub enum Stages {
    /// Starts a second.
    Rate(Vec<Stage>),
    /// Connections.
    Connections(Vec<Stage>),
}

impl Stages {
    /// The stages, whatever their targets are.
    pub fn list(&self) -> &[Stage] {
        match self {
            Stages::Rate(stages) | Stages::Connections(stages) => stages,
        }
    }

    /// How long they take together.
    pub fn length(&self) -> Duration {
        self.list().iter().fold(Duration::ZERO, |sum, stage| sum.saturating_add(stage.duration))
    }
}

/// A wait that is drawn anew each time, evenly between two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThinkTime {
    /// The shortest.
    pub min: Duration,
    /// The longest; as long as the shortest where it is always the same.
    pub max: Duration,
}

impl ThinkTime {
    /// One wait.
    pub fn draw(&self, random: &mut fastrand::Rng) -> Duration {
        self.min + self.max.saturating_sub(self.min).mul_f64(random.f64())
    }

    /// Whether waits differ.
    pub fn is_random(&self) -> bool {
        self.max > self.min
    }
}

impl LoadPlan {
    /// The plan as it is carried out: what the command line sets over it is in it.
    pub fn effective(&self, effective: &Effective) -> LoadPlan {
        let mut plan = self.clone();
        if let Some(rate) = effective.rate.value {
            if let Some(Stages::Rate(_)) = plan.stages {
                plan.stages = None;
            }
            plan.rate = Some(rate);
            plan.think_time = None;
        }
        if let Some(volume) = effective.volume.value {
            plan.volume = volume;
        }
        plan
    }

    /// A part of the plan, with its share of the connections; all parts together are the plan. There are no more
    /// parts than connections, or requests: the others send nothing.
    pub fn of_part(mut self, part: Part, concurrency: usize) -> (LoadPlan, usize) {
        let most = match self.volume {
            Volume::Requests(count) => count.min(concurrency as u64),
            Volume::Duration(_) => concurrency as u64,
        };
        let part = Part { total: part.total.min(most.max(1)), ..part };
        if part.index >= part.total {
            let volume = Volume::Requests(0);
            return (LoadPlan { volume, warmup: 0, rate: None, ramp: None, stages: None, ..self }, 1);
        }
        self.part = part;
        self.warmup = part.of(self.warmup);
        if let Volume::Requests(count) = self.volume {
            self.volume = Volume::Requests(part.of(count));
        }
        (self, part.of(concurrency as u64) as usize)
    }

    /// Starts a second over time; `None` in the closed model.
    pub fn rates(&self) -> Option<Profile> {
        match (&self.stages, self.rate, self.ramp) {
            (Some(Stages::Rate(stages)), ..) => Some(self.held(stages)),
            (_, Some(rate), Some(ramp)) => Some(Profile::ramped(rate, ramp)),
            (_, Some(rate), None) => Some(Profile::constant(rate)),
            (_, None, _) => None,
        }
    }

    /// The due times of this part's requests; `None` in the closed model.
    pub fn ticks(&self) -> Option<Ticks> {
        self.rates().map(|rates| Ticks::new(rates, self.arrival, self.part.index, self.part.total, self.seed))
    }

    /// How many connections may send over time; `None` where all may from the start.
    pub fn connections(&self, concurrency: usize) -> Option<Profile> {
        match (&self.stages, self.ramp) {
            (Some(Stages::Connections(stages)), _) => {
                let share = 1.0 / self.part.total as f64;
                let stages: Vec<Stage> =
                    stages.iter().map(|stage| Stage { target: stage.target * share, ..*stage }).collect();
                Some(self.held(&stages))
            }
            (None, Some(ramp)) if self.rate.is_none() => Some(Profile::ramped(concurrency as f64, ramp)),
            _ => None,
        }
    }

    /// Stages, and the last one's target until the end of a run that is longer than they are.
    fn held(&self, stages: &[Stage]) -> Profile {
        let length = stages.iter().fold(Duration::ZERO, |sum, stage| sum.saturating_add(stage.duration));
        let left = match self.volume {
            Volume::Duration(limit) => limit.saturating_sub(length),
            Volume::Requests(_) => Duration::MAX,
        };
        let held = stages.last().filter(|_| !left.is_zero()).map(|last| Stage { duration: left, target: last.target });
        Profile::stages(&stages.iter().copied().chain(held).collect::<Vec<Stage>>())
    }

    /// Whether anything is drawn at random.
    pub fn is_random(&self) -> bool {
        (self.arrival == Arrival::Poisson && self.rates().is_some())
            || self.think_time.is_some_and(|think| think.is_random())
    }

    /// Whether the load is to be the same from the start to the end.
    pub fn is_steady(&self) -> bool {
        self.ramp.is_none() && self.stages.is_none()
    }
}

/// How requests are sent. With a `rate` both start them when they are due, at most `concurrency` at a time, and count
/// response times from then on, so that a stalled server cannot hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Blocking sockets, a thread for each of `concurrency` connections.
    Sync,
    /// Few threads that wait for all connections at once.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RpsMode {
    /// Passed answers over wall-clock time.
    #[default]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn parts_add_up_to_the_whole() {
        for (number, total, parts) in [(10, 3, vec![4, 3, 3]), (2, 3, vec![1, 1, 0]), (9, 1, vec![9])] {
            let have: Vec<u64> = (0..total).map(|index| Part { index, total }.of(number)).collect();
            assert_eq!(have, parts);
        }
        let plan = LoadPlan { rate: Some(100.0), volume: Volume::Requests(10), ..LoadPlan::default() };
        let mut due: Vec<Duration> = Vec::new();
        for index in 0..3 {
            let (part, _) = plan.clone().of_part(Part { index, total: 3 }, 8);
            let Volume::Requests(count) = part.volume else { unreachable!() };
            due.extend(part.ticks().unwrap().take(count as usize));
        }
        due.sort();
        assert_eq!(due, (0..10).map(|tick| Duration::from_millis(tick * 10)).collect::<Vec<_>>());
    }

    #[test]
    fn parts_beyond_the_connections_send_nothing() {
        for (repeat, concurrency, shares) in
            [(10, 2, [(5, 1), (5, 1), (0, 1)]), (2, 9, [(1, 5), (1, 4), (0, 1)]), (10, 7, [(4, 3), (3, 2), (3, 2)])]
        {
            let plan = LoadPlan { volume: Volume::Requests(repeat), ..LoadPlan::default() };
            for (index, share) in shares.into_iter().enumerate() {
                let (part, connections) = plan.clone().of_part(Part { index: index as u64, total: 3 }, concurrency);
                assert_eq!((part.volume, connections), (Volume::Requests(share.0), share.1), "{repeat} {concurrency}");
            }
        }
    }

    #[test]
    fn a_ramp_is_of_the_rate_or_of_the_connections() {
        let ramp = Some(seconds(10));
        let open = LoadPlan { rate: Some(100.0), ramp, ..LoadPlan::default() };
        assert_eq!(open.rates().unwrap().at(seconds(5)), 50.0);
        assert_eq!(open.connections(8), None);
        let closed = LoadPlan { ramp, ..LoadPlan::default() };
        assert_eq!(closed.rates(), None);
        assert_eq!(closed.connections(8).unwrap().at(seconds(5)), 4.0);
    }

    #[test]
    fn stages_are_held_by_a_longer_run() {
        let stages = vec![Stage { duration: seconds(2), target: 10.0 }];
        let plan = |volume| LoadPlan { stages: Some(Stages::Rate(stages.clone())), volume, ..LoadPlan::default() };
        assert_eq!(plan(Volume::Duration(seconds(2))).ticks().unwrap().count(), 10);
        assert_eq!(plan(Volume::Duration(seconds(3))).ticks().unwrap().count(), 20);
        assert!(plan(Volume::Requests(1000)).ticks().unwrap().nth(2000).is_some());
    }

    #[test]
    fn think_times_lie_between_their_bounds() {
        let think = ThinkTime { min: seconds(1), max: seconds(3) };
        let mut random = fastrand::Rng::with_seed(SEED);
        let draws: Vec<Duration> = (0..1000).map(|_| think.draw(&mut random)).collect();
        assert!(draws.iter().all(|draw| (seconds(1)..=seconds(3)).contains(draw)));
        let mean = draws.iter().sum::<Duration>() / 1000;
        assert!((1.9..2.1).contains(&mean.as_secs_f64()), "{mean:?}");
        let same = ThinkTime { min: seconds(2), max: seconds(2) };
        assert_eq!(same.draw(&mut random), seconds(2));
    }
}
