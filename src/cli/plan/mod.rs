//! From arguments to a plan: every suite read and understood before anything is sent.

pub mod planning;
pub mod targets;
