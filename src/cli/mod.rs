//! The command: words to a run to an exit code.

mod args;
mod broken;
mod commands;
mod complaint;
mod environment;
mod exit;
mod help;
mod logging;
mod one_request;
mod own_process;
mod plan;
mod quiet;
mod running;
mod signals;
mod streams;
mod terminal;

use std::ffi::OsString;

use crate::extension;
use crate::ground::source::plain;
use args::arguments::Arguments;
use args::command::Command;
use args::preset::{Preset, Wrong};
use args::{flag_names, parser, settled};
use commands::{
    child, convert, demo, drift, explain, export, help as guide, init, lint, list, merge, mock, mutate, recheck,
    request, watch,
};
pub use exit::Exit;
use exit::Unstarted;
use help::{command_help, overview, pager, version};
use plan::planning;
use running::execute::{self, Conditions};
use running::{inputs_read, unstarted};
use terminal::{fail, fail_at, print, print_foreign};

/// Does what the words after the program's name say.
pub fn command_line_run(words: impl IntoIterator<Item = OsString>) -> Exit {
    let words: Vec<OsString> = words.into_iter().collect();
    let earlier = broken::watch();
    terminal::forget_complaints();
    environment::forget_added();
    inputs_read::begin();
    let mut presets = Vec::new();
    let exit = match carry_out(&words, &mut presets) {
        Ok(exit) => exit,
        Err(ended) => {
            let mut asked = parser::salvage(&presets, words);
            if !matches!(
                asked.command,
                Command::Run | Command::Demo | Command::Merge | Command::Check | Command::Load | Command::Recheck
            ) {
                // It only says what a run would be.
                (asked.reports.files, asked.config) = (Vec::new(), None);
            }
            unstarted::report(&asked, ended)
        }
    };
    extension::end();
    inputs_read::tell();
    let exit = match quiet::end() {
        Ok(()) => exit,
        Err(error) => fail(Exit::Output, &quiet::lost(&error)),
    };
    earlier.restore();
    exit
}

/// The command that the first word names.
fn named(words: &[OsString]) -> Command {
    words.first().and_then(|word| word.to_str()).and_then(Command::of).unwrap_or_default()
}

