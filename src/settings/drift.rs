//! What becomes of answers whose shape has changed.

/// `drift` of `config`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DriftMode {
    /// Each difference is a warning, once a run.
    #[default]
    Warn,
    /// Each that breaks something fails its test.
    Fail,
}

impl DriftMode {
    /// The words for them.
    pub const WORDS: &'static [&'static str] = &["warn", "fail"];

    /// The one that a word names.
    pub fn of(word: &str) -> Option<DriftMode> {
        match word {
            "warn" => Some(DriftMode::Warn),
            "fail" => Some(DriftMode::Fail),
            _ => None,
        }
    }
}
