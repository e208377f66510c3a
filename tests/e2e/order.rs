//! What comes before and after tests, what they need, what does not run: in the console and in reports.

use std::sync::{Arc, Mutex};

use std::time::{Duration, Instant};

use crate::support::{Answer, Finish, Folder, Promised, Ran, Request, run_text, signal, wait_until};

/// A server that keeps what it is asked for, in order; a path with a status in it is answered with that.
fn server(hits: usize) -> (Promised, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::<Mutex<Vec<String>>>::default();
    let kept = asked.clone();
    let server = Promised::new(hits, move |_, request: &Request| {
        let path = &request.target;
        kept.lock().unwrap().push(format!("{} {path}", request.method));
        if path.contains("/hangs") {
            std::thread::sleep(Duration::from_secs(30));
        }
        let status = path.rsplit('/').next().and_then(|last| last.parse().ok()).filter(|status| *status > 99);
        Answer::Full(status.unwrap_or(200), "", "{\"id\": 7}".to_owned())
    });
    (server, asked)
}

fn run(hits: usize, suite: &str, arguments: &[&str]) -> (Ran, Vec<String>) {
    let (server, asked) = server(hits);
    let ran = run_text(&server.url(), suite, arguments);
    let asked = asked.lock().unwrap().clone();
    (ran, asked)
}

const BASKET: &str = "
- teardown:
    - test: {name: Away, url: {template: '/baskets/$basket'}, method: DELETE}
- test: {name: Look, url: {template: '/baskets/$basket/look'}}
- setup:
    - url: /ready
    - test: {name: Basket, group: Mine, url: /baskets, method: POST, extract_binds: {basket: {jsonpath: $.id}}}
- test: {name: Fails, url: /a/500, stop_on_failure: true}
- test: {name: Never, url: /never}
- benchmark: {url: /bench, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}
";

#[test]
fn setup_is_first_and_teardown_last_whatever_failed() {
    let (ran, asked) = run(6, BASKET, &[]);
    let ran = ran.exits(1);
    assert_eq!(
        asked,
        ["GET /ready", "POST /baskets", "GET /baskets/7/look", "GET /a/500", "GET /bench", "DELETE /baskets/7"]
    );
    let groups =
        ["Default FAILED: : 1/2", "Mine SUCCEEDED: : 1/1", "Setup SUCCEEDED: : 1/1", "Teardown SUCCEEDED: : 1/1"];
    assert_eq!(ran.groups(), groups.map(|group| format!("Test Group {group} Tests Passed!")));
}

#[test]
fn they_run_whatever_is_chosen_but_not_without_a_test() {
    let (_, asked) = run(4, BASKET, &["--only", "Look"]);
    assert_eq!(asked, ["GET /ready", "POST /baskets", "GET /baskets/7/look", "DELETE /baskets/7"]);
    let (ran, asked) = run(0, "- setup: {url: /a}\n- teardown: [{url: /b}]\n", &[]);
    assert!(asked.is_empty() && ran.code == Some(0) && ran.stderr.contains("this one has none"), "{ran:#?}");
}

#[test]
fn a_setup_that_fails_makes_the_rest_errors_and_is_cleaned_up_after() {
    let suite = "
- setup:
    - test: {name: Sign in, url: /login/500}
    - test: {name: Basket, url: /baskets}
- test: {name: One, url: /one}
- test: {name: Two, url: /two, skip: bug 7}
- benchmark: {name: Bench, url: /bench, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}
- teardown: {test: {name: Away, url: /away/500, method: DELETE}}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let (server, asked) = server(2);
    let ran = folder
        .resttest()
        .args([&server.url(), "s.yaml", "--report-json", "r.json", "--report-junit", "r.xml"])
        .finish();
    // The setup, the test, the benchmark, the teardown.
    let ran = ran.exits(4);
    assert_eq!(*asked.lock().unwrap(), ["GET /login/500", "DELETE /away/500"]);
    assert!(ran.stderr.contains("setup \"Sign in\" failed"), "{ran:#?}");
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("r.json")).unwrap()).unwrap();
    let summary = &report["summary"];
    assert_eq!((&summary["failed"], &summary["errored"], &summary["skipped"]), (&2.into(), &1.into(), &2.into()));
    let skipped = report["suites"][0]["skipped"].as_array().unwrap();
    let reasons: Vec<&str> = skipped.iter().filter_map(|test| test["reason"].as_str()).collect();
    assert_eq!(reasons, ["setup \"Sign in\" failed", "bug 7"]);
    let junit = std::fs::read_to_string(folder.path().join("r.xml")).unwrap();
    assert!(junit.contains("<skipped message=\"bug 7\"/>"), "{junit}");
}

