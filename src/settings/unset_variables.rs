//! What becomes of a test whose templates use a variable that nothing has set.

/// `unset_variables`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnsetVariables {
    /// It is sent with the name as written, as PyRestTest does, and a warning says so.
    #[default]
    Warn,
    /// It is not sent, and is an error.
    Error,
}

impl UnsetVariables {
    /// The words that there are.
    pub const WORDS: &'static [&'static str] = &["warn", "error"];

    /// What a word stands for.
    pub fn of(word: &str) -> Option<UnsetVariables> {
        match word {
            "warn" => Some(UnsetVariables::Warn),
            "error" => Some(UnsetVariables::Error),
            _ => None,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            UnsetVariables::Warn => "warn",
            UnsetVariables::Error => "error",
        }
    }
}
