//! A value with the place that set it.

use std::fmt;
use std::sync::Arc;

use crate::ground::source::Location;

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nothing sets it.
    #[default]
    Default,
    /// `.resttest.yaml`.
    SettingsFile(Location),
    /// The environment: the variable's name.
    Environment(Arc<str>),
    /// A suite file: `config` or a test.
    Suite(Location),
    /// The command line: the flag's name.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    /// `default`, `.resttest.yaml:2`, `RESTTEST_MAX_RETRIES`, `smoke.yaml:4`, `--max-retries`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::SettingsFile(location) | Origin::Suite(location) => f.write_str(&location.line()),
            Origin::Environment(name) => f.write_str(name),
            Origin::CommandLine(flag) => write!(f, "--{flag}"),
        }
    }
}

/// A value and where it was set.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value with its origin.
    pub fn new(value: T, origin: Origin) -> Setting<T> {
        Setting { value, origin }
    }
}