#[test]
fn what_needs_a_failed_test_is_skipped_and_so_is_what_needs_that() {
    let suite = "
- test: {name: Sign in, id: login, url: /login/401}
- test: {name: Basket, depends_on: login, url: /baskets}
- test: {name: Order, depends_on: [Basket], url: /orders}
- test: {name: Alone, url: /alone}
- test: {name: After, depends_on: [Alone], url: /after}
- benchmark: {name: Bench, depends_on: [Order], url: /bench, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}
- test: {name: Load, depends_on: [login], url: /load, performance: {repeat: 2}}
";
    let (ran, asked) = run(3, suite, &["--report-tap", "-"]);
    let ran = ran.exits(1);
    assert_eq!(asked, ["GET /login/401", "GET /alone", "GET /after"]);
    for skipped in ["# SKIP needs \"login\"", "# SKIP needs \"Basket\"", "# SKIP needs \"Order\""] {
        assert!(ran.stdout.contains(skipped), "{skipped}: {ran:#?}");
    }
    let (ran, asked) = run(1, suite, &["--only", "Order"]);
    assert_eq!(asked, ["GET /login/401"]);
    assert!(ran.stderr.contains("\"Basket\" (suite.yaml:3) runs too: \"Order\" needs it"), "{ran:#?}");
    assert!(ran.stderr.contains("\"Sign in\" (suite.yaml:2) runs too: \"Basket\" needs it"), "{ran:#?}");
    let (ran, asked) = run(0, suite, &["--only", "Order", "--skip", "Sign*"]);
    assert!(asked.is_empty() && ran.stderr.contains("needs \"login\""), "{ran:#?}");
}

#[test]
fn conditions_look_at_variables_the_environment_and_the_test_before() {
    let suite = "
- config: {variable_binds: {stage: dev, yes_flag: true, no_flag: 0, api_token: s3cr3t-value}}
- test: {name: a, url: /a, if: {stage: dev}}
- test: {name: b, url: /b, if: {stage: prod}}
- test: {name: c, url: /c, if: $yes_flag}
- test: {name: d, url: /d, if: '${no_flag}'}
- test: {name: e, url: /e, if: $unknown}
- test: {name: f, url: /f/404, if: [compare: {env: MODE, expected: full}, extract_test: {variable: stage, test: exists}]}
- test: {name: g, url: /g, if: [compare: {last: passed, expected: false}], extract_binds: {got: {jsonpath: $.id}}}
- test: {name: h, url: /h, skip: [compare: {variable: got, expected: 7}], extract_binds: {none: {jsonpath: $.id}}}
- test: {name: i, url: /i, skip: [compare: {last: passed, expected: false}]}
- test: {name: j, url: {template: /j/$none}, skip: {none: 7}}
- test: {name: k, url: /k, if: {api_token: other-value}}
- test: {name: l, url: /l, performance: {repeat: 2}, if: {stage: prod}}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let (server, asked) = server(7);
    let mut command = folder.resttest();
    let ran = command.env("MODE", "full").args([&server.url(), "s.yaml", "--report-html", "r.html"]).finish().exits(1);
    assert_eq!(*asked.lock().unwrap(), ["GET /a", "GET /c", "GET /f/404", "GET /g", "GET /i", "GET /j/$none"]);
    for line in [
        "s.yaml:4: b: if: stage is \"dev\", not \"prod\"",
        "s.yaml:6: d: if: $no_flag is 0",
        "s.yaml:7: e: if: nothing has set $unknown",
        "s.yaml:10: h: skip: variable \"got\" eq 7",
        "s.yaml:14: l: if: stage is \"dev\", not \"prod\"",
        "$none is not set: \"h\" (line 10) did not run: skip: variable \"got\" eq 7",
    ] {
        assert!(ran.stderr.contains(line), "{line}: {}", ran.stderr);
    }
    let html = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    assert!(html.contains("nothing has set $unknown"), "{html}");
    for text in [&ran.stderr, &html] {
        assert!(!text.contains("s3cr3t") && !text.contains("other-value"), "{text}");
    }
    let ran = run_text(&server.url(), suite, ["--vars", "{stage: prod}", "--only", "[ab]"]);
    assert!(ran.stderr.contains("a: if: stage is \"prod\", not \"dev\"") && ran.counts() == (1, 1), "{ran:#?}");
}

