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
mod reports;
mod targets;

use std::ffi::OsString;
use std::io::Write as _;

use arguments::{Arguments, Command};
use execute::Conditions;
pub use exit::Exit;

use crate::source::Fault;

/// Does what the words after the program's name say.
pub fn main(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    let arguments = match arguments::parse(words.iter().cloned()) {
        Ok(arguments) => arguments,
        Err(message) => {
            let exit = fail(Exit::Usage, &format!("{message}\n{}", help::SHORT));
            return if asks_for_nagios(&words) { reports::nagios_without_a_run(exit) } else { exit };
        }
    };
    if arguments.help || arguments.command == Some(Command::Help) {
        return print(&help::text());
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    if arguments.scene.is_some() && arguments.command != Some(Command::Demo) {
        return fail(Exit::Usage, "option --scene belongs to resttest demo: resttest demo --scene retry");
    }
    let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
    logging::set_form(arguments.log_json);
    let conditions = Conditions { arguments: &arguments, words: &words };
    let exit = match arguments.command {
        Some(Command::Child) => child::run(),
        Some(Command::Demo) => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            logging::announce(&arguments.settings);
            demo::run(&conditions)
        }
        command => {
            let plan = match planning::plan(&arguments) {
                Ok(plan) => plan,
                Err(exit) => return settled(&arguments, exit),
            };
            logging::start(arguments.log.as_deref().or(plan.log_level.as_deref()), arguments.log_json);
            match command {
                Some(Command::Explain) => print(&explain::text(&plan)),
                _ => {
                    logging::announce(&arguments.settings);
                    execute::execute(plan, &conditions)
                }
            }
        }
    };
    settled(&arguments, exit)
}

/// Nagios knows four exits only.
fn settled(arguments: &Arguments, exit: Exit) -> Exit {
    match exit {
        Exit::Failed(_) | Exit::Nagios(_) => exit,
        exit if arguments.reports.nagios => reports::nagios_without_a_run(exit),
        exit => exit,
    }
}

/// Whether a command line that cannot be understood is one of a monitoring system.
fn asks_for_nagios(words: &[OsString]) -> bool {
    words.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "nagios")
        || words.iter().any(|word| word == "--output=nagios")
}

fn print(text: &str) -> Exit {
    // A closed pipe (| head) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Failed(0)
}

/// Says on stderr what is wrong, and passes the exit on.
fn fail(exit: Exit, message: &str) -> Exit {
    logging::complain(message);
    exit
}

fn warn_of(warning: &Fault) {
    log::warn!("{warning}");
}

/// The one place where the environment is read for suites and settings.
fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
