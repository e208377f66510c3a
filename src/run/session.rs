//! A set of tests that is running: its context, the secrets met so far, what it makes of a test and of an answer.
//!
//! Owns: binding and rendering, judging and extracting, what may be shown. Does not: know in which order any of
//! it comes (see `one_test`), send anything.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use super::courier::Courier;
use super::ends::Ends;
use super::excerpt::Excerpts;
use super::guarded::mark;
use super::hidden::is_hidden;
use super::hooks::{self, RunHooks};
use super::leak_watch::{LeakWatch, home_of};
use super::rounds::{Round, Way, in_rounds};
use super::shared::{End, Shared};
use super::unset::Unset;
use crate::exchange::cookies::Jar;
use crate::exchange::egress::{Egress, Permit};
use crate::exchange::request::Timeout;
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Request};
use crate::exchange::response::Response;
use crate::exchange::secret_places::{of_answer, tell_minted};
use crate::exchange::trace::{Role, Trace};
use crate::exchange::witness::Seen;
use crate::ground::clock::Clock;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::contract::Asked;
use crate::judge::outcome::{Compared, Excerpt, Failure, FailureKind, Outcome, Printed};
use crate::judge::validate::Keeper;
use crate::judge::wording::{SHOWN_LITTLE, beginning, shown_name};
use crate::record::event::{Event, Sink};
use crate::retry::RetryConfig;
use crate::secrets::{Secrets, shown_url};
use crate::settings::precedence::{Effective, Origin};
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

/// A set that is running: its context, and the secrets met so far.
pub(super) struct Session<'e> {
    pub(super) engine: &'e Engine<'e>,
    pub(super) config: &'e Config,
    pub(super) context: Context,
    pub(super) secrets: Secrets,
    /// The cookies of the set, if they are kept.
    pub(super) jar: Option<Jar>,
    /// How many changes of the jar are known to `secrets`.
    pub(super) jar_changes: u64,
    pub(super) run_hooks: &'e RunHooks<'e>,
    /// The request of the test under way, once it has been sent.
    pub(super) prepared: Option<Request>,
    /// How long the test under way waited for the person who watches it.
    pub(super) waited: Duration,
    /// The first round of the request under way, if it is ready and has not been sent.
    pub(super) begun: Cell<Option<Round>>,
    /// How long it took to get what its authentication needs.
    pub(super) spent: Cell<Duration>,
    /// What the system did not give, if that kept a test from being run at all: no verdict on the tests.
    pub(super) shortage: Option<String>,
    /// Lines of suites, for failures.
    pub(super) excerpts: Excerpts,
    /// What is known of variables that are not set.
    pub(super) unset: Unset<'e>,
    /// How the tests ended that others may need.
    pub(super) ends: Ends,
    /// Sends so that a stop need not wait, where something is to be cleaned up after one.
    pub(super) courier: Option<RefCell<Courier>>,
    /// Whether the test under way was left behind because the run was stopped.
    pub(super) left_behind: Cell<bool>,
    /// Whether its tests clean up: these are sent whatever stands open, once each.
    pub(super) cleans_up: bool,
    /// Where its requests may go, if that is bounded.
    pub(super) egress: Option<Arc<Egress>>,
    /// What is known of where secrets belong.
    pub(super) leaks: LeakWatch,
    /// The exchanges of the test under way, where anybody is to hear of them.
    pub(super) seen: RefCell<Vec<Seen>>,
    /// What waits before retries are drawn from.
    pub(super) random: RefCell<fastrand::Rng>,
    /// The trace of the test under way, if it has one.
    pub(super) trace: Option<Arc<Trace>>,
}

