//! One TCP connection: opened, written and read within a deadline that is handed in.
//!
//! Owns: dialling (a share of the time for each address, from where it goes out), the socket's own timeouts,
//! whether an idle connection is still open, hearing an answer before the loss of the connection is an error.
//! Does not: look names up (see `resolve`), know what the bytes mean (see `h1`), speak TLS (see `tls`).

use std::io::{self, IoSlice, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Type};

use super::early::Early;
use super::fault::TransportError;
use crate::exchange::request::ErrorKind;

/// A socket timeout this much too long is let be: the kernel's clock ticks no finer.
const SLACK: Duration = Duration::from_millis(1);
/// When so little went out in this time that not all is gone, it is looked whether the server has answered.
const STALL: Duration = Duration::from_millis(50);
/// So much is heard while a request is still going out; a server that says more waits.
pub(super) const MAX_EARLY: usize = 64 * 1024 * 1024;
const EARLY_PIECE: usize = 16 * 1024;

/// How connections are opened.
#[derive(Debug, Default)]
pub(super) struct Dialling {
    /// From where they go out, if not from where the system has it.
    pub source: Option<Source>,
    /// Small packets may wait for more (Nagle).
    pub delay: bool,
    pub keep_alive_probes: bool,
    /// They lead to a proxy, not to the host itself.
    pub to_proxy: bool,
}

/// From where a connection goes out.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Address(IpAddr),
    Interface(String),
}

impl Source {
    /// libcurl's `interface`: `if!name`, `host!address`, or either of them bare.
    pub(super) fn parse(text: &str) -> Source {
        let (name, bare) = match text.strip_prefix("if!") {
            Some(name) => (true, name),
            None => (false, text.strip_prefix("host!").unwrap_or(text)),
        };
        match bare.parse() {
            Ok(address) if !name => Source::Address(address),
            _ => Source::Interface(bare.to_owned()),
        }
    }
}

/// The deadline has passed.
#[derive(Debug)]
pub(super) struct TimeIsUp;

/// Why bytes did not go out or come in.
#[derive(Debug)]
pub(super) enum Loss {
    TimeIsUp,
    Broken(io::Error),
}

impl From<TimeIsUp> for Loss {
    fn from(_: TimeIsUp) -> Loss {
        Loss::TimeIsUp
    }
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum DialError {
    TimeIsUp,
    Refused(TransportError),
}

impl From<TimeIsUp> for DialError {
    fn from(_: TimeIsUp) -> DialError {
        DialError::TimeIsUp
    }
}

/// How much of a request went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    Whole,
    /// The server has answered already, or closed the connection: what it said is there to be read.
    Part,
}

/// When it must be over, and what time it was when that was last looked at: a look costs more than a small write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline {
    pub until: Option<Instant>,
    pub seen: Instant,
}

impl Deadline {
    /// A deadline, looked at now.
    pub fn new(until: Option<Instant>) -> Deadline {
        Deadline { until, seen: Instant::now() }
    }

    /// The time left when it was last looked at; `Ok(None)` is no limit.
    fn left(&self) -> Result<Option<Duration>, TimeIsUp> {
        let Some(until) = self.until else { return Ok(None) };
        let left = until.saturating_duration_since(self.seen);
        if left.is_zero() { Err(TimeIsUp) } else { Ok(Some(left)) }
    }

    /// The time left now.
    pub fn look(&mut self) -> Result<Option<Duration>, TimeIsUp> {
        self.seen = Instant::now();
        self.left()
    }
}

/// The earlier of two deadlines.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A connected socket.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// The timeouts that the socket has.
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
    /// What was heard while a request was going out, and how the hearing ended.
    early: Early,
    early_end: Option<io::Result<()>>,
}

impl Socket {
    /// Connects to the first address that answers. The host is for the words of errors.
    pub fn dial(
        host: &str,
        addresses: &[SocketAddr],
        how: &Dialling,
        until: Option<Instant>,
    ) -> Result<(Socket, SocketAddr), DialError> {
        let mut deadline = Deadline::new(until);
        let mut last = None;
        for (at, address) in addresses.iter().enumerate() {
            let left = deadline.look()?;
            // An address that swallows packets must not use up the time of those after it.
            let share = if at + 1 == addresses.len() { left } else { left.map(|left| left / 2) };
            match connect(*address, how, share) {
                Ok(stream) => return Ok((Socket::over(stream), *address)),
                Err(error) => last = Some((*address, error)),
            }
        }
        deadline.look()?;
        Err(refusal(host, last, how.to_proxy, until.is_some()))
    }

