//! The `json_schema` validator.
//!
//! Owns: compiling a schema once as long as its text stays the same, wording its violations.
//! Does not: read YAML itself (the reader is handed in), fetch anything a `$ref` points to outside.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Draft;

use crate::exchange::response::Response;
use crate::ground::json;
use crate::ground::value::Value;
use crate::judge::body;
use crate::judge::wording::{SHOWN_LITTLE, shown, shown_within};
use crate::secrets::shown_text;
use crate::variables::content::Content;
use crate::variables::context::Context;

/// Reads a schema's text, which may be JSON or YAML.
pub type ParseSchema = fn(&str) -> Result<Value, String>;

/// More violations than this are only counted.
const MOST_VIOLATIONS: usize = 20;

/// Keywords that ask nothing of a body.
const WORDS_ONLY: [&str; 10] =
    ["$schema", "$id", "id", "$comment", "$defs", "definitions", "title", "description", "default", "examples"];

/// Where a schema comes from.
#[derive(Debug, Clone)]
pub enum SchemaSource {
    /// A text: inline, a template or a file.
    Text(Content),
    /// A mapping written in the suite.
    Inline(Value),
}

/// A schema that a body must follow.
pub struct JsonSchema {
    source: SchemaSource,
    parse: ParseSchema,
    compiled: Mutex<Option<Compiled>>,
}

struct Compiled {
    /// `None` for an inline mapping, which never changes.
    text: Option<String>,
    schema: Result<Arc<jsonschema::Validator>, String>,
}

/// Why a body was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::judge) enum SchemaFailure {
    /// It could not be judged: no JSON, no schema, or one that is wrong in itself.
    Unusable(String),
    /// The body is not JSON: the reader's words, which scripts may know, and what the body is instead.
    NotJson { reason: String, message: String },
    /// It violates the schema in these ways; `total` counts those that are not listed as well.
    Violations { listed: Vec<String>, total: usize },
}

impl JsonSchema {
    /// A schema whose text is JSON.
    pub fn new(source: SchemaSource) -> JsonSchema {
        JsonSchema::with_parser(source, |text| json::parse(text.as_bytes()))
    }

    /// A schema whose text `parse` reads.
    pub fn with_parser(source: SchemaSource, parse: ParseSchema) -> JsonSchema {
        JsonSchema { source, parse, compiled: Mutex::new(None) }
    }

    pub(super) fn check(&self, response: &Response, context: &Context) -> Result<(), SchemaFailure> {
        let schema = self.compiled(context).map_err(SchemaFailure::Unusable)?;
        let body = body::json(response).map_err(|message| {
            let reason = format!("the body is not JSON: {}", response.json().err().unwrap_or_default());
            SchemaFailure::NotJson { reason, message }
        })?;
        violations(&schema, &json::to_serde(body))
    }

    /// Where its text comes from, unless it is written as a mapping.
    pub(super) fn content(&self) -> Option<&Content> {
        match &self.source {
            SchemaSource::Text(content) => Some(content),
            SchemaSource::Inline(_) => None,
        }
    }

    /// Why it judges nothing, as far as that can be told before variables have values.
    pub(super) fn idleness(&self) -> Option<String> {
        if !self.content().is_none_or(Content::is_constant) {
            return None;
        }
        let context = Context::new();
        if let Err(reason) = self.compiled(&context) {
            return Some(format!("json_schema never passes: {reason}"));
        }
        let schema = match &self.source {
            SchemaSource::Inline(schema) => schema.clone(),
            SchemaSource::Text(content) => (self.parse)(&content.load(&context).ok()?).ok()?,
        };
        let asks_nothing = match &schema {
            Value::Bool(accepts) => *accepts,
            Value::Dict(keywords) => {
                keywords.iter().all(|(keyword, _)| WORDS_ONLY.contains(&keyword.to_text().as_str()))
            }
            _ => false,
        };
        asks_nothing.then(|| "json_schema never fails: the schema accepts every body that is JSON".to_owned())
    }

