//! Comparators: a question about two values, with Python's answers.
//!
//! Owns: their names, what each means, what Python refuses to compare, the registry.
//! Does not: extract values, word failures.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::added;
use super::tolerance::Tolerance;
use super::types::is_of_type;
use crate::ground::registry::Registry;
use crate::ground::source::did_you_mean;
use crate::ground::value::{self, Value};
use crate::judge::python_regex::Pattern;
use crate::judge::wording::shown;
use crate::variables::context::Context;

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
    StartsWith,
    EndsWith,
    NotContains,
    NotRegex,
    Between,
    CloseTo,
    OneOf,
    IsEmpty,
    SameElements,
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
    ("starts_with", Operation::StartsWith),
    ("ends_with", Operation::EndsWith),
    ("not_contains", Operation::NotContains),
    ("not_regex", Operation::NotRegex),
    ("between", Operation::Between),
    ("close_to", Operation::CloseTo),
    ("one_of", Operation::OneOf),
    ("is_empty", Operation::IsEmpty),
    ("same_elements", Operation::SameElements),
];

#[cfg(test)]
impl Operation {
    const ALL: [Operation; 21] = [
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
        Operation::StartsWith,
        Operation::EndsWith,
        Operation::NotContains,
        Operation::NotRegex,
        Operation::Between,
        Operation::CloseTo,
        Operation::OneOf,
        Operation::IsEmpty,
        Operation::SameElements,
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
            Operation::StartsWith => "the text begins with expected",
            Operation::EndsWith => "the text ends with expected",
            Operation::NotContains => "the value does not hold expected",
            Operation::NotRegex => "Python's re.search does not find expected in the value",
            Operation::Between => "from the first of two values to the second, both included: [1, 5]",
            Operation::CloseTo => "a number no farther from expected than tolerance",
            Operation::OneOf => "the value is one of a list",
            Operation::IsEmpty => "an empty text, list or mapping; needs no expected",
            Operation::SameElements => "the list has the elements of expected, in any order",
        }
    }
}

/// The built-in comparators for people: all names of each, and when it holds.
#[cfg(test)]
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
    "starts_with",
    "ends_with",
    "not_contains",
    "not_regex",
    "between",
    "close_to",
    "one_of",
    "is_empty",
    "same_elements",
];

/// Compares what was extracted with what is expected.
pub type Compare = dyn Fn(&Value, &Value) -> Result<bool, String> + Send + Sync;

/// A comparator under the name that chose it.
#[derive(Clone)]
pub struct Comparator {
    name: String,
    kind: Kind,
    tolerance: Tolerance,
}

#[derive(Clone)]
enum Kind {
    Builtin(Operation, Arc<Pattern>),
    Custom(Arc<Compare>),
}

impl Default for Comparator {
    /// `eq`: what a comparison is when it names no comparator.
    fn default() -> Comparator {
        Comparator {
            name: "eq".to_owned(),
            kind: Kind::Builtin(Operation::Eq, Arc::default()),
            tolerance: Tolerance::Number(0.0),
        }
    }
}

