//! The retry loop: send, decide, wait, again.
//!
//! Owns: the loop. Does not: decide (see `decision`), know how a send is carried out.

use std::time::Duration;

use super::decision::{Answer, Decision, RetryConfig, Tried};
use crate::exchange::request::ExchangeError;
use crate::exchange::response::Response;
use crate::ground::clock::Clock;

/// What the loop goes by.
pub struct RetryLoop<'p> {
    /// What is tried again.
    pub config: &'p RetryConfig,
    /// The method, upper-case.
    pub method: &'p str,
    /// Statuses that are never tried again.
    pub expected: &'p [i128],
    /// Reads the time and waits.
    pub clock: &'p dyn Clock,
    /// Whether the run is being stopped: then no wait and no further send.
    pub stopped: &'p dyn Fn() -> bool,
}

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

impl RetryLoop<'_> {
    /// Sends until the answer stands. `told` hears of every send: its number from 0, what came, and
    /// what is done about it.
    pub fn send<A>(
        &self,
        mut send: impl FnMut() -> A,
        answer: impl Fn(&A) -> Answer<'_>,
        mut told: impl FnMut(u32, &A, Decision),
    ) -> A {
        let start = self.clock.now();
        let mut attempt = 0;
        loop {
            let came = send();
            let decision = self.config.decide(&Tried {
                attempt,
                method: self.method,
                answer: answer(&came),
                expected: self.expected,
                elapsed: self.clock.now().saturating_duration_since(start),
                draw: fastrand::f64(),
            });
            told(attempt, &came, decision);
            match decision {
                Decision::Retry(wait) if self.rest(wait) => attempt += 1,
                _ => return came,
            }
        }
    }

    /// Waits; false if the run was stopped meanwhile.
    fn rest(&self, wait: Duration) -> bool {
        let mut left = wait;
        while !left.is_zero() && !(self.stopped)() {
            let nap = left.min(NAP);
            self.clock.sleep(nap);
            left -= nap;
        }
        !(self.stopped)()
    }
}

/// What an exchange's result means for a decision.
pub fn answer(result: &Result<Response, ExchangeError>) -> Answer<'_> {
    match result {
        Ok(response) => Answer::Status(response.status, &response.headers),
        Err(error) => Answer::Error(error.kind),
    }
}
