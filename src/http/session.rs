//! A TLS session as data: plain bytes in and sealed ones out, sealed ones in and plain ones out.
//!
//! Owns: one session of rustls, fed with whatever piece is there, so that blocking sockets and event loops can both
//! carry it. Does not: read or write sockets (see `channel`), choose whom to trust (see `tls`).

use std::io::{self, Read, Write};

use rustls::ClientConnection;

use super::peer::certificate_of;
use super::route::Tls;
use crate::exchange::response::PeerCertificate;

/// A session with a server.
pub(super) struct Session(Box<ClientConnection>);

/// What came of sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// So many plain bytes; there may be more in the session.
    Plain(usize),
    /// Nothing before more sealed bytes come.
    Hungry,
    /// The server said that nothing follows. A connection that ends before is cut short.
    End,
}

impl Session {
    /// A session that has yet to shake hands.
    pub fn new(tls: &Tls) -> Result<Session, rustls::Error> {
        Ok(Session(Box::new(ClientConnection::new(tls.config.clone(), tls.name.clone())?)))
    }

    /// The server's certificate, once hands are shaken.
    pub fn certificate(&self) -> Option<Box<PeerCertificate>> {
        certificate_of(&self.0)
    }

    /// Whether hands are still being shaken.
    pub fn is_handshaking(&self) -> bool {
        self.0.is_handshaking()
    }

    /// Seals plain bytes, behind what the session itself has to say: how many of them were taken. Not all are where
    /// there are many, so that not all of a large body stands in memory twice.
    pub fn seal(&mut self, plain: &[u8], sealed: &mut Vec<u8>) -> io::Result<usize> {
        let amount = if plain.is_empty() { 0 } else { self.0.writer().write(plain)? };
        while self.0.wants_write() {
            self.0.write_tls(sealed)?;
        }
        Ok(amount)
    }

    /// Shakes hands as far as these bytes go. What was taken of them is gone from their front.
    pub fn advance(&mut self, sealed: &mut &[u8]) -> Result<(), rustls::Error> {
        while self.is_handshaking() && !sealed.is_empty() {
            self.take(sealed)?;
        }
        Ok(())
    }

    /// Opens sealed bytes into room for plain ones. What was taken of the sealed ones is gone from their front.
    pub fn open(&mut self, sealed: &mut &[u8], plain: &mut [u8]) -> Result<Opened, rustls::Error> {
        loop {
            match self.0.reader().read(plain) {
                Ok(0) => return Ok(Opened::End),
                Ok(amount) => return Ok(Opened::Plain(amount)),
                // There is no other error: that the connection has ended is not told to the session.
                Err(_) if sealed.is_empty() => return Ok(Opened::Hungry),
                Err(_) => self.take(sealed)?,
            }
        }
    }

    fn take(&mut self, sealed: &mut &[u8]) -> Result<(), rustls::Error> {
        self.0.read_tls(sealed).map_err(|error| rustls::Error::General(error.to_string()))?;
        self.0.process_new_packets()?;
        Ok(())
    }
}
