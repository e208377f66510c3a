//! One way to a server: a socket, through a proxy's tunnel and under TLS where the route has them; nothing in it waits.
//!
//! Owns: opening it as far as bytes go, reading and writing plain bytes over it. Does not: dial, choose the way (see
//! `route`), wait, know what the bytes mean.
//!
//! Events come once for what arrives: it is read until the system has nothing more, and a read that leaves room is
//! the last one, which saves the system call that would say so.

use std::io::{self, Read, Write};

use mio::net::TcpStream;

use crate::exchange::response::PeerCertificate;
use crate::http::fault::{self, Circumstances, TransportError};
use crate::http::h1::{Decoder, Head, Sink};
use crate::http::route::Route;
use crate::http::session::{Opened, Session};

/// Room for a record of TLS with all that belongs to it.
const SEALED: usize = 18 * 1024;
/// What is sealed and not sent yet keeps no more memory than this.
const KEPT_OUTBOX: usize = 16 * 1024;

/// A connection that is open, or being opened.
pub(super) struct Link {
    tcp: TcpStream,
    opening: Option<Opening>,
    secure: Option<Secure>,
    /// There is nothing to be read before the next event.
    is_drained: bool,
    /// The other side has closed: no event says so again.
    is_closed: bool,
}

/// What is still to be done before anything can be sent.
enum Opening {
    Tunnel(Tunnel),
    Handshake,
}

/// A tunnel that a proxy has been asked for.
struct Tunnel {
    request: Vec<u8>,
    written: usize,
    decoder: Decoder,
    consent: Consent,
}

/// The TLS of a link.
struct Secure {
    session: Session,
    /// Sealed bytes that came and are not opened yet: those from `from` to `to`. Memory that all share stands in it
    /// as long as something is read.
    inbox: Vec<u8>,
    from: usize,
    to: usize,
    /// Sealed bytes that go out, so many of which are gone.
    outbox: Vec<u8>,
    sent: usize,
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

/// How far an opening is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It goes on when something happens.
    Pending,
    /// There is a tunnel, or none was wanted.
    Tunnelled,
    /// It can carry requests.
    Open,
}

impl Link {
    /// A link over a socket that has just been connected.
    ///
    /// # Errors
    /// TLS cannot begin.
    pub fn new(tcp: TcpStream, route: &Route) -> Result<Link, rustls::Error> {
        let secure = match &route.tls {
            Some(tls) => Some(Secure {
                session: Session::new(tls)?,
                inbox: Vec::new(),
                from: 0,
                to: 0,
                outbox: Vec::new(),
                sent: 0,
            }),
            None => None,
        };
        let opening = match &route.tunnel {
            Some(request) => {
                let mut decoder = Decoder::default();
                // As little follows this head as that of an answer to HEAD.
                decoder.start(true);
                let consent = Consent::default();
                Some(Opening::Tunnel(Tunnel { request: request.clone(), written: 0, decoder, consent }))
            }
            None => secure.is_some().then_some(Opening::Handshake),
        };
        Ok(Link { tcp, opening, secure, is_drained: false, is_closed: false })
    }

    /// Something has happened.
    pub fn wake(&mut self, is_closed: bool) {
        self.is_drained = false;
        self.is_closed |= is_closed;
    }

    /// Whether the other side has closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// The server's certificate, where there is TLS.
    pub fn certificate(&self) -> Option<Box<PeerCertificate>> {
        self.secure.as_ref()?.session.certificate()
    }

    /// Lends memory for sealed bytes.
    pub fn lend(&mut self, memory: &mut Vec<u8>) {
        if let Some(secure) = self.secure.as_mut().filter(|secure| secure.inbox.is_empty()) {
            std::mem::swap(&mut secure.inbox, memory);
            secure.inbox.resize(SEALED, 0);
        }
    }

    /// Gives it back, unless something stands in it.
    pub fn give_back(&mut self, memory: &mut Vec<u8>) {
        if let Some(secure) = self.secure.as_mut().filter(|secure| secure.from == secure.to) {
            (secure.from, secure.to) = (0, 0);
            *memory = std::mem::take(&mut secure.inbox);
        }
    }

    /// Opens it as far as it goes.
    ///
    /// # Errors
    /// The proxy or the server does not want to.
    pub fn open(&mut self, about: &Circumstances<'_>) -> Result<Way, TransportError> {
        match &mut self.opening {
            None => Ok(Way::Open),
            Some(Opening::Tunnel(tunnel)) => {
                let has_consent = tunnel.ask(&mut self.tcp).map_err(|error| fault::explain_io(error, about))?;
                if !has_consent {
                    return Ok(Way::Pending);
                }
                fault::judge_tunnel(tunnel.consent.0)?;
                self.opening = self.secure.is_some().then_some(Opening::Handshake);
                Ok(Way::Tunnelled)
            }
            Some(Opening::Handshake) => match self.shake_hands() {
                Ok(()) => {
                    self.opening = None;
                    Ok(Way::Open)
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Way::Pending),
                Err(error) => Err(fault::explain_io(error, about)),
            },
        }
    }

