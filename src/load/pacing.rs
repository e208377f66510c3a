//! Pacing: which request of an open run is due, as a function of the time and of what was sent.
//!
//! Owns: the decision. Does not: wait, or know who sends.

use std::time::Duration;

use super::plan::Volume;
use super::profile::Ticks;

/// A request that was due before the end of a run is still sent so long after it was due: whoever was to send it
/// may have been held up for a moment. What is later than that has missed its time, else a server that cannot keep
/// up would keep a run from ending.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// The ticks of a run, and how much there is to send.
#[derive(Debug, Clone)]
pub struct Pace {
    ticks: Ticks,
    volume: Volume,
    /// When the next request is due; `None` if there is none.
    due: Option<Duration>,
    sent: u64,
}

/// What somebody who could send is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send: it was due so long after the start.
    Send(Duration),
    /// Wait so long, and ask again.
    Wait(Duration),
    /// Nothing more is to be sent.
    Over,
}

impl Pace {
    /// A request for each tick, as long as there is to send.
    pub fn new(mut ticks: Ticks, volume: Volume) -> Pace {
        let due = ticks.next();
        Pace { ticks, volume, due, sent: 0 }
    }

    /// What is to be done when the run has lasted `elapsed`.
    pub fn step(&self, elapsed: Duration) -> Step {
        let Some(due) = self.due else { return Step::Over };
        let is_over = match self.volume {
            Volume::Requests(count) => self.sent >= count,
            Volume::Duration(limit) => due >= limit || (elapsed >= limit && elapsed - due > PATIENCE),
        };
        match due.checked_sub(elapsed) {
            _ if is_over => Step::Over,
            Some(left) if !left.is_zero() => Step::Wait(left),
            _ => Step::Send(due),
        }
    }

    /// The request that was due is sent: on to the next one.
    pub fn advance(&mut self) {
        self.sent += 1;
        self.due = self.ticks.next();
    }

    /// How many requests were due by a time of the run and were not sent.
    pub fn dropped(&self, elapsed: Duration) -> u64 {
        let (end, most) = match self.volume {
            Volume::Requests(count) => (elapsed, count.saturating_sub(self.sent)),
            Volume::Duration(limit) => (elapsed.min(limit), MOST_DROPPED),
        };
        let due = self.due.into_iter().chain(self.ticks.clone());
        due.take(usize::try_from(most.min(MOST_DROPPED)).unwrap_or(usize::MAX)).take_while(|due| *due < end).count()
            as u64
    }
}

/// Requests that were never sent are counted one by one, up to this many: a second's work.
const MOST_DROPPED: u64 = 100_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::profile::{Arrival, Profile};

    fn pace(rate: f64, volume: Volume) -> Pace {
        Pace::new(Ticks::new(Profile::constant(rate), Arrival::Constant, 0, 1, 0), volume)
    }

    #[test]
    fn what_was_due_and_not_sent_is_dropped() {
        let ms = Duration::from_millis;
        let mut limited = pace(10.0, Volume::Duration(ms(1000)));
        assert_eq!((limited.dropped(ms(0)), limited.dropped(ms(250)), limited.dropped(ms(9000))), (0, 3, 10));
        (0..4).for_each(|_| limited.advance());
        assert_eq!(limited.dropped(ms(9000)), 6);
        let mut counted = pace(10.0, Volume::Requests(5));
        counted.advance();
        assert_eq!((counted.dropped(ms(250)), counted.dropped(ms(9000))), (2, 4));
    }

    #[test]
    fn a_request_is_due_by_its_number_alone() {
        let ms = Duration::from_millis;
        let second = Volume::Duration(ms(1000));
        let table = [
            (10.0, second, 0, 0, Step::Send(ms(0))),
            (10.0, second, 0, 1, Step::Wait(ms(100))),
            (10.0, second, 99, 1, Step::Wait(ms(1))),
            (10.0, second, 100, 1, Step::Send(ms(100))),
            // However late, while the run lasts.
            (10.0, second, 999, 0, Step::Send(ms(0))),
            (10.0, second, 999, 10, Step::Over),
            (10.0, second, 899, 9, Step::Wait(ms(1))),
            // Due before the end, a moment late.
            (10.0, second, 1000, 9, Step::Send(ms(900))),
            (10.0, second, 1400, 9, Step::Send(ms(900))),
            (10.0, second, 1401, 9, Step::Over),
            (10.0, second, 1000, 4, Step::Over),
            (10.0, second, u64::MAX, 4, Step::Over),
            (1e6, second, 1000, 3, Step::Over),
            (10.0, Volume::Requests(2), 5000, 1, Step::Send(ms(100))),
            (10.0, Volume::Requests(2), 0, 1, Step::Wait(ms(100))),
            (10.0, Volume::Requests(2), 0, 2, Step::Over),
            (10.0, Volume::Duration(ms(0)), 0, 0, Step::Over),
            (1e-300, Volume::Requests(3), 0, 0, Step::Send(ms(0))),
            (1e-300, Volume::Requests(3), 9, 1, Step::Over),
        ];
        for (rate, volume, elapsed, sent, step) in table {
            let mut pace = pace(rate, volume);
            (0..sent).for_each(|_| pace.advance());
            assert_eq!(pace.step(ms(elapsed)), step, "{rate} {volume:?} {elapsed} {sent}");
        }
    }

    #[test]
    fn every_request_due_before_the_end_is_one() {
        for (rate, ms, count) in [(3000.0, 3000, 9000), (30.0, 100, 3), (300.0, 10, 3), (0.1, 1000, 1), (7.0, 1000, 7)]
        {
            let mut pace = pace(rate, Volume::Duration(Duration::from_millis(ms)));
            let mut elapsed = Duration::ZERO;
            loop {
                match pace.step(elapsed) {
                    Step::Send(_) => pace.advance(),
                    Step::Wait(left) => elapsed += left,
                    Step::Over => break,
                }
            }
            assert_eq!(pace.sent, count, "{rate}/s for {ms} ms");
        }
    }
}
