//! The engine over an exchange that sends nothing and a clock that does not wait: order, hooks, waits, redaction.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::hooks::HookCall;
use super::one_test::run_test;
use super::session::{Engine, Session};
use super::sets::{run_testsets, run_within};
use super::shared::Shared;
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Prepared, Request, Wanted};
use crate::exchange::response::Response;
use crate::ground::clock::FakeClock;
use crate::judge::outcome::{FailureKind, Outcome};
use crate::record::event::{Event, Sink};
use crate::retry::{Answer, Decision, RetryPolicy, Tried, Wait};
use crate::settings::hooks::Hooks;
use crate::settings::run_settings::Settings;
use crate::suite::{ReadOptions, parse_testsets, read_test_text};
use crate::test::set::TestSet;
use crate::variables::context::Context;

/// Answers from a list, the last one again and again, and keeps what was sent.
#[derive(Default, Clone)]
pub(super) struct FakeExchange {
    answers: Arc<Mutex<VecDeque<Result<Response, ExchangeError>>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl FakeExchange {
    pub(super) fn new(answers: impl IntoIterator<Item = Result<Response, ExchangeError>>) -> FakeExchange {
        FakeExchange { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..FakeExchange::default() }
    }

    pub(super) fn statuses(list: &[u16]) -> FakeExchange {
        FakeExchange::new(list.iter().map(|status| Ok(Response::new(*status, "{}"))))
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(|request| request.url.clone()).collect()
    }
}

impl Exchange for FakeExchange {
    fn send(&self, request: &Request) -> Result<Response, ExchangeError> {
        self.sent.lock().unwrap().push(request.clone());
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.expect("an answer to give")
    }

    fn worker(&self) -> Box<dyn Exchange> {
        Box::new(self.clone())
    }

    fn prepare(&self, request: &Request, _: Wanted) -> Box<dyn Prepared> {
        Box::new((self.clone(), request.clone()))
    }
}

impl Prepared for (FakeExchange, Request) {
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError> {
        *response = self.0.send(&self.1)?;
        Ok(())
    }
}

/// Keeps events; says that the run is to stop after so many tests.
pub(super) struct Heard {
    pub(super) events: Vec<Event>,
    pub(super) stop_after: usize,
}

impl Heard {
    pub(super) fn new() -> Heard {
        Heard { events: Vec::new(), stop_after: usize::MAX }
    }

    pub(super) fn outcomes(&self) -> Vec<&Outcome> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::TestFinished(outcome) => Some(&**outcome),
                _ => None,
            })
            .collect()
    }

    /// The events' names, in order.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |event: &Event| format!("{event:?}").split(['(', ' ']).next().unwrap_or_default().to_owned();
        self.events.iter().map(name).collect()
    }
}

impl Sink for Heard {
    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    fn is_stopped(&self) -> bool {
        self.outcomes().len() >= self.stop_after
    }
}

pub(super) fn sets(suite: &str) -> Vec<TestSet> {
    let options = ReadOptions { base_url: "http://h".to_owned(), ..ReadOptions::default() };
    parse_testsets(&read_test_text("s.yaml", suite).unwrap(), &options).unwrap().sets
}

/// Runs a suite; what was heard comes back, and the time that was slept away.
pub(super) fn run(suite: &str, exchange: &FakeExchange, settings: &Settings) -> (Heard, Duration) {
    let (clock, mut heard) = (Arc::new(FakeClock::default()), Heard::new());
    let engine = Engine { exchange: Arc::new(exchange.clone()), clock: clock.clone(), settings };
    run_testsets(&engine, &sets(suite), &mut heard);
    (heard, clock.slept())
}

#[test]
fn events_come_in_pairs_and_waits_take_no_time() {
    let exchange = FakeExchange::statuses(&[503, 503, 200]);
    let suite = "- test: {url: /a, delay: 60, retry: {max_retries: 2, backoff_base: 10}}\n- url: /b\n";
    let (heard, slept) = run(suite, &exchange, &Settings::default());
    assert_eq!(
        heard.names().join(" "),
        "SuiteStarted SetStarted TestStarted DelayStarted AttemptFinished RetryScheduled AttemptFinished \
         RetryScheduled AttemptFinished TestFinished TestStarted TestFinished SuiteFinished"
    );
    assert_eq!(slept, Duration::from_secs(60 + 10 + 20));
    assert_eq!(heard.outcomes()[0].duration, slept);
    assert!(heard.outcomes()[0].flaky() && !heard.outcomes()[0].exhausted);
    assert_eq!(exchange.urls(), ["http://h/a", "http://h/a", "http://h/a", "http://h/b"]);
}

