//! Time as an argument: the engines read the clock and sleep through this, so that tests can fake both.

use std::sync::{Mutex, PoisonError};
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

/// A clock for tests: it stands still but for sleeps, which take no time.
#[cfg(test)]
pub struct FakeClock {
    start: Instant,
    slept: std::sync::Mutex<Duration>,
}

#[cfg(test)]
impl Default for FakeClock {
    fn default() -> FakeClock {
        FakeClock { start: Instant::now(), slept: Default::default() }
    }
}

#[cfg(test)]
impl FakeClock {
    /// The time that was slept away.
    pub fn slept(&self) -> Duration {
        *self.slept.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
impl Clock for FakeClock {
    fn now(&self) -> Instant {
        self.start + self.slept()
    }

    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.slept()
    }

    fn sleep(&self, duration: Duration) {
        *self.slept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += duration;
    }
}

/// A clock on which nobody waits: what is slept is over at once, and has passed.
#[derive(Debug, Default)]
pub struct HurriedClock(Mutex<Duration>);

impl HurriedClock {
    fn slept(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for HurriedClock {
    fn now(&self) -> Instant {
        Instant::now() + self.slept()
    }

    fn sleep(&self, duration: Duration) {
        let mut slept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A century is long enough for every limit.
        *slept = slept.saturating_add(duration).min(Duration::from_secs(3_153_600_000));
    }
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
