//! Permits: who may send now, and since when its request is due.
//!
//! Owns: counting, the deadline, waiting for a due time. Does not: know what is done with a permit, or when a
//! request is due (see `load::pacing`).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::load::pacing::{Pace, Step};
use crate::load::plan::Volume;
use crate::load::profile::Profile;

/// The right to send one request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permit {
    /// When the request was due; only a paced run has due times.
    pub due: Option<Instant>,
    /// Whether somebody was waiting for the due time: what is late then is our own lateness, and no connection's.
    pub was_awaited: bool,
}

/// What somebody is offered who cannot wait.
#[derive(Debug, Clone, Copy)]
pub(super) enum Offer {
    Permit(Permit),
    /// Nobody has one before then.
    Due(Instant),
    /// The worker's turn has not come: its number is not among those that may send before then.
    Turn(Instant),
    /// There are no more, for this worker at least.
    Over,
}

/// Hands out permits to any number of workers.
pub(super) struct Permits {
    source: Source,
    start: Instant,
    /// How many workers may send over time; all of them where there is none.
    connections: Option<Profile>,
    stop: Arc<AtomicBool>,
    taken: AtomicU64,
    /// How many of these were of no use.
    given_back: AtomicU64,
    /// When the run's time is over, if it has one.
    end: Option<Instant>,
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
    start: Instant,
    /// Whoever waits for a due time holds it.
    pace: Mutex<Pace>,
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
        Permits { end: end(volume, start), ..Permits::of(source, start, stop) }
    }

    /// Permits that become due at a rate.
    pub fn paced(pace: Pace, start: Instant, stop: Arc<AtomicBool>) -> Permits {
        Permits::of(Source::Paced(Paced { start, pace: Mutex::new(pace) }), start, stop)
    }

    fn of(source: Source, start: Instant, stop: Arc<AtomicBool>) -> Permits {
        Permits {
            source,
            start,
            connections: None,
            stop,
            taken: AtomicU64::new(0),
            given_back: AtomicU64::new(0),
            end: None,
        }
    }

    /// The same for workers whose number grows.
    pub fn growing(self, connections: Option<Profile>) -> Permits {
        Permits { connections, ..self }
    }

    /// The same for a run that takes no longer than this, if that is a time.
    pub fn lasting(self, volume: Volume) -> Permits {
        Permits { end: end(volume, self.start), ..self }
    }

    /// Whether the run's time is over: what has a permit and was not sent need not be.
    pub fn is_late(&self, now: Instant) -> bool {
        self.is_stopped() || self.end.is_some_and(|end| now >= end)
    }

    /// A permit that was taken was not used: nothing was sent.
    pub fn give_back(&self) {
        self.given_back.fetch_add(1, Ordering::Relaxed);
    }

    /// How many permits were taken and used.
    pub fn taken(&self) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        let used = match &self.source {
            // The workers' last questions, which got none, are counted, too.
            Source::Counted(count) => taken.min(*count),
            _ => taken,
        };
        used.saturating_sub(self.given_back.load(Ordering::Relaxed))
    }

    /// How many requests were due by now and were not sent. Only of a paced run.
    pub fn dropped(&self) -> Option<u64> {
        match &self.source {
            Source::Paced(paced) => {
                let pace = paced.pace.lock().unwrap_or_else(PoisonError::into_inner);
                Some(pace.dropped(paced.start.elapsed()) + self.given_back.load(Ordering::Relaxed))
            }
            _ => None,
        }
    }

    /// How long after measuring began this was.
    pub fn since_start(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.start)
    }

    /// How long ago measuring began.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Waits until worker `number` may send, where their number grows; false if it never may again.
    pub fn wait_turn(&self, number: usize) -> bool {
        while let Some(connections) = self.connections.as_ref().filter(|_| !self.is_stopped()) {
            let elapsed = self.elapsed();
            match connections.exceeds(number as f64, elapsed) {
                Some(turn) if turn <= elapsed => break,
                Some(turn) if !self.is_past(turn) => std::thread::sleep((turn - elapsed).min(NAP)),
                _ => return false,
            }
        }
        true
    }

    /// Waits so long, at most until the end of the run.
    pub fn think(&self, time: Duration) {
        let until = self.elapsed().saturating_add(time);
        loop {
            let elapsed = self.elapsed();
            if elapsed >= until || self.is_past(elapsed) || self.is_stopped() {
                return;
            }
            std::thread::sleep((until - elapsed).min(NAP));
        }
    }

    /// Whether nothing more is sent at a time of the run.
    fn is_past(&self, elapsed: Duration) -> bool {
        match self.source {
            Source::Counted(count) => self.taken.load(Ordering::Relaxed) >= count,
            Source::Until(end) => end.zip(self.start.checked_add(elapsed)).is_some_and(|(end, then)| then >= end),
            Source::Paced(_) => false,
        }
    }

    /// The next permit, when it is due; `None` when there are no more.
    pub fn take(&self) -> Option<Permit> {
        if self.is_stopped() {
            return None;
        }
        let Source::Paced(paced) = &self.source else { return self.take_free(Instant::now) };
        let permit = paced.wait(|| self.is_stopped())?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(permit)
    }

    /// A permit without a due time.
    fn take_free(&self, now: impl FnOnce() -> Instant) -> Option<Permit> {
        let is_left = match &self.source {
            Source::Counted(count) => self.taken.fetch_add(1, Ordering::Relaxed) < *count,
            Source::Until(end) => {
                let is_left = end.is_none_or(|end| now() < end);
                self.taken.fetch_add(u64::from(is_left), Ordering::Relaxed);
                is_left
            }
            Source::Paced(_) => false,
        };
        is_left.then_some(Permit { due: None, was_awaited: false })
    }

    /// A permit for worker `number`, if there is one now.
    pub fn offer(&self, number: usize, now: Instant) -> Offer {
        if self.is_stopped() {
            return Offer::Over;
        }
        let elapsed = || now.saturating_duration_since(self.start);
        if let Some(connections) = &self.connections {
            let elapsed = elapsed();
            match connections.exceeds(number as f64, elapsed) {
                Some(turn) if turn <= elapsed => {}
                Some(turn) if !self.is_past(turn) => {
                    return self.start.checked_add(turn).map_or(Offer::Over, Offer::Turn);
                }
                _ => return Offer::Over,
            }
        }
        let Source::Paced(paced) = &self.source else {
            return self.take_free(|| now).map_or(Offer::Over, Offer::Permit);
        };
        let mut pace = paced.pace.lock().unwrap_or_else(PoisonError::into_inner);
        match pace.step(elapsed()) {
            Step::Send(due) => {
                pace.advance();
                self.taken.fetch_add(1, Ordering::Relaxed);
                Offer::Permit(Permit { due: self.start.checked_add(due), was_awaited: false })
            }
            Step::Wait(left) => now.checked_add(left).map_or(Offer::Over, Offer::Due),
            Step::Over => Offer::Over,
        }
    }

    /// Whether nothing more is sent from now on.
    pub fn is_over(&self, now: Instant) -> bool {
        self.is_stopped() || self.is_past(now.saturating_duration_since(self.start))
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn end(volume: Volume, start: Instant) -> Option<Instant> {
    match volume {
        Volume::Requests(_) => None,
        Volume::Duration(limit) => start.checked_add(limit),
    }
}

impl Paced {
    /// Returns when the next request is due, with the time since when it is.
    fn wait(&self, is_stopped: impl Fn() -> bool) -> Option<Permit> {
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let mut was_awaited = false;
        while !is_stopped() {
            match pace.step(self.start.elapsed()) {
                Step::Wait(left) => {
                    was_awaited = true;
                    std::thread::sleep(left.min(NAP));
                }
                Step::Send(due) => {
                    pace.advance();
                    return Some(Permit { due: self.start.checked_add(due), was_awaited });
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
    use crate::load::plan::LoadPlan;

    fn pace(rate: f64, volume: Volume) -> Pace {
        let plan = LoadPlan { rate: Some(rate), volume, ..LoadPlan::default() };
        Pace::new(plan.ticks().unwrap(), volume)
    }

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
        let permits = Permits::paced(pace(1e-300, Volume::Requests(3)), Instant::now(), go());
        assert_eq!(std::iter::from_fn(|| permits.take()).count(), 1);
        let for_ever = Permits::free(Volume::Duration(Duration::MAX), Instant::now(), go());
        assert!(for_ever.take().is_some());
        let paced = Permits::paced(pace(1e9, Volume::Duration(Duration::MAX)), Instant::now(), go());
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
                true => Permits::paced(pace(0.001, hour), Instant::now(), stop.clone()),
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
        let permits = Permits::paced(pace(1000.0, Volume::Requests(5)), start, go());
        let due: Vec<_> = std::iter::from_fn(|| permits.take())
            .map(|permit| {
                let due = permit.due.unwrap();
                assert!(Instant::now() >= due);
                due - start
            })
            .collect();
        assert_eq!(due, [0, 1, 2, 3, 4].map(Duration::from_millis));
        assert_eq!(permits.dropped(), Some(0));
        let many = Permits::paced(pace(20_000.0, Volume::Duration(Duration::from_millis(50))), start, go());
        assert_eq!((taken_by(8, &many), many.taken()), (1000, 1000));
    }

    #[test]
    fn a_duration_ends_a_paced_run_that_cannot_keep_up() {
        let long_ago = Instant::now() - Duration::from_secs(5);
        let pace = pace(100.0, Volume::Duration(Duration::from_secs(1)));
        let permits = Permits::paced(pace, long_ago, go());
        assert!(permits.take().is_none());
        assert_eq!(permits.dropped(), Some(100));
    }

    #[test]
    fn workers_wait_until_they_may_send() {
        let second = Volume::Duration(Duration::from_secs(1));
        let start = Instant::now() - Duration::from_millis(500);
        let growing = |to| Profile::ramped(to, Duration::from_secs(1));
        let permits = Permits::free(second, start, go()).growing(Some(growing(4.0)));
        assert!(permits.wait_turn(0) && permits.wait_turn(1) && permits.wait_turn(3));
        assert!((740..1000).contains(&(permits.elapsed().as_millis() as u64)), "{:?}", permits.elapsed());
        assert!(!permits.wait_turn(4), "there are only four");
        permits.think(Duration::from_secs(3600));
        assert!(permits.take().is_none() && permits.elapsed() < Duration::from_secs(3));
    }
}
