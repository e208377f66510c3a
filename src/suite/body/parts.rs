//! `multipart: …`: parts in a list, or as a mapping of names.
//!
//! Owns: the keys of a part. Does not: write the form (see `variables::body`).

use std::sync::Arc;

use super::{Place, read_spelled, read_text, shared, values};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::fields::entry;
use crate::suite::keys::Element;
use crate::suite::reader::{FileReader, Read};
use crate::variables::body::{Body, Coding, Multipart, Part, PartContent};
use crate::variables::content::FileName;
use crate::variables::template::{Template, Text};

/// What a part can hold, by its key.
const CONTENTS: [&str; 4] = ["value", "file", "base64", "hex"];

/// Reads a form in parts.
pub fn read(reader: &mut FileReader<'_>, node: &Node, place: Place<'_>) -> Read<Multipart> {
    let draws = Arc::new(reader.seed.draws(&format!("boundary {}:{}", node.at.line, node.at.column)));
    let mut parts = Vec::new();
    read_parts(reader, node, place, &mut parts)?;
    if parts.is_empty() {
        return Err(reader.fault(node.at, "multipart has no parts"));
    }
    Ok(Multipart { parts, draws })
}

fn read_parts(reader: &mut FileReader<'_>, node: &Node, place: Place<'_>, parts: &mut Vec<Part>) -> Read<()> {
    match &node.kind {
        Kind::Map(entries) => {
            if let [template] = entries.as_slice()
                && template.name == "template"
                && !matches!(template.value.kind, Kind::Scalar(_))
            {
                return read_parts(reader, &template.value, Place { is_template: true, ..place }, parts);
            }
            entries.iter().try_for_each(|entry| read_named(reader, entry, place, parts))
        }
        Kind::List(items) => {
            for item in items {
                match &item.kind {
                    Kind::Map(entries) if entries.iter().any(|entry| entry.name.eq_ignore_ascii_case("name")) => {
                        let keys = reader.fields(item, "a part")?;
                        let name = entry(&keys, "name").map(|name| &name.value);
                        let name = name.map(|name| read_text(reader, name, "name of a part", place.is_template));
                        let name = name.transpose()?.unwrap_or(Text::Plain(String::new()));
                        parts.push(read_part(reader, item, name, place)?);
                    }
                    // A list of mappings with a name each, as everywhere.
                    Kind::Map(entries) => {
                        entries.iter().try_for_each(|entry| read_named(reader, entry, place, parts))?;
                    }
                    _ => return Err(reader.wrong(item, "a part", "a mapping such as {name: …, value: …}")),
                }
            }
            Ok(())
        }
        Kind::Scalar(_) => Err(reader.wrong(node, "multipart", "a list of parts, or a mapping of names to values")),
    }
}

/// A part of the mapping: its name is the key.
fn read_named(reader: &mut FileReader<'_>, entry: &Entry, place: Place<'_>, parts: &mut Vec<Part>) -> Read<()> {
    let name = text(entry.name.clone(), place);
    let plain = |content| Part { name: name.clone(), content, filename: None, content_type: None };
    match &entry.value.kind {
        Kind::List(items) => {
            for item in items {
                parts.push(match &item.kind {
                    Kind::Map(_) => read_part(reader, item, name.clone(), place)?,
                    _ => plain(read_content(reader, item, &entry.name, place)?),
                });
            }
        }
        Kind::Map(_) => parts.push(read_part(reader, &entry.value, name, place)?),
        Kind::Scalar(_) => parts.push(plain(read_content(reader, &entry.value, &entry.name, place)?)),
    }
    Ok(())
}

fn text(text: String, place: Place<'_>) -> Text {
    if place.is_template { Text::Template(Template::parse(&text)) } else { Text::Plain(text) }
}

/// A text, a number, a boolean or bytes.
fn read_content(reader: &mut FileReader<'_>, node: &Node, name: &str, place: Place<'_>) -> Read<PartContent> {
    if let Kind::Scalar(Value::Bytes(bytes)) = &node.kind {
        return Ok(PartContent::Bytes(shared(bytes)));
    }
    Ok(PartContent::Text(text(values::read_value(reader, node, "multipart", name)?, place)))
}

/// A part that is a mapping: what it holds under one of four keys, and what is said of it.
fn read_part(reader: &mut FileReader<'_>, node: &Node, name: Text, place: Place<'_>) -> Read<Part> {
    let shown = name.source().to_owned();
    let keys = reader.fields(node, "a part")?;
    if let [key] = keys.as_slice()
        && key.name == "template"
    {
        let content = PartContent::Text(read_text(reader, &key.value, &format!("multipart: {shown}"), true)?);
        return Ok(Part { name, content, filename: None, content_type: None });
    }
    let mut part =
        Part { name, content: PartContent::Text(Text::Plain(String::new())), filename: None, content_type: None };
    let mut held: Option<&str> = None;
    for key in &keys {
        let value = &key.value;
        if CONTENTS.contains(&key.name.as_str()) {
            if let Some(other) = held {
                let message =
                    format!("the part \"{shown}\" has both {other} and {}; it can have one of them", key.name);
                return Err(reader.fault(key.at, message));
            }
            held = Some(&key.name);
        }
        match key.name.as_str() {
            "name" => {}
            "value" => {
                part.content = match value.kind {
                    Kind::Map(_) => {
                        PartContent::Text(read_text(reader, value, &format!("multipart: {shown}"), place.is_template)?)
                    }
                    _ => read_content(reader, value, &shown, place)?,
                };
            }
            "file" => {
                let path = read_text(reader, value, "file", place.is_template)?;
                part.content = PartContent::File(FileName { path, folders: place.folders.to_vec() });
            }
            "base64" => part.content = bytes(read_spelled(reader, value, Coding::Base64, place)?),
            "hex" => part.content = bytes(read_spelled(reader, value, Coding::Hex, place)?),
            "filename" => part.filename = Some(read_text(reader, value, "filename", place.is_template)?),
            "type" => {
                let kind = read_text(reader, value, "type", place.is_template)?;
                if kind.is_constant() && kind.source().chars().any(char::is_control) {
                    return Err(reader.wrong(value, "type", "a content type on one line"));
                }
                part.content_type = Some(kind);
            }
            name => {
                let known = Element::Part.names();
                let (meant, allowed) = (did_you_mean(name, known.iter().copied()), known.join(", "));
                let message = format!("unknown key \"{name}\" in the part \"{shown}\"{meant}; one of {allowed}");
                return Err(reader.fault(key.at, message));
            }
        }
    }
    match held {
        Some(_) => Ok(part),
        None => Err(reader.fault(node.at, format!("the part \"{shown}\" has none of {}", CONTENTS.join(", ")))),
    }
}

fn bytes(body: Body) -> PartContent {
    match body {
        Body::Spelled(coding, content) => PartContent::Spelled(coding, content),
        Body::Bytes(bytes) => PartContent::Bytes(bytes),
        // Nothing else is spelled.
        _ => PartContent::Bytes(shared(&[])),
    }
}
