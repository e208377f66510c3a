//! `--quiet-unless-changed`: what is printed is taken in, and given out at the end, or not at all.
//!
//! Owns: both streams of the process from `begin` to `end`, whoever writes to them, hooks and child processes too.
//! Does not: know when there is nothing to tell.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, PoisonError};

use crate::ground::source::plain;

/// What has been taken in; nothing while the streams are as they were.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// The streams of the process, and what they were given in the meantime.
struct Taken {
    stdout: File,
    stderr: File,
    /// What stdout was given; stderr's too, where both were the same, so that the order stays.
    all: File,
    of_stderr: Option<File>,
    is_silent: bool,
}

/// From now on nothing is printed.
///
/// # Errors
/// The system has no room for what is to be taken in.
pub(super) fn begin() -> io::Result<()> {
    let _ = io::stdout().flush();
    let stdout = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let identity = |file: &File| file.metadata().map(|found| (found.dev(), found.ino()));
    let is_one = identity(&stdout)? == identity(&stderr)?;
    let all = memory()?;
    let of_stderr = if is_one { None } else { Some(memory()?) };
    rustix::stdio::dup2_stdout(&all)?;
    rustix::stdio::dup2_stderr(of_stderr.as_ref().unwrap_or(&all))?;
    let taken = Taken { stdout, stderr, all, of_stderr, is_silent: false };
    *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(taken);
    Ok(())
}

/// What has been printed, and is until the end, is worth nobody's time.
pub(super) fn be_silent() {
    if let Some(taken) = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        taken.is_silent = true;
    }
}

/// Gives the streams back, and what they were given, unless it is worth nobody's time.
///
/// # Errors
/// It cannot be written; that nobody reads it any more is none.
pub(super) fn end() -> io::Result<()> {
    let Some(mut taken) = TAKEN.lock().unwrap_or_else(PoisonError::into_inner).take() else { return Ok(()) };
    let _ = io::stdout().flush();
    rustix::stdio::dup2_stdout(&taken.stdout)?;
    rustix::stdio::dup2_stderr(&taken.stderr)?;
    if taken.is_silent {
        return Ok(());
    }
    pour(&mut taken.all, &mut taken.stdout)?;
    match &mut taken.of_stderr {
        Some(of_stderr) => pour(of_stderr, &mut taken.stderr),
        None => Ok(()),
    }
}

/// What is said where it cannot be written.
pub(super) fn lost(error: &io::Error) -> String {
    format!("what was held back cannot be printed: {}", plain(error))
}

fn pour(from: &mut File, to: &mut File) -> io::Result<()> {
    from.rewind()?;
    match io::copy(from, to) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// A file that is nowhere. Whoever opens it again by its descriptor's name writes behind what is there.
#[cfg(target_os = "linux")]
fn memory() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, OFlags, fcntl_setfl, memfd_create};
    let memory = memfd_create("resttest", MemfdFlags::CLOEXEC)?;
    fcntl_setfl(&memory, OFlags::APPEND)?;
    Ok(memory.into())
}

#[cfg(not(target_os = "linux"))]
fn memory() -> io::Result<File> {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    let name = format!("resttest-{:016x}.tmp", RandomState::new().build_hasher().finish());
    let path = std::env::temp_dir().join(name);
    let file = std::fs::OpenOptions::new().read(true).append(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
