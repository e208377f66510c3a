//! Load runs on the wire: figures with all buckets of the histogram, so that percentiles and merges
//! are the same on both sides.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{mirror, ns};
use crate::exchange::request::ErrorKind;
use crate::load::plan::{Mode, Output, OutputFormat, RpsMode, Volume};
use crate::load::summary::{Exact, Latency, LoadSummary, Paced};
use crate::load::thresholds::Threshold;
use crate::load::timeline::{Interval, Timeline};

mirror!(WireMode of Mode { Sync, Async });
mirror!(WireRpsMode of RpsMode { Wall, Response });
mirror!(WireFormat of OutputFormat { Csv, Json });
mirror!(WireErrorKind of ErrorKind {
    Url, Resolve, Connect, Timeout, Tls, Disconnected, Protocol, Redirects, Proxy, Option, Egress, Auth,
});

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireVolume {
    Requests(u64),
    DurationNs(u64),
}

impl From<Volume> for WireVolume {
    fn from(volume: Volume) -> WireVolume {
        match volume {
            Volume::Requests(count) => WireVolume::Requests(count),
            Volume::Duration(limit) => WireVolume::DurationNs(ns(limit)),
        }
    }
}

impl From<WireVolume> for Volume {
    fn from(volume: WireVolume) -> Volume {
        match volume {
            WireVolume::Requests(count) => Volume::Requests(count),
            WireVolume::DurationNs(limit) => Volume::Duration(Duration::from_nanos(limit)),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireOutput {
    path: String,
    format: WireFormat,
}

impl From<&Output> for WireOutput {
    fn from(output: &Output) -> WireOutput {
        WireOutput { path: output.path.to_string_lossy().into_owned(), format: output.format.into() }
    }
}

impl From<WireOutput> for Arc<Output> {
    fn from(output: WireOutput) -> Arc<Output> {
        Arc::new(Output { path: output.path.into(), format: output.format.into() })
    }
}

/// Response times; `min_ns` and `max_ns` are absent where nothing was answered.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireLatency {
    count: u64,
    sum_ns: u64,
    min_ns: Option<u64>,
    max_ns: Option<u64>,
    /// Pairs of microseconds and how often.
    buckets_us: Vec<(u64, u64)>,
}

impl From<&Latency> for WireLatency {
    fn from(latency: &Latency) -> WireLatency {
        let exact = latency.exact();
        let of_any = |time: Duration| (exact.count > 0).then(|| ns(time));
        WireLatency {
            count: exact.count,
            sum_ns: ns(exact.sum),
            min_ns: of_any(exact.min),
            max_ns: of_any(exact.max),
            buckets_us: latency.buckets(),
        }
    }
}

impl From<WireLatency> for Latency {
    fn from(latency: WireLatency) -> Latency {
        let exact = Exact {
            count: latency.count,
            sum: Duration::from_nanos(latency.sum_ns),
            min: latency.min_ns.map_or(Duration::MAX, Duration::from_nanos),
            max: latency.max_ns.map_or(Duration::ZERO, Duration::from_nanos),
        };
        Latency::from_buckets(&latency.buckets_us, exact)
    }
}

/// Times of a run with a rate.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePaced {
    service: WireLatency,
    lag: WireLatency,
}

/// A run over its time: its intervals last 2^-fineness seconds.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTimeline {
    fineness: i32,
    intervals: Vec<WireInterval>,
}

/// Number, requests, failures, and pairs of a bucket of response times and how often.
#[derive(Serialize, Deserialize)]
struct WireInterval(u32, u64, u64, Vec<(u16, u64)>);

impl From<&Timeline> for WireTimeline {
    fn from(timeline: &Timeline) -> WireTimeline {
        let intervals = timeline.intervals().map(|(number, interval)| {
            WireInterval(number, interval.requests, interval.failures, interval.times().to_vec())
        });
        WireTimeline { fineness: timeline.fineness(), intervals: intervals.collect() }
    }
}

