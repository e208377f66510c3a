//! The command: words to a run to an exit code.

mod arguments;
mod child;
mod completions;
mod demo;
mod engine;
mod execute;
mod exit;
mod explain;
mod flag_values;
mod flags;
mod guides;
mod help;
mod inbox;
mod layout;
mod lint;
mod list;
mod logging;
mod man;
mod merge;
mod outputs;
mod pager;
mod planning;
mod project;
mod reports;
mod schema;
mod tables;
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
    if arguments.help {
        return print(&help::text());
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    logging::choose_form(arguments.log_json);
    if let Some(message) = misplaced(&arguments) {
        return fail(Exit::Usage, &message);
    }
    let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let conditions = Conditions { arguments: &arguments, words: &words };
    let exit = match arguments.command {
        Some(Command::Child) => child::run(),
        Some(Command::Help) => guides::show(&arguments),
        Some(Command::Lint) => lint::run(&arguments),
        Some(Command::List) => list::run(&arguments),
        Some(Command::Merge) => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            merge::run(&conditions)
        }
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

/// What is wrong with options that belong to one command only.
fn misplaced(arguments: &Arguments) -> Option<String> {
    if arguments.scene.is_some() && arguments.command != Some(Command::Demo) {
        return Some("option --scene belongs to resttest demo: resttest demo --scene retry".to_owned());
    }
    if arguments.made.is_some() && arguments.command != Some(Command::Help) {
        return Some("--man, --completions and --schema belong to resttest help".to_owned());
    }
    (arguments.strict && arguments.command != Some(Command::Lint))
        .then(|| "--strict belongs to resttest lint".to_owned())
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
