//! The reports that a command line asks for: opened before the run, fed with its events, written at its end.
//!
//! Owns: what a run came to, what reports do to the exit code and the exit code to reports.
//! Does not: know what a format looks like (see `report`) or where it goes (see `report_targets`), run anything.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::args::wanted::Wanted;
use crate::cli::exit::Exit;
use crate::cli::quiet;
use crate::cli::running::alert::Alert;
use crate::cli::running::push::Push;
use crate::cli::running::report_targets::{Taken, Targets, to_stdout};
use crate::cli::terminal::{ci_systems, complaints, environment, fail};
use crate::record::alert::{AlertVerdict, FailedRun, Severity};
use crate::record::event::Event;
use crate::record::run_fault::RunFault;
use crate::record::run_record::{RunRecord, Totals};
use crate::record::shards::Share;
use crate::report::{self, Forms, NagiosState, ReportFile, ResponseLimits};
use crate::secrets::{Secrets, shown_url};
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

/// The reports of a run that is under way.
pub struct Reports {
    record: RunRecord,
    started: Instant,
    targets: Targets,
    nagios: bool,
    response_limits: ResponseLimits,
    /// Whether a person has read the summary on a terminal.
    is_on_terminal: bool,
    max_retry_rate: Option<f64>,
    annotates: bool,
    step_summary: Option<PathBuf>,
    alert: Option<Alert>,
    /// Where the figures go when all is over.
    push: Option<Push>,
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
    pub fn open(wanted: &Wanted, taken: &Taken<'_>) -> Result<Reports, (Exit, String)> {
        Ok(Reports::new(wanted, Targets::open(wanted, taken)?))
    }

    /// The reports of a run that has ended before its first request: those whose files can be written.
    pub fn of_no_run(wanted: &Wanted, taken: &Taken<'_>) -> Reports {
        Reports::new(wanted, Targets::open_what_can_be(wanted, taken))
    }

