//! Load runs: many hits of one test, in a closed or an open model.
//!
//! Owns: workers, their start and end, progress, the summary. The parts know nothing of each other:
//! `permits` says who may send, `hit` sends, `stats` counts, `doubts` doubts; `evented` is what a loop asks.

mod doubts;
mod evented;
mod hit;
mod judges;
mod permits;
mod sampled;
mod stats;
mod target;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use self::evented::Hits;
use self::hit::{LeftOver, Turn, Worker};
use self::judges::Judges;
use self::permits::Permits;
use self::stats::{Sample, Shards};
pub(super) use self::target::Judging;
use self::target::Target;
use crate::exchange::cookies::Jar;
use crate::exchange::request::{EventLoop, Exchange, Request};
use crate::exchange::trace::Role;
use crate::ground::source::Fault;
use crate::judge::outcome::Failure;
use crate::load::metrics::Metric;
use crate::load::pacing::Pace;
use crate::load::plan::{LoadPlan, Mode, ThinkTime, Volume};
use crate::load::summary::{LoadSummary, Paced};
use crate::record::event::{AttemptNotice, Event, LoadProgress, LoadStart, Sink};
use crate::run::guarded::pass_on_news;
use crate::run::rounds::Round;
use crate::run::session::Session;
use crate::secrets::Secrets;
use crate::settings::leaks::Leaks;
use crate::test::definition::Test;
use crate::variables::context::Context;

/// How often progress is reported.
const TICK: Duration = Duration::from_millis(100);

/// Percentiles of a run that goes on are looked up so often.
const P95_PAUSE: Duration = Duration::from_secs(1);

/// Of the sends of retried requests, so many are reported one by one: all of them would be more than anybody reads.
const ATTEMPTS: usize = 100;

/// After a stop, requests under way get this long to end. The command waits longer than this and two ticks.
const GRACE: Duration = Duration::from_millis(200);

/// A worker's stack: enough for validators, small enough for thousands.
const STACK: usize = 256 * 1024;

/// A loop's stack; there are few of them.
const LOOP_STACK: usize = 2 * 1024 * 1024;

/// So many starts a second are easy for one loop: more of them would only wake each other.
const RATE_OF_A_LOOP: f64 = 50_000.0;

/// What is to be run.
pub(super) struct Job<'j> {
    pub test: &'j Test,
    pub plan: &'j LoadPlan,
    /// Requests at once when nothing sets it.
    pub default_concurrency: usize,
    /// Metrics whose every value is kept.
    pub metrics: Vec<Metric>,
    /// What of answers is judged.
    pub judging: Judging,
    pub user_agent: Option<&'static str>,
}

/// Its result.
pub(super) struct Finished {
    pub summary: LoadSummary,
    pub values: Vec<(Metric, Vec<f64>)>,
    /// The URL of a request that was sent, if any was.
    pub url: Option<String>,
    /// The first request that failed with the secrets that were its own, where it is wanted.
    pub failed: Option<(Request, Secrets)>,
    /// Why nothing could be sent at all, through no fault of what is tested.
    pub fault: Option<&'static str>,
    /// Why it ended before its end: what is tested is not there.
    pub broken: Option<String>,
    /// What is wrong with the test because its first exchange shows a secret, if leaks fail it.
    pub leak: Option<Failure>,
}

/// Everything that workers share.
struct Shared {
    target: Arc<Target>,
    exchange: Arc<dyn Exchange>,
    context: Context,
    warmup: Permits,
    /// Made when the last worker is warm.
    permits: OnceLock<Permits>,
    shards: Shards,
    think_time: Option<ThinkTime>,
    /// What draws think times.
    seed: u64,
    stop: Arc<AtomicBool>,
    /// Set when the run no longer waits for its workers: what they still bring is not counted.
    abandoned: AtomicBool,
    ended: Mutex<Option<Instant>>,
    left_over: Mutex<Option<LeftOver>>,
    /// What draws waits before retries, where anybody chose it.
    draws: Option<u64>,
    /// Why nothing more can be sent.
    broken: OnceLock<String>,
    /// Why a loop gave up.
    failed_loop: Mutex<Option<String>>,
    judges: OnceLock<Option<Judges>>,
}

