//! Comparators: a question about two values, with Python's answers.
//!
//! Owns: their names, what each means, what Python refuses to compare, the registry.
//! Does not: extract values, word failures.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::types::is_of_type;
use crate::ground::registry::Registry;
use crate::ground::source::did_you_mean;
use crate::ground::value::{self, Value};
use crate::judge::python_regex::Pattern;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    CountEq,
    Lt,
    Le,
    Eq,
    StrEq,
    Ne,
    Ge,
    Gt,
    Contains,
    ContainedBy,
    Regex,
    Type,
}

const TABLE: &[(&str, Operation)] = &[
    ("count_eq", Operation::CountEq),
    ("length_eq", Operation::CountEq),
    ("lt", Operation::Lt),
    ("less_than", Operation::Lt),
    ("le", Operation::Le),
    ("less_than_or_equal", Operation::Le),
    ("eq", Operation::Eq),
    ("equals", Operation::Eq),
    ("str_eq", Operation::StrEq),
    ("ne", Operation::Ne),
    ("not_equals", Operation::Ne),
    ("ge", Operation::Ge),
    ("greater_than_or_equal", Operation::Ge),
    ("gt", Operation::Gt),
    ("greater_than", Operation::Gt),
    ("contains", Operation::Contains),
    ("contained_by", Operation::ContainedBy),
    ("regex", Operation::Regex),
    ("type", Operation::Type),
];

impl Operation {
    const ALL: [Operation; 12] = [
        Operation::Eq,
        Operation::Ne,
        Operation::StrEq,
        Operation::Lt,
        Operation::Le,
        Operation::Gt,
        Operation::Ge,
        Operation::Contains,
        Operation::ContainedBy,
        Operation::CountEq,
        Operation::Regex,
        Operation::Type,
    ];

    /// When it holds, for people.
    fn meaning(self) -> &'static str {
        match self {
            Operation::Eq => "equal as in Python: 1 is 1.0 and true, never \"1\"",
            Operation::Ne => "not equal",
            Operation::StrEq => "equal after both are made text",
            Operation::Lt => "less; text and numbers have no order",
            Operation::Le => "less or equal",
            Operation::Gt => "greater",
            Operation::Ge => "greater or equal",
            Operation::Contains => "the value holds expected: part of a text, element of a list, key of a mapping",
            Operation::ContainedBy => "expected holds the value",
            Operation::CountEq => "the value is so long",
            Operation::Regex => "Python's re.search finds expected in the value",
            Operation::Type => "the value is of the type that expected names",
        }
    }
}

/// The built-in comparators for people: all names of each, and when it holds.
pub fn comparator_table() -> Vec<(Vec<&'static str>, &'static str)> {
    let names = |wanted| TABLE.iter().filter(|(_, have)| *have == wanted).map(|(name, _)| *name).collect();
    Operation::ALL.iter().map(|operation| (names(*operation), operation.meaning())).collect()
}

/// The names of the built-in comparators.
pub const COMPARATORS: &[&str] = &[
    "count_eq",
    "length_eq",
    "lt",
    "less_than",
    "le",
    "less_than_or_equal",
    "eq",
    "equals",
    "str_eq",
    "ne",
    "not_equals",
    "ge",
    "greater_than_or_equal",
    "gt",
    "greater_than",
    "contains",
    "contained_by",
    "regex",
    "type",
];

type Compare = dyn Fn(&Value, &Value) -> Result<bool, String> + Send + Sync;

/// A comparator under the name that chose it.
#[derive(Clone)]
pub struct Comparator {
    name: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Builtin(Operation, Arc<Pattern>),
    Custom(Arc<Compare>),
}

impl Default for Comparator {
    /// `eq`: what a comparison is when it names no comparator.
    fn default() -> Comparator {
        Comparator { name: "eq".to_owned(), kind: Kind::Builtin(Operation::Eq, Arc::default()) }
    }
}

impl Comparator {
    /// The comparator of a name in any case, built-in or registered.
    pub fn by_name(name: &str) -> Option<Comparator> {
        let lower = name.to_lowercase();
        if let Some((_, operation)) = TABLE.iter().find(|(have, _)| *have == lower) {
            return Some(Comparator { name: lower, kind: Kind::Builtin(*operation, Arc::default()) });
        }
        let custom = REGISTERED.get(&lower)?;
        Some(Comparator { name: lower, kind: Kind::Custom(custom) })
    }

