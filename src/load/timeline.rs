//! A load run over its time: requests, failures and response times of each interval, in bounded memory.
//!
//! Owns: the intervals, which double in length when there would be too many, their percentiles, seconds and slices.
//! Does not: know when a run began (times are since then), or draw anything (see `report`).

use std::time::Duration;

use super::baseline::{SLICES, Slice};

/// The shortest interval: 1/256 of a second, so that even a short run has slices, and seconds have whole intervals. Finer
/// ones would cost a request more than what they tell is worth.
const FINEST: u32 = 8;

/// More intervals than this are kept by twice their length: 17 minutes by the second.
const MOST: u32 = 1024;

/// The longest: 2^32 seconds.
const COARSEST: i32 = -32;

/// Buckets for each doubling of a time: none is wider than 1.6 % of it.
const STEPS: u64 = 64;

/// How many requests ended in an interval, and how long they took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interval {
    /// Requests that ended in it.
    pub requests: u64,
    /// Those that failed.
    pub failures: u64,
    /// Buckets of response times, in order, and how many answers each has.
    times: Vec<(u16, u64)>,
}

impl Interval {
    /// An interval that was recorded elsewhere; buckets in any order.
    pub fn new(requests: u64, failures: u64, times: impl IntoIterator<Item = (u16, u64)>) -> Interval {
        let mut interval = Interval { requests, failures, times: Vec::new() };
        for (bucket, count) in times {
            *value_of(&mut interval.times, bucket) += count;
        }
        interval
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Interval) {
        self.requests += other.requests;
        self.failures += other.failures;
        for (bucket, count) in &other.times {
            *value_of(&mut self.times, *bucket) += count;
        }
    }

    /// Buckets of response times, in order, and how many answers each has.
    pub fn times(&self) -> &[(u16, u64)] {
        &self.times
    }

    /// Answers.
    pub fn answers(&self) -> u64 {
        self.times.iter().map(|(_, count)| count).sum()
    }

    /// A percentile of the response times in milliseconds, by nearest rank; exact to 0.8 %.
    pub fn percentile_ms(&self, rank: f64) -> Option<f64> {
        let answers = self.answers();
        let wanted = ((rank / 100.0 * answers as f64).ceil() as u64).clamp(1, answers.max(1));
        let mut seen = 0;
        self.times.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= wanted).then(|| middle_ms(*bucket))
        })
    }
}

/// The intervals of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// An interval lasts 2^-fineness seconds; below 0 it is longer than one.
    fineness: i32,
    /// By their number, in order.
    intervals: Vec<(u32, Interval)>,
}

impl Default for Timeline {
    fn default() -> Timeline {
        Timeline { fineness: FINEST as i32, intervals: Vec::new() }
    }
}

/// What writes a timeline: the interval that lasts is kept apart, in a form that is quick to add to.
#[derive(Debug)]
pub struct Recorder {
    timeline: Timeline,
    number: u32,
    requests: u64,
    failures: u64,
    /// Answers by bucket, and which buckets have any.
    counts: Vec<u32>,
    used: Vec<u16>,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder {
            timeline: Timeline::default(),
            number: 0,
            requests: 0,
            failures: 0,
            counts: vec![0; usize::from(bucket(Duration::MAX)) + 1],
            used: Vec::new(),
        }
    }
}

impl Recorder {
    /// Adds a request that ended so long after the start; `time` is its response time, if it was answered.
    pub fn record(&mut self, at: Duration, time: Option<Duration>, has_failed: bool) {
        let number = self.timeline.number(at);
        if number != u64::from(self.number) {
            self.flush();
            self.number = self.timeline.reach(at);
        }
        self.requests += 1;
        self.failures += u64::from(has_failed);
        if let Some(time) = time {
            let bucket = bucket(time);
            if let Some(count) = self.counts.get_mut(usize::from(bucket)) {
                if *count == 0 {
                    self.used.push(bucket);
                }
                *count = count.saturating_add(1);
            }
        }
    }

    /// All that was recorded; nothing is left.
    pub fn take(&mut self) -> Timeline {
        self.flush();
        std::mem::take(&mut self.timeline)
    }

    fn flush(&mut self) {
        if self.requests == 0 {
            return;
        }
        let interval = value_of(&mut self.timeline.intervals, self.number);
        interval.requests += std::mem::take(&mut self.requests);
        interval.failures += std::mem::take(&mut self.failures);
        self.used.sort_unstable();
        for bucket in self.used.drain(..) {
            if let Some(count) = self.counts.get_mut(usize::from(bucket)) {
                *value_of(&mut interval.times, bucket) += u64::from(std::mem::take(count));
            }
        }
    }
}

/// One second of a run, or more where the run is long.
#[derive(Debug, Clone, PartialEq)]
pub struct Second {
    /// When it begins, in seconds since the start.
    pub begin: u64,
    /// What ended in it.
    pub interval: Interval,
}

