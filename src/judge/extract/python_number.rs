//! Which texts Python's `int()` and `float()` accept.
//!
//! Owns: signs, surrounding spaces, single underscores between digits, decimal digits of any script.
//! Does not: know YAML's or JSON's numbers.

/// The zeros of all scripts with decimal digits; nine more digits follow each (Unicode 14, Python 3.11).
const ZEROS: &[u32] = &[
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// What `int()` makes of a text. A number beyond 128 bits is cut to the nearest one that fits.
pub fn parse_int(text: &str) -> Option<i128> {
    let text = text.trim_matches(is_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value: i128 = 0;
    let mut last_was_digit = false;
    for c in digits.chars() {
        if c == '_' && last_was_digit {
            last_was_digit = false;
            continue;
        }
        let digit = i128::from(digit_value(c)?);
        let digit = if negative { -digit } else { digit };
        value = value.saturating_mul(10).saturating_add(digit);
        last_was_digit = true;
    }
    last_was_digit.then_some(value)
}

/// What `float()` makes of a text.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim_matches(is_space);
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match digit_value(c) {
            Some(digit) => plain.push(char::from(b'0' + digit)),
            None if c == '_' => {
                let after_digit = plain.ends_with(|c: char| c.is_ascii_digit());
                let before_digit = chars.peek().is_some_and(|c| digit_value(*c).is_some());
                if !(after_digit && before_digit) {
                    return None;
                }
            }
            None => plain.push(c),
        }
    }
    plain.parse().ok()
}

/// Python's `str.isspace`: Unicode's white space and the four information separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

fn digit_value(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|digit| digit as u8);
    }
    let after = ZEROS.partition_point(|zero| *zero <= c as u32);
    let offset = c as u32 - ZEROS.get(after.checked_sub(1)?)?;
    (offset < 10).then_some(offset as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int_is_pythons() {
        let accepted = [
            ("1", 1),
            (" 1 ", 1),
            ("+1", 1),
            ("-0", 0),
            ("1_0", 10),
            ("007", 7),
            ("\u{661}\u{662}", 12),
            ("\u{ff11}2", 12),
            ("\t5\n", 5),
            ("\x1f5", 5),
            ("\u{a0}5", 5),
            ("-3", -3),
            ("99999999999999999999999999999999999999999999", i128::MAX),
            ("-99999999999999999999999999999999999999999999", i128::MIN),
        ];
        for (text, number) in accepted {
            assert_eq!(parse_int(text), Some(number), "{text:?}");
        }
        for text in ["", " ", "_1", "1_", "1__0", "- 1", "--1", "+-1", "1.0", "0x1", "1e3", "²", "one", "٠x"] {
            assert_eq!(parse_int(text), None, "{text:?}");
        }
    }

    #[test]
    fn float_is_pythons() {
        for (text, number) in
            [("1.5", 1.5), (" 1e3 ", 1e3), ("1_0.5", 10.5), (".5", 0.5), ("5.", 5.0), ("-Infinity", f64::NEG_INFINITY)]
        {
            assert_eq!(parse_float(text), Some(number), "{text:?}");
        }
        assert!(parse_float("nan").is_some_and(f64::is_nan));
        for text in ["", "1_.5", "_1", "0x1p3", "one", "1e", "."] {
            assert_eq!(parse_float(text), None, "{text:?}");
        }
    }
}
