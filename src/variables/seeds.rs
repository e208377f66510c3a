//! The seed of a run, and what is drawn from it.
//!
//! Owns: that everything drawn repeats with the seed, whichever thread draws. Does not: know generators.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The seed of a run; drawn when it is first needed, unless it was given.
#[derive(Debug, Default)]
pub struct Seeds {
    given: Option<u64>,
    drawn: OnceLock<u64>,
    is_used: AtomicBool,
    /// How often a file has been read: two readings of one file draw differently.
    readings: Mutex<HashMap<String, u64>>,
}

impl Seeds {
    /// The seed that `--seed` gives, or one that is still to be drawn.
    pub fn new(given: Option<u64>) -> Seeds {
        Seeds { given, ..Seeds::default() }
    }

    /// The seed that was given.
    pub fn given(&self) -> Option<u64> {
        self.given
    }

    /// The seed, if anything was made to draw from it.
    pub fn used(&self) -> Option<u64> {
        self.is_used.load(Ordering::Relaxed).then(|| self.value())
    }

    /// The seed itself, for what draws from it without a source of its own.
    pub fn drawn_from(&self) -> u64 {
        self.is_used.store(true, Ordering::Relaxed);
        self.value()
    }

    fn value(&self) -> u64 {
        // Short enough to be typed.
        self.given.unwrap_or_else(|| *self.drawn.get_or_init(|| fastrand::u32(..).into()))
    }

    /// A source for a file that is read now: of its name, and the names that led to it.
    pub fn of_file(self: &Arc<Seeds>, name: String) -> FileSeed {
        FileSeed { seeds: self.clone(), name, reading: Arc::default() }
    }
}

/// The seed of a file.
#[derive(Debug, Clone, Default)]
pub struct FileSeed {
    seeds: Arc<Seeds>,
    name: String,
    reading: Arc<OnceLock<u64>>,
}

impl FileSeed {
    /// A source of its own for something in the file that has a name or a place.
    pub fn draws(&self, what: &str) -> Draws {
        let reading = *self.reading.get_or_init(|| {
            let mut readings = self.seeds.readings.lock().unwrap_or_else(PoisonError::into_inner);
            let count = readings.entry(self.name.clone()).or_default();
            *count += 1;
            *count
        });
        self.seeds.is_used.store(true, Ordering::Relaxed);
        let mut hash = self.seeds.value() ^ 0xcbf2_9ce4_8422_2325;
        for byte in self.name.bytes().chain([0]).chain(what.bytes()).chain(reading.to_le_bytes()) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Draws { seed: mixed(hash), is_given: self.seeds.given.is_some(), next: AtomicU64::new(0) }
    }
}

/// Draws from a seed: the first, the second and so on are always the same, on whichever thread.
#[derive(Debug)]
pub struct Draws {
    seed: u64,
    is_given: bool,
    next: AtomicU64,
}

impl Draws {
    /// Draws of a seed.
    pub fn new(seed: u64) -> Draws {
        Draws { seed, is_given: true, next: AtomicU64::new(0) }
    }

    /// Whether somebody chose the seed, and so wants everything to repeat.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// The next draw, which may come to several numbers.
    pub fn next(&self) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.number(self.next.fetch_add(1, Ordering::Relaxed)))
    }

    /// A number that is the same for every draw.
    pub fn fixed(&self) -> u64 {
        self.number(u64::MAX)
    }

    fn number(&self, at: u64) -> u64 {
        mixed(self.seed.wrapping_add(at.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// The last step of SplitMix64: neighbours become strangers.
fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(draws: &Draws) -> Vec<u64> {
        (0..3).map(|_| draws.next().u64(..)).collect()
    }

    #[test]
    fn a_seed_repeats_and_names_and_readings_differ() {
        let draw = |seed: u64, file: &str, what: &str| {
            numbers(&Arc::new(Seeds::new(Some(seed))).of_file(file.to_owned()).draws(what))
        };
        let first = draw(1, "a.yaml", "id");
        assert_eq!(first, draw(1, "a.yaml", "id"));
        for other in [draw(2, "a.yaml", "id"), draw(1, "b.yaml", "id"), draw(1, "a.yaml", "key")] {
            assert_ne!(first, other);
        }
        let seeds = Arc::new(Seeds::new(Some(1)));
        assert_eq!(seeds.used(), None);
        assert_eq!(numbers(&seeds.of_file("a.yaml".to_owned()).draws("id")), first);
        assert_ne!(numbers(&seeds.of_file("a.yaml".to_owned()).draws("id")), first);
        assert_eq!(seeds.used(), Some(1));
    }

    #[test]
    fn a_seed_that_nobody_gave_can_be_given_again() {
        let seeds = Arc::new(Seeds::new(None));
        let drawn = numbers(&seeds.of_file("a".to_owned()).draws("x"));
        let again = Arc::new(Seeds::new(seeds.used()));
        assert_eq!(numbers(&again.of_file("a".to_owned()).draws("x")), drawn);
    }
}
