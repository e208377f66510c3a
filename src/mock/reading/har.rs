//! Recordings: HAR 1.2, each entry a stub, entries of the same request a sequence.
//!
//! Owns: what tells requests apart, which headers of answers are not replayed. Does not: match (see `matching`).

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Input;
use crate::exchange::token::{is_token, is_value};
use crate::exchange::url::origin_of;
use crate::ground::counted::counted;
use crate::ground::json_part::{Enough, Part, whole};
use crate::ground::source::{Fault, Source};
use crate::mock::conditions::{BodyCheck, Condition, PartCheck, Test};
use crate::mock::path::{PathPattern, normal};
use crate::mock::stub::{Action, RequestPattern, Response, Stub};
use crate::serve::{Delivery, query_pairs};
use crate::test::headers::Headers;
use crate::variables::body::Body;

/// Headers of answers that are the connection's, or are written anew.
const NOT_REPLAYED: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "upgrade",
];

/// Reads a recording.
///
/// # Errors
/// It is no HAR.
pub fn read(source: &Source, input: &mut Input) -> Result<(), Fault> {
    let all = whole(source)?;
    let entries = all.member("log").and_then(|log| log.member("entries")).filter(|entries| entries.is_list());
    let Some(entries) = entries else {
        return Err(Fault::new(all.place(source), "this is no HAR: its log has no list of entries"));
    };
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut left = 0;
    let all = &mut input.stubs.all;
    entries.each(|entry| {
        let Some((key, request, response)) = exchange(entry) else {
            left += 1;
            return Enough::No;
        };
        let at = *known.entry(key).or_insert(all.len());
        match all.get_mut(at) {
            Some(Stub { action: Action::Respond { responses, .. }, .. }) => responses.push(response),
            _ => {
                let action = Action::Respond { responses: vec![response], cycles: false };
                all.push(Stub { request, action, ..Stub::at(entry.place(source)) });
            }
        }
        Enough::No
    });
    if known.is_empty() {
        return Err(Fault::new(entries.place(source), "no entry of this HAR has a request and its answer"));
    }
    if left > 0 {
        let message = format!("{} without a method, an http URL or an answer: left out", counted(left, "request"));
        input.warnings.push(Fault::new(entries.place(source), message));
    }
    Ok(())
}

