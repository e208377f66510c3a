//! The folder that bounds what a run writes because a suite says so.
//!
//! Owns: which paths are inside, and writing a file whole or not at all. Does not: know what is written.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::ground::source::plain;
use crate::ground::whole_file::replace;

/// A folder; the working directory, unless another one was given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileRoot(Option<PathBuf>);

impl FileRoot {
    /// A folder that is there.
    ///
    /// # Errors
    /// It is not, or is none.
    pub fn new(path: &str) -> Result<FileRoot, String> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Ok(FileRoot(Some(path.into()))),
            Ok(_) => Err(format!("must be a folder, and {path} is none")),
            Err(error) => Err(format!("must be a folder that is there; {path}: {}", plain(&error))),
        }
    }

    /// Where a path leads, links and all; relative paths begin in the working directory.
    ///
    /// # Errors
    /// Out of the folder.
    pub fn inside(&self, path: &str) -> Result<PathBuf, String> {
        if path.is_empty() {
            return Err("the path is empty".to_owned());
        }
        if path.contains('\0') {
            return Err("the path has a NUL in it".to_owned());
        }
        let working =
            Path::new(".").canonicalize().map_err(|error| format!("the working directory: {}", plain(&error)))?;
        let (root, name) = match &self.0 {
            Some(root) => {
                let real = root
                    .canonicalize()
                    .map_err(|error| format!("--file-root {}: {}", root.display(), plain(&error)))?;
                (real, format!("--file-root {}", root.display()))
            }
            None => (working.clone(), "the working directory".to_owned()),
        };
        let real = real(&without_dots(&working.join(path)));
        match real.strip_prefix(&root) {
            Ok(rest) if rest.as_os_str().is_empty() => Err(format!("{path} is a folder")),
            Ok(_) => Ok(real),
            Err(_) => {
                let other = if self.0.is_none() { "; --file-root DIR names another folder" } else { "" };
                Err(format!("{path} leads out of {name}{other}"))
            }
        }
    }

    /// Writes a file whole: first beside it, then in its place. Folders that are missing are made.
    ///
    /// # Errors
    /// The path leads out of the folder, or the system refuses.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        let refused = |error: std::io::Error| format!("{path} cannot be written: {}", plain(&error));
        let target = self.inside(path)?;
        if target.is_dir() {
            return Err(format!("{path} is a folder"));
        }
        let Some(folder) = target.parent() else {
            return Err(format!("{path} is no file"));
        };
        fs::create_dir_all(folder).map_err(refused)?;
        // A folder on the way may have become a link since.
        let target = self.inside(path).map(|again| if again == target { target.clone() } else { again })?;
        replace(&target, bytes).map_err(refused)
    }
}

/// An absolute path without `.` and `..`.
fn without_dots(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A path with its links followed, as far as it is there.
fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        let Ok(real) = above.canonicalize() else { continue };
        return match path.strip_prefix(above) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        };
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_out_are_refused() {
        let root = FileRoot::default();
        for path in ["../x", "a/../../x", "/etc/x", "/", "", "..", "a/..", ".", "x\0y"] {
            assert!(root.inside(path).is_err(), "{path}");
        }
        let working = Path::new(".").canonicalize().unwrap();
        for path in ["x", "./x", "a/../x", "a/b/c/../../../x"] {
            assert_eq!(root.inside(path), Ok(working.join("x")), "{path}");
        }
        let absolute = working.join("a/x");
        assert_eq!(root.inside(&absolute.to_string_lossy()), Ok(absolute));
        assert!(FileRoot::new("Cargo.toml").is_err() && FileRoot::new("no such folder").is_err());
        let inner = FileRoot::new("src").unwrap();
        assert!(inner.inside("src/x").is_ok() && inner.inside("x").is_err() && inner.inside("srcs/x").is_err());
    }
}
