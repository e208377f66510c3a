//! The suite's own line under a failure: read again from its file, and only for tests that failed.
//!
//! Owns: which part of a line is meant, what of a long line is kept. Does not: know the run's secrets
//! (whoever asks takes them out), lay a line out.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;

use crate::ground::input::{TEXT_LIMIT, open_input_text};
use crate::judge::outcome::{Excerpt, Failure};
use crate::secrets::without_written_secrets;

/// So many characters are kept on each side of what is meant, and of it.
const KEPT: usize = 200;

/// The text of the suite file that was read last.
#[derive(Debug, Default)]
pub(super) struct Excerpts {
    text: RefCell<Option<(Arc<str>, Arc<str>)>>,
}

impl Excerpts {
    /// The line that a failure's excerpt asks for; nothing if its file cannot be read (again), or says something else.
    pub(super) fn of(&self, failure: &Failure, hide: impl Fn(&str) -> String) -> Option<Box<Excerpt>> {
        let wanted = failure.excerpt.as_deref()?;
        let text = self.text(&failure.location.file)?;
        let line = text.lines().nth((wanted.number as usize).checked_sub(1)?)?;
        let is_expected = failure.compared.is_some();
        let part = meant(line, (wanted.column as usize).checked_sub(1)?, is_expected)?;
        // A line may hold what no variable is called: a token in a mapping of a row.
        let hide = |text: &str| hide(&without_written_secrets(text));
        Some(Box::new(Excerpt { number: wanted.number, ..cut(line, part, hide) }))
    }

    fn text(&self, file: &Arc<str>) -> Option<Arc<str>> {
        let mut last = self.text.borrow_mut();
        if last.as_ref().is_none_or(|(name, _)| name != file) {
            let path = Path::new(&**file);
            // What is no file, such as a pipe, was read once and is gone.
            let read = path.is_file().then(|| open_input_text(path, TEXT_LIMIT).ok()).flatten();
            let text = read.unwrap_or_default();
            *last = Some((file.clone(), text.strip_prefix('\u{feff}').unwrap_or(&text).into()));
        }
        last.as_ref().map(|(_, text)| text.clone())
    }
}

/// Which characters of a line are meant, as byte offsets: of a comparison the value of `expected`, of anything else
/// the key at this column and what belongs to it. Nothing if no such key stands there.
fn meant(line: &str, column: usize, is_expected: bool) -> Option<(usize, usize)> {
    let key = line.char_indices().nth(column)?.0;
    let rest = &line[key..];
    let key_length = match rest.chars().next()? {
        '"' | '\'' => scalar_length(rest, false),
        _ => rest.find(':')?,
    };
    let name = rest[..key_length].trim_end().trim_matches(['"', '\'']);
    let after = rest[key_length..].trim_start();
    let colon = rest.len() - after.strip_prefix(':')?.len();
    if is_expected && !name.eq_ignore_ascii_case("expected") {
        return None;
    }
    let value = rest[colon..].trim_start();
    let value_at = key + rest.len() - value.len();
    let length = scalar_length(value, is_flow(&line[..key]));
    match (is_expected, length) {
        (_, 0) => Some((key, key + key_length)),
        (true, length) => Some((value_at, value_at + length)),
        (false, length) => Some((key, value_at + length)),
    }
}

/// Whether a mapping or list in braces is open at the end of this beginning of a line.
fn is_flow(before: &str) -> bool {
    let mut depth = 0_i32;
    let mut at = 0;
    while let Some(c) = before[at..].chars().next() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            '"' | '\'' => at += scalar_length(&before[at..], false).saturating_sub(1),
            _ => {}
        }
        at += before[at..].chars().next().map_or(1, char::len_utf8);
    }
    depth > 0
}

/// How many bytes of a line belong to the value that it begins with.
fn scalar_length(text: &str, in_flow: bool) -> usize {
    let mut depth = 0_usize;
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    let begins = text.chars().next();
    let is_collection = matches!(begins, Some('{' | '['));
    let is_quoted = matches!(begins, Some('"' | '\''));
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match quote {
            Some(open) => {
                let closes = c == open && !is_escaped;
                is_escaped = open == '"' && c == '\\' && !is_escaped;
                if closes {
                    quote = None;
                    // Twice the single quote is one within the text.
                    if is_quoted && depth == 0 && !(open == '\'' && text[end..].starts_with('\'')) {
                        return end;
                    }
                }
            }
            None => match c {
                '"' | '\'' if is_collection || at == 0 || is_quoted => quote = Some(c),
                '{' | '[' if is_collection => depth += 1,
                '}' | ']' if is_collection => {
                    depth -= 1;
                    if depth == 0 {
                        return end;
                    }
                }
                ',' | '}' | ']' if in_flow && !is_collection => return text[..at].trim_end().len(),
                '#' if previous.is_whitespace() => return text[..at].trim_end().len(),
                _ => {}
            },
        }
        previous = c;
    }
    text.trim_end().len()
}

