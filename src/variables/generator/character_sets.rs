//! The character sets that `random_text` knows by name.
//!
//! Owns: the names and characters, as Python's `string` module and PyRestTest have them.
//! Does not: draw from them.

const SETS: &[(&str, &str)] = &[
    ("ascii_letters", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("ascii_lowercase", "abcdefghijklmnopqrstuvwxyz"),
    ("ascii_uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("digits", "0123456789"),
    ("hexdigits", "0123456789abcdefABCDEF"),
    ("hex_lower", "0123456789abcdef"),
    ("hex_upper", "0123456789ABCDEF"),
    ("letters", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("lowercase", "abcdefghijklmnopqrstuvwxyz"),
    ("octdigits", "01234567"),
    ("punctuation", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    (
        "printable",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ \t\n\r\x0b\x0c",
    ),
    ("uppercase", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("whitespace", " \t\n\r\x0b\x0c"),
    ("url.slug", "abcdefghijklmnopqrstuvwxyz0123456789-"),
    ("url.safe", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-~_."),
    ("alphanumeric", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    ("alphanumeric_lower", "abcdefghijklmnopqrstuvwxyz0123456789"),
    ("alphanumeric_upper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
];

/// The characters of a named set; the name in any case.
pub fn character_set(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    SETS.iter().find(|(have, _)| *have == name).map(|(_, characters)| *characters)
}

/// The names of all sets, for "did you mean".
pub fn character_set_names() -> impl Iterator<Item = &'static str> {
    SETS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_pythons_sizes() {
        let sizes = [
            ("printable", 100),
            ("PUNCTUATION", 32),
            ("Whitespace", 6),
            ("url.safe", 66),
            ("url.slug", 37),
            ("alphanumeric", 62),
            ("hexdigits", 22),
            ("octdigits", 8),
        ];
        for (name, size) in sizes {
            assert_eq!(character_set(name).map(|set| set.chars().count()), Some(size), "{name}");
        }
        assert_eq!(character_set("nosuch"), None);
        assert_eq!(character_set_names().count(), 19);
    }
}
