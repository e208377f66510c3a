//! The short way of a load run: a request whose bytes are made once, over connections that are the worker's own.
//!
//! Owns: which requests can take it, the connections from one request to the next, the times in between. Does not:
//! open connections, write and read (see `channel`), know HTTP (see `h1`), where a request goes (see `route`) or
//! where redirects lead (see `journey`). What needs ureq, proxies by SOCKS above all, takes the long way (see
//! `client`).
//!
//! Where the time of a request goes, with ureq in between: building the head and its maps anew,
//! the pool's lock, boxed transports. None of it is needed to send the same bytes again.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::body::{Body, BodyPlan};
use super::channel::{Channel, Steps};
use super::fault::{self, Circumstances, TransportError, disconnected};
use super::h1::{Decoder, Head, Sink, lower_case};
use super::journey::{self, Journey};
use super::no_keep_alive::NoKeepAlive;
use super::outgoing::{Outgoing, Terms};
use super::redirect;
use super::resolve;
use super::route::{Detour, Route, Routes};
use super::socket::{Deadline, Loss, Sent};
use super::stopwatch::{Bound, ReceivedHeaders};
use crate::exchange::request::{ErrorKind, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::{Response, Timing};
use crate::exchange::url::Target;

const BUFFER: usize = 16 * 1024;
/// Idle connections of a worker; only redirects need more than one.
const MAX_IDLE: usize = 16;

/// What a worker's requests have in common.
pub(super) struct Lane {
    pub routes: Arc<Routes>,
    /// Where connections wait for the next request.
    pub spare: Arc<Spare>,
    pub no_keep_alive: Arc<NoKeepAlive>,
    /// Whether connections are kept at all.
    pub keep_alive: bool,
}

impl Lane {
    fn keeps(&self, target: &Target) -> bool {
        self.keep_alive && !self.no_keep_alive.has(target)
    }
}

/// What a worker has left over from its last request.
#[derive(Default)]
pub(super) struct Spare(Mutex<Left>);

#[derive(Default)]
struct Left {
    idle: Vec<(Arc<Route>, Box<Channel>)>,
    buffer: Vec<u8>,
}

impl Spare {
    fn lock(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what waits.
    pub fn close(&self) {
        self.lock().idle.clear();
    }

    fn take(&self, route: &Route) -> Option<Box<Channel>> {
        let mut left = self.lock();
        let at = left.idle.iter().rposition(|(have, _)| have.shares_connections_with(route))?;
        Some(left.idle.remove(at).1)
    }

    fn put(&self, route: Arc<Route>, channel: Box<Channel>) {
        let mut left = self.lock();
        if left.idle.len() == MAX_IDLE {
            left.idle.remove(0);
        }
        left.idle.push((route, channel));
    }
}

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spare").finish_non_exhaustive()
    }
}

/// A request's bytes and the connections that carry them.
pub(super) struct Replay {
    lane: Lane,
    terms: Terms,
    first: Hop,
    /// What redirects are followed with, a jar is filled, and what is signed anew.
    follows: Option<Request>,
    /// What the bytes of the first hop are signed with.
    edition: Option<u64>,
    /// They have gone out with the cookies and the signature of that time.
    is_sent: bool,
    /// The connection of the first hop, in a box: it is handed on with every request.
    channel: Option<Box<Channel>>,
    decoder: Decoder,
    buffer: Vec<u8>,
}

/// One request of an exchange, ready to be sent.
#[derive(Clone)]
struct Hop {
    journey: Journey,
    route: Arc<Route>,
    outgoing: Outgoing,
}

impl Hop {
    fn new(request: &Request, journey: Journey, lane: &Lane) -> Result<Hop, Detour> {
        let route = lane.routes.to(&journey, &request.options.connection)?;
        let outgoing = Outgoing::new(request, &journey, &route, lane.keeps(journey.target()))?;
        Ok(Hop { journey, route, outgoing })
    }
}