/// Carries a command out; `Err` where it ended before it could begin, so that nobody has written a report.
fn carry_out(words: &[OsString], presets: &mut Vec<Preset>) -> Result<Exit, Unstarted> {
    if let Some(exit) = own_process::fit_addresses(words) {
        return Err(exit.into());
    }
    let mut arguments = settled::settle(words, presets).map_err(|wrong| refuse(&wrong, words))?;
    if arguments.help {
        // Of `help TOPIC --help` the topic is what is asked about.
        let word = match (arguments.command, arguments.positional.first()) {
            (Command::Help, Some(topic)) => Some(topic.clone()),
            // Without a command's word, all of them are asked about.
            _ => words
                .first()
                .and_then(|word| word.to_str())
                .filter(|word| Command::of(word).is_some())
                .map(str::to_owned),
        };
        let page = word.and_then(|word| command_help::page(&word, pager::is_bold(arguments.skip_term_colors)));
        return Ok(print(&page.unwrap_or_else(overview::text)));
    }
    if arguments.version {
        return Ok(print(&version::text(arguments.settings.verbose)));
    }
    logging::choose_form(arguments.log_json, arguments.skip_term_colors);
    if let Some(message) = flag_names::misplaced(&arguments.given, arguments.command) {
        return Err(fail(Exit::Usage, &message).into());
    }
    if let Some(message) = arguments.reports.formless(arguments.config.is_some()) {
        return Err(fail(Exit::Usage, message).into());
    }
    let keeps_bodies = arguments.settings.keeps_bodies && arguments.given.contains(&"report-bodies");
    if let Some(message) = arguments.reports.bodiless(keeps_bodies) {
        return Err(fail(Exit::Usage, message).into());
    }
    if let Some(message) = arguments.alert.stateless() {
        return Err(fail(Exit::Usage, &message).into());
    }
    if arguments.alert.is_quiet && matches!(arguments.command, Command::Run | Command::Check | Command::Load) {
        print_later(&arguments)?;
    }
    let words: Vec<String> = words.iter().filter_map(|word| word.to_str().map(str::to_owned)).collect();
    if arguments.command == Command::Export {
        logging::start(arguments.log.as_deref(), arguments.log_json);
        extension::announce();
        return Ok(export::run(arguments)?);
    }
    if arguments.command == Command::Mutate {
        logging::start(arguments.log.as_deref(), arguments.log_json);
        extension::announce();
        return Ok(mutate::run(arguments)?);
    }
    let mut replayer = None;
    if arguments.command == Command::Recheck {
        logging::start(arguments.log.as_deref(), arguments.log_json);
        logging::announce(&arguments.settings);
        extension::announce();
        replayer = Some(recheck::recording(&mut arguments)?);
    }
    let conditions = Conditions { arguments: &arguments, words: &words, replayer };
    match arguments.command {
        Command::Child => Ok(child::run(&words)),
        Command::Convert => Ok(convert::run(&arguments)),
        Command::Drift => Ok(drift::run(&arguments)?),
        Command::Help => Ok(guide::run(&arguments)),
        Command::Init => Ok(init::run(&arguments)),
        Command::Lint => {
            let exit = lint::run(&arguments);
            tell_of_extensions(&arguments);
            Ok(exit)
        }
        Command::List => {
            let listed = list::run(&arguments);
            tell_of_extensions(&arguments);
            Ok(listed?)
        }
        Command::Merge => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            Ok(merge::run(&conditions)?)
        }
        Command::Mock => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            Ok(mock::run(&arguments))
        }
        Command::Demo => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            logging::announce(&arguments.settings);
            demo::run(&conditions)
        }
        Command::Recheck => recheck::run(&conditions),
        Command::Check | Command::Load => {
            logging::start(arguments.log.as_deref(), arguments.log_json);
            logging::announce(&arguments.settings);
            extension::announce();
            request::run(&conditions)
        }
        Command::Run if arguments.watch && !arguments.prints_origins => Ok(watch::run(&arguments, &words)),
        command => {
            let plan = planning::plan(&arguments).inspect_err(|_| tell_of_extensions(&arguments))?;
            logging::start(plan.log_level_under(&arguments), arguments.log_json);
            extension::announce();
            match command {
                Command::Explain => Ok(print_foreign(&explain::text(&plan, &arguments))),
                _ => {
                    logging::announce(&arguments.settings);
                    if let Some(seed) = plan.suites.iter().find_map(|suite| suite.settings.draws) {
                        log::info!("waits before retries are drawn from seed {seed}: --seed {seed} repeats them");
                    }
                    execute::execute(plan, &conditions)
                }
            }
        }
    }
}

/// Where no log has begun, it does if there is anything of programs to be told: why an import failed, what is odd.
fn tell_of_extensions(arguments: &Arguments) {
    if extension::has_notes() {
        logging::start(arguments.log.as_deref(), arguments.log_json);
        extension::announce();
    }
}

/// From now on nothing is printed until it is known whether there is anything to tell.
///
/// # Errors
/// Somebody is to read what is printed while it runs; there is no room for it.
fn print_later(arguments: &Arguments) -> Result<(), Exit> {
    let for_people = [("interactive", arguments.settings.interactive), ("watch", arguments.watch)];
    if let Some((option, _)) = for_people.iter().find(|(_, given)| *given) {
        let message = format!("--{option} is for who looks on, and --quiet-unless-changed prints at the end; keep one");
        return Err(fail(Exit::Usage, &message));
    }
    quiet::begin().map_err(|error| fail(Exit::Internal, &format!("output cannot be held back: {}", plain(&error))))
}

/// Says what is wrong with the words, or with what is set elsewhere.
fn refuse(wrong: &Wrong, words: &[OsString]) -> Exit {
    match wrong {
        Wrong::Line(message) => fail(Exit::Usage, &format!("{message}\n{}", overview::short_of(named(words)))),
        Wrong::Environment(message) => fail(Exit::Usage, message),
        Wrong::SettingsFile(fault) => fail_at(Exit::Config, fault),
        Wrong::Input(fault) => fail_at(Exit::Input, fault),
    }
}
