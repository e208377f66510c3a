//! How wide a text is on a terminal.
//!
//! Owns: which characters take two columns and which none, where a text is cut. Does not: ask a terminal anything.

/// Characters that stand on the one before them or are not seen at all; only those that no terminal gives room.
const NONE: &[(u32, u32)] = &[
    (0x300, 0x36f),
    (0x483, 0x489),
    (0x591, 0x5bd),
    (0x610, 0x61a),
    (0x64b, 0x65f),
    (0x6d6, 0x6dc),
    (0x941, 0x948),
    (0xe34, 0xe3a),
    (0xe47, 0xe4e),
    (0x1ab0, 0x1aff),
    (0x1dc0, 0x1dff),
    (0x200b, 0x200f),
    (0x2060, 0x2064),
    (0x20d0, 0x20ff),
    (0x302a, 0x302d),
    (0x3099, 0x309a),
    (0xfe20, 0xfe2f),
    (0xfeff, 0xfeff),
    (0xe0100, 0xe01ef),
];

/// Scripts and pictures of two columns; where terminals differ, the wider.
const TWO: &[(u32, u32)] = &[
    (0x1100, 0x115f),
    (0x231a, 0x231b),
    (0x2329, 0x232a),
    (0x23e9, 0x23f3),
    (0x25fd, 0x25fe),
    (0x2614, 0x2615),
    (0x2648, 0x2653),
    (0x267f, 0x267f),
    (0x2693, 0x2693),
    (0x26a1, 0x26a1),
    (0x26aa, 0x26ab),
    (0x26bd, 0x26be),
    (0x26c4, 0x26c5),
    (0x26ce, 0x26ce),
    (0x26d4, 0x26d4),
    (0x26ea, 0x26ea),
    (0x26f2, 0x26fd),
    (0x2705, 0x2705),
    (0x270a, 0x270b),
    (0x2728, 0x2728),
    (0x274c, 0x274e),
    (0x2753, 0x2757),
    (0x2795, 0x2797),
    (0x27b0, 0x27bf),
    (0x2b1b, 0x2b1c),
    (0x2b50, 0x2b55),
    (0x2e80, 0x303e),
    (0x3041, 0xa4cf),
    (0xa960, 0xa97f),
    (0xac00, 0xd7a3),
    (0xf900, 0xfaff),
    (0xfe10, 0xfe19),
    (0xfe30, 0xfe6f),
    (0xff00, 0xff60),
    (0xffe0, 0xffe6),
    (0x16fe0, 0x1b2ff),
    (0x1f000, 0x1faff),
    (0x20000, 0x3fffd),
];

/// How many columns a character takes. What chooses a picture's form makes it wider: one column is counted for it.
pub fn of_char(c: char) -> usize {
    if c < '\u{300}' {
        return 1;
    }
    let is_in = |table: &[(u32, u32)]| {
        let place = table.partition_point(|(_, last)| *last < u32::from(c));
        table.get(place).is_some_and(|(first, _)| *first <= u32::from(c))
    };
    match c {
        _ if is_in(NONE) => 0,
        _ if is_in(TWO) => 2,
        _ => 1,
    }
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(of_char).sum() }
}

/// The beginning of a text that is at most so wide.
pub fn beginning(text: &str, most: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices() {
        taken += of_char(c);
        if taken > most {
            return &text[..at];
        }
    }
    text
}

/// The end of a text that is at most so wide.
fn ending(text: &str, most: usize) -> &str {
    let mut taken = 0;
    for (at, c) in text.char_indices().rev() {
        taken += of_char(c);
        if taken > most {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

/// A text of at most so many columns: `…` stands for the end of one that is wider.
pub fn cut_end(text: &str, most: usize) -> String {
    match most {
        _ if width(text) <= most => text.to_owned(),
        0 => String::new(),
        _ => format!("{}…", beginning(text, most - 1)),
    }
}

/// A text of at most so many columns: `…` stands for the middle of one that is wider.
pub fn cut_middle(text: &str, most: usize) -> String {
    match most {
        _ if width(text) <= most => text.to_owned(),
        0 => String::new(),
        _ => {
            let begin = beginning(text, most / 2);
            format!("{begin}…{}", ending(text, most - 1 - width(begin)))
        }
    }
}

/// A text over several lines of at most so many columns, without a loss; words are not cared for.
pub fn folded(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut line = beginning(text, most.max(2));
        if line.is_empty() {
            line = text;
        }
        rest = Some(&text[line.len()..]).filter(|rest| !rest.is_empty());
        Some(line)
    })
}

/// A text in lines of at most so many columns, which end between words where there is a gap in their second half.
pub fn wrapped(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let line = folded(text, most).next()?;
        let after = &text[line.len()..];
        let gap = line.rfind(' ').filter(|at| *at > line.len() / 2);
        let (line, after) = match gap {
            _ if after.is_empty() => (line, after),
            _ if after.starts_with(' ') => (line, &after[1..]),
            Some(at) => (&text[..at], &text[at + 1..]),
            None => (line, after),
        };
        rest = Some(after).filter(|after| !after.is_empty());
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order() {
        for table in [NONE, TWO] {
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0) && table.iter().all(|(a, b)| a <= b));
        }
    }

    #[test]
    fn columns_are_counted() {
        for (text, columns) in
            [("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("\u{1f600}", 2), ("→…▰─", 4), ("한", 2), ("", 0)]
        {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn cuts_leave_as_much_as_fits() {
        for (text, most, end, middle) in [
            ("abcdef", 6, "abcdef", "abcdef"),
            ("abcdefgh", 6, "abcde…", "abc…gh"),
            ("日本日本", 6, "日本…", "日…本"),
            ("abc", 1, "…", "…"),
            ("abc", 0, "", ""),
        ] {
            assert_eq!((cut_end(text, most), cut_middle(text, most)), (end.to_owned(), middle.to_owned()), "{text}");
        }
        assert_eq!(folded("abcdefg", 3).collect::<Vec<_>>(), ["abc", "def", "g"]);
        assert_eq!(folded("日本", 3).collect::<Vec<_>>(), ["日", "本"]);
        assert_eq!(folded("", 3).collect::<Vec<_>>(), [""]);
        assert_eq!(wrapped("one two three", 9).collect::<Vec<_>>(), ["one two", "three"]);
        assert_eq!(wrapped("one two three", 7).collect::<Vec<_>>(), ["one two", "three"]);
        assert_eq!(wrapped("a bcdefgh", 4).collect::<Vec<_>>(), ["a bc", "defg", "h"]);
        assert_eq!(wrapped("", 3).collect::<Vec<_>>(), [""]);
    }
}