impl Comparator {
    /// The comparator of a name in any case, built-in or registered.
    pub fn by_name(name: &str) -> Option<Comparator> {
        let lower = name.to_lowercase();
        let custom = REGISTERED.get(&lower);
        if let Some((_, operation)) = TABLE.iter().find(|(have, _)| *have == lower && custom.is_none()) {
            return Some(Comparator {
                name: lower,
                kind: Kind::Builtin(*operation, Arc::default()),
                tolerance: Tolerance::Number(0.0),
            });
        }
        Some(Comparator { name: lower, kind: Kind::Custom(custom?), tolerance: Tolerance::Number(0.0) })
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
            Operation::StartsWith => added::texts(extracted, expected).map(|(whole, part)| whole.starts_with(&*part)),
            Operation::EndsWith => added::texts(extracted, expected).map(|(whole, part)| whole.ends_with(&*part)),
            Operation::NotContains => contains(extracted, expected).map(|holds| !holds),
            Operation::NotRegex => {
                pattern.is_found(&expected.to_text(), &extracted.to_text()).map(|is_found| !is_found)
            }
            Operation::Between => {
                let (low, high) = added::bounds(expected)?;
                Ok(order(extracted, ">=", &low, Ordering::is_ge)? && order(extracted, "<=", &high, Ordering::is_le)?)
            }
            Operation::CloseTo => match self.tolerance {
                Tolerance::Number(tolerance) => added::is_close(extracted, expected, tolerance),
                Tolerance::Template(_) => Err("the tolerance is not known".to_owned()),
            },
            Operation::OneOf => Ok(added::list(expected, "expected")?.iter().any(|item| item.py_eq(extracted))),
            Operation::IsEmpty => added::is_empty(extracted).map(|is_empty| is_empty == expected.is_truthy()),
            Operation::SameElements => {
                let (expected, got) = (added::list(expected, "expected")?, added::list(extracted, "the value")?);
                Ok(added::unmatched(&expected, &got).iter().all(Vec::is_empty))
            }
        }
    }

    /// The same with how far a number may be from the expected one.
    pub fn with_tolerance(self, tolerance: Tolerance) -> Comparator {
        Comparator { tolerance, ..self }
    }

    /// The same for a context; nothing where it is the same for all.
    ///
    /// # Errors
    /// The tolerance comes to what is no number, 0 or more.
    pub(super) fn settled(&self, context: &Context) -> Result<Option<Comparator>, String> {
        let settled = self.tolerance.settled(context)?;
        Ok(settled.map(|number| self.clone().with_tolerance(Tolerance::Number(number))))
    }

    /// The template variables that it uses.
    pub(super) fn variables(&self) -> Vec<String> {
        self.tolerance.variables()
    }

    /// Whether it takes a tolerance, and needs it.
    pub fn takes_tolerance(&self) -> bool {
        matches!(self.kind, Kind::Builtin(Operation::CloseTo, _))
    }

    /// What is expected where nothing says so: nothing, for most.
    pub fn expected_by_itself(&self) -> Option<Value> {
        matches!(self.kind, Kind::Builtin(Operation::IsEmpty, _)).then_some(Value::Bool(true))
    }

    /// What an expected value must be, if this one can never be right.
    pub fn needs(&self, expected: &Value) -> Option<&'static str> {
        let Kind::Builtin(operation, _) = &self.kind else { return None };
        let is_list = matches!(expected, Value::List(_));
        match operation {
            Operation::StartsWith | Operation::EndsWith if !is_text(expected) => Some("text in quotes"),
            Operation::Between if added::bounds(expected).is_err() => {
                Some("a list of two values that have an order, the lower one first: [1, 5]")
            }
            Operation::CloseTo if !is_number(expected) || matches!(expected, Value::Bool(_)) => Some("a number"),
            Operation::OneOf | Operation::SameElements if !is_list => Some("a list"),
            Operation::IsEmpty if !matches!(expected, Value::Bool(_)) => Some("true or false, or left out"),
            _ => None,
        }
    }

    /// Why an expected value can be no good for any answer. The mistakes in a pattern of `regex` fail the tests that use
    /// it alone, as in PyRestTest.
    pub fn mistake(&self, expected: &Value) -> Option<String> {
        match &self.kind {
            Kind::Builtin(Operation::NotRegex, pattern) => pattern.check(&expected.to_text()).err(),
            _ => None,
        }
    }

    /// How far a number may be from the expected one, if that is asked.
    pub(super) fn reach(&self) -> Option<f64> {
        match (&self.kind, &self.tolerance) {
            (Kind::Builtin(Operation::CloseTo, _), Tolerance::Number(reach)) => Some(*reach),
            _ => None,
        }
    }

    /// What one list has and the other has not, in words; nothing for other comparators.
    pub(super) fn odd_elements(&self, expected: &Value, extracted: &Value) -> Option<String> {
        let Kind::Builtin(Operation::SameElements, _) = &self.kind else { return None };
        let (expected, got) = (added::list(expected, "").ok()?, added::list(extracted, "").ok()?);
        let [missing, odd] = added::unmatched(&expected, &got);
        let parts = [("missing", missing), ("not expected", odd)];
        let parts = parts.iter().filter(|(_, items)| !items.is_empty());
        let parts = parts.map(|(word, items)| format!("{word}: {}", shown(&Value::List(items.clone()))));
        Some(parts.collect::<Vec<_>>().join("; "))
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
    matches!(value, Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_))
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

/// Those that other code brings.
pub static REGISTERED: Registry<Compare> = Registry::new("comparator");

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
