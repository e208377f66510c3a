//! Retries: the decision as a pure function, and the loop that acts on it.

mod decision;

pub use decision::*;
