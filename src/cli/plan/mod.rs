//! From arguments to a plan: every suite read and understood before anything is sent.

mod first_word;
pub mod last_run;
pub mod planning;
pub mod targets;
