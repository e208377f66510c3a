//! One hit: bind, render, send (and send again), judge. The seam between load and exchange.
//!
//! Owns: what a worker does with a permit. Does not: know permits, pacing, or how many workers there are.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::permits::Permit;
use super::sampled;
use super::stats::Sample;
use super::target::{Circumstances, Judging, Target};
use crate::exchange::authorization::Authorization;
use crate::exchange::cookies::Jar;
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Prepared, Request};
use crate::exchange::response::Response;
use crate::exchange::secret_places::{of_answer, tell_minted};
use crate::exchange::url::origin_of;
use crate::judge::contract::Asked;
use crate::judge::validate::{Keeper, Validator};
use crate::retry::{Answer, Breaker, Closed, Decision, Pass, Refusal, RetryLoop};
use crate::run::guarded::mark;
use crate::run::rounds::Round;
use crate::secrets::{Secrets, shown_url};
use crate::variables::context::Context;

/// What a worker may do now.
pub(super) struct Turn<'t> {
    /// Without one, the hit has no due time.
    pub permit: Option<Permit>,
    /// Whether the run is being stopped.
    pub stopped: &'t dyn Fn() -> bool,
    /// Whether the run's time is over.
    pub is_over: &'t dyn Fn() -> bool,
    /// Ends the run, and says why.
    pub break_off: &'t dyn Fn(String),
}

/// An answer as far as it is told apart from others before it is judged.
struct Came {
    status: u16,
    connects: u32,
    time: Duration,
    /// Where it may be sent again.
    headers: Option<Vec<(String, String)>>,
}

/// The shortest time that a request is given: none at all would be no bound.
pub(super) const LEAST: Duration = Duration::from_millis(1);

/// While a circuit is open, it is asked again so often.
pub(super) const BREAKER_NAP: Duration = Duration::from_millis(50);

/// A worker's own things: a connection, a context, the request built once if it never changes.
pub(super) struct Worker {
    exchange: Box<dyn Exchange>,
    constant: Option<Box<dyn Prepared>>,
    /// The request that is sent, where it is needed again: to be made with less time, or for its authentication.
    request: Option<Request>,
    /// The request of this hit, where it has a span of its own.
    sampled: Option<Request>,
    /// Its first round, if it is ready and has not been sent.
    begun: Cell<Option<Round>>,
    /// What tokens come by.
    tokens: Arc<dyn Exchange>,
    response: Response,
    subject: Subject,
    /// What waits before retries are drawn from.
    random: RefCell<fastrand::Rng>,
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
    /// The authentication as the target has it, and the one in its place that is its own.
    auth: Option<[Authorization; 2]>,
    /// What about it costs more of the client's time than other requests do.
    detour: Option<&'static str>,
    /// The breaker of the origin that it asks, and the beginning of the URL that names it.
    breaker: Option<(String, Arc<Breaker>)>,
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
    pub fn new(target: Arc<Target>, exchange: &Arc<dyn Exchange>, context: Context, random: fastrand::Rng) -> Worker {
        Worker {
            begun: Cell::default(),
            tokens: exchange.clone(),
            exchange: exchange.worker(),
            constant: None,
            request: None,
            sampled: None,
            response: Response::default(),
            subject: Subject::new(target, context),
            random: RefCell::new(random),
        }
    }

    /// The context with what the last hits bound.
    pub fn into_left_over(self) -> LeftOver {
        self.subject.into_left_over()
    }

