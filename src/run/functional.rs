//! Test sets in order: bind, render, send, judge, extract.
//!
//! Owns: the order of things within a test and between tests. Does not: print, exit, open sockets.

use std::cell::RefCell;
use std::sync::Arc;

use super::attempt::{self, RetryLoop};
use super::hooks::{self, HookCall};
use super::load::{self, Job};
use super::{benchmark, disclosure, thresholds};
use crate::exchange::request::Timeout;
use crate::exchange::request::{Exchange, ExchangeError, Request};
use crate::exchange::response::Response;
use crate::ground::clock::Clock;
use crate::ground::source::Location;
use crate::judge::extract::ExtractError;
use crate::judge::outcome::{Attempt, Failure, FailureKind, Outcome, Printed};
use crate::load::plan::LoadPlan;
use crate::record::event::{Event, Preview, RetryNotice, Sink};
use crate::record::tally::Tally;
use crate::retry::{Decision, RetryConfig};
use crate::secrets::{self, Secrets};
use crate::settings::precedence::Effective;
use crate::settings::run_settings::Settings;
use crate::test::definition::Test;
use crate::test::set::{Config, TestSet};
use crate::variables::context::Context;

/// What an engine works with.
pub struct Engine<'e> {
    /// Carries requests out; load runs make workers of it.
    pub exchange: Arc<dyn Exchange>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// What holds over every suite.
    pub settings: &'e Settings,
}

/// Runs test sets one after another, those of one suite in a row; a failed test never ends the run.
pub fn run_testsets(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink) -> Tally {
    let mut tally = Tally::default();
    for suite in sets.chunk_by(|set, next| set.suite() == next.suite()) {
        let Some(last) = suite.last() else { continue };
        if sink.is_stopped() {
            break;
        }
        let file = last.suite().clone();
        let started = engine.clock.now();
        sink.emit(Event::SuiteStarted { file: file.clone(), title: last.title.clone(), at: engine.clock.date() });
        run_suite(engine, suite, sink, &mut tally);
        let elapsed = engine.clock.now().saturating_duration_since(started);
        sink.emit(Event::SuiteFinished { file, elapsed, error: None });
    }
    tally
}

/// Runs the sets of one suite, whose beginning and end somebody else tells.
pub(super) fn run_suite(engine: &Engine<'_>, sets: &[TestSet], sink: &mut dyn Sink, tally: &mut Tally) {
    for set in sets.iter().filter(|set| !set.tests.is_empty() || !set.benchmarks.is_empty()) {
        if sink.is_stopped() {
            return;
        }
        sink.emit(Event::SetStarted { file: set.file.clone(), tests: set.tests.len() });
        let mut session = Session::new(engine, set);
        for test in &set.tests {
            if sink.is_stopped() {
                return;
            }
            let outcome = session.run(test, sink);
            tally.add(&outcome);
            let stops = test.stop_on_failure && !outcome.passed();
            sink.emit(Event::TestFinished(Box::new(outcome)));
            if stops {
                sink.emit(Event::SetStopped);
                break;
            }
        }
        for benchmark in set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
            if sink.is_stopped() {
                return;
            }
            let report = benchmark::run(&mut session, benchmark, sink);
            tally.add_benchmark(&report);
            sink.emit(Event::BenchmarkFinished(Box::new(report)));
        }
    }
}

/// Runs one test in a context, as a program would.
pub fn run_test(engine: &Engine<'_>, test: &Test, config: &Config, context: &mut Context) -> Outcome {
    let mut session = Session { engine, config, context: std::mem::take(context), secrets: Secrets::default() };
    let outcome = session.run(test, &mut |_: Event| {});
    *context = session.context;
    outcome
}

/// A set that is running: its context, and the secrets met so far.
pub(super) struct Session<'e> {
    pub(super) engine: &'e Engine<'e>,
    pub(super) config: &'e Config,
    pub(super) context: Context,
    secrets: Secrets,
}

