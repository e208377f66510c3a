//! The keys of a body or a schema: `template`, `file`, and their nestings.

use std::path::PathBuf;

use super::document::{Kind, Node};
use super::table::{Read, fault, table, wrong};
use crate::content::Content;
use crate::source::Source;
use crate::template::{Template, Text};
use crate::value::Value;

/// Reads one of the six forms. `folders` is where relative files are looked up.
pub fn read(source: &Source, node: &Node, what: &str, folders: &[PathBuf]) -> Read<Content> {
    let mut node = node.clone();
    let mut is_template = false;
    let mut is_file = false;
    loop {
        match &node.kind {
            Kind::Scalar(Value::Str(text)) => {
                let path_or_text = Text::Plain(text.clone());
                return Ok(finish(path_or_text, is_file, is_template, folders));
            }
            Kind::Scalar(_) => {
                return Err(wrong(source, &node, what, "text, or a mapping with template or file"));
            }
            _ => {}
        }
        let entries = table(source, &node, what)?;
        let Some(entry) = entries.into_iter().find(|entry| matches!(entry.name.as_str(), "template" | "file")) else {
            return Err(fault(
                source,
                node.at,
                format!("{what} is a mapping without template or file; write text, {{template: …}} or {{file: …}}"),
            ));
        };
        let inner = entry.value;
        if entry.name == "file" {
            is_file = true;
        } else if let Some(text) = inner.as_str() {
            let template = Text::Template(Template::parse(text));
            return Ok(finish(template, is_file, is_template, folders));
        } else {
            is_template = true;
        }
        node = inner;
    }
}

fn finish(text: Text, is_file: bool, is_template: bool, folders: &[PathBuf]) -> Content {
    if is_file {
        return Content::File { path: text, folders: folders.to_vec(), is_template };
    }
    match text {
        Text::Plain(text) if is_template => Content::Inline(Text::Template(Template::parse(&text))),
        text => Content::Inline(text),
    }
}
