//! `resttest demo`: the embedded suites against the embedded API.

use std::io::{self, Write as _};

use crate::cli::commands::unpacked::Unpacked;
use crate::cli::exit::{Exit, Unstarted};
use crate::cli::plan::choosing::chosen;
use crate::cli::plan::planned::Plan;
use crate::cli::plan::planning;
use crate::cli::running::execute::{self, Conditions};
use crate::cli::terminal::fail;
use crate::demo::{SUITES, SampleApi};
use crate::ground::source::plain;
use crate::suite::{self, ReadOptions};
use crate::test::planned_suite::PlannedSuite;

/// Starts the sample API on a free port and runs the embedded suites against it: a scene's, or the usual ones.
///
/// # Errors
/// The exit of what ended before it began; no report has been written.
pub fn run(conditions: &Conditions<'_>) -> Result<Exit, Unstarted> {
    let arguments = conditions.arguments;
    if let Some(word) = arguments.positional.first() {
        let message = format!("unexpected argument \"{word}\"; resttest demo takes options only");
        return Err(fail(Exit::Usage, &message).into());
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
        Err(error) => {
            return Err(fail(Exit::Internal, &format!("the sample API cannot start: {}", plain(&error))).into());
        }
    };
    let files = arguments.scene.map_or(&[][..], |scene| scene.files);
    let unpacked = if files.is_empty() {
        None
    } else {
        match Unpacked::new(files) {
            Ok(unpacked) => Some(unpacked),
            Err(message) => return Err(fail(Exit::Output, &message).into()),
        }
    };
    let mut settings = arguments.settings.clone();
    if let Some(unpacked) = &unpacked {
        settings.file_root = unpacked.root().map_err(|message| fail(Exit::Internal, &message))?;
        settings.vars.push(("out".to_owned(), unpacked.path("out").display().to_string().into()));
    }
    if let Some(scene) = arguments.scene.filter(|scene| !scene.vars.is_empty()) {
        settings.vars.push(("api".to_owned(), api.url().into()));
        settings.vars.extend(scene.vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
    }
    let mut plan = Plan { base_urls: vec![api.url()], ..Plan::default() };
    for (name, text) in suites {
        let options = ReadOptions {
            file_root: settings.file_root.clone(),
            vars: settings.vars.clone(),
            ..planning::options(&api.url(), arguments)
        };
        let file = match &unpacked {
            Some(unpacked) => suite::read_test_file(&unpacked.path(name)),
            None => suite::read_test_text(name, text),
        };
        match file.and_then(|file| suite::parse_alone(&file, &options)) {
            Ok(mut suite) => {
                plan.warnings.append(&mut suite.warnings);
                let settings = settings.clone();
                let (name, base_url) = ((*name).into(), api.url().into());
                plan.suites.push(PlannedSuite {
                    name,
                    sets: suite.sets,
                    settings,
                    base_url,
                    ..PlannedSuite::default()
                });
            }
            Err(error) => return Err(planning::reject(&error).into()),
        }
    }
    execute::execute(chosen(planning::with_needs(plan, arguments)?, arguments)?, conditions)
}
