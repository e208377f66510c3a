//! A file written whole: first beside its place, then into it.
//!
//! Owns: the temporary file, the rename, what may not be renamed over. Does not: know what is written, or where it may be.

use std::fs::{self, File, OpenOptions, Permissions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The folder a file is in.
pub fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// A new file beside another. Its name is drawn at random: processes in containers that share a volume may well
/// have the same number.
///
/// # Errors
/// No file can be made there.
pub fn temporary(target: &Path) -> io::Result<(PathBuf, File)> {
    const TRIES: usize = 8;
    let folder = folder_of(target);
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..TRIES {
        let random = RandomState::new().build_hasher().finish();
        let path = folder.join(format!(".resttest-{random:016x}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Writes a whole file beside another, and gives it its place.
///
/// # Errors
/// The disk is full, or the folder is gone.
pub fn replace(target: &Path, contents: &[u8]) -> io::Result<()> {
    // Who may read a report that is there already is its owner's matter.
    let mode: Option<Permissions> = fs::metadata(target).ok().map(|found| found.permissions());
    let (beside, mut file) = temporary(target)?;
    let written = file.write_all(contents).and_then(|()| mode.map_or(Ok(()), |mode| file.set_permissions(mode)));
    drop(file);
    match written.and_then(|()| fs::rename(&beside, target)) {
        // A file that is mounted by itself cannot be renamed over.
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
            let _ = fs::remove_file(&beside);
            overwrite(target, contents)
        }
        Err(error) => {
            let _ = fs::remove_file(&beside);
            Err(error)
        }
        Ok(()) => Ok(()),
    }
}

/// Writes into a file that is there.
///
/// # Errors
/// It cannot be opened or written.
pub fn overwrite(target: &Path, contents: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).truncate(true).open(target)?.write_all(contents)
}
