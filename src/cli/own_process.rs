//! This process itself: its binary, and what a limit on its addresses (`ulimit -v`) leaves to run with.
//!
//! An allocation that fails ends a Rust program at once. So there is a least that we begin with, and glibc, which
//! sets 64 MiB of addresses aside for each of several threads, is told to do with one heap where they are few.

use std::ffi::OsString;
use std::path::PathBuf;

use rustix::process::{Resource, getrlimit};

use crate::cli::exit::Exit;
use crate::cli::terminal::fail;

/// The least addresses that a run can do with, in bytes.
const LEAST: u64 = 40_000 << 10;

/// This binary. An empty root has no /proc to ask; then the word that we were started with must do.
pub fn own_binary() -> PathBuf {
    std::env::current_exe().unwrap_or_else(|_| std::env::args_os().next().unwrap_or_default().into())
}

/// Makes do with the addresses that there are; the exit where they are too few.
pub fn fit_addresses(words: &[OsString]) -> Option<Exit> {
    let soft = getrlimit(Resource::As).current?;
    if soft < LEAST {
        let (limit, least) = (soft >> 10, LEAST >> 10);
        let message = format!("the limit on memory (ulimit -v) is {limit} KiB; resttest needs {least} KiB");
        return Some(fail(Exit::Internal, &message));
    }
    with_one_heap(words);
    None
}

/// Starts over with one heap for all threads. Where that fails, we go on as we are.
#[cfg(target_env = "gnu")]
fn with_one_heap(words: &[OsString]) {
    use std::os::unix::process::CommandExt as _;
    const HEAPS: &str = "MALLOC_ARENA_MAX";
    // A program that calls us with words of its own is not ours to start over.
    if std::env::var_os(HEAPS).is_none() && std::env::args_os().skip(1).eq(words.iter().cloned()) {
        let error = std::process::Command::new(own_binary()).args(words).env(HEAPS, "1").exec();
        log::debug!("cannot start over with one heap: {error}");
    }
}

#[cfg(not(target_env = "gnu"))]
fn with_one_heap(_words: &[OsString]) {}