    fn over(stream: TcpStream) -> Socket {
        Socket { stream, read_timeout: None, write_timeout: None, early: Early::default(), early_end: None }
    }

    /// Reads what is there, or waits for it; nothing is the end.
    pub fn read(&mut self, buffer: &mut [u8], deadline: &mut Deadline) -> Result<usize, Loss> {
        if let Some(amount) = self.early.take(buffer) {
            return Ok(amount);
        }
        if let Some(end) = self.early_end.take() {
            return end.map(|()| 0).map_err(Loss::Broken);
        }
        let mut left = deadline.left()?;
        loop {
            let Socket { stream, read_timeout, .. } = self;
            set_timeout(stream, read_timeout, left, TcpStream::set_read_timeout)?;
            match self.stream.read(buffer) {
                Err(error) if should_retry(&error) => left = deadline.look()?,
                result => return result.map_err(Loss::Broken),
            }
        }
    }

    /// Writes both parts. Where they go out slowly or not at all, what the server says meanwhile is heard; once
    /// `is_refused` has it that this makes the rest pointless, or the server has closed, no more is sent. What it
    /// leaves of the bytes is read later.
    pub fn write(
        &mut self,
        head: &[u8],
        body: &[u8],
        deadline: &mut Deadline,
        is_refused: &mut dyn FnMut(&mut Vec<u8>) -> bool,
    ) -> Result<Sent, Loss> {
        let total = head.len() + body.len();
        let mut done = 0;
        let mut left = deadline.left()?;
        while done < total {
            let Socket { stream, write_timeout, .. } = self;
            // A longer wait is cut in pieces.
            let limit = left.map_or(STALL, |left| left.min(STALL));
            set_timeout(stream, write_timeout, Some(limit), TcpStream::set_write_timeout)?;
            let result = match (head.get(done..), body) {
                (None | Some([]), body) => stream.write(&body[done - head.len()..]),
                (Some(head), []) => stream.write(head),
                (Some(head), body) => stream.write_vectored(&[IoSlice::new(head), IoSlice::new(body)]),
            };
            match result {
                Ok(0) => return Ok(Sent::Part),
                Ok(written) => done += written,
                Err(error) if should_retry(&error) => {}
                Err(error) if is_broken(&error) => return Ok(Sent::Part),
                Err(error) => return Err(Loss::Broken(error)),
            }
            if done < total {
                left = deadline.look()?;
                if self.hear(is_refused) {
                    return Ok(Sent::Part);
                }
            }
        }
        Ok(Sent::Whole)
    }

    /// Whether an idle connection is open and silent.
    pub fn is_quiet(&self) -> bool {
        self.early.bytes.is_empty() && self.early_end.is_none() && is_quiet(&self.stream)
    }

    /// Takes what the server has said before the request was out; whether there is no point in sending the rest.
    fn hear(&mut self, is_refused: &mut dyn FnMut(&mut Vec<u8>) -> bool) -> bool {
        while self.early_end.is_none() && self.early.bytes.len() < MAX_EARLY && !is_quiet(&self.stream) {
            let from = self.early.bytes.len();
            self.early.bytes.resize(from + EARLY_PIECE, 0);
            // There is something to be read: this does not wait.
            let read = self.stream.read(&mut self.early.bytes[from..]);
            self.early.bytes.truncate(from + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.early_end = Some(Ok(())),
                Ok(_) => {}
                Err(error) if should_retry(&error) => break,
                Err(error) => self.early_end = Some(Err(error)),
            }
        }
        let is_refused = is_refused(&mut self.early.bytes);
        self.early_end.is_some() || is_refused
    }
}

