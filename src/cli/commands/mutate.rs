//! `resttest mutate`: whether a suite's tests notice when a recorded answer is another one.
//!
//! Owns: running the suites on the recording, where the report goes, the exit. Does not: make mutants (see `mutate`), or
//! judge them (see `run`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::commands::new_file::{new_file, write};
use crate::cli::commands::recheck::join_as_recorded;
use crate::cli::exit::Exit;
use crate::cli::plan::planning;
use crate::cli::running::secret_sources;
use crate::cli::terminal::{fail, print_foreign};
use crate::exchange::request::Exchange;
use crate::extension;
use crate::ground::clock::HurriedClock;
use crate::ground::printable;
use crate::mutate::{Survey, score, text, to_json};
use crate::record::event::{Event, Sink};
use crate::recording::{Replayer, read_folder};
use crate::run::{self, Limits};
use crate::secrets::Secrets;
use crate::test::planned_suite::PlannedSuite;

/// So many mutants an answer has at most, where nobody says otherwise.
const MOST_MUTANTS: usize = 1000;

/// Shows every test of the suites the mutants of the answer that was recorded for it.
///
/// # Errors
/// The exit of what ended before it began.
pub fn run(mut arguments: Arguments) -> Result<Exit, Exit> {
    let words = arguments.positional.len();
    let is_named = words > 1 || (words == 1 && [&arguments.test, &arguments.tests].iter().any(|it| it.is_some()));
    if !is_named {
        let message = "a recording and a suite are wanted: resttest mutate DIR SUITE.yaml";
        return Err(fail(Exit::Usage, message));
    }
    let target = new_file(&arguments, "judged")?;
    let folder = arguments.positional.remove(0);
    let recorded = read_folder(Path::new(&folder)).map_err(|error| planning::reject(&error))?;
    join_as_recorded(&mut arguments, &recorded);
    let replayer: Arc<dyn Exchange> = Arc::new(Replayer::new(recorded));
    let mut suites = planning::plan(&arguments)?.suites;
    secret_sources::resolve(&mut suites, &arguments)?;
    let most = arguments.max_mutants.unwrap_or(MOST_MUTANTS);
    let survey = Arc::new(Survey::new(most));
    suites.iter_mut().for_each(|suite| prepare(suite, &survey));
    let mut told = Told::default();
    let clock = Arc::new(HurriedClock::default());
    run::run_suites(&suites, &|_| replayer.clone(), clock, &Limits::default(), &mut told);
    if let Some(why) = extension::fault() {
        return Err(fail(Exit::Internal, &why));
    }
    let found = survey.found();
    if let Some(file) = target {
        write(&file, &to_json(&found))?;
    }
    let printed = print_foreign(&text(&found, most));
    match (score(&found), arguments.min_score) {
        (None, _) => told.say("no test passed on a recorded answer: there is nothing to be changed"),
        (Some(score), Some(least)) if score < least => {
            told.say(&format!("the score {score:.1} is below --min-score {least}"));
        }
        _ => {}
    }
    let _ = std::io::stderr().write_all(printable::lines(&told.lines).as_bytes());
    Ok(if printed == Exit::Failed(0) { Exit::Failed(told.failed.min(1)) } else { printed })
}

/// What is not recorded is left out, and nothing but the tests decides.
fn prepare(suite: &mut PlannedSuite, survey: &Arc<Survey>) {
    let settings = &mut suite.settings;
    settings.probe = Some(survey.clone());
    settings.replays = true;
    settings.interactive = false;
    settings.hooks = Default::default();
    for set in &mut suite.sets {
        set.benchmarks.clear();
        for tests in [&mut set.setup, &mut set.tests, &mut set.teardown] {
            tests.retain(|test| test.performance.is_none());
        }
    }
}

/// What went wrong, in lines.
#[derive(Default)]
struct Told {
    lines: String,
    failed: u64,
}

impl Told {
    /// Something keeps the result from being good.
    fn say(&mut self, message: &str) {
        self.failed += 1;
        let _ = writeln!(self.lines, "error: {message}");
    }
}

impl Sink for Told {
    fn emit(&mut self, event: Event) {
        match event {
            Event::TestFinished(outcome) if !outcome.passed() => {
                let why = outcome.failures.first().map_or("it failed", |failure| failure.message.as_str());
                let name = outcome.name.escape_debug();
                self.say(&format!("{}: \"{name}\" fails on the recorded answer: {why}", outcome.location.line()));
            }
            Event::SuiteFinished { file, error: Some(error), .. } => self.say(&format!("{file}: {error}")),
            _ => {}
        }
    }

    fn learn(&mut self, secrets: &Secrets) {
        extension::hide(secrets);
    }

    fn is_stopped(&self) -> bool {
        extension::has_fault()
    }
}
