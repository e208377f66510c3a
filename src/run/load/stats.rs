//! Samples to figures, in memory that does not grow with their number.
//!
//! Owns: the sample, the counts, the merge. Raw values are kept only where a benchmark asks for them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::exchange::request::ErrorKind;
use crate::exchange::response::Timing;
use crate::load::metrics::Metric;
use crate::load::summary::Latency;
use crate::load::timeline::{Recorder, Timeline};

/// One measured request.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// When it ended, since the start of the run.
    pub at: Duration,
    /// The response time, if an answer was received: from when it was due, or else from its send.
    pub time: Option<Duration>,
    /// The service time, if an answer was received: from its (last) send.
    pub service: Option<Duration>,
    /// The start lag: from when it was due to its first send; only at a rate.
    pub lag: Option<Duration>,
    /// The start lag, where it is our own and not the wait for a connection.
    pub own_lag: Option<Duration>,
    /// Sends, retries included.
    pub attempts: u32,
    /// The status, if an answer was received.
    pub status: u16,
    /// Why none was received.
    pub error: Option<ErrorKind>,
    /// Why the request counts as failed; `None` if it passed.
    pub reason: Option<String>,
    /// Sends after the first.
    pub retries: u32,
    /// Whether another send was wanted after the last one, but all had been used.
    pub is_exhausted: bool,
    /// Body bytes sent.
    pub bytes_out: u64,
    /// Body bytes received.
    pub bytes_in: u64,
    /// Connections opened, over all sends.
    pub connections: u32,
    /// The last send's times, where metrics are wanted.
    pub timing: Option<Box<Timing>>,
}

/// Distinct reasons that are counted each by itself; the rest is counted together.
const MOST_REASONS: usize = 20;

/// What the rest is counted under.
const OTHER_REASONS: &str = "other reasons";

/// Counts of many samples.
#[derive(Debug, Default)]
pub(super) struct Stats {
    pub total: u64,
    pub passed: u64,
    pub retries: u64,
    pub healed: u64,
    pub exhausted: u64,
    pub slow: u64,
    pub attempts: u64,
    pub latency: Latency,
    pub service: Latency,
    pub lag: Latency,
    pub own_lag: Latency,
    pub timeline: Timeline,
    pub statuses: BTreeMap<u16, u64>,
    pub errors: BTreeMap<ErrorKind, u64>,
    pub reasons: BTreeMap<String, u64>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    pub connections: u64,
    /// Of these, such as were opened for requests that were due.
    pub opened_late: u64,
    pub values: Vec<(Metric, Vec<f64>)>,
}

impl Stats {
    fn new(metrics: &[Metric]) -> Stats {
        Stats { values: metrics.iter().map(|metric| (*metric, Vec::new())).collect(), ..Stats::default() }
    }

    fn add(&mut self, sample: Sample, threshold: Option<Duration>) {
        self.total += 1;
        self.attempts += u64::from(sample.attempts);
        if let Some(lag) = sample.lag {
            // Without a rate the service time is the response time: nothing is kept twice.
            self.lag.record(lag);
            self.opened_late += u64::from(sample.connections);
            sample.service.iter().for_each(|service| self.service.record(*service));
        }
        sample.own_lag.iter().for_each(|lag| self.own_lag.record(*lag));
        self.retries += u64::from(sample.retries);
        self.bytes_in += sample.bytes_in;
        self.bytes_out += sample.bytes_out;
        self.connections += u64::from(sample.connections);
        if let Some(time) = sample.time {
            self.latency.record(time);
            self.slow += u64::from(threshold.is_some_and(|threshold| time > threshold));
            *self.statuses.entry(sample.status).or_default() += 1;
            if let Some(timing) = &sample.timing {
                for (metric, numbers) in &mut self.values {
                    numbers.push(metric.of(timing));
                }
            }
        }
        if let Some(kind) = sample.error {
            *self.errors.entry(kind).or_default() += 1;
        }
        self.exhausted += u64::from(sample.is_exhausted);
        match sample.reason {
            Some(reason) => {
                self.add_reason(reason, 1);
            }
            None => {
                self.passed += 1;
                // Where nothing is judged, an answer that was not wanted passes, too.
                self.healed += u64::from(sample.retries > 0 && !sample.is_exhausted);
            }
        }
    }

    fn add_reason(&mut self, reason: String, count: u64) {
        // The rest is no reason of its own: counted as one, it would push another out at every merge.
        let distinct = self.reasons.len() - usize::from(self.reasons.contains_key(OTHER_REASONS));
        let full = distinct >= MOST_REASONS && !self.reasons.contains_key(&reason);
        let reason = if full { OTHER_REASONS.to_owned() } else { reason };
        *self.reasons.entry(reason).or_default() += count;
    }

    fn merge(&mut self, other: Stats) {
        self.total += other.total;
        self.passed += other.passed;
        self.retries += other.retries;
        self.healed += other.healed;
        self.exhausted += other.exhausted;
        self.slow += other.slow;
        self.attempts += other.attempts;
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        self.lag.merge(&other.lag);
        self.own_lag.merge(&other.own_lag);
        self.timeline.merge(&other.timeline);
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.connections += other.connections;
        self.opened_late += other.opened_late;
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (kind, count) in other.errors {
            *self.errors.entry(kind).or_default() += count;
        }
        for (reason, count) in other.reasons {
            self.add_reason(reason, count);
        }
        for ((_, own), (_, mut theirs)) in self.values.iter_mut().zip(other.values) {
            own.append(&mut theirs);
        }
    }
}

