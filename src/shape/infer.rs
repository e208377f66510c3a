//! Shapes of answers that were good.
//!
//! Owns: counting, what becomes of the counts. Does not: find the answers (see `drift`).

use std::collections::BTreeMap;

use super::field::{MOST_VALUES, name_of};
use super::operation::{ANY, generalised};
use super::{Body, Field, Operation, Shape, Shapes, Types, body_of};
use crate::exchange::response::Response;
use crate::ground::value::Value;
use crate::secrets::{REDACTED, is_secret_name};

/// A set of values is taken from no fewer of them.
const FEWEST_SEEN: u64 = 4;

/// A text that is one of a set is no longer.
const LONGEST: usize = 40;

/// Lists are looked into so far.
const MOST_ITEMS: usize = 10_000;

/// What has been seen so far.
#[derive(Debug, Default)]
pub struct Inference {
    seen: BTreeMap<(Operation, u16), Seen>,
}

/// A field as it was seen.
#[derive(Debug, Default)]
struct Seen {
    count: u64,
    /// How often it was an object.
    objects: u64,
    types: Types,
    /// Texts, each with its count; nothing any more where there were too many.
    values: Option<BTreeMap<String, u64>>,
    members: BTreeMap<String, Seen>,
    items: Option<Box<Seen>>,
}

impl Inference {
    /// Adds an answer.
    pub fn add(&mut self, (method, url): (&str, &str), response: &Response) {
        let seen = self.seen.entry((Operation::of(method, url), response.status)).or_default();
        match body_of(response) {
            Body::Empty => seen.note(Types::EMPTY),
            Body::Text => seen.note(Types::TEXT),
            Body::Json(value) => seen.add(value, false),
        }
    }

    /// What it comes to.
    pub fn shapes(self) -> Shapes {
        let shape = |seen: Seen| Shape { answers: seen.count, body: seen.field(0) };
        let answers = self.seen.into_iter().map(|(answer, seen)| (answer, shape(seen))).collect();
        Shapes { answers, file: String::new() }
    }
}

impl Seen {
    fn note(&mut self, types: Types) {
        if self.count == 0 {
            self.values = Some(BTreeMap::new());
        }
        self.count += 1;
        self.types = self.types.with(types);
    }

    fn add(&mut self, value: &Value, is_secret: bool) {
        self.note(Types::of(value));
        match value {
            Value::Dict(members) => {
                self.objects += 1;
                for (name, value) in members.iter() {
                    let name = name.as_str().unwrap_or_default();
                    let is_known = self.members.contains_key(name);
                    let kept = if is_known { name } else { name_of(name, self.members.len()) };
                    self.members.entry(kept.to_owned()).or_default().add(value, is_secret || is_secret_name(name));
                }
            }
            Value::List(items) if !items.is_empty() => {
                let of_items = self.items.get_or_insert_default();
                items.iter().take(MOST_ITEMS).for_each(|item| of_items.add(item, is_secret));
            }
            Value::Str(text) => {
                let is_open = !is_secret && text.len() <= LONGEST && !text.contains(REDACTED) && !is_made(text);
                let kept = self.values.as_mut().filter(|_| is_open);
                match kept {
                    Some(values) if values.len() < MOST_VALUES || values.contains_key(text) => {
                        *values.entry(text.clone()).or_default() += 1;
                    }
                    _ => self.values = None,
                }
            }
            _ => {}
        }
    }

    /// The field, in objects of which so many were seen.
    fn field(self, objects: u64) -> Field {
        let texts = self.values.unwrap_or_default();
        // A value that came once is data.
        let is_set = texts.values().all(|count| *count > 1) && texts.values().sum::<u64>() >= FEWEST_SEEN;
        let own = self.objects;
        let member = |(name, seen): (String, Seen)| {
            let is_general = name == ANY;
            let mut field = seen.field(own);
            field.is_optional |= is_general;
            (name, field)
        };
        Field {
            types: self.types,
            is_optional: self.count < objects,
            values: if is_set { texts.into_keys().collect() } else { Vec::new() },
            members: self.members.into_iter().map(member).collect(),
            items: self.items.map(|items| Box::new(items.field(0))),
        }
    }
}

/// Whether a text looks made rather than chosen: an id, a time, a link.
fn is_made(text: &str) -> bool {
    generalised(text) == ANY || text.contains("://") || text.bytes().filter(u8::is_ascii_digit).count() > 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(bodies: &[&str]) -> Field {
        let mut inference = Inference::default();
        for body in bodies {
            inference.add(("GET", "/x"), &Response::new(200, *body));
        }
        let shapes = inference.shapes();
        assert_eq!(shapes.answers.len(), 1);
        shapes.answers.into_values().next().unwrap().body
    }

    #[test]
    fn types_presence_and_values_are_seen() {
        let body = shapes(&[
            r#"{"id": 1, "state": "open", "note": null, "lines": [{"n": 1}, {"n": 1.5, "x": true}]}"#,
            r#"{"id": 2, "state": "paid", "note": "a", "lines": []}"#,
            r#"{"id": 3, "state": "paid", "lines": []}"#,
            r#"{"id": 3, "state": "open", "lines": []}"#,
        ]);
        let member = |name: &str| &body.members[name];
        assert_eq!(member("id").types.shown(), "integer");
        assert_eq!(member("state").values, ["open", "paid"]);
        assert_eq!((member("note").types.shown().as_str(), member("note").is_optional), ("string or null", true));
        assert!(!member("lines").is_optional && member("note").values.is_empty());
        let item = member("lines").items.as_ref().unwrap();
        assert_eq!((item.members["n"].types.shown().as_str(), item.members["x"].is_optional), ("number", true));
    }

    #[test]
    fn neither_secrets_nor_data_become_values() {
        let body = r#"{"password": "hunter", "a": "(redacted)", "tokens": ["x", "x"], "at": "2026-01-01",
                       "b": "ok", "by": {"41": 1, "42": 2}}"#;
        let body = shapes(&[body; 5]);
        for name in ["password", "a", "at"] {
            assert!(body.members[name].values.is_empty(), "{name}");
        }
        assert!(body.members["tokens"].items.as_ref().unwrap().values.is_empty());
        assert_eq!(body.members["b"].values, ["ok"]);
        assert_eq!(body.members["by"].members.keys().collect::<Vec<_>>(), ["{}"]);
        let one = shapes(&[r#"{"b": "one"}"#, r#"{"b": "two"}"#, r#"{"b": "two"}"#, r#"{"b": "two"}"#]);
        assert!(one.members["b"].values.is_empty());
    }

    #[test]
    fn bodies_that_are_no_json_have_a_type_too() {
        assert_eq!(shapes(&["", "<html>"]).types.shown(), "empty or text");
        let many: String = (0..500).map(|i| format!("\"n{}\": 1,", "x".repeat(i))).collect();
        assert!(shapes(&[&format!("{{{many}\"z\": 1}}")]).members.len() <= 201);
    }
}
