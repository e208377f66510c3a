//! `resttest demo`: the embedded suites against the embedded API.

use super::arguments::Arguments;
use super::execute;
use super::exit::Exit;
use super::fail;
use crate::demo::{SUITES, SampleApi};
use crate::suite::{self, Suite};

/// Starts the sample API on a free port and runs every embedded suite against it.
pub fn run(arguments: &Arguments) -> Exit {
    if let Some(word) = arguments.positional.first() {
        return fail(Exit::Usage, &format!("unexpected argument \"{word}\"; resttest demo takes options only"));
    }
    let api = match SampleApi::start() {
        Ok(api) => api,
        Err(error) => return fail(Exit::Internal, &format!("the sample API cannot start: {}", suite::plain(&error))),
    };
    let mut all = Suite::default();
    for (name, text) in SUITES {
        let read = suite::read_test_text(name, text).and_then(|file| execute::read(&file, api.url(), arguments));
        match read {
            Ok(mut suite) => {
                all.sets.append(&mut suite.sets);
                all.warnings.append(&mut suite.warnings);
            }
            Err(error) => return execute::reject(&error),
        }
    }
    execute::execute(all, arguments)
}
