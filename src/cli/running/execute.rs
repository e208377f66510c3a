//! A run from plan to exit code.
//!
//! Owns: the main thread's loop, what is printed at the end. Does not: know how tests work (see `run`)
//! or what lines look like (see `report`).

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::planning::Plan;
use crate::cli::running::engine::{self, Message, Work};
use crate::cli::running::inbox::{Inbox, Next};
use crate::cli::running::outputs::Outputs;
use crate::cli::running::project::ProjectListener;
use crate::cli::running::reports::{End, Reports};
use crate::cli::terminal::fail;
use crate::cli::terminal::warn_of;
use crate::ground::source::plain;
use crate::record::event::Event;
use crate::record::tally::Tally;
use crate::report::{Console, Style};
use crate::test::planned_suite::PlannedSuite;

/// How long an engine may take to end after an interrupt before its results are given up.
const GRACE: Duration = Duration::from_millis(800);

/// What a run needs besides its plan.
pub struct Conditions<'c> {
    /// The command line.
    pub arguments: &'c Arguments,
    /// Its words, for child processes.
    pub words: &'c [String],
}

/// Runs a plan.
pub fn execute(plan: Plan, conditions: &Conditions<'_>) -> Exit {
    let arguments = conditions.arguments;
    for warning in &plan.warnings {
        warn_of(warning);
    }
    if plan.suites.is_empty() && !plan.is_empty_shard {
        return fail(Exit::Input, "there is no suite to run: all are disabled, or none is defined");
    }
    if plan.is_empty_shard {
        let _ = writeln!(io::stderr(), "no suite falls to this shard; nothing to do");
    }
    let outputs = match Outputs::open(&plan.suites) {
        Ok(outputs) => outputs,
        Err(message) => return fail(Exit::Output, &message),
    };
    let project = match ProjectListener::open(&plan) {
        Ok(project) => project,
        Err(message) => return fail(Exit::Output, &message),
    };
    let mut reports = match Reports::open(&arguments.reports) {
        Ok(reports) => reports,
        Err((exit, message)) => return fail(exit, &message),
    };
    reports.set_order(plan.suites.iter().map(|suite| suite.name.clone()));
    reports.set_shard(plan.share.clone());
    let children = engine::children(&plan.suites, arguments, conditions.words);
    if children.is_some() && arguments.settings.interactive {
        return fail(Exit::Usage, "--interactive cannot wait for several suites at once; leave --parallel-suites out");
    }
    let style = style(&plan, arguments);
    let mut desk = Listeners {
        console: Console::new(BufWriter::new(arguments.reports.people()), io::stderr(), style),
        outputs,
        reports,
        tally: Tally::default(),
        died: false,
        lost_lines: false,
        project: None,
    };
    if let Some(project) = &project {
        let _ = project.banner(desk.console.out());
    }
    desk.project = project;
    let started = Instant::now();
    let hooks = plan.project.as_ref().map(|project| project.hooks.clone()).unwrap_or_default();
    let run = match engine::start(Work { suites: plan.suites, hooks, children }) {
        Ok(run) => run,
        Err(error) => {
            let exit = fail(Exit::Internal, &format!("the run cannot be started: {}", plain(&error)));
            return desk.reports.finish(End::Cut(exit));
        }
    };
    let end = loop {
        let message = match run.messages.next() {
            Next::Message(message) => message,
            Next::Nothing => {
                let flushed = desk.console.flush();
                desk.take_note(flushed);
                run.messages.wait();
                continue;
            }
            Next::Closed => {
                desk.died = true;
                fail(Exit::Internal, "the engine ended without its last word; please report this as a bug");
                break None;
            }
        };
        match message {
            Message::Event(event) => {
                let heard = desk.observe(event);
                if desk.take_note(heard) {
                    // The reader has gone (| head -1): nobody is left to tell anything.
                    run.stop.store(true, Ordering::Relaxed);
                    let exit = Exit::Failed(desk.tally.failures());
                    return desk.reports.finish(End::Cut(exit));
                }
            }
            Message::Finished(Ok(())) => break None,
            Message::Finished(Err(message)) => {
                desk.died = true;
                fail(Exit::Internal, &message);
                break None;
            }
            Message::Signal(exit) => {
                run.stop.store(true, Ordering::Relaxed);
                desk.drain(&run.messages);
                break Some(exit);
            }
        }
    };
    let finished = desk.console.finish(&desk.tally, started.elapsed());
    desk.take_note(finished);
    let written = match desk.project.as_mut() {
        Some(project) => project.finish(started.elapsed(), end.is_some(), desk.console.out()),
        None => true,
    };
    let flushed = desk.console.flush();
    desk.take_note(flushed);
    let exit = if written { desk.exit(end) } else { Exit::Output };
    desk.reports.finish(if end.is_some() { End::Cut(exit) } else { End::Done(exit) })
}

/// Everything that hears of events.
struct Listeners<O: Write, E: Write> {
    console: Console<O, E>,
    outputs: Outputs,
    reports: Reports,
    tally: Tally,
    /// A suite's process died or hung, or a hook after everything failed.
    died: bool,
    /// What is for people could not be written: the disk is full.
    lost_lines: bool,
    project: Option<ProjectListener>,
}

impl<O: Write, E: Write> Listeners<O, E> {
    fn observe(&mut self, event: Event) -> io::Result<()> {
        match &event {
            Event::TestFinished(outcome) => self.tally.add(outcome),
            Event::BenchmarkFinished(report) => self.tally.add_benchmark(report),
            Event::SuiteFinished { error: Some(_), .. } => self.died = true,
            _ => {}
        }
        self.outputs.observe(&event);
        let told = match &mut self.project {
            Some(project) => project.observe(&event, self.console.out()),
            None => Ok(()),
        };
        let shown = told.and(self.console.observe(&event));
        let heard = self.reports.observe(event);
        shown.and(heard)
    }

    /// Whether the reader has gone. Any other error is told once, and the run goes on: its reports are not lost.
    fn take_note(&mut self, written: io::Result<()>) -> bool {
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return true,
            Err(error) if !self.lost_lines => {
                self.lost_lines = true;
                fail(Exit::Output, &format!("the results cannot be written: {}", plain(&error)));
            }
            _ => {}
        }
        false
    }

    /// After a signal: what the engine still has to say, until it ends, time is up, or a second signal comes.
    fn drain(&mut self, messages: &Inbox<Message>) {
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline {
            match messages.next() {
                Next::Message(Message::Event(event)) => {
                    let _ = self.observe(event);
                }
                Next::Nothing => messages.wait(),
                Next::Message(_) | Next::Closed => return,
            }
        }
    }

    fn exit(&self, signal: Option<Exit>) -> Exit {
        match signal {
            Some(exit) => exit,
            None if self.died => Exit::Internal,
            None if self.lost_lines || !self.outputs.all_written() => Exit::Output,
            None => Exit::Failed(self.tally.failures()),
        }
    }
}

fn style(plan: &Plan, arguments: &Arguments) -> Style {
    let terminal = arguments.reports.people_have_a_terminal();
    let no_color = crate::cli::terminal::environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    let prints = |suite: &PlannedSuite| {
        let bodies = suite.settings.print_bodies;
        suite.settings.print_headers || bodies.unwrap_or_else(|| suite.sets.iter().any(|set| set.config.print_bodies))
    };
    Style {
        colour: terminal && !arguments.skip_term_colors && !no_color,
        terminal,
        results_on_stderr: plan.suites.iter().any(prints),
        interactive: arguments.settings.interactive,
        progress: io::stderr().is_terminal(),
        several: plan.several,
    }
}
