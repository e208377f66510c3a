//! The data of a command: `-d` and its kin, `-F`, `-T`, files that they name.
//!
//! Owns: how curl joins and encodes them, what of a file is known when it is converted. Does not: choose the method (see
//! `translate`).

use std::path::{Path, PathBuf};

use super::shell::Word;
use super::transfer::{Given, Transfer};
use crate::convert::Input;
use crate::convert::request::{Body, Content, Part};
use crate::convert::text::Text;
use crate::exchange::url::percent_encode;
use crate::ground::input::open_input;

/// A file of this size at most becomes part of the suite, where curl changes what is in it.
const LARGEST: u64 = 256 << 10;

/// The options that add to the data.
pub const OF_DATA: [&str; 6] = ["data", "data-raw", "data-binary", "data-ascii", "data-urlencode", "json"];

/// Data, put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Text.
    Text(Text),
    /// A file as it is.
    File(Text),
}

/// Why data could not be put together, and the option.
pub type Why<'t> = (&'t Given, String);

/// All data of a transfer, joined as curl joins it; what of it is lost is told.
pub fn payload<'t>(input: &Input, transfer: &'t Transfer, stdin: Option<&Word>) -> (Option<Payload>, Vec<Why<'t>>) {
    let (mut joined, mut lost) = (None::<Payload>, Vec::new());
    for given in transfer.all(&OF_DATA) {
        let next = match one(input, given, stdin) {
            Ok((next, remark)) => {
                lost.extend(remark.map(|remark| (given, remark)));
                next
            }
            Err(why) => {
                lost.push((given, why));
                continue;
            }
        };
        joined = match (joined, next) {
            (None, next) => Some(next),
            (Some(Payload::Text(mut text)), Payload::Text(next)) => {
                text.push(if given.name == "json" { "" } else { "&" });
                text.append(next);
                Some(Payload::Text(text))
            }
            (Some(before), _) => {
                lost.push((given, format!("--{} stands beside a file whose content is not known", given.name)));
                Some(before)
            }
        };
    }
    (joined, lost)
}

/// The data of one option, and what is not quite so.
fn one(input: &Input, given: &Given, stdin: Option<&Word>) -> Result<(Payload, Option<String>), String> {
    let value = &given.value;
    if given.name == "data-urlencode" {
        return urlencoded(input, value).map(|text| (Payload::Text(text), None));
    }
    let Some(path) = value.strip_prefix("@").filter(|_| given.name != "data-raw") else {
        return Ok((Payload::Text(value.clone()), None));
    };
    let path = match (path.as_plain(), stdin) {
        (Some("-"), Some(word)) => word.text.clone(),
        (Some("-"), None) => {
            return Err(format!("--{} @- is what a shell's pipe brings, which is not known", given.name));
        }
        _ => path,
    };
    if matches!(given.name, "data-binary" | "json") {
        return Ok((Payload::File(path), None));
    }
    // Line ends are taken away by curl, and by nothing here.
    match path.as_plain().and_then(|path| content(input, path)) {
        Some(text) if text.contains(['\n', '\r', '\0']) => {
            Ok((Payload::Text(Text::from(text.replace(['\n', '\r', '\0'], ""))), None))
        }
        Some(_) => Ok((Payload::File(path), None)),
        None => {
            let remark = format!("--{} takes the line ends of its file away, and here it is sent as it is", given.name);
            Ok((Payload::File(path), Some(remark)))
        }
    }
}

/// `content`, `=content`, `name=content`, `@file`, `name@file`: encoded, the name as it is.
pub fn urlencoded(input: &Input, value: &Text) -> Result<Text, String> {
    let encoded = |text: &Text| text.map(|plain| percent_encode(plain).replace("%20", "+"));
    let beginning = value.beginning();
    let (name, content) = match beginning.find(['=', '@']) {
        None => return Ok(encoded(value)),
        Some(at) => (&beginning[..at], value.strip_prefix(&beginning[..=at]).unwrap_or_default()),
    };
    let mut text = Text::from(name);
    if !name.is_empty() {
        text.push("=");
    }
    if beginning[name.len()..].starts_with('=') {
        text.append(encoded(&content));
        return Ok(text);
    }
    let path = content.as_plain().ok_or("the name of a file whose content is encoded cannot be a variable")?;
    let read = self::content(input, path)
        .ok_or_else(|| format!("the file {path} is not there or no text, and is needed to encode its content"))?;
    text.push(&percent_encode(&read).replace("%20", "+"));
    Ok(text)
}

