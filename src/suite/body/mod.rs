//! The keys of a body: which of its kinds it is, and what stands below each.
//!
//! Owns: telling the kinds apart, and the refusals. Does not: know what is sent of them (see `variables::body`).

mod json;
mod parts;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

pub use self::values::read_query;
use super::content;
use super::document::{Kind, Node, readings};
use super::fields::{Field, entry};
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::variables::body::{Body, Coding, Graphql, Json};
use crate::variables::content::{Content, FileName};
use crate::variables::template::{Template, Text};

/// The kinds that PyRestTest does not have, by their keys.
pub const KINDS: [&str; 6] = ["json", "form", "multipart", "graphql", "base64", "hex"];

const BINARY_TEMPLATE: &str =
    "binary: true sends a file exactly as it is, and template would change it; leave one of them out";

/// What a body is read with.
#[derive(Clone, Copy)]
struct Place<'f> {
    /// Where relative files are looked up.
    folders: &'f [PathBuf],
    /// Whether it stands below `template`.
    is_template: bool,
}

/// Reads a body. `folders` is where relative files are looked up.
pub fn read(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<Body> {
    read_body(reader, node, Place { folders, is_template: false })
}

fn read_body(reader: &mut FileReader<'_>, node: &Node, place: Place<'_>) -> Read<Body> {
    match &node.kind {
        Kind::Scalar(Value::Str(text)) => return Ok(Body::Text(Content::Inline(Text::Plain(text.clone())))),
        Kind::Scalar(Value::Bytes(bytes)) => return Ok(Body::Bytes(bytes.as_slice().into())),
        Kind::Scalar(_) => return Err(reader.wrong(node, "body", "text, or a mapping such as {json: …} or {file: …}")),
        Kind::List(_) | Kind::Map(_) => {}
    }
    let keys = reader.fields(node, "body")?;
    let mut kinds = keys.iter().filter(|key| KINDS.contains(&key.name.as_str()));
    let Some(kind) = kinds.next() else { return read_text_or_file(reader, node, &keys, place) };
    if let Some(other) = keys.iter().find(|key| key.name != kind.name) {
        let message = match other.name.as_str() {
            "template" => format!("template beside {0} has no effect; write {0}: {{template: …}}", kind.name),
            name if KINDS.contains(&name) || name == "file" => {
                format!("body has both {} and {name}; it can be one of them", kind.name)
            }
            name => {
                let meant = did_you_mean(name, Element::Body.names());
                format!("unknown key \"{name}\" beside {} in a body{meant}", kind.name)
            }
        };
        return Err(reader.fault(other.at, message));
    }
    let value = &kind.value;
    Ok(match kind.name.as_str() {
        "json" => Body::Json(json::read(reader, value, place.is_template)?),
        "form" => Body::Form(values::read_form(reader, value, place.is_template)?),
        "multipart" => Body::Multipart(parts::read(reader, value, place)?),
        "graphql" => Body::Graphql(Box::new(read_graphql(reader, value, place)?)),
        "hex" => read_spelled(reader, value, Coding::Hex, place)?,
        _ => read_spelled(reader, value, Coding::Base64, place)?,
    })
}

/// The forms that PyRestTest has, and `{file: …, binary: true}`.
fn read_text_or_file(reader: &mut FileReader<'_>, node: &Node, keys: &[Field<'_>], place: Place<'_>) -> Read<Body> {
    let names = Element::Body.names();
    let Some(outer) = keys.iter().find(|key| matches!(key.name.as_str(), "template" | "file")) else {
        let mut meant = keys.iter().map(|key| did_you_mean(&key.name, names.iter().copied()));
        let remedy = match entry(keys, "binary") {
            Some(_) => "; binary goes with file: {file: path, binary: true}".to_owned(),
            None => meant
                .find(|meant| !meant.is_empty())
                .unwrap_or_else(|| "; to send a mapping as JSON, write {json: {…}}".to_owned()),
        };
        return Err(reader.fault(node.at, format!("body has none of {}{remedy}", names[..names.len() - 1].join(", "))));
    };
    for key in keys.iter().filter(|key| !names.contains(&key.name.as_str())) {
        reader.unknown_key(key, "a body", &names)?;
    }
    if outer.name == "template"
        && let Kind::Map(_) = outer.value.kind
        && let Some(binary) = entry(&reader.fields(&outer.value, "body")?, "binary")
        && reader.boolean(&binary.value, "binary")?
    {
        return Err(reader.fault(binary.at, BINARY_TEMPLATE));
    }
    let is_binary = match entry(keys, "binary") {
        Some(flag) => reader.boolean(&flag.value, "binary")?,
        None => false,
    };
    if !is_binary {
        if outer.name == "template" && names_a_kind(&outer.value) {
            return read_body(reader, &outer.value, Place { is_template: true, ..place });
        }
        let content = content::read(reader, node, "body", place.folders)?;
        return Ok(Body::Text(if place.is_template { templated(content) } else { content }));
    }
    if entry(keys, "template").is_some() || place.is_template || outer.name != "file" {
        return Err(reader.fault(outer.at, BINARY_TEMPLATE));
    }
    Ok(Body::File(FileName { path: read_text(reader, &outer.value, "file", false)?, folders: place.folders.to_vec() }))
}

