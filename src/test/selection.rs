//! Which tests of a run are wanted: `--only`, `--group`, `--skip`.
//!
//! Owns: the choice, as a pure function over test sets. Does not: read flags, or decide what an empty
//! choice means (see `cli`).

use std::collections::HashSet;

use glob::{MatchOptions, Pattern};

use crate::test::definition::Test;
use crate::test::planned_test::PlannedTest;
use crate::test::set::TestSet;

/// What is wanted; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    only: Vec<Wish>,
    groups: Vec<String>,
    skip: Vec<Wish>,
}

/// The name of a test, or else a pattern of names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wish {
    text: String,
    pattern: Pattern,
}

impl Wish {
    fn parse(text: &str) -> Result<Wish, String> {
        let pattern = Pattern::new(text).map_err(|error| {
            format!("is no pattern: {} (* any text, ? one character, [abc] one of these)", error.msg)
        })?;
        Ok(Wish { text: text.to_owned(), pattern })
    }

    /// Whether it is about this name; where a test is called exactly so, it is about no other one.
    fn is_of(&self, name: &str, is_exact: bool) -> bool {
        if is_exact { self.text == name } else { self.pattern.matches_with(name, OPTIONS) }
    }
}

/// What a choice comes to.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The sets with what runs of them.
    pub sets: Vec<TestSet>,
    /// What runs only because something else needs it.
    pub needed: Vec<Needed>,
}

/// A test that is not chosen, and runs because one that is needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The test.
    pub test: PlannedTest,
    /// The name of one that needs it.
    pub by: String,
}

/// Names are no paths: `*` goes over slashes and leading dots.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: false, require_literal_leading_dot: false };

impl Selection {
    /// Adds the name of a test, or a pattern of names; a test must match one of them.
    ///
    /// # Errors
    /// It is no pattern.
    pub fn only(&mut self, pattern: &str) -> Result<(), String> {
        self.only.push(Wish::parse(pattern)?);
        Ok(())
    }

    /// Adds a group; a test must be in one of them.
    pub fn group(&mut self, name: &str) {
        self.groups.push(name.to_owned());
    }

    /// Adds the name of a test, or a pattern of names, that is left out, whatever else selects it.
    ///
    /// # Errors
    /// It is no pattern.
    pub fn skip(&mut self, pattern: &str) -> Result<(), String> {
        self.skip.push(Wish::parse(pattern)?);
        Ok(())
    }

    /// Whether it leaves everything in.
    pub fn is_everything(&self) -> bool {
        *self == Selection::default()
    }

    /// What it comes to among the tests of these sets: a name that one of them has is no pattern.
    pub fn among<'s>(&'s self, sets: &[TestSet]) -> Settled<'s> {
        let of_tests = || sets.iter().flat_map(|set| &set.tests);
        let of_benchmarks = || sets.iter().flat_map(|set| &set.benchmarks).map(|benchmark| &benchmark.test);
        let names = || of_tests().chain(of_benchmarks());
        let settled = |wishes: &'s [Wish]| -> Vec<(&'s Wish, bool)> {
            wishes.iter().map(|wish| (wish, names().any(|test| test.name == wish.text))).collect()
        };
        Settled { only: settled(&self.only), groups: &self.groups, skip: settled(&self.skip) }
    }

    /// The sets with what is wanted of their tests and benchmarks, in the same order, and what that needs. Setup and
    /// teardown are not chosen: they run whenever a test of their set does.
    pub fn of(&self, sets: Vec<TestSet>) -> Vec<TestSet> {
        self.choose(sets).sets
    }

    /// The same, with what runs only because something else needs it.
    pub fn choose(&self, mut sets: Vec<TestSet>) -> Chosen {
        let mut needed = Vec::new();
        if !self.is_everything() {
            let settled = self.among(&sets);
            for set in &mut sets {
                let also = settled.needed(set, &mut needed);
                let is_wanted = |test: &Test| settled.wants(test) || also.contains(test.id()) && !settled.refuses(test);
                let (wanted, left_out) = std::mem::take(&mut set.tests).into_iter().partition(is_wanted);
                (set.tests, set.left_out) = (wanted, left_out);
                set.benchmarks.retain(|benchmark| is_wanted(&benchmark.test));
            }
        }
        Chosen { sets, needed }
    }

    /// The groups that it names and none of the sets has: a slip of the pen.
    pub fn unknown_groups<'s, 't>(&'s self, sets: impl Iterator<Item = &'t TestSet>) -> Vec<&'s str> {
        let known: Vec<&str> = groups(sets);
        self.groups.iter().map(String::as_str).filter(|group| !known.contains(group)).collect()
    }
}

