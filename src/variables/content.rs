//! The six forms of a body or a schema: inline or from a file, its text or the file's path templated.
//!
//! Owns: resolving the form to text at run time. Does not: parse the suite's keys for it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::ground::input::{BODY_LIMIT, open_input};
use crate::ground::source::plain;
use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

/// A file that is read when the test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// The path as written.
    pub path: Text,
    /// Folders that a relative path is looked up in, in this order.
    pub folders: Vec<PathBuf>,
}

impl FileName {
    /// Where the file is, or is expected.
    pub fn found(&self, context: &Context) -> PathBuf {
        find(Path::new(&self.path.render(context)), &self.folders)
    }

    /// The file, byte for byte.
    ///
    /// # Errors
    /// A fragment naming the file that cannot be read.
    pub fn read(&self, context: &Context) -> Result<Vec<u8>, String> {
        read_bytes(&self.found(context))
    }
}

/// A text that may come from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Written in the suite.
    Inline(Text),
    /// Read from a file when the test runs.
    File {
        /// The path as written.
        path: Text,
        /// Folders that a relative path is looked up in, in this order.
        folders: Vec<PathBuf>,
        /// Whether the file's text is a template.
        is_template: bool,
    },
}

impl Content {
    /// The text for this context. Files are UTF-8, and their CRLF becomes LF.
    ///
    /// # Errors
    /// A fragment naming the file that cannot be read, or is not UTF-8.
    pub fn load(&self, context: &Context) -> Result<String, String> {
        match self {
            Content::Inline(text) => Ok(text.render(context)),
            Content::File { path, folders, is_template } => {
                let path = path.render(context);
                let text = read_text(&find(Path::new(&path), folders))?;
                Ok(if *is_template { Template::parse(&text).render(context) } else { text })
            }
        }
    }

    /// The same as bytes. A file that is no template and not UTF-8 goes out as it is.
    ///
    /// # Errors
    /// A fragment naming the file that cannot be read, or is a template and not UTF-8.
    pub fn load_bytes(&self, context: &Context) -> Result<Vec<u8>, String> {
        match self {
            Content::File { path, folders, is_template: false } => {
                let bytes = read_bytes(&find(Path::new(&path.render(context)), folders))?;
                Ok(match String::from_utf8(bytes) {
                    Ok(text) => with_line_feeds(text).into_bytes(),
                    Err(error) => error.into_bytes(),
                })
            }
            _ => self.load(context).map(String::into_bytes),
        }
    }

    /// The text, or the file's path, as the suite has it.
    pub fn written(&self) -> &Text {
        match self {
            Content::Inline(text) | Content::File { path: text, .. } => text,
        }
    }

    /// The template that its text is, if it is one; that of a file as far as it can be read before the test runs.
    pub fn template(&self) -> Option<Cow<'_, Template>> {
        match self {
            Content::Inline(Text::Template(template)) => Some(Cow::Borrowed(template)),
            Content::File { path, folders, is_template: true } if path.is_constant() => {
                let path = path.render(&Context::new());
                let text = read_text(&find(Path::new(&path), folders)).ok()?;
                Some(Cow::Owned(Template::parse(&text)))
            }
            _ => None,
        }
    }

    /// Whether loading always gives the same text while the file stays the same.
    pub fn is_constant(&self) -> bool {
        match self {
            Content::Inline(text) => text.is_constant(),
            Content::File { path, is_template, .. } => path.is_constant() && !is_template,
        }
    }
}

impl Content {
    /// The names that its templates use, those in a templated file too.
    ///
    /// # Errors
    /// Which file cannot be read; `None` where its path is known only when the test runs.
    pub fn variables(&self) -> Result<Vec<String>, Option<String>> {
        let (path, folders, is_template) = match self {
            Content::Inline(text) => return Ok(text.variables().into_iter().map(str::to_owned).collect()),
            Content::File { path, folders, is_template } => (path, folders, *is_template),
        };
        if !path.is_constant() {
            return Err(None);
        }
        let path = find(Path::new(&path.render(&Context::new())), folders);
        if !is_template {
            // It may be sent as it is, whatever its bytes are.
            return read_bytes(&path).map(|_| Vec::new()).map_err(Some);
        }
        let text = read_text(&path).map_err(Some)?;
        Ok(Template::parse(&text).variables().map(str::to_owned).collect())
    }
}

impl Content {
    /// The names that its templates use in a context, those in a templated file too; a file that cannot be read has none.
    pub fn variables_in(&self, context: &Context) -> Vec<String> {
        let owned = |text: &Text| text.variables().into_iter().map(str::to_owned).collect::<Vec<String>>();
        let (path, folders, is_template) = match self {
            Content::Inline(text) => return owned(text),
            Content::File { path, folders, is_template } => (path, folders, *is_template),
        };
        let mut names = owned(path);
        if is_template && let Ok(text) = read_text(&find(Path::new(&path.render(context)), folders)) {
            names.extend(Template::parse(&text).variables().map(str::to_owned));
        }
        names
    }
}

/// The first folder in which a relative path exists; else where it was expected first.
fn find(path: &Path, folders: &[PathBuf]) -> PathBuf {
    if path.is_absolute() {
        return path.to_owned();
    }
    let mut candidates = folders.iter().map(|folder| folder.join(path));
    let first = candidates.next().unwrap_or_else(|| path.to_owned());
    if first.exists() {
        return first;
    }
    candidates.find(|candidate| candidate.exists()).unwrap_or(first)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    open_input(path, BODY_LIMIT).map_err(|error| format!("cannot read {}: {}", path.display(), plain(&error)))
}

fn read_text(path: &Path) -> Result<String, String> {
    let text = String::from_utf8(read_bytes(path)?).map_err(|error| {
        format!("cannot read {}: not UTF-8 at byte {}", path.display(), error.utf8_error().valid_up_to() + 1)
    })?;
    Ok(with_line_feeds(text))
}

fn with_line_feeds(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}
