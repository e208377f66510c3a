//! Programs of others that add generators, extractors, comparators, tests, validators and signers, by lines of JSON.
//!
//! Owns: starting and ending them, the lines, the names that they bring. Does not: know who names a program (see
//! `cli::plan::extensions`), or what is done with a name (each kind has its table).

mod bridge;
mod hello;
mod line;
mod notes;
mod pipes;
mod pool;
mod process;
mod registered;

use std::sync::Arc;
use std::time::Duration;

pub use bridge::bridge;
pub use notes::{announce, announce_of_child, fault, has_fault, has_notes, hide, note};
pub use process::{Program, end_busy, end_programs};

use pool::Extension;

/// How long a call may take, where nobody says.
pub const CALL_LIMIT: Duration = Duration::from_secs(30);

/// Starts a program and registers the names that it brings: they win over those that are there.
///
/// # Errors
/// It cannot be started, or used; in words.
pub fn start(program: Program, limit: Duration) -> Result<(), String> {
    let shown = program.shown.clone();
    let wrong = |why: String| notes::clean(format!("extension \"{}\" {why}", shown.escape_debug()));
    let (extension, names) = Extension::start(program, limit).map_err(wrong)?;
    registered::register(&Arc::new(extension), &names).map_err(wrong)
}

/// Ends all of them, and takes their names back.
pub fn end() {
    registered::forget();
    pool::close_all();
    process::end_programs();
    notes::forget();
}
