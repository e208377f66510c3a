//! Suites: YAML and JSON text to test sets.

mod about;
pub mod assertions;
pub mod auth;
mod benchmark;
pub mod body;
mod common;
mod comparison;
mod config;
mod config_file;
mod connected;
mod content;
mod cookies;
mod curl_auth;
mod curl_option;
mod defaults;
pub mod document;
pub mod extractors;
pub mod faults;
pub mod fields;
mod files;
pub mod generators;
pub mod guards;
pub mod headers;
mod import;
pub mod keys;
mod lint;
mod load;
pub mod measures;
pub mod mock;
mod needed_files;
mod needs;
mod on_all_cores;
mod openapi;
mod order;
mod policies;
mod poll;
pub mod reader;
mod retry;
mod retry_values;
mod rows;
mod secrets;
mod sets;
mod sharing;
mod stages;
mod tags;
mod test;
#[cfg(test)]
mod tests;
mod warnings;
pub mod yaml_text;

pub use config_file::{Beginning, RunnerError, RunnerRequest, read_reporting, read_runner};

pub use crate::ground::source::plain;
pub use connected::connected;
pub use faults::add_excerpts;
pub use files::{STDIN, STDIN_NAME, SuiteError, SuiteFile, read_test_file, read_test_text, read_text_file, understand};
pub use needed_files::{HandedOn, parse_testsets, settle};
pub use reader::ReadOptions;
pub use retry_values::RETRIED_ERRORS;
#[cfg(test)]
pub use sets::Suite;
pub use sets::{Review, in_order, parse_alone, review};
