//! Recordings: made by a mock server before an upstream and by runs, played back, judged anew.

use std::path::Path;

use serde_json::Value;

use super::mock::Mock;
use crate::support::{Folder, Ran, sample, wait_until};

/// Where nobody listens.
fn closed() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("its address"))
}

fn names(folder: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(folder).expect("the recording").flatten();
    let mut names: Vec<String> = listed.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// All that stands in a folder.
fn text(folder: &Path) -> String {
    names(folder)
        .iter()
        .map(|name| String::from_utf8_lossy(&std::fs::read(folder.join(name)).unwrap()).into_owned())
        .collect()
}

const UPSTREAM: &str = r#"
- stub:
    request: {path: /orders/7}
    responses:
      - {status: 200, headers: {Set-Cookie: ["sid=abc123456; Path=/", "lang=en; Domain=127.0.0.1"], X-Cost: "5$", Server: shop}, body: {json: {id: 7}}}
      - {status: 404, body: gone}
- stub: {request: {path: /old}, response: {status: 302, headers: {template: {Location: "$mock_url/orders/7?x=1"}}}}
- stub: {request: {path: /links}, response: {body: {json: {template: {next: "$mock_url/p/2", cost: "$$5"}}}}}
- stub: {request: {method: POST, path: /login}, responses: [{status: 201, body: first}, {status: 202, body: second}]}
- stub: {request: {path: /big}, response: {file: big.txt}}
- stub: {request: {path: /logo}, response: {headers: {Content-Type: image/x}, body: {base64: "/wAB"}}}
"#;

#[test]
fn what_a_mock_records_it_plays_back() {
    let folder = Folder::new();
    folder.file("upstream.yaml", UPSTREAM);
    folder.file("big.txt", "x".repeat(5000));
    let upstream = Mock::start(&folder, &["upstream.yaml"]);
    let origin = upstream.url.clone();
    let mock = Mock::start(&folder, &["--record", "rec", "--upstream", &origin, "--record-headers", "Accept"]);
    let close = "Connection: close\r\n\r\n";
    let ask = |mock: &Mock, line: &str| mock.raw(format!("GET {line} HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\n{close}"));
    let login = |mock: &Mock, password: &str| {
        let body = format!("user=ann&password={password}");
        mock.ask("POST /login?z=1&api_key=key-of-ann-1&a=2", "Accept: a/b\r\n", &body)
    };
    let lines = ["/orders/7", "/orders/7", "/old", "/links", "/big", "/logo"];
    let live: Vec<String> = lines.iter().map(|line| ask(&mock, line)).collect();
    assert!(live[0].contains("sid=abc123456; Path=/") && live[0].contains("Domain=127.0.0.1"), "{}", live[0]);
    assert!(live[0].contains("Server: shop\r\n") && !live[0].contains("Server: resttest"), "{}", live[0]);
    assert!(live[1].contains(" 404 ") && live[1].ends_with("gone"), "{}", live[1]);
    // A redirect is passed on, and leads to the mock.
    assert!(live[2].contains(" 302 ") && live[2].contains(&format!("{}/orders/7?x=1", mock.url)), "{}", live[2]);
    assert!(live[3].contains(&format!("{}/p/2", mock.url)) && !live[3].contains(&origin), "{}", live[3]);
    assert!(live[5].contains("Content-Length: 3\r\n"), "{}", live[5]);
    // Secrets are no part of what tells requests apart.
    assert_eq!(
        (login(&mock, "sesame-one"), login(&mock, "sesame-two")),
        ((201, "first".into()), (202, "second".into()))
    );
    drop(upstream.end());
    let live_url = mock.url.clone();
    let (status, body) = mock.ask("GET /links", "", "");
    assert!(status == 502 && body.contains("\"status\":502"), "{body}");
    // What was recorded does not answer in the session that records it, which goes on.
    assert_eq!(mock.ask("GET /orders/7", "", "").0, 502);
    let ran = mock.end().exits(0);
    assert!(
        ran.stderr.contains(&format!("mode proxy: stubs, and {origin} for what they are not for; recorded in rec"))
    );
    assert!(ran.stderr.contains("GET /links: the upstream gave no answer: "), "{}", ran.stderr);

    let recorded = folder.path().join("rec");
    let files = names(&recorded);
    let expected = [
        "0001-get-orders-7.yaml",
        "0002-get-old.yaml",
        "0003-get-links.yaml",
        "0004-get-big.txt",
        "0004-get-big.yaml",
        "0005-get-logo.bin",
        "0005-get-logo.yaml",
        "0006-post-login.yaml",
    ];
    assert_eq!(files, expected);
    let all = text(&recorded);
    for gone in ["abc123456", "sesame", "key-of-ann", "Date:", "date:", "content-length", &format!("\"{origin}/")] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    for kept in
        ["sid=(redacted); Path=/", "api_key: \"(redacted)\"", "password=(redacted)", "$mock_url/p/2", "responses:"]
    {
        assert!(all.contains(kept), "{kept} not in {all}");
    }

    // Without an upstream, and with other secrets.
    let again = Mock::start(&folder, &["rec"]);
    for (line, live) in lines.iter().zip(&live) {
        assert_eq!(plain(&ask(&again, line), &again.url), plain(live, &live_url), "{line}");
    }
    assert_eq!((login(&again, "other-1"), login(&again, "other-2")), ((201, "first".into()), (202, "second".into())));
    assert_eq!(again.ask("POST /login?z=1&api_key=x&a=3", "Accept: a/b\r\n", "user=ann&password=p").0, 404);
    assert_eq!(again.ask("POST /login?z=1&api_key=x&a=2", "Accept: a/b\r\n", "user=bob&password=p").0, 404);
    assert_eq!(again.ask("GET /logo", "Accept: c/d\r\n", "").0, 404);
    again.end().exits(0);
}

/// The head without what each connection has of its own, and the body, whatever the layout of its JSON.
fn plain(text: &str, url: &str) -> (Vec<String>, String) {
    let text =
        text.replace(url, "$URL").replace("sid=abc123456", "sid=(redacted)").replace("lang=en", "lang=(redacted)");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    let own = ["date:", "content-length:", "connection:", "x-redacted:"];
    let head = head.lines().map(str::to_lowercase).filter(|line| !own.iter().any(|name| line.starts_with(name)));
    let mut head: Vec<String> = head.collect();
    head.sort();
    let json = serde_json::from_str::<Value>(body);
    (head, json.map_or_else(|_| body.to_owned(), |json| json.to_string()))
}

fn resttest(folder: &Folder, words: &[&str]) -> Ran {
    Ran::from(folder.resttest().args(words).output().expect("the binary"))
}

/// The tests of a JSON report, each with its verdict.
fn verdicts(folder: &Folder, report: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let mut all = Vec::new();
    collect(&json, &mut all);
    all
}

fn collect(json: &Value, all: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            if let (Some(Value::String(name)), Some(Value::String(verdict))) =
                (members.get("name"), members.get("result"))
            {
                all.push(format!("{name}: {verdict}"));
            }
            members.values().for_each(|value| collect(value, all));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        _ => {}
    }
}

