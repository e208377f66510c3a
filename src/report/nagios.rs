//! `--output nagios`: a line with performance figures, more lines with the other reasons, and a state.
//!
//! Owns: the lines, the four states. Does not: print them.

use std::fmt::Write as _;
use std::time::Duration;

use super::case::failed;
use crate::ground::printable::one_line;
use crate::judge::outcome::Outcome;
use crate::record::alert::Severity;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::run_record::{RunRecord, Totals};

/// The states of a Nagios check, with their exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All is well.
    Ok = 0,
    /// It works, but not as it should: a test was flaky, or slower than `threshold_ms`.
    Warning = 1,
    /// A test failed.
    Critical = 2,
    /// There was nothing to judge: a wrong command line, a broken suite, an interrupt.
    Unknown = 3,
}

/// Response times above which a check is worse than its answer says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseLimits {
    /// Above it, a warning.
    pub warning: Option<Duration>,
    /// Above it, critical.
    pub critical: Option<Duration>,
}

impl ResponseLimits {
    /// The limit that the slowest answer of a run exceeds, with its state and that answer's time.
    fn exceeded(self, run: &RunRecord) -> Option<(State, Duration, Duration)> {
        let time = slowest(run)?;
        let over = |limit: Option<Duration>| limit.filter(|limit| time > *limit);
        let critical = over(self.critical).map(|limit| (State::Critical, limit, time));
        critical.or_else(|| over(self.warning).map(|limit| (State::Warning, limit, time)))
    }

    /// How bad the slowest answer of a run is, if it exceeds a limit.
    pub fn exceeded_by(self, run: &RunRecord) -> Option<Severity> {
        let (state, ..) = self.exceeded(run)?;
        Some(if state == State::Warning { Severity::Warning } else { Severity::Critical })
    }

    fn is_set(self) -> bool {
        self != ResponseLimits::default()
    }
}

impl State {
    /// What a run came to.
    pub fn of(run: &RunRecord, limits: ResponseLimits) -> State {
        let totals = run.totals();
        let exceeded = limits.exceeded(run).map(|(state, ..)| state);
        if run.end().is_some() {
            State::Unknown
        } else if totals.failures() > 0 || !run.faults.is_empty() {
            State::Critical
        } else if let Some(state) = exceeded {
            state
        } else if totals.flaky > 0 || slow(run) > 0 {
            State::Warning
        } else {
            State::Ok
        }
    }

    /// What is told of a run: what it came to, or where only so many runs in a row count, what these came to.
    pub fn held(run: &RunRecord, limits: ResponseLimits) -> State {
        match run.alert.as_ref().map(|alert| alert.severity()) {
            None => State::of(run, limits),
            Some(None) => State::Ok,
            Some(Some(Severity::Warning)) => State::Warning,
            Some(Some(Severity::Critical)) => State::Critical,
        }
    }

    /// The word in the line.
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "OK",
            State::Warning => "WARNING",
            State::Critical => "CRITICAL",
            State::Unknown => "UNKNOWN",
        }
    }
}

/// What stands before the figures is no longer than this; the lines behind it are whole.
const WIDTH: usize = 250;

/// So many reasons are told; systems that read the lines keep a few kilobytes of them.
const MOST_REASONS: usize = 20;

/// A line behind the first is no longer than this.
const LONGEST_REASON: usize = 400;

/// `RESTTEST CRITICAL: 1 of 3 tests failed: get person: expected status 200, got 404 | time=0.120s;;;0 …`, and a line for
/// each reason.
pub fn text(run: &RunRecord, limits: ResponseLimits) -> String {
    let state = State::of(run, limits);
    let totals = run.totals();
    let summary = match limits.exceeded(run).filter(|_| is_exceeded_only(run)) {
        Some((_, limit, time)) => format!(
            "answered in {:.3} s, which is above {} s; {} {} passed",
            time.as_secs_f64(),
            limit.as_secs_f64(),
            totals.total,
            plural(totals.total)
        ),
        None => summary(run, state, totals),
    };
    let held = State::held(run, limits);
    let mut out = cut(&format!("RESTTEST {}: {}{}", held.name(), over_others(run), plain(&summary)), WIDTH);
    if !run.suites.is_empty() {
        let _ = write!(
            out,
            " | {} tests={};;;0 failed={};;0;0 flaky={};0;;0 retries={};;;0",
            time(run, limits),
            totals.total,
            totals.failures(),
            totals.flaky,
            totals.retries
        );
    }
    out.push('\n');
    let reasons = reasons(run);
    // One that stands in the first line as a whole is not told twice.
    if reasons.len() > 1 || reasons.first().is_some_and(|reason| !out.contains(reason.as_str())) {
        for reason in reasons.iter().take(MOST_REASONS) {
            let _ = writeln!(out, "{}", cut(reason, LONGEST_REASON));
        }
        if reasons.len() > MOST_REASONS {
            let _ = writeln!(out, "… {} more", reasons.len() - MOST_REASONS);
        }
    }
    out
}

