//! What the page shows of load runs and benchmarks.
//!
//! Owns: which figures, and where the charts stand. Does not: draw them (see `chart`).

use std::fmt::Write as _;
use std::time::Duration;

use super::super::case::{Case, cases};
use super::super::chart;
use super::super::load::compared;
use super::super::text::time;
use super::shown;
use crate::load::metrics::Metric;
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::run_record::RunRecord;

/// A box with figures and charts for each load run and each benchmark.
pub(super) fn loads(out: &mut String, run: &RunRecord) {
    let with_load: Vec<(Case<'_>, &LoadSummary)> =
        run.suites.iter().flat_map(cases).filter_map(|case| case.load.map(|load| (case, load))).collect();
    let plain = run.suites.iter().flat_map(|suite| &suite.benchmarks).filter(|report| !report.is_extended);
    let plain: Vec<&BenchmarkReport> = plain.collect();
    if with_load.is_empty() && plain.is_empty() {
        return;
    }
    out.push_str("<h2>Load</h2>\n");
    for (case, load) in with_load {
        load_box(out, &case, load);
    }
    for report in plain {
        benchmark_box(out, report);
    }
}

fn load_box(out: &mut String, case: &Case<'_>, load: &LoadSummary) {
    let class = case.verdict.name();
    let _ = writeln!(
        out,
        "<div class=\"load\"><h3><span class=\"badge {class}\">{class}</span> {} <span class=\"faint\">{}</span></h3>",
        shown(case.name),
        shown(&case.location.line())
    );
    let mean = load.latency.mean_ms().map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2} ms"));
    let mut figures = vec![
        format!("<b>{}</b> requests", load.total),
        format!("<b>{}</b> failed", load.failed()),
        format!("<b>{:.1}</b> passed a second", load.rps()),
        format!("<b>{:.1}</b> sent a second", load.attempts_rps()),
        format!("mean <b>{mean}</b>"),
        format!("<b>{}</b> retries", load.retries),
        format!("<b>{}</b> at once", load.concurrency),
        format!("<b>{}</b>", time(load.wall)),
    ];
    if let Some(slow) = load.threshold_exceeded {
        figures.push(format!("<b>{slow}</b> over threshold_ms"));
    }
    for (what, times) in
        load.paced.iter().flat_map(|paced| [("service time", &paced.service), ("start lag", &paced.lag)])
    {
        let of = |rank| times.percentile_ms(rank).map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2} ms"));
        figures.push(format!("{what} p50 <b>{}</b> p99 <b>{}</b>", of(50.0), of(99.0)));
    }
    if let Some(dropped) = load.dropped {
        figures.push(format!("<b>{dropped}</b> dropped"));
    }
    let figures: Vec<String> = figures.into_iter().map(|figure| format!("<span>{figure}</span>")).collect();
    let _ = writeln!(out, "<div class=\"figures\">{}</div>", figures.join(""));
    let _ = writeln!(out, "<div class=\"charts\">{}{}</div>", chart::over_time(load), chart::histogram(load));
    out.push_str(&chart::percentiles(load));
    let statuses = load.statuses.iter().map(|(status, count)| format!("{status}: {count}"));
    let errors = load.errors.iter().map(|(kind, count)| format!("{}: {count}", kind.name()));
    let came: Vec<String> = statuses.chain(errors).collect();
    let _ = writeln!(out, "<p class=\"faint\">{}</p>", shown(&came.join(", ")));
    if !load.reasons.is_empty() {
        let reasons: Vec<String> = load.reasons.iter().map(|(reason, count)| format!("{count} × {reason}")).collect();
        let _ = writeln!(out, "<pre>{}</pre>", shown(&reasons.join("\n")));
    }
    if let Some(comparison) = &load.baseline {
        let _ = writeln!(out, "<p>baseline: {}</p>", shown(&compared(comparison)));
    }
    for note in &load.notes {
        let _ = writeln!(out, "<p class=\"faint\">{}</p>", shown(note));
    }
    for doubt in &load.doubts {
        let _ = writeln!(out, "<div class=\"doubt\">suspect: {}</div>", shown(doubt));
    }
    out.push_str("</div>\n");
}

/// A benchmark of PyRestTest's kind: its aggregates are all that it has.
fn benchmark_box(out: &mut String, report: &BenchmarkReport) {
    let _ = writeln!(
        out,
        "<div class=\"load\"><h3>{} <span class=\"faint\">{} · {} requests without an answer</span></h3><table class=\"ranks\">",
        shown(&report.name),
        shown(&report.location.line()),
        report.failures
    );
    for (metric, name, value) in &report.aggregates {
        let value = value.map_or_else(|| "-".to_owned(), |value| figure(*metric, value));
        let _ = writeln!(out, "<tr><td>{} {}</td><td class=\"num\">{value}</td></tr>", metric.name(), shown(name));
    }
    out.push_str("</table></div>\n");
}

/// A metric's value: times in the unit that suits them.
fn figure(metric: Metric, value: f64) -> String {
    let is_time = metric.name().ends_with("_time");
    match Duration::try_from_secs_f64(value).ok().filter(|_| is_time) {
        Some(seconds) => time(seconds),
        None => crate::ground::value::Value::Float(value).to_text(),
    }
}
