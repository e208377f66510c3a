//! How fancy-regex must be told what Python means: character classes, counts, plain characters.
//!
//! Owns: the spelling of one element. Does not: keep track of groups and flags (see `translate`).

use std::fmt::Write as _;

/// What `\d`, `\w` and `\s` are, for text and under the ASCII flag. Python's white space has the four
/// information separators, which Unicode's has not.
pub fn class(letter: char, ascii: bool) -> Option<&'static str> {
    Some(match (letter, ascii) {
        ('d', false) => r"[\d]",
        ('D', false) => r"[^\d]",
        ('w', false) => r"[\w]",
        ('W', false) => r"[^\w]",
        ('s', false) => r"[\s\x1c-\x1f]",
        ('S', false) => r"[^\s\x1c-\x1f]",
        ('d', true) => "[0-9]",
        ('D', true) => "[^0-9]",
        ('w', true) => "[a-zA-Z0-9_]",
        ('W', true) => "[^a-zA-Z0-9_]",
        ('s', true) => r"[ \t-\r]",
        ('S', true) => r"[^ \t-\r]",
        _ => return None,
    })
}

/// What follows `{` where it counts: `n}`, `n,}`, `,m}`, `n,m}`, as a quantifier, and its length. Any other
/// brace is itself.
pub fn counted(after: impl Iterator<Item = char>) -> Option<(String, usize)> {
    const LONGEST: usize = 24;
    let mut inner = String::new();
    for c in after.take(LONGEST) {
        match c {
            '0'..='9' | ',' => inner.push(c),
            '}' => {
                let quantifier = match inner.split_once(',') {
                    Some((_, high)) if high.contains(',') => return None,
                    Some((low, high)) => format!("{{{},{high}}}", if low.is_empty() { "0" } else { low }),
                    None if inner.is_empty() => return None,
                    None => format!("{{{inner}}}"),
                };
                return Some((quantifier, inner.len() + 1));
            }
            _ => return None,
        }
    }
    None
}

/// A character that stands for itself, in and out of sets. ASCII punctuation is written by its number:
/// some of it (`\<`, `&&`, `~`) has a meaning here that it has not in Python.
pub fn literal(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(c));
    } else {
        out.push(c);
    }
}
