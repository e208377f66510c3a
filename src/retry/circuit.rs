//! The circuit breaker's states: closed, open, half-open.
//!
//! Owns: which answers open and close it, as a pure function of time (the time is an argument). Does not: know origins,
//! threads, or who asks (see `breaker`).

use std::time::{Duration, Instant};

use super::answer::Answer;
use crate::exchange::request::ErrorKind;

/// `circuit_breaker`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// So many failures in a row open it; 0 is no breaker.
    pub failures: u32,
    /// After this time one send may try again; zero is never.
    pub reset: Duration,
    /// Statuses that are failures, unless the test expects them.
    pub statuses: Vec<u16>,
}

/// The statuses that are failures of an origin unless others are listed.
pub const BREAKER_STATUSES: [u16; 3] = [502, 503, 504];

impl Default for CircuitBreaker {
    /// Five failures, half a minute; 502, 503, 504.
    fn default() -> CircuitBreaker {
        CircuitBreaker { failures: 5, reset: Duration::from_secs(30), statuses: BREAKER_STATUSES.to_vec() }
    }
}

/// What an answer says of the origin that gave it, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// It is there.
    Alive,
    /// It is not; in a word or two.
    Dead(String),
    /// The request never got so far as to tell.
    Nothing,
}

impl CircuitBreaker {
    /// What an answer says, where a test expects these statuses.
    pub fn sign(&self, answer: Answer<'_>, expected: &[i128]) -> Sign {
        match answer {
            Answer::Status(status, _) => {
                let is_bad = self.statuses.contains(&status) && !expected.contains(&i128::from(status));
                if is_bad { Sign::Dead(format!("status {status}")) } else { Sign::Alive }
            }
            Answer::Error(
                kind @ (ErrorKind::Connect
                | ErrorKind::Resolve
                | ErrorKind::Timeout
                | ErrorKind::Disconnected
                | ErrorKind::Tls
                | ErrorKind::Proxy),
            ) => Sign::Dead(kind.name().to_owned()),
            Answer::Error(_) => Sign::Nothing,
        }
    }
}

/// The right to send.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pass {
    /// As usual.
    #[default]
    Usual,
    /// The one send that tries whether the origin is there again.
    Probe,
}

/// Why nothing may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Not before then.
    Until(Instant),
    /// Somebody else is trying just now.
    Probing,
    /// Never again in this run.
    ForEver,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open(Instant),
    /// Since when it is open, and when the probe went out.
    HalfOpen(Instant, Instant),
}

/// A probe of which nothing is heard for so long was left behind with the load run that sent it.
const LOST_PROBE: Duration = Duration::from_secs(120);

/// One breaker as it stands.
#[derive(Debug)]
pub struct Circuit {
    state: State,
    in_a_row: u32,
    cause: String,
}

impl Default for Circuit {
    fn default() -> Circuit {
        Circuit { state: State::Closed, in_a_row: 0, cause: String::new() }
    }
}

impl Circuit {
    /// Whether nothing speaks against a send, and nothing has to be kept in mind.
    pub fn is_quiet(&self) -> bool {
        self.state == State::Closed && self.in_a_row == 0
    }

    /// Whether sends are held back.
    pub fn is_open(&self) -> bool {
        self.state != State::Closed
    }

    /// Failures in a row so far, and what the last one was.
    pub fn failures(&self) -> (u32, &str) {
        (self.in_a_row, &self.cause)
    }

    /// Whether a send may go out now.
    ///
    /// # Errors
    /// It may not; until when.
    pub fn ask(&mut self, breaker: &CircuitBreaker, now: Instant) -> Result<Pass, Closed> {
        match self.held_until(breaker, now) {
            Some(closed) => Err(closed),
            None => Ok(match self.state {
                State::Open(since) | State::HalfOpen(since, _) => {
                    self.state = State::HalfOpen(since, now);
                    Pass::Probe
                }
                State::Closed => Pass::Usual,
            }),
        }
    }

    /// What would be said to who asks then.
    pub fn held_until(&self, breaker: &CircuitBreaker, then: Instant) -> Option<Closed> {
        match self.state {
            State::Closed => None,
            State::HalfOpen(_, asked) if then.saturating_duration_since(asked) >= LOST_PROBE => None,
            State::HalfOpen(..) => Some(Closed::Probing),
            State::Open(_) if breaker.reset.is_zero() => Some(Closed::ForEver),
            State::Open(since) => match since.checked_add(breaker.reset) {
                Some(until) if until <= then => None,
                Some(until) => Some(Closed::Until(until)),
                None => Some(Closed::ForEver),
            },
        }
    }

    /// Hears what a send came to; true if it opened now and was closed before.
    pub fn hear(&mut self, breaker: &CircuitBreaker, pass: Pass, sign: Sign, now: Instant) -> bool {
        match (self.state, pass, sign) {
            (State::Closed, _, Sign::Alive) => self.in_a_row = 0,
            (State::Closed, _, Sign::Dead(cause)) => {
                self.in_a_row = self.in_a_row.saturating_add(1);
                self.cause = cause;
                if self.in_a_row >= breaker.failures {
                    self.state = State::Open(now);
                    return true;
                }
            }
            (State::HalfOpen(..), Pass::Probe, Sign::Alive) => {
                self.state = State::Closed;
                self.in_a_row = 0;
            }
            (State::HalfOpen(..), Pass::Probe, Sign::Dead(cause)) => {
                self.in_a_row = self.in_a_row.saturating_add(1);
                self.cause = cause;
                self.state = State::Open(now);
            }
            // The probe told nothing: the next one to ask is the probe.
            (State::HalfOpen(since, _), Pass::Probe, Sign::Nothing) => self.state = State::Open(since),
            // It was sent before the breaker opened.
            _ => {}
        }
        false
    }
}
