//! Hooks: commands around tests that are told on stdin what happens.
//!
//! Owns: running one command, what its exit means, its end when the run is stopped. Contract: `/bin/sh -c
//! COMMAND`, one JSON object on stdin, its output goes to stderr; exit 0 is fine, anything else makes what it
//! guards an error.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::ground::process_group::end_group;
use crate::ground::source::plain;
use crate::secrets::HANDED_SECRETS;

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
    /// What is added to its environment.
    pub environment: &'o [(String, String)],
}

/// What runs hooks: [`run`], or what a test puts in its place.
pub(super) type RunHooks<'h> = dyn Fn(&[String], &HookCall<'_>, &dyn Fn() -> bool) -> Result<(), String> + 'h;

/// After a stop, a hook that cleans up gets this long. The command waits longer than two of them take.
const LAST_CHANCE: Duration = Duration::from_millis(250);

/// The longest wait between two looks at a hook that runs.
const TICK: Duration = Duration::from_millis(20);

/// Runs commands in order; the first that fails ends it. When the run is stopped, a hook is ended together with
/// all processes that it started; one that comes after something gets a last chance to clean up.
///
/// # Errors
/// Which command failed, and how.
pub(super) fn run(commands: &[String], call: &HookCall<'_>, is_stopped: &dyn Fn() -> bool) -> Result<(), String> {
    commands.iter().try_for_each(|command| run_one(command, call, is_stopped))
}

fn run_one(command: &str, call: &HookCall<'_>, is_stopped: &dyn Fn() -> bool) -> Result<(), String> {
    // Only the first word: the rest may hold a secret from the environment.
    let program = command.split_whitespace().next().unwrap_or_default();
    let failed = |what: String| format!("hook {} \"{program}\" {what}", call.hook);
    let object = json!({
        "version": 1,
        "hook": call.hook,
        "suite": call.suite,
        "test": call.test.map(|(name, group)| json!({"name": name, "group": group})),
        "passed": call.passed,
    });
    let mut child = Command::new("/bin/sh")
        .args(["-c", command])
        .envs(call.environment.iter().cloned())
        .env_remove(HANDED_SECRETS)
        .stdin(Stdio::piped())
        .stdout(io::stderr())
        // A group of its own, so that what it starts can be ended with it.
        .process_group(0)
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {}", plain(&error))))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A hook need not read what it is told; this is less than a pipe holds.
        let _ = writeln!(stdin, "{object}");
    }
    let last_chance = if call.hook.starts_with("after") { LAST_CHANCE } else { Duration::ZERO };
    match wait(&mut child, last_chance, is_stopped).map_err(|error| {
        end_group(&mut child);
        failed(format!("cannot be waited for: {}", plain(&error)))
    })? {
        None => Err(failed("was ended because the run was stopped".to_owned())),
        Some(status) => match status.code() {
            Some(0) => Ok(()),
            Some(code) => Err(failed(format!("exited with {code}"))),
            None => Err(failed("was killed".to_owned())),
        },
    }
}

/// Waits for a hook's end; no status where it was ended because of a stop.
fn wait(child: &mut Child, last_chance: Duration, is_stopped: &dyn Fn() -> bool) -> io::Result<Option<ExitStatus>> {
    let mut pause = Duration::from_micros(500);
    let mut until = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if is_stopped() && *until.get_or_insert_with(|| Instant::now() + last_chance) <= Instant::now() {
            end_group(child);
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(TICK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: HookCall<'_> =
        HookCall { hook: "before_each", suite: Some("s.yaml"), test: Some(("t", "g")), passed: None, environment: &[] };

    #[test]
    fn a_hook_is_told_and_its_exit_counts() {
        let reads = r#"grep -q '"test":{"name":"t","group":"g"}'"#.to_owned();
        let go = || false;
        // The object's keys are in the order in which they are written.
        assert_eq!(run(&[reads, "true".to_owned()], &CALL, &go), Ok(()));
        let error = run(&["exit 3".to_owned(), "true".to_owned()], &CALL, &go).unwrap_err();
        assert_eq!(error, "hook before_each \"exit\" exited with 3");
        assert!(run(&["kill -9 $$".to_owned()], &CALL, &go).unwrap_err().ends_with("was killed"));
    }

    #[test]
    fn a_stop_ends_a_hook_with_what_it_started_but_lets_it_clean_up() {
        let stopped = || true;
        let started = Instant::now();
        let group = ["trap '' TERM; sleep 41.5 & sleep 41.5; wait".to_owned()];
        let error = run(&group, &CALL, &stopped).unwrap_err();
        assert_eq!(error, "hook before_each \"trap\" was ended because the run was stopped");
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        let list = Command::new("ps").args(["-eo", "stat=,args="]).output().unwrap();
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(!list.lines().any(|line| line.contains("sleep 41.5") && !line.starts_with('Z')), "{list}");
        let after = HookCall { hook: "after_all", ..CALL };
        assert_eq!(run(&["sleep 0.05".to_owned()], &after, &stopped), Ok(()));
    }
}
