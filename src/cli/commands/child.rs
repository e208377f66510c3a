//! The child's side of parallel suites: an assignment on stdin, events as lines on stdout.
//!
//! Owns: carrying out an assignment (see `assignment`), and a sink that writes lines. Does not: print for people.

use std::io::{self, BufRead as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, bounded};

use crate::cli::args::arguments::Arguments;
use crate::cli::args::parser;
use crate::cli::args::preset::{Preset, Wrong};
use crate::cli::args::settled;
use crate::cli::exit::Exit;
use crate::cli::logging;
use crate::cli::plan::planning;
use crate::cli::plan::targets::bring_their_servers;
use crate::cli::running::assignment::{Assignment, GivenPreset, VERSION, digest};
use crate::cli::running::engine;
use crate::cli::running::secret_sources;
use crate::cli::running::tape;
use crate::cli::running::tracing;
use crate::cli::signals::forward_signals;
use crate::cli::terminal::{fail, fail_at};
use crate::extension;
use crate::ground::clock::{Clock, SystemClock};
use crate::ground::source::plain;
use crate::record::event::{Event, Sink};
use crate::record::wire;
use crate::run::{self, Limits, TimeLimit};
use crate::secrets::Secrets;
use crate::test::planned_suite::PlannedSuite;
use crate::variables::seeds::Seeds;

/// How long the engine may take to end once nobody waits for us: its hooks are to be ended, too.
const GRACE: Duration = Duration::from_millis(600);

/// How long a call to an extension may still take once the run is stopped: less than the parent's patience with us.
const LAST_CALL: Duration = Duration::from_millis(300);

