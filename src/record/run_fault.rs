//! What fails a run beside its tests.
//!
//! Owns: the message with its place, and whether it ended the run. Does not: decide an exit code (see `cli`).

use std::fmt;

use crate::ground::source::{Fault, Location};

/// Something that failed the run through no test's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFault {
    /// Where, if it is a matter of a file.
    pub location: Option<Location>,
    /// What.
    pub message: String,
    /// Whether it ended the run, or kept it from beginning; otherwise the run came to its end and was found wanting.
    pub ends_run: bool,
}

impl RunFault {
    /// What a run was found wanting of.
    pub fn found(message: impl Into<String>) -> RunFault {
        RunFault { location: None, message: message.into(), ends_run: false }
    }

    /// What ended a run.
    pub fn ended(message: impl Into<String>) -> RunFault {
        RunFault { ends_run: true, ..RunFault::found(message) }
    }
}

impl From<&Fault> for RunFault {
    fn from(fault: &Fault) -> RunFault {
        RunFault { location: Some(fault.location.clone()), ..RunFault::ended(fault.message.clone()) }
    }
}

impl fmt::Display for RunFault {
    /// `smoke.yaml:3:9: unknown comparator "contians"`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{location}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