/// A worker's ends of the channels.
#[derive(Clone)]
struct Signals {
    /// Hears once that the worker is warm.
    warm: Sender<()>,
    /// Closed when measuring begins.
    gate: Receiver<()>,
    /// Hears when the worker ends.
    done: Sender<()>,
}

impl Shared {
    /// A worker's life.
    fn work(&self, number: usize, signals: &Signals) {
        let mut worker = Worker::new(self.target.clone(), &self.exchange, self.context.clone(), self.draws(number));
        let stopped = || self.stop.load(Ordering::Relaxed);
        let break_off = |why| self.break_off(why);
        while self.warmup.take().is_some() {
            // Only its connections count: they are the ones that the run goes on with.
            let turn = Turn { permit: None, stopped: &stopped, is_over: &|| false, break_off: &break_off };
            let Some(Sample { connections, .. }) = worker.hit(&turn) else { break };
            self.shards.add_connections(number, connections);
        }
        let _ = signals.warm.send(());
        let _ = signals.gate.recv();
        let mut random = fastrand::Rng::with_seed(self.seed.wrapping_add(number as u64));
        let permits = self.permits.get();
        while let Some((permit, permits)) =
            permits.filter(|permits| permits.wait_turn(number)).and_then(|permits| Some((permits.take()?, permits)))
        {
            let is_over = || permits.is_late(Instant::now());
            let turn = Turn { permit: Some(permit), stopped: &stopped, is_over: &is_over, break_off: &break_off };
            let Some(mut sample) = worker.hit(&turn) else {
                permits.give_back();
                break;
            };
            if self.abandoned.load(Ordering::Relaxed) {
                return;
            }
            sample.at = permits.elapsed();
            self.shards.add(number, sample);
            if let Some(think_time) = self.think_time {
                permits.think(think_time.draw(&mut random));
            }
        }
        self.leave(worker.into_left_over());
        let _ = signals.done.send(());
    }

    /// The life of a thread with a loop.
    fn serve(self: &Arc<Shared>, lane: &Lane, mut event_loop: Box<dyn EventLoop>, signals: &Signals) {
        let mut hits = Hits::new(self, lane.number, lane.first, lane.slots);
        let mut result = event_loop.run(lane.slots, &mut hits);
        let _ = signals.warm.send(());
        let _ = signals.gate.recv();
        if result.is_ok() {
            hits.measure(self.permits.get());
            result = event_loop.run(lane.slots, &mut hits);
        }
        if let Some(judges) = self.judges.get().and_then(Option::as_ref) {
            judges.finish();
        }
        if let Err(message) = result {
            *self.failed_loop.lock().unwrap_or_else(PoisonError::into_inner) = Some(message);
        }
        if self.abandoned.load(Ordering::Relaxed) {
            return;
        }
        if let Some(left) = hits.into_left_over() {
            self.leave(left);
        }
        let _ = signals.done.send(());
    }

    /// Ends the run with what it has: nothing more can be sent.
    fn break_off(&self, why: String) {
        let _ = self.broken.set(why);
        self.stop.store(true, Ordering::Relaxed);
    }

    /// What waits before the retries of a worker or of a loop are drawn from.
    fn draws(&self, number: usize) -> fastrand::Rng {
        match self.draws {
            Some(seed) => fastrand::Rng::with_seed(seed.wrapping_add(number as u64 + 1)),
            None => fastrand::Rng::new(),
        }
    }

    /// Who judges what would hold up a loop; started when it is needed.
    fn judges(&self) -> Option<&Judges> {
        self.judges.get_or_init(Judges::start).as_ref()
    }

