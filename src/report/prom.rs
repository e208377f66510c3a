//! `--report-prom`: a Prometheus textfile for node_exporter.
//!
//! Owns: names, HELP and TYPE once a family, escapes. Does not: label anything that has no bound (no
//! test names, URLs, error texts), write timestamps.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use super::case::cases;
use crate::ground::printable::lines;
use crate::judge::outcome::Outcome;
use crate::load::summary::{Latency, LoadSummary};
use crate::record::alert::AlertVerdict;
use crate::record::run_record::{RunRecord, SuiteRecord, Verdict};

/// One family: name, help, samples as labels and value.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

/// The bounds of the buckets of response times in microseconds, as most clients of Prometheus have them.
const BOUNDS: [u64; 11] =
    [5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000];

/// The run as gauges, and its load runs as histograms: they tell of the last run, whatever it did.
pub fn to_prometheus(run: &RunRecord) -> String {
    let mut out = String::new();
    for family in families(run).iter().filter(|family| !family.samples.is_empty()) {
        let _ = writeln!(out, "# HELP {} {}\n# TYPE {0} gauge", family.name, family.help);
        for (labels, value) in &family.samples {
            let _ = writeln!(out, "{}{} {value}", family.name, written(labels));
        }
    }
    histograms(run, &mut out);
    out
}

fn written(labels: &[(&str, String)]) -> String {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) }
}

/// The response times of load runs: how many came within each bound; of runs with the same labels all together.
fn histograms(run: &RunRecord, out: &mut String) {
    const NAME: &str = "resttest_load_duration_seconds";
    let mut loads: BTreeMap<[String; 3], Latency> = BTreeMap::new();
    for suite in &run.suites {
        for case in cases(suite) {
            if let Some(load) = case.measured {
                let labels = [suite.file.to_string(), case.group.to_owned(), case.name.to_owned()];
                loads.entry(labels).or_default().merge(&load.latency);
            }
        }
    }
    if !loads.is_empty() {
        let _ = writeln!(out, "# HELP {NAME} Response times of a load run.\n# TYPE {NAME} histogram");
    }
    for ([suite, group, test], latency) in loads {
        let mut labels = vec![("suite", suite), ("group", group), ("test", test)];
        let own = written(&labels);
        let exact = latency.exact();
        labels.push(("le", String::new()));
        let within = BOUNDS.iter().map(|bound| ((*bound as f64 / 1e6).to_string(), latency.count_within(*bound)));
        for (bound, count) in within.chain([("+Inf".to_owned(), exact.count)]) {
            labels[3].1 = bound;
            let _ = writeln!(out, "{NAME}_bucket{} {count}", written(&labels));
        }
        let _ = writeln!(out, "{NAME}_sum{own} {}\n{NAME}_count{own} {}", exact.sum.as_secs_f64(), exact.count);
    }
}

fn families(run: &RunRecord) -> Vec<Family> {
    let of_run = |name, help, value| Family { name, help, samples: vec![(Vec::new(), value)] };
    let alert = run.alert.as_deref();
    let success = alert.map_or(run.succeeded(), |alert| alert.code() == 0);
    let exit_code = alert.map(AlertVerdict::code).or(run.exit_code);
    let truth = |is: bool| f64::from(u8::from(is));
    let ended = run.started.checked_add(run.elapsed).unwrap_or(run.started);
    let mut families = vec![
        of_run("resttest_success", "Whether the last run succeeded.", truth(success)),
        Family {
            name: "resttest_exit_code",
            help: "What the last run exited with; 0 is success.",
            samples: exit_code.map(|code| (Vec::new(), f64::from(code))).into_iter().collect(),
        },
        of_run("resttest_duration_seconds", "How long the last run took.", run.elapsed.as_secs_f64()),
        of_run(
            "resttest_last_run_timestamp_seconds",
            "When the last run ended, in seconds since 1970.",
            ended.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as f64 / 1000.0,
        ),
    ];
    if let Some(alert) = alert {
        families.extend([
            of_run(
                "resttest_run_success",
                "Whether the last run itself succeeded, if it changed the state or not.",
                truth(run.succeeded()),
            ),
            of_run(
                "resttest_flapping",
                "Whether more than 4 of the last 10 runs came out otherwise than the one before.",
                truth(alert.state.is_flapping()),
            ),
        ]);
    }
    // A file that was run twice is one series.
    let mut suites: BTreeMap<&str, Vec<&SuiteRecord>> = BTreeMap::new();
    for suite in &run.suites {
        suites.entry(&suite.file).or_default().push(suite);
    }
    let mut of_suite = |name, help, value: fn(&SuiteRecord) -> f64| {
        let samples = suites.iter().map(|(file, suites)| {
            (vec![("suite", (*file).to_owned())], suites.iter().map(|suite| value(suite)).sum::<f64>())
        });
        families.push(Family { name, help, samples: samples.collect() });
    };
    of_suite("resttest_suite_failures", "Tests, benchmarks and processes of a suite that failed.", |suite| {
        suite.totals().failures() as f64
    });
    of_suite("resttest_suite_duration_seconds", "How long a suite took.", |suite| suite.elapsed.as_secs_f64());
    of_suite("resttest_requests", "Requests of a suite, however often each was sent.", |suite| {
        suite.totals().requests as f64
    });
    of_suite("resttest_retries", "Repeated sends of a suite.", |suite| suite.totals().retries as f64);
    let has_budget = |suite: &SuiteRecord| {
        suite.guards.as_ref().is_some_and(|guards| guards.granted.is_some() || !guards.breakers.is_empty())
    };
    if run.suites.iter().any(has_budget) {
        let refused = |suite: &SuiteRecord| suite.guards.as_ref().map_or(0, |guards| guards.refused) as f64;
        of_suite("resttest_retries_refused", "Retries of a suite that the budget refused.", refused);
    }
    let sends = |suite: &SuiteRecord| {
        let rates = suite.guards.iter().flat_map(|guards| &guards.rates);
        rates.map(|rate| rate.sends).sum::<u64>() as f64
    };
    if run.guards().is_some_and(|guards| !guards.rates.is_empty()) {
        of_suite("resttest_rate_limited_sends", "Sends of a suite that went out under a rate limit.", sends);
    }
    of_suite("resttest_flaky_tests", "Tests of a suite that passed after a retry.", |suite| {
        suite.totals().flaky as f64
    });
    of_suite("resttest_skipped_tests", "Tests of a suite that did not run.", |suite| suite.totals().skipped as f64);
    families.extend(of_breakers(run));
    families.extend(of_groups(&suites));
    families.extend(of_loads(&suites));
    families
}

