//! What of a request has names.

/// A value of a request with its name.
pub type Pair = (String, String);

/// A part of a form, as it came.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its field.
    pub name: String,
    /// Its bytes as text.
    pub value: String,
    /// The name of its file; empty without one.
    pub filename: String,
    /// Its content type; empty without one.
    pub content_type: String,
}
