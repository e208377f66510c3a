//! The engine on a thread of its own, so that a blocked request never delays the exit.
//!
//! Owns: the channel from engine and signals to the main thread. Does not: print or decide anything.

use std::collections::HashSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Sender, bounded};

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::args::parser;
use crate::cli::environment::{added_to_environment, environment};
use crate::cli::exit::Exit;
use crate::cli::own_process::own_binary;
use crate::cli::plan::planned::Plan;
use crate::cli::running::assignment::{Given, assignment};
use crate::cli::running::inbox::{Inbox, Post, inbox};
use crate::cli::running::secret_sources;
use crate::cli::signals::forward_signals;
use crate::exchange::request::Exchange;
use crate::exchange::trace::RunTrace;
use crate::extension;
use crate::ground::clock::{Clock, HurriedClock, SystemClock};
use crate::http::{Client, ClientSettings, ProxyEnvironment};
use crate::record::event::{Event, Sink};
use crate::record::wire;
use crate::recording::Replayer;
use crate::run::{self, Assignment, Children, Limits, Patience, TEARDOWN_LIMIT, TimeLimit};
use crate::secrets::Secrets;
use crate::settings::hooks::Hooks;
use crate::test::needed::needed_suites;
use crate::test::planned_suite::PlannedSuite;

/// What the main thread hears.
pub enum Message {
    /// Something happened.
    Event(Event),
    /// Answers brought secrets.
    Learned(Box<Secrets>),
    /// Every suite has run; the hooks after everything want to know whether all went well.
    Ran(Sender<bool>),
    /// The engine has ended; a hook that came after everything may have failed.
    Finished(Result<(), String>),
    /// A signal came.
    Signal(Exit),
}

/// A run under way.
pub struct Run {
    /// What it tells.
    pub messages: Inbox<Message>,
    /// Set to end it.
    pub stop: Arc<AtomicBool>,
}

/// What the engine is to do.
pub struct Work {
    /// The suites in order.
    pub suites: Vec<PlannedSuite>,
    /// When it begins, if not at once.
    pub start_at: Option<SystemTime>,
    /// Hooks around the whole run.
    pub hooks: Hooks,
    /// After how many failures nothing more begins.
    pub patience: Option<Patience>,
    /// How long all of it may take from its beginning.
    pub max_time: Option<Duration>,
    /// Recorded answers, in place of a network and of waiting.
    pub replayer: Option<Replayer>,
    /// Processes, where suites run in parallel.
    pub children: Option<(Children, Vec<Assignment>)>,
}

/// Starts the engine.
///
/// # Errors
/// The system allows no more threads.
pub fn start(mut work: Work) -> io::Result<Run> {
    let (post, messages) = inbox();
    let stop = Arc::new(AtomicBool::new(false));
    let signals = post.clone();
    forward_signals(move |exit| signals.put_and_ring(Message::Signal(exit)));
    let engine_stop = stop.clone();
    thread::Builder::new().name("engine".to_owned()).spawn(move || {
        let mut sink = EventPost { post: post.clone(), stop: engine_stop };
        let clock: Arc<dyn Clock> = match work.replayer {
            Some(_) => Arc::new(HurriedClock::default()),
            None => Arc::new(SystemClock),
        };
        wait_until(work.start_at, &*clock, &sink);
        let time = work.max_time.and_then(|limit| TimeLimit::of_run(limit, limit, &clock));
        let limits = Limits { patience: work.patience, time };
        if run::before_all(&work.hooks, &work.suites, (&*clock, &limits), &mut sink) {
            match &mut work.children {
                Some((children, assignments)) => {
                    children.bounds = limits.clone();
                    run::run_children(children, assignments, wire::from_line, &mut sink);
                }
                None => {
                    let usual = exchange_of(&work.suites);
                    let exchange = |suite: &PlannedSuite| -> Arc<dyn Exchange> {
                        work.replayer.clone().map_or_else(|| usual(suite), |replayer| Arc::new(replayer))
                    };
                    run::run_suites(&work.suites, &exchange, clock, &limits, &mut sink);
                }
            }
        }
        let (answer, passed) = bounded(1);
        post.put_and_ring(Message::Ran(answer));
        // Without an answer, nobody waits for the hooks either.
        let after = run::after_all(&work.hooks, passed.recv().unwrap_or(false), &limits, &|| sink.is_stopped());
        post.put_and_ring(Message::Finished(extension::fault().map_or(after, Err)));
    })?;
    Ok(Run { messages, stop })
}

