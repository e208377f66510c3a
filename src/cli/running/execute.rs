//! A run from plan to exit code.
//!
//! Owns: the main thread's loop, what is printed at the end. Does not: know how tests work (see `run`)
//! or what lines look like (see `report`).

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Instant, SystemTime};

use crossbeam_channel::Sender;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::wanted::StartAt;
use crate::cli::environment::added_to_environment;
use crate::cli::exit::{Exit, Unstarted};
use crate::cli::plan::planned::Plan;
use crate::cli::plan::{last_run, origins};
use crate::cli::running::alert::Alert;
use crate::cli::running::baseline::Baselines;
use crate::cli::running::coverage::CoverageListener;
use crate::cli::running::engine::{self, Message, Run, Work};
use crate::cli::running::inbox::{Inbox, Next};
use crate::cli::running::outputs::{self, Outputs};
use crate::cli::running::project::{OF_PROJECT, ProjectListener};
use crate::cli::running::push::Push;
use crate::cli::running::report_targets::Taken;
use crate::cli::running::reports::{End, Reports};
use crate::cli::running::secret_sources;
use crate::cli::running::suite_watch::SuiteWatch;
use crate::cli::running::tape;
use crate::cli::running::tracing::{self, Given, TraceListener};
use crate::cli::signals;
use crate::cli::streams::{Results, columns, is_dumb, no_color};
use crate::cli::terminal::warn_of;
use crate::cli::terminal::{fail, print_foreign};
use crate::exchange::curl_options::HttpVersion;
use crate::ground::source::plain;
use crate::record::event::Event;
use crate::recording::Replayer;
use crate::report::{Display, Format, Opening, Style, group_width};
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;

/// What the file of spans is called in errors about others.
const OF_SPANS: &str = "the file of spans";

/// What a run needs besides its plan.
pub struct Conditions<'c> {
    /// The command line.
    pub arguments: &'c Arguments,
    /// Its words, for child processes.
    pub words: &'c [String],
    /// Recorded answers that are judged in place of a server's.
    pub replayer: Option<Replayer>,
}

/// Runs a plan.
///
/// # Errors
/// The exit of a run that ended before its first request; no report has been written.
pub fn execute(mut plan: Plan, conditions: &Conditions<'_>) -> Result<Exit, Unstarted> {
    if conditions.arguments.prints_origins {
        return print_origins(&plan, conditions.arguments);
    }
    secret_sources::resolve(&mut plan.suites, conditions.arguments)?;
    secret_sources::announce(&plan.suites, conditions.arguments);
    let alert = conditions.arguments.alert.state.iter();
    plan.inputs.extend(alert.map(|path| (path.into(), "the state of alerts")));
    let mut taken = plan.inputs.clone();
    taken.extend(outputs::paths(&plan.suites).map(|path| (path.to_owned(), "an output_file")));
    let of_project = plan.project.iter().flat_map(|project| project.reporting.paths());
    taken.extend(of_project.map(|path| (path.to_owned(), OF_PROJECT)));
    let saved = &conditions.arguments.baseline.save;
    taken.extend(saved.iter().map(|path| (path.into(), "the baseline to be saved")));
    taken.extend(conditions.arguments.coverage.iter().map(|path| (path.into(), "the coverage of OpenAPI")));
    let spans = conditions.arguments.trace.file.iter().filter(|file| *file != "-");
    taken.extend(spans.map(|path| (path.into(), OF_SPANS)));
    run(plan, conditions, &taken).map_err(|exit| Unstarted { exit, taken })
}

/// `--plan`: what the tests would ask, and what the run itself would.
fn print_origins(plan: &Plan, arguments: &Arguments) -> Result<Exit, Unstarted> {
    let settled = tracing::settle(arguments, &traced(plan))
        .map_err(|(exit, message)| Unstarted { exit: fail(exit, &message), taken: plan.inputs.clone() })?;
    let spans = settled.endpoint.iter().map(|endpoint| (endpoint.url.as_str(), "the run's spans (OTLP)"));
    let figures = arguments.reports.push_prom.iter().map(|url| (url.as_str(), "--push-prom"));
    let beside: Vec<(&str, &str)> = spans.chain(figures).collect();
    Ok(print_foreign(&origins::text(plan, &beside, arguments.settings.egress.as_deref())))
}

