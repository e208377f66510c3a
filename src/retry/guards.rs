//! What outlives a test: retry budgets, circuit breakers and rates of a whole run.
//!
//! Owns: one budget for all that are of the same configuration, one set of breakers and one bucket likewise; news of
//! them, and figures. Does not: decide (see `attempts`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::breaker::{Breaker, BreakerFigures, Breakers};
use super::budget::{RetryBudget, Tokens};
use super::circuit::CircuitBreaker;
use super::rate_limit::{Bucket, RateLimit};

/// Budgets, breakers and rates of a run.
#[derive(Debug, Default)]
pub struct Guards {
    budgets: Mutex<Vec<Arc<Tokens>>>,
    breakers: Mutex<Vec<Arc<Breakers>>>,
    buckets: Mutex<Vec<Arc<Bucket>>>,
    news: Mutex<Vec<String>>,
    has_news: AtomicBool,
}

/// What stands in front of the sends of one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guard<'g> {
    /// Where news go.
    pub guards: Option<&'g Guards>,
    /// The budget of retries.
    pub budget: Option<&'g Tokens>,
    /// The breaker of the origin.
    pub breaker: Option<&'g Breaker>,
    /// The rate of the run.
    pub rate: Option<&'g Bucket>,
}

/// What budgets, breakers and rates did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GuardFigures {
    /// Retries that budgets granted; nothing where there is no budget.
    pub granted: Option<u64>,
    /// Retries that they refused.
    pub refused: u64,
    /// Breakers of all origins that were asked, in the order in which they were.
    pub breakers: Vec<BreakerFigures>,
    /// Rates in force, each with the sends that it let go.
    pub rates: Vec<RateFigures>,
}

/// What a rate limit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateFigures {
    /// The limit as people write it; of a process among several, its part.
    pub limit: String,
    /// The sends that it let go.
    pub sends: u64,
}

impl Guards {
    /// The budget of this configuration.
    pub fn budget(&self, budget: RetryBudget) -> Arc<Tokens> {
        let mut all = locked(&self.budgets);
        if let Some(known) = all.iter().find(|tokens| tokens.budget() == budget) {
            return known.clone();
        }
        let tokens = Arc::new(Tokens::new(budget));
        all.push(tokens.clone());
        tokens
    }

    /// The breakers of this configuration.
    pub fn breakers(&self, breaker: &CircuitBreaker) -> Arc<Breakers> {
        let mut all = locked(&self.breakers);
        if let Some(known) = all.iter().find(|breakers| breakers.breaker() == breaker) {
            return known.clone();
        }
        let breakers = Arc::new(Breakers::new(breaker.clone()));
        all.push(breakers.clone());
        breakers
    }

    /// The bucket of this rate.
    pub fn bucket(&self, limit: RateLimit) -> Arc<Bucket> {
        let mut all = locked(&self.buckets);
        if let Some(known) = all.iter().find(|bucket| bucket.limit() == limit) {
            return known.clone();
        }
        let bucket = Arc::new(Bucket::new(limit));
        all.push(bucket.clone());
        bucket
    }

    /// Keeps something that people are to be told.
    pub(super) fn tell(&self, news: String) {
        locked(&self.news).push(news);
        self.has_news.store(true, Ordering::Release);
    }

    /// What people are to be told, once.
    pub fn news(&self) -> Vec<String> {
        if !self.has_news.load(Ordering::Acquire) {
            return Vec::new();
        }
        self.has_news.store(false, Ordering::Release);
        std::mem::take(&mut locked(&self.news))
    }

    /// What all of them did so far.
    pub fn figures(&self) -> GuardFigures {
        let mut figures = GuardFigures::default();
        for tokens in locked(&self.budgets).iter() {
            let (granted, refused) = tokens.counts();
            figures.granted = Some(figures.granted.unwrap_or(0) + granted);
            figures.refused += refused;
        }
        for breakers in locked(&self.breakers).iter() {
            for breaker in breakers.figures() {
                let was_open = figures.breaker(&breaker.origin).is_some_and(|have| have.is_open);
                figures.add_breakers(&[BreakerFigures { is_open: breaker.is_open || was_open, ..breaker }]);
            }
        }
        for bucket in locked(&self.buckets).iter() {
            figures.rates.push(RateFigures { limit: bucket.limit().to_string(), sends: bucket.sends() });
        }
        figures
    }
}

impl GuardFigures {
    /// Whether there is neither a budget nor a breaker, nor a rate.
    pub fn is_empty(&self) -> bool {
        self.granted.is_none() && self.breakers.is_empty() && self.rates.is_empty()
    }

    /// These without what was so before already.
    pub fn since(mut self, before: &GuardFigures) -> GuardFigures {
        self.granted = self.granted.map(|granted| granted - before.granted.unwrap_or(0));
        self.refused -= before.refused;
        for breaker in &mut self.breakers {
            if let Some(before) = before.breaker(&breaker.origin) {
                breaker.opened -= before.opened;
                breaker.refused -= before.refused;
            }
        }
        for rate in &mut self.rates {
            let before = before.rates.iter().find(|have| have.limit == rate.limit);
            rate.sends -= before.map_or(0, |before| before.sends);
        }
        self.rates.retain(|rate| rate.sends > 0);
        self
    }

    /// Adds what came later.
    pub fn add(&mut self, later: &GuardFigures) {
        if let Some(granted) = later.granted {
            self.granted = Some(self.granted.unwrap_or(0) + granted);
        }
        self.refused += later.refused;
        self.add_breakers(&later.breakers);
        for rate in &later.rates {
            match self.rates.iter_mut().find(|have| have.limit == rate.limit) {
                Some(have) => have.sends += rate.sends,
                None => self.rates.push(rate.clone()),
            }
        }
    }

    fn breaker(&self, origin: &str) -> Option<&BreakerFigures> {
        self.breakers.iter().find(|breaker| *breaker.origin == *origin)
    }

    fn add_breakers(&mut self, later: &[BreakerFigures]) {
        for breaker in later {
            match self.breakers.iter_mut().find(|have| have.origin == breaker.origin) {
                Some(have) => {
                    have.opened += breaker.opened;
                    have.refused += breaker.refused;
                    have.is_open = breaker.is_open;
                }
                None => self.breakers.push(breaker.clone()),
            }
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_suite_are_what_came_since_and_add_up_again() {
        let guards = Guards::default();
        assert!(guards.figures().is_empty());
        let budget = guards.budget(RetryBudget { ratio: 0, min_retries: 1 });
        assert!(Arc::ptr_eq(&budget, &guards.budget(budget.budget())));
        assert!(budget.withdraw());
        let before = guards.figures();
        assert!(!budget.withdraw() && !budget.withdraw());
        guards.breakers(&CircuitBreaker::default()).of("http://a");
        let since = guards.figures().since(&before);
        assert_eq!((since.granted, since.refused, since.breakers.len()), (Some(0), 2, 1));
        let mut all = before;
        all.add(&since);
        assert_eq!(all, guards.figures());
        guards.tell("x".to_owned());
        assert_eq!(guards.news(), ["x"]);
        assert!(guards.news().is_empty());
    }
}
