//! The keys of `retry:` and their long forms in `config`.

use super::document::{Entry, Kind, Node};
use super::fields::{Read, fault, integer, seconds, table, text, unknown_key, wrong};
use super::keys::Element;
use super::reader::FileReader;
use super::test::is_method;
use crate::ground::source::Source;
use crate::settings::precedence::{Layer, Origin, Setting};

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

/// Reads one key; false if it is not a key of retry.
pub fn key(source: &Source, entry: &Entry, name: &str, layer: &mut Layer) -> Read<bool> {
    let node = &entry.value;
    // As it is written: `config` has longer names.
    let what = entry.name.as_str();
    let origin = || Origin::Suite(source.location(entry.at.or(node.at)));
    match name {
        "max_retries" => layer.max_retries = Some(Setting::new(count(source, node, "max_retries")?, origin())),
        "backoff_base" => layer.backoff_base = Some(Setting::new(seconds(source, node, what)?, origin())),
        "backoff_max" => layer.backoff_max = Some(Setting::new(seconds(source, node, what)?, origin())),
        "retry_statuses" | "retryable_statuses" => {
            layer.retry_statuses = Some(Setting::new(statuses(source, node)?, origin()));
        }
        "methods" => layer.retry_methods = Some(Setting::new(methods(source, node)?, origin())),
        _ => return Ok(false),
    }
    Ok(true)
}

/// A count that fits 32 bits.
fn count(source: &Source, node: &Node, what: &str) -> Read<u32> {
    u32::try_from(integer(source, node, what)?).map_err(|_| wrong(source, node, what, "an integer, 0 or more"))
}

fn statuses(source: &Source, node: &Node) -> Read<Vec<u16>> {
    let one = |node: &Node| {
        let number = integer(source, node, "retry_statuses")?;
        u16::try_from(number)
            .ok()
            .filter(|status| (100..=999).contains(status))
            .ok_or_else(|| wrong(source, node, "retry_statuses", "a list of HTTP statuses such as [502, 503]"))
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
