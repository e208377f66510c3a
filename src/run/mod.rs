//! The engines: they work on test sets and tell events; they never print and never exit.

mod attempt;
mod benchmark;
mod functional;
mod load;
mod thresholds;

pub use functional::{Engine, run_test, run_testsets};