    /// Sends one request and judges the answer. Nothing comes back where the run ends while its origin's circuit is
    /// open, or while it waits for the run's rate: it was never sent.
    pub fn hit(&mut self, turn: &Turn<'_>) -> Option<Sample> {
        let target = &*self.subject.target.clone();
        let mut once = None;
        let number = turn.permit.and_then(|_| target.sample());
        let prepared = match self.prepare(target, number, (&mut once, turn.stopped)) {
            Ok(()) => once.as_mut().or(self.constant.as_mut()),
            Err((error, message)) => return Some(Sample { error, reason: Some(message), ..Sample::default() }),
        };
        let Some(prepared) = prepared else { return Some(Sample::default()) };
        let signed = self.request.as_ref().filter(|request| request.auth.is_some());
        let deliver = |prepared: &mut dyn Prepared, response: &mut Response, expected: &[i128]| match signed {
            None => prepared.send(response),
            Some(request) => target.on_its_way(request, (&*self.tokens, turn.stopped), |way| {
                let begun = self.begun.take();
                let begun = if begun.is_some() { begun } else { Round::begin(way)? };
                let Some(mut round) = begun else { return prepared.send(response) };
                let mut opened = 0;
                loop {
                    prepared.send(response)?;
                    opened += response.timing.num_connects;
                    match round.next(response, expected.contains(&i128::from(response.status)), way)? {
                        Some(next) => round = next,
                        None => {
                            response.timing.num_connects = opened;
                            return Ok(());
                        }
                    }
                }
            }),
        };
        if target.known().is_sent_once {
            let due = turn.permit.and_then(|permit| permit.due);
            let lag = due.map(|due| due.elapsed());
            let sent = match signed {
                None => prepared.send(&mut self.response),
                Some(_) => {
                    let expected = target.test.statuses(&self.subject.context).unwrap_or_default();
                    deliver(&mut **prepared, &mut self.response, &expected)
                }
            };
            let mut sample = Sample {
                attempts: 1,
                lag,
                own_lag: lag.filter(|_| turn.permit.is_some_and(|permit| permit.was_awaited)),
                ..Sample::default()
            };
            sample.connections = match &sent {
                Ok(()) => self.response.timing.num_connects,
                Err(error) => error.timing.num_connects,
            };
            turn.hear(&sent);
            self.judge(sent, due, &mut sample);
            return Some(sample);
        }
        let breaker = self.subject.breaker();
        let expected = target.test.statuses(&self.subject.context).unwrap_or_default();
        let draw = || self.random.borrow_mut().f64();
        let sends =
            target.sends(breaker.as_deref(), Circumstances { expected: &expected, draw: &draw, stopped: turn.stopped });
        let pass = match &breaker {
            Some(breaker) => admitted(breaker, &sends, turn)?,
            None => Pass::Usual,
        };
        if !sends.guard.wait_for_rate(sends.clock, &|| (turn.stopped)() || (turn.is_over)()) {
            return None;
        }
        let due = turn.permit.and_then(|permit| permit.due);
        let lag = due.map(|due| due.elapsed());
        let mut connections = 0;
        let (response, exchange) = (&mut self.response, &self.exchange);
        // The first send has all the time that there is.
        let (mut is_first, request) = (true, self.request.as_ref());
        let concluded = sends.run(
            pass,
            |left| {
                match left.zip(request).filter(|_| !std::mem::take(&mut is_first)) {
                    None => deliver(&mut **prepared, response, &expected),
                    Some((left, request)) => {
                        let mut once = exchange.prepare(&request.within(left.max(LEAST)), target.known().wanted);
                        deliver(&mut *once, response, &expected)
                    }
                }?;
                let is_wanted = target.is_repeatable() && !(200..300).contains(&response.status);
                Ok(Came {
                    status: response.status,
                    connects: response.timing.num_connects,
                    time: response.timing.total,
                    headers: is_wanted.then(|| response.headers.clone()),
                })
            },
            |result: &Result<Came, ExchangeError>| match result {
                Ok(came) => Answer::Status(came.status, came.headers.as_deref().unwrap_or_default()),
                Err(error) => Answer::Error(error.kind),
            },
            |retries, result, decision| {
                connections += match result {
                    Ok(came) => came.connects,
                    Err(error) => error.timing.num_connects,
                };
                if retries > 0 || decision != Decision::Stop {
                    target.note(retries, result.as_ref().map(|came| (came.status, came.time)));
                }
            },
        );
        let mut sample = Sample {
            retries: concluded.retries,
            is_exhausted: concluded.is_exhausted(),
            connections,
            attempts: concluded.retries + 1,
            lag,
            // What waits for the run's rate is late because it was to be.
            own_lag: lag.filter(|_| sends.guard.rate.is_none() && turn.permit.is_some_and(|permit| permit.was_awaited)),
            ..Sample::default()
        };
        let due = due.filter(|_| sample.retries == 0);
        turn.hear(&concluded.answer);
        self.judge(concluded.answer.map(drop), due, &mut sample);
        explain(&mut sample, concluded.decision);
        Some(sample)
    }

