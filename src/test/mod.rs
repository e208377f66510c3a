//! Tests and benchmarks as data: one, a set of them, a planned suite, and the choice among them.

pub mod benchmark;
pub mod definition;
pub mod headers;
pub mod inherited;
pub mod mock;
pub mod needed;
pub mod order;
pub mod planned_suite;
pub mod planned_test;
pub mod poll;
pub mod privacy;
mod repeated;
pub mod rerun;
pub mod row;
mod secret_variables;
pub mod selection;
pub mod set;
pub mod sharing;
mod unset;
