//! The runner configuration: a JSON or YAML file with environments, suites and hooks.

mod entry;
mod file;
mod level;
mod strict;

pub use file::*;
