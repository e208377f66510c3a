//! The `regex` comparator: Python's `re.search`.
//!
//! Owns: compiling a pattern once as long as it stays the same, running it within a limit.
//! Does not: the differences in syntax (see `translate`).

mod spelling;
mod translate;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use fancy_regex::{Regex, RegexBuilder};

type Compiled = Result<Arc<Regex>, String>;

/// A place for one compiled pattern: a constant one is compiled once, a templated one when it changes.
#[derive(Default)]
pub struct Pattern {
    last: Mutex<Option<(String, Compiled)>>,
}

impl Pattern {
    /// Whether `pattern` is found anywhere in `text`.
    ///
    /// # Errors
    /// It is not a regular expression, or looking for it takes too long.
    pub fn is_found(&self, pattern: &str, text: &str) -> Result<bool, String> {
        let regex = self.compiled(pattern)?;
        regex.is_match(text).map_err(|error| format!("the regular expression \"{pattern}\" gave up: {error}"))
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

fn compile(pattern: &str) -> Compiled {
    let wrong = |reason: String| format!("\"{pattern}\" is not a regular expression: {reason}");
    let translated = translate::from_python(pattern).map_err(wrong)?;
    RegexBuilder::new(&translated).build().map(Arc::new).map_err(|error| wrong(error.to_string()))
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern")
    }
}

#[cfg(test)]
mod tests;