impl<'e> Session<'e> {
    /// A session over a context that somebody else has filled.
    pub(super) fn in_context(engine: &'e Engine<'e>, config: &'e Config, context: Context) -> Session<'e> {
        Session {
            engine,
            config,
            context,
            secrets: Secrets::default(),
            jar: config.cookies.as_ref().map(|cookies| cookies.jar.clone()),
            jar_changes: 0,
            run_hooks: &hooks::run,
            prepared: None,
            waited: Duration::ZERO,
            begun: Cell::default(),
            spent: Cell::default(),
            shortage: None,
            excerpts: Excerpts::default(),
            unset: Unset::default(),
            ends: Ends::default(),
            courier: None,
            left_behind: Cell::new(false),
            cleans_up: false,
            egress: Egress::narrowed(engine.settings.egress.as_ref(), config.allow_hosts.as_deref()),
            leaks: LeakWatch::default(),
            seen: RefCell::default(),
            random: random(engine.settings),
            trace: None,
        }
    }

    /// A session of its own for one of the sets of a suite, with what earlier ones hand on.
    pub(super) fn new(engine: &'e Engine<'e>, set: &'e TestSet, sets: &'e [TestSet], shared: &Shared) -> Session<'e> {
        let mut unset = Unset::of(set, sets);
        let (mut context, mut secrets) = shared.begin(&mut unset);
        let cleans_up = sets.iter().any(|set| !set.teardown.is_empty());
        let (config, vars) = (&set.config.variable_binds, &engine.settings.vars);
        // The command line has the last word, except in a file that imports others (see `TestSet`).
        let (first, last) = if set.has_imports { (vars, config) } else { (config, vars) };
        let presets = engine.settings.presets.iter().flat_map(|presets| &presets.vars);
        // What other suites hand on is said by suites, which win over presets.
        let presets: Vec<&(String, Value)> = presets.filter(|(name, _)| context.get(name).is_none()).collect();
        let (given, privacy) = (engine.settings.secrets.as_deref(), set.config.privacy.as_deref());
        if let Some(masks) = set.config.masks(given) {
            secrets.wear(&masks);
        }
        for (name, value) in presets.into_iter().chain(first).chain(last) {
            context.bind(name, value.clone());
            secrets.add_variable(name, value);
        }
        for (name, value) in privacy.iter().flat_map(|own| own.found.iter()).chain(given.iter().flat_map(|g| g.iter()))
        {
            context.bind(name, value.clone());
            secrets.add_declared(name, value);
        }
        for named in &set.config.generators {
            context.add_generator(&named.name, named.generator.clone());
        }
        let jar = set.config.cookies.as_deref().map(|cookies| shared.jar_for(cookies));
        if let Some(jar) = &jar {
            jar.tell_secrets(&mut secrets);
        }
        Session {
            engine,
            config: &set.config,
            context,
            secrets,
            jar_changes: 0,
            jar,
            run_hooks: &hooks::run,
            prepared: None,
            waited: Duration::ZERO,
            begun: Cell::default(),
            spent: Cell::default(),
            shortage: None,
            excerpts: Excerpts::default(),
            unset,
            ends: Ends::of(set),
            courier: cleans_up.then(|| RefCell::new(Courier::new(engine.exchange.clone()))),
            left_behind: Cell::new(false),
            cleans_up: false,
            egress: Egress::narrowed(engine.settings.egress.as_ref(), set.config.allow_hosts.as_deref()),
            leaks: LeakWatch::default(),
            seen: RefCell::default(),
            random: random(engine.settings),
            trace: None,
        }
    }

    /// Why a test does not run here, if it does not: what it needs, `skip`, `if`.
    pub(super) fn refusal(&mut self, test: &Test) -> Option<String> {
        let order = test.order.as_deref()?;
        let mut reason = self.ends.lacking(&order.depends_on).or_else(|| order.refusal(&self.context))?;
        self.read_answers();
        let mut own = self.secrets.beside();
        order.tell_secrets(&mut own, &self.context);
        self.secrets.redact_message(&own, &mut reason);
        self.unset.skipped(test, &reason);
        Some(reason)
    }

