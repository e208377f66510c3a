//! Hooks: commands around tests, told on stdin what happens.
//!
//! Owns: running one command and what its exit means. Contract: `/bin/sh -c COMMAND`, one JSON object
//! on stdin, its output goes to stderr; exit 0 is fine, anything else makes what it guards an error.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::json;

/// What a hook is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct HookCall<'o> {
    /// `before_all`, `after_all`, `before_each`, `after_each`.
    pub hook: &'static str,
    /// The suite, for the hooks around each test.
    pub suite: Option<&'o str>,
    /// Name and group of the test, likewise.
    pub test: Option<(&'o str, &'o str)>,
    /// How it went, for the hooks that come after.
    pub passed: Option<bool>,
}

/// What runs hooks: [`run`], or what a test puts in its place.
pub(super) type RunHooks<'h> = dyn Fn(&[String], &HookCall<'_>) -> Result<(), String> + 'h;

/// Runs commands in order; the first that fails ends it.
///
/// # Errors
/// Which command failed, and how.
pub(super) fn run(commands: &[String], occasion: &HookCall<'_>) -> Result<(), String> {
    commands.iter().try_for_each(|command| run_one(command, occasion))
}

fn run_one(command: &str, occasion: &HookCall<'_>) -> Result<(), String> {
    // Only the first word: the rest may hold a secret from the environment.
    let program = command.split_whitespace().next().unwrap_or_default();
    let failed = |what: String| format!("hook {} \"{program}\" {what}", occasion.hook);
    let told = json!({
        "version": 1,
        "hook": occasion.hook,
        "suite": occasion.suite,
        "test": occasion.test.map(|(name, group)| json!({"name": name, "group": group})),
        "passed": occasion.passed,
    });
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::piped())
        .stdout(std::io::stderr())
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {}", crate::ground::source::plain(&error))))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook need not read what it is told.
        let _ = writeln!(stdin, "{told}");
    }
    let status = child.wait().map_err(|error| failed(format!("cannot be waited for: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(failed(format!("exited with {code}"))),
        None => Err(failed("was killed".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCCASION: HookCall<'_> =
        HookCall { hook: "before_each", suite: Some("s.yaml"), test: Some(("t", "g")), passed: None };

    #[test]
    fn a_hook_is_told_and_its_exit_counts() {
        let told = r#"grep -q '"test":{"name":"t","group":"g"}'"#.to_owned();
        // The object's keys are in the order in which they are written.
        assert_eq!(run(&[told, "true".to_owned()], &OCCASION), Ok(()));
        let error = run(&["exit 3".to_owned(), "true".to_owned()], &OCCASION).unwrap_err();
        assert_eq!(error, "hook before_each \"exit\" exited with 3");
        assert!(run(&["kill -9 $$".to_owned()], &OCCASION).unwrap_err().ends_with("was killed"));
    }
}
