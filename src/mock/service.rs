//! A mock server's answers: from the request to the stub to what goes back.
//!
//! Owns: what holds of a whole server: its stubs, which may be replaced, its journal, what nobody was for. Does not:
//! handle connections (see `serve`), print (whoever starts it does).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use serde_json::json;

use super::api::{Checks, Way};
use super::incoming::Incoming;
use super::journal::{Journal, Noted, RequestLog};
use super::maker::Maker;
use super::matching::{Hit, Index};
use super::near_misses::nearest;
use super::passing::{Passed, Passing, Recorder, Told, Upstream};
use super::problem::problem;
use super::respond::fill;
use super::stub::{Action, Delay, Stubs};
use super::variables::{self, Fixed};
use crate::exchange::egress::Egress;
use crate::exchange::request::Exchange;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::recording::Place;
use crate::secrets::shown_url;
use crate::serve::{Answer, Call, Delivery, Planned, Reply, Service};
use crate::variables::context::Context;
use crate::variables::generator::{Generator, UuidVersion};
use crate::variables::seeds::FileSeed;

/// So many requests that no stub was for are told as they come; of the others the count is told at the end.
const TOLD: u64 = 20;
/// So many are listed.
const LISTED: usize = 100;
/// Where a server tells of itself.
const ADMIN: &str = "/__mock/";

/// How a mock server answers.
pub struct Options {
    /// The delay of answers that have none.
    pub delay: Option<Delay>,
    /// What random delays are drawn from.
    pub seed: u64,
    /// What `$uuid` is drawn from.
    pub seeds: FileSeed,
    /// What becomes of requests that are not as a document describes them.
    pub checks: Checks,
    /// Whether pages of any origin may use it.
    pub cors: bool,
    /// Whether it tells of itself.
    pub admin: bool,
    /// Where requests are logged.
    pub log: Option<RequestLog>,
    /// What passes requests on.
    pub exchange: Arc<dyn Exchange>,
    /// Where it may pass them on to, in place of what holds for that.
    pub rules: Option<Arc<Egress>>,
    /// Where requests are passed on to without a stub that says so.
    pub upstream: Option<Upstream>,
    /// What records those that are passed on.
    pub recorder: Option<Recorder>,
    /// Where the server is: `$mock_url`.
    pub url: String,
    /// Who hears of requests that no stub is for.
    pub told: Told,
}

/// A mock server.
pub struct Mock {
    content: RwLock<Arc<Content>>,
    options: Options,
    maker: Maker,
    passing: Arc<Passing>,
    journal: Arc<Journal>,
    unmatched: AtomicU64,
    listed: Mutex<Vec<String>>,
}

/// What it answers from.
struct Content {
    index: Index,
    fixed: Fixed,
}

impl Mock {
    /// A server of these stubs.
    pub fn new(stubs: Stubs, mut options: Options) -> Mock {
        let journal = Journal::new(options.log.take(), options.admin);
        let maker = Maker { allows_any_origin: options.cors };
        let content = Arc::new(Content::new(stubs, maker, &options));
        let passing = Passing {
            exchange: Arc::clone(&options.exchange),
            maker,
            told: Arc::clone(&options.told),
            rules: options.rules.take(),
            recorder: options.recorder.take(),
            has_lost: AtomicBool::new(false),
            url: options.url.clone(),
        };
        Mock {
            passing: Arc::new(passing),
            content: RwLock::new(content),
            maker,
            journal: Arc::new(journal),
            options,
            unmatched: AtomicU64::new(0),
            listed: Mutex::default(),
        }
    }

    /// Answers from these stubs from now on; what requests have changed is forgotten.
    pub fn replace(&self, stubs: Stubs) {
        let content = Arc::new(Content::new(stubs, self.maker, &self.options));
        *self.content.write().unwrap_or_else(PoisonError::into_inner) = content;
    }

    /// The stubs that have never answered.
    pub fn never_hit(&self) -> Vec<String> {
        let content = self.content();
        let unhit = content.index.stubs().iter().filter(|stub| stub.hits.load(Ordering::Relaxed) == 0);
        unhit.map(|stub| stub.place.clone()).collect()
    }

    /// How many requests no stub was for.
    pub fn unmatched(&self) -> u64 {
        self.unmatched.load(Ordering::Relaxed)
    }

    /// Whether something that was to be recorded was not.
    pub fn has_lost(&self) -> bool {
        self.passing.has_lost.load(Ordering::Relaxed)
    }

