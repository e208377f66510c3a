//! Benchmark reports: PyRestTest's JSON and CSV, and the files that they are written to.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, run_text, sample};

const SUITE: &str = "
- benchmark:
    - name: 'A, \"B\"'
    - group: G
    - url: /status/200
    - warmup_runs: 2
    - benchmark_runs: 3
    - metrics: [size_download, {total_time: median}, total_time, {size_download: sum}]
    - output_format: FORMAT
    - output_file: 'out/deep/report.x'
";

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    aggregates: Vec<(String, String, Option<f64>)>,
    failures: u64,
    group: String,
    name: String,
    results: std::collections::BTreeMap<String, Vec<f64>>,
}

#[test]
fn json_has_five_keys_on_stdout_and_in_the_file() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE.replace("FORMAT", "json"));
    let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
    assert_eq!(api.requests(), 5);
    let file = std::fs::read_to_string(folder.path().join("out/deep/report.x")).expect("the report");
    for text in [ran.stdout.lines().next().unwrap_or_default(), &file] {
        let report: Report = serde_json::from_str(text).expect("a report");
        assert_eq!((report.name.as_str(), report.group.as_str(), report.failures), ("A, \"B\"", "G", 0));
        assert_eq!(report.results["total_time"].len(), 3);
        assert_eq!(report.results["size_download"], [14.0, 14.0, 14.0]);
        let names: Vec<String> = report.aggregates.iter().map(|(metric, name, _)| format!("{metric}/{name}")).collect();
        assert!(names.contains(&"total_time/median".to_owned()) && names.contains(&"size_download/sum".to_owned()));
        let sum = report.aggregates.iter().find(|(_, name, _)| name == "sum").and_then(|(.., value)| *value);
        assert_eq!(sum, Some(42.0));
    }
    assert!(ran.groups().is_empty(), "{ran:#?}");
}

#[test]
fn a_file_of_a_benchmark_with_later_keys_has_its_figures_too() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE.replace("FORMAT", "json").replace("- warmup_runs: 2", "- rate: 200"));
    let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
    let line: Report = serde_json::from_str(ran.stdout.lines().next().unwrap_or_default()).expect("a report");
    let file = std::fs::read_to_string(folder.path().join("out/deep/report.x")).expect("the report");
    let file: serde_json::Value = serde_json::from_str(&file).expect("JSON");
    assert_eq!(file["name"], line.name.as_str());
    let summary = &file["summary"];
    assert_eq!((&summary["total"], &summary["dropped"]), (&3.into(), &0.into()));
    assert!(summary["start_lag_p99_ms"].is_number() && summary["service_p50_ms"].is_number(), "{summary}");
    assert_eq!(summary["seconds"][0]["requests"], 3);
}

#[test]
fn csv_is_pyresttests() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE.replace("FORMAT", "csv"));
    folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
    let file = std::fs::read_to_string(folder.path().join("out/deep/report.x")).expect("the report");
    assert_eq!(file.matches('\n').count(), file.matches("\r\n").count());
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(
        lines[..5],
        ["Benchmark,\"A, \"\"B\"\"\"", "Benchmark Group,G", "Failures,0", "Results,", "size_download,total_time"]
    );
    assert_eq!(lines[5..8].iter().filter(|line| line.starts_with("14.0,")).count(), 3, "{file}");
    assert_eq!(lines[8], "Aggregates,");
    assert_eq!(lines.len(), 11, "{file}");
    // Nothing is left of the file that was written first.
    let left: Vec<_> = std::fs::read_dir(folder.path().join("out/deep")).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn requests_without_an_answer_are_failures_and_the_exit_code_stays_0() {
    let server = Promised::new(6, |number, _| if number % 2 == 0 { Answer::Nothing } else { Answer::ok("{}") });
    let suite =
        "- benchmark: {url: /x, warmup_runs: 0, benchmark_runs: 6, metrics: [{total_time: mean}, total_time]}\n";
    let ran = run_text(&server.url(), suite, PLAIN).exits(0);
    let report: Report = serde_json::from_str(ran.stdout.lines().next().unwrap_or_default()).expect("a report");
    assert_eq!((report.failures, report.results["total_time"].len()), (3, 3));
}

