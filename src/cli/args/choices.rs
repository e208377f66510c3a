//! Flags whose value is one of a few words.

use crate::demo::{self, Scene};
use crate::ground::source::did_you_mean;

/// `--log`.
pub const LEVELS: &[&str] = &["debug", "info", "warning", "error", "critical"];

/// `--log-format`.
pub const FORMS: &[&str] = &["text", "json"];

/// `--output`.
pub const OUTPUTS: &[&str] = &["console", "nagios", "pyresttest"];

/// `--junit-style`.
pub const JUNIT_STYLES: &[&str] = &["default", "strict"];

/// `--allure-attach`.
pub const ATTACHED: &[&str] = &["failed", "all"];

/// `--allure-version`.
pub const ALLURE_VERSIONS: &[&str] = &["2", "3"];

/// `--tap-version`.
pub const TAP_VERSIONS: &[&str] = &["13", "14"];

/// `--mode`.
pub const MODES: &[&str] = &["async", "sync"];
/// The same, and those of a mock server.
pub const ALL_MODES: &[&str] = &["async", "sync", "mock", "proxy", "passthrough"];

/// `--ci`.
pub const CI_KINDS: &[&str] = &["github", "gitlab", "jenkins"];

/// `--completions`.
pub const SHELLS: &[&str] = &["bash", "zsh", "fish"];

/// `--scene`.
pub const SCENES: &[&str] = &names_of_scenes();

const fn names_of_scenes() -> [&'static str; demo::SCENES.len()] {
    let mut names = [""; demo::SCENES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = demo::SCENES[at].name;
        at += 1;
    }
    names
}

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

/// The word that is written, if it is one of these.
///
/// # Errors
/// The words that there are.
pub fn one_of(written: &str, words: &[&'static str]) -> Result<&'static str, String> {
    words.iter().find(|word| word.eq_ignore_ascii_case(written)).copied().ok_or_else(|| {
        let meant = did_you_mean(written, words.iter().copied());
        let allowed = match words {
            [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
            words => words.join(", "),
        };
        format!("must be {allowed}, not \"{written}\"{meant}")
    })
}

/// The shell of a name, or of a path such as `$SHELL` holds.
///
/// # Errors
/// There is none of that name.
pub fn shell(written: &str) -> Result<Shell, String> {
    let last = written.rsplit('/').next().unwrap_or(written);
    Ok(match one_of(last, SHELLS)? {
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        _ => Shell::Fish,
    })
}

/// The scene of a name.
///
/// # Errors
/// The names that there are.
pub fn scene(written: &str) -> Result<&'static Scene, String> {
    let name = one_of(written, SCENES)?;
    demo::SCENES.iter().find(|scene| scene.name == name).ok_or_else(|| format!("has no scene {name}"))
}
