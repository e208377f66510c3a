//! `--report-allure`: a directory of results, as Allure and we read it.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;

use crate::support::{Answer, Finish, Folder, Promised, has_program, resttest, root, signal, wait_until};

/// What went around one test, and everything a test can come to.
const SUITE: &str = r#"
- config:
    testset: Shop
    labels: {epic: Orders, owner: ann}
    links: [{type: tms, name: T-1, url: "https://t/1"}]
    variable_binds: {password: hunter2secret}
- setup:
  - test: {name: Login, url: /login, method: POST, body: 'hunter2secret'}
- teardown:
  - test: {name: Logout, url: /logout}
- test:
    name: Right
    group: G
    description: what is right
    tags: [smoke, eu]
    labels: {owner: bob, severity: critical, requirement: [R-1, R-2]}
    links: {type: issue, url: "https://i/1"}
    url: /right?token=querysecret1
    headers: {Authorization: Bearer headersecret1}
    validators: [{compare: {jsonpath_mini: id, comparator: eq, expected: 7}}]
- test:
    name: Wrong
    url: /wrong?token=querysecret1
    method: POST
    headers: {Authorization: Bearer headersecret1, Content-Type: application/x-www-form-urlencoded}
    body: a=1&password=hunter2secret
    validators:
    - extract_test: {jsonpath_mini: id, test: exists}
    - compare: {jsonpath_mini: id, comparator: eq, expected: 8}
- test: {name: Parts, url: /wrong, method: POST, body: {multipart: {a: 1, password: hunter2secret}}, expected_status: [201]}
- test: {name: Flaky, url: /flaky, retry: {max_retries: 2, backoff_base: 0}}
- test: {name: Down, url: /down, retry: {max_retries: 1, backoff_base: 0}}
- test: {name: Refused, url: "http://127.0.0.1:1/x"}
- test: {name: Row, url: /right, data: [{user: ann, password: rowsecret1}, {user: bob, password: rowsecret2}]}
- test: {name: Twice, url: /right}
- test: {name: Twice, url: /right}
- test: {name: Needs, url: /right, depends_on: Down}
- test: {name: Load, url: /right, performance: {repeat: 20, concurrency: 2}}
- benchmark: {name: Bench, url: /right, benchmark_runs: 3, warmup_runs: 0, metrics: [total_time]}
"#;

const SECRETS: [&str; 6] =
    ["hunter2secret", "querysecret1", "headersecret1", "rowsecret", "cookiesecret1", "mintedsecret1"];

fn shop() -> Promised {
    let count = AtomicUsize::new(0);
    Promised::any(move |_, request| {
        const HEADERS: &str = "content-type: application/json\r\nset-cookie: sid=cookiesecret1\r\n";
        let path = request.target.split('?').next().unwrap_or_default();
        let status = match path {
            "/down" => 503,
            "/flaky" if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => 503,
            _ => 200,
        };
        Answer::Full(status, HEADERS, r#"{"id": 7, "access_token": "mintedsecret1"}"#.to_owned())
    })
}

struct Results {
    all: Vec<Json>,
    files: Vec<(String, String)>,
}

impl Results {
    fn of(folder: &Path) -> Results {
        let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
            .expect("a directory of results")
            .flatten()
            .map(|entry| {
                let bytes = std::fs::read(entry.path()).expect("a file");
                (entry.file_name().into_string().expect("a name"), String::from_utf8(bytes).expect("text"))
            })
            .collect();
        files.sort();
        let results = files.iter().filter(|(name, _)| name.ends_with("-result.json"));
        let mut all: Vec<Json> = results.map(|(_, text)| serde_json::from_str(text).expect("JSON")).collect();
        all.sort_by_key(|result| (result["start"].as_u64(), result["fullName"].to_string()));
        Results { all, files }
    }

    fn named(&self, name: &str) -> &Json {
        self.all.iter().find(|result| result["name"] == name).unwrap_or_else(|| panic!("{name}: {:#?}", self.all))
    }

    fn file(&self, ending: &str) -> &str {
        self.files.iter().find(|(name, _)| name.ends_with(ending)).map_or("", |(_, text)| text)
    }

    fn attachment(&self, result: &Json, at: usize) -> &str {
        self.file(result["attachments"][at]["source"].as_str().expect("a source"))
    }

    fn histories(&self) -> HashSet<String> {
        self.all.iter().map(|result| result["historyId"].to_string()).collect()
    }
}

fn values<'r>(result: &'r Json, key: &str, name: &str) -> Vec<&'r str> {
    let all = result[key].as_array().expect("a list");
    all.iter().filter(|entry| entry["name"] == name).filter_map(|entry| entry["value"].as_str()).collect()
}

