//! From ureq's errors to ours: the kind, and words that say what happened and what to do.
//!
//! Owns: the mapping. Does not: know what was asked (the client hands in the host and the bound).

mod tls;

use std::io;
use std::time::Duration;

use super::h1::Malformed;
use crate::exchange::request::ErrorKind;

pub(super) use tls::explain_tls;

/// A fault with our own words, carried through ureq inside an `io::Error`.
#[derive(Debug, Clone)]
pub(super) struct TransportError {
    pub kind: ErrorKind,
    pub message: String,
}

impl TransportError {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> TransportError {
        TransportError { kind, message: message.into() }
    }
}

impl std::fmt::Display for TransportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}

impl From<TransportError> for ureq::Error {
    fn from(fault: TransportError) -> ureq::Error {
        // `Other` is the one kind that ureq never takes for the end of a body.
        ureq::Error::Io(io::Error::other(fault))
    }
}

impl From<Malformed> for TransportError {
    fn from(malformed: Malformed) -> TransportError {
        TransportError::new(ErrorKind::Protocol, malformed.to_string())
    }
}

/// What the words need to know about the exchange.
pub(super) struct Circumstances<'a> {
    pub host: &'a str,
    pub proxied: bool,
    /// Time ran out while connecting.
    pub connecting: bool,
    /// First bytes of the answer had come.
    pub answering: bool,
    /// The bound on the exchange.
    pub timeout: Option<Duration>,
    /// The bound on connecting.
    pub connect_timeout: Option<Duration>,
}

/// Seconds as people write them: `0.3 s`, `10 s`.
pub(super) fn seconds(time: Duration) -> String {
    format!("{} s", (time.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Our kind and words for an error of ureq.
pub(super) fn explain(error: ureq::Error, about: &Circumstances<'_>) -> TransportError {
    match error {
        ureq::Error::Io(error) => explain_io(error, about),
        ureq::Error::Timeout(_) => timed_out(about),
        ureq::Error::Rustls(error) => explain_tls(&error, about.host),
        ureq::Error::Tls(text) => TransportError::new(ErrorKind::Tls, format!("TLS with {}: {text}", about.host)),
        ureq::Error::HostNotFound => {
            TransportError::new(ErrorKind::Resolve, format!("host name \"{}\" is not known", about.host))
        }
        ureq::Error::ConnectProxyFailed(reason) => proxy_refusal(&reason),
        ureq::Error::InvalidProxyUrl => TransportError::new(ErrorKind::Proxy, "the proxy's url is wrong"),
        ureq::Error::ConnectionFailed => {
            TransportError::new(ErrorKind::Connect, format!("no connection to {} could be made", about.host))
        }
        ureq::Error::LargeResponseHeader(..) => {
            TransportError::new(ErrorKind::Protocol, "the answer's headers are longer than 300 KiB")
        }
        ureq::Error::Protocol(error) => {
            TransportError::new(ErrorKind::Protocol, format!("the answer is not valid HTTP/1.1: {error}"))
        }
        ureq::Error::BadUri(reason) => TransportError::new(ErrorKind::Url, reason),
        ureq::Error::Http(error) => {
            TransportError::new(ErrorKind::Url, format!("the request cannot be written: {error}"))
        }
        ureq::Error::BodyExceedsLimit(_) => {
            TransportError::new(ErrorKind::Option, "the body is not as long as the Content-Length header says")
        }
        other => TransportError::new(ErrorKind::Protocol, other.to_string()),
    }
}

/// The answer was not complete in time.
pub(super) fn too_slow(timeout: Option<Duration>) -> TransportError {
    let message = match timeout {
        Some(bound) => format!("no complete answer within {}", seconds(bound)),
        None => "time ran out".to_owned(),
    };
    TransportError::new(ErrorKind::Timeout, message)
}

/// Time ran out.
pub(super) fn timed_out(about: &Circumstances<'_>) -> TransportError {
    let message = match (about.connecting, about.connect_timeout, about.timeout) {
        (true, Some(bound), all) if all.is_none_or(|all| bound <= all) => {
            format!("no connection to {} within {}", about.host, seconds(bound))
        }
        (true, _, Some(bound)) => format!("no connection to {} within {}", about.host, seconds(bound)),
        (_, _, timeout) => return too_slow(timeout),
    };
    TransportError::new(ErrorKind::Timeout, message)
}

/// Our kind and words for an error of the system.
pub(super) fn explain_io(error: io::Error, about: &Circumstances<'_>) -> TransportError {
    if let Some(inner) = error.get_ref() {
        if let Some(fault) = inner.downcast_ref::<TransportError>() {
            return fault.clone();
        }
        if let Some(error) = inner.downcast_ref::<rustls::Error>() {
            return explain_tls(error, about.host);
        }
        if inner.is::<ureq::Error>() {
            // Unwrapping loses nothing: the adapter wrapped an error of our own transport.
            return match error.into_inner().and_then(|inner| inner.downcast::<ureq::Error>().ok()) {
                Some(inner) => explain(*inner, about),
                None => timed_out(about),
            };
        }
    }
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => timed_out(about),
        io::ErrorKind::ConnectionRefused if about.proxied => {
            TransportError::new(ErrorKind::Proxy, format!("the proxy refused the connection: {error}"))
        }
        _ if about.connecting && about.proxied => {
            TransportError::new(ErrorKind::Proxy, format!("the proxy failed: {error}"))
        }
        io::ErrorKind::ConnectionRefused => {
            TransportError::new(ErrorKind::Connect, format!("connection refused by {}", about.host))
        }
        _ if about.connecting => TransportError::new(
            ErrorKind::Tls,
            format!("{} closed the connection during the TLS handshake", about.host),
        ),
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::NotConnected => disconnected(about.answering),
        _ => TransportError::new(ErrorKind::Disconnected, format!("the connection failed: {error}")),
    }
}

/// The connection ended too early.
pub(super) fn disconnected(answering: bool) -> TransportError {
    let message = if answering {
        "the server closed the connection before the answer was complete"
    } else {
        "the server closed the connection before an answer came"
    };
    TransportError::new(ErrorKind::Disconnected, message)
}

/// The proxy does not do its work.
pub(super) fn proxy_failed(reason: &str) -> TransportError {
    TransportError::new(ErrorKind::Proxy, format!("the proxy failed: {reason}"))
}

/// What this answer to the wish for a tunnel means.
///
/// # Errors
/// There is no tunnel.
pub(super) fn judge_tunnel(status: u16) -> Result<(), TransportError> {
    let message = match status {
        200 => return Ok(()),
        407 => "the proxy wants a name and password (407); set curl_option_proxyuserpwd".to_owned(),
        status => format!("the proxy refused to connect: status {status}"),
    };
    Err(TransportError::new(ErrorKind::Proxy, message))
}

fn proxy_refusal(reason: &str) -> TransportError {
    // ureq says "proxy server responded 407/407".
    let status = reason.rsplit_once(' ').and_then(|(_, status)| status.split_once('/')?.0.parse().ok());
    status.and_then(|status| judge_tunnel(status).err()).unwrap_or_else(|| proxy_failed(reason))
}
