//! The figures of a load run: the summary block, its JSON and its CSV.
//!
//! Owns: the literal block and what stands below it, the keys of the files. Does not: compute figures.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::ground::printable::one_line;
use crate::load::baseline::Comparison;
use crate::load::summary::{LoadSummary, samples_needed};
use crate::load::timeline::Second;

/// The block that scripts read, and below it what people want to know.
pub fn to_text(summary: &LoadSummary, terminal: bool) -> String {
    let mut out = String::from("=== PERFORMANCE SUMMARY ===\n");
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.2}"));
    let latency = &summary.latency;
    let _ = writeln!(out, "total: {}", summary.total);
    let _ = writeln!(out, "passed: {}", summary.passed);
    let _ = writeln!(out, "failed: {}", summary.failed());
    let _ = writeln!(out, "min_ms: {}", figure(latency.min_ms()));
    let _ = writeln!(out, "max_ms: {}", figure(latency.max_ms()));
    let _ = writeln!(out, "avg_ms: {}", figure(latency.mean_ms()));
    let _ = writeln!(out, "total_retries: {}", summary.retries);
    let _ = writeln!(out, "avg_retries_per_request: {:.2}", summary.retries_per_request());
    if let Some(exceeded) = summary.threshold_exceeded {
        let _ = writeln!(out, "threshold_exceeded: {exceeded}");
    }
    out.push_str("===========================\n");
    for rank in ranks(summary) {
        let needed = samples_needed(rank);
        let mark = if latency.count() < needed { format!(" (needs {needed} samples)") } else { String::new() };
        let _ = writeln!(out, "p{rank}_ms: {}{mark}", figure(latency.percentile_ms(rank)));
    }
    let _ = writeln!(out, "rps: {:.2}", summary.rps());
    let _ = writeln!(out, "attempts_rps: {:.2}", summary.attempts_rps());
    if let Some(paced) = &summary.paced {
        for (name, times) in [("service_ms", &paced.service), ("start_lag_ms", &paced.lag)] {
            let ranks = [50.0, 95.0, 99.0].map(|rank| format!("p{rank} {}", figure(times.percentile_ms(rank))));
            let _ = writeln!(
                out,
                "{name}: avg {}, {}, max {}",
                figure(times.mean_ms()),
                ranks.join(", "),
                figure(times.max_ms())
            );
        }
    }
    if let Some(dropped) = summary.dropped {
        let _ = writeln!(out, "dropped: {dropped}");
    }
    let _ = writeln!(out, "wall_time_sec: {:.3}", summary.wall.as_secs_f64());
    let _ = writeln!(out, "bytes: {} received, {} sent", summary.bytes_in, summary.bytes_out);
    let _ = writeln!(out, "statuses: {}", counts(summary.statuses.iter()));
    if !summary.errors.is_empty() {
        let _ = writeln!(out, "errors: {}", counts(summary.errors.iter().map(|(kind, count)| (kind.name(), count))));
    }
    for (reason, count) in &summary.reasons {
        let _ = writeln!(out, "failed: {count} x {}", one_line(reason));
    }
    let _ = writeln!(out, "connections: {} opened, {} at a time", summary.connections, summary.concurrency);
    if terminal {
        out.push_str(&histogram(summary));
    }
    if let Some(seed) = summary.seed {
        let _ = writeln!(out, "seed: {seed}");
    }
    for note in &summary.notes {
        let _ = writeln!(out, "note: {}", one_line(note));
    }
    if let Some(comparison) = &summary.baseline {
        let _ = writeln!(out, "baseline: {}", compared(comparison));
    }
    match summary.doubts.as_slice() {
        [] => out.push_str("verdict: valid\n"),
        doubts => {
            let _ = writeln!(out, "verdict: suspect ({})", doubts.join("; "));
        }
    }
    out
}

/// A comparison with an earlier run: `slower (p50 +12.0%, p95 +8.1%)`.
pub fn compared(comparison: &Comparison) -> String {
    let changes = [("p50", comparison.median), ("p95", comparison.p95)];
    let changes = changes.into_iter().filter_map(|(name, change)| {
        let change = change?;
        let [low, high] = [change.interval.0, change.interval.1].map(|share| format!("{:+.1}", share * 100.0));
        Some(format!("{name} {:+.1}%, between {low} and {high}", change.relative * 100.0))
    });
    let why = comparison.why.map(str::to_owned);
    format!("{} ({})", comparison.verdict.name(), changes.chain(why).collect::<Vec<String>>().join("; "))
}