    /// The end of a worker, or of a loop.
    fn leave(&self, left: LeftOver) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let mut kept = self.left_over.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|kept| kept.rank <= left.rank) {
            *kept = Some(left);
        }
    }
}

/// A loop's share of the slots.
struct Lane {
    number: usize,
    first: usize,
    slots: usize,
}

/// Runs a job; a stop ends it early with what it has.
pub(super) fn run(session: &mut Session<'_>, job: &Job<'_>, sink: &mut dyn Sink) -> Finished {
    let settings = session.engine.settings;
    let effective = settings.resolve(&session.config.layer, &job.test.own_layers(Some(&job.plan.layer)));
    let concurrency = effective.concurrency.value.unwrap_or(job.default_concurrency).max(1);
    let (mut plan, concurrency) = job.plan.effective(&effective).of_part(settings.part, concurrency);
    plan.seed = settings.seed.unwrap_or(plan.seed);
    let plan = &plan;
    let workers = match plan.volume {
        Volume::Requests(count) => concurrency.min(usize::try_from(count.max(1)).unwrap_or(usize::MAX)),
        Volume::Duration(_) => concurrency,
    };
    let limits = doubts::limits(workers, allow_connections(workers), local_ports());
    for limit in &limits {
        sink.emit(Event::Warned(Box::new(Fault::new(job.test.location.clone(), limit.clone()))));
    }
    let mut target = Target::new(job.test, &effective, session.engine);
    target.judging = job.judging;
    target.wants_timing = !job.metrics.is_empty();
    target.user_agent = job.user_agent;
    target.secrets = session.secrets_of(job.test);
    target.contract = session.config.contract.clone();
    target.privacy.clone_from(&session.config.privacy);
    target.has_own_secrets = job.test.has_secret_variables(&target.secrets);
    target.watches_leaks = settings.leaks != Leaks::Off && !target.secrets.is_empty();
    target.jar = session.jar.as_ref().map(Jar::fork);
    target.wants_failed = settings.curl;
    target.permit = session.permit(job.test);
    target.trace = session.carried(Role::Load);
    target.trace_sample = job.plan.trace_sample;
    // What a level of the log shows that is off costs nothing.
    let (notices, attempts) = bounded(ATTEMPTS);
    target.attempts = (log::max_level() >= log::LevelFilter::Debug).then_some(notices);
    sink.emit(Event::LoadStarted(Box::new(LoadStart {
        name: job.test.name.clone(),
        method: job.test.method.clone(),
        has_key: target.retry.idempotency_key.is_some(),
        volume: plan.volume,
        concurrency,
        mode: plan.mode,
    })));

    let guards_before = target.guarding.has_breakers().then(|| target.guards.figures());
    session.engine.exchange.release();
    let stop = Arc::new(AtomicBool::new(false));
    let shared = Arc::new(Shared {
        target: Arc::new(target),
        exchange: session.engine.exchange.clone(),
        context: session.context.clone(),
        warmup: Permits::free(Volume::Requests(plan.warmup), Instant::now(), stop.clone()),
        permits: OnceLock::new(),
        shards: Shards::new(workers, job.metrics.clone(), plan.threshold),
        stop: stop.clone(),
        think_time: plan.think_time,
        seed: plan.seed,
        abandoned: AtomicBool::new(false),
        ended: Mutex::new(None),
        left_over: Mutex::new(None),
        draws: settings.draws.or(settings.seed),
        broken: OnceLock::new(),
        failed_loop: Mutex::new(None),
        judges: OnceLock::new(),
    });
    if let Err(why) = make_ready(&shared, sink) {
        shared.break_off(why);
    }
    let ((warm, warmed), (open, gate), (done, ends)) = (unbounded(), bounded(0), unbounded());
    let team = start_workers(plan, workers, &shared, &Signals { warm, gate, done });
    let running = team.running;
    let stopped_early = wait_for(&warmed, running, &shared, sink, |_, _| {});

    let cpu = doubts::CpuMeter::start();
    let begun = session.engine.clock.date();
    let started = Instant::now();
    let permits = match plan.ticks() {
        Some(ticks) => Permits::paced(Pace::new(ticks, plan.volume), started, stop).lasting(plan.volume),
        None => Permits::free(plan.volume, started, stop).growing(plan.connections(concurrency)),
    };
    let _ = shared.permits.set(permits);
    drop(open);
    let (mut p95, mut next_p95) = (None, P95_PAUSE);
    // Stopped while warming up: no worker has anything to bring.
    let interrupted = stopped_early
        || wait_for(&ends, running, &shared, sink, |shared, sink| {
            pass_on(&attempts, sink);
            pass_on_news(&shared.target.guards, sink);
            let (total, failed) = shared.shards.progress();
            let elapsed = started.elapsed();
            if elapsed >= next_p95 {
                p95 = shared.shards.p95();
                next_p95 = elapsed + P95_PAUSE;
            }
            sink.emit(Event::LoadProgressed(LoadProgress { elapsed, total, failed, p95 }));
        });
    pass_on(&attempts, sink);
    let noted = shared.target.noted.load(Ordering::Relaxed);
    if let Some(count) = noted.checked_sub(ATTEMPTS as u64).filter(|count| *count > 0) {
        sink.emit(Event::AttemptsOmitted { name: job.test.name.clone(), count });
    }
    pass_on_news(&shared.target.guards, sink);
    let dropped = shared.permits.get().and_then(Permits::dropped);
    let stats = shared.shards.take();
    let ended = shared.ended.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(Instant::now);
    let (mut url, mut detour) = (None, None);
    if let Some(left) = shared.left_over.lock().unwrap_or_else(PoisonError::into_inner).take() {
        (session.context, url, detour) = (left.context, left.url, left.detour);
        session.learn_load_secrets(job.test);
    }
    let started_requests = shared.permits.get().map_or(0, Permits::taken);
    let mut summary = LoadSummary {
        total: stats.total,
        passed: stats.passed,
        retries: stats.retries,
        healed: stats.healed,
        exhausted: stats.exhausted,
        wall: ended.saturating_duration_since(started),
        cpu_share: cpu.share(),
        started: Some(begun),
        attempts: stats.attempts,
        dropped,
        latency: stats.latency,
        paced: dropped.map(|_| Paced { service: stats.service, lag: stats.lag }),
        timeline: stats.timeline,
        seed: plan.is_random().then_some(plan.seed),
        threshold_exceeded: plan.threshold.map(|_| stats.slow),
        rps_mode: plan.rps_mode,
        percentiles: plan.percentiles.clone(),
        thresholds: plan.thresholds.clone(),
        statuses: stats.statuses,
        errors: stats.errors,
        reasons: stats.reasons,
        bytes_in: stats.bytes_in,
        bytes_out: stats.bytes_out,
        connections: stats.connections,
        concurrency,
        doubts: Vec::new(),
        notes: Vec::new(),
        baseline: None,
        output: plan.output.clone().map(Arc::new),
    };
    let seen = doubts::Circumstances {
        own_lag: &stats.own_lag,
        interrupted,
        under_way: started_requests.saturating_sub(summary.total),
        threads: (running < team.wanted).then_some((running, team.wanted)),
        limits: &limits,
        // Judges take what cores the loops leave.
        senders: if shared.judges.get().is_some() { usize::MAX } else { running },
    };
    summary.doubts = doubts::doubts(&summary, plan, &seen);
    let opened = guards_before.map(|before| shared.target.guards.figures().since(&before).breakers);
    for breaker in opened.into_iter().flatten().filter(|breaker| breaker.opened > 0 || breaker.is_open) {
        summary.doubts.push(format!("the circuit of {} was open: nothing was sent meanwhile", breaker.origin));
    }
    if let Some(message) = shared.failed_loop.lock().unwrap_or_else(PoisonError::into_inner).take() {
        summary.doubts.push(message);
    }
    summary.notes = doubts::notes(&summary, plan, stats.opened_late);
    if let Some(bucket) = shared.target.guarding.rate() {
        summary.notes.push(format!("no more was sent than rate_limit allows: {}", bucket.limit()));
    }
    if let Some(reason) = team.no_loop {
        summary.notes.push(format!("mode: async ran on a thread for each connection: the event loop has no {reason}"));
    } else if let Some(what) = detour {
        summary.notes.push(format!("requests took more of the client's time than they need to: {what}"));
    }
    let fault = (running == 0).then_some("no thread could be started; the system allows no more");
    let failed = shared.target.first_failed();
    let broken = shared.broken.get().cloned();
    let first = shared.target.first.get();
    let leak = first.and_then(|(request, response)| session.look_for_leaks(job.test, (request, response), sink));
    Finished { leak, summary, values: stats.values, url, failed, fault, broken }
}

