//! Which suites of a run others need, and what a selection leaves where they do.
//!
//! Owns: pure functions over planned suites in their order, in which what is needed comes first. Does not: make that
//! order (see `suite::needed_files`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::test::planned_suite::PlannedSuite;
use crate::test::selection::is_empty;
use crate::test::set::TestSet;

/// For each suite, the places of those that it needs, however far away, in order.
pub fn needed_suites(suites: &[PlannedSuite]) -> Vec<Vec<usize>> {
    let mut place_of: HashMap<&Arc<str>, usize> = HashMap::new();
    let mut all: Vec<Vec<usize>> = Vec::with_capacity(suites.len());
    for (place, suite) in suites.iter().enumerate() {
        let mut needed: Vec<usize> = Vec::new();
        for need in suite.sets.iter().flat_map(TestSet::needed_files) {
            if let Some(other) = place_of.get(&need.suite).copied() {
                needed.extend(all[other].iter().copied().chain([other]));
            }
        }
        needed.sort_unstable();
        needed.dedup();
        all.push(needed);
        suite.sets.iter().filter(|set| set.suite.is_some()).for_each(|set| {
            place_of.entry(set.suite()).or_insert(place);
        });
    }
    all
}

/// What is left of a set, and in a list, so that it may be nothing.
pub type Leave<'l> = &'l mut dyn FnMut(&Arc<str>, TestSet) -> Vec<TestSet>;

/// What is left of suites where `leave` chooses among the tests of each set, given the name of its suite: all of those
/// files that one with a test left needs. That a file is needed leaves none of its tests by itself, unless it is named,
/// too. Suites without a test are left out. The last set comes first: by then it is known who needs it.
pub fn left(mut suites: Vec<PlannedSuite>, leave: Leave<'_>) -> Vec<PlannedSuite> {
    let mut needed: HashSet<Arc<str>> = HashSet::new();
    for suite in suites.iter_mut().rev() {
        let mut kept: Vec<TestSet> = Vec::new();
        while let Some(last) = suite.sets.pop() {
            let name = last.suite().clone();
            let mut file = vec![last];
            while suite.sets.last().is_some_and(|set| *set.suite() == name) {
                file.extend(suite.sets.pop());
            }
            if !needed.contains(&name) {
                let all = std::mem::take(&mut file).into_iter();
                // Nobody named it.
                let all = all.filter(|_| !suite.is_needed_only);
                file = all.flat_map(|set| leave(&suite.name, set)).collect();
                if is_empty(&file) {
                    kept.append(&mut file);
                    continue;
                }
            }
            needed.extend(file.iter().flat_map(TestSet::needed_files).map(|need| need.suite.clone()));
            kept.append(&mut file);
        }
        kept.reverse();
        suite.sets = kept;
    }
    // A file without tests may still be needed for what its config sets.
    suites.retain(|suite| !is_empty(&suite.sets) || suite.sets.iter().any(|set| needed.contains(set.suite())));
    suites
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::test::definition::Test;
    use crate::test::selection::Selection;
    use crate::test::sharing::{NeededFile, Sharing};

    fn suite(name: &str, tests: &[&str], needs: &[&str]) -> PlannedSuite {
        let need = |name: &&str| NeededFile {
            written: (*name).to_owned(),
            path: name.into(),
            location: Location::default(),
            suite: (*name).into(),
        };
        let sharing = Sharing { needs: needs.iter().map(need).collect(), ..Sharing::default() };
        let mut set = TestSet { file: name.into(), suite: Some(name.into()), ..TestSet::default() };
        set.config.sharing = Some(Box::new(sharing));
        set.tests = tests.iter().map(|name| Test { name: (*name).to_owned(), ..Test::get("/x") }).collect();
        PlannedSuite { name: name.into(), sets: vec![set], ..PlannedSuite::default() }
    }

    fn run() -> Vec<PlannedSuite> {
        let only = |suite| PlannedSuite { is_needed_only: true, ..suite };
        vec![
            only(suite("base", &["up"], &[])),
            suite("login", &["sign in", "other"], &["base"]),
            suite("a", &["one", "two"], &["login"]),
            suite("b", &["three"], &[]),
            suite("c", &["four"], &["base", "a"]),
        ]
    }

    #[test]
    fn needs_are_known_however_far_away() {
        let expected: [&[usize]; 5] = [&[], &[0], &[0, 1], &[], &[0, 1, 2]];
        assert_eq!(needed_suites(&run()), expected);
    }

    #[test]
    fn a_wanted_test_brings_all_that_its_file_needs_and_a_needed_file_nothing() {
        let table: [(&str, &[&str]); 7] = [
            ("one", &["up", "sign in", "other", "one"]),
            ("three", &["three"]),
            ("four", &["up", "sign in", "other", "one", "two", "four"]),
            ("other", &["up", "other"]),
            ("up", &[]),
            ("nobody", &[]),
            ("t*", &["up", "sign in", "other", "two", "three"]),
        ];
        for (only, expected) in table {
            let mut selection = Selection::default();
            selection.only(only);
            let left = left(run(), &mut |_, set| selection.of(vec![set]));
            let tests = left.iter().flat_map(|suite| &suite.sets).flat_map(|set| &set.tests);
            assert_eq!(tests.map(|test| test.name.as_str()).collect::<Vec<_>>(), expected, "{only}");
            assert_eq!(left.is_empty(), expected.is_empty());
        }
    }
}
