//! The key `openapi` of `config`.
//!
//! Owns: finding the document, one contract for all suites of a run that name the same file. Does not: read it (see
//! `openapi`), judge by it (see `judge::contract`).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::document::Entry;
use super::reader::{FileReader, Read};
use crate::ground::input::{TEXT_LIMIT, open_input_text};
use crate::ground::source::{Source, plain};
use crate::judge::contract::Contract;
use crate::openapi::Document;

/// The contracts that suites have, by the path and the text of their document.
static KNOWN: Mutex<Vec<(PathBuf, u64, Weak<Contract>)>> = Mutex::new(Vec::new());

/// Reads it.
pub fn read(reader: &mut FileReader<'_>, key: &Entry) -> Read<Option<Arc<Contract>>> {
    let at = key.value.at.or(key.at);
    let written = reader.text(&key.value, "openapi")?.to_owned();
    if written.contains("://") {
        return Err(reader.fault(at, format!("openapi: {written} is a URL, and nothing is fetched; name a file")));
    }
    let beside = reader.folder.join(&written);
    let path = if beside.exists() { beside } else { PathBuf::from(&written) };
    let text = open_input_text(&path, TEXT_LIMIT)
        .map_err(|error| reader.fault(at, format!("openapi: {written} cannot be read: {}", plain(&error))))?;
    let source = Source::new(path.display().to_string(), text);
    let digest = source.digest();
    let known_as = path.canonicalize().unwrap_or_else(|_| path.clone());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(_, _, contract)| contract.strong_count() > 0);
    let same = known.iter().find(|(path, have, _)| *path == known_as && *have == digest);
    if let Some(contract) = same.and_then(|(_, _, contract)| contract.upgrade()) {
        return Ok(Some(contract));
    }
    let document =
        Document::parse(source, &path).map_err(|error| reader.fault(at, format!("openapi: {}", error.fault())))?;
    let mut broken = document.problems().iter().filter(|problem| !problem.is_url);
    if let Some(first) = broken.next() {
        let more = broken.count();
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let message =
            format!("openapi: {}: $ref \"{}\" leads nowhere: {}{more}", first.location, first.reference, first.why);
        return Err(reader.fault(at, message));
    }
    for problem in document.problems() {
        let message = format!(
            "openapi: {}: $ref \"{}\" is a URL, which is not fetched: anything is right there",
            problem.location, problem.reference
        );
        reader.warn(at, message);
    }
    if document.operations().is_empty() {
        return Err(reader.fault(at, format!("openapi: {} describes no operation", document.name())));
    }
    let contract = Arc::new(Contract::new(document));
    // What stands in several files may change without the first of them.
    if contract.paths().count() == 1 {
        known.push((known_as, digest, Arc::downgrade(&contract)));
    }
    Ok(Some(contract))
}
