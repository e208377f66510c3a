//! However a run ends, every report that was asked for tells it: an old green file never survives a red run.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use crate::support::{Finish, Folder, Ran, has_program, resttest, root, sample, signal, wait_until};

/// A report of each format.
const FILES: [(&str, &str); 6] = [
    ("junit", "r.xml"),
    ("json", "r.json"),
    ("ndjson", "r.ndjson"),
    ("tap", "r.tap"),
    ("html", "r.html"),
    ("prom", "r.prom"),
];

/// How a run is made to end.
struct Way {
    code: i32,
    /// The suite, as `s.yaml`.
    suite: &'static str,
    /// What follows the base URL and the reports.
    words: &'static [&'static str],
    /// The signal that is sent while the second request is under way.
    signal: Option<&'static str>,
    /// What every report says of why it ended.
    cause: &'static str,
}

const PLAIN: Way = Way { code: 0, suite: GOOD, words: &["s.yaml"], signal: None, cause: "" };

const GOOD: &str = "- test: {name: First, url: /status/200}\n";
const BAD: &str = "- test: {name: First, url: /status/200}\n- test: {name: Second, url: /status/404}\n";
const SLOW: &str = "- config: {timeout: 60}\n- test: {name: First, url: /status/200}\n- test: {name: Second, url: /slow/50000}\n- test: {name: Third, url: /status/200}\n";
const BROKEN: &str =
    "- test: {name: First, url: /status/200, validators: [{compare: {header: a, comparator: eqq, expected: 1}}]}\n";
const OUTPUT: &str = "- benchmark: {name: First, url: /status/200, benchmark_runs: 1, metrics: [total_time], output_file: s.yaml/x.json}\n";

const WAYS: [Way; 12] = [
    PLAIN,
    Way { code: 1, suite: BAD, cause: "expected status 200, got 404", ..PLAIN },
    Way { code: 64, words: &["s.yaml", "--no-such-option"], cause: "unknown option", ..PLAIN },
    Way { code: 64, words: &["s.yaml", "--suite-timeout", "x"], cause: "must be a number of seconds", ..PLAIN },
    Way { code: 65, suite: BROKEN, cause: "unknown comparator", ..PLAIN },
    Way { code: 66, words: &["missing.yaml"], cause: "missing.yaml", ..PLAIN },
    Way {
        code: 70,
        suite: SLOW,
        words: &["s.yaml", "--suite-timeout", "0.5"],
        cause: "suite limit of 0.5 s reached",
        ..PLAIN
    },
    Way { code: 73, suite: OUTPUT, cause: "cannot be written", ..PLAIN },
    Way { code: 78, words: &["--config", "c.json"], cause: "unknown key", ..PLAIN },
    Way { code: 129, suite: SLOW, signal: Some("HUP"), cause: "interrupted while", ..PLAIN },
    Way { code: 130, suite: SLOW, signal: Some("INT"), cause: "interrupted while", ..PLAIN },
    Way { code: 143, suite: SLOW, signal: Some("TERM"), cause: "interrupted while", ..PLAIN },
];

/// A folder in which a run was green.
fn green(url: &str) -> Folder {
    let folder = Folder::new();
    folder.file("s.yaml", GOOD);
    folder.file(
        "c.json",
        r#"{"project_name": "P", "reporting": {"formats": ["json", "junit"], "output_dir": "out"}, "unknwon": 1,
            "test_suites": [{"name": "a", "files": ["s.yaml"]}]}"#,
    );
    for file in ["out/results.json", "out/results.xml"] {
        folder.file(file, "an old one");
    }
    with_reports(folder.resttest().args([url, "s.yaml"])).finish().exits(0);
    assert!(read(folder.path(), "r.json").contains("\"success\": true"));
    folder
}

