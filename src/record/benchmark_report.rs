//! The result of a benchmark, in PyRestTest's shape.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::ground::source::Location;
use crate::judge::described::Described;
use crate::judge::outcome::{Curl, Failure, Traced};
use crate::judge::tags::Tags;
use crate::load::metrics::{Aggregate, Metric};
use crate::load::plan::{Metrics, Output};
use crate::load::summary::LoadSummary;
use crate::test::definition::Test;

/// What a benchmark measured.
#[derive(Debug, Clone, Default)]
pub struct BenchmarkReport {
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its tags.
    pub tags: Tags,
    /// Where it is written.
    pub location: Location,
    /// What the suite says of it for reports, if anything.
    pub described: Option<Box<Described>>,
    /// When it began.
    pub started: Option<SystemTime>,
    /// From its beginning to its report, warm-up included.
    pub duration: Duration,
    /// Requests, warm-up apart.
    pub requests: u64,
    /// Sends after the first, of all requests.
    pub retries: u64,
    /// Requests without an answer.
    pub failures: u64,
    /// Every value of the metrics that were asked for raw.
    pub results: Vec<(Metric, Vec<f64>)>,
    /// Every value of the metrics that only aggregates are made of, in a part of a run: those of all parts are made
    /// of all values.
    pub values: Vec<(Metric, Vec<f64>)>,
    /// Metric, aggregate name, value; nothing over no values.
    pub aggregates: Vec<(Metric, String, Option<f64>)>,
    /// The figures of the run.
    pub load: Option<Box<LoadSummary>>,
    /// Whether it uses a key that PyRestTest does not have: then the console shows the figures, too.
    pub is_extended: bool,
    /// Thresholds that were missed; they change the exit code.
    pub missed: Vec<Failure>,
    /// The command that repeats a request of a benchmark that missed one, where it is wanted.
    pub curl: Option<Box<Curl>>,
    /// Its place in a trace, where there is one.
    pub trace: Option<Box<Traced>>,
    /// The file that the report also goes to.
    pub output: Option<Arc<Output>>,
}

impl BenchmarkReport {
    /// The report of a benchmark of which nothing was measured.
    pub fn of(test: &Test) -> BenchmarkReport {
        BenchmarkReport {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.clone(),
            location: test.location.clone(),
            described: test.described(),
            ..BenchmarkReport::default()
        }
    }

    /// The figures, where they are shown to people.
    pub fn shown_load(&self) -> Option<&LoadSummary> {
        self.load.as_deref().filter(|_| self.is_extended)
    }

    /// Fills results and aggregates from the values of all measured metrics.
    pub fn analyze(&mut self, metrics: &Metrics, mut values: Vec<(Metric, Vec<f64>)>) {
        for (metric, aggregates) in &metrics.aggregated {
            let numbers = values.iter().find(|(have, _)| have == metric).map_or(&[][..], |(_, numbers)| numbers);
            for aggregate in aggregates {
                self.aggregates.push((*metric, aggregate.name.clone(), aggregate.over(numbers)));
            }
        }
        for metric in &metrics.raw {
            if let Some(at) = values.iter().position(|(have, _)| have == metric) {
                self.results.push(values.swap_remove(at));
            }
        }
        self.values = values;
    }

    /// Adds the values of another part.
    pub fn join_values(&mut self, other: &BenchmarkReport) {
        for (own, others) in [(&mut self.results, &other.results), (&mut self.values, &other.values)] {
            for ((_, own), (_, theirs)) in own.iter_mut().zip(others) {
                own.extend(theirs);
            }
        }
    }

    /// Computes the aggregates anew over the values of all parts; nothing where so many answers have left fewer
    /// values. Whether all could be computed.
    pub fn aggregate_anew(&mut self, answers: u64) -> bool {
        let BenchmarkReport { results, values, aggregates, .. } = self;
        let mut is_complete = true;
        for (metric, name, value) in aggregates {
            let numbers = results.iter().chain(&*values).find(|(have, _)| have == metric).map(|(_, numbers)| numbers);
            let numbers = numbers.filter(|numbers| numbers.len() as u64 == answers);
            is_complete &= numbers.is_some();
            *value = numbers.and_then(|numbers| Aggregate::by_name(name)?.over(numbers));
        }
        is_complete
    }
}
