//! The leaf of the command: printing, and the environment.

use std::io::Write as _;

use super::exit::Exit;
use super::logging;
use crate::ground::source::Fault;

pub(super) fn print(text: &str) -> Exit {
    // A closed pipe (| head) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Failed(0)
}

/// Says on stderr what is wrong, and passes the exit on.
pub(super) fn fail(exit: Exit, message: &str) -> Exit {
    logging::complain(message);
    exit
}

pub(super) fn warn_of(warning: &Fault) {
    log::warn!("{warning}");
}

/// The one place where the environment is read for suites and settings.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