/// What has been seen of an exchange.
struct Marks {
    /// When its hop began.
    start: Instant,
    deadline: Deadline,
    /// First byte out, of all hops.
    first_out: Option<Instant>,
    /// First byte out and in, of this hop.
    out: Option<Instant>,
    first_in: Option<Instant>,
    steps: Steps,
    is_new: bool,
}

impl Marks {
    /// Adds the marks of a hop up, as libcurl adds its phases up over redirects.
    fn collect(&self, timing: &mut Timing) {
        let since =
            |mark: Option<Instant>| mark.map_or(Duration::ZERO, |mark| mark.saturating_duration_since(self.start));
        timing.connect += since(self.steps.connect);
        timing.appconnect += since(self.steps.appconnect);
        timing.pretransfer += since(self.out);
        timing.starttransfer += since(self.first_in);
    }
}

/// Takes the answer as it comes. A body that is not wanted is decoded and measured all the same, as it would be
/// anywhere else, but not kept.
struct Intake<'r> {
    response: &'r mut Response,
    plan: BodyPlan,
    wanted: Wanted,
    raw_content: bool,
    /// Where redirects are followed or cookies kept, the header lines as they came.
    follows: Option<(&'r Request, ReceivedHeaders)>,
    body: Option<Body>,
    fault: Option<TransportError>,
}

impl Sink for Intake<'_> {
    fn head(&mut self, head: &Head<'_>) {
        self.response.status = head.status;
        self.response.version = head.version();
        let mut is_seen = true;
        if let Some((request, headers)) = &mut self.follows
            && (redirect::is_redirect(head.status) || request.jar.is_some())
        {
            headers.extend(head.headers().map(|(name, value)| (lower_case(name), value.into_owned())));
            is_seen = journey::location(&request.options, head.status, headers).is_none();
        }
        self.plan.keeps &= is_seen;
        if is_seen && self.wanted.has_head(head.status) {
            head.add_to(self.response);
        }
        let is_decoded = is_seen && !self.raw_content;
        let encodings = if is_decoded { head.encodings() } else { Vec::new() };
        let buffer = std::mem::take(&mut self.response.body);
        self.body = Some(Body::new(&self.plan, buffer, &encodings));
    }

    fn payload(&mut self, bytes: &[u8]) {
        if let Some(body) = self.body.as_mut().filter(|_| self.fault.is_none()) {
            self.fault = body.push(bytes).err();
        }
    }
}

/// The edition of a request's authentication.
pub(super) fn edition(request: &Request) -> Option<u64> {
    request.auth.as_ref().and_then(|auth| auth.0.edition())
}

impl Replay {
    /// The short way for this request.
    ///
    /// # Errors
    /// It has to take the long one.
    pub fn new(lane: Lane, request: &Request, wanted: Wanted) -> Result<Replay, Detour> {
        lane.routes.check(request)?;
        let first = Hop::new(request, Journey::new(request, lane.routes.egress.as_ref())?, &lane)?;
        let mut buffer = std::mem::take(&mut lane.spare.lock().buffer);
        buffer.resize(BUFFER, 0);
        Ok(Replay {
            first,
            terms: Terms::of(request, wanted),
            follows: (request.options.follow_location || request.jar.is_some() || request.auth.is_some())
                .then(|| request.clone()),
            edition: edition(request),
            is_sent: false,
            lane,
            channel: None,
            decoder: Decoder::default(),
            buffer,
        })
    }

