//! Headers and Basic authentication of a request, of a test and of `config`.
//!
//! Owns: their forms. Does not: know which wins (see `test::definition`).

use super::document::{Entry, Kind, Node};
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

/// The same, where a name may have a list of values, each of which is a header of its own.
pub fn read_repeated(reader: &mut FileReader<'_>, node: &Node) -> Read<Headers> {
    let mut single = node.clone();
    let mut several: Vec<Node> = Vec::new();
    take_lists(&mut single, &mut several);
    let mut all = read(reader, &single)?;
    for node in &several {
        all.entries.extend(read(reader, node)?.entries);
    }
    Ok(all)
}

/// Takes lists of values out of a mapping, and makes a mapping of each value.
fn take_lists(node: &mut Node, several: &mut Vec<Node>) {
    let Kind::Map(entries) = &mut node.kind else { return };
    let at = node.at;
    let alone = |entry: &Entry, value: Node| Node { kind: Kind::Map(vec![Entry { value, ..entry.clone() }]), at };
    entries.retain_mut(|entry| match &mut entry.value.kind {
        Kind::List(items) => {
            let items = std::mem::take(items);
            several.extend(items.into_iter().map(|item| alone(entry, item)));
            false
        }
        Kind::Map(_) if entry.name.eq_ignore_ascii_case("template") => {
            let mut inner = Vec::new();
            take_lists(&mut entry.value, &mut inner);
            several.extend(inner.into_iter().map(|item| alone(entry, item)));
            true
        }
        _ => true,
    });
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
