//! What a load run came to.
//!
//! Owns: the figures, rps, percentiles by nearest rank, the run's verdict on itself.
//! Does not: collect samples (see `run::load`), print (see `report`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hdrhistogram::Histogram;

use crate::exchange::request::ErrorKind;
use crate::load::baseline::{Comparison, Measured};
use crate::load::plan::{Output, RpsMode};
use crate::load::thresholds::{Figures, Quantity, Threshold};
use crate::load::timeline::Timeline;

/// The figures of a load run; by default of one that sent nothing.
#[derive(Debug, Clone, Default)]
pub struct LoadSummary {
    /// Requests.
    pub total: u64,
    /// Requests that were judged right.
    pub passed: u64,
    /// Retries of all requests.
    pub retries: u64,
    /// Requests that passed only after a retry.
    pub healed: u64,
    /// Requests that failed although they were retried to the end.
    pub exhausted: u64,
    /// Sends, retries included.
    pub attempts: u64,
    /// Requests that were due and never sent; only at a rate.
    pub dropped: Option<u64>,
    /// When the first request could start.
    pub started: Option<SystemTime>,
    /// From the first request's start to the last one's end.
    pub wall: Duration,
    /// CPU time of this process over wall time; 1 is one busy core.
    pub cpu_share: Option<f64>,
    /// Response times of answered requests: from when they were due, or else from their send.
    pub latency: Latency,
    /// What else there is to measure at a rate.
    pub paced: Option<Paced>,
    /// Requests and response times over the time of the run.
    pub timeline: Timeline,
    /// What random numbers of the run were made from, if it needed any.
    pub seed: Option<u64>,
    /// Answers slower than `threshold_ms`, if there is one.
    pub threshold_exceeded: Option<u64>,
    /// What `rps` means.
    pub rps_mode: RpsMode,
    /// Percentiles that the report must have.
    pub percentiles: Vec<f64>,
    /// What the run must keep to.
    pub thresholds: Vec<Threshold>,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests without an answer, by kind.
    pub errors: BTreeMap<ErrorKind, u64>,
    /// Why requests failed, by the first reason of each, with an example's wording.
    pub reasons: BTreeMap<String, u64>,
    /// Body bytes received.
    pub bytes_in: u64,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// Connections opened.
    pub connections: u64,
    /// How many requests may be under way at once.
    pub concurrency: usize,
    /// The file that the summary also goes to.
    pub output: Option<Arc<Output>>,
    /// Why the figures should not be trusted blindly; nothing if they can be.
    pub doubts: Vec<String>,
    /// What people should know about the figures, which are right all the same.
    pub notes: Vec<String>,
    /// How it compares with an earlier run, where that was asked for.
    pub baseline: Option<Comparison>,
}

/// The beginning of the doubt in a run that was ended before it had sent all.
pub const STOPPED: &str = "the run was stopped before its end";

/// Times of a run with a rate, apart from the response times.
#[derive(Debug, Clone, Default)]
pub struct Paced {
    /// From the (last) send to the answer.
    pub service: Latency,
    /// From when a request was due to its first send.
    pub lag: Latency,
}

impl LoadSummary {
    /// Requests that were not judged right, or not answered.
    pub fn failed(&self) -> u64 {
        self.total - self.passed
    }

    /// Passed answers a second.
    pub fn rps(&self) -> f64 {
        match self.rps_mode {
            RpsMode::Wall => self.a_second(self.passed),
            RpsMode::Response => self.latency.mean_ms().filter(|mean| *mean > 0.0).map_or(0.0, |mean| 1000.0 / mean),
        }
    }

    /// Sends a second, whatever became of them.
    pub fn attempts_rps(&self) -> f64 {
        self.a_second(self.attempts)
    }

    fn a_second(&self, count: u64) -> f64 {
        if self.wall.is_zero() { 0.0 } else { count as f64 / self.wall.as_secs_f64() }
    }

    /// The run as it is compared with others.
    pub fn measured(&self) -> Measured {
        Measured { slices: self.timeline.slices(self.wall), suspect: !self.doubts.is_empty() }
    }

    /// Whether the run was ended before it had sent all.
    pub fn was_stopped(&self) -> bool {
        self.doubts.iter().any(|doubt| doubt.starts_with(STOPPED))
    }

