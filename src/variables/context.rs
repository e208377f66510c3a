//! The variables and generators of a running test set.
//!
//! Owns: binding as PyRestTest does it, and the clone that each load worker works on.
//! Does not: parse generators, render templates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ground::value::Value;
use crate::variables::generator::Generator;

/// What tests of one set share: variables by name, and the generators that feed them.
#[derive(Debug, Clone, Default)]
pub struct Context {
    variables: HashMap<String, Value>,
    generators: HashMap<String, Arc<Generator>>,
    last: Option<LastTest>,
    told: Told,
}

/// Variables that code of others has set while it could only look: they are bound once it is done.
#[derive(Debug, Default)]
struct Told(Mutex<Vec<(String, Value)>>);

impl Clone for Told {
    /// What is told to one context is for it alone.
    fn clone(&self) -> Told {
        Told::default()
    }
}

/// How the test before this one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastTest {
    /// Its status, if it was answered.
    pub status: Option<u16>,
    /// Whether it passed.
    pub passed: bool,
}

impl Context {
    /// An empty context.
    pub fn new() -> Context {
        Context::default()
    }

    /// Binds a variable. `null` never creates one, but it does overwrite an older value.
    pub fn bind(&mut self, name: &str, value: Value) {
        match self.variables.get_mut(name) {
            Some(have) => *have = value,
            None if matches!(value, Value::Null) => {}
            None => {
                self.variables.insert(name.to_owned(), value);
            }
        }
    }

    /// Notes a value for a variable, to be bound by [`Context::bind_told`].
    pub fn tell(&self, name: &str, value: Value) {
        self.told.0.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), value));
    }

    /// Binds what was noted, and says what it was.
    pub fn bind_told(&mut self) -> Vec<(String, Value)> {
        let told = std::mem::take(self.told.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        told.iter().for_each(|(name, value)| self.bind(name, value.clone()));
        told
    }

    /// Puts a value in a variable's place, null too, or takes it away; what was there comes back.
    pub fn replace(&mut self, name: &str, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.variables.insert(name.to_owned(), value),
            None => self.variables.remove(name),
        }
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// All variables, in no order.
    pub fn variables(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Notes how a test ended, for the next one.
    pub fn set_last(&mut self, last: LastTest) {
        self.last = Some(last);
    }

    /// How the test before ended; `None` before the first one.
    pub fn last(&self) -> Option<LastTest> {
        self.last
    }

    /// Adds a generator, replacing one of the same name.
    pub fn add_generator(&mut self, name: &str, generator: Arc<Generator>) {
        self.generators.insert(name.to_owned(), generator);
    }

    /// Steps a generator and binds its value; nothing if there is no generator of that name, or why it has no value.
    pub fn bind_next(&mut self, variable: &str, generator: &str) -> Option<Result<(), String>> {
        let next = self.generators.get(generator)?.next();
        Some(next.map(|value| self.bind(variable, value)))
    }

    /// The environment variables that generators read, with what they are now, sorted.
    pub fn environment_values(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.generators.values().flat_map(|generator| generator.environment_values()).collect();
        all.sort_unstable();
        all
    }

    /// The names of all generators, sorted.
    pub fn generator_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.generators.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_overwrites_but_never_creates() {
        let mut context = Context::new();
        context.bind("x", Value::Null);
        assert!(context.get("x").is_none());
        context.bind("x", 1.into());
        context.bind("x", true.into());
        assert_eq!(context.get("x").map(Value::to_text).as_deref(), Some("True"));
        context.bind("x", Value::Null);
        assert_eq!(context.get("x").map(Value::to_text).as_deref(), Some("None"));
    }

    #[test]
    fn what_is_told_is_bound_later_and_in_one_context() {
        let mut context = Context::new();
        context.tell("x", 1.into());
        context.tell("y", Value::Null);
        let mut other = context.clone();
        assert!(context.get("x").is_none() && other.bind_told().is_empty());
        assert_eq!(context.bind_told().len(), 2);
        assert_eq!(context.get("x").map(Value::to_text).as_deref(), Some("1"));
        assert!(context.get("y").is_none());
        assert!(context.bind_told().is_empty());
    }
}
