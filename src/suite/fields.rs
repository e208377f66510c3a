//! Mappings as PyRestTest takes them, and scalars as it converts them.
//!
//! Owns: lists of mappings flattened, keys lower-cased, `int()`, `str()` and friends with their errors.
//! Does not: know any key.

use std::borrow::Cow;
use std::time::Duration;

use super::document::{Entry, Kind, Node, last_wins, repeated_key};
use super::faults::Faults;
use super::reader::{FileReader, Read};
use crate::exchange::request::Timeout;
use crate::ground::byte_size;
use crate::ground::source::{Position, did_you_mean};
use crate::ground::value::Value;
use crate::secrets::is_secret_name;
use crate::settings::drift::DriftMode;
use crate::settings::precedence::{Origin, Setting};
use crate::settings::unset_variables::UnsetVariables;

/// A key with its value, borrowed from the document unless it had to be changed.
pub type Field<'n> = Cow<'n, Entry>;

impl FileReader<'_> {
    /// A mapping, or a list of mappings of which later ones win; keys as written.
    pub fn flatten<'n>(&self, node: &'n Node, what: &str) -> Read<Vec<Field<'n>>> {
        match &node.kind {
            Kind::Map(entries) => Ok(entries.iter().map(Cow::Borrowed).collect()),
            Kind::List(items) => {
                let mut all = Vec::with_capacity(items.len());
                for item in items {
                    match &item.kind {
                        Kind::Map(entries) => all.extend(entries.iter().map(Cow::Borrowed)),
                        _ => return Err(self.wrong(item, what, "a mapping, or a list of mappings")),
                    }
                }
                Ok(last_wins(all))
            }
            Kind::Scalar(_) => Err(self.wrong(node, what, "a mapping, or a list of mappings")),
        }
    }

    /// `flatten` with lower-cased keys; of keys that differ only in case the last wins.
    pub fn fields<'n>(&self, node: &'n Node, what: &str) -> Read<Vec<Field<'n>>> {
        Ok(lowered(self.flatten(node, what)?))
    }

    /// Warns of keys that a list of mappings has again in another of them, or that differ in case only; the same key
    /// twice in one mapping has been told of where the text was read.
    pub fn warn_of_repeated(&mut self, of: &Entry) {
        let items: &[Node] = match &of.value.kind {
            Kind::List(items) => items,
            Kind::Map(entries) if entries.iter().all(|entry| is_lower(&entry.name)) => return,
            _ => std::slice::from_ref(&of.value),
        };
        let entries = items.iter().flat_map(|item| match &item.kind {
            Kind::Map(entries) => entries.as_slice(),
            _ => &[],
        });
        let mut seen: Vec<(String, Position)> = Vec::new();
        // What an alias brings in stands above, and is overridden on purpose.
        for entry in entries.filter(|entry| entry.at >= of.at) {
            let name = entry.name.to_lowercase();
            match seen.iter_mut().find(|(have, _)| *have == name) {
                Some((_, first)) => {
                    self.warn(entry.at, repeated_key(&entry.name, *first, entry.at));
                    *first = entry.at;
                }
                None => seen.push((name, entry.at)),
            }
        }
    }

    /// `WHAT must be ALLOWED, not FOUND`.
    pub fn wrong(&self, node: &Node, what: &str, allowed: &str) -> Faults {
        let found = if is_secret_name(what) { node.kind_found().to_owned() } else { node.found() };
        self.fault(node.at, format!("{what} must be {allowed}, not {found}"))
    }

    /// Text.
    pub fn text<'n>(&self, node: &'n Node, what: &str) -> Read<&'n str> {
        node.as_str().ok_or_else(|| self.wrong(node, what, "text"))
    }

    /// Text or an integer, as text; a boolean counts as an integer, as in Python.
    pub fn text_or_integer(&self, node: &Node, what: &str) -> Read<String> {
        match &node.kind {
            Kind::Scalar(value @ (Value::Str(_) | Value::Int(_) | Value::Huge(_) | Value::Bool(_))) => {
                Ok(value.to_text())
            }
            _ => Err(self.wrong(node, what, "text or an integer")),
        }
    }

    /// A boolean, or the text `true` or `false` in any case.
    pub fn boolean(&self, node: &Node, what: &str) -> Read<bool> {
        match &node.kind {
            Kind::Scalar(Value::Bool(flag)) => Ok(*flag),
            Kind::Scalar(Value::Str(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
            Kind::Scalar(Value::Str(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.wrong(node, what, "true or false")),
        }
    }

    /// Python's `int()`: integers, floats cut off, booleans, and text that holds an integer.
    pub fn integer(&self, node: &Node, what: &str) -> Read<i128> {
        match &node.kind {
            Kind::Scalar(Value::Int(number)) => Ok(*number),
            // As near as it comes: nothing that is counted goes so far.
            Kind::Scalar(Value::Huge(digits)) => Ok(if digits.starts_with('-') { i128::MIN } else { i128::MAX }),
            Kind::Scalar(Value::Bool(flag)) => Ok(i128::from(*flag)),
            Kind::Scalar(Value::Float(number)) if number.is_finite() => Ok(number.trunc() as i128),
            Kind::Scalar(Value::Str(text)) => {
                text.trim().replace('_', "").parse().map_err(|_| self.wrong(node, what, "an integer"))
            }
            _ => Err(self.wrong(node, what, "an integer")),
        }
    }

    /// A number of seconds, not negative: a number, or text that holds one.
    pub fn seconds(&self, node: &Node, what: &str) -> Read<Duration> {
        let number = match &node.kind {
            Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => value.to_float(),
            Kind::Scalar(Value::Bool(flag)) => Some(f64::from(u8::from(*flag))),
            Kind::Scalar(Value::Str(text)) => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| *number >= 0.0)
            .and_then(|number| Duration::try_from_secs_f64(number).ok())
            .ok_or_else(|| self.wrong(node, what, "a number of seconds, 0 or more"))
    }

    /// A bound on time as a setting: seconds, and 0 is no limit.
    pub fn bound(&self, key: &Entry) -> Read<Setting<Timeout>> {
        let limit = self.seconds(&key.value, &key.name)?;
        let timeout = if limit.is_zero() { Timeout::Unlimited } else { Timeout::After(limit) };
        Ok(Setting::new(timeout, Origin::Suite(self.location(key.value.at.or(key.at)))))
    }

    /// A bound on bodies as a setting: bytes, or text with a unit; 0 is no limit.
    pub fn body_limit(&self, key: &Entry) -> Read<Setting<u64>> {
        let bytes = match &key.value.kind {
            Kind::Scalar(Value::Int(number)) => u64::try_from(*number).ok(),
            Kind::Scalar(Value::Str(text)) => byte_size::parse(text),
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| self.wrong(&key.value, &key.name, byte_size::ALLOWED))?;
        Ok(Setting::new(bytes, Origin::Suite(self.location(key.value.at.or(key.at)))))
    }

    /// What becomes of variables that nothing has set, as a setting.
    pub fn unset_variables(&self, key: &Entry) -> Read<Setting<UnsetVariables>> {
        let word = self.one_of(key, UnsetVariables::WORDS)?;
        let value = UnsetVariables::of(&word).unwrap_or_default();
        Ok(Setting::new(value, Origin::Suite(self.location(key.value.at.or(key.at)))))
    }

    /// What becomes of answers whose shape has changed.
    pub fn drift(&self, key: &Entry) -> Read<DriftMode> {
        Ok(DriftMode::of(&self.one_of(key, DriftMode::WORDS)?).unwrap_or_default())
    }

    /// One of a few words, in any case.
    fn one_of(&self, key: &Entry, words: &'static [&'static str]) -> Read<String> {
        let word = key.value.as_str().map(str::to_ascii_lowercase);
        if let Some(word) = word.as_ref().filter(|word| words.contains(&word.as_str())) {
            return Ok(word.clone());
        }
        let meant = word.map_or_else(String::new, |word| did_you_mean(&word, words.iter().copied()));
        Err(self.wrong(&key.value, &key.name, &words.join(" or ")).saying(&meant))
    }

    /// Name and value pairs with `str()` names.
    pub fn pairs(&self, node: &Node, what: &str) -> Read<Vec<(String, Value)>> {
        Ok(self.flatten(node, what)?.iter().map(|entry| (entry.name.clone(), entry.value.to_value())).collect())
    }
}

/// Fields with lower-cased keys; of keys that differ only in case the last wins.
pub fn lowered(mut fields: Vec<Field<'_>>) -> Vec<Field<'_>> {
    let is_lower = |field: &Field<'_>| field.typed_key.is_none() && is_lower(&field.name);
    if fields.iter().all(is_lower) {
        return fields;
    }
    for field in fields.iter_mut().filter(|field| !is_lower(field)) {
        let entry = field.to_mut();
        entry.name = entry.name.to_lowercase();
        entry.typed_key = None;
    }
    last_wins(fields)
}

fn is_lower(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// The entry of a key.
pub fn entry<'e>(fields: &'e [Field<'_>], name: &str) -> Option<&'e Entry> {
    fields.iter().map(|field| &**field).find(|entry| entry.name == name)
}
