//! Where serde meets nodes: every value of a text as it is handed over.
//!
//! Owns: telling plain from quoted text, places, keys. Does not: know YAML 1.1 (see `yaml11`), find pieces.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::binary::binary_items;
use super::merging::{last_wins, last_wins_noting, merge_into, repeated_key};
use super::node::{Entry, Kind, Language, Node};
use super::yaml_errors::{A_KEY, NO_KEY};
use super::yaml11;
use crate::ground::source::{Fault, Position, Source};
use crate::ground::value::Value;
use crate::variables::body::Coding;

/// The text that is being read.
pub(super) struct Reader<'s> {
    pub(super) source: &'s Source,
    pub(super) language: Language,
    /// How far the numbers of a JSON text have been handed over.
    read: AtomicUsize,
    /// Keys that are given again in one mapping; pieces of a text are read at the same time.
    repeated: Mutex<Vec<Fault>>,
    /// The bytes that are items of lists, once a text is met that may be one.
    binary_items: OnceLock<Vec<String>>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(source: &'s Source, language: Language) -> Reader<'s> {
        Reader {
            source,
            language,
            read: AtomicUsize::new(0),
            repeated: Mutex::default(),
            binary_items: OnceLock::new(),
        }
    }

    /// What was noted of repeated keys, in the order of the text.
    pub(super) fn into_repeated(self) -> Vec<Fault> {
        let mut repeated = self.repeated.into_inner().unwrap_or_default();
        repeated.sort_by_key(|fault| fault.location.position);
        repeated
    }

    fn note_repeated(&self, first: &Entry, again: &Entry) {
        if let Ok(mut repeated) = self.repeated.lock() {
            repeated.push(Fault::new(self.source.location(again.at), repeated_key(&again.name, first.at, again.at)));
        }
    }

    /// A number of a text. Of JSON, serde gives integers beyond 64 bits and `-0` as floats, and no place: but numbers
    /// come in the order of the text, so that the next one in it is this one.
    fn number(&self, value: Value) -> Node {
        let text = self.source.text();
        let written = (self.language == Language::Json).then(|| next_number(text, self.read.load(Ordering::Relaxed)));
        let Some(range) = written.flatten() else { return scalar(signed_integer(text, &value).unwrap_or(value)) };
        self.read.store(range.end, Ordering::Relaxed);
        let exact = Value::integer(&text[range.clone()]).unwrap_or(value);
        Node { kind: Kind::Scalar(exact), at: self.source.position(range.start) }
    }

    /// A string that stands at an offset of the source, behind a tag or none: its place, and its value if it is
    /// a plain scalar.
    fn slice(&self, text: &str, offset: usize, tag: Option<&str>) -> Node {
        let quoted = self.language == Language::Json || self.source.text()[..offset].ends_with(['"', '\'']);
        let value = if quoted || matches!(tag, Some("!!str" | "!")) {
            Value::Str(text.to_owned())
        } else {
            yaml11::resolve(text)
        };
        Node { kind: Kind::Scalar(value), at: self.source.position(offset) }
    }

    /// The tag that stands before a scalar.
    fn tag_before(&self, offset: usize) -> Option<&str> {
        // On the same line: the last word of a text that ends the line before is none.
        let before = self.source.text()[..offset].trim_end_matches(['"', '\'']).trim_end_matches([' ', '\t']);
        if before.ends_with(['\n', ':', '-', ',', '{', '[', '?']) {
            return None;
        }
        let start = before.rfind([' ', '\t', '\n', '[', '{', ',']).map_or(0, |at| at + 1);
        Some(&before[start..]).filter(|token| token.starts_with('!'))
    }

    /// Whether an item of a list stands behind `!!binary`. Serde_yaml says no more of it than its text.
    fn is_binary_item(&self, item: &Node) -> bool {
        let Kind::Scalar(Value::Str(text)) = &item.kind else { return false };
        if item.at.is_known() || self.language == Language::Json {
            return false;
        }
        let items = self.binary_items.get_or_init(|| binary_items(self.source));
        items.iter().any(|have| have.chars().eq(text.chars().filter(|c| !c.is_whitespace())))
    }

    /// What the value of a key that ends here plainly is: a scalar is a word, a path, a number.
    fn value_after(&self, end: usize) -> Shape {
        if self.language == Language::Json {
            return Shape::Any;
        }
        let rest = self.source.text().as_bytes().get(end..).unwrap_or_default();
        let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
        let Some(rest) = rest.strip_prefix(b": ") else { return Shape::Any };
        let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
        let is_scalar = match &rest[blanks..] {
            [b'!', b'!', b'b', b'i', b'n', b'a', b'r', b'y', b' ' | b'\n' | b'\r', ..] => return Shape::Binary,
            [b'-', next, ..] => next.is_ascii_alphanumeric() || *next == b'.',
            [b'!', rest @ ..] => {
                // A scalar behind one of YAML's own tags: what it says of the word, YAML 1.1 has to say, too.
                let end = rest.iter().position(|byte| *byte == b' ').unwrap_or(rest.len());
                let value = rest[end..].iter().find(|byte| **byte != b' ');
                matches!(&rest[..end], b"" | b"!str" | b"!int" | b"!float" | b"!bool" | b"!null")
                    && value.is_some_and(|first| first.is_ascii_alphanumeric() || b"/$_~+.-\"'".contains(first))
            }
            [first, ..] => first.is_ascii_alphanumeric() || b"/$_~+.".contains(first),
            [] => false,
        };
        if is_scalar { Shape::Scalar } else { Shape::Any }
    }
}

