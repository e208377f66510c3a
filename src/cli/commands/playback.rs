//! Recorded answers in place of a network, and a clock on which nobody waits.
//!
//! Owns: which answer a request gets: of those that were recorded for it, the next one. Does not: judge it (see `run`),
//! read recordings (see `recording`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::Response;
use crate::exchange::url::origin_of;
use crate::ground::clock::Clock;
use crate::recording::{Asked, Exchanged, Extent, Hider, Recorded};
use crate::secrets::Secrets;

/// So many redirects are followed.
const MOST_REDIRECTS: u32 = 30;

/// Answers from a recording.
#[derive(Clone)]
pub struct Playback(Arc<Tracks>);

struct Tracks {
    all: Vec<Recorded>,
    /// How many answers of each have been given.
    given: Mutex<Vec<usize>>,
}

impl Playback {
    /// One that has given no answer yet.
    pub fn new(all: Vec<Recorded>) -> Playback {
        let given = Mutex::new(vec![0; all.len()]);
        Playback(Arc::new(Tracks { all, given }))
    }

    /// The next answer to a request; those that were asked for again do not count.
    fn answer(&self, method: &str, url: &str, body: &[u8]) -> Result<Response, ExchangeError> {
        // Of all kinds, one that is never tried again.
        let wrong = |message: String| ExchangeError { kind: ErrorKind::Option, message, timing: Box::default() };
        let asked = asked(method, url, body).ok_or_else(|| wrong("the URL cannot be sent".to_owned()))?;
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_known = false;
        for (recorded, given) in self.0.all.iter().zip(given.iter_mut()) {
            if !recorded.request.is_for(&asked) {
                continue;
            }
            is_known = true;
            while let Some(answer) = recorded.answers.get(*given) {
                *given += 1;
                if !answer.retried {
                    return Ok(answer.to_response(url));
                }
            }
        }
        let why = if is_known { "is sent more often than it was recorded" } else { "was not recorded" };
        Err(wrong(format!("{} {why}", asked.line())))
    }
}

/// What of a request says which one it is.
fn asked(method: &str, url: &str, body: &[u8]) -> Option<Asked> {
    let none = Secrets::default();
    let hider = Hider { known: &none, own: &none, extent: Extent::All, headers: &[] };
    let exchanged = Exchanged {
        method,
        url,
        headers: &[],
        body,
        status: 200,
        answer_headers: &[],
        answer_body: &[],
        encoding: None,
    };
    hider.asked(&exchanged)
}

impl Exchange for Playback {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        let mut method = request.method.as_str();
        let mut body = request.body.as_deref().unwrap_or_default();
        let mut response = self.answer(method, &request.url, body)?;
        for count in 1..=MOST_REDIRECTS {
            let is_redirect = (300..400).contains(&response.status) && response.status != 304;
            let place =
                response.header_values("location").last().filter(|_| is_redirect && request.options.follow_location);
            let Some(place) = place else { break };
            let url = match place.strip_prefix('/') {
                Some(path) => format!("{}/{path}", origin_of(&response.effective_url)),
                None => place.to_owned(),
            };
            if !matches!(response.status, 307 | 308) && !matches!(method, "GET" | "HEAD") {
                method = "GET";
                body = &[];
            }
            response = self.answer(method, &url, body)?;
            response.timing.redirect_count = count;
        }
        Ok(response)
    }

    fn worker(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn prepare(&self, request: &Request, _: Wanted) -> Box<dyn Prepared> {
        Box::new(Again { playback: self.clone(), request: request.clone() })
    }
}

/// A request that is sent again and again.
struct Again {
    playback: Playback,
    request: Request,
}

impl Prepared for Again {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        *response = self.playback.send(&self.request)?;
        Ok(())
    }
}

/// A clock on which what is slept is over at once, and has passed.
#[derive(Default)]
pub struct Hurried(Mutex<Duration>);

impl Clock for Hurried {
    fn now(&self) -> Instant {
        Instant::now() + *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep(&self, duration: Duration) {
        let mut slept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A century is long enough for every limit.
        *slept = slept.saturating_add(duration).min(Duration::from_secs(3_153_600_000));
    }
}
