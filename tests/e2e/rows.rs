//! Tests that are made of rows: each a test of its own, in what is sent, listed, chosen and reported.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, run_text, sample};

/// The targets that a suite asks for, in order, and how it ended.
fn targets(suite: &str, hits: usize, code: i32) -> (Vec<String>, crate::support::Ran) {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = seen.clone();
    let server = Promised::new(hits, move |_, request| {
        kept.lock().expect("no poison").push(request.target.clone());
        let status = if request.target.contains("bad") { 404 } else { 200 };
        Answer::Full(status, "", r#"{"ids": [3, 5], "none": [], "word": "x"}"#.to_owned())
    });
    let ran = run_text(&server.url(), suite, PLAIN).exits(code);
    let seen = seen.lock().expect("no poison").clone();
    (seen, ran)
}

#[test]
fn data_is_outside_and_matrix_within_it() {
    let suite = "
- test:
    name: T
    url: {template: '/$item/$user/$role/$index'}
    data: [{item: a}, {item: b}]
    matrix: [{user: [u, v]}, {role: [x, y]}]
";
    let (seen, _) = targets(suite, 8, 0);
    let wanted = ["/a/u/x/0", "/a/u/y/1", "/a/v/x/2", "/a/v/y/3", "/b/u/x/4", "/b/u/y/5", "/b/v/x/6", "/b/v/y/7"];
    assert_eq!(seen, wanted);
}

#[test]
fn a_file_of_rows_is_found_beside_the_suite_and_keeps_what_it_says() {
    let folder = Folder::new();
    folder.file("suites/rows.csv", "\u{feff}id,first name,status\r\n007,\"a, b\",200\r\n8,c,404\r\n");
    folder.file("rows.json", r#"[{"id": 7, "on": null, "status": 404}]"#);
    for (data, sent) in [
        ("rows.csv", &["{\"i\":\"007\",\"n\":\"a, b\"}", "{\"i\":\"8\",\"n\":\"c\"}"][..]),
        ("{file: rows.json}", &["{\"i\":7,\"n\":null}"]),
    ] {
        let column = if data == "rows.csv" { "first_name" } else { "on" };
        folder.file(
            "suites/s.yaml",
            format!(
                "- test: {{url: /x, method: POST, data: {data}, expected_status: {{template: $status}}, \
                 body: {{json: {{template: {{i: $id, n: ${column}}}}}}}}}\n"
            ),
        );
        let wanted: Vec<String> = sent.iter().map(|&text| text.to_owned()).collect();
        let server = Promised::new(sent.len(), move |number, request| {
            assert_eq!(String::from_utf8_lossy(&request.body), wanted[number]);
            let is_last = number + 1 == wanted.len();
            Answer::Full(if is_last { 404 } else { 200 }, "", "{}".to_owned())
        });
        folder.resttest().args([&server.url(), "suites/s.yaml"]).finish().exits(0);
    }
}

#[test]
fn variables_of_a_row_are_weaker_than_the_tests_own_and_gone_after_it() {
    let suite = "
- config: {variable_binds: {user: config, note: config}}
- test: {url: {template: /$user/$note}, variable_binds: {note: own}, data: [{user: a, note: row}, {user: b}]}
- test: {url: {template: /$user/$note}, data: [{user: a, note: row}, {user: b}]}
- test: {url: {template: /$user/$note}}
";
    let (seen, ran) = targets(suite, 5, 0);
    // What a row lacks, it does not take from the row before it.
    assert_eq!(seen, ["/a/own", "/b/own", "/a/row", "/b/$note", "/config/own"]);
    assert!(ran.stderr.contains("$note is not set"), "{ran:#?}");
}

#[test]
fn each_row_is_listed_chosen_and_reported_by_its_name() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test:
    name: Get
    group: G
    url: {template: '/$path'}
    matrix: {path: [good, bad], token: [hush-hush]}
    expected_status: [200]
- test: {name: 'Try $index', group: G, url: /again, repeat: 2}
- test: {name: 'Get b', group: G, url: /b}
",
    );
    let listed = folder.resttest().args(["list", "s.yaml"]).finish().exits(0);
    assert_eq!(
        listed.stdout,
        "s.yaml
  G: Get [path=good, token=(redacted)]  GET /$path
  G: Get [path=bad, token=(redacted)]  GET /$path
  G: Try 0  GET /again
  G: Try 1  GET /again
  G: Get b  GET /b
5 tests, 0 benchmarks in 1 file
"
    );
    let explained = folder.resttest().args(["explain", "http://h", "s.yaml"]).finish().exits(0);
    assert!(
        explained.stdout.contains("    row {'path': 'good', 'token': '(redacted)'} (s.yaml:1)\n"),
        "{explained:#?}"
    );
    assert!(explained.stdout.contains("    index 1 (s.yaml:7)\n"), "{explained:#?}");
    let server = Promised::new(5, |_, request| {
        Answer::Full(if request.target == "/bad" { 404 } else { 200 }, "", "{}".to_owned())
    });
    let words = [&*server.url(), "s.yaml", "--report-junit", "j.xml", "--report-json", "r.json"];
    let ran = folder.resttest().args(words).finish().exits(1);
    assert_eq!(ran.counts(), (4, 5));
    for report in ["j.xml", "r.json"] {
        let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
        for name in ["Get [path=good, token=(redacted)]", "Get [path=bad, token=(redacted)]", "Try 0", "Try 1"] {
            assert!(text.contains(&format!("\"{name}\"")), "{report} {name}\n{text}");
        }
        assert!(!text.contains("hush"), "{report}");
    }
    assert!(!ran.stdout.contains("hush") && !ran.stderr.contains("hush"), "{ran:#?}");

    for (words, paths) in [
        (&["--only", "Get [path=bad, token=(redacted)]"][..], &["/bad"][..]),
        (&["--only", "Try *"], &["/again", "/again"]),
        // What the rows have in common, as it is written: all of them.
        (&["--only", "Get"], &["/good", "/bad"]),
        (&["--only", "Try $index", "--skip", "Try 1"], &["/again"]),
        (&["--skip", "Get", "--skip", "Get b"], &["/again", "/again"]),
        (&["--skip", "Get [path=bad, token=(redacted)]", "--skip", "Try 1"], &["/good", "/again", "/b"]),
        // As a pattern it is a set of characters.
        (&["--only", "Get [abc]"], &["/b"]),
    ] {
        let wanted: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        let server = Promised::new(paths.len(), move |number, request| {
            assert_eq!(request.target, wanted[number]);
            Answer::ok("{}")
        });
        let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(words).finish();
        assert_eq!(ran.counts().1 as usize, paths.len(), "{words:?} {ran:#?}");
    }
}

