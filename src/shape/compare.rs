//! How an answer differs from the shape of its kind.
//!
//! Owns: finding it, its words. Does not: decide what becomes of it (see `run`).

use std::fmt;

use super::path;
use super::{Body, Field, Operation, Shape, Shapes, Types, body_of};
use crate::exchange::response::Response;
use crate::ground::json_text::write_string;
use crate::ground::value::Value;

/// So many differences of an answer are told.
const MOST_FINDINGS: usize = 20;

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// A field is gone, has another type, or is null for the first time.
    Broken,
    /// A value is none of the few that were seen.
    Value,
    /// A field, or an answer, that nobody knew.
    New,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub drift: Drift,
    /// In words: `$.total is gone, which was a number`.
    pub message: String,
}

impl Shapes {
    /// Holds an answer against what is known. `urls` are the one that was asked, and the one that answered if it is
    /// another.
    pub fn compare(&self, method: &str, urls: (&str, Option<&str>), response: &Response) -> Vec<Finding> {
        let asked = Operation::of(method, urls.0);
        // What a redirect leads to is mostly fetched with GET; reports do not say where one led.
        let elsewhere = urls.1.into_iter().flat_map(|url| [Operation::of(method, url), Operation::of("GET", url)]);
        let mut candidates = elsewhere.chain([asked.clone()]);
        let found = candidates.find_map(|operation| self.shape(&operation, response.status));
        let Some((operation, shape)) = found else {
            let known = if self.answers.keys().any(|(known, _)| known.covers(&asked)) {
                format!("status {} is new", response.status)
            } else {
                "this operation is new".to_owned()
            };
            let message = format!("{asked}: {known}, {} has nothing to compare it with", self.file);
            return vec![Finding { drift: Drift::New, message }];
        };
        let mut walk = Walk { path: "$".to_owned(), found: Vec::new(), left_out: 0 };
        match body_of(response) {
            Body::Empty => walk.bare(&shape.body, Types::EMPTY),
            Body::Text => walk.bare(&shape.body, Types::TEXT),
            Body::Json(value) => walk.value(&shape.body, value),
        }
        let Walk { mut found, left_out, .. } = walk;
        for finding in &mut found {
            finding.message = format!("{operation}, status {}: {}", response.status, finding.message);
        }
        if left_out > 0 {
            let message = format!("{operation}, status {}: and {left_out} more differences", response.status);
            found.push(Finding { drift: Drift::Broken, message });
        }
        found
    }

    /// The shape for an operation: its own, else one that stands for it.
    fn shape(&self, asked: &Operation, status: u16) -> Option<(&Operation, &Shape)> {
        let own = (asked.clone(), status);
        if let Some(((operation, _), shape)) = self.answers.get_key_value(&own) {
            return Some((operation, shape));
        }
        let mut known = self.answers.iter().filter(|((_, has), _)| *has == status);
        known.find(|((operation, _), _)| operation.covers(asked)).map(|((operation, _), shape)| (operation, shape))
    }
}

struct Walk {
    path: String,
    found: Vec<Finding>,
    left_out: usize,
}

impl Walk {
    fn tell(&mut self, drift: Drift, message: String) {
        let finding = Finding { drift, message };
        if self.found.contains(&finding) {
            return;
        }
        if self.found.len() < MOST_FINDINGS {
            self.found.push(finding);
        } else if drift == Drift::Broken {
            self.left_out += 1;
        }
    }

    fn bare(&mut self, field: &Field, types: Types) {
        if !field.types.has(types) {
            self.tell(Drift::Broken, format!("the body is {}, was {}", types.shown(), field.types.shown()));
        }
    }

    fn value(&mut self, field: &Field, value: &Value) {
        let types = Types::of(value);
        if field.types == Types::NULL && types != Types::NULL {
            // Nobody has seen what it is when it is something.
            let message = format!("{} is {} for the first time, was always null", self.path, types.shown());
            return self.tell(Drift::New, message);
        }
        if !field.types.take(types, Some(value)) {
            let was = field.types.shown();
            let message = match types {
                Types::NULL => format!("{} is null for the first time, was {was}", self.path),
                _ => format!("{} is {}, was {was}", self.path, types.shown()),
            };
            return self.tell(Drift::Broken, message);
        }
        match value {
            Value::Dict(members) => {
                for (name, member) in field.members.iter().filter(|(_, member)| !member.is_optional) {
                    if members.get(name).is_none() {
                        let message = format!("{} is gone, was {}", self.at(name), member.types.shown());
                        self.tell(Drift::Broken, message);
                    }
                }
                for (name, value) in members.iter() {
                    let name = name.as_str().unwrap_or_default();
                    match field.member(name) {
                        Some((known_as, member)) => self.within(|path| path::member(path, known_as), member, value),
                        None => {
                            let message = format!("{} is new: {}", self.at(name), Types::of(value).shown());
                            self.tell(Drift::New, message);
                        }
                    }
                }
            }
            Value::List(items) => match (&field.items, items.first()) {
                (Some(known), _) => {
                    items.iter().for_each(|item| self.within(|path| path.push_str("[]"), known, item));
                }
                (None, Some(first)) => {
                    let message = format!("{}[] is new: {}", self.path, Types::of(first).shown());
                    self.tell(Drift::New, message);
                }
                (None, None) => {}
            },
            Value::Str(text) if !field.values.is_empty() && !field.values.contains(text) => {
                let mut shown = String::new();
                write_string(text, &mut shown);
                let known = field.values.join(", ");
                self.tell(Drift::Value, format!("{} is {shown}, was one of {known}", self.path));
            }
            _ => {}
        }
    }

