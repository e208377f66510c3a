//! Entries that come together in one mapping: repeated keys, merge keys, lists of mappings.
//!
//! Owns: which value a key ends up with. Does not: read them (see `visitor`).

use std::borrow::{Borrow, Cow};
use std::collections::{HashMap, hash_map};

use super::node::{Entry, Kind, Node};
use crate::ground::source::Position;

/// `<<: *map` and `<<: [*first, *second]`; of several, the first has priority, and all give way to
/// the mapping's own keys.
pub(super) fn merge_into(merged: &mut Vec<Entry>, value: Node) -> Result<(), String> {
    match value.kind {
        Kind::Map(entries) => merged.extend(entries),
        Kind::List(items) => {
            for item in items.into_iter().rev() {
                match item.kind {
                    Kind::Map(entries) => merged.extend(entries),
                    _ => return Err("the merge key << takes a mapping or a list of mappings".to_owned()),
                }
            }
        }
        _ => return Err("the merge key << takes a mapping or a list of mappings".to_owned()),
    }
    Ok(())
}

/// Every key once: at its first place, with its last value.
pub fn last_wins<E: Borrow<Entry> + Place>(entries: Vec<E>) -> Vec<E> {
    last_wins_noting(entries, |_, _| {})
}

/// The same; what is overridden and what takes its place are noted.
pub(super) fn last_wins_noting<E: Borrow<Entry> + Place>(entries: Vec<E>, mut note: impl FnMut(&E, &E)) -> Vec<E> {
    if entries.len() <= FEW {
        return last_of_few(entries, note);
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut out: Vec<E> = Vec::with_capacity(entries.len());
    for entry in entries {
        match places.entry(entry.borrow().key().identity()) {
            hash_map::Entry::Occupied(at) => {
                let have = &mut out[*at.get()];
                note(have, &entry);
                have.take_value_of(entry);
            }
            hash_map::Entry::Vacant(free) => {
                free.insert(out.len());
                out.push(entry);
            }
        }
    }
    out
}

/// What is said of a key that is given again.
pub fn repeated_key(name: &str, first: Position, again: Position) -> String {
    let first = match first {
        first if !first.is_known() => "an earlier one".to_owned(),
        first if first.line == again.line => format!("that of column {}", first.column),
        first => format!("that of line {}", first.line),
    };
    format!("duplicate key \"{}\": this one counts, {first} is ignored; keep one", name.escape_debug())
}

/// Up to so many keys are compared one with another, which needs no memory.
const FEW: usize = 16;

fn last_of_few<E: Borrow<Entry> + Place>(entries: Vec<E>, mut note: impl FnMut(&E, &E)) -> Vec<E> {
    let is_repeated =
        |(at, entry): (usize, &E)| entries[..at].iter().any(|have| have.borrow().has_key_of(entry.borrow()));
    if !entries.iter().enumerate().any(is_repeated) {
        return entries;
    }
    let mut out: Vec<E> = Vec::with_capacity(entries.len());
    for entry in entries {
        match out.iter_mut().find(|have| (**have).borrow().has_key_of(entry.borrow())) {
            Some(have) => {
                note(have, &entry);
                have.take_value_of(entry);
            }
            None => out.push(entry),
        }
    }
    out
}

/// What can hold an entry in a mapping that is being put together.
pub trait Place {
    /// Keeps its key, and takes the value of another entry, and where that is written.
    fn take_value_of(&mut self, other: Self);
}

impl Place for Entry {
    fn take_value_of(&mut self, other: Entry) {
        (self.at, self.value) = (other.at, other.value);
    }
}

impl Place for Cow<'_, Entry> {
    fn take_value_of(&mut self, other: Self) {
        if self.name == other.name {
            *self = other;
        } else {
            let other = other.into_owned();
            self.to_mut().take_value_of(other);
        }
    }
}
