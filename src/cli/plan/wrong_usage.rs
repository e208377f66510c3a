//! A command line that cannot be run, told with how it is called.

use crate::cli::exit::Exit;
use crate::cli::terminal::fail;

/// Says what is wrong with the command line.
pub fn usage(message: &str) -> Exit {
    fail(Exit::Usage, &format!("{message}\n{}", crate::cli::help::overview::SHORT))
}