#[test]
fn a_recorded_run_of_the_examples_passes_without_a_server() {
    let examples =
        ["quickstart", "crud", "templates", "generators", "extractors", "schema", "imports", "files", "auth"];
    let examples: Vec<&str> = examples.into_iter().chain(["curl_options", "retry", "anchors", "validators"]).collect();
    let fixtures = crate::support::root().join("fixtures");
    for example in examples {
        let folder = Folder::new();
        let suite = fixtures.join(format!("{example}.yaml"));
        let suite = suite.to_str().expect("a path");
        let api = sample();
        let words = [&api.url(), suite, "--seed", "7", "--record-exchanges", "rec", "--report-json", "live.json"];
        resttest(&folder, &words).exits(0);
        drop(api);
        let live = verdicts(&folder, "live.json");
        assert!(!live.is_empty(), "{example}");
        let words = ["recheck", "rec", suite, "--seed", "7", "--report-json", "again.json"];
        resttest(&folder, &words).exits(0);
        // Of the attempts of a request the last one is judged.
        let once: Vec<String> = live.iter().map(|verdict| verdict.replace(": flaky", ": passed")).collect();
        assert_eq!(verdicts(&folder, "again.json"), once, "{example}");
        let mock = Mock::start(&folder, &["rec"]);
        let words = [&mock.url, suite, "--seed", "7", "--report-json", "played.json"];
        let ran = resttest(&folder, &words);
        assert_eq!(ran.code, Some(0), "{example}: {}{}", ran.stdout, mock.end().stderr);
        assert_eq!(verdicts(&folder, "played.json"), live, "{example}");
    }
}