/// The line without secrets, and not longer than somebody reads.
fn cut(line: &str, (begin, end): (usize, usize), hide: impl Fn(&str) -> String) -> Excerpt {
    let whole = hide(line.trim_end());
    let parts = [&line[..begin], &line[begin..end], &line[end..]].map(&hide);
    if whole != parts.concat().trim_end() {
        // A secret goes over an edge of what is meant.
        let (line, _) = first(&whole, 2 * KEPT);
        return Excerpt { line, column: 1, ..Excerpt::default() };
    }
    let [before, part, after] = parts;
    let before = match before.chars().count().checked_sub(KEPT) {
        None | Some(0) => before,
        Some(gone) => std::iter::once('…').chain(before.chars().skip(gone)).collect(),
    };
    let (part, is_cut) = first(&part, KEPT);
    let after = if is_cut { String::new() } else { first(after.trim_end(), KEPT).0 };
    Excerpt {
        number: 0,
        column: before.chars().count() as u32 + 1,
        width: part.chars().count() as u32,
        line: [before, part, after].concat(),
    }
}

/// The beginning of a text, and whether it is not all of it.
fn first(text: &str, most: usize) -> (String, bool) {
    match text.char_indices().nth(most) {
        Some((at, _)) => (format!("{}…", &text[..at]), true),
        None => (text.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, column: usize, is_expected: bool) -> Option<&str> {
        meant(line, column, is_expected).map(|(begin, end)| &line[begin..end])
    }

    #[test]
    fn the_value_of_expected_is_meant() {
        for (line, value) in [
            (r#"- compare: {jsonpath_mini: "a", expected: "jenkins"}"#, "\"jenkins\""),
            (r#"- compare: {jsonpath_mini: "a", expected: 'it''s', comparator: eq}"#, "'it''s'"),
            (r#"{"compare": {"header": "a", "expected": [1, "]"], "comparator": "eq"}}"#, "[1, \"]\"]"),
            ("  expected: some words, and more  # a note", "some words, and more"),
            ("  expected: a#b", "a#b"),
            ("- {header: x, expected: two words}", "two words"),
            ("- {expected: 12}", "12"),
            ("  expected:", "expected"),
            ("  expected: {template: \"$é\"}", "{template: \"$é\"}"),
            ("  Expected : |", "|"),
            (r#"  "expected": "a\"b" "#, r#""a\"b""#),
        ] {
            let key = line.to_lowercase().find("expected").unwrap();
            let key = if line[..key].ends_with('"') { key - 1 } else { key };
            assert_eq!(shown(line, line[..key].chars().count(), true), Some(value), "{line}");
        }
        assert_eq!(shown("- test: {name: x}", 2, true), None);
        assert_eq!(shown("- test: {name: x}", 99, true), None);
    }

    #[test]
    fn of_other_assertions_all_is_meant() {
        let line = "  - extract_test: {jsonpath_mini: \"x}\", test: exists} # ok";
        assert_eq!(shown(line, 4, false), Some("extract_test: {jsonpath_mini: \"x}\", test: exists}"));
        assert_eq!(shown("- compare:", 2, false), Some("compare"));
        assert_eq!(shown("- just a text", 2, false), None);
    }

    #[test]
    fn secrets_and_length_are_taken_out() {
        let line = format!("{}expected: {}", "é".repeat(300), "x".repeat(300));
        let begin = line.find("xxx").unwrap();
        let excerpt = cut(&line, (begin, line.len()), str::to_owned);
        assert_eq!((excerpt.column, excerpt.width), (202, 201));
        assert_eq!(excerpt.line.chars().count(), 402);
        let hide = |text: &str| text.replace("secret", "(redacted)");
        let line = "- {header: secret, expected: 1}";
        let begin = line.find('1').unwrap();
        let excerpt = cut(line, (begin, begin + 1), hide);
        assert_eq!(excerpt.line, "- {header: (redacted), expected: 1}");
        assert_eq!(excerpt.line.chars().nth(excerpt.column as usize - 1), Some('1'));
        let split = cut(line, (14, begin), hide);
        assert_eq!((&*split.line, split.width), ("- {header: (redacted), expected: 1}", 0));
    }
}
