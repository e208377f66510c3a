//! Extensions: which programs are started, before the first suite is read.
//!
//! Owns: whose they are. Does not: talk to them (see `extension`).

use std::sync::{Arc, Once};
use std::time::Duration;

use crate::cli::args::arguments::Arguments;
use crate::cli::environment::{added_to_environment, environment};
use crate::cli::exit::Exit;
use crate::cli::signals::before_the_end;
use crate::cli::terminal::fail;
use crate::extension::{self, CALL_LIMIT, Program, bridge};
use crate::secrets::Secrets;
use crate::settings::commands::Commands;
use crate::settings::given_secrets::GivenSecrets;
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
    let mut programs = programs.chain(modules).peekable();
    if programs.peek().is_some() {
        prepare(arguments.settings.secrets.as_deref());
    }
    programs.try_for_each(|program| extension::start(program, limit(arguments)).map_err(|why| fail(Exit::Input, &why)))
}

/// What must be so before the first program is started: one that hangs ends with us, and none tells a secret.
fn prepare(secrets: Option<&GivenSecrets>) {
    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| before_the_end(extension::end_programs));
    let mut hidden = Secrets::default();
    for (name, value) in secrets.into_iter().flat_map(GivenSecrets::iter) {
        hidden.add_declared(name, value);
    }
    extension::hide(&hidden);
}

/// Starts those that a runner configuration names.
pub fn beginning(arguments: &Arguments) -> Beginning {
    let secrets = arguments.settings.secrets.clone();
    let (limit, may_run) = (limit(arguments), arguments.settings.commands != Commands::None);
    Arc::new(move |lines| {
        if !may_run {
            extension::note(log::Level::Warn, "extensions are not started (--no-exec)".to_owned());
            return Ok(());
        }
        if !lines.is_empty() {
            prepare(secrets.as_deref());
        }
        lines.iter().try_for_each(|line| extension::start(Program::of(line, added_to_environment()), limit))
    })
}

fn limit(arguments: &Arguments) -> Duration {
    arguments.extension_limit.unwrap_or(CALL_LIMIT)
}
