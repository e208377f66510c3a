//! A run on a terminal: for a person, never wider than the terminal, without anything foreign that it would obey.
//!
//! Owns: the order of its lines. Does not: print the lines that scripts read (see `console`), know what is a secret.

mod failure;
mod layout;
mod live;
mod load;
mod summary;

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::console::Style;
use crate::ground::columns::{width, wrapped};
use crate::ground::counted::counted;
use crate::ground::printable::for_terminal;
use crate::judge::outcome::{Attempt, Outcome};
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::{Event, Preview};
use crate::record::run_record::{RunRecord, Verdict};

use failure::{Wanted, failure_lines};
pub use layout::clean;
use layout::{Line, TestLine, Tone, WIDEST_GROUP};
pub use live::{Live, take_away as take_live_line_away};
use summary::{Asked, summary};

/// A request that takes longer is called slow while it runs.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a run is about, for its first line.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// The base URL, if all suites have the same; without secrets.
    pub base_url: Option<String>,
    /// How many suites.
    pub suites: u64,
    /// How many tests.
    pub tests: u64,
    /// How many benchmarks.
    pub benchmarks: u64,
    /// How wide the widest group is.
    pub group_width: usize,
    /// `--verbose`.
    pub verbose: bool,
    /// `--print-headers`.
    pub headers: bool,
    /// `--report-html`.
    pub html: bool,
    /// The command that runs again what failed, if that is kept.
    pub again: Option<String>,
}

/// The test under way, as long as nobody has called it slow.
struct Watched {
    name: String,
    group: String,
    /// A wait that comes first.
    wait: Duration,
    since: Option<Instant>,
}

/// Prints a run for a person.
pub struct Terminal<O> {
    out: O,
    style: Style,
    opening: Opening,
    watched: Option<Watched>,
}

impl<O: Write> Terminal<O> {
    /// A reporter that writes to a terminal.
    pub fn new(out: O, style: Style) -> Terminal<O> {
        Terminal { out, style, opening: Opening::default(), watched: None }
    }

