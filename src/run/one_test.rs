//! One test: hooks, delay, send, judge; or a load run in place of the send.
//!
//! Owns: the order of things within a test. Does not: print, open sockets, know what is a secret.

use std::cell::RefCell;
use std::time::Duration;

use super::guarded::{Guarding, pass_on_news};
use super::hooks::HookCall;
use super::load::{self, Job, Judging};
use super::previewed::Shown;
use super::sending::{Answered, Sending, Sent};
use super::session::{Engine, Session, ended_by, failure, no_answer};
use super::unset::put_in_front;
use crate::judge::load_run;
use crate::judge::outcome::{Attempt, Failure, FailureKind, Outcome};
use crate::load::plan::LoadPlan;
use crate::record::event::{AttemptNotice, Event, RetryNotice, Sink};
use crate::retry::{Concluded, Decision, MOST_SENDS, Refusal, RetryConfig, RetryLoop, answer_of};
use crate::secrets::{Secrets, shown_url};
use crate::test::definition::Test;
use crate::test::set::Config;
use crate::variables::context::{Context, LastTest};

/// The shortest time that a request is given: none at all would be no bound.
const LEAST: Duration = Duration::from_millis(1);

/// Says of what was wrong with an answer why it was the last one.
fn explain(failures: &mut [Failure], refusal: Option<String>) {
    if let (Some(failure), Some(refusal)) = (failures.first_mut(), refusal) {
        for text in [&mut failure.message, &mut failure.reason] {
            text.push_str("; ");
            text.push_str(&refusal);
        }
    }
}

/// Runs one test in a context, as a program would. What its `if` or `skip` keeps from running is not sent; the outcome
/// says why.
pub fn run_test(engine: &Engine<'_>, test: &Test, config: &Config, context: &mut Context) -> Outcome {
    let mut session = Session::in_context(engine, config, std::mem::take(context));
    let covered = test.enter_row(&mut session.context);
    let outcome = match session.refusal(test) {
        Some(reason) => {
            Test::undo_row(&mut session.context, covered);
            Outcome {
                name: test.name.clone(),
                group: test.group.clone(),
                location: test.location.clone(),
                method: test.method.clone(),
                skipped: Some(reason),
                ..Outcome::default()
            }
        }
        None => {
            let outcome = session.run(test, &mut |_: Event| {});
            test.leave_row(&mut session.context, covered);
            outcome
        }
    };
    *context = session.context;
    outcome
}

