//! The words of a failure.
//!
//! Owns: PyRestTest's wording (scripts read it), and ours. Does not: judge.

use std::fmt::Write as _;

use crate::ground::value::Value;

/// Longer values are cut, so that a failed comparison of two bodies stays readable.
const SHOWN: usize = 200;

/// PyRestTest prints values whole; this only keeps a body of megabytes out of one log line.
const LONGEST_REASON: usize = 10_000;

/// A reason on one line.
pub fn one_line(reason: &str) -> String {
    let mut out: String = reason.chars().take(LONGEST_REASON).collect();
    if out.len() < reason.len() {
        out.push('…');
    }
    if out.contains(['\n', '\r']) { out.replace('\r', "\\r").replace('\n', "\\n") } else { out }
}

/// A value so that `42` and `"42"` differ: JSON's notation, as far as it has one, cut where it is long.
pub fn shown(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    match out.char_indices().nth(SHOWN) {
        Some((cut, _)) => {
            out.truncate(cut);
            out.push('…');
            out
        }
        None => out,
    }
}

fn write(value: &Value, out: &mut String) {
    // Past the cut nothing is seen, and a body may be large.
    if out.len() > 4 * SHOWN {
        return;
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(_) | Value::Float(_) | Value::Date(_) => value.write_text(out),
        Value::Str(text) => write_text(text, out),
        Value::Bytes(bytes) => write_text(&crate::ground::value::decode(bytes), out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(item, out);
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (key, value)) in dict.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                write(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars().take(SHOWN + 1) {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// What to do about text that was compared with something that only looks like it.
pub fn equality_hint(expected: &Value, extracted: &Value) -> String {
    let (Some(want), Some(got)) = (kind(expected), kind(extracted)) else { return String::new() };
    if want == got || (want != "text" && got != "text") {
        return String::new();
    }
    let (want_text, got_text) = (expected.to_text(), extracted.to_text());
    let (remedy, alike) = if want_text == got_text {
        (": use str_eq", true)
    } else {
        ("", want_text.trim().eq_ignore_ascii_case(&got_text) || both_are_numbers(&want_text, &got_text))
    };
    if !alike {
        return String::new();
    }
    let article = |kind: &str| if kind == "text" { "text".to_owned() } else { format!("a {kind}") };
    format!("; the expected value is {}, the extracted one {}{remedy}", article(want), article(got))
}

fn both_are_numbers(a: &str, b: &str) -> bool {
    a.trim().parse::<f64>().is_ok() && b.trim().parse::<f64>().is_ok()
}

fn kind(value: &Value) -> Option<&'static str> {
    match value {
        Value::Str(_) | Value::Bytes(_) => Some("text"),
        Value::Int(_) | Value::Float(_) => Some("number"),
        Value::Bool(_) => Some("boolean"),
        Value::Date(_) => Some("date"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    #[test]
    fn values_are_shown_so_that_they_differ() {
        let value = json::parse(br#"{"a": [1, 1.0, "1", null, true], "b": "x\n\"\u0001"}"#).unwrap();
        assert_eq!(shown(&value), r#"{"a": [1, 1.0, "1", null, true], "b": "x\n\"\u0001"}"#);
        let long = shown(&"é".repeat(5000).into());
        assert!(long.chars().count() == SHOWN + 1 && long.ends_with('…'));
        let deep = Value::List((0..100_000).map(|i| Value::Int(i.into())).collect());
        assert!(shown(&deep).chars().count() == SHOWN + 1);
    }

    #[test]
    fn reasons_stay_on_one_line() {
        assert_eq!(one_line("a\r\nb"), "a\\r\\nb");
        assert!(one_line(&"x".repeat(20_000)).chars().count() == LONGEST_REASON + 1);
    }

    #[test]
    fn mixed_up_types_are_pointed_out() {
        let hint = equality_hint(&"42".into(), &42.into());
        assert_eq!(hint, "; the expected value is text, the extracted one a number: use str_eq");
        let hint = equality_hint(&42.into(), &"42".into());
        assert_eq!(hint, "; the expected value is a number, the extracted one text: use str_eq");
        assert!(equality_hint(&"true".into(), &true.into()).ends_with("a boolean"));
        assert_eq!(equality_hint(&"abc".into(), &42.into()), "");
        assert_eq!(equality_hint(&1.into(), &true.into()), "");
    }
}
