//! Suite files: a path or a text to documents that are not looked into yet.
//!
//! Owns: opening and decoding a file, why that cannot be done. Does not: know what a suite is (see `sets`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{self, Document, Node};
use super::faults::add_excerpts;
use super::import;
use crate::ground::input::{TEXT_LIMIT, open_input};
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
    pub(super) source: Arc<Source>,
    pub(super) roots: Vec<Node>,
    /// What is doubtful about its text.
    pub(super) warnings: Vec<Fault>,
    pub(super) path: PathBuf,
}

/// Reads a suite file.
///
/// # Errors
/// It cannot be opened, is not UTF-8, or is not YAML (JSON if its name ends in `.json`).
pub fn read_test_file(path: &Path) -> Result<SuiteFile, SuiteError> {
    understand(path, read_source(path)?)
}

/// Reads a file as text.
pub(super) fn read_source(path: &Path) -> Result<Source, SuiteError> {
    let name: Arc<str> = import::shown(path).into();
    let unreadable = |message: String| {
        SuiteError::Unreadable(vec![Fault::new(
            Location { file: name.clone(), position: Position::default() },
            message,
        )])
    };
    if path.is_dir() {
        return Err(unreadable("is a folder, not a suite file".to_owned()));
    }
    let bytes =
        open_input(path, TEXT_LIMIT).map_err(|error| unreadable(format!("cannot be read: {}", plain(&error))))?;
    source_of(&name, bytes)
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

fn understand(path: &Path, source: Source) -> Result<SuiteFile, SuiteError> {
    let language = document::language_of(source.name());
    let Document { source, roots, warnings } =
        document::read(source, language).map_err(|fault| SuiteError::Invalid(vec![fault]))?;
    Ok(SuiteFile { source: Arc::new(source), roots, warnings, path: path.to_owned() })
}