impl Session<'_> {
    /// A test from its beginning to its verdict, with the time that it took.
    pub(super) fn run(&mut self, test: &Test, sink: &mut dyn Sink) -> Outcome {
        let clock = self.engine.clock.clone();
        let (date, started) = (clock.date(), clock.now());
        self.unset.forget(test);
        self.waited = Duration::ZERO;
        self.spent.take();
        self.begin_trace();
        let mut outcome = self.guarded(test, sink);
        self.tell_witness(test);
        self.unset.ended(test, &outcome, &self.context);
        outcome.started = Some(date);
        outcome.duration =
            clock.now().saturating_duration_since(started).saturating_sub(self.waited + self.spent.get());
        outcome.trace = self.end_trace(test);
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
                self.read_answers();
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
            described: test.described(),
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
            described: test.described(),
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
            self.read_answers();
            let preview = self.preview(test, &request);
            self.show(preview, sink);
        }
        if self.is_stopped_in_delay(test.delay, sink) {
            return outcome;
        }
        let shown = request.jar.as_ref().map(|_| request.with_its_cookies(self.engine.clock.date()));
        let settings = self.engine.settings;
        let guarding = match self.cleans_up {
            true => Guarding::of_teardown(settings, &effective),
            false => Guarding::of(settings, &effective),
        };
        let breaker = guarding.breaker(&request.url);
        let guard = guarding.guard(&self.engine.settings.guards, breaker.as_deref());
        let pass = match guard.ask(&*self.engine.clock) {
            Ok(pass) => pass,
            Err(closed) => {
                let now = self.engine.clock.now();
                let why = breaker.as_deref().map(|breaker| breaker.refuse(closed, now)).unwrap_or_default();
                outcome.failures.push(failure(FailureKind::TestException, why, &test.location));
                self.prepared = Some(shown.unwrap_or(request));
                put_in_front(&unset, &mut outcome.failures);
                self.redact(test, &mut outcome, None);
                return outcome;
            }
        };
        let retry =
            if self.cleans_up || self.engine.settings.replays { RetryConfig::default() } else { effective.retry() };
        if let Err(error) = self.make_ready(&request, &retry, sink) {
            outcome.failures.push(no_answer(&error, &test.location));
            self.learn_tokens(&request);
            self.prepared = Some(shown.unwrap_or(request));
            put_in_front(&unset, &mut outcome.failures);
            self.redact(test, &mut outcome, None);
            return outcome;
        }
        let started = self.engine.clock.now();
        let sending = Sending { test, request: &request, retry: &retry, guard, pass, deadline: None, before: 0 };
        let sent = match &test.poll {
            Some(poll) => self.poll(poll, &sending, sink),
            None => {
                let (concluded, attempts) = self.send(&sending, sink);
                Sent { concluded, attempts, polls: 0, earlier: 0, ended: None }
            }
        };
        let Sent { concluded, attempts, polls, earlier, ended } = sent;
        self.learn_cookies();
        self.learn_tokens(&request);
        (outcome.attempts, outcome.polls, outcome.earlier_attempts) = (attempts, polls, earlier);
        outcome.exhausted = concluded.is_exhausted();
        self.prepared = Some(shown.unwrap_or(request));
        let refusal = match concluded.decision {
            Decision::Refused(Refusal::Circuit) => breaker.map(|breaker| breaker.message(self.engine.clock.now())),
            Decision::Refused(refusal) => Some(refusal.to_string()),
            _ => None,
        };
        let refusal = refusal.filter(|_| ended.is_none());
        match concluded.answer {
            Ok(response) => {
                outcome.status = Some(response.status);
                let leak = self.prepared.take().and_then(|request| {
                    let leak = self.look_for_leaks(test, (&request, &response), sink);
                    self.prepared = Some(request);
                    leak
                });
                let before = self.engine.settings.probe.as_ref().map(|_| self.context.clone());
                let names = match ended {
                    None => self.judge(test, &response, &mut outcome),
                    Some(failure) => {
                        outcome.failures.push(*failure);
                        Vec::new()
                    }
                };
                explain(&mut outcome.failures, refusal);
                outcome.failures.extend(self.drifted(test, &response, sink));
                outcome.failures.extend(leak);
                let unset_later = self.about_unset(test, names, effective.unset_variables.value, sink);
                if let Err(message) = &unset_later {
                    outcome.failures.insert(0, failure(FailureKind::TestException, message.clone(), &test.location));
                }
                if let Some(before) = before.filter(|_| outcome.passed()) {
                    self.probe(test, &response, &before);
                }
                self.redact(test, &mut outcome, Some(&response));
                self.put_by(response);
                put_in_front(&unset_later, &mut outcome.failures);
                put_in_front(&unset, &mut outcome.failures);
            }
            Err(error) => {
                let is_over = ended.is_some();
                outcome.failures.push(ended.map_or_else(|| no_answer(&error, &test.location), |failure| *failure));
                explain(&mut outcome.failures, refusal);
                let elapsed = self.engine.clock.now().saturating_duration_since(started);
                let all = effective.retry.rare.as_ref().and_then(|rare| rare.max_elapsed.as_ref());
                let limit = match all.filter(|all| elapsed >= all.value) {
                    Some(all) => ("max_elapsed", Some(all.value), &all.origin),
                    None => ("timeout", effective.timeout.value.limit(), &effective.timeout.origin),
                };
                outcome.ended_by = ended_by(&error, &test.location, limit).filter(|_| !is_over);
                put_in_front(&unset, &mut outcome.failures);
                self.redact(test, &mut outcome, None);
            }
        }
        outcome
    }

    /// Sends until the answer stands; every send is an exchange of its own and is kept.
    pub(super) fn send(&self, sending: &Sending<'_>, sink: &mut dyn Sink) -> (Concluded<Answered>, Vec<Attempt>) {
        let Sending { test, request, retry, guard, pass, deadline, before } = *sending;
        let own = self.engine.settings.retry_policy.as_deref().filter(|_| !self.cleans_up);
        let is_repeatable = !retry.is_off() || own.is_some() || deadline.is_some();
        let expected = test.statuses(&self.context).unwrap_or_default();
        let mut attempts: Vec<Attempt> = Vec::with_capacity(1);
        let mut begun = self.seen.borrow().len();
        let sink = RefCell::new(sink);
        let sends = RetryLoop {
            config: retry,
            own,
            guard,
            method: Some(&request.method),
            expected: &expected,
            clock: &*self.engine.clock,
            draw: &|| self.random.borrow_mut().f64(),
            stopped: &|| {
                sink.borrow().is_stopped()
                    || deadline.is_some_and(|deadline| deadline.left(self.engine.clock.now()).is_zero())
            },
        };
        // A poll has waited for its turn: its limit counts from the first send.
        let is_let_go = deadline.is_some() || guard.wait_for_rate(sends.clock, sends.stopped);
        let concluded = sends.run(
            pass,
            |left| match left {
                _ if !is_let_go => Err(self.leave_behind()),
                None => self.exchange_signed(request, (retry, &expected), &|| sink.borrow().is_stopped()),
                Some(left) => {
                    let request = request.within(left.max(LEAST));
                    self.exchange_signed(&request, (retry, &expected), &|| sink.borrow().is_stopped())
                }
            },
            answer_of,
            |number, answer, decision| {
                if self.engine.settings.verbose {
                    sink.borrow_mut().emit(Event::HeadsExchanged(self.heads(test, request, answer)));
                }
                let wait = match decision {
                    Decision::Retry(wait) => Some(wait),
                    _ => None,
                };
                if wait.is_some() {
                    self.made_again(begun);
                }
                begun = self.seen.borrow().len();
                let (delay, is_asked_for) = (wait.map(|wait| wait.time), wait.is_some_and(|wait| wait.is_asked_for()));
                let mut attempt = match answer {
                    Ok(response) => {
                        let (status, time) = (Some(response.status), response.timing.total);
                        Attempt { status, error: None, time, delay, is_asked_for, exchange: None }
                    }
                    Err(error) => {
                        let (error, time) = (Some(error.message.clone()), error.timing.total);
                        Attempt { status: None, error, time, delay, is_asked_for, exchange: None }
                    }
                };
                let shown = match (attempt.status, &attempt.error) {
                    _ if !is_repeatable => String::new(),
                    (Some(status), _) => format!("status {status}"),
                    (None, Some(error)) => {
                        let mut brought = self.secrets.beside();
                        self.leaks.tell_unread(&mut brought);
                        self.secrets.redact_with(&brought, error).into_owned()
                    }
                    (None, None) => String::new(),
                };
                if is_repeatable {
                    sink.borrow_mut().emit(Event::AttemptFinished(Box::new(AttemptNotice {
                        name: test.name.clone(),
                        attempt: before.saturating_add(number + 1),
                        answer: shown.clone(),
                        time: attempt.time,
                    })));
                }
                pass_on_news(&self.engine.settings.guards, *sink.borrow_mut());
                if let Some(wait) = wait {
                    let most = if own.is_some() { MOST_SENDS } else { retry.most_sends(answer_of(answer)) };
                    let word = if attempt.status.is_some() { "due to" } else { "after" };
                    sink.borrow_mut().emit(Event::RetryScheduled(Box::new(RetryNotice {
                        name: test.name.clone(),
                        method: request.method.clone(),
                        cause: format!("{word} {shown}"),
                        attempt: number + 1,
                        of: most.max(number + 2),
                        delay: wait.time,
                        origin: wait.origin(),
                        has_key: retry.idempotency_key.is_some(),
                    })));
                }
                self.keep(test, request, &mut attempt, answer);
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
        self.show_load(&Shown { test, plan, default_concurrency: plan.mode.default_concurrency() }, sink);
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
        if let Some(broken) = finished.broken {
            outcome.failures.push(failure(FailureKind::TestException, broken, &test.location));
        }
        outcome.failures.extend(finished.leak);
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
