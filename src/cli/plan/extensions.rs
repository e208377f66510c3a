//! Extensions: which programs are started, before the first suite is read.
//!
//! Owns: whose they are. Does not: talk to them (see `extension`).

use std::sync::Arc;
use std::time::Duration;

use crate::cli::args::arguments::Arguments;
use crate::cli::environment::{added_to_environment, environment};
use crate::cli::exit::Exit;
use crate::cli::terminal::fail;
use crate::extension::{self, CALL_LIMIT, Program, bridge};
use crate::settings::commands::Commands;
use crate::suite::Beginning;

/// Starts those that the command line names.
///
/// # Errors
/// One cannot be started; it has been told.
pub fn start(arguments: &Arguments) -> Result<(), Exit> {
    let environment_of_all = added_to_environment();
    let programs = arguments.extensions.iter().map(|line| Program::of(line, environment_of_all.clone()));
    let modules = arguments.modules.as_deref().filter(|modules| modules.contains(|c: char| c != ';')).map(|modules| {
        let python = environment("RESTTEST_PYTHON").filter(|python| !python.is_empty());
        bridge(modules, python.as_deref().unwrap_or("python3"), environment_of_all.clone())
    });
    for program in programs.chain(modules) {
        extension::start(program, limit(arguments)).map_err(|why| fail(Exit::Input, &why))?;
    }
    Ok(())
}

/// Starts those that a runner configuration names.
pub fn beginning(arguments: &Arguments) -> Beginning {
    let (limit, may_run) = (limit(arguments), arguments.settings.commands != Commands::None);
    Arc::new(move |lines| {
        if !may_run {
            extension::note(log::Level::Warn, "extensions are not started (--no-exec)".to_owned());
            return Ok(());
        }
        lines.iter().try_for_each(|line| extension::start(Program::of(line, added_to_environment()), limit))
    })
}

fn limit(arguments: &Arguments) -> Duration {
    arguments.extension_limit.unwrap_or(CALL_LIMIT)
}
