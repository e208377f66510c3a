//! `retry_budget`, `circuit_breaker`, `rate_limit` and `suite_timeout` of `config` and of runner configurations.

use super::document::{Entry, Kind, Node};
use super::faults::{Collector, Faults};
use super::keys::Element;
use super::reader::{FileReader, Read};
use super::retry_values::{count, statuses};
use crate::ground::value::Value;
use crate::retry::RateLimit;
use crate::settings::guards::GuardLayer;
use crate::settings::precedence::{Layer, Origin, Setting};

/// Whether a key is one of these.
pub fn is_key(name: &str) -> bool {
    matches!(name, "retry_budget" | "circuit_breaker" | "rate_limit" | "suite_timeout")
}

/// What is said of such a key in a test, where it would not outlive it.
pub(super) fn misplaced(reader: &FileReader<'_>, entry: &Entry) -> Faults {
    let name = &entry.name;
    reader.fault(
        entry.at,
        format!("{name} belongs to config: it holds for all tests together; write - config: {{{name}: …}}"),
    )
}

/// Reads one of them; `rate_limit` is one setting: no layer has a part of another's.
pub(super) fn read(reader: &mut FileReader<'_>, entry: &Entry, layer: &mut Layer) -> Read<()> {
    match entry.name.as_str() {
        "suite_timeout" => {
            let limit = reader.bound(entry)?;
            layer.guards.get_or_insert_default().suite_timeout = Some(limit);
            return Ok(());
        }
        "rate_limit" => {
            let limit = rate_limit(reader, entry)?;
            layer.guards.get_or_insert_default().rate_limit = Some(limit);
            return Ok(());
        }
        _ => {}
    }
    let is_budget = entry.name == "retry_budget";
    let element = if is_budget { Element::RetryBudget } else { Element::CircuitBreaker };
    if let Kind::Scalar(_) = entry.value.kind {
        let like = if is_budget { "{ratio: 20%, min_retries: 10}" } else { "{failures: 5, reset: 30}" };
        return Err(reader.wrong(&entry.value, &entry.name, &format!("a mapping such as {like}")));
    }
    let mut faults = Collector::default();
    for key in reader.fields(&entry.value, &entry.name)? {
        if element.names().contains(&key.name.as_str()) {
            faults.take(read_key(reader, &key, layer.guards.get_or_insert_default()));
        } else {
            faults.take(reader.unknown_key(&key, &entry.name, &element.names()));
        }
    }
    faults.finish(())
}

fn read_key(reader: &FileReader<'_>, key: &Entry, guards: &mut GuardLayer) -> Read<()> {
    let (node, name) = (&key.value, key.name.as_str());
    let origin = Origin::Suite(reader.location(key.at.or(node.at)));
    match name {
        "ratio" => guards.ratio = Some(Setting::new(ratio(reader, node)?, origin)),
        "min_retries" => guards.min_retries = Some(Setting::new(count(reader, node, name)?, origin)),
        "failures" => guards.failures = Some(Setting::new(count(reader, node, name)?, origin)),
        "reset" => guards.reset = Some(Setting::new(reader.seconds(node, name)?, origin)),
        "statuses" => guards.statuses = Some(Setting::new(statuses(reader, node, name)?, origin)),
        _ => {}
    }
    Ok(())
}

/// `{rate: …, burst: …}`.
fn rate_limit(reader: &mut FileReader<'_>, entry: &Entry) -> Read<Setting<Option<RateLimit>>> {
    if !matches!(entry.value.kind, Kind::Map(_)) {
        return Err(reader.wrong(&entry.value, "rate_limit", "a mapping such as {rate: 50/s, burst: 10}"));
    }
    let (mut rate, mut burst) = (None, 1);
    let mut faults = Collector::default();
    for key in reader.fields(&entry.value, "rate_limit")? {
        match key.name.as_str() {
            "rate" => rate = faults.take(read_rate(reader, &key.value)),
            "burst" => burst = faults.take(read_burst(reader, &key.value)).unwrap_or(1),
            _ => {
                faults.take(reader.unknown_key(&key, "rate_limit", &Element::RateLimit.names()));
            }
        }
    }
    faults.finish(())?;
    let at = entry.at.or(entry.value.at);
    let rate = rate.ok_or_else(|| reader.fault(at, "rate_limit needs a rate; write {rate: 50/s}"))?;
    let limit = rate.map(|rate| RateLimit { burst, ..rate });
    Ok(Setting::new(limit, Origin::Suite(reader.location(at))))
}