#[test]
fn a_program_decides_about_retries_itself() {
    /// Asks three times for what is not found, and for nothing else.
    #[derive(Debug)]
    struct NotFound;
    impl RetryPolicy for NotFound {
        fn decide(&self, tried: &Tried<'_>) -> Decision {
            match tried.answer {
                Answer::Status(404, _) if tried.attempt < 3 => Decision::Retry(Wait::of(Duration::from_secs(7))),
                Answer::Status(404, _) => Decision::Exhausted,
                _ => Decision::Stop,
            }
        }
    }
    let settings = Settings { retry_policy: Some(Arc::new(NotFound)), ..Settings::default() };
    let set = sets("- test: {url: /a, retry: {max_retries: 9}}\n").remove(0);
    for (statuses, attempts, exhausted) in [(&[404, 404, 200][..], 3, false), (&[503], 1, false), (&[404], 4, true)] {
        let clock = Arc::new(FakeClock::default());
        let exchange = Arc::new(FakeExchange::statuses(statuses));
        let engine = Engine { exchange, clock: clock.clone(), settings: &settings };
        let outcome = run_test(&engine, &set.tests[0], &set.config, &mut Context::new());
        assert_eq!((outcome.attempts.len(), outcome.exhausted), (attempts, exhausted), "{statuses:?}");
        assert_eq!(clock.slept(), Duration::from_secs(7) * (attempts as u32 - 1));
    }
}

#[test]
fn what_is_exhausted_is_what_was_decided_last() {
    for (statuses, exhausted) in [(&[503, 503][..], true), (&[503, 404], false), (&[404], false)] {
        let suite = "- test: {url: /a, retry: {max_retries: 1}}\n";
        let (heard, _) = run(suite, &FakeExchange::statuses(statuses), &Settings::default());
        assert_eq!(heard.outcomes()[0].exhausted, exhausted, "{statuses:?}");
    }
    let refused = ExchangeError { kind: ErrorKind::Connect, message: "refused".to_owned(), timing: Box::default() };
    let (heard, _) =
        run("- test: {url: /a, retry: {max_retries: 1}}\n", &FakeExchange::new([Err(refused)]), &Settings::default());
    assert!(heard.outcomes()[0].exhausted && heard.outcomes()[0].errored());
}