fn run(mut plan: Plan, conditions: &Conditions<'_>, taken: &Taken<'_>) -> Result<Exit, Exit> {
    let arguments = conditions.arguments;
    signals::outlive_file_size_limit();
    for warning in &plan.warnings {
        warn_of(warning);
    }
    tell_versions(&plan.suites);
    if plan.suites.is_empty() && plan.idle.is_none() {
        return Err(fail(Exit::Input, "there is no suite to run: all are disabled, or none is defined"));
    }
    if let Some(why) = plan.idle {
        let _ = writeln!(io::stderr(), "{why}");
    }
    let tell = |(exit, message): (Exit, String)| fail(exit, &message);
    // Before any file is opened: another run with the same state may have the same reports.
    let alert = Alert::open(&arguments.alert).map_err(tell)?;
    let outputs = Outputs::open(&plan.suites, &plan.inputs).map_err(tell)?;
    let baselines = Baselines::open(&arguments.baseline).map_err(tell)?;
    let coverage = CoverageListener::open(arguments.coverage.as_deref()).map_err(tell)?;
    let mut settled = tracing::settle(arguments, &traced(&plan)).map_err(tell)?;
    for warning in std::mem::take(&mut settled.warnings) {
        log::warn!("{warning}");
    }
    let run_trace = settled.run.take().map(Arc::new);
    let others: Vec<(PathBuf, &str)> = taken.iter().filter(|(_, what)| *what != OF_SPANS).cloned().collect();
    let trace = match &run_trace {
        Some(run) => TraceListener::open(settled, run.clone(), (arguments, &others)).map_err(tell)?,
        None => None,
    };
    let mut reports = Reports::open(&arguments.reports, taken).map_err(tell)?;
    let project = ProjectListener::open(&plan, &mut reports).map_err(tell)?;
    reports.set_plan(&plan.suites);
    reports.set_alert(alert);
    reports.set_push(Push::of(arguments));
    reports.set_shard(plan.share.clone());
    let excerpts = arguments.reports.show_excerpts();
    plan.suites.iter_mut().for_each(|suite| suite.settings.excerpts = excerpts);
    reports.set_base_urls(&plan.base_urls);
    let tape = tape::open(&mut plan, arguments).map_err(tell)?;
    let children = engine::children(&plan, arguments, (conditions.words, run_trace.as_deref()));
    if let Some(run) = &run_trace {
        tracing::trace(&mut plan.suites, run);
    }
    if children.is_some() && arguments.settings.interactive {
        let message = "--interactive cannot wait for several suites at once; leave --parallel-suites out";
        return Err(fail(Exit::Usage, message));
    }
    let style = style(&plan, arguments);
    let mut desk = Listeners {
        console: Display::new(Results::to(arguments.reports.people()), io::stderr(), style),
        outputs,
        reports,
        baselines,
        coverage,
        trace,
        lost_lines: false,
        project: None,
    };
    if let Some(project) = &project {
        let _ = desk.console.notes(|out| project.banner(out));
    }
    let opened = desk.console.open(opening(&plan, arguments));
    desk.take_note(opened);
    desk.project = project;
    if plan.suites.iter().any(|suite| suite.settings.ssl_insecure) {
        log::warn!("certificates of servers are not checked (--ssl-insecure)");
    }
    if plan.project.as_ref().is_some_and(|project| project.holds_hooks) {
        log::warn!("hooks are not run (--no-exec)");
    }
    let mut hooks = plan.project.as_ref().map(|project| project.hooks.clone()).unwrap_or_default();
    let watch = SuiteWatch::new(&plan.suites, &hooks, children.is_none());
    hooks.environment = added_to_environment().into();
    plan.suites.iter_mut().for_each(|suite| suite.settings.hooks.environment = hooks.environment.clone());
    let start_at = arguments.start_at.and_then(|start| match start {
        StartAt::At(time) => Some(time),
        StartAt::After(wait) => SystemTime::now().checked_add(wait),
    });
    let work = Work {
        suites: plan.suites,
        start_at,
        hooks,
        patience: arguments.patience,
        max_time: arguments.max_time,
        replayer: conditions.replayer.clone(),
        children,
    };
    let run = match engine::start(work) {
        Ok(run) => run,
        Err(error) => {
            let exit = fail(Exit::Internal, &format!("the run cannot be started: {}", plain(&error)));
            return Ok(desk.reports.finish(End::Cut(exit)));
        }
    };
    let mut watch = watch.limited(arguments.max_time);
    let end = loop {
        let message = match run.messages.next() {
            Next::Message(message) => message,
            Next::Nothing => {
                let flushed = desk.console.flush().and_then(|()| desk.console.wait(Instant::now()));
                if desk.take_note(flushed) {
                    return Ok(desk.cut(&run, watch));
                }
                desk.reports.flush();
                if let Some(error) = watch.overdue() {
                    run.stop.store(true, Ordering::Relaxed);
                    desk.drain(&run.messages, &mut watch);
                    desk.give_up(&watch, error);
                    break None;
                }
                run.messages.wait();
                continue;
            }
            Next::Closed => {
                let message = "the engine ended without its last word; please report this as a bug";
                fail(Exit::Internal, message);
                desk.reports.break_off(message);
                break None;
            }
        };
        match message {
            Message::Event(event) => {
                watch.observe(&event);
                let heard = desk.observe(event);
                if desk.take_note(heard) {
                    return Ok(desk.cut(&run, watch));
                }
            }
            Message::Learned(secrets) => desk.reports.hide(&secrets),
            Message::Ran(answer) => desk.answer(&answer),
            Message::Finished(Ok(())) => break None,
            Message::Finished(Err(message)) => {
                fail(Exit::Internal, &message);
                desk.reports.break_off(message);
                break None;
            }
            Message::Signal(exit) => {
                run.stop.store(true, Ordering::Relaxed);
                if watch.has_teardown() {
                    log::warn!("interrupted; the teardown runs, for 10 s at most: a second signal ends it at once");
                }
                desk.drain(&run.messages, &mut watch);
                break Some(exit);
            }
        }
    };
    let interruption = desk.reports.record().interruption().filter(|_| end.is_some() && !style.terminal);
    if let Some(interruption) = interruption {
        log::error!("{interruption}");
    }
    if let Some(seed) = arguments.seeds.used().filter(|_| !desk.reports.record().succeeded()) {
        log::warn!("what was drawn at random came from seed {seed}: --seed {seed} repeats it");
    }
    desk.reports.close(end.is_some());
    let finished = desk.console.finish(desk.reports.record());
    desk.take_note(finished);
    let saved = desk.baselines.finish().map_err(|message| fail(Exit::Output, &message));
    let counted = desk.coverage.finish().map_err(|message| fail(Exit::Output, &message));
    let kept = last_run::keep(&plan.memories, desk.reports.record(), arguments).map_err(tell);
    let recorded = tape.as_deref().map_or(Ok(()), tape::finish).map_err(|message| fail(Exit::Output, &message));
    let written = recorded.is_ok() && saved.is_ok() && counted.is_ok() && kept.is_ok();
    let coverage = &desk.coverage;
    let shown = desk.console.notes(|out| coverage.show(out)).and_then(|written| written);
    desk.take_note(shown);
    if let Some(project) = &desk.project {
        let record = desk.reports.record();
        let _ = desk.console.notes(|out| project.summary(record, !style.terminal, out));
    }
    let flushed = desk.console.flush();
    desk.take_note(flushed);
    let exit = if written { desk.exit(end) } else { Exit::Output };
    let exit = desk.reports.finish(if end.is_some() { End::Cut(exit) } else { End::Done(exit) });
    let exit = desk.send_spans(end.is_some()).unwrap_or(exit);
    if let Some(project) = &desk.project {
        let reports = &desk.reports;
        let _ = desk.console.notes(|out| project.saved(reports, out));
    }
    desk.outputs.retract_unwritten();
    let _ = desk.console.flush();
    Ok(exit)
}