    /// Why the percentile furthest out means little, if it does.
    pub fn too_few_samples(&self) -> Option<String> {
        let (tail, count) = (tail_of(&self.percentiles), self.latency.count());
        let needed = samples_needed(tail);
        let samples = if count == 1 { "sample is" } else { "samples are" };
        (count > 0 && count < needed).then(|| format!("{count} {samples} too few for p{tail}, which needs {needed}"))
    }

    /// Adds what another job made of the same load run at the same time: counts, times and seconds exactly.
    pub fn join(&mut self, other: &LoadSummary) {
        let end = |run: &LoadSummary| run.started.and_then(|started| started.checked_add(run.wall));
        self.wall = match (self.started.min(other.started), end(self).max(end(other))) {
            (Some(started), Some(end)) => end.duration_since(started).unwrap_or_default(),
            _ => self.wall.max(other.wall),
        };
        self.started = self.started.min(other.started);
        self.total += other.total;
        self.passed += other.passed;
        self.retries += other.retries;
        self.healed += other.healed;
        self.exhausted += other.exhausted;
        self.attempts += other.attempts;
        self.dropped = sum(self.dropped, other.dropped);
        self.threshold_exceeded = sum(self.threshold_exceeded, other.threshold_exceeded);
        self.latency.merge(&other.latency);
        match (&mut self.paced, &other.paced) {
            (Some(own), Some(theirs)) => {
                own.service.merge(&theirs.service);
                own.lag.merge(&theirs.lag);
            }
            (own @ None, Some(theirs)) => *own = Some(theirs.clone()),
            _ => {}
        }
        self.timeline.merge(&other.timeline);
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (kind, count) in &other.errors {
            *self.errors.entry(*kind).or_default() += count;
        }
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.connections += other.connections;
        self.concurrency += other.concurrency;
        self.cpu_share = self.cpu_share.into_iter().chain(other.cpu_share).reduce(f64::max);
        self.seed = self.seed.or(other.seed);
        let missing = |have: &[String], text: &String| !have.contains(text);
        self.notes.extend(other.notes.iter().filter(|note| missing(&self.notes, note)).cloned().collect::<Vec<_>>());
    }

    /// Retries per request.
    pub fn retries_per_request(&self) -> f64 {
        if self.total == 0 { 0.0 } else { self.retries as f64 / self.total as f64 }
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).reduce(|one, other| one.saturating_add(other))
}

/// The percentile furthest out that is asked for, 99 where none is; the maximum needs no samples.
fn tail_of(percentiles: &[f64]) -> f64 {
    let asked = percentiles.iter().copied().filter(|rank| *rank < 100.0).fold(f64::NAN, f64::max);
    if asked.is_nan() { 99.0 } else { asked }
}

impl Figures for LoadSummary {
    fn figure(&self, quantity: Quantity) -> Option<f64> {
        let of_any = |value: f64| (self.total > 0).then_some(value);
        match quantity {
            Quantity::Percentile(rank) => self.latency.percentile_ms(rank),
            Quantity::Mean => self.latency.mean_ms(),
            Quantity::Min => self.latency.min_ms(),
            Quantity::Max => self.latency.max_ms(),
            Quantity::Failed => of_any(self.failed() as f64),
            Quantity::FailedRatio => of_any(self.failed() as f64 / self.total.max(1) as f64),
            Quantity::Passed => of_any(self.passed as f64),
            Quantity::Count => of_any(self.total as f64),
            Quantity::Rps => of_any(self.rps()),
            Quantity::AttemptsRps => of_any(self.attempts_rps()),
            Quantity::Dropped => of_any(self.dropped.unwrap_or_default() as f64),
            Quantity::Service(rank) => match &self.paced {
                Some(paced) => paced.service.percentile_ms(rank),
                None => self.latency.percentile_ms(rank),
            },
            Quantity::StartLag(rank) => self.paced.as_ref().and_then(|paced| paced.lag.percentile_ms(rank)),
            Quantity::Retries => of_any(self.retries as f64),
        }
    }
}

/// Response times in constant memory: a histogram in microseconds with three digits, and beside it
/// the exact shortest, longest and mean time.
#[derive(Debug, Clone)]
pub struct Latency {
    histogram: Option<Histogram<u64>>,
    count: u64,
    sum: Duration,
    min: Duration,
    max: Duration,
}