    /// Judges what the last send came to; `due` is from when its time counts, if not from its own start.
    fn judge(&mut self, sent: Result<(), ExchangeError>, due: Option<Instant>, sample: &mut Sample) {
        if let Some(request) = self.sampled.take() {
            sampled::keep(&request, Instant::now(), sent.as_ref().map(|()| &self.response), sample.retries);
        }
        match sent {
            Ok(()) => self.subject.answered(&self.response, due.map(|due| due.elapsed()), sample),
            Err(error) => self.subject.unanswered(&error, &self.response, sample),
        }
    }

    /// Makes the request of this hit: once for all into `constant`, or for this one into `once`.
    fn prepare(
        &mut self,
        target: &Target,
        number: Option<u64>,
        (once, stopped): (&mut Option<Box<dyn Prepared>>, &dyn Fn() -> bool),
    ) -> Result<(), (Option<ErrorKind>, String)> {
        if number.is_some() {
            // Those after it are as they were before.
            self.constant = None;
        }
        if self.constant.is_some() {
            return Ok(());
        }
        let mut request = self.subject.request(&self.response).map_err(|message| (None, message))?;
        if let Some(number) = number {
            request = sampled::with_span(request, number);
            self.sampled = Some(request.clone());
        }
        if request.auth.is_some() {
            // Its bytes hold what proves who asks.
            let ready = target.on_its_way(&request, (&*self.tokens, stopped), Round::begin);
            let begun = ready.map_err(|error| (Some(error.kind), self.subject.hide(&error.message, &self.response)))?;
            self.begun.set(begun);
        }
        let prepared = self.exchange.prepare(&request, target.known().wanted);
        self.subject.detour = prepared.detour();
        *(if target.known().is_constant && number.is_none() { &mut self.constant } else { once }) = Some(prepared);
        self.request = (target.retry.max_elapsed.is_some() || request.auth.is_some()).then_some(request);
        Ok(())
    }
}

impl Turn<'_> {
    /// Ends the run where requests may not go: the next one would be refused as well, and at no cost of time.
    fn hear<T>(&self, answer: &Result<T, ExchangeError>) {
        if let Err(error) = answer
            && error.kind == ErrorKind::Egress
        {
            (self.break_off)(error.message.clone());
        }
    }
}

/// Waits until a send may go out; nothing if the run ends before that.
fn admitted(breaker: &Breaker, sends: &RetryLoop<'_>, turn: &Turn<'_>) -> Option<Pass> {
    loop {
        let now = sends.clock.now();
        let wait = match breaker.ask(now) {
            Ok(pass) => return Some(pass),
            Err(Closed::ForEver) => {
                (turn.break_off)(breaker.message(now));
                return None;
            }
            Err(Closed::Until(then)) => then.saturating_duration_since(now).min(BREAKER_NAP),
            Err(Closed::Probing) => BREAKER_NAP,
        };
        if (turn.stopped)() || (turn.is_over)() {
            return None;
        }
        sends.clock.sleep(wait);
    }
}

/// Says of a request that failed why it was not sent again.
pub(super) fn explain(sample: &mut Sample, decision: Decision) {
    // How long each server asked to be left alone would make every reason one of its own.
    let why = match decision {
        Decision::Refused(Refusal::RetryAfter { .. }) => "Retry-After is above retry_after_max",
        Decision::Refused(Refusal::Elapsed { .. }) => "max_elapsed leaves no time for another",
        Decision::Refused(Refusal::Budget) => "retry budget used up",
        Decision::Refused(Refusal::Circuit) => "circuit open",
        _ => return,
    };
    if let Some(reason) = &mut sample.reason {
        reason.push_str("; ");
        reason.push_str(why);
    }
}

