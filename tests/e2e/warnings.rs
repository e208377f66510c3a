//! Warnings: a suite that runs, but does not do what its author thinks.

use crate::support::{run_text, sample};

#[test]
fn what_is_probably_meant_otherwise_is_said() {
    let table = [
        (
            "- test: {url: /echo, compare: {jsonpath_mini: path, expected: /x}}",
            r#"suite.yaml:1:22: "compare" at the level of a test is never checked; put it into validators: [...]"#,
        ),
        (
            "- config: {generators: {id: {type: random_int}}}\n- url: /echo",
            r#"suite.yaml:1:25: generator "id" is declared and never bound; a test takes values with generator_binds: {variable: id}"#,
        ),
        (
            "- config: {variable_binds: {name: x}}\n- test: {url: {template: /echo/$nmae}}",
            "suite.yaml:2:3: nothing sets $nmae; it stays in the text as written; did you mean \"name\"?",
        ),
        (
            "- config: {variable_binds: {name: x}}\n- test: {url: /echo/$name}",
            "suite.yaml:2:3: $name is outside a template and stays as written; use {template: …}",
        ),
        (
            "- test: {url: /echo, headers: {Cookie: [a=1; Path=/, b=2]}}",
            "the header Cookie is a list, and is sent as Python writes it",
        ),
        ("- config: {timeout: 600000}\n- url: /echo", "timeout: 600000 is in seconds, that is 166.7 hours"),
        (
            "- test: {url: /echo, expected_satus: [200]}",
            r#"suite.yaml:1:22: unknown key "expected_satus" in a test is ignored; did you mean "expected_status"?"#,
        ),
        (
            "- config: {time_out: 3}\n- url: /echo",
            r#"unknown key "time_out" in config is ignored; did you mean "timeout"?"#,
        ),
        ("- tset: {url: /x}\n- url: /echo", r#"unknown element "tset" is ignored; did you mean "test"?"#),
        (
            "- url: /echo\n- benchmark: {url: /echo, name: slow}",
            r#"benchmark "slow" names no metrics and is skipped; add metrics: [total_time]"#,
        ),
        ("- config: {retries: 3}\n- url: /echo", "retries was never read by PyRestTest"),
        (
            "- test: {url: /echo}\n  validators: [{compare: {raw_body: '', expected: 1}}]",
            r#"suite.yaml:2:3: "validators" beside test is never read; indent it below test"#,
        ),
        ("- test: {url: /echo}\n  name: slipped", r#"suite.yaml:2:3: "name" beside test is never read"#),
        (
            "- test: {url: /echo, name: A, name: B}",
            r#"suite.yaml:1:31: duplicate key "name": this one counts, that of column 22 is ignored; keep one"#,
        ),
        ("- test: [{url: /echo}, {name: A}, {NAME: B}]", r#"1:36: duplicate key "NAME": this one counts, that of"#),
        (
            "- test: {url: /echo, headers: {Accept: a, accept: b}}",
            r#"1:43: duplicate key "accept": this one counts, that of column 32 is ignored"#,
        ),
        (
            "- test: {url: /echo, body: 'x', method: PSOT}",
            r#"1:41: unknown method "PSOT" is sent as it is; did you mean "POST"?"#,
        ),
    ];
    for (suite, wanted) in table {
        let api = sample();
        // The server sends back what it gets, cookies too; that is another warning.
        let ran = run_text(&api.url(), suite, ["--leaks", "off"]).exits(0);
        let lines: Vec<&str> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 1, "{suite}\n{ran:#?}");
        assert!(lines[0].starts_with("WARNING:suite.yaml:") && lines[0].contains(wanted), "{suite}\n{}", lines[0]);
        assert_eq!(api.requests(), 1, "{suite}");
    }
}

#[test]
fn a_sound_suite_draws_no_warning() {
    let suite = "
- config: {testset: Sound, timeout: 30, variable_binds: {a: 1}, generators: {n: {type: number_sequence}}}
- test:
    - url: {template: '/echo/$a/$n/$given'}
    - generator_binds: {n: n}
    - extract_binds: {later: {jsonpath_mini: path}}
- test: {url: {template: '$later'}, description: fine, NAME: shouted}
- comment: nothing to see
";
    let api = sample();
    let ran = run_text(&api.url(), suite, ["--vars", "{given: 7}"]).exits(0);
    assert_eq!(ran.stderr, "");
    assert_eq!(api.log()[0].path, "/echo/1/1/7");
}

#[test]
fn warnings_are_a_matter_of_the_log_level() {
    let api = sample();
    let ran = run_text(&api.url(), "- test: {url: /echo, nothing: 1}", ["--log", "ERROR"]).exits(0);
    assert_eq!(ran.stderr, "");
}
