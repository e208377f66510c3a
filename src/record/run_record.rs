//! What a run came to, suite by suite: the one thing that reports are made of.
//!
//! Owns: putting events in their places, every count: totals, groups, what the exit code says. Does not: read the clock (times come with events
//! and as arguments), write anything (see `report`).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::ground::source::Location;
use crate::judge::outcome::{Failure, Outcome};
use crate::record::alert::AlertVerdict;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::Event;
use crate::record::run_fault::RunFault;
use crate::record::shards::Share;
use crate::retry::GuardFigures;
use crate::secrets::Secrets;
use crate::test::planned_test::{PlannedTest, SkippedTest};

/// No report shows more of a failed test's body.
const LONGEST_BODY: usize = 64 * 1024;

/// So much of a body is kept of every failed test, and more while there is room.
const LITTLE_BODY: usize = 4 * 1024;

/// The room for bodies that are longer: 10,000 failed tests take little more than this.
const ROOM_FOR_BODIES: usize = 64 * 1024 * 1024;

/// Room is made for so many tests of a suite before the first of them has run: a list that grows is there twice while
/// it moves.
const FORESEEN: usize = 100_000;

/// Why a test did not run that an interrupt kept from it.
const INTERRUPTED: &str = "interrupted";

/// Why a test did not run of which nobody said so.
const UNKNOWN: &str = "the run ended before it";

/// A whole run.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// When it began.
    pub started: SystemTime,
    /// From its beginning to its end.
    pub elapsed: Duration,
    /// Whether a signal ended it before its time.
    pub interrupted: bool,
    /// What made the run fail beside its tests: too many retries, a hook after everything.
    pub faults: Vec<RunFault>,
    /// What the run exits with by itself, once that is known: neither a monitoring system's own code, nor what is told
    /// instead of it while a change is held back.
    pub exit_code: Option<u8>,
    /// What it comes to over the runs before it, where only so many in a row count.
    pub alert: Option<Box<AlertVerdict>>,
    /// Which shard of a larger run this is, if it is one.
    pub shard: Option<Share>,
    /// What the tests' URLs are joined with, as far as it is known; secrets are already out of it.
    pub base_urls: Vec<String>,
    /// Where a trace is shown, with `{trace_id}` in the place of its id, if anybody says so.
    pub trace_url: Option<String>,
    /// The suites in the order in which they began.
    pub suites: Vec<SuiteRecord>,
    /// The suites that have not begun, each with its tests.
    expected: VecDeque<(Arc<str>, Vec<PlannedTest>)>,
    /// Whether the last suite still runs.
    open: bool,
    /// Why nothing more began, if so many tests failed.
    given_up: Option<Arc<str>>,
    /// Whether one of the faults is of the run itself, and not of what it tests.
    broken: bool,
    /// How many more bytes of bodies are kept.
    room_for_bodies: usize,
}

/// One suite file, with all that it imports.
#[derive(Debug, Clone)]
pub struct SuiteRecord {
    /// Its file.
    pub file: Arc<str>,
    /// Its title for people, if it has one.
    pub title: Option<String>,
    /// When it began; nothing if nobody said so.
    pub started: Option<SystemTime>,
    /// How long it took.
    pub elapsed: Duration,
    /// The tests that were judged, in order.
    pub tests: Vec<Outcome>,
    /// The benchmarks that ran.
    pub benchmarks: Vec<BenchmarkReport>,
    /// Tests that did not run, after `stop_on_failure` or an interrupt, each with why.
    pub skipped: Vec<SkippedTest>,
    /// What budgets of retries and circuit breakers did in it, if there are any.
    pub guards: Option<Box<GuardFigures>>,
    /// Why it did not come to its end, if it did not.
    pub error: Option<String>,
    /// Its tests that were not heard of yet.
    awaited: VecDeque<PlannedTest>,
    /// What has begun and not ended.
    running: Option<Running>,
    /// What a stop did not wait for; a teardown may have run since.
    left_behind: Option<Running>,
}

/// A test or a benchmark that has begun and not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its name.
    pub name: String,
    /// Where a test is written.
    pub location: Option<Location>,
}

