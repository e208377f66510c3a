//! The environment of the process: the one place where it is read for suites, settings and the log.

use std::sync::OnceLock;

use crate::report::CiSystems;

/// A variable's value; what is not UTF-8 in it is replaced.
pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The CI systems that read what is printed.
pub(super) fn ci_systems() -> CiSystems {
    static SYSTEMS: OnceLock<CiSystems> = OnceLock::new();
    *SYSTEMS.get_or_init(|| CiSystems::of(environment))
}

/// Whether `CI` is set, as CI systems do: neither empty nor `false`.
pub(super) fn is_ci() -> bool {
    environment("CI").is_some_and(|value| !matches!(value.as_str(), "" | "false"))
}
