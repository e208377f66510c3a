//! From arguments to a plan: every suite read and understood before anything is sent.

mod dealing;
mod first_word;
pub mod last_run;
pub mod planning;
pub mod targets;
mod wrong_usage;