fn with_reports(command: &mut Command) -> &mut Command {
    for (format, file) in FILES {
        command.args([format!("--report-{format}"), file.to_owned()]);
    }
    command
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn json(folder: &Path, name: &str) -> Json {
    serde_json::from_str(&read(folder, name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

impl Way {
    fn run(&self, folder: &Folder, more: &[&str]) -> Ran {
        let api = sample();
        folder.file("s.yaml", self.suite);
        let mut command = folder.resttest();
        command.env("GITHUB_ACTIONS", "true");
        with_reports(command.args(["--url", &api.url()]).args(self.words)).args(more);
        let Some(name) = self.signal else { return command.finish() };
        let child = command.spawn().expect("a child");
        wait_until("the slow request", || api.requests() == 2);
        signal(&child, name);
        Ran::from(child.wait_with_output().expect("an end"))
    }
}

#[test]
fn every_report_tells_how_the_run_ended() {
    let api = sample();
    for way in WAYS {
        let folder = green(&api.url());
        let ran = way.run(&folder, &[]).exits(way.code);
        let (name, path) = (format!("{} {:?}", way.code, way.words), folder.path());
        let is_cut = way.code > 63;
        let success = way.code == 0;

        let report = json(path, "r.json");
        assert_eq!((report["success"].as_bool(), report["exit_code"].as_i64()), (Some(success), Some(way.code.into())));
        let faults = report["faults"].to_string();
        assert_eq!(faults != "[]", is_cut, "{name}: {faults}");

        let last: Json = serde_json::from_str(read(path, "r.ndjson").lines().last().expect("a line")).expect("JSON");
        assert_eq!((last["event"].as_str(), last["success"].as_bool()), (Some("run_finished"), Some(success)));
        assert_eq!(last["exit_code"].as_i64(), Some(way.code.into()), "{name}");

        let prom = read(path, "r.prom");
        assert!(prom.contains(&format!("\nresttest_success {}\n", i32::from(success))), "{name}: {prom}");
        assert!(prom.contains(&format!("\nresttest_exit_code {}\n", way.code)), "{name}: {prom}");

        let junit = read(path, "r.xml");
        assert_eq!(
            (junit.contains("<error "), junit.contains("<failure ")),
            (is_cut, way.code == 1),
            "{name}: {junit}"
        );

        let tap = read(path, "r.tap");
        assert!(tap.starts_with("TAP version 13\n"), "{name}: {tap}");
        assert_eq!((tap.contains("\nBail out! "), tap.contains("not ok ")), (is_cut, !success), "{name}: {tap}");

        let html = read(path, "r.html");
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "{name}: {html}");
        assert_eq!(html.contains(">passed</span></h1>"), success, "{name}");

        // Why is told in each; what ran before the end is kept.
        for text in [faults.clone() + &report["suites"].to_string(), junit.clone(), tap.clone(), html] {
            assert!(text.contains(way.cause), "{name}: {text}");
            let ran_before = matches!(way.code, 0 | 1 | 70 | 129..);
            assert_eq!(text.contains("First"), ran_before, "{name}: {text}");
            assert_eq!(text.contains("Third"), matches!(way.code, 70 | 129..), "{name}: {text}");
        }
        assert_eq!(ran.stdout.contains("::error "), !success, "{name}: {ran:#?}");
        if way.code == 65 {
            assert!(ran.stdout.contains("::error file=s.yaml,line=1,col="), "{ran:#?}");
        }
        if way.code == 78 {
            let results = json(path, "out/results.json");
            assert_eq!((results["project"].as_str(), results["success"].as_bool()), (Some("P"), Some(false)));
            assert!(results["faults"].to_string().contains(way.cause), "{results}");
            assert!(read(path, "out/results.xml").contains("<error "));
        }
        by_their_own_readers(path, success, &name);
    }
}

/// The reports of a folder, as the programs read them that they are for.
fn by_their_own_readers(folder: &Path, success: bool, name: &str) {
    if has_program("xmllint") {
        let read = Command::new("xmllint").args(["--noout", "r.xml"]).current_dir(folder).output().expect("xmllint");
        assert!(read.status.success(), "{name}: {read:?}");
    }
    if has_program("prove") {
        let read = Command::new("prove").args(["--exec", "cat", "r.tap"]).current_dir(folder).output().expect("prove");
        assert_eq!(read.status.success(), success, "{name}: {read:?}");
        assert!(!String::from_utf8_lossy(&read.stdout).contains("Parse errors"), "{name}: {read:?}");
    }
    if has_program("promtool") {
        let text = fs::File::open(folder.join("r.prom")).expect("a report");
        let read = Command::new("promtool").args(["check", "metrics"]).stdin(text).output().expect("promtool");
        assert!(read.status.success() && read.stderr.is_empty(), "{name}: {read:?}");
    }
}

#[test]
fn tests_that_did_not_run_are_named_with_the_reason() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "a.yaml",
        "- test: {name: Stops, url: /status/500, stop_on_failure: true}\n- test: {name: 'Left # 1', group: G, url: /x}\n",
    );
    folder.file("b.yaml", GOOD);
    for parallel in [&[][..], &["--parallel-suites", "2", "--preserve-order"]] {
        let ran = with_reports(folder.resttest().args([&api.url(), "a.yaml", "b.yaml"]).args(parallel)).finish();
        ran.exits(1);
        let path = folder.path();
        let report = json(path, "r.json");
        let expected = serde_json::json!({
            "name": "Left # 1", "group": "G", "file": "a.yaml", "line": 2, "column": 3,
            "reason": "stop_on_failure of \"Stops\"",
        });
        assert_eq!((&report["suites"][0]["skipped"][0], report["summary"]["skipped"].as_u64()), (&expected, Some(1)));
        let junit = read(path, "r.xml");
        assert!(junit.contains("<skipped message=\"stop_on_failure of &quot;Stops&quot;\"/>"), "{junit}");
        assert!(junit.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{junit}");
        let tap = read(path, "r.tap");
        assert!(tap.contains("ok 2 - G: Left \\# 1 # SKIP stop_on_failure of \"Stops\"\n"), "{tap}");
        assert!(read(path, "r.ndjson").contains("\"event\":\"test_skipped\",\"name\":\"Left # 1\""));
        assert!(read(path, "r.html").contains("stop_on_failure of &quot;Stops&quot;"));
        by_their_own_readers(path, false, "skipped");
    }
}

#[test]
fn a_file_that_is_not_the_reports_is_not_touched() {
    let folder = Folder::new();
    folder.file("s.yaml", GOOD);
    folder.file("x", "mine");
    for words in [
        &["s.yaml", "--report-junit", "s.yaml"][..],
        &["s.yaml", "--no-such-option", "--report-junit", "s.yaml"],
        &["s.yaml", "--report-junit", "x", "--report-html", "./x"],
        &["s.yaml", "--no-such-option", "--report-html", "x", "--report-junit", "x"],
        &["--test", "s.yaml", "--report-tap", "s.yaml", "--scene", "all"],
    ] {
        folder.file("r.json", "an old one");
        let ran = folder.resttest().arg("http://127.0.0.1:1").args(words).args(["--report-json", "r.json"]).finish();
        ran.exits(64);
        assert_eq!((read(folder.path(), "s.yaml"), read(folder.path(), "x")), (GOOD.to_owned(), "mine".to_owned()));
        let report = json(folder.path(), "r.json");
        assert_eq!((report["success"].as_bool(), report["exit_code"].as_u64()), (Some(false), Some(64)), "{words:?}");
    }
}

#[test]
fn two_files_of_one_format_are_both_written() {
    let folder = Folder::new();
    folder.file("s.yaml", GOOD);
    folder.file("a.json", "an old one");
    for (words, code) in [(&[][..], 1), (&["--no-such-option"], 64)] {
        let reports = ["--report-json", "a.json", "--report-json", "b.json", "--report-ndjson", "a.ndjson"];
        let mut command = folder.resttest();
        command.args(["http://127.0.0.1:1", "s.yaml"]).args(words).args(reports);
        command.args(["--report-ndjson", "b.ndjson"]).finish().exits(code);
        for name in ["a.json", "b.json"] {
            assert_eq!(json(folder.path(), name)["exit_code"].as_i64(), Some(i64::from(code)), "{name}");
        }
        assert!(!read(folder.path(), "a.ndjson").is_empty());
        assert_eq!(read(folder.path(), "a.ndjson"), read(folder.path(), "b.ndjson"));
    }
}

#[test]
fn a_report_that_cannot_be_written_makes_the_others_red() {
    let api = sample();
    let folder = green(&api.url());
    let words = ["--report-html", "s.yaml/r.html"];
    let ran = with_reports(folder.resttest().args([&api.url(), "s.yaml"])).args(words).finish().exits(73);
    for (format, file) in FILES.iter().filter(|(format, _)| *format != "html") {
        let text = read(folder.path(), file);
        assert!(format == &"prom" || text.contains("s.yaml/r.html cannot be written"), "{file}: {text}");
    }
    assert!(read(folder.path(), "r.prom").contains("resttest_exit_code 73\n"), "{ran:#?}");
    assert_eq!(api.requests(), 1, "nothing was sent");
}

#[test]
fn a_merge_that_fails_tells_so_in_its_reports() {
    let api = sample();
    let folder = green(&api.url());
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--shard", "1/1", "--report-json", "one.json"]).finish();
    ran.exits(0);
    let shard = read(folder.path(), "one.json");
    for (words, code) in [(&["none.json"][..], 66), (&["r.html"], 65), (&[], 64), (&["one.json", "one.json"], 65)] {
        with_reports(folder.resttest().arg("merge").args(words)).finish().exits(code);
        let report = json(folder.path(), "r.json");
        assert_eq!(report["exit_code"].as_i64(), Some(code.into()), "{words:?}: {report}");
        assert!(read(folder.path(), "r.prom").contains("resttest_success 0\n"), "{words:?}");
    }
    folder.resttest().args(["merge", "one.json", "--report-json", "one.json"]).finish().exits(64);
    assert_eq!(read(folder.path(), "one.json"), shard);
    with_reports(folder.resttest().args(["merge", "one.json"])).finish().exits(0);
    assert!(read(folder.path(), "r.prom").contains("resttest_success 1\n"));
}

#[test]
fn a_monitoring_system_hears_why_and_files_have_the_runs_own_code() {
    let api = sample();
    for (way, state, start) in [
        (&WAYS[1], 2, "RESTTEST CRITICAL: 1 of 2 tests failed: Second: expected status 200, got 404 | time="),
        (&WAYS[2], 3, "RESTTEST UNKNOWN: unknown option \"--no-such-option\""),
        (&WAYS[4], 3, "RESTTEST UNKNOWN: s.yaml:1:"),
        (&WAYS[5], 3, "RESTTEST UNKNOWN: missing.yaml"),
        (&WAYS[8], 3, "RESTTEST UNKNOWN: c.json:1:"),
    ] {
        let folder = green(&api.url());
        let mut command = folder.resttest();
        folder.file("s.yaml", way.suite);
        let ran =
            with_reports(command.args(["--url", &api.url()]).args(way.words)).args(["--output", "nagios"]).finish();
        let ran = ran.exits(state);
        assert!(ran.stdout.starts_with(start) && ran.stdout.contains(way.cause), "{ran:#?}");
        assert!(read(folder.path(), "r.prom").contains(&format!("\nresttest_exit_code {}\n", way.code)), "{start}");
    }
}

#[test]
fn what_a_load_run_left_long_ago_does_not_pass_for_this_runs() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {name: First, url: /status/500, stop_on_failure: true}\n\
         - test: {name: Load, url: /status/200, performance: {repeat: 2, output_file: load.json}}\n\
         - benchmark: {name: B, url: /status/200, benchmark_runs: 2, metrics: [total_time], output_file: b.csv, output_format: csv}\n",
    );
    folder.file("load.json", "an old one");
    folder.file("b.csv", "an old one");
    folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(1);
    assert!(!folder.path().join("load.json").exists(), "it did not run");
    assert!(!read(folder.path(), "b.csv").contains("an old one"));
}

