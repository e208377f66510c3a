//! A benchmark: a test to repeat, and what is measured of it.

use crate::load::plan::{LoadPlan, Metrics};
use crate::test::definition::Test;

/// A benchmark: PyRestTest's, with the keys that came later.
#[derive(Debug, Clone)]
pub struct Benchmark {
    /// What is sent.
    pub test: Test,
    /// How.
    pub plan: LoadPlan,
    /// What is reported.
    pub metrics: Metrics,
    /// Whether it uses a key that PyRestTest does not have: then a summary is printed, too.
    pub is_extended: bool,
}

impl Benchmark {
    /// Whether it runs at all: without metrics only if it uses one of the later keys.
    pub fn runs(&self) -> bool {
        !self.metrics.is_empty() || self.is_extended
    }
}
