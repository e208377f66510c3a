//! The recording of a run: `--record-exchanges`.
//!
//! Owns: opening the folder, before anything is sent, and what is said at the end. Does not: record (see `recording`).

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::exit::Exit;
use crate::cli::plan::planned::Plan;
use crate::recording::{Opening, RunTape, Tape};

/// Opens the folder, if exchanges are to be recorded; all suites are recorded in it from then on.
///
/// # Errors
/// The exit; why nothing can be recorded there.
pub fn open(plan: &mut Plan, arguments: &Arguments) -> Result<Option<Arc<RunTape>>, (Exit, String)> {
    let Some(folder) = arguments.record_exchanges.as_deref().map(Path::new) else {
        let message = "--force has nothing to replace in a run: it is for --record-exchanges DIR";
        let is_run = matches!(arguments.command, Command::Run | Command::Demo) && arguments.force;
        return if is_run { Err((Exit::Usage, message.to_owned())) } else { Ok(None) };
    };
    let opening = match (arguments.is_child, arguments.force) {
        (true, _) => Opening::Sharing,
        (false, true) => Opening::Replacing,
        (false, false) => Opening::New,
    };
    let tape = Tape::open(folder, opening).map_err(|message| (Exit::Output, message))?;
    let base_url = plan.base_urls.first().map_or("", String::as_str);
    let tape = Arc::new(RunTape::new(tape, base_url));
    for suite in &mut plan.suites {
        suite.settings.witness = Some(tape.clone());
    }
    Ok(Some(tape))
}

/// Ends a recording.
///
/// # Errors
/// Something is missing in it: why.
pub fn finish(tape: &RunTape) -> Result<(), String> {
    tape.finish();
    tape.failure().map_or(Ok(()), |message| Err(format!("the recording is not complete: {message}")))
}
