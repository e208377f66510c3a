//! The streams of a run, and what the terminal behind them is like.
//!
//! Owns: the order of stdout and stderr, the terminal's width, whether it knows colours. Does not: know what is printed.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Mutex;

use super::environment::environment;
use crate::ground::printable::for_terminal;

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
pub(super) fn for_stderr(text: &str) -> Cow<'_, str> {
    if io::stderr().is_terminal() { for_terminal(text) } else { text.into() }
}
