//! The keys of a `benchmark` element beyond a test's.

use std::path::PathBuf;

use super::document::{Entry, Kind, Node};
use super::reader::FileReader;
use super::table::{Read, entry, fault, integer, table, text, wrong};
use super::test::{self, Shape};
use crate::load_plan::{Benchmark, Metrics, Output, OutputFormat};
use crate::metric::{Aggregate, Metric};
use crate::source::{Position, Source, did_you_mean};

/// The keys that a benchmark has besides a test's.
pub const KEYS: [&str; 5] = ["warmup_runs", "benchmark_runs", "metrics", "output_file", "output_format"];

/// Reads a `benchmark` element.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<Benchmark> {
    let source = reader.source.clone();
    let keys = table(&source, &element.value, "benchmark")?;
    // A benchmark's files are relative to the working directory; cron runs in /, so beside the file, too.
    let folders = vec![PathBuf::new(), reader.folder.clone()];
    let shape = Shape { what: "a benchmark", more_keys: &KEYS, folders };
    let test = test::read_keys(reader, element, &keys, &shape)?;
    let warmup_runs = count(&source, &keys, "warmup_runs", 10)?;
    let benchmark_runs = count(&source, &keys, "benchmark_runs", 100)?;
    if let Some(entry) = entry(&keys, "benchmark_runs")
        && benchmark_runs == 0
    {
        return Err(fault(&source, entry.value.at, "benchmark_runs must be 1 or more, not 0"));
    }
    let metrics = match entry(&keys, "metrics") {
        Some(metrics) => read_metrics(&source, &metrics.value)?,
        None => Metrics::default(),
    };
    if metrics.is_empty() {
        let message = format!("benchmark \"{}\" names no metrics and is skipped; add metrics: [total_time]", test.name);
        reader.warn(fault(&source, element.at, message));
    }
    Ok(Benchmark { test, warmup_runs, benchmark_runs, metrics, output: read_output(&source, &keys)? })
}

fn count(source: &Source, keys: &[Entry], name: &str, default: u64) -> Read<u64> {
    let Some(entry) = entry(keys, name) else { return Ok(default) };
    let number = integer(source, &entry.value, name)?;
    match u64::try_from(number) {
        Ok(number) => Ok(number),
        // PyRestTest counts up to it, which is no time at all.
        Err(_) if number < 0 && name == "warmup_runs" => Ok(0),
        Err(_) => Err(wrong(source, &entry.value, name, "0 or more")),
    }
}

fn read_output(source: &Source, keys: &[Entry]) -> Read<Option<Output>> {
    let format = match entry(keys, "output_format") {
        Some(format) => match text(source, &format.value, "output_format")?.to_lowercase().as_str() {
            "csv" => OutputFormat::Csv,
            "json" => OutputFormat::Json,
            _ => return Err(wrong(source, &format.value, "output_format", "csv or json")),
        },
        None => OutputFormat::Csv,
    };
    match entry(keys, "output_file").filter(|file| file.value.as_str() != Some("")) {
        Some(file) => Ok(Some(Output { path: text(source, &file.value, "output_file")?.into(), format })),
        None => Ok(None),
    }
}

/// A name, a list of names and `{metric: aggregate}` mappings, or one such mapping.
fn read_metrics(source: &Source, node: &Node) -> Read<Metrics> {
    let mut metrics = Metrics::default();
    match &node.kind {
        Kind::List(items) => {
            for item in items {
                match &item.kind {
                    Kind::Map(entries) => add_aggregates(source, entries, &mut metrics)?,
                    // Neither text nor a mapping: PyRestTest passes over it.
                    _ if item.as_str().is_none() => {}
                    _ => metrics.add_raw(metric(source, item.at, text(source, item, "a metric")?)?),
                }
            }
        }
        Kind::Map(entries) => add_aggregates(source, entries, &mut metrics)?,
        Kind::Scalar(_) if node.as_str().is_some() => {
            metrics.add_raw(metric(source, node.at, node.as_str().unwrap_or_default())?);
        }
        Kind::Scalar(_) => return Err(wrong(source, node, "metrics", "a name, a list or a mapping")),
    }
    Ok(metrics)
}

fn add_aggregates(source: &Source, entries: &[Entry], metrics: &mut Metrics) -> Read<()> {
    for entry in entries {
        let metric = metric(source, entry.at, &entry.name)?;
        let name = text(source, &entry.value, "an aggregate")?;
        let aggregate = Aggregate::by_name(name).ok_or_else(|| {
            let meant = did_you_mean(name.trim(), Aggregate::NAMES);
            let allowed = Aggregate::NAMES.join(", ");
            fault(
                source,
                entry.value.at,
                format!("unknown aggregate \"{name}\"{meant}; one of {allowed}, or p50, p99.9"),
            )
        })?;
        metrics.add_aggregate(metric, aggregate);
    }
    Ok(())
}

fn metric(source: &Source, at: Position, name: &str) -> Read<Metric> {
    Metric::by_name(name).ok_or_else(|| {
        let names = Metric::ALL.map(|(name, _)| name);
        let meant = did_you_mean(name.trim(), names);
        fault(source, at, format!("unknown metric \"{name}\"{meant}; one of {}", names.join(", ")))
    })
}
