//! Blocks of events of child processes on their way to the sink: they never mix.
//!
//! Owns: their order, and that a suite that several children ran because theirs need it is told once. Does not: start
//! children (see `processes`).

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::record::event::{Event, Sink};

/// Blocks, each with the place of its child in the list.
pub(super) struct Blocks {
    in_order: bool,
    next: usize,
    held: BTreeMap<usize, Vec<Event>>,
    /// The suites that others need.
    needed: HashSet<Arc<str>>,
    /// Of these, those that have been told as passed.
    told: HashSet<Arc<str>>,
}

impl Blocks {
    /// None yet. `needed` are the suites that run in the processes of others; `in_order` lets blocks wait for those
    /// before them in the list.
    pub fn new(in_order: bool, needed: impl IntoIterator<Item = Arc<str>>) -> Blocks {
        let needed = needed.into_iter().collect();
        Blocks { in_order, next: 0, held: BTreeMap::new(), needed, told: HashSet::new() }
    }

    /// Takes a child's block, and passes on what is not to wait.
    pub fn take(&mut self, place: usize, block: Vec<Event>, sink: &mut dyn Sink) {
        self.held.insert(place, block);
        if !self.in_order {
            return self.release_all(sink);
        }
        while let Some(block) = self.held.remove(&self.next) {
            self.release(block, sink);
            self.next += 1;
        }
    }

    /// Passes on all that wait.
    pub fn release_all(&mut self, sink: &mut dyn Sink) {
        for block in std::mem::take(&mut self.held).into_values() {
            self.release(block, sink);
        }
    }

    fn release(&mut self, block: Vec<Event>, sink: &mut dyn Sink) {
        if self.needed.is_empty() {
            return block.into_iter().for_each(|event| sink.emit(event));
        }
        let mut suite: Vec<Event> = Vec::new();
        for event in block {
            let ended = match &event {
                Event::SuiteFinished { file, .. } => Some(file.clone()),
                _ => None,
            };
            suite.push(event);
            let Some(file) = ended else { continue };
            let events = std::mem::take(&mut suite);
            if self.needed.contains(&file) && has_passed(&events) && !self.told.insert(file) {
                continue;
            }
            events.into_iter().for_each(|event| sink.emit(event));
        }
        suite.into_iter().for_each(|event| sink.emit(event));
    }
}

/// Whether nothing failed in a suite.
fn has_passed(events: &[Event]) -> bool {
    events.iter().all(|event| match event {
        Event::TestFinished(outcome) => outcome.passed(),
        Event::BenchmarkFinished(report) => report.missed.is_empty(),
        Event::SuiteFinished { error, .. } => error.is_none(),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::judge::outcome::{Failure, FailureKind, Outcome};

    fn suite(file: &str, passes: bool) -> Vec<Event> {
        let failure = Failure::new(FailureKind::TestException, "wrong".to_owned(), &Location::default());
        let failures = if passes { Vec::new() } else { vec![failure] };
        let outcome = Outcome { name: format!("of {file}"), failures, ..Outcome::default() };
        let finished = Event::SuiteFinished { file: file.into(), elapsed: Default::default(), error: None };
        vec![Event::TestFinished(Box::new(outcome)), finished]
    }

    fn told(in_order: bool, blocks: Vec<(usize, Vec<Event>)>) -> Vec<String> {
        let mut heard = Vec::new();
        let mut sink = |event: Event| match event {
            Event::TestFinished(outcome) => heard.push(format!("{} {}", outcome.name, outcome.passed())),
            Event::SuiteFinished { .. } => {}
            other => heard.push(format!("{other:?}")),
        };
        let mut waiting = Blocks::new(in_order, ["login".into()]);
        for (place, block) in blocks {
            waiting.take(place, block, &mut sink);
        }
        waiting.release_all(&mut sink);
        heard
    }

    #[test]
    fn a_needed_suite_is_told_once_where_it_passes_and_whenever_it_fails() {
        let block = |name: &str, passes: bool| [suite("login", passes), suite(name, true)].concat();
        let blocks = vec![(1, block("b", true)), (0, block("a", true)), (2, block("c", false)), (3, block("d", true))];
        assert_eq!(
            told(false, blocks.clone()),
            ["of login true", "of b true", "of a true", "of login false", "of c true", "of d true"]
        );
        assert_eq!(
            told(true, blocks),
            ["of login true", "of a true", "of b true", "of login false", "of c true", "of d true"]
        );
    }

    #[test]
    fn what_has_no_end_is_passed_on() {
        let mut block = suite("login", true);
        block.extend(suite("a", true).into_iter().take(1));
        assert_eq!(told(false, vec![(0, block)]), ["of login true", "of a true"]);
    }
}
