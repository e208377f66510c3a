//! Whose commands may be run: what a suite or a runner configuration names to be started, hooks among them.
//!
//! Owns: the rule. Does not: run anything, read what is to be run.

use std::path::Path;

/// Whose commands may be run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Commands {
    /// Those of files that the command line names, or that lie below the working directory.
    #[default]
    Named,
    /// Those of files below the working directory alone: what is read was named by a file, not by a person.
    Own,
    /// All (`--allow-exec`).
    All,
    /// None (`--no-exec`).
    None,
}

impl Commands {
    /// The rule for files that this file names: an import, a file that it needs.
    pub fn for_named_by_file(self) -> Commands {
        if self == Commands::Named { Commands::Own } else { self }
    }

    /// Whether a file may have commands run.
    ///
    /// # Errors
    /// Why not, and what would let it, as the end of a sentence.
    pub fn check(self, file: &Path) -> Result<(), String> {
        match self {
            Commands::All | Commands::Named => Ok(()),
            Commands::None => Err("runs no command: --no-exec".to_owned()),
            Commands::Own if is_below_working_directory(file) => Ok(()),
            Commands::Own => Err(format!(
                "runs no command of {}, which neither the command line names nor the working directory holds; \
                 --allow-exec allows it",
                file.display()
            )),
        }
    }
}

/// Whether a file lies below the working directory, wherever links to it lie.
fn is_below_working_directory(file: &Path) -> bool {
    let folder = std::env::current_dir().and_then(|folder| folder.canonicalize());
    folder.is_ok_and(|folder| file.canonicalize().is_ok_and(|file| file.starts_with(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_run_for_those_who_are_asked_for_or_live_here() {
        let (own, foreign) = (Path::new("Cargo.toml"), Path::new("/etc/hosts"));
        for (commands, of_own, of_foreign) in [
            (Commands::Named, true, true),
            (Commands::Own, true, false),
            (Commands::All, true, true),
            (Commands::None, false, false),
        ] {
            assert_eq!(commands.check(own).is_ok(), of_own, "{commands:?}");
            assert_eq!(commands.check(foreign).is_ok(), of_foreign, "{commands:?}");
        }
        assert_eq!(Commands::default().for_named_by_file(), Commands::Own);
        assert_eq!(Commands::None.for_named_by_file(), Commands::None);
        assert!(Commands::Own.check(Path::new("../../etc/hosts")).is_err());
    }
}
