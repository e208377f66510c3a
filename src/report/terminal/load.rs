//! The figures of a load run on a terminal, under the line that has its name.

use super::super::load::to_text;
use super::layout::{Line, Tone};
use crate::ground::columns::wrapped;
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;

/// Figures begin here.
const INDENT: usize = 9;

/// The figures, without the rules around those that scripts read.
pub fn lines(summary: &LoadSummary, columns: usize) -> Vec<Line> {
    let text = to_text(summary, true);
    let figures = text.lines().filter(|line| !line.starts_with("==="));
    let room = columns.saturating_sub(INDENT).max(20);
    figures.flat_map(|line| wrapped(line, room)).map(|line| Line::indented(INDENT).with(Tone::Plain, line)).collect()
}

/// A benchmark's numbers: `total_time mean: 0.0123`.
pub fn benchmark_lines(report: &BenchmarkReport) -> Vec<Line> {
    let line = |text: String| Line::indented(INDENT).with(Tone::Plain, text);
    let mut out = vec![line(format!("requests: {}, {} without an answer", report.requests, report.failures))];
    for (metric, name, value) in &report.aggregates {
        let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        out.push(line(format!("{} {name}: {value}", metric.name())));
    }
    for (metric, numbers) in &report.results {
        out.push(line(format!("{}: {} values", metric.name(), numbers.len())));
    }
    out
}
