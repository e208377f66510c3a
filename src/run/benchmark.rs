//! Benchmarks: PyRestTest's report over a load run.
//!
//! Owns: what a benchmark asks of a load run. Does not: make load (see `load`).

use std::sync::Arc;

use super::load::{self, Job, Judging};
use super::previewed::Shown;
use super::session::{Session, failure};
use super::unset::put_in_front;
use crate::judge::load_run;
use crate::judge::outcome::FailureKind;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::{Event, Sink};
use crate::test::benchmark::Benchmark;

/// What a benchmark calls itself. PycURL's own name is this long: with a shorter one, `request_size`
/// and the `size_download` of a service that echoes its request would not compare with older reports.
const USER_AGENT: &str = "resttest/0.1.0 (PyRestTest benchmarks; as long as the name that PycURL gives itself, so that request_size, and the size of what an echo answers, compare with the figures of older runs)";

/// Values of more requests than this are not handed on to whoever joins the parts of a run.
const MOST_VALUES: u64 = 1_000_000;

/// Warms up, measures, reports.
pub(super) fn run(session: &mut Session<'_>, benchmark: &Benchmark, sink: &mut dyn Sink) -> BenchmarkReport {
    session.begin_trace();
    let mut report = measured(session, benchmark, sink);
    report.trace = session.end_trace(&benchmark.test);
    report
}

fn measured(session: &mut Session<'_>, benchmark: &Benchmark, sink: &mut dyn Sink) -> BenchmarkReport {
    let test = &benchmark.test;
    let clock = session.engine.clock.clone();
    let (date, started) = (clock.date(), clock.now());
    sink.emit(Event::BenchmarkStarted { name: test.name.clone(), group: test.group.clone() });
    let job = Job {
        test,
        plan: &benchmark.plan,
        default_concurrency: 1,
        metrics: benchmark.metrics.measured(),
        judging: if benchmark.is_extended { Judging::Everything } else { Judging::Extraction },
        user_agent: (!benchmark.is_extended).then_some(USER_AGENT),
    };
    let settings = session.engine.settings;
    let effective = settings.resolve(&session.config.layer, &test.own_layers(Some(&job.plan.layer)));
    let mut context = session.context.clone();
    for (name, value) in &test.variable_binds {
        context.bind(name, value.clone());
    }
    let names = session.unset_in_load(test, &context, job.judging);
    let unset = session.about_unset(test, names, effective.unset_variables.value, sink);
    if let Err(message) = unset {
        let mut report = BenchmarkReport {
            started: Some(date),
            missed: vec![failure(FailureKind::TestException, message, &test.location)],
            ..BenchmarkReport::of(test)
        };
        report.analyze(&benchmark.metrics, Vec::new());
        return report;
    }
    session.show_load(&Shown { test, plan: &benchmark.plan, default_concurrency: 1 }, sink);
    let part = settings.part;
    let finished = load::run(session, &job, sink);
    let summary = finished.summary;
    let mut report = BenchmarkReport {
        started: Some(date),
        duration: clock.now().saturating_duration_since(started),
        requests: summary.total,
        retries: summary.retries,
        failures: summary.total - summary.latency.count(),
        missed: if part.is_whole() { load_run::missed(&summary, &test.location) } else { Vec::new() },
        output: benchmark.plan.output.clone().map(Arc::new),
        ..BenchmarkReport::of(test)
    };
    session.shortage = session.shortage.take().or(finished.fault.map(|fault| format!("{}: {fault}", test.name)));
    report.missed.extend(finished.fault.map(|fault| load_run::not_run(fault, &test.location)));
    if let Some(broken) = finished.broken {
        report.missed.push(failure(FailureKind::TestException, broken, &test.location));
    }
    report.missed.extend(finished.leak);
    report.missed.extend(load_run::never_sent(&summary, &test.location));
    put_in_front(&unset, &mut report.missed);
    if !report.missed.is_empty() {
        let failed = finished.failed.or_else(|| session.load_request(test, &benchmark.plan));
        report.curl = failed.and_then(|(request, own)| session.curl(&request, &own));
    }
    report.analyze(&benchmark.metrics, finished.values);
    if part.is_whole() || report.requests > MOST_VALUES {
        report.values.clear();
    }
    report.is_extended = benchmark.is_extended;
    report.load = Some(Box::new(summary));
    report
}
