//! The flags of `convert` and `export`.
//!
//! Owns: their rows. Does not: know the formats (see `convert`).

use crate::cli::args::choices;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, file, switch, value, word};
use crate::cli::args::flag_values::{keep, yes};
use crate::convert::{Assert, Deprecated, Extent, Format, Schemas, SecretValues, Values};

/// The rows.
pub const FLAGS: &[Flag] = &[
    switch("run", "send the tests, too, so that values of earlier answers stand in the commands", |to, _| {
        to.sends = true;
        Ok(())
    })
    .of(&[Command::Export])
    .only_on_command_line(),
    word("from", "FORMAT", Format::WORDS, "what the files are (default: told from what is in them)", |to, word| {
        let word = choices::one_of(word, Format::WORDS)?;
        to.convert.from = Format::of(word);
        Ok(())
    })
    .of(&[Command::Convert]),
    file("into", "FILE.yaml|DIR", "write it there, a suite with what belongs to it (default: stdout)", |to, path| {
        to.into = Some(path.to_owned());
        Ok(())
    })
    .of(&[Command::Convert, Command::Drift, Command::Mutate])
    .short('o'),
    value(
        "environment",
        "FILE|NAME",
        "where variables get their values: a file of Postman; of .http files the name in http-client.env.json",
        |to, name| keep(&mut to.convert.environment, name),
    )
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
    switch("verify", "send each request once, and expect the status that comes", |to, _| {
        to.verifies = true;
        Ok(())
    })
    .of(&[Command::Convert])
    .only_on_command_line(),
    switch(
        "keep-secrets",
        "convert: write values that look secret into the suite (default: they become variables); mock: record cookies",
        |to, _| {
            to.convert.secrets = SecretValues::Kept;
            yes(&mut to.mock.keeps_secrets)
        },
    )
    .of(&[Command::Convert, Command::Mock]),
    value("only-tags", "TAG,...", "of OpenAPI: operations with one of these tags", |to, tags| {
        listed(tags, &mut to.convert.openapi.tags)
    })
    .of(&[Command::Convert])
    .repeated(),
    value("operations", "NAME,...", "of OpenAPI: these operations, by operationId or as \"GET /path\"", |to, names| {
        listed(names, &mut to.convert.openapi.operations)
    })
    .of(&[Command::Convert])
    .repeated(),
    switch(
        "negative",
        "of OpenAPI: also requests that must be refused: a part is missing, or of a wrong type",
        |to, _| {
            to.convert.openapi.extent = Extent::Negative;
            Ok(())
        },
    )
    .of(&[Command::Convert]),
    switch("required-only", "of OpenAPI: leave out what is optional, even if it has an example", |to, _| {
        to.convert.openapi.values = Values::Required;
        Ok(())
    })
    .of(&[Command::Convert]),
    switch("inline", "of OpenAPI: write schemas into the suite (default: into schemas/ beside it)", |to, _| {
        to.convert.openapi.schemas = Schemas::Inline;
        Ok(())
    })
    .of(&[Command::Convert]),
    switch("include-deprecated", "of OpenAPI: also operations that are marked as deprecated", |to, _| {
        to.convert.openapi.deprecated = Deprecated::Included;
        Ok(())
    })
    .of(&[Command::Convert]),
];

/// Words between commas.
fn listed(words: &str, out: &mut Vec<String>) -> Result<(), String> {
    out.extend(words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned));
    if out.is_empty() { Err("names nothing".to_owned()) } else { Ok(()) }
}