/// The figures of response times that no bucket rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    /// How many.
    pub count: u64,
    /// All together.
    pub sum: Duration,
    /// The shortest; of none, the longest there can be.
    pub min: Duration,
    /// The longest; of none, zero.
    pub max: Duration,
}

impl Default for Latency {
    fn default() -> Latency {
        // Three digits and growing as needed: 2 to 200 KiB. The bounds are constants that the crate allows.
        Latency {
            histogram: Histogram::new(3).ok(),
            count: 0,
            sum: Duration::ZERO,
            min: Duration::MAX,
            max: Duration::ZERO,
        }
    }
}

impl Latency {
    /// Times that were recorded elsewhere: what [`Latency::buckets`] gave, beside the exact figures.
    pub fn from_buckets(buckets: &[(u64, u64)], exact: Exact) -> Latency {
        let mut latency =
            Latency { count: exact.count, sum: exact.sum, min: exact.min, max: exact.max, ..Latency::default() };
        if let Some(histogram) = &mut latency.histogram {
            for (micros, count) in buckets {
                let _ = histogram.record_n(*micros, *count);
            }
        }
        latency
    }

    /// What is known exactly, beside the histogram.
    pub fn exact(&self) -> Exact {
        Exact { count: self.count, sum: self.sum, min: self.min, max: self.max }
    }

    /// Adds one response time.
    pub fn record(&mut self, time: Duration) {
        if let Some(histogram) = &mut self.histogram {
            // Growing can only fail for values beyond centuries.
            let _ = histogram.record(time.as_micros() as u64);
        }
        self.count += 1;
        self.sum += time;
        self.min = self.min.min(time);
        self.max = self.max.max(time);
    }

    /// Adds all of another's times.
    pub fn merge(&mut self, other: &Latency) {
        if let (Some(own), Some(theirs)) = (&mut self.histogram, &other.histogram) {
            let _ = own.add(theirs);
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many times there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest time in milliseconds, exact.
    pub fn min_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| ms(self.min))
    }

    /// The longest time in milliseconds, exact.
    pub fn max_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| ms(self.max))
    }

    /// The mean time in milliseconds, exact.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.count > 0).then(|| ms(self.sum) / self.count as f64)
    }

    /// A percentile in milliseconds by nearest rank, `ceil(p·n)`, never outside the shortest and longest.
    pub fn percentile_ms(&self, rank: f64) -> Option<f64> {
        let (min, max) = (self.min_ms()?, self.max_ms()?);
        let histogram = self.histogram.as_ref()?;
        let wanted = nearest_rank(rank, self.count);
        let mut seen = 0;
        for step in histogram.iter_recorded() {
            seen += step.count_at_value();
            if seen >= wanted {
                let middle = histogram.median_equivalent(step.value_iterated_to());
                return Some((middle as f64 / 1000.0).clamp(min, max));
            }
        }
        Some(max)
    }

    /// How many times are no longer than this, to a thousandth; those of the bound's own step are.
    pub fn count_within(&self, micros: u64) -> u64 {
        self.histogram.as_ref().map_or(0, |histogram| histogram.count_between(0, micros))
    }

    /// The recorded values in microseconds with their counts, for drawing and for merging.
    pub fn buckets(&self) -> Vec<(u64, u64)> {
        self.histogram
            .iter()
            .flat_map(|histogram| histogram.iter_recorded())
            .map(|step| (step.value_iterated_to(), step.count_at_value()))
            .collect()
    }
}

/// Samples that a percentile needs before the terminal shows it unmarked: 100 for p99, 1000 for p99.9.
pub fn samples_needed(rank: f64) -> u64 {
    if rank <= 0.0 || rank >= 100.0 { 1 } else { WHOLE.div_ceil((WHOLE - scaled(rank)).max(1)) as u64 }
}

/// 100 percent in the units of [`scaled`].
const WHOLE: u128 = 100_000_000_000_000;

/// A percentage as an integer. Percentages are decimal fractions, which a float only comes close to:
/// 99.9 / 100 * 1000 is a little above 999, and would be rounded up to the next rank.
fn scaled(rank: f64) -> u128 {
    ((rank * 1e12).round().max(0.0) as u128).min(WHOLE)
}