/// Runs the suite that stdin assigns. The words are those of this process: how many milliseconds are left to the run,
/// where its time is bounded.
pub fn run(words: &[String]) -> Exit {
    let left = words.get(1).and_then(|left| left.parse().ok()).map(Duration::from_millis);
    let mut line = String::new();
    if let Err(error) = io::stdin().lock().read_line(&mut line) {
        return fail(Exit::Internal, &format!("the assignment cannot be read: {}", plain(&error)));
    }
    let assignment: Assignment = match serde_json::from_str(&line) {
        Ok(assignment) => assignment,
        Err(error) => return fail(Exit::Internal, &format!("this command is for resttest's own use: {error}")),
    };
    if assignment.version != VERSION {
        return fail(Exit::Internal, "the assignment is of another version of resttest");
    }
    let presets: Vec<Preset> = assignment.presets.iter().filter_map(GivenPreset::preset).collect();
    let read = parser::parse_over(&presets, assignment.words.iter().map(Into::into));
    let arguments = match read.and_then(settled::with_variables_files) {
        Ok(arguments) => only(arguments, &assignment),
        Err(Wrong::Line(message) | Wrong::Environment(message)) => return fail(Exit::Usage, &message),
        Err(Wrong::SettingsFile(fault)) => return fail_at(Exit::Config, &fault),
        Err(Wrong::Input(fault)) => return fail_at(Exit::Input, &fault),
    };
    let mut plan = match planning::plan(&arguments) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    logging::start_in_child(plan.log_level_under(&arguments), arguments.log_json);
    extension::announce_of_child();
    let tape = match tape::open(&mut plan, &arguments) {
        Ok(tape) => tape,
        Err((exit, message)) => return fail(exit, &message),
    };
    let mut suites = plan.suites;
    suites.retain(|suite| {
        let is = |name: &str, namesakes| *suite.name == *name && suite.namesakes == namesakes;
        is(&assignment.suite, assignment.namesakes)
            || assignment.needs.iter().any(|needed| is(&needed.name, needed.namesakes))
    });
    if let Err(exit) = secret_sources::resolve(&mut suites, &arguments) {
        return exit;
    }
    let ids = assignment.trace.as_ref().and_then(|(run, part)| Some((u128::from_str_radix(run, 16).ok()?, *part)));
    let asks = plan.project.as_ref().is_some_and(|project| project.sends_spans);
    if let Some(run) = ids.and_then(|ids| tracing::of_child(&arguments, &suites, ids, asks)) {
        tracing::trace(&mut suites, &run);
    }
    for suite in &mut suites {
        suite.settings.excerpts = assignment.excerpts;
        suite.settings.processes = assignment.processes;
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let time = arguments.max_time.and_then(|limit| TimeLimit::of_run(limit, left.unwrap_or(limit), &clock));
    let carried_out = carry_out(suites, &assignment, Limits { patience: arguments.patience, time });
    let lost = tape.and_then(|tape| tape.failure());
    if let Some(message) = &lost {
        log::error!("the recording is not complete: {message}");
    }
    match carried_out {
        // The parent hears of it by the exit.
        Ok(Exit::Failed(_)) if lost.is_some() => Exit::Output,
        Ok(exit) => exit,
        Err(error) => fail(Exit::Internal, &format!("the suite cannot be started: {}", plain(&error))),
    }
}

/// Runs the suite on a thread of its own, so that a request under way cannot outlive the run.
fn carry_out(suites: Vec<PlannedSuite>, assignment: &Assignment, limits: Limits) -> io::Result<Exit> {
    let stops = Stops::default();
    let mut sink = Lines { stops: stops.clone(), time: limits.time.clone(), is_lost: false, ended: None };
    let is_own = suites.last().is_some_and(|suite| *suite.name == *assignment.suite);
    if !is_own || suites.len() != assignment.needs.len() + 1 || digest(suites.iter()) != assignment.digest {
        let error = Some("its file has changed since it was read; run it again".to_owned());
        sink.emit(Event::SuiteFinished { file: assignment.suite.as_str().into(), elapsed: Duration::ZERO, error });
        return Ok(Exit::Internal);
    }
    // The parent keeps our stdin open, and writes there once more if the run is to be stopped. When it ends,
    // nobody waits for us any more: the main thread returns, and with it the process ends.
    let (orphaned, orphan) = bounded(1);
    let parent = stops.clone();
    thread::Builder::new().name("parent".to_owned()).spawn(move || {
        for word in io::stdin().lock().lines().map_while(Result::ok) {
            match word.strip_prefix(run::GIVE_UP) {
                Some(reason) => {
                    let _ = parent.given_up.set(reason.into());
                }
                None => parent.by_parent.store(true, Ordering::Relaxed),
            }
        }
        parent.by_parent.store(true, Ordering::Relaxed);
        orphaned.send(())
    })?;
    let (by_signal, again) = (stops.by_signal.clone(), stops.again.clone());
    forward_signals(move |_| {
        if by_signal.swap(true, Ordering::Relaxed) {
            again.store(true, Ordering::Relaxed);
        }
        true
    });
    let (ends, ended) = bounded(1);
    thread::Builder::new().name("engine".to_owned()).spawn(move || {
        let clock = Arc::new(SystemClock);
        run::run_suites(&suites, &engine::exchange_of(&suites), clock, &limits, &mut sink);
        // Where the end came while what it needs was running, its own suite has not been heard of.
        let own = suites.last().map(|suite| suite.name.clone());
        if let Some(file) = own.filter(|file| sink.ended.as_ref() != Some(file)) {
            sink.emit(Event::SuiteFinished { file, elapsed: Duration::ZERO, error: None });
        }
        // The verdict is in the lines: the parent counts.
        ends.send(if sink.is_lost || extension::has_fault() { Exit::Internal } else { Exit::Failed(0) })
    })?;
    let mut last_call = None;
    loop {
        if stops.by_parent.load(Ordering::Relaxed) || stops.by_signal.load(Ordering::Relaxed) {
            let until = *last_call.get_or_insert_with(|| Instant::now() + LAST_CALL);
            if Instant::now() >= until {
                extension::end_busy();
                // What comes last in a suite has its own time.
                last_call = Some(until + 4 * LAST_CALL);
            }
        }
        match ended.recv_timeout(Duration::from_millis(50)) {
            Ok(exit) => return Ok(exit),
            Err(RecvTimeoutError::Disconnected) => return Ok(Exit::Internal),
            // A teardown is not waited for either.
            Err(RecvTimeoutError::Timeout) if stops.again.load(Ordering::Relaxed) => return Ok(Exit::Internal),
            Err(RecvTimeoutError::Timeout) if orphan.is_empty() => {}
            Err(RecvTimeoutError::Timeout) => {
                extension::end_busy();
                let _ = ended.recv_timeout(GRACE);
                return Ok(Exit::Internal);
            }
        }
    }
}

/// The parent's arguments with one suite, and what it needs, in place of all.
fn only(mut arguments: Arguments, assignment: &Assignment) -> Arguments {
    // The parent has dealt the suites out already.
    arguments.is_child = true;
    arguments.selection = arguments.selection.naming(&assignment.names);
    arguments.start_at = None;
    if let Some(seed) = assignment.seed.filter(|_| arguments.seeds.given().is_none()) {
        arguments.seeds = Arc::new(Seeds::new(Some(seed)));
    }
    if !arguments.split_load {
        arguments.shard = None;
    }
    arguments.shard_durations = None;
    const COMMAND_LINE: &str = "command line";
    if assignment.from_config {
        // What it needs may stand in any suite of the configuration, and what others need in it.
        if assignment.suite != COMMAND_LINE && !assignment.reads_all {
            arguments.suites = vec![assignment.suite.clone()];
            (arguments.test, arguments.tests) = (None, None);
            arguments.positional.clear();
        }
        return arguments;
    }
    let words: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    let needs_url = arguments.url.is_none() && !words.is_empty() && !bring_their_servers(&words, &arguments);
    if needs_url {
        arguments.url = Some(arguments.positional.remove(0));
    }
    (arguments.test, arguments.tests) = (None, None);
    // Under the names by which the parent knows them.
    arguments.positional = assignment.needs.iter().map(|needed| needed.name.clone()).collect();
    if arguments.positional.is_empty() {
        arguments.test = Some(assignment.suite.clone());
    } else {
        arguments.positional.push(assignment.suite.clone());
    }
    arguments
}

/// Who wants an end.
#[derive(Clone, Default)]
struct Stops {
    by_parent: Arc<AtomicBool>,
    by_signal: Arc<AtomicBool>,
    /// A second signal came: now it is to end at once.
    again: Arc<AtomicBool>,
    /// Why nothing more is to begin, once the parent says so.
    given_up: Arc<OnceLock<Arc<str>>>,
}

/// Events as lines on stdout.
struct Lines {
    stops: Stops,
    /// Until when the run may go on.
    time: Option<TimeLimit>,
    /// A line could not be written whole. Another one after it would hide that something is missing.
    is_lost: bool,
    /// The suite that ended last.
    ended: Option<Arc<str>>,
}

impl Sink for Lines {
    fn emit(&mut self, mut event: Event) {
        // Progress is for a person who watches; the parent shows whole blocks.
        // That nothing more begins after so many failures, it says itself; of the time we know as well.
        let is_over = || self.time.as_ref().is_some_and(TimeLimit::is_over);
        if self.is_lost || matches!(event, Event::LoadProgressed(_)) || matches!(event, Event::GivenUp(_)) && !is_over()
        {
            return;
        }
        if let Event::SuiteFinished { error, .. } = &mut event
            && self.stops.by_signal.load(Ordering::Relaxed)
        {
            // Tests may be missing; if the parent got the signal, too, it knows.
            error.get_or_insert_with(|| run::ENDED_BY_SIGNAL.to_owned());
        }
        if let (Event::SuiteFinished { error, .. }, Some(why)) = (&mut event, extension::fault()) {
            *error = Some(why);
        }
        if let Event::SuiteFinished { file, .. } = &event {
            self.ended = Some(file.clone());
        }
        let mut line = wire::to_line(&event);
        line.push('\n');
        let mut out = io::stdout().lock();
        self.is_lost = out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err();
    }

    fn learn(&mut self, secrets: &Secrets) {
        extension::hide(secrets);
    }

    fn is_stopped(&self) -> bool {
        let Stops { by_parent, by_signal, .. } = &self.stops;
        self.is_lost || extension::has_fault() || by_parent.load(Ordering::Relaxed) || by_signal.load(Ordering::Relaxed)
    }

    fn given_up(&self) -> Option<Arc<str>> {
        self.stops.given_up.get().cloned()
    }
}
