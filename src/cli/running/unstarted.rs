//! A run that ended before its first request: every report that was asked for says so.
//!
//! Owns: what such a run exits with, which files are not touched. Does not: say on stderr what was wrong (whoever
//! found it did).

use std::path::{Path, PathBuf};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::{Exit, Unstarted};
use crate::cli::plan::planning;
use crate::cli::plan::targets;
use crate::cli::running::project::OF_PROJECT;
use crate::cli::running::push::Push;
use crate::cli::running::reports::{End, Reports};
use crate::report::{Format, InForce, ReportFile, RunInForce, is_same_file, results_json};
use crate::retry::RetryConfig;
use crate::suite;
use crate::test::planned_suite::Project;

/// Writes the reports of a run that came to nothing. `arguments` are those that could be read.
pub fn report(arguments: &Arguments, ended: Unstarted) -> Exit {
    let mut taken = inputs(arguments);
    taken.extend(ended.taken);
    let mut wanted = arguments.reports.clone();
    // What a suite imports is not known where the suite is not.
    wanted.files.retain(|(_, file)| file == "-" || !is_suite(Path::new(file)));
    let mut reports = Reports::of_no_run(&wanted, &taken);
    reports.set_push(Push::of(arguments));
    add_files_of_project(&mut reports, arguments, &taken);
    reports.finish(End::Done(ended.exit))
}

/// The files that the words name as inputs.
fn inputs(arguments: &Arguments) -> Vec<(PathBuf, &'static str)> {
    let named = arguments.positional.iter().chain(&arguments.test).chain(&arguments.config);
    let named = named.chain(&arguments.shard_durations).chain(&arguments.baseline.compare).map(PathBuf::from);
    let found = targets::settle(arguments).map(|targets| targets.files).unwrap_or_default();
    let named = named.chain(arguments.alert.state.iter().map(PathBuf::from));
    let inputs = named.chain(found).map(|path| (path, "an input"));
    let saved = arguments.baseline.save.iter().map(|path| (path.into(), "the baseline to be saved"));
    let counted = arguments.coverage.iter().map(|path| (path.into(), "the coverage of OpenAPI"));
    inputs.chain(saved).chain(counted).collect()
}

/// Whether a path is that of a suite, by its ending, and something is there.
fn is_suite(path: &Path) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") && path.exists()
}

/// The report files that a runner configuration asks for, as far as it can be read.
fn add_files_of_project(reports: &mut Reports, arguments: &Arguments, taken: &[(PathBuf, &str)]) {
    let Some(config) = &arguments.config else { return };
    let (name, reporting) = suite::read_reporting(Path::new(config), &planning::options("", arguments));
    let is_free = |path: &Path| {
        let own = arguments.reports.files.iter().any(|(_, file)| file != "-" && is_same_file(Path::new(file), path));
        !own && !is_suite(path) && !taken.iter().any(|(input, what)| *what != OF_PROJECT && is_same_file(input, path))
    };
    let open = |path: &Option<PathBuf>| {
        let path = path.as_deref().filter(|path| is_free(path))?;
        ReportFile::open(path).ok()
    };
    let (json, junit) = (open(&reporting.json), open(&reporting.junit));
    if let Some(file) = json {
        let project = Project { name, environment: arguments.environment.clone(), ..Project::default() };
        let run = InForce { base_url: String::new(), retry: RetryConfig::default(), concurrency: None };
        let in_force = RunInForce { run, suites: Vec::new() };
        reports.add_file(file, move |run| results_json(&project, &in_force, run));
    }
    if let Some(file) = junit {
        let forms = reports.forms();
        reports.add_file(file, move |run| Format::Junit.text(run, forms));
    }
}
