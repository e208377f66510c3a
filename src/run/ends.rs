//! How tests ended that others need.
//!
//! Owns: what a need comes to. Does not: check that what it names is there (see `suite`), run anything.

use std::collections::HashMap;

use crate::test::definition::Test;
use crate::test::order::Need;
use crate::test::set::TestSet;

/// By id, whether all tests of that id ran and passed.
#[derive(Default)]
pub(super) struct Ends {
    /// Nothing where no test of the set needs another one.
    passed: Option<HashMap<String, bool>>,
}

impl Ends {
    /// Of a set in which nothing has run.
    pub fn of(set: &TestSet) -> Ends {
        if set.requests().all(|test| test.needs().is_empty()) {
            return Ends::default();
        }
        // Of a test with rows, all of them are meant.
        Ends { passed: Some(set.left_out.iter().map(|test| (test.id().to_owned(), false)).collect()) }
    }

    /// A test has ended, or it does not run.
    pub fn note(&mut self, test: &Test, passed: bool) {
        if let Some(all) = &mut self.passed {
            match all.get_mut(test.id()) {
                Some(so_far) => *so_far &= passed,
                None => {
                    all.insert(test.id().to_owned(), passed);
                }
            }
        }
    }

    /// What is lacking of these: `needs "login"`.
    pub fn lacking(&self, needs: &[Need]) -> Option<String> {
        // A program that runs a test by itself knows what it does.
        let all = self.passed.as_ref()?;
        let passed = |need: &&Need| all.get(&need.id).copied().unwrap_or_default();
        let need = needs.iter().find(|need| !passed(need))?;
        Some(format!("needs \"{}\"", need.id.escape_debug()))
    }
}
