//! The flags about programs that add generators, extractors, comparators, tests, validators and signers.
//!
//! Owns: their rows. Does not: start anything (see `plan::extensions`).

use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, value};
use crate::cli::args::flag_values::seconds;

/// All that read suites, or sign requests.
const EXTENDED: &[Command] = &[
    Command::Run,
    Command::Explain,
    Command::List,
    Command::Lint,
    Command::Check,
    Command::Load,
    Command::Export,
    Command::Mutate,
    Command::Recheck,
];

/// The rows.
pub const FLAGS: &[Flag] = &[
    value(
        "extension",
        "COMMAND",
        "start a program that adds generators, extractors, comparators, tests, validators, signers; repeatable",
        |to, line| {
            if line.trim().is_empty() {
                return Err("needs a command: --extension 'python3 mine.py'".to_owned());
            }
            to.extensions.push(line.to_owned());
            Ok(())
        },
    )
    .of(EXTENDED)
    .repeated()
    .only_on_command_line(),
    value(
        "extension-timeout",
        "S",
        "the longest time that a call to an extension may take in seconds (30)",
        |to, value| {
            let limit = seconds(value)?;
            if limit.is_zero() {
                return Err("must be a number of seconds above 0".to_owned());
            }
            to.extension_limit = Some(limit);
            Ok(())
        },
    )
    .of(EXTENDED),
    value(
        "import_extensions",
        "MODULES",
        "run PyRestTest's own Python extensions, with semicolons between modules; needs python3",
        |to, modules| {
            to.modules = Some(modules.to_owned());
            Ok(())
        },
    )
    .of(EXTENDED)
    .only_on_command_line(),
];
