//! A process-wide table of names to which a program that embeds resttest adds its own.
//!
//! Owns: the lock, refusing a name that is taken, names that win for a while. Does not: know what is registered; each
//! kind (generators, extractors, comparators, validators, tests) keeps its own table beside its code, and looks here
//! first.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

/// Names and what they stand for, in the order of registration.
pub struct Registry<T: ?Sized> {
    kind: &'static str,
    entries: RwLock<Vec<(String, Arc<T>)>>,
    /// Those of extensions.
    winning: RwLock<Vec<(String, Arc<T>)>>,
}

impl<T: ?Sized> Registry<T> {
    /// An empty table; `kind` names the things in it in messages.
    pub const fn new(kind: &'static str) -> Registry<T> {
        Registry { kind, entries: RwLock::new(Vec::new()), winning: RwLock::new(Vec::new()) }
    }

    /// Adds a name.
    ///
    /// # Errors
    /// It is empty, registered already, or among the `taken` ones.
    pub fn add(&self, name: &str, taken: &[&str], entry: Arc<T>) -> Result<(), String> {
        if name.is_empty() {
            return Err(format!("cannot register a {} without a name", self.kind));
        }
        // A thread that panicked elsewhere cannot have left a half-pushed entry, so poison is no harm.
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if taken.contains(&name) || entries.iter().any(|(have, _)| have == name) {
            return Err(format!("a {} named \"{name}\" already exists", self.kind));
        }
        entries.push((name.to_owned(), entry));
        Ok(())
    }

    /// Adds a name that wins over whatever has it, until [`Registry::forget_winning`]; false if one that wins has it.
    pub fn win(&self, name: &str, entry: Arc<T>) -> bool {
        let mut winning = self.winning.write().unwrap_or_else(PoisonError::into_inner);
        let is_free = winning.iter().all(|(have, _)| have != name);
        if is_free {
            winning.push((name.to_owned(), entry));
        }
        is_free
    }

    /// Takes back all that win.
    pub fn forget_winning(&self) {
        self.winning.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What a name stands for.
    pub fn get(&self, name: &str) -> Option<Arc<T>> {
        [&self.winning, &self.entries].into_iter().find_map(|table| {
            let table = table.read().unwrap_or_else(PoisonError::into_inner);
            table.iter().find(|(have, _)| have == name).map(|(_, entry)| entry.clone())
        })
    }

    /// Whether a name is registered.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The built-in names and then the registered ones, for "did you mean".
    pub fn names_after(&self, builtin: &[&str]) -> Vec<String> {
        let mut names: Vec<String> = builtin.iter().map(|name| (*name).to_owned()).collect();
        for table in [&self.entries, &self.winning] {
            let table = table.read().unwrap_or_else(PoisonError::into_inner);
            for (name, _) in table.iter() {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    }
}

impl<T: ?Sized> fmt::Debug for Registry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("kind", &self.kind).field("names", &self.names_after(&[])).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_registered_once() {
        static TABLE: Registry<dyn Fn() -> i32 + Send + Sync> = Registry::new("thing");
        assert_eq!(TABLE.add("a", &["b"], Arc::new(|| 1)), Ok(()));
        assert_eq!(TABLE.add("a", &[], Arc::new(|| 2)), Err("a thing named \"a\" already exists".to_owned()));
        assert!(TABLE.add("b", &["b"], Arc::new(|| 2)).is_err() && TABLE.add("", &[], Arc::new(|| 2)).is_err());
        assert_eq!(TABLE.get("a").map(|f| f()), Some(1));
        assert_eq!(TABLE.names_after(&["b"]), ["b", "a"]);
        assert!(TABLE.win("a", Arc::new(|| 3)) && !TABLE.win("a", Arc::new(|| 4)));
        assert_eq!((TABLE.get("a").map(|f| f()), TABLE.names_after(&[])), (Some(3), vec!["a".to_owned()]));
        TABLE.forget_winning();
        assert_eq!(TABLE.get("a").map(|f| f()), Some(1));
    }
}
