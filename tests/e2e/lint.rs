//! `resttest lint`, `resttest list`, and choosing tests.

use crate::support::{Finish, Folder, Ran, root, run_text, sample};

fn lint(suite: &str, more: &[&str]) -> Ran {
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    folder.resttest().args(["lint", "s.yaml"]).args(more).finish()
}

#[test]
fn every_error_and_every_warning_is_told_at_once() {
    let suite = "
- test: {url: [/x]}
- test: {url: /a, nmae: A}
- import: nowhere.yaml
- test: {url: /a, expected_status: []}
- test: {name: no url}
";
    let ran = lint(suite, &[]).exits(65);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    for (line, part) in [
        (0, "s.yaml:2:16: error: url must be text"),
        (1, "s.yaml:3:19: warning: unknown key \"nmae\" in a test is ignored; did you mean \"name\"?"),
        (2, "s.yaml:4:3: warning: imports run before this file's own tests"),
        (3, "s.yaml:4:11: error: cannot import nowhere.yaml"),
        (4, "s.yaml:5:3: warning: expected_status is an empty list"),
        (5, "s.yaml:6:3: error: a test \"no url\" has no url"),
        (6, "1 suite: 3 errors, 3 warnings"),
    ] {
        assert!(lines.get(line).is_some_and(|line| line.starts_with(part)), "{part}\n{ran:#?}");
    }
    assert_eq!((lines.len(), ran.stderr.as_str()), (7, ""));
}

