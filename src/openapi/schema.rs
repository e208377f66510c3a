//! Schemas of OpenAPI as JSON Schema 2020-12 that stands alone.
//!
//! Owns: what 3.0 says otherwise (`nullable`, boolean bounds, siblings of `$ref`), `$defs` of what is reached, and
//! which properties are required in which direction. Does not: compile or judge.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value as Json, json};

use super::document::Node;

/// The way that a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the server: what is `readOnly` is not sent.
    Request,
    /// From the server: what is `writeOnly` does not come.
    Response,
}

impl Direction {
    /// The word that takes a property out of bodies of this direction.
    pub(super) fn hides(self) -> &'static str {
        match self {
            Direction::Request => "readOnly",
            Direction::Response => "writeOnly",
        }
    }
}

/// A schema that stands alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    /// The schema, with all that it reaches below `$defs`.
    pub schema: Json,
    /// References of it that lead nowhere: anything is right there.
    pub lost: Vec<String>,
}

/// Keywords that are not for judging.
const DROPPED: [&str; 11] = [
    "nullable",
    "discriminator",
    "xml",
    "externalDocs",
    "$schema",
    "$id",
    "$anchor",
    "$dynamicAnchor",
    "$vocabulary",
    "$defs",
    "definitions",
];

/// Keywords whose value is a schema.
const SCHEMA: [&str; 12] = [
    "not",
    "if",
    "then",
    "else",
    "items",
    "additionalProperties",
    "additionalItems",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];

/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value is a mapping of names to schemas.
const MAPS: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];

/// Keywords whose schemas say more of the same value.
const IN_PLACE: [&str; 6] = ["allOf", "anyOf", "oneOf", "if", "then", "else"];

/// How many schemas follow each other at most where properties are looked for.
const DEEPEST: usize = 32;

/// What follows from a schema of a document.
pub fn translate(schema: Node<'_>, direction: Direction) -> Translated {
    bundled(schema, direction, Reading::Literal)
}

/// What a server accepts that is not more exact than its document: a value may fit several alternatives of `oneOf`, which
/// few documents tell apart, and an `enum` none of whose values is of the schema's type says nothing.
pub fn accepted(schema: Node<'_>) -> Json {
    bundled(schema, Direction::Request, Reading::Generous).schema
}

/// How a schema is understood.
#[derive(Clone, Copy, PartialEq)]
enum Reading {
    /// As it stands.
    Literal,
    /// As it must be meant.
    Generous,
}

fn bundled(schema: Node<'_>, direction: Direction, reading: Reading) -> Translated {
    let mut bundle = Bundle {
        direction,
        reading,
        is_3_0: schema.document.is_3_0(),
        known: Vec::new(),
        waiting: VecDeque::new(),
        lost: Vec::new(),
    };
    let mut root = bundle.schema(schema, &BTreeSet::new());
    let mut definitions = Map::new();
    while let Some(at) = bundle.waiting.pop_front() {
        let (node, name, hidden) = {
            let known = &bundle.known[at];
            (known.node, known.name.clone(), known.hidden.clone())
        };
        let translated = bundle.schema(node, &hidden);
        definitions.insert(name, translated);
    }
    if let Json::Object(map) = &mut root {
        let mut whole = Map::new();
        whole.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
        whole.append(map);
        if !definitions.is_empty() {
            whole.insert("$defs".to_owned(), definitions.into());
        }
        *map = whole;
    }
    bundle.lost.sort();
    bundle.lost.dedup();
    Translated { schema: root, lost: bundle.lost }
}

struct Bundle<'d> {
    direction: Direction,
    reading: Reading,
    is_3_0: bool,
    known: Vec<Known<'d>>,
    waiting: VecDeque<usize>,
    lost: Vec<String>,
}

/// A schema that is referred to.
struct Known<'d> {
    node: Node<'d>,
    /// Properties that a schema around it hides.
    hidden: BTreeSet<String>,
    name: String,
}

