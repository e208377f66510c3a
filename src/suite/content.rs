//! The keys of a body or a schema: `template`, `file`, and their nestings.

use std::path::PathBuf;

use super::document::{Kind, Node};
use super::reader::{FileReader, Read};
use crate::ground::value::Value;
use crate::variables::content::Content;
use crate::variables::template::{Template, Text};

/// Reads one of the six forms. `folders` is where relative files are looked up.
pub fn read(reader: &FileReader<'_>, node: &Node, what: &str, folders: &[PathBuf]) -> Read<Content> {
    read_form(reader, node, what, Form { is_template: false, is_file: false, folders })
}

/// What the mappings around a node have said of it.
#[derive(Clone, Copy)]
struct Form<'f> {
    is_template: bool,
    is_file: bool,
    folders: &'f [PathBuf],
}

fn read_form(reader: &FileReader<'_>, node: &Node, what: &str, form: Form<'_>) -> Read<Content> {
    match &node.kind {
        Kind::Scalar(Value::Str(text)) => return Ok(form.finish(Text::Plain(text.clone()))),
        Kind::Scalar(_) => {
            return Err(reader.wrong(node, what, "text, or a mapping with template or file"));
        }
        _ => {}
    }
    let entries = reader.fields(node, what)?;
    let Some(entry) = entries.iter().find(|entry| matches!(entry.name.as_str(), "template" | "file")) else {
        return Err(reader.fault(
            node.at,
            format!("{what} is a mapping without template or file; write text, {{template: …}} or {{file: …}}"),
        ));
    };
    let inner = &entry.value;
    if entry.name == "file" {
        return read_form(reader, inner, what, Form { is_file: true, ..form });
    }
    match inner.as_str() {
        Some(text) => Ok(form.finish(Text::Template(Template::parse(text)))),
        None => read_form(reader, inner, what, Form { is_template: true, ..form }),
    }
}

impl Form<'_> {
    fn finish(self, text: Text) -> Content {
        if self.is_file {
            return Content::File { path: text, folders: self.folders.to_vec(), is_template: self.is_template };
        }
        match text {
            Text::Plain(text) if self.is_template => Content::Inline(Text::Template(Template::parse(&text))),
            text => Content::Inline(text),
        }
    }
}
