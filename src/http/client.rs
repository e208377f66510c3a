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

use super::agents::{Line, Profile, is_usual};
use super::body::{Body, BodyPlan, Complete};
use super::fault::{self, Circumstances, TransportError};
use super::headers::{self, Hop, effective_method, needs_length};
use super::no_keep_alive::NoKeepAlive;
use super::proxy::{self, ProxyEnvironment};
use super::redirect::{self, Next};
use super::replay::{Lane, Replay, Spare};
use super::resolve::{LookUp, system_look_up};
use super::stopwatch::{self, Bound, ReceivedHeaders, Watch};
use crate::exchange::curl_options::{ConnectionOptions, CurlOptions, Form};
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Response, Timing};
use crate::exchange::url::{self, Target, Treatment};
use crate::ground::value::latin1;
use crate::secrets::shown_url;

/// How much of a body is read at a time.
const PIECE: usize = 16 * 1024;
/// Longer header lines need a larger output buffer.
const LONG_LINE: usize = 8 * 1024;

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
    /// Servers to which no connection is kept.
    no_keep_alive: Arc<NoKeepAlive>,
    /// The connection that load runs hand from one request to the next.
    spare: Arc<Spare>,
}

impl Client {
    /// A client with its own pool of connections.
    pub fn new(settings: ClientSettings) -> Client {
        Client {
            settings,
            usual: Arc::default(),
            special: Arc::default(),
            no_keep_alive: Arc::default(),
            spare: Arc::default(),
        }
    }

    /// Whether requests without options go straight to their host and keep their connection.
    fn is_direct(&self) -> bool {
        self.settings.keep_alive && self.settings.proxies.is_empty()
    }

    fn line(&self, target: &Target, options: &ConnectionOptions) -> Result<Line, TransportError> {
        let connections = self.settings.connections;
        let profile =
            |proxy| Profile { https: target.https, insecure: self.settings.insecure, proxy, options: options.clone() };
        let line = |profile: &Profile| profile.line(connections, self.settings.look_up);
        if self.settings.proxies.is_empty() && is_usual(options) {
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
        let options = &*request.options;
        let treatment = Treatment { path_as_is: options.path_as_is, encode_spaces: false };
        let mut target =
            url::target_with(&request.url, treatment).map_err(|reason| TransportError::new(ErrorKind::Url, reason))?;
        let first = target.clone();
        let mut method = effective_method(request);
        let bodiless = matches!(options.form, Some(Form::Get | Form::Head));
        let mut body = request.body.as_deref().filter(|_| !bodiless);
        let mut body_dropped = false;
        let mut referer: Option<String> = None;
        let mut cookies: Vec<Cookie> = Vec::new();
        let limit = options.max_redirects.unwrap_or(redirect::MAX_REDIRECTS);
        loop {
            let line = self.line(&target, &options.connection)?;
            let is_kept = self.settings.keep_alive && !self.no_keep_alive.has(&target);
            let hop = Hop {
                target: &target,
                method,
                body: body.or(if needs_length(method) { Some(&[]) } else { None }),
                body_dropped,
                foreign: !options.unrestricted_auth && !first.same_origin(&target),
                referer: referer.as_deref(),
                kept_cookies: cookies_for(&cookies, &target),
                keep_alive: is_kept,
                proxy_credentials: line.proxy_credentials.as_ref(),
            };
            let answer = clock.hop(&line, &hop, request);
            if clock.reuse_failed {
                self.no_keep_alive.add(&target);
            }
            let answer = answer?;
            let Some(location) = answer.location(options) else {
                return finish(answer, target, options);
            };
            if clock.timing.redirect_count >= limit {
                let message =
                    format!("more than {limit} redirects; the last one led away from {}", shown_url(&target.uri));
                return Err(TransportError::new(ErrorKind::Redirects, message));
            }
            clock.timing.redirect_count += 1;
            clock.timing.redirect = clock.start.elapsed();
            if options.keep_cookies {
                keep_cookies(&mut cookies, &answer, &target);
            }
            if options.auto_referer {
                referer = Some(target.uri.clone());
            }
            match redirect::next(answer.status, method, options.post_redirects) {
                Next::Same => {}
                Next::WithoutBody => (body, body_dropped) = (None, true),
                Next::Get => {
                    method = options.method.as_deref().unwrap_or("GET");
                    (body, body_dropped) = (None, true);
                }
            }
            let location = String::from_utf8_lossy(location);
            target = url::redirect(&target, &location).map_err(|reason| {
                TransportError::new(ErrorKind::Url, format!("redirect to \"{}\": {reason}", shown_url(&location)))
            })?;
        }
    }
}

impl Exchange for Client {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        let mut clock = Clock::new(request);
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
        Box::new(Client { no_keep_alive: self.no_keep_alive.clone(), ..Client::new(settings) })
    }

