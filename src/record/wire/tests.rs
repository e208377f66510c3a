//! Every event goes over the wire and comes back the same.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use super::{from_line, report_line, to_line};
use crate::exchange::request::ErrorKind;
use crate::ground::source::{Location, Position};
use crate::judge::described::{About, Described, Link, Parameter, Part};
use crate::judge::outcome::{Attempt, Compared, Curl, Excerpt, Failure, FailureKind, Outcome, Printed, Traced};
use crate::judge::tags::Tags;
use crate::load::metrics::Metric;
use crate::load::plan::{Mode, Output, OutputFormat, RpsMode, Volume};
use crate::load::summary::{Latency, LoadSummary};
use crate::record::benchmark_report::BenchmarkReport;
use crate::record::event::{AttemptNotice, Event, LoadProgress, LoadStart, Preview, RetryNotice};
use crate::retry::{BreakerFigures, GuardFigures, RateFigures};
use crate::test::planned_test::{PlannedTest, SkippedTest};

fn load(latency: Latency) -> LoadSummary {
    LoadSummary {
        total: 1001,
        passed: 1000,
        retries: 3,
        healed: 2,
        exhausted: 1,
        wall: Duration::from_nanos(1_234_567_891),
        cpu_share: Some(0.1 + 0.2),
        attempts: 0,
        dropped: None,
        started: None,
        paced: None,
        timeline: Default::default(),
        seed: None,
        notes: vec![],
        baseline: None,
        thresholds: vec![],
        latency,
        threshold_exceeded: Some(2),
        rps_mode: RpsMode::Response,
        percentiles: vec![50.0, 99.9],
        statuses: [(200, 1000), (503, 1)].into(),
        errors: [(ErrorKind::Timeout, 1), (ErrorKind::Option, 2)].into(),
        reasons: [("a \"reason\"\n".to_owned(), 1)].into(),
        bytes_in: u64::MAX,
        bytes_out: 1,
        connections: 2,
        concurrency: 4,
        output: Some(Arc::new(Output { path: "out/a b.json".into(), format: OutputFormat::Json })),
        doubts: vec!["short".to_owned()],
    }
}

fn latency() -> Latency {
    let mut latency = Latency::default();
    for i in 0..1000_u64 {
        latency.record(Duration::from_nanos(i * i * 7_919 + 13));
    }
    latency
}

fn outcome() -> Outcome {
    let location = Location { file: "dir/ä.yaml".into(), position: Position { line: 14, column: 3 } };
    let kinds = [
        FailureKind::InvalidResponse,
        FailureKind::CurlException,
        FailureKind::TestException,
        FailureKind::ValidatorFailed,
        FailureKind::ValidatorException,
        FailureKind::ExtractorException,
    ];
    let failure = |kind| Failure {
        kind,
        reason: "r\u{0}".to_owned(),
        details: Some("d\nd".to_owned()),
        message: "m".to_owned(),
        location: location.clone(),
        compared: Some(Box::new(Compared {
            asked: "header \"x\" eq".to_owned(),
            subject: "x".to_owned(),
            expected: "1".to_owned(),
            got: "2".to_owned(),
            differences: vec!["$: 1".to_owned()],
        })),
        excerpt: Some(Box::new(Excerpt { number: 4, line: "expected: 1".to_owned(), column: 11, width: 1 })),
    };
    Outcome {
        name: "n \u{1b}[1m".to_owned(),
        group: "g".to_owned(),
        tags: Tags::new(["slow".to_owned(), "é".to_owned()]),
        location: location.clone(),
        described: described(),
        method: "POST".to_owned(),
        url: "http://h/?a=b".to_owned(),
        status: Some(500),
        failures: kinds.map(failure).to_vec(),
        attempts: vec![
            Attempt {
                status: None,
                error: Some("refused".to_owned()),
                time: Duration::from_nanos(1),
                delay: Some(Duration::from_millis(500)),
                is_asked_for: true,
                exchange: Some(Box::new(serde_json::json!({"start": 1, "request": {"method": "GET"}}))),
            },
            Attempt {
                status: Some(500),
                error: None,
                time: Duration::from_secs(2),
                delay: None,
                is_asked_for: false,
                exchange: None,
            },
        ],
        checks: vec![("status 200".to_owned(), None), ("x".to_owned(), Some("why".to_owned()))],
        polls: 3,
        earlier_attempts: 7,
        exhausted: true,
        skipped: None,
        load: Some(Box::new(load(latency()))),
        started: Some(UNIX_EPOCH + Duration::from_nanos(1_800_000_000_123_456_789)),
        duration: Duration::from_nanos(2_500_000_001),
        body: Some("{\"a\": 1}\n".to_owned()),
        body_cut: 7,
        body_size: Some(16),
        ended_by: Some("timeout: 1, line 2".to_owned()),
        headers: Some(vec![("a".to_owned(), "b".to_owned()), ("a".to_owned(), "c".to_owned())]),
        curl: Some(Box::new(Curl { line: "curl 'http://h/'".to_owned(), pretty: "curl \\\n 'http://h/'".to_owned() })),
        trace: Some(Box::new(traced())),
        printed: Some(Box::new(Printed { body: Some("hunter2".to_owned()), headers: None })),
    }
}

