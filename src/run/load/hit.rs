//! One hit: bind, render, send (and send again), judge. The seam between load and exchange.
//!
//! Owns: what a worker does with a permit. Does not: know permits, pacing, or how many workers there are.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::permits::Permit;
use super::stats::Sample;
use crate::exchange::cookies::Jar;
use crate::exchange::request::Timeout;
use crate::exchange::request::{Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::Response;
use crate::ground::clock::Clock;
use crate::judge::validate::{Keeper, Validator};
use crate::record::event::AttemptNotice;
use crate::retry::{Answer, Decision, RetryConfig, RetryLoop};
use crate::secrets::{Secrets, shown_url};
use crate::settings::precedence::Effective;
use crate::test::definition::Test;
use crate::variables::context::Context;

/// What of an answer is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Judging {
    /// The status, and what is extracted: PyRestTest's own benchmarks look no further.
    Extraction,
    /// Status and validators, and what is extracted.
    Everything,
}

/// What every hit of a run has in common.
pub(super) struct Target {
    pub test: Test,
    pub retry: RetryConfig,
    pub timeout: Timeout,
    pub connect_timeout: Option<Duration>,
    pub max_body: Option<u64>,
    /// What of answers is judged.
    pub judging: Judging,
    /// Whether samples carry the times of their exchange.
    pub wants_timing: bool,
    /// The `User-Agent` in place of the usual one, unless the test has its own.
    pub user_agent: Option<&'static str>,
    /// The cookies that every connection begins with, each in a jar of its own.
    pub jar: Option<Jar>,
    pub clock: Arc<dyn Clock>,
    pub secrets: Secrets,
    /// Where sends of requests that are sent again are noted, while there is room; nowhere if nobody wants to know.
    pub attempts: Option<Sender<AttemptNotice>>,
    /// Whether the first request that fails is kept, and that request.
    pub wants_failed: bool,
    failed: OnceLock<(Request, Secrets)>,
    /// Whether a hit may bind or extract a secret that no other has.
    has_own_secrets: bool,
}

impl Target {
    /// The target of a load run, with the settings that hold for it.
    pub fn new(test: &Test, effective: &Effective, clock: Arc<dyn Clock>) -> Target {
        Target {
            test: test.clone(),
            retry: effective.retry(),
            timeout: effective.timeout.value,
            connect_timeout: effective.connect_limit(),
            max_body: effective.body_limit(),
            judging: Judging::Everything,
            wants_timing: false,
            user_agent: None,
            jar: None,
            clock,
            secrets: Secrets::default(),
            attempts: None,
            wants_failed: false,
            failed: OnceLock::new(),
            has_own_secrets: test.has_secret_variables(),
        }
    }

    /// The request in a context.
    pub fn request(&self, context: &Context) -> Result<Request, String> {
        let mut request = self.test.render(context, self.timeout)?;
        self.test.statuses(context)?;
        request.connect_timeout = self.connect_timeout;
        request.max_body = self.max_body;
        if let Some(name) = self.user_agent {
            name_client(&mut request, name);
        }
        Ok(request)
    }

    /// Notes a send of a request that is sent again.
    pub fn note(&self, retries: u32, result: &Result<(u16, u32, Duration), ExchangeError>) {
        let Some(attempts) = &self.attempts else { return };
        // An error by its kind: its message may hold what this request alone knows.
        let (answer, time) = match result {
            Ok((status, _, time)) => (format!("status {status}"), *time),
            Err(error) => (error.kind.name().to_owned(), error.timing.total),
        };
        let _ = attempts.try_send(AttemptNotice { name: self.test.name.clone(), attempt: retries + 1, answer, time });
    }

    /// The first request that failed with the secrets that were its own, where it was wanted.
    pub fn first_failed(&self) -> Option<(Request, Secrets)> {
        self.failed.get().cloned()
    }

    /// What is needed of an answer.
    pub fn wanted(&self) -> Wanted {
        let judges_all = self.judging == Judging::Everything;
        let is_read = judges_all && !self.test.validators.is_empty() || !self.test.extract_binds.is_empty();
        if is_read { Wanted::Everything } else { Wanted::Status }
    }

    /// Whether a hit leaves anything in its context.
    pub fn is_stateless(&self) -> bool {
        self.is_constant() && self.test.extract_binds.is_empty()
    }

    /// Whether judging this answer may take longer than many others take altogether.
    pub fn is_heavy(&self, response: &Response) -> bool {
        const LARGE: usize = 64 * 1024;
        let validators = &self.test.validators;
        self.judging == Judging::Everything
            && !validators.is_empty()
            && (response.body.len() > LARGE || validators.iter().any(Validator::is_heavy))
            && (!self.test.status_templates.is_empty()
                || self.test.expected_status.contains(&i128::from(response.status)))
    }

    /// Whether every hit sends the same bytes.
    pub fn is_constant(&self) -> bool {
        self.jar.is_none()
            && self.test.generator_binds.is_empty()
            && (self.test.is_constant() || self.test.extract_binds.is_empty())
    }
}