#[test]
fn what_only_lint_tells_is_told_by_lint_only() {
    let table = [
        (
            "- test: {url: /echo, validators: [{compare: {raw_body: '', comparator: contains, expected: ''}}]}",
            "1:36: warning: raw_body contains never fails",
        ),
        (
            "- test: {url: /echo, validators: [{compare: {jsonpath_mini: path, comparator: regex, expected: '.*'}}]}",
            "never fails: the pattern finds something in every text",
        ),
        (
            "- test: {url: /echo, validators: [{extract_test: {raw_body: '', test: exists}}]}",
            "raw_body exists never fails",
        ),
        ("- test: {url: /echo, validators: [{json_schema: {schema: '{}'}}]}", "json_schema never fails"),
        (
            "- config:\n    variable_binds:\n      unused: 1\n- url: /echo",
            "s.yaml:3:7: warning: variable \"unused\" is set by config, and no template uses it",
        ),
        (
            "- test: {url: /echo, extract_binds: {gone: {jsonpath_mini: path}}}",
            "variable \"gone\" is set by extract_binds",
        ),
        (
            "- config: {variable_binds: {l: [1]}}\n- test: {url: /x, method: POST, body: {template: '{\"a\": $l}'}}",
            "s.yaml:2:3: warning: $l is a list, which goes into this JSON text as Python writes it: ['a', 'b']; \
             write body: {json: {template: …}}, where \"$l\" stays a list",
        ),
        (
            "- config: {variable_binds: {l: [1]}, defaults: {method: POST, body: {template: '[$l]'}}}\n\
             - test: {url: /x}\n- test: {url: /y}",
            "s.yaml:1:63: warning: $l is a list, which goes into this JSON text",
        ),
        (
            "- test: {url: /x, method: POST, variable_binds: {t: no}, body: {template: ' [$t]'}}",
            "$t is a boolean, which goes into this JSON text as Python writes it: True or False",
        ),
        (
            "- test: {url: /x, method: POST, data: [{a: 1}, {a: {b: 1}}], body: {template: '[$a]'}}",
            "$a is a mapping, which goes into this JSON text",
        ),
        (
            "- config: {generators: {g: {type: random_bool}}}\n\
             - test: {url: /echo, method: POST, generator_binds: {a: g}, body: {template: '[$a]'}}",
            "$a is a boolean, which goes into this JSON text",
        ),
        ("- test: {url: /echo/$who}", "$who is outside a template and stays as written, and nothing sets it"),
        (
            "- test: {url: /echo, name: A}\n- test: {url: /echo, name: A}",
            "s.yaml:2:3: warning: group \"Default\" has a test \"A\" already, at s.yaml:1",
        ),
        (
            "- test: {url: /echo, name: A, id: x}\n- test: {url: /echo, name: B, id: x}",
            "s.yaml:2:3: warning: id \"x\" is that of another test already, at s.yaml:1; depends_on cannot name either",
        ),
        (
            "- test: {url: /echo, retry: {max_retries: 0}}",
            "s.yaml:1:30: warning: max_retries: 0 does not switch retries off for good",
        ),
        (
            "- test: {url: /echo}\n- validators: [{compare: {raw_body: '', expected: 1}}]",
            "s.yaml:2:3: warning: \"validators\" beside the elements of a suite is never read",
        ),
        ("- test: {url: /echo}\n- config: {timeout: 3}", "config holds for the whole file"),
        ("- config: {timeout: 2.5}\n- test: {url: /echo}", "counts with its fraction here; PyRestTest cut it to 2"),
        (
            "- test: {url: /echo, timeout: 2}\n- test: {url: /echo, timeout: 3.5}",
            "s.yaml:1:22: warning: a test's own timeout counts here",
        ),
        ("- config: {print_headers: true}\n- test: {url: /echo}", "print_headers in config does nothing"),
        ("- test: {url: /echo, auth_username: me}", "auth_username without auth_password"),
        ("- test: {url: /echo, body: hello}", "a body is not sent with GET"),
        (
            "- test: {url: /echo, validators: [{compare: {jsonpath_mini: a, comparator: le, expected: 1}}]}",
            "le is <= here",
        ),
        ("- test: {url: /echo, body: {template: {file: nowhere.json}}, method: POST}", "cannot read nowhere.json"),
        (
            "- config: {generators: {n: {type: number_sequence, start: 0}}}\n- test: {url: {template: /echo/$n}, generator_binds: {n: n}}",
            "start: 0 starts at 0 here",
        ),
        ("- test: {url: /echo, headers: {A: b, template: {C: d}}}", "headers beside template are not sent"),
        (
            "- test: {url: /echo, validators: [{compare: {status: '', comparator: starts_with, expected: '2'}}]}",
            "status starts_with never passes: status is always a number",
        ),
        (
            "- test: {url: /echo, validators: [{compare: {size: '', comparator: gt, expected: '2'}}]}",
            "size gt never passes: size is always a number, and numbers and text have no order",
        ),
        (
            "- test: {url: /echo, validators: [{json_equals: {expected: {a: 1}, ignore: $}}]}",
            "json_equals never fails: $ is the whole body",
        ),
        (
            "- test: {url: /echo, validators: [{json_equals: {expected: {}, contains: true}}]}",
            "json_equals never fails for an object",
        ),
        (
            "- test: {url: /echo, validators: [{json_equals: {expected: '{\"a\": 1}'}}]}",
            "json_equals compares with a text that holds JSON",
        ),
        ("- just text\n- url: /echo", "in a suite says nothing and is passed over"),
    ];
    for (suite, wanted) in table {
        let ran = lint(suite, &[]).exits(0);
        assert!(ran.stdout.contains(wanted), "{suite}\n{}", ran.stdout);
        assert!(ran.stdout.ends_with("1 suite: 0 errors, 1 warning\n"), "{suite}\n{}", ran.stdout);
        lint(suite, &["--strict"]).exits(1);
        let api = sample();
        let run = run_text(&api.url(), suite, ["--log", "warning"]);
        assert!(!run.stderr.contains("WARNING"), "{suite}\n{run:#?}");
    }
}

#[test]
fn templated_files_are_looked_into() {
    let folder = Folder::new();
    folder.file("body.json", "{\"a\": \"$used\", \"b\": \"$nobody\"}");
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {used: 1}}\n- test: {url: /x, method: POST, body: {template: {file: body.json}}}\n",
    );
    let ran = folder.resttest().args(["lint", "s.yaml"]).finish().exits(0);
    assert!(
        ran.stdout.contains("s.yaml:2:3: warning: nothing sets $nobody, which a templated file of this test uses"),
        "{ran:#?}"
    );
    assert!(!ran.stdout.contains("\"used\""), "{ran:#?}");
}

