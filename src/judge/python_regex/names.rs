//! `\N{EM DASH}`: a character by its name.
//!
//! Owns: the names of Unicode 14.0 (© Unicode, Inc., under the Unicode License), packed by brotli: 100 kB that are unpacked when
//! a pattern asks. Does not: know named sequences, which are no character.

use std::io::Read as _;

/// The names in the order of their characters, a line each; `+F NAME` where it is not the next character.
const PACKED: &[u8] = include_bytes!("names.br");

/// The character of a name in any case; `None` if there is none.
pub fn character(name: &str) -> Option<char> {
    let name = name.to_ascii_uppercase();
    if let Some(syllable) = name.strip_prefix("HANGUL SYLLABLE ") {
        return hangul(syllable);
    }
    // Ideographs are called by their numbers.
    if let Some((kind, number)) = name.rsplit_once('-')
        && ["CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "TANGUT IDEOGRAPH", "NUSHU CHARACTER"]
            .iter()
            .chain(&["KHITAN SMALL SCRIPT CHARACTER"])
            .any(|known| *known == kind)
    {
        return u32::from_str_radix(number, 16).ok().and_then(char::from_u32);
    }
    let mut names = String::new();
    brotli_decompressor::Decompressor::new(PACKED, 4096).read_to_string(&mut names).ok()?;
    let mut code = u32::MAX;
    for line in names.lines() {
        let (distance, have) = match line.strip_prefix('+').and_then(|line| line.split_once(' ')) {
            Some((distance, have)) => (u32::from_str_radix(distance, 16).ok()?, have),
            None => (1, line),
        };
        code = code.wrapping_add(distance);
        if have == name {
            return char::from_u32(code);
        }
    }
    None
}

/// Syllables are called by their letters.
fn hangul(syllable: &str) -> Option<char> {
    const FIRST: [&str; 19] =
        ["G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"];
    const MIDDLE: [&str; 21] = [
        "A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU",
        "EU", "YI", "I",
    ];
    const LAST: [&str; 28] = [
        "", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S",
        "SS", "NG", "J", "C", "K", "T", "P", "H",
    ];
    for (first, initial) in (0_u32..).zip(FIRST) {
        let Some(rest) = syllable.strip_prefix(initial) else { continue };
        for (middle, vowel) in (0_u32..).zip(MIDDLE) {
            let Some(rest) = rest.strip_prefix(vowel) else { continue };
            if let Some((last, _)) = (0_u32..).zip(LAST).find(|(_, end)| *end == rest) {
                return char::from_u32(0xac00 + (first * 21 + middle) * 28 + last);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_names() {
        for (name, expected) in [
            ("EM DASH", Some('—')),
            ("em dash", Some('—')),
            ("SPACE", Some(' ')),
            ("LATIN SMALL LETTER A", Some('a')),
            ("GRINNING FACE", Some('😀')),
            ("CJK UNIFIED IDEOGRAPH-4E2D", Some('中')),
            ("HANGUL SYLLABLE GAG", Some('각')),
            ("HANGUL SYLLABLE A", Some('아')),
            ("HANGUL SYLLABLE HIH", Some('힣')),
            ("LINE FEED", Some('\n')),
            ("NULL", Some('\0')),
            ("NO SUCH NAME", None),
            ("", None),
        ] {
            assert_eq!(character(name), expected, "{name}");
        }
    }
}
