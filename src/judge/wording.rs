//! The words of a failure.
//!
//! Owns: PyRestTest's wording (scripts read it), and ours: how a value is shown, and where it is cut.
//! Does not: judge; redact (the engines do, which is why a cut never goes through a word).

use std::fmt::Write as _;

use crate::ground::json;
use crate::ground::json_text::write_python_scalar;
use crate::ground::value::Value;

/// Longer values are cut, so that a failed comparison of two bodies stays readable.
pub const SHOWN: usize = 200;

/// What is left for a text within a list or an object at least. Of a file that was not meant to be shown, no more than
/// this is.
pub const SHOWN_LITTLE: usize = 40;

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
    shown_within(value, SHOWN)
}

/// As [`shown`], cut after so many characters.
pub fn shown_within(value: &Value, most: usize) -> String {
    let mut out = String::new();
    write(value, most, &mut out);
    out
}

/// A name as it is where it is a word, else as a text.
pub fn shown_name(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'));
    if is_word { name.to_owned() } else { shown_text(name, SHOWN) }
}

/// A text in quotes, of which at most so many characters are shown.
pub fn shown_text(text: &str, most: usize) -> String {
    let mut out = String::new();
    write_text(text, most, &mut out);
    out
}

/// The beginning of a text: at most so many characters, and no cut through a word. Half a secret would
/// not be recognised as one, so a word that is longer than all the room is left out.
pub fn beginning(text: &str, most: usize) -> &str {
    let Some((limit, _)) = text.char_indices().nth(most) else { return text };
    let (mut cut, mut after_break) = (0, false);
    for (at, c) in text.char_indices().take_while(|(at, _)| *at <= limit) {
        if after_break || is_break(c) {
            cut = at;
        }
        after_break = is_break(c);
    }
    text[..cut].trim_end()
}

/// Whether a word ends with this character. Scripts that are written without spaces have short words.
pub fn is_break(c: char) -> bool {
    c.is_whitespace() || c > '\u{2ff}' || "\"'<>,;&{}[]()".contains(c)
}

fn write(value: &Value, most: usize, out: &mut String) {
    match value {
        Value::List(_) | Value::Dict(_) if out.len() > most => out.push('…'),
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(_) | Value::Huge(_) | Value::Float(_) | Value::Date(_) => value.write_text(out),
        Value::Str(text) => write_text(text, left(most, out), out),
        Value::Bytes(bytes) => write_text(&crate::ground::value::decode(bytes), left(most, out), out),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                if out.len() > most {
                    out.push('…');
                    break;
                }
                write(item, most, out);
            }
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (key, value)) in dict.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                if out.len() > most {
                    out.push('…');
                    break;
                }
                write(key, most, out);
                out.push_str(": ");
                write(value, most, out);
            }
            out.push('}');
        }
    }
}

/// How much of a text is shown after what is shown already.
fn left(most: usize, out: &str) -> usize {
    most.saturating_sub(out.len()).max(SHOWN_LITTLE)
}

fn write_text(text: &str, most: usize, out: &mut String) {
    let kept = beginning(text, most);
    if kept.is_empty() && !text.is_empty() {
        let _ = write!(out, "a text of {} characters", text.chars().count());
        return;
    }
    out.push('"');
    for c in kept.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || is_direction(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push_str(if kept.len() < text.len() { "…\"" } else { "\"" });
}

/// Whether a character turns the direction of the text around it, so that a line reads as another one.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value as JSON over several lines, its keys in order.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write_pretty(value, 0, &mut out);
    out
}

fn write_pretty(value: &Value, depth: usize, out: &mut String) {
    let next = |depth: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&"  ".repeat(depth));
    };
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    match value {
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) => {
            write_python_scalar(value, out)
        }
        Value::Str(_) | Value::Bytes(_) | Value::Date(_) => out.push_str(&text(&value.to_text())),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::Dict(dict) if dict.is_empty() => out.push_str("{}"),
        Value::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                next(depth + 1, out);
                write_pretty(item, depth + 1, out);
            }
            next(depth, out);
            out.push(']');
        }
        Value::Dict(dict) => {
            out.push('{');
            for (i, (key, value)) in dict.iter().enumerate() {
                out.push_str(if i > 0 { "," } else { "" });
                next(depth + 1, out);
                out.push_str(&text(&key.to_text()));
                out.push_str(": ");
                write_pretty(value, depth + 1, out);
            }
            next(depth, out);
            out.push('}');
        }
    }
}

/// A number of bytes for people: `512 B`, `58.2 kB`.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The types of two values that look alike and are not: text, and something that reads the same.
pub fn mixed_up(expected: &Value, got: &Value) -> Option<(&'static str, &'static str)> {
    let (expected_kind, got_kind) = (kind(expected)?, kind(got)?);
    if expected_kind == got_kind || (expected_kind != "text" && got_kind != "text") {
        return None;
    }
    let (expected, got) = (expected.to_text(), got.to_text());
    let is_alike = expected.trim().eq_ignore_ascii_case(got.trim()) || both_are_numbers(&expected, &got);
    is_alike.then_some((expected_kind, got_kind))
}

