//! URLs as text: joining a test's URL to its base, and what libcurl makes of a URL before sending it.
//!
//! Owns: `target` (libcurl's clean-up), `redirect`; `join` is Python's `urllib.parse.urljoin`;
//! `schemeless`, what is said of a URL without a scheme.
//! Does not: look names up, open anything (see `http`), fill in templates (see `template`).

mod join;
mod scheme;

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

pub use join::join;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
pub use scheme::schemeless;

/// All but what RFC 3986 calls unreserved: a space is `%20`, which every server reads, wherever it stands.
pub const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL that can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `scheme://host[:port]/path[?query]`: no userinfo, no fragment.
    pub uri: String,
    /// Whether the scheme is https.
    pub https: bool,
    /// Name and password from the URL, percent-decoded.
    pub userinfo: Option<(String, String)>,
    /// The port, the scheme's own if none is written.
    pub port: u16,
    host_start: usize,
    host_end: usize,
    path_start: usize,
}

impl Target {
    /// The host as written; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.uri[self.host_start..self.host_end]
    }

    /// `scheme://host[:port]`.
    pub fn origin(&self) -> &str {
        &self.uri[..self.path_start]
    }

    /// `host[:port]`, as a `Host` header has it.
    pub fn authority(&self) -> &str {
        &self.uri[self.host_start..self.path_start]
    }

    /// The same place with one more parameter in its query.
    pub fn with_parameter(mut self, (name, value): (&str, &str)) -> Target {
        let mark = if self.path_and_query().contains('?') { '&' } else { '?' };
        self.uri.push(mark);
        self.uri.extend(utf8_percent_encode(name, UNRESERVED));
        self.uri.push('=');
        self.uri.extend(utf8_percent_encode(value, UNRESERVED));
        self
    }

    /// Path and query, beginning with `/`.
    pub fn path_and_query(&self) -> &str {
        &self.uri[self.path_start..]
    }

    /// The same place under another host, with or without a port; nothing if that is no host.
    pub fn under(&self, host: &str) -> Option<Target> {
        let scheme = if self.https { "https" } else { "http" };
        let treatment = Treatment { path_as_is: true, encode_spaces: true };
        target_with(&format!("{scheme}://{host}{}", self.path_and_query()), treatment).ok()
    }

    /// Whether both go to the same scheme, host and port: credentials may follow.
    pub fn same_origin(&self, other: &Target) -> bool {
        self.https == other.https && self.port == other.port && self.host().eq_ignore_ascii_case(other.host())
    }
}

/// The part of a URL that names its origin, and whoever asks.
pub fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// How `target` treats what libcurl has options for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Treatment {
    /// `path_as_is`: leave `/./` and `/../` alone.
    pub path_as_is: bool,
    /// Encode spaces instead of refusing them, as libcurl does with a `Location`.
    pub encode_spaces: bool,
}

/// [`target_with`] libcurl's defaults.
#[cfg(test)]
pub fn target(url: &str) -> Result<Target, String> {
    target_with(url, Treatment::default())
}

/// Cleans a URL up as libcurl does.
///
/// # Errors
/// It cannot be sent: what stands in the way, and what to write instead.
pub fn target_with(url: &str, treatment: Treatment) -> Result<Target, String> {
    if url.is_empty() {
        return Err("the url is empty".to_owned());
    }
    let is_refused = |byte: u8| byte.is_ascii_control() || (byte == b' ' && !treatment.encode_spaces);
    if let Some(found) = url.bytes().find(|byte| is_refused(*byte)) {
        return Err(refused_character(char::from(found)));
    }
    let (https, rest) = split_scheme(url)?;
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (userinfo, host_port) = match authority.split_once('@') {
        Some((user, host)) => (Some(split_userinfo(user)), host),
        None => (None, authority),
    };
    let (host, port) = split_port(host_port)?;
    let host = clean_host(host)?;
    let default_port = if https { 443 } else { 80 };

    let mut uri = String::with_capacity(url.len() + 8);
    uri.push_str(if https { "https://" } else { "http://" });
    let host_start = uri.len();
    uri.push_str(&host);
    let host_end = uri.len();
    if let Some(port) = port {
        uri.push(':');
        uri.push_str(&port.to_string());
    }
    let path_start = uri.len();
    let tail = tail.split_once('#').map_or(tail, |(before, _)| before);
    let (path, query) = match tail.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (tail, None),
    };
    if path.is_empty() {
        uri.push('/');
    } else if treatment.path_as_is || !has_dot_segment(path) {
        encode(path, true, &mut uri);
    } else {
        let mut clean = String::with_capacity(path.len());
        encode(path, true, &mut clean);
        remove_dot_segments(&clean, &mut uri);
    }
    if let Some(query) = query {
        uri.push('?');
        encode(query, false, &mut uri);
    }
    Ok(Target { uri, https, userinfo, port: port.unwrap_or(default_port), host_start, host_end, path_start })
}