impl<'d> Bundle<'d> {
    fn schema(&mut self, node: Node<'d>, hidden: &BTreeSet<String>) -> Json {
        let Some(map) = node.json.as_object() else {
            return if node.json.is_boolean() { node.json.clone() } else { Json::Bool(true) };
        };
        let mut out = Map::new();
        if let Some(reference) = node.reference() {
            let target = self.reference(node, reference, hidden);
            if self.is_3_0 {
                return target;
            }
            if let Json::Object(target) = target {
                out.extend(target);
            }
        }
        let mut hidden = hidden.clone();
        hidden_properties(node, self.direction, DEEPEST, &mut hidden);
        let none = BTreeSet::new();
        for (key, value) in map {
            let below = Node { json: value, ..node };
            let key = key.as_str();
            if DROPPED.contains(&key) || key.starts_with("x-") || key == "$ref" {
                continue;
            }
            let translated = if SCHEMA.contains(&key) && (value.is_object() || value.is_boolean()) {
                self.schema(below, if IN_PLACE.contains(&key) { &hidden } else { &none })
            } else if LISTS.contains(&key) && value.is_array() {
                let passed = if IN_PLACE.contains(&key) { &hidden } else { &none };
                below.items().map(|item| self.schema(item, passed)).collect()
            } else if MAPS.contains(&key) && value.is_object() {
                let entries = value.as_object().into_iter().flatten();
                entries.map(|(name, json)| (name.clone(), self.schema(Node { json, ..node }, &none))).collect()
            } else {
                match key {
                    "required" => match required(value, &not_required(node, &hidden)) {
                        Some(list) => list,
                        None => continue,
                    },
                    "$dynamicRef" => match value.as_str() {
                        Some(reference) if reference.starts_with("#/") => {
                            let Json::Object(target) = self.reference(node, reference, &hidden) else { continue };
                            out.extend(target);
                            continue;
                        }
                        reference => {
                            self.lost.extend(reference.map(str::to_owned));
                            continue;
                        }
                    },
                    "example" => {
                        out.entry("examples").or_insert_with(|| json!([value]));
                        continue;
                    }
                    "examples" if !value.is_array() => continue,
                    "enum" if self.reading == Reading::Generous && !has_any_of_its_type(map, value) => continue,
                    _ => value.clone(),
                }
            };
            let may_fit_several = self.reading == Reading::Generous && key == "oneOf" && !map.contains_key("anyOf");
            out.insert(if may_fit_several { "anyOf" } else { key }.to_owned(), translated);
        }
        if self.is_3_0 {
            as_2020(map, &mut out);
        }
        Json::Object(out)
    }

    /// A reference to what will stand below `$defs`.
    fn reference(&mut self, node: Node<'d>, reference: &str, hidden: &BTreeSet<String>) -> Json {
        let target = match node.follow(reference) {
            Ok(target) if node.resolved().is_some() || node.reference() != Some(reference) => target,
            _ => {
                self.lost.push(reference.to_owned());
                return Json::Object(Map::new());
            }
        };
        let is_it = |known: &Known<'_>| known.node.identity() == target.identity() && known.hidden == *hidden;
        let name = match self.known.iter().find(|known| is_it(known)) {
            Some(known) => known.name.clone(),
            None => {
                let last = reference.rsplit(['/', '#']).find(|part| !part.is_empty()).unwrap_or("schema");
                let letter = |c: char| if c.is_alphanumeric() || matches!(c, '_' | '-' | '.') { c } else { '_' };
                let word: String = last.chars().map(letter).collect();
                let is_free = |name: &String| !self.known.iter().any(|known| known.name == *name);
                let numbered = (2..).map(|number| format!("{word}_{number}"));
                let name = std::iter::once(word.clone()).chain(numbered).find(is_free).unwrap_or_default();
                self.waiting.push_back(self.known.len());
                self.known.push(Known { node: target, hidden: hidden.clone(), name: name.clone() });
                name
            }
        };
        json!({ "$ref": format!("#/$defs/{name}") })
    }
}

/// Whether an `enum` has a value that the type beside it, if it is one, lets through.
fn has_any_of_its_type(schema: &Map<String, Json>, values: &Json) -> bool {
    let kind = schema.get("type").and_then(Json::as_str).unwrap_or_default();
    let is_it = |value: &Json| match kind {
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    };
    values.as_array().is_none_or(|values| values.iter().any(is_it))
}