/// p50, p90, p95, p99, and whatever else was asked for.
pub(super) fn ranks(summary: &LoadSummary) -> Vec<f64> {
    let mut ranks = vec![50.0, 90.0, 95.0, 99.0];
    ranks.extend(&summary.percentiles);
    ranks.sort_by(f64::total_cmp);
    ranks.dedup();
    ranks
}

fn counts<K: std::fmt::Display>(counts: impl Iterator<Item = (K, impl std::fmt::Display)>) -> String {
    let counts: Vec<String> = counts.map(|(what, count)| format!("{what}: {count}")).collect();
    if counts.is_empty() { "-".to_owned() } else { counts.join(", ") }
}

/// Eleven bars between the shortest and the longest time.
fn histogram(summary: &LoadSummary) -> String {
    const BARS: usize = 11;
    const WIDTH: u64 = 40;
    let (Some(min), Some(max)) = (summary.latency.min_ms(), summary.latency.max_ms()) else { return String::new() };
    let step = (max - min) / BARS as f64;
    if step <= 0.0 {
        return String::new();
    }
    let mut bars = [0_u64; BARS];
    for (micros, count) in summary.latency.buckets() {
        let at = ((micros as f64 / 1000.0 - min) / step).max(0.0) as usize;
        bars[at.min(BARS - 1)] += count;
    }
    let most = bars.iter().copied().max().unwrap_or(1).max(1);
    let mut out = String::from("response time histogram (ms):\n");
    for (i, count) in bars.iter().enumerate() {
        let bar = "■".repeat((count * WIDTH).div_ceil(most) as usize);
        let _ = writeln!(out, "{:>10.2} [{count:>8}] {bar}", min + step * (i + 1) as f64);
    }
    out
}

fn fields(summary: &LoadSummary) -> Vec<(String, Json)> {
    let latency = &summary.latency;
    let mut fields: Vec<(String, Json)> = vec![
        ("total".to_owned(), summary.total.into()),
        ("passed".to_owned(), summary.passed.into()),
        ("failed".to_owned(), summary.failed().into()),
        ("min_ms".to_owned(), latency.min_ms().into()),
        ("max_ms".to_owned(), latency.max_ms().into()),
        ("avg_ms".to_owned(), latency.mean_ms().into()),
        ("wall_time_sec".to_owned(), summary.wall.as_secs_f64().into()),
        ("rps".to_owned(), summary.rps().into()),
        ("total_retries".to_owned(), summary.retries.into()),
        ("avg_retries_per_request".to_owned(), summary.retries_per_request().into()),
    ];
    if let Some(exceeded) = summary.threshold_exceeded {
        fields.push(("threshold_exceeded".to_owned(), exceeded.into()));
    }
    for rank in ranks(summary) {
        fields.push((format!("p{rank}"), latency.percentile_ms(rank).into()));
    }
    fields.push(("attempts_rps".to_owned(), summary.attempts_rps().into()));
    for (name, times) in summary.paced.iter().flat_map(|paced| [("service", &paced.service), ("start_lag", &paced.lag)])
    {
        fields.push((format!("{name}_avg_ms"), times.mean_ms().into()));
        for rank in ranks(summary) {
            fields.push((format!("{name}_p{rank}_ms"), times.percentile_ms(rank).into()));
        }
        fields.push((format!("{name}_max_ms"), times.max_ms().into()));
    }
    if let Some(dropped) = summary.dropped {
        fields.push(("dropped".to_owned(), dropped.into()));
    }
    fields
}

/// The enhanced version's keys and percentiles in milliseconds, then what else is known.
pub fn to_json(summary: &LoadSummary) -> String {
    serde_json::to_string_pretty(&to_map(summary)).unwrap_or_default() + "\n"
}

/// The same as a value.
pub(super) fn to_map(summary: &LoadSummary) -> Map<String, Json> {
    let mut map: Map<String, Json> = fields(summary).into_iter().collect();
    let statuses: Map<String, Json> = summary.statuses.iter().map(|(k, v)| (k.to_string(), (*v).into())).collect();
    let errors: Map<String, Json> = summary.errors.iter().map(|(k, v)| (k.name().to_owned(), (*v).into())).collect();
    map.insert("statuses".to_owned(), statuses.into());
    map.insert("errors".to_owned(), errors.into());
    map.insert("bytes_received".to_owned(), summary.bytes_in.into());
    map.insert("bytes_sent".to_owned(), summary.bytes_out.into());
    map.insert("connections".to_owned(), summary.connections.into());
    let verdict = if summary.doubts.is_empty() { "valid" } else { "suspect" };
    map.insert("verdict".to_owned(), verdict.into());
    map.insert("doubts".to_owned(), summary.doubts.clone().into());
    map.insert("notes".to_owned(), summary.notes.clone().into());
    map.insert("seconds".to_owned(), serde_json::to_value(seconds(summary)).unwrap_or_default());
    map
}

