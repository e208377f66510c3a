//! A server for one test: its handler asserts, and its drop fails if it was not hit as promised.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// A request as it came.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// Reads one; `None` when the client has gone.
    pub fn read(reader: &mut impl std::io::BufRead) -> Option<Request> {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let mut words = line.split_whitespace();
        let mut request =
            Request { method: words.next()?.to_owned(), target: words.next()?.to_owned(), ..Request::default() };
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            request.headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        request.body = vec![0; length];
        reader.read_exact(&mut request.body).ok()?;
        Some(request)
    }
}

/// What goes back.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Status, more header lines (each with its CRLF), body.
    Full(u16, &'static str, String),
    /// The connection closes without a word.
    Nothing,
}

impl Answer {
    pub fn ok(body: impl Into<String>) -> Answer {
        Answer::Full(200, "", body.into())
    }

    pub fn render(&self) -> Option<Vec<u8>> {
        match self {
            Answer::Full(status, headers, body) => Some(
                format!("HTTP/1.1 {status} Status\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
                    .into_bytes(),
            ),
            Answer::Nothing => None,
        }
    }
}

#[derive(Default)]
struct Seen {
    requests: usize,
    connections: usize,
    broken: Vec<String>,
}

/// A server that must be asked exactly as often as promised.
pub struct Promised {
    address: SocketAddr,
    hits: usize,
    seen: Arc<Mutex<Seen>>,
}

impl Promised {
    /// Starts; `handler` gets the request's number from 0 and may assert.
    pub fn new(hits: usize, handler: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Promised {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("an address");
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let handler = Arc::new(handler);
        let shared = seen.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.lock().expect("no poison").connections += 1;
                let (handler, seen) = (handler.clone(), shared.clone());
                std::thread::spawn(move || converse(&stream, &seen, handler.as_ref()));
            }
        });
        Promised { address, hits, seen }
    }

    /// The same, which may be asked any number of times.
    pub fn any(handler: impl Fn(usize, &Request) -> Answer + Send + Sync + 'static) -> Promised {
        Promised::new(usize::MAX, handler)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> usize {
        self.seen.lock().expect("no poison").requests
    }

    pub fn connections(&self) -> usize {
        self.seen.lock().expect("no poison").connections
    }
}

fn converse(stream: &TcpStream, seen: &Mutex<Seen>, handler: &(impl Fn(usize, &Request) -> Answer + ?Sized)) {
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(request) = Request::read(&mut reader) {
        let number = {
            let mut seen = seen.lock().expect("no poison");
            seen.requests += 1;
            seen.requests - 1
        };
        let answer = catch_unwind(AssertUnwindSafe(|| handler(number, &request))).unwrap_or_else(|cause| {
            let text = cause.downcast_ref::<String>().cloned().unwrap_or_else(|| "an assertion failed".to_owned());
            seen.lock().expect("no poison").broken.push(format!("{} {}: {text}", request.method, request.target));
            Answer::Nothing
        });
        let Some(bytes) = answer.render() else {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        };
        if (&mut &*stream).write_all(&bytes).is_err() {
            return;
        }
    }
}

impl Drop for Promised {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let seen = self.seen.lock().expect("no poison");
        assert!(seen.broken.is_empty(), "{:#?}", seen.broken);
        if self.hits != usize::MAX {
            assert_eq!(seen.requests, self.hits, "requests, against those promised");
        }
    }
}
