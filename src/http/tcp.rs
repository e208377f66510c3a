//! One TCP connection as ureq's transport, with the clock and the deadline of the exchange.
//!
//! Owns: reading and writing within the deadline, the one-call probe of an idle connection, the
//! absolute form of requests to a plain proxy. Does not: connect (see `connect`), speak TLS (see `tls`).

use std::io::{self, IoSlice, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::buffer::ConnectionBuffers;
use super::spin_wait::{self, SpinWait};
use super::stopwatch;

/// A socket timeout this much too long is let be: the kernel's clock ticks no finer.
const SLACK: Duration = Duration::from_millis(1);

/// Servers keep a connection at least this long, if they keep it at all.
const SHORT: Duration = Duration::from_secs(1);

/// A connected socket.
#[derive(Debug)]
pub(super) struct Tcp {
    stream: TcpStream,
    buffers: ConnectionBuffers,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
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
    pub(super) fn new(stream: TcpStream, absolute: Option<String>) -> Tcp {
        Tcp {
            stream,
            buffers: ConnectionBuffers::default(),
            read_timeout: None,
            write_timeout: None,
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
        let Tcp { stream, buffers, write_timeout, held, .. } = self;
        let tail = buffers.pending(amount);
        let mut done = 0;
        let total = held.len() + tail.len();
        while done < total {
            set_timeout(stream, write_timeout, budget(theirs)?, TcpStream::set_write_timeout)?;
            let before = Instant::now();
            let result = if done < held.len() {
                stream.write_vectored(&[IoSlice::new(&held[done..]), IoSlice::new(tail)])
            } else {
                stream.write(&tail[done - held.len()..])
            };
            match result {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
                Ok(written) => {
                    if done == 0 {
                        stopwatch::sent(before);
                    }
                    done += written;
                }
                Err(error) if should_retry(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        held.clear();
        Ok(())
    }

    /// Looks for the first byte of an answer without sleeping, where answers come that fast.
    fn keep_vigil(&mut self) {
        let watch = stopwatch::read();
        let Some(sent) = watch.first_out.filter(|_| watch.is_attentive && watch.first_in.is_none()) else { return };
        if !self.spin_wait.begins() {
            return;
        }
        let mut in_time = true;
        while in_time && is_quiet(&self.stream) {
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
        match self.write_out(amount, timeout) {
            Err(Error::Io(error)) if is_broken(&error) && stopwatch::read().first_out.is_some() => {
                // A server may answer and close before it has read a large body: what it said is still
                // in the socket, so the answer is read before the loss is an error.
                self.broken = true;
                self.held.clear();
                Ok(())
            }
            result => result,
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if !self.held.is_empty() {
            self.write_out(0, timeout)?;
        }
        self.idle = false;
        self.keep_vigil();
        loop {
            set_timeout(&self.stream, &mut self.read_timeout, budget(timeout)?, TcpStream::set_read_timeout)?;
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(0) => {
                    self.broken = true;
                    return Ok(false);
                }
                Ok(amount) => {
                    let now = Instant::now();
                    let watch = stopwatch::read();
                    if let (Some(sent), None) = (watch.first_out, watch.first_in) {
                        self.spin_wait.answered(now.saturating_duration_since(sent));
                    }
                    stopwatch::received(now);
                    self.buffers.input_appended(amount);
                    if watch.first_in.is_none() && promises_what_it_must_not_send(self.buffers.input()) {
                        stopwatch::note(|watch| watch.forbid_reuse = true);
                    }
                    return Ok(true);
                }
                Err(error) if should_retry(&error) => {}
                Err(error) => {
                    self.broken = true;
                    if is_broken(&error) {
                        stopwatch::note(|watch| watch.reset = true);
                    }
                    return Err(error.into());
                }
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
        let is_open = is_quiet(&self.stream);
        if !is_open && self.rests_since.is_some_and(|since| since.elapsed() < SHORT) {
            stopwatch::note(|watch| watch.found_closed = true);
        }
        is_open
    }
}

/// Whether this begins an answer of status 204, which has no body, with headers that promise one. A server that
/// sends it all the same would have it taken for the next answer.
fn promises_what_it_must_not_send(head: &[u8]) -> bool {
    if head.get(9..12) != Some(b"204") {
        return false;
    }
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.split("\ncontent-length:").nth(1).and_then(|rest| rest.lines().next());
    length.is_some_and(|length| length.trim() != "0") || head.contains("\ntransfer-encoding:")
}

fn should_retry(error: &io::Error) -> bool {
    // A socket timeout only says that it is time to look at the deadline again.
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

fn is_broken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

/// The time that the next call may take: ours, or ureq's if that is shorter (100-continue).
fn budget(theirs: NextTimeout) -> Result<Option<Duration>, Error> {
    let ours = stopwatch::remaining(Instant::now())?;
    if theirs.after.is_not_happening() {
        return Ok(ours);
    }
    if theirs.after.is_zero() {
        return Err(Error::Timeout(theirs.reason));
    }
    Ok(Some(ours.map_or(*theirs.after, |ours| ours.min(*theirs.after))))
}

/// Sets a socket timeout if the one it has would wake us too late, or far too early.
fn set_timeout(
    stream: &TcpStream,
    current: &mut Option<Duration>,
    wanted: Option<Duration>,
    set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
) -> io::Result<()> {
    let fits = match (*current, wanted) {
        (None, None) => true,
        (Some(have), Some(want)) => have <= want + SLACK && have * 2 >= want,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let wanted = wanted.map(|time| time.max(SLACK));
    set(stream, wanted)?;
    *current = wanted;
    Ok(())
}

/// Whether an idle connection is open and silent: one system call on Unix.
#[cfg(unix)]
fn is_quiet(stream: &TcpStream) -> bool {
    const MSG_PEEK: i32 = 2;
    const MSG_DONTWAIT: i32 = if cfg!(any(target_os = "linux", target_os = "android")) { 0x40 } else { 0x80 };
    let mut byte = [std::mem::MaybeUninit::uninit()];
    let peeked = socket2::SockRef::from(stream).recv_with_flags(&mut byte, MSG_PEEK | MSG_DONTWAIT);
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(not(unix))]
fn is_quiet(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return false;
    }
    let silent = stream.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).is_ok() && silent
}
