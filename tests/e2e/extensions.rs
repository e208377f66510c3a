//! Programs that add names: what they are asked, what becomes of their answers, how they end.

use std::path::Path;

use crate::support::{Answer, Finish, Folder, Promised, resttest, root, sample, signal, wait_until};

/// A program in the shell: hello brings these names, and `rest` are the cases of what it is asked.
fn program(hello: &str, rest: &str) -> String {
    format!(
        "#!/bin/sh\nn=0\nwhile read -r line; do\nid=${{line#'{{\"id\":'}}; id=${{id%%,*}}\nn=$((n + 1))\n\
         case $line in\n'{{\"hello\":'*) echo '{{\"version\": 1, {hello}}}' ;;\n{rest}\nesac\ndone\n"
    )
}

/// A suite whose tests take a value from a generator `x`.
fn taking(tests: usize) -> String {
    let mut suite = "- config: {generators: {g: {type: x}}}\n".to_owned();
    for n in 1..=tests {
        suite += &format!("- test: {{name: T{n}, url: {{template: '/echo/$v'}}, generator_binds: {{v: g}}}}\n");
    }
    suite
}

/// Whether a process is there; one that has ended counts as gone, whoever waits for it.
fn is_there(id: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn two_programs_bring_a_name_of_each_kind() {
    let api = sample();
    let folder = Folder::new();
    let suite = root().join("fixtures/extensions/suite.yaml");
    let run = |suite: &Path, words: &[&str]| {
        let mut command = resttest();
        command.current_dir(root()).args(words).args(["--extension", "python3 fixtures/extensions/mine.py"]);
        command.args(["--extension", "fixtures/extensions/hosts.sh"]).arg(suite).finish()
    };
    let ran = run(&suite, &["--log", "info", &api.url()]).exits(0);
    assert_eq!(ran.counts(), (2, 2), "{ran:#?}");
    let log = api.log();
    assert_eq!(log[0].path, "/echo/apple/web1.example.com");
    let signature = log[0].header("x-signature").expect("a signature");
    assert_eq!(signature.len(), 64, "{signature}");
    assert!(!ran.stdout.contains("not-told") && !ran.stderr.contains("not-told"));
    // Who sends nothing knows the names, too.
    let linted = run(&suite, &["lint"]);
    assert_eq!((linted.code, linted.stdout.contains("0 errors")), (Some(0), true), "{linted:#?}");
    run(&suite, &["list", &api.url()]).exits(0);
    assert_eq!(api.log().len(), 2);
    let without = resttest().args(["lint"]).arg(&suite).finish().exits(65);
    for unknown in ["unknown type \"word\"", "unknown comparator \"near\"", "unknown test \"is_date\""] {
        assert!(without.stdout.contains(unknown), "{unknown}: {without:#?}");
    }
    // A request without a suite is judged by them, too.
    let check = |that: &str| {
        let extension = ["--extension", "python3 fixtures/extensions/mine.py"];
        let url = format!("{}/api/person/1/", api.url());
        resttest().current_dir(root()).args(["check", &url, "--that", that]).args(extension).finish()
    };
    check("jsonpath_mini id near 1").exits(0);
    check("jsonpath_mini login is_date").exits(1);
    let refused = check("jsonpath_mini id nearer 1").exits(64);
    assert!(refused.stderr.contains("unknown comparator \"nearer\"; did you mean \"near\"?"), "{refused:#?}");
    let wrong = std::fs::read_to_string(&suite).expect("a suite").replace("crc32: ", "crc32: 1");
    let suite = folder.file("wrong.yaml", wrong);
    let failed = run(&suite, &[&api.url()]).exits(1);
    assert!(failed.stderr.contains("checksum: the checksum is "), "{failed:#?}");
    assert!(failed.stderr.contains("of the body as it was received"), "{failed:#?}");
}

#[test]
fn what_a_program_is_asked() {
    let server = Promised::new(1, |_, _| Answer::Full(200, "X-A: b\r\n", "{\"n\": [1, 2.5]}".to_owned()));
    let folder = Folder::new();
    let hello = "\"name\": \"p\", \"generators\": [\"x\"], \"extractors\": [\"part\"], \"comparators\": [\"near\"], \
                 \"tests\": [\"fine\"], \"validators\": [\"whole\"]";
    let rest = "*generate*) echo \"$line\" >>log; echo \"{\\\"id\\\": $id, \\\"value\\\": [1, 2]}\" ;;\n\
                *extract*) echo \"$line\" >>log; echo \"{\\\"id\\\": $id, \\\"value\\\": 1.5}\" ;;\n\
                *) echo \"$line\" >>log; echo \"{\\\"id\\\": $id, \\\"holds\\\": true}\" ;;";
    folder.file("p.sh", program(hello, rest));
    folder.file(
        "s.yaml",
        "- config: {generators: {g: {type: X, words: [a, 1]}}, variables: {q: deep}}\n\
         - test:\n    url: /\n    generator_binds: {v: g}\n    validators:\n\
         \x20   - compare: {part: {template: '$q/b'}, comparator: NEAR, expected: 1}\n\
         \x20   - extract_test: {jsonpath_mini: n, test: fine}\n    - whole: {deep: [true, null]}\n",
    );
    let ran = folder.resttest().args([&*server.url(), "s.yaml", "--extension", "sh p.sh"]).finish().exits(0);
    let log = std::fs::read_to_string(folder.path().join("log")).expect("a log");
    let response = "\"response\":{\"status\":200,\"headers\":[[\"x-a\",\"b\"],[\"content-length\",\"15\"]],\
                    \"body\":\"{\\\"n\\\": [1, 2.5]}\"}}";
    let expected = [
        "{\"id\":1,\"generate\":\"x\",\"config\":{\"type\":\"X\",\"words\":[\"a\",1]}}".to_owned(),
        format!("{{\"id\":2,\"extract\":\"part\",\"argument\":\"deep/b\",{response}"),
        "{\"id\":3,\"compare\":\"near\",\"left\":1.5,\"right\":1}".to_owned(),
        "{\"id\":4,\"test\":\"fine\",\"value\":[1,2.5]}".to_owned(),
        format!("{{\"id\":5,\"validate\":\"whole\",\"config\":{{\"deep\":[true,null]}},{response}"),
    ];
    assert_eq!(log.lines().collect::<Vec<_>>(), expected, "{ran:#?}");
}

#[test]
fn a_program_that_fails_is_started_once_more() {
    // What it does at its first value; the process after it does well until its third line.
    for (does, said) in [
        ("exit 3", "extension p ended with 3"),
        ("echo no", "extension p answered with a line that is no JSON object: \"no\""),
        ("echo '{\"id\": 99}'", "extension p answered with id 99 to the request with id 1"),
        ("sleep 60", "extension p did not answer within 0.4 s"),
    ] {
        let api = sample();
        let folder = Folder::new();
        let rest = format!(
            "*) if [ -e second ] && [ $n -lt 3 ]; then echo \"{{\\\"id\\\": $id, \\\"value\\\": \\\"$n\\\"}}\"; \
             else : >second; {does}; fi ;;"
        );
        folder.file("p.sh", program("\"name\": \"p\", \"generators\": [\"x\"]", &rest));
        folder.file("two.yaml", taking(2));
        folder.file("four.yaml", taking(4));
        let run = |suite: &str| {
            let _ = std::fs::remove_file(folder.path().join("second"));
            let words = [&*api.url(), suite, "--extension-timeout", "0.4", "--extension", "sh p.sh"];
            folder.resttest().args(words).finish()
        };
        let once = run("two.yaml").exits(1);
        assert!(once.stderr.contains(said) && once.stderr.contains("it is started once more"), "{does}: {once:#?}");
        let paths = || api.log().iter().map(|request| request.path.clone()).collect::<Vec<_>>();
        assert_eq!(paths(), ["/echo/2"], "{does}: the call that failed is not repeated");
        let twice = run("four.yaml").exits(70);
        assert!(twice.stderr.contains("extension p has failed a second time"), "{does}: {twice:#?}");
        assert_eq!(paths().len(), 2, "{does}: nothing more is sent");
    }
}

#[test]
fn an_error_fails_the_test_that_asked() {
    let api = sample();
    let folder = Folder::new();
    let kinds = "\"generators\": [\"x\"], \"extractors\": [\"e\"], \"comparators\": [\"c\"], \"tests\": [\"t\"], \
                 \"validators\": [\"v\"], \"signers\": [\"s\"]";
    let rest = "*) echo \"{\\\"id\\\": $id, \\\"error\\\": \\\"no luck today\\\"}\" ;;";
    folder.file("p.sh", program(kinds, rest));
    let tests = [
        "generator_binds: {v: g}",
        "validators: [compare: {e: a, expected: 1}]",
        "validators: [compare: {status: '', comparator: c, expected: 200}]",
        "validators: [extract_test: {status: '', test: t}]",
        "validators: [v: {a: 1}]",
        "auth: {type: s}",
        "extract_binds: {w: {e: a}}",
    ];
    for test in tests {
        folder
            .file("s.yaml", format!("- config: {{generators: {{g: {{type: x}}}}}}\n- test: {{url: /echo, {test}}}\n"));
        let ran = folder.resttest().args([&*api.url(), "s.yaml", "--extension", "sh p.sh"]).finish().exits(1);
        assert!(ran.stderr.contains("no luck today"), "{test}: {ran:#?}");
    }
}

#[test]
fn nothing_is_sent_where_a_program_cannot_be_used() {
    let server = Promised::new(0, |_, _| Answer::ok(""));
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /}\n");
    folder.file("two.sh", program("\"tests\": [\"a\", \"a\"]", ""));
    folder.file("test.sh", program("\"extractors\": [\"test\"]", ""));
    folder.file("old.sh", "read line; echo '{\"version\": 7}'; read line\n");
    folder.file("ok.sh", program("\"tests\": [\"a\"]", ""));
    for (line, said) in [
        ("./no-such", "extension \"./no-such\" cannot be started: no such file"),
        ("./ok.sh", "cannot be started: permission denied; chmod +x"),
        ("sh -c 'echo broken >&2; exit 4'", "has not answered hello: it ended with 4: broken"),
        ("echo hi", "answered with a line that is no JSON object: \"hi\""),
        ("sh two.sh", "\"a\" twice among its tests"),
        ("sh test.sh", "brings an extractor \"test\", which is a key of validators"),
        ("sh old.sh", "speaks version 7, and this is version 1"),
    ] {
        let ran = folder.resttest().args([&*server.url(), "s.yaml", "--extension", line]).finish().exits(66);
        assert!(ran.stderr.contains(said), "{line}: {ran:#?}");
    }
    let twice = ["--extension", "sh ok.sh", "--extension", "sh ok.sh"];
    let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(twice).finish().exits(66);
    assert!(ran.stderr.contains("which another extension has brought"), "{ran:#?}");
    for (words, said) in
        [(["--extension", " "], "needs a command"), (["--extension-timeout", "soon"], "must be a number of seconds")]
    {
        let ran = folder.resttest().args([&*server.url(), "s.yaml"]).args(words).finish().exits(64);
        assert!(ran.stderr.contains(said), "{ran:#?}");
    }
}

