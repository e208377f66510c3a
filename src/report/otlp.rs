//! Spans of a run, as requests of OTLP's JSON: the run, its suites, its tests; what was sent comes with the tests.
//!
//! Owns: which span stands below which, what they show, how many go into one request. Does not: send them, or know
//! where they go.

use std::sync::Arc;
use std::time::SystemTime;

use crate::exchange::trace::{Parent, RunTrace, TracePer};
use crate::ground::source::Location;
use crate::judge::outcome::{Failure, FailureKind, Outcome, Traced};
use crate::load::summary::LoadSummary;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::record::spans::{Attribute, Head, Span, Status, attribute};

/// So many spans go into one request.
const MOST_SPANS: usize = 512;

/// So many bytes of them.
const MOST_BYTES: usize = 1 << 20;

/// The conventions that the attributes keep to.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.44.0";

/// Spans that go out together.
#[derive(Debug, Clone)]
pub struct Batch {
    /// How many.
    pub count: usize,
    /// An `ExportTraceServiceRequest`, on one line.
    pub json: String,
}

/// The spans of a run, as its events bring them.
pub struct Spans {
    run: Arc<RunTrace>,
    began: SystemTime,
    ended: SystemTime,
    /// What a request begins with, up to its spans.
    envelope: String,
    /// How many suites have begun.
    suites: u64,
    /// The suite under way, or the last one: what became of it is known when the next begins, or the run ends.
    suite: Option<OpenSuite>,
    /// The run's limit on time, once it was reached.
    is_timed_out: bool,
    pending: String,
    count: usize,
    full: Vec<Batch>,
}

/// A suite under way.
struct OpenSuite {
    file: Arc<str>,
    title: Option<String>,
    span_id: String,
    trace_id: Option<String>,
    began: SystemTime,
    ended: SystemTime,
    ran: u64,
    failed: u64,
    error: Option<String>,
    is_over: bool,
    /// One at a time; those below it were left behind by a stop that did not wait for them.
    running: Vec<Running>,
}

/// A test that has begun, and not ended.
struct Running {
    name: String,
    group: String,
    location: Location,
    /// When the one before it ended.
    began: SystemTime,
}

impl OpenSuite {
    fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.file)
    }

    fn status(&self) -> &'static str {
        match &self.error {
            Some(error) if error.contains(" limit of ") => "timed_out",
            Some(error) if error.contains("the run was stopped") => "aborted",
            Some(_) => "failure",
            None if self.failed > 0 => "failure",
            None if self.ran == 0 => "skipped",
            None => "success",
        }
    }
}

/// A test, or a benchmark, that has ended.
struct Ended<'e> {
    name: &'e str,
    group: &'e str,
    location: &'e Location,
    started: Option<SystemTime>,
    trace: &'e Traced,
    failures: &'e [Failure],
    load: Option<&'e LoadSummary>,
    attempts: u64,
    is_flaky: bool,
}

