//! Traces: spans that a real receiver takes, what requests carry, what becomes of them when something is wrong.

use std::collections::HashMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::support::{Answer, Finish as _, Folder, PLAIN, Promised, PythonServer, Ran, sample, signal, wait_until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A receiver that takes nothing but what the protocol's own messages take.
fn collector() -> Option<PythonServer> {
    PythonServer::start("otlp_server.py", &["opentelemetry-proto==1.45.2"], None)
}

fn get(server: &PythonServer, path: &str) -> Vec<Value> {
    let answer = Command::new("curl").args(["-s", &format!("{}{path}", server.url())]).output().expect("curl");
    serde_json::from_slice(&answer.stdout).expect("JSON")
}

/// An attribute, as its text or number.
fn attribute(span: &Value, key: &str) -> Value {
    let all = span["attributes"].as_array().expect("attributes");
    let found = all.iter().find(|attribute| attribute["key"] == key);
    let value = found.map(|attribute| attribute["value"].as_object().expect("a value").values().next().cloned());
    value.flatten().unwrap_or(Value::Null)
}

fn named<'s>(spans: &'s [Value], name: &str) -> Vec<&'s Value> {
    spans.iter().filter(|span| span["name"] == name).collect()
}

fn nanoseconds(span: &Value, key: &str) -> u64 {
    span[key].as_str().expect("text").parse().expect("a number")
}

