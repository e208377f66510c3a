//! When which slot is to be looked at: one deadline a slot, in a heap that does not grow with requests.
//!
//! Owns: the deadlines. Does not: read the clock, know what a deadline is for.
//!
//! Deadlines of requests nearly always move further away, and nearly none is ever reached. So a deadline that moves
//! away leaves its entry of the heap where it is; when that comes up, it is put back to where the deadline is then.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// The deadlines of all slots.
#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, usize)>>,
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    deadline: Option<Instant>,
    /// The entry of the heap that counts; earlier ones were replaced.
    armed: Option<Instant>,
}

impl Timers {
    /// Makes room for so many slots.
    pub fn resize(&mut self, slots: usize) {
        self.slots.resize(slots, Slot::default());
    }

    /// Sets, moves or clears a slot's deadline.
    pub fn set(&mut self, slot: usize, deadline: Option<Instant>) {
        let Some(entry) = self.slots.get_mut(slot) else { return };
        entry.deadline = deadline;
        if let Some(deadline) = deadline
            && entry.armed.is_none_or(|armed| deadline < armed)
        {
            entry.armed = Some(deadline);
            self.heap.push(Reverse((deadline, slot)));
        }
    }

    /// A slot whose deadline has passed; it has none afterwards.
    pub fn expired(&mut self, now: Instant) -> Option<usize> {
        while let Some(Reverse((at, slot))) = self.heap.peek().copied().filter(|Reverse((at, _))| *at <= now) {
            self.heap.pop();
            let Some(entry) = self.slots.get_mut(slot).filter(|entry| entry.armed == Some(at)) else { continue };
            entry.armed = None;
            match entry.deadline {
                Some(deadline) if deadline <= now => {
                    entry.deadline = None;
                    return Some(slot);
                }
                later => self.set(slot, later),
            }
        }
        None
    }

    /// No deadline passes before this.
    pub fn earliest(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_passes_once_and_where_it_was_moved_to() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut timers = Timers::default();
        timers.resize(3);
        timers.set(0, Some(at(10)));
        timers.set(1, Some(at(20)));
        timers.set(2, Some(at(30)));
        timers.set(0, Some(at(40)));
        timers.set(1, None);
        timers.set(2, Some(at(5)));
        assert_eq!(timers.earliest(), Some(at(5)));
        assert_eq!(timers.expired(at(4)), None);
        assert_eq!(timers.expired(at(35)), Some(2));
        assert_eq!(timers.expired(at(35)), None);
        assert_eq!(timers.expired(at(40)), Some(0));
        assert_eq!((timers.expired(at(1000)), timers.earliest()), (None, None));
        timers.set(7, Some(at(1)));
        assert_eq!(timers.expired(at(1000)), None, "a slot that is not there has no deadline");
    }

    #[test]
    fn a_million_deadlines_that_are_not_reached_leave_one_entry_a_slot() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.resize(2);
        for ms in 0..1_000_000 {
            timers.set((ms % 2) as usize, Some(start + Duration::from_millis(ms + 10_000)));
            assert_eq!(timers.expired(start + Duration::from_millis(ms)), None);
            assert!(timers.heap.len() <= 2);
        }
    }
}
