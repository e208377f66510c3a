//! Links of an answer that lead back to the server which gave it.
//!
//! Owns: finding them, in which headers they stand, what takes their place. Does not: know files.

use std::borrow::Cow;

use super::exchange::Answer;
use crate::exchange::url::{Treatment, target_with};

/// Where links lead: an origin, and its host alone.
#[derive(Debug, Clone, Copy)]
pub struct Place<'p> {
    /// `scheme://host[:port]`.
    pub origin: &'p str,
    /// Without its port.
    pub host: &'p str,
}

impl<'p> Place<'p> {
    /// The place of an origin.
    pub fn of(origin: &'p str) -> Place<'p> {
        let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let bare = authority.rsplit_once(':').map_or(authority, |(host, port)| {
            if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
        });
        Place { origin, host: bare }
    }
}

/// A text with the links to one place leading to another; borrowed where there are none.
pub fn redirected<'t>(text: &'t str, from: &str, to: &str) -> Cow<'t, str> {
    let mut out = String::new();
    let mut kept = 0;
    // Some write JSON with `\/`.
    let escaped = from.replace('/', "\\/");
    for (at, _) in text.match_indices("http") {
        let rest = &text[at..];
        let length =
            [from, escaped.as_str()].iter().find(|origin| begins_with(rest, origin)).map(|origin| origin.len());
        let Some(length) = length.filter(|_| at >= kept) else { continue };
        out.push_str(&text[kept..at]);
        out.push_str(to);
        kept = at + length;
        kept += default_port(from).filter(|port| text[kept..].starts_with(*port)).map_or(0, str::len);
    }
    if kept == 0 {
        return text.into();
    }
    out.push_str(&text[kept..]);
    out.into()
}

/// Whether a text begins with an origin, and not with one whose name only begins so.
fn begins_with(text: &str, origin: &str) -> bool {
    let Some(head) = text.get(..origin.len()).filter(|head| head.eq_ignore_ascii_case(origin)) else { return false };
    let mut rest = &text[head.len()..];
    if let Some(port) = default_port(origin) {
        rest = rest.strip_prefix(port).unwrap_or(rest);
    }
    !origin.is_empty() && !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | ':' | '@' | '_'))
}

/// The port that may be written behind an origin that has none.
fn default_port(origin: &str) -> Option<&'static str> {
    let (scheme, rest) = origin.split_once(':')?;
    let has_port = rest.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    match scheme.to_ascii_lowercase().as_str() {
        _ if has_port => None,
        "https" => Some(":443"),
        "http" => Some(":80"),
        _ => None,
    }
}

/// An answer of one place whose links and cookies lead to another.
pub fn localized(answer: &mut Answer, from: &str, to: Place<'_>) {
    let home = Place::of(from);
    for (name, value) in &mut answer.headers {
        if name.eq_ignore_ascii_case("set-cookie")
            && let Some(own) = with_domain(value, home.host, to.host)
        {
            *value = own;
        } else if let Cow::Owned(own) = redirected(value, from, to.origin) {
            *value = own;
        }
    }
    if let Ok(text) = std::str::from_utf8(&answer.body)
        && let Cow::Owned(own) = redirected(text, from, to.origin)
    {
        answer.body = own.into_bytes();
    }
}

/// A cookie of a host as one of another: its domain is that one.
pub fn with_domain(cookie: &str, host: &str, other: &str) -> Option<String> {
    let mut found = false;
    let parts: Vec<Cow<'_, str>> = cookie
        .split(';')
        .map(|part| match part.split_once('=') {
            Some((name, domain)) if name.trim().eq_ignore_ascii_case("domain") => {
                let bare = domain.trim().trim_start_matches('.').to_ascii_lowercase();
                let host = host.to_ascii_lowercase();
                let is_own = host == bare || host.strip_suffix(&bare).is_some_and(|rest| rest.ends_with('.'));
                found |= is_own;
                if is_own { format!("{name}={other}").into() } else { part.into() }
            }
            _ => part.into(),
        })
        .collect();
    found.then(|| parts.join(";"))
}

/// The origin of a URL: `https://api.example.com`; nothing where it is no URL that can be sent.
pub fn origin(url: &str) -> Option<String> {
    let target = target_with(url, Treatment { path_as_is: true, encode_spaces: true }).ok()?;
    let scheme = if target.https { "https" } else { "http" };
    Some(format!("{scheme}://{}", target.authority()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_elsewhere() {
        for (text, expected) in [
            ("https://a.test/x", "$M/x"),
            ("https://a.test", "$M"),
            ("{\"u\":\"https:\\/\\/a.test\\/x\"}", "{\"u\":\"$M\\/x\"}"),
            ("<https://a.test/?p=2>; rel=next, <https://a.test:443/?p=3>", "<$M/?p=2>; rel=next, <$M/?p=3>"),
            ("HTTPS://A.test/x", "HTTPS://A.test/x"),
            ("https://A.test/x", "$M/x"),
            (
                "https://a.test.evil/ https://a.tests https://a.test:8443/",
                "https://a.test.evil/ https://a.tests https://a.test:8443/",
            ),
            ("http://a.test/", "http://a.test/"),
            ("httphttps://a.test/é", "http$M/é"),
            ("", ""),
        ] {
            assert_eq!(redirected(text, "https://a.test", "$M"), expected, "{text}");
        }
        assert_eq!(redirected("http://a:80/ http://a:8/", "http://a:8", "$M"), "http://a:80/ $M/");
    }

    #[test]
    fn cookies_are_those_of_the_other_host() {
        for (cookie, expected) in [
            ("a=b; Domain=api.test; Path=/", Some("a=b; Domain=h; Path=/")),
            ("a=b; domain=.test", Some("a=b; domain=h")),
            ("a=b; Domain=other.test", None),
            ("a=b", None),
        ] {
            assert_eq!(with_domain(cookie, "api.test", "h").as_deref(), expected, "{cookie}");
        }
        assert_eq!((Place::of("http://a:8").host, Place::of("http://[::1]:8").host), ("a", "[::1]"));
        assert_eq!(Place::of("http://[::1]").host, "[::1]");
    }
}
