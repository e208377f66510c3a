//! An exchange as the text of a stub, with the bodies that stand in files beside it.
//!
//! Owns: the form of the files. Does not: open them (see `tape`), read them (see `reading`).

use std::borrow::Cow;

use super::exchange::{Answer, Asked, Recorded};
use super::links::{Place, redirected, with_domain};
use crate::convert::{Lines, Yaml};
use crate::report::pretty_json;

/// A body of more bytes stands in a file of its own.
const LONGEST: usize = 4096;

/// What stands in place of the server's own origin, and of its host.
const URL: &str = "$mock_url";
const HOST: &str = "$mock_host";

/// A body beside a stub: its name and its bytes.
pub type Beside = Option<(String, Vec<u8>)>;

/// The text of a file.
pub fn text(recorded: &Recorded, request: &Yaml, answers: &[Yaml]) -> String {
    let mut from = vec![("origin", Yaml::text(&recorded.origin))];
    if !recorded.base_url.is_empty() {
        from.push(("base_url", Yaml::text(&recorded.base_url)));
    }
    let answers = match answers {
        [one] => ("response", one.clone()),
        several => ("responses", Yaml::List(several.to_vec())),
    };
    let mut lines = Lines::default();
    lines.item(0, &Yaml::map([("recorded", Yaml::map(from))]));
    lines.item(0, &Yaml::map([("stub", Yaml::map([("request", request.clone()), answers]))]));
    lines.into_text()
}

/// A request; `stem` names the file of its body.
pub fn request(asked: &Asked, stem: &str) -> (Yaml, Beside) {
    let path = asked.path.replace('{', "%7B").replace('}', "%7D").replace('*', "%2A");
    let mut keys = vec![("method", Yaml::text(&asked.method)), ("path", Yaml::text(path))];
    if !asked.query.is_empty() {
        keys.push(("query", named(asked.query.iter().cloned())));
    }
    keys.push(("query_exact", Yaml::word(true)));
    if !asked.headers.is_empty() {
        keys.push(("headers", named(asked.headers.iter().cloned())));
    }
    let takes_body = matches!(asked.method.as_str(), "POST" | "PUT" | "PATCH");
    let mut beside = None;
    if takes_body || !asked.body.is_empty() {
        let (body, file) = body(&asked.body, &format!("{stem}.request"), None);
        keys.push(("body", Yaml::map([("equals", body)])));
        beside = file;
    }
    (Yaml::map(keys), beside)
}

/// An answer of an origin; `stem` names the file of its body.
pub fn answer(answer: &Answer, origin: &str, stem: &str) -> (Yaml, Beside) {
    let mut keys = vec![("status", Yaml::word(answer.status))];
    let host = Place::of(origin).host;
    let templated = |(name, value): &(String, String)| {
        let doubled = value.replace('$', "$$");
        let cookie = if name.eq_ignore_ascii_case("set-cookie") { with_domain(&doubled, host, HOST) } else { None };
        let own = match redirected(&doubled, origin, URL) {
            Cow::Owned(own) => Some(own),
            Cow::Borrowed(_) => cookie,
        };
        let is_changed = own.is_some();
        ((name.replace('$', "$$"), own.unwrap_or(doubled)), is_changed)
    };
    if answer.headers.iter().any(|header| templated(header).1) {
        let headers = named(answer.headers.iter().map(|header| templated(header).0));
        keys.push(("headers", Yaml::map([("template", headers)])));
    } else if !answer.headers.is_empty() {
        keys.push(("headers", named(answer.headers.iter().cloned())));
    }
    let mut beside = None;
    if !answer.body.is_empty() && !matches!(answer.status, 204 | 304) {
        let (body, file) = body(&answer.body, stem, Some(origin));
        keys.push(("body", body));
        beside = file;
    }
    if answer.retried {
        keys.push(("retried", Yaml::word(true)));
    }
    (Yaml::map(keys), beside)
}

/// Names with their values; those of one name are a list.
fn named(pairs: impl Iterator<Item = (String, String)>) -> Yaml {
    let mut all: Vec<(String, Yaml)> = Vec::new();
    for (name, value) in pairs {
        let value = Yaml::Text(value);
        match all.iter_mut().find(|(have, _)| *have == name) {
            Some((_, Yaml::List(values))) => values.push(value),
            Some((_, first)) => {
                let earlier = std::mem::replace(first, Yaml::List(Vec::new()));
                *first = Yaml::List(vec![earlier, value]);
            }
            None => all.push((name, value)),
        }
    }
    Yaml::Map(all)
}

/// A body as it stands in the stub, and the file beside it that it may need.
fn body(bytes: &[u8], stem: &str, origin: Option<&str>) -> (Yaml, Beside) {
    let file = |ending: &str, bytes: Vec<u8>| {
        let name = format!("{stem}.{ending}");
        (Yaml::text(&name), Some((name, bytes)))
    };
    let as_it_is = |name: Yaml| Yaml::map([("file", name), ("binary", Yaml::word(true))]);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let (name, beside) = file("bin", bytes.to_vec());
        return (as_it_is(name), beside);
    };
    let (text, ending) = match pretty_json(text, false) {
        Some(json) => (Cow::Owned(json), "json"),
        None => (Cow::Borrowed(text), "txt"),
    };
    let template = origin.and_then(|origin| match redirected(&text.replace('$', "$$"), origin, URL) {
        Cow::Owned(template) => Some(template),
        Cow::Borrowed(_) => None,
    });
    match template {
        // A file that is a template has the ends of its lines changed.
        Some(template) if template.len() > LONGEST && !template.contains('\r') => {
            let (name, beside) = file(ending, template.into_bytes());
            (Yaml::map([("template", Yaml::map([("file", name)]))]), beside)
        }
        Some(template) => (Yaml::map([("template", Yaml::text(template))]), None),
        None if text.len() > LONGEST => {
            let (name, beside) = file(ending, text.into_owned().into_bytes());
            (as_it_is(name), beside)
        }
        None => (Yaml::text(text), None),
    }
}