/// What tells a request from others, what it is, and what was answered.
fn exchange(entry: Part<'_>) -> Option<(String, RequestPattern, Response)> {
    let [request, response] = entry.members(["request", "response"]);
    let [method, url, post] = request?.members(["method", "url", "postData"]);
    let (method, url) = (method?.string().filter(|method| is_token(method))?, url?.string()?);
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    let origin = origin_of(&url);
    let rest = url.get(origin.len()..).unwrap_or_default().split('#').next().unwrap_or_default();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut pairs = query_pairs(query);
    pairs.sort_unstable();
    let body = post.and_then(body);
    let written = match &body {
        Some(BodyCheck::Equals(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(_) => post.map(|post| post.text().to_owned()).unwrap_or_default(),
        None => String::new(),
    };
    let key = format!("{method} {origin}\n{path}\n{pairs:?}\n{written}");
    let path = if path.is_empty() { "/" } else { path };
    let condition = |(name, value): (String, String)| Condition { name, tests: vec![Test::Equal(value)] };
    let pattern = RequestPattern {
        methods: vec![method.to_ascii_uppercase()],
        // What was redacted in it may be anything.
        path: PathPattern::parse(path)
            .ok()
            .filter(|_| !path.contains(['{', '*']))
            .unwrap_or_else(|| PathPattern::Literal(normal(path).into_owned())),
        query: pairs.into_iter().map(condition).collect(),
        query_exact: true,
        body: body.into_iter().collect(),
        ..RequestPattern::default()
    };
    Some((key, pattern, answer(response?, origin)?))
}

/// What was sent.
fn body(post: Part<'_>) -> Option<BodyCheck> {
    let [media, text, params, encoding] = post.members(["mimeType", "text", "params", "encoding"]);
    let params = params.map(Part::items).unwrap_or_default();
    let is_multipart = media.and_then(Part::string).is_some_and(|media| media.starts_with("multipart/"));
    let text = text.and_then(Part::string).filter(|text| !text.is_empty());
    if let Some(text) = text.filter(|_| !is_multipart || params.is_empty()) {
        // The boundary is another one each time.
        if is_multipart {
            return None;
        }
        let is_coded = encoding.and_then(Part::string).as_deref() == Some("base64");
        let bytes = is_coded.then(|| BASE64_STANDARD.decode(&text).ok()).flatten();
        return Some(BodyCheck::Equals(bytes.unwrap_or_else(|| text.into_bytes())));
    }
    let mut checks = Vec::new();
    let mut fields = Vec::new();
    for param in params {
        let [name, value, file] = param.members(["name", "value", "fileName"]);
        let (name, value) = (name.and_then(Part::string)?, value.and_then(Part::shown));
        let file = file.and_then(Part::string);
        let condition = |of: &str, text: String| Condition { name: of.to_owned(), tests: vec![Test::Equal(text)] };
        fields.push(condition(&name, value.clone().unwrap_or_default()));
        checks.push(PartCheck {
            name,
            value: value.filter(|_| file.is_none()).map(|value| condition("value", value)),
            filename: file.map(|file| condition("filename", file)),
            content_type: None,
        });
    }
    if checks.is_empty() {
        return None;
    }
    if is_multipart {
        return Some(BodyCheck::Multipart(checks));
    }
    Some(BodyCheck::Form(fields))
}

/// What came.
fn answer(response: Part<'_>, origin: &str) -> Option<Response> {
    let [status, headers, content] = response.members(["status", "headers", "content"]);
    let status: u16 = status?.text().parse().ok().filter(|status| (200..600).contains(status))?;
    let mut kept: Vec<(String, String)> = Vec::new();
    for header in headers.map(Part::items).unwrap_or_default() {
        let [name, value] = header.members(["name", "value"]);
        let (Some(name), Some(mut value)) = (name.and_then(Part::string), value.and_then(Part::shown)) else {
            continue;
        };
        let is_replayed = !NOT_REPLAYED.iter().any(|have| have.eq_ignore_ascii_case(&name));
        if !is_replayed || !is_token(&name) || !is_value(&value) {
            continue;
        }
        if name.eq_ignore_ascii_case("location") {
            // What led to the same server leads to this one.
            value = value.strip_prefix(origin).filter(|rest| rest.starts_with('/')).unwrap_or(&value).to_owned();
        }
        let same = kept.iter_mut().find(|(have, _)| have.eq_ignore_ascii_case(&name));
        match same.filter(|_| !name.eq_ignore_ascii_case("set-cookie")) {
            Some((_, have)) => *have = format!("{have}, {value}"),
            None => kept.push((name, value)),
        }
    }
    let [media, text, encoding] =
        content.map_or([None; 3], |content| content.members(["mimeType", "text", "encoding"]));
    let text = text.and_then(Part::string);
    let is_coded = encoding.and_then(Part::string).as_deref() == Some("base64");
    let bytes = text.map(|text| match is_coded {
        true => BASE64_STANDARD.decode(text.trim()).unwrap_or_else(|_| text.into_bytes()),
        false => text.into_bytes(),
    });
    let media = media.and_then(Part::string).filter(|media| media.contains('/') && is_value(media));
    let has_type = kept.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    kept.extend(media.filter(|_| !has_type).map(|media| ("Content-Type".to_owned(), media)));
    Some(Response {
        status,
        headers: Headers::plain(kept),
        body: bytes.map(|bytes| Body::Bytes(Arc::from(bytes))),
        layout: None,
        delay: None,
        delivery: Delivery::Whole,
        variables: Vec::new(),
        prepared: None,
    })
}
