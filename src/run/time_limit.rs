//! `suite_timeout` and `--max-time`: what takes longer ends, the test that was running is an error, the rest is skipped.
//!
//! Owns: a limit in front of everything that takes time: exchanges, waits, the questions whether to go on. Does
//! not: end what never asks (the command does, a little later), know what a test is made of.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::exchange::request::{EventLoop, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::Response;
use crate::ground::clock::Clock;
use crate::judge::outcome::{Failure, FailureKind};
use crate::record::event::{Event, Sink};
use crate::secrets::Secrets;

/// The shortest time that a request is given: none at all would be no bound.
const LEAST: Duration = Duration::from_millis(1);

/// How much later than its limit what does not end by itself is ended.
pub const LATENESS: Duration = Duration::from_secs(3);

/// The error of a suite that took longer than `suite_timeout` lets it.
pub fn limit_reached(limit: Duration) -> String {
    format!("suite limit of {} s reached", limit.as_secs_f64())
}

/// The error of a test that runs when `--max-time` is over.
pub fn run_limit_reached(limit: Duration) -> String {
    format!("run limit of {} s reached", limit.as_secs_f64())
}

/// What a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One suite: it is an error that it did not come to its end.
    Suite,
    /// The whole run: the test that was running says so.
    Run,
}

/// Until when a suite, or a whole run, may go on.
#[derive(Clone)]
pub struct TimeLimit {
    scope: Scope,
    limit: Duration,
    until: Arc<Mutex<Instant>>,
    clock: Arc<dyn Clock>,
    /// Whether it has been told that nothing more begins.
    is_told: Arc<AtomicBool>,
}

impl TimeLimit {
    /// A limit from now on; nothing where no clock can show its end.
    pub(super) fn from_now(scope: Scope, limit: Duration, clock: &Arc<dyn Clock>) -> Option<TimeLimit> {
        TimeLimit::ending_in(limit, (scope, limit), clock)
    }

    /// The limit of `--max-time` for a run that has so much of it left.
    pub fn of_run(limit: Duration, left: Duration, clock: &Arc<dyn Clock>) -> Option<TimeLimit> {
        TimeLimit::ending_in(left, (Scope::Run, limit), clock)
    }

    fn ending_in(left: Duration, (scope, limit): (Scope, Duration), clock: &Arc<dyn Clock>) -> Option<TimeLimit> {
        let until = Arc::new(Mutex::new(clock.now().checked_add(left)?));
        Some(TimeLimit { scope, limit, until, clock: clock.clone(), is_told: Arc::default() })
    }

    /// Of two limits, the one that comes first.
    pub(super) fn first(one: Option<TimeLimit>, other: Option<TimeLimit>) -> Option<TimeLimit> {
        one.into_iter().chain(other).min_by_key(|limit| *limit.until())
    }

    /// What is said where it is reached.
    pub(super) fn message(&self) -> String {
        match self.scope {
            Scope::Suite => limit_reached(self.limit),
            Scope::Run => run_limit_reached(self.limit),
        }
    }

    /// Whether the time is up.
    pub fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Whether it was up so long ago already.
    pub(super) fn is_over_since(&self, time: Duration) -> bool {
        self.clock.now().saturating_duration_since(*self.until()) > time
    }

    /// The time that there is.
    pub(super) fn left(&self) -> Duration {
        self.until().saturating_duration_since(self.clock.now())
    }

    fn until(&self) -> MutexGuard<'_, Instant> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells, once, that nothing more of the run begins.
    pub(super) fn tell(&self, sink: &mut dyn Sink) {
        if self.scope == Scope::Run && !self.is_told.swap(true, Ordering::Relaxed) {
            sink.emit(Event::GivenUp(self.message().into()));
        }
    }

    /// From now on there is at least so much time; until when there was comes back.
    pub(super) fn extend(&self, least: Duration) -> Instant {
        let mut until = self.until();
        let later = self.clock.now().checked_add(least).map_or(*until, |least| least.max(*until));
        std::mem::replace(&mut until, later)
    }

    /// Takes an extension back.
    pub(super) fn restore(&self, until: Instant) {
        *self.until() = until;
    }
}

/// No request takes longer than the suite may.
pub(super) struct LimitedExchange {
    pub(super) inner: Arc<dyn Exchange>,
    pub(super) limit: TimeLimit,
}

