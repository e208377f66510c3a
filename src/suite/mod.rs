//! Suites: YAML and JSON text to test sets.

mod advice;
mod assertions;
mod batches;
mod benchmark;
mod config;
mod content;
pub mod document;
mod generators;
mod import;
pub mod keys;
mod lint;
mod load;
mod merging;
mod reader;
mod retry;
mod runner;
mod runner_level;
mod runner_test;
mod spread;
mod table;
mod test;
#[cfg(test)]
mod tests;
mod yaml11;
mod yaml_words;

pub use runner::{Runner, RunnerError, RunnerRequest, read_runner};

pub use reader::{
    ReadOptions, Review, Suite, SuiteError, SuiteFile, parse_testsets, plain, read_test_file, read_test_text, review,
};
