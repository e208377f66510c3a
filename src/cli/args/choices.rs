//! Values of flags that are one of a few words: shells and scenes.

use crate::demo::{SCENES, Scene};
use crate::ground::source::did_you_mean;

/// A shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

/// The shells that completions are made for.
pub const SHELLS: [(&str, Shell); 3] = [("bash", Shell::Bash), ("zsh", Shell::Zsh), ("fish", Shell::Fish)];

impl Shell {
    /// The shell of a name, or of a path such as `$SHELL` holds.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn by_name(name: &str) -> Result<Shell, String> {
        let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let found = SHELLS.iter().find(|(known, _)| *known == last).map(|(_, shell)| *shell);
        found.ok_or_else(|| {
            format!("must be bash, zsh or fish, not \"{name}\"{}", did_you_mean(name, SHELLS.map(|(name, _)| name)))
        })
    }
}

/// The scene of a name.
///
/// # Errors
/// The names that there are.
pub fn scene(name: &str) -> Result<&'static Scene, String> {
    SCENES.iter().find(|scene| scene.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        let names: Vec<&str> = SCENES.iter().map(|scene| scene.name).collect();
        let meant = did_you_mean(name, names.iter().copied());
        format!("must be one of {}, not \"{name}\"{meant}", names.join(", "))
    })
}