#[test]
fn a_runner_configuration_names_programs() {
    let api = sample();
    let folder = Folder::new();
    let rest = "*) echo \"{\\\"id\\\": $id, \\\"value\\\": \\\"of-it\\\"}\" ;;";
    folder.file("p.sh", program("\"name\": \"p\", \"generators\": [\"x\", \"uuid\"]", rest));
    folder.file("s.yaml", taking(1));
    let suites =
        "\"test_suites\": [{\"name\": \"a\", \"files\": [\"s.yaml\"]}, {\"name\": \"b\", \"files\": [\"s.yaml\"]}]";
    let runner = |extensions: &str| {
        let url = api.url();
        folder.file("r.json", format!("{{\"base_url\": \"{url}\", \"extensions\": {extensions}, {suites}}}"));
        folder.resttest()
    };
    let ran = runner("[\"sh p.sh\"]").args(["--config", "r.json", "--log", "info"]).finish().exits(0);
    assert!(ran.stderr.contains("INFO:the generator uuid of extension p wins over the built-in one"), "{ran:#?}");
    runner("[\"sh p.sh\"]").args(["--config", "r.json", "--parallel-suites", "2"]).finish().exits(0);
    assert!(api.log().iter().all(|request| request.path == "/echo/of-it"), "{:?}", api.log());
    assert_eq!(api.log().len(), 4);
    let held = runner("[\"sh p.sh\"]").args(["--config", "r.json", "--no-exec"]).finish().exits(65);
    assert!(held.stderr.contains("unknown type \"x\""), "{held:#?}");
    let named = ["--config", "r.json", "--no-exec", "--extension", "sh p.sh"];
    let named = runner("[\"sh p.sh\"]").args(named).finish().exits(0);
    assert!(named.stderr.contains("extensions are not started (--no-exec)"), "{named:#?}");
    runner("[\"./no-such\"]").args(["--config", "r.json"]).finish().exits(66);
    for wrong in ["\"sh p.sh\"", "[1]", "[\"\"]"] {
        runner(wrong).args(["--config", "r.json"]).finish().exits(78);
    }
}