/// Says once which versions of HTTP are asked for and not spoken.
fn tell_versions(suites: &[PlannedSuite]) {
    let asks = |version: HttpVersion| {
        let mut requests = suites.iter().flat_map(|suite| &suite.sets).flat_map(TestSet::requests);
        requests.any(|test| test.curl_options.http_version == version)
    };
    if asks(HttpVersion::Http2OverTls) {
        log::warn!("curl_option_http_version: 4 asks for HTTP/2, which is not spoken here: HTTP/1.1 is");
    }
    if asks(HttpVersion::Any) {
        log::info!("curl_option_http_version: 0 leaves the version open: HTTP/1.1 is spoken");
    }
}

/// Everything that hears of events.
struct Listeners<O: Write, E: Write> {
    console: Display<O, E>,
    outputs: Outputs,
    reports: Reports,
    baselines: Baselines,
    coverage: CoverageListener,
    trace: Option<TraceListener>,
    /// What is for people could not be written: the disk is full.
    lost_lines: bool,
    project: Option<ProjectListener>,
}

impl<O: Write, E: Write> Listeners<O, E> {
    fn observe(&mut self, event: Event) -> io::Result<()> {
        let event = self.baselines.observe(event);
        self.outputs.observe(&event);
        self.coverage.observe(&event);
        if let Some(trace) = &mut self.trace {
            trace.observe(&event);
        }
        let announced = match &self.project {
            Some(project) if !self.console.is_terminal() => {
                self.console.notes(|out| project.observe(&event, out)).and_then(|written| written)
            }
            _ => Ok(()),
        };
        let shown = announced.and(self.console.observe(&event, self.reports.record()));
        let heard = self.reports.observe(event);
        shown.and(heard)
    }

