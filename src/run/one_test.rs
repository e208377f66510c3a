//! One test: hooks, delay, send, judge; or a load run in place of the send.
//!
//! Owns: the order of things within a test. Does not: print, open sockets, know what is a secret.

use std::cell::RefCell;

use super::hooks::HookCall;
use super::load::{self, Job, Judging};
use super::session::{Engine, Session, ended_by, failure, no_answer};
use super::unset::put_in_front;
use crate::exchange::request::{ExchangeError, Request};
use crate::exchange::response::Response;
use crate::judge::load_run;
use crate::judge::outcome::{Attempt, FailureKind, Outcome};
use crate::load::plan::LoadPlan;
use crate::record::event::{AttemptNotice, Event, RetryNotice, Sink};
use crate::retry::{Concluded, Decision, RetryConfig, RetryLoop, answer_of};
use crate::secrets::{Secrets, shown_url};
use crate::test::definition::Test;
use crate::test::set::Config;
use crate::variables::context::{Context, LastTest};

/// Runs one test in a context, as a program would.
pub fn run_test(engine: &Engine<'_>, test: &Test, config: &Config, context: &mut Context) -> Outcome {
    let mut session = Session::in_context(engine, config, std::mem::take(context));
    let covered = test.enter_row(&mut session.context);
    let outcome = session.run(test, &mut |_: Event| {});
    test.leave_row(&mut session.context, covered);
    *context = session.context;
    outcome
}

