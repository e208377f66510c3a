//! `--variables-file` and `--env-file`: files of names and values.
//!
//! Owns: which form such a file has, by its name. Does not: know what becomes of the values.

use std::path::Path;
use std::sync::Arc;

use crate::ground::dotenv;
use crate::ground::input::{TEXT_LIMIT, open_input_text};
use crate::ground::source::{Fault, Location, Position, Source, plain};
use crate::ground::value::Value;
use crate::suite::add_excerpts;
use crate::suite::document::{self, Kind, Node};

/// The variables of a file: YAML, JSON, or dotenv where its name ends in neither.
///
/// # Errors
/// It cannot be read, or is no mapping of names to values.
pub fn variables(file: &str) -> Result<Vec<(String, Value)>, Fault> {
    let source = source_of(file)?;
    let name = file.to_ascii_lowercase();
    if ![".yaml", ".yml", ".json"].iter().any(|ending| name.ends_with(ending)) {
        let pairs = in_excerpt(dotenv::read(&source), &source)?;
        return Ok(pairs.into_iter().map(|(name, value)| (name, Value::Str(value))).collect());
    }
    let language = document::language_of(source.name());
    let read = document::read(source, language)?;
    let wrong = |at: Position, message: String| {
        let mut fault = Fault::new(read.source.location(at), message);
        add_excerpts([&mut fault], &read.source);
        fault
    };
    match read.roots.as_slice() {
        [] => Ok(Vec::new()),
        [root] if root.is_null() => Ok(Vec::new()),
        [Node { kind: Kind::Map(entries), .. }] => {
            Ok(entries.iter().map(|entry| (entry.name.clone(), entry.value.to_value())).collect())
        }
        [root] => Err(wrong(root.at, "a file of variables must be a mapping such as {id: 7}".to_owned())),
        [_, second, ..] => Err(wrong(second.at, "a file of variables is one document, not several".to_owned())),
    }
}

/// The names and values of a dotenv file.
///
/// # Errors
/// It cannot be read, or a line is none of a dotenv file.
pub fn environment(file: &str) -> Result<Vec<(String, String)>, Fault> {
    let source = source_of(file)?;
    in_excerpt(dotenv::read(&source), &source)
}

/// A file as text, by its path.
///
/// # Errors
/// It cannot be read.
pub fn source_of(file: &str) -> Result<Source, Fault> {
    let text = open_input_text(Path::new(file), TEXT_LIMIT).map_err(|error| {
        let location = Location { file: Arc::from(file), ..Location::default() };
        Fault::new(location, format!("cannot be read: {}", plain(&error)))
    })?;
    Ok(Source::new(file, text))
}

fn in_excerpt<T>(read: Result<T, Fault>, source: &Source) -> Result<T, Fault> {
    read.map_err(|mut fault| {
        add_excerpts([&mut fault], source);
        fault
    })
}
