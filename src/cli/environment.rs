//! The environment of the process, and what `--env-file` adds: the one place where it is read for suites, settings and
//! the log.

use std::sync::{OnceLock, PoisonError, RwLock};

use crate::report::CiSystems;

/// What has been added; what the process has of the same names wins.
static ADDED: RwLock<Vec<(String, String)>> = RwLock::new(Vec::new());

/// A variable's value; what is not UTF-8 in it is replaced.
pub(super) fn environment(name: &str) -> Option<String> {
    let own = std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    own.or_else(|| {
        let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
        added.iter().find(|(have, _)| have == name).map(|(_, value)| value.clone())
    })
}

/// The machine's name.
pub(super) fn host() -> Option<String> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let named = ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(environment);
    let host = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname")).or(named)?;
    Some(host.trim().to_owned()).filter(|host| !host.is_empty())
}

/// Adds variables; of a name that is there already, nothing changes.
pub(super) fn add_to_environment(variables: Vec<(String, String)>) {
    let mut added = ADDED.write().unwrap_or_else(PoisonError::into_inner);
    for (name, value) in variables {
        if std::env::var_os(&name).is_none() && added.iter().all(|(have, _)| *have != name) {
            added.push((name, value));
        }
    }
}

/// What has been added, for processes that are started.
pub(super) fn added_to_environment() -> Vec<(String, String)> {
    ADDED.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// A new run begins, in this process's own environment.
pub(super) fn forget_added() {
    ADDED.write().unwrap_or_else(PoisonError::into_inner).clear();
}

/// Whether there is any variable whose name begins so.
pub(super) fn has_variables_of(prefix: &str) -> bool {
    let begins = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    added.iter().any(|(name, _)| name.starts_with(prefix)) || std::env::vars_os().any(|(name, _)| begins(&name))
}

/// The variables whose names begin with one of these, what has been added among them: which it is, the rest of the
/// name, the value.
pub(super) fn variables_of<'p>(prefixes: &[&'p str]) -> Vec<(&'p str, String, String)> {
    let own = std::env::vars_os().filter_map(|(name, value)| {
        let prefix = prefixes.iter().find(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))?;
        let name = name.to_string_lossy();
        Some((*prefix, name.strip_prefix(prefix)?.to_owned(), value.to_string_lossy().into_owned()))
    });
    let mut all: Vec<_> = own.collect();
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    for (name, value) in added.iter() {
        if let Some((prefix, rest)) = prefixes.iter().find_map(|prefix| Some((*prefix, name.strip_prefix(prefix)?))) {
            all.push((prefix, rest.to_owned(), value.clone()));
        }
    }
    all
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
