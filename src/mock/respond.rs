//! What a stub answers.
//!
//! Owns: templates filled in, content types, delays, passing on. Does not: choose the stub (see `matching`).

use std::sync::Arc;
use std::time::Duration;

use super::maker::Maker;
use super::problem::problem;
use super::stub::{Delay, Response};
use crate::exchange::request::{Exchange, Request};
use crate::serve::{Answer, Call, Delivery};
use crate::variables::body::{ContentType, Rendered};
use crate::variables::context::Context;

/// What does not go from one connection to another, and what is written anew.
const OF_THE_CONNECTION: [&str; 12] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "expect",
    "host",
];

/// An answer of a stub for a context.
///
/// # Errors
/// A file cannot be read, or a variable cannot stand where it does.
pub fn fill(maker: Maker, response: &Response, context: &Context) -> Result<Answer, String> {
    // Those of one name stay apart: an answer sets several cookies.
    let rendered = response.headers.entries.iter().map(|(name, value)| (name.render(context), value.render(context)));
    let headers: Vec<(String, String)> = rendered.collect();
    let own = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("server"));
    let mut answer = maker.answer_of(own.map(|(_, server)| server.as_str()), response.status);
    let body = match &response.body {
        Some(body) => Some(body.render(context, None)?),
        None => None,
    };
    let names_type = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(body) = body.as_ref().filter(|_| !names_type) {
        answer = answer.with("Content-Type", &type_of(body, response));
    }
    for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("server")) {
        answer = answer.with(name, value);
    }
    Ok(answer.body(body.map_or_else(Vec::new, |body| body.bytes.to_vec())))
}

fn type_of(body: &Rendered, response: &Response) -> String {
    let of_file = || response.body.as_ref().and_then(|body| body.file_type());
    match &body.content_type {
        ContentType::Own(name) => name.clone(),
        ContentType::Multipart(boundary) => format!("multipart/form-data; boundary={boundary}"),
        ContentType::Text | ContentType::Bytes if of_file().is_some() => of_file().unwrap_or_default().to_owned(),
        ContentType::Text if is_json(&body.bytes) => "application/json".to_owned(),
        ContentType::Text => "text/plain; charset=utf-8".to_owned(),
        ContentType::Bytes => "application/octet-stream".to_owned(),
    }
}

/// Whether a text is an object or a list in JSON.
fn is_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'['))
        && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

impl Response {
    /// How long this answer takes, the same for the same stub, count and seed.
    pub fn wait(&self, usual: Option<Delay>, seed: u64) -> Duration {
        let Some(delay) = self.delay.or(usual) else { return Duration::ZERO };
        delay.drawn(&mut fastrand::Rng::with_seed(seed))
    }

    /// Whether its answer is always the same, and goes out at once.
    pub fn at_once(&self, usual: Option<Delay>) -> Option<&Answer> {
        let is_plain = self.delay.or(usual).is_none() && self.delivery == Delivery::Whole;
        self.prepared.as_ref().filter(|_| is_plain)
    }
}

/// What goes to another origin in place of a request.
pub fn passed_on(call: &Call<'_>, origin: &str) -> Request {
    let path = call.target.find("://").map_or(call.target, |_| call.path());
    let query = call.query();
    let url = match path.contains('?') || query.is_empty() {
        true => format!("{}{path}", origin.trim_end_matches('/')),
        false => format!("{}{path}?{query}", origin.trim_end_matches('/')),
    };
    let is_kept = |name: &str| !OF_THE_CONNECTION.iter().any(|have| have.eq_ignore_ascii_case(name));
    let headers = call.headers().filter(|(name, value)| is_kept(name) && !value.is_empty());
    Request {
        method: call.method.to_owned(),
        url,
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
        max_body: None,
        permit: None,
        trace: None,
    }
}

/// The answer of another origin, decoded; why there is none is a 502.
pub fn fetched(maker: Maker, exchange: &dyn Exchange, request: &Request) -> Answer {
    match exchange.send(request) {
        Ok(response) => {
            let is_kept = |name: &str| name != "content-encoding" && !OF_THE_CONNECTION.contains(&name);
            let mut answer = maker.answer(response.status);
            for (name, value) in response.headers.iter().filter(|(name, _)| is_kept(name) && name != "server") {
                answer = answer.with(name, value);
            }
            answer.body(response.body)
        }
        Err(error) => problem(&maker, 502, &format!("the upstream gave no answer: {error}"), Vec::new()),
    }
}
