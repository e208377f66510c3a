//! A rate, or a number of connections, over the time of a load run: constant, ramped, or in stages.
//!
//! Owns: the value at a time, the ticks that a rate makes, Poisson arrivals. Pure: the clock and the seed
//! are arguments. Does not: wait, or know what a tick starts (see `run::load`).

use std::time::Duration;

/// One stage as a suite has it: a straight line from the last stage's target to this one's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// How long it takes.
    pub duration: Duration,
    /// The value at its end.
    pub target: f64,
}

/// How ticks follow each other at a rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arrival {
    /// Evenly.
    #[default]
    Constant,
    /// As independent users do: gaps are exponentially distributed.
    Poisson,
}

/// A value over time, made of straight lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pieces: Vec<Piece>,
}

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    /// Where it begins, in seconds.
    begin: f64,
    /// How long it is, in seconds; infinite for the last piece of a profile that holds its value.
    length: f64,
    from: f64,
    to: f64,
    /// The area under all pieces before it: the ticks that a rate has made by then.
    before: f64,
}

/// Nanoseconds in a second, and what a rate is multiplied with to be counted in whole numbers.
const NANOS: u128 = 1_000_000_000;

impl Profile {
    /// One value for ever.
    pub fn constant(value: f64) -> Profile {
        Profile { pieces: vec![Piece { begin: 0.0, length: f64::INFINITY, from: value, to: value, before: 0.0 }] }
    }

    /// From 0 to a value in `ramp`, then that value for ever.
    pub fn ramped(value: f64, ramp: Duration) -> Profile {
        let mut profile = Profile::stages(&[Stage { duration: ramp, target: value }]);
        let (begin, before) = (profile.end(), profile.area());
        profile.pieces.push(Piece { begin, length: f64::INFINITY, from: value, to: value, before });
        profile
    }

    /// Stage after stage; the first begins at 0, and nothing comes after the last.
    pub fn stages(stages: &[Stage]) -> Profile {
        let mut profile = Profile { pieces: Vec::with_capacity(stages.len()) };
        let mut from = 0.0;
        for stage in stages {
            let (begin, before) = (profile.end(), profile.area());
            profile.pieces.push(Piece { begin, length: stage.duration.as_secs_f64(), from, to: stage.target, before });
            from = stage.target;
        }
        profile
    }

    /// The value at a time; that of the end beyond it.
    pub fn at(&self, elapsed: Duration) -> f64 {
        let time = elapsed.as_secs_f64();
        let piece = self.pieces.iter().find(|piece| time < piece.begin + piece.length).or(self.pieces.last());
        piece.map_or(0.0, |piece| piece.value((time - piece.begin).min(piece.length)))
    }

    /// When, from a time on, the value is first above a number; `None` if it never is again.
    pub fn exceeds(&self, number: f64, from: Duration) -> Option<Duration> {
        if self.at(from) > number {
            return Some(from);
        }
        let now = from.as_secs_f64();
        let piece = self.pieces.iter().find(|piece| {
            piece.begin + piece.length > now && (piece.to > number || (piece.begin >= now && piece.from > number))
        })?;
        let slope = piece.slope();
        let crossing = if piece.from > number || slope <= 0.0 { 0.0 } else { (number - piece.from) / slope };
        // A nanosecond later it is above.
        Duration::try_from_secs_f64((piece.begin + crossing).max(now)).ok()?.checked_add(Duration::from_nanos(1))
    }

    /// The highest value.
    pub fn peak(&self) -> f64 {
        self.pieces.iter().map(|piece| piece.from.max(piece.to)).fold(0.0, f64::max)
    }

    /// When tick `number` (from 0) of a rate is due after the start; `None` where the rate never makes so many.
    ///
    /// At a constant rate exactly `number / rate`, in whole nanoseconds, however long the run is.
    pub fn due(&self, number: u64) -> Option<Duration> {
        if let [Piece { begin: 0.0, from, to, length, .. }] = self.pieces.as_slice()
            && from == to
            && length.is_infinite()
        {
            let scaled = (from * NANOS as f64).round();
            if scaled < 1.0 {
                return (number == 0).then_some(Duration::ZERO);
            }
            let nanos = u128::from(number) * NANOS * NANOS / scaled as u128;
            return Some(Duration::new(u64::try_from(nanos / NANOS).ok()?, (nanos % NANOS) as u32));
        }
        self.reach(number as f64)
    }

    /// When a rate has made so many ticks, fractions of one included.
    pub fn reach(&self, ticks: f64) -> Option<Duration> {
        let piece = self.pieces.iter().find(|piece| ticks < piece.before + piece.area())?;
        Duration::try_from_secs_f64(piece.begin + piece.time_of(ticks - piece.before)).ok()
    }

