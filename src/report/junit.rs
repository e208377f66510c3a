//! `--report-junit`: JUnit XML as nextest writes it, which Jenkins and GitLab read, or strictly by Jenkins's schema.
//!
//! Owns: the elements and their order. Does not: compute anything.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::case::{Case, cases};
use super::text::{attribute, body_excerpt, escape, seconds};
use crate::ground::printable::one_line;
use crate::ground::timestamp::rfc3339;
use crate::judge::described::Described;
use crate::judge::outcome::{Attempt, Outcome};
use crate::record::run_record::{RunRecord, SuiteRecord, Verdict};

/// Jenkins keeps every body in memory; GitLab refuses files above 30 MB.
const LONGEST_BODY: usize = 4096;

/// Which attributes and elements there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JunitStyle {
    /// With what GitLab, GitHub and others read besides: files and lines, properties of a test, times of attempts.
    #[default]
    Rich,
    /// Only what the schema of Jenkins's xUnit plugin (`junit-10.xsd`) has.
    Strict,
}

/// One testsuite a suite file, one testcase a test; benchmarks and suites that died are cases, too.
pub fn to_junit(run: &RunRecord, style: JunitStyle) -> String {
    let mut document = Document { out: String::new(), style };
    let mut sum = Counts::default();
    for suite in &run.suites {
        document.testsuite(suite, &mut sum);
    }
    if !run.faults.is_empty() {
        document.faults(run, &mut sum);
    }
    let mut head = format!("tests=\"{}\" failures=\"{}\" errors=\"{}\"", sum.tests, sum.failures, sum.errors);
    if style == JunitStyle::Rich {
        let _ = write!(head, " skipped=\"{}\" disabled=\"0\" timestamp=\"{}\"", sum.skipped, rfc3339(run.started));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"resttest\" {head} time=\"{}\">\n{}</testsuites>\n",
        seconds(run.elapsed),
        document.out
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

    /// Those of a testsuite.
    fn attributes(&self, style: JunitStyle) -> String {
        let disabled = if style == JunitStyle::Rich { " disabled=\"0\"" } else { "" };
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\"{disabled}",
            self.tests, self.failures, self.errors, self.skipped
        )
    }
}

/// The document, as far as it is written.
struct Document {
    out: String,
    style: JunitStyle,
}

impl Document {
    fn is_rich(&self) -> bool {
        self.style == JunitStyle::Rich
    }

    fn testsuite(&mut self, suite: &SuiteRecord, sum: &mut Counts) {
        let cases = cases(suite);
        let counts = Counts::of(&cases);
        let name = attribute(&one_line(&suite.file));
        let _ = write!(self.out, "  <testsuite name=\"{name}\" {}", counts.attributes(self.style));
        sum.add(&counts);
        if let Some(started) = suite.started {
            let _ = write!(self.out, " timestamp=\"{}\"", rfc3339(started));
        }
        let _ = writeln!(self.out, " time=\"{}\">", seconds(suite.elapsed));
        let title = suite.title.clone().map(|title| ("title", title));
        let properties: Vec<(&str, String)> = title.into_iter().chain(guarded(suite)).collect();
        self.properties("    ", &properties);
        // GitLab drops a second case of the same class and name.
        let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
        for case in &cases {
            let times = seen.entry((case.group, case.name)).or_default();
            *times += 1;
            self.testcase(suite, case, *times);
        }
        self.out.push_str("  </testsuite>\n");
    }

