//! What one layer sets of what outlives a test: `retry_budget`, `circuit_breaker`, `rate_limit`, `suite_timeout`.
//!
//! Owns: their keys, each resolved by itself. Does not: read them (see `suite::guards`), or keep count (see `retry`).

use std::time::Duration;

use crate::exchange::request::Timeout;
use crate::retry::{CircuitBreaker, RateLimit, RetryBudget};
use crate::settings::origin::{Origin, Setting};

/// The keys of `retry_budget` and `circuit_breaker`; `rate_limit` and `suite_timeout`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GuardLayer {
    /// `retry_budget: {ratio: …}`, in thousandths.
    pub ratio: Option<Setting<u32>>,
    /// `retry_budget: {min_retries: …}`.
    pub min_retries: Option<Setting<u32>>,
    /// `circuit_breaker: {failures: …}`.
    pub failures: Option<Setting<u32>>,
    /// `circuit_breaker: {reset: …}`.
    pub reset: Option<Setting<Duration>>,
    /// `circuit_breaker: {statuses: …}`.
    pub statuses: Option<Setting<Vec<u16>>>,
    /// `rate_limit`; nothing where a rate of 0 lifts what others set.
    pub rate_limit: Option<Setting<Option<RateLimit>>>,
    /// `suite_timeout`.
    pub suite_timeout: Option<Setting<Timeout>>,
}

fn replace<T: Clone>(own: &mut Option<Setting<T>>, stronger: &Option<Setting<T>>) {
    if stronger.is_some() {
        own.clone_from(stronger);
    }
}

impl GuardLayer {
    /// Lays a stronger layer over this one: what it sets replaces what is here.
    pub fn lay_over(&mut self, stronger: &GuardLayer) {
        replace(&mut self.ratio, &stronger.ratio);
        replace(&mut self.min_retries, &stronger.min_retries);
        replace(&mut self.failures, &stronger.failures);
        replace(&mut self.reset, &stronger.reset);
        replace(&mut self.statuses, &stronger.statuses);
        replace(&mut self.rate_limit, &stronger.rate_limit);
        replace(&mut self.suite_timeout, &stronger.suite_timeout);
    }

    /// Says who sets what is set.
    pub fn set_by(&mut self, origin: &Origin) {
        fn by<T>(setting: &mut Option<Setting<T>>, origin: &Origin) {
            if let Some(setting) = setting {
                setting.origin = origin.clone();
            }
        }
        by(&mut self.ratio, origin);
        by(&mut self.min_retries, origin);
        by(&mut self.failures, origin);
        by(&mut self.reset, origin);
        by(&mut self.statuses, origin);
        by(&mut self.rate_limit, origin);
        by(&mut self.suite_timeout, origin);
    }

    /// The budget in force, if anything sets one.
    pub fn budget(&self) -> Option<RetryBudget> {
        let mut budget = RetryBudget::default();
        if self.ratio.is_none() && self.min_retries.is_none() {
            return None;
        }
        budget.ratio = self.ratio.as_ref().map_or(budget.ratio, |set| set.value);
        budget.min_retries = self.min_retries.as_ref().map_or(budget.min_retries, |set| set.value);
        Some(budget)
    }

    /// The breaker in force, if anything sets one; none where no failure is to open it.
    pub fn breaker(&self) -> Option<CircuitBreaker> {
        let mut breaker = CircuitBreaker::default();
        if self.failures.is_none() && self.reset.is_none() && self.statuses.is_none() {
            return None;
        }
        breaker.failures = self.failures.as_ref().map_or(breaker.failures, |set| set.value);
        breaker.reset = self.reset.as_ref().map_or(breaker.reset, |set| set.value);
        if let Some(statuses) = &self.statuses {
            breaker.statuses.clone_from(&statuses.value);
        }
        Some(breaker).filter(|breaker| breaker.failures > 0)
    }

    /// The rate of all sends, if there is a limit.
    pub fn rate(&self) -> Option<RateLimit> {
        self.rate_limit.as_ref().and_then(|set| set.value)
    }