    /// Whether the reader has gone. Any other error is reported once, and the run goes on: its reports are not lost.
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

    /// The end where the reader has gone (`| head -1`): nobody is left to tell anything, but a run that was cut must
    /// not pass for one that was not. Hooks and teardowns get their time to end.
    fn cut(mut self, run: &Run, mut watch: SuiteWatch) -> Exit {
        run.stop.store(true, Ordering::Relaxed);
        if watch.cleans_up() {
            self.drain(&run.messages, &mut watch);
        }
        let exit = self.reports.finish(End::Cut(Exit::Output));
        self.send_spans(true);
        self.outputs.retract_unwritten();
        exit
    }

    /// Sends what is left of the spans, once all reports are written; the exit, where that must not fail and does.
    fn send_spans(&mut self, is_cut: bool) -> Option<Exit> {
        let is_whole = self.trace.as_mut()?.finish(self.reports.record(), is_cut);
        (!is_whole).then_some(Exit::Output)
    }

    /// The suite under way does not come to its end: an error for it in every report.
    fn give_up(&mut self, watch: &SuiteWatch, error: String) {
        if let Some((file, started)) = &watch.suite {
            let elapsed = started.elapsed();
            let _ = self.observe(Event::SuiteFinished { file: file.clone(), elapsed, error: Some(error) });
        }
    }

    /// After a signal: what the engine still has to say, until it ends, time is up, or a second signal comes.
    fn drain(&mut self, messages: &Inbox<Message>, watch: &mut SuiteWatch) {
        let stopped = Instant::now();
        while stopped.elapsed() < watch.grace() {
            match messages.next() {
                Next::Message(Message::Event(event)) => {
                    watch.observe(&event);
                    let _ = self.observe(event);
                }
                Next::Message(Message::Learned(secrets)) => self.reports.hide(&secrets),
                Next::Message(Message::Ran(answer)) => self.answer(&answer),
                Next::Nothing => messages.wait(),
                Next::Message(_) | Next::Closed => return,
            }
        }
    }

    /// Tells the engine, which is to run the hooks after everything, how the run went.
    fn answer(&self, passed: &Sender<bool>) {
        let _ = passed.send(self.reports.record().succeeded());
    }

