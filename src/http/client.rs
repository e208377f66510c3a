//! `Client`: a request in, a complete answer out.
//!
//! Owns: the hops of an exchange, the bound on all of them, `Timing`. Does not: open connections (see
//! `agents` and `connect`), retry (see `run`).

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ureq::http;
use ureq::http::header::{self, HeaderMap};

use super::agents::{Line, is_usual};
use super::body::{Body, Complete};
use super::evented;
use super::fault::{self, Circumstances, TransportError};
use super::headers::{self, Hop};
use super::journey::{self, Journey};
use super::no_keep_alive::NoKeepAlive;
use super::outgoing::Terms;
use super::proxy::{self, ProxyEnvironment};
use super::replay::{Lane, Replay, Spare};
use super::resolve::{LookUp, system_look_up};
use super::route::{Profile, Routes};
use super::stopwatch::{self, ReceivedHeaders, Watch};
use crate::exchange::curl_options::{ConnectionOptions, CurlOptions, HttpVersion};
use crate::exchange::egress::Egress;
use crate::exchange::request::{ErrorKind, EventLoop, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{PeerCertificate, Response, Timing};
use crate::exchange::trace::{Carried, Role, Sent};
use crate::ground::value::{into_latin1, latin1};

/// How much of a body is read at a time.
const PIECE: usize = 16 * 1024;
const SMALL_PIECE: usize = 1024;
/// Longer header lines need a larger output buffer.
const LONG_LINE: usize = 3 * 1024;

/// What a client is made with.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// `--ssl-insecure`: accept every certificate.
    pub insecure: bool,
    /// How many idle connections are kept for each host.
    pub connections: usize,
    /// `false` sends `Connection: close` and opens a connection for each request.
    pub keep_alive: bool,
    /// The proxies that the environment names.
    pub proxies: ProxyEnvironment,
    /// Where requests may go that say nothing of it themselves; `None` is everywhere.
    pub egress: Option<Arc<Egress>>,
    /// How host names are looked up.
    pub(crate) look_up: LookUp,
}

impl Default for ClientSettings {
    /// Certificates checked, eight idle connections a host, no proxy.
    fn default() -> ClientSettings {
        ClientSettings {
            insecure: false,
            connections: 8,
            keep_alive: true,
            proxies: ProxyEnvironment::default(),
            egress: None,
            look_up: system_look_up,
        }
    }
}

/// An agent, once it is needed.
type Made = Option<Result<Line, TransportError>>;

/// Sends requests. Cheap to make: nothing is read or opened before the first request.
#[derive(Debug, Clone)]
pub struct Client {
    settings: ClientSettings,
    /// Agents for requests without connection options: http and https.
    usual: Arc<[RwLock<Made>; 2]>,
    special: Arc<Mutex<HashMap<Profile, Line>>>,
    /// The ways of load runs.
    routes: Arc<Routes>,
    /// Servers to which no connection is kept.
    no_keep_alive: Arc<NoKeepAlive>,
    /// One of many that send at once; their threads are not to keep the cores busy while they wait.
    is_worker: bool,
    /// The connection that load runs hand from one request to the next.
    spare: Arc<Spare>,
}

impl Client {
    /// A client with its own pool of connections.
    pub fn new(settings: ClientSettings) -> Client {
        let routes = Routes::new(settings.insecure, settings.proxies.clone(), settings.look_up);
        let routes = routes.within(settings.egress.clone());
        Client {
            settings,
            routes: Arc::new(routes),
            usual: Arc::default(),
            special: Arc::default(),
            no_keep_alive: Arc::default(),
            is_worker: false,
            spare: Arc::default(),
        }
    }

    fn line(&self, journey: &Journey, options: &ConnectionOptions) -> Result<Line, TransportError> {
        let (target, egress) = (journey.target(), journey.egress());
        let connections = self.settings.connections;
        let profile = |proxy| Profile {
            https: target.https,
            insecure: self.settings.insecure,
            proxy,
            options: options.clone(),
            egress: egress.cloned(),
        };
        let line = |profile: &Profile| Line::new(profile, connections, self.settings.look_up);
        if self.settings.proxies.is_empty() && is_usual(options) && egress == self.settings.egress.as_ref() {
            let slot = &self.usual[usize::from(target.https)];
            if let Some(line) = &*slot.read().unwrap_or_else(PoisonError::into_inner) {
                return line.clone();
            }
            let mut slot = slot.write().unwrap_or_else(PoisonError::into_inner);
            return slot.get_or_insert_with(|| line(&profile(None))).clone();
        }
        let profile = profile(proxy::choose(&self.settings.proxies, options, target)?);
        let mut special = self.special.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = special.get(&profile) {
            return Ok(line.clone());
        }
        let line = line(&profile)?;
        special.insert(profile, line.clone());
        Ok(line)
    }

