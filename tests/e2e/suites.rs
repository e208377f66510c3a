//! The suites in `fixtures/` and the demo, each with the counts that its comments promise.

use std::time::{Duration, Instant};

use crate::support::{Finish, Folder, Ran, resttest, root, sample};

fn fixture(name: &str) -> (Ran, resttest::SampleApi) {
    let api = sample();
    let ran = resttest().current_dir(root()).args([&api.url(), &format!("fixtures/{name}")]).finish();
    (ran, api)
}

#[test]
fn every_fixture_passes_as_often_as_it_says() {
    let table = [
        ("quickstart.yaml", (2, 2)),
        ("crud.yaml", (7, 7)),
        ("templates.yaml", (7, 7)),
        ("generators.yaml", (4, 4)),
        ("extractors.yaml", (5, 5)),
        ("validators.yaml", (7, 7)),
        ("schema.yaml", (4, 4)),
        ("imports.yaml", (2, 2)),
        ("files.yaml", (4, 4)),
        ("auth.yaml", (4, 4)),
        ("curl_options.yaml", (6, 6)),
        ("anchors.yaml", (2, 2)),
        ("suite.json", (3, 3)),
        ("benchmark.yaml", (1, 1)),
        ("retry.yaml", (4, 4)),
        ("performance.yaml", (3, 3)),
    ];
    for (name, counts) in table {
        let (ran, _api) = fixture(name);
        assert_eq!((ran.counts(), ran.code), (counts, Some(0)), "{name}: {ran:#?}");
    }
}

#[test]
fn no_fixture_is_left_out_of_the_table() {
    let found = std::fs::read_dir(root().join("fixtures")).expect("fixtures").flatten();
    let is_suite = |path: std::path::PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "json");
    let suites = found.filter(|entry| is_suite(entry.path())).count();
    assert_eq!(suites, 17, "a new fixture belongs in the tables of this file");
}

#[test]
fn failures_are_counted_and_the_run_goes_on() {
    let (ran, _api) = fixture("failing.yaml");
    let ran = ran.exits(6);
    assert_eq!(ran.counts(), (1, 7));
    assert_eq!(
        ran.groups(),
        ["Test Group Fine SUCCEEDED: : 1/1 Tests Passed!", "Test Group On purpose FAILED: : 0/6 Tests Passed!"]
    );
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with("ERROR:Test Failed: ")).count(), 6);
}

#[test]
fn benchmarks_print_a_line_of_json_each() {
    let (ran, api) = fixture("benchmark.yaml");
    let reports: Vec<serde_json::Value> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(reports.len(), 2, "{ran:#?}");
    // One test, 5 + 50 and 0 + 20 requests; a connection for the tests, and at most one a benchmark.
    assert_eq!(api.requests(), 76);
    assert!(api.connections() <= 3, "{} connections", api.connections());
}

#[test]
fn imported_tests_run_first() {
    let (_ran, api) = fixture("imports.yaml");
    let paths: Vec<String> = api.log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/auth/gaius/six", "/api/person/"]);
}

#[test]
fn a_suite_of_many_tests_needs_one_connection() {
    for name in ["crud.yaml", "validators.yaml", "templates.yaml"] {
        let (_ran, api) = fixture(name);
        assert_eq!(api.connections(), 1, "{name}");
    }
}

#[test]
fn demo_is_quick_and_passes() {
    let started = Instant::now();
    let ran = resttest().arg("demo").finish().exits(0);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let (passed, total) = ran.counts();
    assert!(passed == total && total > 20, "{ran:#?}");
    assert_eq!(ran.stderr, "");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_file_is_refused_at_once_wherever_it_is_named() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    let socket = folder.path().join("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (name, found) in
        [("/dev/zero", "it is a device"), ("socket", "it is a socket"), ("folder.yaml", "holds no .yaml")]
    {
        let ran = folder.resttest().args(["http://127.0.0.1:1", name]).finish().exits(66);
        assert!(ran.stderr.contains(found), "{name}: {ran:#?}");
    }
    for (suite, code) in [
        ("- import: /dev/zero\n- url: /x\n", 66),
        ("- import: socket\n- url: /x\n", 66),
        ("- test: {url: /x, method: POST, body: {file: /dev/zero}}\n", 1),
    ] {
        folder.file("s.yaml", suite);
        let ran = folder.resttest().args(["http://127.0.0.1:1", "s.yaml"]).finish().exits(code);
        assert!(format!("{}{}", ran.stdout, ran.stderr).contains("it is a "), "{suite}: {ran:#?}");
    }
    let api = sample();
    folder.file(
        "s.yaml",
        "- test: {url: /echo/x, validators: [{json_schema: {schema: {file: /dev/zero}}}, {json_schema: {schema: true}}]}\n",
    );
    let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(1);
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("it is a device"), "{ran:#?}");
}
