//! The lines that PyRestTest prints and scripts read, literally.
//!
//! Owns: stdout's lines of a functional run, and the log lines that go with them.
//! Does not: compute anything; see `event` for what it is told, `terminal` for what a person sees.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use crate::ground::printable::{for_terminal, one_line};
use crate::ground::value::Value;
use crate::judge::outcome::{Curl, Outcome, Traced};
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::{AttemptNotice, Event, Preview, RetryNotice};
use crate::record::run_record::RunRecord;

use super::ci_commands::{CiSystems, Harmless};
use super::shown_event::shown;
use super::{benchmark, load};

/// How the lines are made.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Colours are wanted: stdout is a terminal, and nothing speaks against them.
    pub colour: bool,
    /// stdout is a terminal: the lines are for a person.
    pub terminal: bool,
    /// A terminal shows the literal lines: what it would obey is not printed.
    pub literal_on_terminal: bool,
    /// How wide the terminal is at the moment.
    pub width: fn() -> usize,
    /// `TEST RESULT` lines go to stderr, because stdout carries bodies or headers for a pipe.
    pub results_on_stderr: bool,
    /// Requests wait for a person.
    pub interactive: bool,
    /// stderr is a terminal: its last line shows how far the run is.
    pub progress: bool,
    /// `--show-curl`: a failed test is followed by the curl command that repeats it.
    pub curl: bool,
    /// The log is JSON, an object a line: then nothing else is written among its lines.
    pub json_logs: bool,
    /// Who reads the lines besides people.
    pub ci: CiSystems,
    /// Several suites run: each gets a line at its end, and a total stands below all groups.
    pub several: bool,
}

impl Style {
    /// A body for whoever reads the literal lines.
    fn shown(self, body: &str) -> Cow<'_, str> {
        if self.literal_on_terminal { for_terminal(body) } else { body.into() }
    }
}

impl Default for Style {
    fn default() -> Style {
        Style {
            colour: false,
            terminal: false,
            literal_on_terminal: false,
            width: || 80,
            results_on_stderr: false,
            interactive: false,
            progress: false,
            curl: false,
            json_logs: false,
            ci: CiSystems::default(),
            several: false,
        }
    }
}

/// Prints a run.
pub struct Console<O, E> {
    out: Harmless<O>,
    err: Harmless<E>,
    style: Style,
    /// The method of the load run under way.
    method: String,
    /// Whether the tests that are skipped now are those that a line has just spoken of.
    is_stopping: bool,
    /// Whether a line has said that nothing more begins.
    has_given_up: bool,
}

impl<O: Write, E: Write> Console<O, E> {
    /// A console over two streams.
    pub fn new(out: O, err: E, style: Style) -> Console<O, E> {
        Console {
            out: Harmless::new(out, style.ci),
            err: Harmless::new(err, style.ci),
            style,
            method: String::new(),
            is_stopping: false,
            has_given_up: false,
        }
    }

