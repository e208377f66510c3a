//! The sample API as a server: threads, connections, counting, shutdown.
//!
//! Owns: the listening socket, one thread a connection, the counters and the log.
//! Does not: parse HTTP (`http1`) or know a route (`route`); it never leaves the loopback interface.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::http1::{Answer, Inbox, Refusal};
use super::route::{Reply, Routes, lock};

/// The standard library listens with a backlog of 128; a load test opens 2,000 connections at once.
const BACKLOG: i32 = 4096;
/// Enough for the deepest JSON body; 2,000 threads of it are address space, not memory.
const STACK: usize = 512 * 1024;
/// How long a drop waits for threads that do not notice it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A request as it arrived at a recording [`SampleApi`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The method as written.
    pub method: String,
    /// The raw target, with its query.
    pub path: String,
    /// Names as written, in order, repeats kept.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
}

impl Recorded {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A small REST API on a free loopback port; dropping it closes the port and all connections.
#[derive(Debug)]
pub struct SampleApi {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl SampleApi {
    /// Starts a fresh server with its three people.
    ///
    /// # Errors
    /// If no loopback port can be opened or no thread started.
    pub fn start() -> io::Result<SampleApi> {
        Self::start_with(None, 0)
    }

    /// Starts a fresh server at a port of the loopback address; 0 is any that is free.
    ///
    /// # Errors
    /// As [`SampleApi::start`]; the port may be in use.
    pub fn start_at(port: u16) -> io::Result<SampleApi> {
        Self::start_with(None, port)
    }

    /// Starts a server that keeps every request for [`SampleApi::log`].
    ///
    /// # Errors
    /// As [`SampleApi::start`].
    pub fn recording() -> io::Result<SampleApi> {
        Self::start_with(Some(Mutex::default()), 0)
    }

    fn start_with(log: Option<Mutex<Vec<Recorded>>>, port: u16) -> io::Result<SampleApi> {
        use socket2::{Domain, Socket, Type};
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        // Whoever starts it again at once gets the port that he had.
        socket.set_reuse_address(port != 0)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            routes: Routes::new(),
            log,
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            max_in_flight: AtomicUsize::new(0),
            life: Mutex::default(),
            stopped: Condvar::new(),
            thread_ended: Condvar::new(),
        });
        let api = SampleApi { shared: Arc::clone(&shared), address };
        let presence = Presence::enter(&shared, None);
        thread::Builder::new().name("sample-api".into()).spawn(move || {
            if let Some(presence) = presence {
                presence.shared.accept_all(&listener);
            }
        })?;
        Ok(api)
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Complete, well-formed requests that arrived so far; each is counted before its answer leaves.
    pub fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// The most requests that were being answered at one moment. A request leaves this count just
    /// before its answer is written, so this never exceeds what the client had under way.
    pub fn max_in_flight(&self) -> usize {
        self.shared.max_in_flight.load(Ordering::SeqCst)
    }

