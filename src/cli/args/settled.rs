//! The arguments of a command: its words, over what the environment and `.resttest.yaml` set.
//!
//! Owns: the order in which these are read. Does not: read any of them (see `parser`, `presets`, `settings_file`).

use std::ffi::OsString;
use std::path::PathBuf;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::args::given_secrets;
use crate::cli::args::input_files;
use crate::cli::args::parser;
use crate::cli::args::preset::{Preset, Wrong};
use crate::cli::args::presets::{self, Given};
use crate::cli::args::settings_file;
use crate::cli::environment::{add_to_environment, environment, has_variables_of};
use crate::suite::add_excerpts;

/// Reads the words after the program's name, and what is set elsewhere. What that is stands in `found`, even where
/// something is wrong then.
///
/// # Errors
/// See [`Wrong`].
pub fn settle(words: &[OsString], found: &mut Vec<Preset>) -> Result<Arguments, Wrong> {
    let mut line = parser::parse(words.iter().cloned()).map_err(|message| {
        // What is set elsewhere may ask for reports, which tell of it.
        *found = set_elsewhere(&parser::salvage(&[], words.iter().cloned())).unwrap_or_default();
        Wrong::Line(message)
    })?;
    if line.help || line.version || matches!(line.command, Command::Help | Command::Child) {
        return Ok(line);
    }
    *found = set_elsewhere(&line)?;
    if !found.is_empty() {
        line = parser::parse_over(found, words.iter().cloned()).map_err(with_its_line)?;
    }
    with_variables_files(line)
}

/// What the settings file and the environment leave to be set, beside a line.
fn set_elsewhere(line: &Arguments) -> Result<Vec<Preset>, Wrong> {
    let file = of_file(line)?;
    read_environment_files(line, &file)?;
    let environment = match has_variables_of("RESTTEST_") {
        true => presets::of_environment(line.command, &environment)?,
        false => Given::default(),
    };
    Ok(presets::joined(file, environment, line))
}

/// What is wrong with a value in the settings file, with the line there.
fn with_its_line(mut wrong: Wrong) -> Wrong {
    if let Wrong::SettingsFile(fault) = &mut wrong
        && let Ok(source) = input_files::source_of(&fault.location.file)
    {
        add_excerpts([fault], &source);
    }
    wrong
}

/// The arguments with the variables of their files, below those of `--vars`.
///
/// # Errors
/// A file cannot be read.
pub fn with_variables_files(mut arguments: Arguments) -> Result<Arguments, Wrong> {
    let mut all = Vec::new();
    for file in &arguments.variables_files {
        all.extend(input_files::variables(file).map_err(Wrong::Input)?);
    }
    all.append(&mut arguments.settings.vars);
    arguments.settings.vars = all;
    given_secrets::take(&mut arguments)?;
    Ok(arguments)
}

fn of_file(line: &Arguments) -> Result<Given, Wrong> {
    const VARIABLE: &str = "RESTTEST_NO_SETTINGS_FILE";
    let unwanted = environment(VARIABLE).filter(|value| !value.trim().is_empty());
    let unwanted = match unwanted.as_deref().map(presets::boolean) {
        None => false,
        Some(Some(unwanted)) => unwanted,
        Some(None) => return Err(Wrong::Environment(format!("{VARIABLE} must be true or false"))),
    };
    if unwanted || line.no_settings_file {
        return Ok(Given::default());
    }
    let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    match settings_file::find(&folder) {
        Some(file) => settings_file::read(&folder, &file, line.command),
        None => Ok(Given::default()),
    }
}

/// Adds the files of `--env-file` to the environment; the strongest source that names any counts.
fn read_environment_files(line: &Arguments, file: &Given) -> Result<(), Wrong> {
    let named = environment("RESTTEST_ENV_FILE").filter(|_| presets::takes_options_of_run(line.command));
    let of_environment: Vec<String> = named
        .iter()
        .flat_map(|value| value.lines())
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    let of_file = || file.presets.iter().filter(|preset| preset.flag == "env-file").map(|preset| preset.value.clone());
    let files = match (line.env_files.as_slice(), of_environment) {
        ([], files) if files.is_empty() => of_file().collect(),
        ([], files) => files,
        (files, _) => files.to_vec(),
    };
    for file in &files {
        add_to_environment(input_files::environment(file).map_err(Wrong::Input)?);
    }
    Ok(())
}
