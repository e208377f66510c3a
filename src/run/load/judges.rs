//! Threads that judge what would hold up a loop: large bodies and schemas.
//!
//! Owns: the pool, how much may wait for it. Does not: judge (see `hit`), count (see `stats`).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// More answers than this do not wait: then the loop judges by itself, and whoever is too slow is seen in its CPU time.
const MOST_WAITING: usize = 10_000;

/// The judges of a run.
pub(super) struct Judges {
    pool: rayon::ThreadPool,
    waiting: Arc<Waiting>,
}

#[derive(Default)]
struct Waiting {
    count: AtomicUsize,
    lock: Mutex<()>,
    none: Condvar,
}

impl Judges {
    /// A thread for each core but the loop's; `None` where there is no other core, or no thread to have.
    pub fn start() -> Option<Judges> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        if cores < 2 {
            return None;
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(cores - 1).build().ok()?;
        Some(Judges { pool, waiting: Arc::default() })
    }

    /// Whether there is room for another answer.
    pub fn has_room(&self) -> bool {
        self.waiting.count.load(Ordering::Relaxed) < MOST_WAITING
    }

    /// Judges later.
    pub fn give(&self, judge: impl FnOnce() + Send + 'static) {
        let waiting = self.waiting.clone();
        waiting.count.fetch_add(1, Ordering::Relaxed);
        self.pool.spawn(move || {
            judge();
            if waiting.count.fetch_sub(1, Ordering::AcqRel) == 1 {
                let _lock = waiting.lock.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.none.notify_all();
            }
        });
    }

    /// Waits until all is judged.
    pub fn finish(&self) {
        let mut lock = self.waiting.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while self.waiting.count.load(Ordering::Acquire) > 0 {
            lock = self.waiting.none.wait(lock).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_judged_when_they_are_through() {
        let Some(judges) = Judges::start() else { return };
        let judged = Arc::<AtomicUsize>::default();
        for _ in 0..1000 {
            let judged = judged.clone();
            judges.give(move || {
                judged.fetch_add(1, Ordering::Relaxed);
            });
        }
        judges.finish();
        assert_eq!(judged.load(Ordering::Relaxed), 1000);
        assert!(judges.has_room());
    }
}
