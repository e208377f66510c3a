//! Recordings read back.
//!
//! Owns: which files of a folder are read, and what may stand in a file that is one. Does not: write (see `writing`).

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::exchange::{Answer, Asked, Lost, Recorded};
use super::layout::{as_it_came, read_layout};
use super::links::Place;
use crate::ground::source::{Fault, Location, Position, plain};
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::faults::{Collector, Read, add_excerpts};
use crate::suite::fields::{entry, lowered};
use crate::suite::reader::{FileReader, ReadOptions, UnknownKeys};
use crate::suite::{SuiteError, SuiteFile, body, headers, read_test_file};
use crate::variables::context::Context;

/// What `recorded` says of where a recording is from.
pub const ORIGIN_KEYS: [&str; 2] = ["origin", "base_url"];

/// The files of stubs in a folder, by name.
///
/// # Errors
/// It cannot be read, or has none.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, SuiteError> {
    let unreadable = |message: String| {
        let file = folder.display().to_string().into();
        let location = Location { file, position: Position::default() };
        SuiteError::Unreadable(vec![Fault::new(location, message)])
    };
    let listed = std::fs::read_dir(folder);
    let listed = listed.map_err(|error| unreadable(format!("is no folder that can be read: {}", plain(&error))))?;
    let is_yaml =
        |path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") && path.is_file();
    let mut files: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).filter(is_yaml).collect();
    files.sort();
    if files.is_empty() {
        return Err(unreadable("there is no file of stubs in this folder: it has no .yaml".to_owned()));
    }
    Ok(files)
}

/// The exchanges of a folder, in the order in which they were recorded.
///
/// # Errors
/// It cannot be read, or holds what is no recording.
pub fn read_folder(folder: &Path) -> Result<Vec<Recorded>, SuiteError> {
    let mut all = Vec::new();
    for path in files(folder)? {
        read_file(&path, &mut all)?;
    }
    Ok(all)
}

fn read_file(path: &Path, all: &mut Vec<Recorded>) -> Result<(), SuiteError> {
    let file = read_test_file(path)?;
    let options = ReadOptions::default();
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut reader = FileReader::new(file.source.clone(), &options, folder).taking(UnknownKeys::Refused);
    let mut faults = Collector::default();
    all.extend(faults.take(read_elements(&mut reader, &file)).unwrap_or_default());
    let mut faults = faults.into_faults();
    if faults.is_empty() {
        return Ok(());
    }
    add_excerpts(&mut faults, &file.source);
    Err(SuiteError::Invalid(faults))
}

fn read_elements(reader: &mut FileReader<'_>, file: &SuiteFile) -> Read<Vec<Recorded>> {
    let mut all = Vec::new();
    let mut from = Recorded::default();
    for root in &file.roots {
        let Kind::List(items) = &root.kind else {
            return Err(reader.wrong(root, "a recording", "a list: - recorded: …, - stub: …"));
        };
        for item in items {
            let Kind::Map(entries) = &item.kind else {
                return Err(reader.wrong(item, "an element of a recording", "a mapping such as stub: {…}"));
            };
            for element in lowered(entries.iter().map(Cow::Borrowed).collect()) {
                match element.name.as_str() {
                    "recorded" => from = read_origin(reader, &element.value)?,
                    "stub" => all.push(read_stub(reader, &element, &from)?),
                    _ => reader.unknown_key(&element, "a recording", &["recorded", "stub"])?,
                }
            }
        }
    }
    Ok(all)
}

fn read_origin(reader: &mut FileReader<'_>, node: &Node) -> Read<Recorded> {
    let mut from = Recorded::default();
    for key in reader.fields(node, "recorded")? {
        match key.name.as_str() {
            "origin" => from.origin = reader.text(&key.value, "origin")?.to_owned(),
            "base_url" => from.base_url = reader.text(&key.value, "base_url")?.to_owned(),
            _ => reader.unknown_key(&key, "recorded", &ORIGIN_KEYS)?,
        }
    }
    Ok(from)
}