    fn testcase(&mut self, suite: &SuiteRecord, case: &Case<'_>, times: usize) {
        let number = if times > 1 { format!(" #{times}") } else { String::new() };
        let class =
            if case.group.is_empty() { suite.file.to_string() } else { format!("{}.{}", suite.file, case.group) };
        let _ = write!(
            self.out,
            "    <testcase name=\"{}{number}\" classname=\"{}\"",
            attribute(&one_line(case.name)),
            attribute(&one_line(&class))
        );
        let mut properties = vec![("file", case.location.file.to_string())];
        if case.location.position.is_known() {
            properties.push(("line", case.location.position.line.to_string()));
        }
        if !case.tags.is_empty() {
            properties.push(("tags", case.tags.join(", ")));
        }
        properties.extend(case.tags.iter().map(|tag| ("tag", tag.clone())));
        let described = case.described.into_iter();
        let of_row = described.clone().flat_map(|described| &described.parameters);
        let rows: Vec<(String, String)> =
            of_row.map(|parameter| (format!("row.{}", parameter.name), parameter.value.clone())).collect();
        properties.extend(rows.iter().map(|(name, value)| (name.as_str(), value.clone())));
        properties.extend(described.flat_map(requirements).map(|requirement| ("requirement", requirement)));
        if let Some(load) = case.measured {
            properties.extend(load.latency.percentile_ms(95.0).map(|ms| ("p95", format!("{ms:.3}"))));
            properties.push(("rps", format!("{:.3}", load.rps())));
            properties.push(("failures", load.failed().to_string()));
        }
        if let Some(test) = case.test.filter(|test| test.polls > 0) {
            properties.push(("polls", test.polls.to_string()));
        }
        properties.extend(case.test.and_then(Outcome::trace_id).map(|trace| ("trace_id", trace.to_owned())));
        let waits: Vec<String> = case.attempts.iter().filter_map(wait).collect();
        if !waits.is_empty() {
            properties.push(("waits", waits.join(", ")));
        }
        if self.is_rich() {
            let _ = write!(self.out, " file=\"{}\"", attribute(&case.location.file));
            if case.location.position.is_known() {
                let _ = write!(self.out, " line=\"{}\"", case.location.position.line);
            }
            if let Some(started) = case.started {
                let _ = write!(self.out, " timestamp=\"{}\"", rfc3339(started));
            }
        }
        let _ = writeln!(self.out, " time=\"{}\">", seconds(case.duration));
        if self.is_rich() {
            self.properties("      ", &properties);
        }
        self.verdict(case);
        if let Some(test) = case.test.filter(|test| !case.verdict.is_good() && !test.url.is_empty()) {
            let _ = writeln!(self.out, "      <system-out>{}</system-out>", escape(&exchange(test)));
        }
        self.out.push_str("    </testcase>\n");
    }

    fn verdict(&mut self, case: &Case<'_>) {
        match case.verdict {
            Verdict::Passed => {}
            Verdict::Skipped => {
                let reason = attribute(&one_line(case.skipped.unwrap_or_default()));
                let _ = writeln!(self.out, "      <skipped message=\"{reason}\"/>");
            }
            Verdict::Flaky => earlier(case.attempts).iter().for_each(|attempt| self.attempt("flakyFailure", attempt)),
            Verdict::Failed | Verdict::Errored => {
                let element = if case.verdict == Verdict::Failed { "failure" } else { "error" };
                let _ = writeln!(
                    self.out,
                    "      <{element} type=\"{}\" message=\"{}\">{}</{element}>",
                    attribute(kind(case)),
                    attribute(&one_line(&case.message())),
                    escape(&case.lines().join("\n"))
                );
                earlier(case.attempts).iter().for_each(|attempt| self.attempt("rerunFailure", attempt));
            }
        }
    }

    fn attempt(&mut self, element: &str, attempt: &Attempt) {
        let (kind, message) = match (attempt.status, &attempt.error) {
            (Some(status), _) => ("retried status", format!("status {status}")),
            (None, Some(error)) => ("no answer", error.clone()),
            (None, None) => ("no answer", "no answer".to_owned()),
        };
        let time = if self.is_rich() { format!(" time=\"{}\"", seconds(attempt.time)) } else { String::new() };
        let _ = writeln!(
            self.out,
            "      <{element} type=\"{kind}\" message=\"{}\"{time}>{}</{element}>",
            attribute(&one_line(&message)),
            escape(&message)
        );
    }

