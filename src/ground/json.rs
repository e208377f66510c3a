//! JSON text to a `Value`, and a `Value` to JSON text.
//!
//! Owns: which way to read it, the error's place in the text, the way to and from serde_json.
//! Does not: keep positions of values (see `suite::document`), know what Python takes besides (see `python_json`).

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::ground::python_json;
use crate::ground::value::{Dict, Value};

/// Reads JSON.
///
/// # Errors
/// A fragment such as `expected value at line 1 column 1`.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if has_long_number(text.as_bytes()) {
        return python_json::read(text, &mut python_json::Values).map_err(|wrong| wrong.told(text));
    }
    let error = match serde_json::from_str::<Plain>(text) {
        Ok(value) => return Ok(value.0),
        Err(error) => error,
    };
    // Python takes more than the standard allows.
    python_json::read(text, &mut python_json::Values).map_err(|wrong| {
        let place = (wrong.line(text), wrong.column(text));
        if place > (error.line(), error.column() + 1) { wrong.told(text) } else { error.to_string() }
    })
}

/// Digits that do not fit 64 bits, which serde_json would turn into a float.
fn has_long_number(bytes: &[u8]) -> bool {
    let mut run = 0;
    bytes.iter().any(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run > 18
    })
}

struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Plain;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Plain, E> {
                Ok(Plain(Value::Null))
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Plain, E> {
                Ok(Plain(Value::Bool(flag)))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Plain, E> {
                Ok(Plain(Value::Int(number.into())))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Plain, E> {
                Ok(Plain(Value::Int(number.into())))
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Plain, E> {
                // `-0` is an integer, which serde_json gives as a float.
                if number == 0.0 && number.is_sign_negative() {
                    return Err(E::custom("a negative zero"));
                }
                Ok(Plain(Value::Float(number)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
                Ok(Plain(Value::Str(text.to_owned())))
            }
            fn visit_string<E>(self, text: String) -> Result<Plain, E> {
                Ok(Plain(Value::Str(text)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Plain, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<Plain>()? {
                    items.push(item.0);
                }
                Ok(Plain(Value::List(items)))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Plain, A::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Plain>()? {
                    pairs.push((Value::Str(key), value.0));
                }
                Ok(Plain(Value::Dict(Dict::from_pairs(pairs))))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// A value as serde_json has it: what jsonschema and jmespath take. Integers beyond 64 bits become
/// floats, NaN and infinities null, dates and bytes text, keys text.
pub fn to_serde(value: &Value) -> serde_json::Value {
    use serde_json::{Number, Value as Json};
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
            (Ok(number), _) => Json::Number(number.into()),
            (_, Ok(number)) => Json::Number(number.into()),
            _ => Number::from_f64(*number as f64).map_or(Json::Null, Json::Number),
        },
        // What JSON has no number for stays one: the infinite is the largest there is, and what is no number is none
        // of what it is asked for.
        Value::Huge(_) | Value::Float(_) => {
            let number = value.to_float().map_or(0.0, |number| if number.is_nan() { 0.0 } else { number });
            Number::from_f64(number.clamp(f64::MIN, f64::MAX)).map_or(Json::Null, Json::Number)
        }
        Value::Str(_) | Value::Bytes(_) | Value::Date(_) => Json::String(value.to_text()),
        Value::List(items) => Json::Array(items.iter().map(to_serde).collect()),
        Value::Dict(dict) => Json::Object(dict.iter().map(|(key, value)| (key.to_text(), to_serde(value))).collect()),
    }
}

/// A value as serde_json has it, and whether that is all of it.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The value.
    pub json: serde_json::Value,
    /// Whether the way back gives the same value: no integer is beyond 64 bits, no number is infinite.
    pub is_exact: bool,
}

impl Tree {
    /// Made of this value.
    pub fn of(value: &Value) -> Tree {
        Tree { json: to_serde(value), is_exact: fits_serde(value) }
    }
}

fn fits_serde(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Str(_) => true,
        Value::Int(number) => i64::try_from(*number).is_ok() || u64::try_from(*number).is_ok(),
        Value::Float(number) => number.is_finite(),
        Value::Bytes(_) | Value::Date(_) | Value::Huge(_) => false,
        Value::List(items) => items.iter().all(fits_serde),
        Value::Dict(dict) => dict.iter().all(|(key, value)| matches!(key, Value::Str(_)) && fits_serde(value)),
    }
}

/// The way back from serde_json.
pub fn from_serde(json: &serde_json::Value) -> Value {
    use serde_json::Value as Json;
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::Int(number.into()),
            (_, Some(number)) => Value::Int(number.into()),
            _ => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Value::Str(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(from_serde).collect()),
        Json::Object(map) => {
            Value::Dict(map.iter().map(|(key, value)| (Value::Str(key.clone()), from_serde(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_types_become_pythons() {
        let value = parse(br#"{"b": true, "i": 1, "f": 1.0, "e": 1e3, "n": null, "a": [1, 2], "i": 2}"#).unwrap();
        assert_eq!(value.to_text(), "{'b': True, 'i': 2, 'f': 1.0, 'e': 1000.0, 'n': None, 'a': [1, 2]}");
    }

    #[test]
    fn integers_of_any_size_stay_exact() {
        let value = parse(br#" {"big": 12345678901234567890123, "neg": [-98765432109876543210], "f": 1.5} "#).unwrap();
        assert_eq!(value.to_text(), "{'big': 12345678901234567890123, 'neg': [-98765432109876543210], 'f': 1.5}");
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "{\"a\": 1,", "<html>", "[1] 2", "{\"a\": 1234567890123456789012"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(&[0xff]).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn what_python_takes_is_taken() {
        for (text, value) in [
            (
                r#"{"a": NaN, "b": [-Infinity, 1e400], "c": -0, "d": -0.0}"#,
                "{'a': nan, 'b': [-inf, inf], 'c': 0, 'd': -0.0}",
            ),
            (r#"["\ud800", 12345678901234567890123]"#, "['\u{fffd}', 12345678901234567890123]"),
        ] {
            assert_eq!(parse(text.as_bytes()).unwrap().repr(), value, "{text}");
        }
        let deep = format!("{}1{}", "[".repeat(1_000), "]".repeat(1_000));
        assert!(parse(deep.as_bytes()).is_ok());
        assert!(parse(format!("[{deep}]").as_bytes()).unwrap_err().contains("recursion limit exceeded"));
        assert_eq!(parse(b"[NaN, x]").unwrap_err(), "expected value at line 1 column 7");
        assert_eq!(parse(b"[1,]").unwrap_err(), "trailing comma at line 1 column 4");
    }
}