/// Waits for the time of `--start-at`, or for the run to be stopped.
fn wait_until(start: Option<SystemTime>, clock: &dyn Clock, sink: &dyn Sink) {
    const NAP: Duration = Duration::from_millis(50);
    /// Whoever means a wait as long as this is told all the same.
    const LONG_WAIT: Duration = Duration::from_secs(60);
    let Some(start) = start else { return };
    if let Ok(late) = clock.date().duration_since(start)
        && late > Duration::from_millis(100)
    {
        log::warn!("--start-at was {:.1} s ago: the run begins at once", late.as_secs_f64());
    }
    if let Ok(left) = start.duration_since(clock.date()) {
        let level = if left < LONG_WAIT { log::Level::Info } else { log::Level::Warn };
        log::log!(level, "the run begins in {:.1} s (--start-at)", left.as_secs_f64());
    }
    while let Ok(left) = start.duration_since(clock.date())
        && !left.is_zero()
        && !sink.is_stopped()
    {
        clock.sleep(left.min(NAP));
    }
}

/// Clients for suites: one for those that check certificates, one for those that do not.
pub fn exchange_of(suites: &[PlannedSuite]) -> impl Fn(&PlannedSuite) -> Arc<dyn Exchange> + use<> {
    let egress = suites.iter().find_map(|suite| suite.settings.egress.clone());
    let client = |insecure| {
        Arc::new(Client::new(ClientSettings {
            insecure,
            proxies: ProxyEnvironment::of(environment),
            egress: egress.clone(),
            ..ClientSettings::default()
        }))
    };
    let (checking, trusting) = (client(false), client(true));
    move |suite| if suite.settings.ssl_insecure { trusting.clone() } else { checking.clone() }
}

/// The processes that parallel suites run in, with an assignment for each suite that no other needs.
pub fn children(
    plan: &Plan,
    arguments: &Arguments,
    (words, trace): (&[String], Option<&RunTrace>),
) -> Option<(Children, Vec<Assignment>)> {
    let limit = match arguments.processes? {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        count => count,
    };
    let suites = &plan.suites;
    let needed = needed_suites(suites);
    let needed_by_others: HashSet<usize> = needed.iter().flatten().copied().collect();
    // What others need runs in their processes, and in none of its own.
    let own = (0..suites.len()).filter(|place| !needed_by_others.contains(place));
    let count = own.clone().count();
    if limit < 2 || count < 2 {
        return None;
    }
    let given = Given {
        names: &plan.chosen_names,
        presets: &arguments.presets,
        seed: arguments.seeds.used(),
        from_config: arguments.config.is_some(),
        has_needs: plan.has_needs,
        processes: u32::try_from(limit.min(count)).unwrap_or(u32::MAX),
        trace,
    };
    // What they say is handed on in the environment.
    let words = parser::without(&parser::without(words, "secret"), "otlp-header");
    let assign = |place: usize| {
        let all: Vec<&PlannedSuite> = needed[place].iter().chain([&place]).map(|place| &suites[*place]).collect();
        let needs = needed[place].iter().map(|place| suites[*place].name.clone()).collect();
        let limits: Option<Vec<Duration>> =
            all.iter().map(|suite| run::suite_limit(&suite.settings, &suite.sets)).collect();
        let cleans_up = all.iter().any(|suite| suite.has_teardown());
        Assignment {
            name: suites[place].name.clone(),
            needs,
            text: assignment(&words, &given, &all),
            cleaning: if cleans_up { TEARDOWN_LIMIT } else { Duration::ZERO },
            limits: limits.unwrap_or_default(),
        }
    };
    let assignments = own.map(assign).collect();
    let children = Children {
        program: own_binary(),
        word: Command::CHILD,
        limit,
        preserve_order: arguments.preserve_order,
        bounds: Limits::default(),
        environment: added_to_environment().into_iter().chain(secret_sources::handed_on(plan, arguments)).collect(),
        witness: plan.suites.iter().find_map(|suite| suite.settings.witness.clone()),
    };
    Some((children, assignments))
}

/// The engine's end of the queue.
struct EventPost {
    post: Post<Message>,
    stop: Arc<AtomicBool>,
}

impl Sink for EventPost {
    fn emit(&mut self, event: Event) {
        self.post.put(Message::Event(event));
    }

    fn learn(&mut self, secrets: &Secrets) {
        extension::hide(secrets);
        self.post.put(Message::Learned(Box::new(secrets.clone())));
    }

    fn pause(&mut self) {
        self.post.ring();
        let _ = io::stdin().read_line(&mut String::new());
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || extension::has_fault()
    }
}
