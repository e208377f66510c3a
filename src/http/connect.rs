//! The chain of connectors that ureq runs when the pool has nothing: SOCKS, CONNECT, TCP, TLS.
//!
//! Owns: the order of the steps and the marks at each. Does not: look names up (see `resolve`), open and use
//! sockets (see `socket`), move bytes (see `tcp`).

use std::time::Instant;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport};

use super::decoded::Decoded;
use super::resolve::{self, Names};
use super::socket::{DialError, Dialling, Socket, TimeIsUp};
use super::stopwatch;
use super::tcp::Tcp;

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
    type Out = Either<In, Decoded<In>>;

    fn connect(&self, _: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
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
        // The way to a proxy carries a tunnel, not answers.
        let is_tunnel = stopwatch::read().connecting > 0;
        Ok(chained.map(|inner| if is_tunnel { Either::A(inner) } else { Either::B(Decoded::new(inner)) }))
    }
}

/// Opens TCP connections.
#[derive(Debug)]
pub(super) struct TcpConnect {
    pub names: Names,
    pub dialling: Dialling,
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
        let (socket, address) = match Socket::dial(host, &addresses, &self.dialling, stopwatch::limit()) {
            Ok(dialled) => dialled,
            Err(DialError::TimeIsUp) => return Err(TimeIsUp.into()),
            Err(DialError::Refused(fault)) => return Err(fault.into()),
        };
        if addresses.first() != Some(&address) {
            resolve::prefer(host, address);
        }
        stopwatch::note(|watch| {
            watch.connect = Some(Instant::now());
            watch.connects += 1;
        });
        let absolute = self.forward.as_ref().map(|_| match details.uri.authority() {
            Some(authority) => format!("{scheme}://{authority}"),
            None => String::new(),
        });
        Ok(Some(Either::B(Tcp::new(socket, address, absolute))))
    }
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
