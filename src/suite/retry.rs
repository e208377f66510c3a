//! The keys of `retry:` and their long forms in `config`.

use super::document::{Entry, Kind, Node};
use super::fields::{Read, fault, integer, seconds, table, text, unknown_key, wrong};
use super::keys::{Element, Takes};
use super::reader::FileReader;
use super::test::is_method;
use crate::ground::source::Source;
use crate::settings::precedence::{Layer, Origin};
use crate::settings::retry::RetryValue;

/// Reads a `retry:` block into a layer.
pub fn read(reader: &mut FileReader<'_>, node: &Node, layer: &mut Layer) -> Read<()> {
    if node.is_null() {
        return Ok(());
    }
    let source = reader.source.clone();
    for entry in table(&source, node, "retry")? {
        if !key(&source, &entry, &entry.name, layer)? {
            reader.warn(unknown_key(&source, &entry, "retry", &Element::Retry.names()));
        }
    }
    Ok(())
}

/// Reads one key, as its row of the key table has it; false if it is not a key of retry. `name` is its name in a
/// `retry:` block: as it is written, `config` has longer ones.
pub fn key(source: &Source, entry: &Entry, name: &str, layer: &mut Layer) -> Read<bool> {
    let (node, what) = (&entry.value, entry.name.as_str());
    let name = if matches!(name, "retryable_statuses" | "retry_on_statuses") { "retry_statuses" } else { name };
    let Some(row) = Element::Retry.keys().iter().find(|row| row.name == name) else { return Ok(false) };
    let value = match row.takes {
        Takes::Count => RetryValue::Count(count(source, node, what)?),
        Takes::Seconds => RetryValue::Time(seconds(source, node, what)?),
        Takes::Statuses => RetryValue::Statuses(statuses(source, node, what)?),
        Takes::Methods => RetryValue::Methods(methods(source, node)?),
        _ => return Ok(false),
    };
    Ok(layer.retry.set(name, value, Origin::Suite(source.location(entry.at.or(node.at)))))
}

/// A count that fits 32 bits.
fn count(source: &Source, node: &Node, what: &str) -> Read<u32> {
    u32::try_from(integer(source, node, what)?).map_err(|_| wrong(source, node, what, "an integer, 0 or more"))
}

fn statuses(source: &Source, node: &Node, what: &str) -> Read<Vec<u16>> {
    let one = |node: &Node| {
        let number = integer(source, node, what)?;
        u16::try_from(number)
            .ok()
            .filter(|status| (100..=999).contains(status))
            .ok_or_else(|| wrong(source, node, what, "a list of HTTP statuses such as [502, 503]"))
    };
    match &node.kind {
        Kind::List(items) => items.iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}

fn methods(source: &Source, node: &Node) -> Read<Vec<String>> {
    match &node.kind {
        Kind::List(items) if !items.is_empty() => items.iter().map(|item| method(source, item)).collect(),
        Kind::List(_) => Err(fault(source, node.at, "methods is empty; leave it out to retry all methods")),
        _ => Ok(vec![method(source, node)?]),
    }
}

fn method(source: &Source, node: &Node) -> Read<String> {
    let name = text(source, node, "a retry method")?;
    if !is_method(name) {
        return Err(wrong(source, node, "a retry method", "an HTTP method such as GET or PUT"));
    }
    Ok(name.to_uppercase())
}
