//! A run from plan to exit code.
//!
//! Owns: reading suites, opening outputs, the engine's thread, signals, what is printed at the end.
//! Does not: know how tests work (see `run`) or what lines look like (see `report`).

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::arguments::Arguments;
use super::exit::Exit;
use super::{fail, warn_of};
use crate::clock::SystemClock;
use crate::event::{Event, Sink};
use crate::http::{Client, ClientSettings, ProxyEnvironment};
use crate::load_plan::{Output, OutputFormat};
use crate::outcome::Tally;
use crate::report::{self, Console, ReportFile, Style};
use crate::run::{self, Engine};
use crate::settings::Settings;
use crate::source::Location;
use crate::suite::{self, ReadOptions, Suite, SuiteError, SuiteFile};
use crate::testset::TestSet;

/// How long stdout may hold lines back while nothing else comes.
const FLUSH_AFTER: Duration = Duration::from_millis(20);

/// How long an engine may take to end after an interrupt before its results are given up.
const GRACE: Duration = Duration::from_millis(500);

/// Runs the suite that the arguments name.
pub fn suites(arguments: &Arguments) -> Exit {
    let (url, test) = match arguments.target() {
        Ok(target) => target,
        Err(message) => return fail(Exit::Usage, &format!("{message}\n{}", super::help::SHORT)),
    };
    let base = if arguments.absolute_urls { String::new() } else { url };
    match suite::read_test_file(Path::new(&test)).and_then(|file| read(&file, base, arguments)) {
        Ok(suite) => execute(suite, arguments),
        Err(error) => reject(&error),
    }
}

/// Reads the sets of a suite file.
pub fn read(file: &SuiteFile, base_url: String, arguments: &Arguments) -> Result<Suite, SuiteError> {
    let options = ReadOptions { base_url, vars: arguments.settings.vars.clone(), env: Arc::new(super::environment) };
    suite::parse_testsets(file, &options)
}

/// Says why a suite cannot be run.
pub fn reject(error: &SuiteError) -> Exit {
    let exit = match error {
        SuiteError::Unreadable(_) => Exit::Input,
        SuiteError::Invalid(_) => Exit::Suite,
    };
    for fault in error.faults() {
        fail(exit, &fault.to_string());
    }
    exit
}

/// Runs sets that have been read.
pub fn execute(mut suite: Suite, arguments: &Arguments) -> Exit {
    suite.sets = match super::list::selected(suite.sets, arguments) {
        Ok(sets) => sets,
        Err(exit) => return exit,
    };
    for warning in &suite.warnings {
        warn_of(warning);
    }
    let outputs = match open_outputs(&suite.sets) {
        Ok(outputs) => outputs,
        Err(message) => return fail(Exit::Output, &message),
    };
    let style = style(&suite.sets, arguments);
    let mut console = Console::new(BufWriter::new(io::stdout()), io::stderr(), style);
    let started = Instant::now();
    let run = start(suite.sets, arguments.settings.clone());
    let mut tally = Tally::default();
    let mut unwritten = false;
    let exit = loop {
        match run.messages.recv_timeout(FLUSH_AFTER) {
            Ok(Message::Event(event)) => {
                count(&mut tally, &event);
                unwritten |= !write_output(&outputs, &event);
                if console.observe(&event).is_err() {
                    // The reader has gone (| head -1): nobody is left to tell anything.
                    run.stop.store(true, Ordering::Relaxed);
                    return Exit::Failed(tally.failures());
                }
            }
            Ok(Message::Finished) => break None,
            Ok(Message::Signal(exit)) => {
                run.stop.store(true, Ordering::Relaxed);
                drain(&run.messages, &outputs, &mut console, &mut tally);
                break Some(exit);
            }
            Err(RecvTimeoutError::Timeout) => {
                let _ = console.flush();
            }
            Err(RecvTimeoutError::Disconnected) => {
                let _ = console.finish(&tally, started.elapsed());
                return fail(Exit::Internal, "the engine ended without its last word; please report this as a bug");
            }
        }
    };
    let _ = console.finish(&tally, started.elapsed());
    match exit {
        Some(exit) => exit,
        None if unwritten => Exit::Output,
        None => Exit::Failed(tally.failures()),
    }
}

/// After a signal: what the engine still has to say, until it ends, time is up, or a second signal comes.
fn drain<O: Write, E: Write>(
    messages: &Receiver<Message>,
    outputs: &[ReportFile],
    console: &mut Console<O, E>,
    tally: &mut Tally,
) {
    let deadline = Instant::now() + GRACE;
    while let Ok(Message::Event(event)) = messages.recv_deadline(deadline) {
        count(tally, &event);
        write_output(outputs, &event);
        let _ = console.observe(&event);
    }
}

fn count(tally: &mut Tally, event: &Event) {
    match event {
        Event::TestFinished(outcome) => tally.add(outcome),
        Event::BenchmarkFinished(report) => tally.add_benchmark(report),
        _ => {}
    }
}

enum Message {
    Event(Box<Event>),
    Finished,
    Signal(Exit),
}

