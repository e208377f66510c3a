//! Extractors that a program that embeds resttest brings.
//!
//! Owns: the trait, the table of names, and what is said where nothing was extracted. Does not: know the built-in ones
//! (see `extractor`).

use std::fmt;
use std::sync::Arc;

use crate::exchange::response::Response;
use crate::ground::registry::Registry;
use crate::ground::value::Value;
use crate::variables::context::Context;

/// The names of the built-in extractors.
pub const EXTRACTORS: &[&str] = &[
    "jsonpath_mini",
    "jsonpath",
    "jmespath",
    "header",
    "cookie",
    "certificate",
    "raw_body",
    "regex",
    "xpath",
    "sha256",
    "status",
    "duration",
    "ttfb",
    "connect",
    "tls",
    "size",
    "url",
    "redirects",
    "version",
    "variable",
    "env",
    "last",
];

/// Keys that stand beside an extractor in a validator, so no extractor can have these names.
pub const RESERVED: &[&str] =
    &["comparator", "test", "expected", "template", "tolerance", "default", "of", "all", "group"];

/// Why nothing was extracted; a lowercase fragment for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtractError {
    /// What was asked for is not there: existence tests take it as `None`.
    Missing(String),
    /// The response cannot be read.
    Failed(String),
    /// The query is wrong in itself, whatever the response is.
    Misused(String),
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExtractError::Missing(reason) | ExtractError::Failed(reason) | ExtractError::Misused(reason) => {
                f.write_str(reason)
            }
        }
    }
}

impl std::error::Error for ExtractError {}

/// An extractor that other code brings.
pub trait Extract: Send + Sync {
    /// Takes the value out.
    ///
    /// # Errors
    /// It is missing, or the response cannot be read.
    fn extract(&self, response: &Response, context: &Context) -> Result<Value, ExtractError>;

    /// What is asked for, for messages: `"login"`. May be empty.
    fn query(&self, context: &Context) -> String {
        let _ = context;
        String::new()
    }

    /// The template variables it uses.
    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Makes an extractor from what stands beside its name in the suite.
pub type Parse = dyn Fn(&Value) -> Result<Arc<dyn Extract>, String> + Send + Sync;

/// Those that other code brings.
pub static REGISTERED: Registry<Parse> = Registry::new("extractor");

/// Adds an extractor for all suites that are read from now on.
///
/// # Errors
/// The name is taken, or reserved for another key of validators.
pub fn register_extractor(
    name: &str,
    parse: impl Fn(&Value) -> Result<Arc<dyn Extract>, String> + Send + Sync + 'static,
) -> Result<(), String> {
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(format!("cannot register an extractor named \"{name}\": the name is reserved"));
    }
    REGISTERED.add(name, EXTRACTORS, Arc::new(parse))
}

/// What a registered name makes of its configuration; `None` if there is none of that name.
pub(super) fn made(name: &str, config: &Value) -> Option<Result<Arc<dyn Extract>, String>> {
    REGISTERED.get(name).map(|parse| parse(config))
}

/// Whether this name is that of a built-in extractor, and no extension has taken it.
pub fn is_built_in(name: &str) -> bool {
    EXTRACTORS.contains(&name) && !REGISTERED.contains(name)
}

/// Whether there is an extractor of this lower-case name, built-in or registered.
pub fn is_extractor(name: &str) -> bool {
    EXTRACTORS.contains(&name) || REGISTERED.contains(name)
}

/// All names, built-in and registered.
pub fn extractor_names() -> Vec<String> {
    REGISTERED.names_after(EXTRACTORS)
}
