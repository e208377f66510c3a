//! A field of an answer: which types it has, whether it is always there, what is in it.
//!
//! Owns: the data, the names of types. Does not: infer it (see `infer`).

use std::collections::BTreeMap;

use super::operation::{ANY, generalised};
use crate::ground::value::Value;

/// A set of values has so many at most.
pub const MOST_VALUES: usize = 8;

/// An object with more names than these has names that are data.
const MOST_NAMES: usize = 200;

/// A field, or the body as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Field {
    /// What it may be.
    pub types: Types,
    /// Whether it may be missing.
    pub is_optional: bool,
    /// The texts that it has, where these are few.
    pub values: Vec<String>,
    /// The members of objects; `{}` stands for all names that look like ids.
    pub members: BTreeMap<String, Field>,
    /// The items of lists, if there were any.
    pub items: Option<Box<Field>>,
}

impl Field {
    /// The field that a member belongs to.
    pub fn member(&self, name: &str) -> Option<(&str, &Field)> {
        let known = |name: &str| self.members.get_key_value(name).map(|(name, field)| (name.as_str(), field));
        known(name).or_else(|| known(ANY))
    }
}

/// The name under which a member is kept, beside so many others.
pub(super) fn name_of(name: &str, count: usize) -> &str {
    if count >= MOST_NAMES { ANY } else { generalised(name) }
}

/// A set of types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Types(u16);

/// Their names: JSON's, and what a body may be that is no JSON.
const NAMES: [&str; 9] = ["object", "array", "string", "integer", "number", "boolean", "null", "empty", "text"];

impl Types {
    /// Null.
    pub const NULL: Types = Types(1 << 6);
    /// A body without a byte.
    pub const EMPTY: Types = Types(1 << 7);
    /// A body that is no JSON.
    pub const TEXT: Types = Types(1 << 8);
    const INTEGER: Types = Types(1 << 3);
    const NUMBER: Types = Types(1 << 4);

    /// All names.
    pub const NAMES: &'static [&'static str] = &NAMES;

    /// The type of a value.
    pub fn of(value: &Value) -> Types {
        Types(match value {
            Value::Dict(_) => 1,
            Value::List(_) => 1 << 1,
            Value::Str(_) | Value::Bytes(_) | Value::Date(_) => 1 << 2,
            Value::Int(_) | Value::Huge(_) => 1 << 3,
            Value::Float(_) => 1 << 4,
            Value::Bool(_) => 1 << 5,
            Value::Null => 1 << 6,
        })
    }

    /// The type of a name.
    pub fn named(name: &str) -> Option<Types> {
        NAMES.iter().position(|known| *known == name).map(|at| Types(1 << at))
    }

    /// Both; a number may be an integer.
    #[must_use]
    pub fn with(self, other: Types) -> Types {
        let both = Types(self.0 | other.0);
        if both.has(Types::NUMBER) { Types(both.0 & !Types::INTEGER.0) } else { both }
    }

    /// Without these.
    #[must_use]
    pub fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    /// Whether all of these are among them.
    pub fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether a value of this type may be here: every integer is a number, and `1.0` may be written as `1`.
    pub fn take(self, other: Types, value: Option<&Value>) -> bool {
        let is_whole = matches!(value, Some(Value::Float(number)) if number.fract() == 0.0);
        self.has(other)
            || (other == Types::INTEGER && self.has(Types::NUMBER))
            || (is_whole && self.has(Types::INTEGER))
    }

    /// Whether nothing is known.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Their names.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| *name)
    }

    /// Their names for people: `string or null`.
    pub fn shown(self) -> String {
        self.names().collect::<Vec<_>>().join(" or ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_names_and_numbers_take_integers() {
        for name in Types::NAMES {
            assert_eq!(Types::named(name).unwrap().shown(), *name);
        }
        assert_eq!(Types::named("str"), None);
        let (int, float, whole) = (Value::Int(1), Value::Float(1.5), Value::Float(2.0));
        let [integer, number] = [&int, &float].map(Types::of);
        assert_eq!(integer.with(number), number);
        assert!(number.take(integer, Some(&int)));
        assert!(!integer.take(number, Some(&float)));
        assert!(integer.take(number, Some(&whole)));
        assert_eq!(integer.with(Types::NULL).shown(), "integer or null");
    }
}
