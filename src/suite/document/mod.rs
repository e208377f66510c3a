//! YAML and JSON text to nodes that know where they are written.
//!
//! Owns: positions, YAML 1.1 scalars as PyYAML reads them, merge keys, repeated keys (the last wins).
//! Does not: know what a test is (see `test`, `config`, …).
//!
//! serde_yaml hands every string that it did not have to rewrite as a slice of the source text. The
//! slice's offset gives the place, and the character before it tells a plain scalar from a quoted
//! one, so that plain `yes` is true and `"yes"` is text. Numbers in a list come without a place; they take that
//! of a neighbour.

mod binary;
mod flow;
mod indentation;
mod merging;
mod node;
mod pieces;
pub mod readings;
mod visitor;
mod yaml11;
mod yaml_errors;

use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeSeed;

use self::flow::Mend;
pub(super) use self::merging::{last_wins, repeated_key};
pub use self::node::{Entry, Kind, Language, Node};
use self::visitor::{Reader, Seed, list};
use self::yaml_errors::{explain, refuse_python_tags, strip_place};
use super::faults::{add_excerpts, with_excerpt_at};
use super::on_all_cores;
use crate::ground::python_json;
use crate::ground::source::{Fault, Position, Source};
use crate::ground::value::Value;

/// A text that has been read.
#[derive(Debug)]
pub struct Document {
    /// The text that the places refer to.
    pub source: Source,
    /// Its documents.
    pub roots: Vec<Node>,
    /// What is probably meant otherwise: keys that are given again.
    pub warnings: Vec<Fault>,
}

/// Reads all documents of a text.
///
/// # Errors
/// The first thing that is not YAML (or JSON), with its place and its line.
pub fn read(source: Source, language: Language) -> Result<Document, Fault> {
    let mut read = read_text(source, language)?;
    add_excerpts(&mut read.warnings, &read.source);
    Ok(read)
}

fn read_text(source: Source, language: Language) -> Result<Document, Fault> {
    let shown = |source: &Source, mut fault: Fault| {
        add_excerpts([&mut fault], source);
        fault
    };
    if language == Language::Json {
        let (roots, warnings) = read_json(&source).map_err(|fault| shown(&source, fault))?;
        return Ok(Document { source, roots, warnings });
    }
    let source = with_known_version(source);
    refuse_python_tags(&source)
        .and_then(|()| refuse_endless_nesting(&source))
        .map_err(|fault| shown(&source, fault))?;
    let mut source = source;
    let mut mends = 0;
    loop {
        let error = match read_yaml(&source) {
            Ok((roots, warnings)) => return Ok(Document { source, roots, warnings }),
            Err(error) => error,
        };
        match mended(&source, &error) {
            Some(mended) if mends < MOST_MENDS => source = mended,
            _ => return Err(shown(&source, yaml_fault(&source, &error))),
        }
        mends += 1;
    }
}

/// PyYAML reads any version 1 as 1.1; libyaml knows 1.1 and 1.2, and refuses others. Places stay as they are.
fn with_known_version(source: Source) -> Source {
    const DIRECTIVE: &str = "%YAML 1.";
    if !source.text().contains(DIRECTIVE) {
        return source;
    }
    let mut text = String::with_capacity(source.text().len());
    let mut is_before_document = true;
    for line in source.text().split_inclusive('\n') {
        let version = line.strip_prefix(DIRECTIVE).filter(|_| is_before_document);
        let digits = version.map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
        if digits > 0 {
            text.push_str(&format!("{DIRECTIVE}{:0>digits$}", 1));
        }
        text.push_str(if digits > 0 { &line[DIRECTIVE.len() + digits..] } else { line });
        is_before_document = line.trim_end() == "..." || is_before_document && line.starts_with(['%', '#', '\n', '\r']);
    }
    Source::new(source.name().clone(), text)
}

/// One is enough for all texts but those that `flow` does not see through.
const MOST_MENDS: usize = 50;

/// How deep a text may be nested; the YAML reader's own limit.
const DEEPEST: usize = 128;

/// What is nested without an end, before the reader spends seconds on it.
fn refuse_endless_nesting(source: &Source) -> Result<(), Fault> {
    if !flow::may_be_deep(source.text()) {
        return Ok(());
    }
    match flow::look_over(source.text(), DEEPEST).too_deep {
        Some(at) => Err(Fault::new(source.location(source.position(at)), explain("recursion limit exceeded"))),
        None => Ok(()),
    }
}

fn read_json(source: &Source) -> Result<(Vec<Node>, Vec<Fault>), Fault> {
    let reader = Reader::new(source, Language::Json);
    let mut deserializer = serde_json::Deserializer::from_str(source.text());
    let error = match Seed(&reader).deserialize(&mut deserializer).and_then(|node| deserializer.end().map(|()| node)) {
        Ok(node) => return Ok((vec![node], reader.into_repeated())),
        Err(error) => error,
    };
    // Python takes more than the standard allows.
    python_json::read(source.text(), &mut Nodes(source)).map(|node| (vec![node], Vec::new())).map_err(|wrong| {
        let (line, column) = (wrong.line(source.text()), wrong.column(source.text()));
        if (line, column) > (error.line(), error.column() + 1) {
            fault_at(source, line, column, wrong.reason)
        } else {
            fault_at(source, error.line(), error.column(), &strip_place(&error.to_string()))
        }
    })
}

