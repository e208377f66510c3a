//! `--drift FILE`: answers of functional tests held against what answers looked like.
//!
//! Owns: which differences are warnings and which are failures. Does not: find them (see `shape`); answers of load runs
//! are not looked at.

use super::session::Session;
use crate::exchange::response::Response;
use crate::ground::source::Fault;
use crate::judge::outcome::{Failure, FailureKind};
use crate::record::event::{Event, Sink};
use crate::settings::drift::DriftMode;
use crate::shape::Drift;
use crate::test::definition::Test;

impl Session<'_> {
    /// Holds an answer against what is known of its operation. What fails the test comes back; all else is told once.
    pub(super) fn drifted(&mut self, test: &Test, response: &Response, sink: &mut dyn Sink) -> Vec<Failure> {
        let mut failures = Vec::new();
        let Some((shapes, sent)) = self.engine.settings.drift.as_ref().zip(self.prepared.as_ref()) else {
            return failures;
        };
        let elsewhere = Some(response.effective_url.as_str()).filter(|_| response.timing.redirect_count > 0);
        let found = shapes.compare(&sent.method, (&sent.url, elsewhere), response);
        for finding in found {
            let message = format!("drift: {finding}");
            if finding.drift == Drift::Broken && self.config.drift == DriftMode::Fail {
                failures.push(Failure::new(FailureKind::ValidatorFailed, message, &test.location));
                continue;
            }
            let message = self.without_secrets(test, response, &message);
            if self.leaks.told.insert(message.clone()) {
                sink.emit(Event::Warned(Box::new(Fault::new(test.location.clone(), message))));
            }
        }
        failures
    }
}