/// Origins have a bound: those that suites name.
fn of_breakers(run: &RunRecord) -> Option<Family> {
    let breakers = run.guards()?.breakers;
    if breakers.is_empty() {
        return None;
    }
    let samples = breakers
        .iter()
        .map(|breaker| (vec![("origin", breaker.origin.to_string())], f64::from(u8::from(breaker.is_open))));
    Some(Family {
        name: "resttest_circuit_open",
        help: "Whether the circuit of an origin was open at the end of the last run.",
        samples: samples.collect(),
    })
}

/// What a group of a suite came to.
#[derive(Default)]
struct GroupFigures {
    passed: u64,
    failed: u64,
    errored: u64,
    time: Duration,
    answered: u32,
}

impl GroupFigures {
    fn add(&mut self, outcome: &Outcome) {
        match Verdict::of(outcome) {
            // No outcome is of a test that did not run.
            Verdict::Passed | Verdict::Flaky | Verdict::Skipped => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Errored => self.errored += 1,
        }
        if let Some(time) = outcome.response_time() {
            self.time += time;
            self.answered += 1;
        }
    }
}

fn of_groups(suites: &BTreeMap<&str, Vec<&SuiteRecord>>) -> [Family; 2] {
    let mut groups: BTreeMap<(&str, &str), GroupFigures> = BTreeMap::new();
    for (file, suites) in suites {
        for outcome in suites.iter().flat_map(|suite| &suite.tests) {
            groups.entry((file, &outcome.group)).or_default().add(outcome);
        }
    }
    let labels = |(suite, group): &(&str, &str)| vec![("suite", (*suite).to_owned()), ("group", (*group).to_owned())];
    let tests = groups.iter().flat_map(|(place, figures)| {
        [("passed", figures.passed), ("failed", figures.failed), ("errored", figures.errored)].map(|(result, count)| {
            let mut labels = labels(place);
            labels.push(("result", result.to_owned()));
            (labels, count as f64)
        })
    });
    let answered = groups.iter().filter(|(_, figures)| figures.answered > 0);
    let times =
        answered.map(|(place, figures)| (labels(place), figures.time.as_secs_f64() / f64::from(figures.answered)));
    [
        Family { name: "resttest_tests", help: "Tests by what they came to.", samples: tests.collect() },
        Family {
            name: "resttest_response_time_mean_seconds",
            help: "Mean response time of the answered tests.",
            samples: times.collect(),
        },
    ]
}

