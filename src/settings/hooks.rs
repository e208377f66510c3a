//! Commands around tests, as data.

use std::sync::Arc;

/// Commands that are run around tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Before the first suite; if one fails, nothing is sent.
    pub before_all: Vec<String>,
    /// After the last suite, whatever happened.
    pub after_all: Vec<String>,
    /// Before each test; if one fails, the test is an error and is not sent.
    pub before_each: Vec<String>,
    /// After each test; if one fails, the test is an error.
    pub after_each: Vec<String>,
    /// What is added to their environment.
    pub environment: Arc<[(String, String)]>,
}

impl Hooks {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        [&self.before_all, &self.after_all, &self.before_each, &self.after_each].iter().all(|hooks| hooks.is_empty())
    }
}
