//! One run of everything that a report can meet, as events: all formats are tested with it.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::exchange::request::ErrorKind;
use crate::ground::source::{Location, Position};
use crate::judge::outcome::{Attempt, Curl, Failure, FailureKind, Outcome, Printed};
use crate::judge::tags::Tags;
use crate::load::metrics::Metric;
use crate::load::plan::RpsMode;
use crate::load::summary::{Latency, LoadSummary, Paced};
use crate::load::timeline::Recorder;
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::test::planned_test::PlannedTest;

/// What only the console may show.
pub const SECRET: &str = "hunter2-as-it-came";

/// The name of the test that failed, with what every format must escape.
pub const NASTY: &str = "wrong: 100%, <b>bad</b> ]]> \\ # é";

fn began() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_772_355_907)
}

fn at(line: u32) -> Location {
    Location { file: "smoke.yaml".into(), position: Position { line, column: 9 } }
}

fn failure(kind: FailureKind, message: &str, details: Option<&str>, line: u32) -> Failure {
    Failure {
        reason: format!("reason of {message}"),
        details: details.map(str::to_owned),
        ..Failure::new(kind, message, &at(line))
    }
}

fn attempt(status: u16, millis: u64) -> Attempt {
    Attempt {
        status: Some(status),
        error: None,
        time: Duration::from_millis(millis),
        delay: None,
        is_asked_for: false,
        exchange: None,
    }
}

fn test(name: &str, line: u32, attempts: Vec<Attempt>) -> Outcome {
    Outcome {
        name: name.to_owned(),
        group: "Person \"x\"".to_owned(),
        location: at(line),
        method: "GET".to_owned(),
        url: "http://127.0.0.1:1/p?a=1&b=<2>".to_owned(),
        status: attempts.last().and_then(|attempt| attempt.status),
        duration: attempts.iter().map(|attempt| attempt.time).sum(),
        attempts,
        started: Some(began() + Duration::from_millis(u64::from(line))),
        printed: Some(Box::new(Printed { body: Some(SECRET.to_owned()), headers: None })),
        ..Outcome::default()
    }
}

/// The figures of a load run with a long tail.
pub fn load() -> LoadSummary {
    let mut latency = Latency::default();
    let mut recorder = Recorder::default();
    let mut paced = Paced::default();
    for i in 0..2000_u64 {
        let time = Duration::from_micros(1000 + i * i / 400);
        latency.record(time);
        paced.service.record(time / 2);
        paced.lag.record(time / 2);
        recorder.record(Duration::from_micros(i * 750), Some(time), false);
    }
    recorder.record(Duration::from_millis(1499), None, true);
    LoadSummary {
        total: 2001,
        passed: 2000,
        retries: 1,
        healed: 0,
        exhausted: 1,
        wall: Duration::from_millis(1500),
        cpu_share: Some(0.5),
        attempts: 2002,
        dropped: Some(3),
        started: Some(began()),
        paced: Some(paced),
        timeline: recorder.take(),
        seed: None,
        notes: vec![],
        baseline: None,
        thresholds: vec![],
        latency,
        threshold_exceeded: Some(2),
        rps_mode: RpsMode::Wall,
        percentiles: vec![99.9],
        statuses: [(200, 2000)].into(),
        errors: [(ErrorKind::Timeout, 1)].into(),
        reasons: [("no answer within 1 s".to_owned(), 1)].into(),
        bytes_in: 1_000_000,
        bytes_out: 0,
        connections: 4,
        concurrency: 4,
        output: None,
        doubts: vec!["the generator was busy".to_owned()],
    }
}

