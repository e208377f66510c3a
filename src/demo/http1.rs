//! HTTP/1.1 as the sample API speaks it: bytes to a `Call`, an `Answer` to bytes.
//!
//! Owns: framing (lengths, chunks, keep-alive, 100-continue), the limits and what is refused.
//! Does not: know any route, or insist on a Host header (suites may remove it on purpose).

use std::borrow::Cow;
use std::io::{Read, Write};

use serde::Serialize;

/// The longest request line plus headers (and the longest trailer section).
pub(super) const HEAD_LIMIT: usize = 64 * 1024;
/// The longest request body.
pub(super) const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A request as it arrived.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub method: String,
    /// The target as written, with its query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub keep_alive: bool,
}

impl Call {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// Why there is no `Call`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The peer is gone, or closed between two requests: nothing to say to it.
    Gone,
    /// The request is answered with this status and reason, then the connection is closed,
    /// because nobody knows where the next request would start.
    Status(u16, &'static str),
}

fn bad(reason: &'static str) -> Refusal {
    Refusal::Status(400, reason)
}

/// The reading side of a connection: what was received and not yet consumed.
pub(super) struct Inbox<S> {
    stream: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl<S: Read + Write> Inbox<S> {
    pub fn new(stream: S) -> Self {
        Inbox { stream, buffer: vec![0; 8 * 1024], start: 0, end: 0 }
    }

    /// The next request, waiting for it as long as it takes.
    pub fn next_call(&mut self) -> Result<Call, Refusal> {
        let head_end = self.await_head()?;
        let Head { mut call, framing, expects_continue } = parse_head(&self.buffer[self.start..head_end + 4])?;
        self.start = head_end + 4;
        let body_is_here = match framing {
            Framing::Length(length) => self.end - self.start >= length,
            Framing::Chunked => self.end > self.start,
        };
        if expects_continue && !body_is_here {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(|_| Refusal::Gone)?;
        }
        match framing {
            Framing::Length(0) => {}
            Framing::Length(length) => self.take_into(&mut call.body, length)?,
            Framing::Chunked => call.body = self.chunked_body()?,
        }
        Ok(call)
    }

    /// Where the blank line starts. Empty lines before a request are skipped, as RFC 9112 asks.
    fn await_head(&mut self) -> Result<usize, Refusal> {
        let mut scanned = 0;
        loop {
            while self.buffer[self.start..self.end].starts_with(b"\r\n") {
                self.start += 2;
                scanned = 0;
            }
            let received = &self.buffer[self.start..self.end];
            if let Some(at) = received[scanned..].windows(4).position(|four| four == b"\r\n\r\n") {
                return if scanned + at > HEAD_LIMIT { Err(TOO_LONG) } else { Ok(self.start + scanned + at) };
            }
            if received.len() > HEAD_LIMIT {
                return Err(TOO_LONG);
            }
            scanned = received.len().saturating_sub(3);
            let waiting_between_requests = received.is_empty();
            if !self.fill()? {
                return Err(if waiting_between_requests { Refusal::Gone } else { bad("the request ends early") });
            }
        }
    }

    /// Reads once; false at the end of the stream.
    fn fill(&mut self) -> Result<bool, Refusal> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        loop {
            match self.stream.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(Refusal::Gone),
            }
        }
    }

    /// Appends exactly `length` bytes; memory grows with what arrives, not with what was announced.
    fn take_into(&mut self, body: &mut Vec<u8>, length: usize) -> Result<(), Refusal> {
        let buffered = length.min(self.end - self.start);
        body.extend_from_slice(&self.buffer[self.start..self.start + buffered]);
        self.start += buffered;
        let missing = length - buffered;
        if missing > 0 {
            let mut rest = (&mut self.stream).take(missing as u64);
            if rest.read_to_end(body).map_err(|_| Refusal::Gone)? < missing {
                return Err(bad("the body ends early"));
            }
        }
        Ok(())
    }

    fn chunked_body(&mut self) -> Result<Vec<u8>, Refusal> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
            let size = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                .and_then(|digits| usize::from_str_radix(digits, 16).ok())
                .ok_or(bad("a chunk without a size"))?;
            if size == 0 {
                break;
            }
            if size > BODY_LIMIT - body.len() {
                return Err(Refusal::Status(413, "the body is longer than 16 MiB"));
            }
            self.take_into(&mut body, size)?;
            if !self.line()?.is_empty() {
                return Err(bad("a chunk longer than its size"));
            }
        }
        let mut trailers = 0;
        loop {
            let line = self.line()?;
            trailers += line.len();
            if line.is_empty() {
                return Ok(body);
            }
            if trailers > HEAD_LIMIT {
                return Err(TOO_LONG);
            }
        }
    }

    /// One line without its CRLF.
    fn line(&mut self) -> Result<Vec<u8>, Refusal> {
        loop {
            let received = &self.buffer[self.start..self.end];
            if let Some(at) = received.windows(2).position(|two| two == b"\r\n") {
                let line = received[..at].to_vec();
                self.start += at + 2;
                return Ok(line);
            }
            if received.len() > 4096 {
                return Err(bad("a chunk line without an end"));
            }
            if !self.fill()? {
                return Err(bad("the body ends early"));
            }
        }
    }
}

