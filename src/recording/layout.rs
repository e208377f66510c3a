//! How the JSON of an answer was laid out before it was laid out for people: it is played back as it came.
//!
//! Owns: finding that, its words, undoing what was done for people. Does not: lay JSON out (see `report`).

use crate::ground::source::did_you_mean;
use crate::report::{OneLine, in_one_line, pretty_json};
use crate::suite::document::Node;
use crate::suite::faults::Read;
use crate::suite::reader::FileReader;

/// The words of `layout`.
const WORDS: [(&str, OneLine); 2] = [("compact", OneLine::Compact), ("spaced", OneLine::Spaced)];

/// JSON over several lines for people, and how it stood in one line; nothing where it is none, or where it has lines.
pub(super) fn for_people(text: &str) -> Option<(String, Option<&'static str>)> {
    let mut laid_out = pretty_json(text, false)?;
    laid_out.push_str(&text[text.trim_end().len()..]);
    if laid_out == text {
        return Some((laid_out, None));
    }
    let form = WORDS.iter().find(|(_, form)| in_one_line(&laid_out, *form).as_deref() == Some(text));
    // What somebody has laid out already stays as it is.
    let is_kept = form.is_none() && (text.trim().contains('\n') || text.starts_with('\u{feff}'));
    (!is_kept).then_some((laid_out, form.map(|(word, _)| *word)))
}

/// A body as it came.
pub fn as_it_came(body: Vec<u8>, form: Option<OneLine>) -> Vec<u8> {
    let line = form.and_then(|form| in_one_line(std::str::from_utf8(&body).ok()?, form));
    line.map_or(body, String::into_bytes)
}

/// Reads `layout`.
///
/// # Errors
/// Another word stands there.
pub fn read_layout(reader: &FileReader<'_>, node: &Node) -> Read<OneLine> {
    let word = reader.text(node, "layout")?;
    let form = WORDS.iter().find(|(name, _)| *name == word).map(|(_, form)| *form);
    form.ok_or_else(|| {
        let allowed = format!("compact or spaced, not {word:?}{}", did_you_mean(word, WORDS.map(|(name, _)| name)));
        reader.fault(node.at, format!("layout must be {allowed}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_laid_out_for_people_comes_back() {
        for (text, is_laid_out, word) in [
            ("{\"a\":1,\"b\":[]}", true, Some("compact")),
            ("{\"a\":1}\n", true, Some("compact")),
            ("{\"a\": 1, \"b\": [1, 2]}", true, Some("spaced")),
            ("{\n  \"a\": 1\n}", true, None),
            ("{\n    \"a\": 1\n}", false, None),
            ("{\"a\":1, \"b\": 2}", true, None),
            ("\u{feff}{\"a\": 1}", false, None),
            ("text", false, None),
        ] {
            let found = for_people(text);
            assert_eq!(found.as_ref().map(|(_, word)| *word), is_laid_out.then_some(word), "{text}");
            let Some((kept, Some(word))) = found else { continue };
            let form = WORDS.iter().find(|(name, _)| *name == word).map(|(_, form)| *form);
            assert_eq!(as_it_came(kept.into_bytes(), form), text.as_bytes());
        }
        assert_eq!(as_it_came(b"\xff".to_vec(), Some(OneLine::Compact)), b"\xff");
    }
}