    /// What it may hand on once it has run.
    pub(super) fn end(&self) -> End<'_> {
        let given = &self.engine.settings.vars;
        End { context: &self.context, secrets: &self.secrets, jar: self.jar.as_ref(), given }
    }

    /// What is wrong with the list of a test, with the reason where nothing has set it.
    pub(super) fn about_list(&mut self, test: &Test, mut message: String) -> String {
        self.read_answers();
        if self.context.get(test.list()).is_none() {
            message.push_str(&format!(": {}", self.unset.why(test.list(), test).0));
        }
        self.secrets.redact_message(&Secrets::default(), &mut message);
        message
    }

    /// Sends a request; where the run is stopped meanwhile and something is to be cleaned up, nothing is waited for.
    pub(super) fn exchange(&self, request: &Request, stopped: &dyn Fn() -> bool) -> Result<Response, ExchangeError> {
        let answer = match &self.courier {
            None => self.engine.exchange.send(request),
            Some(courier) => courier.borrow_mut().send(request, stopped).unwrap_or_else(|| Err(self.leave_behind())),
        };
        self.witness(request, &answer);
        answer
    }

    /// Does with the way of a request whatever is done before it and for its authentication.
    fn on_its_way<T>(
        &self,
        (request, retry): (&Request, &RetryConfig),
        stopped: &dyn Fn() -> bool,
        go: impl FnOnce(&Way<'_>) -> T,
    ) -> T {
        let send = |request: &Request| self.exchange(request, stopped);
        let (clock, spent) = (&*self.engine.clock, &self.spent);
        go(&Way { request, send: &send, retry, clock, stopped, spent, is_refused: Cell::default() })
    }

    /// Makes a request ready to be sent: it may need a token first.
    ///
    /// # Errors
    /// There is none to be had.
    pub(super) fn make_ready(
        &self,
        request: &Request,
        retry: &RetryConfig,
        sink: &dyn Sink,
    ) -> Result<(), ExchangeError> {
        if request.auth.is_none() {
            return Ok(());
        }
        self.begun.set(self.on_its_way((request, retry), &|| sink.is_stopped(), Round::begin)?);
        Ok(())
    }

    /// Sends a request as often as its authentication needs.
    pub(super) fn exchange_signed(
        &self,
        request: &Request,
        (retry, expected): (&RetryConfig, &[i128]),
        stopped: &dyn Fn() -> bool,
    ) -> Result<Response, ExchangeError> {
        if request.auth.is_none() {
            return self.exchange(request, stopped);
        }
        self.on_its_way((request, retry), stopped, |way| in_rounds(way, self.begun.take(), expected))
    }

    /// What authentication has fetched since.
    pub(super) fn learn_tokens(&mut self, request: &Request) {
        if request.auth.is_some() {
            let mark = self.secrets.mark();
            request.tell_secrets(&mut self.secrets);
            self.leaks.has_learned |= self.secrets.mark() > mark;
        }
    }

    /// The run was stopped while a request was waited for.
    pub(super) fn leave_behind(&self) -> ExchangeError {
        self.left_behind.set(true);
        // Of all kinds, one that is never tried again.
        let message = "the run was stopped".to_owned();
        ExchangeError { kind: ErrorKind::Option, message, timing: Box::default() }
    }

    /// Waits; true where the run was stopped meanwhile and something is to be cleaned up.
    pub(super) fn is_stopped_in_delay(&self, delay: Duration, sink: &mut dyn Sink) -> bool {
        const NAP: Duration = Duration::from_millis(50);
        if delay.is_zero() {
            return false;
        }
        sink.emit(Event::DelayStarted(delay));
        if self.courier.is_none() {
            self.engine.clock.sleep(delay);
            return false;
        }
        let mut left = delay;
        while !left.is_zero() && !sink.is_stopped() {
            let nap = left.min(NAP);
            self.engine.clock.sleep(nap);
            left -= nap;
        }
        self.left_behind.set(!left.is_zero());
        self.left_behind.get()
    }

    /// Renders a test that has bound its variables.
    pub(super) fn prepare(&mut self, test: &Test, effective: &Effective) -> Result<Request, String> {
        let mut request = test.render(&self.context, effective.timeout.value)?;
        test.statuses(&self.context)?;
        request.connect_timeout = effective.connect_limit();
        request.tell_secrets(&mut self.secrets);
        request.jar = self.jar.clone();
        request.max_body = effective.body_limit();
        request.permit = self.permit(test);
        request.trace = self.carried(Role::Own);
        mark(&mut request, effective.idempotency_key());
        Ok(request)
    }

    /// Where a test's requests may go, if that is bounded.
    pub(super) fn permit(&self, test: &Test) -> Option<Box<Permit>> {
        let rules = self.egress.clone()?;
        Some(Box::new(Permit { rules, place: test.location.clone() }))
    }

    /// The secrets that a test's requests will carry, as far as they are known before the run.
    pub(super) fn secrets_of(&mut self, test: &Test) -> Secrets {
        self.read_answers();
        let mut context = self.context.clone();
        for (name, value) in &test.variable_binds {
            context.bind(name, value.clone());
        }
        if let Ok(request) = test.render(&context, Timeout::Unlimited) {
            request.tell_secrets(&mut self.secrets);
        }
        self.secrets.clone()
    }

    /// Variables that an extension has set.
    fn bind_told(&mut self) {
        for (name, value) in self.context.bind_told() {
            self.secrets.add_variable(&name, &value);
        }
    }

    /// Status first; only if it is right the validators, all of them, and then the extractions. Variables that these
    /// use, and that an extraction before them was to set and did not, come back.
    pub(super) fn judge(&mut self, test: &Test, response: &Response, outcome: &mut Outcome) -> Vec<String> {
        let mut unset = Vec::new();
        let not_described = self.not_described(test, response);
        let expected = test.statuses(&self.context).unwrap_or_default();
        if !expected.contains(&i128::from(response.status)) {
            let failure = wrong_status(test, &expected, response);
            self.keep_check(outcome, || "status".to_owned(), Some(&failure));
            outcome.failures.push(failure);
            outcome.failures.extend(not_described);
            return unset;
        }
        self.keep_check(outcome, || format!("status {}", response.status), None);
        outcome.failures.extend(not_described);
        for validator in &test.validators {
            let redact = |text: &str| self.without_secrets(test, response, text);
            let keeper = Keeper { redact: &redact, updates: self.engine.settings.update_snapshots };
            let failure = validator.check_with(response, &self.context, &keeper).err();
            let failure = failure.filter(|failure| !(self.is_replayed(response) && is_hidden(failure)));
            self.keep_check(outcome, || validator.claim(&self.context), failure.as_ref());
            outcome.failures.extend(failure);
            self.bind_told();
        }
        for (at, bind) in test.extract_binds.iter().enumerate() {
            let is_missing = |name: &String| {
                self.context.get(name).is_none() && test.extract_binds[..at].iter().any(|own| own.variable == *name)
            };
            unset.extend(bind.extractor.variables().into_iter().filter(is_missing));
            let extracted = bind.extractor.extract(response, &self.context);
            self.bind_told();
            match extracted {
                Ok(value) => {
                    let mark = self.secrets.mark();
                    bind.tell_secret(&mut self.secrets, &value);
                    self.leaks.adopt(self.secrets.since(mark), &home_of(&response.effective_url));
                    self.leaks.has_extracted = true;
                    self.context.bind(&bind.variable, value);
                    if self.context.get(&bind.variable).is_none() {
                        self.unset.found_nothing(test, bind, response, &self.context);
                    }
                }
                Err(error) => {
                    self.unset.not_extracted(test, bind, &error);
                    let message = format!("cannot set ${}: {error}", bind.variable);
                    let failure = failure(FailureKind::ExtractorException, message, &bind.location);
                    let excerpt = Excerpt::wanted(bind.location.position);
                    outcome.failures.push(Failure { excerpt, ..failure });
                }
            }
        }
        if let Some(path) = &test.save {
            let path = path.render(&self.context);
            if let Err(message) = self.engine.settings.file_root.write(&path, &response.body) {
                let message = format!("save: {message}");
                outcome.failures.push(failure(FailureKind::TestException, message, &test.location));
            }
        }
        unset
    }

    /// Keeps what was held against an answer, where a report tells all of it.
    fn keep_check(&self, outcome: &mut Outcome, claim: impl FnOnce() -> String, failure: Option<&Failure>) {
        if self.keeps_evidence() {
            outcome.checks.push((claim(), failure.map(|failure| failure.message.clone())));
        }
    }

    /// What the document of the API does not describe of an answer, if a document is named.
    pub(super) fn not_described(&self, test: &Test, response: &Response) -> Option<Failure> {
        let (contract, sent) = (self.config.contract.as_ref()?, self.prepared.as_ref()?);
        let asked = Asked { method: &sent.method, url: &sent.url, location: &test.location };
        contract.check(&asked, response).err().map(|failure| *failure)
    }

    /// A text of an answer without its secrets, and those met so far.
    pub(super) fn without_secrets(&self, test: &Test, response: &Response, text: &str) -> String {
        let mut brought = self.secrets.beside();
        self.learn_answer(test, response, &mut brought);
        self.secrets.redact_with(&brought, text).into_owned()
    }

    /// What answers have put into the jar: it is sent from now on, and comes back in later answers.
    pub(super) fn learn_cookies(&mut self) {
        if let Some(jar) = self.jar.as_ref().filter(|jar| jar.changes() != self.jar_changes) {
            self.jar_changes = jar.changes();
            let mark = self.secrets.mark();
            jar.tell_secrets(&mut self.secrets);
            self.leaks.fresh.extend(self.secrets.since(mark).map(str::to_owned));
        }
    }

    /// Writes the cookies where the file wants them, if it does.
    ///
    /// # Errors
    /// They cannot be written there.
    pub(super) fn save_cookies(&self) -> Result<(), String> {
        let Some((jar, config)) = self.jar.as_ref().zip(self.config.cookies.as_ref()) else { return Ok(()) };
        let Some(path) = &config.save else { return Ok(()) };
        let text = jar.to_text(self.engine.clock.date());
        let written = self.engine.settings.file_root.write(path, text.as_bytes());
        written.map_err(|reason| format!("{}: cookies: save: {reason}", config.location))
    }

    /// What a test binds before it sends.
    pub(super) fn learn_bound_secrets(&mut self, test: &Test) {
        test.tell_bound_secrets(&mut self.secrets, &self.context);
    }

    /// What the hits of a load run bound and extracted.
    pub(super) fn learn_load_secrets(&mut self, test: &Test) {
        test.tell_variable_secrets(&mut self.secrets, &self.context);
    }

    /// Both heads as curl shows them, without secrets.
    pub(super) fn heads(
        &self,
        test: &Test,
        request: &Request,
        answer: &Result<Response, ExchangeError>,
    ) -> Vec<String> {
        let mut brought = self.secrets.beside();
        if let Ok(response) = answer {
            self.learn_answer(test, response, &mut brought);
        }
        if request.auth.is_some() {
            request.tell_secrets(&mut brought);
        }
        let hide = |text: &str| self.secrets.redact_with(&brought, text).into_owned();
        let line = |mark: char, name: &str, value: &str| {
            format!("{mark} {name}: {}", self.secrets.redact_header(&brought, name, value))
        };
        let mut lines = vec![format!("> {} {}", request.method, hide(&shown_url(&request.url)))];
        lines.extend(request.headers.iter().map(|(name, value)| line('>', name, value)));
        match answer {
            Ok(response) => {
                lines.push(format!("< {}", response.status));
                lines.extend(response.headers.iter().map(|(name, value)| line('<', name, value)));
            }
            Err(error) => lines.push(format!("* {}", hide(&error.message))),
        }
        lines
    }

    /// The secrets of an answer: they live as long as its outcome.
    pub(super) fn learn_answer(&self, test: &Test, response: &Response, brought: &mut Secrets) {
        self.leaks.tell_unread(brought);
        for (name, value) in &response.headers {
            brought.add_header(name, value);
        }
        test.tell_extractable_secrets(brought, response, &self.context);
        let marks = of_answer(&response.body);
        tell_minted(&marks, response.json().ok().filter(|_| !marks.is_empty()), brought);
        if let Some(privacy) = &self.config.privacy {
            privacy.tell_masked(brought, response);
        }
    }

    /// Puts what is to be shown of the answer into the outcome, and takes secrets out of all of it.
    pub(super) fn redact(&mut self, test: &Test, outcome: &mut Outcome, response: Option<&Response>) {
        let settings = self.engine.settings;
        let print_body = settings.prints_bodies(self.config.print_bodies);
        // What is written in the suite alone holds nothing of answers.
        let has_foreign = outcome.attempts.len() > 1 || (self.leaks.has_extracted && !test.url.is_constant());
        let (keeps_evidence, keeps_exchanges) = (self.keeps_evidence(), self.keeps_exchanges(outcome));
        if !outcome.passed() || has_foreign || settings.keeps_bodies || keeps_evidence {
            self.leaks.has_shown = true;
            self.read_answers();
        }
        let mut brought = self.secrets.beside();
        if let Some(response) = response {
            if !outcome.passed() || settings.keeps_bodies || keeps_evidence {
                if let Some(request) = &self.prepared {
                    request.tell_body_secrets(&mut brought);
                }
                self.learn_answer(test, response, &mut brought);
            }
            if !outcome.passed() || settings.keeps_bodies {
                let header = |(name, value): &(String, String)| {
                    (name.clone(), self.secrets.redact_header(&brought, name, value))
                };
                outcome.body_size = Some(response.body.len() as u64);
                let text = response.text();
                let marks = of_answer(text.as_bytes());
                let places: Vec<(usize, usize)> = marks.iter().map(|mark| (mark.place.start, mark.place.end)).collect();
                outcome.body = Some(self.secrets.redact_at(&brought, &places, &text).into_owned());
                outcome.headers = Some(response.headers.iter().map(header).collect());
            }
            let print_headers = settings.prints_headers();
            if settings.print_answers {
                outcome.printed = Some(Box::new(Printed { body: Some(whole_answer(response)), headers: None }));
            } else if print_body || print_headers {
                outcome.printed = Some(Box::new(Printed {
                    body: print_body.then(|| response.text().into_owned()),
                    headers: print_headers.then(|| response.headers.clone()),
                }));
            }
        }
        if settings.exports {
            outcome.curl = self.exported_curl(test);
        } else if !outcome.passed() {
            outcome.curl = self.prepared.as_ref().and_then(|request| self.curl(request, &brought));
        }
        outcome.url = self.secrets.redact_with(&brought, &shown_url(&outcome.url)).into_owned();
        let hide = |text: &mut String| self.secrets.redact_message(&brought, text);
        for failure in &mut outcome.failures {
            hide(&mut failure.reason);
            hide(&mut failure.message);
            failure.details.iter_mut().for_each(hide);
            if let Some(compared) = failure.compared.as_deref_mut() {
                compared.texts_mut().for_each(hide);
            }
            let hide_word = |text: &str| self.secrets.redact_with(&brought, text).into_owned();
            failure.excerpt = if settings.excerpts { self.excerpts.of(failure, hide_word) } else { None };
        }
        outcome.attempts.iter_mut().filter_map(|attempt| attempt.error.as_mut()).for_each(hide);
        outcome.checks.iter_mut().flat_map(|(claim, why)| [claim].into_iter().chain(why)).for_each(hide);
        let parameters = outcome.described.iter_mut().flat_map(|described| &mut described.parameters);
        parameters.for_each(|parameter| hide(&mut parameter.value));
        if keeps_exchanges {
            if let (Some(request), Some(attempt)) = (&self.prepared, outcome.attempts.last_mut()) {
                let error = attempt.error.clone().unwrap_or_default();
                self.fill_in(attempt, request, (response.ok_or(&*error), &brought), outcome.body.as_deref());
            }
        } else {
            outcome.attempts.iter_mut().for_each(|attempt| attempt.exchange = None);
        }
        self.unset.hide(hide);
    }
}

