//! One slot's connection and the exchange that it carries: sending, receiving, in whatever pieces they come.
//!
//! Owns: the state of an exchange over all its hops, what an answer or its loss comes to. Does not: wait for
//! anything, open connections or choose what is sent (see the loop), read and write sockets (see `link`), know HTTP
//! (see `h1`).
//!
//! Events are hints: whatever they say, it is read and written until there is nothing more. So one that was meant for
//! a connection that stood in the same slot before does no harm.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::net::TcpStream;

use super::hop::Hop;
use super::link::Link;
use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::response::{Response, Timing};
use crate::http::body::{Body, BodyPlan};
use crate::http::fault::{self, Circumstances, TransportError, disconnected};
use crate::http::h1::{Decoder, Head, Sink, lower_case};
use crate::http::journey;
use crate::http::redirect;
use crate::http::resolve::NameError;
use crate::http::route::Route;
use crate::http::socket::is_broken;
use crate::http::stopwatch::ReceivedHeaders;

/// More of an answer's memory than this is not kept for the next one.
const KEPT_BODY: usize = 64 * 1024;
/// Redirects to other servers leave so many connections behind.
const MAX_SPARES: usize = 4;

/// Memory that all connections of a loop share while they read.
pub(super) struct Buffers {
    pub plain: Vec<u8>,
    pub sealed: Vec<u8>,
}

/// A slot's connection, and what it carries.
#[derive(Default)]
pub(super) struct Connection {
    /// A socket that is being connected.
    pub dialled: Option<TcpStream>,
    pub link: Option<(Arc<Route>, Link)>,
    /// Connections that earlier hops left.
    spares: Vec<(Arc<Route>, Link)>,
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
    /// A tunnel is asked for, or hands are shaken.
    Opening,
    /// Its request goes out, and its answer comes in.
    Open,
}

/// An exchange under way.
pub(super) struct Exchanging {
    pub request: Arc<Request>,
    pub hop: Arc<Hop>,
    pub phase: Phase,
    start: Instant,
    /// When all of it must be over.
    pub until: Option<Instant>,
    /// When it must be connected, and how long that is.
    pub connected_until: Option<Instant>,
    pub connect_bound: Option<Duration>,
    /// When the next address gets its turn.
    pub address_until: Option<Instant>,
    pub addresses: Vec<SocketAddr>,
    pub address: usize,
    /// When the attempt under way began, and how many were given up before it.
    pub dialled_at: Instant,
    pub tries: u32,
    pub refused: Option<(SocketAddr, io::Error)>,
    /// The times of the hops before, and what is added up over all.
    pub timing: Timing,
    first_out: Option<Instant>,
    /// When this hop began, was connected, and could send.
    pub hop_start: Instant,
    pub connect: Option<Instant>,
    pub appconnect: Option<Instant>,
    pub is_new: bool,
    out: Option<Instant>,
    first_in: Option<Instant>,
    written: usize,
    /// The server refused the rest, or does not take it any more.
    is_cut: bool,
    /// What was taken is not all gone.
    is_held: bool,
    /// Nothing followed the answer, not even the end.
    is_clean: bool,
    body: Option<Body>,
    /// The header lines of a redirect, or of any answer where a jar is filled, as they came.
    headers: ReceivedHeaders,
    /// What makes the rest of the body useless.
    refusal: Option<TransportError>,
}

/// What an exchange has come to.
pub(super) enum Progress {
    Pending,
    /// The answer is complete; whether the connection can carry another exchange, and what is wrong with the body.
    Answered {
        at: Instant,
        keeps_open: bool,
        fault: Option<TransportError>,
    },
    /// There is no answer, and no connection.
    Failed(TransportError),
}

