//! The engines: they work on test sets and tell events; they never print and never exit.

mod benchmark;
mod functional;

pub use functional::{DEFAULT_TIMEOUT, Engine, run_test, run_testsets};
