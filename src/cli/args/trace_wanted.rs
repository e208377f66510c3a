//! What the command line says about traces, as data.

use std::time::Duration;

use crate::exchange::trace::TracePer;

/// What the command line says about traces.
#[derive(Debug, Default, Clone)]
pub struct TraceWanted {
    /// `--otlp`.
    pub is_on: bool,
    /// `--otlp-endpoint`.
    pub endpoint: Option<String>,
    /// `--otlp-header`, any number: names and values.
    pub headers: Vec<(String, String)>,
    /// `--otlp-file`.
    pub file: Option<String>,
    /// `--otlp-timeout`.
    pub timeout: Option<Duration>,
    /// `--otlp-required`.
    pub is_required: bool,
    /// `--traceparent`.
    pub traceparent: Option<bool>,
    /// `--trace-per`.
    pub per: Option<TracePer>,
    /// `--trace-headers`, in lower case.
    pub shown_headers: Vec<String>,
}
