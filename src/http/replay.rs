//! The short way of a load run: one plain-http request whose bytes are made once, over one connection.
//!
//! Owns: writing those bytes, reading the answer with httparse, the times in between. Does not: TLS,
//! proxies, redirects, connection options; such requests take the long way through ureq (see `client`).
//!
//! Where the time of a request goes, with ureq in between: building the head and its maps anew,
//! the pool's lock, boxed transports. None of it is needed to send the same bytes again.

use std::io::{ErrorKind as IoKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use socket2::SockRef;
use ureq::http::header;

use super::client::{Client, effective_method, is_usual, needs_length};
use super::encoding;
use super::fault::{TransportError, disconnected, seconds};
use super::framing::{Body, Framing};
use super::headers::{self, Hop};
use super::no_keep_alive::NoKeepAlive;
use super::resolve::{self, Names};
use super::stopwatch::Bound;
use crate::exchange::curl_options::Form;
use crate::exchange::request::{ErrorKind, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Response, Timing};
use crate::exchange::url::{self, Target, Treatment};
use crate::ground::value::latin1;

const BUFFER: usize = 16 * 1024;
/// Heads beyond this are refused.
const MAX_HEAD: usize = 300 * 1024;
const MAX_HEADERS: usize = 128;

/// A request's bytes and the connection that carries them.
pub(super) struct Replay {
    target: Target,
    names: Names,
    /// Head and body as they go out.
    message: Vec<u8>,
    head_len: usize,
    is_head: bool,
    raw_content: bool,
    wanted: Wanted,
    timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    stream: Option<TcpStream>,
    /// The read timeout that the socket has.
    read_timeout: Option<Duration>,
    buffer: Vec<u8>,
    /// Where the connection goes when the request is done with, for the worker's next one.
    spare: Arc<Spare>,
    no_keep_alive: Arc<NoKeepAlive>,
}

/// The connection that a worker has left over from its last request.
#[derive(Debug, Default)]
pub(super) struct Spare(Mutex<Option<Left>>);

#[derive(Debug)]
struct Left {
    host: String,
    port: u16,
    stream: TcpStream,
    read_timeout: Option<Duration>,
}

/// What has been seen of an exchange.
struct Marks {
    start: Instant,
    deadline: Option<Instant>,
    out: Option<Instant>,
    first_in: Option<Instant>,
}

impl Replay {
    /// The short way for this request, if it can take it.
    pub fn new(client: &Client, request: &Request, wanted: Wanted) -> Option<Replay> {
        let options = &*request.options;
        let plain = is_usual(&options.connection)
            && client.is_direct()
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
        let framed_by_hand = map.contains_key(header::TRANSFER_ENCODING);
        if framed_by_hand || !method.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let mut message = Vec::with_capacity(512);
        message.extend_from_slice(format!("{method} {} HTTP/1.1\r\n", target.path_and_query()).as_bytes());
        if !map.contains_key(header::HOST) {
            let authority = target.origin().split_once("://").map_or("", |(_, authority)| authority);
            message.extend_from_slice(format!("host: {authority}\r\n").as_bytes());
        }
        for (name, value) in &map {
            message.extend_from_slice(name.as_str().as_bytes());
            message.extend_from_slice(b": ");
            message.extend_from_slice(value.as_bytes());
            message.extend_from_slice(b"\r\n");
        }
        message.extend_from_slice(b"\r\n");
        let head_len = message.len();
        message.extend_from_slice(body.unwrap_or_default());
        let bounded = |time: Option<Duration>| time.filter(|time| *time != Duration::MAX);
        Some(Replay {
            names: client.names(&options.connection).ok()?,
            is_head: method == "HEAD",
            raw_content: options.raw_content,
            wanted,
            timeout: bounded(options.timeout.or(request.timeout)),
            connect_timeout: bounded(options.connect_timeout.or(request.connect_timeout)),
            target,
            message,
            head_len,
            stream: None,
            read_timeout: None,
            buffer: vec![0; BUFFER],
            spare: client.spare().clone(),
            no_keep_alive: client.no_keep_alive().clone(),
        })
    }

    fn exchange(
        &mut self,
        response: &mut Response,
        marks: &mut Marks,
        timing: &mut Timing,
    ) -> Result<(), TransportError> {
        let mut stream = match self.stream.take().or_else(|| self.take_spare()).filter(is_open) {
            Some(stream) => stream,
            None => self.connect(marks, timing)?,
        };
        if self.read_timeout != self.timeout {
            self.set_read_timeout(&stream, self.timeout);
        }
        timing.request_size = self.head_len as u64;
        let out = Instant::now();
        marks.out = Some(out);
        timing.pretransfer = out - marks.start;
        stream.write_all(&self.message).map_err(|error| self.broken(&error, false))?;
        timing.size_upload = (self.message.len() - self.head_len) as u64;
        match self.read_answer(&mut stream, response, marks, timing) {
            Ok(true) if !self.no_keep_alive.has(&self.target) => self.stream = Some(stream),
            Ok(_) => {}
            Err(fault) => {
                let was_kept = timing.num_connects == 0;
                if was_kept && marks.first_in.is_none() && fault.kind == ErrorKind::Disconnected {
                    self.no_keep_alive.add(&self.target);
                }
                return Err(fault);
            }
        }
        Ok(())
    }

    fn take_spare(&mut self) -> Option<TcpStream> {
        let mut spare = self.spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = spare.take_if(|left| left.port == self.target.port && left.host == self.target.host())?;
        self.read_timeout = left.read_timeout;
        let _ = left.stream.set_write_timeout(self.timeout);
        Some(left.stream)
    }

    fn connect(&mut self, marks: &Marks, timing: &mut Timing) -> Result<TcpStream, TransportError> {
        let (host, port) = (self.target.host().to_owned(), self.target.port);
        let whole = Bound { until: marks.deadline, length: self.timeout };
        let connecting = whole.or_earlier(Bound::new(marks.start, self.connect_timeout));
        let addresses = self.names.resolve(&host, port, connecting.until);
        let addresses = addresses.map_err(|error| error.explain(&host, connecting.length))?;
        timing.namelookup = marks.start.elapsed();
        let mut last = TransportError::new(ErrorKind::Resolve, format!("host name \"{host}\" has no address"));
        for address in addresses {
            self.left(marks)?;
            let bound = connecting.until.map(|until| until.saturating_duration_since(Instant::now()));
            if bound.is_some_and(|left| left.is_zero()) {
                break;
            }
            let connected = match bound {
                Some(bound) => TcpStream::connect_timeout(&address, bound),
                None => TcpStream::connect(address),
            };
            match connected {
                Ok(stream) => {
                    resolve::prefer(&host, address);
                    timing.connect = marks.start.elapsed();
                    timing.num_connects += 1;
                    let _ = stream.set_nodelay(true);
                    let _ = stream.set_write_timeout(self.timeout);
                    self.read_timeout = None;
                    return Ok(stream);
                }
                Err(error) if error.kind() == IoKind::TimedOut => {
                    let bound = connecting.length.map(seconds).unwrap_or_default();
                    last = TransportError::new(ErrorKind::Timeout, format!("no connection to {host} within {bound}"));
                }
                Err(error) if error.kind() == IoKind::ConnectionRefused => {
                    last = TransportError::new(ErrorKind::Connect, format!("connection refused by {address}"));
                }
                Err(error) => {
                    last = TransportError::new(ErrorKind::Connect, format!("cannot connect to {address}: {error}"));
                }
            }
        }
        Err(last)
    }

    fn read_answer(
        &mut self,
        stream: &mut TcpStream,
        response: &mut Response,
        marks: &mut Marks,
        timing: &mut Timing,
    ) -> Result<bool, TransportError> {
        let mut filled = self.fill(stream, 0, marks)?;
        marks.first_in = Some(Instant::now());
        let (head_len, mut framing) = loop {
            match self.read_head(filled, response)? {
                Some((len, None)) => {
                    // An interim answer: the real one follows.
                    self.buffer.copy_within(len..filled, 0);
                    filled -= len;
                }
                Some((len, Some(framing))) => break (len, framing),
                None => {
                    if filled == self.buffer.len() {
                        if filled >= MAX_HEAD {
                            return Err(TransportError::new(
                                ErrorKind::Protocol,
                                "the answer's head is larger than 300 KiB",
                            ));
                        }
                        self.buffer.resize(filled * 2, 0);
                    }
                    filled += self.fill(stream, filled, marks)?;
                }
            }
            if filled == 0 {
                filled = self.fill(stream, 0, marks)?;
            }
        };
        let keeps = self.wanted == Wanted::Everything;
        let mut received = 0;
        let mut from = head_len;
        loop {
            let used = framing.body.feed(&self.buffer[from..filled], |bytes| {
                received += bytes.len() as u64;
                if keeps {
                    response.body.extend_from_slice(bytes);
                }
            })?;
            if framing.body.is_complete() {
                // Bytes that nobody asked for: the connection cannot be trusted any more.
                framing.keeps_open &= from + used == filled;
                break;
            }
            from = 0;
            filled = match self.fill(stream, 0, marks) {
                Ok(filled) => filled,
                Err(fault) if fault.kind == ErrorKind::Disconnected && framing.body == Body::UntilClose => break,
                Err(fault) => return Err(fault),
            };
        }
        timing.size_download = received;
        if keeps && !self.raw_content && !response.body.is_empty() {
            self.decode(response)?;
        }
        Ok(framing.keeps_open)
    }

    /// Parses a head; `None` if it is not all there, no framing for an interim answer.
    fn read_head(
        &self,
        filled: usize,
        response: &mut Response,
    ) -> Result<Option<(usize, Option<Framing>)>, TransportError> {
        let mut room = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut head = httparse::Response::new(&mut room);
        let parsed = head
            .parse(&self.buffer[..filled])
            .map_err(|error| TransportError::new(ErrorKind::Protocol, format!("the answer is not HTTP: {error}")))?;
        let httparse::Status::Complete(len) = parsed else { return Ok(None) };
        let status = head.code.unwrap_or_default();
        if (100..200).contains(&status) && status != 101 {
            return Ok(Some((len, None)));
        }
        let bodiless = self.is_head || matches!(status, 204 | 304);
        let headers = head.headers.iter().map(|header| (header.name, header.value));
        let framing = Framing::of(head.version.unwrap_or(0), bodiless, headers)?;
        response.status = status;
        if self.wanted == Wanted::Everything {
            response
                .headers
                .extend(head.headers.iter().map(|header| (header.name.to_ascii_lowercase(), latin1(header.value))));
        }
        Ok(Some((len, Some(framing))))
    }

    fn decode(&self, response: &mut Response) -> Result<(), TransportError> {
        let lines: Vec<String> = response.header_values("content-encoding").map(str::to_owned).collect();
        if !lines.is_empty() {
            let body = std::mem::take(&mut response.body);
            response.body = encoding::decode(body, lines.iter().map(String::as_str))?;
        }
        Ok(())
    }

    /// Reads into the buffer behind `from`; some bytes, or a fault.
    fn fill(&mut self, stream: &mut TcpStream, from: usize, marks: &Marks) -> Result<usize, TransportError> {
        loop {
            if marks.first_in.is_some() {
                // The first read is bounded by the timeout that the socket has; later ones by what is left.
                let left = self.left(marks)?;
                let stale = left.zip(self.read_timeout).is_some_and(|(left, set)| left + set / 20 < set);
                if stale {
                    self.set_read_timeout(stream, left);
                }
            }
            match stream.read(&mut self.buffer[from..]) {
                Ok(0) => return Err(disconnected(marks.first_in.is_some())),
                Ok(amount) => return Ok(amount),
                Err(error) if error.kind() == IoKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error, marks.first_in.is_some())),
            }
        }
    }

    /// The time left; a fault if there is none.
    fn left(&self, marks: &Marks) -> Result<Option<Duration>, TransportError> {
        let Some(deadline) = marks.deadline else { return Ok(None) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.time_is_up()) } else { Ok(Some(left)) }
    }

    fn set_read_timeout(&mut self, stream: &TcpStream, limit: Option<Duration>) {
        if stream.set_read_timeout(limit).is_ok() {
            self.read_timeout = limit;
        }
    }

    fn time_is_up(&self) -> TransportError {
        let limit = self.timeout.map(seconds).unwrap_or_default();
        TransportError::new(ErrorKind::Timeout, format!("no complete answer within {limit}"))
    }

    fn broken(&self, error: &std::io::Error, answering: bool) -> TransportError {
        match error.kind() {
            IoKind::WouldBlock | IoKind::TimedOut => self.time_is_up(),
            IoKind::ConnectionReset | IoKind::ConnectionAborted | IoKind::BrokenPipe => disconnected(answering),
            _ => TransportError::new(ErrorKind::Disconnected, format!("the connection broke: {error}")),
        }
    }
}

/// One system call: nothing to read, and no end, means open and idle.
fn is_open(stream: &TcpStream) -> bool {
    const PEEK_AND_DO_NOT_WAIT: i32 = 0x02 | 0x40;
    let mut byte = [MaybeUninit::uninit()];
    let looked = SockRef::from(stream).recv_with_flags(&mut byte, PEEK_AND_DO_NOT_WAIT);
    looked.is_err_and(|error| error.kind() == IoKind::WouldBlock)
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            let (host, port) = (self.target.host().to_owned(), self.target.port);
            let left = Left { host, port, stream, read_timeout: self.read_timeout };
            *self.spare.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
        }
    }
}

impl Prepared for Replay {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        response.clear();
        let start = Instant::now();
        let deadline = self.timeout.and_then(|timeout| start.checked_add(timeout));
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
