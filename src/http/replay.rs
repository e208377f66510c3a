//! The short way of a load run: one plain-http request whose bytes are made once, over one connection.
//!
//! Owns: which requests can take it, the connection from one request to the next, the times in between. Does
//! not: write and read (see `socket`), know HTTP (see `h1`); TLS, proxies, redirects and connection options take
//! the long way through ureq (see `client`).
//!
//! Where the time of a request goes, with ureq in between: building the head and its maps anew,
//! the pool's lock, boxed transports. None of it is needed to send the same bytes again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::http::header;

use super::agents::is_usual;
use super::body::{Body, BodyPlan};
use super::fault::{self, Circumstances, TransportError, disconnected};
use super::h1::{self, Decoder, Head, Message, Sink};
use super::headers::{self, Hop, effective_method, needs_length};
use super::no_keep_alive::NoKeepAlive;
use super::resolve::{self, LookUp, Names};
use super::socket::{Deadline, DialError, Dialling, Loss, Sent, Socket};
use super::stopwatch::Bound;
use crate::exchange::curl_options::Form;
use crate::exchange::request::{ErrorKind, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Response, Timing};
use crate::exchange::url::{self, Target, Treatment};

const BUFFER: usize = 16 * 1024;

/// What a worker's requests have in common.
#[derive(Debug)]
pub(super) struct Lane {
    pub look_up: LookUp,
    /// Where the connection goes when a request is done with, for the worker's next one.
    pub spare: Arc<Spare>,
    pub no_keep_alive: Arc<NoKeepAlive>,
}

/// A request's bytes and the connection that carries them.
pub(super) struct Replay {
    lane: Lane,
    target: Target,
    names: Names,
    message: Message,
    is_head: bool,
    raw_content: bool,
    wanted: Wanted,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    max_body: Option<u64>,
    socket: Option<Socket>,
    decoder: Decoder,
    buffer: Vec<u8>,
}

/// The connection that a worker has left over from its last request.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Option<Left>>);

#[derive(Debug)]
struct Left {
    host: String,
    port: u16,
    socket: Socket,
}

/// What has been seen of an exchange.
struct Marks {
    start: Instant,
    deadline: Deadline,
    out: Option<Instant>,
    first_in: Option<Instant>,
}

/// Takes the answer as it comes. A body that is not wanted is decoded and measured all the same, as it would be
/// anywhere else, but not kept.
struct Intake<'r> {
    response: &'r mut Response,
    plan: BodyPlan,
    raw_content: bool,
    body: Option<Body>,
    fault: Option<TransportError>,
}

impl Sink for Intake<'_> {
    fn head(&mut self, head: &Head<'_>) {
        self.response.status = head.status;
        if self.plan.keeps {
            self.response.headers.extend(head.texts());
        }
        let mut encodings = Vec::new();
        if head.is_encoded && !self.raw_content {
            encodings.extend(head.texts().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value));
        }
        let buffer = std::mem::take(&mut self.response.body);
        self.body = Some(Body::new(&self.plan, buffer, encodings.iter().map(String::as_str)));
    }

    fn payload(&mut self, bytes: &[u8]) {
        if let Some(body) = self.body.as_mut().filter(|_| self.fault.is_none()) {
            self.fault = body.push(bytes).err();
        }
    }
}

impl Replay {
    /// The short way for this request, if it can take it.
    pub fn new(lane: Lane, request: &Request, wanted: Wanted) -> Option<Replay> {
        let options = &*request.options;
        let plain = is_usual(&options.connection)
            && !(options.follow_location || options.forbid_reuse || options.fresh_connect || options.fail_on_error)
            && options.max_file_size.is_none();
        if !plain {
            return None;
        }
        let treatment = Treatment { path_as_is: options.path_as_is, encode_spaces: false };
        let target = url::target_with(&request.url, treatment).ok().filter(|target| !target.https)?;
        let method = effective_method(request);
        let bodiless = matches!(options.form, Some(Form::Get | Form::Head));
        let body = request.body.as_deref().filter(|_| !bodiless);
        let hop = Hop {
            target: &target,
            method,
            body: body.or(if needs_length(method) { Some(&[]) } else { None }),
            body_dropped: false,
            foreign: false,
            referer: None,
            kept_cookies: String::new(),
            keep_alive: true,
            proxy_credentials: None,
        };
        let map = headers::build(request, &hop).ok()?;
        // A body in chunks of its own, and one that waits for the server's consent.
        let is_special = map.contains_key(header::TRANSFER_ENCODING) || map.contains_key(header::EXPECT);
        if is_special || !method.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let authority = target.origin().split_once("://").map_or("", |(_, authority)| authority);
        let message = Message::new(
            method,
            target.path_and_query(),
            Some(authority).filter(|_| !map.contains_key(header::HOST)),
            map.iter().map(|(name, value)| (name.as_str(), value.as_bytes())),
            body.unwrap_or_default(),
        );
        let bounded = |time: Option<Duration>| time.filter(|time| *time != Duration::MAX);
        Some(Replay {
            names: Names::new(&options.connection, lane.look_up).ok()?,
            is_head: method == "HEAD",
            raw_content: options.raw_content,
            wanted,
            timeout: bounded(options.timeout.or(request.timeout)),
            connect_timeout: bounded(options.connect_timeout.or(request.connect_timeout)),
            max_body: request.max_body,
            message,
            target,
            lane,
            socket: None,
            decoder: Decoder::default(),
            buffer: vec![0; BUFFER],
        })
    }

