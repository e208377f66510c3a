//! The leaf of the command: printing, and what the terminal is like.

use std::io::{self, BufWriter, IsTerminal as _, Write};
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

/// The stream of a run's results. Whoever writes to stderr writes this out first, so that `2>&1` keeps the order.
static RESULTS: Mutex<Option<BufWriter<Box<dyn Write + Send>>>> = Mutex::new(None);

/// The run's end of the stream of results.
pub(super) struct Results;

impl Results {
    /// Directs the results to a stream.
    pub(super) fn to(stream: Box<dyn Write + Send>) -> Results {
        if let Ok(mut results) = RESULTS.lock() {
            *results = Some(BufWriter::new(stream));
        }
        Results
    }
}

impl Write for Results {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match RESULTS.lock() {
            Ok(mut results) => results.as_mut().map_or(Ok(bytes.len()), |results| results.write(bytes)),
            Err(_) => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match RESULTS.lock() {
            Ok(mut results) => results.as_mut().map_or(Ok(()), BufWriter::flush),
            Err(_) => Ok(()),
        }
    }
}

/// Writes out what is known of the results, and takes the live line away: something else is to be written to stderr.
pub(super) fn make_room() {
    // What cannot be written is tried again, and told, by whoever writes results.
    let _ = Results.flush();
    let sequence = crate::report::take_live_line_away();
    let _ = io::stderr().write_all(sequence.as_bytes());
}

/// How many columns the terminal has at the moment; it may be made narrower while a run goes on.
pub(super) fn columns() -> usize {
    let of_window = |size: Result<rustix::termios::Winsize, _>| size.ok().map(|size| usize::from(size.ws_col));
    let stdout = || of_window(rustix::termios::tcgetwinsize(io::stdout()));
    let stderr = || of_window(rustix::termios::tcgetwinsize(io::stderr()));
    let told = || environment("COLUMNS")?.trim().parse().ok();
    let is_known = |columns: &usize| *columns > 0;
    stdout().filter(is_known).or_else(|| stderr().filter(is_known)).or_else(|| told().filter(is_known)).unwrap_or(80)
}

/// Whether the terminal understands more than text.
pub(super) fn is_dumb() -> bool {
    environment("TERM").is_some_and(|term| term == "dumb")
}

/// Whether colours are unwanted.
pub(super) fn no_color() -> bool {
    is_dumb() || environment("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// A text for stderr: on a terminal without anything that it would obey.
pub(super) fn for_stderr(text: &str) -> std::borrow::Cow<'_, str> {
    if io::stderr().is_terminal() { crate::ground::printable::for_terminal(text) } else { text.into() }
}

pub(super) fn warn_of(warning: &Fault) {
    log::warn!("{warning}");
}