impl Exchange for LimitedExchange {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        self.inner.send(&request.within(self.limit.left().max(LEAST)))
    }

    // Load runs ask their sink whether to go on, and leave behind what is under way then.
    fn worker(&self) -> Box<dyn Exchange> {
        self.inner.worker()
    }

    fn release(&self) {
        self.inner.release();
    }

    fn prepare(&self, request: &Request, wanted: Wanted) -> Box<dyn Prepared> {
        self.inner.prepare(request, wanted)
    }

    fn event_loop(&self, request: &Request) -> Result<Box<dyn EventLoop>, String> {
        self.inner.event_loop(request)
    }
}

/// No wait takes longer than the suite may.
pub(super) struct LimitedClock(pub(super) TimeLimit);

impl Clock for LimitedClock {
    fn now(&self) -> Instant {
        self.0.clock.now()
    }

    fn date(&self) -> std::time::SystemTime {
        self.0.clock.date()
    }

    fn sleep(&self, duration: Duration) {
        self.0.clock.sleep(duration.min(self.0.left()));
    }
}

/// Nothing begins after the limit; what ends after it is an error.
pub(super) struct LimitedSink<'s> {
    inner: &'s mut dyn Sink,
    limit: TimeLimit,
    was_reached: Cell<bool>,
}

impl<'s> LimitedSink<'s> {
    pub(super) fn new(inner: &'s mut dyn Sink, limit: TimeLimit) -> LimitedSink<'s> {
        LimitedSink { inner, limit, was_reached: Cell::new(false) }
    }

    /// Why the suite did not come to its end, if the limit kept it from that.
    pub(super) fn error(&self) -> Option<String> {
        (self.was_reached.get() && self.limit.scope == Scope::Suite).then(|| self.limit.message())
    }

    fn is_reached(&self) -> bool {
        let reached = self.limit.left().is_zero();
        self.was_reached.set(self.was_reached.get() || reached);
        reached
    }

    fn failure(&self, location: &crate::ground::source::Location) -> Failure {
        Failure::new(FailureKind::TestException, self.limit.message(), location)
    }
}

impl Sink for LimitedSink<'_> {
    fn emit(&mut self, mut event: Event) {
        match &mut event {
            // Whatever else was wrong with it is a consequence: a time that ran out, a hook that was ended.
            Event::TestFinished(outcome) if self.is_reached() => {
                outcome.failures = vec![self.failure(&outcome.location)];
            }
            Event::BenchmarkFinished(report) if self.is_reached() => {
                report.missed.push(self.failure(&report.location));
            }
            // Why comes before what it keeps from running.
            Event::TestSkipped(_) if self.is_reached() => self.limit.tell(self.inner),
            _ => {}
        }
        self.inner.emit(event);
    }

    fn learn(&mut self, secrets: &Secrets) {
        self.inner.learn(secrets);
    }

    fn pause(&mut self) {
        self.inner.pause();
    }

    fn is_stopped(&self) -> bool {
        self.inner.is_stopped() || self.is_reached()
    }

