//! Somebody who wants to know what else a test would have taken.

use std::fmt;

use crate::exchange::response::Response;
use crate::ground::source::Location;

/// A test that passed.
#[derive(Debug, Clone, Copy)]
pub struct Tested<'t> {
    /// Its name.
    pub name: &'t str,
    /// Where it is written.
    pub location: &'t Location,
}

/// Is shown each answer that a functional test passed on.
pub trait Probe: fmt::Debug + Send + Sync {
    /// `judge` says whether the test would have passed on another answer, too.
    fn passed(&self, test: &Tested<'_>, response: &Response, judge: &mut dyn FnMut(&Response) -> bool);
}
