//! Time as an argument: the engines read the clock and sleep through this, so that tests can fake both.

use std::time::{Duration, Instant, SystemTime};

/// What time it is, and waiting.
pub trait Clock: Send + Sync {
    /// Now, on a clock that never goes back.
    fn now(&self) -> Instant;
    /// The date, for reports.
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }
    /// Waits that long; may return early when the run is being stopped.
    fn sleep(&self, duration: Duration);
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }
}
