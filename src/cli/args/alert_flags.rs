//! The flags about alerts: a state that is kept between runs, and what changes it.
//!
//! Owns: their rows. Does not: know the rule (see `record::alert`).

use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, value};
use crate::cli::args::flag_values::{keep, number, yes};

/// All that may be repeated by cron, and those that say what would run.
const REPEATED: &[Command] = &[Command::Run, Command::Explain, Command::List, Command::Check, Command::Load];

/// What a number of runs is.
const COUNT: &str = "a number of runs in a row, 1 or more";

/// The rows.
pub const FLAGS: &[Flag] = &[
    file(
        "alert-state",
        "FILE",
        "where it is kept between runs whether all is well; exit code and reports change with that state only",
        |to, file| keep(&mut to.alert.state, file),
    )
    .of(REPEATED),
    value(
        "fail-after",
        "N",
        "with --alert-state: the state is bad after N failed runs in a row (default 1)",
        |to, n| number(n, COUNT).map(|n| to.alert.fail_after = Some(n)),
    )
    .of(REPEATED),
    value(
        "recover-after",
        "M",
        "with --alert-state: the state is good again after M runs in a row that passed (default 1)",
        |to, n| number(n, COUNT).map(|n| to.alert.recover_after = Some(n)),
    )
    .of(REPEATED),
    switch(
        "quiet-unless-changed",
        "with --alert-state: print nothing, warnings included, while the state does not change",
        |to, _| yes(&mut to.alert.is_quiet),
    )
    .of(REPEATED),
];
