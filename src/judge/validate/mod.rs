//! Validators: what a response must be like.
//!
//! Owns: comparators, existence tests, JSON schemas, those that other code registers, and the words
//! of a failure. Does not: read a suite's keys, decide which tests run, print.

mod added;
mod claim;
mod comparator;
mod condition;
mod described;
mod difference;
mod json_equals;
mod json_walk;
mod schema;
mod snapshot;
mod tolerance;
mod types;
mod vacuous;
mod validator;
mod value_test;

#[cfg(test)]
pub use comparator::comparator_table;
pub use comparator::{COMPARATORS, Comparator, REGISTERED as COMPARATORS_OF_OTHERS};
pub use comparator::{comparator_names, register_comparator};
pub use json_equals::{ExpectedJson, JsonEquals, Leniency};
pub use schema::{JsonSchema, SchemaSource};
pub(in crate::judge) use schema::{SchemaFailure, compile_newest, violations};
pub use snapshot::{Keeper, Snapshot};
pub use tolerance::Tolerance;
#[cfg(test)]
pub use types::TYPES;
pub use validator::VALIDATORS;
pub use validator::{Expected, REGISTERED as VALIDATORS_OF_OTHERS, Rejection, Validate, Validator};
pub use validator::{register_validator, registered_validator, validator_names};
pub use value_test::{REGISTERED as TESTS_OF_OTHERS, TESTS, ValueTest, register_test, test_names};
