//! `curl_option_…` keys: which libcurl options resttest honours, and what each one means here.
//!
//! Owns: the table of options, the settled values. Does not: act on them (see `http`).

use std::path::PathBuf;
use std::time::Duration;

/// The settled values of all options that have an effect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CurlOptions {
    /// `followlocation`.
    pub follow_location: bool,
    /// `maxredirs`: `None` is the default of 30; -1 in a suite (no limit) is `u32::MAX`.
    pub max_redirects: Option<u32>,
    /// `timeout`, `timeout_ms`: replaces the test's timeout.
    pub timeout: Option<Duration>,
    /// `connecttimeout`, `connecttimeout_ms`.
    pub connect_timeout: Option<Duration>,
    /// `cainfo`.
    pub ca_file: Option<PathBuf>,
}
