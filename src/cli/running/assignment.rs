//! An order from a parent process to its child: which suite is the child's, and under which words.

use serde::{Deserialize, Serialize};

/// The form of orders; parent and child are the same binary, so this is a check, not a choice.
pub const VERSION: u32 = 1;

/// What one child is to run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The form, [`VERSION`].
    pub version: u32,
    /// The parent's words.
    pub words: Vec<String>,
    /// The one suite that is this child's.
    pub suite: String,
    /// Whether the suite is one of a runner configuration.
    pub from_config: bool,
}

/// The order for a suite, one line.
pub fn order(words: &[String], suite: &str, from_config: bool) -> String {
    let order = Assignment { version: VERSION, words: words.to_vec(), suite: suite.to_owned(), from_config };
    serde_json::to_string(&order).unwrap_or_default()
}
