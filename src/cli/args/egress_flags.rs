//! The flags about the world outside: where requests may go, and whether commands may be run.
//!
//! Owns: their rows. Does not: know the rules (see `exchange::egress` and `settings::commands`).

use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::args::command_sets::REQUESTING;
use crate::cli::args::flag::{Flag, switch, value};
use crate::cli::args::flag_values::yes;
use crate::exchange::egress::Egress;
use crate::settings::commands::Commands;

/// Those, what sends requests once to see what comes, and what passes requests on.
const BOUNDED: &[Command] = &[
    Command::Run,
    Command::Demo,
    Command::Explain,
    Command::List,
    Command::Check,
    Command::Load,
    Command::Export,
    Command::Convert,
    Command::Mock,
];

/// The rows.
pub const FLAGS: &[Flag] = &[
    value(
        "allow-host",
        "HOST",
        "send nothing elsewhere: NAME, *.NAME, ADDRESS or ADDRESS/BITS, each with :PORT if need be; repeatable",
        |to, host| rules(to).allow(host),
    )
    .of(BOUNDED)
    .repeated(),
    value("deny-host", "HOST", "send nothing there, whatever is allowed; written likewise; repeatable", |to, host| {
        rules(to).deny(host)
    })
    .of(BOUNDED)
    .repeated(),
    switch("offline", "send nothing outside this machine, and look up no name but localhost", |to, _| {
        rules(to).go_offline();
        Ok(())
    })
    .of(BOUNDED),
    switch("plan", "print every origin that would be asked, with where it comes from, and send nothing", |to, _| {
        yes(&mut to.prints_origins)
    })
    .of(&[Command::Run, Command::Check, Command::Load])
    .only_on_command_line(),
    switch(
        "allow-exec",
        "run commands of files that neither the command line names nor the working directory holds, too",
        |to, _| {
            to.settings.commands = Commands::All;
            Ok(())
        },
    )
    .of(REQUESTING)
    .only_on_command_line(),
    switch("no-exec", "run no command that a suite or a runner configuration names, hooks included", |to, _| {
        to.settings.commands = Commands::None;
        Ok(())
    })
    .of(REQUESTING),
];

/// Whether a flag bounds what a run may do: environment and settings file set it for all that send.
pub fn is_bound(flag: &str) -> bool {
    matches!(flag, "allow-host" | "deny-host" | "offline" | "no-exec")
}

fn rules(to: &mut Arguments) -> &mut Egress {
    Arc::make_mut(to.settings.egress.get_or_insert_default())
}
