//! Validators: what a response must be like.
//!
//! Owns: comparators, existence tests, JSON schemas, those that other code registers, and the words
//! of a failure. Does not: read a suite's keys, decide which tests run, print.

mod comparator;
mod idle;
mod python_regex;
mod schema;
mod test;
mod types;
mod validator;
mod wording;

pub use comparator::{COMPARATORS, Comparator, comparator_names, comparator_table, register_comparator};
pub use schema::{JsonSchema, ParseSchema, SchemaSource};
pub use test::{TESTS, ValueTest, register_test, test_names};
pub use types::TYPES;
pub use validator::{
    Expected, Rejection, VALIDATORS, Validate, Validator, register_validator, registered_validator, validator_names,
};
