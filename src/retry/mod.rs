//! Retries: the decision as a pure function, the loop that acts on it, and what outlives a request.

mod answer;
mod attempts;
mod breaker;
mod budget;
mod circuit;
mod decision;
mod guards;
mod jitter;
mod policies;
mod rate_limit;
mod retry_after;
#[cfg(test)]
mod vector_tests;

pub use answer::*;
pub use attempts::*;
pub use breaker::*;
pub use budget::*;
pub use circuit::*;
pub use decision::*;
pub use guards::*;
pub use jitter::*;
pub use policies::*;
pub use rate_limit::*;
pub use retry_after::retry_after;
