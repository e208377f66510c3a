//! The engines: they work on test sets and report events; they never print and never exit.

mod benchmark;
mod blocks;
mod courier;
mod drift;
#[cfg(test)]
mod egress_tests;
mod ends;
mod evidence;
mod excerpt;
mod exported;
mod giving_up;
mod guarded;
mod hidden;
mod hooks;
mod leak_watch;
mod leaks;
mod load;
mod mock;
mod one_test;
#[cfg(test)]
mod order_tests;
mod polling;
mod previewed;
mod probing;
mod processes;
mod repeated;
mod rounds;
mod sending;
mod session;
mod set_run;
mod sets;
mod shared;
mod suites;
mod teardown;
#[cfg(test)]
mod tests;
mod time_limit;
mod tracing;
mod unset;
mod unset_check;
mod witnessed;

pub use exported::{Exported, Missing, commands};
pub use giving_up::Patience;
pub use one_test::run_test;
pub use processes::{Assignment, Children, ENDED_BY_SIGNAL, GIVE_UP, run_children};
pub use session::Engine;
pub use sets::{run_testsets, suite_limit};
pub use suites::{Limits, after_all, before_all, run_suites};
pub use teardown::TEARDOWN_LIMIT;
pub use time_limit::{LATENESS, TimeLimit, limit_reached, run_limit_reached};
