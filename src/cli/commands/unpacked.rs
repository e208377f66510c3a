//! Files of a demo that have to be files: they lie in a folder of their own, as long as the demo runs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::terminal::environment;
use crate::ground::file_root::FileRoot;
use crate::ground::source::plain;

/// The folder; it goes when this does.
pub struct Unpacked(PathBuf);

impl Unpacked {
    /// Writes files, each with its path in the folder and its text.
    ///
    /// # Errors
    /// The system refuses.
    pub fn new(files: &[(&str, &str)]) -> Result<Unpacked, String> {
        let temporary = environment("TMPDIR").filter(|folder| !folder.is_empty()).unwrap_or_else(|| "/tmp".to_owned());
        let refused =
            |error: std::io::Error| format!("the demo's files cannot be written to {temporary}: {}", plain(&error));
        // Nobody else can have made this folder, so no file in it leads elsewhere.
        let made = (0..100_u32).find_map(|number| {
            let folder = Path::new(&temporary).join(format!("resttest-demo-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => None,
                made => Some(made.map(|()| Unpacked(folder))),
            }
        });
        let unpacked = made.unwrap_or_else(|| Err(std::io::ErrorKind::AlreadyExists.into())).map_err(refused)?;
        for (name, text) in files {
            let path = unpacked.path(name);
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text)).map_err(refused)?;
        }
        Ok(unpacked)
    }

    /// Where a file of that name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What a suite may write into: this folder.
    ///
    /// # Errors
    /// It has gone.
    pub fn root(&self) -> Result<FileRoot, String> {
        FileRoot::new(&self.0.to_string_lossy())
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
