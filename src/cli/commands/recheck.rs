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
    if arguments.config.is_none() {
        join_as_recorded(arguments, &recorded);
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

/// URLs are joined with what the recorded run joined them with, unless the command line says otherwise: what holds for
/// all runs of a project is no other recording.
pub fn join_as_recorded(arguments: &mut Arguments, recorded: &[Recorded]) {
    if arguments.url.is_none() || arguments.is_preset("url") {
        arguments.url = Some(base_url(recorded).to_owned());
    }
}

/// The base URL of the recorded run; the first server that answered where it had none.
fn base_url(recorded: &[Recorded]) -> &str {
    let of = |url: fn(&Recorded) -> &str| recorded.iter().map(url).find(|url| !url.is_empty());
    of(|one| &one.base_url).or_else(|| of(|one| &one.origin)).unwrap_or(NOWHERE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_joined_as_they_were() {
        let of = |base_url: &str| Recorded { base_url: base_url.to_owned(), ..Recorded::default() };
        assert_eq!(base_url(&[of(""), of("http://a/v1"), of("http://b")]), "http://a/v1");
        assert_eq!(base_url(&[of("")]), NOWHERE);
        let from = Recorded { origin: "http://c".to_owned(), ..Recorded::default() };
        assert_eq!(base_url(&[of(""), from]), "http://c");
    }
}
