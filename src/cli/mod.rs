//! The command: words to a run to an exit code.

mod args;
mod commands;
mod exit;
mod help;
mod logging;
mod plan;
mod running;
mod terminal;

use std::ffi::OsString;

use args::arguments::{Arguments, Command};
use args::parser;
use commands::{child, demo, explain, help as guide, lint, list, merge};
pub use exit::Exit;
use help::overview;
use plan::planning;
use running::execute::{self, Conditions};
use running::reports;
use terminal::{fail, print};

/// Does what the words after the program's name say.
pub fn command_line_run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    let arguments = match parser::parse(words.iter().cloned()) {
        Ok(arguments) => arguments,
        Err(message) => {
            let exit = fail(Exit::Usage, &format!("{message}\n{}", overview::SHORT));
            return if asks_for_nagios(&words) { reports::nagios_without_a_run(exit) } else { exit };
        }
    };
    if arguments.help {
        return print(&overview::text());
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
        Some(Command::Help) => guide::run(&arguments),
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
