//! Extractors: values taken out of a response.
//!
//! Owns: the built-in extractors, those that other code registers, the words that describe them.
//! Does not: read a suite's keys, compare what was found (see `validate`).

mod absence;
mod certificate;
mod cookie;
mod extractor;
mod facts;
mod jmespath;
mod jsonpath;
mod jsonpath_mini;
mod kind;
mod python_number;
mod regex;
mod registered;
mod xpath;

pub use extractor::{DefaultValue, Extractor, Options, registered_extractor};
pub use jsonpath::JsonPath;
pub use jsonpath_mini::dotted;
pub use kind::Argument;
pub use registered::{EXTRACTORS, Extract, ExtractError, REGISTERED, RESERVED};
pub use registered::{extractor_names, is_built_in, is_extractor, register_extractor};
