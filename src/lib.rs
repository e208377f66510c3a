//! REST API tests and micro-benchmarks written in YAML: PyRestTest's suites, run by one small binary.
//!
//! The command `resttest` is a thin user of this library. A program reads a suite, runs it, and gets
//! an [`Event`] for everything that happens and the [`RunRecord`] at the end:
//!
//! ```
//! use std::sync::Arc;
//!
//! use resttest::SystemClock;
//! use resttest::SampleApi;
//! use resttest::{Client, ClientSettings};
//! use resttest::{ReadOptions, read_test_text};
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
//! let run = run_testsets(&engine, &suite.sets, &mut |event: Event| {
//!     if let Event::TestFinished(outcome) = event
//!         && !outcome.passed()
//!     {
//!         failed.push(format!("{}: {}", outcome.name, outcome.failures[0].message));
//!     }
//! });
//! assert_eq!((run.totals().passed, run.totals().total), (2, 3));
//! assert_eq!(failed, ["Nobody: expected status 200, got 404"]);
//! # Ok(())
//! # }
//! ```
//!
//! The folders are floors, and a file knows only the floors below its own: `ground`; what tests are made of
//! (`secrets`, `exchange`, `retry`, `shape`, `settings`, `load`, `mutate`, `openapi`, `variables`, `judge`, `auth`,
//! `test`) and what happens to them (`record`); the doors to the outside (`suite`, `http`, `report`, `serve`);
//! `convert`; `recording`; `drift`; the engines (`mock`, `run`); `demo`; the command
//! (`cli`).
#![deny(missing_docs)]
#![forbid(unsafe_code)]

pub(crate) mod auth;
pub(crate) mod cli;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod drift;
pub(crate) mod exchange;
pub(crate) mod extension;
pub(crate) mod ground;
pub(crate) mod http;
pub(crate) mod judge;
pub(crate) mod load;
pub(crate) mod mock;
pub(crate) mod mutate;
pub(crate) mod openapi;
pub(crate) mod record;
pub(crate) mod recording;
pub(crate) mod report;
pub(crate) mod retry;
pub(crate) mod run;
pub(crate) mod secrets;
pub(crate) mod serve;
pub(crate) mod settings;
pub(crate) mod shape;
pub(crate) mod suite;
pub(crate) mod test;
pub(crate) mod variables;

pub use auth::{AuthFields, register_auth};
pub use cli::{Exit, command_line_run};
pub use demo::SampleApi;
pub use exchange::authorization::{Answered, Auth, Door, Errand, Readiness, Unsigned};
pub use exchange::egress::{Egress, HostList, HostPattern, Permit};
pub use exchange::request::{ErrorKind, Exchange, ExchangeError, Request, Timeout};
pub use exchange::response::Response;
pub use ground::clock::{Clock, SystemClock};
pub use ground::source::Location;
pub use ground::value::Value;
pub use http::{Client, ClientSettings};
pub use judge::extract::{Extractor, register_extractor};
pub use judge::outcome::{Failure, Outcome};
pub use judge::validate::{Comparator, Expected, Validator, register_comparator, register_test, register_validator};
pub use load::plan::{LoadPlan, Mode, Volume};
pub use load::summary::LoadSummary;
pub use load::thresholds::Threshold;
pub use record::event::{Event, Sink};
pub use record::run_fault::RunFault;
pub use record::run_record::{Count, RunRecord, SuiteRecord, Totals};
pub use retry::{
    Answer, Breaker, BreakerFigures, Breakers, Bucket, CircuitBreaker, Closed, Decision, GuardFigures, Guards,
    IdempotencyKey, Jitter, Pass, Policies, Policy, PolicyKey, RateFigures, RateLimit, Refusal, RetryBudget,
    RetryConfig, RetryPolicy, Tokens, Tried, Wait, retry_sync,
};
pub use run::{Engine, run_test, run_testsets};
pub use settings::commands::Commands;
pub use settings::guards::GuardLayer;
pub use settings::precedence::{Layer, Origin, Setting};
pub use settings::retry::{RareRetryLayer, RetryLayer};
pub use settings::run_settings::Settings;
pub use suite::{ReadOptions, parse_testsets, read_test_file, read_test_text};
pub use test::definition::Test;
pub use test::planned_test::{PlannedTest, SkippedTest};
pub use test::poll::Poll;
pub use test::selection::Selection;
pub use test::set::{Config, TestSet};
pub use variables::context::Context;
pub use variables::generator::register_generator;
pub use variables::template::Text;