    /// How many ticks a rate makes before a time: all that are due earlier.
    pub fn ticks_before(&self, elapsed: Duration) -> u64 {
        let time = elapsed.as_secs_f64();
        let area = self
            .pieces
            .iter()
            .take_while(|piece| piece.begin < time)
            .last()
            .map_or(0.0, |piece| piece.before + piece.area_until((time - piece.begin).min(piece.length)));
        // What rounding leaves of a whole number is that number.
        (area - 1e-9).ceil().max(0.0) as u64
    }

    /// Where the last piece ends, in seconds.
    fn end(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.begin + piece.length)
    }

    fn area(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.before + piece.area())
    }
}

impl Piece {
    fn slope(&self) -> f64 {
        if self.length.is_infinite() || self.length == 0.0 { 0.0 } else { (self.to - self.from) / self.length }
    }

    fn value(&self, time: f64) -> f64 {
        if time >= self.length { self.to } else { self.from + self.slope() * time }
    }

    fn area_until(&self, time: f64) -> f64 {
        let slope = self.slope();
        match (self.from == 0.0, slope == 0.0) {
            (true, true) => 0.0,
            (false, true) => self.from * time,
            _ => (self.from + slope * time / 2.0) * time,
        }
    }

    fn area(&self) -> f64 {
        self.area_until(self.length)
    }

    /// The inverse of [`Piece::area_until`]: the root of `from·t + slope·t²/2 = area`, in the form that does not
    /// lose digits where the slope is small.
    fn time_of(&self, area: f64) -> f64 {
        let root = (self.from * self.from + 2.0 * self.slope() * area).max(0.0).sqrt();
        if area <= 0.0 { 0.0 } else { 2.0 * area / (self.from + root) }
    }
}

/// The due times of a run, one after another.
#[derive(Debug, Clone)]
pub struct Ticks {
    profile: Profile,
    /// The next tick's number, and the step to the one after it: a thread of `step` threads takes every `step`th.
    next: u64,
    step: u64,
    poisson: Option<Poisson>,
}

/// Where a Poisson process is: ticks of a rate of one a second, seen through the profile.
#[derive(Debug, Clone)]
struct Poisson {
    random: fastrand::Rng,
    position: f64,
}

impl Ticks {
    /// Share `part` (from 0) of `parts` of the ticks. Even ticks are dealt in turn; Poisson processes can be split
    /// into independent ones of a part of the rate.
    pub fn new(profile: Profile, arrival: Arrival, part: u64, parts: u64, seed: u64) -> Ticks {
        let poisson = (arrival == Arrival::Poisson)
            .then(|| Poisson { random: fastrand::Rng::with_seed(seed.wrapping_add(part)), position: 0.0 });
        Ticks { profile, next: part, step: parts.max(1), poisson }
    }
}

impl Iterator for Ticks {
    type Item = Duration;

