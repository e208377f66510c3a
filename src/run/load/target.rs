//! What every hit of a load run has in common: the test with its settings, budget and breakers.
//!
//! Owns: the request in a context, what is needed of an answer. Does not: send, or judge.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crossbeam_channel::Sender;

use crate::exchange::cookies::Jar;
use crate::exchange::egress::Permit;
use crate::exchange::request::Timeout;
use crate::exchange::request::{Exchange, ExchangeError, Request, Wanted};
use crate::exchange::response::Response;
use crate::exchange::trace::Carried;
use crate::ground::clock::Clock;
use crate::judge::contract::Contract;
use crate::judge::validate::Validator;
use crate::record::event::AttemptNotice;
use crate::retry::{Breaker, Guards, RetryConfig, RetryLoop, RetryPolicy};
use crate::run::guarded::Guarding;
use crate::run::rounds::Way;
use crate::run::session::Engine;
use crate::secrets::Secrets;
use crate::settings::precedence::Effective;
use crate::test::definition::Test;
use crate::test::privacy::Privacy;
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
    /// A program's own way to decide about retries.
    pub own: Option<Arc<dyn RetryPolicy>>,
    /// Budget and breakers, and where their news go.
    pub guarding: Guarding,
    pub guards: Arc<Guards>,
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
    /// Where its requests may go, if that is bounded.
    pub permit: Option<Box<Permit>>,
    /// The trace that its requests belong to, if there is one.
    pub trace: Option<Carried>,
    /// The share of the requests that have spans.
    pub trace_sample: f64,
    /// How many were asked about, and how many have.
    pub drawn: [AtomicU64; 2],
    /// What every answer must be like.
    pub contract: Option<Arc<Contract>>,
    pub clock: Arc<dyn Clock>,
    pub secrets: Secrets,
    /// Where sends of requests that are sent again are noted, while there is room; nowhere if nobody wants to know.
    pub attempts: Option<Sender<AttemptNotice>>,
    /// How many there were.
    pub noted: AtomicU64,
    /// Whether the first request that fails is kept, and that request.
    pub wants_failed: bool,
    pub failed: OnceLock<(Request, Secrets)>,
    /// Whether the first answer is kept to be looked over for secrets, and that answer with its request.
    pub watches_leaks: bool,
    pub first: OnceLock<(Request, Response)>,
    /// What is masked in answers, if anything is.
    pub privacy: Option<Arc<Privacy>>,
    /// Whether a hit may bind or extract a secret that no other has.
    pub has_own_secrets: bool,
    /// What each hit asks, worked out once.
    known: OnceLock<Known>,
}

/// What follows from a target and is the same for every hit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// What is needed of an answer.
    pub wanted: Wanted,
    /// Whether every hit sends the same bytes.
    pub is_constant: bool,
    /// Whether a hit leaves anything in its context.
    pub is_stateless: bool,
    /// Whether each request is sent once, and nobody counts it.
    pub is_sent_once: bool,
}

impl Target {
    /// The target of a load run, with the settings that hold for it.
    pub fn new(test: &Test, effective: &Effective, engine: &Engine<'_>) -> Target {
        let settings = engine.settings;
        Target {
            test: test.clone(),
            retry: effective.retry(),
            own: settings.retry_policy.clone(),
            guarding: Guarding::of(settings, effective),
            guards: settings.guards.clone(),
            timeout: effective.timeout.value,
            connect_timeout: effective.connect_limit(),
            max_body: effective.body_limit(),
            judging: Judging::Everything,
            wants_timing: false,
            user_agent: None,
            jar: None,
            permit: None,
            trace: None,
            trace_sample: 0.0,
            drawn: Default::default(),
            contract: None,
            clock: engine.clock.clone(),
            secrets: Secrets::default(),
            attempts: None,
            noted: AtomicU64::default(),
            wants_failed: false,
            failed: OnceLock::new(),
            watches_leaks: false,
            first: OnceLock::new(),
            has_own_secrets: false,
            privacy: None,
            known: OnceLock::new(),
        }
    }

