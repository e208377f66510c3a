//! A validator that holds, in words; and the secrets that it looks at.
//!
//! Owns: what a condition says of itself. Does not: judge (see `validator`).

use super::validator::{Check, Expected, Validator};
use crate::exchange::response::Response;
use crate::judge::extract::Extractor;
use crate::judge::wording::shown;
use crate::secrets::Secrets;
use crate::variables::context::Context;

impl Validator {
    /// What it claims: `variable "stage" eq "prod"`.
    pub fn claim(&self, context: &Context) -> String {
        match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                let expected = match expected {
                    Expected::Value(value) => shown(value),
                    Expected::Template(template) => shown(&template.render(context).into()),
                    Expected::Extractor(extractor) => extractor.describe(context),
                };
                format!("{} {} {expected}", extractor.describe(context), comparator.name())
            }
            Check::ExtractTest { extractor, test } => format!("{} {}", extractor.describe(context), test.name()),
            Check::JsonSchema(_) => "json_schema".to_owned(),
            Check::JsonEquals(_) => "json_equals".to_owned(),
            Check::Snapshot(_) => "snapshot".to_owned(),
            Check::Custom { name, .. } => name.clone(),
        }
    }

    /// Adds what it takes out of an answer in secret.
    pub fn tell_secrets_of(&self, response: &Response, secrets: &mut Secrets, context: &Context) {
        let (Check::Compare { extractor, .. } | Check::ExtractTest { extractor, .. }) = &*self.check else { return };
        if extractor.is_secret()
            && let Ok(value) = extractor.extract(response, context)
        {
            secrets.add_declared(&extractor.query(context), &value);
        }
    }

    /// Adds what it takes from a variable or the environment under the name of a secret, and what it compares that
    /// with.
    pub fn tell_secrets(&self, secrets: &mut Secrets, context: &Context) {
        let names = secrets.beside();
        let known_before = |extractor: &Extractor| {
            let is_secret = !extractor.needs_answer() && names.is_secret_name(&extractor.query(context));
            is_secret.then(|| extractor.extract(&Response::default(), context).ok()).flatten()
        };
        match &*self.check {
            Check::Compare { extractor, expected, .. } => {
                let expected = match expected {
                    Expected::Value(value) if names.is_secret_name(&extractor.query(context)) => Some(value.clone()),
                    Expected::Extractor(other) => known_before(other),
                    _ => None,
                };
                let name = extractor.query(context);
                known_before(extractor).iter().chain(&expected).for_each(|value| secrets.add_variable(&name, value));
            }
            Check::ExtractTest { extractor, .. } => {
                known_before(extractor).iter().for_each(|value| secrets.add_variable(&extractor.query(context), value));
            }
            _ => {}
        }
    }
}