impl Spans {
    /// Those of a run that begins now, made by something with these attributes.
    pub fn new(run: Arc<RunTrace>, began: SystemTime, resource: &[(String, Attribute<'_>)]) -> Spans {
        let mut envelope = String::from("{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
        for (key, value) in resource {
            attribute(key, *value, &mut envelope);
        }
        let version = env!("CARGO_PKG_VERSION");
        envelope.push_str(&format!(
            "]}},\"scopeSpans\":[{{\"scope\":{{\"name\":\"resttest\",\"version\":\"{version}\"}},\"schemaUrl\":\"{SCHEMA}\",\"spans\":["
        ));
        Spans {
            run,
            began,
            ended: began,
            envelope,
            suites: 0,
            suite: None,
            is_timed_out: false,
            pending: String::new(),
            count: 0,
            full: Vec::new(),
        }
    }

    /// Takes an event.
    pub fn observe(&mut self, event: &Event) {
        match event {
            Event::SuiteStarted { file, title, at } => {
                self.close(None);
                let span_id = format!("{:016x}", self.run.suite_span(file, self.suites));
                self.suites += 1;
                self.suite = Some(OpenSuite {
                    file: file.clone(),
                    title: title.clone(),
                    span_id,
                    trace_id: None,
                    began: *at,
                    ended: *at,
                    ran: 0,
                    failed: 0,
                    error: None,
                    is_over: false,
                    running: Vec::new(),
                });
            }
            Event::SuiteFinished { elapsed, error, .. } => {
                if let Some(suite) = &mut self.suite {
                    suite.ended = suite.ended.max(suite.began + *elapsed);
                    suite.error.clone_from(error);
                    suite.is_over = true;
                }
            }
            Event::TestStarted { name, group, location } => {
                if let Some(suite) = &mut self.suite {
                    let (name, group, location) = (name.clone(), group.clone(), location.clone());
                    suite.running.push(Running { name, group, location, began: suite.ended });
                }
            }
            Event::TestFinished(outcome) => {
                if let Some(suite) = &mut self.suite {
                    suite.running.pop();
                }
                if let Some(trace) = &outcome.trace {
                    self.test(outcome, trace);
                }
            }
            Event::BenchmarkFinished(report) => {
                if let Some(trace) = &report.trace {
                    self.benchmark(report, trace);
                }
            }
            Event::GivenUp(reason) => self.is_timed_out |= reason.contains("run limit of "),
            _ => {}
        }
    }

    /// The end: what is still open ends with it.
    pub fn finish(&mut self, run: &RunRecord, now: SystemTime) {
        if let Some(suite) = self.suite.as_mut().filter(|suite| !suite.is_over) {
            suite.ended = suite.ended.max(now);
        }
        self.close(run.interrupted.then_some("aborted"));
        self.ended = self.ended.max(now);
        if self.run.per == TracePer::Run {
            let totals = run.totals();
            let status = match () {
                () if run.interrupted => "aborted",
                () if self.is_timed_out => "timed_out",
                () if run.failures() > 0 => "failure",
                () if totals.total == 0 && run.suites.iter().all(|suite| suite.benchmarks.is_empty()) => "skipped",
                () => "success",
            };
            let trace = self.run.trace_of("", 0);
            let parent = self.run.joined.map(|parent| format!("{:016x}", parent.span));
            let mut span = Span::new(&Head {
                trace_id: &format!("{trace:032x}"),
                span_id: &format!("{:016x}", self.run.span()),
                parent: parent.as_deref(),
                link: None,
                name: "run",
                is_client: false,
                time: (self.began, self.ended),
            });
            span.with("test.suite.run.status", Attribute::Text(status));
            let figures = [("total", totals.total), ("failed", totals.failures()), ("skipped", totals.skipped)];
            for (name, count) in figures {
                span.with(&format!("resttest.tests.{name}"), Attribute::Number(count));
            }
            let span = span.end(of_status(status));
            self.keep(trace, span);
        }
        self.cut();
    }

    /// Requests that are full, or all of them after [`Spans::finish`].
    pub fn take(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.full)
    }

    fn test(&mut self, outcome: &Outcome, trace: &Traced) {
        self.ended_one(&Ended {
            name: &outcome.name,
            group: &outcome.group,
            location: &outcome.location,
            started: outcome.started,
            trace,
            failures: &outcome.failures,
            load: outcome.load.as_deref(),
            attempts: outcome.attempts.len() as u64 + outcome.earlier_attempts,
            is_flaky: outcome.flaky(),
        });
    }

    fn benchmark(&mut self, report: &BenchmarkReport, trace: &Traced) {
        self.ended_one(&Ended {
            name: &report.name,
            group: &report.group,
            location: &report.location,
            started: report.started,
            trace,
            failures: &report.missed,
            load: report.load.as_deref(),
            attempts: report.requests + report.retries,
            is_flaky: false,
        });
    }

    fn ended_one(&mut self, ended: &Ended<'_>) {
        let Traced { trace_id, span_id, ended: until, spans } = ended.trace;
        let began = ended.started.unwrap_or(*until);
        let is_good = ended.failures.is_empty();
        self.ended = self.ended.max(*until);
        self.began = self.began.min(began);
        let (mut suite_name, mut parent) = (None, None);
        if let Some(suite) = &mut self.suite {
            suite.began = suite.began.min(began);
            suite.ended = suite.ended.max(*until);
            suite.ran += 1;
            suite.failed += u64::from(!is_good);
            suite.trace_id.get_or_insert_with(|| trace_id.clone());
            suite_name = Some(suite.name().to_owned());
            parent = Some(suite.span_id.clone());
        }
        let Ok(trace) = u128::from_str_radix(trace_id, 16) else { return };
        if !self.run.records(trace) {
            return;
        }
        let is_root = self.run.per == TracePer::Test;
        let (text, number) = (Attribute::Text, Attribute::Number);
        let mut span = Span::new(&Head {
            trace_id,
            span_id,
            parent: parent.as_deref().filter(|_| !is_root),
            link: self.link().filter(|_| is_root),
            name: ended.name,
            is_client: false,
            time: (began, *until),
        });
        let Location { file, position } = ended.location;
        let case = format!("{file}::{}", ended.name);
        span.with("test.case.name", Attribute::Text(&case));
        span.with("test.case.result.status", text(if is_good { "pass" } else { "fail" }));
        span.with_some("test.suite.name", suite_name.as_deref().map(text));
        span.with("code.file.path", text(file)).with("code.line.number", number(position.line.into()));
        span.with("resttest.group", text(ended.group)).with("resttest.attempts", number(ended.attempts));
        span.with("resttest.flaky", Attribute::Flag(ended.is_flaky));
        let error = ended.failures.iter().find(|failure| !failure.kind.is_verdict()).or(ended.failures.first());
        span.with_some("error.type", error.map(|failure| text(failure.kind.name())));
        if let Some(load) = ended.load {
            figures(load, &mut span);
        }
        for failure in ended.failures {
            let attributes =
                [("exception.type", text(failure.kind.name())), ("exception.message", text(&failure.message))];
            span.event("exception", *until, &attributes);
        }
        let status = ended.failures.first().map_or(Status::Good, |failure| Status::Error(&failure.message));
        let span = span.end(status);
        self.keep(trace, span);
        spans.iter().for_each(|span| self.push(span));
    }

    /// The suite under way ends; `status` is what became of it, where that is not its own doing.
    fn close(&mut self, status: Option<&'static str>) {
        self.cut_off();
        let Some(suite) = self.suite.take() else { return };
        self.ended = self.ended.max(suite.ended);
        self.began = self.began.min(suite.began);
        let trace_id = match (self.run.per, suite.trace_id.clone()) {
            (TracePer::Test, _) => return,
            (TracePer::Suite, Some(trace_id)) => trace_id,
            _ => format!("{:032x}", self.run.trace_of(&suite.file, 0)),
        };
        let Ok(trace) = u128::from_str_radix(&trace_id, 16) else { return };
        let of_limit = Some("timed_out").filter(|_| self.is_timed_out);
        let status = status.or(of_limit).unwrap_or_else(|| suite.status());
        let parent = (self.run.per == TracePer::Run).then(|| format!("{:016x}", self.run.span()));
        let name = format!("suite {}", suite.file);
        let mut span = Span::new(&Head {
            trace_id: &trace_id,
            span_id: &suite.span_id,
            parent: parent.as_deref(),
            link: self.link().filter(|_| parent.is_none()),
            name: &name,
            is_client: false,
            time: (suite.began, suite.ended),
        });
        span.with("test.suite.name", Attribute::Text(suite.name()));
        span.with("test.suite.run.status", Attribute::Text(status));
        span.with("code.file.path", Attribute::Text(&suite.file));
        if let Some(error) = &suite.error {
            let attributes =
                [("exception.type", Attribute::Text("suite")), ("exception.message", Attribute::Text(error))];
            span.event("exception", suite.ended, &attributes);
        }
        let span = span.end(of_status(status));
        self.keep(trace, span);
    }

    /// Tests that the suite's end cut off: nothing is known of them but when they began.
    fn cut_off(&mut self) {
        while let Some(suite) = &mut self.suite
            && let Some(Running { name, group, location, began }) = suite.running.pop()
        {
            let number = (self.suites << 32) + suite.ran;
            let trace = self.run.trace_of(&suite.file, suite.ran);
            let trace_id = suite.trace_id.clone().filter(|_| self.run.per == TracePer::Suite);
            let trace = Traced {
                trace_id: trace_id.unwrap_or_else(|| format!("{trace:032x}")),
                span_id: format!("{:016x}", self.run.suite_span(&format!("{} cut off", suite.file), number)),
                ended: suite.ended,
                spans: Vec::new(),
            };
            let message = suite.error.clone().unwrap_or_else(|| "interrupted while it was running".to_owned());
            self.ended_one(&Ended {
                name: &name,
                group: &group,
                location: &location,
                started: Some(began),
                trace: &trace,
                failures: &[Failure::new(FailureKind::TestException, message, &location)],
                load: None,
                attempts: 0,
                is_flaky: false,
            });
        }
    }

    /// Where the run was started from, for a span that begins a trace of its own.
    fn link(&self) -> Option<Parent> {
        self.run.joined
    }

    fn keep(&mut self, trace: u128, span: String) {
        if self.run.records(trace) {
            self.push(&span);
        }
    }

    fn push(&mut self, span: &str) {
        if self.count >= MOST_SPANS || self.count > 0 && self.pending.len() + span.len() > MOST_BYTES {
            self.cut();
        }
        if self.count == 0 {
            self.pending.push_str(&self.envelope);
        } else {
            self.pending.push(',');
        }
        self.pending.push_str(span);
        self.count += 1;
    }

    fn cut(&mut self) {
        if self.count > 0 {
            let mut json = std::mem::take(&mut self.pending);
            json.push_str(&format!("]}}],\"schemaUrl\":\"{SCHEMA}\"}}]}}"));
            self.full.push(Batch { count: std::mem::take(&mut self.count), json });
        }
    }
}

fn of_status(status: &str) -> Status<'static> {
    match status {
        "success" => Status::Good,
        "skipped" => Status::Unset,
        _ => Status::Error(""),
    }
}

/// What a load run came to: none of its requests has a span of its own.
fn figures(load: &LoadSummary, span: &mut Span) {
    let counts =
        [("requests", load.total), ("passed", load.passed), ("failed", load.failed()), ("retries", load.retries)];
    for (name, count) in counts {
        span.with(&format!("resttest.load.{name}"), Attribute::Number(count));
    }
    span.with("resttest.load.rps", Attribute::Float(load.rps()));
    for rank in [50.0, 95.0, 99.0] {
        let time = load.latency.percentile_ms(rank).map(Attribute::Float);
        span.with_some(&format!("resttest.load.p{rank}_ms"), time);
    }
}

#[cfg(test)]
mod tests;