/// The properties that need not be there: those that are hidden, and those that would have to contain themselves without
/// an end, which nobody can send.
fn not_required(node: Node<'_>, hidden: &BTreeSet<String>) -> BTreeSet<String> {
    let properties = node.get("properties").into_iter().flat_map(Node::entries);
    let endless = properties.filter(|(_, property)| property.identity() == node.identity());
    hidden.iter().cloned().chain(endless.map(|(name, _)| name.to_owned())).collect()
}

/// What is required without what this direction does not have.
fn required(value: &Json, hidden: &BTreeSet<String>) -> Option<Json> {
    // A boolean is what drafts before the fourth had.
    let list: Vec<Json> = value
        .as_array()?
        .iter()
        .filter(|name| !name.as_str().is_some_and(|name| hidden.contains(name)))
        .cloned()
        .collect();
    (!list.is_empty()).then_some(Json::Array(list))
}

/// The properties that a body of this direction does not have, in all schemas of the same value.
fn hidden_properties(node: Node<'_>, direction: Direction, left: usize, out: &mut BTreeSet<String>) {
    let Some(node) = node.resolved().filter(|_| left > 0) else { return };
    for (name, property) in node.get("properties").into_iter().flat_map(Node::entries) {
        if property.is(direction.hides()) {
            out.insert(name.to_owned());
        }
    }
    for part in node.raw("allOf").into_iter().flat_map(Node::items) {
        hidden_properties(part, direction, left - 1, out);
    }
}