    fn exchange(
        &mut self,
        response: &mut Response,
        marks: &mut Marks,
        timing: &mut Timing,
    ) -> Result<(), TransportError> {
        let start = marks.start;
        if self.first.outgoing.keep_alive && !self.lane.keeps(self.first.journey.target()) {
            self.first.outgoing.close();
        }
        let is_other = |request: &Request| {
            request.jar.is_some()
                || request.auth.is_some() && (self.edition.is_none() || self.edition != edition(request))
        };
        if let Some(request) = self.follows.as_ref().filter(|request| self.is_sent && is_other(request)) {
            let journey = Journey::new(request, self.lane.routes.egress.as_ref())?;
            self.edition = edition(request);
            self.first = Hop::new(request, journey, &self.lane).map_err(Detour::into_fault)?;
        }
        self.is_sent = true;
        let mut later: Option<Hop> = None;
        loop {
            let result = self.carry(later.as_ref(), response, marks, timing);
            marks.collect(timing);
            let hop = later.as_ref().unwrap_or(&self.first);
            let headers = result.map_err(|fault| hop.journey.placed(fault))?;
            let Some(request) = &self.follows else { break };
            let mut journey = later.as_ref().unwrap_or(&self.first).journey.clone();
            let goes_on = journey.take(request, response.status, &headers);
            timing.redirect_count = journey.redirects();
            if !goes_on? {
                break;
            }
            let now = Instant::now();
            timing.redirect = now - start;
            later = Some(Hop::new(request, journey, &self.lane).map_err(Detour::into_fault)?);
            marks.deadline.seen = now;
            *marks = Marks { start: now, out: None, first_in: None, steps: Steps::default(), is_new: false, ..*marks };
        }
        self.terms.judge(response.status)?;
        if self.terms.wanted == Wanted::Everything {
            let last = later.as_ref().unwrap_or(&self.first);
            response.effective_url.push_str(&last.journey.target().uri);
        }
        Ok(())
    }

    /// Sends one request, the first one unless a later one is given, and reads the answer to its end.
    fn carry(
        &mut self,
        later: Option<&Hop>,
        response: &mut Response,
        marks: &mut Marks,
        timing: &mut Timing,
    ) -> Result<ReceivedHeaders, TransportError> {
        let Replay { lane, terms, first, channel: own, decoder, buffer, follows, .. } = self;
        let hop = later.unwrap_or(first);
        let Hop { journey, route, outgoing } = hop;
        let target = journey.target();
        let is_fresh = terms.fresh || !outgoing.keep_alive;
        // A redirect within the server goes on over the same connection.
        let is_own = later.is_none() || route.shares_connections_with(&first.route);
        let mut kept = own.take_if(|_| is_own && !is_fresh);
        if kept.is_none() && !is_fresh {
            kept = lane.spare.take(route);
        }
        let kept = kept.and_then(|mut kept| kept.is_quiet().then_some(kept));
        let mut channel = match kept {
            Some(channel) => channel,
            None => connect(hop, terms, marks, timing)?,
        };
        let about = terms.circumstances(target.host(), route.is_proxied());
        let message = &outgoing.message;
        timing.request_size += message.head_len as u64;
        let out = Instant::now();
        marks.out = Some(out);
        marks.first_out = marks.first_out.or(Some(out));
        marks.deadline.seen = out;
        let sent = channel.write(&message.bytes, &mut marks.deadline);
        let sent = sent.map_err(|loss| explain(loss, &about))?;
        timing.size_upload += (message.bytes.len() - message.head_len) as u64;
        decoder.start(outgoing.is_head);
        let mut intake = Intake {
            response,
            plan: terms.body(marks.deadline.until, true),
            wanted: terms.wanted,
            raw_content: terms.raw_content,
            follows: follows.as_ref().map(|request| (request, ReceivedHeaders::new())),
            body: None,
            fault: None,
        };
        match read_answer(&mut channel, decoder, buffer, &mut intake, marks, &about) {
            Ok(keeps_open) => {
                let certificate = if terms.certificate { channel.certificate() } else { None };
                let is_kept = keeps_open && sent == Sent::Whole && !terms.forbid_reuse;
                if is_kept && outgoing.keep_alive && lane.keeps(target) {
                    if is_own {
                        *own = Some(channel);
                    } else {
                        lane.spare.put(route.clone(), channel);
                    }
                }
                let headers = intake.follows.map(|(_, headers)| headers);
                if let Some(body) = &mut intake.body {
                    timing.size_download = body.received();
                    let body = body.finish()?;
                    (response.body, response.lease) = (body.bytes, body.lease);
                }
                response.certificate = certificate;
                Ok(headers.unwrap_or_default())
            }
            Err(fault) => {
                if !marks.is_new && marks.first_in.is_none() && fault.kind == ErrorKind::Disconnected {
                    lane.no_keep_alive.add(target);
                }
                Err(fault)
            }
        }
    }
}