/// Nothing where it is 0: no limit.
fn read_rate(reader: &FileReader<'_>, node: &Node) -> Read<Option<RateLimit>> {
    const ALLOWED: &str = "a number of sends a second, or text such as 50/s or 3000/m (0 is no limit)";
    let text = match &node.kind {
        Kind::Scalar(Value::Str(text)) => text.clone(),
        Kind::Scalar(value @ (Value::Int(_) | Value::Float(_))) => value.to_text(),
        _ => return Err(reader.wrong(node, "rate", ALLOWED)),
    };
    if text.contains(':') {
        return Err(reader.wrong(node, "rate", ALLOWED).saying("; the burst is a key of its own"));
    }
    parse_rate_limit(&text).ok_or_else(|| reader.wrong(node, "rate", ALLOWED))
}

/// A rate limit as the command line has it; nothing inside where it is 0: no limit.
pub fn parse_rate_limit(text: &str) -> Option<Option<RateLimit>> {
    let is_none = text.trim().parse::<f64>() == Ok(0.0);
    if is_none { Some(None) } else { RateLimit::parse(text).map(Some) }
}

fn read_burst(reader: &FileReader<'_>, node: &Node) -> Read<u32> {
    match count(reader, node, "burst") {
        Ok(burst) if burst > 0 => Ok(burst),
        _ => Err(reader.wrong(node, "burst", "an integer, 1 or more")),
    }
}

/// A share as a number or in percent, in thousandths.
fn ratio(reader: &FileReader<'_>, node: &Node) -> Read<u32> {
    let text = match &node.kind {
        Kind::Scalar(Value::Str(text)) => text.clone(),
        Kind::Scalar(value @ (Value::Int(_) | Value::Float(_))) => value.to_text(),
        _ => return Err(reader.wrong(node, "ratio", "a number from 0 to 1, or percent such as 20%")),
    };
    thousandths(&text)
        .map_err(|allowed| reader.wrong(node, "ratio", "a number from 0 to 1, or percent such as 20%").saying(&allowed))
}

/// `0.2` or `20%` in thousandths.
///
/// # Errors
/// It is neither; what is probably meant.
pub fn thousandths(text: &str) -> Result<u32, String> {
    let text = text.trim();
    let (number, percent) = match text.strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (text, false),
    };
    let number: f64 = number.parse().map_err(|_| String::new())?;
    let share = if percent { number / 100.0 } else { number };
    if (0.0..=1.0).contains(&share) {
        return Ok((share * 1000.0).round() as u32);
    }
    // Who writes 20 means one in five.
    let is_percent = !percent && (0.0..=100.0).contains(&number);
    Err(if is_percent { format!("; did you mean {} or {number}%?", number / 100.0) } else { String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbers_or_percent() {
        for (text, share) in
            [("0.2", 200), ("20%", 200), ("20 %", 200), ("0", 0), ("1", 1000), ("100%", 1000), ("0.333", 333)]
        {
            assert_eq!(thousandths(text), Ok(share), "{text}");
        }
        assert_eq!(thousandths("20").unwrap_err(), "; did you mean 0.2 or 20%?");
        for text in ["-1", "101", "120%", "x", "", "%", "nan"] {
            assert_eq!(thousandths(text).unwrap_err(), "", "{text}");
        }
    }
}