    fn properties(&mut self, indent: &str, properties: &[(&str, String)]) {
        if properties.is_empty() {
            return;
        }
        let _ = writeln!(self.out, "{indent}<properties>");
        for (name, value) in properties {
            let _ =
                writeln!(self.out, "{indent}  <property name=\"{}\" value=\"{}\"/>", attribute(name), attribute(value));
        }
        let _ = writeln!(self.out, "{indent}</properties>");
    }

    /// What failed or ended the run beside its tests, as a suite of its own.
    fn faults(&mut self, run: &RunRecord, sum: &mut Counts) {
        let (tests, errors) = (run.faults.len(), run.faults.iter().filter(|fault| fault.ends_run).count());
        let counts = Counts { tests, failures: tests - errors, errors, skipped: 0 };
        sum.add(&counts);
        let _ = writeln!(self.out, "  <testsuite name=\"resttest\" {} time=\"0.000\">", counts.attributes(self.style));
        for fault in &run.faults {
            let text = fault.to_string();
            let (name, place) = (attribute(&one_line(&text)), fault.location.as_ref());
            let mut at = String::new();
            if let Some(location) = place.filter(|_| self.is_rich()) {
                let _ = write!(at, " file=\"{}\"", attribute(&location.file));
                if location.position.is_known() {
                    let _ = write!(at, " line=\"{}\"", location.position.line);
                }
            }
            let (element, kind) = if fault.ends_run { ("error", "Run Ended") } else { ("failure", "Run Failed") };
            let _ = writeln!(
                self.out,
                "    <testcase name=\"{name}\" classname=\"resttest\"{at} time=\"0.000\">\n      <{element} type=\"{kind}\" message=\"{name}\">{}</{element}>\n    </testcase>",
                escape(&text)
            );
        }
        self.out.push_str("  </testsuite>\n");
    }
}

/// The kind of what was wrong first; a request that an open circuit kept back has a word of its own.
fn kind(case: &Case<'_>) -> &'static str {
    const OPEN: &str = "circuit open";
    if case.failures.first().is_some_and(|failure| failure.message.starts_with(OPEN)) { OPEN } else { case.kind() }
}

/// The requirements that a test is to prove: labels of that name, and links of that type.
fn requirements(described: &Described) -> impl Iterator<Item = String> {
    let labels = described.labels().iter().filter(|(name, _)| name == "requirement").map(|(_, value)| value.clone());
    let links = described.links().iter().filter(|link| link.kind == "requirement");
    labels.chain(links.map(|link| if link.name.is_empty() { link.url.clone() } else { link.name.clone() }))
}

/// What budgets, breakers and rates did in a suite.
fn guarded(suite: &SuiteRecord) -> Vec<(&'static str, String)> {
    let Some(guards) = suite.guards.as_deref() else { return Vec::new() };
    let mut properties = Vec::new();
    if let Some(granted) = guards.granted {
        properties.push(("retry_budget", format!("{granted} granted, {} refused", guards.refused)));
    }
    for breaker in guards.breakers.iter().filter(|breaker| breaker.opened > 0 || breaker.refused > 0) {
        let (origin, opened, refused) = (&breaker.origin, breaker.opened, breaker.refused);
        properties.push(("circuit_breaker", format!("{origin}: opened {opened}, refused {refused}")));
    }
    for rate in &guards.rates {
        properties.push(("rate_limit", format!("{}: {} sends", rate.limit, rate.sends)));
    }
    properties
}

/// The wait after an attempt, with what it is owed to.
fn wait(attempt: &Attempt) -> Option<String> {
    let (delay, reason) = (attempt.delay?, attempt.delay_reason()?);
    Some(format!("{} s {reason}", delay.as_secs_f64()))
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