/// What a run came to over those before it, where that is to be told: `failure 1 of 3 in a row is held back: `.
fn over_others(run: &RunRecord) -> String {
    let alert = run.alert.as_ref();
    let told = alert.and_then(|alert| alert.told().filter(|_| alert.is_held_back()));
    let all = [told, alert.and_then(|alert| alert.flapping())];
    all.into_iter().flatten().map(|told| format!("{told}: ")).collect()
}

/// The figure of time: the run's, or where there are limits on it the slowest answer's, with the limits.
fn time(run: &RunRecord, limits: ResponseLimits) -> String {
    match slowest(run).filter(|_| limits.is_set()) {
        Some(time) => {
            let bound = |limit: Option<Duration>| limit.map_or_else(String::new, |s| s.as_secs_f64().to_string());
            let (warning, critical) = (bound(limits.warning), bound(limits.critical));
            format!("time={:.3}s;{warning};{critical};0", time.as_secs_f64())
        }
        None => format!("time={:.3}s;;;0", run.elapsed.as_secs_f64()),
    }
}

/// Whether nothing but the time of an answer can be wrong with a run.
fn is_exceeded_only(run: &RunRecord) -> bool {
    run.end().is_none() && run.totals().failures() == 0 && run.faults.is_empty()
}

/// The response time of the slowest test.
fn slowest(run: &RunRecord) -> Option<Duration> {
    run.suites.iter().flat_map(|suite| &suite.tests).filter_map(Outcome::response_time).max()
}

/// What the first line says.
fn summary(run: &RunRecord, state: State, totals: Totals) -> String {
    match state {
        State::Unknown => {
            let end = run.end().unwrap_or_default();
            let count = totals.total;
            if run.interrupted { format!("{end}, after {count} {}", plural(count)) } else { end }
        }
        State::Critical if totals.failures() > 0 => {
            let bad = failed(run);
            let first =
                bad.first().map_or_else(String::new, |(_, case)| format!(": {}: {}", case.name, case.message()));
            match totals.failed + totals.errored {
                0 => format!("{} failures besides tests{first}", totals.failures()),
                tests => format!("{tests} of {} {} failed{first}", totals.total, plural(totals.total)),
            }
        }
        State::Critical => run.faults.first().map(ToString::to_string).unwrap_or_default(),
        State::Warning if totals.flaky > 0 => {
            format!("{} of {} {} passed after a retry only", totals.flaky, totals.total, plural(totals.total))
        }
        State::Warning => format!("{} requests were slower than threshold_ms", slow(run)),
        State::Ok => format!("{} {} passed", totals.total, plural(totals.total)),
    }
}

/// Everything that was wrong, a line each.
fn reasons(run: &RunRecord) -> Vec<String> {
    let faults = run.faults.iter().map(|fault| plain(&fault.to_string()));
    let of_cases = failed(run).into_iter().map(|(_, case)| {
        let (place, name) = (case.location.line(), case.name);
        let name = if *name == *place { String::new() } else { format!(" {name}:") };
        plain(&format!("{place}:{name} {}", case.message()))
    });
    faults.chain(of_cases).collect()
}

/// A line without what begins the figures.
fn plain(text: &str) -> String {
    one_line(text).replace('|', "/")
}

fn cut(line: &str, width: usize) -> String {
    match line.char_indices().nth(width) {
        None => line.to_owned(),
        Some(_) => line.chars().take(width - 1).collect::<String>() + "…",
    }
}

/// Answers that were slower than `threshold_ms`.
fn slow(run: &RunRecord) -> u64 {
    let tests = run.suites.iter().flat_map(|suite| &suite.tests).filter_map(|test| test.load.as_deref());
    let benchmarks = run.suites.iter().flat_map(|suite| &suite.benchmarks).filter_map(BenchmarkReport::shown_load);
    tests.chain(benchmarks).filter_map(|load| load.threshold_exceeded).sum()
}

