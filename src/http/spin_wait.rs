//! Waiting for an answer awake, where answers come within microseconds.
//!
//! Owns: when that is worth it. Does not: wait (see `tcp`).
//!
//! A thread that sleeps until its answer is there is woken late: by some 5 µs where a core is free at once,
//! by more where it must first be roused, and all of that would be in the measured time. A server nearby
//! answers within [`LIMIT`], so a thread that has nothing else to do looks for the answer itself that
//! long. Where that fails (one core for both, other work), it is tried ever more rarely.
//!
//! Worth it: a suite of 1,000 tests, client and server on a quiet core each, takes 0.052 s with it and 0.090 s
//! without (`tests/bench/suite.sh`). On a busy machine there is no difference.

use std::time::Duration;

/// How long to stay awake for an answer, and how fast the last one must have been.
pub(super) const LIMIT: Duration = Duration::from_micros(60);

/// Answers slept through after a wasted wait, at most.
const MOST_SKIPPED: u32 = 1023;

/// What a connection has learned of its answers.
#[derive(Debug, Default)]
pub(super) struct SpinWait {
    last_was_fast: bool,
    /// So many answers are slept through before the next try.
    skipped: u32,
    /// What `skipped` was after the last wasted try.
    penalty: u32,
}

impl SpinWait {
    /// Whether to stay awake for the next answer.
    pub fn begins(&mut self) -> bool {
        if self.last_was_fast && self.skipped == 0 {
            return true;
        }
        self.skipped = self.skipped.saturating_sub(1);
        false
    }

    /// It was tried: was an answer received?
    pub fn ended(&mut self, in_time: bool) {
        self.penalty = if in_time { 0 } else { (self.penalty * 2 + 1).min(MOST_SKIPPED) };
        self.skipped = self.penalty;
    }

    /// An answer was received, so long after its request.
    pub fn answered(&mut self, after: Duration) {
        self.last_was_fast = after <= LIMIT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_micros(20);
    const SLOW: Duration = Duration::from_millis(2);

    #[test]
    fn a_wait_awake_follows_a_fast_answer_only() {
        let mut spin_wait = SpinWait::default();
        assert!(!spin_wait.begins());
        spin_wait.answered(SLOW);
        assert!(!spin_wait.begins());
        spin_wait.answered(FAST);
        assert!(spin_wait.begins());
        spin_wait.ended(true);
        spin_wait.answered(FAST);
        assert!(spin_wait.begins());
        spin_wait.answered(SLOW);
        assert!(!spin_wait.begins());
    }

    #[test]
    fn wasted_waits_become_rare() {
        let mut spin_wait = SpinWait::default();
        let mut kept = 0;
        for _ in 0..20_000 {
            spin_wait.answered(FAST);
            if spin_wait.begins() {
                kept += 1;
                spin_wait.ended(false);
            }
        }
        assert!((20..40).contains(&kept), "{kept}");
    }
}
