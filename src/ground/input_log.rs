//! Which files a process has read, for whoever watches them.
//!
//! Owns: the list, and the stamp by which a change is known. Does not: read a file (see `input`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::UNIX_EPOCH;

/// Files with what they were like when they were first read.
pub type Stamps = BTreeMap<PathBuf, String>;

static IS_KEPT: AtomicBool = AtomicBool::new(false);
static READ: Mutex<Stamps> = Mutex::new(Stamps::new());

/// From now on it is kept what is read.
pub fn keep() {
    IS_KEPT.store(true, Ordering::Relaxed);
}

/// A file is about to be read, or looked for where there is none.
pub(super) fn note(path: &Path) {
    if IS_KEPT.load(Ordering::Relaxed) {
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(path.to_owned()).or_insert_with(|| stamp(path));
    }
}

/// What has been read since it was last asked.
pub fn take() -> Stamps {
    std::mem::take(&mut READ.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What changes with a file: when it was written, and how long it is.
pub fn stamp(path: &Path) -> String {
    let Ok(metadata) = std::fs::metadata(path) else { return "absent".to_owned() };
    let time = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}.{:09} {}", time.as_secs(), time.subsec_nanos(), metadata.len())
}
