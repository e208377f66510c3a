//! The flags of `convert`.
//!
//! Owns: their rows. Does not: know the formats (see `convert`).

use crate::cli::args::choices;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, value, word};
use crate::convert::{Assert, Format, SecretValues};

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
    file("environment", "FILE", "the environment of a Postman collection: values of its variables", |to, path| {
        to.convert.environment = Some(path.to_owned());
        Ok(())
    })
    .of(&[Command::Convert]),
    switch(
        "examples",
        "expect the saved answers of a Postman collection (default: only what its scripts say)",
        |to, _| {
            to.convert.examples = true;
            Ok(())
        },
    )
    .of(&[Command::Convert]),
    value("host", "GLOB", "hosts of a HAR that are meant (default: that of its first document)", |to, host| {
        to.convert.host = Some(host.to_owned());
        Ok(())
    })
    .of(&[Command::Convert]),
    word("assert", "WHAT", Assert::WORDS, "what of a HAR's answers is asserted (default: shape)", |to, word| {
        let word = choices::one_of(word, Assert::WORDS)?;
        to.convert.assert = Assert::of(word).unwrap_or_default();
        Ok(())
    })
    .of(&[Command::Convert]),
    switch("correlate", "values of a HAR's answers that later requests send become variables", |to, _| {
        to.convert.correlate = true;
        Ok(())
    })
    .of(&[Command::Convert]),
    switch("keep-secrets", "write values that look secret into the suite (default: they become variables)", |to, _| {
        to.convert.secrets = SecretValues::Kept;
        Ok(())
    })
    .of(&[Command::Convert]),
];
