//! Requests passed on to another origin, and what is recorded of that.
//!
//! Owns: what goes there, what comes back to who asked, the answer where there is none. Does not: choose which requests
//! go there (see `service`), take secrets out or write (see `recording`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::maker::Maker;
use super::problem::problem;
use crate::exchange::egress::{Egress, Permit};
use crate::exchange::request::{DEFAULT_MAX_BODY, Exchange, Request};
use crate::exchange::response::{READ_ENCODINGS, Response};
use crate::ground::source::Location;
use crate::recording::{self, Exchanged, Extent, Hider, Place, Tape};
use crate::secrets::{Secrets, shown_url};
use crate::serve::{Answer, Call};

/// Takes a line for people.
pub type Told = Arc<dyn Fn(&str) + Send + Sync>;

/// What is written anew for another connection, besides what belongs to this one.
const WRITTEN_ANEW: [&str; 2] = ["expect", "host"];

/// Where requests are passed on to that no stub of its own says that of.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// `scheme://host[:port]`.
    pub origin: String,
    /// Whether stubs are asked first.
    pub after_stubs: bool,
}

/// What is recorded.
#[derive(Debug)]
pub struct Recorder {
    /// Where.
    pub tape: Tape,
    /// Headers that say which request it is.
    pub headers: Vec<String>,
    /// Whether values of cookies that are set are kept.
    pub keeps_secrets: bool,
}

/// Passes requests on.
pub(super) struct Passing {
    pub exchange: Arc<dyn Exchange>,
    pub maker: Maker,
    pub told: Told,
    /// Where requests may go, in place of what holds for the exchange.
    pub rules: Option<Arc<Egress>>,
    pub recorder: Option<Recorder>,
    /// Whether something that was to be recorded was not.
    pub has_lost: AtomicBool,
    /// Where the server is.
    pub url: String,
}

/// A request that is to be passed on.
pub(super) struct Passed {
    request: Request,
    origin: String,
    /// The path and the query as they came.
    target: String,
    records: bool,
}

impl Passing {
    /// What goes to an origin in place of a request.
    pub fn passed(&self, call: &Call<'_>, origin: &str, place: &Location) -> Passed {
        let target = match call.query() {
            "" => call.path().to_owned(),
            query => format!("{}?{query}", call.path()),
        };
        let is_kept = |name: &str, value: &str| {
            let is_new = WRITTEN_ANEW.iter().any(|have| have.eq_ignore_ascii_case(name));
            let is_unread = name.eq_ignore_ascii_case("accept-encoding") && !are_read(value);
            !recording::is_of_the_connection(name) && !is_new && !is_unread && !value.is_empty()
        };
        let headers = call.headers().filter(|(name, value)| is_kept(name, value));
        let permit = self.rules.clone().map(|rules| Box::new(Permit { rules, place: place.clone() }));
        let request = Request {
            method: call.method.to_owned(),
            url: format!("{}{target}", origin.trim_end_matches('/')),
            headers: headers.map(|(name, value)| (name.to_owned(), value.into_owned())).collect(),
            suppressed: ["accept", "user-agent", "content-type"].map(str::to_owned).to_vec(),
            body: (!call.body.is_empty()).then(|| Arc::from(call.body)),
            basic_auth: None,
            auth: None,
            options: Arc::default(),
            jar: None,
            wants_certificate: false,
            timeout: Some(Duration::from_secs(60)),
            connect_timeout: None,
            max_body: Some(DEFAULT_MAX_BODY),
            permit,
            trace: None,
        };
        Passed { request, origin: origin.to_owned(), target, records: self.recorder.is_some() }
    }

    /// The answer of the other origin, decoded, with its links leading here; why there is none is a 502.
    pub fn fetch(&self, passed: &Passed) -> Answer {
        let line = || format!("{} {}", passed.request.method, shown_url(&passed.target));
        let response = match self.exchange.send(&passed.request) {
            Ok(response) => response,
            Err(error) => {
                let detail = format!("the upstream gave no answer: {error}");
                (self.told)(&format!("{}: {detail}", line()));
                return problem(&self.maker, 502, &detail, Vec::new());
            }
        };
        if passed.records
            && let Err(message) = self.record(passed, &response)
        {
            self.has_lost.store(true, Ordering::Relaxed);
            (self.told)(&format!("{} was not recorded: {message}", line()));
        }
        self.answer(passed, response)
    }

    fn answer(&self, passed: &Passed, response: Response) -> Answer {
        let is_encoded = response.unread_encoding().is_some();
        let is_kept = |name: &str| match name {
            "content-encoding" => is_encoded,
            "date" => true,
            name => !recording::is_of_the_connection(name),
        };
        let mut own = recording::Answer {
            status: response.status,
            headers: response.headers.iter().filter(|(name, _)| is_kept(name)).cloned().collect(),
            body: response.body,
            ..recording::Answer::default()
        };
        recording::localized(&mut own, &passed.origin, Place::of(&self.url));
        let server = own.headers.iter().find(|(name, _)| name == "server").map(|(_, name)| name.as_str());
        let mut answer = self.maker.answer_of(server, own.status);
        for (name, value) in own.headers.iter().filter(|(name, _)| name != "server") {
            answer = answer.with(name, value);
        }
        answer.body(own.body)
    }

    fn record(&self, passed: &Passed, response: &Response) -> Result<(), String> {
        let Some(recorder) = &self.recorder else { return Ok(()) };
        let origin = recording::origin(&passed.origin).unwrap_or_default();
        let exchanged = Exchanged {
            method: &passed.request.method,
            url: &format!("{origin}{}", passed.target),
            headers: &passed.request.headers,
            body: passed.request.body.as_deref().unwrap_or_default(),
            status: response.status,
            answer_headers: &response.headers,
            answer_body: &response.body,
            encoding: response.unread_encoding(),
        };
        let mut own = Secrets::default();
        recording::tell_named(&exchanged, &mut own);
        let extent = if recorder.keeps_secrets { Extent::Requests } else { Extent::RequestsAndCookies };
        let hider = Hider { known: &Secrets::default(), own: &own, extent, headers: &recorder.headers };
        let Some(mut recorded) = recording::recorded(&exchanged, &hider) else { return Ok(()) };
        recorded.base_url.clone_from(&recorded.origin);
        recorder.tape.add(recorded)
    }
}

impl Passed {
    /// The same, recorded or not.
    pub fn recorded_if(self, records: bool) -> Passed {
        Passed { records: self.records && records, ..self }
    }
}

/// Whether all encodings that are asked for are undone here, as what is recorded must be.
fn are_read(asked: &str) -> bool {
    asked.split(',').all(|one| {
        let name = one.split(';').next().unwrap_or_default().trim();
        READ_ENCODINGS.iter().chain(&["identity"]).any(|read| read.eq_ignore_ascii_case(name))
    })
}
