//! What a send came to, as far as retries look at it.

use crate::exchange::request::ErrorKind;

/// The statuses that are tried again unless a suite lists others.
pub const RETRY_STATUSES: [u16; 4] = [500, 502, 503, 504];

/// What one send came to.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// An answer with this status and these headers.
    Status(u16, &'a [(String, String)]),
    /// No answer.
    Error(ErrorKind),
}
