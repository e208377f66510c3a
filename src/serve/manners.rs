//! How a server behaves towards its peers.
//!
//! Owns: the settings. Does not: act on them.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;

/// How a server behaves towards its peers.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// Event loops, each on a thread of its own; 0 is one a core.
    pub threads: usize,
    /// Whether a request of HTTP/1.1 needs one Host header.
    pub demands_host: bool,
    /// Whether answers have a date.
    pub has_date: bool,
    /// Whether a peer of HTTP/1.0 is told that its connection is kept.
    pub tells_old_peers: bool,
    /// How long is waited for a peer; without them, as long as it takes.
    pub limits: Option<Limits>,
    /// The certificate, for https.
    pub tls: Option<Arc<ServerConfig>>,
}

impl Manners {
    /// Those of a server that anybody may talk to.
    pub fn strict() -> Manners {
        Manners {
            demands_host: true,
            has_date: true,
            tells_old_peers: true,
            limits: Some(Limits { idle: Duration::from_secs(5), head: Duration::from_secs(10) }),
            ..Manners::default()
        }
    }
}

/// How long is waited for a peer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Between two requests.
    pub idle: Duration,
    /// For the head of a request, from its first byte on, and for the next byte of a body.
    pub head: Duration,
}
