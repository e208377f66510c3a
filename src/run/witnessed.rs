//! Exchanges that somebody else is to hear of: kept until their test has ended, and it is known what in them is secret.
//!
//! Owns: keeping and telling them. Does not: send, record (see `recording`).

use super::session::Session;
use crate::exchange::request::{ErrorKind, ExchangeError, Request};
use crate::exchange::response::Response;
use crate::exchange::witness::Seen;
use crate::secrets::HIDING_HEADER;
use crate::test::definition::Test;

/// Why something was sent, or was to be, and nothing came.
const LOST: [ErrorKind; 6] = [
    ErrorKind::Resolve,
    ErrorKind::Connect,
    ErrorKind::Timeout,
    ErrorKind::Tls,
    ErrorKind::Disconnected,
    ErrorKind::Protocol,
];

impl Session<'_> {
    /// Keeps an exchange, where anybody is to hear of it.
    pub(super) fn witness(&self, request: &Request, answer: &Result<Response, ExchangeError>) {
        if self.engine.settings.witness.is_none() {
            return;
        }
        let (response, lost) = match answer {
            Ok(response) => (response.clone(), None),
            Err(error) if LOST.contains(&error.kind) => (Response::default(), Some(error.kind)),
            // Nothing was sent.
            Err(_) => return,
        };
        self.seen.borrow_mut().push(Seen { request: request.clone(), response, lost, retried: false });
    }

    /// Whether an answer is a recorded one: all are, or a mock server says so of this one.
    pub(super) fn is_replayed(&self, response: &Response) -> bool {
        self.engine.settings.replays || response.header_values(HIDING_HEADER).next().is_some()
    }

    /// The exchanges from this one on were no more than an attempt: it is made again.
    pub(super) fn made_again(&self, from: usize) {
        self.seen.borrow_mut().iter_mut().skip(from).for_each(|seen| seen.retried = true);
    }

    /// Tells of what a test has exchanged. Load runs are not told of, nor what was done for them.
    pub(super) fn tell_witness(&mut self, test: &Test) {
        let all = self.seen.take();
        let Some(witness) = self.engine.settings.witness.clone().filter(|_| test.performance.is_none()) else { return };
        if all.is_empty() {
            return;
        }
        self.read_answers();
        for seen in &all {
            let mut own = self.secrets.beside();
            seen.request.tell_secrets(&mut own);
            seen.request.tell_body_secrets(&mut own);
            self.learn_answer(test, &seen.response, &mut own);
            witness.saw(seen, &self.secrets, &own);
        }
    }
}