    fn given_up(&self) -> Option<Arc<str>> {
        self.inner.given_up().or_else(|| self.is_reached().then(|| self.limit.message().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::suites::{Limits, run_suites};
    use super::*;
    use crate::exchange::request::ErrorKind;
    use crate::exchange::request::Timeout;
    use crate::settings::precedence::{Origin, Setting};
    use crate::settings::run_settings::Settings;
    use crate::test::definition::Test;
    use crate::test::planned_suite::PlannedSuite;
    use crate::test::set::TestSet;

    /// Time that passes only when somebody waits.
    struct FakeClock(Mutex<Instant>);

    impl Clock for FakeClock {
        fn now(&self) -> Instant {
            *self.0.lock().unwrap()
        }

        fn sleep(&self, duration: Duration) {
            *self.0.lock().unwrap() += duration;
        }
    }

    /// Answers after as many seconds as the URL says, unless time runs out.
    struct Slow(Arc<dyn Clock>);

    impl Exchange for Slow {
        fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
            let takes = Duration::from_secs(request.url.rsplit('/').next().unwrap().parse().unwrap());
            let timeout = request.timeout.unwrap_or(Duration::MAX);
            self.0.sleep(takes.min(timeout));
            if takes > timeout {
                let message = format!("no answer within {} s", timeout.as_secs_f64());
                return Err(ExchangeError { kind: ErrorKind::Timeout, message, timing: Box::default() });
            }
            let mut response = Response::default();
            response.status = 200;
            Ok(response)
        }

        fn worker(&self) -> Box<dyn Exchange> {
            Box::new(Slow(self.0.clone()))
        }

        fn prepare(&self, _: &Request, _: Wanted) -> Box<dyn Prepared> {
            unimplemented!()
        }
    }

    fn suite(name: &str, seconds: &[u64]) -> PlannedSuite {
        let tests = seconds.iter().map(|seconds| Test::get(format!("http://x/{seconds}"))).collect();
        let set = TestSet { file: name.into(), tests, ..TestSet::default() };
        PlannedSuite { name: name.into(), sets: vec![set], settings: Settings::default(), ..PlannedSuite::default() }
    }

    /// What is reported of suites with a limit of 30 s each: a word for each test, and for each suite.
    fn reported(suites: &[PlannedSuite]) -> (Vec<String>, Duration) {
        reported_within((Some(30), None), suites)
    }

    /// The same with limits of so many seconds for each suite, and for the run.
    fn reported_within(
        (of_suite, of_run): (Option<u64>, Option<u64>),
        suites: &[PlannedSuite],
    ) -> (Vec<String>, Duration) {
        let mut suites = suites.to_vec();
        for suite in &mut suites {
            let limit = of_suite.map(|limit| Setting::new(Timeout::After(Duration::from_secs(limit)), Origin::Default));
            suite.settings.layer.guards.get_or_insert_default().suite_timeout = limit;
        }
        let clock: Arc<dyn Clock> = Arc::new(FakeClock(Mutex::new(Instant::now())));
        let started = clock.now();
        let mut words = Vec::new();
        let exchange: Arc<dyn Exchange> = Arc::new(Slow(clock.clone()));
        let of_run = of_run.map(Duration::from_secs);
        let time = of_run.and_then(|limit| TimeLimit::of_run(limit, limit, &clock));
        let limits = Limits { time, ..Limits::default() };
        run_suites(&suites, &|_| exchange.clone(), clock.clone(), &limits, &mut |event: Event| match event {
            Event::TestSkipped(test) => words.push(format!("skipped: {}", test.reason)),
            Event::GivenUp(reason) => words.push(format!("no more: {reason}")),
            Event::TestFinished(outcome) => {
                words.push(outcome.failures.first().map_or("passed".to_owned(), |failure| failure.message.clone()));
            }
            Event::SuiteFinished { error, .. } => words.push(error.unwrap_or_else(|| "end".to_owned())),
            _ => {}
        });
        (words, clock.now() - started)
    }

    #[test]
    fn the_running_test_is_an_error_and_the_rest_of_its_suite_does_not_run() {
        const REACHED: &str = "suite limit of 30 s reached";
        let (words, time) = reported(&[suite("a", &[5, 600, 1]), suite("b", &[3])]);
        // The default timeout of 10 s ends the second test before the limit.
        assert_eq!(words, ["passed", "no answer within 10 s", "passed", "end", "passed", "end"]);
        assert_eq!(time, Duration::from_secs(19));
        let (words, time) = reported(&[suite("a", &[9, 9, 9, 9, 1]), suite("b", &[3])]);
        let skipped = format!("skipped: {REACHED}");
        assert_eq!(words, ["passed", "passed", "passed", REACHED, &skipped, REACHED, "passed", "end"]);
        assert_eq!(time, Duration::from_secs(33));
        let mut waits = suite("a", &[1, 1]);
        waits.sets[0].tests[0].delay = Duration::from_secs(90);
        assert_eq!(reported(&[waits]).0, [REACHED, &skipped, REACHED]);
    }

    #[test]
    fn a_limit_on_the_run_is_the_error_of_the_running_test_alone() {
        let suites = [suite("a", &[5]), suite("b", &[5, 5]), suite("c", &[1])];
        let (words, time) = reported_within((None, Some(12)), &suites);
        const REACHED: &str = "run limit of 12 s reached";
        assert_eq!(words, ["passed", "end", "passed", REACHED, "end", &format!("no more: {REACHED}")]);
        assert_eq!(time, Duration::from_secs(12));
        // The limit that comes first is the one that is told.
        let (words, _) = reported_within((Some(3), Some(12)), &suites[..1]);
        assert_eq!(words, ["suite limit of 3 s reached", "suite limit of 3 s reached"]);
        // Where nothing is left, nothing is told of it.
        let (words, _) = reported_within((None, Some(8)), &suites[1..2]);
        assert_eq!(words, ["passed", "run limit of 8 s reached", "end"]);
        let (words, _) = reported_within((None, Some(8)), &[suite("a", &[5, 5, 1])]);
        const AT_8: &str = "run limit of 8 s reached";
        assert_eq!(words, ["passed", AT_8, &format!("no more: {AT_8}"), &format!("skipped: {AT_8}"), "end"]);
    }
}
