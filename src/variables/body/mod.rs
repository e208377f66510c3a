//! Bodies: text as PyRestTest has it, JSON, forms, forms in parts, GraphQL, and bytes.
//!
//! Owns: what is sent of each for a context, and the content type that goes with it. Does not: read a suite (see
//! `suite::body`), decide whether a method sends a body at all (see `test`).

mod bytes;
mod content_types;
mod graphql;
mod json;
mod multipart;
mod pairs;

use std::sync::Arc;

pub use self::bytes::Coding;
pub use self::graphql::{ACCEPT, Graphql};
pub use self::json::Json;
pub use self::multipart::{Multipart, Part, PartContent};
pub use self::pairs::{Pairs, form_encoded};
use crate::variables::content::{Content, FileName};
use crate::variables::context::Context;
use crate::variables::template::Text;

/// A body as a suite has it.
#[derive(Debug, Clone)]
pub enum Body {
    /// Text, inline or from a file, as PyRestTest has it.
    Text(Content),
    /// Bytes that are written in the suite.
    Bytes(Arc<[u8]>),
    /// Bytes that a template or a file spells.
    Spelled(Coding, Content),
    /// A file, byte for byte.
    File(FileName),
    /// JSON.
    Json(Json),
    /// `application/x-www-form-urlencoded`.
    Form(Pairs),
    /// `multipart/form-data`.
    Multipart(Multipart),
    /// A GraphQL request.
    Graphql(Box<Graphql>),
}

/// A body as it is sent.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// All of it.
    pub bytes: Arc<[u8]>,
    /// What it says of its type.
    pub content_type: ContentType,
}

/// What a body says of its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContentType {
    /// It is text, and says nothing: libcurl's defaults hold, and PyRestTest's charset.
    Text,
    /// It is bytes, and says nothing: libcurl's defaults hold.
    Bytes,
    /// This one, unless the test has its own.
    Own(String),
    /// A form in parts, with the boundary that its content type must name.
    Multipart(String),
}

impl Body {
    /// The body for a context. `boundary` is what the test's own content type says of a form in parts.
    ///
    /// # Errors
    /// A file cannot be read, or a variable cannot stand where it does.
    pub fn render(&self, context: &Context, boundary: Option<&str>) -> Result<Rendered, String> {
        let own = |text: &str| ContentType::Own(text.to_owned());
        let (bytes, content_type) = match self {
            Body::Text(content) => (content.load_bytes(context)?, ContentType::Text),
            Body::Bytes(bytes) => return Ok(Rendered { bytes: bytes.clone(), content_type: ContentType::Bytes }),
            Body::Spelled(coding, content) => (spelled(*coding, content, context)?, ContentType::Bytes),
            Body::File(file) => (file.read(context)?, ContentType::Bytes),
            Body::Json(json) => {
                let mut text = String::new();
                json.write(context, &mut text)?;
                (text.into_bytes(), own("application/json"))
            }
            Body::Form(pairs) => (pairs.form(context).into_bytes(), own("application/x-www-form-urlencoded")),
            Body::Multipart(form) => {
                let written = form.write(context, boundary)?;
                (written.bytes, ContentType::Multipart(written.boundary))
            }
            Body::Graphql(request) => (request.write(context)?.into_bytes(), own("application/json")),
        };
        Ok(Rendered { bytes: bytes.into(), content_type })
    }

    /// The content type that the name of its file tells, if it is a file whose name tells one.
    pub fn file_type(&self) -> Option<&'static str> {
        let path = match self {
            Body::Text(Content::File { path, .. }) => path,
            Body::File(file) => &file.path,
            _ => return None,
        };
        Some(content_types::of_name(path.source())).filter(|found| *found != content_types::BYTES)
    }

    /// What it is, for people: `form a, b`; never what it holds.
    pub fn described(&self) -> String {
        let names = |names: &mut dyn Iterator<Item = &Text>| names.map(Text::source).collect::<Vec<&str>>().join(", ");
        let file = |content: &Content| match content {
            Content::File { path, .. } => format!(" of {}", path.source()),
            Content::Inline(_) => String::new(),
        };
        match self {
            Body::Text(content) => format!("text{}", file(content)),
            Body::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Body::Spelled(coding, content) => format!("{}{}", coding.name(), file(content)),
            Body::File(name) => format!("file {}, as it is", name.path.source()),
            Body::Json(_) => "json".to_owned(),
            Body::Form(pairs) => format!("form {}", names(&mut pairs.0.iter().map(|(name, _)| name))),
            Body::Multipart(form) => format!("multipart {}", names(&mut form.parts.iter().map(|part| &part.name))),
            Body::Graphql(request) => format!("graphql{}", file(&request.query)),
        }
    }

    /// Whether it is always the same while its files are, but for the boundary of a form in parts.
    pub fn is_constant(&self) -> bool {
        match self {
            Body::Text(content) | Body::Spelled(_, content) => content.is_constant(),
            Body::Bytes(_) => true,
            Body::File(file) => file.path.is_constant(),
            Body::Json(json) => json.is_constant(),
            Body::Form(pairs) => pairs.is_constant(),
            Body::Multipart(form) => form.is_constant(),
            Body::Graphql(request) => request.is_constant(),
        }
    }

    /// Hands over every text in it that stands in the suite; not a GraphQL query, whose `$names` are its own.
    pub fn each_text(&self, take: &mut dyn FnMut(&Text)) {
        match self {
            Body::Text(content) | Body::Spelled(_, content) => take(content.written()),
            Body::Bytes(_) => {}
            Body::File(file) => take(&file.path),
            Body::Json(json) => json.each_text(take),
            Body::Form(pairs) => pairs.each_text(take),
            Body::Multipart(form) => form.each_text(take),
            Body::Graphql(request) => request.each_text(take),
        }
    }

    /// The names that its templates use in a context, those in a templated file too.
    pub fn variables_in(&self, context: &Context) -> Vec<String> {
        let mut names = Vec::new();
        self.each_text(&mut |text| names.extend(text.variables().into_iter().map(str::to_owned)));
        self.contents().into_iter().for_each(|content| names.extend(content.variables_in(context)));
        names
    }

    /// The texts in it that may come from a file.
    pub fn contents(&self) -> Vec<&Content> {
        match self {
            Body::Text(content) | Body::Spelled(_, content) => vec![content],
            Body::Multipart(form) => form.contents().collect(),
            Body::Graphql(request) => vec![&request.query],
            Body::Bytes(_) | Body::File(_) | Body::Json(_) | Body::Form(_) => Vec::new(),
        }
    }
}

fn spelled(coding: Coding, content: &Content, context: &Context) -> Result<Vec<u8>, String> {
    let text = content.load(context)?;
    coding.decode(&text).map_err(|message| format!("{} of the body: {message}", coding.name()))
}
