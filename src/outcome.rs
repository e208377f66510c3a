//! The verdict on a test.
//!
//! Owns: outcomes, failures and their kinds. Does not: print them (see `report`).

use std::fmt;
use std::time::Duration;

use crate::source::Location;

/// Why a test did not pass, in PyRestTest's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The status is not an expected one.
    InvalidResponse,
    /// No answer came.
    CurlException,
    /// The test could not be carried out: a body file is missing, a generator is not defined.
    TestException,
    /// An assertion was false.
    ValidatorFailed,
    /// An assertion could not be judged.
    ValidatorException,
    /// A value could not be extracted.
    ExtractorException,
}

impl FailureKind {
    /// The words that scripts read after `failure type:`.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidResponse => "Invalid HTTP Response Code",
            FailureKind::CurlException => "Curl Exception",
            FailureKind::TestException => "Test Execution Exception",
            FailureKind::ValidatorFailed => "Validator Failed",
            FailureKind::ValidatorException => "Validator Exception",
            FailureKind::ExtractorException => "Extractor Exception",
        }
    }

    /// Whether the test was judged and found wrong; otherwise it could not be judged.
    pub fn is_verdict(self) -> bool {
        matches!(self, FailureKind::InvalidResponse | FailureKind::ValidatorFailed)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One reason why a test did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// PyRestTest's wording, on one line.
    pub reason: String,
    /// More lines for the log, if there is more to say.
    pub details: Option<String>,
    /// Our wording: `jsonpath_mini "login" eq: expected "gbaltar", got "jenkins"`.
    pub message: String,
    /// Where the assertion is written.
    pub location: Location,
}

/// One send of a test's request.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The status, or `None` if no answer came.
    pub status: Option<u16>,
    /// Why no answer came.
    pub error: Option<String>,
    /// From the first byte out to the last byte in.
    pub time: Duration,
    /// The wait before the next attempt, if there was one.
    pub delay: Option<Duration>,
}
