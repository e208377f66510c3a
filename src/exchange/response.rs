//! One HTTP answer and the times of its exchange, named and meant as libcurl names and means them.
//!
//! Owns: the data, header look-up, the body's JSON read once.
//! Does not: judge it (see `validate`), take values out of it (see `extract`).

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use crate::ground::json::{self, Tree};
use crate::ground::value::{self, Value};

/// The content encodings that are undone on receipt.
pub const READ_ENCODINGS: [&str; 4] = ["gzip", "x-gzip", "deflate", "br"];

/// How gzip begins.
const GZIP_MARK: &[u8] = &[0x1f, 0x8b];

/// Memory up to this size is kept from one body to the next.
const KEPT: usize = 64 * 1024;
/// The memory of so many headers is kept, of values up to this size.
const KEPT_HEADERS: usize = 64;
const KEPT_VALUE: usize = 1024;

/// A complete answer.
#[derive(Debug, Clone, Default)]
pub struct Response {
    /// The status code of the final answer.
    pub status: u16,
    /// The final answer's headers in order: lower-case names, values read as ISO-8859-1.
    pub headers: Vec<(String, String)>,
    /// The body, content-decoded (gzip, deflate, brotli).
    pub body: Vec<u8>,
    /// The URL that answered, after redirects.
    pub effective_url: String,
    /// What was spoken: `HTTP/1.1`; empty where nobody says.
    pub version: &'static str,
    /// Of the server that answered, if it was asked for.
    pub certificate: Option<Box<PeerCertificate>>,
    /// Times and sizes of the exchange.
    pub timing: Timing,
    /// The requests that it took, the last one at the end; none where nobody keeps them.
    pub hops: Vec<Hop>,
    /// What the body holds of the memory that bodies share.
    pub lease: Lease,
    unused: Unused,
    json: OnceLock<Result<Value, String>>,
    tree: OnceLock<Box<Tree>>,
}

/// A request of an exchange.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hop {
    /// The method.
    pub method: String,
    /// Where it went.
    pub url: String,
    /// Whether the body of the request went along.
    pub has_body: bool,
    /// The status that led to the next one; 0 of the last.
    pub status: u16,
    /// The headers of that answer.
    pub headers: Vec<(String, String)>,
}

/// A server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// When the answer came.
    pub seen: SystemTime,
}

/// Memory of headers of earlier answers, the next one last; a copy of an answer has none.
#[derive(Debug, Default)]
struct Unused(Vec<(String, String)>);

impl Clone for Unused {
    fn clone(&self) -> Unused {
        Unused::default()
    }
}

/// Something that is given back when it is dropped; a copy of an answer has none.
#[derive(Default)]
pub struct Lease(Option<Box<dyn Send + Sync>>);

impl Lease {
    /// Holds this until the lease is dropped.
    pub fn new(held: impl Send + Sync + 'static) -> Lease {
        Lease(Some(Box::new(held)))
    }
}

impl Clone for Lease {
    fn clone(&self) -> Lease {
        Lease::default()
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "held" } else { "none" })
    }
}

/// Times since the start of the exchange and sizes, as libcurl's `getinfo` gives them.
///
/// Every time is zero until that point was reached; on a reused connection name lookup, connect and
/// TLS are zero.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timing {
    /// Name lookup done.
    pub namelookup: Duration,
    /// TCP connected.
    pub connect: Duration,
    /// TLS handshake done.
    pub appconnect: Duration,
    /// Ready to send.
    pub pretransfer: Duration,
    /// First byte of the answer came.
    pub starttransfer: Duration,
    /// All redirects before the final request took this long.
    pub redirect: Duration,
    /// Last byte in; measured from the start, connecting included.
    pub total: Duration,
    /// From the first byte of the request out to the last byte of the answer in, redirects included.
    pub exchange: Duration,
    /// Body bytes received, before content decoding.
    pub size_download: u64,
    /// Body bytes sent.
    pub size_upload: u64,
    /// Bytes of all request heads sent.
    pub request_size: u64,
    /// Redirects followed.
    pub redirect_count: u32,
    /// New connections made.
    pub num_connects: u32,
}

