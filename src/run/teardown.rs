//! What bounds a teardown: it runs whatever happened, but not for ever.
//!
//! Owns: going on for a while after a stop. Does not: know what a teardown consists of (see `set_run`).

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ground::clock::Clock;
use crate::record::event::{Event, Sink};
use crate::secrets::Secrets;

/// How long a teardown may take once the run is to end.
pub const TEARDOWN_LIMIT: Duration = Duration::from_secs(10);

/// A sink that hears of a stop only when the teardown has had its time.
pub(super) struct Unstopped<'s> {
    inner: &'s mut dyn Sink,
    clock: &'s dyn Clock,
    /// Set when the stop is first seen.
    until: Cell<Option<Instant>>,
}

impl<'s> Unstopped<'s> {
    /// In place of a sink.
    pub fn new(inner: &'s mut dyn Sink, clock: &'s dyn Clock) -> Unstopped<'s> {
        Unstopped { inner, clock, until: Cell::new(None) }
    }
}

impl Sink for Unstopped<'_> {
    fn emit(&mut self, event: Event) {
        self.inner.emit(event);
    }

    fn learn(&mut self, secrets: &Secrets) {
        self.inner.learn(secrets);
    }

    fn pause(&mut self) {
        self.inner.pause();
    }

    fn given_up(&self) -> Option<Arc<str>> {
        None
    }

    fn is_stopped(&self) -> bool {
        if !self.inner.is_stopped() {
            return false;
        }
        let now = self.clock.now();
        let until = self.until.get().unwrap_or(now + TEARDOWN_LIMIT);
        self.until.set(Some(until));
        now >= until
    }
}
