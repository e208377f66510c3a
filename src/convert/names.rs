//! Names of variables, made of the names that others give them.
//!
//! Owns: which characters a name may have, that no two names meet. Does not: know what a variable holds.

use std::collections::{HashMap, HashSet};

/// Names that have been given.
#[derive(Debug, Default)]
pub struct Names {
    /// By what they were called before.
    given: HashMap<String, String>,
    taken: HashSet<String>,
    changed: Vec<(String, String)>,
}

impl Names {
    /// The variable for what a source calls so: the same for the same name.
    pub fn of(&mut self, written: &str) -> String {
        if let Some(name) = self.given.get(written) {
            return name.clone();
        }
        let name = self.free(&allowed(written));
        if name != written {
            self.changed.push((written.to_owned(), name.clone()));
        }
        self.given.insert(written.to_owned(), name.clone());
        name
    }

    /// A new variable that is called so, with a number behind it.
    pub fn numbered(&mut self, subject: &str) -> String {
        let subject = snake(subject);
        let mut number = 1_usize;
        loop {
            let name = format!("{subject}_{number}");
            if self.taken.insert(name.clone()) {
                return name;
            }
            number += 1;
        }
    }

    /// A new variable that is called so, as far as that is free.
    pub fn fresh(&mut self, subject: &str) -> String {
        self.free(&snake(subject))
    }

    /// What is called otherwise now: its name before, and now.
    pub fn changed(&self) -> &[(String, String)] {
        &self.changed
    }

    fn free(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        let name = (2_usize..).map(|number| format!("{wanted}_{number}")).find(|name| !self.taken.contains(name));
        let name = name.unwrap_or_default();
        self.taken.insert(name.clone());
        name
    }
}

/// The name with all that a template's name cannot have as `_`.
fn allowed(written: &str) -> String {
    let mut name: String =
        written.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// `X-Api-Key`, `apiKey` as `x_api_key`, `api_key`.
fn snake(subject: &str) -> String {
    let mut name = String::new();
    let mut was_small = false;
    for letter in subject.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && was_small {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    let name = name.trim_end_matches('_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_owned() } else { format!("secret_{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_templates_and_meet_nowhere() {
        let mut names = Names::default();
        for (written, name) in
            [("id", "id"), ("a.b", "a_b"), ("a-b", "a_b_2"), ("a.b", "a_b"), ("1", "_1"), ("é", "_"), ("", "__2")]
        {
            assert_eq!(names.of(written), name, "{written}");
        }
        assert_eq!(names.changed().len(), 5);
        assert_eq!(names.numbered("X-Api-Key"), "x_api_key_1");
        assert_eq!(names.numbered("xApiKey"), "x_api_key_2");
        assert_eq!(names.numbered("-"), "secret__1");
    }
}