/// `ceil(p·n)`, from 1 to n.
fn nearest_rank(rank: f64, count: u64) -> u64 {
    let rank = (scaled(rank) * u128::from(count)).div_ceil(WHOLE);
    u64::try_from(rank).unwrap_or(count).clamp(1, count.max(1))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latency(millis: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::default();
        for ms in millis {
            latency.record(Duration::from_millis(ms));
        }
        latency
    }

    #[test]
    fn percentiles_are_nearest_rank_within_a_thousandth() {
        let latency = latency(1..=100);
        for (rank, expected) in [(50.0, 50.0), (90.0, 90.0), (99.0, 99.0), (100.0, 100.0), (0.0, 1.0), (99.9, 100.0)] {
            let value = latency.percentile_ms(rank).unwrap();
            assert!((value - expected).abs() <= expected * 0.001, "p{rank}: {value}");
        }
        assert_eq!((latency.min_ms(), latency.max_ms(), latency.mean_ms()), (Some(1.0), Some(100.0), Some(50.5)));
    }

    #[test]
    fn a_single_sample_is_every_percentile_exactly() {
        let mut one = Latency::default();
        one.record(Duration::from_nanos(1_234_567));
        for rank in [0.0, 50.0, 99.9] {
            assert_eq!(one.percentile_ms(rank), Some(1.234567));
        }
        assert_eq!(Latency::default().percentile_ms(50.0), None);
    }

    #[test]
    fn merging_is_as_if_recorded_together() {
        let (mut a, b) = (latency(1..=50), latency(51..=100));
        a.merge(&b);
        let whole = latency(1..=100);
        assert_eq!(a.count(), 100);
        assert_eq!(a.buckets(), whole.buckets());
        assert_eq!((a.min_ms(), a.max_ms(), a.mean_ms()), (whole.min_ms(), whole.max_ms(), whole.mean_ms()));
    }

    #[test]
    fn percentiles_say_how_many_samples_they_need() {
        let table =
            [(50.0, 2), (55.0, 3), (66.0, 3), (90.0, 10), (99.0, 100), (99.9, 1000), (99.99, 10_000), (100.0, 1)];
        for (rank, needed) in table {
            assert_eq!(samples_needed(rank), needed, "p{rank}");
            // With so many the percentile is not simply the longest time, and with one less it is.
            if needed > 1 {
                assert!(nearest_rank(rank, needed) < needed && nearest_rank(rank, needed - 1) == needed - 1, "p{rank}");
            }
        }
    }

    #[test]
    fn ranks_are_exact() {
        for count in [1, 2, 7, 20, 100, 125, 1000, 4321, 100_000, 1_000_000] {
            for tenths in 0..=1000_u64 {
                let expected = (tenths * count).div_ceil(1000).max(1);
                assert_eq!(nearest_rank(tenths as f64 / 10.0, count), expected, "p{} of {count}", tenths as f64 / 10.0);
            }
        }
        assert_eq!((nearest_rank(99.9, 1000), nearest_rank(55.0, 100), nearest_rank(7.0, 100)), (999, 55, 7));
        assert_eq!((nearest_rank(100.0, u64::MAX), nearest_rank(99.9999, 1_000_000)), (u64::MAX, 999_999));
        assert_eq!(nearest_rank(0.0, 0), 1);
        assert!(samples_needed(99.999_999_999_999_99) > 1_000_000);
    }

    #[test]
    fn the_tail_is_what_was_asked_for() {
        for (asked, tail) in
            [(&[][..], 99.0), (&[50.0], 50.0), (&[50.0, 99.9, 95.0], 99.9), (&[50.0, 100.0], 50.0), (&[100.0], 99.0)]
        {
            assert_eq!(tail_of(asked), tail, "{asked:?}");
        }
    }

    #[test]
    fn one_slow_time_of_a_thousand_is_above_the_99_9th_percentile() {
        let mut latency = latency(std::iter::repeat_n(1, 999));
        latency.record(Duration::from_millis(300));
        assert!(latency.percentile_ms(99.9).unwrap() < 2.0);
        assert!(latency.percentile_ms(100.0).unwrap() > 299.0);
    }
}