fn run(folder: &Folder, url: &str, words: &[&str]) -> crate::support::Ran {
    let mut command = folder.resttest();
    for name in ["GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"] {
        command.env_remove(name);
    }
    command.args([url]).args(words).finish()
}

#[test]
fn every_test_has_a_result_with_all_there_is_to_know() {
    let (api, folder) = (shop(), Folder::new());
    folder.file("suites/a.yaml", SUITE);
    let ran = run(&folder, &api.url(), &["suites/a.yaml", "--report-allure", "out/allure", "--report-junit", "r.xml"]);
    ran.exits(4);
    let results = Results::of(&folder.path().join("out/allure"));
    let junit = std::fs::read_to_string(folder.path().join("r.xml")).expect("a report");
    assert_eq!(results.all.len(), junit.matches("<testcase ").count());
    assert!(results.files.iter().all(|(name, _)| !name.ends_with(".tmp")), "nothing else is left");
    for (name, text) in &results.files {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{name}: {text}");
    }
    for (name, status) in [
        ("Right", "passed"),
        ("Wrong", "failed"),
        ("Flaky", "passed"),
        ("Down", "failed"),
        ("Refused", "broken"),
        ("Needs", "skipped"),
        ("Load", "passed"),
        ("Bench", "passed"),
        ("Login", "passed"),
    ] {
        let result = results.named(name);
        assert_eq!((&result["status"], &result["stage"]), (&status.into(), &"finished".into()), "{result:#}");
        assert!(result["stop"].as_u64() >= result["start"].as_u64(), "{result:#}");
    }
    let right = results.named("Right");
    assert_eq!(right["fullName"], "suites/a.yaml: G: Right");
    assert_eq!(right["titlePath"], serde_json::json!(["suites", "a.yaml", "G"]));
    assert_eq!(right["description"], "what is right");
    for (label, expected) in [
        ("suite", &["Shop"][..]),
        ("parentSuite", &["suites"]),
        ("subSuite", &["G"]),
        ("framework", &["resttest"]),
        ("language", &["yaml"]),
        ("package", &["suites.a.yaml"]),
        ("testMethod", &["Right"]),
        ("layer", &["api"]),
        ("tag", &["smoke", "eu"]),
        ("epic", &["Orders"]),
        ("owner", &["bob"]),
        ("severity", &["critical"]),
        ("requirement", &["R-1", "R-2"]),
    ] {
        assert_eq!(values(right, "labels", label), expected, "{label}");
    }
    assert_eq!(right["links"], serde_json::json!([{"type": "issue", "name": "https://i/1", "url": "https://i/1"}]));
    assert_eq!(results.named("Down")["links"][0]["name"], "T-1");
    assert_eq!(right["attachments"], serde_json::json!([]));
    let steps = right["steps"][0]["steps"].as_array().expect("checks").iter();
    let steps: Vec<_> = steps.map(|step| (step["name"].as_str(), step["status"].as_str())).collect();
    assert_eq!(steps, [(Some("status 200"), Some("passed")), (Some("jsonpath_mini \"id\" eq 7"), Some("passed"))]);

    let wrong = results.named("Wrong");
    let details = &wrong["statusDetails"];
    let line = SUITE.lines().position(|line| line.contains("expected: 8")).expect("a line") + 1;
    assert_eq!((&details["expected"], &details["actual"]), (&"8".into(), &"7".into()));
    assert_eq!(details["message"], "jsonpath_mini \"id\" eq: expected 8, got 7");
    assert!(
        details["trace"].as_str().is_some_and(|trace| trace.starts_with(&format!("suites/a.yaml:{line}: "))),
        "{details}"
    );
    assert_eq!(wrong["attachments"][0]["type"], "application/vnd.allure.http+json");
    let text = results.attachment(wrong, 0);
    assert_eq!(wrong["attachments"][0]["size"].as_u64(), Some(text.len() as u64));
    let exchange: Json = serde_json::from_str(text).expect("JSON");
    assert_eq!((&exchange["schemaVersion"], &exchange["response"]["status"]), (&1.into(), &200.into()));
    assert_eq!(exchange["request"]["query"][0]["value"], "__ALLURE_REDACTED__");
    assert_eq!(values(&exchange["request"], "headers", "Authorization"), ["__ALLURE_REDACTED__"]);
    assert_eq!(exchange["request"]["body"]["value"], "a=1&password=__ALLURE_REDACTED__");
    assert_eq!(exchange["response"]["body"]["value"], r#"{"id": 7, "access_token": "__ALLURE_REDACTED__"}"#);

    let parts: Json = serde_json::from_str(results.attachment(results.named("Parts"), 0)).expect("JSON");
    let parts = &parts["request"]["body"]["parts"];
    assert_eq!((&parts[0]["name"], &parts[0]["value"]), (&"a".into(), &"1".into()));
    assert_eq!((&parts[1]["name"], &parts[1]["value"]), (&"password".into(), &"__ALLURE_REDACTED__".into()));

    let flaky = results.named("Flaky");
    assert_eq!(flaky["statusDetails"]["flaky"], true);
    assert_eq!(values(flaky, "labels", "tag"), ["flaky"]);
    let steps: Vec<_> = flaky["steps"].as_array().expect("steps").iter().map(|step| step["name"].as_str()).collect();
    assert_eq!(steps, [Some("GET /flaky → 503"), Some("GET /flaky → 200")]);
    assert_eq!(results.named("Down")["attachments"].as_array().map(Vec::len), Some(2));
    let refused: Json = serde_json::from_str(results.attachment(results.named("Refused"), 0)).expect("JSON");
    assert!(refused.get("response").is_none() && refused["error"]["message"].is_string(), "{refused}");
    let (needs, down) = (results.named("Needs"), results.named("Down"));
    assert_eq!(needs["statusDetails"]["message"], "needs \"Down\"");
    assert!(needs["start"].as_u64() >= down["stop"].as_u64(), "what did not run comes behind what did");
    let row = results.named("Row [user=ann, password=(redacted)]");
    assert_eq!(
        row["parameters"],
        serde_json::json!([
            {"name": "user", "value": "ann", "excluded": false, "mode": "default"},
            {"name": "password", "value": "(redacted)", "excluded": false, "mode": "masked"},
        ])
    );
    let names: HashSet<&str> = results.all.iter().filter_map(|result| result["fullName"].as_str()).collect();
    assert!(names.contains("suites/a.yaml: Default: Twice #2") && names.len() == results.all.len(), "{names:?}");
    assert_eq!(results.histories().len(), results.all.len());
    for name in ["Load", "Bench"] {
        let load = results.named(name);
        assert_eq!(load["attachments"][0]["type"], "text/csv");
        assert!(results.attachment(load, 0).starts_with("percentile,milliseconds\np0,"), "{load:#}");
        let excluded = load["parameters"].as_array().expect("figures").iter().all(|figure| figure["excluded"] == true);
        assert!(excluded && values(load, "parameters", "requests").len() == 1, "{load:#}");
    }
    let container: Json = serde_json::from_str(results.file("-container.json")).expect("JSON");
    let own = |key: &str| container[key].as_array().map(Vec::len);
    assert_eq!((own("befores"), own("afters"), own("children")), (Some(1), Some(1), Some(results.all.len() - 2)));
    assert_eq!(
        (&container["befores"][0]["name"], &container["afters"][0]["name"]),
        (&"Login".into(), &"Logout".into())
    );
    let properties = results.file("environment.properties");
    assert!(
        properties.contains("Base_URL=http\\://127.0.0.1\\:") && properties.contains("\nresttest="),
        "{properties}"
    );
    for name in ["executor.json", "categories.json"] {
        serde_json::from_str::<Json>(results.file(name)).expect("JSON");
    }
    for part in [
        "<property name=\"tag\" value=\"eu\"/>",
        "<property name=\"requirement\" value=\"R-2\"/>",
        "<property name=\"row.user\" value=\"ann\"/>",
        "<property name=\"row.password\" value=\"(redacted)\"/>",
    ] {
        assert!(junit.contains(part), "{part}: {junit}");
    }
    generate(&folder.path().join("out/allure"), &results);
}

/// What Allure itself makes of the results, where it is installed.
fn generate(folder: &Path, results: &Results) {
    let allure = root().join("target/allure/node_modules/.bin/allure");
    if !allure.exists() {
        eprintln!("SKIPPED: {} is not here; .ci/run installs it", allure.display());
        return;
    }
    let report = folder.with_file_name("report");
    let ran = Command::new(allure).arg("generate").arg(folder).arg("--output").arg(&report).output();
    let ran = ran.expect("allure starts");
    assert!(ran.status.success(), "{ran:?}");
    let text = std::fs::read_to_string(report.join("summary.json")).expect("a summary");
    let summary: Json = serde_json::from_str(&text).expect("JSON");
    let count = |status: &str| results.all.iter().filter(|result| result["status"] == status).count() as u64;
    let stats = &summary["stats"];
    assert_eq!(stats["total"].as_u64(), Some(results.all.len() as u64), "{stats}");
    for status in ["passed", "failed", "broken", "skipped"] {
        assert_eq!(stats[status].as_u64().unwrap_or_default(), count(status), "{status}: {stats}");
    }
    assert_eq!(stats["flaky"].as_u64(), Some(1), "{stats}");
}

#[test]
fn results_are_known_again_whatever_the_machine_and_stay_until_told_otherwise() {
    let (api, folder, elsewhere) = (shop(), Folder::new(), Folder::new());
    let other = shop();
    folder.file("suites/a.yaml", SUITE);
    elsewhere.file("suites/a.yaml", format!("# moved down\n\n{SUITE}"));
    let path = folder.path().join("r");
    let absolute = elsewhere.path().join("suites/a.yaml");
    run(&folder, &api.url(), &["suites/a.yaml", "--report-allure", "r"]).exits(4);
    let first = Results::of(&path);
    run(&folder, &api.url(), &["./suites/a.yaml", "--report-allure", "r"]).exits(4);
    let both = Results::of(&path);
    assert_eq!((both.all.len(), both.histories()), (2 * first.all.len(), first.histories()));
    let there = [&*absolute.to_string_lossy(), "--report-allure", "r"].map(str::to_owned);
    run(&elsewhere, &other.url(), &there.each_ref().map(String::as_str)).exits(4);
    assert_eq!(Results::of(&elsewhere.path().join("r")).histories(), first.histories());
    folder.file("r/notes.txt", "mine");
    let ran = run(&folder, &api.url(), &["suites/a.yaml", "--report-allure", "r", "--report-allure-clean"]);
    ran.exits(4);
    let clean = Results::of(&path);
    assert_eq!((clean.all.len(), clean.file("notes.txt")), (first.all.len(), "mine"));
    assert_eq!(clean.files.len(), first.files.len() + 1);
}

#[test]
fn exchanges_are_those_that_were_asked_for_in_the_form_that_was() {
    let (api, folder) = (shop(), Folder::new());
    folder.file("a.yaml", SUITE);
    let words = ["a.yaml", "--report-allure", "r", "--allure-attach", "all", "--allure-version", "2"];
    run(&folder, &api.url(), &words).exits(4);
    let results = Results::of(&folder.path().join("r"));
    let right = results.named("Right");
    assert_eq!(right["attachments"][0]["type"], "text/plain");
    let text = results.attachment(right, 0);
    assert!(text.starts_with("GET http://127.0.0.1:") && text.contains("\nHTTP/1.1 200 OK\n"), "{text}");
    assert!(text.contains("Authorization: __ALLURE_REDACTED__\n"), "{text}");
    for (name, text) in &results.files {
        assert!(SECRETS.iter().all(|secret| !text.contains(secret)), "{name}: {text}");
    }
}

#[test]
fn long_and_odd_bodies_are_bounded_and_whole_otherwise() {
    let api = Promised::any(|_, request| match &*request.target {
        "/long" => Answer::Full(500, "", "ä\"\n".repeat(600_000)),
        _ => Answer::Full(500, "", String::from_utf8(request.body.clone()).expect("text")),
    });
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /long\n- test: {url: /odd, method: POST, body: '</script>\\ud800 ]]>'}\n");
    run(&folder, &api.url(), &["a.yaml", "--report-allure", "r"]).exits(2);
    let results = Results::of(&folder.path().join("r"));
    let exchanges: Vec<&str> = results.all.iter().map(|result| results.attachment(result, 0)).collect();
    assert!(exchanges.iter().all(|text| text.len() <= 1 << 20), "1 MiB each");
    let long: Json = serde_json::from_str(exchanges[0]).expect("JSON");
    let body = &long["response"]["body"];
    assert_eq!((body["truncated"].as_bool(), body["size"].as_u64()), (Some(true), Some(2_400_000)));
    let odd: Json = serde_json::from_str(exchanges[1]).expect("JSON");
    assert_eq!(odd["response"]["body"]["value"], "</script>\\ud800 ]]>");
}

#[test]
fn parallel_suites_and_shards_tell_the_same() {
    let (api, folder) = (shop(), Folder::new());
    for name in ["a", "b", "c"] {
        folder.file(&format!("{name}.yaml"), SUITE);
    }
    let all = ["--tests", "*.yaml"];
    let with = |more: &[&str]| {
        let words: Vec<&str> = all.iter().chain(more).copied().collect();
        run(&folder, &api.url(), &words)
    };
    with(&["--report-allure", "one"]).exits(12);
    let one = Results::of(&folder.path().join("one"));
    with(&["--report-allure", "many", "--parallel-suites", "3"]);
    let many = Results::of(&folder.path().join("many"));
    with(&["--shard", "slice:1/2", "--report-json", "1.json"]);
    with(&["--shard", "slice:2/2", "--report-json", "2.json"]);
    folder.resttest().args(["merge", "1.json", "2.json", "--report-allure", "merged"]).finish();
    let merged = Results::of(&folder.path().join("merged"));
    for results in [&many, &merged] {
        assert_eq!((results.all.len(), results.histories()), (one.all.len(), one.histories()));
        let exchange = results.attachment(results.named("Wrong"), 0);
        assert!(exchange.contains("password=__ALLURE_REDACTED__"), "{exchange}");
        assert_eq!(values(results.named("Right"), "labels", "severity"), ["critical"]);
    }
}

#[test]
fn an_interrupt_leaves_what_is_known() {
    let api = Promised::any(|_, request| {
        if request.target == "/slow" {
            std::thread::sleep(std::time::Duration::from_secs(30));
        }
        Answer::ok("{}")
    });
    let folder = Folder::new();
    folder.file(
        "a.yaml",
        "- config: {timeout: 60}\n- url: /first\n- test: {name: Slow, url: /slow}\n- test: {name: Last, url: /last}\n",
    );
    let mut command = folder.resttest();
    let mut child = command.args([&api.url(), "a.yaml", "--report-allure", "r"]).spawn().expect("a child");
    wait_until("the slow request", || api.requests() == 2);
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let results = Results::of(&folder.path().join("r"));
    assert_eq!(results.named("Unnamed")["stage"], "finished");
    for name in ["Slow", "Last"] {
        assert_eq!(
            (&results.named(name)["status"], &results.named(name)["stage"]),
            (&"skipped".into(), &"interrupted".into())
        );
    }
}

#[test]
fn a_directory_that_cannot_be_is_told_before_anything_is_sent() {
    let folder = Folder::new();
    folder.file("a.yaml", "- url: /\n");
    folder.file("file", "");
    let nobody = Promised::new(0, |_, _| Answer::Nothing);
    for (words, code, part) in [
        (&["--report-allure", "file"][..], 73, "--report-allure file cannot be written: it is no folder"),
        (&["--report-allure", "file/r"], 73, "--report-allure file/r cannot be written"),
        (&["--report-allure", "-"], 64, "needs the name of a directory"),
        (&["--allure-attach", "all"], 64, "add --report-allure DIR"),
        (&["--report-allure-clean"], 64, "add --report-allure DIR"),
        (&["--report-allure", "r", "--allure-version", "4"], 64, "must be 2 or 3, not \"4\""),
        (
            &["--report-allure", "r", "--allure-attach", "al"],
            64,
            "must be failed or all, not \"al\"; did you mean \"all\"?",
        ),
        (&["--report-allure", "both", "--report-json", "both"], 64, "both go to both"),
    ] {
        let ran = run(&folder, &nobody.url(), &[&["a.yaml"], words].concat()).exits(code);
        assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
    }
    for (suite, part) in [
        ("- config: {labels: [a]}\n- url: /\n", "labels must be a mapping, or a list of mappings"),
        ("- test: {url: /, labels: {a: {b: c}}}\n", "the label a must be text or a number"),
        ("- test: {url: /, links: [{type: issue}]}\n", "a link has no url"),
        ("- test: {url: /, links: [{uri: x}]}\n", "a link has no \"uri\"; did you mean \"url\"?"),
        ("- test: {url: /, links: https://x}\n", "links must be a list of links"),
    ] {
        folder.file("b.yaml", suite);
        let ran = run(&folder, &nobody.url(), &["b.yaml", "--report-allure", "r"]).exits(65);
        assert!(ran.stderr.contains(part) && ran.stderr.contains("b.yaml:1:"), "{part}: {ran:#?}");
    }
}

#[test]
fn a_run_that_never_began_has_a_result_that_says_so() {
    let folder = Folder::new();
    folder.file("a.yaml", "- test: {urls: /}\n");
    run(&folder, "http://127.0.0.1:1", &["a.yaml", "--report-allure", "r"]).exits(65);
    let results = Results::of(&folder.path().join("r"));
    assert_eq!(results.all.len(), 1);
    assert_eq!(results.all[0]["status"], "broken");
    assert!(results.all[0]["statusDetails"]["message"].to_string().contains("url"), "{:#}", results.all[0]);
}

#[test]
fn figures_are_pushed_and_a_gateway_that_fails_is_no_failure() {
    let folder = Folder::new();
    folder.file("a.yaml", "- test: {name: L, group: 'G\"', url: /x, performance: {repeat: 5}}\n");
    let api = Promised::any(|_, request| match &*request.method {
        "PUT" => {
            assert_eq!(request.target, "/metrics/job/resttest");
            assert!(request.header("content-type").is_some_and(|kind| kind.starts_with("text/plain")));
            let text = String::from_utf8_lossy(&request.body);
            assert!(text.contains("\nresttest_success 1\n") || text.starts_with("# HELP resttest_success"), "{text}");
            let bucket =
                "resttest_load_duration_seconds_bucket{suite=\"a.yaml\",group=\"G\\\"\",test=\"L\",le=\"+Inf\"} 5\n";
            assert!(text.contains(bucket), "{text}");
            assert_eq!(request.header("authorization"), Some("Basic dTpwdXNoc2VjcmV0"));
            Answer::ok("")
        }
        _ => Answer::ok("{}"),
    });
    let gateway = api.url().replace("http://", "http://u:pushsecret@");
    let ran = run(&folder, &api.url(), &["a.yaml", "--push-prom", &gateway, "--report-prom", "m.prom"]).exits(0);
    if has_program("promtool") {
        let text = std::fs::File::open(folder.path().join("m.prom")).expect("a report");
        let read = Command::new("promtool").args(["check", "metrics"]).stdin(text).output().expect("promtool");
        assert!(read.status.success() && read.stderr.is_empty(), "{read:?}");
    }
    assert!(!ran.stderr.contains("--push-prom"), "{ran:#?}");
    assert_eq!(api.requests(), 6);
    let refusing = Promised::new(1, |_, request| {
        assert_eq!((&*request.method, &*request.target), ("PUT", "/own/path?x=1"));
        Answer::Full(400, "", "text format parsing error of u:pushsecret".to_owned())
    });
    let own = format!("{}/own/path?x=1", refusing.url().replace("http://", "http://u:pushsecret@"));
    for (gateway, part) in [
        (own.as_str(), "did not take the figures: status 400 text format parsing error"),
        ("http://u:pushsecret@127.0.0.1:1", "did not take the figures: connection refused"),
    ] {
        let ran = run(&folder, &api.url(), &["a.yaml", "--push-prom", gateway]).exits(0);
        assert!(ran.stderr.contains("WARNING:--push-prom ") && ran.stderr.contains(part), "{ran:#?}");
        assert!(!ran.stderr.contains("pushsecret"), "{ran:#?}");
    }
    for wrong in ["localhost:9091", "http://", "-"] {
        let ran = resttest().args(["http://127.0.0.1:1", "a.yaml", "--push-prom", wrong]).finish().exits(64);
        assert!(ran.stderr.contains("--push-prom must be the URL of a Pushgateway"), "{ran:#?}");
    }
}
