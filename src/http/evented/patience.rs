//! How long an attempt to connect is waited for before it is begun anew.
//!
//! Owns: what attempts usually take, and the decision. Does not: connect, read the clock.
//!
//! A server whose backlog is full drops what asks it to connect, and the system asks again 1, 3 and 7 s later, since it
//! knows nothing of the way to that server (RFC 6298, 2.1). Where many others were connected within milliseconds, that
//! is far too long: a thousand times the time that the backlog takes to be empty.

use std::net::SocketAddr;
use std::time::Duration;

/// So many attempts must have succeeded before anything is known.
const ENOUGH: u32 = 8;
/// Nobody is asked again sooner, nor later: beyond it the system is as soon.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_millis(800);

/// What attempts to connect to one address have taken.
#[derive(Debug, Default)]
pub(super) struct Patience {
    address: Option<SocketAddr>,
    seen: u32,
    /// Mean and mean deviation, smoothed as RFC 6298, 2.3 has it.
    usual: Duration,
    deviation: Duration,
}

impl Patience {
    /// An attempt at this address succeeded, and took so long; `tries` were given up before it.
    pub fn connected(&mut self, address: SocketAddr, took: Duration, tries: u32) {
        if self.address != Some(address) {
            *self = Patience { address: Some(address), ..Patience::default() };
        }
        // Karn's rule does not matter where each attempt has a socket of its own, but one that came late says nothing
        // of the way there.
        if tries > 0 {
            return;
        }
        self.seen = self.seen.saturating_add(1);
        if self.seen == 1 {
            (self.usual, self.deviation) = (took, took / 2);
        } else {
            self.deviation = (self.deviation * 3 + self.usual.abs_diff(took)) / 4;
            self.usual = (self.usual * 7 + took) / 8;
        }
    }

    /// How long an attempt at this address is waited for, after so many that were given up; `None` is as long as the
    /// system does.
    pub fn of(&self, address: SocketAddr, tries: u32) -> Option<Duration> {
        if self.seen < ENOUGH || self.address != Some(address) {
            return None;
        }
        let first = (self.usual + self.deviation * 4).saturating_mul(4).max(SHORTEST);
        // A way as long as this is better known to the system.
        (first < LONGEST).then(|| first.saturating_mul(1 << tries.min(8)).min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn after(times: &[Duration]) -> Patience {
        let mut patience = Patience::default();
        times.iter().for_each(|took| patience.connected(address(1), *took, 0));
        patience
    }

    #[test]
    fn nothing_is_given_up_before_enough_is_known() {
        assert_eq!(after(&[ms(1); 7]).of(address(1), 0), None);
        assert_eq!(after(&[ms(1); 8]).of(address(2), 0), None);
        let mut patience = after(&[ms(1); 8]);
        patience.connected(address(2), ms(1), 0);
        assert_eq!(patience.of(address(1), 0), None);
    }

    #[test]
    fn an_attempt_is_waited_for_twice_as_long_each_time() {
        let patience = after(&[ms(1); 20]);
        let waits: Vec<Option<Duration>> =
            [0, 1, 2, 3, 4, 5, u32::MAX].map(|tries| patience.of(address(1), tries)).into();
        assert_eq!(waits, [50, 100, 200, 400, 800, 800, 800].map(|wait| Some(ms(wait))));
    }

    #[test]
    fn a_long_way_is_left_to_the_system() {
        let patience = after(&[ms(60); 40]);
        let first = patience.of(address(1), 0).unwrap();
        assert!(first >= ms(240) && first < ms(250), "{first:?}");
        assert_eq!(after(&[ms(300); 40]).of(address(1), 0), None);
        // Neither does one that came late teach that all do.
        let mut patience = after(&[ms(1); 20]);
        patience.connected(address(1), ms(700), 3);
        assert_eq!(patience.of(address(1), 0), Some(ms(50)));
    }

    #[test]
    fn no_time_is_too_long_to_be_counted() {
        let patience = after(&[Duration::from_secs(1 << 30); 40]);
        assert_eq!(patience.of(address(1), u32::MAX), None);
    }
}
