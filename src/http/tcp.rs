//! A socket as ureq's transport, with the clock and the deadline of the exchange.
//!
//! Owns: how a head waits for its body, when a connection goes back to the pool, the absolute form of requests
//! to a plain proxy. Does not: connect (see `connect`), read and write (see `socket`), speak TLS (see `tls`).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};
use ureq::{Error, Timeout};

use super::buffer::ConnectionBuffers;
use super::h1;
use super::socket::{self, Deadline, Loss, Sent, Socket};
use super::spin_wait::{self, SpinWait};
use super::stopwatch;

/// Servers keep a connection at least this long, if they keep it at all.
const SHORT: Duration = Duration::from_secs(1);

/// A connected socket.
#[derive(Debug)]
pub(super) struct Tcp {
    socket: Socket,
    peer: SocketAddr,
    buffers: ConnectionBuffers,
    /// A request head that waits for its body.
    held: Vec<u8>,
    /// `http://host[:port]`, put before the path of each request: what a plain proxy wants to read.
    absolute: Option<String>,
    at_request_start: bool,
    /// Handed back once already since the last read: the next question is whether it can be taken again.
    idle: bool,
    broken: bool,
    spin_wait: SpinWait,
    /// When it was handed back.
    rests_since: Option<Instant>,
}

impl Tcp {
    pub(super) fn new(socket: Socket, peer: SocketAddr, absolute: Option<String>) -> Tcp {
        Tcp {
            socket,
            peer,
            buffers: ConnectionBuffers::default(),
            held: Vec::new(),
            absolute,
            at_request_start: true,
            idle: false,
            broken: false,
            spin_wait: SpinWait::default(),
            rests_since: None,
        }
    }

    fn write_out(&mut self, amount: usize, theirs: NextTimeout) -> Result<(), Error> {
        let mut limit = Limit::of(theirs)?;
        let before = limit.deadline.seen;
        let sent = self
            .socket
            .write(&self.held, self.buffers.pending(amount), &mut limit.deadline, &mut |early| h1::refuses(early));
        stopwatch::sent(before);
        stopwatch::note(|watch| watch.peer = Some(self.peer));
        // A server may answer and close before it has read a large body: what it said is read before the loss
        // is an error.
        self.broken |= sent.map_err(|loss| limit.explain(loss))? == Sent::Part;
        self.held.clear();
        Ok(())
    }

    /// Looks for the first byte of an answer without sleeping, where answers are received that fast.
    fn wait_awake(&mut self) {
        let watch = stopwatch::read();
        let Some(sent) = watch.first_out.filter(|_| watch.is_attentive && watch.first_in.is_none()) else { return };
        if !self.spin_wait.begins() {
            return;
        }
        let mut in_time = true;
        while in_time && self.socket.is_quiet() {
            std::hint::spin_loop();
            in_time = sent.elapsed() < spin_wait::LIMIT;
        }
        self.spin_wait.ended(in_time);
    }

    /// Puts the origin between the method and the path of the request line.
    fn hold_absolute(&mut self, amount: usize) {
        let Some(origin) = &self.absolute else { return };
        let head = self.buffers.pending(amount);
        let path = head.iter().position(|byte| *byte == b' ').map_or(0, |at| at + 1);
        self.held.extend_from_slice(&head[..path]);
        self.held.extend_from_slice(origin.as_bytes());
        self.held.extend_from_slice(&head[path..]);
    }
}

impl Transport for Tcp {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if self.broken || amount == 0 && self.held.is_empty() {
            return Ok(());
        }
        let starts = std::mem::replace(&mut self.at_request_start, false);
        let watch = stopwatch::read();
        let mut amount = amount;
        if starts && watch.connecting == 0 {
            if self.absolute.is_some() {
                self.hold_absolute(amount);
                amount = 0;
            } else if watch.body_follows {
                self.held.extend_from_slice(self.buffers.pending(amount));
                amount = 0;
            }
            if watch.body_follows {
                return Ok(());
            }
        }
        self.write_out(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if !self.held.is_empty() {
            self.write_out(0, timeout)?;
        }
        self.idle = false;
        self.wait_awake();
        let mut limit = Limit::of(timeout)?;
        match self.socket.read(self.buffers.input_append_buf(), &mut limit.deadline) {
            Ok(0) => {
                self.broken = true;
                Ok(false)
            }
            Ok(amount) => {
                let now = Instant::now();
                let watch = stopwatch::read();
                if let (Some(sent), None) = (watch.first_out, watch.first_in) {
                    self.spin_wait.answered(now.saturating_duration_since(sent));
                }
                stopwatch::received(now);
                self.buffers.input_appended(amount);
                Ok(true)
            }
            Err(loss) => {
                self.broken |= matches!(loss, Loss::Broken(_));
                Err(limit.explain(loss))
            }
        }
    }

    fn is_open(&mut self) -> bool {
        let watch = stopwatch::read();
        if self.broken || !self.held.is_empty() {
            return false;
        }
        if !self.idle {
            // On its way back to the pool. Whether it is still open is asked when it is taken again.
            self.idle = true;
            self.at_request_start = true;
            self.rests_since = Some(Instant::now());
            return !watch.forbid_reuse;
        }
        if watch.fresh {
            return false;
        }
        let is_open = self.socket.is_quiet();
        if !is_open && self.rests_since.is_some_and(|since| since.elapsed() < SHORT) {
            stopwatch::note(|watch| watch.found_closed = true);
        }
        is_open
    }
}

/// When the next call must be over, and whose wish that is.
#[derive(Debug, Clone, Copy)]
struct Limit {
    deadline: Deadline,
    reason: Timeout,
}

impl Limit {
    /// Ours, or ureq's if that is shorter (100-continue).
    fn of(theirs: NextTimeout) -> Result<Limit, Error> {
        let ours = Deadline::new(stopwatch::limit());
        if theirs.after.is_not_happening() {
            return Ok(Limit { deadline: ours, reason: Timeout::Global });
        }
        if theirs.after.is_zero() {
            return Err(Error::Timeout(theirs.reason));
        }
        let until = ours.seen.checked_add(*theirs.after);
        let is_ours = ours.until.is_some_and(|ours| until.is_none_or(|theirs| ours <= theirs));
        let reason = if is_ours { Timeout::Global } else { theirs.reason };
        Ok(Limit { deadline: Deadline { until: socket::earlier(ours.until, until), ..ours }, reason })
    }

    fn explain(self, loss: Loss) -> Error {
        match loss {
            Loss::TimeIsUp => Error::Timeout(self.reason),
            Loss::Broken(error) => error.into(),
        }
    }
}
