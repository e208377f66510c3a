//! The command: words to a run to an exit code.

mod args;
mod commands;
mod environment;
mod exit;
mod help;
mod logging;
mod own_process;
mod plan;
mod running;
mod terminal;

use std::ffi::OsString;

use args::arguments::Arguments;
use args::command::Command;
use args::{flags, parser};
use commands::{child, demo, explain, help as guide, lint, list, merge};
pub use exit::Exit;
use help::{command_help, overview, pager};
use plan::planning;
use running::execute::{self, Conditions};
use running::reports;
use terminal::{fail, print, print_foreign};

/// Does what the words after the program's name say.
pub fn command_line_run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(exit) = own_process::fit_addresses(&words) {
        return if asks_for_nagios(&words) { reports::nagios_without_a_run(exit) } else { exit };
    }
    let arguments = match parser::parse(words.iter().cloned()) {
        Ok(arguments) => arguments,
        Err(message) => {
            let exit = fail(Exit::Usage, &format!("{message}\n{}", overview::SHORT));
            return if asks_for_nagios(&words) { reports::nagios_without_a_run(exit) } else { exit };
        }
    };
    if arguments.help {
        // Of `help TOPIC --help` the topic is what is asked about.
        let word = match (arguments.command, arguments.positional.first()) {
            (Command::Help, Some(topic)) => Some(topic.clone()),
            (command, _) => Command::shown().find(|(_, shown, _)| *shown == command).map(|(name, ..)| name.to_owned()),
        };
        let page = word.and_then(|word| command_help::page(&word, pager::is_bold(arguments.skip_term_colors)));
        return print(&page.unwrap_or_else(overview::text));
    }
    if arguments.version {
        return print(concat!("resttest ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    logging::choose_form(arguments.log_json);
    if let Some(message) = flags::misplaced(&arguments.given, arguments.command) {
        return fail(Exit::Usage, &message);
    }
    let words: Vec<String> = words.into_iter().filter_map(|word| word.into_string().ok()).collect();
    let conditions = Conditions { arguments: &arguments, words: &words };
    let exit = match arguments.command {
        Command::Child => child::run(),
        Command::Help => guide::run(&arguments),
        Command::Lint => lint::run(&arguments),
        Command::List => list::run(&arguments),
        Command::Merge => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            merge::run(&conditions)
        }
        Command::Demo => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            logging::announce(&arguments.settings);
            demo::run(&conditions)
        }
        command => {
            let plan = match planning::plan(&arguments) {
                Ok(plan) => plan,
                Err(exit) => return as_monitoring_exits(&arguments, exit),
            };
            logging::start(arguments.log.as_deref().or(plan.log_level.as_deref()), arguments.log_json);
            match command {
                Command::Explain => print_foreign(&explain::text(&plan)),
                _ => {
                    logging::announce(&arguments.settings);
                    execute::execute(plan, &conditions)
                }
            }
        }
    };
    as_monitoring_exits(&arguments, exit)
}

/// Nagios knows four exits only.
fn as_monitoring_exits(arguments: &Arguments, exit: Exit) -> Exit {
    match exit {
        Exit::Failed(_) | Exit::Nagios(_) => exit,
        exit if arguments.reports.nagios => reports::nagios_without_a_run(exit),
        exit => exit,
    }
}

/// Whether a command line that cannot be understood is one of a monitoring system.
fn asks_for_nagios(words: &[OsString]) -> bool {
    let is_output = |name: &str| flags::find(name).is_ok_and(|flag| flag.name == "output");
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    words.iter().enumerate().filter_map(|(at, word)| Some((at, word.strip_prefix("--")?))).any(|(at, option)| {
        match option.split_once('=') {
            Some((name, value)) => is_output(name) && value == "nagios",
            None => is_output(option) && words.get(at + 1) == Some(&"nagios"),
        }
    })
}
