//! URLs as they may be shown.
//!
//! Owns: where in a URL secrets stand: before its host, and in its query. Does not: know whether it can be sent.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode_str;

use super::REDACTED;
use super::names::is_secret_name;

/// A URL without the name and password that may stand before its host, and without the values of parameters
/// that are called like secrets.
pub fn shown_url(url: &str) -> Cow<'_, str> {
    if !has_room_for_secrets(url) {
        return url.into();
    }
    let mut hidden: Vec<Range<usize>> = Vec::new();
    let host = authority(url);
    if let Some(at) = url[host.clone()].rfind('@') {
        hidden.push(host.start..host.start + at);
    }
    hidden.extend(parameters(url).filter(|(name, value)| is_secret(name, &url[value.clone()])).map(|(_, value)| value));
    if hidden.is_empty() {
        return url.into();
    }
    let mut out = String::with_capacity(url.len());
    let mut at = 0;
    for Range { start, end } in hidden {
        out.push_str(&url[at..start]);
        out.push_str(REDACTED);
        at = end;
    }
    out.push_str(&url[at..]);
    out.into()
}

/// Without one of these there is neither a login nor a parameter: true of nearly every URL.
fn has_room_for_secrets(url: &str) -> bool {
    url.bytes().any(|byte| matches!(byte, b'@' | b'='))
}

/// Name and password before the host of a URL, as written.
pub fn userinfo(url: &str) -> Option<(&str, &str)> {
    if !has_room_for_secrets(url) {
        return None;
    }
    url[authority(url)].rsplit_once('@')?.0.split_once(':')
}

/// The values of parameters that are called like secrets, as written.
pub(super) fn secret_parameters(url: &str) -> impl Iterator<Item = &str> {
    parameters(url)
        .map(|(name, value)| (name, &url[value]))
        .filter(|(name, value)| is_secret(name, value))
        .map(|it| it.1)
}

/// Where the host stands, with what is before it and its port. As in curl, the scheme may be missing.
fn authority(url: &str) -> Range<usize> {
    let scheme = url.find(':').filter(|at| url[at + 1..].starts_with('/')).map_or(0, |at| at + 1);
    let slashes = url[scheme..].bytes().take_while(|byte| *byte == b'/').count();
    let start = if scheme == 0 { 0 } else { scheme + slashes };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    start..end
}

/// Names, and where their values stand, in the query and behind the `#`.
fn parameters(url: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let start = match has_room_for_secrets(url) {
        true => url.find(['?', '#']).map_or(url.len(), |at| at + 1),
        false => url.len(),
    };
    let mut at = start;
    url[start..].split(['&', ';', '#', '?']).filter_map(move |pair| {
        let begin = at;
        at += pair.len() + 1;
        let (name, value) = pair.split_once('=')?;
        let from = begin + name.len() + 1;
        Some((name, from..from + value.len()))
    })
}

/// A number or a boolean is no secret by its name alone, nor is a variable's place in a template.
fn is_secret(name: &str, value: &str) -> bool {
    let is_open = value.is_empty()
        || value.parse::<f64>().is_ok()
        || matches!(value.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "none")
        || value.strip_prefix('$').is_some_and(is_variable);
    !is_open && is_secret_name(&percent_decode_str(name).decode_utf8_lossy())
}

fn is_variable(name: &str) -> bool {
    let bare = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_in_a_url_is_hidden() {
        for (url, shown) in [
            ("http://u:p@h/x?a@b", "http://(redacted)@h/x?a@b"),
            ("http:/u:p@h/x", "http:/(redacted)@h/x"),
            ("u:p@h/x", "(redacted)@h/x"),
            ("http://h/x@y", "http://h/x@y"),
            ("/x@y", "/x@y"),
            ("", ""),
            ("?", "?"),
            ("http://h/?api_key=abc&x=1", "http://h/?api_key=(redacted)&x=1"),
            ("http://h/?x=1&accessToken=a%20b", "http://h/?x=1&accessToken=(redacted)"),
            (
                "http://u:p@h/?x=1;sig=q;signature=abc#token=t0k",
                "http://(redacted)@h/?x=1;sig=q;signature=(redacted)#token=(redacted)",
            ),
            ("http://h/?api%5Fkey=abc", "http://h/?api%5Fkey=(redacted)"),
            (
                "http://h/?max_tokens=200&token=true&keyword=a&author=b",
                "http://h/?max_tokens=200&token=true&keyword=a&author=b",
            ),
            ("http://h/?token=$token&key=${key}&pass=$", "http://h/?token=$token&key=${key}&pass=(redacted)"),
            ("http://h/?token=&key", "http://h/?token=&key"),
            ("http://h/é?tokené=é&token=é", "http://h/é?tokené=é&token=(redacted)"),
        ] {
            assert_eq!(shown_url(url), shown);
        }
    }

    #[test]
    fn what_stands_before_a_host_is_read() {
        assert_eq!(userinfo("http://u:p@h/x"), Some(("u", "p")));
        assert_eq!(userinfo("u:p@h:80"), Some(("u", "p")));
        assert_eq!(userinfo("http://u@h/"), None);
        assert_eq!(userinfo("http://h/a:b@c"), None);
    }
}
