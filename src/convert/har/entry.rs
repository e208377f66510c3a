//! One entry of a recording: what was sent, and what is to be expected of the answer.
//!
//! Owns: which headers were the browser's own, bodies, answers that are JSON. Does not: know other entries.

use std::time::SystemTime;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use super::super::places::{Enough, Part, exactly};
use super::super::request::{Body, Content, Part as FormPart, Request};
use super::super::text::Text;
use super::super::yaml::Yaml;
use crate::exchange::token::{is_token, is_value};
use crate::ground::timestamp::from_rfc3339;

/// A longer body is not part of a suite.
const LONGEST_BODY: usize = 1 << 20;

/// A longer answer is looked at for its status only.
const LONGEST_ANSWER: usize = 4 << 20;

/// More headers are not read.
const MOST_HEADERS: usize = 200;

/// Headers that the transport or the cookie jar sets.
const OWN_HEADERS: [&str; 7] =
    ["accept-encoding", "connection", "content-length", "cookie", "host", "transfer-encoding", "proxy-connection"];

/// What browsers call what they fetch by themselves.
const STATIC_KINDS: [&str; 4] = ["image", "font", "stylesheet", "script"];

/// Media types of the same.
const STATIC_TYPES: [&str; 9] = [
    "image/",
    "font/",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/font",
    "application/x-font",
    "application/vnd.ms-fontobject",
];

/// Why an entry becomes no test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Images, fonts, styles, scripts.
    Static,
    /// No answer came: blocked, aborted.
    Unanswered,
    /// No HTTP: `data:`, `ws:`, what an extension has.
    NotHttp,
    /// Another host.
    OtherHost,
    /// Not an entry at all.
    Broken,
}

impl Left {
    /// For people.
    pub fn shown(self) -> &'static str {
        match self {
            Left::Static => "images, fonts, styles, scripts",
            Left::Unanswered => "no answer came",
            Left::NotHttp => "not HTTP",
            Left::OtherHost => "other hosts",
            Left::Broken => "they have no method or no URL",
        }
    }
}

/// What was sent, and what came.
#[derive(Debug, Default)]
pub struct Entry {
    /// The request, without what browser and transport add.
    pub request: Request,
    /// The status.
    pub status: u16,
    /// Where the answer led to.
    pub location: Option<String>,
    /// Its body, where that is JSON.
    pub json: Option<Json>,
    /// Whether a cookie was sent or set.
    pub has_cookies: bool,
    /// What is lost of the body.
    pub losses: Vec<String>,
}

/// When it was sent, to which host, whether it is a document; or why it is left out.
pub fn glance(part: Part<'_>) -> Result<(Option<SystemTime>, String, bool), Left> {
    let [started, kind, request, response] = part.members(["startedDateTime", "_resourceType", "request", "response"]);
    let url = request.and_then(|request| request.member("url")?.string()).ok_or(Left::Broken)?;
    if !is_token(&line(part).0) {
        return Err(Left::Broken);
    }
    let Some((scheme, rest)) = url.split_once("://") else { return Err(Left::NotHttp) };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(Left::NotHttp);
    }
    let kind = kind.and_then(Part::string).unwrap_or_default();
    let [status, content] = response.map_or([None; 2], |response| response.members(["status", "content"]));
    let media =
        content.and_then(|content| content.member("mimeType")?.string()).unwrap_or_default().to_ascii_lowercase();
    if kind == "websocket" {
        return Err(Left::NotHttp);
    }
    if STATIC_KINDS.contains(&kind.as_str()) || STATIC_TYPES.iter().any(|known| media.starts_with(known)) {
        return Err(Left::Static);
    }
    if status.is_none_or(|status| code(status) == 0) {
        return Err(Left::Unanswered);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default().to_lowercase();
    let is_document = kind == "document" || (kind.is_empty() && media.starts_with("text/html"));
    Ok((started.and_then(|date| from_rfc3339(&date.string()?)), host, is_document))
}

fn code(status: Part<'_>) -> u16 {
    status.text().parse().ok().filter(|code| (100..1000).contains(code)).unwrap_or_default()
}

/// The method and the URL of an entry.
pub fn line(part: Part<'_>) -> (String, String) {
    let [method, url] = part.member("request").map_or([None; 2], |request| request.members(["method", "url"]));
    (method.and_then(Part::string).unwrap_or_default(), url.and_then(Part::string).unwrap_or_default())
}

/// The path of a URL.
pub fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

/// How long the body of a request is, about.
pub fn body_size(request: &Request) -> usize {
    match &request.body {
        Some(Body::Text(text)) => text.as_plain().map_or(0, str::len),
        Some(Body::Bytes(bytes)) => bytes.len() * 4 / 3,
        Some(Body::Json(json)) => json.size(),
        Some(Body::Form(pairs)) => {
            pairs.iter().flat_map(|(name, value)| [name, value]).filter_map(Text::as_plain).map(str::len).sum()
        }
        _ => 0,
    }
}

