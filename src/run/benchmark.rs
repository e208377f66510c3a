//! Benchmarks as PyRestTest runs them: one request after another, judged by nothing.

use std::sync::Arc;

use super::functional::Session;
use crate::benchmark_report::BenchmarkReport;
use crate::event::{Event, Sink};
use crate::load_plan::Benchmark;
use crate::metric::Metric;
use crate::request::Request;

/// What a benchmark calls itself. PycURL's own name is this long: with a shorter one, `request_size`
/// and the `size_download` of a service that echoes its request would not compare with older reports.
const USER_AGENT: &str = "resttest/0.1.0 (PyRestTest benchmarks; as long as the name that PycURL gives itself, so that request_size, and the size of what an echo answers, compare with the figures of older runs)";

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
        let answer = session.prepare(test).ok().and_then(|mut request| {
            name_client(&mut request);
            session.engine.exchange.send(&request).ok()
        });
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

fn name_client(request: &mut Request) {
    const NAME: &str = "user-agent";
    let is_settled = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(NAME))
        || request.suppressed.iter().any(|name| name == NAME)
        || request.options.user_agent.is_some();
    if !is_settled {
        request.headers.push((NAME.to_owned(), USER_AGENT.to_owned()));
    }
}
