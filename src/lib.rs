//! REST API tests and micro-benchmarks written in YAML.

pub mod content;
pub mod context;
pub mod curl_options;
pub mod extract;
pub mod generator;
pub mod json;
pub mod outcome;
pub mod registry;
pub mod request;
pub mod response;
pub mod source;
pub mod template;
pub mod validate;
pub mod value;
