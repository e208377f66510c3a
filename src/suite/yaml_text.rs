//! YAML as a person would write it, that reads as exactly what was meant.
//!
//! Owns: when a text needs quotes, JSON as YAML 1.1. Does not: know what a suite is.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::document;
use crate::ground::value::Value;

/// A text, in quotes where YAML would make something else of it.
pub fn text(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    if begins
        && text.chars().all(is_plain)
        && matches!(document::read_value(text), Ok(Value::Str(read)) if read == text)
    {
        return text.to_owned();
    }
    quoted(text)
}

/// A text in double quotes, on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if needs_escape(letter) => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// What YAML takes for the end of a line, or does not take at all.
fn needs_escape(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// JSON in one line; `write` is asked for each text, with the name that it stands under.
pub fn json(value: &Json, name: &str, write: &mut dyn FnMut(&str, &str) -> String) -> String {
    match value {
        Json::String(string) => quoted(&write(name, string)),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| json(item, name, write)).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(members) => {
            let mut parts = Vec::with_capacity(members.len());
            for (key, member) in members {
                let written = json(member, key, write);
                // The name itself is no value of a name.
                parts.push(format!("{}: {written}", quoted(&write("", key))));
            }
            format!("{{{}}}", parts.join(", "))
        }
        Json::Number(digits) => number(&digits.to_string()),
        other => other.to_string(),
    }
}

/// A number of JSON as YAML 1.1 wants it: `1e5` is text there, `1.0e+5` is not.
pub fn number(number: &str) -> String {
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return number.to_owned() };
    let dot = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    format!("{mantissa}{dot}e{sign}{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_reads_as_it_was() {
        for (given, written) in [
            ("ok", "ok"),
            ("/api/person/1/", "/api/person/1/"),
            ("application/json", "application/json"),
            ("yes", "\"yes\""),
            ("", "\"\""),
            ("5", "\"5\""),
            ("a: b", "\"a: b\""),
            ("#x", "\"#x\""),
        ] {
            assert_eq!(text(given), written);
        }
        let odd = [
            "no",
            "1e5",
            "null",
            "~",
            "a\"b\\c",
            "é\u{1f600}",
            "\u{0}\u{7f}\u{85}\u{2028}\u{feff}",
            "a\r\n\tb",
            "'",
            "$x",
            "-",
            "2026-01-01",
        ];
        for given in odd {
            let written = text(given);
            assert!(!written.contains('\n'), "{written}");
            assert_eq!(
                document::read_value(&written).unwrap().repr(),
                Value::Str(given.to_owned()).repr(),
                "{written}"
            );
        }
    }

    #[test]
    fn json_reads_as_it_was() {
        let given: Json = serde_json::from_str(r#"{"a": [1, 2.5, 1e5, -3E-7, true, null, "no"], "b": {}}"#).unwrap();
        let written = json(&given, "", &mut |_, text| text.to_owned());
        let read = document::read_value(&written).unwrap();
        assert_eq!(read.repr(), "{'a': [1, 2.5, 100000.0, -3e-07, True, None, 'no'], 'b': {}}", "{written}");
    }
}
