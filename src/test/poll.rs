//! Polling: a request that is sent again until its answer is the one that is waited for.
//!
//! Owns: what is waited for, and how long. Does not: send, wait or judge (see `run::polling`).

use std::time::Duration;

use crate::exchange::request::ErrorKind;
use crate::ground::source::Location;
use crate::judge::validate::Validator;

/// What a test waits for.
#[derive(Debug, Clone)]
pub struct Poll {
    /// All of these hold of the answer that is waited for; where there are none, its status and the test's validators
    /// say which one it is.
    pub until: Vec<Validator>,
    /// Any of these, and there is nothing left to wait for.
    pub fail_if: Vec<Validator>,
    /// From the end of an answer to the next send.
    pub interval: Duration,
    /// How many times longer each interval is than the one before.
    pub multiplier: f64,
    /// No interval is longer, unless the server asks for it.
    pub interval_max: Option<Duration>,
    /// From the first send to the end.
    pub timeout: Duration,
    /// Polls at most.
    pub max_polls: Option<u32>,
    /// Errors that say "not yet".
    pub errors: Vec<ErrorKind>,
    /// Where it is written.
    pub location: Location,
}

impl Poll {
    /// One that waits for a second between polls, and for half a minute in all.
    pub fn at(location: Location) -> Poll {
        Poll {
            until: Vec::new(),
            fail_if: Vec::new(),
            interval: Duration::from_secs(1),
            multiplier: 1.0,
            interval_max: None,
            timeout: Duration::from_secs(30),
            max_polls: None,
            errors: Vec::new(),
            location,
        }
    }

    /// The interval after so many polls, from 1.
    pub fn interval_after(&self, polls: u32) -> Duration {
        let most = self.interval_max.unwrap_or(Duration::MAX);
        let times = self.multiplier.powi(i32::try_from(polls.saturating_sub(1)).unwrap_or(i32::MAX));
        if self.interval.is_zero() {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(self.interval.as_secs_f64() * times).unwrap_or(Duration::MAX).min(most)
    }

    /// All its conditions.
    pub fn conditions(&self) -> impl Iterator<Item = &Validator> {
        self.until.iter().chain(&self.fail_if)
    }

    /// What it says, for people: `every 1 s for 30 s, until compare jsonpath "$.state" eq`.
    pub fn shown(&self) -> String {
        let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
        let mut shown = format!("every {}", seconds(self.interval));
        if self.multiplier > 1.0 {
            shown.push_str(&format!(" × {}", self.multiplier));
            shown.extend(self.interval_max.map(|most| format!(" up to {}", seconds(most))));
        }
        shown.push_str(&format!(" for {}", seconds(self.timeout)));
        shown.extend(self.max_polls.map(|most| format!(", {most} times at most")));
        let all = |conditions: &[Validator], word: &str| {
            conditions.iter().map(Validator::described).collect::<Vec<_>>().join(word)
        };
        shown.push_str(", until ");
        match self.until.is_empty() {
            true => shown.push_str("status and validators are right"),
            false => shown.push_str(&all(&self.until, " and ")),
        }
        if !self.fail_if.is_empty() {
            shown.push_str(&format!(", fail_if {}", all(&self.fail_if, " or ")));
        }
        if !self.errors.is_empty() {
            let names: Vec<&str> = self.errors.iter().map(|kind| kind.name()).collect();
            shown.push_str(&format!(", not yet: {}", names.join(" ")));
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_grow_up_to_their_cap_and_never_overflow() {
        let of = |interval, multiplier, most: Option<u64>| Poll {
            interval: Duration::from_secs(interval),
            multiplier,
            interval_max: most.map(Duration::from_secs),
            ..Poll::at(Location::default())
        };
        for (poll, polls, seconds) in [
            (of(1, 1.0, None), 1, 1),
            (of(1, 1.0, None), 900, 1),
            (of(2, 2.0, None), 1, 2),
            (of(2, 2.0, None), 4, 16),
            (of(2, 2.0, Some(10)), 4, 10),
            (of(2, 2.0, Some(10)), u32::MAX, 10),
            (of(5, 1.0, Some(3)), 1, 3),
            (of(0, 2.0, None), u32::MAX, 0),
        ] {
            assert_eq!(poll.interval_after(polls), Duration::from_secs(seconds), "{poll:?} {polls}");
        }
        assert_eq!(of(2, 2.0, None).interval_after(u32::MAX), Duration::MAX);
    }
}