/// A list or an object, if a text is one written as JSON.
pub fn written_json(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    json::parse(text.as_bytes()).ok()
}

/// Whether one is a list or an object and the other the text of it.
fn is_written(one: &Value, other: &Value) -> bool {
    let (Value::Str(text), Value::List(_) | Value::Dict(_)) = (one, other) else { return false };
    written_json(text).is_some_and(|value| value.py_eq(other))
}

/// What to do about text that was compared with something that only looks like it.
pub fn equality_hint(expected: &Value, extracted: &Value) -> String {
    if is_written(expected, extracted) || is_written(extracted, expected) {
        let (text, read) =
            if is_written(expected, extracted) { ("expected", "extracted") } else { ("extracted", "expected") };
        return format!("; the {text} value is the text of what the {read} one is: compare two texts or two values");
    }
    let Some((expected_kind, extracted_kind)) = mixed_up(expected, extracted) else { return String::new() };
    let remedy = if expected.to_text() == extracted.to_text() { ": use str_eq" } else { "" };
    format!("; the expected value is {expected_kind}, the extracted one {extracted_kind}{remedy}")
}

fn both_are_numbers(a: &str, b: &str) -> bool {
    a.trim().parse::<f64>().is_ok() && b.trim().parse::<f64>().is_ok()
}

fn kind(value: &Value) -> Option<&'static str> {
    match value {
        Value::Str(_) | Value::Bytes(_) => Some("text"),
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => Some("a number"),
        Value::Bool(_) => Some("a boolean"),
        Value::Date(_) => Some("a date"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_so_that_they_differ() {
        let value = json::parse(br#"{"a": [1, 1.0, "1", null, true], "b": "x\n\"\u0001\u202e"}"#).unwrap();
        assert_eq!(shown(&value), r#"{"a": [1, 1.0, "1", null, true], "b": "x\n\"\u0001\u202e"}"#);
    }

    #[test]
    fn what_is_long_is_cut_between_words_and_values() {
        let words = shown(&"word ".repeat(1_000).into());
        assert!(words.len() <= SHOWN + 5 && words.ends_with(" word…\""), "{words}");
        assert_eq!(shown(&"x".repeat(5_000).into()), "a text of 5000 characters");
        assert_eq!(shown(&"x".repeat(200).into()), format!("\"{}\"", "x".repeat(200)));
        let numbers = shown(&Value::List((0..100_000).map(|i| Value::Int(i.into())).collect()));
        assert!(
            numbers.starts_with("[0, 1, 2") && numbers.ends_with(", …]") && numbers.len() < SHOWN + 12,
            "{numbers}"
        );
        let texts = Value::List(vec!["a".repeat(190).into(), "b".repeat(39).into(), "c".into()]);
        assert_eq!(shown(&texts), format!("[\"{}\", \"{}\", …]", "a".repeat(190), "b".repeat(39)));
        let nested = (0..500).fold(Value::Null, |inner, _| Value::List(vec![inner]));
        assert!(shown(&nested).len() < 2 * SHOWN + 10, "{}", shown(&nested));
        assert_eq!(
            shown_within(&"root:x:0:0 and all the other lines of a file".into(), 40),
            "\"root:x:0:0 and all the other lines of a…\""
        );
        let object = json::parse(format!(r#"{{"k": "{}", "l": 1}}"#, "secret".repeat(40)).as_bytes()).unwrap();
        assert_eq!(shown(&object), r#"{"k": a text of 240 characters, "l": 1}"#);
    }

    #[test]
    fn no_cut_goes_through_a_word() {
        for (text, most, expected) in [
            ("short", 10, "short"),
            ("one two three", 9, "one two"),
            ("one two three", 7, "one two"),
            ("one two three", 6, "one"),
            ("onetwothree", 5, ""),
            ("<!DOCTYPE html><html lang=\"en\">", 20, "<!DOCTYPE html><html"),
            ("<!DOCTYPE html>\n<html>", 16, "<!DOCTYPE html>"),
            ("日本語日本語", 3, "日本語"),
            ("", 0, ""),
            ("a b", 0, ""),
        ] {
            assert_eq!(beginning(text, most), expected, "{text} {most}");
        }
    }

    #[test]
    fn names_are_bare_where_they_are_words() {
        for (name, expected) in [("first_name", "first_name"), ("x-id", "x-id"), ("a b", "\"a b\""), ("", "\"\"")] {
            assert_eq!(shown_name(name), expected);
        }
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in
            [(0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (58_240, "58.2 kB"), (2_500_000, "2.5 MB")]
        {
            assert_eq!(size(bytes), expected);
        }
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
        let list = Value::List(vec![1.into()]);
        let hint = "; the expected value is the text of what the extracted one is: compare two texts or two values";
        assert_eq!(equality_hint(&"[1.0]".into(), &list), hint);
        assert!(equality_hint(&list, &"[1]".into()).starts_with("; the extracted value is the text of"));
        assert_eq!(equality_hint(&"[2]".into(), &list), "");
        assert_eq!(equality_hint(&"abc".into(), &42.into()), "");
        assert_eq!(equality_hint(&1.into(), &true.into()), "");
    }
}