/// The content of a file: looked up in the working directory as curl does, then beside the source.
fn content(input: &Input, path: &str) -> Option<String> {
    let read = |path: PathBuf| open_input(&path, LARGEST).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    read(PathBuf::from(path)).or_else(|| read(input.folder.join(path)))
}

/// The parts of a form.
pub fn parts<'t>(transfer: &'t Transfer) -> (Option<Body>, Vec<Why<'t>>) {
    let (mut parts, mut lost) = (Vec::new(), Vec::new());
    for given in transfer.all(&["form", "form-string"]) {
        let Some((name, value)) = given.value.split_once('=') else {
            lost.push((given, "a part without = has no name".to_owned()));
            continue;
        };
        if given.name == "form-string" {
            parts.push(Part { name, content: Content::Text(value), filename: None, content_type: None });
        } else if let Err(why) = form_part(&name, &value, &mut parts, &mut |why| lost.push((given, why))) {
            lost.push((given, why));
        }
    }
    ((!parts.is_empty()).then_some(Body::Multipart(parts)), lost)
}

/// `name=content;type=…;filename=…`, `name=@file`, `name=<file`.
fn form_part(name: &Text, value: &Text, parts: &mut Vec<Part>, lose: &mut dyn FnMut(String)) -> Result<(), String> {
    let (kind, value) = match value.beginning().chars().next() {
        Some('@') => ('@', value.strip_prefix("@").unwrap_or_default()),
        Some('<') => ('<', value.strip_prefix("<").unwrap_or_default()),
        Some('(' | ')') => return Err("parts within parts are not made".to_owned()),
        _ => ('=', value.clone()),
    };
    let (content, mut rest) = piece(value);
    let (mut content_type, mut filename) = (None, None);
    while let Some(attribute) = rest.strip_prefix(";") {
        let (attribute, next) = piece(attribute.trim());
        rest = next;
        match attribute.split_once('=').map(|(name, value)| (name.trim(), value)) {
            Some((name, value)) if name.as_plain() == Some("type") => content_type = Some(value),
            Some((name, value)) if name.as_plain() == Some("filename") => filename = Some(value),
            Some((name, value)) if name.as_plain() == Some("charset") => {
                if let Some(kind) = &mut content_type {
                    kind.push("; charset=");
                    kind.append(value);
                }
            }
            Some((name, _)) => lose(format!("{} of a part has no counterpart", name.template())),
            None if !attribute.is_empty() => lose(format!("\"{}\" of a part is not understood", attribute.template())),
            None => {}
        }
    }
    let part =
        |content| Part { name: name.clone(), content, filename: filename.clone(), content_type: content_type.clone() };
    match kind {
        '@' if content.as_plain() == Some("-") => {
            return Err("@- is what a shell's pipe brings, which is not known".to_owned());
        }
        '@' => match content.as_plain().filter(|path| path.contains(',') && !Path::new(path).exists()) {
            Some(several) => {
                let files = several.split(',').map(|path| part(Content::File(Text::from(path))));
                parts.extend(files.collect::<Vec<_>>());
            }
            None => parts.push(part(Content::File(content))),
        },
        '<' => {
            let path = content.as_plain().unwrap_or_default().to_owned();
            lose(format!("the text of {path} is sent as a file, with its name"));
            parts.push(part(Content::File(content)));
        }
        _ => parts.push(part(Content::Text(content))),
    }
    Ok(())
}

/// The text up to the next `;`, in quotes or not, and the rest from there on.
fn piece(text: Text) -> (Text, Text) {
    let Some(quoted) = text.strip_prefix("\"") else {
        return match text.split_once(';') {
            Some((before, after)) => {
                let mut rest = Text::from(";");
                rest.append(after);
                (before, rest)
            }
            None => (text, Text::default()),
        };
    };
    let Some(plain) = quoted.as_plain() else {
        // A variable in quotes: it ends at the last quote.
        return match quoted.split_once('"') {
            Some((inside, rest)) => (inside, rest),
            None => (text, Text::default()),
        };
    };
    let (mut inside, mut characters) = (String::new(), plain.char_indices());
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (Text::from(inside), Text::from(&plain[at + 1..]).trim()),
            '\\' => match characters.next() {
                Some((_, quoted @ ('"' | '\\'))) => inside.push(quoted),
                Some((_, other)) => inside.extend(['\\', other]),
                None => inside.push('\\'),
            },
            c => inside.push(c),
        }
    }
    (text, Text::default())
}
