//! Traces: the ids of a run's spans, what a request carries of them, what is known of every send.
//!
//! Owns: `traceparent`, how ids follow from the run, where they may go. Does not: write spans (see `record::spans`), send
//! anything.

mod parent;
mod run;
mod sends;

pub use parent::Parent;
pub use run::{Propagate, RunTrace, SuiteTrace, TracePer};
pub use sends::{Carried, MOST_SENDS, Role, Sent, Trace};

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// A number that follows from a run, words and a number: in every process of the run the same, and never 0.
fn derived(run: u128, words: &str, number: u64) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, run, words, number).hash(&mut hasher);
        u128::from(hasher.finish().max(1))
    };
    half(0) << 64 | half(1)
}