    /// Prints an event; `run` is what came before it.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn observe(&mut self, event: &Event, run: &RunRecord) -> io::Result<()> {
        let suite = match event {
            Event::SuiteFinished { file, .. } => run.under_way(file),
            _ => None,
        };
        let event = &*shown(event);
        self.is_stopping &= matches!(event, Event::TestSkipped(_));
        match event {
            Event::SuiteFinished { file, elapsed, error } => {
                let failures = suite.map_or(0, |suite| suite.totals().failures());
                let error = error.as_deref().map(|error| match suite {
                    Some(suite) => one_line(&suite.broken_by(error)).into_owned(),
                    None => error.to_owned(),
                });
                self.suite(file, failures, *elapsed, error.as_deref())
            }
            Event::RequestPrepared(preview) => self.preview(preview),
            Event::HeadsExchanged(lines) => {
                self.out.flush()?;
                lines.iter().try_for_each(|line| writeln!(self.err, "{}", self.style.shown(&one_line(line))))
            }
            Event::DelayStarted(delay) => writeln!(self.out, "Delaying for {}s", seconds(*delay)),
            Event::TestFinished(outcome) => self.outcome(outcome),
            Event::TestSkipped(test) if !self.is_stopping && !self.has_given_up => {
                let (name, place) = (one_line(&test.name), test.location.line());
                log::warn!("Test Skipped: {place}: {name}: {}", one_line(&test.reason));
                Ok(())
            }
            Event::SetStopped => {
                self.is_stopping = true;
                writeln!(self.out, "STOP ON FAILURE! stopping test set execution, continuing with other test sets")
            }
            Event::BenchmarkFinished(report) => {
                writeln!(self.out, "{}", benchmark::to_json(report))?;
                let name = one_line(&report.name);
                log::info!("Benchmark Done: {name} Group: {}", one_line(&report.group));
                for failure in &report.missed {
                    log::error!(
                        "Benchmark Failed: {}: {name}: {}",
                        failure.location.line(),
                        one_line(&failure.message)
                    );
                }
                self.trace(report.trace.as_deref().filter(|_| !report.missed.is_empty()))?;
                self.curl(report.curl.as_deref())?;
                match report.shown_load() {
                    Some(summary) => self.load(&name, summary),
                    None => {
                        warn_of_failed(&name, report);
                        Ok(())
                    }
                }
            }
            Event::BenchmarkStarted { name, group } => {
                log::info!("Benchmark Starting: {name} Group: {group}");
                Ok(())
            }
            Event::GivenUp(reason) => {
                self.has_given_up = true;
                log::warn!("{}; nothing more begins", one_line(reason));
                Ok(())
            }
            Event::Warned(warning) => {
                log::warn!("{}: {}", warning.location.line(), warning.message);
                Ok(())
            }
            Event::AttemptFinished(notice) => {
                let AttemptNotice { name, attempt, answer, time } = &**notice;
                log::debug!("{name}: attempt {attempt}: {answer} in {}", milliseconds(*time));
                Ok(())
            }
            Event::AttemptsOmitted { name, count } => {
                log::debug!("{name}: {count} more attempts of requests that were sent again");
                Ok(())
            }
            Event::GuardTold(message) => {
                log::warn!("{message}");
                Ok(())
            }
            Event::RetryScheduled(notice) => {
                log_retry(notice);
                Ok(())
            }
            Event::LoadStarted(start) => {
                // With a key nothing is done twice.
                self.method = if start.has_key { String::new() } else { start.method.clone() };
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The command on a line of its own beside the log.
    fn curl(&mut self, curl: Option<&Curl>) -> io::Result<()> {
        curl.filter(|_| self.style.curl).map_or(Ok(()), |curl| self.aside(&curl.line))
    }

    /// The trace of what failed, to be looked for in what the server has of it.
    fn trace(&mut self, trace: Option<&Traced>) -> io::Result<()> {
        trace.map_or(Ok(()), |trace| self.aside(&format!("trace: {}", trace.trace_id)))
    }

    /// A line of its own beside the log.
    fn aside(&mut self, line: &str) -> io::Result<()> {
        if self.style.json_logs {
            log::error!("{line}");
            return Ok(());
        }
        self.out.flush()?;
        writeln!(self.err, "{line}")
    }

    fn suite(&mut self, file: &str, failures: u64, elapsed: Duration, error: Option<&str>) -> io::Result<()> {
        if let Some(error) = error {
            log::error!("{file}: {error}");
        }
        if !self.style.several {
            return Ok(());
        }
        let error = error.map_or_else(String::new, |_| ", and an error".to_owned());
        writeln!(self.out, "{file}: {failures} failures{error} in {:.2} s", elapsed.as_secs_f64())
    }

    fn preview(&mut self, preview: &Preview) -> io::Result<()> {
        let out = &mut self.out;
        writeln!(out, "===================================\n{}\n-----------------------------------", preview.name)?;
        if !preview.about.is_empty() {
            writeln!(out, "{}\n", self.style.shown(&preview.about))?;
        }
        writeln!(
            out,
            "REQUEST:\n{} {}\nHEADERS:\n{}",
            preview.method,
            preview.url,
            self.style.shown(&python_dict(&preview.headers))
        )?;
        if let Some(body) = &preview.body {
            writeln!(out, "\n{}", self.style.shown(body))?;
        }
        write!(out, "Press ENTER when ready ({}): ", seconds(preview.delay))?;
        out.flush()
    }

    fn load(&mut self, name: &str, summary: &LoadSummary) -> io::Result<()> {
        if let Some(exceeded) = summary.threshold_exceeded.filter(|exceeded| *exceeded > 0) {
            log::warn!("{name}: {exceeded} of {} requests took longer than threshold_ms", summary.total);
        }
        if summary.retries > 0 {
            log::info!("{name}: {} retries for {} requests", summary.retries, summary.total);
            if summary.healed > 0 {
                log::warn!("{name}: {} of {} requests passed only after a retry", summary.healed, summary.total);
            }
            if summary.exhausted > 0 {
                log::error!("Retries exhausted: {name}: {} of {} requests", summary.exhausted, summary.total);
            }
            warn_of_repetition(name, &self.method);
        }
        write!(self.out, "{}", load::to_text(summary, false))
    }

    fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        if let Some(summary) = &outcome.load {
            self.load(&outcome.name, summary)?;
        }
        let printed = outcome.printed.as_deref();
        // What was asked for goes out as it came; what is shown unasked gives no commands to who reads the log.
        let asked = printed.and_then(|printed| printed.body.as_ref());
        // Those of tests that passed are kept for reports alone.
        let own = outcome.body.as_ref().filter(|_| !outcome.passed());
        if let Some(body) = asked.or(own) {
            if self.style.interactive {
                writeln!(self.out, "RESPONSE:")?;
            }
            match asked {
                Some(body) => self.out.verbatim(&format!("{}\n", self.style.shown(body)))?,
                None => self.out.fenced(&self.style.shown(body))?,
            }
        }
        let asked = printed.and_then(|printed| printed.headers.as_ref());
        let own = outcome.headers.as_ref().filter(|_| !outcome.passed());
        if let Some(headers) = asked.or(own) {
            if self.style.interactive {
                writeln!(self.out, "RESPONSE HEADERS:")?;
            }
            match asked {
                Some(headers) => self.out.verbatim(&format!("{}\n", self.style.shown(&python_list(headers))))?,
                None => self.out.fenced(&self.style.shown(&python_list(headers)))?,
            }
        }
        let time = outcome.response_time().map(milliseconds);
        log_attempts(outcome);
        log_outcome(outcome, time.as_deref());
        self.trace(outcome.trace.as_deref().filter(|_| !outcome.passed()))?;
        self.curl(outcome.curl.as_deref())?;
        let line = format!(
            "TEST RESULT: {} | URL={} | Passed={} | Response Time={}",
            outcome.name,
            outcome.url,
            if outcome.passed() { "True" } else { "False" },
            time.as_deref().unwrap_or("-"),
        );
        let line = self.style.shown(&line);
        if !self.style.results_on_stderr {
            return writeln!(self.out, "{line}");
        }
        self.out.flush()?;
        writeln!(self.err, "{line}")
    }

    /// Prints the groups.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn finish(&mut self, run: &RunRecord) -> io::Result<()> {
        if self.style.interactive {
            writeln!(self.out, "===================================")?;
        }
        for (group, count) in run.groups() {
            let word = if count.failed() == 0 { "SUCCEEDED" } else { "FAILED" };
            let group = one_line(group);
            let group = self.style.shown(&group);
            writeln!(self.out, "Test Group {group} {word}: : {}/{} Tests Passed!", count.passed, count.total)?;
        }
        if self.style.several {
            let totals = run.totals();
            let errors = match totals.broken_suites {
                0 => String::new(),
                1 => " and 1 error".to_owned(),
                count => format!(" and {count} errors"),
            };
            let failures = totals.failures() - totals.broken_suites;
            writeln!(self.out, "Total: {failures} failures{errors} across {} files", run.suites.len())?;
        }
        self.out.flush()
    }

