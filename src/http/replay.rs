//! The short way of a load run: one plain-http request whose bytes are made once, over one connection.
//!
//! Owns: which requests can take it, the connection from one request to the next, the times in between. Does
//! not: write and read (see `socket`), know HTTP (see `h1`); TLS, proxies, redirects and connection options take
//! the long way through ureq (see `client`).
//!
//! Where the time of a request goes, with ureq in between: building the head and its maps anew,
//! the pool's lock, boxed transports. None of it is needed to send the same bytes again.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::agents::is_usual;
use super::body::{Body, BodyPlan};
use super::fault::{self, Circumstances, TransportError, disconnected};
use super::h1::{self, Decoder, Head, Message, Sink};
use super::journey::Journey;
use super::no_keep_alive::NoKeepAlive;
use super::outgoing::{Outgoing, Terms};
use super::resolve;
use super::route::{Detour, Route, Routes};
use super::socket::{Deadline, DialError, Loss, Sent, Socket};
use super::stopwatch::Bound;
use crate::exchange::request::{ErrorKind, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Response, Timing};

const BUFFER: usize = 16 * 1024;

/// What a worker's requests have in common.
pub(super) struct Lane {
    pub routes: Arc<Routes>,
    /// Where the connection goes when a request is done with, for the worker's next one.
    pub spare: Arc<Spare>,
    pub no_keep_alive: Arc<NoKeepAlive>,
}

/// A request's bytes and the connection that carries them.
pub(super) struct Replay {
    lane: Lane,
    journey: Journey,
    route: Arc<Route>,
    outgoing: Outgoing,
    terms: Terms,
    socket: Option<Socket>,
    decoder: Decoder,
    buffer: Vec<u8>,
}

/// The connection that a worker has left over from its last request.
#[derive(Default)]
pub(super) struct Spare(Mutex<Option<Left>>);

struct Left {
    route: Arc<Route>,
    socket: Socket,
}

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
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
    /// The short way for this request.
    ///
    /// # Errors
    /// It has to take the long one.
    pub fn new(lane: Lane, request: &Request, wanted: Wanted) -> Result<Replay, Detour> {
        let options = &*request.options;
        if options.follow_location || options.forbid_reuse || options.fresh_connect || options.fail_on_error {
            return Err(Detour::Needs("curl options"));
        }
        let journey = Journey::new(request)?;
        let route = lane.routes.to(journey.target(), &options.connection)?;
        if route.tls.is_some() || route.is_proxied() || !is_usual(&options.connection) {
            return Err(Detour::Needs("https or a proxy"));
        }
        Ok(Replay {
            outgoing: Outgoing::new(request, &journey, &route, true)?,
            terms: Terms::of(request, wanted),
            journey,
            route,
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
        let Message { bytes, head_len } = &self.outgoing.message;
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
                if keeps && sent == Sent::Whole && !self.lane.no_keep_alive.has(self.journey.target()) {
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
                    self.lane.no_keep_alive.add(self.journey.target());
                }
                Err(fault)
            }
        }
    }

    fn take_spare(&self) -> Option<Socket> {
        let mut spare = self.lane.spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = spare.take_if(|left| left.route.shares_connections_with(&self.route))?;
        Some(left.socket)
    }

    fn connect(&self, marks: &Marks, timing: &mut Timing) -> Result<Socket, TransportError> {
        let Route { host, port, names, dialling, .. } = &*self.route;
        let whole = Bound { until: marks.deadline.until, length: self.terms.timeout };
        let connecting = whole.or_earlier(Bound::new(marks.start, self.terms.connect_timeout));
        let addresses = names.resolve(host, *port, connecting.until);
        let addresses = addresses.map_err(|error| error.explain(host, connecting.length))?;
        timing.namelookup = marks.start.elapsed();
        let dialled = Socket::dial(host, &addresses, dialling, connecting.until);
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
        let plan = self.terms.body(marks.deadline.until, true);
        let mut intake = Intake { response, plan, raw_content: self.terms.raw_content, body: None, fault: None };
        self.decoder.start(self.outgoing.is_head);
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
        self.terms.circumstances(self.journey.target().host(), self.route.is_proxied())
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
            let left = Left { route: self.route.clone(), socket };
            *self.lane.spare.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(left);
        }
    }
}

impl Prepared for Replay {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        response.clear();
        let start = Instant::now();
        let deadline = Deadline { until: self.terms.until(start), seen: start };
        let mut marks = Marks { start, deadline, out: None, first_in: None };
        let mut timing = Timing::default();
        let result = self.exchange(response, &mut marks, &mut timing);
        let end = Instant::now();
        timing.total = end - start;
        timing.exchange = marks.out.map_or(Duration::ZERO, |out| end - out);
        timing.starttransfer = marks.first_in.map_or(Duration::ZERO, |first| first - start);
        match result {
            Ok(()) => {
                if self.terms.wanted == Wanted::Everything {
                    response.effective_url.push_str(&self.journey.target().uri);
                }
                response.timing = timing;
                Ok(())
            }
            Err(fault) => Err(ExchangeError { kind: fault.kind, message: fault.message, timing: Box::new(timing) }),
        }
    }
}
