//! A table: its columns and its rows, how many it may have, and what is wrong with its columns.

use std::path::PathBuf;

use crate::ground::source::{Fault, Position, Source};
use crate::ground::value::Value;
use crate::suite::document::Entry;
use crate::test::row::Column;

/// A test may have so many rows.
pub const MOST_ROWS: usize = 100_000;

/// Rows with their columns.
#[derive(Debug, Default)]
pub struct Table {
    /// The columns of all rows, in the order in which they come up.
    pub columns: Vec<Column>,
    /// A value for each column; none where the row does not have it.
    pub rows: Vec<Vec<Option<Value>>>,
    /// Where it comes from, with the digest of the text, if it is a file.
    pub file: Option<(PathBuf, u64)>,
}

/// What is wrong with a table that is too long.
pub fn too_many(source: &Source, at: Position) -> Fault {
    Fault::new(source.location(at), format!("has more than {MOST_ROWS} rows, which is the most that data may have"))
}

/// What is wrong with a column whose name YAML takes for something else: plain `on` and `no` are booleans.
pub fn no_word(entry: &Entry) -> Option<String> {
    let taken_for = match entry.typed_key.as_deref() {
        Some(Value::Bool(true)) => "true",
        Some(Value::Bool(false)) => "false",
        Some(Value::Null) => "null",
        _ => return None,
    };
    Some(format!("YAML takes the name of this column for {taken_for}; put it in quotes"))
}

/// What is wrong with two columns of one variable.
pub fn told_twice(one: &Column, other: &Column) -> String {
    if one.name == other.name {
        return format!("column \"{}\" is there twice", other.name);
    }
    format!("columns \"{}\" and \"{}\" would both be ${}; rename one", one.name, other.name, other.variable)
}