/// One row a figure: `metric,value`, lines ending in CRLF.
pub fn to_csv(summary: &LoadSummary) -> String {
    let mut out = String::from("metric,value\r\n");
    for (name, value) in fields(summary) {
        let value = if value.is_null() { String::new() } else { value.to_string() };
        let _ = write!(out, "{name},{value}\r\n");
    }
    for second in seconds(summary) {
        let at = second.second;
        let _ = write!(out, "second_{at}_requests,{}\r\n", second.requests);
        let _ = write!(out, "second_{at}_failures,{}\r\n", second.failures);
        for (name, time) in [("p50", second.p50_ms), ("p95", second.p95_ms), ("p99", second.p99_ms)] {
            let time = time.map_or_else(String::new, |ms| Json::from(ms).to_string());
            let _ = write!(out, "second_{at}_{name}_ms,{time}\r\n");
        }
    }
    out
}

/// A second of a run; its response times are exact to 0.8 %.
#[derive(Serialize)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct SecondFigures {
    /// Since the start; the next one says how long it is, where the run is longer than 17 minutes.
    pub second: u64,
    pub requests: u64,
    pub failures: u64,
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
}

/// The run second by second.
pub(super) fn seconds(summary: &LoadSummary) -> Vec<SecondFigures> {
    let figures = |second: Second| {
        let percentile = |rank| second.interval.percentile_ms(rank);
        SecondFigures {
            second: second.begin,
            requests: second.interval.requests,
            failures: second.interval.failures,
            p50_ms: percentile(50.0),
            p95_ms: percentile(95.0),
            p99_ms: percentile(99.0),
        }
    };
    summary.timeline.seconds().into_iter().map(figures).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::plan::RpsMode;
    use crate::load::summary::Latency;
    use std::time::Duration;

    fn summary() -> LoadSummary {
        let mut latency = Latency::default();
        for ms in [10, 20, 30, 40] {
            latency.record(Duration::from_millis(ms));
        }
        LoadSummary {
            total: 5,
            passed: 4,
            retries: 1,
            healed: 0,
            exhausted: 1,
            wall: Duration::from_secs(2),
            cpu_share: None,
            attempts: 6,
            dropped: None,
            started: None,
            paced: None,
            timeline: Default::default(),
            seed: None,
            notes: vec![],
            baseline: None,
            thresholds: vec![],
            latency,
            threshold_exceeded: Some(2),
            rps_mode: RpsMode::Wall,
            percentiles: vec![99.9],
            statuses: [(200, 4)].into(),
            errors: [(crate::exchange::request::ErrorKind::Timeout, 1)].into(),
            reasons: [("no complete answer within 1 s".to_owned(), 1)].into(),
            bytes_in: 100,
            bytes_out: 0,
            connections: 2,
            concurrency: 2,
            output: None,
            doubts: vec![],
        }
    }

    #[test]
    fn the_block_is_literal() {
        let text = to_text(&summary(), false);
        assert!(text.starts_with(
            "=== PERFORMANCE SUMMARY ===\ntotal: 5\npassed: 4\nfailed: 1\nmin_ms: 10.00\nmax_ms: 40.00\navg_ms: 25.00\n\
             total_retries: 1\navg_retries_per_request: 0.20\nthreshold_exceeded: 2\n===========================\np50_ms: 2"
        ));
        assert!(text.contains("p99.9_ms: 40.00 (needs 1000 samples)\nrps: 2.00\nattempts_rps: 3.00\n"));
        assert!(text.ends_with("verdict: valid\n"));
        let plain = LoadSummary { threshold_exceeded: None, ..summary() };
        assert!(!to_text(&plain, false).contains("threshold_exceeded"));
        assert!(to_text(&plain, true).contains("■"));
    }

    #[test]
    fn json_has_the_promised_keys() {
        let json: Map<String, Json> = serde_json::from_str(&to_json(&summary())).unwrap();
        let keys: Vec<&str> = json.keys().map(String::as_str).take(11).collect();
        assert_eq!(
            keys,
            [
                "total",
                "passed",
                "failed",
                "min_ms",
                "max_ms",
                "avg_ms",
                "wall_time_sec",
                "rps",
                "total_retries",
                "avg_retries_per_request",
                "threshold_exceeded"
            ]
        );
        assert!(json["p99.9"].is_number() && json["p50"].is_number());
        assert!(to_csv(&summary()).starts_with("metric,value\r\ntotal,5\r\n"));
    }
}