#[test]
fn texts_that_are_no_trouble_are_no_matter() {
    let folder = Folder::new();
    folder.file("raw.bin", [0xff, b'\r', b'\n', 0]);
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {id: 7, ids: [1], who: ada}}
- test: {name: a, url: /x, method: POST, body: {file: raw.bin}}
- test: {name: b, url: /x, method: POST, body: {template: '{\"a\": $id, \"b\": \"$who\"}'}}
- test: {name: c, url: /x, method: POST, body: {json: {template: {a: $ids}}}}
- test: {name: d, url: /x, method: POST, body: {template: 'of $ids'}, extract_binds: {ids: {regex: 'a.'}}}
- test: {name: e, url: /x, method: POST, body: {template: '{\"a\": \"$ids\"}'}}
",
    );
    let ran = folder.resttest().args(["lint", "s.yaml"]).finish().exits(0);
    assert_eq!(ran.stdout, "1 suite: 0 errors, 0 warnings\n");
}

#[test]
fn sound_suites_pass_and_unreadable_ones_are_inputs() {
    let ran = lint("- test: {url: /echo, name: A}\n", &["--strict"]).exits(0);
    assert_eq!(ran.stdout, "1 suite: 0 errors, 0 warnings\n");
    let folder = Folder::new();
    let ran = folder.resttest().args(["lint", "nowhere.yaml"]).finish().exits(66);
    assert!(ran.stdout.contains("nowhere.yaml: error: cannot be read"), "{ran:#?}");
    folder.resttest().arg("lint").finish().exits(64);
    // The samples are written to be read: what lint says of them must be worth saying.
    for suite in ["quickstart", "crud", "extractors", "validators", "schema", "files", "benchmark"] {
        let name = format!("fixtures/{suite}.yaml");
        let ran = folder.resttest().current_dir(root()).args(["lint", &name, "--strict"]).finish();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "1 suite: 0 errors, 0 warnings\n"), "{suite}");
    }
}

#[test]
fn secrets_that_are_written_out_are_told() {
    for (suite, said) in [
        (
            "- test: {url: /x, auth_username: ada, auth_password: hunter2}\n",
            "the value of \"auth_password\" stands in the suite",
        ),
        ("- test: {url: /x, headers: {X-Api-Key: hunter2}}\n", "write $X_Api_Key under template"),
        ("- config: {variables: {api_token: hunter2}}\n- test: {url: {template: /$api_token}}\n", "--secret api_token"),
        (
            "- test: {url: /x, method: POST, body: {json: {user: ada, password: hunter2}}}\n",
            "write $password under template",
        ),
        ("- test: {url: 'http://ada:hunter2@h/x'}\n", "a secret stands in this url"),
        ("- test: {url: '/x?api_key=hunter2'}\n", "a secret stands in this url"),
        ("- test: {url: /x, headers: {template: {Authorization: Bearer $api_token}}}\n", ""),
        (
            "- test: {url: /x, extract_binds: {token: {header: x}}, validators: [compare: {header: token, expected: x}]}\n",
            "",
        ),
        (
            "- test:\n    url: /x\n    auth: {type: oauth2, token_url: 'https://h/t', client_auth: client_secret_post, client_id: c, \
             client_secret: {template: $client_secret}}\n",
            "",
        ),
        ("- config: {secrets: {token: {env: X}}}\n- test: {url: {template: /$token}}\n", ""),
        (
            "- test: {url: /x, headers: {Idempotency-Key: abc, token_type: x}, auth_username: ada, auth_password: ''}\n",
            "",
        ),
    ] {
        let ran = lint(suite, &[]);
        assert_eq!(ran.stdout.contains("stands in"), !said.is_empty(), "{suite}{ran:#?}");
        assert!(ran.stdout.contains(said) && !ran.stdout.contains("hunter2"), "{suite}{ran:#?}");
    }
}

