//! From arguments to a plan: every suite read and understood before anything is sent.

pub mod choosing;
mod dealing;
pub mod extensions;
mod first_word;
pub mod last_run;
pub mod origins;
pub mod planned;
pub mod planning;
pub mod targets;
mod wrong_usage;
