//! The keys of `poll:`.

use std::path::PathBuf;

use super::assertions;
use super::document::{Entry, Kind, Node};
use super::faults::{Collector, Faults};
use super::keys::Element;
use super::reader::{FileReader, Read};
use super::retry_values::{count, errors};
use crate::ground::value::Value;
use crate::judge::validate::Validator;
use crate::test::poll::Poll;

/// Reads a `poll:` block; nothing where it is left empty.
pub fn read(reader: &mut FileReader<'_>, block: &Entry, folders: &[PathBuf]) -> Read<Option<Box<Poll>>> {
    if block.value.is_null() {
        return Ok(None);
    }
    let mut poll = Poll::at(reader.location(block.at.or(block.value.at)));
    let mut faults = Collector::default();
    let keys = reader.fields(&block.value, "poll")?;
    reader.warn_of_repeated(block);
    for entry in keys {
        faults.take(key(reader, &entry, folders, &mut poll));
    }
    faults.finish(Some(Box::new(poll)))
}

/// What is said where load is made.
pub fn misplaced(reader: &FileReader<'_>, entry: &Entry) -> Faults {
    let message = "poll with performance or in a benchmark is not possible: measure the request, not the wait; \
                   put it into a test of its own";
    reader.fault(entry.at, message)
}

fn key(reader: &mut FileReader<'_>, entry: &Entry, folders: &[PathBuf], poll: &mut Poll) -> Read<()> {
    let (node, name) = (&entry.value, entry.name.as_str());
    match name {
        "until" => poll.until = conditions(reader, entry, folders)?,
        "fail_if" => poll.fail_if = conditions(reader, entry, folders)?,
        "interval" => poll.interval = reader.seconds(node, name)?,
        "multiplier" => poll.multiplier = multiplier(reader, node)?,
        "interval_max" => poll.interval_max = Some(reader.seconds(node, name)?),
        "timeout" => {
            poll.timeout = reader.seconds(node, name)?;
            if poll.timeout.is_zero() {
                let message = "timeout of poll must be a number of seconds above 0, not 0; nothing is waited for without \
                               end: use a number";
                return Err(reader.fault(node.at, message));
            }
        }
        "max_polls" => match count(reader, node, name)? {
            0 => return Err(reader.wrong(node, name, "an integer, 1 or more")),
            most => poll.max_polls = Some(most),
        },
        "errors" => poll.errors = errors(reader, node)?,
        _ => reader.unknown_key(entry, "poll", &Element::Poll.names())?,
    }
    Ok(())
}

/// Validators, at least one; none that keeps files.
fn conditions(reader: &mut FileReader<'_>, entry: &Entry, folders: &[PathBuf]) -> Read<Vec<Validator>> {
    let name = entry.name.as_str();
    let Kind::List(items) = &entry.value.kind else {
        return Err(reader.wrong(&entry.value, name, "a list of validators (- compare: {…})"));
    };
    if items.is_empty() {
        let meant = if name == "until" { " to wait for the expected status and all validators" } else { "" };
        let message = format!("{name} is empty, so it could never be met; leave it out{meant}");
        return Err(reader.fault(entry.value.at.or(entry.at), message));
    }
    let conditions = assertions::validators(reader, &entry.value, folders)?;
    match conditions.iter().find(|condition| condition.is_snapshot()) {
        Some(snapshot) => {
            let message = format!("{name} cannot have a snapshot, which is kept of one answer; put it into validators");
            Err(reader.fault(snapshot.location.position, message))
        }
        None => Ok(conditions),
    }
}

fn multiplier(reader: &FileReader<'_>, node: &Node) -> Read<f64> {
    let number = match &node.kind {
        Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => value.to_float(),
        Kind::Scalar(Value::Str(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.filter(|number: &f64| number.is_finite() && *number >= 1.0);
    number.ok_or_else(|| reader.wrong(node, "multiplier", "a number, 1 or more"))
}