    fn at(&self, name: &str) -> String {
        let mut at = self.path.clone();
        path::member(&mut at, name);
        at
    }

    fn within(&mut self, step: impl FnOnce(&mut String), field: &Field, value: &Value) {
        let length = self.path.len();
        step(&mut self.path);
        self.value(field, value);
        self.path.truncate(length);
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Inference;
    use super::*;

    const GOOD: &str = r#"{"id": 1, "total": 9.5, "state": "open", "lines": [{"n": 1}], "note": "x"}"#;

    fn found(body: &str) -> Vec<String> {
        let mut inference = Inference::default();
        for _ in 0..4 {
            inference.add(("GET", "http://h/orders/7"), &Response::new(200, GOOD));
        }
        let shapes = Shapes { file: "f".to_owned(), ..inference.shapes() };
        let found = shapes.compare("GET", ("http://other/orders/8?x", None), &Response::new(200, body));
        found.into_iter().map(|found| format!("{:?} {}", found.drift, found.message)).collect()
    }

    #[test]
    fn differences_have_their_kind_and_their_place() {
        assert_eq!(found(GOOD), [""; 0]);
        let found = found(
            r#"{"id": "1", "total": null, "state": "void", "lines": [{"n": 1, "m": 2}, {"m": 1}], "new": {"a": 1}}"#,
        );
        let of = "GET /orders/{}, status 200:";
        assert_eq!(
            found,
            [
                format!("Broken {of} $.note is gone, was string"),
                format!("Broken {of} $.id is string, was integer"),
                format!("Broken {of} $.total is null for the first time, was number"),
                format!("Value {of} $.state is \"void\", was one of open"),
                format!("New {of} $.lines[].m is new: integer"),
                format!("Broken {of} $.lines[].n is gone, was integer"),
                format!("New {of} $.new is new: object"),
            ]
        );
    }

    #[test]
    fn what_was_always_null_may_become_something() {
        let mut inference = Inference::default();
        inference.add(("GET", "/"), &Response::new(200, r#"{"a": null}"#));
        let found = inference.shapes().compare("GET", ("/", None), &Response::new(200, r#"{"a": 1}"#));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].drift, Drift::New, "{found:?}");
    }

    #[test]
    fn a_body_of_another_kind_is_one_difference() {
        assert_eq!(found("<html>"), ["Broken GET /orders/{}, status 200: the body is text, was object"]);
        assert_eq!(found(""), ["Broken GET /orders/{}, status 200: the body is empty, was object"]);
        assert_eq!(found("[]"), ["Broken GET /orders/{}, status 200: $ is array, was object"]);
    }

    #[test]
    fn what_is_not_known_is_told_as_new() {
        let mut inference = Inference::default();
        inference.add(("GET", "/orders/7"), &Response::new(200, GOOD));
        let shapes = Shapes { file: "f.yaml".to_owned(), ..inference.shapes() };
        for (method, url, status, expected) in [
            ("GET", "/orders/7", 404, "GET /orders/{}: status 404 is new, f.yaml has nothing to compare it with"),
            ("PUT", "/orders/7", 200, "PUT /orders/{}: this operation is new, f.yaml has nothing to compare it with"),
        ] {
            let found = shapes.compare(method, (url, None), &Response::new(status, GOOD));
            assert_eq!(found, [Finding { drift: Drift::New, message: expected.to_owned() }]);
        }
        assert!(shapes.compare("POST", ("/orders", Some("/orders/9")), &Response::new(200, GOOD)).is_empty());
    }

    #[test]
    fn many_differences_are_counted() {
        let mut inference = Inference::default();
        let body: Vec<String> = (0..50).map(|at| format!("\"n{}\": 1", "x".repeat(at))).collect();
        inference.add(("GET", "/"), &Response::new(200, format!("{{{}}}", body.join(","))));
        let found = inference.shapes().compare("GET", ("/", None), &Response::new(200, "{}"));
        assert_eq!(found.len(), MOST_FINDINGS + 1);
        assert!(found.last().unwrap().message.ends_with("and 30 more differences"), "{found:?}");
    }
}
