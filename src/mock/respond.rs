//! What a stub answers.
//!
//! Owns: templates filled in, content types, delays. Does not: choose the stub (see `matching`).

use std::time::Duration;

use memchr::memmem;

use super::maker::Maker;
use super::stub::{Delay, Response};
use crate::recording::as_it_came;
use crate::secrets::{HIDING_HEADER, REDACTED};
use crate::serve::{Answer, Delivery};
use crate::variables::body::{ContentType, Rendered};
use crate::variables::context::Context;

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
    let body = body.map_or_else(Vec::new, |body| body.bytes.to_vec());
    let hides = |text: &[u8]| memmem::find(text, REDACTED.as_bytes()).is_some();
    if hides(&body) || headers.iter().any(|(_, value)| hides(value.as_bytes())) {
        answer = answer.with(HIDING_HEADER, "yes");
    }
    Ok(answer.body(as_it_came(body, response.layout)))
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
