//! The keys of `json_equals` and `snapshot`.
//!
//! Owns: the forms of what is expected, paths. Does not: compare (see `judge::validate`).

use std::path::PathBuf;

use super::document::{Entry, Kind, Node, read_value};
use super::fields::entry;
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::json;
use crate::ground::value::Value;
use crate::judge::extract::JsonPath;
use crate::judge::validate::{ExpectedJson, JsonEquals, Leniency, Snapshot, Validator};
use crate::variables::content::Content;
use crate::variables::template::{Template, Text};

/// Reads `json_equals: {expected: …, ignore: […], unordered: […], numbers: value, contains: false}`.
pub fn json_equals(reader: &mut FileReader<'_>, element: &Entry, folders: &[PathBuf]) -> Read<Validator> {
    let Kind::Map(_) = element.value.kind else {
        return Err(reader.wrong(&element.value, "json_equals", "a mapping such as {expected: {id: 1}}"));
    };
    let keys = reader.fields(&element.value, "json_equals")?;
    let known = Element::JsonEquals.names();
    for key in keys.iter().filter(|key| !known.contains(&key.name.as_str())) {
        reader.unknown_key(key, "json_equals", &known)?;
    }
    let Some(expected) = entry(&keys, "expected") else {
        return Err(reader.fault(element.at, "json_equals needs expected: a value, {file: path} or {template: …}"));
    };
    let mut leniency = Leniency::default();
    for key in &keys {
        match key.name.as_str() {
            "ignore" => leniency.ignore = paths(reader, &key.value, "ignore")?,
            "unordered" => leniency.unordered = paths(reader, &key.value, "unordered")?,
            "contains" => leniency.contains = reader.boolean(&key.value, "contains")?,
            "numbers" => {
                leniency.is_strict = match key.value.as_str() {
                    Some("strict") => true,
                    Some("value") => false,
                    _ => return Err(reader.wrong(&key.value, "numbers", "strict or value")),
                }
            }
            _ => {}
        }
    }
    let place = reader.location(element.at);
    let equals = JsonEquals { expected: read_expected(reader, &expected.value, folders)?, leniency };
    Ok(Validator::json_equals(equals, place).pointing_at(expected.at))
}

/// `{file: …}` and `{template: …}` are what they say; all else is the value itself.
fn read_expected(reader: &FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<ExpectedJson> {
    if let Some(path) = sole(node, "file") {
        return file(reader, path, false, folders);
    }
    let Some(inner) = sole(node, "template") else { return Ok(ExpectedJson::Value(node.to_value())) };
    match (sole(inner, "file"), inner.as_str()) {
        (Some(path), _) => file(reader, path, true, folders),
        (None, Some(text)) => {
            Ok(ExpectedJson::Text(Content::Inline(Text::Template(Template::parse(text))), read_json_or_yaml))
        }
        (None, None) => Ok(ExpectedJson::Filled(inner.to_value())),
    }
}

/// Below `template`, both the path and the text of the file are templates.
fn file(reader: &FileReader<'_>, path: &Node, is_template: bool, folders: &[PathBuf]) -> Read<ExpectedJson> {
    let inner = sole(path, "template");
    let text = reader.text(inner.unwrap_or(path), "the file of expected")?;
    let path = match is_template || inner.is_some() {
        true => Text::Template(Template::parse(text)),
        false => Text::Plain(text.to_owned()),
    };
    let content = Content::File { path, folders: with_working_directory(folders), is_template };
    Ok(ExpectedJson::Text(content, read_json_or_yaml))
}

/// Reads a text as JSON, in which `1e-08` is a number, else as YAML.
pub fn read_json_or_yaml(text: &str) -> Result<Value, String> {
    json::parse(text.as_bytes()).or_else(|_| read_value(text))
}

/// What a suite reads is looked up beside it, then in the working directory.
fn with_working_directory(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut folders = folders.to_vec();
    if !folders.contains(&PathBuf::new()) {
        folders.push(PathBuf::new());
    }
    folders
}

/// The value of a mapping's only key, if it is this one.
fn sole<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    match &node.kind {
        Kind::Map(entries) => match entries.as_slice() {
            [only] if only.name.eq_ignore_ascii_case(name) => Some(&only.value),
            _ => None,
        },
        _ => None,
    }
}

fn paths(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<JsonPath>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let path = |item: &Node| {
        let text = item
            .as_str()
            .ok_or_else(|| reader.wrong(item, what, "a JSONPath expression such as \"$.id\", or a list of them"))?;
        JsonPath::parse(text).map_err(|reason| reader.fault(item.at.or(node.at), reason))
    };
    items.iter().map(path).collect()
}

/// Reads `snapshot: path`, or `{file: path, ignore: […]}`.
pub fn snapshot(reader: &mut FileReader<'_>, element: &Entry, folders: &[PathBuf]) -> Read<Validator> {
    let place = reader.location(element.at);
    let folders = with_working_directory(folders);
    if let Some(path) = element.value.as_str().filter(|path| !path.is_empty()) {
        let snapshot = Snapshot { file: Text::Plain(path.to_owned()), folders, ignore: Vec::new() };
        return Ok(Validator::snapshot(snapshot, place));
    }
    let Kind::Map(_) = element.value.kind else {
        return Err(reader.wrong(&element.value, "snapshot", "a path, or a mapping such as {file: snap/x.json}"));
    };
    let keys = reader.fields(&element.value, "snapshot")?;
    let known = Element::Snapshot.names();
    for key in keys.iter().filter(|key| !known.contains(&key.name.as_str())) {
        reader.unknown_key(key, "snapshot", &known)?;
    }
    let Some(file) = entry(&keys, "file") else {
        return Err(reader.fault(element.at, "snapshot needs file: a path, or {template: …}"));
    };
    let template = sole(&file.value, "template");
    let path = reader.text(template.unwrap_or(&file.value), "the file of snapshot")?;
    if path.is_empty() {
        return Err(reader.wrong(&file.value, "the file of snapshot", "a path"));
    }
    let file = match template {
        Some(_) => Text::Template(Template::parse(path)),
        None => Text::Plain(path.to_owned()),
    };
    let ignore = entry(&keys, "ignore").map_or(Ok(Vec::new()), |key| paths(reader, &key.value, "ignore"))?;
    Ok(Validator::snapshot(Snapshot { file, folders, ignore }, place))
}
