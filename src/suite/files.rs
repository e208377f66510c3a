//! Suite files: a path or a text to documents that are not looked into yet.
//!
//! Owns: opening and decoding a file or standard input, why that cannot be done. Does not: know what a suite is (see `sets`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{self, Document, Node};
use super::faults::add_excerpts;
use super::import;
use crate::ground::input::{TEXT_LIMIT, open_input, read_stdin};
use crate::ground::source::{Fault, Location, Position, Source, plain};

/// Why a suite cannot be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuiteError {
    /// Files cannot be read, and nothing else is wrong.
    Unreadable(Vec<Fault>),
    /// Files were read, but not understood; every fault that was found, files that cannot be read among them.
    Invalid(Vec<Fault>),
}

impl SuiteError {
    /// The faults, at least one.
    pub fn faults(&self) -> &[Fault] {
        match self {
            SuiteError::Unreadable(faults) | SuiteError::Invalid(faults) => faults,
        }
    }
}

impl std::fmt::Display for SuiteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, fault) in self.faults().iter().enumerate() {
            write!(f, "{}{fault}", if i > 0 { "\n" } else { "" })?;
        }
        Ok(())
    }
}

impl std::error::Error for SuiteError {}

/// A suite file that has been read as YAML or JSON but not looked into.
#[derive(Debug)]
pub struct SuiteFile {
    /// Its text.
    pub source: Arc<Source>,
    /// Its documents.
    pub roots: Vec<Node>,
    /// What is doubtful about its text.
    pub warnings: Vec<Fault>,
    /// Where it is.
    pub path: PathBuf,
}

/// The word that stands for standard input where a suite file is named.
pub const STDIN: &str = "-";

/// What a suite from standard input is called.
pub const STDIN_NAME: &str = "<stdin>";

/// Reads a suite file; [`STDIN`] is standard input, whose relative files are looked up in the working directory.
///
/// # Errors
/// It cannot be opened, is not UTF-8, or is not YAML (JSON if its name ends in `.json`).
pub fn read_test_file(path: &Path) -> Result<SuiteFile, SuiteError> {
    let source = read_text_file(path)?;
    understand(if path == Path::new(STDIN) { Path::new(STDIN_NAME) } else { path }, source)
}

/// Reads a file as text, whatever it holds; [`STDIN`] is standard input.
///
/// # Errors
/// It cannot be opened, or is not UTF-8.
pub fn read_text_file(path: &Path) -> Result<Source, SuiteError> {
    if path == Path::new(STDIN) {
        let name: Arc<str> = STDIN_NAME.into();
        let bytes = read_stdin(TEXT_LIMIT).map_err(|error| unreadable(&name, &error))?;
        return source_of(&name, bytes);
    }
    let name: Arc<str> = import::shown(path).into();
    if path.is_dir() {
        return Err(refused(&name, "is a folder, not a suite file".to_owned()));
    }
    let bytes = open_input(path, TEXT_LIMIT).map_err(|error| unreadable(&name, &error))?;
    source_of(&name, bytes)
}

fn unreadable(name: &Arc<str>, error: &io::Error) -> SuiteError {
    refused(name, format!("cannot be read: {}", plain(error)))
}

fn refused(name: &Arc<str>, message: String) -> SuiteError {
    let location = Location { file: name.clone(), position: Position::default() };
    SuiteError::Unreadable(vec![Fault::new(location, message)])
}

/// Takes a suite from memory; `name` stands for its path, relative files are looked up beside it.
///
/// # Errors
/// It is not YAML (JSON if the name ends in `.json`).
pub fn read_test_text(name: &str, text: &str) -> Result<SuiteFile, SuiteError> {
    understand(Path::new(name), Source::new(name, text.to_owned()))
}

fn source_of(name: &Arc<str>, bytes: Vec<u8>) -> Result<Source, SuiteError> {
    if let Some(text) = utf_16(&bytes) {
        return Ok(Source::new(name.clone(), text));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let source = Source::new(name.clone(), good);
        let at = source.position(source.text().len());
        let byte = error.as_bytes()[error.utf8_error().valid_up_to()];
        let message = format!("is not UTF-8: byte 0x{byte:02x}; save the file as UTF-8");
        let mut fault = Fault::new(source.location(at), message);
        add_excerpts([&mut fault], &source);
        SuiteError::Invalid(vec![fault])
    })?;
    Ok(Source::new(name.clone(), text))
}

/// UTF-16, if that is what the byte order mark at its start says and all of it is.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let order: fn([u8; 2]) -> u16 = match bytes.first_chunk()? {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, rest) = bytes[2..].as_chunks();
    let units: Vec<u16> = pairs.iter().map(|pair| order(*pair)).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

/// Takes a text that has been read as a suite file.
///
/// # Errors
/// It is not YAML (JSON if its name ends in `.json`).
pub fn understand(path: &Path, source: Source) -> Result<SuiteFile, SuiteError> {
    let language = document::language_of(source.name());
    let Document { source, roots, warnings } =
        document::read(source, language).map_err(|fault| SuiteError::Invalid(vec![fault]))?;
    Ok(SuiteFile { source: Arc::new(source), roots, warnings, path: path.to_owned() })
}