fn connect(hop: &Hop, terms: &Terms, marks: &mut Marks, timing: &mut Timing) -> Result<Box<Channel>, TransportError> {
    let Hop { journey, route, .. } = hop;
    let whole = Bound { until: marks.deadline.until, length: terms.timeout };
    let connecting = whole.or_earlier(Bound::new(marks.start, terms.connect_timeout));
    let addresses = route.names.resolve(&route.host, route.port, connecting.until);
    let addresses = addresses.map_err(|error| error.explain(&route.host, connecting.length))?;
    timing.namelookup += marks.start.elapsed();
    let about = terms.circumstances(journey.target().host(), route.is_proxied());
    let opened = Channel::open(route, &addresses, connecting.until, &about, &mut marks.steps);
    if marks.steps.dialled.is_some() {
        timing.num_connects += 1;
        marks.is_new = true;
    }
    let (channel, address) = opened?;
    if addresses.first() != Some(&address) {
        resolve::prefer(&route.host, address);
    }
    Ok(Box::new(channel))
}

/// Reads the answer; whether the connection can carry another.
fn read_answer(
    channel: &mut Channel,
    decoder: &mut Decoder,
    buffer: &mut [u8],
    intake: &mut Intake<'_>,
    marks: &mut Marks,
    about: &Circumstances<'_>,
) -> Result<bool, TransportError> {
    let mut keeps_open = false;
    while !decoder.is_complete() {
        let is_answering = marks.first_in.is_some();
        let read = channel.read(buffer, &mut marks.deadline);
        let amount = read.map_err(|loss| explain(loss, &Circumstances { answering: is_answering, ..*about }))?;
        if amount == 0 {
            if decoder.may_end() {
                break;
            }
            return Err(disconnected(is_answering));
        }
        marks.deadline.seen = Instant::now();
        marks.first_in = marks.first_in.or(Some(marks.deadline.seen));
        let used = decoder.feed(&buffer[..amount], intake)?;
        if let Some(fault) = intake.fault.take() {
            return Err(fault);
        }
        // After bytes that nobody asked for, the connection cannot be trusted any more.
        keeps_open = decoder.keeps_open() && used == amount;
    }
    Ok(keeps_open)
}

fn explain(loss: Loss, about: &Circumstances<'_>) -> TransportError {
    match loss {
        Loss::TimeIsUp => fault::timed_out(about),
        Loss::Broken(error) => fault::explain_io(error, about),
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        if let Some(channel) = self.channel.take() {
            self.lane.spare.put(self.first.route.clone(), channel);
        }
        self.lane.spare.lock().buffer = std::mem::take(&mut self.buffer);
    }
}

impl Prepared for Replay {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        response.clear();
        let start = Instant::now();
        let mut marks = Marks {
            start,
            deadline: Deadline { until: self.terms.until(start), seen: start },
            first_out: None,
            out: None,
            first_in: None,
            steps: Steps::default(),
            is_new: false,
        };
        let mut timing = Timing::default();
        let result = self.exchange(response, &mut marks, &mut timing);
        let end = Instant::now();
        timing.total = end - start;
        timing.exchange = marks.first_out.map_or(Duration::ZERO, |out| end - out);
        match result {
            Ok(()) => {
                response.timing = timing;
                Ok(())
            }
            Err(fault) => Err(ExchangeError { kind: fault.kind, message: fault.message, timing: Box::new(timing) }),
        }
    }
}
