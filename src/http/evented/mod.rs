//! An event loop: many connections in the thread that runs it, none of which ever waits for another.
//!
//! Owns: the turns of the loop, which slot is free, opening connections, deadlines, waiting. Does not: know what is
//! sent and when (see `exchange::request`), the state of one exchange (see `connection`).

mod connection;
mod hop;
mod link;
mod pacer;
mod patience;
mod timers;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use socket2::SockRef;

use self::connection::{Buffers, Connection, Exchanging, Phase, Progress};
use self::hop::Hop;
use self::link::{Link, Way};
use self::pacer::Pacer;
use self::patience::Patience;
use self::timers::Timers;
use super::fault::{self, Circumstances, TransportError};
use super::journey::Journey;
use super::no_keep_alive::NoKeepAlive;
use super::replay::edition;
use super::resolve::{self, NameError};
use super::route::{Detour, Routes};
use super::socket::{DialError, begin_from, refusal};
use super::stopwatch::Bound;
use crate::exchange::request::{Ended, EventLoop, Exchange, ExchangeError, Next, Request, Slots, Wanted};
use crate::exchange::response::Response;
use crate::exchange::url::Target;

/// More would flood a server's backlog: what it drops is sent again a second later, and looks like a slow server.
const MOST_CONNECTING: usize = 128;
/// The loop looks up so often, so that a stop is noticed.
const NAP: Duration = Duration::from_millis(50);
/// So often it is looked whether there is room for bodies that wait for it.
const STARVED_NAP: Duration = Duration::from_millis(5);
const EVENTS: usize = 1024;
/// An answer that is longer is read in pieces.
const BUFFER: usize = 64 * 1024;
/// Threads that serve what the loop does not carry need no more.
const STACK: usize = 256 * 1024;

const WAKER: Token = Token(usize::MAX);

/// What a loop has from the client that made it.
pub(super) struct Shared {
    pub routes: Arc<Routes>,
    pub no_keep_alive: Arc<NoKeepAlive>,
    /// Whether connections are kept at all.
    pub keep_alive: bool,
    /// Sends what the loop does not carry.
    pub others: Arc<dyn Exchange>,
}

impl Shared {
    fn keeps(&self, target: &Target) -> bool {
        self.keep_alive && !self.no_keep_alive.has(target)
    }
}

/// What comes from other threads.
enum Arrived {
    Addresses { key: Key, found: Result<Vec<SocketAddr>, NameError> },
    Answer { slot: usize, result: Result<(), ExchangeError>, response: Box<Response>, at: Instant },
}

type Key = (String, u16);

/// What a slot does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It is to be asked.
    Ready,
    /// It waits with others for whatever is due next.
    Idle,
    /// It has something to do later.
    Waiting,
    /// An exchange is under way.
    Busy,
    /// It is through.
    Ended,
}

/// A loop and its connections.
pub(super) struct Loop {
    shared: Shared,
    poll: Poll,
    waker: Arc<Waker>,
    pacer: Option<Pacer>,
    connections: Vec<Connection>,
    states: Vec<State>,
    timers: Timers,
    buffers: Buffers,
    /// Slots to be asked what to do.
    ready: VecDeque<usize>,
    /// Idle slots; the last one is asked first: the fewer connections are used, the warmer they are.
    idle: Vec<usize>,
    due: Due,
    connecting: usize,
    patience: Patience,
    /// Slots that want to connect.
    queue: VecDeque<usize>,
    looking_up: Vec<(Key, Vec<usize>)>,
    /// Slots whose answers wait for other bodies to make room: no event says when there is some.
    starved: Vec<usize>,
    /// The memory of the last exchange.
    unused: Option<Box<Exchanging>>,
    /// The bytes of the last request.
    made: Option<(Arc<Request>, Arc<Hop>)>,
    arrivals: (Sender<Arrived>, Receiver<Arrived>),
    live: usize,
}

