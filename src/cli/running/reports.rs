//! The reports that a command line asks for: opened before the run, fed with its events, written at its end.
//!
//! Owns: which file gets which format, who may use stdout, what reports do to the exit code.
//! Does not: know what a format looks like (see `report`), run anything.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::args::wanted::Wanted;
use crate::cli::exit::Exit;
use crate::cli::terminal::fail;
use crate::cli::terminal::{ci_systems, environment};
use crate::ground::printable;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::record::shards::Share;
use crate::report::{self, Format, LiveFile, NagiosState, ReportFile, is_same_file};
use crate::secrets::shown_url;
use crate::suite::plain;
use crate::test::planned_suite::PlannedSuite;
use crate::test::planned_test::planned;

/// So many bytes of event lines are worth a write while events come faster than they are shown.
const MANY_LINES: usize = 32 << 10;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this exit.
    Done(Exit),
    /// Before its time: by a signal, or because nobody reads what it prints.
    Cut(Exit),
}

/// Where a report goes.
enum Target {
    Stdout,
    File(ReportFile),
    /// Event lines.
    Live(LiveFile),
}

/// The reports of a run that is under way.
pub struct Reports {
    record: RunRecord,
    started: Instant,
    targets: Vec<(Format, Target)>,
    /// Event lines that are not in their file yet; stdout gets each at once.
    lines: String,
    /// A file of event lines could not be written.
    is_lost: bool,
    nagios: bool,
    /// Whether a person has read the summary on a terminal.
    is_on_terminal: bool,
    max_retry_rate: Option<f64>,
    annotates: bool,
    step_summary: Option<PathBuf>,
    /// How long the run took, if it was elsewhere.
    elsewhere: Option<Duration>,
    /// Whether the run is over.
    is_closed: bool,
    /// The suites in the order in which reports list them.
    order: Vec<Arc<str>>,
}

