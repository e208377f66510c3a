//! Python's `urllib.parse.urljoin`, quirks included.
//!
//! Owns: splitting, joining and putting together as Python 3.11 does it. Does not: refuse anything (see `target`).

use std::borrow::Cow;

const USES_RELATIVE: [&str; 16] = [
    "", "ftp", "http", "gopher", "nntp", "imap", "wais", "file", "https", "shttp", "mms", "prospero", "rtsp", "rtspu",
    "sftp", "svn",
];
const ALSO_RELATIVE: [&str; 3] = ["svn+ssh", "ws", "wss"];
const USES_NETLOC: [&str; 24] = [
    "", "ftp", "http", "gopher", "nntp", "telnet", "imap", "wais", "file", "mms", "https", "shttp", "snews",
    "prospero", "rtsp", "rtspu", "rsync", "svn", "svn+ssh", "sftp", "nfs", "git", "git+ssh", "ws",
];
const USES_PARAMS: [&str; 13] =
    ["", "ftp", "hdl", "prospero", "http", "imap", "https", "shttp", "rtsp", "rtspu", "sip", "sips", "mms"];

/// The six parts that Python's `urlparse` gives.
struct Parts<'a> {
    scheme: String,
    netloc: &'a str,
    path: &'a str,
    params: &'a str,
    query: &'a str,
    fragment: &'a str,
}

/// Joins `reference` to `base` exactly as Python's `urllib.parse.urljoin` does.
pub fn join(base: &str, reference: &str) -> String {
    if base.is_empty() {
        return reference.to_owned();
    }
    if reference.is_empty() {
        return base.to_owned();
    }
    let (clean_base, clean) = (without_unsafe(base), without_unsafe(reference));
    let base = parse(&clean_base, "");
    let url = parse(&clean, &base.scheme);
    let scheme = url.scheme.as_str();
    if scheme != base.scheme || !(USES_RELATIVE.contains(&scheme) || ALSO_RELATIVE.contains(&scheme)) {
        return reference.to_owned();
    }
    let mut netloc = url.netloc;
    if uses_netloc(scheme) {
        if !netloc.is_empty() {
            return unparse(scheme, netloc, url.path, url.params, url.query, url.fragment);
        }
        netloc = base.netloc;
    }
    if url.path.is_empty() && url.params.is_empty() {
        let query = if url.query.is_empty() { base.query } else { url.query };
        return unparse(scheme, netloc, base.path, base.params, query, url.fragment);
    }
    let path = resolve_path(base.path, url.path);
    unparse(scheme, netloc, &path, url.params, url.query, url.fragment)
}

fn uses_netloc(scheme: &str) -> bool {
    USES_NETLOC.contains(&scheme) || scheme == "wss"
}

/// What Python strips from a URL before it looks at it.
fn without_unsafe(url: &str) -> Cow<'_, str> {
    let url = url.trim_start_matches(|c: char| c <= ' ');
    if url.bytes().any(|byte| matches!(byte, b'\t' | b'\r' | b'\n')) {
        Cow::Owned(url.chars().filter(|c| !matches!(c, '\t' | '\r' | '\n')).collect())
    } else {
        Cow::Borrowed(url)
    }
}

fn parse<'a>(url: &'a str, default_scheme: &str) -> Parts<'a> {
    let mut scheme = default_scheme.to_owned();
    let mut rest = url;
    if let Some((head, tail)) = url.split_once(':') {
        let chars_fit = head.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        if head.starts_with(|c: char| c.is_ascii_alphabetic()) && chars_fit {
            scheme = head.to_ascii_lowercase();
            rest = tail;
        }
    }
    let mut netloc = "";
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        (netloc, rest) = after.split_at(end);
    }
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (path, params) = if USES_PARAMS.contains(&scheme.as_str()) { split_params(path) } else { (path, "") };
    Parts { scheme, netloc, path, params, query, fragment }
}

/// The parameters after the first `;` of the last segment.
fn split_params(path: &str) -> (&str, &str) {
    let last = path.rfind('/').unwrap_or(0);
    match path[last..].find(';') {
        Some(at) => (&path[..last + at], &path[last + at + 1..]),
        None => (path, ""),
    }
}

fn resolve_path(base: &str, path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    if path.starts_with('/') {
        segments.extend(path.split('/'));
    } else {
        segments.extend(base.split('/'));
        if segments.last().is_some_and(|last| !last.is_empty()) {
            segments.pop();
        }
        segments.extend(path.split('/'));
        let last = segments.len().saturating_sub(1);
        let mut at = 0;
        segments.retain(|segment| {
            let keep = at == 0 || at >= last || !segment.is_empty();
            at += 1;
            keep
        });
    }
    let mut resolved: Vec<&str> = Vec::with_capacity(segments.len());
    for segment in &segments {
        match *segment {
            ".." => {
                resolved.pop();
            }
            "." => {}
            other => resolved.push(other),
        }
    }
    if matches!(segments.last(), Some(&("." | ".."))) {
        resolved.push("");
    }
    let joined = resolved.join("/");
    if joined.is_empty() { "/".to_owned() } else { joined }
}

fn unparse(scheme: &str, netloc: &str, path: &str, params: &str, query: &str, fragment: &str) -> String {
    let mut path = Cow::Borrowed(path);
    if !params.is_empty() {
        path = Cow::Owned(format!("{path};{params}"));
    }
    let mut out = String::with_capacity(scheme.len() + netloc.len() + path.len() + query.len() + fragment.len() + 8);
    if !scheme.is_empty() {
        out.push_str(scheme);
        out.push(':');
    }
    if !netloc.is_empty() || (!scheme.is_empty() && uses_netloc(scheme) && !path.starts_with("//")) {
        out.push_str("//");
        out.push_str(netloc);
        if !path.is_empty() && !path.starts_with('/') {
            out.push('/');
        }
    }
    out.push_str(&path);
    for (mark, part) in [('?', query), ('#', fragment)] {
        if !part.is_empty() {
            out.push(mark);
            out.push_str(part);
        }
    }
    out
}