#[test]
fn a_value_of_a_list_can_be_chosen_alone() {
    let suite = "
- config: {variable_binds: {list: [a, b, c]}}
- test: {name: Each, url: {template: '/$item'}, foreach: {item: $list}}
- test: {name: After, url: /after, depends_on: Each}
";
    for (words, paths, code, said) in [
        (&["--only", "Each [1]"][..], &["/b"][..], 0, ""),
        (&["--only", "Each [0]", "--only", "Each [2]"], &["/a", "/c"], 0, ""),
        (&["--skip", "Each [1]", "--skip", "After"], &["/a", "/c"], 0, ""),
        // What it needs is all of the list.
        (&["--only", "Each [1]", "--only", "After"], &["/a", "/b", "/c", "/after"], 0, ""),
        (&["--only", "Each [3]"], &[], 1, "\"Each [3]\" is not there: $list holds 3 values"),
        (
            &["--only", "Each", "--skip", "Each [0]", "--skip", "Each [1]", "--skip", "Each [2]"],
            &[],
            0,
            "nothing of $list is chosen",
        ),
    ] {
        for more in [&[][..], &["other.yaml", "--parallel-suites", "2"]] {
            let folder = Folder::new();
            folder.file("s.yaml", suite);
            folder.file("other.yaml", "- config: {variable_binds: {x: 1}}\n");
            let wanted: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
            let server = Promised::new(paths.len(), move |number, request| {
                assert_eq!(request.target, wanted[number]);
                Answer::ok("{}")
            });
            let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(more).args(words).finish().exits(code);
            assert!(ran.stderr.contains(said), "{words:?} {ran:#?}");
        }
    }
}