/// Why no address of a host could be connected to: the last one that was tried, and its error. Where the time is
/// bounded, an address that does not answer has used it up.
pub(super) fn refusal(
    host: &str,
    last: Option<(SocketAddr, io::Error)>,
    to_proxy: bool,
    is_bounded: bool,
) -> DialError {
    let kind = if to_proxy { ErrorKind::Proxy } else { ErrorKind::Connect };
    let Some((address, error)) = last else {
        let message = format!("host name \"{host}\" has no address");
        return DialError::Refused(TransportError::new(ErrorKind::Resolve, message));
    };
    if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<TransportError>()) {
        return DialError::Refused(fault.clone());
    }
    let place = place(host, address);
    let message = match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock if is_bounded => return DialError::TimeIsUp,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => format!("{place} does not answer"),
        io::ErrorKind::ConnectionRefused if to_proxy => format!("connection refused by proxy {place}"),
        io::ErrorKind::ConnectionRefused => format!("connection refused by {place}"),
        _ => format!("no way to {place}: {}", plain(&error)),
    };
    DialError::Refused(TransportError::new(kind, message))
}

/// Whether the other side broke the connection.
pub(super) fn is_broken(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

fn should_retry(error: &io::Error) -> bool {
    // A socket timeout only says that it is time to look at the deadline again.
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// Sets a socket timeout if the one it has would wake us too late, or far too early.
fn set_timeout(
    stream: &TcpStream,
    current: &mut Option<Duration>,
    wanted: Option<Duration>,
    set: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
) -> Result<(), Loss> {
    let fits = match (*current, wanted) {
        (have, want) if have == want => true,
        (Some(have), Some(want)) => have <= want + SLACK && have * 2 >= want,
        _ => false,
    };
    if fits {
        return Ok(());
    }
    let wanted = wanted.map(|time| time.max(SLACK));
    set(stream, wanted).map_err(Loss::Broken)?;
    *current = wanted;
    Ok(())
}

fn connect(address: SocketAddr, how: &Dialling, bound: Option<Duration>) -> io::Result<TcpStream> {
    let stream = match (&how.source, bound) {
        (None, None) => TcpStream::connect(address)?,
        (None, Some(bound)) => TcpStream::connect_timeout(&address, bound)?,
        (Some(source), _) => connect_from(source, address, bound)?,
    };
    if !how.delay {
        stream.set_nodelay(true)?;
    }
    if how.keep_alive_probes {
        SockRef::from(&stream).set_keepalive(true)?;
    }
    Ok(stream)
}

fn connect_from(source: &Source, address: SocketAddr, bound: Option<Duration>) -> io::Result<TcpStream> {
    let socket = socket_from(source, address)?;
    match bound {
        Some(bound) => socket.connect_timeout(&address.into(), bound)?,
        None => socket.connect(&address.into())?,
    }
    Ok(socket.into())
}

/// Begins to connect from a source, without waiting for it.
pub(super) fn begin_from(source: &Source, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = socket_from(source, address)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket.into()),
    }
}

fn is_under_way(error: &io::Error) -> bool {
    // std has no stable name for EINPROGRESS, but words of its own for it.
    error.kind() == io::ErrorKind::WouldBlock || error.kind().to_string() == "in progress"
}

