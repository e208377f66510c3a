//! The command: words to a run to an exit code.

mod arguments;
mod child;
mod demo;
mod engine;
mod execute;
mod exit;
mod explain;
mod flags;
mod help;
mod logging;
mod outputs;
mod planning;
mod project;
mod targets;

use std::ffi::OsString;
use std::io::Write as _;

use arguments::Command;
use execute::Conditions;
pub use exit::Exit;

use crate::source::Fault;

/// Does what the words after the program's name say.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    let arguments = match arguments::parse(words.iter().cloned()) {
        Ok(arguments) => arguments,
        Err(message) => return fail(Exit::Usage, &format!("{message}\n{}", help::SHORT)),
    };
    if arguments.help || arguments.command == Some(Command::Help) {
        return print(&help::text());
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let conditions = Conditions { arguments: &arguments, words: &words };
    match arguments.command {
        Some(Command::Child) => child::run(),
        Some(Command::Demo) => {
            logging::start(arguments.log.as_deref());
            demo::run(&conditions)
        }
        command => {
            let plan = match planning::plan(&arguments) {
                Ok(plan) => plan,
                Err(exit) => return exit,
            };
            logging::start(arguments.log.as_deref().or(plan.log_level.as_deref()));
            match command {
                Some(Command::Explain) => print(&explain::text(&plan)),
                _ => execute::execute(plan, &conditions),
            }
        }
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