impl Reports {
    /// Opens every file, so that a path that cannot be written fails before anything is sent. `taken` are the
    /// files that no report may replace, each with what it is.
    ///
    /// # Errors
    /// The exit and what is wrong: a path, two reports for one place, a report in the place of an input.
    pub fn open(wanted: &Wanted, taken: &[(PathBuf, &str)]) -> Result<Reports, (Exit, String)> {
        let mut targets = Vec::new();
        for (format, file) in wanted.files.iter().filter(|(_, file)| file != "-") {
            if let Some((path, what)) = taken.iter().find(|(path, _)| is_same_file(path, Path::new(file))) {
                let flag = format.flag();
                return Err((Exit::Usage, format!("--{flag} {file} is {what}, {}; name another FILE", path.display())));
            }
        }
        for (i, (format, file)) in wanted.files.iter().enumerate() {
            let flag = format.flag();
            if let Some((other, _)) = wanted.files[..i].iter().find(|(_, other)| is_same_place(other, file)) {
                let place = if file == "-" { "stdout" } else { file };
                return Err((
                    Exit::Usage,
                    format!("--{} and --{flag} both go to {place}; give one another FILE", other.flag()),
                ));
            }
            if file == "-" && wanted.nagios {
                return Err((
                    Exit::Usage,
                    format!("--output nagios and --{flag} both go to stdout; give the report a FILE"),
                ));
            }
            let target = match file.as_str() {
                "-" => Target::Stdout,
                path => {
                    let path = Path::new(path);
                    let opened = match format {
                        Format::Ndjson => LiveFile::open(path).map(Target::Live),
                        _ => ReportFile::open(path).map(Target::File),
                    };
                    opened.map_err(|error| {
                        (Exit::Output, format!("--{flag} {file} cannot be written: {}", plain(&error)))
                    })?
                }
            };
            targets.push((*format, target));
        }
        let annotates = environment("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let step_summary = environment("GITHUB_STEP_SUMMARY").filter(|path| annotates && !path.is_empty());
        Ok(Reports {
            record: RunRecord::new(SystemTime::now()),
            started: Instant::now(),
            targets,
            lines: String::new(),
            is_lost: false,
            nagios: wanted.nagios,
            is_on_terminal: wanted.people_have_a_terminal() && !wanted.literal,
            max_retry_rate: wanted.max_retry_rate,
            annotates,
            step_summary: step_summary.map(PathBuf::from),
            elsewhere: None,
            is_closed: false,
            order: Vec::new(),
        })
    }

    /// The suites in the order of the command line: reports list them so, whichever ends first.
    pub fn set_order(&mut self, files: impl IntoIterator<Item = Arc<str>>) {
        self.order = files.into_iter().collect();
    }

    /// The suites that are to run, in the order of reports: what of them does not run is told.
    pub fn set_plan(&mut self, suites: &[PlannedSuite]) {
        self.set_order(suites.iter().map(|suite| suite.name.clone()));
        self.record.set_plan(suites.iter().map(|suite| (suite.name.clone(), planned(&suite.sets))));
    }

    /// Says which shard of a larger run this is.
    pub fn set_shard(&mut self, share: Option<Share>) {
        self.record.shard = share;
    }

    /// Says what the tests' URLs are joined with.
    pub fn set_base_urls(&mut self, urls: &[String]) {
        for url in urls.iter().filter(|url| !url.is_empty()) {
            let shown = shown_url(url).into_owned();
            if !self.record.base_urls.contains(&shown) {
                self.record.base_urls.push(shown);
            }
        }
    }

    /// For a run that was elsewhere: what failed beside tests, and how long it took.
    pub fn take_over(&mut self, faults: Vec<String>, elapsed: Duration) {
        self.record.faults = faults;
        self.elsewhere = Some(elapsed);
        let began = self.record.suites.iter().filter_map(|suite| suite.started).min();
        self.record.started = began.unwrap_or(self.record.started);
    }

    /// What the run has come to so far.
    pub fn record(&self) -> &RunRecord {
        &self.record
    }

    /// Notes what ended the run, or a part of it, through no test's fault.
    pub fn break_off(&mut self, fault: impl Into<String>) {
        self.record.break_off(fault);
    }

    /// The run's end: from here on, its record stays as it is. `cut` if it came before its time.
    pub fn close(&mut self, cut: bool) {
        if self.is_closed {
            return;
        }
        self.is_closed = true;
        self.record.finish(self.elsewhere.unwrap_or_else(|| self.started.elapsed()), cut);
        self.record.sort_like(&self.order);
        if let Some(fault) = self.too_many_retries() {
            log::error!("{fault}");
            self.record.faults.push(fault);
        }
    }

    /// Takes an event. Events of one suite come in a row.
    ///
    /// # Errors
    /// Event lines go to stdout, and nobody reads them any more.
    pub fn observe(&mut self, event: Event) -> io::Result<()> {
        let mut heard = Ok(());
        for (format, target) in &self.targets {
            if *format == Format::Ndjson {
                let line = report::ndjson_event(&event);
                match target {
                    Target::Stdout => heard = heard.and(io::stdout().write_all(in_a_log(*format, &line).as_bytes())),
                    Target::File(_) | Target::Live(_) => self.lines.push_str(&line),
                }
            }
        }
        self.record.observe(event);
        if self.lines.len() > MANY_LINES {
            self.flush();
        }
        heard
    }

    /// Writes the event lines that are known into their file.
    pub fn flush(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        for (format, target) in &mut self.targets {
            let Target::Live(file) = target else { continue };
            if let Err(error) = file.append(self.lines.as_bytes()) {
                let path = file.path().display();
                fail(Exit::Output, &format!("--{} {path} cannot be written: {}", format.flag(), plain(&error)));
                self.is_lost = true;
            }
        }
        self.lines.clear();
    }

    /// Writes all reports, whatever happens to any of them; the exit is what became of the run's own.
    pub fn finish(mut self, end: End) -> Exit {
        let (mut exit, cut) = match end {
            End::Done(exit) => (exit, false),
            End::Cut(exit) => (exit, true),
        };
        self.close(cut);
        let totals = self.record.totals();
        // On a terminal the summary has these; for a log they are worth a line where a run healed itself.
        if totals.retries > 0 && !self.is_on_terminal {
            log::warn!(
                "Summary: {} tests run: {} passed ({} flaky), {} failed, {} errored, {} skipped, {} retries",
                totals.total,
                totals.passed,
                totals.flaky,
                totals.failed,
                totals.errored,
                totals.skipped,
                totals.retries
            );
        }
        if !self.write_all() {
            // A signal's own code tells more than a report that is missing.
            exit = if cut { exit } else { Exit::Output };
        }
        if self.nagios {
            let known = matches!(exit, Exit::Failed(_));
            let line = if known || cut { report::nagios(&self.record) } else { report::nagios_unknown(exit.meaning()) };
            let _ = to_stdout(&ci_systems().harmless(&line));
            let state = if known && !cut { NagiosState::of(&self.record) } else { NagiosState::Unknown };
            return Exit::Nagios(state);
        }
        exit
    }

    fn too_many_retries(&self) -> Option<String> {
        let most = self.max_retry_rate?;
        let rate = self.record.retry_rate();
        let totals = self.record.totals();
        (rate > most).then(|| {
            let (retries, requests) = (totals.retries, totals.requests);
            format!("the retry rate is {rate:.1} % ({retries} retries of {requests} requests), above --max-retry-rate {most} %")
        })
    }

    /// False if any could not be written.
    fn write_all(&mut self) -> bool {
        if self.targets.iter().any(|(_, target)| matches!(target, Target::Live(_))) {
            self.lines.push_str(&report::ndjson_end(&self.record));
            self.flush();
        }
        let mut written = !self.is_lost;
        for (format, target) in &self.targets {
            let result = match (format, target) {
                (Format::Ndjson, Target::Stdout) => {
                    to_stdout(&in_a_log(Format::Ndjson, &report::ndjson_end(&self.record)))
                }
                // It has its last line already.
                (_, Target::Live(_)) => Ok(()),
                (format, Target::Stdout) => to_stdout(&in_a_log(*format, &format.text(&self.record))),
                (format, Target::File(file)) => file.write(format.text(&self.record).as_bytes()),
            };
            if let Err(error) = result {
                let place = match target {
                    Target::Stdout => "-".to_owned(),
                    Target::File(file) => file.path().display().to_string(),
                    Target::Live(file) => file.path().display().to_string(),
                };
                fail(Exit::Output, &format!("--{} {place} cannot be written: {}", format.flag(), plain(&error)));
                written = false;
            }
        }
        written & self.tell_github()
    }

    fn tell_github(&self) -> bool {
        if !self.annotates {
            return true;
        }
        let text = report::github_annotations(&self.record);
        let takes_stdout = self.nagios || self.targets.iter().any(|(_, target)| matches!(target, Target::Stdout));
        // The runner reads both streams; the lines go where people read.
        let _ = if takes_stdout { io::stderr().write_all(text.as_bytes()) } else { to_stdout(&text) };
        let Some(path) = &self.step_summary else { return true };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(report::github_summary(&self.record).as_bytes()));
        if let Err(error) = &written {
            log::warn!("GITHUB_STEP_SUMMARY {} cannot be written: {}", path.display(), plain(error));
        }
        true
    }
}

/// Whether two reports would be written into one another.
fn is_same_place(one: &str, other: &str) -> bool {
    match (one, other) {
        ("-", "-") => true,
        ("-", _) | (_, "-") => false,
        (one, other) => is_same_file(Path::new(one), Path::new(other)),
    }
}

/// A report on a stdout that a CI system may read, or a terminal show: none of it is a command to either.
fn in_a_log(format: Format, text: &str) -> Cow<'_, str> {
    if io::stdout().is_terminal() {
        return match format {
            Format::Json | Format::Ndjson => printable::json(text),
            _ => printable::lines(text),
        };
    }
    match format {
        Format::Json | Format::Ndjson => ci_systems().harmless_json(text),
        // Their own escapes see to it.
        Format::Junit | Format::Html => text.into(),
        Format::Tap | Format::Prom => ci_systems().harmless(text),
    }
}

/// A reader that has gone (`| head`) is no failure.
fn to_stdout(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// The exit of a command that did not come to a run, under `--output nagios`.
pub fn nagios_without_a_run(exit: Exit) -> Exit {
    let _ = to_stdout(&report::nagios_unknown(exit.meaning()));
    Exit::Nagios(NagiosState::Unknown)
}
