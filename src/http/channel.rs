//! A way to a server that is open: a socket, through a proxy's tunnel and under TLS where the route has them.
//!
//! Owns: opening it step by step within a deadline, reading and writing plain bytes over it. Does not: choose the
//! way (see `route`), write and read sockets (see `socket`), know HTTP beyond a proxy's answer (see `h1`).

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use super::early::Early;
use super::fault::{self, Circumstances, TransportError};
use super::h1::{self, Decoder, Head, Sink};
use super::route::Route;
use super::session::{Opened, Session};
use super::socket::{Deadline, DialError, Loss, MAX_EARLY, Sent, Socket};
use crate::exchange::response::PeerCertificate;

/// Room for a record of TLS with all that belongs to it.
const SEALED: usize = 18 * 1024;

/// An open way.
pub(super) struct Channel {
    socket: Socket,
    secure: Option<Secure>,
}

/// The TLS of a channel.
struct Secure {
    session: Session,
    /// Sealed bytes that came and are not opened yet: those from `from` to `to`.
    inbox: Vec<u8>,
    from: usize,
    to: usize,
    outbox: Vec<u8>,
    /// What was heard while a request was going out, and the fault in it, if any.
    early: Early,
    early_fault: Option<io::Error>,
}

/// When the steps of opening were done.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Steps {
    /// There is a connection.
    pub dialled: Option<Instant>,
    /// Connected, through the tunnel where there is one.
    pub connect: Option<Instant>,
    /// TLS is spoken.
    pub appconnect: Option<Instant>,
}

impl Channel {
    /// Opens the way to the first address that answers, which is told as well. `about` is for the words of errors.
    pub fn open(
        route: &Route,
        addresses: &[SocketAddr],
        until: Option<Instant>,
        about: &Circumstances<'_>,
        steps: &mut Steps,
    ) -> Result<(Channel, SocketAddr), TransportError> {
        let about = Circumstances { connecting: true, ..*about };
        let dialled = Socket::dial(&route.host, addresses, &route.dialling, until);
        let (mut socket, address) = dialled.map_err(|error| match error {
            DialError::TimeIsUp => fault::timed_out(&about),
            DialError::Refused(fault) => fault,
        })?;
        let mut deadline = Deadline::new(until);
        steps.dialled = Some(deadline.seen);
        if let Some(request) = &route.tunnel {
            tunnel(&mut socket, request, &mut deadline, &about)?;
        }
        steps.connect = Some(if route.tunnel.is_some() { Instant::now() } else { deadline.seen });
        let mut channel = Channel { socket, secure: None };
        if let Some(tls) = &route.tls {
            let session = Session::new(tls).map_err(|error| fault::explain_tls(&error, about.host))?;
            let secure = Secure {
                session,
                inbox: vec![0; SEALED],
                from: 0,
                to: 0,
                outbox: Vec::new(),
                early: Early::default(),
                early_fault: None,
            };
            channel.secure.insert(secure).shake_hands(&mut channel.socket, &mut deadline, &about)?;
            steps.appconnect = Some(Instant::now());
        }
        Ok((channel, address))
    }

    /// Writes all of it, unless the server refuses the rest or closes; see [`Socket::write`].
    pub fn write(&mut self, bytes: &[u8], deadline: &mut Deadline) -> Result<Sent, Loss> {
        match &mut self.secure {
            None => self.socket.write(bytes, &[], deadline, &mut |early| h1::refuses(early)),
            Some(secure) => secure.write(&mut self.socket, bytes, deadline),
        }
    }

    /// Reads what is there, or waits for it; nothing is the end.
    pub fn read(&mut self, buffer: &mut [u8], deadline: &mut Deadline) -> Result<usize, Loss> {
        match &mut self.secure {
            None => self.socket.read(buffer, deadline),
            Some(secure) => secure.read(&mut self.socket, buffer, deadline),
        }
    }

    /// The server's certificate, where there is TLS.
    pub fn certificate(&self) -> Option<Box<PeerCertificate>> {
        self.secure.as_ref()?.session.certificate()
    }

    /// Whether it is open and silent, and so can carry another request.
    pub fn is_quiet(&mut self) -> bool {
        match &mut self.secure {
            None => self.socket.is_quiet(),
            Some(secure) => secure.is_quiet(&mut self.socket),
        }
    }
}

