//! All schemas that say something of one value, as one: `allOf`, and one each of `oneOf` and `anyOf`.
//!
//! Owns: what they say together of types, properties and examples. Does not: make a value (see `example`).

use serde_json::Value as Json;

use super::document::Node;

/// So many schemas follow each other.
const DEEPEST: usize = 24;

/// All schemas that say something of one value.
pub(super) struct Parts<'d>(pub(super) Vec<Node<'d>>);

impl<'d> Parts<'d> {
    /// With the first alternatives.
    pub(super) fn of(node: Node<'d>) -> Parts<'d> {
        Parts::at_turn(node, 0)
    }

    /// With other alternatives at each turn: the digits of its number choose, the last one the outermost.
    pub(super) fn at_turn(node: Node<'d>, turn: usize) -> Parts<'d> {
        let mut parts = Parts(Vec::new());
        parts.add(node, turn, DEEPEST);
        parts
    }

    fn add(&mut self, node: Node<'d>, turn: usize, left: usize) {
        // A schema may come to itself by `allOf`: then it says nothing new.
        if left == 0 || self.0.iter().any(|part| part.identity() == node.identity()) {
            return;
        }
        if let Some(reference) = node.reference() {
            if !node.document.is_3_0() {
                self.add_own(node, turn, left);
            }
            if let Ok(target) = node.follow(reference) {
                self.add(target, turn, left - 1);
            }
            return;
        }
        self.add_own(node, turn, left);
    }

    fn add_own(&mut self, node: Node<'d>, turn: usize, left: usize) {
        self.0.push(node);
        for part in node.raw("allOf").into_iter().flat_map(Node::items) {
            self.add(part, turn, left - 1);
        }
        for key in ["oneOf", "anyOf"] {
            let is_null = |part: &Node<'_>| part.text("type") == Some("null");
            let all: Vec<_> = node.raw(key).into_iter().flat_map(Node::items).filter(|part| !is_null(part)).collect();
            if let Some(part) = all.get(turn % all.len().max(1)) {
                self.add(*part, turn / all.len(), left - 1);
            }
        }
    }

    pub(super) fn find(&self, key: &str) -> Option<&'d Json> {
        self.0.iter().find_map(|part| part.json.get(key))
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.0.iter().find_map(|part| part.json.get(key)?.as_f64())
    }

    pub(super) fn count(&self, key: &str) -> u64 {
        self.0.iter().filter_map(|part| part.json.get(key)?.as_u64()).max().unwrap_or(0)
    }

    pub(super) fn child(&self, key: &str) -> Option<Node<'d>> {
        self.0.iter().find_map(|part| part.raw(key).filter(|node| node.json.is_object()))
    }

    pub(super) fn properties(&self) -> Vec<(&'d str, Node<'d>)> {
        let mut all: Vec<(&str, Node<'_>)> = Vec::new();
        for part in &self.0 {
            let Some(properties) = part.raw("properties") else { continue };
            for (name, json) in properties.json.as_object().into_iter().flatten() {
                if !all.iter().any(|(have, _)| have == name) {
                    all.push((name, Node { json, ..properties }));
                }
            }
        }
        all
    }

    pub(super) fn required(&self) -> Vec<&'d str> {
        let lists = self.0.iter().filter_map(|part| part.json.get("required")?.as_array());
        lists.flatten().filter_map(Json::as_str).collect()
    }

    /// The value that the document itself has for it, but for an `enum`; its examples and defaults only if they are
    /// wanted, and if they are of the type and the `enum` that it has.
    pub(super) fn written(&self, takes_examples: bool) -> Option<Json> {
        let shapes = self.0.iter().filter(|part| part.json.get("properties").is_some()).count();
        // The example of one of several parts has not what the others want.
        let is_whole = |at: usize, value: &Json| at == 0 || shapes < 2 || !value.is_object();
        let parts = || self.0.iter().enumerate().filter(|_| takes_examples);
        let example =
            |part: &Node<'d>| part.json.get("example").or_else(|| part.json.get("examples")?.as_array()?.first());
        let default = |part: &Node<'d>| part.json.get("default").filter(|value| !value.is_null());
        let suited = |(at, value): (usize, Option<&'d Json>)| self.suited(value.filter(|value| is_whole(at, value))?);
        parts()
            .map(|(at, part)| (at, example(part)))
            .find_map(suited)
            .or_else(|| parts().map(|(at, part)| (at, default(part))).find_map(suited))
            .or_else(|| self.find("const").cloned())
    }

    /// An example as a value of the type that is named: some write a number without the quotes that a text has, or with
    /// them. Nothing where it is of another type, or not in the `enum`.
    fn suited(&self, value: &Json) -> Option<Json> {
        let kinds: Vec<&str> = match self.find("type") {
            Some(Json::String(kind)) => vec![kind],
            Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
            _ => Vec::new(),
        };
        let has = |kind: &str| kinds.contains(&kind);
        let is_suited = kinds.is_empty()
            || match value {
                Json::Null => has("null") || self.0.iter().any(|part| part.is("nullable")),
                Json::Bool(_) => has("boolean"),
                Json::Number(number) => has("number") || has("integer") && number.as_f64()?.fract() == 0.0,
                Json::String(_) => has("string"),
                Json::Array(_) => has("array"),
                Json::Object(_) => has("object"),
            };
        let value = match value {
            value if is_suited => value.clone(),
            Json::Bool(_) | Json::Number(_) if has("string") => Json::String(value.to_string()),
            Json::String(text) => {
                let value: Json = serde_json::from_str(text).ok()?;
                return if value.is_string() { None } else { self.suited(&value) };
            }
            _ => return None,
        };
        let values = self.find("enum").and_then(Json::as_array);
        values.is_none_or(|values| values.contains(&value)).then_some(value)
    }

    pub(super) fn kind(&self) -> &'d str {
        let named = self.find("type").and_then(|kind| match kind {
            Json::String(kind) => Some(kind.as_str()),
            Json::Array(kinds) => {
                let mut kinds = kinds.iter().filter_map(Json::as_str);
                let first = kinds.next();
                if first == Some("null") { kinds.next().or(first) } else { first }
            }
            _ => None,
        });
        let has = |keys: &[&str]| keys.iter().any(|key| self.find(key).is_some());
        match named {
            Some(kind) => kind,
            None if has(&["properties", "required", "additionalProperties", "minProperties"]) => "object",
            None if has(&["items", "prefixItems", "minItems"]) => "array",
            None if has(&["format", "pattern", "minLength", "maxLength"]) => "string",
            None if has(&["minimum", "maximum", "multipleOf"]) => "number",
            None => "object",
        }
    }
}