/// Numbers that repeat with the seed.
fn random(settings: &Settings) -> RefCell<fastrand::Rng> {
    RefCell::new(settings.draws.or(settings.seed).map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed))
}

pub(super) fn failure(kind: FailureKind, message: String, location: &Location) -> Failure {
    Failure::new(kind, message, location)
}

/// The setting that ended an exchange, if its time was over; with the key that it has in suites.
pub(super) fn ended_by(
    error: &ExchangeError,
    location: &Location,
    (key, limit, origin): (&str, Option<Duration>, &Origin),
) -> Option<String> {
    let limit = limit.filter(|_| error.kind == ErrorKind::Timeout)?.as_secs_f64();
    match origin {
        Origin::Suite(place) if place.file == location.file && place.position.is_known() => {
            Some(format!("{key}: {limit}, line {}", place.position.line))
        }
        Origin::Suite(place) => Some(format!("{key}: {limit}, {}", place.line())),
        Origin::SettingsFile(place) => Some(format!("{key}: {limit}, {}", place.line())),
        Origin::Environment(name) => Some(format!("{name} {limit}")),
        Origin::CommandLine(flag) => Some(format!("--{flag} {limit}")),
        Origin::Default => None,
    }
}

pub(super) fn no_answer(error: &ExchangeError, location: &Location) -> Failure {
    Failure {
        reason: format!("Curl Exception: {error}"),
        ..Failure::new(FailureKind::CurlException, error.message.clone(), location)
    }
}

