//! Foreign text as it may be printed: one line stays one line, and a control character is a picture of itself.
//!
//! Owns: which characters are shown as what. Does not: know terminals, formats, or who reads a line.

use std::borrow::Cow;

/// A name or a reason on one line: line ends as `\n`, ESC as `␛`, other control characters as `\u{7}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    shown(text, |c| c != '\t' && is_hidden(c))
}

/// A text of several lines without control characters besides line ends and tabs.
pub fn lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| !matches!(c, '\t' | '\n') && is_hidden(c))
}

/// A text of several lines for a terminal: tabs are spaces, too, since nobody knows how wide they are.
pub fn for_terminal(text: &str) -> Cow<'_, str> {
    let text = lines(text);
    if text.contains('\t') { text.replace('\t', "    ").into() } else { text }
}

/// A JSON text that says the same without such characters.
pub fn json(text: &str) -> Cow<'_, str> {
    let is_replaced = |c: char| !matches!(c, '\t' | '\n' | '\r') && is_hidden(c);
    if !text.contains(is_replaced) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            // All of them are below U+FFFF.
            c if is_replaced(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.into()
}

/// What a terminal or a reader would obey instead of showing it: control characters, Unicode's own line ends,
/// and what turns the direction of writing around.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn shown(text: &str, is_replaced: impl Fn(char) -> bool) -> Cow<'_, str> {
    // Nearly every text: looked over byte by byte, without telling its characters.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    if text.as_bytes().iter().all(is_plain) || !text.contains(&is_replaced) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !is_replaced(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1b}' => out.push('␛'),
            c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json() {
        assert_eq!(json("{\"a\": \"\u{9b}x\u{202e}\"}\n"), "{\"a\": \"\\u009bx\\u202e\"}\n");
        assert!(matches!(json("[\"é\"]\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn control_characters_are_pictures() {
        for (text, on_one_line, on_several) in [
            ("plain é 日本 \u{1f600}", "plain é 日本 \u{1f600}", "plain é 日本 \u{1f600}"),
            ("a\tb", "a\tb", "a\tb"),
            ("a\r\nb", "a\\r\\nb", "a\\r\nb"),
            ("\u{1b}[31m", "␛[31m", "␛[31m"),
            ("\u{0}\u{7}\u{7f}\u{9b}2J", "\\u{0}\\u{7}\\u{7f}\\u{9b}2J", "\\u{0}\\u{7}\\u{7f}\\u{9b}2J"),
            ("\u{85}\u{2028}\u{2029}", "\\u{85}\\u{2028}\\u{2029}", "\\u{85}\\u{2028}\\u{2029}"),
            ("\u{202e}live\u{2066}", "\\u{202e}live\\u{2066}", "\\u{202e}live\\u{2066}"),
        ] {
            assert_eq!(one_line(text), on_one_line);
            assert_eq!(lines(text), on_several);
        }
    }
}