/// When idle slots are asked again.
#[derive(Debug, Default)]
struct Due {
    at: Option<Instant>,
    /// When something is due, which is not later.
    from: Option<Instant>,
    /// The pacer knows.
    is_paced: bool,
}

impl Loop {
    /// A loop for requests like this one.
    ///
    /// # Errors
    /// What about it a loop does not carry.
    pub fn new(request: &Request, shared: Shared) -> Result<Loop, String> {
        if let Err(Detour::Needs(what)) = Hop::first(request, Wanted::Status, &shared) {
            return Err(format!("way for {what}"));
        }
        let poll = Poll::new().map_err(|error| unusable(&error))?;
        let waker = Waker::new(poll.registry(), WAKER).map_err(|error| unusable(&error))?;
        Ok(Loop {
            shared,
            poll,
            waker: Arc::new(waker),
            pacer: None,
            connections: Vec::new(),
            states: Vec::new(),
            timers: Timers::default(),
            buffers: Buffers { plain: vec![0; BUFFER], sealed: Vec::new() },
            ready: VecDeque::new(),
            idle: Vec::new(),
            due: Due::default(),
            connecting: 0,
            patience: Patience::default(),
            queue: VecDeque::new(),
            looking_up: Vec::new(),
            starved: Vec::new(),
            unused: None,
            made: None,
            arrivals: unbounded(),
            live: 0,
        })
    }

    fn turns(&mut self, slots: usize, work: &mut dyn Slots) -> Result<(), String> {
        self.connections.resize_with(slots, Connection::default);
        self.states.clear();
        self.states.resize(slots, State::Ready);
        self.timers.resize(slots);
        self.live = slots;
        self.ready.extend(0..slots);
        let mut events = Events::with_capacity(EVENTS);
        // What has become of the connections since the last run.
        self.poll(&mut events)?;
        for event in events.iter().filter(|event| event.token() != WAKER) {
            self.happened(event.token().0, event.is_read_closed() || event.is_error(), work);
        }
        let mut is_ending = false;
        while self.live > 0 && !work.is_abandoned() {
            if !is_ending && work.is_ending() {
                is_ending = true;
                self.wake_all();
            }
            self.ask_ready(work);
            self.ask_idle(work);
            self.connect_queued(work);
            self.poll(&mut events)?;
            for event in &events {
                if event.token() == WAKER {
                    continue;
                }
                // The end comes with the last bytes: it is read for, too.
                self.happened(event.token().0, event.is_read_closed() || event.is_error(), work);
                self.ask_ready(work);
            }
            while let Ok(arrived) = self.arrivals.1.try_recv() {
                self.arrived(arrived, work);
            }
            for slot in std::mem::take(&mut self.starved) {
                self.happened(slot, false, work);
            }
            let now = Instant::now();
            while let Some(slot) = self.timers.expired(now) {
                self.expired(slot, work);
            }
        }
        Ok(())
    }

