//! Mappings of a runner configuration: an unknown key is an error.

use crate::ground::source::did_you_mean;
use crate::suite::document::Node;
use crate::suite::faults::Collector;
use crate::suite::fields::Field;
use crate::suite::reader::{FileReader, Read};

/// A mapping in which every key must be known; keys that begin with `_` are comments.
pub(super) fn strict<'n>(reader: &FileReader<'_>, node: &'n Node, what: &str, known: &[&str]) -> Read<Vec<Field<'n>>> {
    let mut faults = Collector::default();
    let entries = known_keys(reader, node, (what, known), &mut faults)?;
    faults.finish(entries)
}

/// The keys of a mapping that are known, in whose name `what` and `known` are told of the others.
pub(super) fn known_keys<'n>(
    reader: &FileReader<'_>,
    node: &'n Node,
    (what, known): (&str, &[&str]),
    faults: &mut Collector,
) -> Read<Vec<Field<'n>>> {
    let mut entries = reader.flatten(node, what)?;
    entries.retain(|entry| {
        let is_known = known.contains(&entry.name.as_str());
        if !is_known && !entry.name.starts_with('_') {
            let meant = did_you_mean(&entry.name, known.iter().copied());
            let message = format!("unknown key \"{}\" in {what}{meant}; known are {}", entry.name, known.join(", "));
            faults.take::<()>(Err(reader.fault(entry.at, message)));
        }
        is_known
    });
    Ok(entries)
}
