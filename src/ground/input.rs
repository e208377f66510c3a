//! Files that a run reads: suites, imports, configurations, reports to be merged, bodies, certificates.
//!
//! Owns: what may be read, how long that may take, how much it may be. Does not: know what is in a file.
//!
//! A run must neither wait for ever for a pipe that nobody fills, nor fill its memory from a device without
//! an end. So regular files are read up to a limit, pipes within [`PATIENCE`] besides, and nothing else is.

use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use super::input_log;

/// How many bytes of a suite, a runner configuration, or a file of certificates are read at most.
pub const TEXT_LIMIT: u64 = 64 << 20;

/// How many bytes of a body or of a report are read at most.
pub const BODY_LIMIT: u64 = 1 << 30;

/// How long whoever fills a pipe may take, from our opening it to its end.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Reads a whole file of at most `limit` bytes: a regular file, or a pipe that is filled within [`PATIENCE`].
///
/// # Errors
/// It cannot be opened or read, is longer than that, is a folder, a socket or a device, or is a pipe that
/// nobody fills in time.
pub fn open_input(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    input_log::note(path);
    match kind_of(&std::fs::metadata(path)?, path) {
        Kind::Regular(length) if length > limit => Err(too_long(limit)),
        Kind::Regular(length) => read_all(File::open(path)?, length, limit),
        Kind::Pipe => read_pipe(path, limit, PATIENCE),
        Kind::Empty => Ok(Vec::new()),
        Kind::Other(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file"))),
    }
}

/// Reads a whole file of at most `limit` bytes as UTF-8.
///
/// # Errors
/// Those of [`open_input`], and where it is not UTF-8.
pub fn open_input_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(open_input(path, limit)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("not UTF-8 at byte {at}"))
    })
}

/// Reads all of standard input, at most `limit` bytes. A person at a terminal may take any time, whoever fills a pipe
/// has [`PATIENCE`].
///
/// # Errors
/// It cannot be read, is longer than that, or is a pipe that nobody fills in time.
pub fn read_stdin(limit: u64) -> io::Result<Vec<u8>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return read_all(stdin.lock(), 0, limit);
    }
    within(PATIENCE, move || read_all(io::stdin().lock(), 0, limit))
}

enum Kind {
    Regular(u64),
    Pipe,
    /// `/dev/null`, the one device that people name as a file without content.
    Empty,
    Other(&'static str),
}

#[cfg(unix)]
fn kind_of(found: &Metadata, path: &Path) -> Kind {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = found.file_type();
    if kind.is_fifo() {
        Kind::Pipe
    } else if kind.is_socket() {
        Kind::Other("a socket")
    } else if kind.is_char_device() && path.canonicalize().is_ok_and(|real| real == Path::new("/dev/null")) {
        Kind::Empty
    } else if kind.is_char_device() || kind.is_block_device() {
        Kind::Other("a device")
    } else {
        plain_kind_of(found)
    }
}

#[cfg(not(unix))]
fn kind_of(found: &Metadata, _path: &Path) -> Kind {
    plain_kind_of(found)
}

fn plain_kind_of(found: &Metadata) -> Kind {
    if found.is_dir() { Kind::Other("a folder") } else { Kind::Regular(found.len()) }
}

/// The length is a hint only: files of `/proc` say 0, and others may grow.
fn read_all(file: impl io::Read, length: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more, so that the end is seen without growing.
    bytes.try_reserve(usize::try_from(length).unwrap_or(usize::MAX).saturating_add(1)).map_err(io::Error::other)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_long(limit)) } else { Ok(bytes) }
}

/// Opening a pipe waits for whoever writes, and so does reading: both on a thread that is left behind where
/// they do not come to an end.
fn read_pipe(path: &Path, limit: u64, patience: Duration) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    within(patience, move || File::open(path).and_then(|file| read_all(file, 0, limit)))
}

fn within(patience: Duration, read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static) -> io::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("pipe".to_owned()).spawn(move || {
        // Nobody listens any more where it took too long.
        let _ = sender.send(read());
    })?;
    receiver.recv_timeout(patience).unwrap_or_else(|_| {
        let message = format!("it is a pipe that nobody filled and closed within {} s", patience.as_secs_f64());
        Err(io::Error::new(io::ErrorKind::TimedOut, message))
    })
}

fn too_long(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {} MiB", limit >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::plain;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("resttest-input-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn error(path: &Path, limit: u64) -> String {
        plain(&open_input(path, limit).unwrap_err())
    }

    #[test]
    fn only_files_are_read_and_only_up_to_the_limit() {
        let folder = folder("kinds");
        let file = folder.join("f");
        std::fs::write(&file, vec![b'x'; 3 << 20]).unwrap();
        assert_eq!(open_input(&file, 3 << 20).unwrap().len(), 3 << 20);
        assert_eq!(error(&file, (3 << 20) - 1), "it is larger than 2 MiB");
        assert_eq!(error(&folder, TEXT_LIMIT), "it is a folder, not a file");
        assert_eq!(error(Path::new("/dev/zero"), TEXT_LIMIT), "it is a device, not a file");
        assert_eq!(error(&folder.join("none"), TEXT_LIMIT), "no such file or directory");
        let socket = folder.join("s");
        let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(error(&socket, TEXT_LIMIT), "it is a socket, not a file");
        assert_eq!(open_input(Path::new("/dev/null"), TEXT_LIMIT).unwrap(), b"");
        // Its length is said to be 0.
        if Path::new("/proc/self/status").exists() {
            assert!(open_input(Path::new("/proc/self/status"), TEXT_LIMIT).unwrap().len() > 100);
        }
        std::fs::write(&file, [b'x', 0xff]).unwrap();
        assert_eq!(open_input_text(&file, TEXT_LIMIT).unwrap_err().to_string(), "not UTF-8 at byte 2");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_pipe_is_read_to_its_end_and_not_waited_for_without_end() {
        let folder = folder("pipes");
        let pipe = folder.join("p");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, "- url: /x\n")
        });
        assert_eq!(open_input(&pipe, TEXT_LIMIT).unwrap(), b"- url: /x\n");
        writer.join().unwrap().unwrap();
        let waited = read_pipe(&pipe, TEXT_LIMIT, Duration::from_millis(50)).unwrap_err();
        assert_eq!(waited.to_string(), "it is a pipe that nobody filled and closed within 0.05 s");
        // Lets the thread that still waits go.
        std::fs::write(&pipe, "").unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