fn described() -> Option<Box<Described>> {
    let link = Link { kind: "issue".to_owned(), name: String::new(), url: "http://h/1".to_owned() };
    let about = About { labels: vec![("a".to_owned(), "b".to_owned())], links: vec![link], part: Part::Teardown };
    let value = |value: &str| Parameter { name: "n".to_owned(), value: value.to_owned(), ..Parameter::default() };
    let parameters = vec![
        value("v"),
        Parameter { is_secret: true, ..value("s") },
        Parameter { is_passing: true, is_secret: true, ..value("") },
    ];
    Some(Box::new(Described { description: Some("d".into()), about: Some(Arc::new(about)), parameters }))
}

fn traced() -> Traced {
    Traced {
        trace_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
        span_id: "b7ad6b7169203331".to_owned(),
        ended: UNIX_EPOCH + Duration::from_nanos(1_800_000_000_123_456_790),
        spans: vec!["{\"name\": \"GET\"}".to_owned()],
    }
}

#[test]
fn a_report_has_the_trace_and_not_its_spans() {
    for event in [Event::TestFinished(Box::new(outcome())), Event::BenchmarkFinished(Box::new(benchmark()))] {
        let (whole, shown) = (to_line(&event), report_line(&event));
        assert!(whole.contains("GET\\\"") && !shown.contains("GET\\\""), "{shown}");
        assert!(shown.contains("0af7651916cd43dd8448eb211c80319c"), "{shown}");
    }
}

fn benchmark() -> BenchmarkReport {
    BenchmarkReport {
        name: "b".to_owned(),
        group: "g".to_owned(),
        tags: Tags::new(["slow".to_owned()]),
        location: Location { file: "s.yaml".into(), position: Position { line: 1, column: 1 } },
        described: described(),
        started: Some(UNIX_EPOCH),
        duration: Duration::from_secs(1),
        requests: 7,
        retries: 3,
        failures: 1,
        results: vec![(Metric::TotalTime, vec![0.1 + 0.2, 1e-9, 12345678.9012345])],
        values: vec![(Metric::SizeDownload, vec![7.0])],
        aggregates: vec![
            (Metric::NumConnects, "mean".to_owned(), Some(1.0 / 3.0)),
            (Metric::TotalTime, "p95".to_owned(), None),
        ],
        load: Some(Box::new(load(Latency::default()))),
        is_extended: true,
        missed: outcome().failures,
        curl: outcome().curl,
        trace: outcome().trace,
        output: Some(Arc::new(Output { path: "b.csv".into(), format: OutputFormat::Csv })),
    }
}

