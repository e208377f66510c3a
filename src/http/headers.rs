//! The headers of one hop: the test's own, what options ask for, and the defaults.
//!
//! Owns: which header goes out where. Does not: choose the test's headers (see `test`), write them (ureq does).

use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::fault::TransportError;
use crate::exchange::authorization::{Auth, Authorization, Unsigned};
use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::response;
use crate::exchange::url::Target;
use crate::secrets::is_secret_header;

/// What `User-Agent` says unless a test says otherwise.
pub const USER_AGENT: &str = concat!("resttest/", env!("CARGO_PKG_VERSION"));

/// The method that a request goes out with.
pub(super) fn effective_method(request: &Request) -> &str {
    request.options.method.as_deref().unwrap_or_else(|| request.options.method_of(&request.method))
}

/// What stands in place of a method is none.
pub(super) fn no_method(method: &str) -> TransportError {
    TransportError::new(ErrorKind::Option, format!("\"{method}\" is not a method"))
}

/// Whether this method says how long its body is even if it has none.
pub(super) fn needs_length(method: &str) -> bool {
    matches!(method, "POST" | "PUT" | "PATCH")
}

/// Where this hop goes and what it carries.
pub(super) struct Hop<'a> {
    pub target: &'a Target,
    pub method: &'a str,
    pub body: Option<&'a [u8]>,
    /// Authentication keeps the body back until the server has asked for it.
    pub is_withheld: bool,
    /// A redirect took the body away.
    pub body_dropped: bool,
    /// A redirect led to another origin, and credentials may not follow.
    pub foreign: bool,
    /// A redirect led to another host, whose name is not the one that a `Host` of the test's own gives.
    pub other_host: bool,
    pub referer: Option<&'a str>,
    /// `name=value; …` kept from earlier answers.
    pub kept_cookies: String,
    pub keep_alive: bool,
    pub proxy_credentials: Option<&'a (String, String)>,
}

impl Hop<'_> {
    /// What it is to who hears of it.
    pub fn told(&self) -> response::Hop {
        response::Hop {
            method: self.method.to_owned(),
            url: self.target.uri.clone(),
            has_body: self.body.is_some_and(|body| !body.is_empty()),
            ..response::Hop::default()
        }
    }

    /// The request without its headers, as what signs it sees it.
    pub fn unsigned(&self) -> Unsigned<'_> {
        Unsigned {
            method: self.method,
            https: self.target.https,
            origin: self.target.origin(),
            authority: self.target.authority(),
            path_and_query: self.target.path_and_query(),
            headers: &[],
            body: self.body.unwrap_or_default(),
            is_withheld: self.is_withheld,
            date: SystemTime::now(),
        }
    }
}