    fn exchange(
        &mut self,
        response: &mut Response,
        marks: &mut Marks,
        timing: &mut Timing,
    ) -> Result<(), TransportError> {
        let kept = self.socket.take().or_else(|| self.take_spare()).filter(Socket::is_quiet);
        let mut socket = match kept {
            Some(socket) => socket,
            None => self.connect(marks, timing)?,
        };
        let Message { bytes, head_len } = &self.message;
        timing.request_size = *head_len as u64;
        let out = Instant::now();
        marks.out = Some(out);
        marks.deadline.seen = out;
        timing.pretransfer = out - marks.start;
        let sent = socket.write(bytes, &[], &mut marks.deadline, h1::refuses);
        let sent = sent.map_err(|loss| self.explain(loss, false))?;
        timing.size_upload = (bytes.len() - head_len) as u64;
        match self.read_answer(&mut socket, response, marks) {
            Ok((keeps, body)) => {
                if keeps && sent == Sent::Whole && !self.lane.no_keep_alive.has(&self.target) {
                    self.socket = Some(socket);
                }
                if let Some(body) = body {
                    timing.size_download = body.received();
                    let body = body.finish()?;
                    (response.body, response.lease) = (body.bytes, body.lease);
                }
                Ok(())
            }
            Err(fault) => {
                let was_kept = timing.num_connects == 0;
                if was_kept && marks.first_in.is_none() && fault.kind == ErrorKind::Disconnected {
                    self.lane.no_keep_alive.add(&self.target);
                }
                Err(fault)
            }
        }
    }

    fn take_spare(&self) -> Option<Socket> {
        let mut spare = self.lane.spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = spare.take_if(|left| left.port == self.target.port && left.host == self.target.host())?;
        Some(left.socket)
    }

    fn connect(&self, marks: &Marks, timing: &mut Timing) -> Result<Socket, TransportError> {
        let host = self.target.host();
        let whole = Bound { until: marks.deadline.until, length: self.timeout };
        let connecting = whole.or_earlier(Bound::new(marks.start, self.connect_timeout));
        let addresses = self.names.resolve(host, self.target.port, connecting.until);
        let addresses = addresses.map_err(|error| error.explain(host, connecting.length))?;
        timing.namelookup = marks.start.elapsed();
        let dialled = Socket::dial(host, &addresses, &Dialling::default(), connecting.until);
        let (socket, address) = dialled.map_err(|error| match error {
            DialError::TimeIsUp => fault::timed_out(&Circumstances { connecting: true, ..self.circumstances() }),
            DialError::Refused(fault) => fault,
        })?;
        if addresses.first() != Some(&address) {
            resolve::prefer(host, address);
        }
        timing.connect = marks.start.elapsed();
        timing.num_connects += 1;
        Ok(socket)
    }

    /// Reads the answer; whether the connection can carry another, and the body.
    fn read_answer(
        &mut self,
        socket: &mut Socket,
        response: &mut Response,
        marks: &mut Marks,
    ) -> Result<(bool, Option<Body>), TransportError> {
        let plan = BodyPlan {
            limit: self.max_body,
            raw_limit: None,
            bound: Bound { until: marks.deadline.until, length: self.timeout },
            keeps: self.wanted == Wanted::Everything,
        };
        let mut intake = Intake { response, plan, raw_content: self.raw_content, body: None, fault: None };
        self.decoder.start(self.is_head);
        let mut keeps_open = false;
        while !self.decoder.is_complete() {
            let read = socket.read(&mut self.buffer, &mut marks.deadline);
            let amount = read.map_err(|loss| self.explain(loss, marks.first_in.is_some()))?;
            if amount == 0 {
                if self.decoder.may_end() {
                    break;
                }
                return Err(disconnected(marks.first_in.is_some()));
            }
            marks.deadline.seen = Instant::now();
            marks.first_in = marks.first_in.or(Some(marks.deadline.seen));
            let used = self.decoder.feed(&self.buffer[..amount], &mut intake)?;
            if let Some(fault) = intake.fault.take() {
                return Err(fault);
            }
            // After bytes that nobody asked for, the connection cannot be trusted any more.
            keeps_open = self.decoder.keeps_open() && used == amount;
        }
        Ok((keeps_open, intake.body))
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances {
            host: self.target.host(),
            proxied: false,
            connecting: false,
            answering: false,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
        }
    }

    fn explain(&self, loss: Loss, answering: bool) -> TransportError {
        let about = Circumstances { answering, ..self.circumstances() };
        match loss {
            Loss::TimeIsUp => fault::timed_out(&about),
            Loss::Broken(error) => fault::explain_io(error, &about),
        }
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(socket) = self.socket.take() {
            let (host, port) = (self.target.host().to_owned(), self.target.port);
            *self.lane.spare.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Left { host, port, socket });
        }
    }
}

impl Prepared for Replay {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        response.clear();
        let start = Instant::now();
        let until = self.timeout.and_then(|timeout| start.checked_add(timeout));
        let deadline = Deadline { until, seen: start };
        let mut marks = Marks { start, deadline, out: None, first_in: None };
        let mut timing = Timing::default();
        let result = self.exchange(response, &mut marks, &mut timing);
        let end = Instant::now();
        timing.total = end - start;
        timing.exchange = marks.out.map_or(Duration::ZERO, |out| end - out);
        timing.starttransfer = marks.first_in.map_or(Duration::ZERO, |first| first - start);
        match result {
            Ok(()) => {
                if self.wanted == Wanted::Everything {
                    response.effective_url.push_str(&self.target.uri);
                }
                response.timing = timing;
                Ok(())
            }
            Err(fault) => Err(ExchangeError { kind: fault.kind, message: fault.message, timing: Box::new(timing) }),
        }
    }
}
