//! Names and values: a form, and what a test adds to the query of its URL.
//!
//! Owns: lists that repeat a name, scalars as text. Does not: encode them (see `variables::body`).

use std::borrow::Cow;

use crate::ground::json_text;
use crate::ground::value::Value;
use crate::suite::document::{Entry, Kind, Node, readings};
use crate::suite::reader::{FileReader, Read};
use crate::variables::body::Pairs;
use crate::variables::template::{Template, Text};

/// Reads the `query` of a test.
pub fn read_query(reader: &mut FileReader<'_>, node: &Node) -> Read<Pairs> {
    read_pairs(reader, node, "query", false)
}

/// Reads a form.
pub fn read_form(reader: &mut FileReader<'_>, node: &Node, is_template: bool) -> Read<Pairs> {
    read_pairs(reader, node, "form", is_template)
}

fn read_pairs(reader: &mut FileReader<'_>, node: &Node, what: &str, is_template: bool) -> Read<Pairs> {
    let entries = entries(reader, node, what)?;
    if let [entry] = entries.as_slice()
        && entry.name == "template"
        && matches!(entry.value.kind, Kind::Map(_) | Kind::List(_))
    {
        return read_pairs(reader, &entry.value, what, true);
    }
    if let Some(template) = entries.iter().find(|entry| entry.name == "template" && !is_scalar(&entry.value)) {
        return Err(
            reader.fault(template.at, format!("template beside other names of {what}; put all of them below template"))
        );
    }
    let text = |text: String| if is_template { Text::Template(Template::parse(&text)) } else { Text::Plain(text) };
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.typed_key.as_deref().map_or_else(|| entry.name.clone(), json_text::key_text);
        let values = match &entry.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        for value in values {
            pairs.push((text(name.clone()), text(read_value(reader, value, what, &name)?)));
        }
    }
    Ok(Pairs(pairs))
}

fn is_scalar(node: &Node) -> bool {
    matches!(node.kind, Kind::Scalar(_))
}

/// The entries of a mapping, or of a list of mappings: there a name may come again.
pub(super) fn entries<'n>(reader: &FileReader<'_>, node: &'n Node, what: &str) -> Read<Vec<Cow<'n, Entry>>> {
    const ALLOWED: &str = "a mapping of names to values";
    let mut all = Vec::new();
    let mut add = |node: &'n Node| match &node.kind {
        Kind::Map(entries) => {
            all.extend(entries.iter().map(Cow::Borrowed));
            Ok(())
        }
        _ => Err(reader.wrong(node, what, ALLOWED)),
    };
    match &node.kind {
        Kind::List(items) => items.iter().try_for_each(add)?,
        _ => add(node)?,
    }
    Ok(all)
}

/// A value as text, with a word on what YAML 1.1 made of it.
pub(super) fn read_value(reader: &mut FileReader<'_>, node: &Node, what: &str, name: &str) -> Read<String> {
    if node.is_null() {
        let message = format!("{what}: {name} is null; write \"\" to send it empty, or leave it out");
        return Err(reader.fault(node.at, message));
    }
    if let Some(message) = readings::surprise(&reader.source, node) {
        reader.warn(node.at, message);
    }
    let of = format!("{what}: {name}");
    scalar_text(node).ok_or_else(|| reader.wrong(node, &of, "text, a number, a boolean, or a list of them"))
}

/// A scalar as it looks in YAML: a boolean is `true`.
pub(super) fn scalar_text(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Scalar(Value::Null) | Kind::List(_) | Kind::Map(_) => None,
        Kind::Scalar(Value::Bool(flag)) => Some(flag.to_string()),
        Kind::Scalar(value) => Some(value.to_text()),
    }
}