    /// How long a suite may take, if there is a limit.
    pub fn suite_limit(&self) -> Option<Duration> {
        self.suite_timeout.as_ref().and_then(|set| set.value.limit())
    }

    /// Every key in force that tests go by, as people read it, with its origin.
    pub fn shown(&self) -> Vec<(&'static str, String, Origin)> {
        fn origin<T>(set: &Option<Setting<T>>) -> Origin {
            set.as_ref().map(|set| set.origin.clone()).unwrap_or_default()
        }
        let mut shown = Vec::new();
        if let Some(budget) = self.budget() {
            let percent = f64::from(budget.ratio) / 10.0;
            shown.push(("retry_budget ratio", format!("{percent} %"), origin(&self.ratio)));
            shown.push(("retry_budget min_retries", budget.min_retries.to_string(), origin(&self.min_retries)));
        }
        match self.breaker() {
            Some(breaker) => {
                let statuses: Vec<String> = breaker.statuses.iter().map(u16::to_string).collect();
                let reset = match breaker.reset {
                    Duration::ZERO => "never".to_owned(),
                    reset => format!("{} s", reset.as_secs_f64()),
                };
                shown.push(("circuit_breaker failures", breaker.failures.to_string(), origin(&self.failures)));
                shown.push(("circuit_breaker reset", reset, origin(&self.reset)));
                shown.push(("circuit_breaker statuses", statuses.join(" "), origin(&self.statuses)));
            }
            None if self.failures.is_some() => {
                shown.push(("circuit_breaker", "none".to_owned(), origin(&self.failures)));
            }
            None => {}
        }
        if let Some(set) = &self.rate_limit {
            let text = set.value.map_or_else(|| "none".to_owned(), |limit| limit.to_string());
            shown.push(("rate_limit", text, set.origin.clone()));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_settle_by_themselves() {
        let flag = || Origin::CommandLine("circuit-breaker");
        assert_eq!((GuardLayer::default().budget(), GuardLayer::default().breaker()), (None, None));
        let mut layer = GuardLayer {
            reset: Some(Setting::new(Duration::ZERO, Origin::Default)),
            min_retries: Some(Setting::new(3, Origin::Default)),
            ..GuardLayer::default()
        };
        assert_eq!(layer.budget(), Some(RetryBudget { min_retries: 3, ..RetryBudget::default() }));
        layer.lay_over(&GuardLayer { failures: Some(Setting::new(7, flag())), ..GuardLayer::default() });
        let breaker = layer.breaker().unwrap();
        assert_eq!((breaker.failures, breaker.reset), (7, Duration::ZERO));
        let shown: Vec<String> =
            layer.shown().iter().map(|(key, value, origin)| format!("{key} {value} ({origin})")).collect();
        let expected = [
            "retry_budget ratio 20 % (default)",
            "retry_budget min_retries 3 (default)",
            "circuit_breaker failures 7 (--circuit-breaker)",
            "circuit_breaker reset never (default)",
            "circuit_breaker statuses 502 503 504 (default)",
        ];
        assert_eq!(shown, expected);
        layer.lay_over(&GuardLayer { failures: Some(Setting::new(0, flag())), ..GuardLayer::default() });
        assert_eq!(layer.breaker(), None);
        assert_eq!(layer.shown()[2].1, "none");
        let limit = RateLimit::parse("50/s:5");
        layer.rate_limit = Some(Setting::new(limit, Origin::Default));
        layer.suite_timeout = Some(Setting::new(Timeout::After(Duration::from_secs(3)), Origin::Default));
        assert_eq!((layer.rate(), layer.suite_limit()), (limit, Some(Duration::from_secs(3))));
        assert_eq!(layer.shown().last().unwrap().1, "50/s:5");
        // A stronger layer's limit stands for the whole of it; none at all is a limit, too.
        layer.lay_over(&GuardLayer {
            rate_limit: Some(Setting::new(None, flag())),
            suite_timeout: Some(Setting::new(Timeout::Unlimited, flag())),
            ..GuardLayer::default()
        });
        assert_eq!((layer.rate(), layer.suite_limit()), (None, None));
        assert_eq!(layer.shown().last().unwrap().1, "none");
    }
}