    pub(super) fn variables(&self) -> Vec<String> {
        let texts = match &self.source {
            SchemaSource::Text(Content::Inline(text)) => text.variables(),
            SchemaSource::Text(Content::File { path, .. }) => path.variables(),
            SchemaSource::Inline(_) => Vec::new(),
        };
        texts.into_iter().map(str::to_owned).collect()
    }

    fn compiled(&self, context: &Context) -> Result<Arc<jsonschema::Validator>, String> {
        let text = match &self.source {
            SchemaSource::Text(content) => Some(content.load(context)?),
            SchemaSource::Inline(_) => None,
        };
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(have) = compiled.as_ref().filter(|have| have.text == text) {
            return have.schema.clone();
        }
        let schema = match (&self.source, &text) {
            (SchemaSource::Inline(schema), _) => compile(schema),
            (_, Some(text)) => (self.parse)(text)
                .map_err(|reason| format!("the schema cannot be read: {reason}"))
                .and_then(|s| compile(&s)),
            (_, None) => Err("the schema has no text".to_owned()),
        };
        let result = schema.clone();
        *compiled = Some(Compiled { text, schema });
        result
    }
}

/// Holds a value against a schema.
pub(in crate::judge) fn violations(
    schema: &jsonschema::Validator,
    body: &serde_json::Value,
) -> Result<(), SchemaFailure> {
    let mut errors = schema.iter_errors(body);
    let mut listed: Vec<String> = errors
        .by_ref()
        .take(MOST_VIOLATIONS)
        .map(|error| {
            let path = error.instance_path().to_string();
            let path = if path.is_empty() { "/" } else { &path };
            let value = shown(&json::from_serde(error.instance()));
            format!("at {path}: {}", error.masked_with(value))
        })
        .collect();
    let more = errors.count();
    let total = listed.len() + more;
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    if total == 0 { Ok(()) } else { Err(SchemaFailure::Violations { listed, total }) }
}

/// Compiles a schema of the newest draft, in which nothing refers to what is outside.
///
/// # Errors
/// It is none: where, and why.
pub(in crate::judge) fn compile_newest(json: &serde_json::Value) -> Result<jsonschema::Validator, String> {
    build(json, Draft::Draft202012)
}

/// Formats are not checked and an unknown `$schema` means the newest draft, as with Python's jsonschema.
fn compile(schema: &Value) -> Result<Arc<jsonschema::Validator>, String> {
    if !matches!(schema, Value::Dict(_) | Value::Bool(_)) {
        return Err(format!(
            "a schema is a mapping or a boolean, not {}",
            shown_text(&shown_within(schema, SHOWN_LITTLE))
        ));
    }
    let named = match schema {
        Value::Dict(dict) => dict.get("$schema").and_then(Value::as_str).unwrap_or(""),
        _ => "",
    };
    let mut json = json::to_serde(schema);
    let draft = match named.trim_end_matches('#') {
        "http://json-schema.org/draft-04/schema" => Draft::Draft4,
        "http://json-schema.org/draft-06/schema" => Draft::Draft6,
        "http://json-schema.org/draft-07/schema" => Draft::Draft7,
        "https://json-schema.org/draft/2019-09/schema" => Draft::Draft201909,
        "https://json-schema.org/draft/2020-12/schema" => Draft::Draft202012,
        _ => {
            // Left in place, it would be looked up, and nothing is ever fetched.
            if let Some(map) = json.as_object_mut() {
                map.remove("$schema");
            }
            Draft::Draft202012
        }
    };
    build(&json, draft).map(Arc::new)
}

