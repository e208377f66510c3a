//! Answers that are no longer what they were, each in one thing.
//!
//! Owns: which changes there are, their order: the whole answer first, then fields from the outside in. Does not: judge
//! anything by them.

use super::nodes::Nodes;
use crate::exchange::response::Response;
use crate::ground::value::Value;
use crate::secrets::REDACTED;

/// What was done to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A status of another class.
    Status,
    /// A body of `{}`.
    Body,
    /// A header is missing.
    Header,
    /// A field is missing.
    Dropped,
    /// A field has another type.
    Type,
    /// A field has another value.
    Value,
    /// A field is null.
    Null,
    /// A list is empty.
    Emptied,
    /// A list has each item twice.
    Doubled,
}

impl Change {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Change::Status => "status",
            Change::Body => "body {}",
            Change::Header => "header dropped",
            Change::Dropped => "dropped",
            Change::Type => "type",
            Change::Value => "value",
            Change::Null => "null",
            Change::Emptied => "emptied",
            Change::Doubled => "doubled",
        }
    }
}

/// A changed answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What was done.
    pub change: Change,
    /// Where: `$.lines[0].note`, the name of a header, `200 -> 500`.
    pub place: String,
}

/// Makes the mutants of an answer, at most so many, and shows each. Whether there would have been more comes back.
pub fn each(response: &Response, most: usize, look: &mut dyn FnMut(Mutant, &Response)) -> bool {
    let mut left = most;
    let mut show = |change: Change, place: &dyn Fn() -> String, mutant: &Response| {
        let may = left > 0;
        if may {
            left -= 1;
            look(Mutant { change, place: place() }, mutant);
        }
        may
    };
    let status = if response.status < 400 { 500 } else { 200 };
    let mut mutant = response.clone();
    mutant.status = status;
    let mut is_whole = show(Change::Status, &|| format!("{} -> {status}", response.status), &mutant);
    let body = response.json();
    let is_empty_object = matches!(&body, Ok(Value::Dict(members)) if members.is_empty());
    if !response.body.is_empty() && !is_empty_object {
        is_whole &= show(Change::Body, &|| "$".to_owned(), &with_body(response, b"{}".to_vec()));
    }
    let mut names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    // It is that of the body.
    names.retain(|name| *name != "content-length");
    for name in names {
        let mut mutant = response.clone();
        mutant.headers.retain(|(own, _)| own != name);
        is_whole &= show(Change::Header, &|| name.to_owned(), &mutant);
    }
    if !is_whole {
        return true;
    }
    let Ok(body) = body else { return false };
    let nodes = Nodes::of(body);
    let mut order: Vec<usize> = (0..nodes.all.len()).collect();
    order.sort_by_key(|at| nodes.all[*at].depth);
    for at in order {
        let node = &nodes.all[at];
        let mut cut = |change: Change, (from, to): (usize, usize), with: &str| {
            let (before, after) = (&nodes.text[..from], &nodes.text[to..]);
            let bytes = [before, with, after].concat().into_bytes();
            show(change, &|| nodes.path(at), &with_body(response, bytes))
        };
        let is_shown = (!nodes.is_member(at) || cut(Change::Dropped, node.with_name, ""))
            && cut(Change::Type, node.span, &other_type(node.value))
            && other_value(node.value).is_none_or(|with| cut(Change::Value, node.span, &with))
            && (matches!(node.value, Value::Null) || node.depth == 0 || cut(Change::Null, node.span, "null"));
        let is_shown = is_shown
            && match node.value {
                Value::List(items) if !items.is_empty() => {
                    let own = &nodes.text[node.span.0..node.span.1];
                    let items = &own[1..own.len() - 1];
                    cut(Change::Emptied, node.span, "[]")
                        && cut(Change::Doubled, node.span, &format!("[{items},{items}]"))
                }
                _ => true,
            };
        if !is_shown {
            return true;
        }
    }
    false
}

/// The same answer with another body.
fn with_body(response: &Response, body: Vec<u8>) -> Response {
    let mut mutant = Response::new(response.status, body);
    mutant.headers.clone_from(&response.headers);
    mutant.effective_url.clone_from(&response.effective_url);
    mutant.version = response.version;
    mutant.timing = response.timing.clone();
    mutant
}

/// A value of another type, that reads alike where there is such a one.
fn other_type(value: &Value) -> String {
    match value {
        Value::Dict(_) => "[]".to_owned(),
        Value::List(_) => "{}".to_owned(),
        Value::Null | Value::Str(_) | Value::Bytes(_) | Value::Date(_) => "1".to_owned(),
        Value::Bool(flag) => format!("\"{flag}\""),
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => format!("\"{}\"", value.to_text()),
    }
}