    fn shake_hands(&mut self) -> io::Result<()> {
        let Link { tcp, secure: Some(secure), is_drained, is_closed, .. } = self else { return Ok(()) };
        loop {
            secure.session.seal(&[], &mut secure.outbox)?;
            secure.flush(tcp)?;
            if !secure.session.is_handshaking() {
                return Ok(());
            }
            if secure.from == secure.to {
                secure.fill(tcp, is_drained, *is_closed)?;
                if secure.to == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof"));
                }
            }
            let mut sealed = &secure.inbox[secure.from..secure.to];
            let result = secure.session.advance(&mut sealed);
            secure.from = secure.to - sealed.len();
            if let Err(error) = result {
                // The server hears why.
                let _ = secure.session.seal(&[], &mut secure.outbox).and_then(|_| secure.flush(tcp));
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }

    /// Reads plain bytes; nothing is the end.
    pub fn read(&mut self, plain: &mut [u8]) -> io::Result<usize> {
        let Link { tcp, secure, is_drained, is_closed, .. } = self;
        let Some(secure) = secure else { return read(tcp, plain, is_drained, *is_closed) };
        loop {
            match secure.opened(plain)? {
                Opened::Plain(amount) => return Ok(amount),
                Opened::End => return Ok(0),
                Opened::Hungry => {}
            }
            secure.fill(tcp, is_drained, *is_closed)?;
            if secure.to == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Takes plain bytes to send.
    pub fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        let Link { tcp, secure, .. } = self;
        let Some(secure) = secure else { return tcp.write(plain) };
        secure.flush(tcp)?;
        let taken = secure.session.seal(plain, &mut secure.outbox)?;
        match secure.flush(tcp) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// Sends what was taken and is not gone yet.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.secure {
            Some(secure) => secure.flush(&mut self.tcp),
            None => Ok(()),
        }
    }

    /// Whether it is open and silent, and so can carry another request.
    pub fn is_quiet(&mut self, memory: &mut Vec<u8>) -> bool {
        self.wake(false);
        self.lend(memory);
        let result = self.read(&mut [0]);
        self.give_back(memory);
        result.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl Tunnel {
    /// Whether the proxy has answered.
    fn ask(&mut self, tcp: &mut TcpStream) -> io::Result<bool> {
        while self.written < self.request.len() {
            match tcp.write(&self.request[self.written..]) {
                Ok(written) => self.written += written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let mut buffer = [0; 1024];
        while !self.decoder.is_complete() {
            let amount = match tcp.read(&mut buffer) {
                Ok(0) => return Err(io::Error::other(fault::proxy_failed("proxy server did not respond"))),
                Ok(amount) => amount,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let fed = self.decoder.feed(&buffer[..amount], &mut self.consent);
            fed.map_err(|malformed| io::Error::other(fault::proxy_failed(&malformed.to_string())))?;
        }
        Ok(true)
    }
}

impl Secure {
    fn flush(&mut self, tcp: &mut TcpStream) -> io::Result<()> {
        while self.sent < self.outbox.len() {
            match tcp.write(&self.outbox[self.sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => self.sent += written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        (self.sent, self.outbox) = (0, std::mem::take(&mut self.outbox));
        self.outbox.clear();
        self.outbox.shrink_to(KEPT_OUTBOX);
        Ok(())
    }

    /// Opens what is in the inbox.
    fn opened(&mut self, plain: &mut [u8]) -> io::Result<Opened> {
        let mut sealed = &self.inbox[self.from..self.to];
        let opened = self.session.open(&mut sealed, plain);
        self.from = self.to - sealed.len();
        opened.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Reads into the empty inbox; it stays empty at the end of the connection.
    fn fill(&mut self, tcp: &mut TcpStream, is_drained: &mut bool, is_closed: bool) -> io::Result<()> {
        (self.from, self.to) = (0, 0);
        self.to = read(tcp, &mut self.inbox, is_drained, is_closed)?;
        Ok(())
    }
}

/// Reads once, unless it is known that nothing is there.
fn read(tcp: &mut TcpStream, buffer: &mut [u8], is_drained: &mut bool, is_closed: bool) -> io::Result<usize> {
    if *is_drained {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    loop {
        match tcp.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(amount) => {
                // Less than there was room for is all there is, but for the end.
                *is_drained = amount > 0 && amount < buffer.len() && !is_closed;
                return Ok(amount);
            }
            Err(error) => return Err(error),
        }
    }
}
