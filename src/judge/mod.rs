//! Judging an answer: what is taken from it, what is held against it, the verdict.

pub mod extract;
pub mod outcome;
pub mod validate;
mod wording;