/// The spans of a file: every line is a request as it would be sent.
fn of_file(folder: &Folder, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.path().join(name)).expect("a file of spans");
    let mut spans = Vec::new();
    for line in text.lines() {
        let mut request: Value = serde_json::from_str(line).expect("a request a line");
        spans.append(request["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array_mut().expect("spans"));
    }
    spans
}

/// Every span but the root has its parent among the others, which holds it in time.
fn check_tree(spans: &[Value]) {
    let by_id: HashMap<&str, &Value> =
        spans.iter().map(|span| (span["spanId"].as_str().expect("an id"), span)).collect();
    assert_eq!(by_id.len(), spans.len(), "ids are used once");
    for span in spans {
        let Some(parent) = span["parentSpanId"].as_str().and_then(|parent| by_id.get(parent)) else {
            assert!(["run"].contains(&span["name"].as_str().unwrap_or_default()), "an orphan: {span}");
            continue;
        };
        assert_eq!(parent["traceId"], span["traceId"]);
        assert!(nanoseconds(parent, "startTimeUnixNano") <= nanoseconds(span, "startTimeUnixNano"), "{parent} {span}");
        assert!(nanoseconds(parent, "endTimeUnixNano") >= nanoseconds(span, "endTimeUnixNano"), "{parent} {span}");
    }
}

const SUITE: &str = "- config: {testset: Shop, variable_binds: {id: 1}, generators: {}}\n\
    - test: {name: one, group: G, url: {template: '/api/person/$id/'}}\n\
    - test: {name: wrong, url: '/status/500?token=s3cr3tvalue'}\n\
    - test: {name: moved, url: /redirect/2, curl_option_followlocation: 1}\n\
    - test: {name: missing, url: /status/404, expected_status: [404]}\n\
    - test: {name: again, url: '/flaky/a/2/503', retry: {max_retries: 3, backoff_base: 0}}\n\
    - test: {name: load, url: /api/person/1/, performance: {repeat: 20, concurrency: 2, trace_sample: 0.1}}\n";

#[test]
fn a_real_receiver_takes_a_run_whole() {
    let (Some(server), api) = (collector(), sample()) else { return };
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    let ran = folder
        .resttest()
        .args([&api.url(), "s.yaml", "--otlp-endpoint", &server.url(), "--otlp-file", "spans.jsonl"])
        .args([
            "--trace-headers",
            "Content-Type,authorization",
            "--report-json",
            "r.json",
            "--report-html",
            "r.html",
            "--report-junit",
            "r.xml",
        ])
        .args(["--trace-url", "https://tempo.test/trace/{trace_id}?a=1&b=2", "--otlp-required"])
        .args(["--otlp-header", "Authorization=Bearer t0k3n=="])
        .finish();
    let ran = ran.exits(1);
    let spans = get(&server, "/spans");
    let bare: Vec<Value> = spans
        .iter()
        .map(|span| {
            let mut span = span.clone();
            span.as_object_mut().expect("a span").shift_remove("resource");
            span
        })
        .collect();
    assert_eq!(of_file(&folder, "spans.jsonl"), bare, "{}", ran.stderr);
    check_tree(&bare);
    for (name, count) in
        [("run", 1), ("suite s.yaml", 1), ("one", 1), ("wrong", 1), ("load", 1), ("GET /api/person/{id}/", 1)]
    {
        assert_eq!(named(&bare, name).len(), count, "{name}");
    }
    let children = |name: &str| {
        let parent = named(&bare, name)[0]["spanId"].clone();
        bare.iter().filter(|span| span["parentSpanId"] == parent).collect::<Vec<_>>()
    };
    let one = named(&bare, "one")[0];
    assert_eq!(attribute(one, "test.case.name"), "s.yaml::one");
    assert_eq!((attribute(one, "test.case.result.status"), &one["status"]["code"]), ("pass".into(), &1.into()));
    assert_eq!((attribute(one, "test.suite.name"), attribute(one, "code.line.number")), ("Shop".into(), "2".into()));
    let sent = children("one")[0];
    assert_eq!((&sent["kind"], attribute(sent, "http.request.method")), (&3.into(), "GET".into()));
    assert_eq!(attribute(sent, "http.response.status_code"), "200");
    assert_eq!(attribute(sent, "url.template"), "/api/person/{id}/");
    assert_eq!(attribute(sent, "server.address"), "127.0.0.1");
    assert_eq!(attribute(sent, "network.peer.address"), "127.0.0.1");
    assert_eq!(attribute(sent, "network.protocol.version"), "1.1");
    assert_eq!(attribute(sent, "http.request.resend_count"), Value::Null);
    assert_eq!(attribute(sent, "http.response.header.content-type")["values"][0]["stringValue"], "application/json");
    let events: Vec<&str> =
        sent["events"].as_array().unwrap().iter().filter_map(|event| event["name"].as_str()).collect();
    assert_eq!(events, ["resolve", "connect", "first byte"]);
    let wrong = children("wrong")[0];
    assert_eq!((attribute(wrong, "error.type"), &wrong["status"]["code"]), ("500".into(), &2.into()));
    let url = attribute(wrong, "url.full");
    assert!(url.as_str().unwrap().ends_with("/status/500?token=REDACTED"), "{url}");
    let failed = named(&bare, "wrong")[0];
    assert_eq!((&failed["events"][0]["name"], &failed["status"]["code"]), (&"exception".into(), &2.into()));
    // An answer that a test expects is an error of its send all the same.
    assert_eq!(
        (&named(&bare, "missing")[0]["status"]["code"], &children("missing")[0]["status"]["code"]),
        (&1.into(), &2.into())
    );
    let counts =
        |name: &str| children(name).iter().map(|span| attribute(span, "http.request.resend_count")).collect::<Vec<_>>();
    assert_eq!(counts("moved"), [Value::Null, "1".into(), "2".into()]);
    assert_eq!(counts("again"), [Value::Null, "1".into(), "2".into()]);
    assert_eq!((attribute(named(&bare, "load")[0], "resttest.load.requests"), counts("load").len()), ("20".into(), 2));
    assert_eq!(attribute(named(&bare, "run")[0], "test.suite.run.status"), "failure");
    let resource = &spans[0]["resource"];
    assert_eq!(attribute(resource, "service.name"), "resttest");
    assert!(attribute(resource, "process.pid").is_string() && attribute(resource, "host.name").is_string());
    let requests = get(&server, "/requests");
    assert!(
        requests.iter().all(|request| request["authorization"] == "Bearer t0k3n==" && request["path"] == "/v1/traces")
    );
    assert!(requests.iter().all(|request| request.get("traceparent").is_none()));
    let trace = one["traceId"].as_str().unwrap();
    assert_eq!(ran.stderr.matches(&format!("trace: {trace}\n")).count(), 1, "{}", ran.stderr);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(report["suites"][0]["tests"][1]["trace_id"], trace);
    let junit = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains(&format!("<property name=\"trace_id\" value=\"{trace}\"/>")), "{junit}");
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(page.contains(&format!("<a href=\"https://tempo.test/trace/{trace}?a=1&amp;b=2\"")), "{page}");
    for text in [&ran.stderr, &ran.stdout, &page] {
        assert!(!text.contains("t0k3n") && !text.contains("s3cr3tvalue"), "{text}");
    }
}

