//! `resttest mutate`: whether tests notice when an answer is another one.
//!
//! Owns: what is changed of an answer, which tests passed all the same, the score, both reports. Does not: run or judge
//! tests (see `run`), read recordings (see `recording`).

mod mutants;
mod nodes;
mod report;
mod survey;

pub use report::{score, text, to_json};
pub use survey::Survey;
