//! The variables of a test that are called like secrets.
//!
//! Owns: which they are, and taking their values from a context or an answer. Does not: redact.

use super::definition::{ExtractBind, Test};
use crate::exchange::response::Response;
use crate::ground::value::Value;
use crate::secrets::Secrets;
use crate::variables::context::Context;

impl Test {
    /// Adds the values of the variables that it binds before it sends.
    pub fn tell_bound_secrets(&self, secrets: &mut Secrets, context: &Context) {
        self.bound().for_each(|name| add(secrets, name, context));
        for (_, value) in &self.variable_binds {
            secrets.add_within(value);
        }
        for value in self.row().iter().flat_map(|row| &row.cells).flatten() {
            secrets.add_within(value);
        }
    }

    /// Adds the values of the variables that it binds, and of those that it extracts.
    pub fn tell_variable_secrets(&self, secrets: &mut Secrets, context: &Context) {
        self.bound().for_each(|name| add(secrets, name, context));
        for bind in &self.extract_binds {
            match context.get(&bind.variable) {
                Some(value) if bind.is_secret(secrets) => bind.tell_secret(secrets, value),
                _ => {}
            }
        }
    }

    /// Adds what it takes out of an answer, or would have taken, had the answer been right, and what validators look at
    /// in secret.
    pub fn tell_extractable_secrets(&self, secrets: &mut Secrets, response: &Response, context: &Context) {
        for bind in &self.extract_binds {
            if bind.is_secret(secrets)
                && let Ok(value) = bind.extractor.extract(response, context)
            {
                bind.tell_secret(secrets, &value);
            }
        }
        self.validators.iter().for_each(|validator| validator.tell_secrets_of(response, secrets, context));
    }

    /// Whether it binds or extracts a variable that is called like one of these secrets.
    pub fn has_secret_variables(&self, secrets: &Secrets) -> bool {
        self.bound().any(|name| secrets.is_secret_name(name))
            || self.extract_binds.iter().any(|bind| bind.is_secret(secrets))
    }

    fn bound(&self) -> impl Iterator<Item = &str> {
        let names = self.variable_binds.iter().map(|(name, _)| name);
        let names = names.chain(self.generator_binds.iter().map(|(name, _)| name));
        names.map(String::as_str).chain(self.row_variables())
    }
}

impl ExtractBind {
    /// Whether its value is a secret: the variable is called like one, or the extractor says so.
    pub fn is_secret(&self, secrets: &Secrets) -> bool {
        self.extractor.is_secret() || secrets.is_secret_name(&self.variable)
    }

    /// Adds the value that it came to, if that is a secret.
    pub fn tell_secret(&self, secrets: &mut Secrets, value: &Value) {
        if self.extractor.is_secret() {
            secrets.add_declared(&self.variable, value);
        } else if secrets.is_secret_name(&self.variable) {
            secrets.add_variable(&self.variable, value);
        }
    }
}

fn add(secrets: &mut Secrets, name: &str, context: &Context) {
    if secrets.is_secret_name(name)
        && let Some(value) = context.get(name)
    {
        secrets.add_variable(name, value);
    }
}
