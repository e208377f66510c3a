//! Programs that add names, where the process that started them ends, or is one of several.

use std::process::Child;

use crate::support::{Answer, Finish, Folder, Promised, has_program, sample, signal, wait_until};

/// A program that writes down who it is, says something, and brings a generator `x`; at its first value it does this.
fn program(folder: &Folder, name: &str, at_hello: &str, at_value: &str) {
    let text = format!(
        "#!/bin/sh\necho $$ >>ids\necho 'it is up' >&2\nwhile read -r line; do\nid=${{line#'{{\"id\":'}}; id=${{id%%,*}}\n\
         case $line in\n'{{\"hello\":'*) {at_hello}; echo '{{\"version\": 1, \"name\": \"p\", \"generators\": [\"x\"]}}' ;;\n\
         *) {at_value}; echo \"{{\\\"id\\\": $id, \\\"value\\\": 1}}\" ;;\nesac\ndone\n"
    );
    folder.file(name, text);
}

const SUITE: &str = "- config: {generators: {g: {type: x}}}\n\
                     - test: {name: T, url: {template: '/echo/$v'}, generator_binds: {v: g}}\n";

/// Those that have written down who they are.
fn ids(folder: &Folder) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("ids")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn all_gone(folder: &Folder) {
    wait_until("all have ended", || {
        ids(folder).iter().all(|id| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
        })
    });
}

fn ended_by(mut child: Child) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    let status = child.wait().expect("an end");
    status.signal().or(status.code())
}

#[test]
fn one_that_hangs_in_its_hello_ends_with_us() {
    let server = Promised::new(0, |_, _| Answer::ok(""));
    let url = server.url();
    for words in [&["--url", &*url, "s.yaml"][..], &["lint", "s.yaml"], &["check", &*url]] {
        let folder = Folder::new();
        folder.file("s.yaml", SUITE);
        program(&folder, "p.sh", ": >asked; sleep 63", ":");
        let words = [words, &["--extension", "sh p.sh"]].concat();
        let child = folder.resttest().args(&words).spawn().expect("the binary");
        wait_until("it is asked", || folder.path().join("asked").exists());
        signal(&child, "TERM");
        assert_eq!(ended_by(child), Some(15), "{words:?}");
        all_gone(&folder);
    }
}

#[test]
fn those_of_parallel_suites_end_with_them_and_are_heard() {
    let api = sample();
    let folder = Folder::new();
    folder.file("a.yaml", SUITE);
    folder.file("b.yaml", SUITE);
    let url = api.url();
    let words = [&*url, "a.yaml", "b.yaml", "--parallel-suites", "2", "--extension", "sh p.sh"];
    program(&folder, "p.sh", ":", "echo 'asked for a value' >&2");
    let ran = folder.resttest().args(words).args(["--log", "debug"]).finish().exits(0);
    let said = |text: &str| ran.stderr.lines().filter(|line| line.ends_with(text)).count();
    // The one who reads the suites starts it, and so does each who runs one.
    assert_eq!((said("extension sh p.sh: it is up"), said("asked for a value")), (3, 2), "{ran:#?}");
    assert!(!folder.resttest().args(words).finish().exits(0).stderr.contains("it is up"));
    program(&folder, "p.sh", ":", ": >>asked; sleep 64");
    let child = folder.resttest().args(words).spawn().expect("the binary");
    wait_until("it is asked", || folder.path().join("asked").exists());
    signal(&child, "INT");
    assert_eq!(ended_by(child), Some(130));
    all_gone(&folder);
    // Not one of ours, and not by a signal: what took too long ends with all that it started.
    let late = folder.resttest().args(words).args(["--suite-timeout", "0.5"]).finish().exits(70);
    assert!(late.stderr.contains("suite limit of 0.5 s reached"), "{late:#?}");
    all_gone(&folder);
    let exits = "exit 3";
    program(&folder, "p.sh", ":", exits);
    let failed = folder.resttest().args(words).finish();
    assert!(
        failed.stderr.contains("WARNING:extension p ended with 3: it is up; it is started once more"),
        "{failed:#?}"
    );
}

#[test]
fn what_is_odd_is_told_where_nothing_is_run() {
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    folder
        .file("p.sh", "read -r line; echo '{\"version\": 1, \"name\": \"p\", \"generator\": [\"x\"]}'; read -r line\n");
    for command in [&["http://127.0.0.1:9"][..], &["lint"], &["list"]] {
        let ran = folder.resttest().args(command).args(["s.yaml", "--extension", "sh p.sh"]).finish().exits(65);
        let odd =
            "WARNING:extension p answers hello with \"generator\", which says nothing; did you mean \"generators\"?";
        assert!(ran.stderr.contains(odd), "{command:?}: {ran:#?}");
    }
}

#[test]
fn recordings_are_judged_with_them() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    program(&folder, "p.sh", ":", ":");
    let run = |words: &[&str]| folder.resttest().args(words).args(["s.yaml", "--extension", "sh p.sh"]).finish();
    run(&[&*api.url(), "--record-exchanges", "rec"]).exits(0);
    run(&["recheck", "rec"]).exits(0);
    let mutated = run(&["mutate", "rec"]).exits(0);
    assert!(mutated.stdout.contains("T"), "{mutated:#?}");
    assert_eq!(api.log().len(), 1);
}

#[test]
fn secrets_are_hidden_before_the_run_begins() {
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /}\n");
    folder.file("p.sh", "echo \"it has $RESTTEST_SECRET_mine\" >&2; exit 3\n");
    let mut command = folder.resttest();
    command.env("RESTTEST_SECRET_mine", "hush-hush-78").args(["http://127.0.0.1:9", "s.yaml", "--log", "debug"]);
    let ran = command.args(["--extension", "sh p.sh"]).finish().exits(66);
    assert!(ran.stderr.contains("it ended with 3: it has (redacted)"), "{ran:#?}");
    assert!(ran.stderr.contains("DEBUG:extension sh p.sh: it has (redacted)"), "{ran:#?}");
    assert!(!ran.stderr.contains("hush-hush"), "{ran:#?}");
}

#[test]
fn the_programs_of_the_guide_run_as_they_are_printed() {
    let api = sample();
    let folder = Folder::new();
    let guide = folder.resttest().args(["help", "extensions"]).finish().exits(0).stdout;
    for (heading, file) in [("A program in Python", "fruit.py"), ("A program in the shell", "hosts.sh")] {
        let (_, after) = guide.split_once(heading).expect("the heading");
        let mut fences = after.split("```");
        let (_, text) = fences.nth(1).and_then(|text| text.split_once('\n')).expect("a program");
        folder.file(file, text);
    }
    folder.file(
        "s.yaml",
        "- config: {generators: {f: {type: word}, h: {type: host}}}\n\
         - test: {url: {template: '/echo/$a/$b'}, generator_binds: {a: f, b: h}, \
         validators: [extract_test: {jsonpath_mini: method, test: is_short}]}\n",
    );
    let words = ["s.yaml", "--extension", "python3 fruit.py", "--extension", "sh hosts.sh"];
    if has_program("python3") {
        folder.resttest().arg(api.url()).args(words).finish().exits(0);
        assert_eq!(api.log()[0].path, "/echo/apple/web1.example.com");
    }
}
