//! An exchange over its redirects without a network.
//!
//! Owns: asking for the answer of each request on the way. Does not: know the way (see `journey`), or the answers.

use super::journey::Journey;
use crate::exchange::request::{ExchangeError, Request};
use crate::exchange::response::{Hop, Response};

/// Has the answer to a hop, which is handed over with its body.
type AnswerOf<'a> = dyn FnMut(&Hop, &[u8]) -> Result<Response, ExchangeError> + 'a;

/// Carries a request to its last answer; `answer` has that of each hop, which is handed over with its body.
///
/// # Errors
/// There is no answer to a hop, or it leads to where nothing can be sent.
pub fn travel(request: &Request, answer: &mut AnswerOf<'_>) -> Result<Response, ExchangeError> {
    let failed = |fault: super::fault::TransportError| ExchangeError {
        kind: fault.kind,
        message: fault.message,
        timing: Box::default(),
    };
    let mut journey = Journey::new(request, None).map_err(failed)?;
    let mut hops = Vec::new();
    loop {
        let hop = journey.hop(request, true, None).told();
        let body = request.body.as_deref().filter(|_| hop.has_body).unwrap_or_default();
        let mut response = answer(&hop, body)?;
        hops.push(hop);
        let headers = response.headers.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())).collect();
        if !journey.take(request, response.status, &headers).map_err(failed)? {
            response.timing.redirect_count = journey.redirects();
            response.hops = hops;
            return Ok(response);
        }
    }
}