    fn exchange(&self, request: &Request, clock: &mut Clock) -> Result<Response, TransportError> {
        let mut journey = Journey::new(request, self.settings.egress.as_ref())?;
        let mut hops = Vec::new();
        loop {
            let target = journey.target();
            let line = self.line(&journey, &request.options.connection)?;
            let is_old = request.options.http_version == HttpVersion::Http10;
            let is_kept = self.settings.keep_alive && !self.no_keep_alive.has(target) && !is_old;
            let hop = journey.hop(request, is_kept, line.proxy_credentials.as_ref());
            hops.push(hop.told());
            let answer = clock.hop(&line, &hop, request);
            if clock.reuse_failed {
                self.no_keep_alive.add(target);
            }
            let answer = answer.map_err(|fault| journey.placed(fault))?;
            let goes_on = journey.take(request, answer.status, &answer.headers);
            clock.timing.redirect_count = journey.redirects();
            if !goes_on? {
                clock.terms.judge(answer.status)?;
                let mut response = answer.into_response(&journey);
                response.hops = hops;
                return Ok(response);
            }
            if let Some(hop) = hops.last_mut() {
                hop.status = answer.status;
                hop.headers = answer.headers.into_iter().map(|(name, value)| (name, into_latin1(value))).collect();
            }
            clock.timing.redirect = clock.start.elapsed();
        }
    }
}

impl Exchange for Client {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        let mut clock = Clock { is_attentive: !self.is_worker, ..Clock::new(request) };
        match self.exchange(request, &mut clock) {
            Ok(mut response) => {
                response.timing = clock.timing;
                Ok(response)
            }
            Err(fault) => {
                clock.timing.total = clock.start.elapsed();
                Err(ExchangeError { kind: fault.kind, message: fault.message, timing: Box::new(clock.timing) })
            }
        }
    }

    fn worker(&self) -> Box<dyn Exchange> {
        let settings = ClientSettings { connections: 1, ..self.settings.clone() };
        let (routes, no_keep_alive) = (self.routes.clone(), self.no_keep_alive.clone());
        Box::new(Client { is_worker: true, routes, no_keep_alive, ..Client::new(settings) })
    }

    fn release(&self) {
        for slot in self.usual.iter() {
            *slot.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.special.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.spare.close();
    }

    fn prepare(&self, request: &Request, wanted: Wanted) -> Box<dyn Prepared> {
        let lane = Lane {
            routes: self.routes.clone(),
            spare: self.spare.clone(),
            no_keep_alive: self.no_keep_alive.clone(),
            keep_alive: self.settings.keep_alive,
        };
        let detour = match Replay::new(lane, request, wanted) {
            Ok(replay) => return Box::new(replay),
            Err(detour) => detour,
        };
        Box::new(Repeated { client: self.clone(), request: request.clone(), needs: detour.needs() })
    }

    fn event_loop(&self, request: &Request) -> Result<Box<dyn EventLoop>, String> {
        let shared = evented::Shared {
            routes: self.routes.clone(),
            no_keep_alive: self.no_keep_alive.clone(),
            keep_alive: self.settings.keep_alive,
            others: self.worker().into(),
        };
        evented::Loop::new(request, shared).map(|one| Box::new(one) as Box<dyn EventLoop>)
    }
}

/// A request that a client sends again and again.
struct Repeated {
    client: Client,
    request: Request,
    needs: Option<&'static str>,
}

impl Prepared for Repeated {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        *response = self.client.send(&self.request)?;
        Ok(())
    }

    fn detour(&self) -> Option<&'static str> {
        self.needs
    }
}

/// One answer as it was received.
struct Answer {
    status: u16,
    version: &'static str,
    headers: ReceivedHeaders,
    certificate: Option<Box<PeerCertificate>>,
    body: Complete,
}

impl Answer {
    fn into_response(self, journey: &Journey) -> Response {
        let mut response = Response::new(self.status, self.body.bytes);
        response.lease = self.body.lease;
        response.headers = self.headers.into_iter().map(|(name, value)| (name, into_latin1(value))).collect();
        response.effective_url.push_str(&journey.target().uri);
        response.version = self.version;
        response.certificate = self.certificate;
        response
    }
}

/// The bounds of an exchange and the times it took.
struct Clock {
    start: Instant,
    /// The thread has nothing else to do than to wait for the answer.
    is_attentive: bool,
    deadline: Option<Instant>,
    terms: Terms,
    /// First byte of the first request out.
    first_out: Option<Instant>,
    /// A kept connection turned out to be closed, or broke as the request went out.
    reuse_failed: bool,
    timing: Timing,
}

