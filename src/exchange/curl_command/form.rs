//! A form in parts as curl is told of it.
//!
//! Owns: which of `-F` and `--form-string` says a part, quotes in it. Does not: quote for the shell (see `shell`).

use super::shell::{Names, Text};

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub content: FormContent,
    /// The name of a file that the receiver is told.
    pub filename: Option<String>,
    /// Its type.
    pub content_type: Option<String>,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormContent {
    /// A text.
    Text(String),
    /// The content of the file of this name.
    File(String),
}

/// The flag of a part, and its value.
pub(super) fn flag(part: &FormPart, names: &mut Names) -> (&'static str, Text) {
    let mut value = names.text(&part.name);
    value.append(Text::plain("="));
    let has_more = part.filename.is_some() || part.content_type.is_some();
    match &part.content {
        // A first letter that means something to curl, or what would end the text.
        FormContent::Text(text) if !has_more && (text.starts_with(['@', '<', '(', '"']) || text.contains(';')) => {
            value.append(names.text(text));
            return ("--form-string", value);
        }
        FormContent::Text(text) => value.append(names.text(&if has_more { quoted(text) } else { text.clone() })),
        FormContent::File(path) => {
            value.append(Text::plain("@"));
            value.append(names.text(&if path.contains([';', ',', '"']) { quoted(path) } else { path.clone() }));
        }
    }
    for (key, text) in [("type", &part.content_type), ("filename", &part.filename)] {
        let Some(text) = text else { continue };
        value.append(Text::plain(format!(";{key}=")));
        let text = if text.contains([';', ',', '"']) && key == "filename" { quoted(text) } else { text.clone() };
        value.append(names.text(&text));
    }
    ("-F", value)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
