//! Python's `re.search`: what the `regex` comparator and the `regex` extractor ask.
//!
//! Owns: compiling a pattern once as long as it stays the same, running it within a limit.
//! Does not: the differences in syntax (see `translate`).

mod bounded;
mod names;
mod spelling;
mod translate;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use fancy_regex::{Regex, RegexBuilder};

type Compiled = Result<Arc<Regex>, String>;

/// So much memory a compiled pattern may take: `\w{1,255}` takes a good part of it, since letters are many.
const LARGEST: usize = 64 * 1024 * 1024;

/// A place for one compiled pattern: a constant one is compiled once, a templated one when it changes.
#[derive(Default)]
pub struct Pattern {
    last: Mutex<Option<(String, Compiled)>>,
}

/// A group of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Group {
    /// By its number; 0 is all that matched.
    Number(usize),
    /// By its name.
    Name(String),
}

impl Pattern {
    /// Whether it is a pattern at all.
    ///
    /// # Errors
    /// Why it is none.
    pub fn check(&self, pattern: &str) -> Result<(), String> {
        self.compiled(pattern).map(|_| ())
    }

    /// Whether a pattern has a group.
    ///
    /// # Errors
    /// It has none of that name or number, and which it has.
    pub fn check_group(&self, pattern: &str, group: &Group) -> Result<(), String> {
        let Ok(regex) = self.compiled(pattern) else { return Ok(()) };
        let (is_there, shown) = match group {
            Group::Number(number) => (*number < regex.captures_len(), number.to_string()),
            Group::Name(name) => (regex.capture_names().flatten().any(|have| have == name), format!("\"{name}\"")),
        };
        if is_there {
            return Ok(());
        }
        let names: Vec<&str> = regex.capture_names().flatten().collect();
        let has = match (regex.captures_len() - 1, names.as_slice()) {
            (0, _) => "no group".to_owned(),
            (1, []) => "1 group".to_owned(),
            (count, []) => format!("{count} groups"),
            (count, names) => format!("{count} groups, of these named {}", names.join(", ")),
        };
        Err(format!("the pattern has no group {shown}: it has {has}"))
    }

    /// What a group of `pattern` matches where it is found first in `text`: without a group the first one, if it has
    /// any, else all of it. `None` where it is not found, or the group has no part in it.
    ///
    /// # Errors
    /// It is not a regular expression, has no such group, or looking for it takes too long.
    pub fn find(&self, pattern: &str, text: &str, group: Option<&Group>) -> Result<Option<String>, String> {
        let regex = self.compiled(pattern)?;
        if let Some(group) = group {
            self.check_group(pattern, group)?;
        }
        let group = group.cloned();
        let found = bounded::run(&regex, text, move |regex, text| {
            let found = regex.captures(text).map_err(|error| error.to_string())?;
            let part = found.and_then(|found| match &group {
                Some(Group::Name(name)) => found.name(name),
                Some(Group::Number(number)) => found.get(*number),
                None => found.get(usize::from(regex.captures_len() > 1)),
            });
            Ok(part.map(|part| part.as_str().to_owned()))
        });
        found.and_then(|found| found).map_err(|reason: String| gave_up(pattern, &reason))
    }

    /// Whether `pattern` is found anywhere in `text`.
    ///
    /// # Errors
    /// It is not a regular expression, or looking for it takes too long.
    pub fn is_found(&self, pattern: &str, text: &str) -> Result<bool, String> {
        let regex = self.compiled(pattern)?;
        bounded::run(&regex, text, |regex, text| regex.is_match(text))
            .and_then(|found| found.map_err(|error| error.to_string()))
            .map_err(|reason| gave_up(pattern, &reason))
    }

    fn compiled(&self, pattern: &str) -> Compiled {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, compiled)) = last.as_ref().filter(|(have, _)| have == pattern) {
            return compiled.clone();
        }
        let compiled = compile(pattern);
        *last = Some((pattern.to_owned(), compiled.clone()));
        compiled
    }
}

/// A pattern of what nobody is to see.
#[derive(Clone)]
pub struct Mask(Arc<Regex>);

impl Mask {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// Why it is none.
    pub fn new(pattern: &str) -> Result<Mask, String> {
        compile(pattern).map(Mask)
    }
}

impl crate::secrets::Pattern for Mask {
    fn find(&self, text: &str, places: &mut Vec<(usize, usize)>) {
        let found = bounded::run(&self.0, text, |regex, text| {
            let found: Result<Vec<_>, _> = regex.find_iter(text).collect();
            found.map(|found| found.iter().map(|found| (found.start(), found.end())).collect::<Vec<_>>())
        });
        match found {
            Ok(Ok(found)) => places.extend(found),
            // What cannot be looked over is not shown.
            _ => places.push((0, text.len())),
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

fn gave_up(pattern: &str, reason: &str) -> String {
    format!("the regular expression \"{pattern}\" gave up: {reason}")
}

fn compile(pattern: &str) -> Compiled {
    let wrong = |reason: String| format!("\"{pattern}\" is not a regular expression: {reason}");
    let translated = translate::from_python(pattern).map_err(wrong)?;
    let regex = RegexBuilder::new(&translated).delegate_size_limit(LARGEST).build();
    regex.map(Arc::new).map_err(|error| {
        let reason = error.to_string();
        // So the engine says that the memory does not do; Python has no such bound.
        if reason.ends_with("error building NFA") {
            return format!("\"{pattern}\" takes too much memory; write * or + in place of its large counts");
        }
        wrong(reason)
    })
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern")
    }
}

#[cfg(test)]
mod tests;
