//! The key `tags`, of a test and of `config`.

use super::document::{Kind, Node};
use super::faults::Collector;
use super::reader::{FileReader, Read};
use crate::ground::value::Value;
use crate::judge::tags::{Tags, no_tag};

/// Reads one tag or a list of them.
pub fn read(reader: &FileReader<'_>, node: &Node) -> Read<Tags> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Scalar(Value::Null) => &[],
        _ => std::slice::from_ref(node),
    };
    Collector::all(items.iter().map(|item| tag(reader, item))).map(Tags::new)
}

fn tag(reader: &FileReader<'_>, node: &Node) -> Read<String> {
    let text = match &node.kind {
        Kind::Scalar(value @ (Value::Str(_) | Value::Int(_))) => value.to_text(),
        // Plain no, on, yes and the like are booleans in YAML.
        Kind::Scalar(Value::Bool(_)) => {
            return Err(reader.wrong(node, "a tag", "a word, in quotes where YAML takes it for something else"));
        }
        _ => return Err(reader.wrong(node, "tags", "a word or a list of words, such as [slow, eu]")),
    };
    match no_tag(&text) {
        Some(wrong) => {
            let shown = text.escape_debug();
            Err(reader
                .fault(node.at, format!("the tag \"{shown}\" {wrong}; a tag is one word, several are [slow, eu]")))
        }
        None => Ok(text),
    }
}
