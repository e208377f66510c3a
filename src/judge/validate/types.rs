//! The `type` comparator: whether a value is of a named type.
//!
//! Owns: the names and what they hold, as PyRestTest has them. Does not: compare anything else.

use crate::ground::source::did_you_mean;
use crate::ground::value::Value;

/// The type names that `type` knows.
pub const TYPES: &[&str] = &[
    "null",
    "none",
    "number",
    "int",
    "float",
    "boolean",
    "string",
    "array",
    "list",
    "dict",
    "map",
    "scalar",
    "collection",
];

/// Whether `value` is of the type; a boolean is an int, a number and a scalar too, as in Python.
///
/// # Errors
/// There is no type of that name.
pub fn is_of_type(value: &Value, name: &str) -> Result<bool, String> {
    use Value::{Bool, Bytes, Dict, Float, Huge, Int, List, Null, Str};
    let lower = name.to_lowercase();
    Ok(match lower.as_str() {
        "null" | "none" => matches!(value, Null),
        "number" => matches!(value, Bool(_) | Int(_) | Huge(_) | Float(_)),
        "int" => matches!(value, Bool(_) | Int(_) | Huge(_)),
        "float" => matches!(value, Float(_)),
        "boolean" => matches!(value, Bool(_)),
        "string" => matches!(value, Str(_) | Bytes(_)),
        "array" | "list" => matches!(value, List(_)),
        "dict" | "map" => matches!(value, Dict(_)),
        "scalar" => matches!(value, Null | Bool(_) | Int(_) | Huge(_) | Float(_) | Str(_) | Bytes(_)),
        "collection" => matches!(value, List(_) | Dict(_)),
        _ => {
            let hint = did_you_mean(&lower, TYPES.iter().copied());
            let all = TYPES.join(", ");
            return Err(format!("Type {lower} is not a valid type to test against!{hint} (types: {all})"));
        }
    })
}
