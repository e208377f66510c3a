//! Validators as conditions of an answer that is waited for: what is not there does not hold.
//!
//! Owns: that rule, and saying in a few words how far the answer is from it. Does not: know what is done then (see
//! `run::polling`).

use super::validator::{Check, Validator};
use crate::exchange::response::Response;
use crate::ground::value::Value;
use crate::judge::outcome::Failure;
use crate::judge::wording::shown;
use crate::variables::context::Context;

impl Validator {
    /// How the answer does not meet it: `state was "running"`; nothing where it holds. A comparison with what is not
    /// there never holds, whatever it is compared with.
    pub fn unmet(&self, response: &Response, context: &Context) -> Option<String> {
        match self.check(response, context) {
            Err(failure) => Some(self.in_short(&failure, response, context)),
            Ok(()) => match &*self.check {
                Check::Compare { extractor, .. } => {
                    let absence = extractor.absence(response, context)?;
                    matches!(extractor.extract(response, context), Ok(Value::Null)).then_some(absence)
                }
                _ => None,
            },
        }
    }

    /// What the answer has in place of what it was to have.
    pub fn in_short(&self, failure: &Failure, response: &Response, context: &Context) -> String {
        let (Check::Compare { extractor, .. } | Check::ExtractTest { extractor, .. }) = &*self.check else {
            return failure.message.clone();
        };
        let query = extractor.query(context);
        let subject = match query.strip_prefix("$.") {
            _ if query.is_empty() => extractor.name(),
            Some(below) => below,
            None => &query,
        };
        match extractor.extract(response, context) {
            Ok(Value::Null) => match extractor.absence(response, context) {
                Some(absence) => absence,
                None => format!("{subject} was null"),
            },
            Ok(value) => format!("{subject} was {}", shown(&value)),
            Err(error) => format!("{subject}: {error}"),
        }
    }

    /// Whether it is a body that is kept in a file.
    pub fn is_snapshot(&self) -> bool {
        matches!(*self.check, Check::Snapshot(_))
    }
}
