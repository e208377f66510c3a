//! `json: …`: what is written in YAML, as JSON.
//!
//! Owns: where `template` counts, keys as text, warnings of what YAML 1.1 made of a scalar.
//! Does not: write JSON (see `variables::body`).

use crate::ground::json_text;
use crate::ground::value::Value;
use crate::suite::document::{Kind, Node, readings};
use crate::suite::reader::{FileReader, Read};
use crate::variables::body::Json;
use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

/// Reads a JSON value; a mapping whose only key is `template` says that what is below it is one.
pub fn read(reader: &mut FileReader<'_>, node: &Node, is_template: bool) -> Read<Json> {
    if let Kind::Map(entries) = &node.kind
        && let Some(template) = entries.iter().find(|entry| entry.name == "template")
    {
        if entries.len() == 1 {
            return value(reader, &template.value, true);
        }
        let message =
            "template beside other keys is a member of the JSON; to fill in variables, put all below template";
        reader.warn(template.at, message);
    }
    if let Some(text) = node.as_str().filter(|text| !is_template && holds_json(text)) {
        let message = format!(
            "json is a text, {} characters, that holds JSON and is sent in quotes; write it as a mapping, or as body: '…'",
            text.chars().count()
        );
        reader.warn(node.at, message);
    }
    value(reader, node, is_template)
}

/// Whether a text is an object or a list in JSON.
fn holds_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

fn value(reader: &mut FileReader<'_>, node: &Node, is_template: bool) -> Read<Json> {
    match &node.kind {
        Kind::Scalar(scalar) => {
            if let Some(message) = readings::surprise(&reader.source, node) {
                reader.warn(node.at, message);
            }
            match scalar {
                Value::Str(text) if is_template => Ok(Json::templated(text)),
                scalar => Json::fixed(scalar).map_err(|message| reader.fault(node.at, format!("json: {message}"))),
            }
        }
        Kind::List(items) => {
            let items = items.iter().map(|item| value(reader, item, is_template)).collect::<Read<Vec<_>>>()?;
            Ok(Json::List(items).folded(is_template))
        }
        Kind::Map(entries) => {
            let mut members = Vec::with_capacity(entries.len());
            for entry in entries {
                let name = match &entry.typed_key {
                    Some(key) => {
                        if let Some(message) = readings::surprise_at(&reader.source, entry.at, key) {
                            reader.warn(entry.at, format!("the key {message}"));
                        }
                        json_text::key_text(key)
                    }
                    None => entry.name.clone(),
                };
                let name = if is_template { Text::Template(Template::parse(&name)) } else { Text::Plain(name) };
                members.push((name, value(reader, &entry.value, is_template)?));
            }
            Ok(Json::Object(members).folded(is_template))
        }
    }
}

impl Json {
    /// The same as one text, if nothing in it changes.
    fn folded(self, is_template: bool) -> Json {
        let mut text = String::new();
        if self.is_constant() && self.write(&Context::new(), &mut text).is_ok() {
            return Json::Fixed { text, is_template };
        }
        self
    }
}
