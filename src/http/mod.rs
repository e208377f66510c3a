//! HTTP/1.1 over blocking sockets, behind the one type `Client`.
//!
//! Owns: connections, TLS, proxies, redirects, content decoding, the clock of an exchange.
//! Does not: decide what to send or judge what came (see `test`, `validate`), retry (see `run`).

mod buffer;
mod client;
mod connect;
mod encoding;
mod fault;
mod fickle;
mod framing;
mod headers;
mod profile;
mod proxy;
mod redirect;
mod resolve;
mod tcp;
mod tls;
mod vigil;
mod watch;
mod wire;

#[cfg(test)]
mod tests;

pub use client::{Client, ClientSettings, USER_AGENT};
pub use proxy::ProxyEnvironment;
