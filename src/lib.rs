//! REST API tests and micro-benchmarks written in YAML: PyRestTest's suites, run by one small binary.
//!
//! The command `resttest` is a thin user of this library. A program reads a suite, runs it, and gets
//! an [`Event`] for everything that happens and a [`Tally`] at the end:
//!
//! ```
//! use std::sync::Arc;
//!
//! use resttest::clock::SystemClock;
//! use resttest::demo::SampleApi;
//! use resttest::http::{Client, ClientSettings};
//! use resttest::suite::{ReadOptions, read_test_text};
//! use resttest::{Engine, Event, Settings, parse_testsets, register_comparator, run_testsets};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A comparator of our own, known to every suite that is read from here on.
//! register_comparator("longer_than", |extracted, expected| {
//!     let (text, least) = (extracted.to_text(), expected.to_text());
//!     Ok(least.parse().is_ok_and(|least: usize| text.len() > least))
//! })?;
//!
//! let api = SampleApi::start()?;
//! let file = read_test_text(
//!     "people.yaml",
//!     r#"
//! - url: /api/person/
//! - test:
//!     - name: "The first person"
//!     - url: /api/person/1/
//!     - validators:
//!         - compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}
//!         - compare: {jsonpath_mini: login, comparator: longer_than, expected: 6}
//! - test: {name: "Nobody", url: /api/person/99/}
//! "#,
//! )?;
//! let suite = parse_testsets(&file, &ReadOptions { base_url: api.url(), ..ReadOptions::default() })?;
//! assert!(suite.warnings.is_empty());
//!
//! let client = Client::new(ClientSettings::default());
//! let settings = Settings::default();
//! let engine = Engine { exchange: Arc::new(client), clock: Arc::new(SystemClock), settings: &settings };
//! let mut failed = Vec::new();
//! let tally = run_testsets(&engine, &suite.sets, &mut |event: Event| {
//!     if let Event::TestFinished(outcome) = event
//!         && !outcome.passed()
//!     {
//!         failed.push(format!("{}: {}", outcome.name, outcome.failures[0].message));
//!     }
//! });
//! assert_eq!((tally.total().passed, tally.total().total), (2, 3));
//! assert_eq!(failed, ["Nobody: expected status 200, got 404"]);
//! # Ok(())
//! # }
//! ```
//!
//! The folders are floors, and a file knows only the floors below its own: `value`, `source`; the
//! domain (`test`, `context`, `outcome`, …); the doors to the outside (`suite`, `http`, `report`);
//! the engines (`run`); the command (`cli`, `demo`).
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
pub mod plan;
pub mod record;
pub mod registry;
pub mod report;
pub mod request;
pub mod response;
pub mod retry;
pub mod run;
pub mod secrets;
pub mod settings;
pub mod settle;
pub mod shard;
pub mod source;
pub mod suite;
pub mod template;
pub mod test;
pub mod testset;
pub mod threshold;
pub mod timestamp;
pub mod url;
pub mod validate;
pub mod value;
pub mod wire;

pub use context::Context;
pub use event::{Event, Sink};
pub use extract::register_extractor;
pub use generator::register_generator;
pub use outcome::{Outcome, Tally};
pub use record::RunRecord;
pub use retry::{RetryConfig, retry_sync};
pub use run::{Engine, run_test, run_testsets};
pub use settings::Settings;
pub use suite::{parse_testsets, read_test_file};
pub use test::Test;
pub use testset::TestSet;
pub use validate::{register_comparator, register_test, register_validator};