/// Another value of the same type; nobody knows one of a secret.
fn other_value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Bool(flag) => (!flag).to_string(),
        Value::Int(number) => number.checked_add(1).map_or_else(|| "0".to_owned(), |number| number.to_string()),
        Value::Huge(_) => "0".to_owned(),
        Value::Float(number) if number.is_finite() && number.abs() < 1e15 => (number + 1.5).to_string(),
        Value::Float(_) => "0.5".to_owned(),
        Value::Str(text) if text.contains(REDACTED) => return None,
        Value::Str(text) => if text == "mutant" { "\"another mutant\"" } else { "\"mutant\"" }.to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    fn all(status: u16, body: &str, most: usize) -> (Vec<String>, bool) {
        let mut response = Response::new(status, body);
        response.headers = vec![("b".to_owned(), "1".to_owned()), ("a".to_owned(), "2".to_owned())];
        response.headers.push(("b".to_owned(), "3".to_owned()));
        let mut seen = Vec::new();
        let was_cut = each(&response, most, &mut |mutant, changed| {
            let body = String::from_utf8_lossy(&changed.body).into_owned();
            let headers = changed.headers.len();
            assert!(body == "{}" || body.is_empty() || body == "x" || json::parse(&changed.body).is_ok(), "{body}");
            seen.push(format!("{} {}: {} {headers} {body}", mutant.change.word(), mutant.place, changed.status));
        });
        (seen, was_cut)
    }

    #[test]
    fn each_thing_of_an_answer_is_changed_once() {
        let (seen, was_cut) = all(200, r#"{"id": 7, "l": ["(redacted)"], "n": null}"#, 1000);
        let whole = r#"{"id":7,"l":["(redacted)"],"n":null}"#;
        assert_eq!(
            seen,
            [
                r#"status 200 -> 500: 500 3 {"id": 7, "l": ["(redacted)"], "n": null}"#.to_owned(),
                "body {} $: 200 3 {}".to_owned(),
                r#"header dropped a: 200 2 {"id": 7, "l": ["(redacted)"], "n": null}"#.to_owned(),
                r#"header dropped b: 200 1 {"id": 7, "l": ["(redacted)"], "n": null}"#.to_owned(),
                "type $: 200 3 []".to_owned(),
                r#"dropped $.id: 200 3 {"l":["(redacted)"],"n":null}"#.to_owned(),
                format!("type $.id: 200 3 {}", whole.replace('7', "\"7\"")),
                format!("value $.id: 200 3 {}", whole.replace('7', "8")),
                format!("null $.id: 200 3 {}", whole.replace('7', "null")),
                r#"dropped $.l: 200 3 {"id":7,"n":null}"#.to_owned(),
                r#"type $.l: 200 3 {"id":7,"l":{},"n":null}"#.to_owned(),
                r#"null $.l: 200 3 {"id":7,"l":null,"n":null}"#.to_owned(),
                r#"emptied $.l: 200 3 {"id":7,"l":[],"n":null}"#.to_owned(),
                r#"doubled $.l: 200 3 {"id":7,"l":["(redacted)","(redacted)"],"n":null}"#.to_owned(),
                r#"dropped $.n: 200 3 {"id":7,"l":["(redacted)"]}"#.to_owned(),
                format!("type $.n: 200 3 {}", whole.replace("null", "1")),
                r#"type $.l[0]: 200 3 {"id":7,"l":[1],"n":null}"#.to_owned(),
                r#"null $.l[0]: 200 3 {"id":7,"l":[null],"n":null}"#.to_owned(),
            ]
        );
        assert!(!was_cut);
    }

    #[test]
    fn a_bound_is_kept_and_said() {
        for most in 0..6 {
            let (seen, was_cut) = all(404, r#"{"id": 7}"#, most);
            assert_eq!((seen.len(), was_cut), (most, true));
        }
        let (seen, was_cut) = all(404, "x", 1000);
        assert_eq!((seen.len(), was_cut), (4, false));
        assert!(seen[0].starts_with("status 404 -> 200: 200"));
        let (seen, was_cut) = all(204, "", 3);
        assert_eq!((seen.len(), was_cut), (3, false));
        assert_eq!(all(200, "{}", 1000).0.len(), 4, "a body of {{}} is not made one");
    }
}
