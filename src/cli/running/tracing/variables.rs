//! The standard variables of OpenTelemetry as text: which are set, and lists of pairs in them.

use crate::cli::environment::environment;
use crate::cli::exit::Exit;
use crate::exchange::url::percent_decode;

/// What is wrong, and the exit that goes with it.
pub type Wrong = (Exit, String);

/// A variable that is set, with its name.
pub fn set(name: &'static str) -> Option<(&'static str, String)> {
    let value = environment(name)?;
    Some((name, value.trim().to_owned())).filter(|(_, value)| !value.is_empty())
}

/// `k=v,k2=v2` with values that are percent-encoded, as W3C Baggage has it; what is behind a `;` is about the pair.
///
/// # Errors
/// It is none; values may be secrets and are not shown.
pub fn pairs(name: &str, list: &str, key: fn(&str) -> Result<String, String>) -> Result<Vec<(String, String)>, Wrong> {
    let pair = |(place, pair): (usize, &str)| {
        let wrong = |why: &str| (Exit::Usage, format!("{name}: item {} {why}", place + 1));
        let (own, value) = pair.split_once('=').ok_or_else(|| wrong("is not KEY=VALUE"))?;
        let value = percent_decode(value.split(';').next().unwrap_or_default().trim());
        if value.chars().any(char::is_control) {
            return Err(wrong("has a value with a control character"));
        }
        Ok((key(own).map_err(|why| wrong(&why))?, value))
    };
    list.split(',').enumerate().filter(|(_, item)| !item.trim().is_empty()).map(pair).collect()
}

/// A key of such a list.
///
/// # Errors
/// It is empty.
pub fn key(key: &str) -> Result<String, String> {
    let key = key.trim();
    if key.is_empty() { Err("has no key".to_owned()) } else { Ok(key.to_owned()) }
}