    fn new(wanted: &Wanted, targets: Targets) -> Reports {
        let annotates = environment("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let mut record = RunRecord::new(SystemTime::now());
        record.trace_url.clone_from(&wanted.trace_url);
        let step_summary = environment("GITHUB_STEP_SUMMARY").filter(|path| annotates && !path.is_empty());
        Reports {
            record,
            started: Instant::now(),
            targets,
            nagios: wanted.nagios,
            response_limits: wanted.response_limits,
            is_on_terminal: wanted.people_have_a_terminal() && !wanted.literal,
            max_retry_rate: wanted.max_retry_rate,
            annotates,
            step_summary: step_summary.map(PathBuf::from),
            alert: None,
            push: None,
            elsewhere: None,
            is_closed: false,
            order: Vec::new(),
        }
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

    /// Says what is known of the runs before, where only so many in a row change the exit.
    pub fn set_alert(&mut self, alert: Option<Alert>) {
        self.alert = alert;
    }

    /// Says where the figures go when all is over.
    pub fn set_push(&mut self, push: Option<Push>) {
        self.push = push;
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

    /// Takes secrets out of what is kept for the end.
    pub fn hide(&mut self, secrets: &Secrets) {
        self.record.hide(secrets);
    }

    /// Which form the formats have.
    pub fn forms(&self) -> Forms {
        self.targets.forms()
    }

    /// A report that no flag asks for, with what makes its text.
    pub fn add_file(&mut self, file: ReportFile, make: impl Fn(&RunRecord) -> String + 'static) {
        self.targets.add_file(file, make);
    }

    /// Whether that file has been written.
    pub fn has_written(&self, path: &Path) -> bool {
        self.targets.has_written(path)
    }

    /// For a run that was elsewhere: what failed beside tests, and how long it took.
    pub fn take_over(&mut self, faults: Vec<String>, elapsed: Duration) {
        self.record.faults = faults.into_iter().map(RunFault::found).collect();
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
        for fault in self.too_many_retries() {
            log::error!("{fault}");
            self.record.faults.push(RunFault::found(fault));
        }
    }

    /// Takes an event. Events of one suite come in a row.
    ///
    /// # Errors
    /// Event lines go to stdout, and nobody reads them any more.
    pub fn observe(&mut self, event: Event) -> io::Result<()> {
        let heard = self.targets.observe(|| report::ndjson_event(&event));
        self.record.observe(event);
        if self.targets.waiting() > MANY_LINES {
            self.flush();
        }
        heard
    }

    /// Writes the event lines that are known into their file.
    pub fn flush(&mut self) {
        for message in self.targets.flush() {
            fail(Exit::Output, &message);
        }
    }

    /// Writes all reports, whatever happens to any of them; the exit is what became of the run's own.
    pub fn finish(&mut self, end: End) -> Exit {
        let (exit, cut) = match end {
            End::Done(exit) => (exit, false),
            End::Cut(exit) => (exit, true),
        };
        self.close(cut);
        let totals = self.record.totals();
        // On a terminal the summary has these; for a log they are worth a warning where a run healed itself.
        if !self.is_on_terminal {
            let level = if totals.retries > 0 { log::Level::Warn } else { log::Level::Info };
            log::log!(
                level,
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
        let mut exit = self.write_all(exit, cut);
        self.tell_github();
        self.tell_alert();
        if self.nagios {
            let _ = to_stdout(&ci_systems().harmless(&report::nagios(&self.record, self.response_limits)));
        }
        if let Err(message) = self.keep_alert() {
            exit = fail(Exit::Output, &message);
            self.conclude(exit);
            for message in self.targets.write_files(&self.record) {
                fail(Exit::Output, &message);
            }
        }
        if let Some(push) = &self.push {
            push.send(report::to_prometheus(&self.record));
        }
        if self.nagios {
            return Exit::Nagios(NagiosState::held(&self.record, self.response_limits));
        }
        self.record.alert.as_ref().map_or(exit, |alert| Exit::Failed(alert.code().into()))
    }

    /// Keeps the state after the run, once all is told: of a run that ends before that, the next one tells it again.
    ///
    /// # Errors
    /// What was held back cannot be printed, or the state cannot be kept.
    fn keep_alert(&self) -> Result<(), String> {
        let (Some(alert), Some(verdict)) = (&self.alert, &self.record.alert) else { return Ok(()) };
        if verdict.changed {
            quiet::end().map_err(|error| quiet::lost(&error))?;
        }
        alert.keep(verdict)?;
        if !verdict.changed {
            quiet::be_silent();
        }
        Ok(())
    }

    /// What the run comes to over those before it. One that could not be judged does not count.
    fn judge(&self, exit: Exit) -> Option<Box<AlertVerdict>> {
        let (Some(alert), Exit::Failed(_)) = (&self.alert, exit) else { return None };
        let run = match (exit.code(), self.response_limits.exceeded_by(&self.record)) {
            (0, None) => None,
            (0, Some(severity)) => Some(FailedRun { code: 0, severity }),
            (code, _) => Some(FailedRun { code, severity: Severity::Critical }),
        };
        Some(Box::new(alert.judge(run)))
    }

    /// Says what became of the run, where that is not what it says itself.
    fn tell_alert(&self) {
        let Some(verdict) = &self.record.alert else { return };
        if let Some(told) = verdict.told() {
            let is_bad_news = verdict.changed && verdict.severity().is_some();
            log::log!(if is_bad_news { log::Level::Error } else { log::Level::Warn }, "alert: {told}");
        }
        if let Some(flapping) = verdict.flapping() {
            log::warn!("alert: {flapping}");
        }
    }

    /// Writes every report with the exit in it; where one cannot be written, that is the exit, and the others are
    /// written again.
    fn write_all(&mut self, mut exit: Exit, cut: bool) -> Exit {
        self.flush();
        let lost = if self.targets.has_lost_lines() { Some(Exit::Output) } else { None };
        // A signal's own code tells more than a report that is missing.
        let of_lost = |exit: Exit| if cut { exit } else { Exit::Output };
        exit = lost.map_or(exit, |_| of_lost(exit));
        self.conclude(exit);
        let steps: [fn(&mut Targets, &RunRecord) -> Vec<String>; 3] =
            [Targets::write_files, Targets::end_lines, |targets, run| targets.write_stdout(run)];
        for step in steps {
            let mut wrong = step(&mut self.targets, &self.record);
            while !wrong.is_empty() {
                for message in wrong {
                    fail(Exit::Output, &message);
                }
                exit = of_lost(exit);
                self.conclude(exit);
                wrong = self.targets.write_files(&self.record);
            }
        }
        exit
    }

    /// Puts the exit into the record, and what it means: a run that ends in an error is never a success.
    fn conclude(&mut self, exit: Exit) {
        self.record.exit_code = Some(exit.code());
        self.record.alert = self.judge(exit);
        if matches!(exit, Exit::Failed(_)) {
            return;
        }
        for complaint in complaints() {
            let text = complaint.to_string();
            if !self.record.faults.iter().any(|fault| fault.to_string() == text) {
                self.record.faults.push(complaint);
            }
        }
        let has_cause = self.record.faults.iter().any(|fault| fault.ends_run);
        let is_told = has_cause || (exit == Exit::Internal && self.record.end().is_some());
        if !is_told {
            self.record.faults.push(RunFault::ended(exit.meaning()));
        }
    }

    /// The run, and of several suites each, whose requests were sent again more often than allowed.
    fn too_many_retries(&self) -> Vec<String> {
        let Some(most) = self.max_retry_rate else { return Vec::new() };
        let fault = |of: String, totals: Totals| {
            let (rate, retries, requests) = (totals.retry_rate(), totals.retries, totals.requests);
            (rate > most).then(|| {
                format!("the retry rate{of} is {rate:.1} % ({retries} retries of {requests} requests), above --max-retry-rate {most} %")
            })
        };
        let suites = if self.record.suites.len() > 1 { self.record.suites.as_slice() } else { &[] };
        let of_suites = suites.iter().map(|suite| fault(format!(" of {}", suite.file), suite.totals()));
        [fault(String::new(), self.record.totals())].into_iter().chain(of_suites).flatten().collect()
    }

    fn tell_github(&self) {
        if !self.annotates {
            return;
        }
        let text = report::github_annotations(&self.record);
        // The runner reads both streams; the lines go where people read.
        let _ = if self.nagios || self.targets.take_stdout() {
            io::stderr().write_all(text.as_bytes())
        } else {
            to_stdout(&text)
        };
        let Some(path) = &self.step_summary else { return };
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        let written = file.and_then(|mut file| file.write_all(report::github_summary(&self.record).as_bytes()));
        if let Err(error) = &written {
            log::warn!("GITHUB_STEP_SUMMARY {} cannot be written: {}", path.display(), plain(error));
        }
    }
}
