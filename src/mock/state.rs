//! What a mock server remembers from request to request.
//!
//! Owns: scenarios and variables that stubs keep. Does not: count hits (each stub does).

use std::collections::HashMap;

use crate::ground::value::Value;

/// What every scenario is at first.
const INITIAL: &str = "started";

/// Scenarios and variables.
#[derive(Debug, Default)]
pub struct State {
    scenarios: HashMap<String, String>,
    kept: HashMap<String, Value>,
}

impl State {
    /// What a scenario is.
    pub fn of(&self, scenario: &str) -> &str {
        self.scenarios.get(scenario).map_or(INITIAL, String::as_str)
    }

    /// Makes a scenario something else.
    pub fn set(&mut self, scenario: &str, state: &str) {
        self.scenarios.insert(scenario.to_owned(), state.to_owned());
    }

    /// Keeps a variable.
    pub fn keep(&mut self, name: &str, value: Value) {
        self.kept.insert(name.to_owned(), value);
    }

    /// The variables that are kept.
    pub fn kept(&self) -> &HashMap<String, Value> {
        &self.kept
    }
}