fn socket_from(source: &Source, address: SocketAddr) -> io::Result<socket2::Socket> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    let bind = match source {
        Source::Address(ip) => socket.bind(&SocketAddr::new(*ip, 0).into()),
        Source::Interface(name) => bind_to_interface(&socket, name),
    };
    bind.map_err(|error| {
        let what = match source {
            Source::Address(ip) => ip.to_string(),
            Source::Interface(name) => name.clone(),
        };
        let message = format!("curl option interface: cannot use \"{what}\": {}", plain(&error));
        io::Error::other(TransportError::new(ErrorKind::Option, message))
    })?;
    Ok(socket)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to_interface(socket: &socket2::Socket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to_interface(_: &socket2::Socket, _: &str) -> io::Result<()> {
    Err(io::Error::other("give its address; names work on Linux only"))
}

/// `host:port`, with the address if the host is a name.
fn place(host: &str, address: SocketAddr) -> String {
    let bare = host.trim_matches(['[', ']']);
    if bare.parse::<IpAddr>().is_ok() { address.to_string() } else { format!("{host}:{} ({address})", address.port()) }
}

/// An error of the system without its number.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Whether nothing can be read from an open connection: one system call where its flags are known.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_quiet(stream: &TcpStream) -> bool {
    const PEEK: i32 = 0x02;
    const DO_NOT_WAIT: i32 = 0x40;
    let mut byte = [std::mem::MaybeUninit::uninit()];
    let peeked = SockRef::from(stream).recv_with_flags(&mut byte, PEEK | DO_NOT_WAIT);
    peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_quiet(stream: &TcpStream) -> bool {
    if stream.set_nonblocking(true).is_err() {
        return false;
    }
    let silent = stream.peek(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    stream.set_nonblocking(false).is_ok() && silent
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (Socket::over(stream), listener.accept().unwrap().0)
    }

    fn after(time: u64) -> Deadline {
        Deadline::new(Some(Instant::now() + Duration::from_millis(time)))
    }

    #[test]
    fn reads_and_writes_know_their_deadline() {
        let (mut socket, mut other) = pair();
        let start = Instant::now();
        assert!(matches!(socket.read(&mut [0; 9], &mut after(120)), Err(Loss::TimeIsUp)));
        assert!(matches!(
            socket.write(&vec![0; 30_000_000], &[], &mut after(120), &mut |_| false),
            Err(Loss::TimeIsUp)
        ));
        // The other side does nothing at all: without a deadline they would have no end.
        assert!(start.elapsed() >= Duration::from_millis(239), "{:?}", start.elapsed());
        assert!(matches!(socket.read(&mut [0; 9], &mut after(0)), Err(Loss::TimeIsUp)));
        other.write_all(b"x").unwrap();
        assert_eq!(socket.read(&mut [0; 9], &mut after(9000)).unwrap(), 1);
    }

    #[test]
    fn a_slow_but_steady_reader_does_not_stretch_the_deadline() {
        let (mut socket, mut other) = pair();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 256 * 1024];
            while other.read(&mut buffer).is_ok_and(|amount| amount > 0) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        // A deadline that moved with every piece would let all of it out.
        let sent = socket.write(b"head", &vec![0; 60_000_000], &mut after(300), &mut |_| false);
        assert!(matches!(sent, Err(Loss::TimeIsUp)));
    }

    #[test]
    fn what_a_server_says_is_heard_while_a_request_goes_out() {
        // It refuses, neither reads nor closes.
        let (mut socket, mut other) = pair();
        other.write_all(b"no").unwrap();
        let sent = socket.write(&[], &vec![0; 30_000_000], &mut after(3000), &mut |early| early == b"no").unwrap();
        let mut buffer = [0; 9];
        assert_eq!(
            (sent, socket.read(&mut buffer, &mut after(9000)).unwrap(), &buffer[..2]),
            (Sent::Part, 2, b"no".as_slice())
        );
        // It echoes: both would wait for each other if it were not heard.
        let (mut socket, other) = pair();
        std::thread::spawn(move || {
            let _ = io::copy(&mut &other, &mut &other);
        });
        let sent = socket.write(&[], &vec![7; 20_000_000], &mut after(9000), &mut |_| false);
        assert_eq!(sent.unwrap(), Sent::Whole);
        // It answers and closes.
        let (mut socket, mut other) = pair();
        other.write_all(b"bye").unwrap();
        drop(other);
        assert_eq!(socket.write(b"head", &vec![0; 30_000_000], &mut after(3000), &mut |_| false).unwrap(), Sent::Part);
        assert_eq!(socket.read(&mut buffer, &mut after(3000)).unwrap(), 3);
    }

    #[test]
    fn a_connection_is_quiet_while_it_is_open_and_silent() {
        let (socket, mut other) = pair();
        assert!(socket.is_quiet());
        other.write_all(b"x").unwrap();
        std::thread::sleep(Duration::from_millis(20));
        assert!(!socket.is_quiet());
        let (socket, other) = pair();
        drop(other);
        std::thread::sleep(Duration::from_millis(20));
        assert!(!socket.is_quiet());
    }

    #[test]
    fn an_address_that_answers_is_found_behind_others() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap();
        let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (_, address) = Socket::dial("localhost", &[unused, open], &Dialling::default(), after(1000).until).unwrap();
        assert_eq!(address, open);
        let Err(DialError::Refused(fault)) = Socket::dial("h", &[unused], &Dialling::default(), None) else {
            panic!("nobody listens");
        };
        assert_eq!(fault.message, format!("connection refused by h:{} ({unused})", unused.port()));
        assert!(matches!(Socket::dial("h", &[open], &Dialling::default(), after(0).until), Err(DialError::TimeIsUp)));
    }
}
