//! Secrets with their names, wherever they come from.
//!
//! Owns: the data, which no dump shows. Does not: find them, hide them (see `secrets`).

use std::fmt;

use crate::ground::value::Value;
use crate::secrets::REDACTED;

/// Values by name, each name once: of several, the last one counts.
#[derive(Clone, Default)]
pub struct GivenSecrets(Vec<(String, Value)>);

impl GivenSecrets {
    /// Sets one.
    pub fn set(&mut self, name: impl Into<String>, value: Value) {
        let name = name.into();
        self.0.retain(|(have, _)| *have != name);
        self.0.push((name, value));
    }

    /// One by its name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for GivenSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| format!("{name}: {REDACTED}"))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts_and_none_is_shown() {
        let mut secrets = GivenSecrets::default();
        assert!(secrets.is_empty());
        secrets.set("a", Value::Int(1));
        secrets.set("b", Value::Str("hunter2".to_owned()));
        secrets.set("a", Value::Int(2));
        assert_eq!(secrets.get("a").map(Value::to_text).as_deref(), Some("2"));
        assert_eq!(secrets.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a"]);
        assert!(!format!("{secrets:?}").contains("hunter2"));
    }
}
