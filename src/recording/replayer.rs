//! Recorded answers in place of a network.
//!
//! Owns: which answer a request gets: of those that were recorded for it, the next one. Does not: judge it (see `run`).

use std::sync::{Arc, Mutex, PoisonError};

use super::exchange::Recorded;
use super::hidden::{Exchanged, Extent, Hider};
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Hop, Response};
use crate::http::travel;
use crate::secrets::Secrets;

/// Answers from a recording.
#[derive(Debug, Clone)]
pub struct Replayer(Arc<Tracks>);

#[derive(Debug)]
struct Tracks {
    all: Vec<Recorded>,
    /// How many answers of each have been given.
    given: Mutex<Vec<usize>>,
}

impl Replayer {
    /// One that has given no answer yet.
    pub fn new(all: Vec<Recorded>) -> Replayer {
        let given = Mutex::new(vec![0; all.len()]);
        Replayer(Arc::new(Tracks { all, given }))
    }

    fn answer(&self, hop: &Hop, body: &[u8]) -> Result<Response, ExchangeError> {
        let unrecorded = |message: String| {
            // Of all kinds, one that is never tried again.
            ExchangeError { kind: ErrorKind::Option, message, timing: Box::default() }
        };
        let none = Secrets::default();
        let hider = Hider { known: &none, own: &none, extent: Extent::All, headers: &[] };
        let exchanged = Exchanged { method: &hop.method, url: &hop.url, body, ..Exchanged::default() };
        let asked = hider.asked(&exchanged).ok_or_else(|| unrecorded("the URL cannot be sent".to_owned()))?;
        // A thread that panicked has counted, or not.
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = 0;
        for (recorded, given) in self.0.all.iter().zip(given.iter_mut()) {
            if !recorded.request.is_for(&asked) {
                continue;
            }
            while let Some(answer) = recorded.answers.get(*given) {
                *given += 1;
                if answer.retried {
                    continue;
                }
                if let Some(lost) = answer.lost {
                    return Err(lost.to_error());
                }
                let mut response = answer.to_response(&hop.url);
                response.timing.size_upload = body.len() as u64;
                // It is not kept, but was there as it is in what a mock server answers.
                if hop.method != "HEAD" && !matches!(response.status, 204 | 304) {
                    response.headers.push(("content-length".to_owned(), response.body.len().to_string()));
                }
                return Ok(response);
            }
            count += recorded.answers.iter().filter(|answer| !answer.retried).count();
        }
        let line = asked.line();
        Err(unrecorded(match count {
            0 => format!("{line} was not recorded{}", self.nearest(&asked)),
            1 => format!("{line} was recorded once, and is sent once more"),
            count => format!("{line} was recorded {count} times, and is sent once more"),
        }))
    }

    /// What of the request was recorded otherwise.
    fn nearest(&self, asked: &super::exchange::Asked) -> &'static str {
        let same_path = |recorded: &&Recorded| {
            recorded.request.is_for(&super::exchange::Asked {
                query: recorded.request.query.clone(),
                body: recorded.request.body.clone(),
                ..asked.clone()
            })
        };
        match self.0.all.iter().find(same_path) {
            Some(recorded) if recorded.request.query != asked.query => " with these parameters",
            Some(_) => " with this body",
            None => "",
        }
    }
}

impl Exchange for Replayer {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        travel(request, &mut |hop, body| self.answer(hop, body))
    }

    fn worker(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn prepare(&self, request: &Request, _: Wanted) -> Box<dyn Prepared> {
        Box::new(Again { replayer: self.clone(), request: request.clone() })
    }
}

/// A request that is sent again and again.
struct Again {
    replayer: Replayer,
    request: Request,
}

impl Prepared for Again {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        *response = self.replayer.send(&self.request)?;
        Ok(())
    }
}