impl Running {
    fn is(&self, name: &str, location: &Location) -> bool {
        self.name == name && self.location.as_ref() == Some(location)
    }
}

impl fmt::Display for Running {
    /// `"get person" (smoke.yaml:14)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name.escape_debug();
        match &self.location {
            Some(location) => write!(f, "\"{name}\" ({})", location.line()),
            None => write!(f, "\"{name}\""),
        }
    }
}

/// How many tests of a group ran, and how many of them passed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Passed.
    pub passed: u64,
    /// Run.
    pub total: u64,
}

impl Count {
    /// Failed or errored.
    pub fn failed(self) -> u64 {
        self.total - self.passed
    }
}

/// Passed and run by group, in the order of the names' code points.
pub type Groups<'r> = BTreeMap<&'r str, Count>;

/// The figures of a run or of a suite. Each test is passed, failed or errored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tests that were judged.
    pub total: u64,
    /// Right, if only after a retry.
    pub passed: u64,
    /// An assertion was false.
    pub failed: u64,
    /// Could not be judged.
    pub errored: u64,
    /// Of the passed ones, those that needed a retry.
    pub flaky: u64,
    /// Tests that did not run.
    pub skipped: u64,
    /// Sends after the first, of all requests.
    pub retries: u64,
    /// Requests, however often each was sent.
    pub requests: u64,
    /// Benchmarks that missed a threshold.
    pub missed_benchmarks: u64,
    /// Suites that did not come to their end.
    pub broken_suites: u64,
}

impl Totals {
    /// What the exit code counts: failed and errored tests, missed benchmarks, broken suites.
    pub fn failures(self) -> u64 {
        self.failed + self.errored + self.missed_benchmarks + self.broken_suites
    }

    /// Retries over requests, in percent; 0 where nothing was sent.
    pub fn retry_rate(self) -> f64 {
        if self.requests == 0 { 0.0 } else { self.retries as f64 * 100.0 / self.requests as f64 }
    }

    fn plus(self, other: Totals) -> Totals {
        Totals {
            total: self.total + other.total,
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            errored: self.errored + other.errored,
            flaky: self.flaky + other.flaky,
            skipped: self.skipped + other.skipped,
            retries: self.retries + other.retries,
            requests: self.requests + other.requests,
            missed_benchmarks: self.missed_benchmarks + other.missed_benchmarks,
            broken_suites: self.broken_suites + other.broken_suites,
        }
    }
}

/// What a case of a report came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It could not be judged.
    Errored,
    /// An assertion was false.
    Failed,
    /// It passed after a retry.
    Flaky,
    /// It passed.
    Passed,
    /// It did not run.
    Skipped,
}

impl Verdict {
    /// The verdict on a test.
    pub fn of(outcome: &Outcome) -> Verdict {
        match (outcome.passed(), outcome.errored()) {
            (true, _) if outcome.flaky() => Verdict::Flaky,
            (true, _) => Verdict::Passed,
            (false, true) => Verdict::Errored,
            (false, false) => Verdict::Failed,
        }
    }

    /// `passed`, `flaky`, `failed`, `errored`, `skipped`.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Errored => "errored",
            Verdict::Failed => "failed",
            Verdict::Flaky => "flaky",
            Verdict::Passed => "passed",
            Verdict::Skipped => "skipped",
        }
    }

    /// Whether it is no failure.
    pub fn is_good(self) -> bool {
        self >= Verdict::Flaky
    }
}

impl RunRecord {
    /// A run that begins now.
    pub fn new(started: SystemTime) -> RunRecord {
        RunRecord {
            started,
            elapsed: Duration::ZERO,
            interrupted: false,
            faults: Vec::new(),
            exit_code: None,
            alert: None,
            shard: None,
            base_urls: Vec::new(),
            trace_url: None,
            suites: Vec::new(),
            expected: VecDeque::new(),
            open: false,
            given_up: None,
            broken: false,
            room_for_bodies: ROOM_FOR_BODIES,
        }
    }

    /// Says what the run has before it: suites in order, each with its tests. What of these is never heard of did
    /// not run.
    pub fn set_plan(&mut self, suites: impl IntoIterator<Item = (Arc<str>, Vec<PlannedTest>)>) {
        self.expected.extend(suites);
    }

