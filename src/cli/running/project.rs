//! What a run from a runner configuration prints and writes besides: a banner, a summary, the results file.

use std::io::{self, Write};
use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::plan::planned::Plan;
use crate::cli::running::reports::Reports;
use crate::ground::printable::one_line;
use crate::ground::source::plain;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::report::{Format, InForce, ReportFile, RunInForce, is_same_file, results_json, shown_event};
use crate::settings::run_settings::Settings;
use crate::test::definition::Test;
use crate::test::planned_suite::{PlannedSuite, Project};

/// What a report file of the configuration is to other reports.
pub const OF_PROJECT: &str = "a report of the runner configuration";

/// The project's side of a run.
pub struct ProjectListener {
    project: Project,
    in_force: RunInForce,
}

impl ProjectListener {
    /// Prepares it, if the plan has a project; its report files are opened now, and are written with the others.
    ///
    /// # Errors
    /// The exit; which report file cannot or must not be written.
    pub fn open(plan: &Plan, reports: &mut Reports) -> Result<Option<ProjectListener>, (Exit, String)> {
        let Some(project) = plan.project.clone() else { return Ok(None) };
        let open = |path: &Path| {
            let shown = path.display();
            if let Some((input, what)) = plan.inputs.iter().find(|(input, _)| is_same_file(input, path)) {
                let message = format!("reporting: {shown} is {what}, {}; name another file", input.display());
                return Err((Exit::Config, message));
            }
            ReportFile::open(path)
                .map_err(|error| (Exit::Output, format!("{shown} cannot be written: {}", plain(&error))))
        };
        let results = project.reporting.json.as_deref().map(open).transpose()?;
        let junit = project.reporting.junit.as_deref().map(open).transpose()?;
        let run = in_force(&project.base_url, &project.settings);
        let url_of = |name: &str| project.suite_urls.iter().find(|(suite, _)| suite == name).map(|(_, url)| url);
        let held = |suite: &PlannedSuite| {
            let base_url = url_of(&suite.name).unwrap_or(&project.base_url);
            (suite.name.to_string(), in_force(base_url, &suite.settings))
        };
        let suites = plan.suites.iter().map(held).filter(|(_, own)| *own != run).collect();
        let in_force = RunInForce { run, suites };
        if let Some(file) = results {
            let (project, in_force) = (project.clone(), in_force.clone());
            reports.add_file(file, move |run| results_json(&project, &in_force, run));
        }
        if let Some(file) = junit {
            let forms = reports.forms();
            reports.add_file(file, move |run| Format::Junit.text(run, forms));
        }
        Ok(Some(ProjectListener { project, in_force }))
    }

    /// Prints what the run is about to do.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn banner(&self, out: &mut dyn Write) -> io::Result<()> {
        let project = &self.project;
        let rule = "=".repeat(60);
        writeln!(out, "{rule}\nProject: {}", one_line(&project.name))?;
        writeln!(out, "Environment: {}", project.environment.as_deref().unwrap_or("none"))?;
        writeln!(out, "Base URL: {}", crate::secrets::shown_url(&project.base_url))?;
        writeln!(out, "⚙️  Configuration: {}\n{rule}", shown(&self.in_force.run))?;
        for name in &project.disabled {
            writeln!(out, "⏭️  Skipping suite: {} (disabled)", one_line(name))?;
        }
        Ok(())
    }

    /// Prints what the project's console says of an event.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn observe(&self, event: &Event, out: &mut dyn Write) -> io::Result<()> {
        match &*shown_event(event) {
            Event::SuiteStarted { file, .. } => {
                writeln!(out, "📦 Test Suite: {file}")?;
                let Some((_, own)) = self.in_force.suites.iter().find(|(suite, _)| **suite == **file) else {
                    return Ok(());
                };
                if own.base_url != self.in_force.run.base_url {
                    writeln!(out, "   Base URL: {}", crate::secrets::shown_url(&own.base_url))?;
                }
                writeln!(out, "   ⚙️  Configuration: {}", shown(own))
            }
            Event::TestFinished(outcome) => {
                writeln!(out, "🧪 Running: {}\n   {} {}", outcome.name, outcome.method, outcome.url)?;
                match (outcome.passed(), outcome.errored(), outcome.status) {
                    (true, _, Some(status)) => writeln!(out, "   ✅ PASSED (Status: {status})"),
                    (true, _, None) => writeln!(out, "   ✅ PASSED"),
                    (false, false, Some(status)) => writeln!(out, "   ❌ FAILED (Status: {status})"),
                    _ => {
                        let reason = outcome.failures.first().map_or("", |failure| failure.message.as_str());
                        writeln!(out, "   ❌ ERROR: {}", reason)
                    }
                }
            }
            _ => Ok(()),
        }
    }

    /// Prints the summary, if nobody else sums up.
    pub fn summary(&self, run: &RunRecord, sums_up: bool, out: &mut dyn Write) {
        if sums_up {
            let totals = run.totals();
            let _ = writeln!(
                out,
                "📊 Test Summary\nTotal Tests: {}\n✅ Passed: {}\n❌ Failed: {}\n⏱️  Duration: {:.2}s",
                totals.total,
                totals.passed,
                totals.total - totals.passed,
                run.elapsed.as_secs_f64()
            );
        }
    }

    /// Says which of its report files have been written.
    pub fn saved(&self, reports: &Reports, out: &mut dyn Write) {
        for path in self.project.reporting.paths().filter(|path| reports.has_written(path)) {
            let _ = writeln!(out, "💾 Results saved to: {}", path.display());
        }
    }
}

/// What settings come to where neither a suite file nor a test says anything.
fn in_force(base_url: &str, settings: &Settings) -> InForce {
    let effective = settings.resolve(&Default::default(), &Test::get("").own_layers(None));
    InForce { base_url: base_url.to_owned(), retry: effective.retry(), concurrency: effective.concurrency.value }
}

fn shown(held: &InForce) -> String {
    let retry = &held.retry;
    let concurrency = held.concurrency.map_or_else(|| "the mode's own".to_owned(), |n| n.to_string());
    format!(
        "Retry: {}, Backoff: {} s to {} s, Concurrency: {concurrency}",
        retry.max_retries,
        retry.backoff_base.as_secs_f64(),
        retry.backoff_max.as_secs_f64()
    )
}
