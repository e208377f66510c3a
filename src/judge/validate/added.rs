//! Comparators that PyRestTest does not have: what they need of both sides, and what holds.
//!
//! Does not: know their names (see `comparator`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

use crate::ground::value::{Value, decode};
use crate::judge::wording::written_json;

/// Both sides as texts.
pub fn texts<'v>(whole: &'v Value, part: &'v Value) -> Result<(Cow<'v, str>, Cow<'v, str>), String> {
    Ok((text(whole, "the value")?, text(part, "expected")?))
}

fn text<'v>(value: &'v Value, what: &str) -> Result<Cow<'v, str>, String> {
    match value {
        Value::Str(text) => Ok(text.into()),
        Value::Bytes(bytes) => Ok(decode(bytes)),
        other => Err(format!("{what} must be text, not {}", named(other))),
    }
}

/// A list, or the list that a text is: a template always yields text.
pub fn list<'v>(value: &'v Value, what: &str) -> Result<Cow<'v, [Value]>, String> {
    match value {
        Value::List(items) => Ok(items.into()),
        Value::Str(text) => match written_json(text) {
            Some(Value::List(items)) => Ok(items.into()),
            _ => Err(format!("{what} must be a list, not text")),
        },
        other => Err(format!("{what} must be a list, not {}", named(other))),
    }
}

/// Two bounds, the lower one first.
pub fn bounds(expected: &Value) -> Result<(Value, Value), String> {
    let items = list(expected, "expected")?;
    let [low, high] = &*items else {
        return Err(format!("expected must be [low, high], not a list of {}", items.len()));
    };
    match low.py_cmp(high) {
        Ok(Some(Ordering::Greater)) => Err("expected must be [low, high], with the lower one first".to_owned()),
        Ok(Some(_)) => Ok((low.clone(), high.clone())),
        _ => Err("expected must be [low, high], two values that have an order".to_owned()),
    }
}

/// Whether a number is no farther from another than that. What a template yields is text: it may be a number, too.
pub fn is_close(value: &Value, expected: &Value, tolerance: f64) -> Result<bool, String> {
    let number = |value: &Value, what: &str| {
        value.to_float().ok_or_else(|| format!("{what} must be a number, not {}", named(value)))
    };
    let written = expected.as_str().and_then(|text| text.trim().parse::<f64>().ok());
    let expected = match written {
        Some(number) => number,
        None => number(expected, "expected")?,
    };
    let value = number(value, "the value")?;
    // 0.1 + 0.2 is within 0.1 of 0.2, whatever the last bit says.
    let slack = f64::EPSILON * value.abs().max(expected.abs());
    Ok(value == expected || (value - expected).abs() <= tolerance + slack)
}

/// Whether there is nothing in it.
pub fn is_empty(value: &Value) -> Result<bool, String> {
    match value.length() {
        Some(length) => Ok(length == 0),
        None => Err(format!("{} is neither empty nor full; not_exists tests for null", named(value))),
    }
}

