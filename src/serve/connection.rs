//! One connection: requests in, answers out, in order.
//!
//! Owns: what may happen next, keep-alive, its own limits of time. Does not: wait (see `event_loop`), know an answer.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::call::Call;
use super::channel::Channel;
use super::head::{Facts, Refusal};
use super::intake::{Intake, Step};
use super::manners::Manners;
use super::outgoing::{Ending, Manner, Outgoing};
use super::reply::{Planned, Reply, Service, Work};

/// How long the rest of what a peer sends is read before the connection ends.
const LINGERING: Duration = Duration::from_millis(500);
/// A peer that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(30);
/// So many reads are made for one connection before the others have their turn.
const TURNS: usize = 64;

/// What a connection works with.
pub(super) struct Surroundings<'s> {
    pub service: &'s dyn Service,
    pub manners: &'s Manners,
    pub now: Instant,
    /// The date of now; empty where none is sent.
    pub date: &'s str,
}

/// What a connection needs after its turn.
pub(super) enum Next {
    /// To be told of what comes.
    Wait,
    /// The same, and to be woken at a moment.
    WaitUntil(Instant),
    /// Another turn.
    Again,
    /// The answer of this, made elsewhere.
    Work(Work),
    /// Its end.
    End,
}

/// A connection.
pub(super) struct Connection {
    channel: Channel,
    intake: Intake,
    out: Outgoing,
    /// What the request said that is being answered elsewhere.
    working: Option<Asked>,
    may_read: bool,
    has_ended: bool,
    /// Since when it is idle, or the head or the body that is under way has not gone on.
    since: Instant,
    lingers_until: Option<Instant>,
    /// Whether the peer has said that it sends no more, read or not.
    is_closing: bool,
    on_due: Option<Box<dyn FnOnce() + Send>>,
}

/// What is remembered of a request.
#[derive(Debug, Clone, Copy)]
struct Asked {
    facts: Facts,
    is_head: bool,
}

impl Connection {
    pub fn new(mut channel: Channel, now: Instant) -> Connection {
        let is_local = channel.stream().peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
        Connection {
            channel,
            intake: Intake::new(is_local),
            out: Outgoing::default(),
            working: None,
            may_read: true,
            has_ended: false,
            since: now,
            lingers_until: None,
            is_closing: false,
            on_due: None,
        }
    }

    pub fn channel(&mut self) -> &mut Channel {
        &mut self.channel
    }

    /// Bytes may have come.
    pub fn readable(&mut self) {
        self.may_read = true;
    }

    /// The peer sends no more than what has come.
    pub fn closing(&mut self) {
        (self.may_read, self.is_closing) = (true, true);
    }

    /// The answer that was made elsewhere.
    pub fn worked(&mut self, reply: Reply, around: &Surroundings<'_>) -> Option<Next> {
        let asked = self.working.take()?;
        self.put(reply, asked, around)
    }

    /// Goes on as far as it can without waiting.
    pub fn go_on(&mut self, around: &Surroundings<'_>) -> Next {
        if self.out.release(around.now) {
            tell(&mut self.on_due);
        }
        for _ in 0..TURNS {
            if let Some(next) = self.take_requests(around) {
                return next;
            }
            let was_busy = self.out.is_busy();
            if !self.send(around) {
                return Next::End;
            }
            // A request that is here already waited for the answer before it, and nothing else would wake it.
            if was_busy && !self.out.is_busy() && !self.intake.is_empty() {
                continue;
            }
            if self.out.is_done() && self.ends(around) {
                return Next::End;
            }
            if !self.may_read || self.has_ended || !self.takes_input() {
                return self.waits();
            }
            if !self.read(around) {
                return Next::End;
            }
        }
        Next::Again
    }

    /// Whether it has overstayed.
    pub fn is_overdue(&mut self, around: &Surroundings<'_>) -> bool {
        let waited = around.now.saturating_duration_since(self.since);
        if let Some(until) = self.lingers_until {
            return around.now >= until;
        }
        if !self.out.ready().is_empty() {
            return waited > STALLED;
        }
        if self.working.is_some() || self.out.is_busy() {
            return false;
        }
        let Some(limits) = &around.manners.limits else { return false };
        if self.intake.is_empty() {
            return waited > limits.idle;
        }
        if waited > limits.head {
            self.refuse(Refusal::Status(408, "the request takes too long"), around);
            let _ = self.send(around);
            return self.lingers_until.is_none();
        }
        false
    }

    fn takes_input(&self) -> bool {
        self.lingers_until.is_some() || (self.working.is_none() && !self.out.is_busy())
    }

    fn waits(&self) -> Next {
        match (self.out.due(), self.lingers_until) {
            (Some(due), _) | (None, Some(due)) => Next::WaitUntil(due),
            (None, None) => Next::Wait,
        }
    }

