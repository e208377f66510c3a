//! A server: its socket, its event loops, its end.
//!
//! Owns: listening, starting and stopping. Does not: handle a connection (see
//! `event_loop`).

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::event_loop::{EventLoop, Inbox, Message};
use super::manners::Manners;
use super::reply::Service;

/// The standard library listens with a backlog of 128; a load test opens 2,000 connections at once.
const BACKLOG: i32 = 4096;
/// Threads of all loops together that make answers which take long; others wait for one of them.
const MOST_WORKING: usize = 256;
/// Enough for the deepest JSON body.
const STACK: usize = 2 * 1024 * 1024;

/// A server that runs; dropping it closes its port and all its connections.
pub struct Server {
    address: SocketAddr,
    loops: Vec<(Arc<Inbox>, JoinHandle<()>)>,
}

/// Opens a port.
///
/// # Errors
/// It is in use, the address is none of this machine's, or the system refuses.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    use socket2::{Domain, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Whoever starts it again at once gets the port that he had.
    socket.set_reuse_address(address.port() != 0)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Server {
    /// Starts to answer at a port that is open.
    ///
    /// # Errors
    /// The system has no thread or no event queue left.
    pub fn start(listener: TcpListener, service: Arc<dyn Service>, manners: Manners) -> io::Result<Server> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let cores = || thread::available_parallelism().map_or(1, |cores| cores.get().min(8));
        let count = if manners.threads == 0 { cores() } else { manners.threads };
        let manners = Arc::new(manners);
        let mut made = (0..count)
            .map(|_| EventLoop::new(Arc::clone(&service), Arc::clone(&manners), (MOST_WORKING / count).max(1)))
            .collect::<io::Result<Vec<_>>>()?;
        let inboxes: Vec<Arc<Inbox>> = made.iter().map(|one| Arc::clone(one.inbox())).collect();
        if let Some(first) = made.first_mut() {
            first.accept_at(mio::net::TcpListener::from_std(listener), inboxes.clone())?;
        }
        let mut server = Server { address, loops: Vec::with_capacity(count) };
        for (one, inbox) in made.into_iter().zip(inboxes) {
            let run = thread::Builder::new().name("server".to_owned()).stack_size(STACK).spawn(move || one.run())?;
            server.loops.push((inbox, run));
        }
        Ok(server)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for (inbox, _) in &self.loops {
            inbox.send(Message::Stop);
        }
        for (_, run) in self.loops.drain(..) {
            // One that panicked has ended, too.
            let _ = run.join();
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server at {}", self.address)
    }
}
