//! The keys of `retry:` and their long forms in `config`.

use std::time::Duration;

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::keys::{Element, Takes};
use super::reader::{FileReader, Read};
use super::retry_values::{count, errors, is_method, jitter, methods, statuses};
use super::{guards, policies};
use crate::ground::value::Value;
use crate::retry::IdempotencyKey;
use crate::settings::precedence::{Layer, Origin};
use crate::settings::retry::RetryValue;

/// Reads a `retry:` block into a layer.
pub fn read(reader: &mut FileReader<'_>, node: &Node, layer: &mut Layer) -> Read<()> {
    if node.is_null() {
        return Ok(());
    }
    let mut faults = Collector::default();
    for entry in reader.fields(node, "retry")? {
        if guards::is_key(&entry.name) {
            faults.take::<()>(Err(guards::misplaced(reader, &entry)));
        } else if faults.take(key(reader, &entry, &entry.name, layer)) == Some(false) {
            faults.take(reader.unknown_key(&entry, "retry", &Element::Retry.names()));
        }
    }
    faults.finish(())
}

/// Reads one key, as its row of the key table has it; false if it is not a key of retry. `name` is its name in a
/// `retry:` block: as it is written, `config` has longer ones.
pub fn key(reader: &mut FileReader<'_>, entry: &Entry, name: &str, layer: &mut Layer) -> Read<bool> {
    let (node, what) = (&entry.value, entry.name.as_str());
    let name = if matches!(name, "retryable_statuses" | "retry_on_statuses") { "retry_statuses" } else { name };
    let Some(row) = Element::Retry.keys().iter().find(|row| row.name == name) else { return Ok(false) };
    let value = match row.takes {
        Takes::Count => RetryValue::Count(count(reader, node, what)?),
        Takes::Seconds => RetryValue::Time(reader.seconds(node, what)?),
        Takes::Statuses => RetryValue::Statuses(statuses(reader, node, what)?),
        Takes::Methods => RetryValue::Methods(Some(methods(reader, node)?)),
        Takes::Boolean => RetryValue::Flag(reader.boolean(node, what)?),
        Takes::Jitter => RetryValue::Jitter(jitter(reader, node)?),
        Takes::Errors => RetryValue::Errors(errors(reader, node)?),
        Takes::Policies => RetryValue::Policies(policies::read(reader, node)?),
        Takes::IdempotencyKey => RetryValue::Key(idempotency_key(reader, node)?),
        _ => return Ok(false),
    };
    if name == "max_elapsed" && value == RetryValue::Time(Duration::ZERO) {
        return Err(reader.wrong(node, what, "a number of seconds above 0 (without it there is no bound)"));
    }
    Ok(layer.retry.set(name, value, Origin::Suite(reader.location(entry.at.or(node.at)))))
}

/// `true`, `false`, a header's name, or `{header: …, quoted: …}`.
fn idempotency_key(reader: &mut FileReader<'_>, node: &Node) -> Read<Option<IdempotencyKey>> {
    let header = |reader: &FileReader<'_>, node: &Node| match node.as_str() {
        Some(name) if is_method(name) => Ok(name.to_owned()),
        _ => Err(reader.wrong(node, "idempotency_key", "true, false, or the name of a header")),
    };
    let usual = || IdempotencyKey { header: "Idempotency-Key".to_owned(), is_quoted: false };
    match &node.kind {
        Kind::Scalar(Value::Bool(is_wanted)) => Ok(is_wanted.then(usual)),
        Kind::Map(_) => {
            let mut key = usual();
            for entry in reader.fields(node, "idempotency_key")? {
                match entry.name.as_str() {
                    "header" => key.header = header(reader, &entry.value)?,
                    "quoted" => key.is_quoted = reader.boolean(&entry.value, "quoted")?,
                    _ => reader.unknown_key(&entry, "idempotency_key", &["header", "quoted"])?,
                }
            }
            Ok(Some(key))
        }
        _ => Ok(Some(IdempotencyKey { header: header(reader, node)?, is_quoted: false })),
    }
}
