//! Where variables come from, and who wins.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, run_text, sample};

#[test]
fn the_command_line_wins_over_config_and_a_test_over_both() {
    let suite = "
- config: {variable_binds: {a: config, b: config, c: config}}
- test: {url: {template: /$a/$b/$c}}
- test: {url: {template: /$a/$b/$c}, variable_binds: {b: test}}
- test: {url: {template: /$a/$b/$c}}
";
    let wanted = ["/config/given/config", "/config/test/config", "/config/test/config"];
    let server = Promised::new(3, move |number, request| {
        assert_eq!(request.target, wanted[number]);
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, ["--vars", "{b: given}"]).exits(0);
}

#[test]
fn in_a_file_that_imports_others_config_wins_as_ever() {
    let api = sample();
    let folder = Folder::new();
    folder.file("part.yaml", "- config: {variable_binds: {a: config}}\n- test: {url: {template: /echo/$a/$b}}\n");
    folder.file(
        "s.yaml",
        "- import: part.yaml\n- config: {variable_binds: {a: config}}\n- test: {url: {template: /echo/$a/$b}}\n",
    );
    let words = [&api.url(), "s.yaml", "--vars", "{\"a\": \"given\", \"b\": 2}"];
    let ran = folder.resttest().args(words).finish().exits(0);
    let paths: Vec<String> = api.log().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/echo/given/2", "/echo/config/2"]);
    assert!(ran.stderr.starts_with("WARNING:s.yaml: --vars gives $a, but the config of this file sets it"), "{ran:#?}");
}

#[test]
fn with_vars_the_files_of_a_run_share_what_config_sets() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "part.yaml",
        "- config: {variable_binds: {d: part, own: part}}\n- test: {url: {template: /$c/$d/$own}}\n",
    );
    folder.file(
        "s.yaml",
        "- import: part.yaml\n- config: {variable_binds: {c: main, own: main}}\n- test: {url: {template: /$c/$d/$own}}\n",
    );
    for (words, wanted) in
        [(&["--vars", "{x: 1}"][..], ["/main/part/part", "/main/part/main"]), (&[], ["/$c/part/part", "/main/$d/main"])]
    {
        let before = api.log().len();
        let ran = folder.resttest().args([&*api.url(), "s.yaml"]).args(words).finish();
        let paths: Vec<String> = api.log()[before..].iter().map(|request| request.path.clone()).collect();
        assert_eq!(paths, wanted, "{ran:#?}");
        assert_eq!(ran.stderr.contains("nothing sets"), words.is_empty(), "{ran:#?}");
    }
}