const CHOICE: &str = "
- config: {variable_binds: {id: 7}}
- test: {url: /echo/a, name: list people, group: People}
- test: {url: {template: /echo/$id}, name: one person, group: People, method: DELETE, expected_status: 200}
- test: {url: /echo/c, name: list pets, group: Pets, performance: {repeat: 3, concurrency: 2}}
- benchmark: {url: /echo/d, name: pets, group: Pets, metrics: total_time, benchmark_runs: 3, warmup_runs: 1}
";

#[test]
fn list_says_what_would_run() {
    let folder = Folder::new();
    folder.file("s.yaml", CHOICE);
    folder.file("t.yaml", "- import: s.yaml\n- url: /z\n");
    let list = |words: &[&str]| folder.resttest().arg("list").args(words).finish();
    let all = "s.yaml
  People: list people  GET /echo/a
  People: one person  DELETE /echo/$id
  Pets: list pets  GET /echo/c  load: 3 requests, 2 at once, sync
  Pets: pets  GET /echo/d  benchmark: 3 requests, 1 warm-up, sync
";
    assert_eq!(list(&["s.yaml"]).exits(0).stdout, format!("{all}3 tests, 1 benchmark in 1 file\n"));
    let both = list(&["t.yaml", "--url", "http://h"]).exits(0).stdout;
    assert!(both.contains("http://h/echo/$id") && both.contains("Default: Unnamed  GET http://h/z"), "{both}");
    assert!(both.ends_with("4 tests, 1 benchmark in 2 files\n"), "{both}");
    let pets = list(&["s.yaml", "--group", "Pets", "--skip", "list*"]).exits(0).stdout;
    assert_eq!(
        pets,
        "s.yaml\n  Pets: pets  GET /echo/d  benchmark: 3 requests, 1 warm-up, sync\n0 tests, 1 benchmark in 1 file\n"
    );
    list(&["nowhere.yaml"]).exits(66);
    list(&[]).exits(64);
}

#[test]
fn only_what_is_chosen_is_sent() {
    for (words, code, requests) in [
        (&["--only", "list p*"][..], 0, 4),
        (&["--only", "one*", "--only", "pets"], 0, 5),
        (&["--group", "People"], 0, 2),
        (&["--group", "People", "--group", "Pets", "--skip", "*pets"], 0, 2),
        (&["--only", "nothing*"], 66, 0),
        (&["--group", "Peeple"], 66, 0),
        (&["--skip", "*"], 66, 0),
        (&["--only", "[a"], 64, 0),
    ] {
        let api = sample();
        let ran = run_text(&api.url(), CHOICE, words).exits(code);
        assert_eq!(api.requests(), requests, "{words:?} {ran:#?}");
        assert_eq!(code != 0, ran.stderr.starts_with("error: "), "{words:?} {ran:#?}");
    }
    let api = sample();
    let ran = run_text(&api.url(), CHOICE, ["--group", "Peeple"]).exits(66);
    assert!(ran.stderr.contains("did you mean \"People\"?; there are People, Pets"), "{ran:#?}");
}

#[test]
fn the_choice_holds_over_several_suites_and_their_processes() {
    let folder = Folder::new();
    folder.file("a.yaml", CHOICE);
    folder.file("b.yaml", "- test: {url: /echo/b, name: list birds, group: Birds}\n");
    folder.file("c.yaml", "- url: /echo/c\n");
    for more in [&[][..], &["--parallel-suites", "2"]] {
        let api = sample();
        let words = [api.url(), "a.yaml".into(), "b.yaml".into(), "c.yaml".into()];
        let run = |choice: &[&str]| folder.resttest().args(&words).args(choice).args(more).finish();
        let ran = run(&["--only", "list*"]).exits(0);
        assert_eq!((api.requests(), ran.counts()), (5, (3, 3)), "{more:?} {ran:#?}");
        let ran = run(&["--group", "Birds", "--group", "Nobody"]).exits(0);
        assert_eq!(api.requests(), 6, "{ran:#?}");
        assert!(
            ran.stderr.contains("--group: no test is in group \"Nobody\"; there are Birds, Default, People, Pets"),
            "{ran:#?}"
        );
        run(&["--only", "nothing"]).exits(66);
    }
}