#[test]
fn aggregates_over_nothing_are_null() {
    let suite = "- benchmark: {url: /x, warmup_runs: 1, benchmark_runs: 2, metrics: {total_time: mean}}\n";
    let ran = run_text("http://127.0.0.1:1", suite, PLAIN).exits(0);
    let report: Report = serde_json::from_str(ran.stdout.lines().next().unwrap_or_default()).expect("a report");
    assert_eq!((report.failures, report.aggregates[0].2), (2, None));
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_anything_is_sent() {
    let api = sample();
    for output in [".", "/dev/null/report"] {
        let suite =
            format!("- url: /status/200\n- benchmark: {{url: /x, metrics: [total_time], output_file: '{output}'}}");
        run_text(&api.url(), &suite, PLAIN).exits(73);
    }
    assert_eq!(api.requests(), 0);
}

#[test]
fn generators_step_once_a_run_and_templates_are_filled_in() {
    let suite = "
- config: {generators: {n: {type: number_sequence}}}
- benchmark: {url: {template: /$n}, generator_binds: {n: n}, warmup_runs: 2, benchmark_runs: 3, metrics: [total_time]}
";
    let server = Promised::new(5, |number, request| {
        assert_eq!(request.target, format!("/{}", number + 1));
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn a_benchmark_that_measures_nothing_is_passed_over() {
    let api = sample();
    let suite = "- benchmark: {url: /status/200, benchmark_runs: 0}\n- url: /status/200\n";
    let ran = run_text(&api.url(), suite, PLAIN).exits(0);
    assert!(ran.stderr.contains("names no metrics"), "{ran:#?}");
    assert_eq!(api.requests(), 1);
}

#[test]
fn an_imported_benchmark_reads_its_body_beside_its_file() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", "- import: sub/part.yaml\n");
    folder.file("b.txt", "beside the main file");
    folder.file("sub/b.txt", "beside its own");
    let benchmark =
        "url: /echo, method: POST, body: {file: b.txt}, warmup_runs: 0, benchmark_runs: 1, metrics: total_time";
    folder.file("sub/part.yaml", format!("- benchmark: {{{benchmark}}}\n"));
    folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(0);
    assert_eq!(api.log()[0].body, b"beside its own");
}

#[test]
fn retries_of_benchmarks_count() {
    let api = sample();
    let folder = Folder::new();
    let keys = "warmup_runs: 0, benchmark_runs: 4, metrics: [{size_download: mean}]";
    folder.file("s.yaml", format!("- benchmark: {{name: B, url: /flaky/b/1/503, {keys}}}\n"));
    let retries =
        ["--max-retries", "2", "--retry-backoff-base", "0", "--max-retry-rate", "1", "--report-json", "r.json"];
    let ran = folder.resttest().args([&*api.url(), "s.yaml"]).args(retries).finish().exits(1);
    assert!(ran.stderr.contains("the retry rate is 25.0 % (1 retries of 4 requests)"), "{ran:#?}");
    assert_eq!(api.requests(), 5);
}

#[test]
fn a_benchmark_that_cannot_be_sent_is_an_error() {
    let api = sample();
    let suite = "- benchmark: {name: B, method: POST, url: /echo, body: {file: nope.txt}, metrics: total_time}\n";
    let ran = run_text(&api.url(), suite, PLAIN).exits(1);
    assert!(ran.stderr.contains("B: no request could be made: cannot read nope.txt"), "{ran:#?}");
    assert_eq!(api.requests(), 0);
}

#[test]
fn what_a_benchmark_extracts_the_next_ones_use() {
    let run = |query: &str| {
        let server = Promised::new(3, |_, _| Answer::ok("{\"id\": 7}"));
        let keys = "benchmark_runs: 1, warmup_runs: 0, metrics: [total_time]";
        let suite = format!(
            "- benchmark: {{name: First, url: /a, extract_binds: {{id: {{jsonpath: {query}}}}}, benchmark_runs: 2, warmup_runs: 0, metrics: [total_time]}}
- benchmark: {{name: Next, url: {{template: '/b/$id'}}, {keys}}}
"
        );
        (run_text(&server.url(), &suite, PLAIN).exits(0).stderr, server)
    };
    let (told, _server) = run("$.id");
    assert_eq!(told, "");
    let (told, _server) = run("$.uid");
    assert!(
        told.contains("Next: $id is not set: \"First\" (line 1) did not come to set it; it stays as written"),
        "{told}"
    );
}
