//! Permits: who may send now, and since when its request is due.
//!
//! Owns: counting, the deadline, pacing at a rate. Does not: know what is done with a permit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::load::plan::Volume;

/// The right to send one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permit {
    /// When the request was due; only a paced run has due times.
    pub due: Option<Instant>,
}

/// Hands out permits to any number of workers.
pub(super) struct Permits {
    source: Source,
    stop: Arc<AtomicBool>,
    taken: AtomicU64,
}

enum Source {
    /// So many.
    Counted(u64),
    /// Any number until then; for ever where that is beyond what a clock can show.
    Until(Option<Instant>),
    /// Those that a pacer lets go; after the end, what is still due has missed its time.
    Paced(Receiver<Instant>, Option<Instant>),
}

impl Permits {
    /// Permits that workers take themselves: nobody stands between.
    pub fn free(volume: Volume, start: Instant, stop: Arc<AtomicBool>) -> Permits {
        let source = match volume {
            Volume::Requests(count) => Source::Counted(count),
            Volume::Duration(limit) => Source::Until(start.checked_add(limit)),
        };
        Permits { source, stop, taken: AtomicU64::new(0) }
    }

    /// Permits that become due at a rate, and the pacer that lets them go.
    pub fn paced(volume: Volume, start: Instant, rate: f64, stop: Arc<AtomicBool>) -> (Permits, Pacer) {
        let (sender, receiver) = unbounded();
        let (count, end) = match volume {
            Volume::Requests(count) => (count, None),
            Volume::Duration(limit) => ((limit.as_secs_f64() * rate).ceil() as u64, start.checked_add(limit)),
        };
        let permits = Permits { source: Source::Paced(receiver, end), stop: stop.clone(), taken: AtomicU64::new(0) };
        (permits, Pacer { sender, start, rate, count, stop })
    }

    /// How many permits were taken.
    pub fn taken(&self) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        match &self.source {
            // The workers' last questions, which got none, are counted, too.
            Source::Counted(count) => taken.min(*count),
            _ => taken,
        }
    }

    /// The next permit; `None` when there are no more.
    pub fn take(&self) -> Option<Permit> {
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        let due = match &self.source {
            Source::Counted(count) => {
                return (self.taken.fetch_add(1, Ordering::Relaxed) < *count).then_some(Permit { due: None });
            }
            Source::Until(end) => {
                if end.is_some_and(|end| Instant::now() >= end) {
                    return None;
                }
                None
            }
            Source::Paced(due, end) => {
                let due = due.recv().ok()?;
                if end.is_some_and(|end| Instant::now() >= end) {
                    return None;
                }
                Some(due)
            }
        };
        if self.stop.load(Ordering::Relaxed) {
            return None;
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(Permit { due })
    }
}

/// Lets permits go at their due times: number k at k/rate after the start.
pub(super) struct Pacer {
    sender: Sender<Instant>,
    start: Instant,
    rate: f64,
    count: u64,
    stop: Arc<AtomicBool>,
}

impl Pacer {
    /// Runs until all permits are gone or nobody wants them; the longest delay of a permit comes back.
    pub fn run(self) -> Duration {
        const NAP: Duration = Duration::from_millis(50);
        let stopped = || self.stop.load(Ordering::Relaxed);
        let mut latest = Duration::ZERO;
        for k in 0..self.count {
            let after = Duration::try_from_secs_f64(k as f64 / self.rate).ok();
            // Due when no clock can show it: never.
            let Some(due) = after.and_then(|after| self.start.checked_add(after)) else { break };
            loop {
                let left = due.saturating_duration_since(Instant::now());
                if left.is_zero() || stopped() {
                    break;
                }
                std::thread::sleep(left.min(NAP));
            }
            if stopped() || self.sender.send(due).is_err() {
                break;
            }
            latest = latest.max(due.elapsed());
        }
        latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go() -> Arc<AtomicBool> {
        Arc::default()
    }

    #[test]
    fn counted_permits_are_exact_for_any_number_of_takers() {
        let permits = Permits::free(Volume::Requests(1000), Instant::now(), go());
        let total: usize = std::thread::scope(|scope| {
            let takers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| std::iter::from_fn(|| permits.take()).count())).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(total, 1000);
        assert!(permits.take().is_none());
        assert_eq!(permits.taken(), 1000);
    }

    #[test]
    fn times_that_no_clock_can_show_are_no_fault() {
        let (permits, pacer) = Permits::paced(Volume::Requests(3), Instant::now(), 1e-300, go());
        pacer.run();
        assert_eq!(std::iter::from_fn(|| permits.take()).count(), 1);
        let for_ever = Permits::free(Volume::Duration(Duration::MAX), Instant::now(), go());
        assert!(for_ever.take().is_some());
    }

    #[test]
    fn a_deadline_in_the_past_gives_nothing_and_a_stop_ends_all() {
        let past = Permits::free(Volume::Duration(Duration::ZERO), Instant::now(), go());
        assert!(past.take().is_none());
        let stop = go();
        let endless = Permits::free(Volume::Duration(Duration::from_secs(3600)), Instant::now(), stop.clone());
        assert!(endless.take().is_some());
        stop.store(true, Ordering::Relaxed);
        assert!(endless.take().is_none());
    }

    #[test]
    fn a_pacer_lets_every_permit_go_with_its_due_time() {
        let start = Instant::now();
        let (permits, pacer) = Permits::paced(Volume::Requests(5), start, 1000.0, go());
        pacer.run();
        let due: Vec<_> = std::iter::from_fn(|| permits.take()).map(|permit| permit.due.unwrap() - start).collect();
        assert_eq!(due, [0, 1, 2, 3, 4].map(Duration::from_millis));
        let (_, pacer) = Permits::paced(Volume::Duration(Duration::from_millis(10)), start, 300.0, go());
        assert_eq!(pacer.count, 3);
    }

    #[test]
    fn a_duration_ends_a_paced_run_that_cannot_keep_up() {
        let long_ago = Instant::now() - Duration::from_secs(5);
        let (permits, pacer) = Permits::paced(Volume::Duration(Duration::from_secs(1)), long_ago, 100.0, go());
        pacer.run();
        assert!(permits.take().is_none());
    }
}