fn name_client(request: &mut Request, name: &str) {
    const HEADER: &str = "user-agent";
    let is_set = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(HEADER))
        || request.suppressed.iter().any(|name| name == HEADER)
        || request.options.user_agent.is_some();
    if !is_set {
        request.headers.push((HEADER.to_owned(), name.to_owned()));
    }
}

/// A worker's own things: a connection, a context, the request built once if it never changes.
pub(super) struct Worker {
    exchange: Box<dyn Exchange>,
    constant: Option<Box<dyn Prepared>>,
    response: Response,
    subject: Subject,
}

/// What is sent and judged, in a context of its own.
pub(super) struct Subject {
    target: Arc<Target>,
    context: Context,
    jar: Option<Jar>,
    rank: Progress,
    /// The URL of the last request, secrets and all.
    url: Option<String>,
    /// The secrets that are this request's own.
    own: Secrets,
    /// What about it costs more of the client's time than other requests do.
    detour: Option<&'static str>,
}

/// What a worker's context has to offer to the tests that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress {
    /// It sent nothing: another worker took all permits.
    Idle,
    /// It bound what a test binds before it sends.
    Bound,
    /// An answer was right, and everything was extracted from it.
    Extracted,
}

/// The context that a worker leaves behind.
pub(super) struct LeftOver {
    pub rank: Progress,
    pub context: Context,
    /// The URL of its last request, if it sent any.
    pub url: Option<String>,
    /// What about its requests costs more of the client's time than other requests do.
    pub detour: Option<&'static str>,
}

impl Worker {
    /// A worker with a connection of its own; nothing is opened before the first hit.
    pub fn new(target: Arc<Target>, exchange: &dyn Exchange, context: Context) -> Worker {
        Worker {
            exchange: exchange.worker(),
            constant: None,
            response: Response::default(),
            subject: Subject::new(target, context),
        }
    }

    /// The context with what the last hits bound.
    pub fn into_left_over(self) -> LeftOver {
        self.subject.into_left_over()
    }

    /// Sends one request and judges the answer; without a permit it has no due time.
    pub fn hit(&mut self, permit: Option<Permit>, stopped: &dyn Fn() -> bool) -> Sample {
        let target = &*self.subject.target.clone();
        let mut once = None;
        let prepared = match self.prepare(target, &mut once) {
            Ok(()) => once.as_mut().or(self.constant.as_mut()),
            Err(message) => return Sample { reason: Some(message), ..Sample::default() },
        };
        let Some(prepared) = prepared else { return Sample::default() };
        let due = permit.and_then(|permit| permit.due);
        let lag = due.map(|due| due.elapsed());
        let mut connections = 0;
        let expected = target.test.statuses(&self.subject.context).unwrap_or_default();
        let sends = RetryLoop {
            config: &target.retry,
            method: Some(&target.test.method),
            expected: &expected,
            clock: &*target.clock,
            stopped,
        };
        let response = &mut self.response;
        let concluded = sends.run(
            || prepared.send(response).map(|()| (response.status, response.timing.num_connects, response.timing.total)),
            |result: &Result<(u16, u32, Duration), ExchangeError>| match result {
                Ok((status, ..)) => Answer::Status(*status, &[]),
                Err(error) => Answer::Error(error.kind),
            },
            |retries, result, decision| {
                connections += match result {
                    Ok((_, opened, _)) => *opened,
                    Err(error) => error.timing.num_connects,
                };
                if retries > 0 || decision != Decision::Stop {
                    target.note(retries, result);
                }
            },
        );
        let mut sample = Sample {
            retries: concluded.retries,
            is_exhausted: concluded.is_exhausted(),
            connections,
            attempts: concluded.retries + 1,
            lag,
            own_lag: lag.filter(|_| permit.is_some_and(|permit| permit.was_awaited)),
            ..Sample::default()
        };
        match concluded.answer {
            Ok(_) => {
                let ended = due.filter(|_| sample.retries == 0).map(|due| due.elapsed());
                self.subject.answered(&self.response, ended, &mut sample);
            }
            Err(error) => self.subject.unanswered(&error, &self.response, &mut sample),
        }
        sample
    }

    /// Makes the request of this hit: once for all into `constant`, or for this one into `once`.
    fn prepare(&mut self, target: &Target, once: &mut Option<Box<dyn Prepared>>) -> Result<(), String> {
        if self.constant.is_some() {
            return Ok(());
        }
        let request = self.subject.request(&self.response)?;
        let prepared = self.exchange.prepare(&request, target.wanted());
        self.subject.detour = prepared.detour();
        *(if target.is_constant() { &mut self.constant } else { once }) = Some(prepared);
        Ok(())
    }
}

impl Subject {
    /// A test in this context.
    pub fn new(target: Arc<Target>, context: Context) -> Subject {
        let jar = target.jar.as_ref().map(Jar::fork);
        Subject { target, context, jar, rank: Progress::Idle, url: None, own: Secrets::default(), detour: None }
    }

