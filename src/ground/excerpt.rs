//! A line of a text with a caret below what is meant.
//!
//! Owns: what of a line is meant, where a line that is too long is cut.
//! Does not: know files, colours, or what is secret (it is told which parts are hidden).

use std::ops::Range;

use super::columns;
use super::printable::one_line;

/// What stands in place of a hidden part.
const HIDDEN: &str = "(redacted)";

/// So much of a line is kept on either side of the caret: a suite may be one line of megabytes.
const KEPT: usize = 400;

/// A line around the place of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Where what is meant begins; hidden parts before it count.
    pub at: (u32, u32),
    before: String,
    meant: String,
    after: String,
}

/// An excerpt as two rows of text.
#[derive(Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The line, cut where it is too long.
    pub line: String,
    /// What stands before the caret in the row below.
    pub indent: String,
    /// The caret, as wide as what is meant.
    pub caret: String,
}

impl Excerpt {
    /// The line of a text that holds an offset; `hidden` are the parts of the text that nobody may see, in order.
    pub fn of(text: &str, offset: usize, at: (u32, u32), hidden: &[Range<usize>]) -> Option<Excerpt> {
        let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
        let end = start + text[start..end].trim_end_matches('\r').len();
        let offset = offset.min(end);
        let meant = match hidden.iter().find(|span| span.contains(&offset)) {
            Some(span) => span.start.max(start)..span.end.min(end),
            None => offset..offset + meant_length(&text[start..offset], &text[offset..end]),
        };
        let from = floor(text, meant.start.saturating_sub(KEPT).max(start));
        let to = floor(text, (meant.end + KEPT).min(end)).max(meant.end);
        let shown = |part: Range<usize>| one_line(&masked(text, part, hidden)).into_owned();
        let cut = |is_cut: bool| if is_cut { "…" } else { "" };
        Some(Excerpt {
            at,
            before: format!("{}{}", cut(from > start), shown(from..meant.start)),
            meant: shown(meant.clone()),
            after: format!("{}{}", shown(meant.end..to), cut(to < end)),
        })
    }

    /// The line and the caret in at most so many columns.
    pub fn drawn(&self, columns: usize) -> Drawn {
        let columns = columns.max(8);
        let meant = cut_end(&self.meant, columns - 2);
        let room = columns - width(&meant);
        // What is before the caret tells more than what is after it, which keeps a third where there is much of both.
        let for_before = room.saturating_sub(width(&self.after).min(room / 3));
        let before = cut_start(&self.before, for_before);
        let after = cut_end(&self.after, room - width(&before));
        let indent = before.chars().filter_map(|c| match (c, char_width(c)) {
            ('\t', _) => Some("\t"),
            (_, 0) => None,
            (_, 1) => Some(" "),
            _ => Some("  "),
        });
        Drawn {
            indent: indent.collect(),
            caret: "^".repeat(meant.chars().map(|c| if c == '\t' { 1 } else { char_width(c) }).sum::<usize>().max(1)),
            line: format!("{before}{meant}{after}").trim_end().to_owned(),
        }
    }
}

/// The greatest boundary of a character that is not beyond an offset.
fn floor(text: &str, mut offset: usize) -> usize {
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// How long the word, the quoted text or the value is that begins behind `before`.
fn meant_length(before: &str, rest: &str) -> usize {
    let quoted = |text: &str, quote: char| {
        let mut escaped = false;
        text.char_indices().find_map(|(at, c)| match c {
            c if c == quote && !escaped => Some(at),
            c => {
                escaped = c == '\\' && quote == '"' && !escaped;
                None
            }
        })
    };
    match rest.chars().next() {
        None => return 0,
        Some('\t') => return rest.len() - rest.trim_start_matches('\t').len(),
        Some(quote @ ('"' | '\'')) => return quoted(&rest[1..], quote).map_or(1, |end| end + 2),
        Some('[' | ']' | '{' | '}' | ',' | ':' | '-') => return 1,
        Some(_) => {}
    }
    if let Some(quote) = before.chars().next_back().filter(|c| matches!(c, '"' | '\'')) {
        return quoted(rest, quote).unwrap_or(rest.len());
    }
    // Whether a comma or a bracket ends a plain text here.
    let open = before.chars().fold(0_usize, |open, c| match c {
        '[' | '{' => open + 1,
        ']' | '}' => open.saturating_sub(1),
        _ => open,
    });
    let ends = |at: usize, c: char| {
        let next = rest[at + c.len_utf8()..].chars().next();
        match c {
            ':' => next.is_none_or(char::is_whitespace),
            ' ' => next == Some('#'),
            ',' | ']' | '}' => open > 0,
            _ => false,
        }
    };
    let end = rest.char_indices().find(|(at, c)| ends(*at, *c)).map_or(rest.len(), |(at, _)| at);
    rest[..end].trim_end().len()
}

/// A part of a text, with [`HIDDEN`] for what of it is hidden.
fn masked(text: &str, part: Range<usize>, hidden: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(part.len());
    let mut at = part.start;
    let first = hidden.partition_point(|span| span.end <= part.start);
    for span in hidden[first..].iter().take_while(|span| span.start < part.end) {
        let start = span.start.max(at);
        out.push_str(&text[at..start]);
        // A span that goes on in the next part is told of once, where it begins.
        if span.start >= part.start || part.start == 0 || text[..part.start].ends_with('\n') {
            out.push_str(HIDDEN);
        }
        at = span.end.min(part.end);
    }
    out.push_str(&text[at..part.end]);
    out
}

/// How many columns a text takes; a tab may take 8.
fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    if c == '\t' { 8 } else { columns::of_char(c) }
}