impl Exchanging {
    pub fn new(request: Arc<Request>, hop: Arc<Hop>, start: Instant) -> Exchanging {
        let until = hop.terms.until(start);
        Exchanging {
            request,
            hop,
            phase: Phase::Open,
            start,
            until,
            connected_until: until,
            connect_bound: None,
            address_until: None,
            addresses: Vec::new(),
            address: 0,
            dialled_at: start,
            tries: 0,
            refused: None,
            timing: Timing::default(),
            first_out: None,
            hop_start: start,
            connect: None,
            appconnect: None,
            is_new: false,
            out: None,
            first_in: None,
            written: 0,
            is_cut: false,
            is_held: false,
            is_clean: true,
            body: None,
            headers: ReceivedHeaders::new(),
            refusal: None,
        }
    }

    /// When its first byte went out.
    pub fn sent(&self) -> Option<Instant> {
        self.first_out
    }

    /// The journey behind this answer, if it is a redirect that is followed.
    ///
    /// # Errors
    /// It leads nowhere, or there were too many.
    pub fn next_journey(&mut self, status: u16) -> Result<Option<journey::Journey>, TransportError> {
        if !self.request.options.follow_location && self.request.jar.is_none() {
            return Ok(None);
        }
        let mut journey = self.hop.journey.clone();
        let goes_on = journey.take(&self.request, status, &self.headers);
        self.timing.redirect_count = journey.redirects();
        Ok(goes_on?.then_some(journey))
    }

    /// Begins another hop.
    pub fn go_to(&mut self, hop: Arc<Hop>, now: Instant) {
        let mut timing = std::mem::take(&mut self.timing);
        timing.redirect = now.saturating_duration_since(self.start);
        let (first_out, start) = (self.first_out, self.start);
        *self = Exchanging {
            first_out,
            timing,
            until: self.until,
            hop_start: now,
            ..Exchanging::new(self.request.clone(), hop, start)
        };
    }

    /// The address that has its turn now is the next one.
    pub fn next_address(&mut self) {
        self.address += 1;
        self.tries = 0;
    }

    /// Its time is over.
    pub fn timed_out(&self) -> TransportError {
        match self.phase {
            Phase::LookingUp => NameError::TimeIsUp.explain(&self.hop.route.host, self.connect_bound),
            Phase::Queued | Phase::Connecting | Phase::Opening => self.connecting_too_long(),
            Phase::Open => fault::timed_out(&self.circumstances()),
        }
    }

    /// No connection in time.
    pub fn connecting_too_long(&self) -> TransportError {
        fault::timed_out(&Circumstances { connecting: true, ..self.hop.circumstances() })
    }

    /// Whether the server closed a connection that it seemed to keep.
    pub fn was_dropped(&self, fault: &TransportError) -> bool {
        !self.is_new && self.first_in.is_none() && fault.kind == ErrorKind::Disconnected
    }

    /// Adds the times of a hop that is over to those before it, as libcurl adds its phases up over redirects.
    pub fn collect(&mut self) {
        let start = self.hop_start;
        let since = |mark: Option<Instant>| mark.map_or(Duration::ZERO, |mark| mark.saturating_duration_since(start));
        let message = &self.hop.outgoing.message;
        let timing = &mut self.timing;
        timing.connect += since(self.connect);
        timing.appconnect += since(self.appconnect);
        timing.pretransfer += since(self.out);
        timing.starttransfer += since(self.first_in);
        timing.size_upload += self.written.saturating_sub(message.head_len) as u64;
        timing.request_size += if self.out.is_some() { message.head_len as u64 } else { 0 };
        if let Some(body) = &self.body {
            timing.size_download = body.received();
        }
    }

    /// The times of all of it, once the last hop is collected; they are handed over.
    pub fn times(&mut self, end: Instant) -> Timing {
        self.timing.total = end.saturating_duration_since(self.start);
        self.timing.exchange = self.first_out.map_or(Duration::ZERO, |out| end.saturating_duration_since(out));
        std::mem::take(&mut self.timing)
    }

    /// Whether its body waits for others to make room.
    pub fn is_starved(&mut self) -> bool {
        self.body.as_mut().is_some_and(Body::is_starved)
    }

