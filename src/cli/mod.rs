//! The command: words to a run to an exit code.

mod arguments;
mod completions;
mod demo;
mod execute;
mod exit;
mod flags;
mod guides;
mod help;
mod layout;
mod lint;
mod list;
mod logging;
mod man;
mod pager;
mod schema;
mod tables;

use std::ffi::OsString;
use std::io::Write as _;

use arguments::{Arguments, Command};
pub use exit::Exit;

use crate::source::Fault;

/// Does what the words after the program's name say.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match arguments::parse(words) {
        Ok(arguments) => arguments,
        Err(message) => return fail(Exit::Usage, &format!("{message}\n{}", help::SHORT)),
    };
    if arguments.help {
        return print(&help::text());
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    if let Some(message) = misplaced(&arguments) {
        return fail(Exit::Usage, &message);
    }
    logging::start(arguments.log.as_deref());
    match arguments.command {
        Some(Command::Demo) => demo::run(&arguments),
        Some(Command::Help) => guides::show(&arguments),
        Some(Command::Lint) => lint::run(&arguments),
        Some(Command::List) => list::run(&arguments),
        _ => execute::suites(&arguments),
    }
}

/// What is wrong with options that belong to one command only.
fn misplaced(arguments: &Arguments) -> Option<String> {
    if arguments.made.is_some() && arguments.command != Some(Command::Help) {
        return Some("--man, --completions and --schema belong to resttest help".to_owned());
    }
    (arguments.strict && arguments.command != Some(Command::Lint))
        .then(|| "--strict belongs to resttest lint".to_owned())
}

fn print(text: &str) -> Exit {
    // A closed pipe (| head) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Failed(0)
}

/// Says on stderr what is wrong, and passes the exit on.
fn fail(exit: Exit, message: &str) -> Exit {
    let _ = writeln!(std::io::stderr(), "error: {message}");
    exit
}

fn warn_of(warning: &Fault) {
    log::warn!("{warning}");
}

/// The one place where the environment is read for suites and settings.
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
