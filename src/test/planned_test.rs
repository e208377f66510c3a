//! What a run has before it, test by test, and what became of those that did not run.
//!
//! Owns: their names, and the reason. Does not: decide that a test does not run (see `run`).

use crate::ground::source::Location;
use crate::judge::described::Described;
use crate::judge::tags::Tags;
use crate::test::definition::Test;
use crate::test::set::TestSet;

/// A test that a run has before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTest {
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its tags.
    pub tags: Tags,
    /// Where it is written.
    pub location: Location,
    /// What the suite says of it for reports, if anything.
    pub described: Option<Box<Described>>,
}

impl PlannedTest {
    /// This test, which does not run.
    pub fn skipped(self, reason: impl Into<String>) -> SkippedTest {
        SkippedTest {
            name: self.name,
            group: self.group,
            tags: self.tags,
            location: self.location,
            described: self.described,
            reason: reason.into(),
        }
    }
}

/// A test that did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedTest {
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its tags.
    pub tags: Tags,
    /// Where it is written.
    pub location: Location,
    /// What the suite says of it for reports, if anything.
    pub described: Option<Box<Described>>,
    /// Why: `stop_on_failure of "Stops here"`, `needs "login"`, `interrupted`, `suite limit of 30 s reached`.
    pub reason: String,
}

impl From<&Test> for PlannedTest {
    fn from(test: &Test) -> PlannedTest {
        PlannedTest {
            name: test.name.clone(),
            group: test.group.clone(),
            tags: test.tags.clone(),
            location: test.location.clone(),
            described: test.described(),
        }
    }
}

/// The tests of sets, in order, with those around them.
pub fn planned(sets: &[TestSet]) -> Vec<PlannedTest> {
    sets.iter().filter(|set| !set.is_empty()).flat_map(TestSet::in_order).map(PlannedTest::from).collect()
}
