//! The sample API as a server: what it counts, and what it keeps.
//!
//! Owns: the counters and the log, answers as the sample API writes them. Does not: handle connections (see `serve`) or
//! know a route (see `route`); it never leaves the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::http1::{Answer, Call};
use super::route::{Reply, Routes, lock};
use crate::serve::{self, Delivery, Fault, Manners, Planned, Server, Service, listen};

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
    server: Server,
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
        let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
        let shared = Arc::new(Shared {
            routes: Routes::new(),
            log,
            requests: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            max_in_flight: AtomicUsize::new(0),
        });
        let server = Server::start(listener, Arc::new(Api(shared.clone())), Manners::default())?;
        Ok(SampleApi { shared, server })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
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

#[derive(Debug)]
struct Shared {
    routes: Routes,
    log: Option<Mutex<Vec<Recorded>>>,
    requests: AtomicU64,
    connections: AtomicU64,
    in_flight: AtomicUsize,
    max_in_flight: AtomicUsize,
}

/// What answers.
struct Api(Arc<Shared>);

impl Service for Api {
    fn reply(&self, call: &serve::Call<'_>) -> serve::Reply {
        let shared = &self.0;
        let in_flight = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        shared.max_in_flight.fetch_max(in_flight, Ordering::SeqCst);
        shared.requests.fetch_add(1, Ordering::SeqCst);
        let call = Call::of(call);
        if let Some(log) = &shared.log {
            let (method, path) = (call.method.clone(), call.target.clone());
            lock(log).push(Recorded { method, path, headers: call.headers.clone(), body: call.body.clone() });
        }
        let (answer, after, delivery) = match shared.routes.reply(&call) {
            Reply::Now(answer) => {
                shared.in_flight.fetch_sub(1, Ordering::SeqCst);
                return serve::Reply::Now(answer.written());
            }
            Reply::After(time, answer) => (answer, time, Delivery::Whole),
            Reply::Drop => (Answer::empty(204), Duration::ZERO, Delivery::Broken(Fault::Empty)),
        };
        let counted = shared.clone();
        let on_due = move || {
            counted.in_flight.fetch_sub(1, Ordering::SeqCst);
        };
        serve::Reply::Planned(Box::new(Planned {
            answer: answer.written(),
            after,
            delivery,
            on_due: Some(Box::new(on_due)),
            on_sent: None,
        }))
    }

    fn refuse(&self, status: u16, reason: &'static str) -> serve::Answer {
        Answer::error(status, reason).written()
    }

    fn connected(&self) {
        self.0.connections.fetch_add(1, Ordering::SeqCst);
    }
}
