//! The keys of `retry:` and their long forms in `config`.

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::keys::{Element, Takes};
use super::reader::{FileReader, Read};
use crate::settings::precedence::{Layer, Origin};
use crate::settings::retry::RetryValue;

/// Reads a `retry:` block into a layer.
pub fn read(reader: &mut FileReader<'_>, node: &Node, layer: &mut Layer) -> Read<()> {
    if node.is_null() {
        return Ok(());
    }
    let mut faults = Collector::default();
    for entry in reader.fields(node, "retry")? {
        if faults.take(key(reader, &entry, &entry.name, layer)) == Some(false) {
            faults.take(reader.unknown_key(&entry, "retry", &Element::Retry.names()));
        }
    }
    faults.finish(())
}

/// Reads one key, as its row of the key table has it; false if it is not a key of retry. `name` is its name in a
/// `retry:` block: as it is written, `config` has longer ones.
pub fn key(reader: &FileReader<'_>, entry: &Entry, name: &str, layer: &mut Layer) -> Read<bool> {
    let (node, what) = (&entry.value, entry.name.as_str());
    let name = if matches!(name, "retryable_statuses" | "retry_on_statuses") { "retry_statuses" } else { name };
    let Some(row) = Element::Retry.keys().iter().find(|row| row.name == name) else { return Ok(false) };
    let value = match row.takes {
        Takes::Count => RetryValue::Count(count(reader, node, what)?),
        Takes::Seconds => RetryValue::Time(reader.seconds(node, what)?),
        Takes::Statuses => RetryValue::Statuses(statuses(reader, node, what)?),
        Takes::Methods => RetryValue::Methods(methods(reader, node)?),
        _ => return Ok(false),
    };
    Ok(layer.retry.set(name, value, Origin::Suite(reader.location(entry.at.or(node.at)))))
}

/// A count that fits 32 bits.
fn count(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<u32> {
    u32::try_from(reader.integer(node, what)?).map_err(|_| reader.wrong(node, what, "an integer, 0 or more"))
}

fn statuses(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<u16>> {
    let one = |node: &Node| {
        let number = reader.integer(node, what)?;
        u16::try_from(number)
            .ok()
            .filter(|status| (100..=999).contains(status))
            .ok_or_else(|| reader.wrong(node, what, "a list of HTTP statuses such as [502, 503]"))
    };
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(one)),
        _ => Ok(vec![one(node)?]),
    }
}

fn methods(reader: &FileReader<'_>, node: &Node) -> Read<Vec<String>> {
    match &node.kind {
        Kind::List(items) if !items.is_empty() => Collector::all(items.iter().map(|item| method(reader, item))),
        Kind::List(_) => Err(reader.fault(node.at, "methods is empty; leave it out to retry all methods")),
        _ => Ok(vec![method(reader, node)?]),
    }
}

fn method(reader: &FileReader<'_>, node: &Node) -> Read<String> {
    let name = reader.text(node, "a retry method")?;
    if !is_method(name) {
        return Err(reader.wrong(node, "a retry method", "an HTTP method such as GET or PUT"));
    }
    Ok(name.to_uppercase())
}

/// Whether this can be an HTTP method: any token can.
pub fn is_method(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
