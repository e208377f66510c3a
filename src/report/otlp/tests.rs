//! Spans of runs that never took place.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::*;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
}

fn run(per: TracePer) -> Arc<RunTrace> {
    let joined = Parent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").ok();
    Arc::new(RunTrace { run: 9, joined, ..RunTrace::example(per) })
}

fn test(run: &RunTrace, number: u64, failures: Vec<Failure>) -> Event {
    let trace_id = format!("{:032x}", run.trace_of("a.yaml", number));
    let trace = Traced { trace_id, span_id: format!("{number:016x}"), ended: at(20 + number), spans: vec![] };
    Event::TestFinished(Box::new(Outcome {
        name: format!("t{number}"),
        failures,
        started: Some(at(10 + number)),
        trace: Some(Box::new(trace)),
        ..Outcome::default()
    }))
}

/// A run of a suite of two tests, as spans by their names.
fn spans(per: TracePer, batches: &mut usize) -> HashMap<String, Value> {
    let run = run(per);
    let mut spans = Spans::new(run.clone(), at(5), &[("service.name".to_owned(), Attribute::Text("x"))]);
    let mut record = RunRecord::new(at(5));
    let failure = Failure::new(FailureKind::ValidatorFailed, "a is b", &Location::default());
    for event in [
        Event::SuiteStarted { file: "a.yaml".into(), title: None, at: at(9) },
        test(&run, 1, Vec::new()),
        test(&run, 2, vec![failure]),
        // Shorter than its tests: a clock that was set.
        Event::SuiteFinished { file: "a.yaml".into(), elapsed: Duration::ZERO, error: None },
    ] {
        spans.observe(&event);
        record.observe(event);
    }
    spans.finish(&record, at(6));
    let all = spans.take();
    *batches = all.len();
    let mut by_name = HashMap::new();
    for batch in all {
        let json: Value = serde_json::from_str(&batch.json).unwrap();
        let spans = json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        assert_eq!(spans.len(), batch.count);
        by_name.extend(spans.iter().map(|span| (span["name"].as_str().unwrap().to_owned(), span.clone())));
    }
    by_name
}

#[test]
fn parents_hold_their_children_and_begin_before_them() {
    let mut batches = 0;
    let spans = spans(TracePer::Run, &mut batches);
    assert_eq!((spans.len(), batches), (4, 1));
    let (run, suite) = (&spans["run"], &spans["suite a.yaml"]);
    assert_eq!(run["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(suite["parentSpanId"], run["spanId"]);
    for span in spans.values() {
        assert_eq!(span["traceId"], "0af7651916cd43dd8448eb211c80319c");
    }
    let time = |span: &Value, key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    for test in ["t1", "t2"].map(|name| &spans[name]) {
        assert_eq!(test["parentSpanId"], suite["spanId"]);
        for (child, parent) in [(test, suite), (suite, run)] {
            assert!(time(parent, "startTimeUnixNano") <= time(child, "startTimeUnixNano"));
            assert!(time(parent, "endTimeUnixNano") >= time(child, "endTimeUnixNano"));
        }
    }
    assert_eq!(spans["t1"]["status"]["code"], 1);
    assert_eq!((&spans["t2"]["status"]["code"], &run["status"]["code"]), (&2.into(), &2.into()));
    assert_eq!(spans["t2"]["events"][0]["name"], "exception");
}

#[test]
fn what_a_run_was_cut_off_in_has_a_span_that_ends_with_it() {
    for (per, is_told) in
        [(TracePer::Run, false), (TracePer::Run, true), (TracePer::Suite, false), (TracePer::Test, false)]
    {
        let run = run(per);
        let mut spans = Spans::new(run.clone(), at(5), &[]);
        let started = |name: &str| Event::TestStarted {
            name: name.to_owned(),
            group: String::new(),
            location: Location::default(),
        };
        spans.observe(&Event::SuiteStarted { file: "a.yaml".into(), title: None, at: at(9) });
        spans.observe(&started("t0"));
        spans.observe(&test(&run, 0, Vec::new()));
        spans.observe(&started("cut"));
        if is_told {
            let error = Some("its process was ended because the run was stopped".to_owned());
            spans.observe(&Event::SuiteFinished { file: "a.yaml".into(), elapsed: Duration::from_secs(41), error });
        }
        let mut record = RunRecord::new(at(5));
        record.finish(Duration::from_secs(45), true);
        spans.finish(&record, at(50));
        let json: Value = serde_json::from_str(&spans.take()[0].json).unwrap();
        let all = json["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        let named = |name: &str| all.iter().find(|span| span["name"] == name).unwrap_or(&Value::Null);
        let cut = named("cut");
        let nanos = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string();
        assert_eq!(cut["startTimeUnixNano"], nanos(at(20)), "when the one before it ended");
        assert_eq!(cut["endTimeUnixNano"], nanos(at(50)), "{per:?}");
        assert_eq!(cut["status"]["code"], 2);
        assert_eq!(
            all.iter().map(|span| span["spanId"].to_string()).collect::<std::collections::HashSet<_>>().len(),
            all.len()
        );
        let suite = named("suite a.yaml");
        if per == TracePer::Test {
            assert_ne!(cut["traceId"], named("t0")["traceId"]);
            continue;
        }
        assert_eq!((&cut["parentSpanId"], &cut["traceId"]), (&suite["spanId"], &suite["traceId"]));
        assert_eq!(suite["endTimeUnixNano"], nanos(at(50)));
        assert!(suite.to_string().contains("aborted") && !named("t0").is_null(), "{suite}");
    }
}

#[test]
fn suites_and_tests_may_have_traces_of_their_own() {
    let mut batches = 0;
    let of_suites = spans(TracePer::Suite, &mut batches);
    let mut names: Vec<_> = of_suites.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["suite a.yaml", "t1", "t2"]);
    assert_eq!(of_suites["t1"]["traceId"], of_suites["suite a.yaml"]["traceId"]);
    assert_eq!(of_suites["suite a.yaml"]["parentSpanId"], Value::Null);
    assert_eq!(of_suites["suite a.yaml"]["links"][0]["spanId"], "b7ad6b7169203331");
    let of_tests = spans(TracePer::Test, &mut batches);
    assert_eq!(of_tests.len(), 2);
    assert_ne!(of_tests["t1"]["traceId"], of_tests["t2"]["traceId"]);
    assert_eq!(of_tests["t1"]["parentSpanId"], Value::Null);
}

#[test]
fn many_spans_are_cut_into_requests() {
    let run = run(TracePer::Run);
    let mut spans = Spans::new(run.clone(), at(5), &[]);
    (0..1000).for_each(|number| spans.observe(&test(&run, number, Vec::new())));
    spans.finish(&RunRecord::new(at(5)), at(6));
    let counts: Vec<usize> = spans.take().iter().map(|batch| batch.count).collect();
    assert_eq!(counts, [512, 489]);
    let long = "x".repeat(MOST_BYTES / 2);
    (0..3).for_each(|_| spans.push(&long));
    spans.cut();
    assert_eq!(spans.take().len(), 3);
}