#[test]
fn what_one_test_learns_is_hidden_in_the_next() {
    let login = Response::new(200, r#"{"token": "s3cr3t-from-login"}"#);
    let echo = Response::new(500, r#"{"echo": "s3cr3t-from-login"}"#);
    let broken = ExchangeError {
        kind: ErrorKind::Protocol,
        message: "no HTTP: s3cr3t-from-login".to_owned(),
        timing: Box::default(),
    };
    let suite = "
- test: {url: /login, extract_binds: {token: {jsonpath_mini: token}}}
- test: {url: {template: \"/x?t=$token\"}, expected_status: [200]}
- test: {url: {template: \"/y?t=$token\"}, retry: {max_retries: 1}}
";
    let settings = Settings { verbose: true, ..Settings::default() };
    let exchange = FakeExchange::new([Ok(login), Ok(echo), Err(broken)]);
    let (heard, _) = run(suite, &exchange, &settings);
    assert!(exchange.urls()[1].ends_with("/x?t=s3cr3t-from-login"), "it is sent");
    let later = format!("{:?}", &heard.events[1..]);
    assert!(!later.contains("s3cr3t") && later.contains("(redacted)"), "{later}");
    assert_eq!(heard.outcomes().iter().filter(|outcome| outcome.passed()).count(), 1);
}

#[test]
fn a_stop_on_failure_and_an_interrupt_leave_the_same_numbers_everywhere() {
    let suite = "- test: {url: /a}\n- test: {url: /b, stop_on_failure: true}\n- url: /c\n- url: /d\n";
    let settings = Settings::default();
    let engine = |exchange: &FakeExchange| Engine {
        exchange: Arc::new(exchange.clone()),
        clock: Arc::new(FakeClock::default()),
        settings: &settings,
    };
    let exchange = FakeExchange::statuses(&[200, 500, 200]);
    let record = run_testsets(&engine(&exchange), &sets(suite), &mut Heard::new());
    let totals = record.totals();
    assert_eq!((totals.total, totals.passed, totals.failed, totals.skipped), (2, 1, 1, 2));
    assert_eq!((record.failures(), record.interrupted, exchange.urls().len()), (1, false, 2));
    let exchange = FakeExchange::statuses(&[200]);
    let mut heard = Heard { stop_after: 1, ..Heard::new() };
    let record = run_testsets(&engine(&exchange), &sets(suite), &mut heard);
    let totals = record.totals();
    assert_eq!((totals.total, totals.passed, totals.skipped), (1, 1, 3));
    assert!(record.interrupted && record.faults.is_empty(), "between two tests, none is interrupted");
    assert_eq!(exchange.urls().len(), 1);
}

#[test]
fn hooks_stand_around_each_test_and_one_that_fails_keeps_it_from_being_sent() {
    let calls = Mutex::new(Vec::new());
    let hooks = |commands: &[String], call: &HookCall<'_>, _: &dyn Fn() -> bool| {
        let name = call.test.map_or("", |(name, _)| name);
        calls.lock().unwrap().push(format!("{} {name} {:?} {commands:?}", call.hook, call.passed));
        if name == "B" && call.hook == "before_each" { Err("hook failed".to_owned()) } else { Ok(()) }
    };
    let commands = |name: &str| vec![name.to_owned()];
    let hooked = Hooks { before_each: commands("up"), after_each: commands("down"), ..Hooks::default() };
    let settings = Settings { hooks: hooked, ..Settings::default() };
    let exchange = FakeExchange::statuses(&[200]);
    let engine =
        Engine { exchange: Arc::new(exchange.clone()), clock: Arc::new(FakeClock::default()), settings: &settings };
    let sets = sets("- test: {name: A, url: /a}\n- test: {name: B, url: /b}\n");
    let mut session = Session { run_hooks: &hooks, ..Session::new(&engine, &sets[0], &sets, &Shared::default()) };
    let mut outcomes = Vec::new();
    for test in &sets[0].tests {
        outcomes.push(session.run(test, &mut Heard::new()));
    }
    assert_eq!(
        *calls.lock().unwrap(),
        [
            r#"before_each A None ["up"]"#,
            r#"after_each A Some(true) ["down"]"#,
            r#"before_each B None ["up"]"#,
            r#"after_each B Some(false) ["down"]"#,
        ]
    );
    assert_eq!(exchange.urls(), ["http://h/a"]);
    assert_eq!(outcomes[1].failures[0].kind, FailureKind::TestException);
    assert_eq!(outcomes[1].failures[0].message, "hook failed");
}

#[test]
fn a_load_run_sends_and_judges_through_the_same_seam() {
    let statuses: Vec<u16> = [503, 200, 404].into_iter().chain(std::iter::repeat_n(200, 20)).collect();
    let exchange = FakeExchange::statuses(&statuses);
    let suite = "- test: {url: /a, retry: {max_retries: 1, backoff_base: 3600, backoff_max: 3600}, \
                 performance: {repeat: 10, concurrency: 1}}\n";
    let (heard, slept) = run(suite, &exchange, &Settings::default());
    let load = heard.outcomes()[0].load.as_deref().unwrap();
    assert_eq!((load.total, load.passed, load.retries, load.healed, load.exhausted), (10, 9, 1, 1, 0));
    assert_eq!(slept, Duration::from_secs(3600));
    assert_eq!(exchange.urls().len(), 11);
}

#[test]
fn sets_without_tests_are_silent() {
    let (mut heard, settings) = (Heard::new(), Settings::default());
    let engine = Engine {
        exchange: Arc::new(FakeExchange::default()),
        clock: Arc::new(FakeClock::default()),
        settings: &settings,
    };
    run_within(&engine, &sets("- config: {testset: T}\n"), (None, &mut Shared::default()), &mut heard);
    assert!(heard.events.is_empty());
}

#[test]
fn files_of_a_program_hand_on_variables_and_run_after_what_they_need() {
    let folder = std::env::temp_dir().join(format!("resttest-handed-on-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let login = "- config: {share: [token]}\n- test: {url: /login, extract_binds: {token: {jsonpath_mini: t}}}\n";
    std::fs::write(folder.join("login.yaml"), login).unwrap();
    let main = "- config: {needs: [login.yaml]}\n- test: {url: {template: /x?t=$token}}\n";
    std::fs::write(folder.join("main.yaml"), main).unwrap();
    let read = |name: &str| {
        let options = ReadOptions { base_url: "http://h".to_owned(), strict: true, ..ReadOptions::default() };
        parse_testsets(&crate::suite::read_test_file(&folder.join(name)).unwrap(), &options).unwrap().sets
    };
    for (status, urls, failures) in
        [(200, &["http://h/login", "http://h/x?t=abc"][..], 0), (500, &["http://h/login"][..], 2)]
    {
        let exchange = FakeExchange::new([Ok(Response::new(status, r#"{"t": "abc"}"#))]);
        let settings = Settings::default();
        let clock = Arc::new(FakeClock::default());
        let engine = Engine { exchange: Arc::new(exchange.clone()), clock, settings: &settings };
        let record = run_testsets(&engine, &read("main.yaml"), &mut Heard::new());
        assert_eq!(exchange.urls(), urls);
        assert_eq!((record.suites.len(), record.failures()), (2, failures));
        if failures > 0 {
            assert_eq!(record.suites[1].tests[0].failures[0].message, "login.yaml failed");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