const TOO_LONG: Refusal = Refusal::Status(431, "the request's head is longer than 64 KiB");

enum Framing {
    Length(usize),
    Chunked,
}

struct Head {
    call: Call,
    framing: Framing,
    expects_continue: bool,
}

fn parse_head(head: &[u8]) -> Result<Head, Refusal> {
    // The parser would take a bare LF for the end of a line.
    if head.windows(2).any(|two| two[1] == b'\n' && two[0] != b'\r') {
        return Err(bad("a line that does not end in CRLF"));
    }
    let lines = head.iter().filter(|byte| **byte == b'\n').count();
    let mut headers = vec![httparse::EMPTY_HEADER; lines];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).map_err(|error| refused(error, head))?;
    let is_1_1 = request.version == Some(1);
    let mut call = Call {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        keep_alive: is_1_1,
        ..Call::default()
    };
    let (mut length, mut chunked, mut expects_continue) = (None, false, false);
    for header in request.headers {
        // Header bytes are ISO-8859-1 unless they are UTF-8.
        let (name, value) = (header.name.to_owned(), crate::ground::value::decode(header.value).into_owned());
        if name.eq_ignore_ascii_case("content-length") {
            let announced = parse_length(&value)?;
            if length.replace(announced).is_some_and(|before| before != announced) {
                return Err(bad("two different lengths"));
            }
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if chunked || !value.eq_ignore_ascii_case("chunked") {
                return Err(Refusal::Status(501, "no transfer coding but chunked"));
            }
            chunked = true;
        } else if name.eq_ignore_ascii_case("connection") {
            for option in value.split(',').map(str::trim) {
                if option.eq_ignore_ascii_case("close") {
                    call.keep_alive = false;
                } else if option.eq_ignore_ascii_case("keep-alive") && !is_1_1 {
                    call.keep_alive = true;
                }
            }
        } else if name.eq_ignore_ascii_case("expect") && is_1_1 {
            if !value.eq_ignore_ascii_case("100-continue") {
                return Err(Refusal::Status(417, "no expectation but 100-continue"));
            }
            expects_continue = true;
        }
        call.headers.push((name, value));
    }
    let framing = match (length, chunked) {
        (Some(_), true) => return Err(bad("both a length and chunks")),
        (_, true) if !is_1_1 => return Err(bad("chunks in HTTP/1.0")),
        (_, true) => Framing::Chunked,
        (Some(length), _) if length > BODY_LIMIT => {
            return Err(Refusal::Status(413, "the body is longer than 16 MiB"));
        }
        (length, _) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(Head { call, framing, expects_continue })
}

/// What is said of a head that cannot be parsed.
fn refused(error: httparse::Error, head: &[u8]) -> Refusal {
    use httparse::Error;
    match error {
        Error::HeaderName => bad("not a header's name"),
        Error::HeaderValue => bad("not a header's value"),
        Error::Version if head.split(|byte| *byte == b' ').nth(2).is_some_and(|word| word.starts_with(b"HTTP/")) => {
            Refusal::Status(505, "only HTTP/1.0 and HTTP/1.1")
        }
        _ => bad("not a request line"),
    }
}

fn parse_length(value: &str) -> Result<usize, Refusal> {
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad("not a length"));
    }
    value.parse().map_err(|_| Refusal::Status(413, "the body is longer than 16 MiB"))
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Without a body.
    pub fn empty(status: u16) -> Self {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer { status, headers: vec![("Content-Type", "application/json".into())], body }
    }

    /// A JSON object that says what was wrong.
    pub fn error(status: u16, reason: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": reason }))
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Renders head and body into `out`, so that one write sends them.
    pub fn render(&self, to_head: bool, keep_alive: bool, out: &mut Vec<u8>) {
        out.clear();
        // Writing into a Vec cannot fail.
        let _ = write!(out, "HTTP/1.1 {} {}\r\nServer: resttest-sample\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            // Some values come from the request: a line break in them would forge headers.
            let value = if value.contains(['\r', '\n']) { "" } else { value };
            let _ = write!(out, "{name}: {value}\r\n");
        }
        let may_have_body = !matches!(self.status, 204 | 304);
        if may_have_body {
            let _ = write!(out, "Content-Length: {}\r\n", self.body.len());
        }
        out.extend_from_slice(if keep_alive { b"\r\n" } else { b"Connection: close\r\n\r\n" });
        if may_have_body && !to_head {
            out.extend_from_slice(&self.body);
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Status",
    }
}