impl Timeline {
    /// A timeline that was recorded elsewhere: what [`Timeline::fineness`] and [`Timeline::intervals`] gave.
    pub fn from_intervals(fineness: i32, intervals: impl IntoIterator<Item = (u32, Interval)>) -> Timeline {
        let mut timeline = Timeline { fineness: fineness.clamp(COARSEST, FINEST as i32), intervals: Vec::new() };
        for (number, interval) in intervals {
            value_of(&mut timeline.intervals, number.min(MOST * 4)).merge(&interval);
        }
        timeline.bound();
        timeline
    }

    /// 2^-fineness seconds is the length of an interval.
    pub fn fineness(&self) -> i32 {
        self.fineness
    }

    /// The intervals in which something ended, by their number.
    pub fn intervals(&self) -> impl Iterator<Item = (u32, &Interval)> {
        self.intervals.iter().map(|(number, interval)| (*number, interval))
    }

    /// The number of the interval of a time; all become longer until it is one of those that there may be.
    fn reach(&mut self, at: Duration) -> u32 {
        while self.number(at) >= u64::from(MOST) && self.fineness > COARSEST {
            self.coarsen();
        }
        self.number(at).min(u64::from(MOST)) as u32
    }

    /// Adds all of another's requests.
    pub fn merge(&mut self, other: &Timeline) {
        while self.fineness > other.fineness {
            self.coarsen();
        }
        let shift = (other.fineness - self.fineness) as u32;
        for (number, interval) in &other.intervals {
            value_of(&mut self.intervals, number.checked_shr(shift).unwrap_or(0)).merge(interval);
        }
        self.bound();
    }

    /// All requests, second by second from the first on; longer steps where the run is longer than 17 minutes.
    /// Seconds in which nothing ended are there, too.
    pub fn seconds(&self) -> Vec<Second> {
        let shift = self.fineness.max(0) as u32;
        let step = 1_u64 << (-self.fineness).max(0);
        let Some((last, _)) = self.intervals.last() else { return Vec::new() };
        let mut seconds: Vec<Second> = (0..=last >> shift)
            .map(|number| Second { begin: u64::from(number) * step, interval: Interval::default() })
            .collect();
        for (number, interval) in &self.intervals {
            if let Some(second) = seconds.get_mut((number >> shift) as usize) {
                second.interval.merge(interval);
            }
        }
        seconds
    }

    /// The run of this length in so many equal parts; what ended later belongs to the last.
    pub fn parts(&self, length: Duration, count: usize) -> Vec<Interval> {
        self.parts_from(Duration::ZERO, length, count)
    }

    /// The same from a time on; what ended earlier belongs to none.
    pub fn parts_from(&self, begin: Duration, length: Duration, count: usize) -> Vec<Interval> {
        let mut parts = vec![Interval::default(); count];
        let width = 2_f64.powi(-self.fineness);
        let whole = length.saturating_sub(begin).as_secs_f64().max(f64::EPSILON);
        for (number, interval) in &self.intervals {
            let middle = (f64::from(*number) + 0.5) * width - begin.as_secs_f64();
            if middle < 0.0 {
                continue;
            }
            let part = (middle / whole * count as f64) as usize;
            if let Some(part) = parts.get_mut(part.min(count.saturating_sub(1))) {
                part.merge(interval);
            }
        }
        parts
    }

    /// The slices that a comparison with another run looks at: those with answers.
    pub fn slices(&self, length: Duration) -> Vec<Slice> {
        let slice = |part: &Interval| {
            Some(Slice {
                count: part.answers(),
                median_ms: part.percentile_ms(50.0)?,
                p95_ms: part.percentile_ms(95.0)?,
            })
        };
        self.parts(length, SLICES).iter().filter_map(slice).collect()
    }

    fn number(&self, at: Duration) -> u64 {
        match u32::try_from(self.fineness) {
            Ok(fineness) => {
                let part = (u64::from(at.subsec_nanos()) << fineness) / 1_000_000_000;
                (at.as_secs().saturating_mul(1 << fineness)).saturating_add(part)
            }
            Err(_) => at.as_secs() >> self.fineness.unsigned_abs(),
        }
    }

    /// Makes every interval twice as long.
    fn coarsen(&mut self) {
        self.fineness -= 1;
        self.intervals.iter_mut().for_each(|(number, _)| *number /= 2);
        self.intervals.dedup_by(|(number, interval), (last, before)| {
            let is_same = number == last;
            if is_same {
                before.merge(interval);
            }
            is_same
        });
    }

    fn bound(&mut self) {
        while self.intervals.last().is_some_and(|(last, _)| *last >= MOST) && self.fineness > COARSEST {
            self.coarsen();
        }
    }
}

/// The value of a key in a list that is in order of its keys. Nearly all are added at its end, which costs a request
/// far less than a tree does.
fn value_of<K: Ord, V: Default>(list: &mut Vec<(K, V)>, key: K) -> &mut V {
    let at = match list.last() {
        Some((last, _)) if *last >= key => list.partition_point(|(have, _)| *have < key),
        _ => list.len(),
    };
    if list.get(at).is_none_or(|(have, _)| *have != key) {
        list.insert(at, (key, V::default()));
    }
    &mut list[at].1
}

