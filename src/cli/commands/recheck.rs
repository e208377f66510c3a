//! `resttest recheck`: recorded answers, judged by suites as they are now.
//!
//! Owns: which words are the recording and which are suites. Does not: answer (see `recording`), judge (see `run`).

use std::path::Path;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::{Exit, Unstarted};
use crate::cli::plan::planning;
use crate::cli::running::execute::{self, Conditions};
use crate::cli::terminal::fail;
use crate::recording::{Recorded, Replayer, read_folder};

/// What URLs are joined with where a recording says nothing of it: nobody is asked there.
const NOWHERE: &str = "http://recorded.invalid";

/// Reads the recording that the first word names; the words that are left are those of a run.
///
/// # Errors
/// The words name no recording, or no suite.
pub fn recording(arguments: &mut Arguments) -> Result<Replayer, Exit> {
    if arguments.positional.is_empty() {
        return Err(fail(Exit::Usage, "a recording is missing: resttest recheck DIR SUITE.yaml"));
    }
    let folder = arguments.positional.remove(0);
    let named = [&arguments.test, &arguments.tests, &arguments.config];
    if arguments.positional.is_empty() && named.iter().all(|word| word.is_none()) {
        return Err(fail(Exit::Usage, "a suite is missing: resttest recheck DIR SUITE.yaml"));
    }
    let recorded = read_folder(Path::new(&folder)).map_err(|error| planning::reject(&error))?;
    if arguments.url.is_none() && arguments.config.is_none() {
        arguments.url = Some(base_url(&recorded));
    }
    // What is not waited for is over at once.
    arguments.processes = None;
    Ok(Replayer::new(recorded))
}

/// Judges it.
///
/// # Errors
/// The exit of what ended before it began; no report has been written.
pub fn run(conditions: &Conditions<'_>) -> Result<Exit, Unstarted> {
    let mut plan = planning::plan(conditions.arguments)?;
    plan.suites.iter_mut().for_each(|suite| suite.settings.replays = true);
    execute::execute(plan, conditions)
}

/// What the recorded run joined its URLs with.
pub fn base_url(recorded: &[Recorded]) -> String {
    let named = recorded.iter().map(|one| one.base_url.as_str()).find(|url| !url.is_empty());
    named.unwrap_or(NOWHERE).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_joined_as_they_were() {
        let of = |base_url: &str| Recorded { base_url: base_url.to_owned(), ..Recorded::default() };
        assert_eq!(base_url(&[of(""), of("http://a/v1"), of("http://b")]), "http://a/v1");
        assert_eq!(base_url(&[of("")]), NOWHERE);
    }
}