/// A suite with every verdict, one with two tests left out, and one whose process died.
pub fn events() -> Vec<Event> {
    let flaky = test(
        "sometimes",
        10,
        vec![
            Attempt { delay: Some(Duration::from_millis(500)), is_asked_for: true, ..attempt(503, 3) },
            Attempt { status: None, error: Some("connection refused <&>".to_owned()), ..attempt(0, 1) },
            attempt(200, 20),
        ],
    );
    let wrong = Outcome {
        failures: vec![
            failure(
                FailureKind::ValidatorFailed,
                "jsonpath_mini \"login\" eq: expected \"a|b\", got \"]]>\"",
                Some("  one\n  two"),
                21,
            ),
            failure(FailureKind::ValidatorFailed, "expected <script>alert(1)</script>", None, 22),
        ],
        body: Some("<html>\u{0}\u{1b}[31m]]></script><script>alert('x')</script>\u{2028}...\n  ...\n".to_owned()),
        headers: Some(vec![("x-a".to_owned(), "\"<&>'".to_owned())]),
        curl: Some(Box::new(Curl {
            line: "curl 'http://127.0.0.1:1/p?a=1&b=<2>' -H \"X-Token: $X_TOKEN\"".to_owned(),
            pretty: "curl 'http://127.0.0.1:1/p?a=1&b=<2>' \\\n  -H \"X-Token: $X_TOKEN\"".to_owned(),
        })),
        ..test(NASTY, 20, vec![attempt(200, 7)])
    };
    let refused = Outcome {
        failures: vec![failure(FailureKind::CurlException, "connection refused", None, 30)],
        ..test("refused", 30, vec![Attempt { status: None, error: Some("refused".to_owned()), ..attempt(0, 1) }])
    };
    let loaded = Outcome {
        attempts: Vec::new(),
        status: Some(200),
        load: Some(Box::new(LoadSummary { retries: 1, ..load() })),
        duration: Duration::from_millis(1600),
        group: "Load".to_owned(),
        ..test("under load", 40, Vec::new())
    };
    let benchmark = BenchmarkReport {
        name: "list people".to_owned(),
        group: "Bench".to_owned(),
        location: at(50),
        duration: Duration::from_secs(1),
        aggregates: vec![
            (Metric::TotalTime, "mean".to_owned(), Some(0.25)),
            (Metric::TotalTime, "p95".to_owned(), None),
        ],
        results: vec![(Metric::NumConnects, vec![1.0, f64::NAN])],
        load: Some(Box::new(LoadSummary { retries: 0, total: 2000, threshold_exceeded: None, ..load() })),
        is_extended: true,
        missed: vec![failure(FailureKind::ValidatorFailed, "threshold p95 < 1 missed: 9.98", None, 50)],
        ..BenchmarkReport::default()
    };
    let smoke: Arc<str> = "smoke.yaml".into();
    let orders: Arc<str> = "dir/orders.yaml".into();
    let finished = |file: &Arc<str>, millis, error: Option<&str>| Event::SuiteFinished {
        file: file.clone(),
        elapsed: Duration::from_millis(millis),
        error: error.map(str::to_owned),
    };
    let tests = |outcomes: Vec<Outcome>| outcomes.into_iter().map(|outcome| Event::TestFinished(Box::new(outcome)));
    let mut events = vec![
        Event::SuiteStarted { file: smoke.clone(), title: Some("Smoke <1>".to_owned()), at: began() },
        Event::SetStarted { file: smoke.clone(), tests: 5 },
    ];
    events.extend(tests(vec![test("get person", 3, vec![attempt(200, 2)]), flaky, wrong, refused, loaded]));
    events.push(Event::BenchmarkStarted { name: "list people".to_owned(), group: "Bench".to_owned() });
    events.push(Event::BenchmarkFinished(Box::new(benchmark)));
    events.push(finished(&smoke, 2000, None));
    events.push(Event::SuiteStarted { file: orders.clone(), title: None, at: began() + Duration::from_secs(2) });
    events.push(Event::SetStarted { file: orders.clone(), tests: 3 });
    let order = Outcome { group: "Order".to_owned(), ..test("get order", 3, vec![attempt(200, 150)]) };
    events.extend(tests(vec![order]));
    events.push(Event::SetStopped);
    for (name, line) in [("left <out>", 9), ("left # out, too", 12)] {
        let test = PlannedTest {
            name: name.to_owned(),
            group: "Order".to_owned(),
            tags: Tags::default(),
            location: at(line),
            described: None,
        };
        events.push(Event::TestSkipped(Box::new(test.skipped("stop_on_failure of \"get order\""))));
    }
    events.push(finished(&orders, 300, None));
    events.push(finished(&"dead.yaml".into(), 200, Some("its process was killed by signal 9 <&>")));
    events
}

/// The record of these events.
pub fn run() -> RunRecord {
    let mut run = RunRecord::new(began());
    events().into_iter().for_each(|event| run.observe(event));
    run.finish(Duration::from_millis(2500), false);
    run
}

/// A run in which nothing happened.
pub fn nothing() -> RunRecord {
    let mut run = RunRecord::new(began());
    run.finish(Duration::ZERO, false);
    run
}
