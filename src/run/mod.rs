//! The engines: they work on test sets and tell events; they never print and never exit.

mod attempt;
mod benchmark;
mod disclosure;
mod functional;
mod hooks;
mod load;
mod processes;
mod suites;
mod thresholds;

pub use functional::{Engine, run_test, run_testsets};
pub use processes::{Assignment, Children, run_children};
pub use suites::{after_all, before_all, run_suites};
