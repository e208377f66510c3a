//! A file a command.

pub mod child;
pub mod demo;
pub mod explain;
pub mod help;
pub mod lint;
pub mod list;
pub mod merge;
