//! Why bytes are no answer.

use std::borrow::Cow;
use std::fmt;

/// Bytes that are no answer: what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Malformed(Cow<'static, str>);

impl Malformed {
    pub(super) fn new(what: impl Into<Cow<'static, str>>) -> Malformed {
        Malformed(what.into())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer is not valid HTTP/1.1: {}", self.0)
    }
}