#[test]
fn a_list_is_gone_over_when_the_test_runs() {
    let suite = "
- test: {name: Get, url: /list, extract_binds: {ids: {jsonpath_mini: ids}, none: {jsonpath_mini: none}, word: {jsonpath_mini: word}}}
- test: {name: Each, url: {template: '/$id/$index'}, foreach: {id: $ids}}
- test: {name: Own, url: {template: '/own/$id'}, foreach: {id: $mine}, variable_binds: {mine: [a]}}
- test: {name: Rows, url: {template: '/$user/$tag'}, foreach: {tag: $tags}, data: [{user: u, tags: [p, q]}, {user: v, tags: []}]}
- test: {name: Empty, url: /never, foreach: {id: $none}}
- test: {name: Word, url: /never, foreach: {id: $word}}
- test: {name: Unset, url: /never, foreach: {id: $nothing}}
- test: {name: Last, url: /last}
";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let listed = folder.resttest().args(["list", "s.yaml"]).finish().exits(0);
    assert!(listed.stdout.contains("  Default: Each  GET /$id/$index  for each of $ids\n"), "{listed:#?}");
    let wanted = ["/list", "/3/0", "/5/1", "/own/a", "/u/p", "/u/q", "/last"];
    for words in [&[][..], &["--parallel-suites", "2"]] {
        let server = Promised::new(wanted.len(), move |number, request| {
            assert_eq!(request.target, wanted[number]);
            Answer::ok(r#"{"ids": [3, 5], "none": [], "word": "x"}"#)
        });
        let ran = folder.resttest().args([&*server.url(), "s.yaml", "--report-json", "r.json"]).args(words).finish();
        let ran = ran.exits(2);
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        let names = |list: &str, result: Option<&str>| {
            let tests = report["suites"][0][list].as_array().expect("a list");
            let chosen = tests.iter().filter(|test| result.is_none_or(|result| test["result"] == result));
            chosen.map(|test| test["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(
            names("tests", Some("passed")),
            [
                "Get",
                "Each [0]",
                "Each [1]",
                "Own [0]",
                "Rows [user=u, tags=['p', 'q']] [0]",
                "Rows [user=u, tags=['p', 'q']] [1]",
                "Last"
            ],
            "{report:#}"
        );
        assert_eq!(names("tests", Some("errored")), ["Word", "Unset"]);
        assert_eq!(names("skipped", None), ["Rows [user=v, tags=[]]", "Empty"], "{report:#}");
        for told in [
            "foreach needs a list, and $word is a text",
            "foreach needs a list, and $nothing is not set: nothing sets it",
        ] {
            assert!(report.to_string().contains(told), "{told}\n{report:#}");
        }
        assert!(ran.stderr.contains("nothing sets $nothing; the test will fail, as foreach needs a list"), "{ran:#?}");
    }
}

#[test]
fn what_is_left_of_a_list_when_the_set_stops_is_skipped() {
    let suite = "
- config: {variable_binds: {paths: [good, bad, good]}}
- test: {name: Each, url: {template: '/$path'}, foreach: {path: $paths}, stop_on_failure: true}
- test: {name: Rows, url: {template: '/$path'}, data: [{path: x}]}
";
    let server = Promised::new(2, |_, request| {
        Answer::Full(if request.target == "/bad" { 404 } else { 200 }, "", "{}".to_owned())
    });
    let ran = run_text(&server.url(), suite, ["--report-json", "-"]).exits(1);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let names = |list: &str| -> Vec<String> {
        let tests = report["suites"][0][list].as_array().expect("a list");
        tests.iter().map(|test| format!("{}: {}", test["name"], test["reason"])).collect()
    };
    assert_eq!(names("tests"), ["\"Each [0]\": null", "\"Each [1]\": null"]);
    let of_list = r#""Each [2]": "stop_on_failure of \"Each [1]\"""#;
    let of_set = r#""Rows [path=x]": "stop_on_failure of \"Each\"""#;
    assert_eq!(names("skipped"), [of_list, of_set]);
}

#[test]
fn an_empty_table_is_no_pass_unless_it_may_be_empty() {
    let folder = Folder::new();
    folder.file("rows.csv", "a,b\n");
    folder.file("s.yaml", "- test: {url: /x, data: rows.csv}\n");
    let refused = folder.resttest().args(["http://127.0.0.1:9", "s.yaml"]).finish().exits(65);
    assert!(refused.stderr.contains("s.yaml:1:25: rows.csv has no rows, so nothing would be tested"), "{refused:#?}");
    folder.file("s.yaml", "- test: {name: T, url: /x, data: rows.csv, allow_empty: true}\n- url: /api/person/\n");
    let api = sample();
    let ran = folder.resttest().args([&*api.url(), "s.yaml", "--report-json", "-"]).finish().exits(0);
    assert!(ran.stdout.contains("\"reason\": \"rows.csv has no rows\""), "{ran:#?}");
    assert_eq!(api.log().len(), 1);
}

#[test]
fn a_file_of_rows_is_never_a_report() {
    let folder = Folder::new();
    folder.file("rows.json", "[{\"a\": 1}]");
    folder.file("s.yaml", "- test: {url: /x, data: rows.json}\n");
    let words = ["http://127.0.0.1:9", "s.yaml", "--report-json", "rows.json"];
    let ran = folder.resttest().args(words).finish();
    assert_eq!(std::fs::read_to_string(folder.path().join("rows.json")).expect("a file"), "[{\"a\": 1}]", "{ran:#?}");
    assert!(ran.stderr.contains("a file of rows"), "{ran:#?}");
}

#[test]
fn more_rows_than_may_be_are_refused_without_being_read() {
    let folder = Folder::new();
    // 1 GB that takes no room on the disk, and would take a while to read.
    let file = std::fs::File::create(folder.path().join("rows.csv")).expect("a file");
    file.set_len(1 << 30).expect("a large file");
    folder.file("s.yaml", "- test: {url: /x, data: rows.csv}\n");
    let ran = folder.resttest().args(["http://127.0.0.1:9", "s.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("s.yaml:1:25: data: rows.csv cannot be read: it is larger than 64 MiB"), "{ran:#?}");
    let lists = "abcdefghij".repeat(10).chars().map(|c| c.to_string()).collect::<Vec<_>>().join(", ");
    folder.file(
        "s.yaml",
        format!("- test: {{url: /x, matrix: {{a: [{lists}], b: [{lists}], c: [{lists}], d: [{lists}]}}}}\n"),
    );
    let ran = folder.resttest().args(["http://127.0.0.1:9", "s.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("matrix would make 100000000 tests of one; at most 100000 may be"), "{ran:#?}");
}

#[test]
fn lint_looks_at_a_test_once_and_knows_its_columns() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {url: {template: '/$row.user/$usr'}, expected_status: 700, data: [{user: a}, {user: b}]}\n- test: {url: {template: /$user}}\n",
    );
    let ran = folder.resttest().args(["lint", "s.yaml"]).finish();
    let told = ran.stdout + &ran.stderr;
    assert_eq!(told.matches("expected_status 700 is no HTTP status").count(), 1, "{told}");
    assert!(told.contains("$row.user is the whole row with .user behind it; write $user"), "{told}");
    assert!(told.contains("nothing sets $usr; it stays in the text as written; did you mean \"user\"?"), "{told}");
    // A row's variables are its own.
    assert!(told.contains("s.yaml:2:3: warning: nothing sets $user"), "{told}");
}

#[test]
fn a_runner_configuration_has_rows_too() {
    let folder = Folder::new();
    let api = sample();
    let tests = r#"[{"name": "T", "path": "/api/person/", "matrix": {"a": [1, 2]}}]"#;
    folder.file(
        "c.json",
        format!(
            r#"{{"project_name": "p", "base_url": "{}", "test_suites": [{{"name": "s", "tests": {tests}}}]}}"#,
            api.url()
        ),
    );
    let ran = folder.resttest().args(["--config", "c.json"]).finish().exits(0);
    assert_eq!(ran.counts(), (2, 2), "{ran:#?}");
}

#[test]
fn conditions_and_needs_are_of_each_row() {
    let suite = "
- test: {name: Make, url: {template: '/make/$user'}, matrix: {user: [good, bad]}, if: {user: good}}
- test: {name: Use, url: /use, depends_on: [Make]}
- test: {name: 'Get $n', id: get, url: {template: '/get/$n'}, data: [{n: 1}, {n: 2}]}
- test: {name: After, url: /after, depends_on: [get]}
- config: {variable_binds: {list: [x, y]}}
- test: {name: Each, url: {template: '/each/$item'}, foreach: {item: $list}, skip: [compare: {variable: item, expected: x}]}
- test: {name: Later, url: /later, foreach: {item: $unset}, depends_on: [Make]}
";
    let wanted = ["/make/good", "/get/1", "/get/2", "/after", "/each/y"];
    let server = Promised::new(wanted.len(), move |number, request| {
        assert_eq!(request.target, wanted[number]);
        Answer::ok("{}")
    });
    let ran = run_text(&server.url(), suite, ["--report-json", "-"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let skipped = report["suites"][0]["skipped"].as_array().expect("a list");
    let skipped: Vec<String> = skipped.iter().map(|test| format!("{} {}", test["name"], test["reason"])).collect();
    assert_eq!(
        skipped,
        [
            r#""Make [user=bad]" "if: user is \"bad\", not \"good\"""#,
            r#""Use" "needs \"Make\"""#,
            r#""Each [0]" "skip: variable \"item\" eq \"x\"""#,
            r#""Later" "needs \"Make\"""#,
        ]
    );

    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let server = Promised::new(3, |_, _| Answer::ok("{}"));
    let ran = folder.resttest().args([&*server.url(), "s.yaml", "--only", "After"]).finish().exits(0);
    assert_eq!(ran.counts(), (3, 3), "{ran:#?}");
}

#[test]
fn rows_run_before_and_after_all_others_too() {
    let suite = "
- setup:
    - test: {url: {template: /make/$id}, repeat: 2, variable_binds: {id: s}}
- test: {url: /x}
- teardown:
    - test: {url: {template: /drop/$id}, data: [{id: 1}, {id: 2}]}
";
    let (seen, ran) = targets(suite, 5, 0);
    assert_eq!(seen, ["/make/s", "/make/s", "/x", "/drop/1", "/drop/2"], "{ran:#?}");
}
