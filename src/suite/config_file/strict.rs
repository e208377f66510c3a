//! Mappings of a runner configuration: an unknown key is an error.

use crate::ground::source::did_you_mean;
use crate::suite::document::Node;
use crate::suite::fields::Field;
use crate::suite::reader::{FileReader, Read};

/// A mapping in which every key must be known; keys that begin with `_` are comments.
pub(super) fn strict<'n>(reader: &FileReader<'_>, node: &'n Node, what: &str, known: &[&str]) -> Read<Vec<Field<'n>>> {
    let mut entries = reader.flatten(node, what)?;
    entries.retain(|entry| !entry.name.starts_with('_'));
    match entries.iter().find(|entry| !known.contains(&entry.name.as_str())) {
        Some(unknown) => {
            let meant = did_you_mean(&unknown.name, known.iter().copied());
            Err(reader.fault(
                unknown.at,
                format!("unknown key \"{}\" in {what}{meant}; known are {}", unknown.name, known.join(", ")),
            ))
        }
        None => Ok(entries),
    }
}