    /// Prints what the run is about.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn open(&mut self, opening: Opening) -> io::Result<()> {
        let benchmarks = match opening.benchmarks {
            0 => String::new(),
            count => format!(", {}", counted(count, "benchmark")),
        };
        let counts = format!("{}, {}{benchmarks}", counted(opening.suites, "suite"), counted(opening.tests, "test"));
        let line = match &opening.base_url {
            Some(url) => {
                let room = (self.style.width)().saturating_sub(width(&counts) + 3);
                let url = crate::ground::columns::cut_middle(&clean(url), room);
                Line::default().with(Tone::Plain, url).with(Tone::Dim, format!("   {counts}"))
            }
            None => Line::default().with(Tone::Dim, counts),
        };
        self.opening = opening;
        self.line(&line)
    }

    /// Prints an event.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn observe(&mut self, event: &Event, run: &RunRecord) -> io::Result<()> {
        match event {
            Event::SuiteStarted { file, title, .. } => {
                let mut line = Line::default().with(Tone::Cyan, &**file);
                if let Some(title) = title {
                    line.push(Tone::Plain, format!("  {title}"));
                }
                self.line(&Line::default())?;
                self.line(&line)
            }
            Event::SuiteFinished { file, error: Some(error), .. } => {
                let error = run.under_way(file).map_or_else(|| error.clone(), |suite| suite.broken_by(error));
                let line = Line::indented(2).with(Tone::Red, "ERROR").with(Tone::Plain, format!("  {file}: "));
                self.told(line, &error)
            }
            Event::RequestPrepared(preview) => self.preview(preview),
            Event::TestStarted { name, group, .. } => {
                self.watched =
                    Some(Watched { name: name.clone(), group: group.clone(), wait: Duration::ZERO, since: None });
                Ok(())
            }
            Event::DelayStarted(delay) => {
                self.postpone(*delay);
                Ok(())
            }
            Event::RetryScheduled(notice) => {
                self.postpone(notice.delay);
                Ok(())
            }
            Event::LoadStarted(_) => {
                // It shows for itself that it goes on.
                self.watched = None;
                Ok(())
            }
            Event::TestFinished(outcome) => {
                self.watched = None;
                self.outcome(outcome)
            }
            Event::GivenUp(reason) => {
                self.line(&Line::indented(2).with(Tone::Dim, format!("{}; nothing more begins", clean(reason))))
            }
            Event::TestSkipped(test) => {
                let line = TestLine {
                    word: (Tone::Dim, "SKIP"),
                    time: "",
                    group: (&test.group, self.opening.group_width),
                    name: &test.name,
                    rest: test.reason.clone(),
                }
                .laid_out((self.style.width)());
                self.line(&line)
            }
            Event::BenchmarkFinished(report) => self.benchmark(report),
            _ => Ok(()),
        }
    }

    /// A wait that belongs to the test is not its slowness.
    fn postpone(&mut self, wait: Duration) {
        if let Some(watched) = &mut self.watched {
            (watched.wait, watched.since) = (wait, None);
        }
    }

    /// Calls the test under way slow, once it is.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn wait(&mut self, now: Instant) -> io::Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        let since = *watched.since.get_or_insert(now + watched.wait);
        if now.saturating_duration_since(since) < PATIENCE {
            return Ok(());
        }
        if let Some(watched) = self.watched.take() {
            let line = TestLine {
                word: (Tone::Yellow, "SLOW"),
                time: &format!("> {}", layout::time(PATIENCE)),
                group: (&watched.group, self.opening.group_width),
                name: &watched.name,
                rest: String::new(),
            }
            .laid_out((self.style.width)());
            self.line(&line)?;
        }
        self.out.flush()
    }

    /// Whether a line is about to be printed by [`Terminal::wait`].
    pub fn has_news(&self, now: Instant) -> bool {
        let since = self.watched.as_ref().and_then(|watched| watched.since);
        since.is_some_and(|since| now.saturating_duration_since(since) >= PATIENCE)
    }

    fn outcome(&mut self, outcome: &Outcome) -> io::Result<()> {
        let (tone, word) = match Verdict::of(outcome) {
            Verdict::Passed => (Tone::Green, "PASS"),
            Verdict::Flaky => (Tone::Yellow, "FLAKY"),
            Verdict::Failed => (Tone::Red, "FAIL"),
            _ => (Tone::Red, "ERROR"),
        };
        let statuses = statuses(&outcome.attempts);
        let rest = if !outcome.passed() {
            let path = path_of(&outcome.url, self.opening.base_url.as_deref());
            let status = match (outcome.status, outcome.attempts.len()) {
                (None, count @ 2..) if outcome.attempts.iter().all(|attempt| attempt.status.is_none()) => {
                    format!("no answer, {count} times")
                }
                (_, 2..) if outcome.load.is_none() => statuses,
                (Some(status), _) => status.to_string(),
                (None, 0) if outcome.load.is_none() => "not sent".to_owned(),
                (None, _) => "no answer".to_owned(),
            };
            let polls = if outcome.polls > 1 { format!(" at poll {}", outcome.polls) } else { String::new() };
            format!("{} {path} → {status}{polls}", outcome.method)
        } else if outcome.polls > 1 {
            format!("{} polls", outcome.polls)
        } else if outcome.attempts.len() > 1 && outcome.load.is_none() {
            statuses
        } else {
            String::new()
        };
        let line = TestLine {
            word: (tone, word),
            time: &layout::time(outcome.duration),
            group: (&outcome.group, self.opening.group_width),
            name: &outcome.name,
            rest,
        };
        let columns = (self.style.width)();
        self.line(&line.laid_out(columns))?;
        let printed = outcome.printed.as_deref();
        if !outcome.passed() {
            let wanted = Wanted {
                headers: self.opening.headers || self.opening.verbose,
                body_is_shown: printed.is_some_and(|printed| printed.body.is_some()),
            };
            for line in failure_lines(outcome, wanted, columns) {
                self.line(&line)?;
            }
            if let Some(trace) = outcome.trace_id() {
                self.line(&Line::indented(5).with(Tone::Dim, format!("trace: {trace}")))?;
            }
            if let Some(curl) = outcome.curl.as_deref().filter(|_| self.style.curl) {
                // To be copied: it is not cut.
                writeln!(self.out, "{}", for_terminal(&curl.pretty))?;
            }
        } else if let Some(headers) = printed.and_then(|printed| printed.headers.as_ref()) {
            for (name, value) in headers {
                let line = Line::indented(7).with(Tone::Dim, format!("{}: ", clean(name)));
                self.told(line, value)?;
            }
        }
        // What was asked for is whole, but for what a terminal would obey.
        if let Some(body) = printed.and_then(|printed| printed.body.as_ref()) {
            let body = for_terminal(body);
            writeln!(self.out, "{}", body.trim_end_matches('\n'))?;
        }
        match &outcome.load {
            Some(summary) => self.lines(&load::lines(summary, columns)),
            None => Ok(()),
        }
    }

    fn benchmark(&mut self, report: &BenchmarkReport) -> io::Result<()> {
        let (tone, word) = if report.missed.is_empty() { (Tone::Green, "DONE") } else { (Tone::Red, "FAIL") };
        let line = TestLine {
            word: (tone, word),
            time: &layout::time(report.duration),
            group: (&report.group, self.opening.group_width),
            name: &report.name,
            rest: String::new(),
        };
        let columns = (self.style.width)();
        self.line(&line.laid_out(columns))?;
        for failure in &report.missed {
            let line = Line::indented(5).with(Tone::Dim, "--> ").with(Tone::Cyan, failure.location.line());
            self.told(line.with(Tone::Plain, "  "), &failure.message)?;
        }
        if let Some(curl) = report.curl.as_deref().filter(|_| self.style.curl) {
            writeln!(self.out, "{}", for_terminal(&curl.pretty))?;
        }
        self.lines(&load::benchmark_lines(report))?;
        match report.shown_load() {
            Some(summary) => self.lines(&load::lines(summary, columns)),
            None => Ok(()),
        }
    }

    fn preview(&mut self, preview: &Preview) -> io::Result<()> {
        self.line(&Line::default().with(Tone::Magenta, clean(&preview.name)))?;
        let line = Line::default().with(Tone::Plain, format!("{} {}", preview.method, preview.url));
        self.line(&line)?;
        let room = (self.style.width)().saturating_sub(2).max(8);
        for about in preview.about.lines() {
            for part in wrapped(&clean(about), room) {
                self.line(&Line::indented(2).with(Tone::Cyan, part))?;
            }
        }
        for (name, value) in &preview.headers {
            self.told(Line::indented(2).with(Tone::Dim, format!("{}: ", clean(name))), value)?;
        }
        if let Some(body) = &preview.body {
            writeln!(self.out, "\n{}", for_terminal(body))?;
        }
        write!(self.out, "Press ENTER when ready ({}): ", preview.delay.as_secs_f64())?;
        self.out.flush()
    }

    /// The end.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn finish(&mut self, run: &RunRecord) -> io::Result<()> {
        self.watched = None;
        let asked =
            Asked { verbose: self.opening.verbose, html: self.opening.html, again: self.opening.again.as_deref() };
        self.lines(&summary(run, asked, (self.style.width)()))?;
        self.out.flush()
    }

    /// Prints a line of the run as a whole.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        self.line(&Line::default().with(Tone::Dim, text))
    }

    fn lines(&mut self, lines: &[Line]) -> io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// The width is asked for anew with each line: a terminal may be made narrower while a run goes on.
    fn line(&mut self, line: &Line) -> io::Result<()> {
        writeln!(self.out, "{}", line.text((self.style.width)(), self.style.colour))
    }

    /// A text behind a beginning, on as many lines as it needs.
    fn told(&mut self, line: Line, text: &str) -> io::Result<()> {
        let text = clean(text);
        let room = (self.style.width)().saturating_sub(line.width()).max(8);
        let indent = line.width();
        for (i, part) in wrapped(&text, room).enumerate() {
            let begin = if i == 0 { line.clone() } else { Line::indented(indent) };
            self.line(&begin.with(Tone::Plain, part))?;
        }
        Ok(())
    }

    /// The stream, for lines of the run as a whole.
    pub fn out(&mut self) -> &mut O {
        &mut self.out
    }
}