    /// Puts an event in its place. Events of different suites must not mix: where suites run side by
    /// side, each one's events are held back until it ends.
    pub fn observe(&mut self, event: Event) {
        match event {
            Event::SuiteStarted { file, title, at } => {
                self.close(UNKNOWN);
                self.open(file);
                if let Some(suite) = self.suites.last_mut() {
                    suite.title = title;
                    suite.started = Some(at);
                }
            }
            Event::SuiteFinished { file, elapsed, error } => {
                // Of a process that died before its first word, this is the only one.
                if !self.open || self.suites.last().is_some_and(|suite| suite.file != file) {
                    self.close(UNKNOWN);
                    self.open(file);
                }
                let why = error.clone();
                if let Some(suite) = self.suites.last_mut() {
                    suite.elapsed = elapsed;
                    suite.error = error.map(|error| suite.broken_by(&error));
                }
                // A suite that ends early, and without an error, was told to.
                self.close(why.as_deref().unwrap_or(INTERRUPTED));
            }
            Event::GivenUp(reason) => self.given_up = Some(reason),
            Event::SetStarted { file, tests } => self.current(&file).tests.reserve(tests.min(FORESEEN)),
            Event::TestExpanded { test, names } => self.current(&test.location.file).expand(&test, names),
            Event::TestStarted { name, location, .. } => {
                let suite = self.current(&location.file.clone());
                suite.running = Some(Running { name, location: Some(location) });
            }
            Event::BenchmarkStarted { name, .. } => {
                if let Some(suite) = self.suites.last_mut() {
                    suite.running = Some(Running { name, location: None });
                }
            }
            Event::TestFinished(mut outcome) => {
                self.cut_body(&mut outcome);
                let suite = self.current(&outcome.location.file);
                suite.heard_of(&outcome.name, &outcome.location);
                suite.running = None;
                // No report shows what was printed as it was received, secrets and all.
                // Spans are many, and on their way by now.
                outcome.trace.iter_mut().for_each(|trace| trace.spans = Vec::new());
                suite.tests.push(Outcome { printed: None, ..*outcome });
            }
            Event::TestSkipped(test) => {
                let suite = self.current(&test.location.file);
                suite.heard_of(&test.name, &test.location);
                if suite.running.as_ref().is_some_and(|running| running.is(&test.name, &test.location)) {
                    suite.left_behind = suite.running.take();
                }
                suite.skipped.push(*test);
            }
            Event::GuardsReported(figures) => {
                if let Some(suite) = self.suites.last_mut() {
                    suite.guards = Some(figures);
                }
            }
            Event::BenchmarkFinished(mut report) => {
                report.trace.iter_mut().for_each(|trace| trace.spans = Vec::new());
                let suite = self.current(&report.location.file);
                suite.running = None;
                suite.benchmarks.push(*report);
            }
            _ => {}
        }
    }

    /// Bodies were shown whole as their tests ended; what is kept is for reports, and must not grow without an end.
    fn cut_body(&mut self, outcome: &mut Outcome) {
        if let Some(curl) = &outcome.curl {
            let length = curl.line.len() + curl.pretty.len();
            match self.room_for_bodies.checked_sub(length) {
                _ if length <= LITTLE_BODY => {}
                Some(left) => self.room_for_bodies = left,
                None => outcome.curl = None,
            }
        }
        let bodies = outcome.attempts.iter_mut().filter_map(|attempt| attempt.exchange.as_deref_mut());
        for exchange in bodies {
            for side in ["/request/body", "/response/body"] {
                if let Some(body) = exchange.pointer_mut(side) {
                    self.cut_exchanged(body);
                }
            }
        }
        outcome.cut_body(LONGEST_BODY);
        let length = outcome.body.as_ref().map_or(0, String::len);
        if length <= LITTLE_BODY {
            return;
        }
        match self.room_for_bodies.checked_sub(length) {
            Some(left) => self.room_for_bodies = left,
            None => outcome.cut_body(LITTLE_BODY),
        }
    }

