//! Generators: endless sources of values for variables.

use crate::value::Value;

/// A source of values; safe to step from several threads, each value is handed out once.
#[derive(Debug)]
pub struct Generator {}

impl Generator {
    /// The next value.
    pub fn next(&self) -> Value {
        Value::Null
    }
}
