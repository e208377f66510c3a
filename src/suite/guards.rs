//! `retry_budget` and `circuit_breaker` of `config` and of runner configurations.

use super::document::{Entry, Kind, Node};
use super::faults::{Collector, Faults};
use super::keys::Element;
use super::reader::{FileReader, Read};
use super::retry_values::{count, statuses};
use crate::ground::value::Value;
use crate::settings::guards::GuardLayer;
use crate::settings::precedence::{Layer, Origin, Setting};

/// Whether a key is one of these.
pub fn is_key(name: &str) -> bool {
    matches!(name, "retry_budget" | "circuit_breaker")
}

/// What is said of such a key in a test, where it would not outlive it.
pub(super) fn misplaced(reader: &FileReader<'_>, entry: &Entry) -> Faults {
    let name = &entry.name;
    reader.fault(
        entry.at,
        format!("{name} belongs to config: it holds for all tests together; write - config: {{{name}: …}}"),
    )
}

/// Reads one of them.
pub(super) fn read(reader: &mut FileReader<'_>, entry: &Entry, layer: &mut Layer) -> Read<()> {
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
