//! YAML and JSON text to nodes that know where they are written.
//!
//! Owns: positions, YAML 1.1 scalars as PyYAML reads them, merge keys, repeated keys (the last wins).
//! Does not: know what a test is (see `test`, `config`, …).
//!
//! serde_yaml hands every string that it did not have to rewrite as a slice of the source text. The
//! slice's offset gives the place, and the character before it tells a plain scalar from a quoted
//! one, so that plain `yes` is true and `"yes"` is text. Numbers in a list come without a place; they take that
//! of a neighbour.

mod visitor;

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeSeed;

use self::visitor::{Seed, list};
use super::yaml_errors::{explain, refuse_python_tags, strip_place};
use super::{on_all_cores, pieces};
use crate::ground::source::{Fault, Location, Position, Source};
use crate::ground::value::{Dict, Value};

/// A value and the place where it is written.
#[derive(Debug, Clone)]
pub struct Node {
    /// What is there.
    pub kind: Kind,
    /// Where; not known for a number at the top of a list, for instance.
    pub at: Position,
}

/// The three shapes of a node.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text, a number, a boolean, null or a date.
    Scalar(Value),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in order, every key once.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key where it is not text: `True` for a plain `yes`.
    pub odd_key: Option<Value>,
    /// The key as text: `str(key)`.
    pub name: String,
    /// Where the key is written.
    pub at: Position,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// An entry of a key as Python has it.
    fn new(key: Value, at: Position, value: Node) -> Entry {
        match key {
            Value::Str(name) => Entry { odd_key: None, name, at, value },
            key => Entry { name: key.to_text(), odd_key: Some(key), at, value },
        }
    }

    /// The key as Python has it.
    pub fn key(&self) -> Value {
        self.odd_key.clone().unwrap_or_else(|| Value::Str(self.name.clone()))
    }

    /// Whether both have the same key.
    pub fn has_key_of(&self, other: &Entry) -> bool {
        match (&self.odd_key, &other.odd_key) {
            (None, None) => self.name == other.name,
            (Some(one), Some(other)) => one.identity() == other.identity(),
            _ => false,
        }
    }
}

