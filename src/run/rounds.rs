//! Sends of a request for the sake of its authentication: a token first, and once more where the answer asks for it.
//!
//! Owns: their order and how many there may be, the way that tokens come by. Does not: know a kind of authentication
//! (see `auth`), send the request itself.

use std::cell::Cell;
use std::time::Duration;

use crate::exchange::authorization::{Answered, Authorization, Door, Errand, Readiness};
use crate::exchange::request::{ErrorKind, ExchangeError, Request};
use crate::exchange::response::Response;
use crate::ground::clock::Clock;
use crate::retry::{Guard, Pass, RetryConfig, RetryLoop, answer_of};

/// One request may go out so often for this: an old nonce, a new one, its body.
const MOST_ROUNDS: u8 = 4;

/// The way that a request takes, for what it needs before.
pub(super) struct Way<'w> {
    /// The request.
    pub request: &'w Request,
    /// Sends another one.
    pub send: &'w dyn Fn(&Request) -> Result<Response, ExchangeError>,
    /// What is tried again.
    pub retry: &'w RetryConfig,
    /// Reads the time and waits.
    pub clock: &'w dyn Clock,
    /// Whether the run is being stopped.
    pub stopped: &'w dyn Fn() -> bool,
    /// The time that was spent on it.
    pub spent: &'w Cell<Duration>,
    /// Whether what it needs was to come from where requests may not go.
    pub is_refused: Cell<bool>,
}

impl Door for Way<'_> {
    fn send(&self, errand: &Errand) -> Result<Response, String> {
        let request = Request {
            headers: errand.headers.clone(),
            body: errand.body.as_deref().map(Into::into),
            ..self.request.beside(&errand.method, &errand.url)
        };
        let sends = RetryLoop {
            config: self.retry,
            own: None,
            guard: Guard::default(),
            // A token request may always be sent again.
            method: None,
            expected: &[],
            clock: self.clock,
            draw: &fastrand::f64,
            stopped: self.stopped,
        };
        let concluded = sends.run(Pass::Usual, |_| (self.send)(&request), answer_of, |_, _, _| {});
        concluded.answer.map_err(|error| {
            self.is_refused.set(error.kind == ErrorKind::Egress);
            error.message
        })
    }

    fn clock(&self) -> &dyn Clock {
        self.clock
    }

    fn is_stopped(&self) -> bool {
        (self.stopped)()
    }
}

/// A send, and what it was made with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Round {
    number: u8,
    readiness: Readiness,
    edition: Option<u64>,
}

impl Round {
    /// Makes ready for the first send; nothing where the request has no authentication.
    ///
    /// # Errors
    /// There is nothing to prove it with.
    pub fn begin(way: &Way<'_>) -> Result<Option<Round>, ExchangeError> {
        Round::at(1, way)
    }

    /// Makes ready for the send of this number.
    ///
    /// # Errors
    /// There is nothing to prove it with.
    pub fn at(number: u8, way: &Way<'_>) -> Result<Option<Round>, ExchangeError> {
        let Some(Authorization(auth)) = &way.request.auth else { return Ok(None) };
        let started = way.clock.now();
        let ready = auth.ready(way);
        way.spent.set(way.spent.get() + way.clock.now().saturating_duration_since(started));
        match ready {
            Ok(readiness) => Ok(Some(Round { number, readiness, edition: auth.edition() })),
            Err(message) => {
                let kind = if way.is_refused.get() { ErrorKind::Egress } else { ErrorKind::Auth };
                Err(ExchangeError { kind, message, timing: Box::default() })
            }
        }
    }

    /// The next send of the request, if this answer asks for one; it is ready.
    ///
    /// # Errors
    /// There is nothing to prove it with any more.
    pub fn next(self, answer: &Response, is_expected: bool, way: &Way<'_>) -> Result<Option<Round>, ExchangeError> {
        match self.after(answer, is_expected, way.request) {
            Some(number) => Round::at(number, way),
            None => Ok(None),
        }
    }

    /// The number of the next send, if this answer asks for one.
    pub fn after(self, answer: &Response, is_expected: bool, request: &Request) -> Option<u8> {
        let Authorization(auth) = request.auth.as_ref()?;
        let url = match answer.effective_url.is_empty() {
            true => &request.url,
            false => &answer.effective_url,
        };
        let answered = Answered {
            url,
            status: answer.status,
            headers: &answer.headers,
            again: self.number - 1,
            has_body: request.body.as_ref().is_some_and(|body| !body.is_empty()),
            is_expected,
            readiness: self.readiness,
            edition: self.edition,
        };
        let goes_on = request.is_signed_for(url) && auth.answered(&answered) && self.number < MOST_ROUNDS;
        goes_on.then_some(self.number + 1)
    }
}

/// Sends a request, and again while its authentication asks for it; `begun` is its first round, where that is ready.
///
/// # Errors
/// No complete answer came, or there was nothing to prove it with.
pub(super) fn in_rounds(way: &Way<'_>, begun: Option<Round>, expected: &[i128]) -> Result<Response, ExchangeError> {
    let begun = if begun.is_some() { begun } else { Round::begin(way)? };
    let Some(mut round) = begun else { return (way.send)(way.request) };
    loop {
        let answer = (way.send)(way.request)?;
        match round.next(&answer, expected.contains(&i128::from(answer.status)), way)? {
            Some(next) => round = next,
            None => return Ok(answer),
        }
    }
}