impl Response {
    /// An answer without headers and times, for tests and fakes.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response { status, body: body.into(), ..Response::default() }
    }

    /// Empties the answer but keeps its memory, for the next one; that of a large body is given back.
    pub fn clear(&mut self) {
        self.status = 0;
        self.clear_headers();
        self.body.clear();
        if self.body.capacity() > KEPT {
            self.body = Vec::new();
        }
        self.lease = Lease::default();
        self.effective_url.clear();
        self.timing = Timing::default();
        self.version = "";
        self.certificate = None;
        self.hops.clear();
        self.json = OnceLock::new();
        self.tree = OnceLock::new();
    }

    /// Adds a header; `write` writes its name and value, which are empty.
    pub fn add_header(&mut self, write: impl FnOnce(&mut String, &mut String)) {
        let (mut name, mut value) = self.unused.0.pop().unwrap_or_default();
        write(&mut name, &mut value);
        self.headers.push((name, value));
    }

    /// Empties the headers, and keeps their memory in their order.
    fn clear_headers(&mut self) {
        self.unused.0.clear();
        for (mut name, mut value) in self.headers.drain(..).rev() {
            name.clear();
            value.clear();
            if value.capacity() <= KEPT_VALUE && self.unused.0.len() < KEPT_HEADERS {
                self.unused.0.push((name, value));
            }
        }
    }

    /// The values of a header; `name` in any case.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The encoding that the body still has, if it has one that is not undone here.
    pub fn unread_encoding(&self) -> Option<&str> {
        let names = self.header_values("content-encoding").flat_map(|line| line.split(',')).map(str::trim);
        let names = names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity"));
        let is_read = |name: &str| READ_ENCODINGS.iter().any(|read| read.eq_ignore_ascii_case(name));
        // They are undone from the last one on, as far as they are known.
        let names: Vec<&str> = names.collect();
        let unknown = names.iter().rev().find(|name| !is_read(name));
        // `curl_option_http_content_decoding: 0` leaves the body as it came.
        unknown.or(names.last().filter(|_| self.body.starts_with(GZIP_MARK))).copied()
    }

    /// The body as text: UTF-8, else ISO-8859-1.
    pub fn text(&self) -> Cow<'_, str> {
        value::decode(&self.body)
    }

    /// The body read as JSON, once.
    ///
    /// # Errors
    /// The body is not JSON: what was found, and where.
    pub fn json(&self) -> Result<&Value, &str> {
        self.json.get_or_init(|| json::parse(&self.body)).as_ref().map_err(String::as_str)
    }

    /// The same as other packages have it, made once.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn tree(&self) -> Result<&Tree, &str> {
        let value = self.json()?;
        Ok(self.tree.get_or_init(|| Box::new(Tree::of(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_earlier_headers_only_the_memory_is_used_again() {
        let mut response = Response::default();
        let long = "x".repeat(2 * KEPT_VALUE);
        for values in [&["one", "two"][..], &["three"], &["four", &long, "five"], &["six", "seven", "eight"]] {
            response.clear();
            for value in values {
                response.add_header(|to_name, to_value| {
                    assert!(to_name.is_empty() && to_value.is_empty() && to_value.capacity() <= KEPT_VALUE);
                    to_name.push_str("name");
                    to_value.push_str(value);
                });
            }
            let all: Vec<&str> = response.header_values("Name").collect();
            assert_eq!(all, values);
        }
        assert!(response.clone().unused.0.is_empty());
    }

    #[test]
    fn an_encoding_that_was_not_undone_is_known() {
        for (lines, body, expected) in [
            (vec!["gzip"], b"{}".as_slice(), None),
            (vec!["identity", ""], b"{}", None),
            (vec!["zstd"], b"\x28", Some("zstd")),
            (vec!["zstd, gzip"], b"\x28", Some("zstd")),
            (vec!["zstd", "X-Gzip"], b"\x28", Some("zstd")),
            (vec!["gzip"], b"\x1f\x8b\x08", Some("gzip")),
        ] {
            let mut response = Response::new(200, body);
            response.headers = lines.iter().map(|line| ("content-encoding".to_owned(), (*line).to_owned())).collect();
            assert_eq!(response.unread_encoding(), expected, "{lines:?}");
        }
    }
}
