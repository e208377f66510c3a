//! `multipart/form-data` as RFC 7578 and browsers write it.
//!
//! Owns: parts, their heads, a boundary that stands in none of them. Does not: read a suite.

use std::path::Path;
use std::sync::Arc;

use super::bytes::Coding;
use super::content_types;
use crate::variables::content::{Content, FileName};
use crate::variables::context::Context;
use crate::variables::seeds::Draws;
use crate::variables::template::Text;

/// A form in parts.
#[derive(Debug, Clone)]
pub struct Multipart {
    /// Its parts in written order.
    pub parts: Vec<Part>,
    /// Where boundaries are drawn from.
    pub draws: Arc<Draws>,
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the field.
    pub name: Text,
    /// What it holds.
    pub content: PartContent,
    /// The name that a file is given; a file has its own otherwise.
    pub filename: Option<Text>,
    /// Its content type; a file's is told from its name otherwise.
    pub content_type: Option<Text>,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartContent {
    /// A text, as it is.
    Text(Text),
    /// A file, as it is.
    File(FileName),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// Bytes that are spelled out by a template.
    Spelled(Coding, Content),
}

/// A form as it is sent.
pub struct Written {
    pub boundary: String,
    pub bytes: Vec<u8>,
}

impl Multipart {
    /// The form for a context. `boundary` is one that the test has chosen itself.
    ///
    /// # Errors
    /// A file that cannot be read, a content type that is none, a chosen boundary that stands in a part.
    pub fn write(&self, context: &Context, boundary: Option<&str>) -> Result<Written, String> {
        let parts = self.parts.iter().map(|part| part.write(context)).collect::<Result<Vec<_>, _>>()?;
        let is_free = |boundary: &str| {
            let line = format!("--{boundary}");
            parts.iter().all(|(_, content)| memchr::memmem::find(content, line.as_bytes()).is_none())
        };
        let boundary = match boundary {
            Some(chosen) if is_free(chosen) => chosen.to_owned(),
            Some(chosen) => return Err(format!("the boundary \"{chosen}\" stands in a part of the form")),
            None => loop {
                let drawn = format!("----resttest{:016x}", self.draws.next().u64(..));
                if is_free(&drawn) {
                    break drawn;
                }
            },
        };
        let size: usize = parts.iter().map(|(head, content)| head.len() + content.len() + boundary.len() + 8).sum();
        let mut bytes = Vec::with_capacity(size + boundary.len() + 8);
        for (head, content) in &parts {
            bytes.extend_from_slice(format!("--{boundary}\r\n{head}\r\n").as_bytes());
            bytes.extend_from_slice(content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        Ok(Written { boundary, bytes })
    }

    /// Whether it is always the same, but for the boundary.
    pub fn is_constant(&self) -> bool {
        let mut is_constant = true;
        self.each_text(&mut |text| is_constant &= text.is_constant());
        is_constant && self.contents().all(Content::is_constant)
    }

    /// Hands over every text in it that stands in the suite.
    pub fn each_text(&self, take: &mut dyn FnMut(&Text)) {
        for part in &self.parts {
            take(&part.name);
            part.filename.iter().chain(&part.content_type).for_each(&mut *take);
            match &part.content {
                PartContent::Text(text) => take(text),
                PartContent::File(file) => take(&file.path),
                PartContent::Spelled(_, content) => take(content.written()),
                PartContent::Bytes(_) => {}
            }
        }
    }

    /// The texts in it that may come from a file.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        self.parts.iter().filter_map(|part| match &part.content {
            PartContent::Spelled(_, content) => Some(content),
            _ => None,
        })
    }
}

impl Part {
    /// Its head, which ends with a line, and its content.
    fn write(&self, context: &Context) -> Result<(String, Vec<u8>), String> {
        let name = self.name.render(context);
        let mut filename = self.filename.as_ref().map(|name| name.render(context));
        let content = match &self.content {
            PartContent::Text(text) => text.render(context).into_bytes(),
            PartContent::Bytes(bytes) => bytes.to_vec(),
            PartContent::Spelled(coding, content) => super::spelled(*coding, content, context)?,
            PartContent::File(file) => {
                filename.get_or_insert_with(|| {
                    let path = file.path.render(context);
                    Path::new(&path).file_name().map_or(path.clone(), |name| name.to_string_lossy().into_owned())
                });
                file.read(context)?
            }
        };
        let content_type = match &self.content_type {
            Some(own) => {
                let own = own.render(context);
                if !is_header_value(&own) {
                    return Err(format!("type of the part \"{name}\" has a line end or another control character"));
                }
                Some(own)
            }
            None => filename.as_deref().map(|name| content_types::of_name(name).to_owned()),
        };
        let mut head = format!("Content-Disposition: form-data; name=\"{}\"", quoted(&with_line_ends(&name)));
        if let Some(filename) = &filename {
            head.push_str(&format!("; filename=\"{}\"", quoted(filename)));
        }
        head.push_str("\r\n");
        if let Some(content_type) = content_type.filter(|kind| !kind.is_empty()) {
            head.push_str(&format!("Content-Type: {content_type}\r\n"));
        }
        Ok((head, content))
    }
}

/// Whether a text can stand in a header.
fn is_header_value(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() && c != '\t')
}

/// As browsers write a name: a quote and line ends as percent triplets, all else as it is.
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Every line end as CRLF.
fn with_line_ends(text: &str) -> String {
    if !text.contains(['\r', '\n']) {
        return text.to_owned();
    }
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Text {
        Text::Plain(text.to_owned())
    }

    fn part(name: &str, content: PartContent) -> Part {
        Part { name: plain(name), content, filename: None, content_type: None }
    }

    fn form(parts: Vec<Part>) -> Multipart {
        Multipart { parts, draws: Arc::new(Draws::new(7)) }
    }

    #[test]
    fn parts_are_written_as_browsers_write_them() {
        let bytes = PartContent::Bytes(Arc::from([0, 255].as_slice()));
        let file = Part { filename: Some(plain("a\"b\r\nc.PNG")), ..part("f", bytes) };
        let typed = Part { content_type: Some(plain("text/x; a=b")), ..part("é\n", PartContent::Text(plain("x\ny"))) };
        let written = form(vec![file, typed]).write(&Context::new(), None).unwrap();
        let boundary = &written.boundary;
        assert!(boundary.len() == 28 && boundary.starts_with("----resttest"), "{boundary}");
        let expected = [
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a%22b%0D%0Ac.PNG\"\r\nContent-Type: image/png\r\n\r\n").as_bytes(),
            &[0, 255],
            format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"é%0D%0A\"\r\nContent-Type: text/x; a=b\r\n\r\nx\ny\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(written.bytes, expected);
    }

    #[test]
    fn a_boundary_stands_in_no_part_and_repeats_with_the_seed() {
        let first = form(Vec::new()).write(&Context::new(), None).unwrap().boundary;
        let taken = form(vec![part("a", PartContent::Text(plain(&format!("x--{first}y"))))]);
        let written = taken.write(&Context::new(), None).unwrap();
        assert_ne!(written.boundary, first);
        assert_eq!(form(Vec::new()).write(&Context::new(), None).unwrap().boundary, first);
        assert!(taken.write(&Context::new(), Some(&first)).is_err());
        assert_eq!(taken.write(&Context::new(), Some("own")).unwrap().boundary, "own");
    }

    #[test]
    fn a_type_cannot_add_headers() {
        let typed = Part { content_type: Some(plain("a\r\nX: y")), ..part("a", PartContent::Text(plain("x"))) };
        assert!(form(vec![typed]).write(&Context::new(), None).is_err());
    }
}
