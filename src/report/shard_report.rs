//! The part of a shard's JSON report that `resttest merge` reads.
//!
//! Owns: its form, both ways. Does not: judge whether shards are complete (see `shard`).
//!
//! The figures of a report are rounded for people; here every event stands as on the wire, so that the
//! joined run is what one machine would have reported, histograms bucket by bucket.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::record::shards::Share;
use crate::record::wire;

/// The version of the JSON report; it grows when a key goes or changes its meaning.
pub(super) const VERSION: u32 = 2;

/// The key `shard`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    share: Share,
    events: Vec<serde_json::Value>,
}

impl Part {
    /// The part of this run.
    pub(super) fn of(share: &Share, run: &RunRecord) -> Part {
        let lines = run.suites.iter().flat_map(|suite| suite.events()).map(|event| wire::report_line(&event));
        // A line of the wire is JSON.
        Part { share: share.clone(), events: lines.filter_map(|line| serde_json::from_str(&line).ok()).collect() }
    }
}

/// What merging needs of a report.
#[derive(Debug)]
pub struct ShardReport {
    /// Which shard it is, and of what.
    pub share: Share,
    /// What happened, suite by suite.
    pub events: Vec<Event>,
    /// How long the shard's run took.
    pub elapsed: Duration,
    /// Whether a signal ended it before its time.
    pub interrupted: bool,
    /// What failed beside tests.
    pub faults: Vec<String>,
}

impl ShardReport {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// It is no report, of another version, or of no shard.
    pub fn parse(text: &str) -> Result<ShardReport, String> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
            duration_ms: f64,
            interrupted: bool,
            faults: Vec<String>,
            shard: Option<Part>,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| format!("no report of --report-json: {error}"))?;
        if head.version != VERSION {
            return Err(format!("a report of version {}; this program reads version {VERSION}", head.version));
        }
        let part = head.shard.ok_or("no shard's report: it was not made with --shard K/N")?;
        let events = part.events.iter().map(|event| wire::from_line(&event.to_string())).collect::<Result<_, _>>()?;
        let elapsed = Duration::try_from_secs_f64(head.duration_ms / 1000.0)
            .map_err(|_| format!("duration_ms {} is no time", head.duration_ms))?;
        Ok(ShardReport { share: part.share, events, elapsed, interrupted: head.interrupted, faults: head.faults })
    }
}

/// How long each suite took, in milliseconds, by its file, as a JSON report tells it.
///
/// # Errors
/// It is no report.
pub fn suite_durations_ms(text: &str) -> Result<HashMap<String, f64>, String> {
    #[derive(Deserialize)]
    struct Suite {
        file: String,
        duration_ms: f64,
    }
    #[derive(Deserialize)]
    struct Head {
        suites: Vec<Suite>,
    }
    let head: Head = serde_json::from_str(text).map_err(|error| format!("no report of --report-json: {error}"))?;
    Ok(head.suites.into_iter().map(|suite| (suite.file, suite.duration_ms)).collect())
}
