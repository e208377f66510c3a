//! Servers that cannot be trusted to keep a connection.
//!
//! Owns: which they are. Does not: find out (see `client`, `tcp` and `replay`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::exchange::url::Target;

/// Servers that close connections after an answer without saying so: to these, none is kept. The first request
/// that runs into it may fail; that it is sent again in silence, nobody would want.
#[derive(Debug, Default)]
pub(super) struct NoKeepAlive {
    is_any: AtomicBool,
    origins: Mutex<Vec<String>>,
}

impl NoKeepAlive {
    /// Whether it is one of them.
    #[inline]
    pub fn has(&self, target: &Target) -> bool {
        self.is_any.load(Ordering::Relaxed) && self.lists(target)
    }

    fn lists(&self, target: &Target) -> bool {
        let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        origins.iter().any(|origin| *origin == target.origin())
    }

    /// It is one of them.
    pub fn add(&self, target: &Target) {
        if !self.has(target) {
            self.origins.lock().unwrap_or_else(PoisonError::into_inner).push(target.origin().to_owned());
            self.is_any.store(true, Ordering::Relaxed);
        }
    }
}