    fn listed(&self) -> MutexGuard<'_, Vec<String>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn content(&self) -> Arc<Content> {
        Arc::clone(&self.content.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What a server tells of itself.
    fn admin(&self, call: &Call<'_>) -> Answer {
        let word = call.path().strip_prefix(ADMIN).unwrap_or_default();
        match (call.method, word) {
            _ if !call.is_local => {
                problem(&self.maker, 403, "this is told to the server's own machine only", Vec::new())
            }
            ("GET", "requests") => self.maker.json(200, &self.journal.remembered()),
            ("GET", "verify") => {
                let verdict = json!({ "unmatched": *self.listed(), "never_hit": self.never_hit() });
                self.maker.json(200, &verdict)
            }
            ("POST", "reset") => {
                self.content().index.reset();
                self.journal.forget();
                self.listed().clear();
                self.unmatched.store(0, Ordering::Relaxed);
                self.maker.answer(204).body(Vec::new())
            }
            _ => {
                let detail = "there are GET /__mock/requests, GET /__mock/verify and POST /__mock/reset";
                problem(&self.maker, 404, detail, Vec::new())
            }
        }
    }

    fn unmatched_answer(&self, incoming: &Incoming<'_>, content: &Content) -> Answer {
        let call = incoming.call;
        let line = format!("{} {}", call.method, shown_url(call.target));
        let methods = content.index.methods(incoming);
        if !methods.is_empty() {
            let allowed = self.allowed(methods);
            if self.options.cors && call.method == "OPTIONS" {
                return self.maker.answer(204).with_allow(&allowed);
            }
            let detail = format!("no operation is for {line}; its path has {allowed}");
            self.count_unmatched(&line, &|| detail.clone());
            return problem(&self.maker, 405, &detail, Vec::new()).with_allow(&allowed);
        }
        let state = content.index.state();
        let near = nearest(content.index.stubs(), incoming, &|scenario| state.of(scenario).to_owned());
        drop(state);
        let detail = format!("no stub is for {line}");
        self.count_unmatched(&line, &|| {
            let misses = near.iter().map(|miss| format!("\n  {} ({}): {}", miss.place, miss.stub, miss.why));
            format!("{detail}{}", misses.collect::<String>())
        });
        let near = near.iter().map(|miss| json!({ "stub": miss.place, "request": miss.stub, "differs": miss.why }));
        problem(&self.maker, 404, &detail, vec![("nearest", near.collect())])
    }

    fn count_unmatched(&self, line: &str, told: &dyn Fn() -> String) {
        let number = self.unmatched.fetch_add(1, Ordering::Relaxed) + 1;
        if number <= TOLD {
            let more = if number == TOLD { "\nfurther ones are counted, and not told" } else { "" };
            (self.options.told)(&format!("{}{more}", told()));
        }
        let mut listed = self.listed();
        if listed.len() < LISTED {
            listed.push(line.to_owned());
        }
    }

    /// The methods of a path, for `Allow`.
    fn allowed(&self, mut methods: Vec<&str>) -> String {
        if self.options.cors && !methods.contains(&"OPTIONS") {
            methods.push("OPTIONS");
        }
        methods.join(", ")
    }

    fn respond(&self, hit: &Hit<'_>, incoming: &Incoming<'_>, content: &Content) -> Reply {
        let stub = hit.stub;
        if !stub.extract_binds.is_empty() {
            let found: Vec<(&str, Value)> = stub
                .extract_binds
                .iter()
                .filter_map(|bind| {
                    let value = bind.extractor.extract(incoming.as_answer(), &Context::new()).ok()?;
                    Some((bind.variable.as_str(), value))
                })
                .collect();
            let mut state = content.index.state();
            found.into_iter().for_each(|(name, value)| state.keep(name, value));
        }
        let (responses, cycles) = match &stub.action {
            Action::Respond { responses, cycles } => (responses, *cycles),
            Action::Resource(resource) => return self.after_delay(resource.answer(incoming, &self.maker), hit),
            Action::Operation(api, number) => {
                let way = Way {
                    maker: &self.maker,
                    checks: self.options.checks,
                    seed: self.options.seed,
                    count: hit.count,
                    told: &*self.options.told,
                };
                return self.after_delay(api.answer(*number, &stub.request.path, incoming, &way), hit);
            }
            Action::Proxy { origin, records } => {
                return self.pass_on(self.passing.passed(incoming.call, origin, &stub.location).recorded_if(*records));
            }
        };
        let last = responses.len().saturating_sub(1);
        let turn = usize::try_from(hit.count.saturating_sub(1)).unwrap_or(usize::MAX);
        let turn = if cycles { turn % responses.len().max(1) } else { turn.min(last) };
        let Some(response) = responses.get(turn) else { return Reply::Now(self.maker.answer(200).body(Vec::new())) };
        if let Some(answer) = response.at_once(self.options.delay) {
            return Reply::Now(answer.clone());
        }
        let answer = match &response.prepared {
            Some(answer) => answer.clone(),
            None => {
                let state = content.index.state();
                let known = (&content.fixed, state.kept());
                let context = variables::context(&response.variables, hit, incoming, known);
                drop(state);
                fill(self.maker, response, &context).unwrap_or_else(|message| {
                    (self.options.told)(&format!("{}: {message}", stub.place));
                    problem(&self.maker, 500, &message, Vec::new())
                })
            }
        };
        planned(answer, response.wait(self.options.delay, self.seed(hit)), response.delivery)
    }

    fn pass_on(&self, passed: Passed) -> Reply {
        let passing = Arc::clone(&self.passing);
        Reply::Later(Box::new(move || Reply::Now(passing.fetch(&passed))))
    }

    /// The answer to what no stub is for: that of the upstream, if there is one.
    fn without_stub(&self, incoming: &Incoming<'_>, content: &Content) -> Reply {
        if let Some(answer) = self.preflight(incoming.call) {
            return Reply::Now(answer);
        }
        match &self.options.upstream {
            Some(upstream) => self.pass_on(self.passing.passed(incoming.call, &upstream.origin, &Location::default())),
            None => Reply::Now(self.unmatched_answer(incoming, content)),
        }
    }

    fn after_delay(&self, answer: Answer, hit: &Hit<'_>) -> Reply {
        let wait = self.options.delay.map(|delay| delay.drawn(&mut fastrand::Rng::with_seed(self.seed(hit))));
        planned(answer, wait.unwrap_or_default(), Delivery::Whole)
    }

    /// What the same stub at the same count draws from.
    fn seed(&self, hit: &Hit<'_>) -> u64 {
        self.options.seed ^ (hit.number as u64) << 40 ^ hit.count.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// The answer to what a page asks before it asks; nothing where that is not what this is.
    fn preflight(&self, call: &Call<'_>) -> Option<Answer> {
        if !self.options.cors || call.method != "OPTIONS" {
            return None;
        }
        let method = call.header("access-control-request-method")?;
        let mut answer = self.maker.answer(204).with("Access-Control-Allow-Methods", &method);
        if let Some(headers) = call.header("access-control-request-headers") {
            answer = answer.with("Access-Control-Allow-Headers", &headers);
        }
        Some(answer.with("Access-Control-Max-Age", "60").body(Vec::new()))
    }
}

fn planned(answer: Answer, after: Duration, delivery: Delivery) -> Reply {
    if after.is_zero() && delivery == Delivery::Whole {
        return Reply::Now(answer);
    }
    Reply::Planned(Box::new(Planned { answer, after, delivery, on_due: None, on_sent: None }))
}

impl Content {
    fn new(mut stubs: Stubs, maker: Maker, options: &Options) -> Content {
        let mut variables: HashMap<String, Value> = stubs.variables.drain(..).collect();
        variables.insert("mock_url".to_owned(), options.url.as_str().into());
        variables.insert("mock_host".to_owned(), Place::of(&options.url).host.into());
        let generators = stubs.generators.drain(..).map(|named| (named.name, named.generator)).collect();
        let uuids = Generator::uuid(UuidVersion::V4, options.seeds.draws("$uuid"));
        for stub in &mut stubs.all {
            let Action::Respond { responses, .. } = &mut stub.action else { continue };
            for response in responses.iter_mut().filter(|response| response.variables.is_empty()) {
                // What cannot be made now says so when it is asked for.
                response.prepared = fill(maker, response, &Context::new()).ok();
            }
        }
        Content { index: Index::new(stubs), fixed: Fixed { variables, generators, uuids } }
    }

    /// What checks of bodies know.
    fn context(&self) -> Context {
        let mut context = Context::new();
        for (name, value) in &self.fixed.variables {
            context.replace(name, Some(value.clone()));
        }
        context
    }
}

impl Service for Mock {
    fn reply(&self, call: &Call<'_>) -> Reply {
        if self.options.admin && call.path().starts_with(ADMIN) {
            return Reply::Now(self.admin(call));
        }
        let begun = self.journal.is_kept().then(|| (Instant::now(), SystemTime::now()));
        let content = self.content();
        let incoming = Incoming::new(call);
        let has_stubs = self.options.upstream.as_ref().is_none_or(|upstream| upstream.after_stubs);
        let hit = has_stubs.then(|| content.index.find(&incoming, &|| content.context())).flatten();
        let reply = match &hit {
            Some(hit) => self.respond(hit, &incoming, &content),
            None => self.without_stub(&incoming, &content),
        };
        let Some((begun, at)) = begun else { return reply };
        let noted = Noted {
            at,
            method: call.method.to_owned(),
            target: call.target.to_owned(),
            status: 0,
            stub: hit.map(|hit| hit.stub.place.clone()),
            bytes: call.size,
        };
        journaled(reply, noted, begun, &self.journal)
    }

    fn refuse(&self, status: u16, reason: &'static str) -> Answer {
        problem(&self.maker, status, reason, Vec::new())
    }
}

/// The same reply, of which a note is taken once it has gone out.
fn journaled(reply: Reply, mut noted: Noted, begun: Instant, journal: &Arc<Journal>) -> Reply {
    let journal = Arc::clone(journal);
    let mut planned = match reply {
        Reply::Now(answer) => {
            Box::new(Planned { answer, after: Duration::ZERO, delivery: Delivery::Whole, on_due: None, on_sent: None })
        }
        Reply::Planned(planned) => planned,
        Reply::Later(work) => {
            return Reply::Later(Box::new(move || journaled(work(), noted, begun, &journal)));
        }
    };
    noted.status = planned.answer.status;
    planned.on_sent = Some(Box::new(move || journal.note(&noted, begun.elapsed())));
    Reply::Planned(planned)
}
