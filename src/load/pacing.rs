//! Pacing: which request of an open run is due, as a function of the time and of what was sent.
//!
//! Owns: the decision. Does not: wait, or know who sends.

use std::time::Duration;

use super::plan::Volume;

/// A request that was due before the end of a run is still sent so long after it was due: whoever was to send it
/// may have been held up for a moment. What is later than that has missed its time, else a server that cannot keep
/// up would keep a run from ending.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// The rate of a run, and how much there is to send.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    rate: f64,
    volume: Volume,
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
    /// So many requests a second: number k, from 0, is due k/rate after the start.
    pub fn new(rate: f64, volume: Volume) -> Pace {
        Pace { rate, volume }
    }

    /// What is to be done when the run has lasted `elapsed` and so many were sent.
    pub fn step(&self, elapsed: Duration, sent: u64) -> Step {
        // A time that no duration can hold: never.
        let Ok(due) = Duration::try_from_secs_f64(sent as f64 / self.rate) else { return Step::Over };
        let is_over = match self.volume {
            Volume::Requests(count) => sent >= count,
            Volume::Duration(limit) => due >= limit || (elapsed >= limit && elapsed - due > PATIENCE),
        };
        match due.checked_sub(elapsed) {
            _ if is_over => Step::Over,
            Some(left) if !left.is_zero() => Step::Wait(left),
            _ => Step::Send(due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(Pace::new(rate, volume).step(ms(elapsed), sent), step, "{rate} {volume:?} {elapsed} {sent}");
        }
    }

    #[test]
    fn every_request_due_before_the_end_is_one() {
        for (rate, ms, count) in [(3000.0, 3000, 9000), (30.0, 100, 3), (300.0, 10, 3), (0.1, 1000, 1), (7.0, 1000, 7)]
        {
            let pace = Pace::new(rate, Volume::Duration(Duration::from_millis(ms)));
            let mut elapsed = Duration::ZERO;
            let mut sent = 0;
            loop {
                match pace.step(elapsed, sent) {
                    Step::Send(_) => sent += 1,
                    Step::Wait(left) => elapsed += left,
                    Step::Over => break,
                }
            }
            assert_eq!(sent, count, "{rate}/s for {ms} ms");
        }
    }
}