const SUITE: &str = r#"
- config: {retry: {max_retries: 3, backoff_base: 0}}
- test: {name: create, url: /people, method: POST, body: '{"name": "ann", "password": "sesame-99"}', headers: {Content-Type: application/json, Authorization: Bearer token-of-ann}, extract_binds: [{token: {jsonpath_mini: token}}, {id: {jsonpath_mini: id}}], expected_status: [201]}
- test: {name: read, url: {template: "/people/$id?token=$token"}, validators: [{compare: {jsonpath_mini: name, expected: ann}}]}
- test: {name: moody, url: /moody}
"#;

fn api_stubs() -> &'static str {
    r#"
- stub: {request: {method: POST, path: /people}, response: {status: 201, headers: {X-Token: minted-token-1}, json: {id: 5, token: minted-token-1}}}
- stub: {request: {path: /people/5}, response: {json: {name: ann, mail: a@b}}}
- stub: {request: {path: /moody}, responses: [{status: 503}, {status: 503}, {body: fine}]}
"#
}

#[test]
fn answers_are_judged_anew_by_the_suite_as_it_is_now() {
    let folder = Folder::new();
    folder.file("suite.yaml", SUITE);
    folder.file("api.yaml", api_stubs());
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "suite.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    let recorded = folder.path().join("rec");
    let all = text(&recorded);
    for secret in ["sesame-99", "token-of-ann", "minted-token-1"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    assert_eq!(names(&recorded), ["0001-post-people.yaml", "0002-get-people-5.yaml", "0003-get-moody.yaml"]);
    assert_eq!(all.matches("retried: true").count(), 2, "{all}");
    // Nothing is written over.
    let refused = resttest(&folder, &[&closed(), "suite.yaml", "--record-exchanges", "rec"]).exits(73);
    assert!(
        refused.stderr.contains("rec has a recording, so nothing was started; --force replaces it"),
        "{}",
        refused.stderr
    );

    let recheck = |more: &[&str]| resttest(&folder, &[&["recheck", "rec", "suite.yaml"], more].concat());
    let ran = recheck(&["--report-json", "-"]).exits(0);
    let report: Value = serde_json::from_str(&ran.stdout).expect("a report");
    assert!(report.to_string().contains("moody"), "{report}");
    recheck(&["--report-junit", "junit.xml"]).exits(0);
    assert!(folder.path().join("junit.xml").is_file());

    folder.file("suite.yaml", SUITE.replace("expected: ann", "expected: bob"));
    let ran = recheck(&[]).exits(1);
    assert!(ran.stderr.contains("bob"), "{}", ran.stderr);
    folder.file(
        "suite.yaml",
        format!(
            "{SUITE}- test: {{name: other, url: /other}}
- test: {{name: more, url: /moody}}
"
        ),
    );
    let ran = recheck(&[]).exits(2);
    assert!(ran.stderr.contains("GET /other was not recorded"), "{}", ran.stderr);
    assert!(ran.stderr.contains("GET /moody was recorded once, and is sent once more"), "{}", ran.stderr);
    folder.file("suite.yaml", SUITE.replace("\"name\": \"ann\"", "\"name\": \"eve\""));
    let ran = recheck(&[]);
    assert!(ran.stderr.contains("POST /people was not recorded with this body"), "{}", ran.stderr);

    for (words, code, part) in [
        (&["recheck"][..], 64, "a recording is missing"),
        (&["recheck", "rec"], 64, "a suite is missing"),
        (&["recheck", "gone", "suite.yaml"], 66, "gone"),
    ] {
        let ran = resttest(&folder, words).exits(code);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    folder.file(
        "rec/0009-get-x.yaml",
        "- stub: {request: {path: /x, query: 5}, response: {}}
",
    );
    let ran = recheck(&[]).exits(65);
    assert!(ran.stderr.contains("0009-get-x.yaml:1:37: query must be a mapping"), "{}", ran.stderr);
}

#[test]
fn redirects_and_polls_are_recorded_and_judged_anew() {
    let folder = Folder::new();
    folder.file(
        "api.yaml",
        r#"
- stub: {request: {path: /start}, response: {status: 302, headers: {Location: /job}}}
- stub: {request: {path: /job}, responses: [{json: {state: busy}}, {json: {state: busy}}, {json: {state: done}}]}
"#,
    );
    let suite = "- test: {name: wait, url: /start, curl_option_followlocation: 1, poll: {until: [{compare: {jsonpath_mini: state, expected: done}}], interval: 0.01, timeout: 20}}
";
    folder.file("suite.yaml", suite);
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "suite.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    assert_eq!(names(&folder.path().join("rec")), ["0001-get-start.yaml", "0002-get-job.yaml"]);
    assert_eq!(text(&folder.path().join("rec")).matches("busy").count(), 2);
    folder.file("suite.yaml", suite.replace("interval: 0.01", "interval: 5"));
    resttest(&folder, &["recheck", "rec", "suite.yaml"]).exits(0);
    folder.file("suite.yaml", suite.replace("done", "gone"));
    let ran = resttest(&folder, &["recheck", "rec", "suite.yaml"]);
    assert!(ran.code != Some(0), "{}", ran.stdout);
}

#[test]
fn suites_in_parallel_share_a_recording() {
    let folder = Folder::new();
    folder.file(
        "api.yaml",
        "- stub: {request: {path: \"/x/{n}\"}, response: {json: {template: {n: \"$n\"}}}}
",
    );
    let suites = ["a", "b", "c"];
    for name in suites {
        let tests: String = (0..4)
            .map(|n| {
                format!(
                    "- test: {{name: t{n}, url: /x/{name}{n}}}
"
                )
            })
            .collect();
        folder.file(&format!("{name}.yaml"), tests);
    }
    let api = Mock::start(&folder, &["api.yaml"]);
    let words = ["a.yaml", "b.yaml", "c.yaml", "--parallel-suites", "2", "--record-exchanges", "rec"];
    resttest(&folder, &[&[api.url.as_str()], &words[..]].concat()).exits(0);
    api.end().exits(0);
    let files = names(&folder.path().join("rec"));
    let mut numbers: Vec<&str> = files.iter().map(|name| &name[..4]).collect();
    numbers.dedup();
    assert_eq!((files.len(), numbers.len(), numbers.last()), (12, 12, Some(&"0012")), "{files:?}");
    resttest(&folder, &["recheck", "rec", "a.yaml", "b.yaml", "c.yaml"]).exits(0);
}

#[test]
fn what_a_stub_passes_on_obeys_the_rules_and_may_be_recorded() {
    let folder = Folder::new();
    folder.file(
        "upstream.yaml",
        "- stub: {request: {path: /v1/x}, response: {body: far}}
",
    );
    let upstream = Mock::start(&folder, &["upstream.yaml"]);
    let stub = format!(
        "- stub: {{request: {{path: /x}}, proxy: \"{}/v1\", record: true}}
",
        upstream.url
    );
    folder.file("stubs.yaml", stub);
    let refused = resttest(&folder, &["mock", "stubs.yaml"]).exits(64);
    assert!(
        refused.stderr.contains("stubs.yaml:1: record: true needs a folder to record in: --record DIR"),
        "{}",
        refused.stderr
    );
    let mock = Mock::start(&folder, &["stubs.yaml", "--record", "rec"]);
    assert_eq!(mock.ask("GET /x", "", ""), (200, "far".to_owned()));
    assert_eq!(mock.ask("GET /y", "", "").0, 404);
    mock.end().exits(0);
    let again = Mock::start(&folder, &["rec"]);
    assert_eq!(again.ask("GET /x", "", ""), (200, "far".to_owned()));
    again.end().exits(0);
    folder.file(
        "stubs.yaml",
        format!(
            "- stub: {{proxy: \"{}/v1\"}}
",
            upstream.url
        ),
    );
    for rule in [&["--deny-host", "127.0.0.1"][..], &["--allow-host", "api.example.com"]] {
        let mock = Mock::start(&folder, &[&["stubs.yaml"], rule].concat());
        let (status, body) = mock.ask("GET /x", "", "");
        assert!(status == 502 && body.contains("127.0.0.1"), "{body}");
        mock.end().exits(0);
    }
    let suite = "- config: {mock: stubs.yaml, allow_hosts: [api.example.com]}
- test: {name: x, url: /x, expected_status: [502]}
";
    folder.file("suite.yaml", suite.replace("allow_hosts: [api.example.com]", "timeout: 20"));
    let ran = resttest(&folder, &["suite.yaml", "--deny-host", &upstream.address]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert_eq!(upstream.ask("GET /v1/x", "", ""), (200, "far".to_owned()));
    upstream.end().exits(0);
}

#[test]
fn modes_say_who_answers() {
    let folder = Folder::new();
    folder.file(
        "upstream.yaml",
        "- stub: {response: {body: far}}
",
    );
    folder.file(
        "stubs.yaml",
        "- stub: {request: {path: /own}, response: {body: near}}
",
    );
    let upstream = Mock::start(&folder, &["upstream.yaml"]);
    let origin = upstream.url.as_str();
    for (mode, own, other) in
        [("mock", (200, "near"), 404), ("proxy", (200, "near"), 200), ("passthrough", (200, "far"), 200)]
    {
        let mock = Mock::start(&folder, &["stubs.yaml", "--upstream", origin, "--mode", mode]);
        let (status, body) = mock.ask("GET /own", "", "");
        assert_eq!((status, body.as_str()), own, "{mode}");
        assert_eq!(mock.ask("GET /other", "", "").0, other, "{mode}");
        let ran = mock.end().exits(0);
        assert!(ran.stderr.contains(&format!("mode {mode}: ")), "{}", ran.stderr);
    }
    upstream.end().exits(0);
    for (words, part) in [
        (&["stubs.yaml", "--mode", "proxy"][..], "say where to: --upstream"),
        (&["--record", "rec"], "what to record is missing"),
        (&["stubs.yaml", "--record", "rec"], "--record has nothing to record"),
        (&["--upstream", "https://api.example.com/v1"], "must be one origin"),
        (&["--upstream", "http://a", "--mode", "mock", "--record", "rec"], "nothing to record"),
        (&["--upstream", "http://a", "--mode", "both"], "both"),
        (&["stubs.yaml", "--keep-secrets"], "add --record DIR"),
    ] {
        let ran = resttest(&folder, &[&["mock"], words].concat()).exits(64);
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert!(!folder.path().join("rec").exists());
    folder.file("file", "");
    let ran = resttest(&folder, &["mock", "--record", "file", "--upstream", "http://127.0.0.1:9"]).exits(73);
    assert!(ran.stderr.contains("file cannot be recorded in"), "{}", ran.stderr);
}

#[test]
fn passing_on_has_a_bounded_number_of_threads() {
    use std::io::Write as _;
    let folder = Folder::new();
    folder.file(
        "upstream.yaml",
        "- stub: {request: {path: /slow}, response: {fault: timeout}}
",
    );
    let upstream = Mock::start(&folder, &["upstream.yaml"]);
    let mock = Mock::start(&folder, &["--upstream", &upstream.url]);
    let status = format!("/proc/{}/status", mock.child.id());
    let threads = || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("Threads:"));
        line.and_then(|count| count.trim().parse::<usize>().ok())
    };
    let Some(before) = threads() else {
        eprintln!("SKIPPED: this system does not say how many threads a process has");
        return;
    };
    let held: Vec<_> = (0..400)
        .map(|_| {
            let mut stream = mock.connect();
            stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").expect("a request");
            stream
        })
        .collect();
    wait_until("as many threads as there may be", || threads().is_some_and(|count| count >= 200));
    for _ in 0..200 {
        assert!(threads().is_none_or(|count| count <= before + 256), "{:?}", threads());
        std::thread::yield_now();
    }
    drop(held);
    mock.end();
    upstream.end();
}

#[test]
fn an_extracted_link_is_a_url_by_itself() {
    let folder = Folder::new();
    folder.file(
        "api.yaml",
        "- stub: {request: {path: /first}, response: {json: {template: {next: \"$mock_url/second\"}}}}
- stub: {request: {path: /second}, response: {body: here}}
",
    );
    folder.file(
        "suite.yaml",
        "- test: {name: first, url: /first, extract_binds: [{next: {jsonpath_mini: next}}]}
- test: {name: second, url: {template: \"$next\"}}
",
    );
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "suite.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    resttest(&folder, &["recheck", "rec", "suite.yaml"]).exits(0);
    let again = Mock::start(&folder, &["rec"]);
    resttest(&folder, &[&again.url, "suite.yaml"]).exits(0);
    again.end().exits(0);
}

#[test]
fn suites_with_servers_of_their_own_run_in_parallel_and_need_each_other() {
    let folder = Folder::new();
    folder.file(
        "stubs.yaml",
        "- stub: {request: {path: /x}, response: {body: {template: \"$count\"}}}
",
    );
    let test = "- test: {name: x, url: /x, validators: [{compare: {raw_body: '', expected: '1'}}]}
";
    folder.file(
        "a.yaml",
        format!(
            "- config: {{mock: stubs.yaml}}
{test}"
        ),
    );
    folder.file(
        "b.yaml",
        format!(
            "- config: {{mock: stubs.yaml, needs: a.yaml}}
{test}"
        ),
    );
    folder.file(
        "c.yaml",
        format!(
            "- config: {{mock: stubs.yaml, needs: [a.yaml]}}
{test}"
        ),
    );
    for more in [&[][..], &["--parallel-suites", "2"]] {
        let ran = resttest(&folder, &[&["b.yaml", "c.yaml"], more].concat());
        assert_eq!(ran.code, Some(0), "{more:?}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn what_came_in_one_line_is_played_back_in_one() {
    let folder = Folder::new();
    let bodies = [
        "{\"id\":7,\"price\":1.10}",
        "{\"id\": 7, \"l\": [1, 2]}",
        "{\"id\":7}\n",
        "{\n    \"id\": 7\n}",
        "[1,\n2]",
        "\u{feff}{\"id\":7}",
        "a\r\nb",
    ];
    let stubs = bodies.iter().enumerate().map(|(number, body)| {
        folder.file(&format!("{number}.body"), body);
        format!("- stub: {{request: {{path: /{number}}}, response: {{file: {number}.body, binary: true}}}}\n")
    });
    folder.file("api.yaml", stubs.collect::<String>());
    let tests = bodies.iter().enumerate().map(|(number, body)| {
        let validator = format!("{{compare: {{raw_body: '', expected: {body:?}}}}}").replace("\\u{feff}", "\\ufeff");
        format!("- test: {{name: t{number}, url: /{number}, validators: [{validator}]}}\n")
    });
    folder.file("suite.yaml", tests.collect::<String>());
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "suite.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    let first = std::fs::read_to_string(folder.path().join("rec/0001-get-0.yaml")).unwrap();
    assert!(first.contains("\n          \"id\": 7,\n") && first.contains("layout: compact"), "{first}");
    resttest(&folder, &["recheck", "rec", "suite.yaml"]).exits(0);
    let again = Mock::start(&folder, &["rec"]);
    resttest(&folder, &[&again.url, "suite.yaml"]).exits(0);
    again.end().exits(0);
    folder.file("rec/0001-get-0.yaml", first.replace("layout: compact", "layout: compcat"));
    for words in [&["recheck", "rec", "suite.yaml"][..], &["mock", "rec"]] {
        let ran = resttest(&folder, words).exits(65);
        assert!(
            ran.stderr.contains("layout must be compact or spaced, not \"compcat\"; did you mean"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_request_without_an_answer_is_recorded_as_such() {
    let folder = Folder::new();
    folder.file(
        "api.yaml",
        "- stub: {request: {path: /once}, responses: [{fault: empty}, {body: fine}]}
- stub: {request: {path: /never}, responses: [{fault: empty}, {body: late}]}
",
    );
    let suite = "- test: {name: once, url: /once, retry: {max_retries: 2, backoff_base: 0}}
- test: {name: never, url: /never}
- test: {name: late, url: /never, validators: [{compare: {raw_body: '', expected: late}}]}
";
    folder.file("suite.yaml", suite);
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "suite.yaml", "--record-exchanges", "rec", "--report-json", "live.json"]).exits(1);
    api.end().exits(0);
    let live = verdicts(&folder, "live.json");
    assert_eq!(live, ["once: flaky", "never: errored", "late: passed"]);
    let ran = resttest(&folder, &["recheck", "rec", "suite.yaml", "--report-json", "again.json"]).exits(1);
    assert!(ran.stderr.contains("never: no answer came when it was recorded: the connection failed"), "{}", ran.stderr);
    assert_eq!(verdicts(&folder, "again.json"), ["once: passed", "never: errored", "late: passed"]);
    let mock = Mock::start(&folder, &["rec"]);
    resttest(&folder, &[&mock.url, "suite.yaml", "--report-json", "played.json"]).exits(1);
    mock.end().exits(0);
    assert_eq!(verdicts(&folder, "played.json"), live);
}

#[test]
fn a_run_of_load_alone_is_a_recording_too() {
    let folder = Folder::new();
    folder.file("api.yaml", "- stub: {response: {json: {id: 7}}}\n");
    folder.file("load.yaml", "- test: {name: many, url: /x, performance: {repeat: 3}}\n");
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&folder, &[&api.url, "load.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    assert_eq!(names(&folder.path().join("rec")), ["0000-nothing.yaml"]);
    let ran = resttest(&folder, &["drift", "rec"]).exits(65);
    assert!(ran.stderr.contains("rec: no answers were recorded"), "{}", ran.stderr);
    let ran = resttest(&folder, &["recheck", "load.yaml", "load.yaml"]).exits(66);
    assert!(ran.stderr.contains("load.yaml: is no folder that can be read: not a directory"), "{}", ran.stderr);
    let ran = resttest(&folder, &["recheck", "rec", "load.yaml"]).exits(0);
    assert!(ran.stderr.contains("many: load runs are not recorded"), "{}", ran.stderr);
    Mock::start(&folder, &["rec"]).end().exits(0);
    resttest(&folder, &[&closed(), "load.yaml", "--record-exchanges", "rec"]).exits(73);
}

#[test]
fn recheck_takes_what_judges_answers() {
    let folder = Folder::new();
    folder.file("api.yaml", "- stub: {request: {path: /v1/x}, response: {json: {id: 7}}}\n");
    folder.file("suite.yaml", "- config: {drift: fail}\n- test: {name: x, url: x}\n");
    let api = Mock::start(&folder, &["api.yaml"]);
    let base = format!("{}/v1/", api.url);
    resttest(&folder, &[&base, "suite.yaml", "--record-exchanges", "rec"]).exits(0);
    api.end().exits(0);
    resttest(&folder, &["drift", "rec", "-o", "shapes.yaml"]).exits(0);
    let shapes = std::fs::read_to_string(folder.path().join("shapes.yaml")).unwrap();
    let recheck = |more: &[&str]| resttest(&folder, &[&["recheck", "rec", "suite.yaml"], more].concat());
    recheck(&["--drift", "shapes.yaml"]).exits(0);
    folder.file("shapes.yaml", shapes.replace("integer", "string"));
    let ran = recheck(&["--drift", "shapes.yaml"]).exits(1);
    assert!(ran.stderr.contains("$.id is integer, was string"), "{}", ran.stderr);
    let ran = recheck(&["--url", "http://elsewhere.test/v2/"]).exits(1);
    assert!(ran.stderr.contains("GET /v2/x was not recorded"), "{}", ran.stderr);
    recheck(&["--url", "http://elsewhere.test/v1/"]).exits(0);
    // What holds for the runs of a project is not what this one was recorded with.
    folder.file(".resttest.yaml", "url: http://elsewhere.test/v2/\n");
    recheck(&[]).exits(0);
    let ran = recheck(&["--print-bodies", "--report-bodies", "--report-json", "report.json"]).exits(0);
    assert!(ran.stdout.contains("{\"id\": 7}") || ran.stdout.contains("{\"id\":7}"), "{}", ran.stdout);
    let report = std::fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(report.contains("id\\\":"), "{report}");
}

#[test]
fn what_a_process_could_not_record_is_told() {
    let folder = Folder::new();
    let place = folder.path().join("rec");
    // A folder stands in the way of the first file as soon as something is asked for.
    let api = crate::support::Promised::any(move |_, _| {
        let _ = std::fs::create_dir_all(place.join("0001-get-a.yaml/x"));
        let _ = std::fs::create_dir_all(place.join("0001-get-b.yaml/x"));
        crate::support::Answer::ok("{}")
    });
    for name in ["a", "b"] {
        folder.file(&format!("{name}.yaml"), format!("- test: {{name: {name}, url: /{name}}}\n"));
    }
    let words = [&api.url(), "a.yaml", "b.yaml", "--record-exchanges", "rec"];
    for more in [&["--parallel-suites", "2"][..], &[]] {
        let _ = std::fs::remove_dir_all(folder.path().join("rec"));
        let ran = resttest(&folder, &[&words, more].concat()).exits(73);
        assert!(ran.stderr.contains("error: the recording is not complete: "), "{}", ran.stderr);
    }
}

#[test]
fn a_mock_that_lost_a_recording_says_so_at_its_end() {
    let folder = Folder::new();
    folder.file("api.yaml", "- stub: {response: {json: {id: 7}}}\n");
    let upstream = Mock::start(&folder, &["api.yaml"]);
    let mock = Mock::start(&folder, &["--record", "rec", "--upstream", &upstream.url]);
    std::fs::create_dir_all(folder.path().join("rec/0001-get-a.yaml/x")).unwrap();
    assert_eq!(mock.ask("GET /a", "", "").0, 200);
    let ran = mock.end().exits(73);
    assert!(ran.stderr.contains("GET /a was not recorded: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: the recording is not complete"), "{}", ran.stderr);
}

#[test]
fn what_is_no_name_of_a_header_or_no_folder_is_refused() {
    let folder = Folder::new();
    folder.file("file", "");
    for (words, code, part) in [
        (&["--record-headers", "a b"][..], 64, "--record-headers must be names of headers with commas between them"),
        (&["--record-headers", "accept,"], 64, "not \"accept,\""),
        (&["--record", "file"], 73, "file cannot be recorded in: it is a file, and a recording is a folder"),
    ] {
        let ran =
            resttest(&folder, &[&["mock", "--record", "rec", "--upstream", "http://127.0.0.1:9"], words].concat());
        assert!(ran.code == Some(code) && ran.stderr.contains(part), "{words:?} {}", ran.stderr);
    }
}

#[test]
fn recheck_has_the_length_of_bodies_and_is_no_last_run() {
    let folder = Folder::new();
    folder.file("api.yaml", "- stub: {response: {json: {id: 7}}}\n");
    let length = "{compare: {header: content-length, expected: '8'}}";
    let suite =
        format!("- test: {{name: x, url: /x, validators: [{length}, {{compare: {{jsonpath: $.id, expected: 8}}}}]}}\n");
    folder.file("suite.yaml", format!("{suite}- test: {{name: y, url: /y, validators: [{length}]}}\n"));
    let resttest = |words: &[&str]| {
        let state = folder.path().join("state");
        Ran::from(folder.resttest().env("XDG_STATE_HOME", state).args(words).output().expect("the binary"))
    };
    let api = Mock::start(&folder, &["api.yaml"]);
    resttest(&[&api.url, "suite.yaml", "--record-exchanges", "rec"]).exits(1);
    folder.file(
        "suite.yaml",
        std::fs::read_to_string(folder.path().join("suite.yaml")).unwrap().replace("expected: 8}", "expected: 7}"),
    );
    let ran = resttest(&["recheck", "rec", "suite.yaml", "--url", &api.url]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let ran = resttest(&[&api.url, "suite.yaml", "--rerun-failed"]).exits(0);
    assert!(ran.stdout.contains("TEST RESULT: x ") && !ran.stdout.contains("TEST RESULT: y "), "{}", ran.stdout);
    api.end().exits(0);
    let ran = resttest(&["mutate", "rec", "suite.yaml"]).exits(0);
    assert!(!ran.stdout.contains("header content-length"), "{}", ran.stdout);
}
