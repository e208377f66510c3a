//! The child's side of parallel suites: an order on stdin, events as lines on stdout.
//!
//! Owns: carrying out an order (see `assignment`), and a sink that writes lines. Does not: print for people.

use std::io::{self, BufRead as _, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::bounded;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::parser;
use crate::cli::exit::Exit;
use crate::cli::plan::planning;
use crate::cli::running::assignment::{Assignment, VERSION};
use crate::cli::running::engine;
use crate::cli::terminal::fail;
use crate::ground::clock::SystemClock;
use crate::record::event::{Event, Sink};
use crate::record::wire;
use crate::run;

/// Runs the suite that stdin orders.
pub fn run() -> Exit {
    let mut line = String::new();
    if let Err(error) = io::stdin().lock().read_line(&mut line) {
        return fail(Exit::Internal, &format!("the order cannot be read: {error}"));
    }
    let order: Assignment = match serde_json::from_str(&line) {
        Ok(order) => order,
        Err(error) => return fail(Exit::Internal, &format!("this command is for resttest's own use: {error}")),
    };
    if order.version != VERSION {
        return fail(Exit::Internal, "the order is of another version of resttest");
    }
    let arguments = match parser::parse(order.words.iter().map(Into::into)) {
        Ok(arguments) => only(arguments, &order),
        Err(message) => return fail(Exit::Usage, &message),
    };
    let plan = match planning::plan(&arguments) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    crate::cli::logging::follow(arguments.log.as_deref().or(plan.log_level.as_deref()));
    let mut suites = plan.suites;
    suites.retain(|suite| *suite.name == *order.suite);
    let stop = Arc::new(AtomicBool::new(false));
    let (ends, ended) = bounded(1);
    let orphaned = ends.clone();
    let mut sink = Lines { stop: stop.clone() };
    std::thread::spawn(move || {
        let clock = Arc::new(SystemClock);
        run::run_suites(&suites, &engine::exchange_of(), clock, &mut sink);
        // The verdict is in the lines: the parent counts.
        ends.send(Exit::Failed(0))
    });
    // The parent keeps our stdin open, and writes there once more if the run is to be stopped. When it ends,
    // nobody waits for us any more, and a request under way must not outlive the run: the main thread
    // returns, and with it the process ends.
    let told = stop.clone();
    std::thread::spawn(move || {
        let mut rest = [0; 64];
        while io::stdin().lock().read(&mut rest).is_ok_and(|amount| amount > 0) {
            told.store(true, Ordering::Relaxed);
        }
        orphaned.send(Exit::Internal)
    });
    stop_on_signal(stop);
    ended.recv().unwrap_or(Exit::Internal)
}

/// The parent's arguments with one suite in place of all.
fn only(mut arguments: Arguments, order: &Assignment) -> Arguments {
    // The parent has dealt the suites out already.
    arguments.shard = None;
    arguments.shard_durations = None;
    const COMMAND_LINE: &str = "command line";
    if order.from_config {
        if order.suite != COMMAND_LINE {
            arguments.suites = vec![order.suite.clone()];
            (arguments.test, arguments.tests) = (None, None);
            arguments.positional.clear();
        }
        return arguments;
    }
    if arguments.url.is_none() && !arguments.positional.is_empty() {
        arguments.url = Some(arguments.positional.remove(0));
    }
    (arguments.test, arguments.tests) = (Some(order.suite.clone()), None);
    arguments.positional.clear();
    arguments
}

fn stop_on_signal(stop: Arc<AtomicBool>) {
    engine::forward_signals(move |_| {
        stop.store(true, Ordering::Relaxed);
        true
    });
}

/// Events as lines on stdout.
struct Lines {
    stop: Arc<AtomicBool>,
}

impl Sink for Lines {
    fn emit(&mut self, event: Event) {
        // Progress is for a person who watches; the parent shows whole blocks.
        if matches!(event, Event::LoadProgressed(_)) {
            return;
        }
        let mut line = wire::to_line(&event);
        line.push('\n');
        let mut out = io::stdout().lock();
        if out.write_all(line.as_bytes()).and_then(|()| out.flush()).is_err() {
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
