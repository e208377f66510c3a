//! What a set of tests remembers of where its secrets belong.
//!
//! Owns: the data. Does not: look for leaks (see `leaks`).

use std::collections::{HashMap, HashSet};

/// What is known of where secrets belong.
#[derive(Default)]
pub(super) struct LeakWatch {
    /// Whether an answer brought a secret that nobody knew.
    pub(super) has_learned: bool,
    /// By value: the origin that it was sent to first, or that it came from.
    pub(super) homes: HashMap<String, String>,
    /// Values that came with answers: these may come again from there.
    pub(super) minted: HashSet<String>,
    /// What has been said.
    pub(super) told: HashSet<String>,
}