impl From<WireTimeline> for Timeline {
    fn from(timeline: WireTimeline) -> Timeline {
        let intervals = timeline
            .intervals
            .into_iter()
            .map(|WireInterval(number, requests, failures, times)| (number, Interval::new(requests, failures, times)));
        Timeline::from_intervals(timeline.fineness, intervals)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WireLoad {
    total: u64,
    passed: u64,
    retries: u64,
    #[serde(default)]
    healed: u64,
    #[serde(default)]
    exhausted: u64,
    attempts: u64,
    dropped: Option<u64>,
    /// Since 1970.
    started_ns: Option<u64>,
    wall_ns: u64,
    cpu_share: Option<f64>,
    latency: WireLatency,
    paced: Option<WirePaced>,
    timeline: WireTimeline,
    seed: Option<u64>,
    threshold_exceeded: Option<u64>,
    rps_mode: WireRpsMode,
    percentiles: Vec<f64>,
    thresholds: Vec<String>,
    /// By status, as text: what JSON allows for a key.
    statuses: BTreeMap<String, u64>,
    errors: BTreeMap<WireErrorKind, u64>,
    reasons: BTreeMap<String, u64>,
    bytes_in: u64,
    bytes_out: u64,
    connections: u64,
    concurrency: usize,
    output: Option<WireOutput>,
    doubts: Vec<String>,
    notes: Vec<String>,
}

impl From<&LoadSummary> for WireLoad {
    fn from(load: &LoadSummary) -> WireLoad {
        WireLoad {
            total: load.total,
            passed: load.passed,
            retries: load.retries,
            healed: load.healed,
            exhausted: load.exhausted,
            attempts: load.attempts,
            dropped: load.dropped,
            started_ns: load.started.map(|at| ns(at.duration_since(UNIX_EPOCH).unwrap_or_default())),
            wall_ns: ns(load.wall),
            cpu_share: load.cpu_share,
            latency: (&load.latency).into(),
            paced: load
                .paced
                .as_ref()
                .map(|paced| WirePaced { service: (&paced.service).into(), lag: (&paced.lag).into() }),
            timeline: (&load.timeline).into(),
            seed: load.seed,
            threshold_exceeded: load.threshold_exceeded,
            rps_mode: load.rps_mode.into(),
            percentiles: load.percentiles.clone(),
            thresholds: load.thresholds.iter().map(ToString::to_string).collect(),
            statuses: load.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
            errors: load.errors.iter().map(|(kind, count)| ((*kind).into(), *count)).collect(),
            reasons: load.reasons.clone(),
            bytes_in: load.bytes_in,
            bytes_out: load.bytes_out,
            connections: load.connections,
            concurrency: load.concurrency,
            output: load.output.as_deref().map(WireOutput::from),
            doubts: load.doubts.clone(),
            notes: load.notes.clone(),
        }
    }
}

impl From<WireLoad> for LoadSummary {
    fn from(load: WireLoad) -> LoadSummary {
        LoadSummary {
            total: load.total,
            // Of a line that lies, nothing may be computed that wraps.
            passed: load.passed.min(load.total),
            retries: load.retries,
            healed: load.healed,
            exhausted: load.exhausted,
            attempts: load.attempts,
            dropped: load.dropped,
            started: load.started_ns.and_then(|ns| UNIX_EPOCH.checked_add(Duration::from_nanos(ns))),
            wall: Duration::from_nanos(load.wall_ns),
            cpu_share: load.cpu_share,
            latency: load.latency.into(),
            paced: load.paced.map(|paced| Paced { service: paced.service.into(), lag: paced.lag.into() }),
            timeline: load.timeline.into(),
            seed: load.seed,
            threshold_exceeded: load.threshold_exceeded,
            rps_mode: load.rps_mode.into(),
            percentiles: load.percentiles,
            thresholds: load.thresholds.iter().filter_map(|text| Threshold::parse(text).ok()).collect(),
            statuses: load
                .statuses
                .into_iter()
                .filter_map(|(status, count)| Some((status.parse().ok()?, count)))
                .collect(),
            errors: load.errors.into_iter().map(|(kind, count)| (kind.into(), count)).collect(),
            reasons: load.reasons,
            bytes_in: load.bytes_in,
            bytes_out: load.bytes_out,
            connections: load.connections,
            concurrency: load.concurrency,
            output: load.output.map(Arc::from),
            doubts: load.doubts,
            notes: load.notes,
            // Whoever reads the lines compares.
            baseline: None,
        }
    }
}
