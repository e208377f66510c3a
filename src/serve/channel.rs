//! The bytes of a connection, with TLS or without.
//!
//! Owns: reading and writing without waiting. Does not: know HTTP.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use mio::net::TcpStream;
use rustls::{ServerConfig, ServerConnection};
use socket2::SockRef;

/// A connection's bytes.
pub(super) enum Channel {
    Plain(TcpStream),
    Secure(Box<Secure>),
}

pub(super) struct Secure {
    stream: TcpStream,
    session: ServerConnection,
}

impl Channel {
    /// A channel over a connection that was accepted.
    pub fn new(stream: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Channel> {
        Ok(match tls {
            None => Channel::Plain(stream),
            Some(settings) => {
                let session = ServerConnection::new(settings.clone()).map_err(io::Error::other)?;
                Channel::Secure(Box::new(Secure { stream, session }))
            }
        })
    }

    /// The socket.
    pub fn stream(&mut self) -> &mut TcpStream {
        match self {
            Channel::Plain(stream) => stream,
            Channel::Secure(secure) => &mut secure.stream,
        }
    }

    /// Whether fewer bytes than there was room for mean that there are no more for now.
    pub fn is_drained_by_less(&self) -> bool {
        matches!(self, Channel::Plain(_))
    }

    /// Reads what is there; 0 is the end.
    pub fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match self {
                Channel::Plain(stream) => stream.read(room),
                Channel::Secure(secure) => secure.read(room),
            };
            match read {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Writes what can be written now.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let written = match self {
                Channel::Plain(stream) => stream.write(bytes),
                Channel::Secure(secure) => secure.write(bytes),
            };
            match written {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    /// Sends on what TLS still has; an error of the kind `WouldBlock` where that is not all.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Channel::Plain(_) => Ok(()),
            Channel::Secure(secure) => secure.flush(),
        }
    }

    /// Says that nothing more will come.
    pub fn end_sending(&mut self) {
        if let Channel::Secure(secure) = self {
            secure.session.send_close_notify();
            // Who does not take it is told by the closed connection.
            let _ = secure.flush();
        }
        let _ = self.stream().shutdown(Shutdown::Write);
    }

    /// Makes the close a reset.
    pub fn reset(&mut self) {
        let _ = SockRef::from(&*self.stream()).set_linger(Some(Duration::ZERO));
    }
}

impl Secure {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(room) {
                // What ends without a goodbye has ended all the same.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return read,
            }
            if self.session.read_tls(&mut self.stream)? == 0 {
                return Ok(0);
            }
            let processed = self.session.process_new_packets();
            match self.flush() {
                Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error),
                _ => {}
            }
            processed.map_err(io::Error::other)?;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.session.writer().write(bytes)?;
        match self.flush() {
            // These bytes have been taken all the same.
            Err(error) if error.kind() == ErrorKind::WouldBlock && count > 0 => Ok(count),
            Err(error) => Err(error),
            Ok(()) => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.stream)?;
        }
        Ok(())
    }
}
