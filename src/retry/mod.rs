//! Retries: the decision as a pure function, and the loop that acts on it.

mod attempts;
mod decision;

pub use attempts::*;
pub use decision::*;
