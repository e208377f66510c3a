//! The memory that the bodies of all workers share.
//!
//! Owns: who may grow, who waits. Does not: allocate (see `body`).
//!
//! All bodies together hold at most four times what one may hold. Each grows as it comes in, and keeps what it has
//! while it waits for more; so that they do not all wait for each other, one of them is always let go on: three
//! quarters are for all, the last one is for the first that found them full, until it is done with.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::fault::{self, TransportError};

/// Bodies up to this size are not counted: buffers of connections are no smaller.
const FREE: u64 = 16 * 1024;
/// Larger ones grow by this much at a time, or by what they have.
const STEP: u64 = 1024 * 1024;

static ROOM: Room = Room { state: Mutex::new(State { held: 0, has_first: false }), freed: Condvar::new() };

struct Room {
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    /// What all hold but the first.
    held: u64,
    has_first: bool,
}

/// What one body holds; given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Share {
    held: u64,
    is_first: bool,
}

impl Share {
    /// Whether it holds nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// Makes it hold at least `needed`; `most` is what one body may hold. Waits until the deadline.
    pub(super) fn grow(&mut self, needed: u64, most: u64, until: Option<Instant>) -> Result<(), TransportError> {
        if needed <= FREE || needed <= self.held {
            return Ok(());
        }
        let start = Instant::now();
        let wanted = self.ahead(needed, most);
        let more = wanted - self.held;
        let mut state = ROOM.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if self.is_first {
                break;
            }
            if state.held + more <= most.saturating_mul(3) {
                state.held += more;
                break;
            }
            if !state.has_first {
                state.has_first = true;
                state.held -= self.held;
                self.is_first = true;
                break;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                None => ROOM.freed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Err(no_room(start.elapsed())),
                Some(left) => ROOM.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        self.held = wanted;
        Ok(())
    }

    /// Makes it hold at least `needed` without waiting, whether or not there is room.
    pub(super) fn overdraw(&mut self, needed: u64, most: u64) {
        if needed <= FREE || needed <= self.held {
            return;
        }
        let wanted = self.ahead(needed, most);
        if !self.is_first {
            ROOM.state.lock().unwrap_or_else(PoisonError::into_inner).held += wanted - self.held;
        }
        self.held = wanted;
    }

    /// Whether it must not grow before others have made room. One of those that ask is always let go on.
    pub(super) fn is_behind(&mut self, most: u64) -> bool {
        if self.is_first || self.held == 0 {
            return false;
        }
        let mut state = ROOM.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.held <= most.saturating_mul(3) {
            return false;
        }
        if !state.has_first {
            state.has_first = true;
            state.held -= self.held;
            self.is_first = true;
        }
        !self.is_first
    }

    /// What it is made to hold, so that it need not ask for every piece.
    fn ahead(&self, needed: u64, most: u64) -> u64 {
        needed.max(self.held.saturating_add(self.held.clamp(FREE, STEP))).min(most.max(needed))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.held == 0 {
            return;
        }
        let mut state = ROOM.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_first {
            state.has_first = false;
        } else {
            state.held -= self.held;
        }
        drop(state);
        ROOM.freed.notify_all();
    }
}

fn no_room(waited: Duration) -> TransportError {
    let waited = fault::seconds(waited);
    TransportError::new(
        crate::exchange::request::ErrorKind::Timeout,
        format!("the body waited {waited} for other bodies to make room (see --max-body), and time ran out"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    /// The room is one for the process: these stand in one test.
    #[test]
    fn four_times_the_limit_is_held_and_one_always_goes_on() {
        let limit = 1000 * MIB;
        let soon = || Some(Instant::now() + Duration::from_millis(30));
        let mut shares: Vec<Share> = (0..3).map(|_| Share::default()).collect();
        for share in &mut shares {
            share.grow(limit, limit, soon()).unwrap();
        }
        let mut first = Share::default();
        first.grow(2 * MIB, limit, soon()).unwrap();
        assert!(first.is_first);
        // The next one waits for as long as it may.
        let mut next = Share::default();
        let error = next.grow(MIB, limit, soon()).unwrap_err();
        assert!(error.message.contains("for other bodies to make room"), "{error}");
        next.grow(FREE, limit, soon()).unwrap();
        first.grow(limit, limit, soon()).unwrap();
        // When one is done with, another goes on.
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let until = Some(Instant::now() + Duration::from_secs(10));
                next.grow(MIB, limit, until).unwrap();
                next.is_first
            });
            std::thread::sleep(Duration::from_millis(20));
            drop(first);
            assert!(waiting.join().unwrap());
        });
        drop(shares);
        let mut other = Share::default();
        other.grow(limit, limit, soon()).unwrap();
        assert!(!other.is_first);
    }

    #[test]
    fn shares_grow_ahead_by_little() {
        let mut share = Share::default();
        for (needed, held) in [(10, 0), (FREE, 0), (FREE + 1, FREE + 1), (FREE + 2, 2 * FREE + 2), (4 * MIB, 4 * MIB)] {
            share.grow(needed, 64 * MIB, None).unwrap();
            assert_eq!(share.held, held);
        }
        share.grow(4 * MIB + 1, 64 * MIB, None).unwrap();
        assert_eq!(share.held, 5 * MIB);
        // Never beyond what a body may hold.
        share.grow(5 * MIB + 1, 5 * MIB + 2, None).unwrap();
        assert_eq!(share.held, 5 * MIB + 2);
    }
}
