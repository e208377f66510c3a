//! The keys of a `benchmark` element beyond a test's.

use std::path::PathBuf;

use super::document::{Entry, Kind, Node};
use super::keys::Element;
use super::load;
use super::reader::{FileReader, Read};
use super::test::{self, Draft, Shape};
use crate::ground::source::{Position, did_you_mean};
use crate::load::metrics::{Aggregate, Metric};
use crate::load::plan::{LoadPlan, Metrics, OutputFormat, Volume};
use crate::test::benchmark::Benchmark;

/// Reads a `benchmark` element.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<Benchmark> {
    let keys = reader.fields(&element.value, "benchmark")?;
    reader.warn_of_repeated(element);
    // A benchmark's files are relative to the working directory; cron runs in /, so beside the file, too. While
    // PyRestTest reads an imported file, its folder is the working directory.
    let mut folders = reader.import_folders.clone();
    if !folders.contains(&PathBuf::new()) {
        folders.push(PathBuf::new());
    }
    let more_keys = Element::Benchmark.names();
    let shape = Shape { what: "a benchmark", more_keys: &more_keys, folders, group: None };
    let Draft { test, mut faults, .. } = test::read_keys(reader, element, &keys, &shape);
    let added = |name: &str| Element::Benchmark.keys().iter().any(|key| key.is_added && key.name == name);
    let is_extended = keys.iter().any(|key| added(&key.name));
    let measures = keys.iter().any(|key| key.name == "metrics");
    let mut plan = LoadPlan { volume: Volume::Requests(100), warmup: 10, ..LoadPlan::default() };
    let mut metrics = Metrics::default();
    for key in &keys {
        match key.name.as_str() {
            // Of a benchmark that measures nothing, nobody reads it.
            "benchmark_runs" if !measures && !is_extended => {}
            "benchmark_runs" => {
                plan.volume = faults.take(benchmark_runs(reader, &key.value)).unwrap_or(plan.volume);
            }
            "metrics" => metrics = faults.take(read_metrics(reader, &key.value)).unwrap_or_default(),
            _ => {
                faults.take(load::read_key(reader, key, &mut plan));
            }
        }
    }
    for rank in &plan.percentiles {
        metrics.add_aggregate(Metric::TotalTime, Aggregate::percentile(*rank));
    }
    plan.output = faults.take(load::read_output(reader, &keys, OutputFormat::Csv)).flatten();
    let plan = faults.finish(plan)?;
    load::check(reader, &keys, &plan)?;
    if metrics.is_empty() && !is_extended {
        let message = format!("benchmark \"{}\" names no metrics and is skipped; add metrics: [total_time]", test.name);
        reader.warn(element.at, message);
    }
    Ok(Benchmark { test, plan, metrics, is_extended })
}

fn benchmark_runs(reader: &FileReader<'_>, node: &Node) -> Read<Volume> {
    let runs = u64::try_from(reader.integer(node, "benchmark_runs")?).ok().filter(|runs| *runs > 0);
    runs.map(Volume::Requests).ok_or_else(|| reader.wrong(node, "benchmark_runs", "1 or more"))
}

/// A name, a list of names and `{metric: aggregate}` mappings, or one such mapping.
fn read_metrics(reader: &FileReader<'_>, node: &Node) -> Read<Metrics> {
    let mut metrics = Metrics::default();
    match &node.kind {
        Kind::List(items) => {
            for item in items {
                match &item.kind {
                    Kind::Map(entries) => add_aggregates(reader, entries, &mut metrics)?,
                    // Neither text nor a mapping: PyRestTest passes over it.
                    _ if item.as_str().is_none() => {}
                    _ => metrics.add_raw(metric(reader, item.at, reader.text(item, "a metric")?)?),
                }
            }
        }
        Kind::Map(entries) => add_aggregates(reader, entries, &mut metrics)?,
        Kind::Scalar(_) if node.as_str().is_some() => {
            metrics.add_raw(metric(reader, node.at, node.as_str().unwrap_or_default())?);
        }
        Kind::Scalar(_) => return Err(reader.wrong(node, "metrics", "a name, a list or a mapping")),
    }
    Ok(metrics)
}

fn add_aggregates(reader: &FileReader<'_>, entries: &[Entry], metrics: &mut Metrics) -> Read<()> {
    for entry in entries {
        // The enhanced version's short forms: percentiles: [50, 95] and {p95: …}, of total_time.
        if entry.name.eq_ignore_ascii_case("percentiles") {
            for rank in load::percentiles(reader, &entry.value)? {
                metrics.add_aggregate(Metric::TotalTime, Aggregate::percentile(rank));
            }
            continue;
        }
        if Metric::by_name(&entry.name).is_none()
            && let Some(aggregate) = Aggregate::by_name(&entry.name)
        {
            metrics.add_aggregate(Metric::TotalTime, aggregate);
            continue;
        }
        let metric = metric(reader, entry.at, &entry.name)?;
        // No aggregate: every value.
        if entry.value.as_str() == Some("") {
            metrics.add_raw(metric);
            continue;
        }
        let name = reader.text(&entry.value, "an aggregate")?;
        let aggregate = Aggregate::by_name(name).ok_or_else(|| {
            let meant = did_you_mean(name.trim(), Aggregate::NAMES);
            let allowed = Aggregate::NAMES.join(", ");
            reader
                .fault(entry.value.at, format!("unknown aggregate \"{name}\"{meant}; one of {allowed}, or p50, p99.9"))
        })?;
        metrics.add_aggregate(metric, aggregate);
    }
    Ok(())
}

fn metric(reader: &FileReader<'_>, at: Position, name: &str) -> Read<Metric> {
    Metric::by_name(name).ok_or_else(|| {
        let names = Metric::ALL.map(|(name, _)| name);
        let meant = did_you_mean(name.trim(), names);
        reader.fault(at, format!("unknown metric \"{name}\"{meant}; one of {}", names.join(", ")))
    })
}
