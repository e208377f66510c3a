//! The spans of a run on their way out.
//!
//! Owns: handing them to a file and to whoever sends them, what is said where that fails. Does not: make them (see
//! `report`), know where they go (see `settled`), send them (see `exporter`).

mod exporter;
mod resource;
mod settled;
mod variables;

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::exporter::Exporter;
pub use self::settled::{Given, Settled, of_child, settle};
use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::terminal::fail;
use crate::exchange::trace::{RunTrace, SuiteTrace};
use crate::exchange::url::{Treatment, target_with};
use crate::ground::source::plain;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::report::{LiveFile, Spans, is_same_file};
use crate::test::planned_suite::PlannedSuite;

/// So long the end of a run waits for its spans, unless it is said.
const TIMEOUT: Duration = Duration::from_secs(5);

/// So long where the run was interrupted.
const INTERRUPTED: Duration = Duration::from_secs(1);

/// Takes spans out of a run's events, and hands them on.
pub struct TraceListener {
    spans: Spans,
    file: Option<LiveFile>,
    on_stdout: bool,
    on_stderr: bool,
    exporter: Option<Exporter>,
    timeout: Duration,
    /// Whether a span that is lost is an error.
    is_required: bool,
    /// Whether the file could not be written: that is an error however spans are wanted.
    is_lost: bool,
}

/// Tells the tests of suites which traces they belong to.
pub fn trace(suites: &mut [PlannedSuite], run: &Arc<RunTrace>) {
    for suite in suites {
        let base = target_with(&suite.base_url, Treatment::default()).ok();
        let name = match suite.namesakes {
            0 => suite.name.to_string(),
            number => format!("{}#{number}", suite.name),
        };
        let trace = SuiteTrace::new(run, name, base.as_ref().map(|base| base.host()));
        suite.settings.trace = Some(Arc::new(trace));
    }
}

impl TraceListener {
    /// Opens the file; nothing where no spans are made.
    ///
    /// # Errors
    /// The exit and what is wrong.
    pub fn open(
        settled: Settled,
        run: Arc<RunTrace>,
        (arguments, taken): (&Arguments, &[(std::path::PathBuf, &str)]),
    ) -> Result<Option<TraceListener>, (Exit, String)> {
        if !run.exports {
            return Ok(None);
        }
        let wanted = &arguments.trace;
        let named = wanted.file.as_deref().filter(|_| settled.writes);
        let file = named.filter(|file| *file != "-");
        if let Some(file) = file
            && let Some((path, what)) = taken.iter().find(|(path, _)| is_same_file(path, Path::new(file)))
        {
            let message = format!("--otlp-file {file} is {what}, {}; name another FILE", path.display());
            return Err((Exit::Usage, message));
        }
        let file = file.map(|file| {
            LiveFile::open(Path::new(file))
                .map_err(|error| (Exit::Output, format!("--otlp-file {file} cannot be written: {}", plain(&error))))
        });
        let resource = resource::attributes();
        let resource: Vec<_> = resource.iter().map(|(key, value)| (key.clone(), value.attribute())).collect();
        Ok(Some(TraceListener {
            spans: Spans::new(run, SystemTime::now(), &resource),
            file: file.transpose()?,
            on_stdout: named == Some("-"),
            on_stderr: settled.prints,
            exporter: settled.endpoint.map(|endpoint| Exporter::new(endpoint, wanted.timeout.unwrap_or(TIMEOUT))),
            timeout: wanted.timeout.unwrap_or(TIMEOUT),
            is_required: wanted.is_required,
            is_lost: false,
        }))
    }

    /// Takes an event.
    pub fn observe(&mut self, event: &Event) {
        self.spans.observe(event);
        self.hand_on();
    }

    /// The end of the run: all that is left goes out, within a time. False where spans are lost that must not be.
    pub fn finish(&mut self, run: &RunRecord, is_cut: bool) -> bool {
        self.spans.finish(run, SystemTime::now());
        self.hand_on();
        let limit = if is_cut { self.timeout.min(INTERRUPTED) } else { self.timeout };
        let lost = self.exporter.as_mut().and_then(|exporter| exporter.finish(limit));
        let has_lost_spans = lost.is_some();
        if let Some(why) = lost {
            if self.is_required {
                fail(Exit::Output, &why);
            } else {
                log::warn!("{why}");
            }
        }
        !(self.is_lost || has_lost_spans && self.is_required)
    }

    fn hand_on(&mut self) {
        for mut batch in self.spans.take() {
            batch.json.push('\n');
            if let Some(file) = &mut self.file
                && let Err(error) = file.append(batch.json.as_bytes())
            {
                fail(
                    Exit::Output,
                    &format!("--otlp-file {} cannot be written: {}", file.path().display(), plain(&error)),
                );
                self.is_lost = true;
            }
            if self.on_stdout {
                let _ = io::stdout().write_all(batch.json.as_bytes());
            }
            if self.on_stderr {
                let _ = io::stderr().write_all(batch.json.as_bytes());
            }
            if let Some(exporter) = &mut self.exporter {
                batch.json.pop();
                exporter.push(batch);
            }
        }
    }
}