impl<'e> Session<'e> {
    fn new(engine: &'e Engine<'e>, set: &'e TestSet) -> Session<'e> {
        let mut context = Context::new();
        let mut secrets = Secrets::default();
        let (config, vars) = (&set.config.variable_binds, &engine.settings.vars);
        // The command line has the last word, except in a file that imports others (see `TestSet`).
        let (first, last) = if set.has_imports { (vars, config) } else { (config, vars) };
        for (name, value) in first.iter().chain(last) {
            context.bind(name, value.clone());
            if secrets::is_secret_variable(name) {
                secrets.add(&value.to_text());
            }
        }
        for named in &set.config.generators {
            context.add_generator(&named.name, named.generator.clone());
        }
        Session { engine, config: &set.config, context, secrets }
    }

    /// Binds and renders a test.
    fn prepare(&mut self, test: &Test, settled: &Effective) -> Result<Request, String> {
        test.bind(&mut self.context)?;
        self.learn_bound_secrets(test);
        let mut request = test.render(&self.context, settled.timeout.value)?;
        request.connect_timeout = settled.connect_timeout.value;
        disclosure::learn_request(&mut self.secrets, &request);
        Ok(request)
    }

    /// A test from its beginning to its verdict, with the time that it took.
    fn run(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let clock = self.engine.clock.clone();
        let (date, started) = (clock.date(), clock.now());
        let mut outcome = self.guarded(test, sink);
        outcome.started = Some(date);
        outcome.duration = clock.now().saturating_duration_since(started);
        outcome
    }

    /// A test with the hooks around it.
    fn guarded(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let settings = self.engine.settings;
        let hooks = &settings.hooks;
        let occasion = |hook, passed| HookCall {
            hook,
            suite: Some(&test.location.file),
            test: Some((&test.name, &test.group)),
            passed,
        };
        let mut outcome = match hooks::run(&hooks.before_each, &occasion("before_each", None)) {
            Ok(()) => self.verdict(test, sink),
            Err(message) => Outcome {
                name: test.name.clone(),
                group: test.group.clone(),
                location: test.location.clone(),
                method: test.method.clone(),
                url: test.url.source().to_owned(),
                failures: vec![failure(FailureKind::TestException, message, &test.location)],
                ..Outcome::default()
            },
        };
        if let Err(message) = hooks::run(&hooks.after_each, &occasion("after_each", Some(outcome.passed()))) {
            outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
        }
        outcome
    }

    fn verdict(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let mut outcome = Outcome {
            name: test.name.clone(),
            group: test.group.clone(),
            location: test.location.clone(),
            method: test.method.clone(),
            ..Outcome::default()
        };
        if let Some(plan) = &test.performance {
            return self.run_load(test, plan, outcome, sink);
        }
        let settled = self.engine.settings.settle(&self.config.layer, &test.own_layers(None));
        let request = match self.prepare(test, &settled) {
            Ok(request) => request,
            Err(message) => {
                outcome.url = test.url.render(&self.context);
                outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
                self.redact(&mut outcome, None);
                return outcome;
            }
        };
        outcome.url = request.url.clone();
        if self.engine.settings.interactive {
            sink.emit(Event::RequestPrepared(Box::new(self.preview(test, &request))));
            sink.pause();
        }
        if !test.delay.is_zero() {
            sink.emit(Event::DelayStarted(test.delay));
            self.engine.clock.sleep(test.delay);
        }
        let (answer, attempts) = self.persist(test, &request, &settled.retry(), sink);
        outcome.attempts = attempts;
        match answer {
            Ok(response) => {
                outcome.status = Some(response.status);
                self.judge(test, &response, &mut outcome);
                self.redact(&mut outcome, Some(&response));
            }
            Err(error) => {
                outcome.failures.push(no_answer(&error, &test.location));
                self.redact(&mut outcome, None);
            }
        }
        outcome
    }

    /// Sends until the answer stands; every send is an exchange of its own and is kept.
    fn persist(
        &self,
        test: &Test,
        request: &Request,
        retry: &RetryConfig,
        sink: &mut dyn Sink,
    ) -> (Result<Response, ExchangeError>, Vec<Attempt>) {
        let mut attempts: Vec<Attempt> = Vec::with_capacity(1);
        let sink = RefCell::new(sink);
        let persistence = RetryLoop {
            config: retry,
            method: &request.method,
            expected: &test.expected_status,
            clock: &*self.engine.clock,
            stopped: &|| sink.borrow().is_stopped(),
        };
        let answer = persistence.send(
            || self.engine.exchange.send(request),
            attempt::answer,
            |number, answer, decision| {
                if self.engine.settings.verbose {
                    sink.borrow_mut().emit(Event::HeadsExchanged(self.heads(request, answer)));
                }
                let delay = match decision {
                    Decision::Retry(delay) => Some(delay),
                    _ => None,
                };
                let attempt = match answer {
                    Ok(response) => {
                        Attempt { status: Some(response.status), error: None, time: response.timing.total, delay }
                    }
                    Err(error) => {
                        Attempt { status: None, error: Some(error.message.clone()), time: error.timing.total, delay }
                    }
                };
                if let Some(delay) = delay {
                    let cause = match (attempt.status, &attempt.error) {
                        (Some(status), _) => format!("due to status {status}"),
                        (None, Some(error)) => format!("after {}", self.secrets.redact(error)),
                        (None, None) => String::new(),
                    };
                    sink.borrow_mut().emit(Event::RetryScheduled(Box::new(RetryNotice {
                        name: test.name.clone(),
                        method: request.method.clone(),
                        cause,
                        attempt: number + 1,
                        of: retry.max_retries + 1,
                        delay,
                    })));
                }
                attempts.push(attempt);
            },
        );
        (answer, attempts)
    }

    /// A test with a `performance:` block: it fails if a request failed or a threshold was missed.
    fn run_load(&mut self, test: &Test, plan: &LoadPlan, mut outcome: Outcome, sink: &mut dyn Sink) -> Outcome {
        for (name, value) in &test.variable_binds {
            self.context.bind(name, value.clone());
        }
        self.learn_bound_secrets(test);
        outcome.url = test.url.render(&self.context);
        if !test.delay.is_zero() {
            sink.emit(Event::DelayStarted(test.delay));
            self.engine.clock.sleep(test.delay);
        }
        let job = Job {
            test,
            plan,
            default_concurrency: plan.mode.default_concurrency(),
            metrics: Vec::new(),
            judges: true,
            user_agent: None,
        };
        let finished = load::run(self, &job, sink);
        if let Some(url) = finished.url {
            outcome.url = url;
        }
        let summary = finished.summary;
        outcome.status = summary.statuses.iter().max_by_key(|(_, count)| **count).map(|(status, _)| *status);
        outcome.failures.extend(thresholds::failed_requests(&summary, &test.location));
        outcome.failures.extend(thresholds::missed(&plan.thresholds, &summary, &test.location));
        outcome.load = Some(Box::new(summary));
        self.redact(&mut outcome, None);
        outcome
    }

    /// The secrets that a test's requests will carry, as far as they are known before the run.
    pub(super) fn secrets_of(&mut self, test: &Test) -> Secrets {
        let mut context = self.context.clone();
        for (name, value) in &test.variable_binds {
            context.bind(name, value.clone());
        }
        if let Ok(request) = test.render(&context, Timeout::Unlimited) {
            disclosure::learn_request(&mut self.secrets, &request);
        }
        self.secrets.clone()
    }

    /// Status first; only if it is right the validators, all of them, and then the extractions.
    fn judge(&mut self, test: &Test, response: &Response, outcome: &mut Outcome) {
        if !test.expected_status.contains(&i128::from(response.status)) {
            outcome.failures.push(wrong_status(test, response.status));
            return;
        }
        for validator in &test.validators {
            if let Err(failure) = validator.check(response, &self.context) {
                outcome.failures.push(failure);
            }
        }
        for bind in &test.extract_binds {
            match bind.extractor.extract(response, &self.context) {
                Ok(value) => {
                    if secrets::is_secret_variable(&bind.variable) {
                        self.secrets.add(&value.to_text());
                    }
                    self.context.bind(&bind.variable, value);
                }
                Err(ExtractError::Missing(message) | ExtractError::Failed(message)) => {
                    let message = format!("cannot set ${}: {message}", bind.variable);
                    outcome.failures.push(failure(FailureKind::ExtractorException, message, &bind.location));
                }
            }
        }
    }

    fn learn_bound_secrets(&mut self, test: &Test) {
        disclosure::learn_variables(&mut self.secrets, disclosure::bound(test), &self.context);
    }

    /// What the hits of a load run bound and extracted.
    pub(super) fn learn_load_secrets(&mut self, test: &Test) {
        let names = disclosure::bound(test).chain(disclosure::extracted(test));
        disclosure::learn_variables(&mut self.secrets, names, &self.context);
    }

    /// Both heads as curl shows them, without secrets.
    fn heads(&self, request: &Request, answer: &Result<Response, ExchangeError>) -> Vec<String> {
        let hide = |name: &str, value: &str| {
            if secrets::is_secret_header(name) {
                secrets::REDACTED.to_owned()
            } else {
                self.secrets.redact(value).into_owned()
            }
        };
        let mut lines = vec![format!("> {} {}", request.method, hide("", &secrets::without_userinfo(&request.url)))];
        lines.extend(request.headers.iter().map(|(name, value)| format!("> {name}: {}", hide(name, value))));
        match answer {
            Ok(response) => {
                lines.push(format!("< {}", response.status));
                lines.extend(response.headers.iter().map(|(name, value)| format!("< {name}: {}", hide(name, value))));
            }
            Err(error) => lines.push(format!("* {}", hide("", &error.message))),
        }
        lines
    }

    fn preview(&self, test: &Test, request: &Request) -> Preview {
        let hide = |text: &str| self.secrets.redact(text).into_owned();
        Preview {
            name: test.name.clone(),
            method: request.method.clone(),
            url: hide(&secrets::without_userinfo(&request.url)),
            headers: request.headers.iter().map(|(name, value)| (name.clone(), hide(value))).collect(),
            body: request
                .body
                .as_ref()
                .filter(|body| !body.is_empty())
                .map(|body| hide(&crate::ground::value::decode(body))),
            delay: test.delay,
        }
    }

    /// Puts what is to be shown of the answer into the outcome, and takes secrets out of all of it.
    fn redact(&mut self, outcome: &mut Outcome, response: Option<&Response>) {
        let settings = self.engine.settings;
        let print_body = settings.print_bodies.unwrap_or(self.config.print_bodies);
        let failed = !outcome.passed();
        outcome.url = secrets::without_userinfo(&outcome.url).into_owned();
        if let Some(response) = response {
            if failed {
                for (name, value) in &response.headers {
                    self.secrets.add_header(name, value);
                }
            }
            if failed {
                outcome.body = Some(self.secrets.redact(&response.text()).into_owned());
                outcome.headers = Some(self.redacted_headers(response));
            }
            if print_body || settings.print_headers {
                outcome.printed = Some(Box::new(Printed {
                    body: print_body.then(|| response.text().into_owned()),
                    headers: settings.print_headers.then(|| response.headers.clone()),
                }));
            }
        }
        if self.secrets.is_empty() {
            return;
        }
        self.secrets.redact_string(&mut outcome.url);
        for failure in &mut outcome.failures {
            self.secrets.redact_string(&mut failure.reason);
            self.secrets.redact_string(&mut failure.message);
            if let Some(details) = &mut failure.details {
                self.secrets.redact_string(details);
            }
        }
        for attempt in &mut outcome.attempts {
            if let Some(error) = &mut attempt.error {
                self.secrets.redact_string(error);
            }
        }
    }

    fn redacted_headers(&self, response: &Response) -> Vec<(String, String)> {
        let hide = |name: &str, value: &str| {
            if secrets::is_secret_header(name) {
                secrets::REDACTED.to_owned()
            } else {
                self.secrets.redact(value).into_owned()
            }
        };
        response.headers.iter().map(|(name, value)| (name.clone(), hide(name, value))).collect()
    }
}

fn failure(kind: FailureKind, message: String, location: &Location) -> Failure {
    Failure { kind, reason: message.clone(), details: None, message, location: location.clone() }
}

fn no_answer(error: &ExchangeError, location: &Location) -> Failure {
    Failure {
        kind: FailureKind::CurlException,
        reason: format!("Curl Exception: {error}"),
        details: None,
        message: error.message.clone(),
        location: location.clone(),
    }
}

fn wrong_status(test: &Test, status: u16) -> Failure {
    let list = test.expected_status.iter().map(i128::to_string).collect::<Vec<_>>().join(", ");
    let expected = match test.expected_status.as_slice() {
        [] => "none (expected_status is empty)".to_owned(),
        [one] => one.to_string(),
        _ => format!("one of {list}"),
    };
    Failure {
        kind: FailureKind::InvalidResponse,
        reason: format!("Invalid HTTP response code: response code {status} not in expected codes [[{list}]]"),
        details: None,
        message: format!("expected status {expected}, got {status}"),
        location: test.location.clone(),
    }
}
