//! An exchange as the text of a stub, with the bodies that stand in files beside it.
//!
//! Owns: the form of the files. Does not: open them (see `tape`), read them (see `reading`).

use std::borrow::Cow;

use super::exchange::{Answer, Asked, Recorded};
use super::layout::for_people;
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

/// Adds an answer to the text of a file, if others stand there on lines of their own.
pub fn add_answer(text: &mut String, answer: &Yaml) -> bool {
    let has_list = text.contains("\n    responses:\n");
    if has_list {
        let mut lines = Lines::default();
        lines.item(3, answer);
        text.push_str(&lines.into_text());
    }
    has_list
}

/// The text of the file of a recording without an answer.
pub fn nothing(base_url: &str) -> String {
    let mut lines = Lines::default();
    lines.item(0, &Yaml::map([("recorded", Yaml::map([("base_url", Yaml::text(base_url))]))]));
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
        let kept = body(&asked.body, &format!("{stem}.request"), None);
        keys.push(("body", Yaml::map([("equals", kept.yaml)])));
        beside = kept.beside;
    }
    (Yaml::map(keys), beside)
}

/// An answer of an origin; `stem` names the file of its body.
pub fn answer(answer: &Answer, origin: &str, stem: &str) -> (Yaml, Beside) {
    let mut keys = match answer.lost {
        Some(lost) => vec![("fault", Yaml::word(lost.word()))],
        None => vec![("status", Yaml::word(answer.status))],
    };
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
        let kept = body(&answer.body, stem, Some(origin));
        keys.push(("body", kept.yaml));
        keys.extend(kept.layout.map(|word| ("layout", Yaml::word(word))));
        beside = kept.beside;
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

/// A body as it is kept.
struct Kept {
    /// As it stands in the stub.
    yaml: Yaml,
    /// The file beside it that it may need.
    beside: Beside,
    /// How its JSON was laid out.
    layout: Option<&'static str>,
}

fn body(bytes: &[u8], stem: &str, origin: Option<&str>) -> Kept {
    let file = |ending: &str, bytes: Vec<u8>| {
        let name = format!("{stem}.{ending}");
        (Yaml::text(&name), Some((name, bytes)))
    };
    let as_it_is = |name: Yaml| Yaml::map([("file", name), ("binary", Yaml::word(true))]);
    let Ok(text) = std::str::from_utf8(bytes) else {
        let (name, beside) = file("bin", bytes.to_vec());
        return Kept { yaml: as_it_is(name), beside, layout: None };
    };
    let (text, ending, layout) = match for_people(text) {
        Some((json, layout)) => (Cow::Owned(json), "json", layout),
        None => (Cow::Borrowed(text), if pretty_json(text, false).is_some() { "json" } else { "txt" }, None),
    };
    let template = origin.and_then(|origin| match redirected(&text.replace('$', "$$"), origin, URL) {
        Cow::Owned(template) => Some(template),
        Cow::Borrowed(_) => None,
    });
    let (yaml, beside) = match template {
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
    };
    Kept { yaml, beside, layout }
}