    /// A body of an exchange that is kept; a form, or its parts, are there beside it.
    fn cut_exchanged(&mut self, body: &mut serde_json::Value) {
        let Some(serde_json::Value::String(text)) = body.get_mut("value") else { return };
        match self.room_for_bodies.checked_sub(text.len()) {
            _ if text.len() <= LITTLE_BODY => {}
            Some(left) => self.room_for_bodies = left,
            None => {
                text.truncate((0..=LITTLE_BODY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
                body["truncated"] = true.into();
                if let Some(keys) = body.as_object_mut() {
                    keys.shift_remove("form");
                    keys.shift_remove("parts");
                }
            }
        }
    }

    /// The last word: how long all of it took, and whether a signal ended it. What was running then is named.
    pub fn finish(&mut self, elapsed: Duration, interrupted: bool) {
        if interrupted {
            self.faults.extend(self.interruption().map(RunFault::ended));
        }
        let given_up = self.given_up.clone();
        // What came too late to be an error of any test is one of the run.
        let is_cut = !interrupted && self.failures() == 0;
        self.faults.extend(given_up.as_deref().filter(|_| is_cut).map(RunFault::ended));
        let why = if interrupted { INTERRUPTED } else { given_up.as_deref().unwrap_or(UNKNOWN) };
        let started = self.started;
        if let Some(suite) = self.suites.last_mut().filter(|suite| self.open && suite.elapsed.is_zero()) {
            // Nobody said how long it took; it went on until now.
            let before = suite.started.and_then(|began| began.duration_since(started).ok());
            suite.elapsed = before.map_or(suite.elapsed, |before| elapsed.saturating_sub(before));
        }
        self.close(why);
        // They have no error of their own: what ended the run is told once.
        for (file, tests) in std::mem::take(&mut self.expected) {
            let mut suite = SuiteRecord::new(file);
            suite.awaited = tests.into();
            suite.skip_awaited(why);
            self.suites.push(suite);
        }
        self.elapsed = elapsed;
        self.interrupted = interrupted;
    }

    /// Takes secrets out of what is kept: answers may have brought them after it was told.
    pub fn hide(&mut self, secrets: &Secrets) {
        for suite in &mut self.suites {
            let of_tests = suite.tests.iter_mut().flat_map(Outcome::texts_mut);
            let missed = suite.benchmarks.iter_mut().flat_map(|report| report.missed.iter_mut());
            of_tests.chain(missed.flat_map(Failure::texts_mut)).chain(&mut suite.error).for_each(|text| {
                secrets.redact_message(&Secrets::default(), text);
            });
        }
    }

    /// Puts the suites in the order of a list of files; what is not in it comes last.
    pub fn sort_like(&mut self, files: &[Arc<str>]) {
        self.suites.sort_by_key(|suite| files.iter().position(|file| *file == suite.file).unwrap_or(usize::MAX));
    }

    /// The figures of all suites.
    pub fn totals(&self) -> Totals {
        self.suites.iter().map(SuiteRecord::totals).fold(Totals::default(), Totals::plus)
    }

    /// Passed and run by group, over all suites.
    pub fn groups(&self) -> Groups<'_> {
        count(self.suites.iter().flat_map(|suite| &suite.tests))
    }

    /// The test or benchmark that runs.
    pub fn running(&self) -> Option<&Running> {
        self.suites.last().filter(|_| self.open)?.interrupted()
    }

    /// What an interrupt at this moment interrupts, in words.
    pub fn interruption(&self) -> Option<String> {
        // A suite may have come to its end after that: it had something to tear down.
        let left_behind = || self.suites.iter().rev().find_map(|suite| suite.left_behind.as_ref());
        let running = self.running().or_else(left_behind).cloned().or_else(|| self.stopped_load());
        running.map(|running| format!("interrupted while {running} was running"))
    }

    /// The load run that was stopped before its end: it has its figures, so it does not run any more.
    fn stopped_load(&self) -> Option<Running> {
        let was_stopped = |test: &&Outcome| test.load.as_ref().is_some_and(|load| load.was_stopped());
        // A teardown may have run since.
        let test = self.suites.last()?.tests.iter().rfind(was_stopped)?;
        Some(Running { name: test.name.clone(), location: Some(test.location.clone()) })
    }

    /// The suite of that file, if it is the one that runs.
    pub fn under_way(&self, file: &str) -> Option<&SuiteRecord> {
        self.suites.last().filter(|suite| self.open && *suite.file == *file)
    }

    /// Notes what ended the run, or a part of it, through no test's fault.
    pub fn break_off(&mut self, fault: impl Into<String>) {
        self.faults.push(RunFault::ended(fault));
        self.broken = true;
    }

    /// Whether the run itself went wrong: a suite's process died or hung, a hook after everything failed.
    pub fn is_broken(&self) -> bool {
        self.broken || self.suites.iter().any(|suite| suite.error.is_some())
    }

    /// Why the run did not come to its end, or never began, if so.
    pub fn end(&self) -> Option<String> {
        let fault = self.faults.iter().find(|fault| fault.ends_run).map(ToString::to_string);
        let broken = || {
            let suite = self.suites.iter().find(|suite| suite.error.is_some())?;
            Some(format!("{}: {}", suite.file, suite.error.as_deref()?))
        };
        fault.or_else(|| self.interrupted.then(|| INTERRUPTED.to_owned())).or_else(broken)
    }

    /// What failed the run beside its tests, and what ended it, in words: the suite that broke, too.
    pub fn fault_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        if self.faults.iter().all(|fault| !fault.ends_run) {
            lines.extend(self.end());
        }
        lines
    }

