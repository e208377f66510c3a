//! REST API tests and micro-benchmarks written in YAML: PyRestTest's suites, run by one small binary.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub mod benchmark_report;
pub mod cli;
pub mod clock;
pub mod content;
pub mod context;
pub mod curl_options;
pub mod demo;
pub mod event;
pub mod extract;
pub mod generator;
pub mod http;
pub mod json;
pub mod load_plan;
pub mod load_summary;
pub mod metric;
pub mod outcome;
pub mod registry;
pub mod report;
pub mod request;
pub mod response;
pub mod retry;
pub mod run;
pub mod secrets;
pub mod settings;
pub mod settle;
pub mod source;
pub mod suite;
pub mod template;
pub mod test;
pub mod testset;
pub mod threshold;
pub mod url;
pub mod validate;
pub mod value;
