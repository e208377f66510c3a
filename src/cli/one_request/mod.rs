//! The one request of `check` and `load`, as a suite.

mod body;
mod goal;
mod lines;
mod suite_text;
mod variables;

pub use goal::Goal;
pub use suite_text::{SuiteText, write};

/// What is wrong with the words of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    /// They say something that cannot be, or nothing.
    Usage(String),
    /// A file that they name cannot be read.
    Input(String),
}