    /// What the exit code counts: failed and errored tests, missed benchmarks, broken suites, faults.
    pub fn failures(&self) -> u64 {
        self.totals().failures() + self.faults.len() as u64
    }

    /// Retries over requests, in percent; 0 where nothing was sent.
    pub fn retry_rate(&self) -> f64 {
        self.totals().retry_rate()
    }

    /// What budgets of retries and circuit breakers did, if there are any.
    pub fn guards(&self) -> Option<GuardFigures> {
        let mut all: Option<GuardFigures> = None;
        for figures in self.suites.iter().filter_map(|suite| suite.guards.as_deref()) {
            all.get_or_insert_default().add(figures);
        }
        all
    }

    /// Whether nothing at all went wrong.
    pub fn succeeded(&self) -> bool {
        !self.interrupted && self.given_up.is_none() && self.failures() == 0
    }

    fn open(&mut self, file: Arc<str>) {
        self.open = true;
        let place = self.expected.iter().position(|(expected, _)| *expected == file);
        let tests = place.and_then(|place| self.expected.remove(place)).map(|(_, tests)| tests);
        let mut suite = SuiteRecord::new(file);
        suite.awaited = tests.unwrap_or_default().into();
        self.suites.push(suite);
    }

    fn close(&mut self, why: &str) {
        self.open = false;
        if let Some(suite) = self.suites.last_mut() {
            suite.skip_awaited(why);
        }
    }

    /// The suite under way; one of that file if nobody said which.
    fn current(&mut self, file: &Arc<str>) -> &mut SuiteRecord {
        if !self.open || self.suites.is_empty() {
            self.open(file.clone());
        }
        let last = self.suites.len() - 1;
        &mut self.suites[last]
    }
}

impl SuiteRecord {
    fn new(file: Arc<str>) -> SuiteRecord {
        SuiteRecord {
            file,
            title: None,
            started: None,
            elapsed: Duration::ZERO,
            tests: Vec::new(),
            benchmarks: Vec::new(),
            skipped: Vec::new(),
            guards: None,
            error: None,
            awaited: VecDeque::new(),
            running: None,
            left_behind: None,
        }
    }

    /// A test is not awaited any more. Tests come in their order, so it is the first, as a rule.
    fn heard_of(&mut self, name: &str, location: &Location) {
        let place = self.awaited.iter().position(|test| test.name == name && test.location == *location);
        place.map(|place| self.awaited.remove(place));
    }

    /// In place of a test, so many are awaited.
    fn expand(&mut self, test: &PlannedTest, names: Vec<String>) {
        let Some(place) = self.awaited.iter().position(|awaited| awaited == test) else { return };
        let after = self.awaited.split_off(place);
        self.awaited.extend(names.into_iter().map(|name| PlannedTest { name, ..test.clone() }));
        self.awaited.extend(after.into_iter().skip(1));
    }

