//! What the flags of authentication come to: one choice for all requests.
//!
//! Owns: which of them may stand together. Does not: read a block (see `suite::auth`).

use std::path::Path;
use std::sync::OnceLock;

use crate::auth::AuthChoice;
use crate::suite::auth::{of_option, read_file};
use crate::suite::{ReadOptions, SuiteError};

/// What the flags ask for.
#[derive(Default)]
pub struct AuthWanted {
    /// `--auth`.
    pub file: Option<String>,
    /// What a flag of its own asks for; the last one counts.
    block: Option<Wanted>,
    /// What they come to.
    chosen: OnceLock<AuthChoice>,
}

struct Wanted {
    flag: &'static str,
    kind: &'static str,
    values: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for AuthWanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthWanted").finish_non_exhaustive()
    }
}

/// Why there is nothing to prove it with.
pub enum WrongAuth {
    /// The flags themselves.
    Usage(String),
    /// The file.
    File(SuiteError),
}

impl AuthWanted {
    /// A flag asks for a block of this kind.
    pub fn block(&mut self, flag: &'static str, kind: &'static str, values: &[(&'static str, &str)]) {
        let values = values.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.block = Some(Wanted { flag, kind, values });
    }

    /// What they come to, once they are settled.
    pub fn chosen(&self) -> Option<&AuthChoice> {
        self.chosen.get()
    }

    /// Settles what they come to.
    ///
    /// # Errors
    /// Two of them stand against each other; a file cannot be read, or a value not be used.
    pub fn settle(&self, options: &ReadOptions) -> Result<(), WrongAuth> {
        if let Some(choice) = self.choice(options)? {
            let _ = self.chosen.set(choice);
        }
        Ok(())
    }

    fn choice(&self, options: &ReadOptions) -> Result<Option<AuthChoice>, WrongAuth> {
        match (&self.file, &self.block) {
            (None, None) => Ok(None),
            (Some(_), Some(Wanted { flag, .. })) => {
                Err(WrongAuth::Usage(format!("options --auth and --{flag} exclude each other; keep one")))
            }
            (None, Some(Wanted { flag, kind, values })) => {
                let block = of_option(kind, values, flag, options);
                block.map(Some).map_err(|message| WrongAuth::Usage(format!("option --{flag}: {message}")))
            }
            (Some(file), None) => {
                let (path, name) = split(file);
                read_file(Path::new(path), name, options).map(Some).map_err(WrongAuth::File)
            }
        }
    }
}

/// The file and the name; a file that is called so as a whole has no name.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((path, name)) if !path.is_empty() && !name.contains(['/', '\\']) && !Path::new(text).exists() => {
            (path, Some(name))
        }
        _ => (text, None),
    }
}
