//! `--fail-fast` and `--max-fail`: after so many failures nothing more begins.
//!
//! Owns: counting failures, the words for why the rest does not run. Does not: end what runs already, decide what is
//! left out (see `sets`, `suites`, `processes`).

use std::num::NonZeroU64;
use std::sync::Arc;

use crate::record::event::{Event, Sink};
use crate::secrets::Secrets;

/// After how many failures a run gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// The first: `--fail-fast`.
    FailFast,
    /// So many: `--max-fail`.
    Failures(NonZeroU64),
}

impl Patience {
    fn failures(self) -> u64 {
        match self {
            Patience::FailFast => 1,
            Patience::Failures(count) => count.get(),
        }
    }

    /// Why nothing more begins, once this was the last failure that is put up with.
    fn reason(self, last: &str) -> Arc<str> {
        let last = last.escape_debug();
        match self {
            Patience::FailFast => format!("--fail-fast: \"{last}\" failed").into(),
            Patience::Failures(count) => format!("--max-fail {count}: \"{last}\" failed").into(),
        }
    }
}

/// Counts the failures of a run.
#[derive(Debug, Clone)]
pub(super) struct Failures {
    patience: Option<Patience>,
    count: u64,
}

impl Failures {
    pub(super) fn new(patience: Option<Patience>) -> Failures {
        Failures { patience, count: 0 }
    }

    /// Takes note of an event; the reason to give up, if it is the one that gives it.
    pub(super) fn observe(&mut self, event: &Event) -> Option<Arc<str>> {
        let patience = self.patience?;
        let failed = match event {
            Event::TestFinished(outcome) if !outcome.passed() => &*outcome.name,
            Event::BenchmarkFinished(report) if !report.missed.is_empty() => &*report.name,
            Event::SuiteFinished { file, error: Some(_), .. } => &**file,
            _ => return None,
        };
        self.count += 1;
        (self.count == patience.failures()).then(|| patience.reason(failed))
    }
}

/// A sink that gives up after so many failures.
pub(super) struct Bounded<'s> {
    inner: &'s mut dyn Sink,
    failures: Failures,
    reason: Option<Arc<str>>,
}

impl<'s> Bounded<'s> {
    pub(super) fn new(inner: &'s mut dyn Sink, patience: Option<Patience>) -> Bounded<'s> {
        Bounded { inner, failures: Failures::new(patience), reason: None }
    }

    /// Whether it is this sink that gives up, and not one further out.
    pub(super) fn has_given_up(&self) -> bool {
        self.reason.is_some()
    }
}

impl Sink for Bounded<'_> {
    fn emit(&mut self, event: Event) {
        let reason = self.failures.observe(&event);
        self.inner.emit(event);
        if let Some(reason) = reason {
            self.inner.emit(Event::GivenUp(reason.clone()));
            self.reason = Some(reason);
        }
    }

    fn learn(&mut self, secrets: &Secrets) {
        self.inner.learn(secrets);
    }

    fn pause(&mut self) {
        self.inner.pause();
    }

    fn is_stopped(&self) -> bool {
        self.inner.is_stopped()
    }

    fn given_up(&self) -> Option<Arc<str>> {
        self.reason.clone().or_else(|| self.inner.given_up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;
    use crate::judge::outcome::{Failure, FailureKind, Outcome};

    fn outcome(name: &str, passes: bool) -> Event {
        let failure = || Failure::new(FailureKind::InvalidResponse, "wrong".to_owned(), &Location::default());
        let failures = if passes { Vec::new() } else { vec![failure()] };
        Event::TestFinished(Box::new(Outcome { name: name.to_owned(), failures, ..Outcome::default() }))
    }

    #[test]
    fn the_failure_that_is_one_too_many_is_the_reason() {
        let three = NonZeroU64::new(3).map(Patience::Failures);
        for (patience, words, expected) in [
            (None, &[false, false, false][..], None),
            (Some(Patience::FailFast), &[true, true], None),
            (Some(Patience::FailFast), &[true, false, false], Some("--fail-fast: \"1\" failed")),
            (three, &[false, true, false], None),
            (three, &[false, true, false, false, false], Some("--max-fail 3: \"3\" failed")),
        ] {
            let mut reasons = Vec::new();
            let mut inner = |event: Event| {
                if let Event::GivenUp(reason) = event {
                    reasons.push(reason.to_string());
                }
            };
            let mut sink = Bounded::new(&mut inner, patience);
            words.iter().enumerate().for_each(|(place, passes)| sink.emit(outcome(&place.to_string(), *passes)));
            assert_eq!(sink.given_up().as_deref(), expected, "{words:?}");
            assert_eq!(reasons, Vec::from_iter(expected), "{words:?}");
        }
    }
}