    /// What is awaited does not come any more.
    fn skip_awaited(&mut self, why: &str) {
        let running = self.running.as_ref();
        let reason = |test: &PlannedTest| match running {
            Some(running) if running.is(&test.name, &test.location) => {
                format!("{why} while it was running")
            }
            _ => why.to_owned(),
        };
        let skipped = self.awaited.drain(..).map(|test| {
            let reason = reason(&test);
            test.skipped(reason)
        });
        self.skipped.extend(skipped);
    }

    /// Whether this test had begun when the suite was ended: it did not come to its verdict.
    pub fn was_running(&self, test: &SkippedTest) -> bool {
        self.interrupted().is_some_and(|running| running.is(&test.name, &test.location))
    }

    fn interrupted(&self) -> Option<&Running> {
        self.left_behind.as_ref().or(self.running.as_ref())
    }

    /// Why it did not come to its end, with the test that it hung at or died of.
    pub fn broken_by(&self, error: &str) -> String {
        match &self.running {
            Some(running) => format!("{error}, while {running} was running"),
            None => error.to_owned(),
        }
    }

    /// The events that make this record again.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        let file = || self.file.clone();
        let started = self.started.map(|at| Event::SuiteStarted { file: file(), title: self.title.clone(), at });
        let set = Event::SetStarted { file: file(), tests: self.tests.len() + self.skipped.len() };
        let tests = self.tests.iter().map(|outcome| Event::TestFinished(Box::new(outcome.clone())));
        let skipped = self.skipped.iter().map(|test| Event::TestSkipped(Box::new(test.clone())));
        let benchmarks = self.benchmarks.iter().map(|report| Event::BenchmarkFinished(Box::new(report.clone())));
        let guards = self.guards.clone().map(Event::GuardsReported);
        let finished = Event::SuiteFinished { file: file(), elapsed: self.elapsed, error: self.error.clone() };
        started.into_iter().chain([set]).chain(tests).chain(skipped).chain(benchmarks).chain(guards).chain([finished])
    }

    /// The figures of this suite.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals {
            skipped: self.skipped.len() as u64,
            missed_benchmarks: self.benchmarks.iter().filter(|report| !report.missed.is_empty()).count() as u64,
            broken_suites: u64::from(self.error.is_some()),
            ..Totals::default()
        };
        for outcome in &self.tests {
            totals.total += 1;
            totals.retries += outcome.retries();
            totals.requests += match &outcome.load {
                Some(load) => load.total,
                None => u64::from(outcome.polls).max(u64::from(!outcome.attempts.is_empty())),
            };
            match Verdict::of(outcome) {
                Verdict::Errored => totals.errored += 1,
                Verdict::Failed => totals.failed += 1,
                Verdict::Flaky => {
                    totals.flaky += 1;
                    totals.passed += 1;
                }
                // No outcome is of a test that did not run.
                Verdict::Passed | Verdict::Skipped => totals.passed += 1,
            }
        }
        for report in &self.benchmarks {
            totals.retries += report.retries;
            totals.requests += report.requests;
        }
        totals
    }

    /// Passed and run of each group that it has tests of.
    pub fn groups(&self) -> Groups<'_> {
        count(&self.tests)
    }

    /// The failures of all its tests and benchmarks, each with the name of what failed.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Failure)> {
        let of_tests = self
            .tests
            .iter()
            .flat_map(|outcome| outcome.failures.iter().map(|failure| (outcome.name.as_str(), failure)));
        let of_benchmarks = self
            .benchmarks
            .iter()
            .flat_map(|report| report.missed.iter().map(|failure| (report.name.as_str(), failure)));
        of_tests.chain(of_benchmarks)
    }
}

fn count<'r>(outcomes: impl IntoIterator<Item = &'r Outcome>) -> Groups<'r> {
    let mut groups = Groups::new();
    for outcome in outcomes {
        let count = groups.entry(outcome.group.as_str()).or_default();
        count.total += 1;
        count.passed += u64::from(outcome.passed());
    }
    groups
}

#[cfg(test)]
mod tests;
