//! The output files of benchmarks and performance tests: opened before the run, written as each ends.

use std::path::{Path, PathBuf};

use crate::cli::exit::Exit;
use crate::cli::terminal::fail;
use crate::ground::source::{Location, plain};
use crate::load::plan::{Output, OutputFormat};
use crate::record::event::Event;
use crate::report::{self, ReportFile, is_same_file};
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;

/// The files, ready to be written.
pub struct Outputs {
    files: Vec<ReportFile>,
    /// Those whose load run has ended, by their path.
    written: Vec<PathBuf>,
    all_written: bool,
}

impl Outputs {
    /// Makes sure that every file can be written.
    ///
    /// # Errors
    /// The exit; which file cannot or must not, and where it is named.
    pub fn open(suites: &[PlannedSuite], inputs: &[(PathBuf, &str)]) -> Result<Outputs, (Exit, String)> {
        let mut files: Vec<ReportFile> = Vec::new();
        for (place, output) in suites.iter().flat_map(|suite| &suite.sets).flat_map(named) {
            if files.iter().any(|file| file.path() == output.path) {
                continue;
            }
            let path = output.path.display();
            if let Some((input, what)) = inputs.iter().find(|(input, _)| is_same_file(input, &output.path)) {
                let message = format!("{place}: output_file {path} is {what}, {}; name another file", input.display());
                return Err((Exit::Suite, message));
            }
            let file = ReportFile::open(&output.path).map_err(|error| {
                let reason = plain(&error);
                let message = format!(
                    "{place}: output_file {path} cannot be written: {reason}; name a file that may be made or replaced"
                );
                (Exit::Output, message)
            })?;
            files.push(file);
        }
        check_jars(suites, inputs)?;
        Ok(Outputs { files, written: Vec::new(), all_written: true })
    }

    /// Writes an event's file, if it has one.
    pub fn observe(&mut self, event: &Event) {
        let Some((output, text)) = output_of(event) else { return };
        let file = self.files.iter().find(|file| file.path() == output.path);
        let written = file.map_or(Ok(()), |file| file.write(text.as_bytes()));
        self.written.push(output.path.clone());
        if let Err(error) = written {
            fail(Exit::Output, &format!("{} cannot be written: {}", output.path.display(), plain(&error)));
            self.all_written = false;
        }
    }

    /// Takes away what an earlier run left where this one did not come to write: figures of another day must not pass
    /// for this run's.
    pub fn retract_unwritten(&self) {
        for file in self.files.iter().filter(|file| self.written.iter().all(|path| path != file.path())) {
            if let Err(error) = file.retract() {
                log::warn!("{} is of an earlier run, and cannot be removed: {}", file.path().display(), plain(&error));
            }
        }
    }

    /// Whether every file that was due has been written.
    pub fn all_written(&self) -> bool {
        self.all_written
    }
}

/// Makes sure that the cookies of every file can be written where it wants them.
fn check_jars(suites: &[PlannedSuite], inputs: &[(PathBuf, &str)]) -> Result<(), (Exit, String)> {
    let configs = suites.iter().flat_map(|suite| &suite.sets).filter_map(|set| set.config.cookies.as_deref());
    for config in configs {
        let Some(path) = config.save.as_deref().map(Path::new) else { continue };
        let place = format!("{}: cookies: save: {}", config.location, path.display());
        if let Some((input, what)) = inputs.iter().find(|(input, _)| is_same_file(input, path)) {
            return Err((Exit::Suite, format!("{place} is {what}, {}; name another file", input.display())));
        }
        if let Err(error) = ReportFile::open(path) {
            let reason = plain(&error);
            let message = format!("{place} cannot be written: {reason}; name a file that may be made or replaced");
            return Err((Exit::Output, message));
        }
    }
    Ok(())
}

/// The output files of all load runs.
pub fn paths(suites: &[PlannedSuite]) -> impl Iterator<Item = &Path> {
    suites.iter().flat_map(|suite| &suite.sets).flat_map(named).map(|(_, output)| output.path.as_path())
}

/// The output files of a set's load runs, with the place that names each.
fn named(set: &TestSet) -> impl Iterator<Item = (&Location, &Output)> {
    let of_tests = set.in_order().filter_map(|test| {
        test.performance.as_ref().and_then(|plan| plan.output.as_ref()).map(|output| (&test.location, output))
    });
    let benchmarks = set.benchmarks.iter().filter(|benchmark| benchmark.runs());
    let of_benchmarks = benchmarks
        .filter_map(|benchmark| benchmark.plan.output.as_ref().map(|output| (&benchmark.test.location, output)));
    of_tests.chain(of_benchmarks)
}

/// The file of an event: where it goes, and its text.
fn output_of(event: &Event) -> Option<(&Output, String)> {
    match event {
        Event::BenchmarkFinished(report) => {
            let output = report.output.as_deref()?;
            let text = match output.format {
                OutputFormat::Json => report::benchmark_json(report),
                OutputFormat::Csv => report::benchmark_csv(report),
            };
            Some((output, text))
        }
        Event::TestFinished(outcome) => {
            let summary = outcome.load.as_deref()?;
            let output = summary.output.as_deref()?;
            let text = match output.format {
                OutputFormat::Json => report::load_json(summary),
                OutputFormat::Csv => report::load_csv(summary),
            };
            Some((output, text))
        }
        _ => None,
    }
}
