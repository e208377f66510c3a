//! The client against real sockets on 127.0.0.1.
//!
//! Owns: servers that play a script, and the requests of the tests. Does not: test pure parts (beside them).

/// Makes three tests of each function: one for each way to the wire.
macro_rules! both_ways {
    ($($name:ident),* $(,)?) => {
        mod functional {
            $(#[test] fn $name() { super::$name(super::Way::Functional); })*
        }
        mod load {
            $(#[test] fn $name() { super::$name(super::Way::Load); })*
        }
        mod in_a_loop {
            $(#[test] fn $name() { super::$name(super::Way::Loop); })*
        }
    };
}

mod behaviours;
mod bounded;
mod exchange;
mod kept;
mod names;
mod secure;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Client, ClientSettings};
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::request::{Ended, EventLoop, Exchange, ExchangeError, Next, Request, Slots, Wanted};
use crate::exchange::response::Response;

/// A server whose connections are each handled by `serve(connection number, stream)` on a thread.
struct Server {
    address: SocketAddr,
    heard: Receiver<String>,
}

type Heard = std::sync::mpsc::Sender<String>;

impl Server {
    fn start(serve: impl Fn(usize, TcpStream, &Heard) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heard) = channel();
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (serve, tell) = (serve.clone(), tell.clone());
                std::thread::spawn(move || serve(number, stream.unwrap(), &tell));
            }
        });
        Server { address, heard }
    }

    /// Answers every request with what `answer(head, body)` gives, and keeps the connection.
    fn answering(answer: impl Fn(&str, &str) -> Vec<u8> + Send + Sync + 'static) -> Server {
        Server::start(move |number, mut stream, tell| {
            while let Some((head, body)) = read_request(&mut stream) {
                let _ = tell.send(format!("{number} {head}{body}"));
                if stream.write_all(&answer(&head, &body)).is_err() {
                    return;
                }
            }
        })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next request that came: connection number, head, body.
    fn next(&self) -> String {
        self.heard.recv_timeout(Duration::from_secs(5)).unwrap()
    }
}

fn read_request(stream: &mut impl Read) -> Option<(String, String)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8_lossy(&body).into_owned()))
}

fn ok(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn client() -> Client {
    Client::new(ClientSettings::default())
}

/// A way to the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Functional,
    /// Over blocking sockets.
    Load,
    /// In an event loop.
    Loop,
}

/// A client whose requests take one way.
struct Sender {
    client: Client,
    way: Way,
    event_loop: Mutex<Option<Box<dyn EventLoop>>>,
}

/// Sends one request once.
struct Once {
    next: Option<Arc<Request>>,
    result: Option<Result<Response, ExchangeError>>,
}

impl Slots for Once {
    fn next(&mut self, _: usize, _: Instant) -> Next {
        self.next.take().map_or(Next::End, |request| Next::Send(request, Wanted::Everything))
    }

    fn done(&mut self, _: usize, result: Result<&mut Response, ExchangeError>, _: Ended) {
        self.result = Some(result.map(|response| response.clone()));
    }

    fn is_ending(&self) -> bool {
        false
    }

    fn is_abandoned(&self) -> bool {
        false
    }
}

impl Way {
    fn client(self) -> Sender {
        self.with(ClientSettings::default())
    }

    fn with(self, settings: ClientSettings) -> Sender {
        Sender { client: Client::new(settings), way: self, event_loop: Mutex::default() }
    }
}

impl Sender {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        match self.way {
            Way::Functional => self.client.send(request),
            Way::Load => {
                let mut response = Response::default();
                self.client.prepare(request, Wanted::Everything).send(&mut response).map(|()| response)
            }
            Way::Loop => {
                let mut kept = self.event_loop.lock().unwrap();
                // What no loop carries, a load run sends as ever.
                let event_loop = match kept.take().map_or_else(|| self.client.event_loop(request), Ok) {
                    Ok(event_loop) => kept.insert(event_loop),
                    Err(_) => {
                        let mut response = Response::default();
                        return self.client.prepare(request, Wanted::Everything).send(&mut response).map(|()| response);
                    }
                };
                let mut once = Once { next: Some(Arc::new(request.clone())), result: None };
                event_loop.run(1, &mut once).unwrap();
                once.result.unwrap()
            }
        }
    }
}

pub(super) fn request(method: &str, url: impl Into<String>) -> Request {
    Request {
        method: method.to_owned(),
        url: url.into(),
        headers: Vec::new(),
        suppressed: Vec::new(),
        body: None,
        basic_auth: None,
        auth: None,
        options: Arc::new(CurlOptions::default()),
        timeout: Some(Duration::from_secs(10)),
        connect_timeout: None,
        jar: None,
        wants_certificate: false,
        max_body: Some(64 * 1024 * 1024),
        permit: None,
        trace: None,
    }
}

fn get(url: impl Into<String>) -> Request {
    request("GET", url)
}

fn with_options(mut request: Request, change: impl FnOnce(&mut CurlOptions)) -> Request {
    change(Arc::make_mut(&mut request.options));
    request
}