    fn exit(&self, signal: Option<Exit>) -> Exit {
        match (signal, Exit::of(self.reports.record())) {
            (Some(exit), _) | (None, exit @ Exit::Internal) => exit,
            _ if self.lost_lines || !self.outputs.all_written() => Exit::Output,
            (None, exit) => exit,
        }
    }
}

/// What there is to know of a plan for its traces.
fn traced(plan: &Plan) -> Given<'_> {
    Given {
        suites: &plan.suites,
        is_asked: plan.project.as_ref().is_some_and(|project| project.sends_spans),
        share: plan.share.as_ref(),
        handed: None,
    }
}

fn style(plan: &Plan, arguments: &Arguments) -> Style {
    let prints = |suite: &PlannedSuite| {
        let prints_bodies = |set: &TestSet| suite.settings.prints_bodies(set.config.print_bodies);
        suite.settings.prints_headers() || suite.sets.iter().any(prints_bodies)
    };
    Style {
        results_on_stderr: plan.suites.iter().any(prints),
        interactive: arguments.settings.interactive,
        several: plan.several,
        curl: plan.suites.iter().any(|suite| suite.settings.shows_curl()),
        json_logs: arguments.log_json,
        ..surroundings(arguments)
    }
}

/// How lines are made, as far as it depends on who reads them.
pub fn surroundings(arguments: &Arguments) -> Style {
    let is_screen = arguments.reports.people_have_a_terminal();
    let terminal = is_screen && !arguments.reports.literal;
    Style {
        colour: terminal && !arguments.skip_term_colors && !no_color(),
        terminal,
        literal_on_terminal: is_screen && arguments.reports.literal,
        width: columns,
        progress: io::stderr().is_terminal() && !is_dumb(),
        ci: crate::cli::terminal::ci_systems(),
        ..Style::default()
    }
}

/// What the run is about.
fn opening(plan: &Plan, arguments: &Arguments) -> Opening {
    let base_url = match plan.base_urls.as_slice() {
        [one] if !one.is_empty() => Some(one),
        _ => None,
    };
    let sets = || plan.suites.iter().flat_map(|suite| &suite.sets);
    let running = || sets().filter(|set| !set.is_empty());
    let groups = running().flat_map(|set| set.in_order().map(|test| test.group.as_str()));
    Opening {
        base_url: base_url.map(|url| crate::secrets::shown_url(url).into_owned()),
        suites: plan.suites.len() as u64,
        tests: running().map(|set| set.in_order().count() as u64).sum(),
        benchmarks: sets().map(|set| set.benchmarks.len() as u64).sum(),
        group_width: group_width(groups),
        verbose: arguments.settings.verbose,
        headers: arguments.settings.prints_headers(),
        html: arguments.reports.files.iter().any(|(format, _)| *format == Format::Html),
        again: (!plan.memories.is_empty()).then(|| again(base_url.map_or("URL", String::as_str), arguments)),
    }
}

/// The command that runs again what failed, without what nobody needs to be told.
fn again(base_url: &str, arguments: &Arguments) -> String {
    let mut words = vec!["resttest".to_owned()];
    let mut word = |text: &str| words.push(quoted(text));
    let mut files: Vec<&str> = arguments.positional.iter().map(String::as_str).collect();
    match &arguments.config {
        Some(config) => ["--config", config].into_iter().for_each(&mut word),
        None => {
            // As in `targets`, the first word is the URL where no option names it.
            if files.first().is_some_and(|file| arguments.url.is_none() || file.contains("://")) {
                files.remove(0);
            }
            word(&crate::secrets::shown_url(base_url));
        }
    }
    arguments.environment.iter().for_each(|name| ["--env", name].into_iter().for_each(&mut word));
    arguments.suites.iter().for_each(|name| ["--suite", name].into_iter().for_each(&mut word));
    arguments.tests.iter().for_each(|list| ["--tests", list].into_iter().for_each(&mut word));
    arguments.state_dir.iter().for_each(|folder| ["--state-dir", folder].into_iter().for_each(&mut word));
    arguments.test.as_deref().into_iter().chain(files).for_each(&mut word);
    word("--rerun-failed");
    words.join(" ")
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