    /// The stream that results go to, for lines of the run as a whole.
    pub fn out(&mut self) -> &mut dyn Write {
        &mut self.out
    }

    /// The stream beside it.
    pub fn err(&mut self) -> &mut impl Write {
        &mut self.err
    }
}

/// INFO says of every send that it is repeated; a POST or PATCH that is repeated may do its work twice, which is a WARNING.
fn log_retry(notice: &RetryNotice) {
    let RetryNotice { name, method, cause, attempt, of, delay, origin, has_key } = notice;
    // What was drawn at random has more digits than anybody reads.
    let shown = if origin.is_some() { (seconds(*delay) * 1e3).round() / 1e3 } else { seconds(*delay) };
    let origin = origin.as_ref().map_or_else(String::new, |origin| format!(" ({origin})"));
    log::info!("Retrying test {name} {cause}, attempt {attempt}/{of} delay={shown}s{origin}");
    if *attempt == 1 && !has_key {
        warn_of_repetition(name, method);
    }
}

fn warn_of_repetition(name: &str, method: &str) {
    if matches!(method, "POST" | "PATCH") {
        log::warn!(
            "{name}: a {method} is repeated, which may do its work twice; retry: {{methods: [GET, PUT]}} leaves it out"
        );
    }
}

/// INFO says how many sends there were, WARNING what healed itself, ERROR what was exhausted.
fn log_attempts(outcome: &Outcome) {
    let tries = outcome.attempts.len();
    if outcome.polls > 0 {
        let sends = outcome.earlier_attempts + tries as u64;
        log::info!("{}: {} polls, sent {sends} times", outcome.name, outcome.polls);
        return;
    }
    if tries < 2 {
        return;
    }
    log::info!("{}: {tries} attempts, {} retries", outcome.name, tries - 1);
    if outcome.passed() {
        log::warn!("Test Flaky: {} passed at attempt {tries}", outcome.name);
    } else if outcome.exhausted {
        log::error!("Retries exhausted: {} failed after {tries} attempts", outcome.name);
    }
}