    /// Waits for something to happen, until the next deadline at most.
    fn poll(&mut self, events: &mut Events) -> Result<(), String> {
        let now = Instant::now();
        let left = |at: Instant| at.saturating_duration_since(now);
        let mut wait = self.timers.earliest().map_or(NAP, left).min(NAP);
        if let Some(at) = self.due.at.filter(|_| !self.idle.is_empty()) {
            if left(at) <= pacer::HEAD_START + pacer::HEAD_START / 2 {
                // Awake: no sleep is this short.
                wait = Duration::ZERO;
            } else {
                wait = wait.min(left(at));
                if !self.due.is_paced {
                    self.due.is_paced = true;
                    let pacer = match self.pacer.take() {
                        Some(pacer) => Some(pacer),
                        None => Pacer::start(self.waker.clone()),
                    };
                    if let Some(pacer) = &pacer {
                        pacer.wake_at(at);
                    }
                    self.pacer = pacer;
                }
            }
        }
        if !self.starved.is_empty() {
            wait = wait.min(STARVED_NAP);
        }
        if !self.ready.is_empty() {
            wait = Duration::ZERO;
        }
        match self.poll.poll(events, Some(wait)) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(unusable(&error)),
            _ => Ok(()),
        }
    }

    /// Asks slots that are free; those that are free again afterwards have their turn later.
    fn ask_ready(&mut self, work: &mut dyn Slots) {
        for _ in 0..self.ready.len() {
            if let Some(slot) = self.ready.pop_front() {
                self.ask(slot, Instant::now(), work);
            }
        }
    }

    /// Asks slots that wait for what is due, as long as something is.
    fn ask_idle(&mut self, work: &mut dyn Slots) {
        let now = Instant::now();
        while self.due.at.is_none_or(|at| at <= now) {
            let Some(slot) = self.idle.pop() else { return };
            self.due = Due::default();
            self.ask(slot, now, work);
        }
    }

    /// A stop: whoever waits is asked again.
    fn wake_all(&mut self) {
        self.idle.clear();
        for slot in 0..self.states.len() {
            if matches!(self.states[slot], State::Idle | State::Waiting) {
                self.free(slot);
            }
        }
    }

    fn ask(&mut self, slot: usize, now: Instant, work: &mut dyn Slots) {
        let state = match work.next(slot, now) {
            Next::Send(request, wanted) => {
                self.states[slot] = State::Busy;
                self.begin(slot, request, wanted, now, work);
                return;
            }
            Next::At(at) => {
                self.timers.set(slot, Some(at));
                State::Waiting
            }
            Next::Due(at) => {
                self.idle.push(slot);
                if self.due.from.is_none_or(|have| at < have) {
                    let soonest = at.max(now + pacer::SHORTEST);
                    self.due = Due { at: Some(soonest), from: Some(at), is_paced: false };
                }
                State::Idle
            }
            Next::End => {
                self.live -= 1;
                self.timers.set(slot, None);
                State::Ended
            }
        };
        self.states[slot] = state;
    }

    fn begin(&mut self, slot: usize, request: Arc<Request>, wanted: Wanted, now: Instant, work: &mut dyn Slots) {
        let Ok(hop) = self.hop(&request, wanted) else { return self.send_elsewhere(slot, request, wanted, work) };
        let exchange = Exchanging::new(request, hop, now);
        self.timers.set(slot, exchange.until);
        let exchange = match self.unused.take() {
            Some(mut unused) => {
                *unused = exchange;
                unused
            }
            None => Box::new(exchange),
        };
        self.connections[slot].exchange = Some(exchange);
        self.begin_hop(slot, work);
    }

    /// The first hop of a request, which is made once where the request is the same again.
    fn hop(&mut self, request: &Arc<Request>, wanted: Wanted) -> Result<Arc<Hop>, Detour> {
        let made = self.made.as_ref().filter(|(of, made)| {
            let keeps = made.outgoing.keep_alive == self.shared.keeps(made.journey.target());
            let is_signed = request.auth.is_none() || made.edition.is_some() && made.edition == edition(request);
            Arc::ptr_eq(of, request) && made.terms.wanted == wanted && keeps && is_signed
        });
        if let Some((_, hop)) = made {
            return Ok(hop.clone());
        }
        let hop = Arc::new(Hop::first(request, wanted, &self.shared)?);
        // What a jar adds may be another thing the next time.
        if request.jar.is_none() {
            self.made = Some((request.clone(), hop.clone()));
        }
        Ok(hop)
    }

    fn begin_hop(&mut self, slot: usize, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let Some(exchange) = &connection.exchange else { return };
        let hop = exchange.hop.clone();
        if connection.choose(&hop, &mut self.buffers) { self.start(slot, work) } else { self.look_up(slot, work) }
    }

    /// In a thread of its own: whatever it is, it is rare.
    fn send_elsewhere(&mut self, slot: usize, request: Arc<Request>, wanted: Wanted, work: &mut dyn Slots) {
        let (sender, waker, exchange) = (self.arrivals.0.clone(), self.waker.clone(), self.shared.others.clone());
        let send = move || {
            let mut response = Box::<Response>::default();
            let result = exchange.prepare(&request, wanted).send(&mut response);
            let _ = sender.send(Arrived::Answer { slot, result, response, at: Instant::now() });
            let _ = waker.wake();
        };
        let thread = std::thread::Builder::new().stack_size(STACK);
        if thread.spawn(send.clone()).is_err() {
            // Where there is no thread to have, the others wait.
            send();
            while let Ok(arrived) = self.arrivals.1.try_recv() {
                self.arrived(arrived, work);
            }
        }
    }

    fn look_up(&mut self, slot: usize, work: &mut dyn Slots) {
        let Some(exchange) = &mut self.connections[slot].exchange else { return };
        let hop = exchange.hop.clone();
        let whole = Bound { until: exchange.until, length: hop.terms.timeout };
        let bound = whole.or_earlier(Bound::new(exchange.hop_start, hop.terms.connect_timeout));
        (exchange.connected_until, exchange.connect_bound) = (bound.until, bound.length);
        let (host, port) = (&hop.route.host, hop.route.port);
        match hop.route.names.resolve_at_once(host, port) {
            Some(found) => self.resolved(slot, found, work),
            None => {
                exchange.phase = Phase::LookingUp;
                self.timers.set(slot, bound.until);
                let key = (host.clone(), port);
                match self.looking_up.iter_mut().find(|(have, _)| *have == key) {
                    Some((_, slots)) => slots.push(slot),
                    None => {
                        self.looking_up.push((key.clone(), vec![slot]));
                        self.ask_for_name(key, hop.clone(), bound.until);
                    }
                }
            }
        }
    }

    fn ask_for_name(&self, key: Key, hop: Arc<Hop>, until: Option<Instant>) {
        let (sender, waker) = (self.arrivals.0.clone(), self.waker.clone());
        let look_up = move || {
            let found = hop.route.names.resolve(&key.0, key.1, until);
            let _ = sender.send(Arrived::Addresses { key, found });
            let _ = waker.wake();
        };
        let thread = std::thread::Builder::new().stack_size(STACK);
        if thread.spawn(look_up.clone()).is_err() {
            look_up();
        }
    }

    fn arrived(&mut self, arrived: Arrived, work: &mut dyn Slots) {
        match arrived {
            Arrived::Answer { slot, result, mut response, at } => {
                let timing = match &result {
                    Ok(()) => &response.timing,
                    Err(error) => &error.timing,
                };
                let sent = Some(timing.exchange).filter(|time| !time.is_zero()).and_then(|time| at.checked_sub(time));
                work.done(slot, result.map(|()| &mut *response), Ended { at, sent });
                self.free(slot);
            }
            Arrived::Addresses { key, found } => {
                let Some(at) = self.looking_up.iter().position(|(have, _)| *have == key) else { return };
                let (_, slots) = self.looking_up.swap_remove(at);
                let now = Instant::now();
                for slot in slots {
                    let exchange = self.connections[slot].exchange.as_ref();
                    let Some(exchange) = exchange.filter(|exchange| exchange.phase == Phase::LookingUp) else {
                        continue;
                    };
                    match &found {
                        Ok(addresses) => self.resolved(slot, Ok(addresses.clone()), work),
                        // Somebody else's time was up.
                        Err(NameError::TimeIsUp) if exchange.connected_until.is_none_or(|until| until > now) => {
                            self.look_up(slot, work);
                        }
                        Err(NameError::TimeIsUp) => self.resolved(slot, Err(NameError::TimeIsUp), work),
                        Err(NameError::Fault(fault)) => self.resolved(slot, Err(NameError::Fault(fault.clone())), work),
                    }
                }
            }
        }
    }

    fn resolved(&mut self, slot: usize, found: Result<Vec<SocketAddr>, NameError>, work: &mut dyn Slots) {
        let Some(exchange) = &mut self.connections[slot].exchange else { return };
        match found {
            Ok(addresses) => {
                exchange.addresses = addresses;
                exchange.timing.namelookup += exchange.hop_start.elapsed();
                exchange.phase = Phase::Queued;
                self.timers.set(slot, exchange.connected_until);
                self.queue.push_back(slot);
            }
            Err(error) => {
                let fault = error.explain(&exchange.hop.route.host, exchange.connect_bound);
                let fault = exchange.hop.journey.placed(fault);
                self.failed(slot, fault, work);
            }
        }
    }

    fn connect_queued(&mut self, work: &mut dyn Slots) {
        while self.connecting < MOST_CONNECTING {
            let Some(slot) = self.queue.pop_front() else { return };
            let exchange = self.connections[slot].exchange.as_mut();
            let Some(exchange) = exchange.filter(|exchange| exchange.phase == Phase::Queued) else { continue };
            exchange.phase = Phase::Connecting;
            self.connecting += 1;
            self.connect(slot, work);
        }
    }

    /// Begins to connect to the address whose turn it is, or to one after it.
    fn connect(&mut self, slot: usize, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let Some(exchange) = &mut connection.exchange else { return };
        while let Some(address) = exchange.addresses.get(exchange.address).copied() {
            let now = Instant::now();
            let is_last = exchange.address + 1 == exchange.addresses.len();
            // An address that swallows packets must not use up the time of those after it.
            if exchange.tries == 0 {
                exchange.address_until = exchange.connected_until.map(|until| {
                    let left = until.saturating_duration_since(now);
                    if is_last { until } else { now + left / 2 }
                });
            }
            let stream = match &exchange.hop.route.dialling.source {
                None => TcpStream::connect(address),
                Some(source) => begin_from(source, address).map(TcpStream::from_std),
            };
            let stream = stream.and_then(|mut stream| {
                let interest = Interest::READABLE | Interest::WRITABLE;
                self.poll.registry().register(&mut stream, Token(slot), interest).map(|()| stream)
            });
            match stream {
                Ok(stream) => {
                    connection.dialled = Some(stream);
                    exchange.dialled_at = now;
                    let patience = self.patience.of(address, exchange.tries).map(|patience| now + patience);
                    let until = [exchange.address_until, patience].into_iter().flatten().min();
                    self.timers.set(slot, until);
                    return;
                }
                Err(error) => {
                    exchange.refused = Some((address, error));
                    exchange.next_address();
                }
            }
        }
        let is_bounded = exchange.connected_until.is_some();
        let refused = exchange.refused.take();
        let route = &exchange.hop.route;
        let fault = match refusal(&route.host, refused, route.dialling.to_proxy, is_bounded) {
            DialError::TimeIsUp => exchange.connecting_too_long(),
            DialError::Refused(fault) => fault,
        };
        self.failed(slot, fault, work);
    }

    /// The address that is being connected to gives nothing; the next one has its turn.
    fn pass_over(&mut self, slot: usize, error: io::Error, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        connection.dialled = None;
        let Some(exchange) = &mut connection.exchange else { return };
        if let Some(address) = exchange.addresses.get(exchange.address) {
            exchange.refused = Some((*address, error));
        }
        exchange.next_address();
        self.connect(slot, work);
    }

    /// The server takes longer than it did for others: it dropped what asked it, which is asked again.
    fn connect_anew(&mut self, slot: usize, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        // Connected already, and not heard of yet: the loop is late.
        if connection.dialled.as_ref().is_some_and(|stream| stream.peer_addr().is_ok()) {
            return self.connected(slot, false, work);
        }
        connection.dialled = None;
        if let Some(exchange) = &mut connection.exchange {
            exchange.tries += 1;
        }
        self.connect(slot, work);
    }

    fn happened(&mut self, slot: usize, is_closed: bool, work: &mut dyn Slots) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        let Some(exchange) = &connection.exchange else {
            // A word on an idle connection is its end, or nothing that anybody asked for.
            if connection.link.is_some() && !connection.is_quiet(&mut self.buffers) {
                connection.link = None;
            }
            return;
        };
        match exchange.phase {
            Phase::LookingUp | Phase::Queued => {}
            Phase::Connecting => self.connected(slot, is_closed, work),
            Phase::Opening => self.open(slot, is_closed, work),
            Phase::Open => self.go_on(slot, is_closed, work),
        }
    }

    fn connected(&mut self, slot: usize, is_closed: bool, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let (Some(stream), Some(exchange)) = (&connection.dialled, &mut connection.exchange) else { return };
        if let Err(error) | Ok(Some(error)) = stream.take_error() {
            return self.pass_over(slot, error, work);
        }
        if stream.peer_addr().is_err() {
            // Not yet.
            return;
        }
        let route = exchange.hop.route.clone();
        // Without these, nothing is lost but time.
        if !route.dialling.delay {
            let _ = stream.set_nodelay(true);
        }
        if route.dialling.keep_alive_probes {
            let _ = SockRef::from(stream).set_keepalive(true);
        }
        if let Some(address) = exchange.addresses.get(exchange.address) {
            if exchange.address > 0 {
                resolve::prefer(&route.host, *address);
            }
            self.patience.connected(*address, exchange.dialled_at.elapsed(), exchange.tries);
        }
        self.connecting -= 1;
        exchange.phase = Phase::Opening;
        exchange.is_new = true;
        exchange.timing.num_connects += 1;
        self.timers.set(slot, exchange.connected_until);
        let Some(stream) = connection.dialled.take() else { return };
        match Link::new(stream, &route) {
            Ok(link) => {
                connection.link = Some((route, link));
                self.open(slot, is_closed, work);
            }
            Err(error) => {
                let fault = fault::explain_tls(&error, exchange.hop.journey.target().host());
                self.failed(slot, fault, work);
            }
        }
    }

    /// Goes on with what is to be done before a request can be sent.
    fn open(&mut self, slot: usize, is_closed: bool, work: &mut dyn Slots) {
        let Connection { link: Some((_, link)), exchange: Some(exchange), .. } = &mut self.connections[slot] else {
            return;
        };
        let about = Circumstances { connecting: true, ..exchange.hop.circumstances() };
        link.wake(is_closed);
        link.lend(&mut self.buffers.sealed);
        let opened = loop {
            match link.open(&about) {
                Ok(Way::Tunnelled) => exchange.connect = Some(Instant::now()),
                result => break result,
            }
        };
        link.give_back(&mut self.buffers.sealed);
        match opened {
            Err(fault) => self.failed(slot, fault, work),
            Ok(Way::Open) => {
                let now = Instant::now();
                if exchange.hop.route.tls.is_some() {
                    exchange.appconnect = Some(now);
                } else {
                    exchange.connect = exchange.connect.or(Some(now));
                }
                self.timers.set(slot, exchange.until);
                self.start(slot, work);
                // What the server said at once came with the event that is being served: there is no other.
                self.go_on(slot, is_closed, work);
            }
            Ok(Way::Pending | Way::Tunnelled) => {
                if exchange.hop.route.tunnel.is_none() {
                    exchange.connect = exchange.connect.or_else(|| Some(Instant::now()));
                }
            }
        }
    }

    fn start(&mut self, slot: usize, work: &mut dyn Slots) {
        let progress = self.connections[slot].start();
        self.progressed(slot, progress, work);
    }

    fn go_on(&mut self, slot: usize, is_closed: bool, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let progress = connection.go_on(&mut self.buffers, is_closed);
        if connection.exchange.as_mut().is_some_and(|exchange| exchange.is_starved()) {
            self.starved.push(slot);
        }
        self.progressed(slot, progress, work);
    }

    fn progressed(&mut self, slot: usize, progress: Progress, work: &mut dyn Slots) {
        match progress {
            Progress::Pending => {}
            Progress::Failed(fault) => self.failed(slot, fault, work),
            Progress::Answered { at, keeps_open, fault } => {
                let connection = &mut self.connections[slot];
                let Some(exchange) = &mut connection.exchange else { return };
                if !keeps_open || !self.shared.keeps(exchange.hop.journey.target()) {
                    connection.link = None;
                }
                let status = connection.response.status;
                let judged = match fault {
                    Some(fault) => Err(fault),
                    None => exchange.next_journey(status),
                };
                match judged {
                    Ok(Some(journey)) => self.follow(slot, journey, work),
                    Ok(None) => {
                        let verdict = exchange.hop.terms.judge(status);
                        self.concluded(slot, at, verdict, work);
                    }
                    Err(fault) => self.concluded(slot, at, Err(fault), work),
                }
            }
        }
    }

    /// The next hop of an exchange.
    fn follow(&mut self, slot: usize, journey: Journey, work: &mut dyn Slots) {
        let Some(exchange) = &mut self.connections[slot].exchange else { return };
        let now = Instant::now();
        match exchange.hop.next(&exchange.request, journey, &self.shared) {
            Ok(hop) => {
                exchange.go_to(Arc::new(hop), now);
                self.timers.set(slot, exchange.until);
                self.begin_hop(slot, work);
            }
            Err(detour) => self.concluded(slot, now, Err(detour.into_fault()), work),
        }
    }

    /// The last answer of an exchange is complete; its times are collected.
    fn concluded(&mut self, slot: usize, at: Instant, verdict: Result<(), TransportError>, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let Some(mut exchange) = connection.exchange.take() else { return };
        let sent = exchange.sent();
        let result = match verdict {
            Ok(()) => {
                if exchange.hop.terms.wanted == Wanted::Everything {
                    connection.response.effective_url.push_str(&exchange.hop.journey.target().uri);
                }
                connection.response.timing = exchange.times(at);
                Ok(&mut connection.response)
            }
            Err(TransportError { kind, message }) => {
                Err(ExchangeError { kind, message, timing: Box::new(exchange.times(at)) })
            }
        };
        work.done(slot, result, Ended { at, sent });
        connection.trim();
        self.unused = Some(exchange);
        self.free(slot);
    }

    fn failed(&mut self, slot: usize, fault: TransportError, work: &mut dyn Slots) {
        let connection = &mut self.connections[slot];
        let Some(mut exchange) = connection.exchange.take() else { return };
        exchange.collect();
        (connection.dialled, connection.link) = (None, None);
        if exchange.was_dropped(&fault) {
            self.shared.no_keep_alive.add(exchange.hop.journey.target());
        }
        let at = Instant::now();
        let timing = Box::new(exchange.times(at));
        let error = ExchangeError { kind: fault.kind, message: fault.message, timing };
        work.done(slot, Err(error), Ended { at, sent: exchange.sent() });
        self.free(slot);
        if exchange.phase == Phase::Connecting {
            self.connecting -= 1;
        }
    }

    fn free(&mut self, slot: usize) {
        self.states[slot] = State::Ready;
        self.timers.set(slot, None);
        self.ready.push_back(slot);
    }

    fn expired(&mut self, slot: usize, work: &mut dyn Slots) {
        let Some(exchange) = &self.connections[slot].exchange else {
            if self.states[slot] == State::Waiting {
                self.free(slot);
            }
            return;
        };
        if exchange.phase == Phase::Connecting {
            let now = Instant::now();
            if exchange.address_until.is_none_or(|until| now < until) {
                return self.connect_anew(slot, work);
            }
            if exchange.address + 1 < exchange.addresses.len() {
                return self.pass_over(slot, io::ErrorKind::TimedOut.into(), work);
            }
        }
        let fault = exchange.timed_out();
        self.failed(slot, fault, work);
    }
}

impl EventLoop for Loop {
    fn run(&mut self, slots: usize, work: &mut dyn Slots) -> Result<(), String> {
        let result = self.turns(slots, work);
        self.pacer = None;
        result
    }
}

fn unusable(error: &io::Error) -> String {
    format!("the system has no event queue: {error}")
}
