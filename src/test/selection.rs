//! Which tests of a run are wanted: `--only`, `--group`, `--skip`, `--tags`, `--skip-tags`.
//!
//! Owns: the choice, as a pure function over test sets. Does not: read flags, or decide what an empty
//! choice means (see `cli`).

use std::collections::HashSet;

use glob::{MatchOptions, Pattern};

use crate::test::definition::Test;
use crate::test::planned_test::PlannedTest;
use crate::test::row::ChosenItems;
use crate::test::set::TestSet;

/// What is wanted; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    only: Vec<Names>,
    groups: Vec<String>,
    tags: Vec<String>,
    skip: Vec<Names>,
    skip_tags: Vec<String>,
}

/// A name, or a pattern of names.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names {
    text: String,
    /// The pattern, or why it is none.
    pattern: Result<Pattern, String>,
    /// Whether a test has exactly this name, or is written so: then no other is meant.
    is_name: bool,
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

impl Names {
    fn of(text: &str) -> Names {
        let pattern = Pattern::new(text)
            .map_err(|error| format!("is no pattern: {} (* any text, ? one character, [abc] one of these)", error.msg));
        Names { text: text.to_owned(), pattern, is_name: false }
    }

    /// Whether it means a test, and all of it: by its own name, or by the one that its rows have in common.
    fn has(&self, test: &Test) -> bool {
        match &self.pattern {
            _ if self.is_name => self.text == test.name || test.written_name() == Some(self.text.as_str()),
            Ok(pattern) => pattern.matches_with(&test.name, OPTIONS),
            Err(_) => false,
        }
    }

    /// The number of the value that it means of the list that a test goes over: `NAME [1]`.
    fn item(&self, test: &Test) -> Option<usize> {
        test.foreach()?;
        self.text.strip_prefix(&*test.name)?.strip_prefix(" [")?.strip_suffix(']')?.parse().ok()
    }

    /// Whether it is the name of a test, or of what one comes to.
    fn names(&self, test: &Test) -> bool {
        self.text == test.name || test.written_name() == Some(self.text.as_str()) || self.item(test).is_some()
    }
}

impl Selection {
    /// Adds a test's name, or a pattern of names; a test must match one of them.
    pub fn only(&mut self, pattern: &str) {
        self.only.push(Names::of(pattern));
    }

    /// Adds a group; a test must be in one of them.
    pub fn group(&mut self, name: &str) {
        self.groups.push(name.to_owned());
    }

    /// Adds a tag; a test must have one of them.
    pub fn tag(&mut self, tag: &str) {
        self.tags.push(tag.to_owned());
    }

    /// Adds a name, or a pattern of names, of tests that are left out, whatever else selects them.
    pub fn skip(&mut self, pattern: &str) {
        self.skip.push(Names::of(pattern));
    }

    /// Adds a tag of tests that are left out, whatever else selects them.
    pub fn skip_tag(&mut self, tag: &str) {
        self.skip_tags.push(tag.to_owned());
    }

    /// Whether it leaves everything in.
    pub fn is_everything(&self) -> bool {
        *self == Selection::default()
    }