/// Runs tests against a server, and takes the `traceparent` of each of its requests.
fn carried(suite: &str, words: &[&str], variables: &[(&str, &str)]) -> (Vec<Option<String>>, Ran, Folder) {
    let seen: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let shared = seen.clone();
    let server = Promised::any(move |_, request| {
        shared.lock().unwrap().push(request.header("traceparent").map(str::to_owned));
        Answer::ok("{}")
    });
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(words).envs(variables.iter().copied()).finish();
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (seen, ran, folder)
}

#[test]
fn requests_carry_the_trace_that_the_run_was_started_in() {
    let suite = "- test: {url: /a}\n- test: {url: /b, headers: {Traceparent: mine}}\n";
    let variables = [("TRACEPARENT", PARENT), ("TRACESTATE", "a=1")];
    let (seen, ran, folder) = carried(suite, &["--otlp-file", "f"], &variables);
    ran.exits(0);
    let spans = of_file(&folder, "f");
    let first = seen[0].as_deref().expect("a header");
    let sent = named(&spans, "GET");
    assert_eq!(first, format!("00-{TRACE}-{}-01", sent[0]["spanId"].as_str().unwrap()));
    assert_eq!(seen[1].as_deref(), Some("mine"), "a header of the test's own wins");
    assert_eq!(named(&spans, "run")[0]["parentSpanId"], "b7ad6b7169203331");
    // Not sampled: handed on, and nothing is exported.
    let (seen, ran, folder) =
        carried("- url: /a\n", &["--otlp-file", "f"], &[("TRACEPARENT", &PARENT.replace("-01", "-00"))]);
    ran.exits(0);
    assert!(seen[0].as_deref().is_some_and(|line| line.starts_with(&format!("00-{TRACE}-")) && line.ends_with("-00")));
    assert!(of_file(&folder, "f").is_empty());
    // One that cannot be read is a warning, and another trace begins.
    let (seen, ran, _folder) = carried("- url: /a\n", &["--otlp-file", "f"], &[("TRACEPARENT", "00-nonsense")]);
    assert!(ran.exits(0).stderr.contains("TRACEPARENT cannot be read"));
    assert!(seen[0].as_deref().is_some_and(|line| !line.contains(TRACE)));
}

#[test]
fn nothing_is_sent_or_carried_unasked() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("TRACEPARENT", PARENT)];
    let (seen, ran, _folder) = carried("- url: /a\n", &[], &variables);
    assert_eq!((seen, ran.exits(0).stderr.as_str()), (vec![None], ""));
    let (seen, ran, _folder) = carried("- url: /a\n", &["--traceparent"], &[]);
    ran.exits(0);
    assert!(seen[0].as_deref().is_some_and(|line| line.len() == 55 && line.ends_with("-01")));
    let (seen, ran, _folder) = carried("- config: {propagate: true}\n- url: /a\n", &[], &[]);
    ran.exits(0);
    assert!(seen[0].is_some());
    for (config, words) in
        [("propagate: false", &["--otlp-file", "f"][..]), ("propagate: true", &["--traceparent=false"])]
    {
        let (seen, ran, _folder) = carried(&format!("- config: {{{config}}}\n- url: /a\n"), words, &[]);
        ran.exits(0);
        assert_eq!(seen, [None], "{config}");
    }
    let disabled = [("OTEL_SDK_DISABLED", "true")];
    let (seen, ran, _folder) = carried("- url: /a\n", &["--otlp-file", "f"], &disabled);
    assert!(ran.exits(0).stderr.contains("OTEL_SDK_DISABLED"));
    assert_eq!(seen, [None]);
}

