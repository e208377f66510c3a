//! The leaf of the command: printing.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};

pub(super) use super::environment::{ci_systems, environment};
use super::exit::Exit;
use super::logging;
use crate::ground::source::Fault;
use crate::record::run_fault::RunFault;

pub(super) fn print(text: &str) -> Exit {
    // A closed pipe (| head) is no failure.
    let _ = std::io::stdout().write_all(ci_systems().harmless(text).as_bytes());
    Exit::Failed(0)
}

/// Prints what others wrote: on a terminal without anything that it would obey.
pub(super) fn print_foreign(text: &str) -> Exit {
    if io::stdout().is_terminal() { print(&crate::ground::printable::for_terminal(text)) } else { print(text) }
}

/// What has been said on stderr of why the run ends in an error, for its reports.
static COMPLAINTS: Mutex<Vec<RunFault>> = Mutex::new(Vec::new());

/// Says on stderr what is wrong, and passes the exit on.
pub(super) fn fail(exit: Exit, message: &str) -> Exit {
    logging::complain(message);
    // What follows the first line is how the command is called.
    keep(RunFault::ended(message.lines().next().unwrap_or_default()));
    exit
}

/// Says on stderr what is wrong at a place of a file, and passes the exit on.
pub(super) fn fail_at(exit: Exit, fault: &Fault) -> Exit {
    logging::complain_of(fault);
    keep(fault.into());
    exit
}

fn keep(complaint: RunFault) {
    COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner).push(complaint);
}

/// What has been said of why the run ends in an error.
pub(super) fn complaints() -> Vec<RunFault> {
    COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A new run begins: what an earlier one in this process said is no concern of its.
pub(super) fn forget_complaints() {
    COMPLAINTS.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

pub(super) fn warn_of(warning: &Fault) {
    log::warn!("{warning}");
}