#[test]
fn programs_end_with_the_run() {
    let api = sample();
    let folder = Folder::new();
    // It starts another one, does not end when it is asked to, and never answers the second time.
    let rest = "*) if [ -e slow ]; then : >asked; sleep 61; fi; echo \"{\\\"id\\\": $id, \\\"value\\\": 1}\" ;;";
    let text = program("\"generators\": [\"x\"]", rest);
    folder.file("p.sh", text.replace("n=0\n", "n=0\ntrap '' TERM\nsleep 62 &\necho $$ $! >ids\n"));
    folder.file("s.yaml", taking(1));
    let ids = || std::fs::read_to_string(folder.path().join("ids")).expect("two ids");
    let all_gone = |ids: &str| ids.split_whitespace().all(|id| !is_there(id));
    let words = [&*api.url(), "s.yaml", "--extension", "sh p.sh"];
    folder.resttest().args(words).finish().exits(0);
    let first = ids();
    wait_until("the program and what it started have ended", || all_gone(&first));
    folder.file("slow", "");
    let mut child = folder.resttest().args(words).spawn().expect("the binary");
    wait_until("it is asked", || folder.path().join("asked").exists());
    signal(&child, "INT");
    assert_eq!(child.wait().expect("an end").code(), Some(130));
    let second = ids();
    assert_ne!(first, second);
    wait_until("the program and what it started have ended after a signal", || all_gone(&second));
}

