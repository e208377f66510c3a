//! What is said of extensions before the log begins, and the word that one of them cannot go on.
//!
//! Owns: keeping lines until the log has begun, secrets that a run brings, the fault. Does not: end a run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::secrets::Secrets;

/// No more lines are kept for a log that may never begin.
const KEPT: usize = 500;

/// Lines for the log; `None` once it has begun.
static EARLY: Mutex<Option<Vec<(log::Level, String)>>> = Mutex::new(Some(Vec::new()));

/// What answers have brought, and no line may hold.
static HIDDEN: Mutex<Option<Secrets>> = Mutex::new(None);

/// Why the run cannot go on.
static FAULT: Mutex<Option<String>> = Mutex::new(None);
static HAS_FAULT: AtomicBool = AtomicBool::new(false);

fn of<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same without the secrets that are known by now.
pub(super) fn clean(line: String) -> String {
    match &*of(&HIDDEN) {
        Some(secrets) => secrets.redact(&line).into_owned(),
        None => line,
    }
}

/// Logs a line, or keeps it until the log has begun.
pub fn note(level: log::Level, line: String) {
    let line = clean(line);
    match &mut *of(&EARLY) {
        Some(kept) if kept.len() < KEPT => kept.push((level, line)),
        Some(_) => {}
        None => log::log!(level, "{line}"),
    }
}

/// Whether anything is kept for a log that has not begun.
pub fn has_notes() -> bool {
    of(&EARLY).as_ref().is_some_and(|kept| !kept.is_empty())
}

/// The log has begun: what was kept for it is written.
pub fn announce() {
    let kept = of(&EARLY).take();
    kept.into_iter().flatten().for_each(|(level, line)| log::log!(level, "{line}"));
}

/// The log of a process of parallel suites has begun: what is odd about a program, the one that started it has said.
pub fn announce_of_child() {
    let kept = of(&EARLY).take();
    let own = kept.into_iter().flatten().filter(|(level, _)| *level == log::Level::Debug);
    own.for_each(|(level, line)| log::log!(level, "{line}"));
}

/// Keeps secrets that a run has brought out of all lines from now on.
pub fn hide(secrets: &Secrets) {
    *of(&HIDDEN) = Some(secrets.clone());
}

/// Says why the run cannot go on; the first reason counts.
pub(super) fn set_fault(why: &str) {
    of(&FAULT).get_or_insert_with(|| clean(why.to_owned()));
    HAS_FAULT.store(true, Ordering::Relaxed);
}

/// Why the run cannot go on, where an extension is to blame.
pub fn fault() -> Option<String> {
    if has_fault() { of(&FAULT).clone() } else { None }
}

/// Whether an extension is to blame that the run cannot go on.
pub fn has_fault() -> bool {
    HAS_FAULT.load(Ordering::Relaxed)
}

/// A new run begins.
pub(super) fn forget() {
    *of(&EARLY) = Some(Vec::new());
    (*of(&HIDDEN), *of(&FAULT)) = (None, None);
    HAS_FAULT.store(false, Ordering::Relaxed);
}
