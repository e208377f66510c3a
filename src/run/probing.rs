//! What else a test would have passed on, for whoever asks.
//!
//! Owns: judging an answer that did not come, so that nothing is left of it: no variable, no secret, no file. Does not:
//! make such answers (see `mutate`).

use super::hidden::is_hidden;
use super::session::Session;
use crate::exchange::response::Response;
use crate::judge::validate::{Keeper, Validator};
use crate::settings::probe::Tested;
use crate::test::definition::Test;
use crate::variables::context::Context;

impl Session<'_> {
    /// Shows an answer that a test passed on; `before` is what was set before it was judged.
    pub(super) fn probe(&self, test: &Test, response: &Response, before: &Context) {
        let Some(probe) = &self.engine.settings.probe else { return };
        let tested = Tested { name: &test.name, location: &test.location };
        probe.passed(&tested, response, &mut |other| self.would_pass(test, other, before));
    }

    fn would_pass(&self, test: &Test, response: &Response, before: &Context) -> bool {
        let expected = test.statuses(before).unwrap_or_default();
        if !expected.contains(&i128::from(response.status)) || self.not_described(test, response).is_some() {
            return false;
        }
        let keeper = Keeper { redact: &str::to_owned, updates: false };
        let holds = |validator: &Validator| match validator.check_with(response, before, &keeper) {
            Ok(()) => true,
            Err(failure) => self.is_replayed(response) && is_hidden(&failure),
        };
        if !test.validators.iter().all(holds) {
            return false;
        }
        if let Some(poll) = &test.poll
            && (poll.until.iter().any(|condition| condition.unmet(response, before).is_some())
                || poll.fail_if.iter().any(|condition| condition.unmet(response, before).is_none()))
        {
            return false;
        }
        if test.extract_binds.is_empty() {
            return true;
        }
        let mut context = before.clone();
        test.extract_binds.iter().all(|bind| {
            let value = bind.extractor.extract(response, &context);
            value.map(|value| context.bind(&bind.variable, value)).is_ok()
        })
    }
}
