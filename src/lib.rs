//! REST API tests and micro-benchmarks written in YAML.

pub mod content;
pub mod context;
pub mod curl_options;
pub mod demo;
pub mod generator;
pub mod json;
pub mod outcome;
pub mod request;
pub mod response;
pub mod source;
pub mod suite;
pub mod template;
pub mod value;
