//! The flags around answers that are kept: `drift`, `--drift`, what reports keep.
//!
//! Owns: their rows. Does not: know shapes (see `shape`).

use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, RUNNING, file, switch};
use crate::cli::args::flag_values::{keep, yes};

/// The rows.
pub const FLAGS: &[Flag] = &[
    file(
        "drift",
        "FILE",
        "hold each answer against the shapes of resttest drift; config: {drift: fail} fails the test",
        |to, path| keep(&mut to.drift, path),
    )
    .of(RUNNING),
    switch("report-bodies", "the JSON report has the answers of tests that passed, too, without secrets", |to, _| {
        yes(&mut to.settings.keeps_bodies)
    })
    .of(&[Command::Run, Command::Demo, Command::Explain, Command::List]),
];
