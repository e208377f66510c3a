//! Times, rates and numbers of connections as load runs have them, in suites and on the command line.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::document::{Kind, Node};
use super::reader::{FileReader, Read};
use crate::ground::value::Value;

/// Rates beyond these are slips, too: a request in a quarter of an hour, and ten a microsecond.
pub const RATES: RangeInclusive<f64> = 0.001..=1e7;

/// More threads of an event loop than this are a slip: no machine has so many cores.
pub const MAX_THREADS: usize = 1024;

/// More threads than this are a slip, not a plan.
pub const MAX_CONCURRENCY: usize = 10_000;

/// `10`, `10s`, `500ms`, `2m`, `1h`.
pub fn duration(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Duration> {
    let wrong = || reader.wrong(node, what, "a time above 0, such as 10s, 500ms or 2m");
    let limit = match &node.kind {
        Kind::Scalar(Value::Str(text)) => parse_duration(text).ok_or_else(wrong)?,
        _ => reader.seconds(node, what).map_err(|_| wrong())?,
    };
    if limit.is_zero() { Err(wrong()) } else { Ok(limit) }
}

/// A time as suites and the command line have it: seconds, or with a unit.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let scale = match text[digits..].trim() {
        "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(text[..digits].parse::<f64>().ok()? * scale).ok()
}

/// Requests a second.
pub fn rate(reader: &FileReader<'_>, node: &Node) -> Read<f64> {
    number(node)
        .filter(|number| RATES.contains(number))
        .ok_or_else(|| reader.wrong(node, "rate", "requests a second, from 0.001 to 10000000"))
}

/// A number, with or without `/s` behind it.
pub fn number(node: &Node) -> Option<f64> {
    match &node.kind {
        Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => value.to_float(),
        Kind::Scalar(Value::Str(text)) => text.trim().trim_end_matches("/s").parse().ok(),
        _ => None,
    }
}