#[test]
fn an_interrupt_is_followed_by_the_teardown_and_reports() {
    let suite = "
- config: {timeout: 60}
- setup: {test: {name: Up, url: /up}}
- test: {name: Hangs, url: /hangs}
- test: {name: Never, url: /never}
- teardown: {test: {name: Down, url: /down/500}}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let (server, asked) = server(3);
    let child = folder.resttest().args([&server.url(), "s.yaml", "--report-json", "r.json"]).spawn().expect("a child");
    wait_until("the request that hangs", || server.requests() == 2);
    let started = Instant::now();
    signal(&child, "INT");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(130);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_eq!(*asked.lock().unwrap(), ["GET /up", "GET /hangs", "GET /down/500"]);
    assert!(ran.stderr.contains("interrupted while \"Hangs\" (s.yaml:4) was running"), "{ran:#?}");
    assert!(ran.stderr.contains("a second signal ends it at once"), "{ran:#?}");
    assert_eq!(
        ran.groups(),
        ["Test Group Setup SUCCEEDED: : 1/1 Tests Passed!", "Test Group Teardown FAILED: : 0/1 Tests Passed!"]
    );
    let report: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("r.json")).unwrap()).unwrap();
    let skipped = report["suites"][0]["skipped"].as_array().unwrap();
    let reasons: Vec<&str> = skipped.iter().filter_map(|test| test["reason"].as_str()).collect();
    assert_eq!(reasons, ["interrupted while it was running", "interrupted"]);
}

#[test]
fn a_second_interrupt_ends_a_teardown_at_once() {
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /hangs\n- teardown: {url: /hangs/too}\n");
    folder.file("t.yaml", "- url: /hangs\n- teardown: {url: /hangs/too}\n");
    for words in [&["s.yaml"][..], &["s.yaml", "t.yaml", "--parallel-suites", "2"]] {
        let suites = words.len().min(2);
        let (server, _) = server(2 * suites);
        let child = folder.resttest().arg(server.url()).args(words).spawn().expect("a child");
        wait_until("the requests that hang", || server.requests() == suites);
        signal(&child, "INT");
        wait_until("the teardowns", || server.requests() == 2 * suites);
        let started = Instant::now();
        signal(&child, "INT");
        Ran::from(child.wait_with_output().expect("an end")).exits(130);
        assert!(started.elapsed() < Duration::from_secs(4), "{words:?}: {:?}", started.elapsed());
    }
}