#[test]
fn load_runs_start_as_many_as_they_may() {
    let server = Promised::new(40, |_, _| Answer::ok("{}"));
    let folder = Folder::new();
    let hello = "\"parallel\": 3, \"generators\": [\"x\"], \"tests\": [\"fine\"]";
    let rest = "*generate*) echo \"{\\\"id\\\": $id, \\\"value\\\": $id}\" ;;\n\
                *) sleep 0.02; echo $$ >>ids; echo \"{\\\"id\\\": $id, \\\"holds\\\": true}\" ;;";
    folder.file("p.sh", program(hello, rest));
    folder.file(
        "s.yaml",
        "- config: {generators: {g: {type: x}}}\n\
         - test: {url: {template: '/$v'}, generator_binds: {v: g}, performance: {repeat: 40, concurrency: 8}, \
         validators: [extract_test: {status: '', test: fine}]}\n",
    );
    let words = [&*server.url(), "s.yaml", "--extension", "sh p.sh"];
    folder.resttest().args(words).finish().exits(0);
    let ids = std::fs::read_to_string(folder.path().join("ids")).expect("ids");
    let mut processes: Vec<&str> = ids.lines().collect();
    assert!(processes.len() >= 40, "{processes:?}");
    processes.sort_unstable();
    processes.dedup();
    assert_eq!(processes.len(), 3, "{ids}");
}

#[test]
fn what_a_program_says_is_hidden_like_all_else() {
    let api = sample();
    let folder = Folder::new();
    let rest = "*) echo \"about $line\" >&2; echo \"{\\\"id\\\": $id, \\\"holds\\\": false, \
                \\\"message\\\": \\\"it is not hush-hush-77\\\"}\" ;;";
    folder.file("p.sh", program("\"name\": \"p\", \"validators\": [\"v\"]", rest));
    folder.file(
        "s.yaml",
        "- test: {url: /echo, validators: [v: {expected: hush-hush-77}], headers: {template: {X: '$mine'}}}\n",
    );
    let words = [&*api.url(), "s.yaml", "--extension", "sh p.sh", "--secret", "mine=hush-hush-77", "--log", "debug"];
    let ran = folder.resttest().args(words).finish().exits(1);
    assert!(ran.stderr.contains("it is not (redacted)"), "{ran:#?}");
    assert!(ran.stderr.contains("DEBUG:extension sh p.sh: about {"), "{ran:#?}");
    assert!(!ran.stdout.contains("hush-hush") && !ran.stderr.contains("hush-hush"), "{ran:#?}");
}
