//! Suites: YAML and JSON text to test sets.

mod assertions;
mod benchmark;
mod config;
mod config_file;
mod content;
pub mod document;
mod fields;
mod generators;
mod import;
pub mod keys;
mod lint;
mod load;
mod merging;
mod on_all_cores;
mod pieces;
mod reader;
mod retry;
mod test;
#[cfg(test)]
mod tests;
mod warnings;
mod yaml11;
mod yaml_errors;

pub use config_file::{RunnerError, RunnerRequest, read_runner};

#[cfg(test)]
pub use reader::Suite;
pub use reader::{ReadOptions, SuiteError, parse_testsets, plain, read_test_file, read_test_text, review};