/// What a value plainly is before it is read.
enum Shape {
    /// A scalar on one line.
    Scalar,
    /// Bytes behind `!!binary`.
    Binary,
    /// Not plain.
    Any,
}

/// Bytes behind `!!binary`: of a text on several lines, serde_yaml says neither place nor tag.
struct Binary;

impl<'de> DeserializeSeed<'de> for Binary {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Binary {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("base64 behind !!binary")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        Ok(scalar(binary(text)?))
    }
}

fn binary<E: Error>(text: &str) -> Result<Value, E> {
    Coding::Base64.decode(text).map(Value::Bytes).map_err(|message| E::custom(format!("!!binary: {message}")))
}

/// A value of whatever kind. A plain number comes as YAML 1.2 has it, and without its place.
pub(super) struct Seed<'r, 's>(pub(super) &'r Reader<'s>);

/// A key, or a value that is known to be a scalar; and the offset at which it ends, if that is known. Serde_yaml
/// gives its text as it stands, instead of trying it as every kind of number, so that YAML 1.1 has the word.
struct Scalar<'r, 's>(&'r Reader<'s>);

impl<'de> DeserializeSeed<'de> for Scalar<'_, '_> {
    type Value = (Node, Option<usize>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_, '_> {
    type Value = (Node, Option<usize>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(A_KEY)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        let Some(start) = self.0.source.offset_of(text) else { return self.visit_str(text) };
        // Of a tag, serde_yaml says nothing here.
        let tag = self.0.tag_before(start);
        let mut node = self.0.slice(text, start, tag);
        match tag {
            None | Some("!!str" | "!") => {}
            Some("!!binary") => node.kind = Kind::Scalar(binary(text)?),
            Some(tag @ ("!!int" | "!!float" | "!!bool" | "!!null")) => match yaml11::tagged(tag, text) {
                Some(value) => node.kind = Kind::Scalar(value),
                None => return Err(E::custom(format!("{text:?} cannot be read as {tag}"))),
            },
            Some(tag) => return Err(E::custom(unknown_tag(tag))),
        }
        Ok((node, Some(start + text.len())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok((scalar(Value::Str(text.to_owned())), None))
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_, '_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

fn scalar(value: Value) -> Node {
    Node { kind: Kind::Scalar(value), at: Position::default() }
}

impl<'de> Visitor<'de> for Seed<'_, '_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(scalar(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(scalar(Value::Bool(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(self.0.number(Value::Int(number.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(self.0.number(Value::Int(number.into())))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Node, E> {
        Ok(self.0.number(Value::Int(number)))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Node, E> {
        Ok(self.0.number(Value::integer(&number.to_string()).unwrap_or(Value::Float(number as f64))))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(self.0.number(Value::Float(number)))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Node, E> {
        let Some(start) = self.0.source.offset_of(text) else { return self.visit_str(text) };
        let tag = self.0.tag_before(start);
        let mut node = self.0.slice(text, start, tag);
        if tag == Some("!!binary") && self.0.language == Language::Yaml {
            node.kind = Kind::Scalar(binary(text)?);
        }
        Ok(node)
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(scalar(Value::Str(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(mut item) = seq.next_element_seed(Seed(self.0))? {
            if self.0.is_binary_item(&item) {
                item = scalar(binary(&item.to_value().to_text())?);
            }
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(list(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut merged = Vec::new();
        let mut own = Vec::new();
        while let Some((key, end)) = map.next_key_seed(Scalar(self.0))? {
            let mut value = match end.map_or(Shape::Any, |end| self.0.value_after(end)) {
                Shape::Scalar => map.next_value_seed(Scalar(self.0))?.0,
                Shape::Binary => map.next_value_seed(Binary)?,
                Shape::Any => map.next_value_seed(Seed(self.0))?,
            };
            value.placed_at(key.at);
            let Kind::Scalar(name) = key.kind else {
                return Err(Error::custom(NO_KEY));
            };
            if self.0.language == Language::Yaml && name.as_str() == Some("<<") {
                merge_into(&mut merged, value).map_err(Error::custom)?;
                continue;
            }
            own.push(Entry::new(name, key.at, value));
        }
        let mut own = last_wins_noting(own, |first, again| self.0.note_repeated(first, again));
        let mut entries = if merged.is_empty() {
            own
        } else {
            merged.append(&mut own);
            last_wins(merged)
        };
        entries.shrink_to_fit();
        let at = entries.iter().map(|entry| entry.at).find(|at| at.is_known()).unwrap_or_default();
        Ok(Node { kind: Kind::Map(entries), at })
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
        let (tag, tagged) = data.variant::<Tag>()?;
        // The tag that says only that nothing is guessed.
        if tag.0 == "!" || tag.0.is_empty() {
            return Ok(tagged.newtype_variant_seed(Scalar(self.0))?.0);
        }
        Err(Error::custom(unknown_tag(&format!("!{}", tag.0))))
    }
}

fn unknown_tag(tag: &str) -> String {
    format!("unknown tag {tag}; only YAML's own tags, such as !!str, are allowed")
}

struct Tag(String);

impl<'de> serde::Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tag, D::Error> {
        String::deserialize(deserializer).map(Tag)
    }
}

/// A list, whose items without a place of their own take that of the first that has one.
pub(super) fn list(mut items: Vec<Node>) -> Node {
    let at = items.iter().map(|item| item.at).find(|at| at.is_known()).unwrap_or_default();
    for item in &mut items {
        item.placed_at(at);
    }
    Node { kind: Kind::List(items), at }
}

/// The integer that a float stands for: YAML's reader gives one with a sign, and beyond 128 bits, so, and no place of
/// it. Nothing where the text has no such integer, or has several that are this float.
fn signed_integer(text: &str, value: &Value) -> Option<Value> {
    let Value::Float(float) = value else { return None };
    if !float.is_finite() || float.abs() < 1e38 {
        return None;
    }
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+');
    let words = text.split(|c: char| !is_of_word(c)).filter(|word| word.starts_with(['-', '+']));
    let mut found = words.filter(|word| word.parse() == Ok(*float)).filter_map(Value::integer);
    let first = found.next()?;
    found.all(|other| other.py_eq(&first)).then_some(first)
}

/// Where the next number of a JSON text stands, from a place outside of its strings on.
fn next_number(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &&u8| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let length = bytes[at..].iter().take_while(is_part).count();
                return Some(at..at + length);
            }
            _ => at += 1,
        }
    }
}
