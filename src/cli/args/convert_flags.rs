//! The flags of `convert`.
//!
//! Owns: their rows. Does not: know the formats (see `convert`).

use crate::cli::args::choices;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, word};
use crate::convert::{Format, SecretValues};

/// The rows.
pub const FLAGS: &[Flag] = &[
    word("from", "FORMAT", Format::WORDS, "what the files are (default: told from what is in them)", |to, word| {
        let word = choices::one_of(word, Format::WORDS)?;
        to.convert.from = Format::of(word);
        Ok(())
    })
    .of(&[Command::Convert]),
    file("into", "FILE.yaml|DIR", "write the suite there, and what belongs to it (default: stdout)", |to, path| {
        to.into = Some(path.to_owned());
        Ok(())
    })
    .of(&[Command::Convert])
    .short('o'),
    switch("keep-secrets", "write values that look secret into the suite (default: they become variables)", |to, _| {
        to.convert.secrets = SecretValues::Kept;
        Ok(())
    })
    .of(&[Command::Convert]),
];
