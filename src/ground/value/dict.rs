//! A mapping as Python has it.
//!
//! Owns: its order and its keys. Does not: know what makes two keys equal (see `Value`).

use super::Value;

/// A mapping that keeps the order of its keys; a key that comes twice keeps its first place and
/// its last value, as in Python.
#[derive(Debug, Clone, Default)]
pub struct Dict {
    entries: Vec<(Value, Value)>,
}

impl Dict {
    /// An empty mapping.
    pub fn new() -> Dict {
        Dict::default()
    }

    /// A mapping from pairs that may repeat keys; takes time in line with their number.
    pub fn from_pairs(pairs: Vec<(Value, Value)>) -> Dict {
        const SMALL: usize = 12;
        if pairs.len() <= SMALL {
            let mut dict = Dict { entries: Vec::with_capacity(pairs.len()) };
            for (key, value) in pairs {
                dict.insert(key, value);
            }
            return dict;
        }
        let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::with_capacity(pairs.len());
        let mut entries: Vec<(Value, Value)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match seen.entry(key.identity()) {
                std::collections::hash_map::Entry::Occupied(at) => entries[*at.get()].1 = value,
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(entries.len());
                    entries.push((key, value));
                }
            }
        }
        Dict { entries }
    }

    /// Sets `key`, replacing an equal key's value in place.
    pub fn insert(&mut self, key: Value, value: Value) {
        match self.entries.iter_mut().find(|(have, _)| have.py_eq(&key)) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
        }
    }

    /// The value of a text key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(have, _)| matches!(have, Value::Str(text) if text == key)).map(|(_, value)| value)
    }

    /// The value of any key that Python finds equal to `key`.
    pub fn get_value(&self, key: &Value) -> Option<&Value> {
        self.entries.iter().find(|(have, _)| have.py_eq(key)).map(|(_, value)| value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &(Value, Value)> {
        self.entries.iter()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl FromIterator<(Value, Value)> for Dict {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(pairs: I) -> Dict {
        Dict::from_pairs(pairs.into_iter().collect())
    }
}