    fn release(&self) {
        for slot in self.usual.iter() {
            *slot.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
        self.special.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn prepare(&self, request: &Request, wanted: Wanted) -> Box<dyn Prepared> {
        let lane = Lane {
            look_up: self.settings.look_up,
            spare: self.spare.clone(),
            no_keep_alive: self.no_keep_alive.clone(),
        };
        if let Some(replay) =
            Some(lane).filter(|_| self.is_direct()).and_then(|lane| Replay::new(lane, request, wanted))
        {
            return Box::new(replay);
        }
        Box::new(Repeated { client: self.clone(), request: request.clone() })
    }
}

/// A request that a client sends again and again.
struct Repeated {
    client: Client,
    request: Request,
}

impl Prepared for Repeated {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        *response = self.client.send(&self.request)?;
        Ok(())
    }
}

/// One answer as it was received.
struct Answer {
    status: u16,
    headers: ReceivedHeaders,
    body: Complete,
}

impl Answer {
    /// Where it leads, if it is followed.
    fn location(&self, options: &CurlOptions) -> Option<&[u8]> {
        let location = self.values("location").next_back();
        let is_followed = options.follow_location && redirect::is_redirect(self.status);
        location.filter(|location| is_followed && !location.is_empty())
    }

    /// The values of a header, named in lower case.
    fn values<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(have, _)| have == name).map(|(_, value)| value.as_slice())
    }
}

/// The bounds of an exchange and the times it took.
struct Clock {
    start: Instant,
    deadline: Option<Instant>,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    /// The largest body.
    max_body: Option<u64>,
    /// First byte of the first request out.
    first_out: Option<Instant>,
    /// A kept connection turned out to be closed, or broke as the request went out.
    reuse_failed: bool,
    timing: Timing,
}