/// Where a `Location` leads from `current`.
///
/// # Errors
/// As [`target`].
pub fn redirect(current: &Target, location: &str) -> Result<Target, String> {
    let treatment = Treatment { path_as_is: false, encode_spaces: true };
    let location = location.trim();
    let path_and_query = current.path_and_query();
    let path = path_and_query.split_once('?').map_or(path_and_query, |(path, _)| path);
    let absolute = if has_scheme(location) {
        Cow::Borrowed(location)
    } else if location.starts_with("//") {
        Cow::Owned(format!("{}:{location}", if current.https { "https" } else { "http" }))
    } else if location.starts_with('/') {
        Cow::Owned(format!("{}{location}", current.origin()))
    } else if location.is_empty() || location.starts_with('#') {
        Cow::Borrowed(current.uri.as_str())
    } else if location.starts_with('?') {
        Cow::Owned(format!("{}{path}{location}", current.origin()))
    } else {
        let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
        Cow::Owned(format!("{}{folder}{location}", current.origin()))
    };
    target_with(&absolute, treatment)
}

/// `localhost` and all below it never leave this machine (RFC 6761), whatever a name server says. In lower case.
pub fn is_loopback(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_suffix("localhost").is_some_and(|rest| rest.is_empty() || rest.ends_with('.') && rest.len() > 1)
}

fn refused_character(found: char) -> String {
    match found {
        ' ' => "a space cannot stand in a url; write it as %20".to_owned(),
        '\t' => "a tab cannot stand in a url; write it as %09".to_owned(),
        '\n' => "a line break cannot stand in a url; write it as %0A".to_owned(),
        other => {
            format!("the control character U+{:04X} cannot stand in a url; write it as %{0:02X}", u32::from(other))
        }
    }
}

/// `name:/` as libcurl looks for it when it may also guess.
fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
            && rest.starts_with('/')
    })
}

fn split_scheme(url: &str) -> Result<(bool, &str), String> {
    if !has_scheme(url) {
        if url.starts_with('/') {
            return Err("the url names no host".to_owned());
        }
        return Ok((false, url));
    }
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let https = match scheme {
        _ if scheme.eq_ignore_ascii_case("http") => false,
        _ if scheme.eq_ignore_ascii_case("https") => true,
        other => return Err(format!("unsupported scheme \"{other}\"; only http and https are known")),
    };
    // libcurl takes one to three slashes.
    let slashes = rest.bytes().take(3).take_while(|b| *b == b'/').count();
    Ok((https, &rest[slashes..]))
}

fn split_userinfo(text: &str) -> (String, String) {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    (percent_decode(user), percent_decode(password))
}

fn split_port(host_port: &str) -> Result<(&str, Option<u16>), String> {
    let after_bracket = match host_port.rfind(']') {
        Some(at) => at + 1,
        None if host_port.starts_with('[') => host_port.len(),
        None => 0,
    };
    let Some(colon) = host_port[after_bracket..].find(':').map(|at| at + after_bracket) else {
        return Ok((host_port, None));
    };
    let (host, port) = (&host_port[..colon], &host_port[colon + 1..]);
    if port.is_empty() {
        return Ok((host, None));
    }
    let number = if port.bytes().all(|b| b.is_ascii_digit()) { port.parse::<u16>().ok() } else { None };
    match number {
        Some(number) => Ok((host, Some(number))),
        None => Err(format!("port \"{port}\" is not a number from 0 to 65535")),
    }
}

