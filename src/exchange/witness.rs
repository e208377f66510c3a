//! Who hears of exchanges once it is known what in them is secret.
//!
//! Owns: what is told, the seam that whoever records stands behind. Does not: record (see `recording`).

use std::fmt::Debug;

use crate::exchange::request::{ErrorKind, Request};
use crate::exchange::response::Response;
use crate::secrets::Secrets;

/// An exchange of a functional test.
#[derive(Debug)]
pub struct Seen {
    /// What was sent.
    pub request: Request,
    /// What was answered; empty where nothing was.
    pub response: Response,
    /// Why nothing was answered.
    pub lost: Option<ErrorKind>,
    /// Whether the request was sent again because of the answer.
    pub retried: bool,
}

/// Hears of every exchange of functional tests, in order.
pub trait Witness: Debug + Send + Sync {
    /// An exchange was made; `known` and `own` are secret in it.
    fn saw(&self, seen: &Seen, known: &Secrets, own: &Secrets);

    /// Another process that hears of them for the same run has lost some, and has said why.
    fn lost(&self);
}
