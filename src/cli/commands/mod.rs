//! A file a command.

pub mod child;
pub mod convert;
pub mod demo;
pub mod drift;
pub mod explain;
pub mod export;
pub mod help;
pub mod init;
pub mod lint;
pub mod list;
pub mod merge;
pub mod mock;
pub mod mutate;
pub mod new_file;
pub mod recheck;
pub mod request;
mod unpacked;
mod verified;
pub mod watch;
