//! One connection and the exchange that it carries: connecting, sending, receiving, in whatever pieces they come.
//!
//! Owns: the state of an exchange, reads and writes that never wait, what an answer or its loss comes to. Does not:
//! wait for anything, open connections or choose what is sent (see the loop), know HTTP (see `h1`).
//!
//! Events are hints: whatever they say, it is read and written until the system has nothing more. So one that was
//! meant for a connection that stood in the same slot before does no harm.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::hop::Hop;
use crate::exchange::request::{ErrorKind, Wanted};
use crate::exchange::response::{Response, Timing};
use crate::http::body::{Body, BodyPlan};
use crate::http::fault::{self, Circumstances, TransportError, disconnected};
use crate::http::h1::{Decoder, Head, Sink};
use crate::http::resolve::NameError;
use crate::http::socket::is_broken;

/// More of an answer's memory than this is not kept for the next one.
const KEPT_BODY: usize = 64 * 1024;

/// A slot's connection, and what it carries.
#[derive(Default)]
pub(super) struct Connection {
    pub stream: Option<TcpStream>,
    /// For whose sake it was opened.
    pub opened_for: Option<Arc<Hop>>,
    pub exchange: Option<Box<Exchanging>>,
    pub response: Response,
    decoder: Decoder,
}

/// Where an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its host's name is being looked up.
    LookingUp,
    /// Too many others are connecting.
    Queued,
    Connecting,
    /// Its request goes out, and its answer comes in.
    Open,
}

/// An exchange under way.
pub(super) struct Exchanging {
    pub hop: Arc<Hop>,
    pub phase: Phase,
    pub start: Instant,
    /// When all of it must be over.
    pub until: Option<Instant>,
    /// When it must be connected, and how long that is.
    pub connected_until: Option<Instant>,
    pub connect_bound: Option<Duration>,
    /// When the next address gets its turn.
    pub address_until: Option<Instant>,
    pub addresses: Vec<SocketAddr>,
    pub address: usize,
    pub refused: Option<(SocketAddr, io::Error)>,
    pub timing: Timing,
    out: Option<Instant>,
    first_in: Option<Instant>,
    written: usize,
    /// The server refused the rest, or does not take it any more.
    is_cut: bool,
    /// Nothing followed the answer, not even the end.
    is_clean: bool,
    /// The server has closed its side: no event says so again.
    is_closed: bool,
    body: Option<Body>,
    /// What makes the rest of the body useless.
    refusal: Option<TransportError>,
}

/// What an exchange has come to.
pub(super) enum Progress {
    Pending,
    /// The answer is complete, though its body may be useless; whether the connection can carry another exchange.
    Answered {
        at: Instant,
        keeps_open: bool,
        fault: Option<TransportError>,
    },
    /// There is no answer, and no connection.
    Failed(TransportError),
}

impl Exchanging {
    pub fn new(hop: Arc<Hop>, start: Instant) -> Exchanging {
        let until = hop.terms.until(start);
        Exchanging {
            hop,
            phase: Phase::Open,
            start,
            until,
            connected_until: until,
            connect_bound: None,
            address_until: None,
            addresses: Vec::new(),
            address: 0,
            refused: None,
            timing: Timing::default(),
            out: None,
            first_in: None,
            written: 0,
            is_cut: false,
            is_clean: true,
            is_closed: false,
            body: None,
            refusal: None,
        }
    }

    /// When its first byte went out.
    pub fn sent(&self) -> Option<Instant> {
        self.out
    }

    /// Its time is over.
    pub fn timed_out(&self) -> TransportError {
        match self.phase {
            Phase::LookingUp => NameError::TimeIsUp.explain(&self.hop.route.host, self.connect_bound),
            Phase::Queued | Phase::Connecting => self.hop.connecting_too_long(),
            Phase::Open => fault::timed_out(&self.circumstances()),
        }
    }

    /// Whether the server closed a connection that it seemed to keep.
    pub fn was_dropped(&self, fault: &TransportError) -> bool {
        let was_kept = self.timing.num_connects == 0;
        was_kept && self.first_in.is_none() && fault.kind == ErrorKind::Disconnected
    }

    /// The times of all of it.
    pub fn times(&self, end: Instant) -> Timing {
        let is_sent = self.written > 0;
        Timing {
            total: end.saturating_duration_since(self.start),
            exchange: self.out.map_or(Duration::ZERO, |out| end.saturating_duration_since(out)),
            pretransfer: self.out.map_or(Duration::ZERO, |out| out - self.start),
            starttransfer: self.first_in.map_or(Duration::ZERO, |first| first - self.start),
            size_download: self.body.as_ref().map_or(self.timing.size_download, Body::received),
            size_upload: self.written.saturating_sub(self.hop.outgoing.message.head_len) as u64,
            request_size: if is_sent { self.hop.outgoing.message.head_len as u64 } else { 0 },
            ..self.timing.clone()
        }
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances { answering: self.first_in.is_some(), ..self.hop.circumstances() }
    }

    /// Whether its body waits for others to make room.
    pub fn is_starved(&self) -> bool {
        self.body.as_ref().is_some_and(Body::is_starved)
    }

    fn is_out(&self) -> bool {
        self.is_cut || self.written == self.hop.outgoing.message.bytes.len()
    }
}

/// Takes the answer as it comes; what is not wanted is only counted.
struct Intake<'r> {
    response: &'r mut Response,
    hop: &'r Hop,
    until: Option<Instant>,
    body: &'r mut Option<Body>,
    refusal: &'r mut Option<TransportError>,
}