#[test]
fn suites_in_processes_tear_down_after_an_interrupt_too() {
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /s/hangs\n- teardown: {url: /s/down}\n");
    folder.file("t.yaml", "- url: /t/hangs\n- teardown: {url: /t/down}\n");
    folder.file("u.yaml", "- url: /u/never\n- teardown: {url: /u/down}\n");
    let (server, asked) = server(4);
    let words = ["s.yaml", "t.yaml", "u.yaml", "--parallel-suites", "2"];
    let child = folder.resttest().arg(server.url()).args(words).spawn().expect("a child");
    wait_until("the requests that hang", || server.requests() == 2);
    let started = Instant::now();
    signal(&child, "TERM");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(143);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let mut asked = asked.lock().unwrap().clone();
    asked.sort();
    assert_eq!(asked, ["GET /s/down", "GET /s/hangs", "GET /t/down", "GET /t/hangs"], "{ran:#?}");
    assert_eq!(ran.groups(), ["Test Group Teardown SUCCEEDED: : 2/2 Tests Passed!"], "{ran:#?}");
}

#[test]
fn who_gives_up_after_a_failure_still_tears_down() {
    let suite = "
- test: {name: a, url: /a/500}
- test: {name: b, url: /b}
- teardown: {test: {name: down, url: /down}}
";
    let (ran, asked) = run(2, suite, &["--fail-fast"]);
    assert_eq!((ran.code, &asked[..]), (Some(1), &["GET /a/500".to_owned(), "GET /down".to_owned()][..]), "{ran:#?}");
}

#[test]
fn a_plain_benchmark_leaves_what_it_extracts() {
    let suite = "
- benchmark: {url: /first, warmup_runs: 0, benchmark_runs: 2, metrics: [total_time], extract_binds: {id: {jsonpath: $.id}}}
- benchmark: {url: {template: /second/$id}, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}
- teardown: {test: {url: {template: /third/$id}}}
";
    let (ran, asked) = run(4, suite, &[]);
    assert_eq!(asked, ["GET /first", "GET /first", "GET /second/7", "GET /third/7"], "{ran:#?}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn list_and_explain_show_the_order() {
    let suite = "
- setup: {test: {name: Sign in, id: login, url: /login}}
- test: {name: Receipt, depends_on: login, if: {stage: prod}, url: /receipt}
- test: {name: Broken, skip: bug 7, url: /broken}
- teardown: {url: /away}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let listed = folder.resttest().args(["list", "s.yaml"]).finish().exits(0);
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "s.yaml",
            "  Setup: Sign in  GET /login",
            "  Default: Receipt  GET /receipt  needs: \"login\"  if: stage is \"prod\"",
            "  Default: Broken  GET /broken  skip: bug 7",
            "  Teardown: Unnamed  GET /away",
            "4 tests, 0 benchmarks in 1 file",
        ]
    );
    let explained = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0);
    for line in ["    needs \"login\" (s.yaml:3", "    if stage is \"prod\" (s.yaml:3", "    skip bug 7 (s.yaml:4"] {
        assert!(explained.stdout.contains(line), "{line}: {}", explained.stdout);
    }
    let odd = "- config: {variable_binds: {stage: dev}}\n- test: {url: /x, if: {stage: prod, last: status}}\n";
    folder.file("odd.yaml", odd);
    let ran = folder.resttest().args(["lint", "odd.yaml"]).finish();
    let last = "to ask of the test before, write [compare: {last: status, expected: 200}]";
    assert!(ran.stdout.contains(last), "{ran:#?}");
    let odd = "- config: {variable_binds: {stage: dev}}\n- test: {url: /x, if: {stage: prod, stgae: eu}}\n";
    folder.file("odd.yaml", odd);
    let ran = folder.resttest().args(["lint", "odd.yaml"]).finish();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let unset = "odd.yaml:2:3: warning: nothing in this file sets $stgae, which a condition asks for; only --vars can; \
                 did you mean \"stage\"?";
    assert_eq!(lines, [unset, "1 suite: 0 errors, 1 warning"]);
    let linted = folder.resttest().args(["lint", "s.yaml"]).finish();
    assert_eq!(linted.code, Some(0), "{linted:#?}");
}