    fn circumstances(&self) -> Circumstances<'_> {
        Circumstances { answering: self.first_in.is_some(), ..self.hop.circumstances() }
    }

    fn is_whole(&self) -> bool {
        self.written == self.hop.outgoing.message.bytes.len() && !self.is_held
    }

    fn is_out(&self) -> bool {
        self.is_cut || self.is_whole()
    }
}

/// Takes the answer as it comes; what is not wanted is only counted.
struct Intake<'r> {
    response: &'r mut Response,
    hop: &'r Hop,
    request: &'r Request,
    until: Option<Instant>,
    body: &'r mut Option<Body>,
    headers: &'r mut ReceivedHeaders,
    refusal: &'r mut Option<TransportError>,
}

impl Sink for Intake<'_> {
    fn head(&mut self, head: &Head<'_>) {
        let terms = &self.hop.terms;
        self.response.status = head.status;
        self.response.version = head.version();
        let mut is_seen = true;
        let options = &self.request.options;
        if options.follow_location && redirect::is_redirect(head.status) || self.request.jar.is_some() {
            self.headers.extend(head.headers().map(|(name, value)| (lower_case(name), value.into_owned())));
            is_seen = journey::location(options, head.status, self.headers).is_none();
        }
        if is_seen && terms.wanted.has_head(head.status) {
            head.add_to(self.response);
        }
        let is_decoded = is_seen && !terms.raw_content;
        let encodings = if is_decoded { head.encodings() } else { Vec::new() };
        let plan = BodyPlan { overdraws: true, ..terms.body(self.until, is_seen) };
        let buffer = std::mem::take(&mut self.response.body);
        *self.body = Some(Body::new(&plan, buffer, &encodings));
    }

    fn payload(&mut self, bytes: &[u8]) {
        if let Some(body) = self.body.as_mut().filter(|_| self.refusal.is_none()) {
            *self.refusal = body.push(bytes).err();
        }
    }
}

impl Connection {
    /// Looks for an open way for this hop among those that are kept; the one that stood here may be kept for later.
    pub fn choose(&mut self, hop: &Hop, buffers: &mut Buffers) -> bool {
        if !hop.takes_kept() {
            self.link = None;
            return false;
        }
        if self.link.as_ref().is_some_and(|(route, _)| route.shares_connections_with(&hop.route)) {
            return true;
        }
        if let Some(other) = self.link.take() {
            if self.spares.len() == MAX_SPARES {
                self.spares.remove(0);
            }
            self.spares.push(other);
        }
        let at = self.spares.iter().rposition(|(route, _)| route.shares_connections_with(&hop.route));
        let kept = at.map(|at| self.spares.remove(at));
        // Nobody listened for its end.
        self.link = kept.and_then(|(route, mut link)| link.is_quiet(&mut buffers.sealed).then_some((route, link)));
        self.link.is_some()
    }

    /// Begins to send over the open connection.
    pub fn start(&mut self) -> Progress {
        let Connection { link: Some((_, link)), exchange: Some(exchange), response, decoder, .. } = self else {
            return Progress::Pending;
        };
        response.clear();
        decoder.start(exchange.hop.outgoing.is_head);
        exchange.phase = Phase::Open;
        let now = Instant::now();
        exchange.out = Some(now);
        exchange.first_out = exchange.first_out.or(Some(now));
        match write(link, exchange) {
            Ok(()) => Progress::Pending,
            Err(fault) => Progress::Failed(fault),
        }
    }

