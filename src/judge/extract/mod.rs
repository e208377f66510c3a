//! Extractors: values taken out of a response.
//!
//! Owns: the built-in extractors, those that other code registers, the words that describe them.
//! Does not: read a suite's keys, compare what was found (see `validate`).

mod absence;
mod extractor;
mod jmespath;
mod jsonpath_mini;
mod python_number;

pub use extractor::{
    EXTRACTORS, ExtractError, Extractor, extractor_names, is_extractor, register_extractor, registered_extractor,
};