/// What is wanted of certain sets.
pub struct Settled<'s> {
    /// Each with whether it is the name of one of their tests.
    only: Vec<(&'s Wish, bool)>,
    groups: &'s [String],
    skip: Vec<(&'s Wish, bool)>,
}

impl Settled<'_> {
    /// Whether a test (or a benchmark) is wanted.
    pub fn wants(&self, test: &Test) -> bool {
        (self.only.is_empty() || self.only.iter().any(|(wish, is_exact)| wish.is_of(&test.name, *is_exact)))
            && (self.groups.is_empty() || self.groups.contains(&test.group))
            && !self.refuses(test)
    }

    /// Whether a test is left out even where another one needs it.
    fn refuses(&self, test: &Test) -> bool {
        self.skip.iter().any(|(wish, is_exact)| wish.is_of(&test.name, *is_exact))
    }

    /// The ids of what the wanted tests of a set need, and what that needs; what is not wanted by itself is noted.
    fn needed(&self, set: &TestSet, noted: &mut Vec<Needed>) -> HashSet<String> {
        let chosen = || set.tests.iter().chain(set.benchmarks.iter().map(|benchmark| &benchmark.test));
        if chosen().all(|test| test.needs().is_empty()) {
            return HashSet::new();
        }
        let mut ids = HashSet::new();
        // What a test needs stands before it.
        for test in chosen().collect::<Vec<_>>().into_iter().rev() {
            if self.wants(test) || ids.contains(test.id()) && !self.refuses(test) {
                ids.extend(test.needs().iter().map(|need| need.id.clone()));
            }
        }
        for test in chosen().filter(|test| ids.contains(test.id()) && !self.wants(test) && !self.refuses(test)) {
            let by = chosen().find(|other| other.needs().iter().any(|need| need.id == test.id()));
            let by = by.map_or_else(String::new, |by| by.name.clone());
            noted.push(Needed { test: PlannedTest::from(test), by });
        }
        ids
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
    sets.iter().all(TestSet::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::test::order::{Need, Order};

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
    fn what_a_chosen_test_needs_runs_too_unless_it_is_left_out_by_name() {
        let test = |name: &str, needs: &[&str]| {
            let need = |id: &&str| Need { id: (*id).to_owned(), location: Location::default() };
            let order = Order { depends_on: needs.iter().map(need).collect(), ..Order::default() };
            Test { name: name.to_owned(), order: Some(Box::new(order)), ..Test::get("/x") }
        };
        let tests = || vec![test("a", &[]), test("b", &["a"]), test("c", &["b"]), test("d", &[]), test("e", &["d"])];
        for (only, skip, expected, needed) in [
            (&["c"][..], &[][..], &["a", "b", "c"][..], &["a by b", "b by c"][..]),
            (&["b", "c"], &[], &["a", "b", "c"], &["a by b"]),
            (&["d"], &[], &["d"], &[]),
            (&["c"], &["a"], &["b", "c"], &["b by c"]),
            (&["c"], &["b"], &["c"], &[]),
            (&[], &["d"], &["a", "b", "c", "e"], &[]),
        ] {
            let mut selection = Selection::default();
            only.iter().for_each(|pattern| selection.only(pattern).unwrap());
            skip.iter().for_each(|pattern| selection.skip(pattern).unwrap());
            let chosen = selection.choose(vec![TestSet { tests: tests(), ..TestSet::default() }]);
            let names: Vec<&str> = chosen.sets[0].tests.iter().map(|test| test.name.as_str()).collect();
            let told: Vec<String> =
                chosen.needed.iter().map(|needed| format!("{} by {}", needed.test.name, needed.by)).collect();
            assert_eq!(
                (&names[..], &told[..]),
                (expected, &needed.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()[..]),
                "{only:?} {skip:?}"
            );
        }
    }

    #[test]
    fn a_name_is_meant_before_it_is_a_pattern() {
        let test = |name: &str| Test { name: name.to_owned(), ..Test::get("/x") };
        let all = ["T [a]", "T a", "T [b]", "T b", "T*"];
        let sets = || vec![TestSet { tests: all.map(test).to_vec(), ..TestSet::default() }];
        let names = |selection: &Selection| -> Vec<String> {
            selection.of(sets()).into_iter().flat_map(|set| set.tests).map(|test| test.name).collect()
        };
        for (only, expected) in [
            (&["T [a]"][..], &["T [a]"][..]),
            (&["T*"], &["T*"]),
            (&["T [ab]"], &["T a", "T b"]),
            (&["T [a]", "T [ab]"], &["T [a]", "T a", "T b"]),
            (&["T ?a?"], &["T [a]"]),
        ] {
            let mut selection = Selection::default();
            only.iter().for_each(|name| selection.only(name).unwrap());
            assert_eq!(names(&selection), expected, "{only:?}");
            let mut selection = Selection::default();
            only.iter().for_each(|name| selection.skip(name).unwrap());
            let others: Vec<&str> = all.into_iter().filter(|name| !expected.contains(name)).collect();
            assert_eq!(names(&selection), others, "{only:?}");
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
