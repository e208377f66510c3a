//! What stands in front of a request's sends in this run: the budget, the breaker of its origin, the rate, the header
//! that makes them one request.
//!
//! Owns: finding them by what holds for a test, passing on their news. Does not: decide (see `retry`).

use std::sync::Arc;

use crate::exchange::request::Request;
use crate::record::event::{Event, Sink};
use crate::retry::{Breaker, Breakers, Bucket, Guard, Guards, IdempotencyKey, Tokens};
use crate::settings::precedence::Effective;
use crate::settings::run_settings::Settings;
use crate::variables::generator::unrepeatable_uuid;

/// Budget, breakers and rate in force.
#[derive(Debug, Clone, Default)]
pub(super) struct Guarding {
    budget: Option<Arc<Tokens>>,
    breakers: Option<Arc<Breakers>>,
    rate: Option<Arc<Bucket>>,
}

impl Guarding {
    /// What holds for a test.
    pub fn of(settings: &Settings, effective: &Effective) -> Guarding {
        if effective.guards.is_none() {
            return Guarding::default();
        }
        let guards = &settings.guards;
        Guarding {
            budget: effective.budget().map(|budget| guards.budget(budget)),
            breakers: effective.breaker().map(|breaker| guards.breakers(&breaker)),
            rate: effective.rate_limit().map(|limit| guards.bucket(limit.part_of(settings.processes))),
        }
    }

    /// What holds for a test that cleans up: it goes out whatever stands open, but no faster than others.
    pub fn of_teardown(settings: &Settings, effective: &Effective) -> Guarding {
        Guarding { budget: None, breakers: None, ..Guarding::of(settings, effective) }
    }

    /// The breaker of the origin that a URL asks, if there is one.
    pub fn breaker(&self, url: &str) -> Option<Arc<Breaker>> {
        self.breakers.as_ref()?.of(url)
    }

    /// The rate of the run, if it is limited.
    pub fn rate(&self) -> Option<&Bucket> {
        self.rate.as_deref()
    }

    /// Whether none of them is there.
    pub fn is_idle(&self) -> bool {
        self.budget.is_none() && self.breakers.is_none() && self.rate.is_none()
    }

    /// Whether origins have breakers.
    pub fn has_breakers(&self) -> bool {
        self.breakers.is_some()
    }

    /// What stands in front of a request to the breaker's origin.
    pub fn guard<'g>(&'g self, guards: &'g Guards, breaker: Option<&'g Breaker>) -> Guard<'g> {
        Guard { guards: Some(guards), budget: self.budget.as_deref(), breaker, rate: self.rate.as_deref() }
    }
}

/// Gives a request its key, unless the suite itself has that header.
pub(super) fn mark(request: &mut Request, key: Option<&IdempotencyKey>) {
    let Some(key) = key else { return };
    if request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(&key.header)) {
        return;
    }
    let uuid = unrepeatable_uuid();
    let value = if key.is_quoted { format!("\"{uuid}\"") } else { uuid };
    request.headers.push((key.header.clone(), value));
}

/// Passes on what budgets and breakers have to tell.
pub(super) fn pass_on_news(guards: &Guards, sink: &mut dyn Sink) {
    guards.news().into_iter().for_each(|news| sink.emit(Event::GuardTold(news)));
}
