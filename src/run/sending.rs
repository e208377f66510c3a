//! A request that is about to be sent, and what its sends came to.
//!
//! Owns: the data. Does not: send (see `one_test`), poll (see `polling`).

use std::time::{Duration, Instant};

use crate::exchange::request::{ExchangeError, Request};
use crate::exchange::response::Response;
use crate::judge::outcome::{Attempt, Failure};
use crate::retry::{Concluded, Guard, Pass, RetryConfig};
use crate::test::definition::Test;

/// A request that is about to be sent.
#[derive(Clone, Copy)]
pub(super) struct Sending<'s> {
    pub test: &'s Test,
    pub request: &'s Request,
    pub retry: &'s RetryConfig,
    pub guard: Guard<'s>,
    pub pass: Pass,
    /// The end of all polls, where it is one of them.
    pub deadline: Option<Deadline>,
    /// How often it was sent by the polls before.
    pub before: u32,
}

/// How long sends may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    /// So long from now on.
    pub fn from(now: Instant, limit: Duration) -> Deadline {
        Deadline { start: now, limit }
    }

    /// The time since its beginning.
    pub fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// The time that is left.
    pub fn left(&self, now: Instant) -> Duration {
        self.limit.saturating_sub(self.elapsed(now))
    }
}

/// What a send comes to.
pub(super) type Answered = Result<Response, ExchangeError>;

/// What all sends of a test came to.
pub(super) struct Sent {
    pub concluded: Concluded<Answered>,
    /// Those of the last poll, or of the one request.
    pub attempts: Vec<Attempt>,
    /// How often it was polled; 0 where it was not.
    pub polls: u32,
    /// Sends of the polls before the last.
    pub earlier: u64,
    /// Why nothing is judged; nothing where the answer or the error stands for itself.
    pub ended: Option<Box<Failure>>,
}