/// Whether a mapping has a key of one of the kinds.
fn names_a_kind(node: &Node) -> bool {
    let is_kind = |name: &str| KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(name));
    match &node.kind {
        Kind::Map(entries) => entries.iter().any(|entry| is_kind(&entry.name)),
        Kind::List(items) => items.iter().any(names_a_kind),
        Kind::Scalar(_) => false,
    }
}

fn templated(content: Content) -> Content {
    match content {
        Content::Inline(Text::Plain(text)) => Content::Inline(Text::Template(Template::parse(&text))),
        Content::File { path, folders, .. } => Content::File { path, folders, is_template: true },
        content => content,
    }
}

/// What spells bytes; what is wrong with it is told at once where nothing is to be filled in.
fn read_spelled(reader: &FileReader<'_>, node: &Node, coding: Coding, place: Place<'_>) -> Read<Body> {
    // Digits alone are a number to YAML.
    let written = Some(node).filter(|node| node.as_str().is_none());
    let written = written.and_then(|node| readings::written(&reader.source, node));
    let content = match written {
        Some(digits) => Content::Inline(Text::Plain(digits.to_owned())),
        None => content::read(reader, node, coding.name(), place.folders)?,
    };
    let content = if place.is_template { templated(content) } else { content };
    match &content {
        Content::Inline(Text::Plain(text)) => {
            let bytes = coding.decode(text);
            bytes
                .map(|bytes| Body::Bytes(bytes.into()))
                .map_err(|message| reader.fault(node.at, format!("{}: {message}", coding.name())))
        }
        _ => Ok(Body::Spelled(coding, content)),
    }
}

fn read_graphql(reader: &mut FileReader<'_>, node: &Node, place: Place<'_>) -> Read<Graphql> {
    let (Kind::Map(_) | Kind::List(_)) = node.kind else {
        return Err(reader.wrong(node, "graphql", "a mapping such as {query: …, variables: {…}}"));
    };
    let mut keys = reader.fields(node, "graphql")?;
    let mut place = place;
    if let [key] = keys.as_slice()
        && key.name == "template"
    {
        place.is_template = true;
        return read_graphql(reader, &key.value.clone(), place);
    }
    let (mut query, mut variables, mut operation_name, mut extensions) = (None, None, None, None);
    for key in keys.drain(..) {
        let value = &key.value;
        match key.name.as_str() {
            // Its `$names` are GraphQL's own, unless it says `template` itself.
            "query" => query = Some(content::read(reader, value, "query", place.folders)?),
            "variables" | "extensions" if value.is_null() => {}
            "operationname" if value.is_null() => {}
            "variables" | "extensions" => {
                let is_name = place.is_template && value.as_str().is_some();
                if !matches!(value.kind, Kind::Map(_)) && !is_name {
                    return Err(reader.wrong(value, &key.name, "a mapping"));
                }
                let json = Some(json::read(reader, value, place.is_template)?);
                *(if key.name == "variables" { &mut variables } else { &mut extensions }) = json;
            }
            "operationname" => operation_name = Some(read_text(reader, value, "operationName", place.is_template)?),
            name => {
                let known = ["query", "variables", "operationName", "extensions"];
                let meant = did_you_mean(name, known);
                let allowed = known.join(", ");
                return Err(reader.fault(key.at, format!("unknown key \"{name}\" in graphql{meant}; one of {allowed}")));
            }
        }
    }
    let Some(query) = query else { return Err(reader.fault(node.at, "graphql has no query")) };
    Ok(Graphql { query, variables, operation_name, extensions })
}

/// The path of `save`: text, or `{body: …}`, with or without `template`.
pub fn read_path(reader: &FileReader<'_>, node: &Node) -> Read<Text> {
    let Kind::Map(_) = node.kind else { return read_text(reader, node, "save", false) };
    let keys = reader.fields(node, "save")?;
    match keys.as_slice() {
        [key] if key.name == "body" => read_text(reader, &key.value, "the path of save", false),
        [key] if key.name == "template" => read_text(reader, &key.value, "the path of save", true),
        _ => {
            let wrong = keys.iter().find(|key| key.name != "body");
            let meant = wrong.map_or_else(String::new, |key| did_you_mean(&key.name, ["body"]));
            let at = wrong.map_or(node.at, |key| key.at);
            Err(reader.fault(at, format!("save must be a path, or {{body: path}}{meant}")))
        }
    }
}

/// A text, or `{template: …}`; numbers and booleans are text, too.
fn read_text(reader: &FileReader<'_>, node: &Node, what: &str, is_template: bool) -> Read<Text> {
    if let Kind::Map(_) = &node.kind {
        let keys = reader.fields(node, what)?;
        return match keys.as_slice() {
            [key] if key.name == "template" => read_text(reader, &key.value, what, true),
            _ => Err(reader.wrong(node, what, "text or {template: …}")),
        };
    }
    let text = values::scalar_text(node).ok_or_else(|| reader.wrong(node, what, "text or {template: …}"))?;
    Ok(if is_template { Text::Template(Template::parse(&text)) } else { Text::Plain(text) })
}

/// Bytes for whoever keeps them.
fn shared(bytes: &[u8]) -> Arc<[u8]> {
    bytes.into()
}

/// Reads a mapping whose only key is `template`: a JSON value with variables in it.
pub fn read_json(reader: &mut FileReader<'_>, node: &Node) -> Read<Json> {
    json::read(reader, node, false)
}

#[cfg(test)]
mod tests;
