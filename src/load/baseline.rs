//! Is a run slower than an earlier one? The comparison of two runs' slices.
//!
//! Owns: the verdict and how it is reached, as pure functions with a fixed seed. Does not: cut a run into slices
//! (see `run::load`), read or write the baseline's file (see `report`).
//!
//! Method: each run is cut into equal parts of its time; of each the median and the 95th percentile are known.
//! For both figures the difference of the runs' means over their slices is bootstrapped (slices drawn with
//! replacement, Efron 1979), and the interval that 97.5 % of the draws lie in is widened to what Student's t
//! asks for with so few slices, since a bootstrap of a dozen values is too sure of itself. Two comparisons
//! at 97.5 % are wrong together in at most 5 % of all pairs (Bonferroni).

use serde::{Deserialize, Serialize};

/// So many equal parts a run is cut into.
pub const SLICES: usize = 12;

/// Fewer slices with samples than this say nothing.
pub const FEWEST_SLICES: usize = 10;

/// A difference below this share is none, whatever its significance.
pub const SMALLEST_DIFFERENCE: f64 = 0.05;

/// Draws of a bootstrap.
const DRAWS: usize = 2_000;

/// What lies outside the interval, on either side, of the draws.
const TAIL: f64 = 0.0125;

/// One part of a run that has samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// Samples in it.
    pub count: u64,
    /// Their median, in milliseconds.
    pub median_ms: f64,
    /// Their 95th percentile, in milliseconds.
    pub p95_ms: f64,
}

/// A run as it is compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The slices that have samples.
    pub slices: Vec<Slice>,
    /// Whether the run doubts its own figures.
    pub suspect: bool,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The median or the 95th percentile is shorter, and neither is longer.
    Faster,
    /// The median or the 95th percentile is longer.
    Slower,
    /// No difference that counts.
    Same,
    /// Too few slices, a suspect run, or no run of that name.
    Inconclusive,
}

impl Verdict {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Faster => "faster",
            Verdict::Slower => "slower",
            Verdict::Same => "same",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// The change of a figure: `0.1` is 10 % longer than before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// What was measured.
    pub relative: f64,
    /// Between these it lies with 97.5 % confidence.
    pub interval: (f64, f64),
}

/// A comparison of two runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What it says.
    pub verdict: Verdict,
    /// The change of the median, where both runs have enough slices.
    pub median: Option<Change>,
    /// The change of the 95th percentile.
    pub p95: Option<Change>,
    /// Why it is inconclusive.
    pub why: Option<&'static str>,
}

impl Comparison {
    /// Of runs that cannot be compared, and why not.
    pub const fn inconclusive(why: &'static str) -> Comparison {
        Comparison { verdict: Verdict::Inconclusive, median: None, p95: None, why: Some(why) }
    }

    /// Whether it is slower by at least this share: `0.1` is 10 %.
    pub fn is_slower_by(&self, least: f64) -> bool {
        let changes = [self.median, self.p95];
        self.verdict == Verdict::Slower
            && changes.into_iter().flatten().any(|change| change.is_longer() && change.relative >= least)
    }
}

impl Change {
    fn is_longer(&self) -> bool {
        self.relative >= SMALLEST_DIFFERENCE && self.interval.0 > 0.0
    }

    fn is_shorter(&self) -> bool {
        self.relative <= -SMALLEST_DIFFERENCE && self.interval.1 < 0.0
    }
}