    /// What arrived so far, in the order of arrival; empty unless started by [`SampleApi::recording`].
    pub fn log(&self) -> Vec<Recorded> {
        self.shared.log.as_ref().map(|log| lock(log).clone()).unwrap_or_default()
    }
}

impl Drop for SampleApi {
    fn drop(&mut self) {
        let mut life = lock(&self.shared.life);
        life.stopping = true;
        for stream in life.open.values() {
            // Wakes a thread that reads or writes; a peer that is gone already is no loss.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(life);
        self.shared.stopped.notify_all();
        // Wakes the accepting thread.
        let _ = TcpStream::connect_timeout(&self.address, PATIENCE);
        let life = lock(&self.shared.life);
        let waited = self.shared.thread_ended.wait_timeout_while(life, PATIENCE, |life| life.threads > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

#[derive(Debug)]
struct Shared {
    routes: Routes,
    log: Option<Mutex<Vec<Recorded>>>,
    requests: AtomicU64,
    connections: AtomicU64,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
    life: Mutex<Life>,
    /// Ends the waiting of `/slow`.
    stopped: Condvar,
    thread_ended: Condvar,
}

#[derive(Debug, Default)]
struct Life {
    stopping: bool,
    threads: usize,
    open: HashMap<u64, Arc<TcpStream>>,
}

/// A thread's entry in the book; dropping it, also by a thread that could not start, strikes it out.
struct Presence {
    shared: Arc<Shared>,
    connection: Option<u64>,
}

impl Presence {
    /// None once the server is stopping.
    fn enter(shared: &Arc<Shared>, connection: Option<(u64, &Arc<TcpStream>)>) -> Option<Presence> {
        let mut life = lock(&shared.life);
        if life.stopping {
            return None;
        }
        life.threads += 1;
        if let Some((number, stream)) = connection {
            life.open.insert(number, Arc::clone(stream));
        }
        drop(life);
        Some(Presence { shared: Arc::clone(shared), connection: connection.map(|(number, _)| number) })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut life = lock(&self.shared.life);
        life.threads -= 1;
        if let Some(number) = self.connection {
            life.open.remove(&number);
        }
        drop(life);
        self.shared.thread_ended.notify_all();
    }
}

impl Shared {
    fn accept_all(self: &Arc<Self>, listener: &TcpListener) {
        loop {
            let accepted = listener.accept();
            if lock(&self.life).stopping {
                return;
            }
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, most likely: some connection will end.
                thread::sleep(Duration::from_millis(5));
                continue;
            };
            let number = self.connections.fetch_add(1, Ordering::SeqCst);
            let stream = Arc::new(stream);
            let Some(presence) = Presence::enter(self, Some((number, &stream))) else {
                return;
            };
            // Without a thread the closure is dropped, which closes the connection.
            let _ = thread::Builder::new().stack_size(STACK).spawn(move || presence.shared.converse(&stream));
        }
    }

    /// Answers one connection until either side closes it.
    fn converse(&self, stream: &TcpStream) {
        let _ = stream.set_nodelay(true);
        let (mut inbox, mut outbox) = (Inbox::new(stream), Vec::new());
        loop {
            let call = match inbox.next_call() {
                Ok(call) => call,
                Err(Refusal::Gone) => return,
                Err(Refusal::Status(status, reason)) => {
                    Answer::error(status, reason).render(false, false, &mut outbox);
                    let mut writer = stream;
                    if writer.write_all(&outbox).is_ok() {
                        linger(stream);
                    }
                    return;
                }
            };
            let in_flight = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
            self.max_in_flight.fetch_max(in_flight, Ordering::SeqCst);
            self.requests.fetch_add(1, Ordering::SeqCst);
            if let Some(log) = &self.log {
                let (method, path) = (call.method.clone(), call.target.clone());
                lock(log).push(Recorded { method, path, headers: call.headers.clone(), body: call.body.clone() });
            }
            let answer = match self.routes.reply(&call) {
                Reply::Now(answer) => Some(answer),
                Reply::After(time, answer) => self.outlast(time).then_some(answer),
                Reply::Drop => None,
            };
            let (is_head, keep_alive) = (call.method == "HEAD", call.keep_alive);
            self.in_flight.fetch_sub(1, Ordering::SeqCst);
            let Some(answer) = answer else {
                return;
            };
            answer.render(is_head, keep_alive, &mut outbox);
            let mut writer = stream;
            if writer.write_all(&outbox).is_err() || !keep_alive {
                return;
            }
        }
    }

    /// Waits; false if the server stopped meanwhile.
    fn outlast(&self, time: Duration) -> bool {
        let life = lock(&self.life);
        let waited = self.stopped.wait_timeout_while(life, time, |life| !life.stopping);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}

/// Closing with unread input would reset the connection and could destroy the refusal on its way:
/// so the rest is read first, within reason.
fn linger(mut stream: &TcpStream) {
    let until = Instant::now() + Duration::from_millis(500);
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(100)));
    let mut scrap = [0; 16 * 1024];
    while Instant::now() < until {
        match stream.read(&mut scrap) {
            Ok(count) if count > 0 => {}
            _ => return,
        }
    }
}