/// The beginning of a text, with `…` for what is cut off, in so many columns.
fn cut_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let kept = text.chars().take_while(|c| {
        used += char_width(*c);
        used <= columns
    });
    let mut out: String = kept.collect();
    if columns > 0 {
        out.push('…');
    }
    out
}

/// The end of a text, with `…` for what is cut off, in so many columns.
fn cut_start(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut used = 1;
    let skipped = text.char_indices().rev().find(|(_, c)| {
        used += char_width(*c);
        used > columns
    });
    let from = skipped.map_or(0, |(at, c)| at + c.len_utf8());
    format!("{}{}", if columns > 0 { "…" } else { "" }, &text[from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two rows for the place of `@` in a text, which is taken out of it.
    fn rows(text: &str, columns: usize) -> String {
        let offset = text.find('@').expect("a place");
        let excerpt = Excerpt::of(&text.replacen('@', "", 1), offset, (1, 1), &[]).expect("an excerpt");
        let drawn = excerpt.drawn(columns);
        format!("{}\n{}{}", drawn.line, drawn.indent, drawn.caret)
    }

    #[test]
    fn the_caret_is_as_wide_as_what_is_meant() {
        for (text, expected) in [
            ("a: @b c # d", "a: b c # d\n   ^^^"),
            ("a: {b: @c d, e: f}", "a: {b: c d, e: f}\n       ^^^"),
            ("a: @b, c", "a: b, c\n   ^^^^"),
            ("a: \"@b \\\" c\" d", "a: \"b \\\" c\" d\n    ^^^^^^"),
            ("a: @'b c' d", "a: 'b c' d\n   ^^^^^"),
            ("@test: x", "test: x\n^^^^"),
            ("x\n@\ty: z\n", "\ty: z\n^"),
            ("x\n\t@y: z\r\nq", "\ty: z\n\t^"),
            ("日本: @語: x", "日本: 語: x\n      ^^"),
            ("e\u{301}: @x", "e\u{301}: x\n   ^"),
            ("a@", "a\n ^"),
            ("x\n@\ny", "\n^"),
            ("a: @[1, 2]", "a: [1, 2]\n   ^"),
            ("\u{1b}[31m@x", "␛[31mx\n     ^"),
        ] {
            assert_eq!(rows(text, 80), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let words = "word ".repeat(2000);
        for text in [
            format!("{words}@meant: {words}"),
            format!("@meant: {words}"),
            format!("{words}@meant:"),
            format!("日本{}@{}", "語".repeat(3000), "語".repeat(3000)),
            format!("x: {{a: @{}}}", "b".repeat(3000)),
        ] {
            for columns in [20, 76] {
                let rows = rows(&text, columns);
                let (line, caret) = rows.split_once('\n').expect("two rows");
                assert!(width(line) <= columns && width(caret) <= columns, "{rows}");
                assert!(line.contains('…'), "{rows}");
                if text.contains("meant") {
                    let at = line.find("meant").expect("what is meant");
                    assert_eq!(width(&line[..at]), caret.find('^').expect("a caret"), "{rows}");
                }
            }
        }
    }

    #[test]
    fn what_is_hidden_is_not_shown() {
        let text = "a: {password: hunter2, b: [x]}\npassword: |\n  hunter2\n  hunter2\n";
        let hidden = [14..21, 45..text.len()];
        let drawn = |offset| Excerpt::of(text, offset, (1, 1), &hidden).expect("an excerpt").drawn(80);
        assert_eq!(drawn(26).line, "a: {password: (redacted), b: [x]}");
        assert_eq!(drawn(26).indent.len(), 29);
        assert_eq!(drawn(14).caret, "^".repeat(10));
        assert_eq!(drawn(16).line, "a: {password: (redacted), b: [x]}");
        for offset in 45..text.len() {
            assert!(!drawn(offset).line.contains("hunter"), "{offset}");
        }
    }
}