#[test]
fn others_than_the_base_url_are_not_told() {
    let seen: Arc<Mutex<Vec<bool>>> = Arc::default();
    let shared = seen.clone();
    let other = Promised::any(move |_, request| {
        shared.lock().unwrap().push(request.header("traceparent").is_some());
        Answer::ok("{}")
    });
    // The same server by another name.
    let elsewhere = other.url().replace("127.0.0.1", "localhost");
    for (config, told) in [("{}", false), ("{propagate: [localhost]}", true)] {
        let suite = format!("- config: {config}\n- test: {{url: '{elsewhere}/x'}}\n- test: {{url: /y}}\n");
        let folder = Folder::new();
        folder.file("s.yaml", suite);
        folder.resttest().args([&other.url(), "s.yaml", "--otlp-file", "f"]).finish().exits(0);
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), [told, true], "{config}");
    }
}

#[test]
fn load_runs_carry_one_trace_that_is_not_sampled() {
    for mode in ["sync", "async"] {
        let suite = format!(
            "- test: {{name: l, url: /a, performance: {{mode: {mode}, repeat: 40, concurrency: 4, trace_sample: 0.25}}}}\n"
        );
        let (seen, ran, folder) = carried(&suite, &["--otlp-file", "f"], &[]);
        ran.exits(0);
        let spans = of_file(&folder, "f");
        let own = named(&spans, "l")[0];
        let (sampled, others): (Vec<String>, Vec<String>) =
            seen.into_iter().flatten().partition(|line| line.ends_with("-01"));
        assert_eq!((sampled.len(), others.len()), (10, 30), "{mode}");
        let plain = format!("00-{}-{}-00", own["traceId"].as_str().unwrap(), own["spanId"].as_str().unwrap());
        assert!(others.iter().all(|line| *line == plain), "{mode}: {others:?}");
        let mut sent: Vec<&str> = named(&spans, "GET").iter().map(|span| span["spanId"].as_str().unwrap()).collect();
        let mut carried: Vec<&str> = sampled.iter().map(|line| &line[36..52]).collect();
        sent.sort_unstable();
        carried.sort_unstable();
        assert_eq!(sent, carried, "{mode}");
        check_tree(&spans);
    }
}

#[test]
fn processes_and_shards_make_one_trace() {
    let api = sample();
    let folder = Folder::new();
    for name in ["a", "b", "c"] {
        folder.file(
            &format!("{name}.yaml"),
            "- test: {name: t, url: /api/person/1/}\n- test: {name: u, url: /status/200}\n",
        );
    }
    let words = ["--tests", "*.yaml", "--parallel-suites", "3", "--otlp-file", "f"];
    folder.resttest().arg(api.url()).args(words).finish().exits(0);
    let spans = of_file(&folder, "f");
    assert_eq!(spans.len(), 1 + 3 * (1 + 2 * 2));
    check_tree(&spans);
    let mut both = Vec::new();
    for shard in ["1/2", "2/2"] {
        let report = format!("{}.json", &shard[..1]);
        folder.file("b.yaml", "- test: {name: v, url: /status/404}\n");
        let words = ["--tests", "*.yaml", "--shard", shard, "--otlp-file", "f", "--report-json", &report];
        folder.resttest().arg(api.url()).args(words).env("GITHUB_ACTIONS", "true").env("GITHUB_RUN_ID", "7").finish();
        both.extend(of_file(&folder, "f"));
    }
    check_tree(&both);
    assert!(both.iter().all(|span| span["traceId"] == both[0]["traceId"]));
    let words = ["merge", "1.json", "2.json", "--report-html", "r.html", "--trace-url", "https://t/{trace_id}"];
    folder.resttest().args(words).finish().exits(1);
    let page = std::fs::read_to_string(folder.path().join("r.html")).expect("a page");
    assert!(page.contains(&format!("https://t/{}", both[0]["traceId"].as_str().unwrap())), "{page}");
    folder.file("b.yaml", "- url: /status/200\n- url: /status/200\n");
    let words = ["--tests", "*.yaml", "--trace-per", "test", "--otlp-file", "f"];
    folder.resttest().arg(api.url()).args(words).finish().exits(0);
    let spans = of_file(&folder, "f");
    let traces: std::collections::HashSet<&str> = spans.iter().filter_map(|span| span["traceId"].as_str()).collect();
    assert_eq!((spans.len(), traces.len()), (12, 6));
}

