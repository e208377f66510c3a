//! Suites: YAML and JSON text to test sets.

mod assertions;
mod benchmark;
mod body;
mod comparison;
mod config;
mod config_file;
mod content;
mod cookies;
pub mod document;
mod extractors;
mod faults;
mod fields;
mod files;
mod generators;
mod import;
pub mod keys;
mod lint;
mod load;
pub mod measures;
mod needs;
mod on_all_cores;
mod order;
mod reader;
mod retry;
mod sets;
mod stages;
mod test;
#[cfg(test)]
mod tests;
mod warnings;

pub use config_file::{RunnerError, RunnerRequest, read_reporting, read_runner};

pub use crate::ground::source::plain;
pub use files::{STDIN, STDIN_NAME, SuiteError, read_test_file, read_test_text};
pub use reader::ReadOptions;
#[cfg(test)]
pub use sets::Suite;
pub use sets::{parse_testsets, review};
