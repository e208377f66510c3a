//! The query of a target: pairs, percent-coded.

use percent_encoding::utf8_percent_encode;

use crate::exchange::url::UNRESERVED;
use crate::serve::query_pairs;

/// The pairs of a query, in order, percent-decoded.
#[derive(Debug)]
pub(super) struct Query(pub Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Self {
        Query(query_pairs(text))
    }

    /// The last value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

/// Percent-encodes all but unreserved characters.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}