#[test]
fn a_collector_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let Some(server) = collector() else { return };
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {name: t, url: /api/person/1/}\n");
    let run = |path: &str, words: &[&str], variables: &[(&str, &str)]| {
        let endpoint = format!("{}{path}", server.url());
        let mut command = folder.resttest();
        command.args([&api.url(), "s.yaml", "--otlp-endpoint", &endpoint]).args(words);
        let ran = command.envs(variables.iter().copied()).finish();
        (ran, get(&server, "/requests").iter().filter(|request| request["path"] == path).count())
    };
    let gzip =
        [("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"), ("OTEL_EXPORTER_OTLP_HEADERS", "X-A=a%20b,authorization=h1dden")];
    let (ran, count) = run("/busy/2", &["--otlp-required"], &gzip);
    assert_eq!((ran.exits(0).stderr.as_str(), count), ("", 3));
    let requests = get(&server, "/requests");
    assert!(requests.iter().all(|request| request["content-encoding"] == "gzip" && request["x-a"] == "a b"));
    let (ran, count) = run("/never", &[], &gzip);
    assert_eq!(count, 1);
    let warning = ran.exits(0).stderr;
    assert_eq!(warning.lines().count(), 1, "{warning}");
    assert!(warning.contains("4 spans were not sent to") && warning.contains("status 400"), "{warning}");
    assert!(!warning.contains("h1dden"), "{warning}");
    // Nor what stands in its URL, however long the answer is.
    let echo = Promised::any(|_, request| {
        assert_eq!(request.target, "/v1/traces?key=k3y-of-the-query");
        Answer::Full(400, "", format!("{} u:u5erinf0 k3y-of-the-query end", "long ".repeat(20)))
    });
    let endpoint = echo.url().replace("http://", "http://u:u5erinf0@") + "?key=k3y-of-the-query";
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--otlp-endpoint", &endpoint]).finish().exits(0);
    assert!(
        !ran.stderr.contains("u5erinf0") && !ran.stderr.contains("k3y-of") && ran.stderr.contains(" end"),
        "{ran:?}"
    );
    run("/never", &["--otlp-required"], &[]).0.exits(73);
    let (ran, count) = run("/partly", &[], &[]);
    assert_eq!(count, 1);
    assert!(ran.exits(0).stderr.contains("1 spans were rejected by"));
    let (ran, _) = run("/slow", &["--otlp-timeout", "0.3"], &[]);
    assert!(ran.exits(0).stderr.contains("4 spans were not sent to"));
    // Nobody listens there.
    let words = ["s.yaml", "--otlp-endpoint", "http://127.0.0.1:9", "--otlp-timeout", "0.3"];
    let ran = folder.resttest().arg(api.url()).args(words).finish().exits(0);
    assert!(ran.stderr.contains("4 spans were not sent to http://127.0.0.1:9/v1/traces"), "{}", ran.stderr);
}