impl Clock {
    fn new(request: &Request) -> Clock {
        let start = Instant::now();
        let terms = Terms::of(request, Wanted::Everything);
        Clock {
            start,
            is_attentive: false,
            deadline: terms.until(start),
            terms,
            first_out: None,
            reuse_failed: false,
            timing: Timing::default(),
        }
    }

    /// Sends once and reads the answer to its end.
    fn hop(&mut self, line: &Line, hop: &Hop<'_>, request: &Request) -> Result<Answer, TransportError> {
        let options = &*request.options;
        let map = headers::build(request, hop)?;
        let longest = map.values().map(|value| value.len()).max().unwrap_or(0).max(hop.target.uri.len());
        let started = Instant::now();
        stopwatch::arm(Watch {
            deadline: self.deadline,
            connect_deadline: self.terms.connect_timeout.and_then(|bound| started.checked_add(bound)),
            timeout: self.terms.timeout,
            connect_timeout: self.terms.connect_timeout,
            fresh: self.terms.fresh || !hop.keep_alive,
            forbid_reuse: self.terms.forbid_reuse || !hop.keep_alive,
            answers_head: hop.method == "HEAD",
            body_follows: hop.body.is_some_and(|body| !body.is_empty()),
            is_attentive: self.is_attentive,
            wants_certificate: self.terms.certificate && hop.target.https,
            longest_line: if longest > LONG_LINE { longest } else { 0 },
            ..Watch::default()
        });
        self.timing.request_size += head_size(hop, &map);
        let carried = request.trace.as_ref().filter(|carried| carried.is_kept());
        let asked = carried.map(|carried| shown(carried, &map)).unwrap_or_default();
        let result = self.transfer(line, hop, map, options);
        let seen = stopwatch::read();
        self.collect(&seen, started);
        let broke = result.is_err() && seen.connects == 0 && seen.first_out.is_some() && seen.first_in.is_none();
        self.reuse_failed = seen.found_closed || broke && stopwatch::remaining().is_ok();
        let result = result.map_err(|error| match error {
            HopError::Ours(fault) => fault,
            HopError::Ureq(error) => fault::explain(
                error,
                &Circumstances {
                    connecting: seen.connecting > 0,
                    answering: seen.first_in.is_some(),
                    ..self.terms.circumstances(hop.target.host(), line.proxied)
                },
            ),
        });
        if let Some(carried) = carried {
            carried.keep(self.sent(hop, asked, &result, (carried, started, seen)));
        }
        result
    }

    /// What there is to know of a send.
    fn sent(
        &self,
        hop: &Hop<'_>,
        asked: Vec<(String, String)>,
        result: &Result<Answer, TransportError>,
        (carried, started, seen): (&Carried, Instant, Watch),
    ) -> Sent {
        let answer = result.as_ref().ok();
        let wanted = carried.trace.shown_headers().unwrap_or_default();
        let headers = answer.map(|answer| answer.headers.as_slice()).unwrap_or_default().iter();
        let answered =
            headers.filter(|(name, _)| wanted.contains(name)).map(|(name, value)| (name.clone(), latin1(value)));
        let end = seen.last_in.filter(|_| answer.is_some()).unwrap_or_else(Instant::now);
        Sent {
            number: 0,
            is_aside: carried.role == Role::Aside,
            again: None,
            is_first: self.timing.redirect_count == 0,
            time: (started, end),
            marks: [
                ("resolve", seen.namelookup),
                ("connect", seen.connect),
                ("tls", seen.appconnect),
                ("first byte", seen.first_in),
            ],
            method: hop.method.to_owned(),
            target: hop.target.clone(),
            answer: result.as_ref().map(|answer| answer.status).map_err(|fault| fault.kind.name()),
            version: answer.map_or("", |answer| answer.version.trim_start_matches("HTTP/")),
            peer: seen.peer,
            sizes: [hop.body.map(|body| body.len() as u64), answer.map(|_| self.timing.size_download)],
            headers: [asked, answered.collect()],
        }
    }

