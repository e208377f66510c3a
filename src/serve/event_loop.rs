//! An event loop: many connections on one thread, none of which is waited for.
//!
//! Owns: accepting, readiness, timers, what is answered on other threads. Does not: know what a connection does (see
//! `connection`).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::channel::Channel;
use super::connection::{Connection, Next, Surroundings};
use super::manners::Manners;
use super::reply::{Reply, Service, Work};

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);
/// How often connections are looked over for limits that have passed.
const SWEEP: Duration = Duration::from_millis(250);
/// After the system had no connection to give.
const PAUSE: Duration = Duration::from_millis(20);
/// What makes answers elsewhere needs little.
const STACK: usize = 1024 * 1024;

/// What another thread tells a loop.
pub(super) enum Message {
    /// A connection that was accepted.
    Connection(TcpStream),
    /// What a connection waited for.
    Worked(Ticket, Reply),
    /// The end.
    Stop,
}

/// A connection, told from others that had its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket {
    place: usize,
    number: u64,
}

/// Where messages for a loop are left.
pub(super) struct Inbox {
    waker: Waker,
    messages: Mutex<Vec<Message>>,
}

impl Inbox {
    pub fn send(&self, message: Message) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push(message);
        // A loop that cannot be woken looks when it wakes.
        let _ = self.waker.wake();
    }

    fn take(&self) -> Vec<Message> {
        std::mem::take(&mut *self.messages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A loop.
pub(super) struct EventLoop {
    poll: Poll,
    inbox: Arc<Inbox>,
    service: Arc<dyn Service>,
    manners: Arc<Manners>,
    accepting: Option<Accepting>,
    places: Vec<Option<(u64, Connection)>>,
    free: Vec<usize>,
    /// Places that events of this round may still name.
    freed: Vec<usize>,
    numbers: u64,
    timers: BinaryHeap<Reverse<(Instant, Ticket)>>,
    again: Vec<Ticket>,
    /// What waits for a thread of its own.
    waiting: VecDeque<(Ticket, Work)>,
    /// Threads that work now, and how many there may be.
    working: usize,
    most_working: usize,
    swept: Instant,
    clock: Clock,
}

struct Accepting {
    listener: TcpListener,
    loops: Vec<Arc<Inbox>>,
    next: usize,
    /// When it is tried again.
    again: Option<Instant>,
}

/// The time, asked for once a round.
struct Clock {
    now: Instant,
    date: String,
    dated: Option<Instant>,
}

impl EventLoop {
    pub fn new(service: Arc<dyn Service>, manners: Arc<Manners>, most_working: usize) -> io::Result<EventLoop> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let now = Instant::now();
        Ok(EventLoop {
            poll,
            inbox: Arc::new(Inbox { waker, messages: Mutex::default() }),
            service,
            manners,
            accepting: None,
            places: Vec::new(),
            free: Vec::new(),
            freed: Vec::new(),
            numbers: 0,
            timers: BinaryHeap::new(),
            again: Vec::new(),
            waiting: VecDeque::new(),
            working: 0,
            most_working,
            swept: now,
            clock: Clock { now, date: String::new(), dated: None },
        })
    }

    pub fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    /// This loop accepts, and deals connections out.
    pub fn accept_at(&mut self, mut listener: TcpListener, loops: Vec<Arc<Inbox>>) -> io::Result<()> {
        self.poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        self.accepting = Some(Accepting { listener, loops, next: 0, again: None });
        Ok(())
    }

    /// Runs until it is told to stop.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, self.patience()) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    log::error!("the server cannot wait for its connections: {error}");
                    return;
                }
                _ => {}
            }
            self.clock.tick(self.manners.has_date);
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(),
                    WAKER => {
                        if !self.read_inbox() {
                            return;
                        }
                    }
                    Token(place) => {
                        let Some(Some((_, connection))) = self.places.get_mut(place) else { continue };
                        if event.is_error() || event.is_write_closed() && event.is_read_closed() {
                            // A reset; nobody is there to be answered.
                            self.end(place);
                            continue;
                        }
                        if event.is_read_closed() {
                            connection.closing();
                        } else if event.is_readable() {
                            connection.readable();
                        }
                        self.go_on(place);
                    }
                }
            }
            self.after_events();
        }
    }

    /// How long nothing can happen by itself.
    fn patience(&self) -> Option<Duration> {
        if !self.again.is_empty() {
            return Some(Duration::ZERO);
        }
        let now = Instant::now();
        let timer = self.timers.peek().map(|Reverse((due, _))| *due);
        let sweep = (self.free.len() < self.places.len()).then_some(self.swept + SWEEP);
        let accept = self.accepting.as_ref().and_then(|accepting| accepting.again);
        let first = [timer, sweep, accept].into_iter().flatten().min()?;
        Some(first.saturating_duration_since(now))
    }

    fn after_events(&mut self) {
        let now = self.clock.now;
        while self.timers.peek().is_some_and(|Reverse((due, _))| *due <= now) {
            let Some(Reverse((_, ticket))) = self.timers.pop() else { break };
            self.go_on_with(ticket);
        }
        for ticket in std::mem::take(&mut self.again) {
            self.go_on_with(ticket);
        }
        if self.accepting.as_ref().and_then(|accepting| accepting.again).is_some_and(|again| again <= now) {
            self.accept();
        }
        if now.saturating_duration_since(self.swept) >= SWEEP {
            self.swept = now;
            self.sweep();
        }
        self.free.append(&mut self.freed);
    }

    fn accept(&mut self) {
        let Some(mut accepting) = self.accepting.take() else { return };
        accepting.again = None;
        loop {
            match accepting.listener.accept() {
                Ok((stream, _)) => {
                    let to = accepting.next % accepting.loops.len().max(1);
                    accepting.next = to + 1;
                    match accepting.loops.get(to).filter(|inbox| !Arc::ptr_eq(inbox, &self.inbox)) {
                        Some(inbox) => inbox.send(Message::Connection(stream)),
                        None => self.add(stream),
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::ConnectionAborted) => {}
                Err(_) => {
                    // Out of file descriptors, most likely: some connection will end.
                    accepting.again = Some(self.clock.now + PAUSE);
                    break;
                }
            }
        }
        self.accepting = Some(accepting);
    }

    fn add(&mut self, stream: TcpStream) {
        self.service.connected();
        let _ = stream.set_nodelay(true);
        // A connection for which there is nothing left is closed.
        let Ok(mut channel) = Channel::new(stream, self.manners.tls.as_ref()) else { return };
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.poll.registry().register(channel.stream(), Token(place), interest).is_err() {
            self.freed.push(place);
            return;
        }
        self.numbers += 1;
        self.places[place] = Some((self.numbers, Connection::new(channel, self.clock.now)));
        // What it sends at once may be here already.
        self.go_on(place);
    }

    /// False if this is the end.
    fn read_inbox(&mut self) -> bool {
        for message in self.inbox.take() {
            match message {
                Message::Connection(stream) => self.add(stream),
                Message::Stop => return false,
                Message::Worked(ticket, reply) => {
                    self.working = self.working.saturating_sub(1);
                    self.work_on();
                    let around = around(&self.service, &self.manners, &self.clock);
                    let Some(Some((number, connection))) = self.places.get_mut(ticket.place) else { continue };
                    if *number != ticket.number {
                        continue;
                    }
                    match connection.worked(reply, &around) {
                        Some(next) => self.follow(ticket, next),
                        None => self.go_on(ticket.place),
                    }
                }
            }
        }
        true
    }

    fn go_on_with(&mut self, ticket: Ticket) {
        if matches!(self.places.get(ticket.place), Some(Some((number, _))) if *number == ticket.number) {
            self.go_on(ticket.place);
        }
    }

    fn go_on(&mut self, place: usize) {
        let around = around(&self.service, &self.manners, &self.clock);
        let Some(Some((number, connection))) = self.places.get_mut(place) else { return };
        let ticket = Ticket { place, number: *number };
        let next = connection.go_on(&around);
        self.follow(ticket, next);
    }

    fn follow(&mut self, ticket: Ticket, next: Next) {
        match next {
            Next::Wait => {}
            Next::WaitUntil(due) => self.timers.push(Reverse((due, ticket))),
            Next::Again => self.again.push(ticket),
            Next::End => self.end(ticket.place),
            Next::Work(work) => {
                self.waiting.push_back((ticket, work));
                self.work_on();
            }
        }
    }

    /// Begins what waits for a thread, as far as there are threads.
    fn work_on(&mut self) {
        while self.working < self.most_working
            && let Some((ticket, work)) = self.waiting.pop_front()
        {
            // Who asked may have gone meanwhile.
            if !matches!(self.places.get(ticket.place), Some(Some((number, _))) if *number == ticket.number) {
                continue;
            }
            let inbox = Arc::clone(&self.inbox);
            let job = move || inbox.send(Message::Worked(ticket, work()));
            let started = thread::Builder::new().name("answer".to_owned()).stack_size(STACK).spawn(job);
            match started {
                Ok(_) => self.working += 1,
                Err(_) => self.end(ticket.place),
            }
        }
    }

    fn end(&mut self, place: usize) {
        if let Some((_, mut connection)) = self.places.get_mut(place).and_then(Option::take) {
            let _ = self.poll.registry().deregister(connection.channel().stream());
            self.freed.push(place);
        }
    }

    fn sweep(&mut self) {
        for place in 0..self.places.len() {
            let around = around(&self.service, &self.manners, &self.clock);
            let Some(Some((_, connection))) = self.places.get_mut(place) else { continue };
            if connection.is_overdue(&around) {
                self.end(place);
            }
        }
    }
}

fn around<'s>(service: &'s Arc<dyn Service>, manners: &'s Manners, clock: &'s Clock) -> Surroundings<'s> {
    Surroundings { service: &**service, manners, now: clock.now, date: &clock.date }
}

impl Clock {
    fn tick(&mut self, has_date: bool) {
        self.now = Instant::now();
        let is_old = |dated: Instant| self.now.saturating_duration_since(dated) >= Duration::from_millis(500);
        if has_date && self.dated.is_none_or(is_old) {
            self.date = httpdate::fmt_http_date(SystemTime::now());
            self.dated = Some(self.now);
        }
    }
}
