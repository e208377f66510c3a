//! HTTP/1.1 over blocking sockets, behind the one type `Client`.
//!
//! Owns: connections, TLS, proxies, redirects, content decoding, the clock of an exchange.
//! Does not: decide what to send or judge what came (see `test`, `validate`), retry (see `run`).

mod agents;
mod body;
mod buffer;
mod channel;
mod client;
mod connect;
mod decoded;
mod early;
mod encoding;
mod evented;
mod fault;
mod h1;
mod headers;
mod journey;
mod no_keep_alive;
mod outgoing;
mod peer;
mod proxy;
mod redirect;
mod replay;
mod resolve;
mod room;
mod route;
mod session;
mod socket;
mod spin_wait;
mod stopwatch;
mod tcp;
mod tls;
mod travel;
mod trusted;
mod waypoints;

#[cfg(test)]
mod tests;

pub use client::{Client, ClientSettings};
#[cfg(test)]
pub use headers::USER_AGENT;
pub use proxy::ProxyEnvironment;
pub use travel::travel;
pub use waypoints::Ways;
