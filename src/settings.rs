//! What the command line (or a program) sets for a whole run.

use crate::settle::Layer;
use crate::value::Value;

/// Settings that hold over every suite of a run.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `--print-bodies`: replaces what the suite says.
    pub print_bodies: Option<bool>,
    /// `--print-headers`.
    pub print_headers: bool,
    /// `--interactive`.
    pub interactive: bool,
    /// `--verbose`: every request and answer head on stderr.
    pub verbose: bool,
    /// `--ssl-insecure`.
    pub ssl_insecure: bool,
    /// `--max-retries` and the like: wins over every suite.
    pub layer: Layer,
    /// `--vars`: set over the suite's `config: variable_binds`.
    pub vars: Vec<(String, Value)>,
}
