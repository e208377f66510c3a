//! The mock server: stubs that answer requests.
//!
//! Owns: stubs and their files, which stub a request is, what is answered, what was asked. Does not: handle connections
//! (see `serve`), print (see `cli`).

mod api;
mod conditions;
mod incoming;
mod journal;
mod maker;
mod matching;
mod near_misses;
mod pairs;
mod passing;
mod path;
mod problem;
mod reading;
mod resource;
mod respond;
mod service;
mod state;
mod stub;
mod variables;

pub use api::Checks;
pub use journal::RequestLog;
pub use passing::{Recorder, Upstream};
pub use reading::{Input, read};
pub use service::{Mock, Options};
pub use stub::Delay;
