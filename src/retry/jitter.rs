//! Backoff with jitter: waits that grow, and that many clients do not end at one moment.
//!
//! Owns: the formulas. Does not: draw (a number from 0 up to 1 comes as an argument), or know what is waited for.

use std::time::Duration;

/// How a wait is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Not at all: `min(max, base * 2^n)`.
    #[default]
    None,
    /// From nothing to the whole of that.
    Full,
    /// From the half of it to the whole.
    Equal,
    /// From `base` to three times the wait before, bounded by `max`.
    Decorrelated,
}

impl Jitter {
    /// The words that suites and the command line have.
    pub const WORDS: &'static [&'static str] = &["none", "full", "equal", "decorrelated"];

    /// What a word stands for.
    pub fn of(word: &str) -> Option<Jitter> {
        let all = [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated];
        all.into_iter().find(|jitter| jitter.word().eq_ignore_ascii_case(word))
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Jitter::None => "none",
            Jitter::Full => "full",
            Jitter::Equal => "equal",
            Jitter::Decorrelated => "decorrelated",
        }
    }
}

/// How waits grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The wait before the first retry.
    pub base: Duration,
    /// No wait is longer.
    pub max: Duration,
    /// How it is drawn.
    pub jitter: Jitter,
}

/// A wait as it was drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// The wait.
    pub time: Duration,
    /// The longest that could have been drawn.
    pub most: Duration,
}

impl Backoff {
    /// The wait before retry number `n` (0 for the first) without jitter: `min(max, base * 2^n)`.
    pub fn plain(&self, n: u32) -> Duration {
        if self.base.is_zero() {
            // Doubled often enough, the factor is infinite, and that times nothing is no number.
            return Duration::ZERO;
        }
        let factor = 2_f64.powi(n.min(1100) as i32);
        self.bounded(self.base.as_secs_f64() * factor)
    }

    /// The wait before retry number `n`; `previous` is the one before it, `draw` a number from 0 up to 1.
    pub fn wait(&self, n: u32, previous: Option<Duration>, draw: f64) -> Drawn {
        let share = |of: Duration| Duration::try_from_secs_f64(of.as_secs_f64() * draw).unwrap_or(of);
        let plain = self.plain(n);
        match self.jitter {
            Jitter::None => Drawn { time: plain, most: plain },
            Jitter::Full => Drawn { time: share(plain), most: plain },
            Jitter::Equal => Drawn { time: plain / 2 + share(plain / 2), most: plain },
            Jitter::Decorrelated => {
                let base = self.base.as_secs_f64();
                let most = (previous.unwrap_or(self.base).as_secs_f64() * 3.0).max(base);
                Drawn { time: self.bounded(base + draw * (most - base)), most: self.bounded(most) }
            }
        }
    }

    fn bounded(&self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds).map_or(self.max, |wait| wait.min(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: u32 = 10_000;

    /// Waits before retry 3 of base 1 s, that is of 8 s; each drawn from its own number.
    fn waits(jitter: Jitter, previous: Option<Duration>) -> (f64, f64, f64) {
        let backoff = Backoff { base: Duration::from_secs(1), max: Duration::from_secs(30), jitter };
        let mut random = fastrand::Rng::with_seed(7);
        let all: Vec<f64> = (0..DRAWS).map(|_| backoff.wait(3, previous, random.f64()).time.as_secs_f64()).collect();
        let bound = |pick: fn(f64, f64) -> f64, first: f64| all.iter().copied().fold(first, pick);
        (bound(f64::min, f64::MAX), all.iter().sum::<f64>() / f64::from(DRAWS), bound(f64::max, 0.0))
    }

    #[test]
    fn draws_have_the_bounds_and_the_mean_of_their_formula() {
        let seconds = Duration::from_secs_f64;
        for (jitter, previous, least, most) in [
            (Jitter::None, None, 8.0, 8.0),
            (Jitter::Full, None, 0.0, 8.0),
            (Jitter::Equal, None, 4.0, 8.0),
            (Jitter::Decorrelated, None, 1.0, 3.0),
            (Jitter::Decorrelated, Some(seconds(5.0)), 1.0, 15.0),
        ] {
            let (lowest, mean, highest) = waits(jitter, previous);
            let width = most - least;
            assert!(lowest >= least && lowest <= least + width * 0.01, "{jitter:?}: {lowest}");
            assert!(highest <= most && highest >= most - width * 0.01, "{jitter:?}: {highest}");
            // Four standard errors of a uniform distribution's mean.
            let off = 4.0 * width / (12.0 * f64::from(DRAWS)).sqrt();
            assert!((mean - f64::midpoint(least, most)).abs() <= off + 1e-9, "{jitter:?}: {mean}");
        }
        // What is cut at the bound is the bound.
        let (_, _, highest) = waits(Jitter::Decorrelated, Some(seconds(25.0)));
        assert!((highest - 30.0).abs() < 1e-9);
    }

    #[test]
    fn no_number_is_too_large_for_a_wait() {
        for jitter in [Jitter::None, Jitter::Full, Jitter::Equal, Jitter::Decorrelated] {
            for (base, max) in
                [(Duration::MAX, Duration::MAX), (Duration::ZERO, Duration::ZERO), (Duration::MAX, Duration::ZERO)]
            {
                let backoff = Backoff { base, max, jitter };
                for n in [0, 1, 63, 1024, u32::MAX] {
                    for draw in [0.0, 0.5, 1.0 - f64::EPSILON] {
                        let drawn = backoff.wait(n, Some(max), draw);
                        assert!(
                            drawn.time <= max.max(base) && drawn.time <= drawn.most.max(max),
                            "{jitter:?} {n} {draw}"
                        );
                    }
                }
            }
        }
    }
}
