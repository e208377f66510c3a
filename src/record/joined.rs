//! The jobs of a run with `--split-load`: each ran all suites, and made its part of every load run.
//!
//! Owns: adding the parts up, and judging the sums. Does not: read reports, or prove that no part is missing (see
//! `shards`).

use std::time::Duration;

use crate::ground::source::Location;
use crate::judge::load_run;
use crate::judge::outcome::{Failure, FailureKind, Outcome};
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::Event;
use crate::retry::GuardFigures;
use crate::settings::part::Part;

/// Jobs that started further apart than this did not make the load that was asked for.
const APART: Duration = Duration::from_secs(1);

/// What one job reports, in its order.
pub type JobEvents<'e> = (String, &'e [Event]);

/// The events of all jobs as those of one run, in the first job's order; each is joined with those of the other jobs
/// that are of the same test, or suite.
pub fn joined(jobs: &[JobEvents<'_>]) -> Vec<Event> {
    let Some(((_, first), _)) = jobs.split_first() else { return Vec::new() };
    let mut seen: Vec<Key> = Vec::new();
    let join = |event: &Event| {
        let Some(key) = key(event) else { return event.clone() };
        // An imported file may run twice: its tests, too.
        let place = seen.iter().filter(|have| **have == key).count();
        seen.push(key.clone());
        let same = jobs.iter().filter_map(|(job, events)| {
            let event = events.iter().filter(|event| self::key(event).as_ref() == Some(&key)).nth(place)?;
            Some((job.as_str(), event))
        });
        let same: Vec<(&str, &Event)> = same.collect();
        match event {
            Event::TestFinished(first) => {
                let all = same.iter().filter_map(|(job, event)| match event {
                    Event::TestFinished(outcome) => Some((*job, &**outcome)),
                    _ => None,
                });
                Event::TestFinished(Box::new(test(&all.collect::<Vec<_>>(), first)))
            }
            Event::BenchmarkFinished(first) => {
                let all = same.iter().filter_map(|(job, event)| match event {
                    Event::BenchmarkFinished(report) => Some((*job, &**report)),
                    _ => None,
                });
                Event::BenchmarkFinished(Box::new(benchmark(&all.collect::<Vec<_>>(), first)))
            }
            Event::GuardsReported(_) => {
                let mut sum = GuardFigures::default();
                for (_, event) in same {
                    if let Event::GuardsReported(figures) = event {
                        sum.add(figures);
                    }
                }
                Event::GuardsReported(Box::new(sum))
            }
            Event::SuiteFinished { file, .. } => {
                let (mut longest, mut died) = (Duration::ZERO, None);
                for (job, event) in same {
                    if let Event::SuiteFinished { elapsed, error, .. } = event {
                        longest = longest.max(*elapsed);
                        died = died.or(error.as_ref().map(|error| format!("{job}: {error}")));
                    }
                }
                Event::SuiteFinished { file: file.clone(), elapsed: longest, error: died }
            }
            other => other.clone(),
        }
    };
    first.iter().map(join).collect()
}

/// What makes events of several jobs one: the kind, the name and the place.
type Key = (&'static str, String, Location);

fn key(event: &Event) -> Option<Key> {
    match event {
        Event::TestFinished(outcome) => Some(("test", outcome.name.clone(), outcome.location.clone())),
        Event::BenchmarkFinished(report) => Some(("benchmark", report.name.clone(), report.location.clone())),
        // Jobs have the same suites in the same order.
        Event::GuardsReported(_) => Some(("guards", String::new(), Location::default())),
        Event::SuiteFinished { file, .. } => Some(("suite", file.to_string(), Location::default())),
        _ => None,
    }
}

/// A test of all jobs: of a load run the sum, judged anew; of others that of the first job in which it failed.
fn test(all: &[(&str, &Outcome)], first: &Outcome) -> Outcome {
    let loads: Vec<(&str, &LoadSummary)> =
        all.iter().filter_map(|(job, outcome)| Some((*job, outcome.load.as_deref()?))).collect();
    let Some(load) = sum(&loads) else {
        let failed = all.iter().find(|(_, outcome)| !outcome.passed());
        return failed.map_or_else(|| first.clone(), |(_, outcome)| (*outcome).clone());
    };
    let mut outcome = first.clone();
    // What a job says of its own part is said of the sum, where it is so; other failures are none of figures.
    let others = all.iter().flat_map(|(_, outcome)| &outcome.failures);
    outcome.failures = others.filter(|failure| failure.kind != FailureKind::ValidatorFailed).cloned().collect();
    outcome.failures.extend(load_run::failures(&load, Part::WHOLE, &first.location));
    outcome.status = load.statuses.iter().max_by_key(|(_, count)| **count).map(|(status, _)| *status);
    outcome.duration = all.iter().map(|(_, outcome)| outcome.duration).max().unwrap_or(first.duration);
    outcome.load = Some(Box::new(load));
    outcome
}

/// A benchmark of all jobs: its values are those of all, and its aggregates are computed anew.
fn benchmark(all: &[(&str, &BenchmarkReport)], first: &BenchmarkReport) -> BenchmarkReport {
    let loads: Vec<(&str, &LoadSummary)> =
        all.iter().filter_map(|(job, report)| Some((*job, report.load.as_deref()?))).collect();
    let mut report = first.clone();
    let Some(mut load) = sum(&loads) else { return report };
    for (_, other) in &all[1.min(all.len())..] {
        report.requests += other.requests;
        report.retries += other.retries;
        report.failures += other.failures;
        report.duration = report.duration.max(other.duration);
        report.join_values(other);
    }
    if !report.aggregate_anew(load.latency.count()) {
        load.notes
            .push("aggregates are not known: some jobs made too many requests to hand their values on".to_owned());
    }
    report.values.clear();
    let failures: Vec<Failure> = all.iter().flat_map(|(_, report)| &report.missed).cloned().collect();
    report.missed = failures.into_iter().filter(|failure| failure.kind != FailureKind::ValidatorFailed).collect();
    report.missed.extend(load_run::missed(&load, &first.location));
    report.load = Some(Box::new(load));
    report
}

/// The parts of a load run added up, with how far apart they started.
fn sum(parts: &[(&str, &LoadSummary)]) -> Option<LoadSummary> {
    let (_, first) = parts.first()?;
    // A job to which nothing fell has nothing to say.
    let makers: Vec<&(&str, &LoadSummary)> = parts.iter().filter(|(_, load)| load.total > 0).collect();
    let mut makers = makers.into_iter();
    let Some((job, load)) = makers.next() else { return Some((*first).clone()) };
    let named = |job: &str, load: &LoadSummary| {
        load.doubts.iter().map(|doubt| format!("{job}: {doubt}")).collect::<Vec<String>>()
    };
    let mut whole = (*load).clone();
    whole.doubts = named(job, load);
    let mut count = 1;
    let (mut earliest, mut latest) = (load.started, load.started);
    for (job, load) in makers {
        whole.join(load);
        whole.doubts.extend(named(job, load));
        earliest = earliest.min(load.started);
        latest = latest.max(load.started);
        count += 1;
    }
    whole.doubts.extend(whole.too_few_samples());
    if let (Some(earliest), Some(latest), true) = (earliest, latest, count > 1) {
        let apart = latest.duration_since(earliest).unwrap_or_default();
        let said =
            format!("{count} jobs made the load; they started within {:.3} s of each other", apart.as_secs_f64());
        if apart > APART { whole.doubts.push(said) } else { whole.notes.push(said) }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Position;
    use crate::load::thresholds::Threshold;
    use std::time::UNIX_EPOCH;

    fn at(line: u32) -> Location {
        Location { file: "s.yaml".into(), position: Position { line, column: 1 } }
    }

    fn failure(kind: FailureKind, message: &str) -> Failure {
        Failure { reason: String::new(), ..Failure::new(kind, message, &at(1)) }
    }

    fn load(total: u64, failed: u64, began_ms: u64) -> LoadSummary {
        let mut load = LoadSummary {
            total,
            passed: total - failed,
            attempts: total,
            started: Some(UNIX_EPOCH + Duration::from_millis(began_ms)),
            wall: Duration::from_secs(1),
            concurrency: 1,
            percentiles: vec![50.0],
            thresholds: vec![Threshold::parse("count==7").unwrap()],
            ..LoadSummary::default()
        };
        (0..total).for_each(|_| load.latency.record(Duration::from_millis(5)));
        load
    }

    fn job(load: LoadSummary, failures: Vec<Failure>, error: Option<&str>) -> Vec<Event> {
        let outcome =
            |name: &str, line, load| Outcome { name: name.to_owned(), location: at(line), load, ..Outcome::default() };
        let plain = Outcome { failures, ..outcome("plain", 1, None) };
        vec![
            Event::TestFinished(Box::new(plain)),
            Event::TestFinished(Box::new(outcome("load", 2, Some(Box::new(load))))),
            Event::SuiteFinished {
                file: "s.yaml".into(),
                elapsed: Duration::from_secs(1),
                error: error.map(str::to_owned),
            },
        ]
    }

    fn tests(jobs: &[Vec<Event>]) -> (Vec<Outcome>, Option<String>) {
        let jobs: Vec<JobEvents<'_>> =
            jobs.iter().enumerate().map(|(number, events)| (format!("job {}", number + 1), &events[..])).collect();
        let (mut outcomes, mut died) = (Vec::new(), None);
        for event in joined(&jobs) {
            match event {
                Event::TestFinished(outcome) => outcomes.push(*outcome),
                Event::SuiteFinished { error, .. } => died = error,
                _ => {}
            }
        }
        (outcomes, died)
    }

    #[test]
    fn parts_are_added_up_and_the_sum_is_judged() {
        let (outcomes, died) = tests(&[job(load(4, 0, 0), vec![], None), job(load(3, 0, 250), vec![], None)]);
        assert_eq!((outcomes.len(), died), (2, None));
        let sum = outcomes[1].load.as_deref().unwrap();
        assert_eq!((sum.total, sum.latency.count(), sum.concurrency), (7, 7, 2));
        assert_eq!(sum.wall, Duration::from_millis(1250));
        assert!(sum.notes.iter().any(|note| note.contains("started within 0.250 s")), "{:?}", sum.notes);
        assert!(outcomes[1].passed(), "{:?}", outcomes[1].failures);
        // A part that sent nothing says nothing; one that is missing is missed.
        let (outcomes, _) = tests(&[job(load(7, 1, 0), vec![], None), job(load(0, 0, 9000), vec![], None)]);
        assert_eq!(outcomes[1].load.as_deref().unwrap().doubts.len(), 0);
        assert!(outcomes[1].failures[0].message.starts_with("1 of 7 requests failed"));
        let (outcomes, _) = tests(&[job(load(4, 0, 0), vec![], None)]);
        assert!(outcomes[1].failures[0].message.contains("count==7 missed"));
    }

    #[test]
    fn jobs_that_started_far_apart_make_the_sum_suspect() {
        let (outcomes, _) = tests(&[job(load(4, 0, 0), vec![], None), job(load(3, 0, 2500), vec![], None)]);
        assert!(outcomes[1].load.as_deref().unwrap().doubts[0].contains("within 2.500 s"));
    }

    #[test]
    fn what_failed_in_one_job_failed() {
        let wrong = failure(FailureKind::ValidatorFailed, "wrong");
        let jobs = [job(load(4, 0, 0), vec![], None), job(load(3, 0, 0), vec![wrong], Some("died"))];
        let (outcomes, died) = tests(&jobs);
        assert_eq!(outcomes[0].failures[0].message, "wrong");
        assert_eq!(died.as_deref(), Some("job 2: died"));
        assert!(tests(&[]).0.is_empty());
    }
}
