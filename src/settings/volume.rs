//! How much load a run makes.
//!
//! Owns: the data, what several layers can set. Does not: know what is sent (see `load`).

use std::time::Duration;

/// How much load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Volume {
    /// So many requests.
    Requests(u64),
    /// As many as start in this time.
    Duration(Duration),
}
