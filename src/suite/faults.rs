//! What is wrong with a part of a suite: all of it, not the first.
//!
//! Owns: reading on after a fault. Does not: note places (see `reader`), print.

use std::cell::LazyCell;
use std::ops::{Deref, Range};

use crate::ground::excerpt::Excerpt;
use crate::ground::source::{Fault, Position, Source};
use crate::secrets::written_secrets;

/// The result of reading a part of a suite.
pub type Read<T> = Result<T, Faults>;

/// What is wrong with a part of a suite; at least one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// The same with more words at the end.
    pub fn saying(mut self, more: &str) -> Faults {
        self.0.iter_mut().for_each(|fault| fault.message.push_str(more));
        self
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Faults {
        Faults(vec![fault])
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Both parts, or what is wrong with either.
///
/// # Errors
/// Something is wrong with one of them or both.
pub fn both<A, B>(one: Read<A>, other: Read<B>) -> Read<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(mut faults), Err(more)) => {
            faults.0.extend(more);
            Err(faults)
        }
        (Err(faults), Ok(_)) | (Ok(_), Err(faults)) => Err(faults),
    }
}

/// The faults of several parts, each of which is read whatever is wrong with the others.
#[derive(Debug, Default)]
pub struct Collector {
    faults: Vec<Fault>,
}

impl Collector {
    /// What was read, if nothing is wrong with it.
    pub fn take<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|faults| self.faults.extend(faults)).ok()
    }

    /// Everything that was read of several parts.
    ///
    /// # Errors
    /// Something is wrong with one of them or more.
    pub fn all<T>(parts: impl Iterator<Item = Read<T>>) -> Read<Vec<T>> {
        let mut collector = Collector::default();
        let mut all = Vec::with_capacity(parts.size_hint().0);
        parts.for_each(|part| all.extend(collector.take(part)));
        collector.finish(all)
    }

    /// The whole, which is as good as its parts.
    ///
    /// # Errors
    /// Something is wrong with a part.
    pub fn finish<T>(self, whole: T) -> Read<T> {
        if self.faults.is_empty() { Ok(whole) } else { Err(Faults(self.faults)) }
    }

    /// The faults, or none.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }
}

/// Gives the faults of a text the lines that they are about, without the secrets in them.
pub fn add_excerpts<'f>(faults: impl IntoIterator<Item = &'f mut Fault>, source: &Source) {
    let secrets = LazyCell::new(|| written_secrets(source.text()));
    let is_of_it = |fault: &&mut Fault| fault.excerpt.is_none() && fault.location.file == *source.name();
    for fault in faults.into_iter().filter(is_of_it) {
        fault.excerpt = excerpt(source, fault.location.position, &secrets);
    }
}

/// The line at a place that is not that of the fault: where it began.
pub fn with_excerpt_at(mut fault: Fault, at: Position, source: &Source) -> Fault {
    fault.excerpt = excerpt(source, at, &LazyCell::new(|| written_secrets(source.text())));
    fault
}

/// `secrets` are the parts that nobody may see; they are not looked for where there is no such place.
fn excerpt(source: &Source, at: Position, secrets: &impl Deref<Target = Vec<Range<usize>>>) -> Option<Box<Excerpt>> {
    let offset = source.offset_up_to(at)?;
    Excerpt::of(source.text(), offset, (at.line, at.column), secrets).map(Box::new)
}
