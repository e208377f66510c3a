//! The lines of a suite that is made, each with the option that it comes from.
//!
//! Owns: indentation, and which option a line is of. Does not: know what a suite is.

use std::fmt::Write as _;

/// Lines, from the first to the last.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    /// The option of each line.
    origins: Vec<String>,
    /// That of the lines to come.
    origin: String,
}

impl Lines {
    /// What follows comes from this option.
    pub fn of(&mut self, option: impl Into<String>) -> &mut Lines {
        self.origin = option.into();
        self
    }

    /// Adds a line, so many levels deep.
    pub fn push(&mut self, depth: usize, line: impl AsRef<str>) -> &mut Lines {
        let _ = writeln!(self.text, "{:indent$}{}", "", line.as_ref(), indent = 2 * depth);
        self.origins.push(self.origin.clone());
        self
    }

    /// Puts other lines behind these.
    pub fn append(&mut self, other: Lines) {
        self.text.push_str(&other.text);
        self.origins.extend(other.origins);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.origins.len()
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The option that a line, counted from 1, comes from.
    pub fn origin(&self, line: u32) -> &str {
        let at = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        self.origins.get(at).map_or("", String::as_str)
    }
}
