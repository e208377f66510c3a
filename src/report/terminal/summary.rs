//! The end of a run on a terminal: one sentence, and each failure in one line.
//!
//! Owns: its words. Does not: count (see `run_record`).

use super::layout::{Line, SHORTEST_NAME, Tone, clean, time};
use crate::ground::columns::{cut_middle, width};
use crate::ground::counted::counted;
use crate::judge::outcome::Failure;
use crate::record::run_record::RunRecord;
use crate::test::planned_test::SkippedTest;

/// What a person may ask for to see more, as far as it was not asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// `--verbose`.
    pub verbose: bool,
    /// `--report-html`.
    pub html: bool,
    /// The command that runs again what failed, if it is known what that is.
    pub again: Option<&'a str>,
}

/// The summary's lines.
pub fn summary(run: &RunRecord, asked: Asked<'_>, columns: usize) -> Vec<Line> {
    let mut out = vec![Line::default().with(Tone::Dim, "─".repeat(12)), sentence(run, columns)];
    out.extend(failures(run, columns));
    if run.succeeded() {
        return out;
    }
    let more: Vec<&str> = [(asked.verbose, "--verbose"), (asked.html, "--report-html FILE")]
        .into_iter()
        .filter(|(is_given, _)| !is_given)
        .map(|(_, flag)| flag)
        .collect();
    let again = asked.again.filter(|_| run.totals().failures() > 0);
    let more = (!more.is_empty()).then(|| format!("more: {}", more.join(", ")));
    out.extend(hints(again, more.as_deref(), columns));
    out
}

/// `again: resttest URL s.yaml --rerun-failed      more: --verbose, --report-html FILE`, in as many lines as that needs.
fn hints(again: Option<&str>, more: Option<&str>, columns: usize) -> Vec<Line> {
    let line = |text: String| Line::indented(2).with(Tone::Dim, text);
    let again = again.map(|command| {
        let whole = line(format!("again: {}", clean(command)));
        if whole.width() <= columns { whole } else { line("again: --rerun-failed".to_owned()) }
    });
    match (again, more) {
        (Some(again), Some(more)) => {
            let both = again.clone().with(Tone::Dim, format!("      {more}"));
            if both.width() <= columns { vec![both] } else { vec![again, line(more.to_owned())] }
        }
        (again, more) => again.into_iter().chain(more.map(|more| line(more.to_owned()))).collect(),
    }
}

/// `Failed  8 tests: 3 passed (1 flaky), 3 failed, 1 error, 1 not run   11.1 s, 2 retries`
/// Retries, then the time, are left out where they have no room.
fn sentence(run: &RunRecord, columns: usize) -> Line {
    let totals = run.totals();
    let (tone, word) = match () {
        () if run.interrupted => (Tone::Red, "Interrupted"),
        () if run.succeeded() => (Tone::Green, "Passed"),
        () => (Tone::Red, "Failed"),
    };
    let benchmarks = run.suites.iter().map(|suite| suite.benchmarks.len() as u64).sum::<u64>();
    let tests = totals.total + totals.skipped;
    let flaky = if totals.flaky > 0 { format!(" ({} flaky)", totals.flaky) } else { String::new() };
    let mut counts = vec![format!("{} passed{flaky}", totals.passed)];
    let counted_if = |count: u64, text: String| (count > 0).then_some(text);
    counts.extend(counted_if(totals.failed, format!("{} failed", totals.failed)));
    counts.extend(counted_if(totals.errored, counted(totals.errored, "error")));
    counts.extend(counted_if(totals.skipped, format!("{} not run", totals.skipped)));
    let mut what = Vec::new();
    if tests > 0 || benchmarks == 0 {
        what.push(format!("{}: {}", counted(tests, "test"), counts.join(", ")));
    }
    if benchmarks > 0 {
        let missed = totals.missed_benchmarks;
        let missed = if missed > 0 { format!(": {missed} failed") } else { String::new() };
        what.push(format!("{}{missed}", counted(benchmarks, "benchmark")));
    }
    if totals.broken_suites > 0 {
        what.push(format!("{} without an end", counted(totals.broken_suites, "suite")));
    }
    let retries = match totals.retries {
        0 => String::new(),
        1 => ", 1 retry".to_owned(),
        count => format!(", {count} retries"),
    };
    let line = Line::indented(2).with(tone, word).with(Tone::Plain, format!("  {}", what.join("; ")));
    let elapsed = time(run.elapsed);
    let ends = [format!("   {elapsed}{retries}"), format!("   {elapsed}"), String::new()];
    let with_end = |end: &String| line.clone().with(Tone::Dim, end);
    ends.iter().map(with_end).find(|line| line.width() <= columns).unwrap_or(line)
}

fn failures(run: &RunRecord, columns: usize) -> Vec<Line> {
    let line = |place: &str, what: String| {
        Line::indented(5).with(Tone::Cyan, place).with(Tone::Plain, format!("  {}", clean(&what)))
    };
    // The reason is worth more than the whole name.
    let named = |failure: &Failure, name: &str| {
        let (place, reason) = (failure.location.line(), clean(&failure.short_message()));
        let room = columns.saturating_sub(width(&place) + width(&reason) + 9);
        line(&place, format!("{}: {reason}", cut_middle(&clean(name), room.max(SHORTEST_NAME))))
    };
    let mut out = Vec::new();
    for suite in &run.suites {
        for outcome in &suite.tests {
            for failure in &outcome.failures {
                out.push(named(failure, &outcome.name));
            }
        }
        for report in &suite.benchmarks {
            out.extend(report.missed.iter().map(|failure| named(failure, &report.name)));
        }
        if let Some(error) = &suite.error {
            out.push(line(&suite.file, error.clone()));
        }
    }
    out.extend(run.faults.iter().map(|fault| Line::indented(5).with(Tone::Plain, fault.to_string())));
    if run.interrupted {
        let is_running = |test: &&SkippedTest| run.suites.iter().any(|suite| suite.was_running(test));
        let skipped = run.suites.iter().flat_map(|suite| &suite.skipped);
        let never = skipped.filter(|test| !is_running(test)).count() as u64;
        out.push(Line::indented(5).with(Tone::Plain, format!("{} never ran", counted(never, "test"))));
    }
    out
}
