//! Masks: what nobody can name and nobody is to see, by its header or by what it looks like.
//!
//! Owns: the data, and where a text has something of the kind. Does not: know a language of patterns (see `judge`), or
//! values (see `known`).

use std::fmt;

/// Finds what a mask covers in a text.
pub trait Pattern: fmt::Debug + Send + Sync {
    /// Adds the places, as bytes from and to.
    fn find(&self, text: &str, places: &mut Vec<(usize, usize)>);
}

/// Headers and patterns whose values nobody is to see.
#[derive(Debug, Default)]
pub struct Masks {
    /// Variables whose values are secret, whatever they are called.
    pub names: Vec<String>,
    /// Names of headers.
    pub headers: Vec<String>,
    /// What values look like.
    pub patterns: Vec<Box<dyn Pattern>>,
}

impl Masks {
    /// Whether this variable was declared to be a secret.
    pub fn covers_variable(&self, name: &str) -> bool {
        self.names.iter().any(|own| own == name)
    }

    /// Whether this header's values are covered.
    pub fn covers_header(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name))
    }

    /// Adds the places of a text that patterns cover; an empty one covers nothing.
    pub fn find(&self, text: &str, places: &mut Vec<(usize, usize)>) {
        let before = places.len();
        for pattern in &self.patterns {
            pattern.find(text, places);
        }
        let mut at = 0;
        places.retain(|(start, end)| {
            at += 1;
            at <= before || start < end
        });
    }
}
