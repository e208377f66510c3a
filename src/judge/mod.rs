//! Judging an answer: what is taken from it, what is held against it, the verdict.

mod body;
pub mod contract;
pub mod described;
pub mod extract;
pub mod load_run;
pub mod outcome;
pub mod python_regex;
pub mod tags;
pub mod validate;
pub mod wording;
