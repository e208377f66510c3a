//! What became of the mutants of each test.
//!
//! Owns: asking the test, counting. Does not: make mutants (see `mutants`), or say anything (see `report`).

use std::sync::{Mutex, PoisonError};

use super::mutants::{Change, Mutant, each};
use crate::exchange::response::Response;
use crate::ground::source::Location;
use crate::settings::probe::{Probe, Tested};

/// A test on one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surveyed {
    /// The test.
    pub name: String,
    /// Where it is written.
    pub location: Location,
    /// Whether one of the mutants was a body of `{}`.
    pub had_body: bool,
    /// How many mutants it was shown.
    pub mutants: u64,
    /// Those that it passed on all the same.
    pub survivors: Vec<Mutant>,
    /// Whether the answer has more mutants than it was shown.
    pub is_cut: bool,
}

impl Surveyed {
    /// How many mutants failed it.
    pub fn killed(&self) -> u64 {
        self.mutants - self.survivors.len() as u64
    }

    /// Whether a body of `{}` passes.
    pub fn passes_on_nothing(&self) -> bool {
        self.survivors.iter().any(|mutant| mutant.change == Change::Body)
    }
}

/// All tests of a run, in the order in which they passed.
#[derive(Debug)]
pub struct Survey {
    most: usize,
    found: Mutex<Vec<Surveyed>>,
}

impl Survey {
    /// A survey with so many mutants an answer at most.
    pub fn new(most: usize) -> Survey {
        Survey { most, found: Mutex::default() }
    }

    /// What was found.
    pub fn found(&self) -> Vec<Surveyed> {
        std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Probe for Survey {
    fn passed(&self, test: &Tested<'_>, response: &Response, judge: &mut dyn FnMut(&Response) -> bool) {
        let mut surveyed = Surveyed {
            name: test.name.to_owned(),
            location: test.location.clone(),
            had_body: false,
            mutants: 0,
            survivors: Vec::new(),
            is_cut: false,
        };
        let is_cut = each(response, self.most, &mut |mutant, changed| {
            surveyed.mutants += 1;
            surveyed.had_body |= mutant.change == Change::Body;
            if judge(changed) {
                surveyed.survivors.push(mutant);
            }
        });
        surveyed.is_cut = is_cut;
        self.found.lock().unwrap_or_else(PoisonError::into_inner).push(surveyed);
    }
}