/// Stats that many threads write without waiting for each other: each has a shard, and few share one.
pub(super) struct Shards {
    shards: Vec<Mutex<Shard>>,
    metrics: Vec<Metric>,
    threshold: Option<Duration>,
}

/// What a shard holds: its counts, and the timeline in the making.
struct Shard {
    stats: Stats,
    recorder: Recorder,
}

impl Shard {
    fn new(metrics: &[Metric]) -> Shard {
        Shard { stats: Stats::new(metrics), recorder: Recorder::default() }
    }
}

impl Shards {
    /// More shards than this cost memory (a histogram each) and save no waiting.
    const MOST: usize = 16;

    /// Shards for so many workers: two for each that can be at work at a time, so that they seldom meet. More would
    /// only have more to be added up.
    pub fn new(workers: usize, metrics: Vec<Metric>, threshold: Option<Duration>) -> Shards {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = workers.clamp(1, (2 * cores).min(Shards::MOST));
        Shards { shards: (0..count).map(|_| Mutex::new(Shard::new(&metrics))).collect(), metrics, threshold }
    }

    /// Adds a worker's sample.
    pub fn add(&self, worker: usize, sample: Sample) {
        if let Some(shard) = self.shards.get(worker % self.shards.len()) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.recorder.record(sample.at, sample.time, sample.reason.is_some());
            shard.stats.add(sample, self.threshold);
        }
    }

    /// Adds connections that were opened outside of any sample.
    pub fn add_connections(&self, worker: usize, connections: u32) {
        if let Some(shard) = self.shards.get(worker % self.shards.len()).filter(|_| connections > 0) {
            shard.lock().unwrap_or_else(PoisonError::into_inner).stats.connections += u64::from(connections);
        }
    }

    /// Requests and failed requests so far.
    pub fn progress(&self) -> (u64, u64) {
        self.shards.iter().fold((0, 0), |(total, failed), shard| {
            let stats = &shard.lock().unwrap_or_else(PoisonError::into_inner).stats;
            (total + stats.total, failed + stats.total - stats.passed)
        })
    }

    /// The time within which 95 of 100 answers came so far. It takes a while to add up: not to be asked for often.
    pub fn p95(&self) -> Option<Duration> {
        let mut all = Latency::default();
        for shard in &self.shards {
            all.merge(&shard.lock().unwrap_or_else(PoisonError::into_inner).stats.latency);
        }
        all.percentile_ms(95.0).map(|ms| Duration::from_secs_f64(ms / 1000.0))
    }

    /// All shards together; they are empty afterwards.
    pub fn take(&self) -> Stats {
        let mut all = Stats::new(&self.metrics);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let timeline = shard.recorder.take();
            let stats = std::mem::replace(&mut shard.stats, Stats::new(&self.metrics));
            all.timeline.merge(&timeline);
            all.merge(stats);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ms: u64, reason: Option<&str>) -> Sample {
        Sample {
            time: Some(Duration::from_millis(ms)),
            status: 200,
            reason: reason.map(str::to_owned),
            retries: 1,
            bytes_in: 10,
            connections: 1,
            timing: Some(Box::new(Timing { size_download: ms, ..Timing::default() })),
            ..Sample::default()
        }
    }

    #[test]
    fn shards_add_up() {
        let shards = Shards::new(100, vec![Metric::SizeDownload], Some(Duration::from_millis(5)));
        for i in 0..100 {
            shards.add(i as usize, sample(i % 10, (i % 4 == 0).then_some("status 500")));
        }
        shards.add(
            3,
            Sample { error: Some(ErrorKind::Timeout), reason: Some("timeout".to_owned()), ..Sample::default() },
        );
        assert_eq!(shards.progress(), (101, 26));
        let all = shards.take();
        assert_eq!((all.total, all.passed, all.retries, all.slow), (101, 75, 100, 40));
        assert_eq!((all.statuses[&200], all.errors[&ErrorKind::Timeout], all.latency.count()), (100, 1, 100));
        assert_eq!(all.reasons["status 500"], 25);
        assert_eq!(all.values[0].1.len(), 100);
        assert_eq!(shards.progress(), (0, 0));
    }

    #[test]
    fn a_request_is_healed_or_exhausted_or_neither() {
        let shards = Shards::new(1, vec![], None);
        for (retries, is_exhausted, reason) in [
            (1, false, None),
            (1, true, None),
            (1, true, Some("status 503")),
            (1, false, Some("status 404")),
            (0, false, None),
        ] {
            shards.add(0, Sample { retries, is_exhausted, ..sample(1, reason) });
        }
        let all = shards.take();
        assert_eq!((all.total, all.passed, all.healed, all.exhausted), (5, 3, 1, 2));
    }

    #[test]
    fn reasons_do_not_grow_without_bound() {
        let shards = Shards::new(1, vec![], None);
        for i in 0..1000 {
            shards.add(0, sample(1, Some(&format!("reason {i}"))));
        }
        let all = shards.take();
        assert!(all.reasons.len() <= MOST_REASONS + 1);
        assert_eq!(all.reasons.values().sum::<u64>(), 1000);
    }
}