/// Reports the sends that workers have noted.
fn pass_on(attempts: &Receiver<AttemptNotice>, sink: &mut dyn Sink) {
    attempts.try_iter().for_each(|notice| sink.emit(Event::AttemptFinished(Box::new(notice))));
}

/// Who carries a run out.
struct Team {
    /// Threads that run, and those that were to.
    running: usize,
    wanted: usize,
    /// Why there is no event loop, where one was asked for.
    no_loop: Option<String>,
}

/// Starts the workers, fewer where the system allows no more.
fn start_workers(plan: &LoadPlan, workers: usize, shared: &Arc<Shared>, signals: &Signals) -> Team {
    let team = |running, no_loop| Team { running, wanted: workers, no_loop };
    if plan.mode == Mode::Sync {
        return team(start_pool(workers, shared, signals), None);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let loops = match plan.rates() {
        // A core for each of them is one less for a server on the same machine.
        Some(rates) => cores.min((rates.peak() / RATE_OF_A_LOOP).ceil().max(1.0) as usize),
        None => cores,
    };
    let wanted = plan.threads.unwrap_or(loops).clamp(1, workers.max(1));
    match event_loops(wanted, shared) {
        Ok(loops) => Team { running: start_loops(loops, workers, shared, signals), wanted, no_loop: None },
        Err(reason) => team(start_threads(workers, shared, signals), Some(reason)),
    }
}

/// Gets what the requests of a run need before its clock starts, as far as that can be known before it.
fn make_ready(shared: &Shared, sink: &dyn Sink) -> Result<(), String> {
    if shared.target.test.auth_block().is_none() {
        return Ok(());
    }
    // What is wrong with a request is told by the first hit.
    let Ok(request) = first_request(shared) else { return Ok(()) };
    let stopped = || sink.is_stopped();
    let way: (&dyn Exchange, &dyn Fn() -> bool) = (&*shared.exchange, &stopped);
    let ready = shared.target.on_its_way(&request, way, Round::begin);
    ready.map(drop).map_err(|error| error.message)
}

/// The first request of a run, as far as it can be known before it.
fn first_request(shared: &Shared) -> Result<Request, String> {
    let target = &shared.target;
    let mut context = shared.context.clone();
    for (name, value) in &target.test.variable_binds {
        context.bind(name, value.clone());
    }
    target.request(&context)
}

/// Loops for the requests of a run, as far as these can be known before it.
fn event_loops(count: usize, shared: &Shared) -> Result<Vec<Box<dyn EventLoop>>, String> {
    let request = first_request(shared).map_err(|_| "request that can be made".to_owned())?;
    (0..count).map(|_| shared.exchange.event_loop(&request)).collect()
}

/// Starts a thread for each loop, fewer where the system allows no more; those that run share the slots.
fn start_loops(loops: Vec<Box<dyn EventLoop>>, slots: usize, shared: &Arc<Shared>, signals: &Signals) -> usize {
    let lanes: Vec<Sender<Lane>> = loops
        .into_iter()
        .filter_map(|event_loop| {
            let (shared, signals) = (shared.clone(), signals.clone());
            let (give, given) = bounded(1);
            let thread = std::thread::Builder::new().stack_size(LOOP_STACK).spawn(move || {
                if let Ok(lane) = given.recv() {
                    shared.serve(&lane, event_loop, &signals);
                }
            });
            thread.is_ok().then_some(give)
        })
        .collect();
    let count = lanes.len();
    let mut first = 0;
    for (number, lane) in lanes.iter().enumerate() {
        let slots = slots / count + usize::from(number < slots % count);
        let _ = lane.send(Lane { number, first, slots });
        first += slots;
    }
    count
}

fn start_threads(workers: usize, shared: &Arc<Shared>, signals: &Signals) -> usize {
    (0..workers)
        .take_while(|number| {
            let (number, shared, signals) = (*number, shared.clone(), signals.clone());
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn(move || shared.work(number, &signals)).is_ok()
        })
        .count()
}

/// A pool has all of its threads or none; where the system refuses one, threads of our own go on with what there is.
///
/// A worker's life is the start of its thread: threads of a pool that look for work look for it with each other, and
/// a thousand of them leave the processor little else to do (measured: a broadcast to 1,000 costs 2.5 s of it). The
/// pool is closed before they are through, so none of them ever looks.
fn start_pool(workers: usize, shared: &Arc<Shared>, signals: &Signals) -> usize {
    let (own, signals_of_pool) = (shared.clone(), signals.clone());
    let (grant, granted) = unbounded();
    let mut threads = Vec::with_capacity(workers);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers)
        .start_handler(move |number| {
            if granted.recv().is_ok() {
                own.work(number, &signals_of_pool);
            }
        })
        .spawn_handler(|thread| {
            threads.push(std::thread::Builder::new().stack_size(STACK).spawn(|| thread.run())?);
            Ok(())
        });
    match pool.build() {
        Ok(_) => threads.iter().filter(|_| grant.send(()).is_ok()).count(),
        Err(_) => {
            // Only when those that were started are gone is there room for ours.
            drop(grant);
            for thread in threads {
                let _ = thread.join();
            }
            start_threads(workers, shared, signals)
        }
    }
}