#[test]
fn the_strict_style_fits_the_schema_of_jenkins() {
    if !has_program("xmllint") {
        return;
    }
    let schema = root().join("../shared/vectors/junit/junit-10.xsd");
    if !schema.is_file() {
        eprintln!("SKIPPED: {} is not here", schema.display());
        return;
    }
    let api = sample();
    let folder = green(&api.url());
    folder.file(
        "odd.yaml",
        "- config: {testset: \"<&> \\u0007 \\uFFFE ]]>\"}\n\
         - test: {name: \"a\\tb\\n<&>'\\u0001 \\U0001F600\", group: '\"', url: '/echo?a=<b>&c=%00'}\n\
         - test: {name: Bad, url: '/echo?a=%1B', validators: [{compare: {jsonpath_mini: nothing, comparator: eq, expected: \"]]>\\u0002\"}}]}\n\
         - test: {name: Refused, url: 'http://127.0.0.1:1/'}\n\
         - test: {name: Schema, url: /status/200, validators: [{json_schema: {schema: '{required: [nothing]}'}}]}\n\
         - test: {name: Retried, url: /status/503, retry: {max_retries: 2, backoff_base: 0}}\n\
         - test: {name: Load, url: /status/200, performance: {repeat: 20, concurrency: 2}}\n\
         - test: {name: Stops, url: /status/500, stop_on_failure: true}\n\
         - test: {name: Never, url: /status/200}\n\
         - benchmark: {name: Slow, url: /status/200, benchmark_runs: 5, metrics: [total_time], thresholds: ['p95<0.000001']}\n",
    );
    let fits = |words: &[&str]| {
        let mut lint = Command::new("xmllint");
        let read = lint.args(["--noout", "--schema"]).arg(&schema).arg("r.xml").current_dir(folder.path()).output();
        let read = read.expect("xmllint");
        assert!(read.status.success(), "{words:?}: {read:?}\n{}", read_xml(&folder));
    };
    fn read_xml(folder: &Folder) -> String {
        read(folder.path(), "r.xml")
    }
    let words = ["odd.yaml", "--report-junit", "r.xml", "--junit-style", "strict"];
    let ran = folder.resttest().arg(api.url()).args(words).finish();
    assert!(ran.code.is_some_and(|code| (1..64).contains(&code)), "{ran:#?}");
    fits(&words);
    let text = read_xml(&folder);
    for part in
        ["<failure type=\"Validator Exception\" message=\"json_schema: ", "<error ", "<skipped ", "<rerunFailure "]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    for way in &WAYS {
        let code = way.code;
        way.run(&folder, &["--report-junit", "r.xml", "--junit-style", "strict"]).exits(code);
        fits(way.words);
    }
}

#[test]
fn the_forms_of_reports_belong_to_their_formats() {
    for (words, part) in [
        (&["--junit-style", "strict"][..], "add --report-junit FILE"),
        (&["--tap-version", "14"], "add --report-tap FILE"),
        (&["--report-tap", "-", "--tap-version", "15"], "must be 13 or 14, not \"15\""),
        (&["--report-junit", "-", "--junit-style", "loose"], "must be default or strict, not \"loose\""),
    ] {
        let ran = resttest().args(["http://127.0.0.1:1", "s.yaml"]).args(words).finish().exits(64);
        assert!(ran.stderr.contains(part), "{ran:#?}");
    }
    let ran = resttest().args(["demo", "--report-tap", "-", "--tap-version", "14"]).finish().exits(0);
    assert!(ran.stdout.starts_with("TAP version 14\n1.."), "{ran:#?}");
}
