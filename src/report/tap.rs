//! `--report-tap`: TAP 13 or 14, with subtests where there is more than one suite.
//!
//! Owns: lines, escapes, YAML diagnostics. Does not: compute anything.
//!
//! Both versions have the same text behind their first line: in 13 the lines of a subtest are indented, so that a
//! reader passes over them, and the point after them stands for all of them.

use std::fmt::Write as _;

use super::case::{Case, cases};
use super::text::body_excerpt;
use crate::ground::printable::one_line;
use crate::record::run_fault::RunFault;
use crate::record::run_record::{RunRecord, Verdict};

const LONGEST_BODY: usize = 2048;

/// The version in the first line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TapVersion {
    /// What Perl's `prove` reads.
    #[default]
    V13,
    /// The newest one.
    V14,
}

impl TapVersion {
    fn number(self) -> u8 {
        match self {
            TapVersion::V13 => 13,
            TapVersion::V14 => 14,
        }
    }
}

/// One test point a test; each suite is a subtest if there are several.
pub fn to_tap(run: &RunRecord, version: TapVersion) -> String {
    let mut out = format!("TAP version {}\n", version.number());
    // What failed or ended the run is a point, too: not every reader stops at the last line.
    let faults = run.faults.as_slice();
    match run.suites.as_slice() {
        [suite] => points(&mut out, "", &cases(suite), faults),
        suites => {
            let _ = writeln!(out, "1..{}", suites.len() + faults.len());
            for (i, suite) in suites.iter().enumerate() {
                let cases = cases(suite);
                let _ = writeln!(out, "# Subtest: {}", one_line(&suite.file));
                points(&mut out, "    ", &cases, &[]);
                let good = cases.iter().all(|case| case.verdict.is_good());
                let ran = cases.iter().any(|case| case.verdict != Verdict::Skipped);
                let directive = match cases.first().and_then(|case| case.skipped) {
                    None if cases.is_empty() => " # SKIP no tests".to_owned(),
                    Some(reason) if !ran => format!(" # SKIP {}", one_line(reason)),
                    _ => String::new(),
                };
                let word = if good { "ok" } else { "not ok" };
                let _ = writeln!(out, "{word} {} - {}{directive}", i + 1, description(&suite.file));
            }
            for (i, fault) in faults.iter().enumerate() {
                let _ = writeln!(out, "not ok {} - {}", suites.len() + i + 1, description(&fault.to_string()));
            }
        }
    }
    if let Some(end) = run.end() {
        let _ = writeln!(out, "Bail out! {}", one_line(&end));
    }
    out
}

fn points(out: &mut String, indent: &str, cases: &[Case<'_>], faults: &[RunFault]) {
    let _ = writeln!(out, "{indent}1..{}", cases.len() + faults.len());
    for (i, case) in cases.iter().enumerate() {
        let word = if case.verdict.is_good() { "ok" } else { "not ok" };
        let group = if case.group.is_empty() { String::new() } else { format!("{}: ", case.group) };
        let directive = case.skipped.map_or_else(String::new, |reason| format!(" # SKIP {}", one_line(reason)));
        let name = description(&format!("{group}{}", case.name));
        let _ = writeln!(out, "{indent}{word} {} - {name}{directive}", i + 1);
        if case.skipped.is_none() {
            diagnostics(out, indent, case);
        }
    }
    for (i, fault) in faults.iter().enumerate() {
        let _ = writeln!(out, "{indent}not ok {} - {}", cases.len() + i + 1, description(&fault.to_string()));
    }
}

/// What stands behind the number: `#` would begin a directive.
fn description(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#").trim().to_owned()
}

/// What a key of the diagnostics holds.
enum Field {
    One(String),
    /// A line each: Perl's reader of YAML knows no other lists, and takes a colon in an item for that of a key.
    List(Vec<String>),
}

fn diagnostics(out: &mut String, indent: &str, case: &Case<'_>) {
    let mut fields: Vec<(&str, Field)> = Vec::new();
    let text = |text: &str| Field::One(quoted(text));
    match case.verdict {
        Verdict::Passed | Verdict::Skipped => {}
        Verdict::Flaky => fields.push(("severity", text("flaky"))),
        Verdict::Failed => fields.push(("severity", text("fail"))),
        Verdict::Errored => fields.push(("severity", text("error"))),
    }
    if !case.verdict.is_good() {
        fields.insert(0, ("message", text(&case.message())));
        fields.push(("type", text(case.kind())));
        fields.push(("at", text(&case.location.line())));
        fields.push(("failures", Field::List(case.lines().iter().map(|line| quoted(line)).collect())));
    }
    if let Some(test) = case.test.filter(|test| test.polls > 0) {
        fields.push(("polls", Field::One(test.polls.to_string())));
    }
    if case.attempts.len() > 1 {
        let came = case.attempts.iter().map(|attempt| match (attempt.status, &attempt.error) {
            (Some(status), _) => quoted(&format!("status {status}")),
            (None, error) => quoted(error.as_deref().unwrap_or("no answer")),
        });
        fields.push(("attempts", Field::List(came.collect())));
    }
    if let Some(test) = case.test.filter(|_| !case.verdict.is_good()) {
        fields.push(("request", text(&format!("{} {}", test.method, test.url))));
        if let Some(body) = body_excerpt(test, LONGEST_BODY) {
            fields.push(("body", text(&body)));
        }
    }
    fields.push(("duration_ms", Field::One(format!("{:.3}", case.duration.as_secs_f64() * 1000.0))));
    let _ = writeln!(out, "{indent}  ---");
    for (name, field) in fields {
        match field {
            Field::One(value) => {
                let _ = writeln!(out, "{indent}  {name}: {value}");
            }
            Field::List(values) => {
                let _ = writeln!(out, "{indent}  {name}:");
                for value in values {
                    let _ = writeln!(out, "{indent}    - {}", value.replace(':', "\\x3a"));
                }
            }
        }
    }
    let _ = writeln!(out, "{indent}  ...");
}

/// A text as JSON writes it, which YAML reads the same; nothing in it can end the block.
fn quoted(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap_or_default();
    // YAML takes these as line ends, JSON does not.
    json.replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
        .replace('\u{7f}', "\\u007f")
}
