//! `--report-junit`: JUnit XML as nextest writes it, which Jenkins and GitLab read.
//!
//! Owns: the elements and their order. Does not: compute anything.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::case::{Case, cases};
use super::text::{attribute, body_excerpt, escape, seconds};
use crate::ground::printable::one_line;
use crate::ground::timestamp::rfc3339;
use crate::judge::outcome::Attempt;
use crate::record::run_record::{RunRecord, SuiteRecord, Verdict};

/// Jenkins keeps every body in memory; GitLab refuses files above 30 MB.
const LONGEST_BODY: usize = 4096;

/// One testsuite a suite file, one testcase a test; benchmarks and suites that died are cases, too.
pub fn to_junit(run: &RunRecord) -> String {
    let mut suites = String::new();
    let mut sum = Counts::default();
    for suite in &run.suites {
        suites.push_str(&testsuite(suite, &mut sum));
    }
    if !run.faults.is_empty() {
        sum.add(&faults(run, &mut suites));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"resttest\" {} timestamp=\"{}\" time=\"{}\">\n{suites}</testsuites>\n",
        sum.attributes(),
        rfc3339(run.started),
        seconds(run.elapsed)
    )
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(cases: &[Case<'_>]) -> Counts {
        let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
        Counts {
            tests: cases.len(),
            failures: count(Verdict::Failed),
            errors: count(Verdict::Errored),
            skipped: count(Verdict::Skipped),
        }
    }

    fn add(&mut self, other: &Counts) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn attributes(&self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" disabled=\"0\"",
            self.tests, self.failures, self.errors, self.skipped
        )
    }
}

fn testsuite(suite: &SuiteRecord, sum: &mut Counts) -> String {
    let cases = cases(suite);
    let counts = Counts::of(&cases);
    let mut out = format!("  <testsuite name=\"{}\" {}", attribute(&one_line(&suite.file)), counts.attributes());
    sum.add(&counts);
    if let Some(started) = suite.started {
        let _ = write!(out, " timestamp=\"{}\"", rfc3339(started));
    }
    let _ = writeln!(out, " time=\"{}\">", seconds(suite.elapsed));
    let properties: Vec<(&str, String)> = suite.title.clone().map(|title| ("title", title)).into_iter().collect();
    write_properties(&mut out, "    ", &properties);
    // GitLab drops a second case of the same class and name.
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    for case in &cases {
        let times = seen.entry((case.group, case.name)).or_default();
        *times += 1;
        testcase(&mut out, suite, case, *times);
    }
    out.push_str("  </testsuite>\n");
    out
}

fn testcase(out: &mut String, suite: &SuiteRecord, case: &Case<'_>, times: usize) {
    let number = if times > 1 { format!(" #{times}") } else { String::new() };
    let class = if case.group.is_empty() { suite.file.to_string() } else { format!("{}.{}", suite.file, case.group) };
    let _ = write!(
        out,
        "    <testcase name=\"{}{number}\" classname=\"{}\" file=\"{}\"",
        attribute(&one_line(case.name)),
        attribute(&one_line(&class)),
        attribute(&case.location.file)
    );
    let mut properties = vec![("file", case.location.file.to_string())];
    if case.location.position.is_known() {
        let _ = write!(out, " line=\"{}\"", case.location.position.line);
        properties.push(("line", case.location.position.line.to_string()));
    }
    if let Some(load) = case.load {
        properties.extend(load.latency.percentile_ms(95.0).map(|ms| ("p95", format!("{ms:.3}"))));
        properties.push(("rps", format!("{:.3}", load.rps())));
        properties.push(("failures", load.failed().to_string()));
    }
    if let Some(started) = case.started {
        let _ = write!(out, " timestamp=\"{}\"", rfc3339(started));
    }
    let _ = writeln!(out, " time=\"{}\">", seconds(case.duration));
    write_properties(out, "      ", &properties);
    match case.verdict {
        Verdict::Passed => {}
        Verdict::Skipped => {
            let reason = attribute(&one_line(case.skipped.unwrap_or_default()));
            let _ = writeln!(out, "      <skipped message=\"{reason}\"/>");
        }
        Verdict::Flaky => {
            for attempt in earlier(case.attempts) {
                attempt_element(out, "flakyFailure", attempt);
            }
        }
        Verdict::Failed | Verdict::Errored => {
            let element = if case.verdict == Verdict::Failed { "failure" } else { "error" };
            let _ = writeln!(
                out,
                "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                attribute(case.kind()),
                attribute(&one_line(&case.message())),
                escape(&case.lines().join("\n"))
            );
            for attempt in earlier(case.attempts) {
                attempt_element(out, "rerunFailure", attempt);
            }
        }
    }
    if !case.verdict.is_good()
        && let Some(test) = case.test
        && !test.url.is_empty()
    {
        let _ = writeln!(out, "      <system-out>{}</system-out>", escape(&exchange(test)));
    }
    out.push_str("    </testcase>\n");
}

/// What was asked and what came, for the page that a CI shows beside a failure.
fn exchange(test: &crate::judge::outcome::Outcome) -> String {
    let mut text = format!("{} {}", test.method, test.url);
    if let Some(status) = test.status {
        let _ = write!(text, "\n{status}");
    }
    for (name, value) in test.headers.iter().flatten() {
        let _ = write!(text, "\n{name}: {value}");
    }
    if let Some(body) = body_excerpt(test, LONGEST_BODY) {
        let _ = write!(text, "\n\n{body}");
    }
    text
}

/// The sends that were followed by another.
fn earlier(attempts: &[Attempt]) -> &[Attempt] {
    attempts.split_last().map_or(&[], |(_, earlier)| earlier)
}

fn attempt_element(out: &mut String, element: &str, attempt: &Attempt) {
    let (kind, message) = match (attempt.status, &attempt.error) {
        (Some(status), _) => ("retried status", format!("status {status}")),
        (None, Some(error)) => ("no answer", error.clone()),
        (None, None) => ("no answer", "no answer".to_owned()),
    };
    let _ = writeln!(
        out,
        "      <{element} type=\"{kind}\" message=\"{0}\" time=\"{1}\">{2}</{element}>",
        attribute(&one_line(&message)),
        seconds(attempt.time),
        escape(&message)
    );
}

fn write_properties(out: &mut String, indent: &str, properties: &[(&str, String)]) {
    if properties.is_empty() {
        return;
    }
    let _ = writeln!(out, "{indent}<properties>");
    for (name, value) in properties {
        let _ = writeln!(out, "{indent}  <property name=\"{name}\" value=\"{}\"/>", attribute(value));
    }
    let _ = writeln!(out, "{indent}</properties>");
}

/// What failed the run beside its tests, as a suite of its own.
fn faults(run: &RunRecord, out: &mut String) -> Counts {
    let counts = Counts { tests: run.faults.len(), failures: run.faults.len(), ..Counts::default() };
    let _ = writeln!(out, "  <testsuite name=\"resttest\" {} time=\"0.000\">", counts.attributes());
    for fault in &run.faults {
        let text = attribute(&one_line(fault));
        let _ = writeln!(
            out,
            "    <testcase name=\"{text}\" classname=\"resttest\" time=\"0.000\">\n      <failure type=\"Run Failed\" message=\"{text}\">{}</failure>\n    </testcase>",
            escape(fault)
        );
    }
    out.push_str("  </testsuite>\n");
    counts
}
