//! The retry loop: send, decide, wait, again.
//!
//! Owns: the loop, and the small form of it for programs. Does not: decide (see `decision`), know how a send is
//! carried out.

use std::time::{Duration, Instant};

use super::decision::{Answer, Decision, RetryConfig, Tried};
use crate::exchange::request::ExchangeError;
use crate::exchange::response::Response;
use crate::ground::clock::Clock;

/// What the loop goes by.
pub struct RetryLoop<'p> {
    /// What is tried again.
    pub config: &'p RetryConfig,
    /// The method, upper-case; without one, no list of methods is looked at.
    pub method: Option<&'p str>,
    /// Statuses that are never tried again.
    pub expected: &'p [i128],
    /// Reads the time and waits.
    pub clock: &'p dyn Clock,
    /// Whether the run is being stopped: then no wait and no further send.
    pub stopped: &'p dyn Fn() -> bool,
}

/// What all sends of a request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concluded<A> {
    /// The answer that stands.
    pub answer: A,
    /// Sends after the first.
    pub retries: u32,
    /// What was decided about it: `Retry` only where the run was stopped during the wait.
    pub decision: Decision,
}

impl<A> Concluded<A> {
    /// Whether another send was wanted, but all had been used.
    pub fn is_exhausted(&self) -> bool {
        self.decision == Decision::Exhausted
    }
}

/// Waits are cut into pieces this long, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);

impl RetryLoop<'_> {
    /// Sends until the answer stands. `sent` hears of every send: its number from 0, the answer, and what is done
    /// about it.
    pub fn run<A>(
        &self,
        mut send: impl FnMut() -> A,
        answer_of: impl Fn(&A) -> Answer<'_>,
        mut sent: impl FnMut(u32, &A, Decision),
    ) -> Concluded<A> {
        let start = self.clock.now();
        let mut retries = 0;
        loop {
            let answer = send();
            let decision = self.decide(retries, answer_of(&answer), start);
            sent(retries, &answer, decision);
            match decision {
                Decision::Retry(wait) if self.rest(wait) => retries += 1,
                _ => return Concluded { answer, retries, decision },
            }
        }
    }

    /// What is done about the answer to send number `retries`, from 0; the first one began at `start`.
    pub fn decide(&self, retries: u32, answer: Answer<'_>, start: Instant) -> Decision {
        if self.config.max_retries == 0 {
            // Load runs ask very often: neither the time nor a draw is needed to know this.
            return Decision::Stop;
        }
        self.config.decide(&Tried {
            attempt: retries,
            method: self.method,
            answer,
            expected: self.expected,
            elapsed: self.clock.now().saturating_duration_since(start),
            draw: fastrand::f64(),
        })
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
pub fn answer_of(result: &Result<Response, ExchangeError>) -> Answer<'_> {
    match result {
        Ok(response) => Answer::Status(response.status, &response.headers),
        Err(error) => Answer::Error(error.kind),
    }
}

/// Calls `send` until its answer stands or all retries are used; returns it with the number of retries.
///
/// # Errors
/// The last send's error.
///
/// ```
/// use resttest::SystemClock;
/// use resttest::Response;
/// use resttest::{RetryConfig, retry_sync};
/// use std::time::Duration;
///
/// let config = RetryConfig { max_retries: 3, backoff_base: Duration::from_millis(1), ..RetryConfig::default() };
/// let mut hits = 0;
/// let (answer, retries) = retry_sync(&config, &SystemClock, || {
///     hits += 1;
///     Ok(Response::new(if hits < 3 { 503 } else { 200 }, "ok"))
/// });
/// assert_eq!((answer.map(|response| response.status).ok(), retries), (Some(200), 2));
/// ```
pub fn retry_sync(
    config: &RetryConfig,
    clock: &dyn Clock,
    send: impl FnMut() -> Result<Response, ExchangeError>,
) -> (Result<Response, ExchangeError>, u32) {
    let all = RetryLoop { config, method: None, expected: &[], clock, stopped: &|| false };
    let concluded = all.run(send, answer_of, |_, _, _| {});
    (concluded.answer, concluded.retries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::request::ErrorKind;
    use crate::ground::clock::FakeClock;
    use std::cell::Cell;

    fn config(max_retries: u32) -> RetryConfig {
        RetryConfig { max_retries, ..RetryConfig::default() }
    }

    fn error(kind: ErrorKind) -> ExchangeError {
        ExchangeError { kind, message: kind.name().to_owned(), timing: Box::default() }
    }

    fn statuses(list: &'static [u16]) -> impl FnMut() -> Result<Response, ExchangeError> {
        let mut left = list.iter();
        move || Ok(Response::new(*left.next().unwrap(), ""))
    }

    #[test]
    fn retry_sync_counts_and_waits() {
        let clock = FakeClock::default();
        for (max, list, status, retries) in [
            (3, &[200][..], 200, 0),
            (3, &[500, 503, 200], 200, 2),
            (2, &[500, 500, 500], 500, 2),
            (0, &[500], 500, 0),
            (3, &[404], 404, 0),
        ] {
            let (answer, counted) = retry_sync(&config(max), &clock, statuses(list));
            assert_eq!((answer.unwrap().status, counted), (status, retries), "{list:?}");
        }
        let half = Duration::from_millis(500);
        assert_eq!(clock.slept(), (half + half * 2) * 2);
        let mut calls = 0;
        let (answer, retries) = retry_sync(&config(2), &clock, || {
            calls += 1;
            Err(error(ErrorKind::Connect))
        });
        assert_eq!((answer.unwrap_err().kind, retries, calls), (ErrorKind::Connect, 2, 3));
        let (answer, retries) = retry_sync(&config(2), &clock, || Err(error(ErrorKind::Url)));
        assert_eq!((answer.unwrap_err().kind, retries), (ErrorKind::Url, 0));
        let narrowed = RetryConfig { methods: Some(vec!["PUT".to_owned()]), ..config(1) };
        assert_eq!(retry_sync(&narrowed, &clock, statuses(&[503, 200])).1, 1, "a program has no method to look at");
    }

    #[test]
    fn the_last_decision_stands_beside_the_answer() {
        let clock = FakeClock::default();
        for (max, list, decision) in [
            (1, &[503, 503][..], Decision::Exhausted),
            // The retry was used, but nothing wanted another.
            (1, &[503, 404], Decision::Stop),
            (1, &[503, 200], Decision::Stop),
            (0, &[503], Decision::Stop),
        ] {
            let config = config(max);
            let all =
                RetryLoop { config: &config, method: Some("GET"), expected: &[200], clock: &clock, stopped: &|| false };
            let mut heard = 0;
            let concluded = all.run(statuses(list), answer_of, |_, _, _| heard += 1);
            assert_eq!(concluded.decision, decision, "{list:?}");
            assert_eq!((concluded.is_exhausted(), heard), (decision == Decision::Exhausted, list.len()));
        }
    }

    #[test]
    fn a_stop_ends_the_wait_and_no_further_send_follows() {
        let clock = FakeClock::default();
        let asked = Cell::new(0);
        let stopped = || {
            asked.set(asked.get() + 1);
            asked.get() > 3
        };
        let config = config(5);
        let all = RetryLoop { config: &config, method: None, expected: &[], clock: &clock, stopped: &stopped };
        let concluded = all.run(statuses(&[503]), answer_of, |_, _, _| {});
        assert_eq!((concluded.retries, concluded.is_exhausted()), (0, false));
        assert_eq!(clock.slept(), NAP * 3);
    }
}