/// Compares a run with an earlier one. `seed` makes the draws.
pub fn compare(before: &Measured, now: &Measured, seed: u64) -> Comparison {
    if before.suspect {
        return Comparison::inconclusive("the earlier run doubts its own figures");
    }
    if now.suspect {
        return Comparison::inconclusive("this run doubts its own figures");
    }
    if before.slices.len().min(now.slices.len()) < FEWEST_SLICES {
        return Comparison::inconclusive("fewer than 10 of the 12 parts of a run have answers: let it run longer");
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut of = |figure: fn(&Slice) -> f64| {
        let figures = |run: &Measured| run.slices.iter().map(figure).collect::<Vec<f64>>();
        change(&figures(before), &figures(now), &mut random)
    };
    let (Some(median), Some(p95)) = (of(|slice| slice.median_ms), of(|slice| slice.p95_ms)) else {
        return Comparison::inconclusive("the earlier run has no times to compare with");
    };
    let verdict = if median.is_longer() || p95.is_longer() {
        Verdict::Slower
    } else if median.is_shorter() || p95.is_shorter() {
        Verdict::Faster
    } else {
        Verdict::Same
    };
    Comparison { verdict, median: Some(median), p95: Some(p95), why: None }
}

/// The relative change of the mean; nothing where there is nothing to compare with.
fn change(before: &[f64], now: &[f64], random: &mut fastrand::Rng) -> Option<Change> {
    let base = mean(before);
    if !(base > 0.0 && base.is_finite() && mean(now).is_finite()) {
        return None;
    }
    let relative = mean(now) / base - 1.0;
    let mut draws: Vec<f64> = (0..DRAWS).map(|_| (drawn(now, random) - drawn(before, random)) / base).collect();
    draws.sort_by(f64::total_cmp);
    let rank = |share: f64| draws[((share * DRAWS as f64) as usize).min(DRAWS - 1)];
    let wider = widening(before.len().min(now.len()));
    let interval = (relative + (rank(TAIL) - relative) * wider, relative + (rank(1.0 - TAIL) - relative) * wider);
    Some(Change { relative, interval })
}

/// How much wider than the draws an interval has to be for so few values: the bootstrap's variance is (n-1)/n of the
/// sample's, and Student's t of 2n-2 degrees of freedom lies further out than the normal distribution
/// (Cornish-Fisher's first terms for the quantile 0.9875).
fn widening(count: usize) -> f64 {
    const Z: f64 = 2.2414;
    let count = count.max(2) as f64;
    let freedom = 2.0 * count - 2.0;
    let t = Z
        + (Z.powi(3) + Z) / (4.0 * freedom)
        + (5.0 * Z.powi(5) + 16.0 * Z.powi(3) + 3.0 * Z) / (96.0 * freedom.powi(2));
    t / Z * (count / (count - 1.0)).sqrt()
}

/// The mean of as many values as there are, drawn with replacement.
fn drawn(values: &[f64], random: &mut fastrand::Rng) -> f64 {
    let sum: f64 = (0..values.len()).map(|_| values[random.usize(..values.len())]).sum();
    sum / values.len() as f64
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run whose response times are drawn from a log-normal distribution, `factor` times as long.
    fn run(random: &mut fastrand::Rng, samples: usize, factor: f64) -> Measured {
        let slices = (0..SLICES).map(|_| {
            let mut times: Vec<f64> = (0..samples)
                .map(|_| {
                    let normal =
                        (-2.0 * (1.0 - random.f64()).ln()).sqrt() * (std::f64::consts::TAU * random.f64()).cos();
                    factor * (0.5 * normal).exp()
                })
                .collect();
            times.sort_by(f64::total_cmp);
            let at = |rank: f64| times[((rank * samples as f64).ceil() as usize).clamp(1, samples) - 1];
            Slice { count: samples as u64, median_ms: at(0.5), p95_ms: at(0.95) }
        });
        Measured { slices: slices.collect(), suspect: false }
    }

    fn steady(median_ms: f64, p95_ms: f64) -> Measured {
        Measured { slices: vec![Slice { count: 9, median_ms, p95_ms }; SLICES], suspect: false }
    }

    #[test]
    fn verdicts() {
        let base = steady(10.0, 20.0);
        for (now, verdict) in [
            (steady(10.0, 20.0), Verdict::Same),
            (steady(10.4, 20.0), Verdict::Same),
            (steady(11.0, 20.0), Verdict::Slower),
            (steady(10.0, 23.0), Verdict::Slower),
            (steady(5.0, 23.0), Verdict::Slower),
            (steady(9.0, 20.0), Verdict::Faster),
            (steady(10.0, 18.0), Verdict::Faster),
            (Measured { suspect: true, ..steady(11.0, 20.0) }, Verdict::Inconclusive),
            (Measured { slices: base.slices[..9].to_vec(), suspect: false }, Verdict::Inconclusive),
            (Measured { slices: base.slices[..10].to_vec(), suspect: false }, Verdict::Same),
            (Measured { slices: vec![], suspect: false }, Verdict::Inconclusive),
        ] {
            assert_eq!(compare(&base, &now, 1).verdict, verdict, "{now:?}");
        }
        assert_eq!(compare(&steady(0.0, 0.0), &base, 1).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn how_much_slower_counts() {
        let slower = compare(&steady(10.0, 20.0), &steady(10.8, 20.0), 1);
        assert!(slower.is_slower_by(0.05) && slower.is_slower_by(0.0) && !slower.is_slower_by(0.1));
        assert!(!compare(&steady(10.0, 20.0), &steady(9.0, 20.0), 1).is_slower_by(0.0));
    }

    #[test]
    fn runs_of_one_distribution_are_seldom_called_different() {
        // Few samples a slice: the 95th percentile alone then swings by more than 5 %.
        for samples in [20, 50, 200] {
            let mut random = fastrand::Rng::with_seed(20);
            let different = (0..200).filter(|pair| {
                let (before, now) = (run(&mut random, samples, 1.0), run(&mut random, samples, 1.0));
                compare(&before, &now, *pair).verdict != Verdict::Same
            });
            let different = different.count();
            assert!(different <= 10, "{samples} samples a slice: {different} of 200");
        }
    }

    #[test]
    fn a_real_difference_is_found() {
        let mut random = fastrand::Rng::with_seed(3);
        for (factor, verdict) in [(1.25, Verdict::Slower), (0.8, Verdict::Faster)] {
            let found = (0..100).filter(|pair| {
                let (before, now) = (run(&mut random, 200, 1.0), run(&mut random, 200, factor));
                compare(&before, &now, *pair).verdict == verdict
            });
            assert!(found.count() >= 95, "{factor}");
        }
    }
}