impl Session<'_> {
    /// A test from its beginning to its verdict, with the time that it took.
    pub(super) fn run(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let clock = self.engine.clock.clone();
        let (date, started) = (clock.date(), clock.now());
        self.unset.forget(test);
        let mut outcome = self.guarded(test, sink);
        self.unset.ended(test, &outcome, &self.context);
        outcome.started = Some(date);
        outcome.duration = clock.now().saturating_duration_since(started);
        self.context.set_last(LastTest { status: outcome.status, passed: outcome.passed() });
        outcome
    }

    /// A test with the hooks around it.
    fn guarded(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let settings = self.engine.settings;
        let hooks = &settings.hooks;
        self.prepared = None;
        let occasion = |hook, passed| HookCall {
            hook,
            suite: Some(&test.location.file),
            test: Some((&test.name, &test.group)),
            passed,
            environment: &hooks.environment,
        };
        let mut outcome =
            match (self.run_hooks)(&hooks.before_each, &occasion("before_each", None), &|| sink.is_stopped()) {
                Ok(()) => self.verdict(test, sink),
                Err(message) => self.unsent(test, message),
            };
        let after = occasion("after_each", Some(outcome.passed()));
        if let Err(message) = (self.run_hooks)(&hooks.after_each, &after, &|| sink.is_stopped()) {
            outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
            if outcome.curl.is_none() {
                outcome.curl = self.prepared.as_ref().and_then(|request| self.curl(request, &Secrets::default()));
            }
        }
        outcome
    }

    /// The outcome of a test that could not be sent.
    pub(super) fn unsent(&self, test: &Test, message: String) -> Outcome {
        Outcome {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.clone(),
            location: test.location.clone(),
            method: test.method.clone(),
            url: self.secrets.redact(&shown_url(test.url.source())).into_owned(),
            failures: vec![failure(FailureKind::TestException, message, &test.location)],
            ..Outcome::default()
        }
    }

    fn verdict(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let mut outcome = Outcome {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.clone(),
            location: test.location.clone(),
            method: test.method.clone(),
            ..Outcome::default()
        };
        if let Some(plan) = &test.performance {
            return self.run_load(test, plan, outcome, sink);
        }
        let effective = self.engine.settings.resolve(&self.config.layer, &test.own_layers(None));
        let bound = test.bind(&mut self.context);
        self.learn_bound_secrets(test);
        let mut names = test.unset_to_send(&self.context);
        names.extend(test.unset_to_judge(&self.context));
        let unset = self.about_unset(test, names, effective.unset_variables.value, sink);
        let may_be_sent = unset.as_ref().map_err(Clone::clone).and(bound);
        let request = match may_be_sent.and_then(|()| self.prepare(test, &effective)) {
            Ok(request) => request,
            Err(message) => {
                outcome.url = test.url.render(&self.context);
                outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
                put_in_front(&unset, &mut outcome.failures);
                self.redact(test, &mut outcome, None);
                return outcome;
            }
        };
        outcome.url = request.url.clone();
        if self.engine.settings.interactive {
            sink.emit(Event::RequestPrepared(Box::new(self.preview(test, &request))));
            sink.pause();
        }
        if self.is_stopped_in_delay(test.delay, sink) {
            return outcome;
        }
        let shown = request.jar.as_ref().map(|_| request.with_its_cookies(self.engine.clock.date()));
        let (concluded, attempts) = self.send(test, &request, &effective.retry(), sink);
        self.learn_cookies();
        outcome.attempts = attempts;
        outcome.exhausted = concluded.is_exhausted();
        self.prepared = Some(shown.unwrap_or(request));
        match concluded.answer {
            Ok(response) => {
                outcome.status = Some(response.status);
                let names = self.judge(test, &response, &mut outcome);
                let unset_later = self.about_unset(test, names, effective.unset_variables.value, sink);
                if let Err(message) = &unset_later {
                    outcome.failures.insert(0, failure(FailureKind::TestException, message.clone(), &test.location));
                }
                self.redact(test, &mut outcome, Some(&response));
                put_in_front(&unset_later, &mut outcome.failures);
                put_in_front(&unset, &mut outcome.failures);
            }
            Err(error) => {
                outcome.failures.push(no_answer(&error, &test.location));
                outcome.ended_by = ended_by(&error, &test.location, &effective.timeout);
                put_in_front(&unset, &mut outcome.failures);
                self.redact(test, &mut outcome, None);
            }
        }
        outcome
    }

    /// Sends until the answer stands; every send is an exchange of its own and is kept.
    fn send(
        &self,
        test: &Test,
        request: &Request,
        retry: &RetryConfig,
        sink: &mut dyn Sink,
    ) -> (Concluded<Result<Response, ExchangeError>>, Vec<Attempt>) {
        let expected = test.statuses(&self.context).unwrap_or_default();
        let mut attempts: Vec<Attempt> = Vec::with_capacity(1);
        let sink = RefCell::new(sink);
        let sends = RetryLoop {
            config: retry,
            method: Some(&request.method),
            expected: &expected,
            clock: &*self.engine.clock,
            stopped: &|| sink.borrow().is_stopped(),
        };
        let concluded = sends.run(
            || self.exchange(request, &|| sink.borrow().is_stopped()),
            answer_of,
            |number, answer, decision| {
                if self.engine.settings.verbose {
                    sink.borrow_mut().emit(Event::HeadsExchanged(self.heads(test, request, answer)));
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
                let shown = match (attempt.status, &attempt.error) {
                    _ if retry.max_retries == 0 => String::new(),
                    (Some(status), _) => format!("status {status}"),
                    (None, Some(error)) => self.secrets.redact(error).into_owned(),
                    (None, None) => String::new(),
                };
                if retry.max_retries > 0 {
                    sink.borrow_mut().emit(Event::AttemptFinished(Box::new(AttemptNotice {
                        name: test.name.clone(),
                        attempt: number + 1,
                        answer: shown.clone(),
                        time: attempt.time,
                    })));
                }
                if let Some(delay) = delay {
                    let word = if attempt.status.is_some() { "due to" } else { "after" };
                    sink.borrow_mut().emit(Event::RetryScheduled(Box::new(RetryNotice {
                        name: test.name.clone(),
                        method: request.method.clone(),
                        cause: format!("{word} {shown}"),
                        attempt: number + 1,
                        of: retry.max_retries + 1,
                        delay,
                    })));
                }
                attempts.push(attempt);
            },
        );
        (concluded, attempts)
    }

    /// A test with a `performance:` block: it fails if a request failed or a threshold was missed.
    fn run_load(&mut self, test: &Test, plan: &LoadPlan, mut outcome: Outcome, sink: &mut dyn Sink) -> Outcome {
        for (name, value) in &test.variable_binds {
            self.context.bind(name, value.clone());
        }
        self.learn_bound_secrets(test);
        outcome.url = test.url.render(&self.context);
        let effective = self.engine.settings.resolve(&self.config.layer, &test.own_layers(Some(&plan.layer)));
        let names = self.unset_in_load(test, &self.context, Judging::Everything);
        let unset = self.about_unset(test, names, effective.unset_variables.value, sink);
        if let Err(message) = unset {
            outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
            self.redact(test, &mut outcome, None);
            return outcome;
        }
        if self.is_stopped_in_delay(test.delay, sink) {
            return outcome;
        }
        let job = Job {
            test,
            plan,
            default_concurrency: plan.mode.default_concurrency(),
            metrics: Vec::new(),
            judging: Judging::Everything,
            user_agent: None,
        };
        let finished = load::run(self, &job, sink);
        if let Some(url) = finished.url {
            outcome.url = url;
        }
        let summary = finished.summary;
        outcome.status = summary.statuses.iter().max_by_key(|(_, count)| **count).map(|(status, _)| *status);
        self.shortage = self.shortage.take().or(finished.fault.map(|fault| format!("{}: {fault}", test.name)));
        outcome.failures.extend(finished.fault.map(|fault| load_run::not_run(fault, &test.location)));
        outcome.failures.extend(load_run::failures(&summary, self.engine.settings.part, &test.location));
        put_in_front(&unset, &mut outcome.failures);
        outcome.load = Some(Box::new(summary));
        self.redact(test, &mut outcome, None);
        if !outcome.passed() {
            let failed = finished.failed.or_else(|| self.load_request(test, plan));
            outcome.curl = failed.and_then(|(request, own)| self.curl(&request, &own));
        }
        outcome
    }
}
