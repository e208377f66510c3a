//! Headers and Basic authentication of a request, of a test and of `config`.
//!
//! Owns: their forms. Does not: know which wins (see `test::definition`).

use super::document::{Kind, Node};
use super::fields::{Field, entry};
use super::reader::{FileReader, Read};
use crate::test::headers::Headers;
use crate::variables::template::{Template, Text};

/// Reads headers: a mapping of names to values, or one below `template`.
pub fn read(reader: &mut FileReader<'_>, node: &Node) -> Read<Headers> {
    let entries = reader.flatten(node, "headers")?;
    for entry in entries.iter().filter(|entry| !entry.name.eq_ignore_ascii_case("template")) {
        if !matches!(entry.value.kind, Kind::Scalar(_)) {
            let found = entry.value.found();
            reader.warn(
                entry.at,
                format!("the header {} is {found}, and is sent as Python writes it; write text", entry.name),
            );
        }
    }
    let template = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case("template"));
    let texts = |entries: Vec<Field<'_>>| {
        entries.iter().map(|entry| (entry.name.clone(), entry.value.to_value().to_text())).collect()
    };
    match template {
        Some(template) => {
            let Kind::Map(_) = template.value.kind else {
                return Err(reader.wrong(&template.value, "the template of headers", "a mapping of names to values"));
            };
            let entries = reader.flatten(&template.value, "the template of headers")?;
            Ok(Headers::templated(texts(entries)))
        }
        None => Ok(Headers::plain(texts(entries))),
    }
}

/// Reads a name or a password: text, or `{template: $name}`.
pub fn read_credential(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Text> {
    if let Kind::Map(_) = node.kind {
        let keys = reader.fields(node, what)?;
        return match (entry(&keys, "template"), keys.len()) {
            (Some(template), 1) => Ok(Text::Template(Template::parse(reader.text(&template.value, what)?))),
            _ => Err(reader.wrong(node, what, "text or {template: $name}")),
        };
    }
    let text = node.as_str().ok_or_else(|| reader.wrong(node, what, "text or {template: $name}"))?;
    Ok(Text::Plain(text.to_owned()))
}
