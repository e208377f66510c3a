//! What `depends_on` names, once a file has been read: it must be there, once, and run before.
//!
//! Owns: finding it, cycles. Does not: read the key (see `order`), skip tests (see `run`).

use std::collections::HashMap;

use crate::ground::source::{Fault, Location, did_you_mean};
use crate::test::definition::Test;
use crate::test::order::Need;
use crate::test::set::TestSet;

/// More lines than these are only counted.
const MOST: usize = 3;

/// An element of a file that has an id: a test with all of its rows, or a benchmark.
struct Named<'s> {
    /// Where it stands among those that run.
    place: usize,
    test: &'s Test,
}

/// What is wrong with the needs of a set's tests; nothing costs anything where none has any. `others` are the sets of
/// other files of the same suite.
pub fn faults(set: &TestSet, others: &[TestSet]) -> Vec<Fault> {
    if set.requests().all(|test| test.needs().is_empty()) {
        return Vec::new();
    }
    let mut elements: Vec<Named<'_>> = Vec::new();
    let mut last: Option<&Location> = None;
    for test in set.requests() {
        // Rows of one element follow each other.
        if last != Some(&test.location) || !test.location.position.is_known() {
            elements.push(Named { place: elements.len(), test });
        }
        last = Some(&test.location);
    }
    let mut by_id: HashMap<&str, Vec<&Named<'_>>> = HashMap::new();
    for element in &elements {
        by_id.entry(element.test.id()).or_default().push(element);
    }
    let names = Names { by_id, others };
    let mut faults = Vec::new();
    for element in &elements {
        for need in element.test.needs() {
            faults.extend(names.wrong(element, need).map(|message| Fault::new(need.location.clone(), message)));
        }
    }
    faults
}

struct Names<'s> {
    by_id: HashMap<&'s str, Vec<&'s Named<'s>>>,
    others: &'s [TestSet],
}

impl Names<'_> {
    /// What is wrong with a need of an element, if anything is.
    fn wrong(&self, of: &Named<'_>, need: &Need) -> Option<String> {
        let id = need.id.escape_debug();
        let named = match self.by_id.get(need.id.as_str()).map(Vec::as_slice) {
            None | Some([]) => return Some(self.unknown(need)),
            Some([one]) => one,
            Some(several) => {
                let mut lines: Vec<String> =
                    several.iter().take(MOST).map(|named| named.test.location.position.line.to_string()).collect();
                if several.len() > MOST {
                    lines.push(format!("{} more", several.len() - MOST));
                }
                return Some(format!(
                    "\"{id}\" is ambiguous: {} tests are called so (lines {}); give the one that is meant an id",
                    several.len(),
                    lines.join(", ")
                ));
            }
        };
        if named.place < of.place {
            return None;
        }
        let chain = if named.place == of.place { Some(vec![of.test.id()]) } else { self.chain(named, of) };
        Some(match chain {
            Some(chain) => {
                let chain: Vec<String> =
                    std::iter::once(of.test.id()).chain(chain).map(|id| format!("\"{}\"", id.escape_debug())).collect();
                format!("depends_on goes round in a circle: {}", chain.join(" needs "))
            }
            None => format!(
                "\"{id}\" (line {}) runs after this one, so it cannot be needed here; put it first",
                named.test.location.position.line
            ),
        })
    }

    /// The way from an element over its needs to another one: the ids on it, both ends too.
    fn chain<'n>(&'n self, from: &'n Named<'n>, to: &Named<'_>) -> Option<Vec<&'n str>> {
        let mut ways: Vec<(&Named<'_>, Vec<&str>)> = vec![(from, vec![from.test.id()])];
        let mut seen = vec![from.place];
        while let Some((at, way)) = ways.pop() {
            for need in at.test.needs() {
                let Some([next]) = self.by_id.get(need.id.as_str()).map(Vec::as_slice) else { continue };
                let mut way = way.clone();
                way.push(next.test.id());
                if next.place == to.place {
                    return Some(way);
                }
                if !seen.contains(&next.place) {
                    seen.push(next.place);
                    ways.push((next, way));
                }
            }
        }
        None
    }

    fn unknown(&self, need: &Need) -> String {
        let id = need.id.escape_debug();
        let all = self.by_id.values().flatten();
        if let Some(named) = all.clone().find(|named| named.test.name == need.id) {
            return format!(
                "no test has the id \"{id}\"; the one of this name (line {}) has the id \"{}\"",
                named.test.location.position.line,
                named.test.id().escape_debug()
            );
        }
        let elsewhere = self.others.iter().flat_map(TestSet::requests).find(|test| test.id() == need.id);
        if let Some(test) = elsewhere {
            return format!("\"{id}\" is in {}; depends_on names tests of the same file", test.location.line());
        }
        let mut ids: Vec<&str> = self.by_id.keys().copied().filter(|id| *id != "Unnamed").collect();
        ids.sort_unstable();
        format!("no test has the id or the name \"{id}\"{}", did_you_mean(&need.id, ids.iter().copied()))
    }
}