    /// The context with what the last hits bound.
    pub fn into_left_over(self) -> LeftOver {
        let secrets = &self.target.secrets;
        let url = self.url.map(|url| secrets.redact_with(&self.own, &shown_url(&url)).into_owned());
        LeftOver { rank: self.rank, context: self.context, url, detour: self.detour }
    }

    /// The statuses that are right in its context.
    pub fn statuses<'t>(&self, target: &'t Target) -> Cow<'t, [i128]> {
        target.test.statuses(&self.context).unwrap_or_default()
    }

    /// The same in a context of its own, to judge elsewhere.
    pub fn fork(&self) -> Subject {
        Subject::new(self.target.clone(), self.context.clone())
    }

    /// Binds, and makes the next request. `last` is the answer before it.
    pub fn request(&mut self, last: &Response) -> Result<Request, String> {
        let target = &*self.target.clone();
        target.test.bind(&mut self.context)?;
        self.rank = self.rank.max(Progress::Bound);
        let mut request = target.request(&self.context).map_err(|message| self.hide(&message, last))?;
        request.jar = self.jar.clone();
        if target.has_own_secrets {
            self.own = Secrets::default();
            target.test.tell_variable_secrets(&mut self.own, &self.context);
            request.tell_secrets(&mut self.own);
        }
        self.url = Some(request.url.clone());
        Ok(request)
    }

    /// An answer, which ended so long after the request was due.
    pub fn answered(&mut self, response: &Response, ended: Option<Duration>, sample: &mut Sample) {
        let timing = &response.timing;
        sample.status = response.status;
        // From the due time, so that a stalled server cannot hide behind requests that never started.
        sample.time = Some(ended.unwrap_or(timing.exchange));
        sample.service = Some(timing.exchange);
        sample.bytes_in = timing.size_download;
        sample.bytes_out = timing.size_upload;
        if self.target.wants_timing {
            sample.timing = Some(Box::new(timing.clone()));
        }
        sample.reason = self.judge(response);
        if sample.reason.is_some() {
            self.keep_failed();
        }
    }

    /// No answer. The response has whatever was received of it.
    pub fn unanswered(&self, error: &ExchangeError, response: &Response, sample: &mut Sample) {
        sample.error = Some(error.kind);
        sample.reason = Some(self.hide(&error.message, response));
        self.keep_failed();
    }

    /// Keeps the request of this hit if it is the first that failed.
    fn keep_failed(&self) {
        let target = &*self.target;
        if !target.wants_failed || target.failed.get().is_some() {
            return;
        }
        let (request, own) = self.now();
        if let Some(request) = request {
            let _ = target.failed.set((request, own));
        }
    }

    /// The request as its context has it, and the secrets that it bound and sent.
    fn now(&self) -> (Option<Request>, Secrets) {
        let target = &*self.target;
        let mut own = Secrets::default();
        target.test.tell_variable_secrets(&mut own, &self.context);
        let mut request = target.request(&self.context).ok();
        if let (Some(request), Some(jar)) = (&mut request, &self.jar) {
            request.jar = Some(jar.clone());
            *request = request.with_its_cookies(target.clock.date());
            jar.tell_secrets(&mut own);
        }
        if let Some(request) = &request {
            request.tell_secrets(&mut own);
            request.tell_body_secrets(&mut own);
        }
        (request, own)
    }

    /// A text without secrets: those of the run, and what this hit bound, sent and received. Only a request that
    /// fails has such a text.
    fn hide(&self, text: &str, response: &Response) -> String {
        let target = &*self.target;
        let (_, mut own) = self.now();
        for (name, value) in &response.headers {
            own.add_header(name, value);
        }
        // What would have been extracted, had the answer been right.
        target.test.tell_extractable_secrets(&mut own, response, &self.context);
        let mut text = text.to_owned();
        target.secrets.redact_message(&own, &mut text);
        text
    }

    fn judge(&mut self, response: &Response) -> Option<String> {
        let (target, status) = (self.target.clone(), response.status);
        let test = &target.test;
        if !test.statuses(&self.context).unwrap_or_default().contains(&i128::from(status)) {
            return Some(format!("status {status}"));
        }
        let validators: &[Validator] = if target.judging == Judging::Everything { &test.validators } else { &[] };
        for validator in validators {
            let redact = |text: &str| self.hide(text, response);
            let keeper = Keeper { redact: &redact, updates: false };
            if let Err(failure) = validator.check_with(response, &self.context, &keeper) {
                return Some(self.hide(&failure.message, response));
            }
        }
        for bind in &test.extract_binds {
            match bind.extractor.extract(response, &self.context) {
                Ok(value) => self.context.bind(&bind.variable, value),
                Err(error) => {
                    let message = format!("cannot set ${}: {error}", bind.variable);
                    return Some(self.hide(&message, response));
                }
            }
        }
        self.rank = Progress::Extracted;
        None
    }
}
