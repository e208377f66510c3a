//! JSON text laid out for reading, with every name, number and duplicate as it came.
//!
//! Owns: line breaks and indentation. Does not: parse values, change what stands between quotes, cut.

use serde::de::IgnoredAny;

/// Deeper than any parser goes, nobody reads.
const DEEPEST: usize = 127;

const INDENT: &str = "  ";

/// The text over several lines, if it is JSON; of a text whose end was cut away, as far as it goes.
pub fn pretty(text: &str, is_cut: bool) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let begins = text.starts_with(['{', '[']);
    if !begins || (!is_cut && serde_json::from_str::<IgnoredAny>(text).is_err()) {
        return None;
    }
    lay_out(text)
}

/// How JSON stands in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneLine {
    /// `{"a":1,"b":2}`.
    Compact,
    /// `{"a": 1, "b": 2}`, as Python writes it.
    Spaced,
}

/// JSON in one line, if it is JSON; white space behind it stays.
pub fn in_one_line(text: &str, form: OneLine) -> Option<String> {
    let end = text.trim_end().len();
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let behind = if form == OneLine::Spaced { " " } else { "" };
    let (mut out, mut rest) = (String::with_capacity(text.len()), &text[..end]);
    while let Some((first, token)) = next_token(&mut rest) {
        if !first.is_ascii_whitespace() {
            out.push_str(token);
            out.push_str(if matches!(first, ',' | ':') { behind } else { "" });
        }
    }
    Some(out + &text[end..])
}

/// What a text begins with, and its first letter: a string, a mark, white space, or what stands between these.
fn next_token<'t>(rest: &mut &'t str) -> Option<(char, &'t str)> {
    let text = *rest;
    let first = text.chars().next()?;
    let length = match first {
        '"' => string_length(text),
        '{' | '[' | '}' | ']' | ',' | ':' | ' ' | '\t' | '\n' | '\r' => 1,
        _ => text.find(['"', '{', '[', '}', ']', ',', ':', ' ', '\t', '\n', '\r']).unwrap_or(text.len()),
    };
    let (token, left) = text.split_at(length);
    *rest = left;
    Some((first, token))
}

fn lay_out(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth: usize = 0;
    let mut rest = text;
    while let Some((first, token)) = next_token(&mut rest) {
        match first {
            '{' | '[' => {
                out.push(first);
                let close = if first == '{' { '}' } else { ']' };
                if let Some(after) = rest.trim_start().strip_prefix(close) {
                    out.push(close);
                    rest = after;
                    continue;
                }
                depth += 1;
                if depth > DEEPEST {
                    return None;
                }
                begin_line(&mut out, depth);
            }
            '}' | ']' => {
                depth = depth.checked_sub(1)?;
                begin_line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push(',');
                begin_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            ' ' | '\t' | '\n' | '\r' => {}
            _ => out.push_str(token),
        }
    }
    // Nothing stands on the line that a cut text would go on with.
    out.truncate(out.trim_end().len());
    Some(out)
}

/// A string with its quotes; all that is left where its end was cut away.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn begin_line(out: &mut String, depth: usize) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str(INDENT));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_as_it_came() {
        for (text, is_cut, expected) in [
            (
                r#"{"b":1.0,"a":[1e400,12345678901234567890123,-0],"b":"\u00e9 {[,:]} \"","c":{},"d":[ ]}"#,
                false,
                Some(
                    "{\n  \"b\": 1.0,\n  \"a\": [\n    1e400,\n    12345678901234567890123,\n    -0\n  ],\n  \"b\": \"\\u00e9 {[,:]} \\\"\",\n  \"c\": {},\n  \"d\": []\n}",
                ),
            ),
            ("\u{feff} [true , null]\n", false, Some("[\n  true,\n  null\n]")),
            ("[]", false, Some("[]")),
            ("{\"a\": 1", false, None),
            ("<html>", false, None),
            ("\"text\"", false, None),
            ("", false, None),
            ("{\"a\": [1, \"cut he", true, Some("{\n  \"a\": [\n    1,\n    \"cut he")),
            ("{\"a\": 1,", true, Some("{\n  \"a\": 1,")),
            ("{\"a\": \"\\", true, Some("{\n  \"a\": \"\\")),
            ("[]]", true, None),
            ("<html>", true, None),
            ("[\u{e9}\u{65e5}]", true, Some("[\n  \u{e9}\u{65e5}\n]")),
        ] {
            assert_eq!(pretty(text, is_cut).as_deref(), expected, "{text}");
        }
        assert_eq!(pretty(&"[".repeat(5000), true), None);
    }

    #[test]
    fn one_line_is_what_it_was() {
        let compact = r#"{"b":1.0,"a":[1e400,-0],"b":"\u00e9 {[, :]} \"","c":{},"d":[],"e":[{"f":true}]}"#;
        let spaced = r#"{"b": 1.0, "a": [1e400, -0], "b": "\u00e9 {[, :]} \"", "c": {}, "d": [], "e": [{"f": true}]}"#;
        for (form, line) in [(OneLine::Compact, compact), (OneLine::Spaced, spaced)] {
            let laid_out = pretty(line, false).unwrap();
            assert_eq!(in_one_line(&laid_out, form).as_deref(), Some(line));
            assert_eq!(in_one_line(&(laid_out + "\r\n"), form), Some(line.to_owned() + "\r\n"));
        }
        assert_eq!(in_one_line("no json, at all", OneLine::Compact), None);
    }
}
