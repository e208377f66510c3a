//! The chain of connectors that ureq runs when the pool has nothing: SOCKS, CONNECT, TCP, TLS.
//!
//! Owns: connecting within the deadline, the source address, the marks at each step. Does not: look
//! names up (see `resolve`), move bytes (see `tcp`).

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport};

use super::fault::TransportError;
use super::resolve::{self, Names};
use super::stopwatch;
use super::tcp::Tcp;
use crate::exchange::request::ErrorKind;

/// Opens the chain: from here on the bound on connecting holds.
#[derive(Debug)]
pub(super) struct Begin;

impl Connector<()> for Begin {
    type Out = ();

    fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<()>, Error> {
        stopwatch::note(|watch| watch.connecting += 1);
        Ok(None)
    }
}

/// Ends the chain: what went over the wire so far was not the request.
#[derive(Debug)]
pub(super) struct Finish;

impl<In: Transport> Connector<In> for Finish {
    type Out = In;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<In>, Error> {
        let tls = chained.as_ref().is_some_and(Transport::is_tls);
        stopwatch::note(|watch| {
            watch.connecting = watch.connecting.saturating_sub(1);
            watch.first_out = None;
            watch.first_in = None;
            watch.last_in = None;
            if tls {
                watch.appconnect = Some(Instant::now());
            }
        });
        Ok(chained)
    }
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

/// Opens TCP connections.
#[derive(Debug)]
pub(super) struct TcpConnect {
    pub names: Names,
    pub source: Option<Source>,
    pub delay: bool,
    pub keep_alive_probes: bool,
    /// The plain proxy that requests go to instead of their host.
    pub forward: Option<(String, u16)>,
}

impl<In: Transport> Connector<In> for TcpConnect {
    type Out = Either<Observed<In>, Tcp>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        if let Some(tunnel) = chained {
            stopwatch::note(|watch| watch.connect = Some(Instant::now()));
            return Ok(Some(Either::A(Observed(tunnel))));
        }
        let scheme = details.uri.scheme_str().unwrap_or("http");
        let default_port = if scheme == "https" { 443 } else { 80 };
        let own_host = details.uri.host().unwrap_or_default();
        let (host, port) = match &self.forward {
            Some((host, port)) => (host.as_str(), *port),
            None => (own_host, details.uri.port_u16().unwrap_or(default_port)),
        };
        let bound = stopwatch::connect_bound();
        let addresses = self.names.resolve(host, port, bound.until);
        let addresses = addresses.map_err(|error| error.explain(host, bound.length))?;
        stopwatch::note(|watch| watch.namelookup = Some(Instant::now()));
        let stream = self.dial(host, &addresses)?;
        stopwatch::note(|watch| {
            watch.connect = Some(Instant::now());
            watch.connects += 1;
        });
        let absolute = self.forward.as_ref().map(|_| match details.uri.authority() {
            Some(authority) => format!("{scheme}://{authority}"),
            None => String::new(),
        });
        Ok(Some(Either::B(Tcp::new(stream, absolute))))
    }
}

impl TcpConnect {
    fn dial(&self, host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, Error> {
        let mut last = None;
        for (at, address) in addresses.iter().enumerate() {
            let left = stopwatch::remaining(Instant::now())?;
            // An address that swallows packets must not use up the time of those after it.
            let share = if at + 1 == addresses.len() { left } else { left.map(|left| left / 2) };
            match self.dial_one(*address, share) {
                Ok(stream) => {
                    if at > 0 {
                        resolve::prefer(host, *address);
                    }
                    return Ok(stream);
                }
                Err(error) => last = Some((*address, error)),
            }
        }
        stopwatch::remaining(Instant::now())?;
        let Some((address, error)) = last else { return Err(Error::HostNotFound) };
        if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<TransportError>()) {
            return Err(fault.clone().into());
        }
        let kind = if self.forward.is_some() { ErrorKind::Proxy } else { ErrorKind::Connect };
        Err(match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => match stopwatch::limit() {
                Some(_) => stopwatch::TimeIsUp.into(),
                None => TransportError::new(kind, format!("{} does not answer", place(host, address))).into(),
            },
            io::ErrorKind::ConnectionRefused => {
                let whose = if self.forward.is_some() { "proxy " } else { "" };
                TransportError::new(kind, format!("connection refused by {whose}{}", place(host, address))).into()
            }
            _ => TransportError::new(kind, format!("no way to {}: {}", place(host, address), plain(&error))).into(),
        })
    }

    fn dial_one(&self, address: SocketAddr, bound: Option<Duration>) -> io::Result<TcpStream> {
        let stream = match (&self.source, bound) {
            (None, None) => TcpStream::connect(address)?,
            (None, Some(bound)) => TcpStream::connect_timeout(&address, bound)?,
            (Some(source), _) => dial_from(source, address, bound)?,
        };
        if !self.delay {
            stream.set_nodelay(true)?;
        }
        if self.keep_alive_probes {
            SockRef::from(&stream).set_keepalive(true)?;
        }
        Ok(stream)
    }
}

fn dial_from(source: &Source, address: SocketAddr, bound: Option<Duration>) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
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
    match bound {
        Some(bound) => socket.connect_timeout(&address.into(), bound)?,
        None => socket.connect(&address.into())?,
    }
    Ok(socket.into())
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_to_interface(socket: &Socket, name: &str) -> io::Result<()> {
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_to_interface(_: &Socket, _: &str) -> io::Result<()> {
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

/// A tunnel made by ureq's proxy connectors, with marks for the clock.
#[derive(Debug)]
pub(super) struct Observed<T>(T);

impl<T: Transport> Transport for Observed<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        stopwatch::sent(Instant::now());
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let more = self.0.await_input(timeout)?;
        if more {
            stopwatch::received(Instant::now());
        }
        Ok(more)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
