//! A benchmark's report as PyRestTest writes it: one line of JSON, or CSV.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::load::metrics::Metric;
use crate::record::benchmark_report::BenchmarkReport;

/// A measured number: whole where the metric counts, else with a point, as Python prints it.
struct Number(Metric, f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_count() && self.1.fract() == 0.0 {
            serializer.serialize_i64(self.1 as i64)
        } else {
            serializer.serialize_f64(self.1)
        }
    }
}

struct Raw<'r>(Metric, &'r [f64]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.1.len()))?;
        for number in self.1 {
            list.serialize_element(&Number(self.0, *number))?;
        }
        list.end()
    }
}

struct Results<'r>(&'r [(Metric, Vec<f64>)]);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (metric, numbers) in self.0 {
            map.serialize_entry(metric.name(), &Raw(*metric, numbers))?;
        }
        map.end()
    }
}

struct Printed<'r>(&'r BenchmarkReport);

impl Serialize for Printed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let aggregates: Vec<(&str, &str, Option<f64>)> =
            report.aggregates.iter().map(|(metric, name, value)| (metric.name(), name.as_str(), *value)).collect();
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("aggregates", &aggregates)?;
        map.serialize_entry("failures", &report.failures)?;
        map.serialize_entry("group", &report.group)?;
        map.serialize_entry("name", &report.name)?;
        map.serialize_entry("results", &Results(&report.results))?;
        map.end()
    }
}

/// One line of JSON with PyRestTest's keys: aggregates, failures, group, name, results.
pub fn to_json(report: &BenchmarkReport) -> String {
    // Serializing numbers and text into a String cannot fail.
    serde_json::to_string(&Printed(report)).unwrap_or_default()
}

/// The same as a file: a benchmark with keys that PyRestTest does not have has its figures under `summary`, too, with
/// the keys of a `performance` block's file.
pub fn to_json_file(report: &BenchmarkReport) -> String {
    let line = to_json(report);
    let Some((five, load)) = line.strip_suffix('}').zip(report.shown_load()) else { return line + "\n" };
    format!("{five},\"summary\":{}}}\n", serde_json::Value::Object(super::load::to_map(load)))
}

/// PyRestTest's CSV, lines ending in CRLF; sections with nothing in them are left out.
pub fn to_csv(report: &BenchmarkReport) -> String {
    let mut out = String::new();
    let mut row = |cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
        let _ = write!(out, "{}\r\n", cells.join(","));
    };
    row(&["Benchmark", &report.name]);
    row(&["Benchmark Group", &report.group]);
    row(&["Failures", &report.failures.to_string()]);
    if !report.results.is_empty() {
        row(&["Results", ""]);
        let mut columns: Vec<&(Metric, Vec<f64>)> = report.results.iter().collect();
        columns.sort_by_key(|(metric, _)| metric.name());
        let names: Vec<&str> = columns.iter().map(|(metric, _)| metric.name()).collect();
        row(&names);
        let rows = columns.first().map_or(0, |(_, numbers)| numbers.len());
        for i in 0..rows {
            let cells: Vec<String> = columns
                .iter()
                .map(|(metric, numbers)| numbers.get(i).map_or_else(String::new, |n| python(*metric, *n)))
                .collect();
            row(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
    if !report.aggregates.is_empty() {
        row(&["Aggregates", ""]);
        for (metric, name, value) in &report.aggregates {
            let value = value.map_or_else(String::new, |value| crate::ground::value::Value::Float(value).to_text());
            row(&[metric.name(), name, &value]);
        }
    }
    out
}

fn python(metric: Metric, number: f64) -> String {
    if metric.is_count() && number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        crate::ground::value::Value::Float(number).to_text()
    }
}

fn csv_cell(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> BenchmarkReport {
        BenchmarkReport {
            name: "b, \"q\"".to_owned(),
            group: "Default".to_owned(),
            failures: 1,
            results: vec![(Metric::TotalTime, vec![0.5, 0.25]), (Metric::NumConnects, vec![1.0, 0.0])],
            aggregates: vec![
                (Metric::SizeDownload, "mean".to_owned(), Some(559.0)),
                (Metric::TotalTime, "p95".to_owned(), None),
            ],
            ..BenchmarkReport::default()
        }
    }

    #[test]
    fn json_has_pyresttests_keys() {
        assert_eq!(
            to_json(&report()),
            r#"{"aggregates":[["size_download","mean",559.0],["total_time","p95",null]],"failures":1,"group":"Default","name":"b, \"q\"","results":{"total_time":[0.5,0.25],"num_connects":[1,0]}}"#
        );
    }

    #[test]
    fn csv_has_sorted_columns_and_crlf() {
        assert_eq!(
            to_csv(&report()),
            "Benchmark,\"b, \"\"q\"\"\"\r\nBenchmark Group,Default\r\nFailures,1\r\nResults,\r\nnum_connects,total_time\r\n\
             1,0.5\r\n0,0.25\r\nAggregates,\r\nsize_download,mean,559.0\r\ntotal_time,p95,\r\n"
        );
    }
}
