//! What `.resttest.yaml` and the environment set of what suites can set, too: it holds where nobody else says anything.
//!
//! Owns: the data. Does not: read any of it (see `cli`).

use crate::ground::value::Value;
use crate::settings::precedence::Layer;

/// Settings below those of suites.
#[derive(Debug, Clone, Default)]
pub struct Presets {
    /// `max-retries` and the like.
    pub layer: Layer,
    /// `vars` and `variables-file`: the suite's `config: variable_binds` is set over them.
    pub vars: Vec<(String, Value)>,
    /// `print-bodies`.
    pub print_bodies: Option<bool>,
    /// `print-headers`.
    pub print_headers: Option<bool>,
    /// `show-curl`.
    pub show_curl: Option<bool>,
}

impl Presets {
    /// The names of its variables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.vars.iter().map(|(name, _)| name.as_str())
    }
}
