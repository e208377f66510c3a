//! A thread that wakes the loop at a moment: the event queue's own timeout is whole milliseconds, rounded up.
//!
//! Owns: the sleep until shortly before a due time. Does not: know what is due.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use mio::Waker;

/// So long before the moment it wakes: what a sleep is usually late by.
pub(super) const HEAD_START: Duration = Duration::from_micros(60);
/// Nobody is woken for less: what is due sooner is sent together, or waited for awake.
pub(super) const SHORTEST: Duration = Duration::from_micros(150);

/// The thread's end in the loop.
pub(super) struct Pacer {
    shared: Arc<Shared>,
    thread: Thread,
}

struct Shared {
    wish: Mutex<Wish>,
}

#[derive(Clone, Copy)]
enum Wish {
    Nothing,
    Wake(Instant),
    End,
}

impl Pacer {
    /// Starts the thread; `None` where the system has none left.
    pub fn start(waker: Arc<Waker>) -> Option<Pacer> {
        let shared = Arc::new(Shared { wish: Mutex::new(Wish::Nothing) });
        let theirs = shared.clone();
        let thread = std::thread::Builder::new().name("pacer".to_owned()).stack_size(64 * 1024);
        let thread = thread.spawn(move || theirs.serve(&waker)).ok()?;
        Some(Pacer { shared, thread: thread.thread().clone() })
    }

    /// Wakes the loop shortly before this, and not before anything that was wished for earlier.
    pub fn wake_at(&self, at: Instant) {
        self.wish(Wish::Wake(at));
    }

    fn wish(&self, wish: Wish) {
        *self.shared.wish.lock().unwrap_or_else(PoisonError::into_inner) = wish;
        self.thread.unpark();
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.wish(Wish::End);
    }
}

impl Shared {
    fn serve(&self, waker: &Waker) {
        loop {
            let mut wish = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
            match *wish {
                Wish::End => return,
                Wish::Nothing => {
                    drop(wish);
                    std::thread::park();
                }
                Wish::Wake(at) => {
                    let left = at.checked_sub(HEAD_START).map(|at| at.saturating_duration_since(Instant::now()));
                    match left.filter(|left| !left.is_zero()) {
                        Some(left) => {
                            drop(wish);
                            std::thread::park_timeout(left);
                        }
                        None => {
                            *wish = Wish::Nothing;
                            drop(wish);
                            // Without it the loop's own timeout wakes it, a moment late.
                            let _ = waker.wake();
                        }
                    }
                }
            }
        }
    }
}
