//! Nodes: what a text says, and where it says it.
//!
//! Owns: the three shapes, keys as Python has them, what is found in words. Does not: read text.

use crate::ground::source::Position;
use crate::ground::value::{Dict, Value};
use crate::secrets::shown_text;

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
    /// The key where it is not text: `True` for a plain `yes`. Rare, so it makes no entry larger.
    pub typed_key: Option<Box<Value>>,
    /// The key as text: `str(key)`.
    pub name: String,
    /// Where the key is written.
    pub at: Position,
    /// The value.
    pub value: Node,
}

impl Entry {
    /// An entry of a key as Python has it.
    pub(super) fn new(key: Value, at: Position, value: Node) -> Entry {
        match key {
            Value::Str(name) => Entry { typed_key: None, name, at, value },
            key => Entry { name: key.to_text(), typed_key: Some(Box::new(key)), at, value },
        }
    }

    /// The key as Python has it.
    pub fn key(&self) -> Value {
        self.typed_key.as_deref().cloned().unwrap_or_else(|| Value::Str(self.name.clone()))
    }

    /// Whether both have the same key.
    pub fn has_key_of(&self, other: &Entry) -> bool {
        match (&self.typed_key, &other.typed_key) {
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
    pub(super) fn placed_at(&mut self, at: Position) {
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

    /// The kind of what is there, where the value itself is nobody's business.
    pub fn kind_found(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(Value::Null) => "nothing (null)",
            Kind::Scalar(Value::Bool(_)) => "a boolean",
            Kind::Scalar(Value::Int(_) | Value::Huge(_) | Value::Float(_)) => "a number",
            Kind::Scalar(Value::Date(_)) => "a date",
            Kind::Scalar(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// What is there, in words for an error message: `text "abc"`, `a list`, `the number 5`.
    pub fn found(&self) -> String {
        match &self.kind {
            Kind::Scalar(Value::Null) => "nothing (null)".to_owned(),
            Kind::Scalar(Value::Bool(flag)) => format!("the boolean {flag}"),
            Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => {
                format!("the number {}", value.to_text())
            }
            Kind::Scalar(Value::Date(date)) => format!("the date {}", date.text),
            Kind::Scalar(value) => {
                format!("the text \"{}\"", shown_text(&value.to_text()).escape_debug())
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
