//! Of which tests a report shows what went and came.

/// Of which tests the exchanges are kept, with what was held against their answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Of none: no report shows them.
    #[default]
    None,
    /// Of those that did not pass, or only after a retry.
    Failed,
    /// Of all.
    All,
}
