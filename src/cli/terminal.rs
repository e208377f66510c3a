//! The leaf of the command: printing.

use std::io::Write as _;

pub(super) use super::environment::{ci_systems, environment};
use super::exit::Exit;
use super::logging;
use crate::ground::source::Fault;

pub(super) fn print(text: &str) -> Exit {
    // A closed pipe (| head) is no failure.
    let _ = std::io::stdout().write_all(ci_systems().harmless(text).as_bytes());
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
