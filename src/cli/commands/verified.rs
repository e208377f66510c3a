//! `convert --verify`: the requests of a made suite sent once, and the statuses that come.
//!
//! Owns: what of the suite is sent, what is told of requests that no answer came to. Does not: make suites (see
//! `convert`), exchange anything (see `running::engine`).

use std::sync::atomic::Ordering;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::planning;
use crate::cli::running::engine::{self, Message, Work};
use crate::cli::running::inbox::Next;
use crate::cli::terminal::fail;
use crate::convert::{self, MadeSuite, MadeTest, Yaml};
use crate::ground::source::{Location, plain};
use crate::judge::outcome::Outcome;
use crate::record::event::Event;
use crate::settings::precedence::{Origin, Setting};
use crate::settings::unset_variables::UnsetVariables;
use crate::suite;
use crate::test::planned_suite::PlannedSuite;

/// Keys of a test that ask for more than one request, or judge its answer.
const NOT_SENT: [&str; 5] = ["poll", "performance", "retry", "depends_on", "stop_on_failure"];

/// The key that is written anew.
const STATUS: &str = "expected_status";

/// Writes the statuses that came into a suite. `sent` is the same suite with its secrets, `name` what it is to be called.
/// A line for each request that no answer came to comes back.
///
/// # Errors
/// The exit: nothing could be sent, or a signal came.
pub fn verify(
    made: &mut MadeSuite,
    mut sent: MadeSuite,
    (name, arguments): (&str, &Arguments),
) -> Result<Vec<String>, Exit> {
    sent.tests_mut().for_each(strip);
    let text = convert::write(sent).suite;
    let options = planning::options(arguments.url.as_deref().unwrap_or_default(), arguments);
    let read = suite::read_test_text(name, &text).and_then(|file| suite::parse_testsets(&file, &options));
    let sets = read.map_err(|error| planning::reject(&error))?.sets;
    let places: Vec<Location> = sets.iter().flat_map(|set| &set.tests).map(|test| test.location.clone()).collect();
    let mut settings = arguments.settings.clone();
    settings.layer.unset_variables = Some(Setting::new(UnsetVariables::Error, Origin::CommandLine("verify")));
    let suite = PlannedSuite { name: name.into(), sets, settings, ..PlannedSuite::default() };
    let outcomes = outcomes_of(suite)?;
    let mut told = Vec::new();
    for (test, place) in made.tests_mut().zip(places) {
        let outcome = outcomes.iter().find(|outcome| outcome.location == place);
        match outcome.and_then(|outcome| outcome.status) {
            Some(status) => {
                test.statuses = vec![status];
                test.keys.retain(|(key, _)| key != STATUS);
                test.remarks.retain(|(key, _)| *key != Some(STATUS));
            }
            None => {
                let why = outcome.and_then(|outcome| outcome.failures.first());
                let why = why.map_or("it was not sent", |failure| failure.message.as_str());
                told.push(format!("{}: no answer: {why}; the status it expects was not verified", test.source));
            }
        }
    }
    Ok(told)
}

/// Leaves of a test what sends it, and what later ones take from its answer.
fn strip(test: &mut MadeTest) {
    test.validators.clear();
    test.keys.retain(|(key, _)| !NOT_SENT.contains(&key.as_str()));
    test.statuses.clear();
    test.set(STATUS, Yaml::List((100..600).map(Yaml::word).collect()));
}

/// Sends it, and takes what comes.
fn outcomes_of(suite: PlannedSuite) -> Result<Vec<Outcome>, Exit> {
    let work = Work {
        replayer: None,
        suites: vec![suite],
        start_at: None,
        hooks: Default::default(),
        patience: None,
        max_time: None,
        children: None,
    };
    let cannot = |error: std::io::Error| fail(Exit::Internal, &format!("nothing can be sent: {}", plain(&error)));
    let run = engine::start(work).map_err(cannot)?;
    let mut outcomes = Vec::new();
    loop {
        match run.messages.next() {
            Next::Message(Message::Event(Event::TestFinished(outcome))) => outcomes.push(*outcome),
            Next::Message(Message::Ran(answer)) => drop(answer.send(true)),
            Next::Message(Message::Finished(_)) => return Ok(outcomes),
            Next::Message(Message::Signal(exit)) => {
                run.stop.store(true, Ordering::Relaxed);
                return Err(exit);
            }
            Next::Message(_) => {}
            Next::Nothing => run.messages.wait(),
            Next::Closed => return Err(Exit::Internal),
        }
    }
}
