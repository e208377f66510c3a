//! `--report-tap`: TAP 14, with subtests where there is more than one suite.
//!
//! Owns: lines, escapes, YAML diagnostics. Does not: compute anything.

use std::fmt::Write as _;

use super::case::{Case, cases};
use super::text::body_excerpt;
use crate::ground::printable::one_line;
use crate::record::run_record::{RunRecord, Verdict};

const LONGEST_BODY: usize = 2048;

/// One test point a test; each suite is a subtest if there are several.
pub fn to_tap(run: &RunRecord) -> String {
    let mut out = String::from("TAP version 14\n");
    match run.suites.as_slice() {
        [suite] => points(&mut out, "", &cases(suite), &run.faults),
        suites => {
            let _ = writeln!(out, "1..{}", suites.len() + run.faults.len());
            for (i, suite) in suites.iter().enumerate() {
                let cases = cases(suite);
                let _ = writeln!(out, "# Subtest: {}", one_line(&suite.file));
                points(&mut out, "    ", &cases, &[]);
                let good = cases.iter().all(|case| case.verdict.is_good());
                let directive = if cases.is_empty() { " # SKIP no tests" } else { "" };
                let word = if good { "ok" } else { "not ok" };
                let _ = writeln!(out, "{word} {} - {}{directive}", i + 1, description(&suite.file));
            }
            for (i, fault) in run.faults.iter().enumerate() {
                let _ = writeln!(out, "not ok {} - {}", suites.len() + i + 1, description(fault));
            }
        }
    }
    if run.interrupted {
        out.push_str("Bail out! interrupted\n");
    }
    out
}

fn points(out: &mut String, indent: &str, cases: &[Case<'_>], faults: &[String]) {
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
        let _ = writeln!(out, "{indent}not ok {} - {}", cases.len() + i + 1, description(fault));
    }
}

/// What stands behind the number: `#` would begin a directive.
fn description(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#").trim().to_owned()
}

fn diagnostics(out: &mut String, indent: &str, case: &Case<'_>) {
    let mut fields: Vec<(&str, String)> = Vec::new();
    match case.verdict {
        Verdict::Passed | Verdict::Skipped => {}
        Verdict::Flaky => fields.push(("severity", quoted("flaky"))),
        Verdict::Failed => fields.push(("severity", quoted("fail"))),
        Verdict::Errored => fields.push(("severity", quoted("error"))),
    }
    if !case.verdict.is_good() {
        fields.insert(0, ("message", quoted(&case.message())));
        fields.push(("type", quoted(case.kind())));
        fields.push(("at", quoted(&case.location.line())));
        fields.push(("failures", list(case.lines().iter().map(|line| quoted(line)))));
    }
    if case.attempts.len() > 1 {
        let came = case.attempts.iter().map(|attempt| match (attempt.status, &attempt.error) {
            (Some(status), _) => quoted(&format!("status {status}")),
            (None, error) => quoted(error.as_deref().unwrap_or("no answer")),
        });
        fields.push(("attempts", list(came)));
    }
    if let Some(test) = case.test.filter(|_| !case.verdict.is_good()) {
        fields.push(("request", quoted(&format!("{} {}", test.method, test.url))));
        if let Some(body) = body_excerpt(test, LONGEST_BODY) {
            fields.push(("body", quoted(&body)));
        }
    }
    fields.push(("duration_ms", format!("{:.3}", case.duration.as_secs_f64() * 1000.0)));
    let _ = writeln!(out, "{indent}  ---");
    for (name, value) in fields {
        let _ = writeln!(out, "{indent}  {name}: {value}");
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

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}