/// Nodes of JSON as Python reads it.
struct Nodes<'s>(&'s Source);

impl python_json::Build for Nodes<'_> {
    type Out = Node;

    fn scalar(&mut self, at: usize, value: Value) -> Node {
        // The place of a text is that behind its quote.
        let at = at + usize::from(matches!(value, Value::Str(_)));
        Node { kind: Kind::Scalar(value), at: self.0.position(at) }
    }

    fn list(&mut self, at: usize, items: Vec<Node>) -> Node {
        Node { kind: Kind::List(items), at: self.0.position(at) }
    }

    fn object(&mut self, _: usize, entries: Vec<(usize, String, Node)>) -> Node {
        let entry = |(at, key, value)| Entry::new(Value::Str(key), self.0.position(at + 1), value);
        let entries: Vec<Entry> = last_wins(entries.into_iter().map(entry).collect());
        Node { at: entries.first().map_or_else(Position::default, |first| first.at), kind: Kind::Map(entries) }
    }
}

fn read_yaml(source: &Source) -> Result<(Vec<Node>, Vec<Fault>), serde_yaml::Error> {
    let reader = Reader::new(source, Language::Yaml);
    if let Some(node) = read_batches(&reader) {
        return Ok((vec![node], reader.into_repeated()));
    }
    let reader = Reader::new(source, Language::Yaml);
    let documents = read_documents(&reader, source.text())?;
    Ok((documents, reader.into_repeated()))
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

/// What PyYAML reads and libyaml does not (see `flow`), with the character that makes the difference. It complains
/// of the first place only; where that is the first that we see, too, all are mended at once.
fn mended(source: &Source, error: &serde_yaml::Error) -> Option<Source> {
    let place = error.location()?;
    let offset = source.offset(Position { line: place.line() as u32, column: place.column() as u32 })?;
    let text = source.text();
    let message = error.to_string();
    let is_colon = message.contains("found unexpected ':'") && text.as_bytes().get(offset) == Some(&b':');
    if !is_colon && !message.contains("found a tab character where an indentation space is expected") {
        return None;
    }
    let mut mends = flow::look_over(text, usize::MAX).mends;
    if mends.first().is_none_or(|first| first.complaint != offset) {
        mends = if is_colon { vec![Mend { complaint: offset, at: offset + 1, lacks: ' ' }] } else { return None };
    }
    let mut mended = String::with_capacity(text.len() + mends.len());
    let mut done = 0;
    for mend in mends {
        mended.push_str(&text[done..mend.at]);
        mended.push(mend.lacks);
        done = mend.at;
    }
    mended.push_str(&text[done..]);
    Some(Source::new(source.name().clone(), mended))
}

/// Reads one YAML text (or JSON, which is nearly the same) that is not a suite, such as a schema.
///
/// # Errors
/// A fragment with line and column.
pub fn read_value(text: &str) -> Result<Value, String> {
    let source = Source::new("", text.to_owned());
    let Document { roots, .. } = read(source, Language::Yaml).map_err(|fault| match fault.location.position {
        at if at.is_known() => format!("{} at line {} column {}", fault.message, at.line, at.column),
        _ => fault.message,
    })?;
    match roots.as_slice() {
        [] => Ok(Value::Null),
        [one] => Ok(one.to_value()),
        _ => Err("it holds more than one document".to_owned()),
    }
}

fn fault_at(source: &Source, line: usize, column: usize, message: &str) -> Fault {
    // Of a text that has ended at once, serde_json knows no column.
    let position = Position { line: line as u32, column: column.max(1) as u32 };
    Fault::new(source.location(position), message)
}

fn yaml_fault(source: &Source, error: &serde_yaml::Error) -> Fault {
    let complaint = strip_place(&error.to_string());
    let message = explain(&complaint);
    match error.location() {
        Some(place) => {
            let at = Position { line: place.line() as u32, column: place.column() as u32 };
            match source.offset_up_to(at).and_then(|at| indentation::explained(source.text(), at, &complaint)) {
                Some((offset, told)) => Fault::new(source.location(source.position(offset)), told),
                None => opened(source, Fault::new(source.location(at), message), &error.to_string()),
            }
        }
        None => Fault::new(source.location(Position::default()), message),
    }
}

/// The fault with what of the text is open there, if that is what is wrong: a quote or a bracket.
fn opened(source: &Source, mut fault: Fault, complaint: &str) -> Fault {
    match yaml_errors::opening(complaint) {
        Some((what, at)) => {
            fault.message.push_str(&format!("; {what} of line {} is not closed", at.line));
            with_excerpt_at(fault, at, source)
        }
        None => fault,
    }
}

/// A file's text as a source, and its language by the name's ending.
pub fn language_of(name: &Arc<str>) -> Language {
    if name.to_ascii_lowercase().ends_with(".json") { Language::Json } else { Language::Yaml }
}

#[cfg(test)]
mod tests;
