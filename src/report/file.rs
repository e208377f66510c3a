//! Report files: opened before the run, written whole.
//!
//! Owns: missing folders, the temporary file, the rename. Does not: make a report's text.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file that will be written once, at the end.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
}

impl ReportFile {
    /// Makes sure that the file can be written: creates missing folders, and tries a file beside it.
    ///
    /// # Errors
    /// A folder or a file cannot be made there.
    pub fn open(path: &Path) -> io::Result<ReportFile> {
        if path.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        let file = ReportFile { path: path.to_owned() };
        fs::create_dir_all(file.folder())?;
        let trial = file.temporary();
        File::create(&trial)?;
        fs::remove_file(&trial)?;
        Ok(file)
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the whole file: readers see the old one or the new one, never a part.
    ///
    /// # Errors
    /// The disk is full, or the folder is gone.
    pub fn write(&self, contents: &[u8]) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            // A pipe or a device such as /dev/stdout cannot be renamed over.
            return fs::OpenOptions::new().write(true).open(&self.path)?.write_all(contents);
        }
        let temporary = self.temporary();
        let written = File::create(&temporary)
            .and_then(|mut file| file.write_all(contents))
            .and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn folder(&self) -> PathBuf {
        self.path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .map_or_else(|| PathBuf::from("."), Path::to_owned)
    }

    fn temporary(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.folder().join(format!(".{name}.{}.tmp", std::process::id()))
    }
}