struct Run {
    messages: Receiver<Message>,
    stop: Arc<AtomicBool>,
}

/// Starts the engine on a thread of its own, so that a blocked request never delays the exit.
fn start(sets: Vec<TestSet>, settings: Settings) -> Run {
    let (sender, messages) = bounded(1024);
    let (signals, signal_messages) = unbounded();
    let stop = Arc::new(AtomicBool::new(false));
    forward_signals(signals);
    let engine_sender = sender.clone();
    let engine_stop = stop.clone();
    std::thread::spawn(move || {
        let client = Client::new(ClientSettings {
            insecure: settings.ssl_insecure,
            proxies: ProxyEnvironment::of_process(),
            ..ClientSettings::default()
        });
        let engine = Engine { exchange: Arc::new(client), clock: Arc::new(SystemClock), settings: &settings };
        let mut sink = Wire { sender: engine_sender.clone(), stop: engine_stop };
        run::run_testsets(&engine, &sets, &mut sink);
        let _ = engine_sender.send(Message::Finished);
    });
    std::thread::spawn(move || {
        for exit in signal_messages {
            let _ = sender.send(Message::Signal(exit));
        }
    });
    Run { messages, stop }
}

fn forward_signals(signals: Sender<Exit>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut arriving) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else {
        log::warn!("signals cannot be caught; an interrupt ends the run without a summary");
        return;
    };
    std::thread::spawn(move || {
        for signal in arriving.forever() {
            let exit = if signal == SIGINT { Exit::Interrupted } else { Exit::Terminated };
            if signals.send(exit).is_err() {
                return;
            }
        }
    });
}

/// The engine's end of the channel.
struct Wire {
    sender: Sender<Message>,
    stop: Arc<AtomicBool>,
}

impl Sink for Wire {
    fn emit(&mut self, event: Event) {
        let _ = self.sender.send(Message::Event(Box::new(event)));
    }

    fn pause(&mut self) {
        let _ = io::stdin().read_line(&mut String::new());
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn style(sets: &[TestSet], arguments: &Arguments) -> Style {
    let settings = &arguments.settings;
    let terminal = io::stdout().is_terminal();
    let no_color = super::environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    let prints_bodies = settings.print_bodies.unwrap_or_else(|| sets.iter().any(|set| set.config.print_bodies));
    Style {
        colour: terminal && !arguments.skip_term_colors && !no_color,
        terminal,
        results_on_stderr: prints_bodies || settings.print_headers,
        interactive: settings.interactive,
        progress: io::stderr().is_terminal(),
    }
}

/// The output files of all load runs, with the place that names each.
fn outputs(sets: &[TestSet]) -> impl Iterator<Item = (&Location, &Output)> {
    let of_tests = sets.iter().flat_map(|set| &set.tests).filter_map(|test| {
        test.performance.as_ref().and_then(|plan| plan.output.as_ref()).map(|output| (&test.location, output))
    });
    let benchmarks = sets.iter().flat_map(|set| &set.benchmarks).filter(|benchmark| benchmark.runs());
    let of_benchmarks = benchmarks
        .filter_map(|benchmark| benchmark.plan.output.as_ref().map(|output| (&benchmark.test.location, output)));
    of_tests.chain(of_benchmarks)
}

fn open_outputs(sets: &[TestSet]) -> Result<Vec<ReportFile>, String> {
    let mut files: Vec<ReportFile> = Vec::new();
    for (place, output) in outputs(sets) {
        if files.iter().any(|file| file.path() == output.path) {
            continue;
        }
        let file = ReportFile::open(&output.path).map_err(|error| {
            let path = output.path.display();
            format!("{place}: output_file {path} cannot be written: {}", suite::plain(&error))
        })?;
        files.push(file);
    }
    Ok(files)
}

/// The report file of an event, if it has one: where it goes, and its text.
fn output_of(event: &Event) -> Option<(&Output, String)> {
    match event {
        Event::BenchmarkFinished(report) => {
            let output = report.output.as_deref()?;
            let text = match output.format {
                OutputFormat::Json => report::benchmark_json(report) + "\n",
                OutputFormat::Csv => report::benchmark_csv(report),
            };
            Some((output, text))
        }
        Event::TestFinished(outcome) => {
            let summary = outcome.load.as_deref()?;
            let output = summary.output.as_deref()?;
            let text = match output.format {
                OutputFormat::Json => report::load_json(summary),
                OutputFormat::Csv => report::load_csv(summary),
            };
            Some((output, text))
        }
        _ => None,
    }
}

/// Writes an event's report file; false if that failed.
fn write_output(files: &[ReportFile], event: &Event) -> bool {
    let Some((output, text)) = output_of(event) else { return true };
    let Some(file) = files.iter().find(|file| file.path() == output.path) else { return false };
    match file.write(text.as_bytes()) {
        Ok(()) => true,
        Err(error) => {
            fail(Exit::Output, &format!("{} cannot be written: {}", output.path.display(), suite::plain(&error)));
            false
        }
    }
}