/// The log lines of a test: errors of a failed one, a note of one that passed.
fn log_outcome(outcome: &Outcome, time: Option<&str>) {
    let time = time.map_or_else(String::new, |time| format!(" Response Time: {time}"));
    if outcome.passed() {
        log::info!("Test Succeeded: {} URL={} Group={}{time}", outcome.name, outcome.url, outcome.group);
        return;
    }
    let status = outcome.status.map_or_else(|| "None".to_owned(), |status| status.to_string());
    log::error!(
        "Test Failed: {} URL={} Group={} HTTP Status Code: {status}{time}",
        outcome.name,
        outcome.url,
        outcome.group
    );
    for (failure, line) in outcome.failures.iter().zip(failure_lines(outcome)) {
        log::error!("Test Failure, failure type: {}, Reason: {}", failure.kind, failure.reason);
        let details = failure.details.as_deref().map_or_else(String::new, |details| format!("\n{details}"));
        log::error!("Validator/Error details:{line}{details}");
    }
}

/// `smoke.yaml:14: get person: jsonpath_mini "login" eq: expected "gbaltar", got "jenkins"`
fn failure_lines(outcome: &Outcome) -> Vec<String> {
    let line = |failure: &crate::judge::outcome::Failure| {
        format!("{}: {}: {}", failure.location.line(), outcome.name, failure.message)
    };
    outcome.failures.iter().map(line).collect()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

/// Whole seconds without a fraction: `2`, `0.5`.
fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn python_list(headers: &[(String, String)]) -> String {
    let pairs = headers.iter().map(|(name, value)| {
        format!("({}, {})", Value::from(name.as_str()).repr(), Value::from(value.as_str()).repr())
    });
    format!("[{}]", pairs.collect::<Vec<_>>().join(", "))
}

fn python_dict(headers: &[(String, String)]) -> String {
    let pairs = headers
        .iter()
        .map(|(name, value)| format!("{}: {}", Value::from(name.as_str()).repr(), Value::from(value.as_str()).repr()));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

/// A plain benchmark measures whatever answers, and its line does not say what that was.
fn warn_of_failed(name: &str, report: &BenchmarkReport) {
    let Some(load) = report.load.as_deref().filter(|load| load.failed() > 0) else { return };
    let reasons: Vec<String> =
        load.reasons.iter().map(|(reason, count)| format!("{count} x {}", one_line(reason))).collect();
    log::warn!(
        "{name}: {} of {} requests were not answered as expected: {}",
        load.failed(),
        load.total,
        reasons.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::{Location, Position};
    use crate::judge::outcome::{Attempt, Failure, FailureKind};

    fn outcome(passed: bool) -> Outcome {
        let location = Location { file: "smoke.yaml".into(), position: Position { line: 14, column: 3 } };
        let failure = Failure {
            reason: "Comparison failed".to_owned(),
            ..Failure::new(
                FailureKind::ValidatorFailed,
                "jsonpath_mini \"login\" eq: expected \"gbaltar\", got \"jenkins\"",
                &location,
            )
        };
        Outcome {
            name: "get person".to_owned(),
            group: "Person".to_owned(),
            location,
            method: "GET".to_owned(),
            url: "http://h/p".to_owned(),
            status: Some(200),
            failures: if passed { vec![] } else { vec![failure] },
            attempts: vec![Attempt {
                status: Some(200),
                error: None,
                time: Duration::from_micros(1634),
                delay: None,
                is_asked_for: false,
                exchange: None,
            }],
            body: (!passed).then(|| "{}".to_owned()),
            load: None,
            headers: (!passed).then(|| vec![("a".to_owned(), "it's".to_owned())]),
            ..Outcome::default()
        }
    }

    fn printed(style: Style) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::new(&mut out, &mut err, style);
        let mut run = RunRecord::new(std::time::UNIX_EPOCH);
        for passed in [true, false] {
            let event = Event::TestFinished(Box::new(outcome(passed)));
            console.observe(&event, &run).unwrap();
            run.observe(event);
        }
        run.finish(Duration::from_millis(12), false);
        console.finish(&run).unwrap();
        drop(console);
        (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn lines_for_scripts_are_literal() {
        let (out, err) = printed(Style::default());
        assert_eq!(
            out,
            "TEST RESULT: get person | URL=http://h/p | Passed=True | Response Time=1.63 ms\n\
             {}\n[('a', \"it's\")]\n\
             TEST RESULT: get person | URL=http://h/p | Passed=False | Response Time=1.63 ms\n\
             Test Group Person FAILED: : 1/2 Tests Passed!\n"
        );
        assert_eq!(err, "");
        let (out, err) = printed(Style { results_on_stderr: true, ..Style::default() });
        assert!(!out.contains("TEST RESULT") && err.contains("Passed=True"));
    }
}
