//! The variables of a test that are called like secrets.
//!
//! Owns: which they are, and taking their values from a context or an answer. Does not: redact.

use super::definition::Test;
use crate::exchange::response::Response;
use crate::secrets::{Secrets, is_secret_name};
use crate::variables::context::Context;

impl Test {
    /// Adds the values of the variables that it binds before it sends.
    pub fn tell_bound_secrets(&self, secrets: &mut Secrets, context: &Context) {
        for name in self.bound() {
            add(secrets, name, context);
        }
        for (_, value) in &self.variable_binds {
            secrets.add_within(value);
        }
        for value in self.row().iter().flat_map(|row| &row.cells).flatten() {
            secrets.add_within(value);
        }
    }

    /// Adds the values of the variables that it binds, and of those that it extracts.
    pub fn tell_variable_secrets(&self, secrets: &mut Secrets, context: &Context) {
        for name in self.bound().chain(self.extracted()) {
            add(secrets, name, context);
        }
    }

    /// Adds what it takes out of an answer, or would have taken, had the answer been right.
    pub fn tell_extractable_secrets(&self, secrets: &mut Secrets, response: &Response, context: &Context) {
        for bind in self.extract_binds.iter().filter(|bind| is_secret_name(&bind.variable)) {
            if let Ok(value) = bind.extractor.extract(response, context) {
                secrets.add_value(&value);
            }
        }
    }

    /// Whether it binds or extracts a variable that is called like a secret.
    pub fn has_secret_variables(&self) -> bool {
        self.bound().chain(self.extracted()).next().is_some()
    }

    fn bound(&self) -> impl Iterator<Item = &str> {
        let names = self.variable_binds.iter().map(|(name, _)| name);
        let names = names.chain(self.generator_binds.iter().map(|(name, _)| name));
        names.map(String::as_str).chain(self.row_variables()).filter(|name| is_secret_name(name))
    }

    fn extracted(&self) -> impl Iterator<Item = &str> {
        self.extract_binds.iter().map(|bind| bind.variable.as_str()).filter(|name| is_secret_name(name))
    }
}

fn add(secrets: &mut Secrets, name: &str, context: &Context) {
    if let Some(value) = context.get(name) {
        secrets.add_value(value);
    }
}