fn clean_host(host: &str) -> Result<Cow<'_, str>, String> {
    if host.is_empty() {
        return Err("the url names no host".to_owned());
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').unwrap_or(inner);
        let plain = address.split_once('%').map_or(address, |(address, _)| address);
        return match plain.parse::<Ipv6Addr>() {
            Ok(parsed) if inner.ends_with(']') => Ok(Cow::Owned(format!("[{parsed}]"))),
            _ => Err(format!("\"{host}\" is not an IPv6 address")),
        };
    }
    let decoded = if host.contains('%') { Cow::Owned(percent_decode(host)) } else { Cow::Borrowed(host) };
    if !decoded.is_ascii() {
        return Err(format!("host \"{decoded}\" is not ASCII; write its xn-- form"));
    }
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+&()%|".contains(&byte);
    if let Some(bad) = decoded.bytes().find(|byte| !is_allowed(*byte)) {
        return Err(format!("'{}' cannot stand in a host name", char::from(bad)));
    }
    // Four decimal numbers need no change; what Rust does not take for an address may still be one to libcurl.
    if decoded.parse::<Ipv4Addr>().is_ok() {
        return Ok(decoded);
    }
    match numeric_ipv4(&decoded) {
        Some(address) => Ok(Cow::Owned(address.to_string())),
        None => Ok(decoded),
    }
}

/// `127.1`, `0x7f000001`, `2130706433`: numbers that libcurl reads as an IPv4 address.
pub fn numeric_ipv4(host: &str) -> Option<Ipv4Addr> {
    if !host.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut numbers: Vec<u64> = Vec::with_capacity(4);
    for part in host.split('.') {
        let number = if let Some(hex) = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            u64::from_str_radix(hex, 16).ok()?
        } else if part.len() > 1 && part.starts_with('0') {
            u64::from_str_radix(part, 8).ok()?
        } else if part.bytes().all(|b| b.is_ascii_digit()) {
            part.parse().ok()?
        } else {
            return None;
        };
        numbers.push(number);
    }
    let (last, firsts) = numbers.split_last()?;
    if firsts.len() > 3 || firsts.iter().any(|n| *n > 255) {
        return None;
    }
    let room = 8 * (4 - firsts.len() as u32);
    if *last >= 1u64 << room {
        return None;
    }
    let high = firsts.iter().enumerate().fold(0u64, |sum, (at, n)| sum | n << (24 - 8 * at));
    u32::try_from(high | last).ok().map(Ipv4Addr::from)
}

/// What cannot go out raw, besides all that is not ASCII.
const NEVER_RAW: &AsciiSet = &AsciiSet::EMPTY.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`');

/// Percent-encodes what cannot go out raw; in the path also upper-cases the triplets, as libcurl does.
fn encode(text: &str, upper: bool, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('%').filter(|_| upper) {
        out.extend(utf8_percent_encode(&rest[..at], NEVER_RAW));
        out.push('%');
        rest = &rest[at + 1..];
        if let Some(hex) = rest.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            out.push_str(&hex.to_ascii_uppercase());
            rest = &rest[2..];
        }
    }
    out.extend(utf8_percent_encode(rest, NEVER_RAW));
}

fn dots(segment: &str) -> usize {
    match segment {
        "." => 1,
        ".." => 2,
        _ if segment.eq_ignore_ascii_case("%2e") => 1,
        _ if segment.eq_ignore_ascii_case(".%2e") => 2,
        _ if segment.eq_ignore_ascii_case("%2e.") || segment.eq_ignore_ascii_case("%2e%2e") => 2,
        _ => 0,
    }
}

fn has_dot_segment(path: &str) -> bool {
    path.bytes().any(|byte| matches!(byte, b'.' | b'%')) && path.split('/').any(|segment| dots(segment) > 0)
}

fn remove_dot_segments(path: &str, out: &mut String) {
    let mut kept: Vec<&str> = Vec::new();
    let mut open = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        open = true;
        match dots(segment) {
            1 => {}
            2 => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                open = false;
            }
        }
    }
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if open || kept.is_empty() {
        out.push('/');
    }
}

/// A text for a query: all but what RFC 3986 calls unreserved is encoded, a space as `%20`, which every server reads.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Decodes percent-triplets; what is not UTF-8 afterwards is read as ISO-8859-1.
pub fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let out: Vec<u8> = percent_decode_str(text).collect();
    crate::ground::value::decode(&out).into_owned()
}

#[cfg(test)]
mod tests;
