//! From arguments to a plan: every suite read and understood before anything is sent.
//!
//! Owns: choosing between suite files and a runner configuration. Does not: run anything.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::arguments::Arguments;
use super::exit::Exit;
use super::fail;
use super::targets::{self, Wrong};
use crate::plan::{PlannedSuite, Project};
use crate::shard::Shard;
use crate::source::Fault;
use crate::suite::{self, ReadOptions, RunnerError, RunnerRequest, SuiteError};

/// A run, ready to start.
#[derive(Debug, Default)]
pub struct Plan {
    /// The suites in order.
    pub suites: Vec<PlannedSuite>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
    /// Whether totals over all suites are printed.
    pub several: bool,
    /// The runner configuration, if the run comes from one.
    pub project: Option<Project>,
    /// Whether no suite falls to this shard: then there is nothing to do, and nothing wrong.
    pub is_empty_shard: bool,
    /// The log level that the runner configuration asks for.
    pub log_level: Option<String>,
}

/// Reads what the arguments name.
///
/// # Errors
/// The exit code, after the reasons have been told.
pub fn plan(arguments: &Arguments) -> Result<Plan, Exit> {
    match &arguments.config {
        Some(config) => from_config(config, arguments),
        None => from_files(arguments),
    }
}

fn from_files(arguments: &Arguments) -> Result<Plan, Exit> {
    let only_with_config = [("--env", arguments.environment.is_some()), ("--suite", !arguments.suites.is_empty())];
    if let Some((flag, _)) = only_with_config.iter().find(|(_, given)| *given) {
        return Err(usage(&format!("option {flag} belongs to a runner configuration: add --config FILE")));
    }
    let mut targets = targets::settle(arguments).map_err(|wrong| tell(&wrong))?;
    let mut plan = Plan { several: targets.several || arguments.shard.is_some(), ..Plan::default() };
    if let Some(shard) = shard(arguments)? {
        let mut place = 0..;
        targets.files.retain(|file| shard.takes(&file.to_string_lossy(), place.next().unwrap_or_default()));
        plan.is_empty_shard = targets.files.is_empty();
    }
    let mut worst = None;
    for file in &targets.files {
        match read_suite(file, &targets.base_url, arguments) {
            Ok((suite, mut warnings)) => {
                plan.suites.push(suite);
                plan.warnings.append(&mut warnings);
            }
            Err(error) => {
                let exit = reject(&error);
                worst.get_or_insert(exit);
            }
        }
    }
    worst.map_or(Ok(plan), Err)
}

/// The shard that is asked for; which one it is, and who says so, is told.
fn shard(arguments: &Arguments) -> Result<Option<Shard>, Exit> {
    let Some(text) = &arguments.shard else { return Ok(None) };
    let shard =
        Shard::parse(text, &super::environment).map_err(|message| usage(&format!("option --shard {message}")))?;
    let _ = writeln!(io::stderr(), "shard {}/{}, from {}", shard.index, shard.total, shard.source);
    // Bazel takes a test that does not touch this file for one that cannot be sharded.
    if let Some(file) = super::environment("TEST_SHARD_STATUS_FILE") {
        let _ = std::fs::File::create(file);
    }
    Ok(Some(shard))
}

fn read_suite(file: &Path, base_url: &str, arguments: &Arguments) -> Result<(PlannedSuite, Vec<Fault>), SuiteError> {
    let read = suite::read_test_file(file)?;
    let suite = suite::parse_testsets(&read, &options(base_url, arguments))?;
    let name = file.to_string_lossy();
    let name: Arc<str> = name.strip_prefix("./").unwrap_or(&name).into();
    Ok((PlannedSuite { name, sets: suite.sets, settings: arguments.settings.clone() }, suite.warnings))
}

/// What reading a suite depends on.
pub fn options(base_url: &str, arguments: &Arguments) -> ReadOptions {
    ReadOptions {
        base_url: base_url.to_owned(),
        vars: arguments.settings.vars.clone(),
        env: Arc::new(super::environment),
    }
}

fn from_config(config: &str, arguments: &Arguments) -> Result<Plan, Exit> {
    let mut request = RunnerRequest {
        environment: arguments.environment.clone(),
        suites: arguments.suites.clone(),
        url: arguments.url.clone(),
        files: Vec::new(),
        settings: arguments.settings.clone(),
    };
    if arguments.absolute_urls {
        request.url = Some(String::new());
    }
    let names_files = arguments.test.is_some() || arguments.tests.is_some() || !arguments.positional.is_empty();
    if names_files {
        // The URL comes from the configuration; every word is a suite.
        let url = Some(String::new());
        let words = Arguments {
            url,
            test: arguments.test.clone(),
            tests: arguments.tests.clone(),
            positional: arguments.positional.clone(),
            ..Arguments::default()
        };
        request.files = targets::settle(&words).map_err(|wrong| tell(&wrong))?.files;
    }
    match suite::read_runner(Path::new(config), &request, &options("", arguments)) {
        Ok(mut runner) => {
            let shard = shard(arguments)?;
            if let Some(shard) = &shard {
                let mut place = 0..;
                runner.suites.retain(|suite| shard.takes(&suite.name, place.next().unwrap_or_default()));
            }
            Ok(Plan {
                is_empty_shard: shard.is_some() && runner.suites.is_empty(),
                suites: runner.suites,
                warnings: runner.warnings,
                several: true,
                project: Some(runner.project),
                log_level: runner.log_level,
            })
        }
        Err(RunnerError::Suite(error)) => Err(reject(&error)),
        Err(RunnerError::Config(faults)) => {
            faults.iter().for_each(|fault| {
                fail(Exit::Config, &fault.to_string());
            });
            Err(Exit::Config)
        }
    }
}

fn usage(message: &str) -> Exit {
    fail(Exit::Usage, &format!("{message}\n{}", super::help::SHORT))
}

fn tell(wrong: &Wrong) -> Exit {
    match wrong {
        Wrong::Usage(message) => usage(message),
        Wrong::Nothing(message) => fail(Exit::Input, message),
    }
}

/// Says why a suite cannot be run.
pub fn reject(error: &SuiteError) -> Exit {
    let exit = match error {
        SuiteError::Unreadable(_) => Exit::Input,
        SuiteError::Invalid(_) => Exit::Suite,
    };
    for fault in error.faults() {
        fail(exit, &fault.to_string());
    }
    exit
}