    /// Answers all requests that are here, as long as each can be answered at once.
    fn take_requests(&mut self, around: &Surroundings<'_>) -> Option<Next> {
        while self.working.is_none() && !self.out.is_busy() {
            let mut replied = None;
            let demands_host = around.manners.demands_host;
            let taken = self.intake.take(&mut |call: &Call<'_>, facts| {
                let asked = Asked { facts, is_head: call.method == "HEAD" };
                let has_host = !facts.is_1_1 || facts.hosts == 1;
                let reply = (has_host || !demands_host).then(|| around.service.reply(call));
                replied = Some((reply, asked));
            });
            match taken {
                Ok(Step::Taken) => self.since = around.now,
                Ok(Step::More) if self.has_ended => {
                    self.refuse(self.intake.ended(), around);
                    return None;
                }
                Ok(Step::More) => return None,
                Ok(Step::Continue) => {
                    self.out.push(b"HTTP/1.1 100 Continue\r\n\r\n");
                    return None;
                }
                Err(refusal) => {
                    self.refuse(refusal, around);
                    return None;
                }
            }
            match replied {
                Some((Some(reply), asked)) => {
                    if let Some(next) = self.put(reply, asked, around) {
                        return Some(next);
                    }
                }
                Some((None, _)) => {
                    self.refuse(Refusal::Status(400, "a request needs one Host header"), around);
                    return None;
                }
                None => return None,
            }
        }
        None
    }

    /// Puts an answer on its way; what else is to be done, if anything.
    fn put(&mut self, reply: Reply, asked: Asked, around: &Surroundings<'_>) -> Option<Next> {
        let planned = match reply {
            Reply::Now(answer) => {
                let keeps = asked.facts.keep_alive && !answer.closes;
                self.out.answer(&answer, manner(asked, keeps, around));
                if !keeps {
                    self.out.ending = Ending::Close;
                }
                return None;
            }
            Reply::Later(work) => {
                self.working = Some(asked);
                return Some(Next::Work(work));
            }
            Reply::Planned(planned) => *planned,
        };
        let Planned { answer, after, delivery, on_due, on_sent } = planned;
        let keeps = asked.facts.keep_alive && !answer.closes;
        if !keeps {
            self.out.ending = Ending::Close;
        }
        (self.on_due, self.out.on_sent) = (on_due, on_sent);
        // Beyond this nobody waits, and the clock cannot count.
        let from = around.now.checked_add(after).unwrap_or(around.now + Duration::from_secs(1 << 30));
        if after.is_zero() {
            tell(&mut self.on_due);
        } else {
            self.out.hold_until(from);
        }
        self.out.deliver(&answer, manner(asked, keeps, around), delivery, from);
        None
    }

    fn refuse(&mut self, refusal: Refusal, around: &Surroundings<'_>) {
        match refusal {
            Refusal::Gone => self.out.ending = Ending::Close,
            Refusal::Status(status, reason) => {
                let answer = around.service.refuse(status, reason);
                let manner = Manner { date: around.date, is_head: false, connection: CLOSE };
                self.out.answer(&answer, manner);
                self.out.ending = Ending::Linger;
            }
        }
    }

    /// Sends what may go out; false if the peer does not take it any more.
    fn send(&mut self, around: &Surroundings<'_>) -> bool {
        while !self.out.ready().is_empty() {
            match self.channel.write(self.out.ready()) {
                Ok(0) => return false,
                Ok(count) => {
                    self.out.went(count);
                    self.since = around.now;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
        !matches!(self.channel.flush(), Err(error) if error.kind() != ErrorKind::WouldBlock)
    }

    /// Whether the connection ends now that all has been sent.
    fn ends(&mut self, around: &Surroundings<'_>) -> bool {
        let is_over = match self.out.ending {
            Ending::Open => return self.has_ended && self.working.is_none() && self.intake.is_empty(),
            Ending::Never => return self.has_ended || self.is_closing,
            Ending::Reset => {
                self.channel.reset();
                true
            }
            Ending::Close => true,
            Ending::Linger => false,
        };
        if is_over {
            if self.out.ending == Ending::Close {
                self.channel.end_sending();
            }
            return true;
        }
        // Closing with unread input would reset the connection and could destroy the refusal on its way.
        if self.lingers_until.is_none() {
            self.channel.end_sending();
            self.lingers_until = Some(around.now + LINGERING);
        }
        self.has_ended
    }

    /// Reads once; false if the connection is broken.
    fn read(&mut self, around: &Surroundings<'_>) -> bool {
        let mut scrap = [0; 4096];
        let lingers = self.lingers_until.is_some();
        let room = if lingers { &mut scrap[..] } else { self.intake.room() };
        let size = room.len();
        match self.channel.read(room) {
            Ok(0) => self.has_ended = true,
            Ok(_) if lingers => {}
            Ok(count) => {
                if self.intake.is_empty() || self.intake.is_in_body() {
                    self.since = around.now;
                }
                self.intake.filled(count);
                if count < size && !self.is_closing && self.channel.is_drained_by_less() {
                    self.may_read = false;
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.may_read = false,
            Err(_) => return false,
        }
        true
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        tell(&mut self.on_due);
        tell(&mut self.out.on_sent);
    }
}

fn tell(whom: &mut Option<Box<dyn FnOnce() + Send>>) {
    if let Some(tell) = whom.take() {
        tell();
    }
}

const CLOSE: &str = "Connection: close\r\n";

fn manner<'m>(asked: Asked, keeps: bool, around: &Surroundings<'m>) -> Manner<'m> {
    let connection = match (keeps, asked.facts.is_1_1) {
        (false, _) => CLOSE,
        (true, false) if around.manners.tells_old_peers => "Connection: keep-alive\r\n",
        _ => "",
    };
    Manner { date: around.date, is_head: asked.is_head, connection }
}