    fn transfer(
        &mut self,
        line: &Line,
        hop: &Hop<'_>,
        headers: HeaderMap,
        options: &CurlOptions,
    ) -> Result<Answer, HopError> {
        let mut head = http::Request::new(());
        *head.method_mut() =
            http::Method::from_bytes(hop.method.as_bytes()).map_err(|_| headers::no_method(hop.method))?;
        *head.uri_mut() = hop.target.uri.parse().map_err(|error: http::uri::InvalidUri| {
            TransportError::new(ErrorKind::Url, format!("the url cannot be sent: {error}"))
        })?;
        *head.headers_mut() = headers;
        if options.http_version == HttpVersion::Http10 {
            *head.version_mut() = http::Version::HTTP_10;
        }
        if !line.keeps_time {
            let left = stopwatch::remaining().map_err(|up| HopError::Ureq(up.into()))?;
            head = line
                .agent
                .configure_request(head)
                .timeout_global(left)
                .timeout_connect(self.terms.connect_timeout)
                .build();
        }
        let response = match hop.body {
            Some(body) => {
                self.timing.size_upload += body.len() as u64;
                line.agent.run(head.map(|()| body))
            }
            None => line.agent.run(head),
        }?;
        let (parts, reader) = response.into_parts();
        let (status, headers) = (parts.status.as_u16(), stopwatch::take_headers());
        // A body that nobody sees is read, so that the connection can go on, but neither decoded nor kept.
        let is_seen = journey::location(options, status, &headers).is_none();
        let plan = self.terms.body(self.deadline, is_seen);
        let is_decoded = is_seen && !options.raw_content;
        let encodings = headers.iter().filter(|(name, _)| is_decoded && name == "content-encoding");
        let encodings: Vec<String> = encodings.map(|(_, value)| latin1(value)).collect();
        let body = Body::new(&plan, Vec::new(), &encodings);
        let body = read_body(reader.into_reader(), body)?;
        self.timing.size_download = body.received;
        let certificate = if hop.target.https && self.terms.certificate { stopwatch::take_certificate() } else { None };
        let version = if stopwatch::read().is_old { "HTTP/1.0" } else { "HTTP/1.1" };
        Ok(Answer { status, version, headers, certificate, body })
    }

    /// Adds the marks of a hop up, as libcurl adds its phases up over redirects.
    fn collect(&mut self, seen: &Watch, started: Instant) {
        let since = |mark: Option<Instant>| mark.map_or(Duration::ZERO, |mark| mark.saturating_duration_since(started));
        let timing = &mut self.timing;
        timing.namelookup += since(seen.namelookup);
        timing.connect += since(seen.connect);
        timing.appconnect += since(seen.appconnect);
        timing.pretransfer += since(seen.first_out);
        timing.starttransfer += since(seen.first_in);
        timing.num_connects += seen.connects;
        self.first_out = self.first_out.or(seen.first_out);
        timing.exchange = match (self.first_out, seen.last_in) {
            (Some(out), Some(last)) => last.saturating_duration_since(out),
            _ => Duration::ZERO,
        };
        timing.total = seen.last_in.unwrap_or_else(Instant::now).saturating_duration_since(self.start);
    }
}

/// The headers of a request that its span shows.
fn shown(carried: &Carried, map: &HeaderMap) -> Vec<(String, String)> {
    let wanted = carried.trace.shown_headers().unwrap_or_default().iter();
    let values =
        wanted.flat_map(|name| map.get_all(name).iter().map(move |value| (name.clone(), latin1(value.as_bytes()))));
    values.collect()
}

/// What stopped a transfer, before it is put into words.
enum HopError {
    Ours(TransportError),
    Ureq(ureq::Error),
}

impl From<TransportError> for HopError {
    fn from(fault: TransportError) -> HopError {
        HopError::Ours(fault)
    }
}

impl From<ureq::Error> for HopError {
    fn from(error: ureq::Error) -> HopError {
        HopError::Ureq(error)
    }
}

fn read_body(mut reader: impl Read, mut body: Body) -> Result<Complete, HopError> {
    // Most answers are small: the larger piece is made, and cleared, for those that are not.
    let (mut small, mut large) = ([0; SMALL_PIECE], Vec::new());
    let mut received = 0;
    loop {
        if received > SMALL_PIECE && large.is_empty() {
            large.resize(PIECE, 0);
        }
        let piece = if large.is_empty() { &mut small[..] } else { &mut large };
        match reader.read(piece) {
            Ok(0) => return Ok(body.finish()?),
            Ok(amount) => {
                body.push(&piece[..amount])?;
                received += amount;
            }
            Err(error) => return Err(HopError::Ureq(error.into())),
        }
    }
}

/// Bytes of the request line and the headers.
fn head_size(hop: &Hop<'_>, map: &HeaderMap) -> u64 {
    let lines: usize = map.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let host = if map.contains_key(header::HOST) {
        0
    } else {
        "host: \r\n".len() + hop.target.origin().len() - if hop.target.https { 8 } else { 7 }
    };
    (hop.method.len() + hop.target.path_and_query().len() + "  HTTP/1.1\r\n\r\n".len() + lines + host) as u64
}
