//! `--output nagios`: one line with performance figures, and a state.
//!
//! Owns: the line, the four states. Does not: print it.

use std::fmt::Write as _;

use super::case::failed;
use crate::ground::printable::one_line;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::run_record::RunRecord;

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

impl State {
    /// What a run came to.
    pub fn of(run: &RunRecord) -> State {
        let totals = run.totals();
        if run.interrupted {
            State::Unknown
        } else if totals.failures() > 0 || !run.faults.is_empty() {
            State::Critical
        } else if totals.flaky > 0 || slow(run) > 0 {
            State::Warning
        } else {
            State::Ok
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

/// What stands before the figures is shorter than this.
const WIDTH: usize = 80;

/// `RESTTEST CRITICAL: 1 of 3 tests failed: get person | time=0.120s;;;0 …`
pub fn line(run: &RunRecord) -> String {
    let state = State::of(run);
    let totals = run.totals();
    let mut text = match state {
        State::Critical if totals.failures() > 0 => {
            let bad = failed(run);
            let first = bad.first().map_or_else(String::new, |(_, case)| format!(": {}", case.name));
            match totals.failed + totals.errored {
                0 => format!("{} failures besides tests{first}", totals.failures()),
                tests => format!("{tests} of {} {} failed{first}", totals.total, plural(totals.total)),
            }
        }
        State::Critical => run.faults.first().cloned().unwrap_or_default(),
        State::Unknown => format!("interrupted after {} {}", totals.total, plural(totals.total)),
        State::Warning if totals.flaky > 0 => {
            format!("{} of {} {} passed after a retry only", totals.flaky, totals.total, plural(totals.total))
        }
        State::Warning => format!("{} requests were slower than threshold_ms", slow(run)),
        State::Ok => format!("{} {} passed", totals.total, plural(totals.total)),
    };
    text = one_line(&text).replace('|', "/");
    let mut line = format!("RESTTEST {}: {text}", state.name());
    if line.chars().count() >= WIDTH {
        line = line.chars().take(WIDTH - 2).collect::<String>() + "…";
    }
    let _ = write!(
        line,
        " | time={:.3}s;;;0 tests={};;;0 failed={};;0;0 flaky={};0;;0 retries={};;;0",
        run.elapsed.as_secs_f64(),
        totals.total,
        totals.failures(),
        totals.flaky,
        totals.retries
    );
    line + "\n"
}

/// The line of a run that never began.
pub fn unknown(why: &str) -> String {
    let line = format!("RESTTEST UNKNOWN: {}", one_line(why).replace('|', "/"));
    if line.chars().count() < WIDTH { line + "\n" } else { line.chars().take(WIDTH - 2).collect::<String>() + "…\n" }
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
    use super::super::fixture;
    use super::*;
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
            r"^RESTTEST (OK|WARNING|CRITICAL|UNKNOWN): [^|]+ \| (\w+=[0-9.]+(s|)(;[0-9]*)* ?)+\n$",
        )
        .unwrap();
        let passing = of_suite(|suite| suite.tests.retain(|test| test.name == "get person"));
        let flaky = of_suite(|suite| suite.tests.retain(|test| test.passed() && test.load.is_none()));
        let slow = of_suite(|suite| suite.tests.retain(|test| test.load.is_some()));
        let mut interrupted = passing.clone();
        interrupted.interrupted = true;
        let mut faulty = passing.clone();
        faulty.faults.push("30 % retries | too many".to_owned());
        for (run, state, start) in [
            (&passing, State::Ok, "RESTTEST OK: 1 test passed | time=2.500s;;;0 tests=1;;;0 "),
            (&flaky, State::Warning, "RESTTEST WARNING: 1 of 2 tests passed after a retry only | "),
            (&slow, State::Warning, "RESTTEST WARNING: 2 requests were slower than threshold_ms | "),
            (&interrupted, State::Unknown, "RESTTEST UNKNOWN: interrupted after 1 test | "),
            (&faulty, State::Critical, "RESTTEST CRITICAL: 30 % retries / too many | "),
            (&fixture::run(), State::Critical, "RESTTEST CRITICAL: 2 of 6 tests failed: dead.yaml | "),
        ] {
            let line = line(run);
            assert_eq!(State::of(run), state);
            assert!(line.starts_with(start), "{line}");
            assert!(grammar.is_match(&line).unwrap(), "{line}");
            assert!(line.split('|').next().unwrap().trim_end().chars().count() < 80);
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        let run = of_suite(|suite| {
            suite.tests.retain(|test| !test.passed());
            suite.tests[0].name = "é".repeat(200);
        });
        assert!(line(&run).split(" | ").next().unwrap().chars().count() < 80);
        assert!(unknown(&"x".repeat(300)).chars().count() <= 80);
        assert_eq!(unknown("the command line is wrong"), "RESTTEST UNKNOWN: the command line is wrong\n");
    }
}