/// `503 503 200`; of many that are alike `503 ×40 200`.
fn statuses(attempts: &[Attempt]) -> String {
    const MANY: usize = 6;
    let of = |attempt: &Attempt| attempt.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    if attempts.len() <= MANY {
        return attempts.iter().map(of).collect::<Vec<_>>().join(" ");
    }
    let alike = |a: &Attempt, b: &Attempt| a.status == b.status;
    let runs = attempts.chunk_by(alike).map(|run| match run {
        [one] => of(one),
        [first, ..] => format!("{} ×{}", of(first), run.len()),
        [] => String::new(),
    });
    runs.collect::<Vec<_>>().join(" ")
}

/// The path of a URL below the base URL, or on its host; another one as it is.
fn path_of<'u>(url: &'u str, base: Option<&str>) -> &'u str {
    let origin_end = |url: &str| {
        url.find("://").map(|at| url[at + 3..].find(['/', '?', '#']).map_or(url.len(), |path| at + 3 + path))
    };
    let origin = base.and_then(|base| Some(&base[..origin_end(base)?]));
    match origin.and_then(|origin| url.strip_prefix(origin)) {
        Some("") => "/",
        Some(path) if path.starts_with(['/', '?', '#']) => path,
        _ => url,
    }
}

/// How wide the groups' column is to be.
pub fn group_width<'g>(groups: impl Iterator<Item = &'g str>) -> usize {
    groups.map(|group| width(&clean(group))).max().unwrap_or(0).min(WIDEST_GROUP)
}

#[cfg(test)]
mod tests;
