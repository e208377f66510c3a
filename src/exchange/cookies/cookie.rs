//! One cookie: what a `Set-Cookie` asks for, and where it goes.
//!
//! Owns: reading the line, domains and paths. Does not: keep cookies (see `store`), tell HttpOnly cookies apart
//! (nothing here is a script).

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use super::date;
use crate::exchange::url::{Target, is_loopback};
use crate::secrets::Secret;

/// Name and value of a cookie together are at most so many bytes.
const LONGEST_PAIR: usize = 4096;

/// An attribute whose value is longer is ignored.
const LONGEST_ATTRIBUTE: usize = 1024;

/// No cookie is kept for longer than 400 days.
const LONGEST_LIFE: Duration = Duration::from_secs(400 * 86_400);

/// A cookie, and where and until when it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cookie {
    pub name: String,
    pub value: Secret,
    /// In lower case; an IPv6 address with its brackets.
    pub domain: String,
    /// It goes to the host that set it, not to those below.
    pub host_only: bool,
    pub path: String,
    pub secure: bool,
    /// Scripts do not see it: kept for the file's sake.
    pub http_only: bool,
    /// The end of the session, if nothing.
    pub expires: Option<SystemTime>,
}

impl Cookie {
    pub fn is_over(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    pub fn goes_to(&self, target: &Target, now: SystemTime) -> bool {
        let host = target.host().to_ascii_lowercase();
        let fits = if self.host_only { self.domain == host } else { is_within(&host, &self.domain) };
        fits && is_below(path_of(target), &self.path) && (!self.secure || is_confidential(target)) && !self.is_over(now)
    }
}

/// What a `Set-Cookie` of this target asks for; `None` where it asks for what it may not.
pub(super) fn parse(line: &str, target: &Target, now: SystemTime) -> Option<Cookie> {
    if line.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
        return None;
    }
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
    if name.is_empty() || name.len() + value.len() > LONGEST_PAIR {
        return None;
    }
    let host = target.host().to_ascii_lowercase();
    let (mut domain, mut path, mut max_age, mut expires) = (String::new(), None, None, None);
    let (mut secure, mut http_only) = (false, false);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (key.trim(), value.trim());
        if value.len() > LONGEST_ATTRIBUTE {
            continue;
        }
        // Of an attribute that stands twice the last one holds.
        match key.to_ascii_lowercase().as_str() {
            "domain" => domain = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase(),
            "path" => path = Some(value).filter(|path| path.starts_with('/')),
            "secure" => secure = true,
            "httponly" => http_only = true,
            "max-age" => max_age = seconds_of(value).or(max_age),
            "expires" => expires = date::parse(value).or(expires),
            _ => {}
        }
    }
    if secure && !is_confidential(target) {
        return None;
    }
    if !domain.is_empty() && !is_within(&host, &domain) {
        return None;
    }
    // Below a top-level domain (`com`) hosts have nothing in common.
    let is_bare = !domain.contains('.');
    let host_only = domain.is_empty() || domain == host && (is_bare || is_address(&host));
    if is_bare && !host_only {
        return None;
    }
    let has_prefix = |prefix: &str| name.get(..prefix.len()).is_some_and(|have| have.eq_ignore_ascii_case(prefix));
    let is_of_host = domain.is_empty() && path == Some("/");
    if has_prefix("__Secure-") && !secure || has_prefix("__Host-") && !(secure && is_of_host) {
        return None;
    }
    let latest = now.checked_add(LONGEST_LIFE);
    let at_most = |time: Option<SystemTime>| time.map_or(latest, |time| latest.map(|latest| latest.min(time)));
    let expires = match (max_age, expires) {
        (Some(0), _) => Some(SystemTime::UNIX_EPOCH),
        (Some(seconds), _) => at_most(now.checked_add(Duration::from_secs(seconds))),
        (None, Some(date)) => at_most(Some(date)),
        (None, None) => None,
    };
    let path = path.unwrap_or_else(|| default_path(path_of(target))).to_owned();
    let domain = if host_only { host } else { domain };
    Some(Cookie { name, value: Secret(value), domain, host_only, path, secure, http_only, expires })
}

/// Seconds of a `Max-Age`: nothing and less is 0, what is no number is no attribute.
fn seconds_of(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(if digits.len() < text.len() { 0 } else { digits.parse().unwrap_or(u64::MAX) })
}

/// The path of a target, without its query.
fn path_of(target: &Target) -> &str {
    let path = target.path_and_query();
    path.split_once('?').map_or(path, |(path, _)| path)
}

/// The folder of the path that sets a cookie without `Path`.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(end) => &path[..end],
    }
}

/// Whether a cookie of the path `folder` goes to `path`.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || folder.ends_with('/') || rest.starts_with('/'))
}

/// Whether `host` is `domain` or below it; both in lower case.
pub(super) fn is_within(host: &str, domain: &str) -> bool {
    host == domain || !is_address(host) && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

pub(super) fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok()
}

/// Whether nobody listens on the way: https, or no way at all.
pub(super) fn is_confidential(target: &Target) -> bool {
    let host = target.host().to_ascii_lowercase();
    let is_own = host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()) || host == "[::1]";
    target.https || is_own || is_loopback(&host)
}