    /// The request in a context.
    pub fn request(&self, context: &Context) -> Result<Request, String> {
        let mut request = self.test.render(context, self.timeout)?;
        self.test.statuses(context)?;
        request.connect_timeout = self.connect_timeout;
        request.max_body = self.max_body;
        request.permit = self.permit.clone();
        request.trace = self.trace.clone();
        if let Some(name) = self.user_agent {
            name_client(&mut request, name);
        }
        if let Some(most) = self.retry.max_elapsed {
            request = request.within(most).into_owned();
        }
        Ok(request)
    }

    /// Does with the way of a request whatever is done before it and for its authentication.
    pub fn on_its_way<T>(
        &self,
        request: &Request,
        (exchange, stopped): (&dyn Exchange, &dyn Fn() -> bool),
        go: impl FnOnce(&Way<'_>) -> T,
    ) -> T {
        let send = |request: &Request| exchange.send(request);
        let (retry, clock, spent) = (&self.retry, &*self.clock, &Cell::default());
        go(&Way { request, send: &send, retry, clock, stopped, spent, is_refused: Cell::default() })
    }

    /// Notes a send of a request that is sent again.
    pub fn note(&self, retries: u32, result: Result<(u16, Duration), &ExchangeError>) {
        let Some(attempts) = &self.attempts else { return };
        self.noted.fetch_add(1, Ordering::Relaxed);
        // An error by its kind: its message may hold what this request alone knows.
        let (answer, time) = match result {
            Ok((status, time)) => (format!("status {status}"), time),
            Err(error) => (error.kind.name().to_owned(), error.timing.total),
        };
        let _ = attempts.try_send(AttemptNotice { name: self.test.name.clone(), attempt: retries + 1, answer, time });
    }

    /// The first request that failed with the secrets that were its own, where it was wanted.
    pub fn first_failed(&self) -> Option<(Request, Secrets)> {
        self.failed.get().cloned()
    }

    /// What is the same for every hit; the target is as it will be.
    pub fn known(&self) -> &Known {
        self.known.get_or_init(|| Known {
            wanted: self.wanted(),
            is_constant: self.is_constant(),
            is_stateless: self.is_constant() && self.test.extract_binds.is_empty(),
            is_sent_once: !self.is_repeatable() && self.guarding.is_idle(),
        })
    }

    fn wanted(&self) -> Wanted {
        let judges_all = self.judging == Judging::Everything;
        let is_read = judges_all && (!self.test.validators.is_empty() || self.contract.is_some())
            || !self.test.extract_binds.is_empty();
        let hears_refusals = self.test.auth_block().is_some();
        match (is_read, self.is_repeatable() || hears_refusals) {
            (true, _) => Wanted::Everything,
            (false, true) => Wanted::StatusOrHead,
            (false, false) => Wanted::Status,
        }
    }

    /// Whether a request may be sent again.
    pub fn is_repeatable(&self) -> bool {
        !self.retry.is_off() || self.own.is_some()
    }

    /// Whether judging this answer may take longer than many others take altogether.
    pub fn is_heavy(&self, response: &Response) -> bool {
        const LARGE: usize = 64 * 1024;
        let validators = &self.test.validators;
        self.judging == Judging::Everything
            && (self.contract.is_some()
                || !validators.is_empty()
                    && (response.body.len() > LARGE || validators.iter().any(Validator::is_heavy)))
            && (self.contract.is_some()
                || !self.test.status_templates.is_empty()
                || self.test.expected_status.contains(&i128::from(response.status)))
    }

    fn is_constant(&self) -> bool {
        self.jar.is_none()
            && self.retry.idempotency_key.is_none()
            && self.test.generator_binds.is_empty()
            && (self.test.is_constant() || self.test.extract_binds.is_empty())
    }

    /// What decides about the answers of one request, which may come to these statuses.
    pub fn sends<'t>(&'t self, breaker: Option<&'t Breaker>, of: Circumstances<'t>) -> RetryLoop<'t> {
        RetryLoop {
            config: &self.retry,
            own: self.own.as_deref(),
            guard: self.guarding.guard(&self.guards, breaker),
            method: Some(&self.test.method),
            expected: of.expected,
            clock: &*self.clock,
            draw: of.draw,
            stopped: of.stopped,
        }
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

/// What a decision depends on besides the target.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'c> {
    /// The statuses that are right.
    pub expected: &'c [i128],
    /// Numbers from 0 up to 1.
    pub draw: &'c dyn Fn() -> f64,
    /// Whether the run is being stopped.
    pub stopped: &'c dyn Fn() -> bool,
}
