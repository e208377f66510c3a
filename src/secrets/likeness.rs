//! Texts from which secrets were taken, compared with texts that have theirs.
//!
//! Owns: what a text is like in which [`REDACTED`] stands for anything. Does not: take secrets out (see `known`).

use super::REDACTED;

/// Whether a text is the one that is kept, in which each `(redacted)` stands for any text.
pub fn is_like(kept: &str, text: &str) -> bool {
    let mut parts = kept.split(REDACTED);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_stands_for_anything() {
        for (kept, text, like) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("(redacted)", "", true),
            ("(redacted)", "abc", true),
            ("(redacted)", "(redacted)", true),
            ("a=(redacted)", "a=1&b=2", true),
            ("a=(redacted)&b=2", "a=1&b=2", true),
            ("a=(redacted)&b=2", "a=1&b=3", false),
            ("a=(redacted)&b=(redacted)", "a=1&b=", true),
            ("x(redacted)x", "x", false),
            ("(redacted)b(redacted)b", "bb", true),
            ("(redacted)b(redacted)b", "b", false),
        ] {
            assert_eq!(is_like(kept, text), like, "{kept} {text}");
        }
    }
}
