//! The recording of a run: each exchange of its functional tests, redirects and all.
//!
//! Owns: what of an exchange is an exchange of its own. Does not: know secrets, write (see `tape`).

use std::sync::{Mutex, PoisonError};

use super::exchange::Lost;
use super::hidden::{Exchanged, Extent, Hider, recorded};
use super::tape::Tape;
use crate::exchange::request::ErrorKind;
use crate::exchange::response::Hop;
use crate::exchange::witness::{Seen, Witness};
use crate::secrets::{Secrets, shown_url};

/// Records a run.
#[derive(Debug)]
pub struct RunTape {
    tape: Tape,
    base_url: String,
    failed: Mutex<Option<String>>,
}

impl RunTape {
    /// A tape for a run whose suites are joined with a base URL.
    pub fn new(tape: Tape, base_url: &str) -> RunTape {
        RunTape { tape, base_url: shown_url(base_url).into_owned(), failed: Mutex::default() }
    }

    /// Why something is missing in the recording, if anything is.
    pub fn failure(&self) -> Option<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends it: what processes that recorded in the same folder left there goes. Where there was nothing to record, the
    /// folder says so, that it is a recording all the same.
    pub fn finish(&self) {
        if let Err(message) = self.tape.finish(&self.base_url) {
            self.fail(message);
        }
    }

    fn keep(&self, exchanged: &Exchanged<'_>, seen: &Seen, hider: &Hider<'_>) {
        let Some(mut kept) = recorded(exchanged, hider) else { return };
        kept.base_url.clone_from(&self.base_url);
        for answer in &mut kept.answers {
            answer.retried = seen.retried;
            answer.lost = seen.lost.map(|kind| if kind == ErrorKind::Timeout { Lost::Timeout } else { Lost::Reset });
        }
        if let Err(message) = self.tape.add(kept) {
            self.fail(message);
        }
    }

    fn fail(&self, message: String) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
    }
}

impl Witness for RunTape {
    fn lost(&self) {
        self.fail("the process of a suite could not write".to_owned());
    }

    fn saw(&self, seen: &Seen, known: &Secrets, own: &Secrets) {
        let hider = Hider { known, own, extent: Extent::All, headers: &[] };
        let (request, response) = (&seen.request, &seen.response);
        let body = |hop: &Hop| request.body.as_deref().filter(|_| hop.has_body).unwrap_or_default();
        let (last, before) = match response.hops.split_last() {
            Some((last, before)) => (last.clone(), before),
            // Who exchanges without a network has no hops.
            None => {
                let url = if response.effective_url.is_empty() { &request.url } else { &response.effective_url };
                let hop = Hop { method: request.method.clone(), url: url.clone(), has_body: true, ..Hop::default() };
                (hop, &[][..])
            }
        };
        for hop in before {
            let exchanged = Exchanged {
                method: &hop.method,
                url: &hop.url,
                headers: &[],
                body: body(hop),
                status: hop.status,
                answer_headers: &hop.headers,
                answer_body: &[],
                encoding: None,
            };
            self.keep(&exchanged, seen, &hider);
        }
        let exchanged = Exchanged {
            method: &last.method,
            url: &last.url,
            headers: &[],
            body: body(&last),
            status: response.status,
            answer_headers: &response.headers,
            answer_body: &response.body,
            encoding: response.unread_encoding(),
        };
        self.keep(&exchanged, seen, &hider);
    }
}