    /// Sends and receives whatever can be. `is_closed` says that the server will send no more.
    pub fn go_on(&mut self, buffers: &mut Buffers, is_closed: bool) -> Progress {
        let Connection { link: Some((_, link)), exchange: Some(exchange), response, decoder, .. } = self else {
            return Progress::Pending;
        };
        link.wake(is_closed);
        link.lend(&mut buffers.sealed);
        let advanced = advance(link, exchange, response, decoder, &mut buffers.plain);
        link.give_back(&mut buffers.sealed);
        match advanced {
            Ok(None) => Progress::Pending,
            Ok(Some(at)) => {
                let hop = &exchange.hop;
                let keeps_open = decoder.keeps_open()
                    && exchange.is_clean
                    && exchange.is_whole()
                    && !hop.terms.forbid_reuse
                    && hop.outgoing.keep_alive;
                if hop.terms.certificate {
                    response.certificate = link.certificate();
                }
                exchange.collect();
                Progress::Answered { at, keeps_open, fault: complete(response, exchange).err() }
            }
            Err(fault) => Progress::Failed(fault),
        }
    }

    /// Whether an idle connection is open and silent.
    pub fn is_quiet(&mut self, buffers: &mut Buffers) -> bool {
        self.link.as_mut().is_some_and(|(_, link)| link.is_quiet(&mut buffers.sealed))
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
    link: &mut Link,
    exchange: &mut Exchanging,
    response: &mut Response,
    decoder: &mut Decoder,
    buffer: &mut [u8],
) -> Result<Option<Instant>, TransportError> {
    if !exchange.is_out() {
        write(link, exchange)?;
    }
    loop {
        if decoder.is_complete() && exchange.is_out() {
            return Ok(Some(Instant::now()));
        }
        if exchange.is_starved() {
            return Ok(None);
        }
        let amount = match link.read(buffer) {
            Ok(amount) => amount,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(_) if decoder.is_complete() => 0,
            Err(error) => return Err(fault::explain_io(error, &exchange.circumstances())),
        };
        if amount == 0 {
            exchange.is_clean = false;
            exchange.is_cut = true;
            let may_end = decoder.may_end();
            return if may_end { Ok(Some(Instant::now())) } else { Err(disconnected(exchange.first_in.is_some())) };
        }
        if exchange.first_in.is_none() {
            exchange.first_in = Some(Instant::now());
        }
        let Exchanging { hop, request, body, headers, refusal, until, .. } = exchange;
        let mut intake = Intake { response, hop, request, until: *until, body, headers, refusal };
        let used = decoder.feed(&buffer[..amount], &mut intake)?;
        if let Some(refusal) = exchange.refusal.take() {
            return Err(refusal);
        }
        // After bytes that nobody asked for, the connection cannot be trusted any more.
        exchange.is_clean &= used == amount && !link.is_closed();
        // An error makes the rest of the request pointless; a server that answers anything else wants it.
        exchange.is_cut |= !exchange.is_out() && response.status >= 400;
    }
}

/// Writes what the system takes.
fn write(link: &mut Link, exchange: &mut Exchanging) -> Result<(), TransportError> {
    let bytes = &exchange.hop.outgoing.message.bytes;
    loop {
        let result = match bytes.get(exchange.written..) {
            Some(rest) if !rest.is_empty() => link.write(rest).map(|written| {
                exchange.written += written;
                written > 0
            }),
            _ => link.flush().map(|()| true),
        };
        exchange.is_held = false;
        match result {
            // A session that takes nothing has too much to say.
            Ok(false) => exchange.is_held = true,
            Ok(true) if exchange.written < bytes.len() => continue,
            Ok(true) => match link.flush() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => exchange.is_held = true,
                // What the server said before is there to be read.
                Err(error) if is_broken(&error) => exchange.is_cut = true,
                Err(error) => return Err(fault::explain_io(error, &exchange.circumstances())),
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => exchange.is_held = true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_broken(&error) => exchange.is_cut = true,
            Err(error) => return Err(fault::explain_io(error, &exchange.circumstances())),
        }
        return Ok(());
    }
}

/// Puts the body where it is looked for.
fn complete(response: &mut Response, exchange: &mut Exchanging) -> Result<(), TransportError> {
    if let Some(body) = &mut exchange.body {
        let body = body.finish()?;
        (response.body, response.lease) = (body.bytes, body.lease);
    }
    Ok(())
}
