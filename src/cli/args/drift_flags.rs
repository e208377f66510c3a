//! The flags around answers that are kept: `drift`, `--drift`, what reports keep.
//!
//! Owns: their rows. Does not: know shapes (see `shape`).

use crate::cli::args::command::Command;
use crate::cli::args::command_sets::{JUDGING, TESTING};
use crate::cli::args::flag::{Flag, file, switch, value};
use crate::cli::args::flag_values::{keep, number, yes};

/// The rows.
pub const FLAGS: &[Flag] = &[
    file(
        "drift",
        "FILE",
        "hold each answer against the shapes of resttest drift; config: {drift: fail} fails the test",
        |to, path| keep(&mut to.drift, path),
    )
    .of(JUDGING),
    switch("report-bodies", "the JSON report has the answers of tests that passed, too, without secrets", |to, _| {
        yes(&mut to.settings.keeps_bodies)
    })
    .of(TESTING),
    value("min-score", "P", "exit 1 if fewer than P percent of the mutants fail a test", |to, written| {
        let least = written.trim_end_matches('%').parse().ok().filter(|least| (0.0..=100.0).contains(least));
        to.min_score = Some(least.ok_or_else(|| format!("must be a number from 0 to 100, not \"{written}\""))?);
        Ok(())
    })
    .of(&[Command::Mutate]),
    value("max-mutants", "N", "how many mutants an answer has at most (default 1000)", |to, count| {
        let most: usize = number(count, "an integer, 1 or more")?;
        to.max_mutants = Some(most).filter(|most| *most > 0);
        to.max_mutants.map(|_| ()).ok_or_else(|| "must be an integer, 1 or more".to_owned())
    })
    .of(&[Command::Mutate]),
];