impl Node {
    /// The text, if it is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// Gives it, and all in it that has no place of its own (numbers, booleans), this place.
    fn placed_at(&mut self, at: Position) {
        if self.at.is_known() || !at.is_known() {
            return;
        }
        self.at = at;
        match &mut self.kind {
            Kind::Scalar(_) => {}
            Kind::List(items) => items.iter_mut().for_each(|item| item.placed_at(at)),
            Kind::Map(entries) => {
                for entry in entries {
                    entry.at = entry.at.or(at);
                    entry.value.placed_at(at);
                }
            }
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null))
    }

    /// The plain value, without positions.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => Value::List(items.iter().map(Node::to_value).collect()),
            Kind::Map(entries) => {
                Value::Dict(entries.iter().map(|entry| (entry.key(), entry.value.to_value())).collect::<Dict>())
            }
        }
    }

    /// What is there, in words for an error message: `text "abc"`, `a list`, `the number 5`.
    pub fn found(&self) -> String {
        match &self.kind {
            Kind::Scalar(Value::Null) => "nothing (null)".to_owned(),
            Kind::Scalar(Value::Bool(flag)) => format!("the boolean {flag}"),
            Kind::Scalar(value @ (Value::Int(_) | Value::Float(_))) => format!("the number {}", value.to_text()),
            Kind::Scalar(Value::Date(date)) => format!("the date {}", date.text),
            Kind::Scalar(value) => {
                let text = value.to_text();
                let short: String = text.chars().take(40).collect();
                let more = if short.len() < text.len() { "…" } else { "" };
                format!("the text \"{}{more}\"", short.escape_debug())
            }
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// Which language a text is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// YAML 1.1.
    Yaml,
    /// JSON: every string is quoted, nothing is guessed.
    Json,
}

/// Reads all documents of a text; the source that comes back is the one that the places refer to.
///
/// # Errors
/// The first thing that is not YAML (or JSON), with its place.
pub fn read(source: Source, language: Language) -> Result<(Source, Vec<Node>), Fault> {
    if language == Language::Json {
        let nodes = read_json(&source)?;
        return Ok((source, nodes));
    }
    refuse_python_tags(&source)?;
    let mut source = source;
    loop {
        let error = match read_yaml(&source) {
            Ok(nodes) => return Ok((source, nodes)),
            Err(error) => error,
        };
        match with_space_after_colon(&source, &error) {
            Some(mended) => source = mended,
            None => return Err(Reader { source: &source, language }.yaml_fault(&error)),
        }
    }
}

fn read_json(source: &Source) -> Result<Vec<Node>, Fault> {
    let reader = Reader { source, language: Language::Json };
    let mut deserializer = serde_json::Deserializer::from_str(source.text());
    let node = Seed(&reader)
        .deserialize(&mut deserializer)
        .and_then(|node| deserializer.end().map(|()| node))
        .map_err(|error| reader.fault_at(error.line(), error.column(), &strip_place(&error.to_string())))?;
    Ok(vec![node])
}

fn read_yaml(source: &Source) -> Result<Vec<Node>, serde_yaml::Error> {
    let reader = Reader { source, language: Language::Yaml };
    if let Some(node) = read_batches(&reader) {
        return Ok(vec![node]);
    }
    read_documents(&reader, source.text())
}

fn read_documents(reader: &Reader<'_>, text: &str) -> Result<Vec<Node>, serde_yaml::Error> {
    serde_yaml::Deserializer::from_str(text).map(|document| Seed(reader).deserialize(document)).collect()
}

/// A long list, piece by piece, on as many threads as there are cores. `None` where it cannot be cut, or where a
/// piece is not right by itself: then the text as a whole says what is wrong.
fn read_batches(reader: &Reader<'_>) -> Option<Node> {
    let pieces = pieces::split(reader.source.text())?;
    let lists =
        on_all_cores::over(pieces, |piece| read_batch(reader, piece)).into_iter().collect::<Option<Vec<_>>>()?;
    let mut items = Vec::with_capacity(lists.iter().map(Vec::len).sum());
    lists.into_iter().for_each(|mut list| items.append(&mut list));
    Some(list(items))
}

fn read_batch(reader: &Reader<'_>, piece: Range<usize>) -> Option<Vec<Node>> {
    let mut documents = read_documents(reader, &reader.source.text()[piece]).ok()?;
    match (documents.pop()?.kind, documents.is_empty()) {
        (Kind::List(items), true) => Some(items),
        _ => None,
    }
}

/// PyYAML ends a plain key in flow style at `:{`, `:[` and the like: `{template:{a: b}}`. libyaml
/// wants a space there; giving it one is all the difference.
fn with_space_after_colon(source: &Source, error: &serde_yaml::Error) -> Option<Source> {
    let offset = error.location()?.index();
    let text = source.text();
    if !error.to_string().contains("found unexpected ':'") || text.as_bytes().get(offset) != Some(&b':') {
        return None;
    }
    let mended = format!("{}: {}", &text[..offset], &text[offset + 1..]);
    Some(Source::new(source.name().clone(), mended))
}

/// Reads one YAML text (or JSON, which is nearly the same) that is not a suite, such as a schema.
///
/// # Errors
/// A fragment with line and column.
pub fn read_value(text: &str) -> Result<Value, String> {
    let source = Source::new("", text.to_owned());
    let (_, nodes) = read(source, Language::Yaml).map_err(|fault| match fault.location.position {
        at if at.is_known() => format!("{} at line {} column {}", fault.message, at.line, at.column),
        _ => fault.message,
    })?;
    match nodes.as_slice() {
        [] => Ok(Value::Null),
        [one] => Ok(one.to_value()),
        _ => Err("it holds more than one document".to_owned()),
    }
}

struct Reader<'s> {
    source: &'s Source,
    language: Language,
}

impl Reader<'_> {
    fn fault_at(&self, line: usize, column: usize, message: &str) -> Fault {
        let position = Position { line: line as u32, column: column as u32 };
        Fault { location: self.source.location(position), message: message.to_owned() }
    }

    fn yaml_fault(&self, error: &serde_yaml::Error) -> Fault {
        let message = explain(&strip_place(&error.to_string()));
        match error.location() {
            Some(place) => self.fault_at(place.line(), place.column(), &message),
            None => Fault {
                location: Location { file: self.source.name().clone(), position: Position::default() },
                message,
            },
        }
    }
}

/// A file's text as a source, and its language by the name's ending.
pub fn language_of(name: &Arc<str>) -> Language {
    if name.to_ascii_lowercase().ends_with(".json") { Language::Json } else { Language::Yaml }
}

#[cfg(test)]
mod tests;