#[test]
fn values_become_text_as_python_writes_them() {
    let suite = "
- config: {variable_binds: {flag: yes, one: 1.0, big: 1.0e+20, list: [1, two, null], map: {k: v}}}
- test: {url: /echo, method: POST, body: {template: '$flag $one $big $list $map $unset $$ $1'}}
";
    let server = Promised::new(1, |_, request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        assert_eq!(body, "True 1.0 1e+20 [1, 'two', None] {'k': 'v'} $unset $ $1");
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
}

#[test]
fn generators_read_the_environment() {
    let suite = "
- config: {generators: {home: {type: env_variable, variable_name: SUITE_PLACE}, text: {type: env_string, string: '$SUITE_PLACE/$SUITE_UNSET'}}}
- test: {url: {template: /echo/$home/$text}, generator_binds: {home: home, text: text}}
";
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    folder.resttest().env("SUITE_PLACE", "here").args([&api.url(), "s.yaml"]).finish().exits(0);
    assert_eq!(api.log()[0].path, "/echo/here/here/$SUITE_UNSET");
}

#[test]
fn absolute_urls_need_no_base() {
    let api = sample();
    let suite = format!("- url: '{0}/status/200'\n- test: {{url: '{0}/status/200'}}\n", api.url());
    run_text("http://127.0.0.1:1", &suite, ["--absolute-urls"]).exits(0);
    assert_eq!(api.requests(), 2);
}

/// A first answer without a uuid, and whatever for all others.
fn without_uuid(hits: usize) -> Promised {
    Promised::new(hits, |number, _| if number == 0 { Answer::ok("{}") } else { Answer::Full(404, "", String::new()) })
}

const NEEDS_UUID: &str = "- config: {testset: t}
- test: {name: Extract, url: /, extract_binds: {uid: {jsonpath_mini: uuid}}}
- test: {name: Use, url: {template: /$uid}}
";

#[test]
fn the_failure_of_a_test_begins_with_what_is_not_set_in_every_report() {
    let begins = "$uid is not set: \"Extract\" (line 2) found no uuid; expected status 200, got 404";
    let server = without_uuid(2);
    let folder = Folder::new();
    folder.file("s.yaml", NEEDS_UUID);
    let reports =
        ["--report-json", "r.json", "--report-junit", "r.xml", "--report-tap", "r.tap", "--report-html", "r.html"];
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(reports).finish().exits(1);
    assert!(ran.stderr.contains(&format!("s.yaml:3: Use: {begins}\n")), "{ran:#?}");
    assert!(
        ran.stderr.contains("WARNING:s.yaml:3: Use: $uid is not set: \"Extract\" (line 2) found no uuid; it stays")
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
    assert!(read("r.json").contains(&begins.replace('"', "\\\"")));
    assert!(read("r.xml").contains(&format!("message=\"{}", begins.replace('"', "&quot;"))));
    assert!(read("r.tap").contains("$uid is not set: "));
    assert!(read("r.html").contains("$uid is not set: "));
}

#[test]
fn unset_variables_are_errors_where_they_are_to_be_and_the_command_line_wins() {
    let told = "s.yaml:3: Use: $uid is not set: \"Extract\" (line 2) found no uuid\n";
    for (config, words, is_error) in [
        ("", &["--unset-variables", "error"][..], true),
        ("", &["--unset_variables=ERROR"], true),
        (", unset_variables: error", &[], true),
        (", unset_variables: warn", &["--unset-variables", "error"], true),
        (", unset_variables: error", &["--unset-variables", "warn"], false),
        (", unset_variables: warn", &[], false),
    ] {
        let server = without_uuid(if is_error { 1 } else { 2 });
        let folder = Folder::new();
        folder.file("s.yaml", NEEDS_UUID.replace("testset: t", &format!("testset: t{config}")));
        let ran = folder.resttest().args([&server.url(), "s.yaml"]).args(words).finish().exits(1);
        assert_eq!(ran.stderr.contains(told), is_error, "{config} {words:?}: {ran:#?}");
        assert_eq!(ran.stderr.contains("failure type: Test Execution Exception"), is_error, "{ran:#?}");
    }
}

#[test]
fn a_runner_configuration_and_processes_have_unset_variables_too() {
    let told = "s.yaml:3: Use: $uid is not set: \"Extract\" (line 2) found no uuid\n";
    let folder = Folder::new();
    folder.file("s.yaml", NEEDS_UUID);
    let server = without_uuid(1);
    let config = format!(
        "{{global_settings: {{base_url: '{}', unset_variables: error}}, test_suites: [{{name: a, files: [s.yaml]}}]}}",
        server.url()
    );
    folder.file("c.yaml", config);
    let ran = folder.resttest().args(["--config", "c.yaml"]).finish().exits(1);
    assert!(ran.stderr.contains(told), "{ran:#?}");
    let server = without_uuid(1);
    let words = ["s.yaml", "--parallel-suites", "2", "--unset-variables", "error"];
    let ran = folder.resttest().arg(server.url()).args(words).finish().exits(1);
    assert!(ran.stderr.contains(told), "{ran:#?}");
    let server = without_uuid(2);
    let ran = folder.resttest().args([&server.url(), "s.yaml", "--parallel-suites", "2"]).finish().exits(1);
    assert!(ran.stderr.contains("found no uuid; it stays as written\n"), "{ran:#?}");
}

#[test]
fn a_load_run_tells_once_what_is_not_set() {
    let suite = "- test: {name: Extract, url: /, extract_binds: {uid: {header: x-id}}}
- test: {name: Load, url: {template: /$uid}, performance: {repeat: 20, concurrency: 2}}
";
    let server = without_uuid(21);
    let ran = run_text(&server.url(), suite, PLAIN).exits(2);
    assert_eq!(ran.stderr.matches("it stays as written").count(), 1, "{ran:#?}");
    let begins = "Load: $uid is not set: \"Extract\" (line 1) found no header \"x-id\"; 20 of 20 requests failed";
    assert!(ran.stderr.contains(begins), "{ran:#?}");
}

#[test]
fn a_test_that_was_to_set_a_variable_and_did_not_run_or_failed_is_named() {
    let suite = "- test: {name: Extract, url: /, extract_binds: {uid: {jsonpath_mini: uuid}}}
- test: {name: Use, url: {template: /$uid}}
- test: {name: Other, url: {template: /$uid}, extract_binds: {tok: {jsonpath_mini: tok}}}
- test: {name: Last, url: {template: /$tok}}
";
    let server = Promised::new(1, |_, _| Answer::Full(404, "", String::new()));
    let ran = run_text(&server.url(), suite, ["--only", "Use"]).exits(1);
    assert!(
        ran.stderr.contains("Use: $uid is not set: \"Extract\" (line 1) did not run: it is not selected; expected")
    );
    let server = Promised::new(4, |_, _| Answer::Full(404, "", String::new()));
    let ran = run_text(&server.url(), suite, PLAIN).exits(4);
    let nested =
        "Last: $tok is not set: \"Other\" (line 3) failed: $uid is not set: \"Extract\" (line 1) failed: expected";
    assert!(ran.stderr.contains(nested), "{ran:#?}");
}

#[test]
fn the_name_of_a_token_that_is_not_set_is_no_secret() {
    let suite = "- test: {name: Login, url: /, extract_binds: {token: {jsonpath_mini: token}}}
- test: {name: Use, url: {template: '/?t=$token'}, headers: {template: {Authorization: Bearer $token}}}
- test: {name: Load, url: /, headers: {template: {Cookie: 'id=${token}'}}, performance: {repeat: 2}}
- test: {name: Known, url: /, variable_binds: {token: s3cr3t-of-mine}, headers: {template: {Authorization: $token}}}
";
    let server = Promised::new(5, |_, request| {
        let echoed = request.header("authorization").unwrap_or_default().to_owned();
        Answer::Full(
            if echoed.is_empty() { 200 } else { 401 },
            "set-cookie: a=$token\r\n",
            format!("{{\"got\": \"{echoed}\"}}"),
        )
    });
    let ran = run_text(&server.url(), suite, ["--verbose"]).exits(2);
    let begins = "Use: $token is not set: \"Login\" (line 1) found no token; expected status 200, got 401";
    assert!(ran.stderr.contains(begins), "{ran:#?}");
    assert!(ran.stderr.contains("Load: $token is not set: \"Login\" (line 1) found no token; it stays as written"));
    assert!(!ran.stderr.contains("s3cr3t") && !ran.stdout.contains("s3cr3t"), "{ran:#?}");
}

#[test]
fn a_variable_of_another_file_is_told_to_be_there() {
    let folder = Folder::new();
    folder.file("login.yaml", "- test: {name: Login, url: /, extract_binds: {uid: {jsonpath_mini: uid}}}\n");
    folder.file("s.yaml", "- import: login.yaml\n- test: {name: Use, url: {template: '/$uid'}}\n");
    let server =
        Promised::new(
            2,
            |number, _| if number == 0 { Answer::ok("{\"uid\": 7}") } else { Answer::Full(404, "", String::new()) },
        );
    let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(1);
    let told =
        "Use: $uid is not set: \"Login\" (login.yaml:1) sets it, and its file does not share it; expected status 200";
    assert!(ran.stderr.contains(told), "{ran:#?}");
}

#[test]
fn a_tolerance_may_come_from_a_variable() {
    let run = |binds: &str, code: i32| {
        let suite = format!(
            "- test: {{url: /x, variable_binds: {binds}, validators: [compare: {{jsonpath: $.n, comparator: close_to, \
             expected: 3, tolerance: {{template: $far}}}}]}}\n"
        );
        let server = Promised::new(1, |_, _| Answer::ok("{\"n\": 3.4}"));
        run_text(&server.url(), &suite, PLAIN).exits(code)
    };
    run("{far: 0.5}", 0);
    let ran = run("{far: 0.1}", 1);
    assert!(ran.stderr.contains("expected 3, give or take 0.1, got 3.4"), "{ran:#?}");
    let ran = run("{far: much}", 1);
    assert!(ran.stderr.contains("tolerance $far is \"much\", which is no number, 0 or more"), "{ran:#?}");
}

#[test]
fn integers_of_any_size_are_themselves() {
    let (big, other) = ("9".repeat(60), format!("{}8", "9".repeat(59)));
    let answer = format!("{{\"id\": {big}, \"list\": [-{big}]}}");
    let tests = |quote: &str| {
        format!(
            "- test: {{name: Get, url: /get, extract_binds: {{id: {{jsonpath: $.id}}, mini: {{jsonpath_mini: list.0}}, jm: {{jmespath: id}}}}, validators: [
              {{compare: {{jsonpath: $.id, expected: {quote}{big}{quote}}}}},
              {{compare: {{jsonpath: $.id, comparator: ne, expected: {quote}{other}{quote}}}}},
              {{compare: {{jsonpath: $.id, comparator: gt, expected: 1.0e+59}}}},
              {{compare: {{jmespath: id, comparator: type, expected: int}}}},
              {{json_equals: {{expected: {{id: {big}, list: [-{big}]}}}}}}]}}
- test: {{name: Put, url: {{template: /put/$id/$mini/$jm}}, method: PUT, body: {{json: {{template: {{id: $id, same: {big}}}}}}}}}
"
        )
    };
    let wanted = [format!("{{\"id\":{big},\"same\":{big}}}"), format!("/put/{big}/-{big}/{big}")];
    let server = Promised::new(2, move |number, request| {
        if number == 1 {
            assert_eq!(request.target, wanted[1]);
            assert_eq!(String::from_utf8_lossy(&request.body), wanted[0]);
        }
        Answer::ok(answer.clone())
    });
    run_text(&server.url(), &tests(""), PLAIN).exits(0);

    // JSON suites take them, too.
    let folder = Folder::new();
    let test = format!(
        r#"[{{"test": {{"url": "/x", "method": "POST", "body": {{"json": {{"id": {big}, "other": {other}}}}}}}}}]"#
    );
    folder.file("s.json", test);
    let wanted = format!("{{\"id\":{big},\"other\":{other}}}");
    let server = Promised::new(1, move |_, request| {
        assert_eq!(String::from_utf8_lossy(&request.body), wanted);
        Answer::ok("{}")
    });
    folder.resttest().args([&*server.url(), "s.json"]).finish().exits(0);
}
