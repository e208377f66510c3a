//! An HTTP/1.1 server: event loops over many connections, and whoever answers behind one trait.
//!
//! Owns: listening, framing, limits, TLS, answers that come late, in pieces or broken on purpose. Does not: know what is
//! answered (see `mock` and `demo`).

mod answer;
mod call;
mod channel;
mod chunks;
mod connection;
mod event_loop;
mod head;
mod intake;
mod manners;
mod outgoing;
mod reply;
mod server;
mod tls;

pub use answer::{Answer, reason};
pub use call::{Call, query_pairs};
pub use manners::Manners;
pub use reply::{Delivery, Fault, Planned, Reply, Service};
pub use server::{Server, listen};
pub use tls::tls_settings;