    /// The same, knowing all tests among which it chooses: a pattern that is the name of one means that one.
    /// `Adds [item=a]` is such a name; `Adds`, of which the table makes several, means all of them.
    pub fn among<'t>(mut self, tests: impl Iterator<Item = &'t Test> + Clone) -> Selection {
        for pattern in self.only.iter_mut().chain(&mut self.skip) {
            pattern.is_name = pattern.is_name || tests.clone().any(|test| pattern.names(test));
        }
        self
    }

    /// The same, knowing which of its patterns are names; see [`Selection::names`].
    pub fn naming(mut self, names: &[String]) -> Selection {
        for pattern in self.only.iter_mut().chain(&mut self.skip) {
            pattern.is_name = pattern.is_name || names.contains(&pattern.text);
        }
        self
    }

    /// The patterns that are names of tests; see [`Selection::among`].
    pub fn names(&self) -> Vec<&str> {
        self.only.iter().chain(&self.skip).filter(|names| names.is_name).map(|names| names.text.as_str()).collect()
    }

    /// What is wrong with a pattern that is no test's name either, with the flag that has it.
    pub fn wrong_pattern(&self) -> Option<(&'static str, &str)> {
        let all = self.only.iter().map(|names| ("only", names)).chain(self.skip.iter().map(|names| ("skip", names)));
        all.filter(|(_, names)| !names.is_name)
            .find_map(|(flag, names)| Some((flag, names.pattern.as_ref().err()?.as_str())))
    }

    /// Whether a test (or a benchmark) is wanted.
    pub fn wants(&self, test: &Test) -> bool {
        let matches = |names: &Names| names.has(test) || names.item(test).is_some();
        (self.only.is_empty() || self.only.iter().any(matches))
            && (self.groups.is_empty() || self.groups.contains(&test.group))
            && (self.tags.is_empty() || has_one_of(&self.tags, test))
            && !self.refuses(test)
    }

    /// Whether a test is left out even where another one needs it.
    fn refuses(&self, test: &Test) -> bool {
        self.skip.iter().any(|names| names.has(test))
            || (!self.skip_tags.is_empty() && has_one_of(&self.skip_tags, test))
    }

    /// What is wanted of the list that a test goes over, if it goes over one and not all of it is wanted.
    fn items(&self, test: &Test) -> Option<ChosenItems> {
        let numbers = |names: &[Names]| names.iter().filter_map(|names| names.item(test)).collect::<Vec<usize>>();
        let all = self.only.is_empty() || self.only.iter().any(|names| names.has(test));
        let items = ChosenItems { only: if all { Vec::new() } else { numbers(&self.only) }, not: numbers(&self.skip) };
        Some(items).filter(|items| *items != ChosenItems::default())
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
            let settled = self.clone().among(tests(sets.iter()));
            for set in &mut sets {
                let also = settled.needed(set, &mut needed);
                let is_wanted = |test: &Test| settled.wants(test) || also.contains(test.id()) && !settled.refuses(test);
                let (wanted, left_out) = std::mem::take(&mut set.tests).into_iter().partition(is_wanted);
                (set.tests, set.left_out) = (wanted, left_out);
                for test in &mut set.tests {
                    // Who needs it needs all of it.
                    if let Some(items) = settled.items(test).filter(|_| !also.contains(test.id())) {
                        test.choose_items(items);
                    }
                }
                set.benchmarks.retain(|benchmark| is_wanted(&benchmark.test));
            }
        }
        Chosen { sets, needed }
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

    /// The groups that it names and none of the sets has: a slip of the pen.
    pub fn unknown_groups<'s, 't>(&'s self, sets: impl Iterator<Item = &'t TestSet>) -> Vec<&'s str> {
        let known: Vec<&str> = groups(sets);
        self.groups.iter().map(String::as_str).filter(|group| !known.contains(group)).collect()
    }

    /// The tags that it names and no test has, each with the flag that names it.
    pub fn unknown_tags<'s, 't>(&'s self, sets: impl Iterator<Item = &'t TestSet>) -> Vec<(&'static str, &'s str)> {
        if self.tags.is_empty() && self.skip_tags.is_empty() {
            return Vec::new();
        }
        let known = tags(sets);
        let named = self.tags.iter().map(|tag| ("--tags", tag.as_str()));
        let all = named.chain(self.skip_tags.iter().map(|tag| ("--skip-tags", tag.as_str())));
        all.filter(|(_, tag)| !known.contains(tag)).collect()
    }
}

fn has_one_of(tags: &[String], test: &Test) -> bool {
    test.tags.list().iter().any(|tag| tags.contains(tag))
}

/// All tests, and the requests of benchmarks.
pub fn tests<'t>(sets: impl Iterator<Item = &'t TestSet> + Clone) -> impl Iterator<Item = &'t Test> + Clone {
    sets.flat_map(|set| set.tests.iter().chain(set.benchmarks.iter().map(|benchmark| &benchmark.test)))
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

/// The tags of all tests and benchmarks, sorted, each once.
pub fn tags<'t>(sets: impl Iterator<Item = &'t TestSet>) -> Vec<&'t str> {
    let mut tags: Vec<&str> = Vec::new();
    for set in sets {
        tags.extend(set.tests.iter().flat_map(|test| test.tags.list()).map(String::as_str));
        tags.extend(set.benchmarks.iter().flat_map(|benchmark| benchmark.test.tags.list()).map(String::as_str));
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Whether there is nothing to run.
pub fn is_empty(sets: &[TestSet]) -> bool {
    sets.iter().all(TestSet::is_empty)
}

#[cfg(test)]
mod tests;
