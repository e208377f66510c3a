//! JSON as Python's `json.dumps(value, separators=(',', ':'))` writes it, for `to_string`.
//!
//! Owns: that text. Does not: serve any report.

use std::fmt::Write as _;

use crate::ground::json_text::write_python_scalar;
use crate::ground::value::Value;

/// Appends a value's JSON: no spaces, floats as Python shows them, only ASCII.
pub fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) => {
            write_python_scalar(value, out)
        }
        Value::Str(_) | Value::Bytes(_) | Value::Date(_) => write_text(&value.to_text(), out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (key, value)) in dict.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_text(&key.to_text(), out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}