fn events() -> Vec<Event> {
    vec![
        Event::SuiteStarted {
            file: "a.yaml".into(),
            title: Some("A".to_owned()),
            at: UNIX_EPOCH + Duration::new(9, 1),
        },
        Event::SetStarted { file: "a.yaml".into(), tests: 3 },
        Event::RequestPrepared(Box::new(Preview {
            name: "n".to_owned(),
            about: "What it is for".to_owned(),
            method: "GET".to_owned(),
            url: "u".to_owned(),
            headers: vec![("a".to_owned(), "b".to_owned())],
            body: None,
            delay: Duration::from_millis(1),
        })),
        Event::HeadsExchanged(vec!["> GET /".to_owned()]),
        Event::DelayStarted(Duration::from_secs(3000)),
        Event::TestExpanded {
            test: Box::new(PlannedTest {
                name: "n".to_owned(),
                group: "g".to_owned(),
                tags: outcome().tags,
                location: outcome().location,
                described: described(),
            }),
            names: vec!["n [0]".to_owned(), "n [2]".to_owned()],
        },
        Event::TestStarted { name: "n".to_owned(), group: "g".to_owned(), location: outcome().location },
        Event::AttemptFinished(Box::new(AttemptNotice {
            name: "n".to_owned(),
            attempt: 1,
            answer: "status 503".to_owned(),
            time: Duration::from_millis(3),
        })),
        Event::RetryScheduled(Box::new(RetryNotice {
            name: "n".to_owned(),
            method: "POST".to_owned(),
            cause: "due to status 503".to_owned(),
            attempt: 1,
            of: 3,
            delay: Duration::from_millis(50),
            origin: Some("full jitter of 2 s".to_owned()),
            has_key: true,
        })),
        Event::AttemptsOmitted { name: "n".into(), count: 7 },
        Event::GuardTold("retry budget used up".into()),
        Event::GuardsReported(Box::new(GuardFigures {
            granted: Some(3),
            refused: 4,
            breakers: vec![BreakerFigures { origin: "http://a".into(), opened: 1, refused: 2, is_open: true }],
            rates: vec![RateFigures { limit: "50/s:2".to_owned(), sends: 5 }],
        })),
        Event::LoadStarted(Box::new(LoadStart {
            name: "n".to_owned(),
            method: "GET".to_owned(),
            has_key: true,
            volume: Volume::Duration(Duration::from_secs(1)),
            concurrency: 2,
            mode: Mode::Async,
        })),
        Event::LoadStarted(Box::new(LoadStart {
            name: "n".to_owned(),
            method: "GET".to_owned(),
            has_key: true,
            volume: Volume::Requests(7),
            concurrency: 2,
            mode: Mode::Sync,
        })),
        Event::LoadProgressed(LoadProgress {
            elapsed: Duration::from_secs(1),
            total: 2,
            failed: 1,
            p95: Some(Duration::from_millis(3)),
        }),
        Event::TestFinished(Box::new(outcome())),
        Event::TestFinished(Box::default()),
        Event::SetStopped,
        Event::GivenUp("--fail-fast: \"x\" failed".into()),
        Event::TestSkipped(Box::new(SkippedTest {
            name: "left".to_owned(),
            group: "g".to_owned(),
            tags: outcome().tags,
            location: outcome().location,
            described: described(),
            reason: "interrupted".to_owned(),
        })),
        Event::BenchmarkStarted { name: "b".to_owned(), group: "g".to_owned() },
        Event::BenchmarkFinished(Box::new(benchmark())),
        Event::BenchmarkFinished(Box::default()),
        Event::SuiteFinished { file: "a.yaml".into(), elapsed: Duration::from_secs(1), error: Some("died".to_owned()) },
    ]
}

/// Debug without the insides of histograms, which are compared by their buckets.
fn shown(event: &Event) -> String {
    let text = format!("{event:?}");
    let mut parts = text.split("histogram: Some(");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + &part[part.find(", count: ").unwrap()..])
}

#[test]
fn every_event_comes_back_the_same() {
    for event in events() {
        let line = to_line(&event);
        assert!(line.starts_with("{\"v\":2,\"event\":\"") && !line.contains('\n'), "{line}");
        let back = from_line(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        // Debug shows every field of every part.
        assert_eq!(shown(&back), shown(&event));
        assert_eq!(to_line(&back), line);
    }
}

#[test]
fn percentiles_and_merges_are_the_same_on_the_other_side() {
    let Ok(Event::TestFinished(back)) = from_line(&to_line(&Event::TestFinished(Box::new(outcome())))) else {
        panic!("another event")
    };
    let (mut here, mut there) = (latency(), back.load.unwrap().latency);
    for _ in 0..2 {
        for rank in [0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0] {
            assert_eq!(here.percentile_ms(rank), there.percentile_ms(rank), "p{rank}");
        }
        assert_eq!((here.mean_ms(), here.exact(), here.buckets()), (there.mean_ms(), there.exact(), there.buckets()));
        let other = latency();
        here.merge(&other);
        there.merge(&other);
    }
}

#[test]
fn what_is_not_known_is_refused() {
    for (line, part) in [
        ("", "no event"),
        ("[1]", "no event"),
        ("{\"event\":\"set_stopped\"}", "no version"),
        ("{\"v\":3,\"event\":\"set_stopped\"}", "version 3"),
        ("{\"v\":2,\"event\":\"set_stopped\",\"more\":1}", "unknown field `more`"),
        ("{\"v\":2,\"event\":\"exploded\"}", "unknown variant `exploded`"),
        ("{\"v\":2,\"event\":\"delay_started\"}", "missing field `delay_ns`"),
        ("{\"v\":2,\"event\":\"delay_started\",\"delay_ns\":1,\"x\":2}", "unknown field `x`"),
        ("{\"v\":2,\"event\":\"retry_scheduled\",\"name\":\"n\",\"extra\":2}", "unknown field `extra`"),
    ] {
        let error = from_line(line).map(|event| format!("{event:?}")).unwrap_err();
        assert!(error.contains(part), "{line}: {error}");
    }
    let unknown = to_line(&Event::BenchmarkFinished(Box::new(benchmark()))).replace("num_connects", "moon_phase");
    assert_eq!(from_line(&unknown).map(|_| ()), Err("unknown metric \"moon_phase\"".to_owned()));
}

#[test]
fn a_report_has_nothing_that_was_only_for_the_console() {
    let event = Event::TestFinished(Box::new(outcome()));
    assert!(to_line(&event).contains("hunter2"));
    assert!(!report_line(&event).contains("hunter2") && !report_line(&event).contains("printed"));
}
