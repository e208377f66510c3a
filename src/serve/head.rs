//! The head of a request: what it says of the body, of the connection, and what is refused.
//!
//! Owns: the limits and the refusals. Does not: wait for bytes (see `intake`).

use std::mem::MaybeUninit;

use httparse::Header;

/// The longest request line plus headers (and the longest trailer section).
pub(super) const HEAD_LIMIT: usize = 64 * 1024;
/// The longest request body.
pub(super) const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// So many headers need no memory of their own.
const USUAL_HEADERS: usize = 64;

/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The peer is gone, or closed between two requests: nothing to say to it.
    Gone,
    /// The request is answered with this status and reason, then the connection is closed,
    /// because nobody knows where the next request would start.
    Status(u16, &'static str),
}

pub(super) const TOO_LONG: Refusal = Refusal::Status(431, "the request's head is longer than 64 KiB");
pub(super) const TOO_LARGE: Refusal = Refusal::Status(413, "the body is longer than 16 MiB");

pub(super) const fn bad(reason: &'static str) -> Refusal {
    Refusal::Status(400, reason)
}

/// Where the body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// What a head says.
#[derive(Debug)]
pub(super) struct Head<'h> {
    pub method: &'h str,
    pub target: &'h str,
    pub headers: &'h [Header<'h>],
    pub facts: Facts,
}

/// What of it the connection must know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    pub framing: Framing,
    pub is_1_1: bool,
    pub keep_alive: bool,
    pub expects_continue: bool,
    pub hosts: usize,
}

/// Reads a head up to its blank line, and hands it over.
pub(super) fn read(head: &[u8], take: &mut dyn FnMut(Head<'_>)) -> Result<(), Refusal> {
    // The parser would take a bare LF for the end of a line.
    if memchr::memchr_iter(b'\n', head).any(|at| at == 0 || head[at - 1] != b'\r') {
        return Err(bad("a line that does not end in CRLF"));
    }
    let mut usual = [const { MaybeUninit::uninit() }; USUAL_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(head, &mut usual) {
        Err(httparse::Error::TooManyHeaders) => {
            let lines = memchr::memchr_iter(b'\n', head).count();
            let mut headers = vec![httparse::EMPTY_HEADER; lines];
            let mut request = httparse::Request::new(&mut headers);
            request.parse(head).map_err(|error| refused(error, head))?;
            understood(&request).map(take)
        }
        parsed => {
            parsed.map_err(|error| refused(error, head))?;
            understood(&request).map(take)
        }
    }
}

fn understood<'h>(request: &'h httparse::Request<'_, '_>) -> Result<Head<'h>, Refusal> {
    let is_1_1 = request.version == Some(1);
    let (mut length, mut chunked, mut expects_continue) = (None, false, false);
    let (mut keep_alive, mut hosts) = (is_1_1, 0);
    for header in request.headers.iter() {
        // Most headers say nothing of the framing; their lengths tell.
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        match header.name.len() {
            4 if is("host") => hosts += 1,
            6 if is("expect") && is_1_1 => {
                if !header.value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Refusal::Status(417, "no expectation but 100-continue"));
                }
                expects_continue = true;
            }
            10 if is("connection") => {
                for option in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    if option.eq_ignore_ascii_case(b"close") {
                        keep_alive = false;
                    } else if option.eq_ignore_ascii_case(b"keep-alive") && !is_1_1 {
                        keep_alive = true;
                    }
                }
            }
            14 if is("content-length") => {
                let announced = parse_length(header.value)?;
                if length.replace(announced).is_some_and(|before| before != announced) {
                    return Err(bad("two different lengths"));
                }
            }
            17 if is("transfer-encoding") => {
                if chunked || !header.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Refusal::Status(501, "no transfer coding but chunked"));
                }
                chunked = true;
            }
            _ => {}
        }
    }
    let framing = match (length, chunked) {
        (Some(_), true) => return Err(bad("both a length and chunks")),
        (_, true) if !is_1_1 => return Err(bad("chunks in HTTP/1.0")),
        (_, true) => Framing::Chunked,
        (Some(length), _) if length > BODY_LIMIT => return Err(TOO_LARGE),
        (length, _) => Framing::Length(length.unwrap_or(0)),
    };
    Ok(Head {
        method: request.method.unwrap_or_default(),
        target: request.path.unwrap_or_default(),
        headers: request.headers,
        facts: Facts { framing, is_1_1, keep_alive, expects_continue, hosts },
    })
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

fn parse_length(value: &[u8]) -> Result<usize, Refusal> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(bad("not a length"));
    }
    std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or(TOO_LARGE)
}
