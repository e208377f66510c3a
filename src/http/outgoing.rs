//! A request as it goes out: its bytes, made once, and what holds for the answer.
//!
//! Owns: the bounds of an exchange, which requests only ureq can send. Does not: choose the headers (see `headers`),
//! know the way (see `route`), write (see `socket`).

use std::time::{Duration, Instant};

use ureq::http::header;

use super::body::BodyPlan;
use super::fault::{Circumstances, TransportError};
use super::h1::Message;
use super::headers::{self, Hop};
use super::journey::Journey;
use super::route::{Detour, Route};
use super::stopwatch::Bound;
use crate::exchange::curl_options::HttpVersion;
use crate::exchange::request::{ErrorKind, Request, Wanted};

/// What holds for an exchange, whatever hops it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// The bound on all of it.
    pub timeout: Option<Duration>,
    /// The bound on connecting, look-up and TLS included.
    pub connect_timeout: Option<Duration>,
    /// The largest body, in bytes after decoding.
    pub max_body: Option<u64>,
    /// The largest body, in bytes as they come.
    pub max_raw: Option<u64>,
    /// The body stays as it came.
    pub raw_content: bool,
    /// What is needed of the answer.
    pub wanted: Wanted,
    /// A kept connection must not be taken.
    pub fresh: bool,
    /// The connection must not be kept.
    pub forbid_reuse: bool,
    /// The answer is to have the server's certificate with it.
    pub certificate: bool,
    /// 400 and up is an error.
    pub fail_on_error: bool,
}

impl Terms {
    /// The terms of a request.
    pub fn of(request: &Request, wanted: Wanted) -> Terms {
        let options = &*request.options;
        let bounded = |time: Option<Duration>| time.filter(|time| *time != Duration::MAX);
        Terms {
            timeout: bounded(options.timeout.or(request.timeout)),
            connect_timeout: bounded(options.connect_timeout.or(request.connect_timeout)),
            max_body: request.max_body,
            max_raw: options.max_file_size,
            raw_content: options.raw_content,
            wanted,
            fresh: options.fresh_connect,
            forbid_reuse: options.forbid_reuse,
            certificate: request.wants_certificate && wanted == Wanted::Everything,
            fail_on_error: options.fail_on_error,
        }
    }

    /// When an exchange that starts then must be over.
    pub fn until(&self, start: Instant) -> Option<Instant> {
        self.timeout.and_then(|timeout| start.checked_add(timeout))
    }

    /// What bounds the body of an answer; one that nobody sees is only counted.
    pub fn body(&self, until: Option<Instant>, is_seen: bool) -> BodyPlan {
        BodyPlan {
            limit: self.max_body,
            raw_limit: self.max_raw,
            bound: Bound { until, length: self.timeout },
            keeps: is_seen && self.wanted == Wanted::Everything,
            overdraws: false,
        }
    }

    /// What the words of an error need, as far as it is known before anything has happened.
    pub fn circumstances<'a>(&self, host: &'a str, proxied: bool) -> Circumstances<'a> {
        Circumstances {
            host,
            proxied,
            connecting: false,
            answering: false,
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
        }
    }

    /// Whether this status ends the exchange as an error.
    ///
    /// # Errors
    /// It does.
    pub fn judge(&self, status: u16) -> Result<(), TransportError> {
        if self.fail_on_error && status >= 400 {
            let message = format!("the answer's status is {status} (curl_option_failonerror)");
            return Err(TransportError::new(ErrorKind::Protocol, message));
        }
        Ok(())
    }
}

/// The bytes of one hop.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub message: Message,
    /// It is HEAD: no body follows the answer.
    pub is_head: bool,
    /// Whether it lets the server keep the connection.
    pub keep_alive: bool,
    /// A header line of the test's own says what becomes of the connection.
    has_own_connection: bool,
}

impl Outgoing {
    /// The next hop of a journey on this way.
    ///
    /// # Errors
    /// It cannot be sent but by ureq, or not at all.
    pub fn new(request: &Request, journey: &Journey, route: &Route, keep_alive: bool) -> Result<Outgoing, Detour> {
        let is_old = request.options.http_version == HttpVersion::Http10;
        let keep_alive = keep_alive && !is_old;
        let hop = journey.hop(request, keep_alive, route.proxy_credentials.as_ref());
        let Hop { target, method, body, .. } = hop;
        let map = headers::build(request, &hop)?;
        if map.contains_key(header::TRANSFER_ENCODING) {
            return Err(Detour::Needs("a body in chunks (Transfer-Encoding)"));
        }
        if map.contains_key(header::EXPECT) {
            return Err(Detour::Needs("a body that waits for the server (Expect)"));
        }
        if !method.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Detour::Fault(headers::no_method(method)));
        }
        let mut message = Message::new(
            method,
            if route.is_forwarded() { &target.uri } else { target.path_and_query() },
            Some(target.authority()).filter(|_| !map.contains_key(header::HOST)),
            map.iter().map(|(name, value)| (name.as_str(), value.as_bytes())),
            body.unwrap_or_default(),
        );
        if is_old {
            message.ask_in_1_0();
        }
        let has_own_connection = map.contains_key(header::CONNECTION);
        Ok(Outgoing { message, is_head: method == "HEAD", keep_alive, has_own_connection })
    }

    /// Has the server close the connection: it was found not to keep it.
    pub fn close(&mut self) {
        self.keep_alive = false;
        if !self.has_own_connection {
            self.message.add_line("connection", "close");
        }
    }
}
