//! The command: words to a run to an exit code.

mod arguments;
mod demo;
mod execute;
mod exit;
mod flags;
mod help;
mod logging;

use std::ffi::OsString;
use std::io::Write as _;

use arguments::Command;
pub use exit::Exit;

use crate::source::Fault;

/// Does what the words after the program's name say.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = match arguments::parse(words) {
        Ok(arguments) => arguments,
        Err(message) => return fail(Exit::Usage, &format!("{message}\n{}", help::SHORT)),
    };
    if arguments.help || arguments.command == Some(Command::Help) {
        return print(&help::text());
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    logging::start(arguments.log.as_deref());
    logging::announce(&arguments.settings);
    match arguments.command {
        Some(Command::Demo) => demo::run(&arguments),
        _ if arguments.scene.is_some() => {
            fail(Exit::Usage, "option --scene belongs to resttest demo: resttest demo --scene retry")
        }
        _ => execute::suites(&arguments),
    }
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