/// The figures of load runs; of several with one name in a suite, the last one's.
fn of_loads(suites: &BTreeMap<&str, Vec<&SuiteRecord>>) -> Vec<Family> {
    let mut loads: BTreeMap<(String, String), &LoadSummary> = BTreeMap::new();
    for (file, suites) in suites {
        for suite in suites {
            for case in cases(suite) {
                if let Some(load) = case.load {
                    loads.insert(((*file).to_owned(), case.name.to_owned()), load);
                }
            }
        }
    }
    let gauge = |name, help, value: &dyn Fn(&LoadSummary) -> Option<f64>| Family {
        name,
        help,
        samples: loads
            .iter()
            .filter_map(|((suite, test), load)| {
                Some((vec![("suite", suite.clone()), ("test", test.clone())], value(load)?))
            })
            .collect(),
    };
    let rank = |rank: f64| move |load: &LoadSummary| load.latency.percentile_ms(rank).map(|ms| ms / 1000.0);
    vec![
        gauge("resttest_load_requests", "Requests of a load run.", &|load| Some(load.total as f64)),
        gauge("resttest_load_failures", "Requests of a load run that failed.", &|load| Some(load.failed() as f64)),
        gauge("resttest_load_requests_per_second", "Passed answers a second of a load run.", &|load| Some(load.rps())),
        gauge("resttest_load_dropped", "Requests of a load run that were due and never sent.", &|load| {
            load.dropped.map(|dropped| dropped as f64)
        }),
        gauge("resttest_load_response_time_p50_seconds", "Median response time of a load run.", &rank(50.0)),
        gauge("resttest_load_response_time_p95_seconds", "95th percentile of the response times.", &rank(95.0)),
        gauge("resttest_load_response_time_p99_seconds", "99th percentile of the response times.", &rank(99.0)),
    ]
}

fn escape(text: &str) -> String {
    lines(text).replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use std::collections::HashSet;

    /// The grammar of the text format, line by line.
    #[test]
    fn every_line_is_of_the_grammar() {
        let name = "[a-zA-Z_:][a-zA-Z0-9_:]*";
        let label = r#"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*""#;
        let comment =
            fancy_regex::Regex::new(&format!("^# (HELP {name} .+|TYPE {name} (?:gauge|histogram))$")).unwrap();
        let value = r"(?:[+-]?[0-9.]+(?:e-?[0-9]+)?)";
        let sample = fancy_regex::Regex::new(&format!(r"^({name})(\{{{label}(?:,{label})*\}})? {value}$")).unwrap();
        let text = to_prometheus(&fixture::run());
        let (mut families, mut series) = (HashSet::new(), HashSet::new());
        let mut current = String::new();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if line.starts_with('#') {
                assert!(comment.is_match(line).unwrap(), "{line}");
                if let Some(rest) = line.strip_prefix("# TYPE ") {
                    current = rest.split(' ').next().unwrap().to_owned();
                    assert!(families.insert(current.clone()), "{current} twice");
                }
                continue;
            }
            let found = sample.captures(line).unwrap().unwrap_or_else(|| panic!("{line}"));
            let family = found.get(1).unwrap().as_str();
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| family.strip_suffix(end))
                .filter(|base| *base == current)
                .unwrap_or(family);
            assert_eq!(family, current, "a family is in one piece");
            assert!(series.insert(line.rsplit_once(' ').unwrap().0.to_owned()), "{line} twice");
        }
        assert!(text.contains("resttest_success 0\n") && !text.contains(fixture::SECRET));
        assert!(
            text.contains("resttest_tests{suite=\"smoke.yaml\",group=\"Person \\\"x\\\"\",result=\"passed\"} 2\n"),
            "{text}"
        );
        assert!(text.contains("resttest_retries{suite=\"smoke.yaml\"} 3\n"), "{text}");
        assert!(text.contains("resttest_last_run_timestamp_seconds 1772355909.5\n"), "{text}");
    }

    #[test]
    fn response_times_are_counted_by_their_bounds() {
        let mut run = fixture::run();
        let test = run.suites.iter_mut().flat_map(|suite| &mut suite.tests).find(|test| test.load.is_some()).unwrap();
        let mut latency = Latency::default();
        for micros in [1, 4_999, 5_000, 5_100, 250_000, 9_000_000, 11_000_000] {
            latency.record(Duration::from_micros(micros));
        }
        test.load.as_mut().unwrap().latency = latency;
        let name = format!("test=\"{}\"", escape(&test.name));
        let text = to_prometheus(&run);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("resttest_load_duration_seconds_") && line.contains(&name))
            .collect();
        let counts: Vec<&str> = lines.iter().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert_eq!(counts, ["3", "4", "4", "4", "4", "5", "5", "5", "5", "5", "6", "7", "20.2651", "7"], "{lines:?}");
        assert!(
            lines[0].contains("group=\"") && lines[0].contains("le=\"0.005\"}") && lines[11].contains("le=\"+Inf\"}"),
            "{lines:?}"
        );
    }

    #[test]
    fn a_suite_that_ran_twice_is_one_series() {
        let mut run = fixture::run();
        run.suites.push(run.suites[0].clone());
        let text = to_prometheus(&run);
        assert_eq!(text.matches("resttest_retries{suite=\"smoke.yaml\"}").count(), 1);
        assert!(to_prometheus(&fixture::nothing()).contains("resttest_success 1\n"));
    }
}
