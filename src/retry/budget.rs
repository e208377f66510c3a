//! The retry budget: how many retries a whole run may make, so that a service that is down is not asked many times
//! as often as one that is up.
//!
//! Owns: tokens without a clock, counted in thousandths. Does not: know what is sent.

use std::sync::atomic::{AtomicU64, Ordering};

/// Thousandths in a token.
const TOKEN: u64 = 1000;

/// `retry_budget`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryBudget {
    /// What each first send adds, in thousandths of a retry.
    pub ratio: u32,
    /// Retries that there are from the beginning.
    pub min_retries: u32,
}

impl Default for RetryBudget {
    /// A retry for five sends, and ten from the beginning.
    fn default() -> RetryBudget {
        RetryBudget { ratio: 200, min_retries: 10 }
    }
}

/// What is left of a budget; any number of threads take from it without waiting for each other.
#[derive(Debug)]
pub struct Tokens {
    budget: RetryBudget,
    left: AtomicU64,
    granted: AtomicU64,
    refused: AtomicU64,
}

impl Tokens {
    /// A budget at the beginning of a run.
    pub fn new(budget: RetryBudget) -> Tokens {
        let left = AtomicU64::new(u64::from(budget.min_retries) * TOKEN);
        Tokens { budget, left, granted: AtomicU64::default(), refused: AtomicU64::default() }
    }

    /// What it is made of.
    pub fn budget(&self) -> RetryBudget {
        self.budget
    }

    /// A first send.
    pub fn deposit(&self) {
        let RetryBudget { ratio, min_retries } = self.budget;
        let most = u64::from(min_retries) * TOKEN + 100 * u64::from(ratio);
        let more = |left: u64| (left < most).then(|| (left + u64::from(ratio)).min(most));
        let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Whether there is a token for a retry; then it is gone.
    pub fn withdraw(&self) -> bool {
        let less = |left: u64| left.checked_sub(TOKEN);
        let is_granted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok();
        let count = if is_granted { &self.granted } else { &self.refused };
        count.fetch_add(1, Ordering::Relaxed);
        is_granted
    }

    /// How many retries it has granted, and how many refused.
    pub fn counts(&self) -> (u64, u64) {
        (self.granted.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }
}
