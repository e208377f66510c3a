//! What GitHub shows beside a change: annotations, and a summary in Markdown.
//!
//! Owns: the workflow commands with their escapes, the summary's text. Does not: print, know files.

use std::fmt::Write as _;

use super::case::{Case, cases, failed};
use super::text::time;
use crate::ground::printable::{lines, one_line};
use crate::record::run_record::{RunRecord, Verdict};

/// GitHub shows no more of each kind for a step.
const MOST: usize = 10;

/// Lines for the step's output: an error for each failure, a warning for each flaky test.
pub fn annotations(run: &RunRecord) -> String {
    let mut out = String::new();
    let bad = failed(run);
    for (_, case) in bad.iter().take(MOST) {
        annotation(&mut out, "error", case, &case.lines().join("\n"));
    }
    if bad.len() > MOST {
        let _ = writeln!(out, "resttest: {} more failures without an annotation", bad.len() - MOST);
    }
    for fault in &run.faults {
        let place = fault.location.as_ref().map_or_else(String::new, |place| {
            let mut text = format!("file={},", property(&place.file));
            if place.position.is_known() {
                let _ = write!(text, "line={},col={},", place.position.line, place.position.column);
            }
            text
        });
        let _ = writeln!(out, "::error {place}title=resttest::{}", message(&lines(&fault.message)));
    }
    let all = run.suites.iter().flat_map(cases);
    let flaky: Vec<Case<'_>> = all.filter(|case| case.verdict == Verdict::Flaky).collect();
    for case in flaky.iter().take(MOST) {
        annotation(&mut out, "warning", case, &format!("flaky: it passed at attempt {}", case.attempts.len()));
    }
    if flaky.len() > MOST {
        let _ = writeln!(out, "resttest: {} more flaky tests without an annotation", flaky.len() - MOST);
    }
    out
}

fn annotation(out: &mut String, command: &str, case: &Case<'_>, text: &str) {
    // The assertion's own line is better than the test's.
    let place = case.failures.first().map_or(&case.location, |failure| &failure.location);
    let _ = write!(out, "::{command} file={}", property(&place.file));
    if place.position.is_known() {
        let _ = write!(out, ",line={},col={}", place.position.line, place.position.column);
    }
    let _ = writeln!(out, ",title={}::{}", property(&one_line(case.name)), message(&lines(text)));
}

fn message(text: &str) -> String {
    // What other systems would take for a command of theirs stands apart.
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "## [")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

/// How many failures the summary lists.
const MOST_LISTED: usize = 50;

/// Markdown for `$GITHUB_STEP_SUMMARY`.
pub fn summary(run: &RunRecord) -> String {
    let totals = run.totals();
    let mark = if run.succeeded() { "✅" } else { "❌" };
    let mut out = format!(
        "## {mark} resttest: {} of {} tests passed\n\n| suite | passed | failed | errored | flaky | skipped | retries | time |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
        totals.passed, totals.total
    );
    for suite in &run.suites {
        let totals = suite.totals();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&suite.file),
            totals.passed,
            totals.failed,
            totals.errored,
            totals.flaky,
            totals.skipped,
            totals.retries,
            time(suite.elapsed)
        );
    }
    let bad = failed(run);
    if !bad.is_empty() || !run.faults.is_empty() {
        out.push_str("\n| failure | where | why |\n|---|---|---|\n");
    }
    for (_, case) in bad.iter().take(MOST_LISTED) {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            cell(case.name),
            cell(&case.location.line()),
            case.lines().iter().map(|line| cell(line)).collect::<Vec<_>>().join("<br>")
        );
    }
    if bad.len() > MOST_LISTED {
        let _ = writeln!(out, "| … | | {} more |", bad.len() - MOST_LISTED);
    }
    for fault in &run.faults {
        let _ = writeln!(out, "| the run | | {} |", cell(&fault.to_string()));
    }
    if run.interrupted {
        out.push_str("\nThe run was interrupted.\n");
    }
    out
}

/// A text that is no Markdown and no HTML, in one cell of a table.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '!' | '$' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn annotations_point_at_the_assertion() {
        let text = annotations(&fixture::run());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "::error file=dead.yaml,title=dead.yaml::its process was killed by signal 9 <&>");
        assert_eq!(
            lines[1],
            "::error file=smoke.yaml,line=21,col=9,title=wrong%3A 100%25%2C <b>bad</b> ]]> \\ # é::smoke.yaml:21: jsonpath_mini \"login\" eq: expected \"a|b\", got \"]]>\"%0A  one%0A  two%0Asmoke.yaml:22: expected <script>alert(1)</script>"
        );
        assert!(lines.iter().all(|line| line.starts_with("::error ") || line.starts_with("::warning ")));
        assert!(lines.last().unwrap().ends_with("title=sometimes::flaky: it passed at attempt 3"), "{text}");
        assert!(!text.contains(fixture::SECRET));
    }

    #[test]
    fn more_than_ten_are_counted() {
        let mut run = fixture::run();
        let wrong = run.suites[0].tests[2].clone();
        run.suites[0].tests.extend(std::iter::repeat_n(wrong, 20));
        let text = annotations(&run);
        assert_eq!(text.matches("::error ").count(), 10);
        assert!(text.contains("\nresttest: 14 more failures without an annotation\n"), "{text}");
    }

    #[test]
    fn the_summary_is_tables() {
        let text = summary(&fixture::run());
        assert!(text.starts_with("## ❌ resttest: 4 of 6 tests passed\n\n| suite |"));
        assert!(text.contains("| smoke.yaml | 3 | 1 | 1 | 1 | 0 | 3 | 2.000 s |"), "{text}");
        assert!(!text.contains("<script>") && !text.contains(fixture::SECRET), "{text}");
        let unescaped = |line: &str| line.replace("\\|", "").matches('|').count();
        let widths: Vec<usize> = text.lines().filter(|line| line.starts_with('|')).map(unescaped).collect();
        assert_eq!(widths, [9, 9, 9, 9, 9, 4, 4, 4, 4, 4, 4]);
    }
}
