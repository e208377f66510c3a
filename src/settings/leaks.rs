//! What becomes of secrets that are seen where they do not belong.

/// `--leaks`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Leaks {
    /// Nobody looks.
    Off,
    /// A warning, once for each secret and kind of place.
    #[default]
    Warn,
    /// The test fails.
    Fail,
}

impl Leaks {
    /// The words for them.
    pub const WORDS: &'static [&'static str] = &["warn", "fail", "off"];

    /// The one that a word names.
    pub fn of(word: &str) -> Option<Leaks> {
        match word {
            "warn" => Some(Leaks::Warn),
            "fail" => Some(Leaks::Fail),
            "off" => Some(Leaks::Off),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_names_one() {
        assert!(Leaks::WORDS.iter().all(|word| Leaks::of(word).is_some()));
        assert_eq!(Leaks::of("maybe"), None);
    }
}
