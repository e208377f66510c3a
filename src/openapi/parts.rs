//! All schemas that say something of one value, as one: `allOf`, and the first of `oneOf` and `anyOf`.
//!
//! Owns: what they say together of types, properties and examples. Does not: make a value (see `example`).

use serde_json::Value as Json;

use super::document::Node;

/// So many schemas follow each other.
const DEEPEST: usize = 24;

/// All schemas that say something of one value.
pub(super) struct Parts<'d>(pub(super) Vec<Node<'d>>);

impl<'d> Parts<'d> {
    pub(super) fn of(node: Node<'d>) -> Parts<'d> {
        let mut parts = Parts(Vec::new());
        parts.add(node, DEEPEST);
        parts
    }

    fn add(&mut self, node: Node<'d>, left: usize) {
        // A schema may come to itself by `allOf`: then it says nothing new.
        if left == 0 || self.0.iter().any(|part| part.identity() == node.identity()) {
            return;
        }
        if let Some(reference) = node.reference() {
            if !node.document.is_3_0() {
                self.add_own(node, left);
            }
            if let Ok(target) = node.follow(reference) {
                self.add(target, left - 1);
            }
            return;
        }
        self.add_own(node, left);
    }

    fn add_own(&mut self, node: Node<'d>, left: usize) {
        self.0.push(node);
        for part in node.raw("allOf").into_iter().flat_map(Node::items) {
            self.add(part, left - 1);
        }
        for key in ["oneOf", "anyOf"] {
            let is_null = |part: &Node<'_>| part.text("type") == Some("null");
            let first = node.raw(key).into_iter().flat_map(Node::items).find(|part| !is_null(part));
            first.into_iter().for_each(|part| self.add(part, left - 1));
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

    /// The value that the document itself has for it; its examples and defaults only if they are wanted.
    pub(super) fn written(&self, takes_examples: bool) -> Option<&'d Json> {
        let shapes = self.0.iter().filter(|part| part.json.get("properties").is_some()).count();
        // The example of one of several parts has not what the others want.
        let is_whole = |at: usize, value: &Json| at == 0 || shapes < 2 || !value.is_object();
        let parts = || self.0.iter().enumerate().filter(|_| takes_examples);
        let example =
            |part: &Node<'d>| part.json.get("example").or_else(|| part.json.get("examples")?.as_array()?.first());
        parts()
            .find_map(|(at, part)| example(part).filter(|value| is_whole(at, value)))
            .or_else(|| {
                parts().find_map(|(at, part)| {
                    part.json.get("default").filter(|value| !value.is_null() && is_whole(at, value))
                })
            })
            .or_else(|| self.find("const"))
            .or_else(|| {
                let values = self.find("enum")?.as_array()?;
                values.iter().find(|value| !value.is_null()).or_else(|| values.first())
            })
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
