//! Which tests of a run are wanted: `--only`, `--group`, `--skip`.
//!
//! Owns: the choice, as a pure function over test sets. Does not: read flags, or decide what an empty
//! choice means (see `cli`).

use glob::{MatchOptions, Pattern};

use crate::test::definition::Test;
use crate::test::set::TestSet;

/// What is wanted; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    only: Vec<Pattern>,
    groups: Vec<String>,
    skip: Vec<Pattern>,
}

/// Names are no paths: `*` goes over slashes and leading dots.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };

impl Selection {
    /// Adds a pattern of test names; a test must match one of them.
    ///
    /// # Errors
    /// It is no pattern.
    pub fn only(&mut self, pattern: &str) -> Result<(), String> {
        self.only.push(parse(pattern)?);
        Ok(())
    }

    /// Adds a group; a test must be in one of them.
    pub fn group(&mut self, name: &str) {
        self.groups.push(name.to_owned());
    }

    /// Adds a pattern of names of tests that are left out, whatever else selects them.
    ///
    /// # Errors
    /// It is no pattern.
    pub fn skip(&mut self, pattern: &str) -> Result<(), String> {
        self.skip.push(parse(pattern)?);
        Ok(())
    }

    /// Whether it leaves everything in.
    pub fn is_everything(&self) -> bool {
        *self == Selection::default()
    }

    /// Whether a test (or a benchmark) is wanted.
    pub fn wants(&self, test: &Test) -> bool {
        let matches = |pattern: &Pattern| pattern.matches_with(&test.name, OPTIONS);
        (self.only.is_empty() || self.only.iter().any(matches))
            && (self.groups.is_empty() || self.groups.contains(&test.group))
            && !self.skip.iter().any(matches)
    }

    /// The sets with what is wanted of their tests and benchmarks, in the same order.
    pub fn of(&self, mut sets: Vec<TestSet>) -> Vec<TestSet> {
        if !self.is_everything() {
            for set in &mut sets {
                let (wanted, left_out) = std::mem::take(&mut set.tests).into_iter().partition(|test| self.wants(test));
                (set.tests, set.left_out) = (wanted, left_out);
                set.benchmarks.retain(|benchmark| self.wants(&benchmark.test));
            }
        }
        sets
    }

    /// The groups that it names and none of the sets has: a slip of the pen.
    pub fn unknown_groups<'s, 't>(&'s self, sets: impl Iterator<Item = &'t TestSet>) -> Vec<&'s str> {
        let known: Vec<&str> = groups(sets);
        self.groups.iter().map(String::as_str).filter(|group| !known.contains(group)).collect()
    }
}

/// The groups of all tests and benchmarks, sorted, each once.
pub fn groups<'t>(sets: impl Iterator<Item = &'t TestSet>) -> Vec<&'t str> {
    let mut groups: Vec<&str> = Vec::new();
    for set in sets {
        groups.extend(set.tests.iter().map(|test| test.group.as_str()));
        groups.extend(set.benchmarks.iter().map(|benchmark| benchmark.test.group.as_str()));
    }
    groups.sort_unstable();
    groups.dedup();
    groups
}

/// Whether there is nothing to run.
pub fn is_empty(sets: &[TestSet]) -> bool {
    sets.iter().all(|set| set.tests.is_empty() && set.benchmarks.is_empty())
}

fn parse(pattern: &str) -> Result<Pattern, String> {
    Pattern::new(pattern)
        .map_err(|error| format!("is no pattern: {} (* any text, ? one character, [abc] one of these)", error.msg))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets() -> Vec<TestSet> {
        let test = |name: &str, group: &str| Test { name: name.to_owned(), group: group.to_owned(), ..Test::get("/x") };
        let first = TestSet { tests: vec![test("list people", "People"), test("a/b", "People")], ..TestSet::default() };
        let second =
            TestSet { tests: vec![test("list pets", "Pets"), test("Unnamed", "Default")], ..TestSet::default() };
        vec![first, second]
    }

    fn names(selection: &Selection) -> Vec<String> {
        selection.of(sets()).into_iter().flat_map(|set| set.tests).map(|test| test.name).collect()
    }

    #[test]
    fn names_and_groups_choose_and_skip_has_the_last_word() {
        for (only, groups, skip, expected) in [
            (&[][..], &[][..], &[][..], &["list people", "a/b", "list pets", "Unnamed"][..]),
            (&["list*"], &[], &[], &["list people", "list pets"]),
            (&["list*", "Unn?med"], &[], &[], &["list people", "list pets", "Unnamed"]),
            (&["*"], &["People"], &[], &["list people", "a/b"]),
            (&["list*"], &["People", "Pets"], &["*pets"], &["list people"]),
            (&["a*b"], &[], &[], &["a/b"]),
            (&["LIST*"], &[], &[], &[]),
            (&[], &["people"], &[], &[]),
            (&[], &[], &["*"], &[]),
            (&["[al]*"], &[], &["list pe[a-o]*"], &["a/b", "list pets"]),
        ] {
            let mut selection = Selection::default();
            only.iter().for_each(|pattern| selection.only(pattern).unwrap());
            groups.iter().for_each(|group| selection.group(group));
            skip.iter().for_each(|pattern| selection.skip(pattern).unwrap());
            assert_eq!(names(&selection), expected, "{only:?} {groups:?} {skip:?}");
            assert_eq!(is_empty(&selection.of(sets())), expected.is_empty());
        }
    }

    #[test]
    fn slips_are_told() {
        let mut selection = Selection::default();
        assert!(selection.is_everything());
        assert!(selection.only("[a").is_err());
        selection.group("Peeple");
        assert_eq!(selection.unknown_groups(sets().iter()), ["Peeple"]);
        assert_eq!(groups(sets().iter()), ["Default", "People", "Pets"]);
    }
}
