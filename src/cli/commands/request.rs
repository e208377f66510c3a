//! `resttest check` and `resttest load`: one request without a suite.
//!
//! Owns: the order of things: the suite is made, read, written down where that is asked for, run.
//! Does not: know its keys (see `one_request`), run it (see `running`).

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::{Exit, Unstarted};
use crate::cli::help::overview::short_of;
use crate::cli::one_request::{self, Goal, SuiteText, Wrong};
use crate::cli::plan::extensions;
use crate::cli::plan::planned::Plan;
use crate::cli::plan::planning;
use crate::cli::running::execute::{self, Conditions};
use crate::cli::terminal::fail;
use crate::ground::source::{Fault, Location, plain};
use crate::ground::value::Value;
use crate::settings::run_settings::Settings;
use crate::suite::{self, ReadOptions};
use crate::test::planned_suite::PlannedSuite;

/// Runs the one request.
///
/// # Errors
/// The exit of what ended before it began; no report has been written.
pub fn run(conditions: &Conditions<'_>) -> Result<Exit, Unstarted> {
    let arguments = conditions.arguments;
    let usage = |message: String| fail(Exit::Usage, &format!("{message}\n{}", short_of(arguments.command)));
    if let Some(message) = arguments.out_of_range.first() {
        return Err(usage(message.clone()).into());
    }
    if let Some(message) = arguments.reports.wrong_limits() {
        return Err(usage(message.to_owned()).into());
    }
    let goal = Goal::of(&arguments.positional, arguments.command).map_err(usage)?;
    // Before anything is looked up by its name.
    extensions::start(arguments)?;
    let text = one_request::write(&goal, arguments).map_err(|wrong| match wrong {
        Wrong::Usage(message) => usage(message),
        Wrong::Input(message) => fail(Exit::Input, &message),
    })?;
    // All other flags of authentication are in the suite.
    if arguments.auth.file.is_some() {
        planning::settle_auth(arguments)?;
    }
    let plan = plan(&goal, &text, arguments)?;
    if let Some(path) = &arguments.request.save {
        save(path, text.lines.text(), arguments.force)?;
    }
    let exit = execute::execute(plan, conditions)?;
    if let Some(scheme) = goal.assumed.filter(|_| exit != Exit::Failed(0)) {
        log::warn!("the URL has no scheme, and was taken for {}{}", goal.origin, other_scheme(scheme, &goal));
    }
    Ok(exit)
}

fn other_scheme(scheme: &str, goal: &Goal) -> String {
    match goal.origin.strip_prefix("http://") {
        Some(host) if scheme == "http" => format!("; write https://{host} for TLS"),
        _ => String::new(),
    }
}

/// Reads the suite as any other.
fn plan(goal: &Goal, text: &SuiteText, arguments: &Arguments) -> Result<Plan, Exit> {
    // Bound once from outside: a load run would ask the environment for each of its requests.
    let values = text.variables.values().iter();
    let vars: Vec<(String, Value)> = values.map(|(name, value)| (name.clone(), Value::Str(value.clone()))).collect();
    let options = ReadOptions { vars: vars.clone(), ..planning::options(&goal.origin, arguments) };
    let saved = arguments.request.save.as_deref();
    let name = saved.map_or_else(|| word(arguments), |path| path.display().to_string());
    // Its ending says nothing of the language: what is made is YAML.
    let file = suite::read_test_text(&name, &text.without_bindings());
    let read = file.and_then(|file| suite::parse_testsets(&file, &options)).map_err(|error| {
        let mut exit = Exit::Usage;
        for fault in error.faults() {
            exit = fail(Exit::Usage, &told(fault, text));
        }
        exit
    })?;
    let warnings = read.warnings.into_iter().map(|warning| {
        let file = text.lines.origin(warning.location.position.line).into();
        Fault::new(Location { file, ..Location::default() }, warning.message)
    });
    Ok(Plan {
        suites: vec![PlannedSuite {
            name: name.into(),
            sets: read.sets,
            settings: Settings { vars, ..arguments.settings.clone() },
            base_url: goal.origin.as_str().into(),
            ..PlannedSuite::default()
        }],
        base_urls: vec![goal.origin.clone()],
        warnings: warnings.chain(planning::auth_doubt(arguments)).collect(),
        inputs: saved.map(|path| (path.to_owned(), "the suite to be saved")).into_iter().collect(),
        ..Plan::default()
    })
}

/// `check`, `load`.
fn word(arguments: &Arguments) -> String {
    arguments.command.to_string().rsplit(' ').next().unwrap_or_default().to_owned()
}

/// What is wrong with a line of the suite, by the option that it comes from.
fn told(fault: &Fault, text: &SuiteText) -> String {
    format!("option {}: {}", text.lines.origin(fault.location.position.line), fault.message)
}

/// Writes the suite down, before anything is sent: what cannot be written is known at once.
fn save(path: &Path, text: &str, force: bool) -> Result<(), Exit> {
    let mut options = OpenOptions::new();
    options.write(true);
    let opened =
        if force { options.create(true).truncate(true).open(path) } else { options.create_new(true).open(path) };
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let remedy = if error.kind() == io::ErrorKind::AlreadyExists { "; --force replaces it" } else { "" };
        fail(Exit::Output, &format!("--save {} cannot be written: {}{remedy}", path.display(), plain(&error)))
    })
}