/// What the first list has and the second has not, and the other way round; order does not count.
pub fn unmatched(expected: &[Value], got: &[Value]) -> [Vec<Value>; 2] {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for item in got {
        *counts.entry(identity(item)).or_default() += 1;
    }
    let mut take = |item: &&Value| match counts.get_mut(&identity(item)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let missing: Vec<Value> = expected.iter().filter(|item| take(item)).cloned().collect();
    // The last ones of those that are too many are the odd ones.
    let mut odd: Vec<Value> = got
        .iter()
        .rev()
        .filter(|item| match counts.get_mut(&identity(item)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .cloned()
        .collect();
    odd.reverse();
    [missing, odd]
}

/// A text that two values share exactly if Python finds them equal.
fn identity(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let parts: Vec<String> = items.iter().map(|item| format!("{:?}", identity(item))).collect();
            format!("l[{}]", parts.join(","))
        }
        Value::Dict(dict) => {
            let mut parts: Vec<String> =
                dict.iter().map(|(key, value)| format!("{:?}:{:?}", key.identity(), identity(value))).collect();
            parts.sort_unstable();
            format!("d{{{}}}", parts.join(","))
        }
        Value::Bytes(bytes) => format!("s{}", decode(bytes)),
        other => other.identity(),
    }
}

fn named(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => "a number",
        Value::Str(_) | Value::Bytes(_) => "text",
        Value::Date(_) => "a date",
        Value::List(_) => "a list",
        Value::Dict(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;
    use crate::judge::validate::Comparator;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn they_hold_as_their_names_say() {
        for (name, got, expected, holds) in [
            ("starts_with", "\"abc\"", "\"ab\"", "yes"),
            ("starts_with", "\"abc\"", "\"b\"", "no"),
            ("starts_with", "5", "\"5\"", "the value must be text, not a number"),
            ("ends_with", "\"abc\"", "\"bc\"", "yes"),
            ("ends_with", "\"abc\"", "\"ab\"", "no"),
            ("not_contains", "[1, 2]", "3", "yes"),
            ("not_contains", "[1, 2]", "2.0", "no"),
            ("not_contains", "\"abc\"", "\"b\"", "no"),
            ("not_regex", "\"abc\"", "\"^b\"", "yes"),
            ("not_regex", "\"abc\"", "\"^a\"", "no"),
            ("between", "1", "[1, 5]", "yes"),
            ("between", "5.0", "[1, 5]", "yes"),
            ("between", "5.1", "[1, 5]", "no"),
            ("between", "0", "[1, 5]", "no"),
            ("between", "\"b\"", "[\"a\", \"c\"]", "yes"),
            ("between", "3", "\"[1, 5]\"", "yes"),
            ("between", "3", "[5, 1]", "expected must be [low, high], with the lower one first"),
            ("between", "3", "[1]", "expected must be [low, high], not a list of 1"),
            ("close_to", "3.2", "3.1", "yes"),
            ("close_to", "3", "3.05", "yes"),
            ("close_to", "3.3", "3.1", "no"),
            ("close_to", "3.1", "\"3.0\"", "yes"),
            ("close_to", "\"3.1\"", "3", "the value must be a number, not text"),
            ("one_of", "2", "[1, 2]", "yes"),
            ("one_of", "\"2\"", "[1, 2]", "no"),
            ("one_of", "2", "2", "expected must be a list, not a number"),
            ("is_empty", "[]", "true", "yes"),
            ("is_empty", "\"\"", "true", "yes"),
            ("is_empty", "{}", "true", "yes"),
            ("is_empty", "[0]", "true", "no"),
            ("is_empty", "[0]", "false", "yes"),
            ("is_empty", "null", "true", "null is neither empty nor full; not_exists tests for null"),
            ("same_elements", "[1, 2, 2]", "[2, 1.0, 2]", "yes"),
            ("same_elements", "[1, 2]", "[2, 1, 2]", "no"),
            ("same_elements", "[1, 2, 2]", "[2, 1]", "no"),
            ("same_elements", "[{\"a\": 1, \"b\": [2]}]", "[{\"b\": [2.0], \"a\": 1}]", "yes"),
            ("same_elements", "[[\"1\"]]", "[[1]]", "no"),
        ] {
            let comparator =
                Comparator::by_name(name).unwrap().with_tolerance(crate::judge::validate::Tolerance::Number(0.1));
            let found = match comparator.compare(&value(got), &value(expected)) {
                Ok(true) => "yes".to_owned(),
                Ok(false) => "no".to_owned(),
                Err(reason) => reason,
            };
            assert!(found.starts_with(holds), "{name} {got} {expected}: {found}");
        }
    }

    #[test]
    fn odd_elements_are_named() {
        let comparator = Comparator::by_name("same_elements").unwrap();
        let odd = |expected, got| comparator.odd_elements(&value(expected), &value(got)).unwrap();
        assert_eq!(odd("[1, 2]", "[2, 3, 3]"), "missing: [1]; not expected: [3, 3]");
        assert_eq!(odd("[1, 1]", "[1]"), "missing: [1]");
    }
}
