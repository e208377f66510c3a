//! Bytes that a suite spells out: base64 and hexadecimal digits.
//!
//! Owns: both spellings, with what is wrong in one. Does not: know where they stand.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A spelling of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// `aGVsbG8=`; the padding may be left out, blanks and line ends count for nothing.
    Base64,
    /// `68 65 6c6C6f`: two digits a byte, blanks and line ends count for nothing.
    Hex,
}

const PADDED_OR_NOT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

impl Coding {
    /// Its key in a suite.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Base64 => "base64",
            Coding::Hex => "hex",
        }
    }

    /// The bytes that a text spells.
    ///
    /// # Errors
    /// Which character is wrong, and where.
    pub fn decode(self, text: &str) -> Result<Vec<u8>, String> {
        let is_blank = |c: char| c.is_ascii_whitespace();
        let is_digit = |c: char| match self {
            Coding::Base64 => c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_'),
            Coding::Hex => c.is_ascii_hexdigit(),
        };
        if let Some((at, c)) = text.chars().enumerate().find(|(_, c)| !is_digit(*c) && !is_blank(*c)) {
            return Err(format!("\"{}\", character {}, is no {} digit", c.escape_debug(), at + 1, self.name()));
        }
        let digits: String = text.chars().filter(|c| !is_blank(*c)).collect();
        match self {
            Coding::Base64 => {
                let alphabet = if digits.contains(['-', '_']) { alphabet::URL_SAFE } else { alphabet::STANDARD };
                GeneralPurpose::new(&alphabet, PADDED_OR_NOT)
                    .decode(&digits)
                    .map_err(|_| "it is no base64: it is cut off, or has digits behind its end".to_owned())
            }
            Coding::Hex if digits.len() % 2 == 1 => {
                Err(format!("it has {} hex digits; a byte has two of them", digits.len()))
            }
            Coding::Hex => {
                let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
                Ok(digits.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |sum, c| sum << 4 | digit(*c))).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        for (coding, text, bytes) in [
            (Coding::Base64, "aGVs\n bG8=", b"hello".as_slice()),
            (Coding::Base64, "aGVsbG8", b"hello"),
            (Coding::Base64, "-_-_", &[0xfb, 0xff, 0xbf]),
            (Coding::Base64, "+/+/", &[0xfb, 0xff, 0xbf]),
            (Coding::Base64, "", b""),
            (Coding::Hex, "00 fF\n7f", &[0, 0xff, 0x7f]),
            (Coding::Hex, "", b""),
        ] {
            assert_eq!(coding.decode(text).as_deref(), Ok(bytes), "{text}");
        }
        for (coding, text, part) in [
            (Coding::Base64, "aGVs*", "\"*\", character 5"),
            (Coding::Base64, "a", "cut off"),
            (Coding::Base64, "aGVs=aGVs", "behind its end"),
            (Coding::Hex, "0g", "\"g\", character 2"),
            (Coding::Hex, "0x00", "\"x\", character 2"),
            (Coding::Hex, "abc", "3 hex digits"),
        ] {
            let wrong = coding.decode(text).unwrap_err();
            assert!(wrong.contains(part), "{wrong}");
        }
    }
}
