//! Commands around tests, as data.

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
}
