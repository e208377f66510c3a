//! Requests of a load run that have spans of their own: a share of them, evenly spread.
//!
//! Owns: which they are, what is known of them when they have ended. Does not: send them.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::target::Target;
use crate::exchange::request::{ExchangeError, Request};
use crate::exchange::response::Response;
use crate::exchange::trace::{Carried, MOST_SENDS, Role, Sent};
use crate::exchange::url::{Treatment, target_with};

impl Target {
    /// The number of the next request among those that have spans, if it is one. It costs a run nothing where none has.
    pub fn sample(&self) -> Option<u64> {
        if self.trace_sample <= 0.0 || !self.records() {
            return None;
        }
        let [drawn, taken] = &self.drawn;
        let place = drawn.fetch_add(1, Ordering::Relaxed) as f64;
        let is_taken = ((place + 1.0) * self.trace_sample).floor() > (place * self.trace_sample).floor();
        // More are not kept, so they do not say that they are.
        is_taken.then(|| taken.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < MOST_SENDS as u64)
    }

    fn records(&self) -> bool {
        self.trace.as_ref().is_some_and(|carried| carried.trace.shown_headers().is_some())
    }
}

/// The request with a span of its own.
pub(super) fn with_span(mut request: Request, number: u64) -> Request {
    if let Some(carried) = &mut request.trace {
        carried.role = Role::Sample(number);
    }
    request
}

/// Keeps what there is to know of a request with a span of its own; its headers and its redirects are not.
pub(super) fn keep(request: &Request, ended: Instant, result: Result<&Response, &ExchangeError>, again: u32) {
    let Some(carried @ Carried { role: Role::Sample(_), .. }) = &request.trace else { return };
    let Ok(target) = target_with(&request.url, Treatment::default()) else { return };
    let timing = result.map_or_else(|error| &*error.timing, |response| &response.timing);
    let began = ended.checked_sub(timing.total).unwrap_or(ended);
    let mark = |time: Duration| Some(began + time).filter(|_| !time.is_zero());
    carried.keep(Sent {
        number: 0,
        is_aside: false,
        again: Some(again),
        is_first: true,
        time: (began, ended),
        marks: [
            ("resolve", mark(timing.namelookup)),
            ("connect", mark(timing.connect)),
            ("tls", mark(timing.appconnect)),
            ("first byte", mark(timing.starttransfer)),
        ],
        method: request.method.clone(),
        target,
        answer: result.map(|response| response.status).map_err(|error| error.kind.name()),
        version: result.map_or("", |response| response.version.trim_start_matches("HTTP/")),
        peer: None,
        sizes: [request.body.as_ref().map(|body| body.len() as u64), result.ok().map(|_| timing.size_download)],
        headers: [Vec::new(), Vec::new()],
    });
}