    /// The name as written, lower-cased.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the extracted value stands to the expected one as the comparator says.
    ///
    /// # Errors
    /// The two cannot be compared in this way; Python's words where Python raises.
    pub fn compare(&self, extracted: &Value, expected: &Value) -> Result<bool, String> {
        let (operation, pattern) = match &self.kind {
            Kind::Builtin(operation, pattern) => (*operation, pattern),
            Kind::Custom(compare) => return compare(extracted, expected),
        };
        match operation {
            Operation::CountEq => Ok(length(extracted).py_eq(expected)),
            Operation::Eq => Ok(extracted.py_eq(expected)),
            Operation::Ne => Ok(!extracted.py_eq(expected)),
            Operation::StrEq => Ok(extracted.to_text() == expected.to_text()),
            Operation::Lt => order(extracted, "<", expected, Ordering::is_lt),
            Operation::Le => order(extracted, "<=", expected, Ordering::is_le),
            Operation::Ge => order(extracted, ">=", expected, Ordering::is_ge),
            Operation::Gt => order(extracted, ">", expected, Ordering::is_gt),
            Operation::Contains => contains(extracted, expected),
            Operation::ContainedBy => contains(expected, extracted),
            Operation::Regex => pattern.is_found(&expected.to_text(), &extracted.to_text()),
            Operation::Type => match expected {
                Value::Str(name) => is_of_type(extracted, name),
                Value::Null => Err("the type to test against is null; quote it: expected: 'null'".to_owned()),
                other => Err(format!("the type to test against must be text, not {}", other.type_name())),
            },
        }
    }

    /// Whether this asks for equality, which is where people mix up `42` and `"42"`.
    pub(super) fn is_equality(&self) -> bool {
        matches!(self.kind, Kind::Builtin(Operation::Eq, _))
    }

    /// Whether this asks for equality of what both sides are as text.
    pub(super) fn is_text_equality(&self) -> bool {
        matches!(self.kind, Kind::Builtin(Operation::StrEq, _))
    }

    /// Whether this compares a length.
    pub(super) fn is_count(&self) -> bool {
        matches!(self.kind, Kind::Builtin(Operation::CountEq, _))
    }
}

impl fmt::Debug for Comparator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Comparator({})", self.name)
    }
}

/// The length, or -1 where there is none.
pub(super) fn length(value: &Value) -> Value {
    Value::Int(value.length().map_or(-1, |length| length as i128))
}

fn order(left: &Value, sign: &str, right: &Value, holds: fn(Ordering) -> bool) -> Result<bool, String> {
    match left.py_cmp(right) {
        Ok(order) => Ok(order.is_some_and(holds)),
        Err(types) => {
            let hint = if is_number(left) != is_number(right) && (is_text(left) || is_text(right)) {
                "; text and numbers have no order (a template always yields text)"
            } else {
                ""
            };
            Err(format!("'{sign}' not supported between instances of '{}' and '{}'{hint}", types.left, types.right))
        }
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Float(_))
}

fn is_text(value: &Value) -> bool {
    matches!(value, Value::Str(_) | Value::Bytes(_))
}

/// Python's `part in whole`, where an empty or null whole contains nothing.
fn contains(whole: &Value, part: &Value) -> Result<bool, String> {
    if !whole.is_truthy() {
        return Ok(false);
    }
    match (whole, part) {
        (Value::Str(whole), Value::Str(part)) => Ok(whole.contains(part.as_str())),
        (Value::Str(whole), Value::Bytes(part)) => Ok(whole.contains(&*value::decode(part))),
        (Value::Bytes(whole), Value::Str(part)) => Ok(contains_bytes(whole, part.as_bytes())),
        (Value::Bytes(whole), Value::Bytes(part)) => Ok(contains_bytes(whole, part)),
        (Value::Str(_) | Value::Bytes(_), other) => {
            Err(format!("'in <string>' requires string as left operand, not {}", other.type_name()))
        }
        (Value::List(items), _) => Ok(items.iter().any(|item| item.py_eq(part))),
        (Value::Dict(_), Value::List(_) | Value::Dict(_)) => Err(format!("unhashable type: '{}'", part.type_name())),
        (Value::Dict(dict), _) => Ok(dict.get_value(part).is_some()),
        (other, _) => Err(format!("argument of type '{}' is not iterable", other.type_name())),
    }
}

fn contains_bytes(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

static REGISTERED: Registry<Compare> = Registry::new("comparator");

/// Adds a comparator for all suites that are read from now on; its name is taken in lower case.
///
/// # Errors
/// The name is taken.
pub fn register_comparator(
    name: &str,
    compare: impl Fn(&Value, &Value) -> Result<bool, String> + Send + Sync + 'static,
) -> Result<(), String> {
    REGISTERED.add(&name.to_lowercase(), COMPARATORS, Arc::new(compare))
}

/// All names, built-in and registered.
pub fn comparator_names() -> Vec<String> {
    REGISTERED.names_after(COMPARATORS)
}

impl Comparator {
    /// `unknown comparator "contians"; did you mean "contains"?`
    pub fn unknown(name: &str) -> String {
        let names = comparator_names();
        format!("unknown comparator \"{name}\"{}", did_you_mean(name, names.iter().map(String::as_str)))
    }
}

#[cfg(test)]
mod tests;