fn plural(count: u64) -> &'static str {
    if count == 1 { "test" } else { "tests" }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::fixture;
    use super::*;
    use crate::record::alert::{AlertRule, AlertState, FailedRun};
    use crate::record::run_fault::RunFault;
    use crate::record::run_record::SuiteRecord;

    fn of_suite(change: impl Fn(&mut SuiteRecord)) -> RunRecord {
        let mut run = fixture::run();
        run.suites.truncate(1);
        run.suites[0].benchmarks.clear();
        change(&mut run.suites[0]);
        run
    }

    #[test]
    fn each_state_has_its_line() {
        let grammar = fancy_regex::Regex::new(
            r"^RESTTEST (OK|WARNING|CRITICAL|UNKNOWN): [^|]+ \| (\w+=[0-9.]+(s|)(;[0-9]*)* ?)+\n([^|]+\n)*$",
        )
        .unwrap();
        let passing = of_suite(|suite| suite.tests.retain(|test| test.name == "get person"));
        let flaky = of_suite(|suite| suite.tests.retain(|test| test.passed() && test.load.is_none()));
        let slow = of_suite(|suite| suite.tests.retain(|test| test.load.is_some()));
        let failed = of_suite(|suite| suite.tests.retain(|test| test.load.is_none()));
        let mut interrupted = passing.clone();
        interrupted.interrupted = true;
        let mut faulty = passing.clone();
        faulty.faults.push(RunFault::found("30 % retries | too many"));
        for (run, state, start, lines) in [
            (&passing, State::Ok, "RESTTEST OK: 1 test passed | time=2.500s;;;0 tests=1;;;0 ", 1),
            (&flaky, State::Warning, "RESTTEST WARNING: 1 of 2 tests passed after a retry only | ", 1),
            (&slow, State::Warning, "RESTTEST WARNING: 2 requests were slower than threshold_ms | ", 1),
            (&interrupted, State::Unknown, "RESTTEST UNKNOWN: interrupted, after 1 test | ", 1),
            (&faulty, State::Critical, "RESTTEST CRITICAL: 30 % retries / too many | ", 1),
            (&failed, State::Critical, "RESTTEST CRITICAL: 2 of 4 tests failed: wrong: 100%, ", 3),
            (
                &fixture::run(),
                State::Unknown,
                "RESTTEST UNKNOWN: dead.yaml: its process was killed by signal 9 <&> | ",
                5,
            ),
        ] {
            let text = text(run, ResponseLimits::default());
            assert_eq!(State::of(run, ResponseLimits::default()), state);
            assert!(text.starts_with(start), "{text}");
            assert!(grammar.is_match(&text).unwrap(), "{text}");
            assert_eq!(text.lines().count(), lines, "{text}");
        }
        assert!(
            text(&failed, ResponseLimits::default()).ends_with("smoke.yaml:30: refused: connection refused\n"),
            "{}",
            text(&failed, ResponseLimits::default())
        );
    }

    #[test]
    fn while_a_change_is_held_back_the_state_stays() {
        let passing = of_suite(|suite| suite.tests.retain(|test| test.name == "get person"));
        let flaky = of_suite(|suite| suite.tests.retain(|test| test.passed() && test.load.is_none()));
        let failed = of_suite(|suite| suite.tests.retain(|test| test.load.is_none()));
        let rule = AlertRule { fail_after: NonZeroU32::new(2).unwrap(), recover_after: NonZeroU32::new(2).unwrap() };
        let mut state = AlertState::default();
        for (run, code, told, start) in [
            (&failed, 2, State::Ok, "RESTTEST OK: failure 1 of 2 in a row is held back: 2 of 4 tests failed: wrong"),
            (&failed, 2, State::Critical, "RESTTEST CRITICAL: 2 of 4 tests failed: wrong: 100%, "),
            (&passing, 0, State::Critical, "RESTTEST CRITICAL: success 1 of 2 in a row is held back: 1 test passed | "),
            (&flaky, 0, State::Ok, "RESTTEST OK: 1 of 2 tests passed after a retry only | "),
        ] {
            let failed = (code > 0).then_some(FailedRun { code, severity: Severity::Critical });
            let verdict = state.after(failed, rule);
            state = verdict.state.clone();
            let mut run = run.clone();
            run.alert = Some(Box::new(verdict));
            let text = text(&run, ResponseLimits::default());
            assert_eq!(State::held(&run, ResponseLimits::default()), told);
            assert!(text.starts_with(start), "{text}");
        }
    }

    #[test]
    fn what_is_long_is_cut_and_what_never_began_has_no_figures() {
        let run = of_suite(|suite| {
            suite.tests.retain(|test| !test.passed());
            suite.tests[0].name = "é".repeat(2000);
        });
        assert_eq!(text(&run, ResponseLimits::default()).split(" | ").next().unwrap().chars().count(), WIDTH);
        let mut run = fixture::nothing();
        run.faults.push(RunFault::ended("s.yaml:3:5: unknown key \"tset\""));
        assert_eq!(text(&run, ResponseLimits::default()), "RESTTEST UNKNOWN: s.yaml:3:5: unknown key \"tset\"\n");
    }
}
