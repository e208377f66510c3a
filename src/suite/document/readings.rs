//! Scalars that YAML 1.1 reads as something else than they look.
//!
//! Owns: finding what was written where a value stands, and saying what became of it. Does not: know which values
//! matter (see `suite::body`).

use super::node::{Kind, Language, Node};
use super::{language_of, yaml11};
use crate::ground::source::{Position, Source};
use crate::ground::value::Value;

/// What is surprising about how a scalar was read, if anything is: `no`, `0755`, `12:30:45`, `1e3`.
pub fn surprise(source: &Source, node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Scalar(value) => surprise_at(source, node.at, value),
        Kind::List(_) | Kind::Map(_) => None,
    }
}

/// The same of a value, a mapping's key for example, that stands at a place.
pub fn surprise_at(source: &Source, at: Position, value: &Value) -> Option<String> {
    let written = written_at(source, at, value)?;
    let (read, instead) = match value {
        Value::Bool(flag) if !matches!(written, "true" | "false" | "True" | "False" | "TRUE" | "FALSE") => {
            (flag.to_string(), flag.to_string())
        }
        Value::Int(number) if written.trim_start_matches(['+', '-']) != number.unsigned_abs().to_string() => {
            (format!("the number {number}"), number.to_string())
        }
        Value::Float(_) if written.contains([':', '_']) => (format!("the number {}", value.to_text()), value.to_text()),
        Value::Date(date) if date.text != written => (format!("the date {}", date.text), format!("\"{}\"", date.text)),
        Value::Str(_) => {
            let number = written.parse::<f64>().ok().filter(|_| written.starts_with(|c: char| c.is_ascii_digit()))?;
            ("text".to_owned(), Value::Float(number).to_text())
        }
        _ => return None,
    };
    Some(format!("{written} is read as {read}, as YAML 1.1 has it; write \"{written}\" for the text, or {instead}"))
}

/// What stands in the text where a scalar without quotes was read.
pub fn written<'s>(source: &'s Source, node: &Node) -> Option<&'s str> {
    match &node.kind {
        Kind::Scalar(value) => written_at(source, node.at, value),
        Kind::List(_) | Kind::Map(_) => None,
    }
}

fn written_at<'s>(source: &'s Source, at: Position, value: &Value) -> Option<&'s str> {
    // A number in a list may have its neighbour's place.
    plain_scalar(source, at).filter(|written| yaml11::resolve(written).repr() == value.repr())
}

/// The scalar without quotes that begins at a place.
fn plain_scalar(source: &Source, at: Position) -> Option<&str> {
    if !at.is_known() || language_of(source.name()) == Language::Json {
        return None;
    }
    let offset = source.offset(at)?;
    let text = source.text();
    if text[..offset].ends_with(['"', '\'']) {
        return None;
    }
    let rest = &text[offset..];
    let end = rest.find(['\n', '\r', ',', ']', '}']).unwrap_or(rest.len());
    let line = &rest[..end];
    let end = [" #", ": "].iter().filter_map(|mark| line.find(mark)).min().unwrap_or(line.len());
    Some(line[..end].trim_end().trim_end_matches(':')).filter(|scalar| !scalar.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn what_is_read_as_something_else_is_told() {
        let text = "a: no\nb: 0755\nc: 12:30:45\nd: 1e3\ne: \"no\"\nf: 1_000\ng: 5\nh: true\ni: text\nj: 1.50\n\
                    k: {x: Off, y: '0755'}\nl: [on, 7]\nm: 2001-01-02\nn: -5 # no\no: 08\np: +5\n";
        let source = Source::new("s.yaml", text.to_owned());
        let document = read(source, Language::Yaml).unwrap();
        let mut told = Vec::new();
        collect(&document.source, &document.roots[0], &mut told);
        let begins: Vec<&str> = told.iter().map(|text| text.split(" is read").next().unwrap_or_default()).collect();
        assert_eq!(begins, ["no", "0755", "12:30:45", "1e3", "1_000", "Off", "on", "08"]);
        assert_eq!(told[1], "0755 is read as the number 493, as YAML 1.1 has it; write \"0755\" for the text, or 493");
    }

    fn collect(source: &Source, node: &Node, told: &mut Vec<String>) {
        match &node.kind {
            Kind::Scalar(_) => told.extend(surprise(source, node)),
            Kind::List(items) => items.iter().for_each(|item| collect(source, item, told)),
            Kind::Map(entries) => entries.iter().for_each(|entry| collect(source, &entry.value, told)),
        }
    }
}