impl Clock {
    fn new(request: &Request) -> Clock {
        let start = Instant::now();
        let bounded = |time: Option<Duration>| time.filter(|time| *time != Duration::MAX);
        let timeout = bounded(request.options.timeout.or(request.timeout));
        let connect_timeout = bounded(request.options.connect_timeout.or(request.connect_timeout));
        let deadline = timeout.and_then(|timeout| start.checked_add(timeout));
        Clock {
            start,
            deadline,
            timeout,
            connect_timeout,
            max_body: request.max_body,
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
            connect_deadline: self.connect_timeout.and_then(|bound| started.checked_add(bound)),
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            fresh: options.fresh_connect || !hop.keep_alive,
            forbid_reuse: options.forbid_reuse || !hop.keep_alive,
            answers_head: hop.method == "HEAD",
            body_follows: hop.body.is_some_and(|body| !body.is_empty()),
            longest_line: if longest > LONG_LINE { longest } else { 0 },
            ..Watch::default()
        });
        self.timing.request_size += head_size(hop, &map);
        let result = self.transfer(line, hop, map, options);
        let seen = stopwatch::read();
        self.collect(&seen, started);
        let broke = result.is_err() && seen.connects == 0 && seen.first_out.is_some() && seen.first_in.is_none();
        self.reuse_failed = seen.found_closed || broke && stopwatch::remaining().is_ok();
        result.map_err(|error| match error {
            HopError::Ours(fault) => fault,
            HopError::Ureq(error) => fault::explain(
                error,
                &Circumstances {
                    host: hop.target.host(),
                    proxied: line.proxied,
                    connecting: seen.connecting > 0,
                    answering: seen.first_in.is_some(),
                    timeout: self.timeout,
                    connect_timeout: self.connect_timeout,
                },
            ),
        })
    }

    fn transfer(
        &mut self,
        line: &Line,
        hop: &Hop<'_>,
        headers: HeaderMap,
        options: &CurlOptions,
    ) -> Result<Answer, HopError> {
        let mut head = http::Request::new(());
        *head.method_mut() = http::Method::from_bytes(hop.method.as_bytes())
            .map_err(|_| TransportError::new(ErrorKind::Option, format!("\"{}\" is not a method", hop.method)))?;
        *head.uri_mut() = hop.target.uri.parse().map_err(|error: http::uri::InvalidUri| {
            TransportError::new(ErrorKind::Url, format!("the url cannot be sent: {error}"))
        })?;
        *head.headers_mut() = headers;
        if !line.keeps_time {
            let left = stopwatch::remaining().map_err(|up| HopError::Ureq(up.into()))?;
            head =
                line.agent.configure_request(head).timeout_global(left).timeout_connect(self.connect_timeout).build();
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
        let mut answer = Answer { status, headers, body: Complete::default() };
        // A body that nobody sees is read, so that the connection can go on, but neither decoded nor kept.
        let is_followed = answer.location(options).is_some();
        let plan = BodyPlan {
            limit: self.max_body,
            raw_limit: options.max_file_size,
            bound: Bound { until: self.deadline, length: self.timeout },
            keeps: !is_followed,
        };
        let is_read = !is_followed && !options.raw_content;
        let encodings = answer.values("content-encoding").filter(|_| is_read).map(latin1);
        let encodings: Vec<String> = encodings.collect();
        let body = Body::new(&plan, Vec::new(), encodings.iter().map(String::as_str));
        answer.body = read_body(reader.into_reader(), body)?;
        self.timing.size_download = answer.body.received;
        Ok(answer)
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
    let mut piece = [0; PIECE];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(body.finish()?),
            Ok(amount) => body.push(&piece[..amount])?,
            Err(error) => return Err(HopError::Ureq(error.into())),
        }
    }
}

fn finish(answer: Answer, target: Target, options: &CurlOptions) -> Result<Response, TransportError> {
    if options.fail_on_error && answer.status >= 400 {
        let message = format!("the answer's status is {} (curl_option_failonerror)", answer.status);
        return Err(TransportError::new(ErrorKind::Protocol, message));
    }
    let mut response = Response::new(answer.status, answer.body.bytes);
    response.lease = answer.body.lease;
    response.headers = answer.headers.into_iter().map(|(name, value)| (name, latin1(&value))).collect();
    response.effective_url = target.uri;
    Ok(response)
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

/// A cookie kept over redirects: host, name, value.
type Cookie = (String, String, String);

fn keep_cookies(kept: &mut Vec<Cookie>, answer: &Answer, target: &Target) {
    for line in answer.values("set-cookie") {
        let line = String::from_utf8_lossy(line);
        let pair = line.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { continue };
        let (host, name) = (target.host().to_ascii_lowercase(), name.trim().to_owned());
        kept.retain(|(have_host, have_name, _)| *have_host != host || *have_name != name);
        kept.push((host, name, value.trim().to_owned()));
    }
}

fn cookies_for(kept: &[Cookie], target: &Target) -> String {
    let mine = kept.iter().filter(|(host, ..)| host.eq_ignore_ascii_case(target.host()));
    mine.map(|(_, name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}
