//! SIGINT, SIGTERM and SIGHUP, passed on as the exits that they mean.
//!
//! Owns: which signals end a run, and the thread that waits for them. Does not: end anything.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{bounded, unbounded};
use memchr::memmem;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use signal_hook::low_level::emulate_default_handler;

use crate::cli::exit::Exit;

type Delivery = SignalDelivery<UnixStream, SignalOnly>;

/// How soon is looked again after the system could not say whether a signal came.
const PAUSE: Duration = Duration::from_millis(20);

/// How often somebody has asked to hear of signals.
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// Does something more before a signal ends the process, until somebody asks to hear of signals.
pub fn before_the_end(tidy: impl Fn() + Send + Sync + 'static) {
    let own = ASKED.load(Ordering::Relaxed) + 1;
    forward_signals(move |exit| {
        let is_ours = ASKED.load(Ordering::Relaxed) == own;
        if is_ours {
            tidy();
            let signal = match exit {
                Exit::Interrupted => SIGINT,
                Exit::HungUp => SIGHUP,
                _ => SIGTERM,
            };
            let _ = emulate_default_handler(signal);
        }
        is_ours
    });
}

/// Passes on what signals mean, until `tell` says that nobody hears it.
pub fn forward_signals(tell: impl Fn(Exit) -> bool + Send + Sync + 'static) {
    ASKED.fetch_add(1, Ordering::Relaxed);
    // The thread comes first: a signal that is caught but never heard of could not end the run any more.
    let (ready, deliveries) = bounded(1);
    let listening = thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Ok(delivery) = deliveries.recv() {
            forward(delivery, Arc::new(tell));
        }
    });
    let caught = listening.and_then(|_| delivery()).map(|delivery| ready.send(delivery).is_ok());
    if !caught.is_ok_and(|heard| heard) {
        log::warn!("signals cannot be caught; an interrupt ends the run without a summary");
    }
}

/// From now on a file that may not grow any further is an error like a full disk, not the end of the process.
pub fn outlive_file_size_limit() {
    // The flag is not looked at: the write that failed says so itself.
    if signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).is_err() {
        log::debug!("SIGXFSZ cannot be caught");
    }
}

fn delivery() -> io::Result<Delivery> {
    let (read, write) = UnixStream::pair()?;
    let status = fs::read("/proc/self/status").unwrap_or_default();
    let hangs_up = !is_ignored(&status, SIGHUP);
    SignalDelivery::with_pipe(read, write, SignalOnly, [SIGINT, SIGTERM].into_iter().chain(hangs_up.then_some(SIGHUP)))
}

/// Whether whoever started us wants a signal ignored, as `nohup` does.
fn is_ignored(status: &[u8], signal: i32) -> bool {
    const KEY: &[u8] = b"\nSigIgn:";
    let mask = memmem::find(status, KEY).and_then(|at| status[at + KEY.len()..].split(|byte| *byte == b'\n').next());
    let mask =
        mask.and_then(|mask| str::from_utf8(mask).ok()).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or_default() >> (signal - 1) & 1 == 1
}

fn exit_of(signal: i32) -> Exit {
    match signal {
        SIGINT => Exit::Interrupted,
        SIGHUP => Exit::HungUp,
        _ => Exit::Terminated,
    }
}

/// Not the package's own loop: that one panics where a read fails.
fn forward(mut delivery: Delivery, tell: Arc<impl Fn(Exit) -> bool + Send + Sync + 'static>) {
    let mut wait = |pipe: &mut UnixStream| pipe.read(&mut [0]).map(|amount| amount > 0);
    // A thread more from the first signal on, so that a full queue never keeps a second one from being taken.
    let mut teller: Option<crossbeam_channel::Sender<Exit>> = None;
    let mut is_first = true;
    loop {
        let signals: Vec<i32> = match delivery.poll_pending(&mut wait) {
            Ok(Some(pending)) => pending.collect(),
            Ok(None) => return,
            Err(_) => {
                thread::sleep(PAUSE);
                delivery.pending().collect()
            }
        };
        for exit in signals.into_iter().map(exit_of) {
            if std::mem::take(&mut is_first) {
                let (sender, exits) = unbounded();
                let tell = tell.clone();
                let telling = thread::Builder::new().name("teller".to_owned());
                teller = telling.spawn(move || exits.iter().all(|exit| tell(exit))).is_ok().then_some(sender);
            }
            match &teller {
                Some(teller) => {
                    let _ = teller.send(exit);
                }
                None => {
                    tell(exit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_to_be_ignored_is_known_by_its_bit() {
        for (mask, ignored) in [("0000000000000001", true), ("0000000000001000", false), ("ffffffffffffffff", true)] {
            assert_eq!(is_ignored(format!("Name:\tx\nSigIgn:\t{mask}\n").as_bytes(), SIGHUP), ignored, "{mask}");
        }
        assert!(!is_ignored(b"", SIGHUP) && !is_ignored(b"Name:\tSigIgn:\t1\n", SIGHUP));
        assert!(is_ignored(b"Name:\tx\nSigIgn:\t4000", SIGTERM));
    }
}
