//! Errors before the run: all of them, each with its line; warnings that `--strict` makes errors.

use std::process::{Command, Stdio};

use crate::support::{Finish, Folder, binary, has_program, sample};

const WRONG: &str = "- test:\n    url: /x\n    method: \"GET IT\"\n";

#[test]
fn the_word_error_is_red_on_a_terminal_only() {
    if !has_program("script") {
        return;
    }
    let folder = Folder::new();
    folder.file("s.yaml", WRONG);
    let line = format!("{} http://127.0.0.1:9 s.yaml", binary());
    for (name, value, coloured) in [("A", "b", true), ("NO_COLOR", "1", false), ("TERM", "dumb", false)] {
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env("TERM", "xterm").env(name, value);
        let ran = command.finish().exits(65);
        assert_eq!(ran.stdout.starts_with("\u{1b}[31merror:\u{1b}[0m s.yaml:3:14: "), coloured, "{ran:#?}");
        assert_eq!(ran.stdout.contains('\u{1b}'), coloured, "{ran:#?}");
        for part in ["3 | ", "    method: \"GET IT\"\r\n", "write an HTTP method such as GET or POST\r\n"] {
            assert!(ran.stdout.replace("\u{1b}[36m", "").replace("\u{1b}[0m", "").contains(part), "{ran:#?}");
        }
    }
}

#[test]
fn what_is_wrong_in_several_files_is_told_at_once() {
    let api = sample();
    let folder = Folder::new();
    folder.file("a.yaml", WRONG);
    folder.file("b.yaml", "- import: nowhere.yaml\n- import: c.yaml\n- test: {url: /x, timeout: soon}\n");
    folder.file("c.yaml", "- test: {name: c}\n");
    folder.file("d.yaml", "- test:\n  - url: /x\n   - name: d\n");
    let ran = folder.resttest().arg(api.url()).arg("--tests").arg("[abd].yaml").finish().exits(65);
    let told: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    for part in ["a.yaml:3:14: ", "c.yaml:1:3: ", "b.yaml:1:11: cannot import", "b.yaml:3:28: ", "d.yaml:3:4: wrong"] {
        assert!(told.iter().any(|line| line.contains(part)), "{part}\n{ran:#?}");
    }
    assert_eq!((told.len(), api.requests()), (5, 0), "{ran:#?}");
    let suites = "- {name: A, files: [a.yaml, d.yaml]}\n- {name: B, tests: [{path: /x, methd: GET}], nmae: x}\n\
                  - {name: C, tests: [{path: /x, delay: soon}]}\n";
    folder.file("r.yaml", format!("global_settings: {{timeout: soon}}\ntest_suites:\n{suites}"));
    let ran = folder.resttest().args(["--config", "r.yaml"]).finish().exits(78);
    for part in [
        "r.yaml:1:28: timeout",
        "a.yaml:3:14: ",
        "d.yaml:3:4: ",
        "r.yaml:4:32: unknown",
        "r.yaml:4:46: unknown",
        "r.yaml:5:39: delay",
    ] {
        assert!(ran.stderr.contains(part), "{part}\n{ran:#?}");
    }
}

#[test]
fn with_strict_every_warning_is_an_error_and_nothing_is_sent() {
    let api = sample();
    let folder = Folder::new();
    folder.file("a.yaml", "- test: {url: /status/200, nmae: A, method: GTE}\n");
    folder.file("b.yaml", "- import: a.yaml\n- test: {url: {template: /echo/$nobody}}\n");
    folder.file("c.yaml", WRONG);
    let run = |words: &[&str]| folder.resttest().args(words).args(["--url", &api.url(), "--strict"]).finish();
    let ran = run(&["--test", "a.yaml"]).exits(65);
    assert!(ran.stderr.contains("error: a.yaml:1:28: unknown key \"nmae\""), "{ran:#?}");
    assert!(ran.stderr.contains("error: a.yaml:1:45: unknown method \"GTE\""), "{ran:#?}");
    let ran = run(&["b.yaml", "c.yaml"]).exits(65);
    for part in ["a.yaml:1:28: ", "b.yaml:2:3: nothing sets $nobody", "c.yaml:3:14: "] {
        assert!(ran.stderr.contains(part), "{part}\n{ran:#?}");
    }
    for word in ["list", "explain"] {
        run(&[word, "b.yaml"]).exits(65);
    }
    folder.file("r.yaml", "test_suites:\n- {name: A, files: [a.yaml]}\n- {name: B, files: [b.yaml]}\n");
    let ran = run(&["--config", "r.yaml"]).exits(65);
    assert!(ran.stderr.contains("a.yaml:1:28: ") && ran.stderr.contains("b.yaml:2:3: "), "{ran:#?}");
    assert_eq!(api.requests(), 0);
    folder.file("sound.yaml", "- test: {url: /status/200}\n");
    run(&["--test", "sound.yaml"]).exits(0);
    run(&["--test", "sound.yaml", "--parallel-suites", "2"]).exits(0);
    folder.resttest().args(["demo", "--strict"]).finish().exits(0);
}

#[test]
fn a_line_of_json_has_no_picture() {
    let folder = Folder::new();
    folder.file("s.yaml", WRONG);
    let ran = folder.resttest().args(["http://127.0.0.1:9", "s.yaml", "--log-format", "json"]).finish().exits(65);
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    assert!(ran.stderr.contains("\"message\":\"s.yaml:3:14: method must be"), "{ran:#?}");
}