fn read_stub(reader: &mut FileReader<'_>, element: &Entry, from: &Recorded) -> Read<Recorded> {
    let mut recorded = from.clone();
    let keys = reader.fields(&element.value, "stub")?;
    for key in &keys {
        let nodes: &[Node] = match (key.name.as_str(), &key.value.kind) {
            ("request", _) => {
                recorded.request = read_request(reader, &key.value)?;
                continue;
            }
            ("response", _) => std::slice::from_ref(&key.value),
            ("responses", Kind::List(items)) => items,
            ("responses", _) => return Err(reader.wrong(&key.value, "responses", "a list of at least one response")),
            _ => {
                reader.unknown_key(key, "a recorded stub", &["request", "response", "responses"])?;
                continue;
            }
        };
        for node in nodes {
            recorded.answers.push(read_answer(reader, node, &from.origin)?);
        }
    }
    if recorded.answers.is_empty() || recorded.request.path.is_empty() {
        return Err(reader.fault(element.at, "a recorded stub needs a request with a path, and a response"));
    }
    Ok(recorded)
}

fn read_request(reader: &mut FileReader<'_>, node: &Node) -> Read<Asked> {
    let mut asked = Asked { method: "GET".to_owned(), ..Asked::default() };
    for key in reader.fields(node, "request")? {
        let value = &key.value;
        match key.name.as_str() {
            "method" => asked.method = reader.text(value, "method")?.to_ascii_uppercase(),
            "path" => {
                let path = reader.text(value, "path")?;
                if path.contains(['{', '*']) {
                    let message = "a recorded path is the path itself; a pattern is for stubs that mock answers from";
                    return Err(reader.fault(value.at.or(key.at), message));
                }
                asked.path = path.to_owned();
            }
            "query" => asked.query = read_pairs(reader, value, "query")?,
            "headers" => asked.headers = read_pairs(reader, value, "headers")?,
            "query_exact" => {
                reader.boolean(value, "query_exact")?;
            }
            "body" => {
                let keys = reader.fields(value, "body")?;
                let Some(equals) = entry(&keys, "equals").filter(|_| keys.len() == 1) else {
                    return Err(reader.wrong(value, "the body of a recorded request", "{equals: …}"));
                };
                asked.body = read_bytes(reader, &equals.value.clone(), &Context::new())?;
            }
            _ => {
                let known = ["method", "path", "query", "query_exact", "headers", "body"];
                reader.unknown_key(&key, "a recorded request", &known)?;
            }
        }
    }
    Ok(asked)
}

/// Names with a value, or with a list of them, in their order.
fn read_pairs(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    for one in reader.flatten(node, what)? {
        let values = match &one.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&one.value),
        };
        for value in values {
            pairs.push((one.name.clone(), reader.text_or_integer(value, &one.name)?));
        }
    }
    pairs.sort();
    Ok(pairs)
}

/// What may be said of a recorded answer.
const ANSWER_KEYS: [&str; 6] = ["status", "headers", "body", "layout", "fault", "retried"];

fn read_answer(reader: &mut FileReader<'_>, node: &Node, origin: &str) -> Read<Answer> {
    let mut context = Context::new();
    context.bind("mock_url", origin.into());
    context.bind("mock_host", Place::of(origin).host.into());
    let mut answer = Answer { status: 200, ..Answer::default() };
    let mut layout = None;
    for key in reader.fields(node, "response")? {
        let value = &key.value;
        match key.name.as_str() {
            "status" => {
                let status = u16::try_from(reader.integer(value, "status")?).ok();
                let status = status.filter(|status| (200..=999).contains(status));
                answer.status = status.ok_or_else(|| reader.wrong(value, "status", "from 200 to 999"))?;
            }
            "headers" => {
                let headers = headers::read_repeated(reader, value)?;
                let rendered =
                    headers.entries.iter().map(|(name, text)| (name.render(&context), text.render(&context)));
                answer.headers = rendered.collect();
            }
            "body" => answer.body = read_bytes(reader, value, &context)?,
            "fault" => {
                let word = reader.text(value, "fault")?;
                let lost = Lost::WORDS.iter().find(|(name, _)| *name == word).map(|(_, lost)| *lost);
                answer.lost = Some(lost.ok_or_else(|| reader.wrong(value, "fault", "reset or timeout"))?);
            }
            "layout" => layout = Some(read_layout(reader, value)?),
            "retried" => answer.retried = reader.boolean(value, "retried")?,
            _ => reader.unknown_key(&key, "a recorded response", &ANSWER_KEYS)?,
        }
    }
    answer.body = as_it_came(answer.body, layout);
    Ok(answer)
}

/// A body, whatever form it has.
fn read_bytes(reader: &mut FileReader<'_>, node: &Node, context: &Context) -> Read<Vec<u8>> {
    let folders = [reader.folder.clone(), PathBuf::new()];
    let body = body::read(reader, node, &folders)?;
    let rendered = body.render(context, None).map_err(|message| reader.fault(node.at, message))?;
    Ok(rendered.bytes.to_vec())
}
