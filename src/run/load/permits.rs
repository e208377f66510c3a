//! Permits: who may send now, and since when its request is due.
//!
//! Owns: counting, the deadline, waiting for a due time. Does not: know what is done with a permit, or when a
//! request is due (see `load::pacing`).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::load::pacing::{Pace, Step};
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
    /// Each at its due time.
    Paced(Paced),
}

/// Permits at a rate. Nobody lets them go: who wants one works out when the next is due and waits for it, the others
/// wait behind. So nothing is kept of requests that are due and that nobody is free to send.
struct Paced {
    pace: Pace,
    start: Instant,
    /// How many were taken. Whoever waits for a due time holds it.
    sent: Mutex<u64>,
    /// The longest time that a waiting worker let pass after a due time, in nanoseconds.
    late: AtomicU64,
}

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

impl Permits {
    /// Permits without due times.
    pub fn free(volume: Volume, start: Instant, stop: Arc<AtomicBool>) -> Permits {
        let source = match volume {
            Volume::Requests(count) => Source::Counted(count),
            Volume::Duration(limit) => Source::Until(start.checked_add(limit)),
        };
        Permits { source, stop, taken: AtomicU64::new(0) }
    }

    /// Permits that become due at a rate.
    pub fn paced(pace: Pace, start: Instant, stop: Arc<AtomicBool>) -> Permits {
        let paced = Paced { pace, start, sent: Mutex::new(0), late: AtomicU64::new(0) };
        Permits { source: Source::Paced(paced), stop, taken: AtomicU64::new(0) }
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

    /// The longest delay of a permit that a worker was waiting for: our own, not the server's. Only of a paced run.
    pub fn late(&self) -> Option<Duration> {
        match &self.source {
            Source::Paced(paced) => Some(Duration::from_nanos(paced.late.load(Ordering::Relaxed))),
            _ => None,
        }
    }

    /// The next permit, when it is due; `None` when there are no more.
    pub fn take(&self) -> Option<Permit> {
        if self.is_stopped() {
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
            Source::Paced(paced) => Some(paced.wait(|| self.is_stopped())?),
        };
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(Permit { due })
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

impl Paced {
    /// Returns when the next request is due, with the time since when it is.
    fn wait(&self, is_stopped: impl Fn() -> bool) -> Option<Instant> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waited = false;
        while !is_stopped() {
            let elapsed = self.start.elapsed();
            match self.pace.step(elapsed, *sent) {
                Step::Wait(left) => {
                    waited = true;
                    std::thread::sleep(left.min(NAP));
                }
                Step::Send(due) => {
                    if waited {
                        let late = u64::try_from((elapsed - due).as_nanos()).unwrap_or(u64::MAX);
                        self.late.fetch_max(late, Ordering::Relaxed);
                    }
                    *sent += 1;
                    return self.start.checked_add(due);
                }
                Step::Over => break,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go() -> Arc<AtomicBool> {
        Arc::default()
    }

    /// How many takers get together.
    fn taken_by(takers: usize, permits: &Permits) -> usize {
        std::thread::scope(|scope| {
            let takers: Vec<_> =
                (0..takers).map(|_| scope.spawn(|| std::iter::from_fn(|| permits.take()).count())).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        })
    }

    #[test]
    fn counted_permits_are_exact_for_any_number_of_takers() {
        let permits = Permits::free(Volume::Requests(1000), Instant::now(), go());
        assert_eq!(taken_by(8, &permits), 1000);
        assert!(permits.take().is_none());
        assert_eq!(permits.taken(), 1000);
    }

    #[test]
    fn times_that_no_clock_can_show_are_no_fault() {
        let permits = Permits::paced(Pace::new(1e-300, Volume::Requests(3)), Instant::now(), go());
        assert_eq!(std::iter::from_fn(|| permits.take()).count(), 1);
        let for_ever = Permits::free(Volume::Duration(Duration::MAX), Instant::now(), go());
        assert!(for_ever.take().is_some());
        let paced = Permits::paced(Pace::new(1e9, Volume::Duration(Duration::MAX)), Instant::now(), go());
        assert!(paced.take().is_some());
    }

    #[test]
    fn a_deadline_in_the_past_gives_nothing_and_a_stop_ends_all() {
        let past = Permits::free(Volume::Duration(Duration::ZERO), Instant::now(), go());
        assert!(past.take().is_none());
        for paced in [false, true] {
            let stop = go();
            let hour = Volume::Duration(Duration::from_secs(3600));
            let endless = match paced {
                true => Permits::paced(Pace::new(0.001, hour), Instant::now(), stop.clone()),
                false => Permits::free(hour, Instant::now(), stop.clone()),
            };
            assert!(endless.take().is_some());
            std::thread::scope(|scope| {
                // The next is due in a thousand seconds.
                let waiting = paced.then(|| scope.spawn(|| endless.take()));
                stop.store(true, Ordering::Relaxed);
                assert!(waiting.is_none_or(|waiting| waiting.join().unwrap().is_none()));
            });
            assert!(endless.take().is_none());
        }
    }

    #[test]
    fn every_permit_comes_at_its_due_time_and_once() {
        let start = Instant::now();
        let permits = Permits::paced(Pace::new(1000.0, Volume::Requests(5)), start, go());
        let due: Vec<_> = std::iter::from_fn(|| permits.take())
            .map(|permit| {
                let due = permit.due.unwrap();
                assert!(Instant::now() >= due);
                due - start
            })
            .collect();
        assert_eq!(due, [0, 1, 2, 3, 4].map(Duration::from_millis));
        assert!(permits.late().is_some());
        let many = Permits::paced(Pace::new(20_000.0, Volume::Duration(Duration::from_millis(50))), start, go());
        assert_eq!((taken_by(8, &many), many.taken()), (1000, 1000));
    }

    #[test]
    fn a_duration_ends_a_paced_run_that_cannot_keep_up() {
        let long_ago = Instant::now() - Duration::from_secs(5);
        let pace = Pace::new(100.0, Volume::Duration(Duration::from_secs(1)));
        assert!(Permits::paced(pace, long_ago, go()).take().is_none());
    }
}