impl Subject {
    /// A test in this context.
    pub fn new(target: Arc<Target>, context: Context) -> Subject {
        let jar = target.jar.as_ref().map(Jar::fork);
        Subject {
            target,
            context,
            jar,
            rank: Progress::Idle,
            url: None,
            own: Secrets::default(),
            auth: None,
            detour: None,
            breaker: None,
        }
    }

    /// What belongs to one connection is not shared by all of them.
    fn fork_auth(&mut self, request: &mut Request) {
        let Some(auth) = &mut request.auth else { return };
        if let Some([_, own]) = self.auth.as_ref().filter(|[known, _]| Arc::ptr_eq(&known.0, &auth.0)) {
            *auth = own.clone();
            return;
        }
        let own = auth.0.fork().map_or_else(|| auth.clone(), Authorization);
        self.auth = Some([std::mem::replace(auth, own.clone()), own]);
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
        self.fork_auth(&mut request);
        if target.has_own_secrets {
            self.own = target.secrets.beside();
            target.test.tell_variable_secrets(&mut self.own, &self.context);
            request.tell_secrets(&mut self.own);
        }
        mark(&mut request, target.retry.idempotency_key.as_ref());
        if target.guarding.has_breakers() {
            self.find_breaker(&request.url);
        }
        self.url = Some(request.url.clone());
        Ok(request)
    }

    /// The breaker of the origin that its last request asks, if origins have any.
    pub fn breaker(&self) -> Option<Arc<Breaker>> {
        self.breaker.as_ref().map(|(_, breaker)| breaker.clone())
    }

    /// Looks the breaker up where another origin is asked than before; that takes a lock.
    fn find_breaker(&mut self, url: &str) {
        let origin = origin_of(url);
        if self.breaker.as_ref().is_none_or(|(known, _)| known != origin) {
            self.breaker = self.target.guarding.breaker(url).map(|breaker| (origin.to_owned(), breaker));
        }
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
        if self.target.watches_leaks && self.target.first.get().is_none() {
            self.keep_first(response);
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

    /// Keeps an exchange to be looked over when nobody waits.
    #[cold]
    fn keep_first(&self, response: &Response) {
        if let (Some(request), _) = self.now() {
            let mut response = response.clone();
            if response.effective_url.is_empty() {
                response.effective_url.clone_from(&request.url);
            }
            let _ = self.target.first.set((request, response));
        }
    }

    /// The request as its context has it, and the secrets that it bound and sent.
    fn now(&self) -> (Option<Request>, Secrets) {
        let target = &*self.target;
        let mut own = target.secrets.beside();
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
        let marks = of_answer(&response.body);
        tell_minted(&marks, response.json().ok().filter(|_| !marks.is_empty()), &mut own);
        if let Some(privacy) = &target.privacy {
            privacy.tell_masked(&mut own, response);
        }
        let mut text = text.to_owned();
        target.secrets.redact_message(&own, &mut text);
        text
    }

    fn judge(&mut self, response: &Response) -> Option<String> {
        let (target, status) = (self.target.clone(), response.status);
        let test = &target.test;
        let contract = target.contract.as_ref().filter(|_| target.judging == Judging::Everything);
        let described = contract.map_or(Ok(()), |contract| {
            // Whoever judges for a loop has not sent anything.
            let url = self.url.as_deref().map_or_else(|| test.url(&self.context).into(), Cow::Borrowed);
            contract.check(&Asked { method: &test.method, url: &url, location: &test.location }, response)
        });
        if !test.statuses(&self.context).unwrap_or_default().contains(&i128::from(status)) {
            return Some(format!("status {status}"));
        }
        if let Err(failure) = described {
            return Some(self.hide(&failure.message, response));
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
