//! An answer: its head as it goes out, and its body.
//!
//! Owns: the order of a head's lines, reasons of statuses, what may have a body. Does not: know the connection (see
//! `outgoing`).

use std::io::Write as _;
use std::sync::Arc;

/// What goes back. It is cheap to copy: a prepared one shares its bytes.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head's lines from the status line on, each with its end; without the blank line, and without what the
    /// connection adds.
    pub(super) head: Arc<Vec<u8>>,
    pub(super) body: Arc<Vec<u8>>,
    /// Whether it says when it was made.
    pub(super) has_date: bool,
    /// Whether the connection ends after it.
    pub(super) closes: bool,
    /// How many of the head's bytes stand before the length of the body; the same as all where it has none.
    before_length: usize,
}

impl Answer {
    /// An answer of a server; a body and headers may follow.
    pub fn new(status: u16, server: &str) -> Answer {
        Answer::named((status, reason(status)), server)
    }

    /// The same with a phrase of its own.
    pub fn named((status, phrase): (u16, &str), server: &str) -> Answer {
        let mut head = Vec::with_capacity(160);
        // Writing into a Vec cannot fail.
        let _ = write!(head, "HTTP/1.1 {status} {phrase}\r\n");
        if !server.is_empty() {
            let _ = write!(head, "Server: {server}\r\n");
        }
        let before_length = head.len();
        Answer { status, head: Arc::new(head), body: Arc::default(), has_date: false, closes: false, before_length }
    }

    /// With a header more. Some values come from the request: a line break in them would forge headers.
    pub fn with(mut self, name: &str, value: &str) -> Answer {
        let is_one_line = |text: &str| !text.contains(['\r', '\n', '\0']);
        let value = if is_one_line(value) { value } else { "" };
        self.has_date |= name.eq_ignore_ascii_case("date");
        self.closes |= name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close");
        let is_ours = name.eq_ignore_ascii_case("connection") && self.closes;
        if is_one_line(name) && !name.is_empty() && !is_ours {
            let head = Arc::make_mut(&mut self.head);
            let _ = write!(head, "{name}: {value}\r\n");
            self.before_length = head.len();
        }
        self
    }

    /// With a body, none where the status has none; nothing may be added to the head any more.
    pub fn body(mut self, body: impl Into<Arc<Vec<u8>>>) -> Answer {
        if !matches!(self.status, 100..200 | 204 | 304) {
            self.body = body.into();
            let length = self.body.len();
            let _ = write!(Arc::make_mut(&mut self.head), "Content-Length: {length}\r\n");
        }
        self
    }

    /// With the methods that a path has, whatever else there is already.
    pub fn with_allow(mut self, methods: &str) -> Answer {
        let _ = write!(Arc::make_mut(&mut self.head), "Allow: {methods}\r\n");
        self
    }

    /// How many bytes it has.
    pub fn size(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// The bytes of its body.
    #[cfg(test)]
    pub fn body_bytes(&self) -> &[u8] {
        &self.body
    }

    /// The head's lines without that of the body's length.
    pub(super) fn head_without_length(&self) -> &[u8] {
        &self.head[..self.before_length]
    }
}

/// The phrase of a status.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        203 => "Non-Authoritative Information",
        204 => "No Content",
        205 => "Reset Content",
        206 => "Partial Content",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        418 => "I'm a teapot",
        422 => "Unprocessable Content",
        423 => "Locked",
        428 => "Precondition Required",
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
