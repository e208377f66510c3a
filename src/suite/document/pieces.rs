//! A long suite cut between its elements, so that it can be read piece by piece.
//!
//! Owns: where a text may be cut. Does not: read the pieces (see `document`).
//!
//! The YAML reader keeps all events of a text before it hands out the first; for twenty thousand tests that is
//! many times the text, and none of it is in the processor's cache when it is needed. Pieces take 28 % less memory,
//! and can be read on all cores (see `on_all_cores`, which has the figures).

use std::ops::Range;

/// A piece is at least this long, unless it is the last.
const BATCH: usize = 8 * 1024;

/// The pieces of a text that is one list at the left margin, if it can be cut: each is such a list, and all in
/// a row are the text's. `None` where it is short, or where a piece may mean something else by itself (anchors,
/// several documents), or where that is not plain to see.
pub(super) fn split(text: &str) -> Option<Vec<Range<usize>>> {
    if text.len() < 2 * BATCH || has_anchors(text) {
        return None;
    }
    let bytes = text.as_bytes();
    let mut pieces = Vec::with_capacity(text.len() / BATCH + 1);
    let mut start: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match bytes.get(at) {
            Some(b' ' | b'#' | b'\n' | b'\r') => {}
            Some(b'-') if matches!(bytes.get(at + 1), Some(b' ' | b'\n' | b'\r')) => match start {
                Some(begun) if at - begun >= BATCH => {
                    pieces.push(begun..at);
                    start = Some(at);
                }
                Some(_) => {}
                None => start = Some(at),
            },
            Some(b'-') if start.is_none() && line.trim_end() == "---" => {}
            _ => return None,
        }
        at += line.len();
    }
    pieces.push(start?..text.len());
    (pieces.len() > 1).then_some(pieces)
}

/// Whether there is an anchor or an alias, or what looks like one.
fn has_anchors(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter(|at| matches!(bytes[*at], b'&' | b'*')).any(|at| {
        let before = at.checked_sub(1).map_or(b'\n', |at| bytes[at]);
        let after = bytes.get(at + 1).copied().unwrap_or(b' ');
        before.is_ascii_whitespace() || b"[{,:-?".contains(&before) && !after.is_ascii_whitespace()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(element: &str) -> String {
        element.repeat(3 * BATCH / element.len())
    }

    #[test]
    fn pieces_are_the_text() {
        let text = format!("---\n# tests\n\n{}", long("- test:\n  - url: /a?b=1&c=*\n# more\n\n    - name: x\n"));
        let pieces = split(&text).unwrap();
        assert!(pieces.len() > 1);
        let joined: String = pieces.iter().map(|piece| &text[piece.clone()]).collect();
        assert_eq!(joined, text["---\n# tests\n\n".len()..]);
        assert!(pieces.iter().all(|piece| text[piece.clone()].starts_with("- test:")));
    }

    #[test]
    fn what_may_mean_something_else_is_not_cut() {
        let plain = long("- url: /x\n");
        assert!(split(&plain).is_some());
        for text in [
            "- url: /x\n",
            &format!("{plain}---\n{plain}"),
            &format!("%YAML 1.1\n---\n{plain}"),
            &format!("{plain}...\n"),
            &format!("- config: &base {{timeout: 3}}\n{plain}"),
            &format!("{plain}- test: *base\n"),
            &format!("{plain}- test: [*base]\n"),
            &format!("{plain}- test: {{<<: *base}}\n"),
            &format!("tests:\n{plain}"),
            &format!("[{plain}]"),
            &format!("{plain}\t- x"),
            &"# nothing\n".repeat(5000),
        ] {
            assert!(split(text).is_none(), "{}", &text[..text.len().min(60)]);
        }
    }
}
