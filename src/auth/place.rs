//! Where names in a block of authentication are looked up.
//!
//! Owns: finding a file. Does not: read it.

use std::path::PathBuf;

use crate::variables::generator::Environment;

/// What names in a block are looked up in.
#[derive(Clone)]
pub struct Place {
    /// Where relative files are, in order.
    pub folders: Vec<PathBuf>,
    /// The environment.
    pub environment: Environment,
}

impl Place {
    /// Where a file is: in the first folder that has it, or else in the first.
    pub fn find(&self, path: &str) -> PathBuf {
        let in_folders = || self.folders.iter().map(|folder| folder.join(path));
        let found = in_folders().find(|path| path.exists());
        found.or_else(|| in_folders().next()).unwrap_or_else(|| PathBuf::from(path))
    }
}
