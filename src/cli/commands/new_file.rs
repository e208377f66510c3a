//! The one file that a command writes because of `--output`.
//!
//! Owns: whether it may be written, before anything is done, and writing it. Does not: make its text.

use std::path::Path;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::fail;
use crate::ground::source::plain;
use crate::report::ReportFile;

/// Opens the file, if one is wanted; `done` is what was not done where it cannot be: `judged`.
///
/// # Errors
/// It exists, and nobody said that it may be replaced; it cannot be written.
pub fn new_file(arguments: &Arguments, done: &str) -> Result<Option<ReportFile>, Exit> {
    let Some(path) = arguments.into.as_deref() else { return Ok(None) };
    let refuse = |message: String| Err(fail(Exit::Output, &message));
    match Path::new(path).symlink_metadata() {
        Ok(found) if found.is_dir() => return refuse(format!("{path} is a folder")),
        Ok(_) if !arguments.force => {
            return refuse(format!("{path} exists, so nothing was {done}; --force replaces it"));
        }
        _ => {}
    }
    let file = ReportFile::open(Path::new(path));
    file.map(Some).or_else(|error| refuse(format!("{path} cannot be written: {}", plain(&error))))
}

/// Writes the whole file.
///
/// # Errors
/// The system refuses, after that has been told.
pub fn write(file: &ReportFile, text: &str) -> Result<(), Exit> {
    file.write(text.as_bytes())
        .map_err(|error| fail(Exit::Output, &format!("{} cannot be written: {}", file.path().display(), plain(&error))))
}
