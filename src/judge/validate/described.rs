//! What a validator looks at, in a few words: for those who ask which ones a test has.
//!
//! Owns: the words. Does not: show what is expected, which may be a secret.

use super::validator::{Check, Validator};
use crate::variables::context::Context;

impl Validator {
    /// `compare duration lt`, `extract_test header "x" exists`, `json_schema`.
    pub fn described(&self) -> String {
        let nothing = Context::new();
        match &*self.check {
            Check::Compare { extractor, comparator, .. } => {
                format!("compare {} {}", extractor.describe(&nothing), comparator.name())
            }
            Check::ExtractTest { extractor, test } => {
                format!("extract_test {} {}", extractor.describe(&nothing), test.name())
            }
            Check::JsonSchema(_) => "json_schema".to_owned(),
            Check::JsonEquals(_) => "json_equals".to_owned(),
            Check::Snapshot(_) => "snapshot".to_owned(),
            Check::Custom { name, .. } => name.clone(),
        }
    }
}