/// Reads an entry that a glance did not leave out.
pub fn read(part: Part<'_>) -> Entry {
    let mut entry = Entry::default();
    let [request, response] = part.members(["request", "response"]);
    let (method, url) = line(part);
    entry.request.method = method;
    entry.request.url = url.split('#').next().unwrap_or_default().into();
    let [headers, post] = request.map_or([None; 2], |request| request.members(["headers", "postData"]));
    for (name, value) in pairs(headers) {
        let lower = name.to_ascii_lowercase();
        entry.has_cookies |= lower == "cookie";
        let is_browsers = lower.starts_with(':') || lower.starts_with("sec-") || OWN_HEADERS.contains(&lower.as_str());
        if !is_browsers && is_token(&name) && is_value(&value) {
            entry.request.headers.push((name, value.into()));
        }
    }
    if let Some(post) = post {
        body(post, &mut entry);
    }
    let [status, headers, content, redirect] =
        response.map_or([None; 4], |response| response.members(["status", "headers", "content", "redirectURL"]));
    entry.status = status.map(code).unwrap_or_default();
    for (name, value) in pairs(headers) {
        entry.has_cookies |= name.eq_ignore_ascii_case("set-cookie");
        if name.eq_ignore_ascii_case("location") {
            entry.location = Some(value);
        }
    }
    let redirect = redirect.and_then(Part::string).filter(|url| !url.is_empty());
    entry.location = entry.location.take().or(redirect);
    entry.json = content.and_then(json);
    entry
}

/// `[{name: …, value: …}]`
fn pairs(list: Option<Part<'_>>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    if let Some(list) = list {
        list.each(|entry| {
            let [name, value] = entry.members(["name", "value"]);
            if let Some(name) = name.and_then(Part::string) {
                found.push((name, value.and_then(Part::shown).unwrap_or_default()));
            }
            if found.len() == MOST_HEADERS { Enough::Yes } else { Enough::No }
        });
    }
    found
}

/// The body: its text, or else its parameters.
fn body(post: Part<'_>, entry: &mut Entry) {
    let [media, text, params, encoding] = post.members(["mimeType", "text", "params", "encoding"]);
    if let Some(text) = text.filter(|text| text.text().len() > LONGEST_BODY) {
        entry.losses.push(format!("a body of about {} bytes", text.text().len()));
        return;
    }
    let media = media.and_then(Part::string).unwrap_or_default().to_ascii_lowercase();
    let text = text.and_then(Part::string).filter(|text| !text.is_empty());
    if let Some(text) = text {
        let bytes = encoding.and_then(Part::string).filter(|encoding| encoding == "base64");
        let bytes = bytes.and_then(|_| BASE64_STANDARD.decode(&text).ok());
        let json = exactly(&text).filter(|_| media.contains("json") && !text.contains('\n'));
        entry.request.body = Some(match (bytes, json) {
            (Some(bytes), _) => String::from_utf8(bytes)
                .map_or_else(|error| Body::Bytes(error.into_bytes()), |text| Body::Text(text.into())),
            (None, Some(json)) => Body::Json(Yaml::json(&json)),
            (None, None) => Body::Text(text.into()),
        });
        return;
    }
    let is_multipart = media.starts_with("multipart/");
    let (mut form, mut parts) = (Vec::new(), Vec::new());
    for param in params.map(Part::items).unwrap_or_default().into_iter().take(MOST_HEADERS) {
        let [name, value, file, content_type] = param.members(["name", "value", "fileName", "contentType"]);
        let name = name.and_then(Part::string).unwrap_or_default();
        let value = value.and_then(Part::shown).unwrap_or_default();
        if let Some(file) = file.and_then(Part::string) {
            entry.losses.push(format!("the file {file:?} of the field {name:?}; a recording does not keep it"));
        } else if is_multipart {
            let content_type = content_type.and_then(Part::string).filter(|kind| !kind.is_empty()).map(Text::from);
            parts.push(FormPart {
                name: name.into(),
                content: Content::Text(value.into()),
                filename: None,
                content_type,
            });
        } else {
            form.push((Text::from(name), Text::from(value)));
        }
    }
    if !parts.is_empty() {
        // The boundary is another one each time.
        entry.request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        entry.request.body = Some(Body::Multipart(parts));
    } else if !form.is_empty() {
        entry.request.body = Some(Body::Form(form));
    }
}

/// An answer's body, where it says that it is JSON, and is.
fn json(content: Part<'_>) -> Option<Json> {
    let [media, text, encoding] = content.members(["mimeType", "text", "encoding"]);
    media?.string().filter(|media| media.to_ascii_lowercase().contains("json"))?;
    let text = text.filter(|text| text.text().len() <= LONGEST_ANSWER)?.string()?;
    if encoding.and_then(Part::string).as_deref() == Some("base64") {
        return serde_json::from_slice(&BASE64_STANDARD.decode(text.trim()).ok()?).ok();
    }
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
}
