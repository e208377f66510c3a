//! `regex`: a part of a text, by a regular expression in Python's syntax.
//!
//! Owns: which group is taken. Does not: know the syntax (see `python_regex`).

use std::sync::Arc;

use super::ExtractError;
use crate::ground::value::Value;
use crate::judge::python_regex::{Group, Pattern};
use crate::variables::context::Context;
use crate::variables::template::Text;

/// The pattern's place, and the group that is taken.
#[derive(Debug, Clone, Default)]
pub struct RegexQuery {
    pattern: Arc<Pattern>,
    group: Option<Group>,
}

impl RegexQuery {
    /// Chooses the group: a name, or a number from 0, which is the whole match.
    ///
    /// # Errors
    /// The pattern is known already, and has no such group.
    pub fn set_group(&mut self, group: Option<&str>, query: &Text) -> Result<(), String> {
        self.group = group.map(|group| match group.parse() {
            Ok(number) => Group::Number(number),
            Err(_) => Group::Name(group.to_owned()),
        });
        match &self.group {
            Some(group) if query.is_constant() => self.pattern.check_group(&query.render(&Context::new()), group),
            _ => Ok(()),
        }
    }

    /// Why the pattern can be no good for any text.
    pub fn mistake(&self, pattern: &str) -> Option<String> {
        self.pattern.check(pattern).err()
    }

    /// The group's text, where the pattern is found first; of several texts, in the first that has it.
    ///
    /// # Errors
    /// It is not found, is no pattern, or looking for it takes too long.
    pub fn find(&self, pattern: &str, texts: &Value) -> Result<Value, ExtractError> {
        let texts = match texts {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for text in texts {
            let found = self.pattern.find(pattern, &text.to_text(), self.group.as_ref());
            if let Some(found) = found.map_err(ExtractError::Misused)? {
                return Ok(found.into());
            }
        }
        Err(ExtractError::Missing("the pattern is not found".to_owned()))
    }
}