impl Secure {
    fn shake_hands(
        &mut self,
        socket: &mut Socket,
        deadline: &mut Deadline,
        about: &Circumstances<'_>,
    ) -> Result<(), TransportError> {
        let result = loop {
            if let Err(loss) = self.write(socket, &[], deadline) {
                break Err(loss);
            }
            if !self.session.is_handshaking() {
                break Ok(());
            }
            if let Err(loss) = self.fill(socket, deadline) {
                break Err(loss);
            }
            if self.to == 0 {
                break Err(Loss::Broken(io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof")));
            }
            let mut sealed = &self.inbox[..self.to];
            let result = self.session.advance(&mut sealed);
            self.from = self.to - sealed.len();
            if let Err(error) = result {
                // The server hears why.
                let _ = self.write(socket, &[], deadline);
                break Err(Loss::Broken(io::Error::new(io::ErrorKind::InvalidData, error)));
            }
        };
        result.map_err(|loss| explain(loss, about))
    }

    fn write(&mut self, socket: &mut Socket, mut bytes: &[u8], deadline: &mut Deadline) -> Result<Sent, Loss> {
        loop {
            self.outbox.clear();
            let taken = self.session.seal(bytes, &mut self.outbox).map_err(Loss::Broken)?;
            bytes = &bytes[taken..];
            let outbox = std::mem::take(&mut self.outbox);
            let sent = socket.write(&outbox, &[], deadline, &mut |sealed| self.hear(sealed));
            self.outbox = outbox;
            let sent = sent?;
            if sent == Sent::Part || bytes.is_empty() {
                return Ok(sent);
            }
            deadline.look()?;
        }
    }

    /// Opens what the server has said before the request was out; whether there is no point in sending the rest.
    fn hear(&mut self, sealed: &mut Vec<u8>) -> bool {
        // What is said while hands are shaken is read when its turn comes; and nobody has to say so much.
        if self.session.is_handshaking() || self.early.bytes.len() >= MAX_EARLY {
            return false;
        }
        self.inbox.truncate(self.to);
        self.inbox.append(sealed);
        self.to = self.inbox.len();
        loop {
            let from = self.early.bytes.len();
            self.early.bytes.resize(from + SEALED, 0);
            let mut room = std::mem::take(&mut self.early.bytes);
            let opened = self.opened(&mut room[from..]);
            self.early.bytes = room;
            self.early.bytes.truncate(from + if let Ok(Opened::Plain(amount)) = opened { amount } else { 0 });
            match opened {
                Ok(Opened::Plain(_)) => {}
                Ok(Opened::Hungry) => return h1::refuses(&self.early.bytes),
                Ok(Opened::End) => return true,
                Err(error) => {
                    self.early_fault = Some(error);
                    return true;
                }
            }
        }
    }

    fn read(&mut self, socket: &mut Socket, buffer: &mut [u8], deadline: &mut Deadline) -> Result<usize, Loss> {
        if let Some(amount) = self.early.take(buffer) {
            return Ok(amount);
        }
        if let Some(fault) = self.early_fault.take() {
            return Err(Loss::Broken(fault));
        }
        loop {
            match self.opened(buffer).map_err(Loss::Broken)? {
                Opened::Plain(amount) => return Ok(amount),
                Opened::End => return Ok(0),
                Opened::Hungry => {}
            }
            self.fill(socket, deadline)?;
            if self.to == 0 {
                return Err(Loss::Broken(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// Opens what is in the inbox.
    fn opened(&mut self, buffer: &mut [u8]) -> io::Result<Opened> {
        let mut sealed = &self.inbox[self.from..self.to];
        let opened = self.session.open(&mut sealed, buffer);
        self.from = self.to - sealed.len();
        opened.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Reads into the empty inbox; it stays empty at the end of the connection.
    fn fill(&mut self, socket: &mut Socket, deadline: &mut Deadline) -> Result<(), Loss> {
        (self.from, self.to) = (0, 0);
        self.inbox.resize(SEALED, 0);
        self.to = socket.read(&mut self.inbox, deadline)?;
        deadline.look()?;
        Ok(())
    }

    fn is_quiet(&mut self, socket: &mut Socket) -> bool {
        loop {
            if !self.early.bytes.is_empty() || !matches!(self.opened(&mut [0]), Ok(Opened::Hungry)) {
                return false;
            }
            if socket.is_quiet() {
                return true;
            }
            // Tickets for later sessions may come at any time. There is something to be read: this does not wait.
            if self.fill(socket, &mut Deadline::new(None)).is_err() || self.to == 0 {
                return false;
            }
        }
    }
}

/// What a proxy says to the wish for a tunnel.
#[derive(Default)]
struct Consent(u16);

impl Sink for Consent {
    fn head(&mut self, head: &Head<'_>) {
        self.0 = head.status;
    }

    fn payload(&mut self, _: &[u8]) {}
}

/// Has a proxy open a tunnel.
fn tunnel(
    socket: &mut Socket,
    request: &[u8],
    deadline: &mut Deadline,
    about: &Circumstances<'_>,
) -> Result<(), TransportError> {
    socket.write(request, &[], deadline, &mut |early| h1::refuses(early)).map_err(|loss| explain(loss, about))?;
    let mut decoder = Decoder::default();
    // As little follows this head as that of an answer to HEAD.
    decoder.start(true);
    let (mut consent, mut buffer) = (Consent::default(), [0; 1024]);
    while !decoder.is_complete() {
        let amount = socket.read(&mut buffer, deadline).map_err(|loss| explain(loss, about))?;
        if amount == 0 {
            return Err(fault::proxy_failed("proxy server did not respond"));
        }
        deadline.look().map_err(|_| fault::timed_out(about))?;
        decoder
            .feed(&buffer[..amount], &mut consent)
            .map_err(|malformed| fault::proxy_failed(&malformed.to_string()))?;
    }
    fault::judge_tunnel(consent.0)
}

fn explain(loss: Loss, about: &Circumstances<'_>) -> TransportError {
    match loss {
        Loss::TimeIsUp => fault::timed_out(about),
        Loss::Broken(error) => fault::explain_io(error, about),
    }
}