/// The bucket of a time, in microseconds: each whole one up to 64, then 64 for every doubling.
fn bucket(time: Duration) -> u16 {
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    if micros < STEPS {
        return micros as u16;
    }
    let doubling = micros.ilog2() - STEPS.ilog2();
    (u64::from(doubling + 1) * STEPS + (micros >> doubling) - STEPS) as u16
}

/// The middle of a bucket, in milliseconds.
fn middle_ms(bucket: u16) -> f64 {
    let (row, step) = (u64::from(bucket) / STEPS, u64::from(bucket) % STEPS);
    if row == 0 {
        return (step as f64 + 0.5) / 1000.0;
    }
    let width = 2_f64.powi(row as i32 - 1);
    ((STEPS + step) as f64 + 0.5) * width / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn buckets_are_in_order_and_each_is_there_once() {
        let mut interval = Interval::new(4, 1, [(9, 1), (2, 1), (9, 1)]);
        assert_eq!(interval.times(), [(2, 1), (9, 2)]);
        interval.merge(&Interval::new(2, 0, [(5, 1), (2, 1)]));
        assert_eq!((interval.requests, interval.times()), (6, [(2, 2), (5, 1), (9, 2)].as_slice()));
    }

    #[test]
    fn buckets_are_narrow() {
        let mut last = 0;
        for micros in (0..200_000).chain([1_000_000, 60_000_000, 3_600_000_000]) {
            let bucket = bucket(Duration::from_micros(micros));
            assert!(bucket >= last);
            last = bucket;
            let error = (middle_ms(bucket) * 1000.0 - micros as f64).abs();
            assert!(error <= 0.5_f64.max(micros as f64 * 0.008), "{micros}: {error}");
        }
        assert!(bucket(Duration::MAX) > last);
    }

    #[test]
    fn seconds_have_what_ended_in_them() {
        let mut timeline = Recorder::default();
        for tenth in 0..25 {
            timeline.record(ms(tenth * 100), Some(ms(10)), tenth % 5 == 0);
        }
        timeline.record(ms(4_999), None, true);
        let timeline = timeline.take();
        let counts: Vec<_> = timeline
            .seconds()
            .iter()
            .map(|second| (second.begin, second.interval.requests, second.interval.failures))
            .collect();
        assert_eq!(counts, [(0, 10, 2), (1, 10, 2), (2, 5, 1), (3, 0, 0), (4, 1, 1)]);
        let first = &timeline.seconds()[0].interval;
        assert!((first.percentile_ms(99.0).unwrap() - 10.0).abs() < 0.1);
        assert_eq!(timeline.seconds()[3].interval.percentile_ms(50.0), None);
        assert_eq!(Timeline::default().seconds(), []);
    }

    #[test]
    fn a_long_run_has_longer_intervals_and_no_more_of_them() {
        let mut recorder = Recorder::default();
        for second in 0..40_000 {
            recorder.record(Duration::from_secs(second), Some(ms(1)), false);
        }
        let timeline = recorder.take();
        assert!(timeline.intervals().count() <= MOST as usize);
        let seconds = timeline.seconds();
        assert_eq!((seconds[1].begin, seconds[1].interval.requests), (64, 64));
        assert_eq!(seconds.iter().map(|second| second.interval.requests).sum::<u64>(), 40_000);
        recorder.record(Duration::MAX, None, true);
        assert_eq!(recorder.take().intervals().count(), 1);
    }

    #[test]
    fn merging_is_as_if_recorded_together() {
        for (one, other) in [(900, 3_000_000), (3_000_000, 900), (5, 5)] {
            let (mut whole, mut a, mut b) = (Recorder::default(), Recorder::default(), Recorder::default());
            for step in 0..50 {
                for (part, length) in [(&mut a, one), (&mut b, other)] {
                    part.record(ms(step * length / 50), Some(ms(step)), step == 7);
                    whole.record(ms(step * length / 50), Some(ms(step)), step == 7);
                }
            }
            let mut a = a.take();
            a.merge(&b.take());
            assert_eq!(a, whole.take(), "{one} {other}");
            let again = Timeline::from_intervals(a.fineness(), a.intervals().map(|(n, i)| (n, i.clone())));
            assert_eq!(again, a);
        }
    }

    #[test]
    fn slices_are_equal_parts() {
        let mut recorder = Recorder::default();
        (0..1200).for_each(|step| recorder.record(ms(step), Some(ms(1 + step / 600)), false));
        let timeline = recorder.take();
        let slices = timeline.slices(ms(1200));
        assert_eq!(slices.len(), SLICES);
        assert!(slices.iter().all(|slice| (95..=105).contains(&slice.count)), "{slices:?}");
        assert!(slices[0].median_ms < 1.1 && slices[11].p95_ms > 1.9);
        assert_eq!(timeline.slices(ms(60_000)).len(), 1);
    }
}