fn build(json: &serde_json::Value, draft: Draft) -> Result<jsonschema::Validator, String> {
    let options = jsonschema::options().with_draft(draft).should_validate_formats(false).offline();
    options.build(json).map_err(|error| {
        let path = error.instance_path().to_string();
        let place = if path.is_empty() { String::new() } else { format!(" at {path}") };
        let value = shown_text(&shown_within(&json::from_serde(error.instance()), SHOWN_LITTLE));
        format!("the schema is not valid{place}: {}", error.masked_with(value))
    })
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonSchema").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::Dict;
    use crate::variables::template::{Template, Text};

    fn inline(schema: &str) -> JsonSchema {
        JsonSchema::new(SchemaSource::Inline(json::parse(schema.as_bytes()).unwrap()))
    }

    fn check(schema: &str, body: &str) -> Result<(), SchemaFailure> {
        inline(schema).check(&Response::new(200, body), &Context::new())
    }

    #[test]
    fn bodies_are_judged() {
        let schema = r#"{"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}"#;
        assert_eq!(check(schema, r#"{"id": 1}"#), Ok(()));
        assert_eq!(check(schema, r#"{"id": 1.0}"#), Ok(()));
        let Err(SchemaFailure::Violations { listed, .. }) = check(schema, r#"{"id": "x"}"#) else { panic!() };
        assert_eq!(listed, ["at /id: \"x\" is not of type \"integer\""]);
        let draft4 = r#"{"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}"#;
        assert!(check(draft4, "1.0").is_err());
        assert_eq!(check(r#"{"$schema": "urn:unknown", "type": "integer"}"#, "1"), Ok(()));
        assert_eq!(
            check(r#"{"$schema": "http://json-schema.org/draft-07/schema#", "format": "email"}"#, "\"x\""),
            Ok(())
        );
        assert_eq!(check("true", "1"), Ok(()));
        assert!(check("false", "1").is_err());
    }

    #[test]
    fn violations_are_many_but_not_endless() {
        let body = format!("[{}]", vec!["\"x\""; 50].join(","));
        let Err(SchemaFailure::Violations { listed, total }) = check(r#"{"items": {"type": "integer"}}"#, &body) else {
            panic!()
        };
        assert_eq!((listed.len(), listed[20].as_str(), total), (21, "and 30 more", 50));
        assert_eq!(listed[3], "at /3: \"x\" is not of type \"integer\"");
    }

    #[test]
    fn what_cannot_be_judged_says_why() {
        for (schema, body, part) in [
            (r#"{"type": "nosuchtype"}"#, "1", "the schema is not valid at /type"),
            (r#"[1]"#, "1", "a schema is a mapping or a boolean"),
            (r#"{"$ref": "http://127.0.0.1:9/x.json"}"#, "1", "the schema is not valid"),
            (r#"{"$ref": "file:///etc/hostname"}"#, "1", "the schema is not valid"),
            (r#"{"pattern": "("}"#, "\"a\"", "the schema is not valid"),
        ] {
            let Err(SchemaFailure::Unusable(reason)) = check(schema, body) else { panic!("{schema}") };
            assert!(reason.starts_with(part), "{reason}");
        }
        let Err(SchemaFailure::NotJson { reason, message }) = check(r#"{"type": "object"}"#, "") else { panic!() };
        assert!(reason.starts_with("the body is not JSON: EOF"), "{reason}");
        assert_eq!(message, "the body is empty, not JSON");
    }

    #[test]
    fn of_a_file_that_is_no_schema_little_is_shown() {
        let foreign = "root:x:0:0:root:/root:/bin/bash daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin";
        for schema in [Value::from(foreign), Value::Dict(Dict::from_pairs(vec![("type".into(), foreign.into())]))] {
            let schema = JsonSchema::new(SchemaSource::Inline(schema));
            let checked = schema.check(&Response::new(200, "1"), &Context::new());
            let Err(SchemaFailure::Unusable(reason)) = checked else { panic!() };
            assert!(reason.contains("\"root:x:0:0:root:/root:/bin/bash…\""), "{reason}");
            assert!(!reason.contains("daemon"), "{reason}");
        }
    }

    #[test]
    fn a_templated_schema_follows_its_variables() {
        let text = Text::Template(Template::parse(r#"{"type": "$t"}"#));
        let schema = JsonSchema::new(SchemaSource::Text(Content::Inline(text)));
        assert_eq!(schema.variables(), ["t"]);
        let mut context = Context::new();
        for (name, passes) in [("integer", true), ("string", false), ("integer", true)] {
            context.bind("t", name.into());
            assert_eq!(schema.check(&Response::new(200, "1"), &context).is_ok(), passes, "{name}");
        }
    }
}