/// All headers but `Host`, which ureq writes unless it is here.
pub(super) fn build(request: &Request, hop: &Hop<'_>) -> Result<HeaderMap, TransportError> {
    let options = &*request.options;
    let mut map = HeaderMap::with_capacity(request.headers.len() + 8);
    for (name, value) in &request.headers {
        if !is_held_back(name, value, hop) {
            map.append(parse_name(name)?, parse_value(name, value)?);
        }
    }
    add_lines(&options.headers, hop, &mut map)?;
    let suppressed = |name: &str| request.suppressed.iter().any(|held| held == name);

    let takes_credentials = !suppressed("authorization");
    // Where authentication signs, nothing else stands in its place.
    let is_signed = request.auth.is_some() && !hop.foreign;
    if takes_credentials && !hop.foreign && !is_signed {
        add_credentials(request, &mut map)?;
    }
    if let Some((name, password)) = hop.target.userinfo.as_ref().filter(|_| takes_credentials && !is_signed) {
        map.entry(header::AUTHORIZATION).or_insert_with(|| basic(name, password));
    }
    if let Some((name, password)) = hop.proxy_credentials {
        map.entry(header::PROXY_AUTHORIZATION).or_insert_with(|| basic(name, password));
    }
    match &options.user_agent {
        _ if suppressed("user-agent") => {}
        Some(agent) if agent.is_empty() => {}
        Some(agent) => default(&mut map, header::USER_AGENT, agent)?,
        None => {
            map.entry(header::USER_AGENT).or_insert(HeaderValue::from_static(USER_AGENT));
        }
    }
    if !suppressed("accept") {
        map.entry(header::ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    }
    let optional = [
        (header::ACCEPT_ENCODING, options.accept_encoding.as_deref()),
        (header::REFERER, hop.referer.or(options.referer.as_deref())),
        (header::COOKIE, options.cookie.as_ref().filter(|_| !hop.foreign).map(|cookie| cookie.0.as_str())),
    ];
    for (name, value) in optional {
        if let Some(value) = value.filter(|_| !suppressed(name.as_str())) {
            default(&mut map, name, value)?;
        }
    }
    if let Some(range) = options.range.as_ref().filter(|_| !suppressed("range")) {
        default(&mut map, header::RANGE, &format!("bytes={range}"))?;
    }
    // A test's own cookies stand for all of a jar.
    let is_own = request.jar.is_some() && (map.contains_key(header::COOKIE) || suppressed("cookie"));
    if !hop.kept_cookies.is_empty() && !is_own {
        let own = map.get(header::COOKIE).map(|own| String::from_utf8_lossy(own.as_bytes()).into_owned());
        let all = own.map_or_else(|| hop.kept_cookies.clone(), |own| format!("{own}; {}", hop.kept_cookies));
        map.insert(header::COOKIE, parse_value("cookie", &all)?);
    }
    if !hop.keep_alive {
        map.entry(header::CONNECTION).or_insert(HeaderValue::from_static("close"));
    }
    check_length(hop, &mut map)?;
    let framed = map.contains_key(header::CONTENT_LENGTH) || map.contains_key(header::TRANSFER_ENCODING);
    if let Some(body) = hop.body.filter(|_| !framed) {
        map.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    if let Some(Authorization(auth)) = request.auth.as_ref().filter(|_| !hop.foreign) {
        sign(&**auth, request, hop, &mut map)?;
    }
    add_trace(request, hop, &mut map)?;
    Ok(map)
}

/// Says which trace it belongs to, unless the test does; what signs a request does not sign this.
fn add_trace(request: &Request, hop: &Hop<'_>, map: &mut HeaderMap) -> Result<(), TransportError> {
    const LINES: [&str; 2] = ["traceparent", "tracestate"];
    let lines = request.trace.as_ref().and_then(|trace| trace.lines(hop.target, !hop.other_host));
    let Some((parent, state)) = lines.filter(|_| !map.contains_key(LINES[0])) else { return Ok(()) };
    for (name, value) in LINES.into_iter().zip([Some(parent.as_str()), state]) {
        if let Some(value) = value.filter(|_| request.suppressed.iter().all(|held| held != name)) {
            default(map, HeaderName::from_static(name), value)?;
        }
    }
    Ok(())
}

/// Puts the lines of its authentication into a request, unless the test has them itself.
fn sign(auth: &dyn Auth, request: &Request, hop: &Hop<'_>, map: &mut HeaderMap) -> Result<(), TransportError> {
    let has_own = |name: &str| map.contains_key(name) || request.suppressed.iter().any(|held| held == name);
    if auth.header().is_some_and(has_own) {
        return Ok(());
    }
    let host = map.get(header::HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned());
    let others = map.iter().filter(|(name, _)| **name != header::HOST);
    let headers: Vec<(&str, &[u8])> = others.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let unsigned =
        Unsigned { headers: &headers, authority: host.as_deref().unwrap_or(hop.target.authority()), ..hop.unsigned() };
    let lines = auth.sign(&unsigned).map_err(|message| TransportError::new(ErrorKind::Auth, message))?;
    for (name, value) in lines {
        let mut parsed = parse_value(&name, &value)?;
        parsed.set_sensitive(true);
        map.insert(parse_name(&name)?, parsed);
    }
    Ok(())
}

/// A `Content-Length` of the test's own must be true: what follows on the connection would be taken for a
/// part of the body, or the server would wait for what never comes. One that stands over no body at all,
/// as in files copied from another test, is left out.
fn check_length(hop: &Hop<'_>, map: &mut HeaderMap) -> Result<(), TransportError> {
    let length = hop.body.map_or(0, <[u8]>::len);
    let is_true = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.trim().parse() == Ok(length));
    if map.get_all(header::CONTENT_LENGTH).iter().all(is_true) {
        return Ok(());
    }
    if length == 0 {
        map.remove(header::CONTENT_LENGTH);
        return Ok(());
    }
    let message = format!("the Content-Length header is wrong: the body has {length} bytes; leave the header out");
    Err(TransportError::new(ErrorKind::Option, message))
}

/// Whether a redirect keeps one of the test's headers from this hop.
fn is_held_back(name: &str, value: &str, hop: &Hop<'_>) -> bool {
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if hop.foreign && is_secret_header(name) || hop.other_host && is("host") {
        return true;
    }
    // libcurl's own Content-Type goes with the body, one that was asked for stays.
    let default_type = || is("content-type") && value == "application/x-www-form-urlencoded";
    hop.body_dropped && (is("content-length") || is("transfer-encoding") || default_type())
}

/// libcurl's header lines: `Name: value` sets, `Name:` removes, `Name;` sends it empty.
fn add_lines(lines: &[String], hop: &Hop<'_>, map: &mut HeaderMap) -> Result<(), TransportError> {
    for line in lines {
        let (name, value) = match (line.split_once(':'), line.strip_suffix(';')) {
            (Some((name, value)), _) if value.trim().is_empty() => {
                map.remove(parse_name(name)?);
                continue;
            }
            (Some((name, value)), _) => (name, value.trim()),
            (None, Some(name)) => (name, ""),
            (None, None) => {
                // The rest may be a value that nobody is to see.
                let line = line.split_whitespace().next().unwrap_or_default();
                let message = format!("curl option httpheader: \"{line} …\" is not \"Name: value\"");
                return Err(TransportError::new(ErrorKind::Option, message));
            }
        };
        if !is_held_back(name, value, hop) {
            map.insert(parse_name(name)?, parse_value(name, value)?);
        }
    }
    Ok(())
}

fn add_credentials(request: &Request, map: &mut HeaderMap) -> Result<(), TransportError> {
    if map.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let options = &*request.options;
    if let (None, Some(bearer)) = (&request.basic_auth, &options.bearer) {
        map.insert(header::AUTHORIZATION, parse_value("authorization", &format!("Bearer {}", bearer.0))?);
        return Ok(());
    }
    // The options come after the test's own login, and replace the part that they name.
    let own = request.basic_auth.as_ref();
    let name = options.username.as_deref().or(own.map(|(name, _)| name.as_str())).unwrap_or_default();
    let password = options.password.as_ref().map(|password| password.0.as_str());
    let password = password.or(own.map(|(_, password)| password.as_str())).unwrap_or_default();
    if !name.is_empty() || !password.is_empty() {
        map.insert(header::AUTHORIZATION, basic(name, password));
    }
    Ok(())
}

fn default(map: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), TransportError> {
    if !map.contains_key(&name) {
        let value = parse_value(name.as_str(), value)?;
        map.insert(name, value);
    }
    Ok(())
}

fn basic(name: &str, password: &str) -> HeaderValue {
    let text = format!("Basic {}", BASE64_STANDARD.encode(format!("{name}:{password}")));
    let mut value = HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Basic"));
    value.set_sensitive(true);
    value
}

fn parse_name(name: &str) -> Result<HeaderName, TransportError> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| TransportError::new(ErrorKind::Option, format!("{name:?} is not a header name")))
}

fn parse_value(name: &str, value: &str) -> Result<HeaderValue, TransportError> {
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
        // The value itself is not shown: it may be a secret.
        let what = if value.contains(['\r', '\n']) { "a line break" } else { "a control character" };
        TransportError::new(ErrorKind::Option, format!("the value of header \"{name}\" contains {what}"))
    })
}