impl Sink for Intake<'_> {
    fn head(&mut self, head: &Head<'_>) {
        let terms = &self.hop.terms;
        self.response.status = head.status;
        if terms.wanted == Wanted::Everything {
            self.response.headers.extend(head.texts());
        }
        let mut encodings = Vec::new();
        if head.is_encoded && !terms.raw_content {
            encodings.extend(head.texts().filter(|(name, _)| name == "content-encoding").map(|(_, value)| value));
        }
        let plan = BodyPlan { overdraws: true, ..terms.body(self.until, true) };
        let buffer = std::mem::take(&mut self.response.body);
        *self.body = Some(Body::new(&plan, buffer, encodings.iter().map(String::as_str)));
    }

    fn payload(&mut self, bytes: &[u8]) {
        if let Some(body) = self.body.as_mut().filter(|_| self.refusal.is_none()) {
            *self.refusal = body.push(bytes).err();
        }
    }
}

impl Connection {
    /// Begins to send over the open connection.
    pub fn start(&mut self) -> Progress {
        let Connection { stream: Some(stream), exchange: Some(exchange), response, decoder, .. } = self else {
            return Progress::Pending;
        };
        response.clear();
        decoder.start(exchange.hop.outgoing.is_head);
        exchange.phase = Phase::Open;
        exchange.out = Some(Instant::now());
        match write(stream, exchange) {
            Ok(()) => Progress::Pending,
            Err(fault) => Progress::Failed(fault),
        }
    }

    /// Sends and receives whatever can be. `is_closed` says that the server will send no more.
    pub fn go_on(&mut self, buffer: &mut [u8], is_closed: bool) -> Progress {
        let Connection { stream: Some(stream), exchange: Some(exchange), response, decoder, .. } = self else {
            return Progress::Pending;
        };
        exchange.is_closed |= is_closed;
        match advance(stream, exchange, response, decoder, buffer) {
            Ok(None) => Progress::Pending,
            Ok(Some(at)) => {
                let keeps_open = decoder.keeps_open()
                    && exchange.is_clean
                    && exchange.written == exchange.hop.outgoing.message.bytes.len();
                Progress::Answered { at, keeps_open, fault: complete(response, exchange).err() }
            }
            Err(fault) => Progress::Failed(fault),
        }
    }

    /// Whether an idle connection is open and silent.
    pub fn is_quiet(&mut self) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        loop {
            match stream.read(&mut [0]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock),
            }
        }
    }

    /// Gives memory back that only a large answer needed.
    pub fn trim(&mut self) {
        if self.response.body.capacity() > KEPT_BODY {
            self.response.body = Vec::new();
        }
    }
}

/// When the answer was complete, once it is and nothing is left to be sent.
fn advance(
    stream: &mut TcpStream,
    exchange: &mut Exchanging,
    response: &mut Response,
    decoder: &mut Decoder,
    buffer: &mut [u8],
) -> Result<Option<Instant>, TransportError> {
    if !exchange.is_out() {
        write(stream, exchange)?;
    }
    loop {
        if exchange.is_starved() {
            return Ok(None);
        }
        let amount = match stream.read(buffer) {
            Ok(amount) => amount,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) if decoder.is_complete() => 0,
            Err(error) => return Err(fault::explain_io(error, &exchange.circumstances())),
        };
        let seen = Instant::now();
        if amount == 0 {
            exchange.is_clean = false;
            return if decoder.may_end() { Ok(Some(seen)) } else { Err(disconnected(exchange.first_in.is_some())) };
        }
        exchange.first_in = exchange.first_in.or(Some(seen));
        let mut intake = Intake {
            response,
            hop: &exchange.hop,
            until: exchange.until,
            body: &mut exchange.body,
            refusal: &mut exchange.refusal,
        };
        let used = decoder.feed(&buffer[..amount], &mut intake)?;
        if let Some(refusal) = exchange.refusal.take() {
            return Err(refusal);
        }
        // After bytes that nobody asked for, the connection cannot be trusted any more.
        exchange.is_clean &= used == amount && !exchange.is_closed;
        // An error makes the rest of the request pointless; a server that answers anything else wants it.
        exchange.is_cut |= !exchange.is_out() && response.status >= 400;
        if decoder.is_complete() && exchange.is_out() {
            return Ok(Some(seen));
        }
        // Less than there was room for is all there is, but for the end.
        if amount < buffer.len() && !exchange.is_closed {
            break;
        }
    }
    Ok((decoder.is_complete() && exchange.is_out()).then(Instant::now))
}

/// Writes what the system takes.
fn write(stream: &mut TcpStream, exchange: &mut Exchanging) -> Result<(), TransportError> {
    let bytes = &exchange.hop.outgoing.message.bytes;
    while exchange.written < bytes.len() {
        match stream.write(&bytes[exchange.written..]) {
            Ok(0) => exchange.is_cut = true,
            Ok(written) => exchange.written += written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // What the server said before is there to be read.
            Err(error) if is_broken(&error) => exchange.is_cut = true,
            Err(error) => return Err(fault::explain_io(error, &exchange.circumstances())),
        }
        if exchange.is_cut {
            break;
        }
    }
    Ok(())
}

/// Puts the body where it is looked for.
fn complete(response: &mut Response, exchange: &mut Exchanging) -> Result<(), TransportError> {
    if let Some(body) = exchange.body.take() {
        exchange.timing.size_download = body.received();
        let body = body.finish()?;
        (response.body, response.lease) = (body.bytes, body.lease);
    }
    if exchange.hop.terms.wanted == Wanted::Everything {
        response.effective_url.push_str(&exchange.hop.journey.target().uri);
    }
    Ok(())
}