    /// The next due time after the start.
    fn next(&mut self) -> Option<Duration> {
        if let Some(poisson) = &mut self.poisson {
            // 1 - f64() is never 0.
            poisson.position -= libm::log(1.0 - poisson.random.f64()) * self.step as f64;
            return self.profile.reach(poisson.position);
        }
        let due = self.profile.due(self.next)?;
        self.next = self.next.checked_add(self.step)?;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(value: f64) -> Duration {
        Duration::from_secs_f64(value)
    }

    fn stage(duration: f64, target: f64) -> Stage {
        Stage { duration: seconds(duration), target }
    }

    #[test]
    fn when_a_value_is_exceeded() {
        let profile = Profile::stages(&[stage(10.0, 10.0), stage(5.0, 0.0), stage(5.0, 20.0)]);
        for (number, from, at) in [
            (0.0, 0.0, Some(0.0)),
            (5.0, 0.0, Some(5.0)),
            (5.0, 6.0, Some(6.0)),
            (5.0, 13.0, Some(16.25)),
            (10.0, 0.0, Some(17.5)),
            (20.0, 0.0, None),
            (5.0, 20.0, Some(20.0)),
        ] {
            let have = profile.exceeds(number, seconds(from)).map(|at| at.as_secs_f64());
            assert!(
                have.zip(at).map_or(have.is_none() && at.is_none(), |(a, b)| (a - b).abs() < 1e-6),
                "{number} {from} {have:?}"
            );
        }
        assert_eq!(Profile::ramped(3.0, seconds(3.0)).exceeds(2.0, Duration::ZERO).map(|at| at.as_secs()), Some(2));
    }

    #[test]
    fn a_constant_rate_is_exact_however_long_it_runs() {
        for (rate, number, due) in [
            (1000.0, 0, Duration::ZERO),
            (1000.0, 1, Duration::from_millis(1)),
            (3.0, 1, Duration::from_nanos(333_333_333)),
            (3.0, 3_000_000_000, Duration::from_secs(1_000_000_000)),
            (0.001, 1, Duration::from_secs(1000)),
            (10_000_000.0, 10_000_000_000_000, Duration::from_secs(1_000_000)),
        ] {
            assert_eq!(Profile::constant(rate).due(number), Some(due), "{rate} {number}");
        }
        assert_eq!(Profile::constant(0.0).due(1), None);
        assert_eq!(Profile::constant(0.001).due(u64::MAX), None, "beyond all clocks");
    }

    #[test]
    fn ticks_before_a_time_are_those_due_earlier() {
        for (rate, limit, count) in [(300.0, 0.01, 3), (9000.0, 1.0, 9000), (3.0, 1.0, 3), (0.5, 1.0, 1), (1.5, 1.0, 2)]
        {
            assert_eq!(Profile::constant(rate).ticks_before(seconds(limit)), count, "{rate} {limit}");
        }
        assert_eq!(Profile::stages(&[stage(10.0, 100.0)]).ticks_before(seconds(60.0)), 500);
        assert_eq!(Profile::ramped(100.0, seconds(10.0)).ticks_before(seconds(20.0)), 1500);
        assert_eq!(Profile::constant(100.0).ticks_before(Duration::ZERO), 0);
    }

    #[test]
    fn stages_are_straight_lines() {
        let profile = Profile::stages(&[stage(10.0, 100.0), stage(20.0, 100.0), stage(10.0, 0.0)]);
        for (at, value) in
            [(0.0, 0.0), (5.0, 50.0), (10.0, 100.0), (25.0, 100.0), (35.0, 50.0), (40.0, 0.0), (99.0, 0.0)]
        {
            assert!((profile.at(seconds(at)) - value).abs() < 1e-9, "{at}");
        }
        assert_eq!(profile.peak(), 100.0);
        // Half of the first stage's 500 ticks come in the last 29 % of its time.
        let half = profile.due(250).unwrap().as_secs_f64();
        assert!((half - 10.0 / 2.0_f64.sqrt()).abs() < 1e-6, "{half}");
        let all: Vec<_> = (0..).map_while(|number| profile.due(number)).collect();
        assert_eq!(all.len(), 3000);
        assert!(all.is_sorted() && *all.last().unwrap() < seconds(40.0));
        // A step is a stage that takes no time.
        let step = Profile::stages(&[stage(0.0, 10.0), stage(1.0, 10.0)]);
        assert_eq!((step.due(5), step.due(10)), (Some(seconds(0.5)), None));
        assert_eq!(Profile::stages(&[]).due(0), None);
        assert_eq!(Profile::stages(&[stage(5.0, 0.0)]).due(0), None);
    }

    #[test]
    fn a_ramp_ends_in_its_value() {
        let profile = Profile::ramped(50.0, seconds(2.0));
        assert_eq!((profile.at(seconds(1.0)), profile.at(seconds(100.0))), (25.0, 50.0));
        assert_eq!(profile.due(50), Some(seconds(2.0)));
        assert_eq!(profile.due(100), Some(seconds(3.0)));
    }

    #[test]
    fn threads_share_the_ticks_without_a_gap() {
        let profile = Profile::constant(1000.0);
        let mut all: Vec<Duration> =
            (0..3).flat_map(|part| Ticks::new(profile.clone(), Arrival::Constant, part, 3, 0).take(10)).collect();
        all.sort();
        assert_eq!(all, (0..30).map(Duration::from_millis).collect::<Vec<_>>());
    }

    #[test]
    fn poisson_gaps_have_the_mean_and_the_variance_of_their_rate() {
        for parts in [1, 4] {
            let mut due: Vec<f64> = Vec::new();
            for part in 0..parts {
                let ticks = Ticks::new(Profile::constant(1000.0), Arrival::Poisson, part, parts, 7);
                due.extend(ticks.map(|due| due.as_secs_f64()).take_while(|due| *due < 200.0));
            }
            due.sort_by(f64::total_cmp);
            let gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
            let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
            assert!((mean / 1e-3 - 1.0).abs() < 0.02, "{parts}: mean {mean}");
            assert!((variance / 1e-6 - 1.0).abs() < 0.02, "{parts}: variance {variance}");
        }
    }
}
