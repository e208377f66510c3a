//! `resttest demo`: the embedded suites against the embedded API.

use super::execute::{self, Conditions};
use super::exit::Exit;
use super::fail;
use super::planning::{self, Plan};
use crate::demo::{SUITES, SampleApi};
use crate::plan::PlannedSuite;
use crate::source::plain;
use crate::suite;

/// Starts the sample API on a free port and runs every embedded suite against it.
pub fn run(conditions: &Conditions<'_>) -> Exit {
    let arguments = conditions.arguments;
    if let Some(word) = arguments.positional.first() {
        return fail(Exit::Usage, &format!("unexpected argument \"{word}\"; resttest demo takes options only"));
    }
    let api = match SampleApi::start() {
        Ok(api) => api,
        Err(error) => return fail(Exit::Internal, &format!("the sample API cannot start: {}", plain(&error))),
    };
    let mut plan = Plan::default();
    for (name, text) in SUITES {
        let options = planning::options(&api.url(), arguments);
        match suite::read_test_text(name, text).and_then(|file| suite::parse_testsets(&file, &options)) {
            Ok(mut suite) => {
                plan.warnings.append(&mut suite.warnings);
                let settings = arguments.settings.clone();
                plan.suites.push(PlannedSuite { name: (*name).into(), sets: suite.sets, settings });
            }
            Err(error) => return planning::reject(&error),
        }
    }
    match planning::chosen(plan, arguments) {
        Ok(plan) => execute::execute(plan, conditions),
        Err(exit) => exit,
    }
}