/// What 3.0 says in its own way.
fn as_2020(written: &Map<String, Json>, out: &mut Map<String, Json>) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match written.get(exclusive) {
            Some(Json::Bool(true)) => {
                out.shift_remove(exclusive);
                if let Some(limit) = out.shift_remove(bound) {
                    out.insert(exclusive.to_owned(), limit);
                }
            }
            Some(Json::Bool(false)) => drop(out.shift_remove(exclusive)),
            _ => {}
        }
    }
    // Without a type nothing is said that null would break.
    let is_nullable = written.get("nullable").and_then(Json::as_bool).unwrap_or(false);
    if let Some(kind) = out.get_mut("type").filter(|_| is_nullable) {
        if kind.is_string() {
            *kind = json!([kind, "null"]);
        }
        if let Some(Json::Array(values)) =
            out.get_mut("enum").filter(|values| !values.as_array().is_some_and(|list| list.contains(&Json::Null)))
        {
            values.push(Json::Null);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::tests::document;

    fn translated(version: &str, schemas: &str, direction: Direction) -> String {
        let document = document(version, &format!("paths: {{}}\ncomponents:\n  schemas:\n{schemas}"));
        let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("X").unwrap();
        let translated = translate(schema, direction);
        let mut schema = translated.schema;
        schema.as_object_mut().unwrap().shift_remove("$schema");
        format!("{schema}{}", translated.lost.join(" "))
    }

    #[test]
    fn what_3_0_says_otherwise() {
        for (schema, expected) in [
            ("{type: string, nullable: true}", r#"{"type":["string","null"]}"#),
            ("{nullable: true, enum: [a]}", r#"{"enum":["a"]}"#),
            ("{type: string, nullable: true, enum: [a]}", r#"{"type":["string","null"],"enum":["a",null]}"#),
            ("{type: string, nullable: false}", r#"{"type":"string"}"#),
            ("{minimum: 5, exclusiveMinimum: true}", r#"{"exclusiveMinimum":5}"#),
            ("{minimum: 5, exclusiveMinimum: false}", r#"{"minimum":5}"#),
            ("{exclusiveMaximum: true, maximum: 9}", r#"{"exclusiveMaximum":9}"#),
            ("{example: 1, discriminator: {propertyName: k}, xml: {}, x-a: 1}", r#"{"examples":[1]}"#),
            (
                "{properties: {nullable: {type: string, nullable: true}, xml: {}}}",
                r#"{"properties":{"nullable":{"type":["string","null"]},"xml":{}}}"#,
            ),
            (
                "{additionalProperties: false, items: {minimum: 1, exclusiveMinimum: true}}",
                r#"{"additionalProperties":false,"items":{"exclusiveMinimum":1}}"#,
            ),
            (
                "{$ref: '#/components/schemas/Y', nullable: true}\n    Y: {type: integer}",
                r##"{"$ref":"#/$defs/Y","$defs":{"Y":{"type":"integer"}}}"##,
            ),
            ("{allOf: [{$ref: 'https://h/x'}]}", r#"{"allOf":[{}]}https://h/x"#),
        ] {
            assert_eq!(translated("3.0.3", &format!("    X: {schema}\n"), Direction::Response), expected, "{schema}");
        }
    }

    #[test]
    fn what_is_accepted_is_not_more_exact_than_it_must_be() {
        for (schema, expected) in [
            ("{oneOf: [{type: string}, {type: string}]}", r#"{"anyOf":[{"type":"string"},{"type":"string"}]}"#),
            ("{oneOf: [{}], anyOf: [{}]}", r#"{"oneOf":[{}],"anyOf":[{}]}"#),
            ("{properties: {oneOf: {const: oneOf}}}", r#"{"properties":{"oneOf":{"const":"oneOf"}}}"#),
            ("{type: array, enum: [a, b]}", r#"{"type":"array"}"#),
            ("{type: array, enum: [a, [b]]}", r#"{"type":"array","enum":["a",["b"]]}"#),
            ("{type: string, enum: [a]}", r#"{"type":"string","enum":["a"]}"#),
        ] {
            let document = document("3.1.0", &format!("paths: {{}}\ncomponents: {{schemas: {{X: {schema}}}}}"));
            let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("X").unwrap();
            let mut translated = accepted(schema);
            translated.as_object_mut().unwrap().shift_remove("$schema");
            assert_eq!(translated.to_string(), expected);
        }
        let document = document(
            "3.0.0",
            "paths: {}\ncomponents: {schemas: {X: {required: [id, up], properties: {id: {}, up: {$ref: '#/components/schemas/X'}}}}}",
        );
        let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("X").unwrap();
        assert!(accepted(schema).to_string().contains(r#""required":["id"]"#));
    }

    #[test]
    fn of_3_1_nothing_is_changed_but_where_references_lead() {
        for (schema, expected) in [
            ("{type: [string, 'null'], exclusiveMinimum: 5}", r#"{"type":["string","null"],"exclusiveMinimum":5}"#),
            (
                "{$ref: '#/components/schemas/Y', minimum: 1}\n    Y: {type: integer}",
                r##"{"$ref":"#/$defs/Y","minimum":1,"$defs":{"Y":{"type":"integer"}}}"##,
            ),
            (
                "{items: {$ref: '#/components/schemas/X'}}",
                r##"{"items":{"$ref":"#/$defs/X"},"$defs":{"X":{"items":{"$ref":"#/$defs/X"}}}}"##,
            ),
            (
                "{$ref: '#/components/schemas/X/$defs/A b', $defs: {A b: true}}",
                r##"{"$ref":"#/$defs/A_b","$defs":{"A_b":true}}"##,
            ),
            (
                "{type: object, additionalProperties: {$ref: '#/components/schemas/Self'}}\n    Self: {$ref: '#/components/schemas/Self'}",
                r##"{"type":"object","additionalProperties":{}}#/components/schemas/Self"##,
            ),
        ] {
            assert_eq!(translated("3.1.0", &format!("    X: {schema}\n"), Direction::Response), expected, "{schema}");
        }
    }

    #[test]
    fn what_is_required_depends_on_the_direction() {
        let schemas = "    X: {allOf: [{$ref: '#/components/schemas/Y'}, {properties: {id: {readOnly: true}, pw: {$ref: '#/components/schemas/Secret'}}}]}\n    \
                       Y: {required: [id, pw, name]}\n    Secret: {type: string, writeOnly: true}\n";
        let required = |direction| {
            let text = translated("3.0.0", schemas, direction);
            let at = text.find("\"required\":").unwrap();
            text[at..].split(']').next().unwrap().to_owned()
        };
        assert_eq!(required(Direction::Request), r#""required":["pw","name""#);
        assert_eq!(required(Direction::Response), r#""required":["id","name""#);
    }
}
