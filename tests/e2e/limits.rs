//! Limits of a request, of a suite, of the whole run, and the rate of all that is sent.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, Finish as _, Folder, Promised, run_text, sample};

fn report(folder: &Folder) -> Value {
    let text = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

/// A server that answers so many requests with these statuses, then with the last of them, and when they came.
fn noting(count: usize, statuses: &'static [u16]) -> (Promised, Arc<Mutex<Vec<Instant>>>) {
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let seen = times.clone();
    let server = Promised::new(count, move |number, _| {
        seen.lock().expect("no poison").push(Instant::now());
        Answer::Full(statuses[number.min(statuses.len() - 1)], "", "{}".to_owned())
    });
    (server, times)
}

/// From a moment before the first request to the last one: a slow machine makes it longer, never shorter.
fn span(started: Instant, times: &Mutex<Vec<Instant>>) -> Duration {
    *times.lock().expect("no poison").iter().max().expect("requests") - started
}

#[test]
fn tests_and_retries_keep_to_the_rate() {
    // Six tests, one of them with two retries: seven steps of 50 ms.
    let suite = "- test: {url: /0, retry: {max_retries: 2, backoff_base: 0}}\n".to_owned() + &"- url: /x\n".repeat(5);
    for (words, config, steps) in [
        (&["--rate-limit", "20/s"][..], "", 7),
        (&["--rate-limit", "1200/m:4"], "", 4),
        (&[], "- config: {rate_limit: {rate: 20}}\n", 7),
        // The command line wins, and has a burst of its own.
        (&["--rate-limit", "20"], "- config: {rate_limit: {rate: 1, burst: 8}}\n", 7),
    ] {
        let (server, times) = noting(8, &[503, 503, 200]);
        let started = Instant::now();
        run_text(&server.url(), &format!("{config}{suite}"), words).exits(0);
        let span = span(started, &times);
        assert!(span >= Duration::from_millis(50 * steps - 1), "{words:?} {config}: {span:?}");
    }
    let (server, times) = noting(8, &[503, 503, 200]);
    let started = Instant::now();
    run_text(&server.url(), &format!("- config: {{rate_limit: {{rate: 0.1}}}}\n{suite}"), ["--rate-limit", "0"])
        .exits(0);
    assert!(span(started, &times) < Duration::from_secs(10), "0 is no limit");
}

#[test]
fn load_runs_keep_to_it_in_either_mode() {
    for mode in ["sync", "async"] {
        let (server, times) = noting(31, &[200]);
        let suite = format!(
            "- url: /first\n- test: {{name: L, url: /x, performance: {{mode: {mode}, repeat: 28, warmup: 2, concurrency: 8}}}}\n"
        );
        let folder = Folder::new();
        folder.file("s.yaml", suite);
        let words = ["s.yaml", "--rate-limit", "100/s:2", "--report-json", "r.json"];
        let started = Instant::now();
        let ran = folder.resttest().arg(server.url()).args(words).finish().exits(0);
        assert!(span(started, &times) >= Duration::from_millis(289), "{mode}: {:?}", span(started, &times));
        assert!(ran.stdout.contains("no more was sent than rate_limit allows: 100/s:2"), "{ran:#?}");
        assert_eq!(report(&folder)["rate_limits"], json!([{"limit": "100/s:2", "sends": 31}]), "{mode}");
    }
}

#[test]
fn a_rate_does_not_keep_a_load_run_from_its_end() {
    for plan in ["mode: sync", "mode: async", "mode: sync, rate: 500", "mode: async, rate: 500"] {
        let (server, _) = noting(2, &[200]);
        let suite = format!(
            "- test: {{name: L, url: /x, performance: {{{plan}, duration: 0.6, concurrency: 20}}}}\n- url: /after\n"
        );
        let started = Instant::now();
        let ran = run_text(&server.url(), &suite, ["--rate-limit", "1/s"]).exits(0);
        // What waited and was not sent left no debt: the next test has its turn a second after the first send.
        assert!(started.elapsed() < Duration::from_secs(6), "{plan}: {ran:#?}");
    }
}

#[test]
fn retries_of_a_load_run_have_their_turn_too() {
    for mode in ["sync", "async"] {
        let (server, times) = noting(20, &[503]);
        let suite = format!(
            "- test: {{name: L, url: /x, retry: {{max_retries: 1, backoff_base: 0}}, performance: {{mode: {mode}, repeat: 10, concurrency: 5}}}}\n"
        );
        let started = Instant::now();
        run_text(&server.url(), &suite, ["--rate-limit", "100/s"]).exits(1);
        assert!(span(started, &times) >= Duration::from_millis(189), "{mode}: {:?}", span(started, &times));
    }
}

#[test]
fn processes_have_equal_parts_of_the_rate() {
    let (server, times) = noting(12, &[200]);
    let folder = Folder::new();
    for name in ["a.yaml", "b.yaml"] {
        folder.file(name, "- url: /x\n".repeat(6));
    }
    let words = ["--tests", "[ab].yaml", "--parallel-suites", "2", "--rate-limit", "20/s", "--report-json", "r.json"];
    let started = Instant::now();
    folder.resttest().arg(server.url()).args(words).finish().exits(0);
    assert!(span(started, &times) >= Duration::from_millis(499), "{:?}", span(started, &times));
    assert_eq!(report(&folder)["rate_limits"], json!([{"limit": "10/s", "sends": 12}]));
}

/// Two suites, the first with a test that takes too long.
fn two(api: &str) -> Folder {
    let folder = Folder::new();
    folder.file(
        "a.yaml",
        "- config: {timeout: 60}\n- test: {name: quick, url: /status/200}\n- test: {name: slow, url: /slow/20000}\n\
         - test: {name: left, url: /status/200}\n- teardown: [{test: {name: down, url: /echo/down}}]\n",
    );
    folder.file("b.yaml", "- test: {name: other, url: /status/200}\n");
    let config = json!({
        "global_settings": {"base_url": api, "suite_timeout": 50, "rate_limit": {"rate": 50}},
        "environments": {"staging": {"suite_timeout": 0.5}},
        "test_suites": [{"name": "A", "files": ["a.yaml"]}, {"name": "B", "files": ["b.yaml"], "settings": {"suite_timeout": 9}}]
    });
    folder.file("c.json", config.to_string());
    folder
}

#[test]
fn a_limit_on_the_run_ends_all_of_it_and_says_so() {
    let api = sample();
    for parallel in [&[][..], &["--parallel-suites", "2"], &["--parallel-suites", "2", "--suite-timeout", "40"]] {
        let folder = two(&api.url());
        folder.file("b.yaml", "- test: {name: other, url: /slow/20000, timeout: 60}\n");
        let files = ["a.yaml", "b.yaml", "--max-time", "1", "--report-json", "r.json"];
        let started = Instant::now();
        let ran = folder.resttest().arg(api.url()).args(files).args(parallel).finish();
        assert!(started.elapsed() < Duration::from_secs(8), "{ran:#?}");
        let errored = if parallel.is_empty() { 1 } else { 2 };
        let ran = ran.exits(errored);
        assert_eq!(
            ran.stderr.matches("WARNING:run limit of 1 s reached; nothing more begins\n").count(),
            1,
            "{ran:#?}"
        );
        let report = report(&folder);
        assert_eq!((&report["summary"]["errored"], &report["exit_code"]), (&errored.into(), &errored.into()));
        let suite = &report["suites"][0];
        let results: Vec<&Value> =
            suite["tests"].as_array().expect("tests").iter().map(|test| &test["result"]).collect();
        assert_eq!(results, ["passed", "errored", "passed"], "the teardown runs: {suite}");
        assert_eq!(suite["tests"][1]["failures"][0]["message"], "run limit of 1 s reached");
        assert_eq!((&suite["skipped"][0]["name"], &suite["error"]), (&"left".into(), &Value::Null));
        assert_eq!(suite["skipped"][0]["reason"], "run limit of 1 s reached");
        if parallel.is_empty() {
            assert_eq!(report["suites"][1]["skipped"][0]["reason"], "run limit of 1 s reached", "{report}");
        }
    }
}

#[test]
fn a_run_that_was_cut_between_two_tests_is_no_success() {
    let api = sample();
    let folder = two(&api.url());
    let hooks = json!({"global_settings": {"base_url": api.url()}, "hooks": {"before_all": ["sleep 9"]},
        "test_suites": [{"name": "B", "files": ["b.yaml"]}]});
    folder.file("h.json", hooks.to_string());
    let words = ["--config", "h.json", "--max-time", "0.5", "--report-json", "r.json"];
    let started = Instant::now();
    folder.resttest().args(words).finish().exits(1);
    assert!(started.elapsed() < Duration::from_secs(5));
    let report = report(&folder);
    assert_eq!(report["faults"], json!(["run limit of 0.5 s reached"]), "{report}");
    assert_eq!(report["suites"][0]["skipped"][0]["reason"], "run limit of 0.5 s reached");
}

#[test]
fn a_suite_has_the_limit_of_whoever_says_so_last() {
    let api = sample();
    let folder = two(&api.url());
    let reached = |words: &[&str], limit: &str| {
        let ran = folder.resttest().args(words).args(["--report-json", "r.json"]).finish().exits(70);
        let report = report(&folder);
        let suite = &report["suites"][0];
        let message = format!("suite limit of {limit} s reached");
        assert_eq!(suite["tests"][1]["failures"][0]["message"], *message, "{words:?} {ran:#?}");
        assert_eq!(suite["skipped"][0]["reason"], *message, "{suite}");
        assert_eq!(suite["tests"][2]["result"], "passed", "the teardown runs: {suite}");
        assert!(suite["error"].as_str().is_some_and(|error| error.starts_with(&message)), "{suite}");
    };
    reached(&["--config", "c.json", "--env", "staging"], "0.5");
    reached(&["--config", "c.json", "--env", "staging", "--parallel-suites", "2"], "0.5");
    reached(&["--config", "c.json", "--suite-timeout", "0.7"], "0.7");
    let suite = std::fs::read_to_string(folder.path().join("a.yaml")).expect("a suite");
    folder.file("a.yaml", suite.replace("timeout: 60", "timeout: 60, suite_timeout: 0.6"));
    reached(&[&api.url(), "a.yaml", "b.yaml"], "0.6");
    reached(&[&api.url(), "a.yaml", "b.yaml", "--parallel-suites", "2"], "0.6");
    // 0 on the command line lifts it.
    let lifted = [&api.url(), "a.yaml", "--suite-timeout", "0", "--timeout", "0.3", "--report-json", "r.json"];
    folder.resttest().args(lifted).finish().exits(1);
    let report = report(&folder);
    assert_eq!(report["suites"][0]["tests"].as_array().map(Vec::len), Some(4), "{report}");
}

#[test]
fn requests_have_the_limits_of_the_command_line() {
    let api = sample();
    let suite = "- config: {timeout: 60}\n- test: {name: T, url: /slow/20000, timeout: 50}\n\
                 - test: {name: L, url: /slow/20000, performance: {repeat: 2, concurrency: 2, timeout: 40}}\n";
    let started = Instant::now();
    let ran = run_text(&api.url(), suite, ["--timeout", "0.3"]).exits(2);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(ran.stderr.contains("0.3 s") && ran.stdout.contains("errors: timeout: 2"), "{ran:#?}");
    // Nobody answers at a test network's address, or no way leads there.
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x\n");
    let words = ["http://192.0.2.1:9", "s.yaml", "--connect-timeout", "0.2", "--timeout", "0"];
    let started = Instant::now();
    folder.resttest().args(words).finish().exits(1);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn explain_list_and_lint_know_the_limits() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- config:\n    suite_timeout: 30\n    rate_limit: {rate: 3000/m, burst: 5}\n- test: {name: T, url: /x}\n\
         - test: {name: L, url: /x, performance: {repeat: 9, rate: 200}}\n",
    );
    let explain = |words: &[&str]| {
        let ran = folder.resttest().args(["explain", "http://h", "s.yaml"]).args(words).finish();
        ran.exits(0).stdout
    };
    let told = explain(&[]);
    for line in ["s.yaml\n  suite_timeout 30 s (s.yaml:2)\n", "    rate_limit 3000/m:5 (s.yaml:3)\n"] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let words =
        ["--suite-timeout", "8", "--rate-limit", "0", "--max-time", "9", "--timeout", "4", "--connect-timeout", "0"];
    let told = explain(&words);
    for line in [
        "max_time 9 s (--max-time)\n",
        "  suite_timeout 8 s (--suite-timeout)\n",
        "    rate_limit none (--rate-limit)\n",
        "    timeout 4 s (--timeout)\n",
        "    connect_timeout unlimited (--connect-timeout)\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let told = folder.resttest().args(["lint", "s.yaml"]).finish();
    let all = format!("{}{}", told.stdout, told.stderr);
    assert!(all.contains("rate of 200 a second is more than rate_limit 3000/m:5 lets go"), "{all}");
}

#[test]
fn a_suite_that_is_saved_has_the_limits() {
    let (api, folder) = (sample(), Folder::new());
    let words = ["check", &api.url(), "--save", "f.yaml", "--timeout", "3", "--connect-timeout", "1.5"];
    let more = ["--max-time", "20", "--rate-limit", "9/m:2"];
    folder.resttest().args(words).args(more).finish().exits(0);
    let text = std::fs::read_to_string(folder.path().join("f.yaml")).expect("a suite");
    for part in ["    timeout: 3\n", "    connect_timeout: 1.5\n", " --max-time 20 --rate-limit 9/m:2\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