/// Waits for a word of every worker; true if the run was stopped before that.
fn wait_for(
    words: &Receiver<()>,
    mut left: usize,
    shared: &Shared,
    sink: &mut dyn Sink,
    mut tick: impl FnMut(&Shared, &mut dyn Sink),
) -> bool {
    let mut deadline: Option<Instant> = None;
    let mut next_tick = Instant::now() + TICK;
    while left > 0 {
        match words.recv_deadline(next_tick) {
            Ok(()) => left -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            // No worker is left to say a word.
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if Instant::now() < next_tick {
            continue;
        }
        next_tick = Instant::now() + TICK;
        tick(shared, sink);
        if deadline.is_none() && sink.is_stopped() {
            shared.stop.store(true, Ordering::Relaxed);
            deadline = Some(Instant::now() + GRACE);
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            shared.abandoned.store(true, Ordering::Relaxed);
            break;
        }
    }
    deadline.is_some()
}

/// How many connections to one address and port the system can number; known on Linux.
fn local_ports() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut bounds = text.split_whitespace().map(|word| word.parse::<u64>().ok());
    let (first, last) = (bounds.next()??, bounds.next()??);
    Some((last + 1).saturating_sub(first))
}

/// Every connection is a file; the soft limit of 1024 is raised as far as the system lets us. The limit comes back
/// where it is too low.
fn allow_connections(workers: usize) -> Option<u64> {
    const SPARE: u64 = 64;
    let wanted = workers as u64 + SPARE;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|soft| soft >= wanted) {
        return None;
    }
    let allowed = limit.maximum.unwrap_or(u64::MAX).min(wanted.max(4096));
    setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), ..limit }).ok()?;
    (allowed < wanted).then_some(allowed)
}