/// What keeps the body of a failed test from being read.
fn still_encoded(response: &Response) -> String {
    match response.unread_encoding().filter(|_| !response.body.is_empty()) {
        Some(encoding) => {
            format!(
                "; the body is encoded as {}, which cannot be read here",
                shown_name(beginning(encoding, SHOWN_LITTLE))
            )
        }
        None => String::new(),
    }
}

fn wrong_status(test: &Test, expected: &[i128], response: &Response) -> Failure {
    let status = response.status;
    let list = expected.iter().map(i128::to_string).collect::<Vec<_>>().join(", ");
    let expected = match expected {
        [] => "none (expected_status is empty)".to_owned(),
        [one] => one.to_string(),
        _ => format!("one of {list}"),
    };
    Failure {
        reason: format!("Invalid HTTP response code: response code {status} not in expected codes [[{list}]]"),
        compared: Some(Box::new(Compared {
            expected: format!("status {expected}"),
            got: format!("status {status}"),
            ..Compared::default()
        })),
        ..Failure::new(
            FailureKind::InvalidResponse,
            format!("expected status {expected}, got {status}{}", still_encoded(response)),
            &test.location,
        )
    }
}

/// An answer as it is shown on demand: its head, an empty line, its body.
fn whole_answer(response: &Response) -> String {
    let mut text = format!("{} {}\n", response.version, response.status);
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    text.push_str(&response.text());
    text
}
