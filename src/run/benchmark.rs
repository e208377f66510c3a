//! Benchmarks as PyRestTest runs them: one request after another, judged by nothing.

use std::sync::Arc;

use super::functional::Session;
use crate::benchmark_report::BenchmarkReport;
use crate::event::{Event, Sink};
use crate::load_plan::Benchmark;
use crate::metric::Metric;

/// Warms up, measures, reports.
pub(super) fn run(session: &mut Session<'_>, benchmark: &Benchmark, sink: &mut dyn Sink) {
    let test = &benchmark.test;
    sink.emit(Event::BenchmarkStarted { name: test.name.clone(), group: test.group.clone() });
    let mut report = BenchmarkReport {
        name: test.name.clone(),
        group: test.group.clone(),
        output: benchmark.output.clone().map(Arc::new),
        ..BenchmarkReport::default()
    };
    let mut values: Vec<(Metric, Vec<f64>)> =
        benchmark.metrics.measured().into_iter().map(|metric| (metric, Vec::new())).collect();
    for run in 0..benchmark.warmup_runs + benchmark.benchmark_runs {
        if sink.is_stopped() {
            break;
        }
        let answer = session.prepare(test).ok().and_then(|request| session.engine.exchange.send(&request).ok());
        if run < benchmark.warmup_runs {
            continue;
        }
        match answer {
            Some(response) => {
                for (metric, numbers) in &mut values {
                    numbers.push(metric.of(&response.timing));
                }
            }
            None => report.failures += 1,
        }
    }
    report.analyze(&benchmark.metrics, values);
    sink.emit(Event::BenchmarkFinished(Box::new(report)));
}
