//! `resttest demo`: the embedded suites against the embedded API.

use std::io::{self, Write as _};

use crate::cli::exit::Exit;
use crate::cli::plan::planning::{self, Plan};
use crate::cli::running::execute::{self, Conditions};
use crate::cli::terminal::fail;
use crate::demo::{SUITES, SampleApi};
use crate::ground::source::plain;
use crate::suite;
use crate::test::planned_suite::PlannedSuite;

/// Starts the sample API on a free port and runs the embedded suites against it: a scene's, or the usual ones.
pub fn run(conditions: &Conditions<'_>) -> Exit {
    let arguments = conditions.arguments;
    if let Some(word) = arguments.positional.first() {
        return fail(Exit::Usage, &format!("unexpected argument \"{word}\"; resttest demo takes options only"));
    }
    let suites = match arguments.scene {
        Some(scene) => {
            // stdout has the lines that scripts read.
            let _ = writeln!(io::stderr(), "scene {}: {}", scene.name, scene.shows);
            scene.suites
        }
        None => SUITES,
    };
    let api = match SampleApi::start() {
        Ok(api) => api,
        Err(error) => return fail(Exit::Internal, &format!("the sample API cannot start: {}", plain(&error))),
    };
    let mut plan = Plan { base_urls: vec![api.url()], ..Plan::default() };
    for (name, text) in suites {
        let options = planning::options(&api.url(), arguments);
        match suite::read_test_text(name, text).and_then(|file| suite::parse_testsets(&file, &options)) {
            Ok(mut suite) => {
                plan.warnings.append(&mut suite.warnings);
                let settings = arguments.settings.clone();
                plan.suites.push(PlannedSuite { name: (*name).into(), sets: suite.sets, settings, namesakes: 0 });
            }
            Err(error) => return planning::reject(&error),
        }
    }
    match planning::chosen(plan, arguments) {
        Ok(plan) => execute::execute(plan, conditions),
        Err(exit) => exit,
    }
}
