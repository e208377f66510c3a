//! A `Value` as compact JSON, as Python's `json.dumps` reads it: integers of any size, keys as text.
//!
//! Owns: the writing, and what JSON has no form for. Does not: read JSON (see `json`).

use crate::ground::value::Value;

/// Appends null, a boolean or a number as Python's `json.dumps` writes it, with `NaN` and `Infinity`; anything else as
/// its text, without quotes.
pub fn write_python_scalar(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" });
        }
        _ => value.write_text(out),
    }
}

/// Appends a value as JSON without blanks; what is no JSON type (bytes, a date) is text.
///
/// # Errors
/// A number that is infinite, or none: JSON has no form for it.
pub fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Float(number) if !number.is_finite() => return Err(format!("{number} is no JSON number")),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) => {
            write_python_scalar(value, out)
        }
        Value::Str(text) => write_string(text, out),
        Value::Bytes(_) | Value::Date(_) => write_string(&value.to_text(), out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (key, value)) in dict.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_string(&key_text(key), out);
                out.push(':');
                write(value, out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// Appends text in quotes.
pub fn write_string(text: &str, out: &mut String) {
    // Text has no form that serde_json could not write.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A mapping's key: `true`, `null` and numbers as JSON writes them.
pub fn key_text(key: &Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        key => key.to_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::Dict;

    #[test]
    fn values_are_compact_json() {
        let dict = Value::Dict(Dict::from_pairs(vec![
            ("a \"b\"\n".into(), Value::Int(i128::MAX)),
            (Value::Bool(true), Value::Float(1.0)),
            (Value::Null, Value::List(vec![Value::Null, false.into(), "é\u{1}".into(), Value::Float(1e20)])),
            (Value::Int(7), Value::Bytes(b"x".to_vec())),
        ]));
        let mut out = String::new();
        write(&dict, &mut out).unwrap();
        let expected = "{\"a \\\"b\\\"\\n\":170141183460469231731687303715884105727,\"true\":1.0,\
                        \"null\":[null,false,\"é\\u0001\",1e+20],\"7\":\"x\"}";
        assert_eq!(out, expected);
        for number in [f64::NAN, f64::INFINITY] {
            assert!(write(&Value::List(vec![Value::Float(number)]), &mut String::new()).is_err());
        }
    }
}