#[test]
fn what_is_asked_wrongly_is_told_before_anything_is_sent() {
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /a\n");
    folder.file("p.yaml", "- config: {propagate: 3}\n- url: /a\n");
    folder.file("l.yaml", "- test: {url: /a, performance: {repeat: 1, trace_sample: 2}}\n");
    let refused = |words: &[&str], variables: &[(&str, &str)], code: i32, told: &str| {
        let server = Promised::new(0, |_, _| Answer::ok(""));
        let mut command = folder.resttest();
        let ran = command.arg(server.url()).args(words).envs(variables.iter().copied()).finish().exits(code);
        assert!(ran.stderr.contains(told), "{words:?}: {}", ran.stderr);
    };
    let otlp = ["s.yaml", "--otlp"];
    for (words, told) in [
        (&["--otlp-endpoint", "http://c:4317"][..], "port 4317"),
        (&["--otlp-endpoint", "c:4318"], "must begin with http:// or https://"),
        (&["--otlp-header", "a"], "must be NAME=VALUE"),
        (&["--otlp-header", "a=b"], "add --otlp-endpoint URL"),
        (&["--otlp-required"], "add --otlp-endpoint URL"),
        (&["--otlp-timeout", "0", "--otlp"], "a number of seconds above 0"),
        (&["--trace-per", "file", "--otlp"], "must be run, suite or test"),
        (&["--trace-url", "https://t/"], "{trace_id}"),
        (&["--trace-url", "https://t/{trace_id}", "--report-html", "r.html"], "add --otlp-endpoint URL"),
        (&["--trace-url", "https://t/{trace_id}", "--otlp"], "add --report-html FILE"),
        (&["--trace-url", "javascript:{trace_id}"], "must be http:// or https://"),
        (&["--trace-headers", "a b", "--otlp"], "is no name of one"),
        (&["--otlp-endpoint", "http://c.test", "--allow-host", "127.0.0.1"], "c.test"),
        (&["--otlp-file", "s.yaml"], "name another FILE"),
        (&["--otlp-file", "-", "--report-json", "-"], "both go to stdout"),
        (&["--otlp-file", "x", "--report-json", "x"], "the file of spans"),
    ] {
        refused(&[&["s.yaml"], words].concat(), &[], 64, told);
    }
    refused(&["s.yaml", "--otlp-file", "/dev/null/x"], &[], 73, "--otlp-file");
    refused(&["p.yaml"], &[], 65, "propagate must be true, false or a list of hosts");
    refused(&["l.yaml"], &[], 65, "trace_sample must be a share of the requests, from 0 to 1");
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nonsense"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zip"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nonsense"),
        ("OTEL_RESOURCE_ATTRIBUTES", "nonsense"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
    ] {
        refused(&otlp, &[(name, value)], 64, name);
    }
    let ratio = [("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "2")];
    refused(&otlp, &ratio, 64, "OTEL_TRACES_SAMPLER_ARG");
    refused(&otlp, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", "none.pem")], 66, "OTEL_EXPORTER_OTLP_CERTIFICATE");
}

#[test]
fn standard_variables_choose_what_becomes_of_spans() {
    let suite = "- test: {name: t, url: /a}\n";
    for (variables, exported) in [
        (&[("OTEL_TRACES_SAMPLER", "always_off")][..], false),
        (&[("OTEL_TRACES_EXPORTER", "none")], false),
        (&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")], false),
        (&[("OTEL_TRACES_SAMPLER", "parentbased_always_off"), ("TRACEPARENT", PARENT)], true),
        (&[("OTEL_SERVICE_NAME", "shop"), ("OTEL_RESOURCE_ATTRIBUTES", "team=a%20b,service.name=x")], true),
    ] {
        let (_, ran, folder) = carried(suite, &["--otlp-file", "f"], variables);
        ran.exits(0);
        let text = std::fs::read_to_string(folder.path().join("f")).unwrap_or_default();
        assert_eq!(!text.is_empty(), exported, "{variables:?}: {text}");
        if variables[0].0 == "OTEL_SERVICE_NAME" {
            let request: Value = serde_json::from_str(text.trim()).unwrap();
            let resource = &request["resourceSpans"][0]["resource"];
            assert_eq!(
                (attribute(resource, "service.name"), attribute(resource, "team")),
                ("shop".into(), "a b".into())
            );
        }
    }
    let (_, ran, _folder) = carried(suite, &["--otlp"], &[("OTEL_TRACES_EXPORTER", "console")]);
    let ran = ran.exits(0);
    assert!(ran.stderr.starts_with("{\"resourceSpans\":") && !ran.stdout.contains("resourceSpans"), "{}", ran.stderr);
    let (_, ran, _folder) = carried(suite, &["--otlp-file", "-"], &[]);
    let ran = ran.exits(0);
    assert!(ran.stdout.starts_with("{\"resourceSpans\":") && ran.stdout.lines().count() == 1, "{}", ran.stdout);
    let (_, ran, _folder) = carried(
        suite,
        &["--otlp-file", "f", "--otlp"],
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9/x"),
            ("RESTTEST_OTLP_TIMEOUT", "0.2"),
        ],
    );
    let ran = ran.exits(0);
    assert!(
        ran.stderr.contains("OTEL_EXPORTER_OTLP_PROTOCOL is grpc")
            && ran.stderr.contains("http://127.0.0.1:9/x/v1/traces"),
        "{}",
        ran.stderr
    );
}

#[test]
fn an_interrupted_test_has_a_span_and_its_suite_was_aborted() {
    let api = Promised::any(|_, request| {
        if request.target == "/slow" {
            std::thread::sleep(std::time::Duration::from_secs(30));
        }
        Answer::ok("{}")
    });
    let folder = Folder::new();
    folder.file("s.yaml", "- config: {timeout: 60}\n- url: /first\n- test: {name: Slow, url: /slow}\n");
    let mut command = folder.resttest();
    let words = ["s.yaml", "--otlp-file", "spans.jsonl", "--report-junit", "r.xml"];
    let mut child = command.arg(api.url()).args(words).spawn().expect("a child");
    wait_until("the slow request", || api.requests() == 2);
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let spans = of_file(&folder, "spans.jsonl");
    check_tree(&spans);
    let (slow, suite) = (named(&spans, "Slow"), named(&spans, "suite s.yaml"));
    assert_eq!((slow.len(), &slow[0]["parentSpanId"]), (1, &suite[0]["spanId"]));
    assert_eq!(attribute(slow[0], "test.case.result.status"), "fail");
    assert_eq!(attribute(suite[0], "test.suite.run.status"), "aborted");
    let junit = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    let suite = junit.lines().find(|line| line.contains("<testsuite name=\"s.yaml\"")).unwrap();
    assert!(!suite.contains("time=\"0.000\""), "the suite went on until the interrupt: {suite}");
}

#[test]
fn a_runner_configuration_asks_for_spans_once() {
    let Some(server) = collector() else { return };
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {name: t, url: /api/person/1/}\n");
    let suites = "\"test_suites\": [{\"name\": \"S\", \"files\": [\"s.yaml\"]}]";
    folder.file("c.json", format!("{{\"otlp\": true, \"base_url\": \"{}\", {suites}}}", api.url()));
    let run = |words: &[&str]| {
        let mut command = folder.resttest();
        command.args(["--config", "c.json"]).args(words).env("OTEL_EXPORTER_OTLP_ENDPOINT", server.url()).finish()
    };
    run(&PLAIN).exits(0);
    let spans = get(&server, "/spans");
    assert_eq!(spans.len(), 4);
    assert_eq!(named(&spans, "suite S").len(), 1);
    // The same from the environment, without a configuration.
    let mut command = folder.resttest();
    command
        .args([&api.url(), "s.yaml"])
        .env("RESTTEST_OTLP", "1")
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("{}/v1/traces", server.url()));
    command.finish().exits(0);
    assert_eq!(get(&server, "/spans").len(), 8);
}
