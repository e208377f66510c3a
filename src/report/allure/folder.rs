//! The directory of results: opened before the run, written at its end, a file at a time.
//!
//! Owns: which of its files are ours. Does not: know what stands in them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{AllureForm, write_all};
use crate::ground::whole_file::{replace, temporary};
use crate::record::run_record::RunRecord;

/// The endings of the files that Allure's reporters write, each behind a UUID.
const ENDINGS: [&str; 2] = ["-result.json", "-container.json"];

/// The files that stand there once.
const SINGLE: [&str; 3] = ["environment.properties", "executor.json", "categories.json"];

/// A directory that results are written to.
#[derive(Debug)]
pub struct AllureFolder {
    path: PathBuf,
    form: AllureForm,
    is_clean: bool,
}

impl AllureFolder {
    /// Makes sure that files can be written there: creates it, and tries one.
    ///
    /// # Errors
    /// It is no directory, or no file can be made in it.
    pub fn open(path: &Path, form: AllureForm) -> io::Result<AllureFolder> {
        if fs::metadata(path).is_ok_and(|found| !found.is_dir()) {
            return Err(io::Error::other("it is no folder"));
        }
        fs::create_dir_all(path)?;
        let (trial, _) = temporary(&path.join(SINGLE[0]))?;
        fs::remove_file(trial)?;
        Ok(AllureFolder { path: path.to_owned(), is_clean: !form.cleans, form })
    }

    /// The path as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all results, each under a temporary name first. What is there already stays, but for results of earlier
    /// runs where they are to go.
    ///
    /// # Errors
    /// The disk is full, or the directory is gone.
    pub fn write(&mut self, run: &RunRecord) -> io::Result<()> {
        if !self.is_clean {
            self.clean()?;
            self.is_clean = true;
        }
        write_all(run, &self.form, &mut |name, contents| replace(&self.path.join(name), contents))
    }

    fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_ours(&name) && entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// Whether a reporter of Allure has written a file of this name.
fn is_ours(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending)) || name.contains("-attachment") || SINGLE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_somebody_elses_stays() {
        for name in ["x-result.json", "x-container.json", "x-attachment.txt", "x-attachment", "executor.json"] {
            assert!(is_ours(name), "{name}");
        }
        for name in ["result.json", "history.jsonl", "notes.txt", "package.json"] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
