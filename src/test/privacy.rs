//! What a suite says of its secrets: variables, where their values come from, what is masked in answers.
//!
//! Owns: the data. Does not: read it (see `suite`), find values (see `cli`), hide them (see `secrets`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::exchange::response::Response;
use crate::ground::source::Location;
use crate::ground::value::Value;
use crate::judge::extract::JsonPath;
use crate::judge::python_regex::Mask;
use crate::secrets::{Masks, Pattern, Secrets};
use crate::settings::given_secrets::GivenSecrets;

/// `secrets` and `mask` of a `config`.
#[derive(Debug, Clone, Default)]
pub struct Privacy {
    /// Variables whose values are secret, whatever they are called; those of `sources` among them.
    pub names: Vec<String>,
    /// Secrets that come from elsewhere.
    pub sources: Vec<SecretSource>,
    /// The values of these, once somebody has found them.
    pub found: GivenSecrets,
    /// `mask: {headers: …}`.
    pub headers: Vec<String>,
    /// `mask: {jsonpath: …}`.
    pub paths: Vec<JsonPath>,
    /// `mask: {regex: …}`.
    pub patterns: Vec<Mask>,
}

/// A secret that comes from elsewhere.
#[derive(Debug, Clone)]
pub struct SecretSource {
    /// The variable.
    pub name: String,
    /// Where its value is.
    pub origin: SecretOrigin,
    /// Where it is written.
    pub location: Location,
}

/// Where the value of a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    /// What a program prints.
    Command {
        /// The program with its arguments.
        words: Vec<String>,
        /// Where it runs.
        folder: PathBuf,
        /// How long it may take.
        limit: Duration,
    },
    /// The text of a file.
    File {
        /// As written.
        path: String,
        /// Folders that a relative path is looked up in, in this order.
        folders: Vec<PathBuf>,
    },
    /// A variable of the environment.
    Environment(String),
}

impl Privacy {
    /// What is hidden by its name or by its looks; `given` are secrets from outside of the suite.
    pub fn masks(&self, given: &GivenSecrets) -> Arc<Masks> {
        let patterns = self.patterns.iter().map(|mask| Box::new(mask.clone()) as Box<dyn Pattern>);
        let names = self.names.iter().cloned().chain(given.iter().map(|(name, _)| name.to_owned()));
        Arc::new(Masks { names: names.collect(), headers: self.headers.clone(), patterns: patterns.collect() })
    }

    /// Hears what the paths find in an answer, whatever its type, and which of them.
    pub fn each_masked(&self, response: &Response, mut hear: impl FnMut(&str, &Value)) {
        for path in &self.paths {
            if let (Ok(root), Ok(tree)) = (response.json(), response.tree()) {
                path.find(root, tree).iter().for_each(|value| hear(path.source(), value));
            }
        }
    }

    /// Adds what the paths find in an answer to the secrets that are hidden with it.
    pub fn tell_masked(&self, secrets: &mut Secrets, response: &Response) {
        self.each_masked(response, |path, value| secrets.add_masked(path, value));
    }
}
