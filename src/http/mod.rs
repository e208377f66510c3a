//! HTTP/1.1 over blocking sockets, behind the one type `Client`.
//!
//! Owns: connections, TLS, proxies, redirects, content decoding, the clock of an exchange.
//! Does not: decide what to send or judge what came (see `test`, `validate`), retry (see `run`).

mod agents;
mod body;
mod buffer;
mod client;
mod connect;
mod cookies;
mod decoded;
mod encoding;
mod evented;
mod fault;
mod h1;
mod headers;
mod journey;
mod no_keep_alive;
#[allow(dead_code, reason = "https, proxies and redirects on the short way come next")]
mod outgoing;
#[allow(dead_code, reason = "https, proxies and redirects on the short way come next")]
mod proxy;
mod redirect;
mod replay;
mod resolve;
mod room;
#[allow(dead_code, reason = "https, proxies and redirects on the short way come next")]
mod route;
mod socket;
mod stopwatch;
mod tcp;
mod tls;
mod trusted;

#[cfg(test)]
mod tests;

pub use client::{Client, ClientSettings};
#[cfg(test)]
pub use headers::USER_AGENT;
pub use proxy::ProxyEnvironment;
