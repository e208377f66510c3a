//! `--save-baseline`, `--baseline`, `--fail-on-slower`: load runs held against those of an earlier run.
//!
//! Owns: reading and writing the file, finding the earlier run of a name, what a slower run does to its test.
//! Does not: compare (see `load::baseline`), or know the file's form (see `report`).

use std::path::Path;

use crate::cli::args::wanted::BaselineWanted;
use crate::cli::exit::Exit;
use crate::ground::input::{BODY_LIMIT, open_input_text};
use crate::ground::source::{Location, plain};
use crate::judge::outcome::{Failure, FailureKind};
use crate::load::baseline::{Comparison, compare};
use crate::load::plan::SEED;
use crate::load::summary::LoadSummary;
use crate::record::event::Event;
use crate::report::{BaselineRun, ReportFile, compared, from_baseline, to_baseline};

/// The baselines of a run.
#[derive(Debug, Default)]
pub struct Baselines {
    earlier: Option<Vec<BaselineRun>>,
    target: Option<ReportFile>,
    fail_on_slower: Option<f64>,
    now: Vec<BaselineRun>,
}

impl Baselines {
    /// Reads the earlier runs, and makes sure that these can be written.
    ///
    /// # Errors
    /// The exit and what is wrong.
    pub fn open(wanted: &BaselineWanted) -> Result<Baselines, (Exit, String)> {
        if wanted.fail_on_slower.is_some() && wanted.compare.is_none() {
            let message = "option --fail-on-slower compares with an earlier run: add --baseline FILE";
            return Err((Exit::Usage, message.to_owned()));
        }
        let read = |file: &String| {
            let text = open_input_text(Path::new(file), BODY_LIMIT)
                .map_err(|error| (Exit::Input, format!("--baseline {file} cannot be read: {}", plain(&error))))?;
            from_baseline(&text).map_err(|message| (Exit::Input, format!("--baseline {file} is {message}")))
        };
        let open = |file: &String| {
            ReportFile::open(Path::new(file))
                .map_err(|error| (Exit::Output, format!("--save-baseline {file} cannot be written: {}", plain(&error))))
        };
        Ok(Baselines {
            earlier: wanted.compare.as_ref().map(read).transpose()?,
            target: wanted.save.as_ref().map(open).transpose()?,
            fail_on_slower: wanted.fail_on_slower,
            now: Vec::new(),
        })
    }

    /// The event with what the comparison says of it.
    pub fn observe(&mut self, event: Event) -> Event {
        if self.earlier.is_none() && self.target.is_none() {
            return event;
        }
        match event {
            Event::TestFinished(mut outcome) => {
                let (name, location) = (outcome.name.clone(), outcome.location.clone());
                let slower = outcome.load.as_deref_mut().and_then(|load| self.hold(&name, &location, load));
                outcome.failures.extend(slower);
                Event::TestFinished(outcome)
            }
            Event::BenchmarkFinished(mut report) => {
                let (name, location) = (report.name.clone(), report.location.clone());
                let slower = report.load.as_deref_mut().and_then(|load| self.hold(&name, &location, load));
                report.missed.extend(slower);
                Event::BenchmarkFinished(report)
            }
            other => other,
        }
    }

    /// Compares a load run, and keeps it; a failure comes back where it is slower than allowed.
    fn hold(&mut self, name: &str, location: &Location, load: &mut LoadSummary) -> Option<Failure> {
        let measured = load.measured();
        let mut failure = None;
        if let Some(earlier) = &self.earlier {
            let comparison = match find(earlier, &location.file, name) {
                Some(run) => compare(&run.measured, &measured, SEED),
                None => Comparison::inconclusive("the baseline has no load run of this name"),
            };
            load.baseline = Some(comparison);
            if self.fail_on_slower.is_some_and(|least| comparison.is_slower_by(least)) {
                let message = format!("slower than the baseline: {}", compared(&comparison));
                failure = Some(Failure::new(FailureKind::ValidatorFailed, message, location));
            }
        }
        self.now.push(BaselineRun { suite: location.file.to_string(), name: name.to_owned(), measured });
        failure
    }

    /// Writes the file, and names what only the earlier run has; an error says why it cannot be written.
    pub fn finish(&self) -> Result<(), String> {
        for run in self.earlier.iter().flatten() {
            if find(&self.now, &run.suite, &run.name).is_none() {
                log::warn!("the baseline has {} of {}, which did not run: inconclusive", run.name, run.suite);
            }
        }
        let Some(target) = &self.target else { return Ok(()) };
        let written = target.write(to_baseline(&self.now).as_bytes());
        written.map_err(|error| {
            format!("--save-baseline {} cannot be written: {}", target.path().display(), plain(&error))
        })
    }
}

/// The run of a name: that of the same suite, or the only one of this name, wherever suites lie by now.
fn find<'r>(runs: &'r [BaselineRun], suite: &str, name: &str) -> Option<&'r BaselineRun> {
    let mut named = runs.iter().filter(|run| run.name == name);
    let same = runs.iter().find(|run| run.name == name && run.suite == suite);
    same.or_else(|| named.next().filter(|_| named.next().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::baseline::Measured;

    #[test]
    fn a_run_is_found_by_its_suite_or_by_its_name_alone() {
        let run = |suite: &str, name: &str| BaselineRun {
            suite: suite.to_owned(),
            name: name.to_owned(),
            measured: Measured { slices: Vec::new(), suspect: false },
        };
        let runs = [run("a.yaml", "x"), run("b.yaml", "x"), run("b.yaml", "y")];
        for (suite, name, found) in [
            ("a.yaml", "x", Some(0)),
            ("b.yaml", "x", Some(1)),
            ("c.yaml", "x", None),
            ("c.yaml", "y", Some(2)),
            ("a.yaml", "z", None),
        ] {
            assert_eq!(find(&runs, suite, name), found.map(|place: usize| &runs[place]), "{suite} {name}");
        }
    }

    #[test]
    fn slower_fails_only_beside_a_baseline() {
        let wanted = BaselineWanted { fail_on_slower: Some(0.05), ..BaselineWanted::default() };
        assert!(Baselines::open(&wanted).is_err_and(|(exit, _)| exit == Exit::Usage));
        let wanted = BaselineWanted { compare: Some("/nonexistent/b.json".to_owned()), ..BaselineWanted::default() };
        assert!(Baselines::open(&wanted).is_err_and(|(exit, _)| exit == Exit::Input));
    }
}
