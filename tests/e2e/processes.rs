//! Processes and their ends: limits of suites, hooks that hang, children that are ended, suites that change.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Finish, Folder, Ran, resttest, sample, signal, wait_until};

const REACHED: &str = "suite limit of 1 s reached";

#[test]
fn a_suite_limit_holds_in_one_process_as_in_a_child() {
    for words in [&[][..], &["--parallel-suites", "1"], &["--parallel-suites", "2"]] {
        let (folder, api) = (Folder::new(), sample());
        folder.file(
            "s1.yaml",
            "- config: {timeout: 60}\n- url: /echo/x\n- test: {name: hangs, url: /slow/30000}\n- url: /echo/never\n",
        );
        folder.file("s2.yaml", "- url: /echo/y\n");
        let started = Instant::now();
        let mut command = folder.resttest();
        command.args([&api.url(), "s1.yaml", "s2.yaml", "--suite-timeout", "1", "--report-json", "r.json"]).args(words);
        let ran = command.finish().exits(70);
        assert!(started.elapsed() < Duration::from_secs(20), "{words:?}: {:?}", started.elapsed());
        assert_eq!(api.requests(), 3, "{words:?}");
        assert_eq!(ran.counts(), (2, 3), "{words:?}: {ran:#?}");
        assert!(ran.stderr.contains(&format!("ERROR:s1.yaml: {REACHED}\n")), "{words:?}: {ran:#?}");
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        let test = &report["suites"][0]["tests"][1];
        assert_eq!(test["failures"][0]["message"], REACHED, "{words:?}: {report:#}");
        assert_eq!(report["summary"]["skipped"], 1, "{words:?}");
    }
    // One suite alone is one in one process, too, whatever takes its time.
    for test in ["{url: /echo/x, delay: 40}", "{url: /slow/20, performance: {duration: 40}}"] {
        let (folder, api) = (Folder::new(), sample());
        folder.file("s.yaml", format!("- test: {test}\n"));
        let started = Instant::now();
        let words = [&api.url(), "s.yaml", "--suite-timeout", "1", "--parallel-suites", "auto"];
        let ran = folder.resttest().args(words).finish().exits(70);
        assert!(started.elapsed() < Duration::from_secs(20), "{test}: {:?}", started.elapsed());
        assert!(ran.stderr.contains(REACHED), "{test}: {ran:#?}");
    }
}

/// The processes, but for those that are dead already, with this in their command line.
fn alive(word: &str) -> usize {
    let list = Command::new("ps").args(["-eo", "stat=,args="]).output().expect("ps");
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    list.lines().filter(|line| line.contains(word) && !line.starts_with('Z') && !line.contains("ps -eo")).count()
}

#[test]
fn a_signal_ends_a_hook_with_what_it_started() {
    for (number, (name, code, hook)) in
        [("TERM", 143, "before_all"), ("HUP", 129, "before_each"), ("INT", 130, "after_all")].into_iter().enumerate()
    {
        let (folder, api) = (Folder::new(), sample());
        // A length that no other test's process has.
        let time = format!("{}.{number}", 5000 + std::process::id() % 1000);
        folder.file(
            "r.yaml",
            format!(
                "base_url: '{}'\nhooks: {{{hook}: ['touch begun; sleep {time} & sleep {time}']}}\n\
                 test_suites: [{{name: s, tests: [{{name: one, path: /echo/1, method: GET}}]}}]\n",
                api.url()
            ),
        );
        let words = ["--config", "r.yaml", "--report-json", "r.json"];
        let child = folder.resttest().args(words).spawn().expect("a child");
        wait_until("the hook", || folder.path().join("begun").exists());
        signal(&child, name);
        let ran = Ran::from(child.wait_with_output().expect("an end")).exits(code);
        wait_until("the hook's end", || alive(&format!("sleep {time}")) == 0);
        assert!(folder.path().join("r.json").exists(), "{name}: {ran:#?}");
    }
}

#[test]
fn a_hangup_that_is_ignored_stays_ignored() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /slow/1500\n- url: /echo/x\n");
    let mut command = Command::new("/bin/sh");
    command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["-c", "trap '' HUP; exec \"$@\"", "sh", crate::support::binary(), &api.url(), "s.yaml"]);
    let child = command.spawn().expect("a child");
    wait_until("the slow request", || api.requests() == 1);
    signal(&child, "HUP");
    Ran::from(child.wait_with_output().expect("an end")).exits(0);
}

#[test]
fn suites_of_one_name_run_once_each() {
    let (folder, api) = (Folder::new(), sample());
    let suite = |path: &str| format!("- name: twin\n  tests: [{{name: t, path: {path}, method: GET}}]\n");
    let text = format!("base_url: '{}'\ntest_suites:\n{}{}", api.url(), suite("/echo/1"), suite("/status/500"));
    folder.file("r.yaml", text);
    for words in [&[][..], &["--parallel-suites", "2"], &["--parallel-suites", "2", "--shard", "hash:1/1"]] {
        let before = api.requests();
        let ran = folder.resttest().args(["--config", "r.yaml"]).args(words).finish().exits(1);
        assert_eq!((ran.counts(), api.requests() - before), ((1, 2), 2), "{words:?}: {ran:#?}");
    }
    let words = ["--config", "r.yaml", "--parallel-suites", "2", "--shard", "slice:2/2"];
    let one = folder.resttest().args(words).finish().exits(1);
    assert_eq!(one.counts(), (0, 1), "{one:#?}");
}

#[test]
fn a_suite_that_changes_under_a_parallel_run_is_an_error() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("a.yaml", "- url: /echo/a\n- import: part.yaml\n");
    folder.file("part.yaml", "- url: /echo/part\n");
    folder.file("b.yaml", "- url: /echo/b\n");
    folder.file(
        "r.yaml",
        format!(
            "base_url: '{}'\nhooks: {{before_all: ['echo \"- url: /echo/more\" >> part.yaml']}}\n\
             test_suites: [{{name: A, files: [a.yaml]}}, {{name: B, files: [b.yaml]}}]\n",
            api.url()
        ),
    );
    let ran = folder.resttest().args(["--config", "r.yaml", "--parallel-suites", "2"]).finish().exits(70);
    assert!(ran.stderr.contains("ERROR:A: its file has changed since it was read"), "{ran:#?}");
    assert_eq!((api.requests(), ran.counts()), (1, (1, 1)), "{ran:#?}");
}

#[test]
fn a_child_that_a_signal_ends_is_an_error_though_it_ends_in_order() {
    let (folder, api) = (Folder::new(), sample());
    let text = "- config: {timeout: 60}\n- url: /echo/x\n- test: {url: /slow/800}\n- url: /echo/never\n";
    folder.file("s1.yaml", text);
    folder.file("s2.yaml", text);
    let mut command = resttest();
    command.current_dir(folder.path()).args([&api.url(), "--tests", "s*.yaml", "--parallel-suites", "2"]);
    let child = command.spawn().expect("the binary starts");
    wait_until("both children", || api.requests() == 4);
    Command::new("pkill").args(["-TERM", "-P", &child.id().to_string()]).status().expect("pkill");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(70);
    assert!(ran.stderr.contains("ERROR:s1.yaml: its process was ended by a signal"), "{ran:#?}");
    assert_eq!(api.requests(), 4);
}

/// Runs the binary as a user who may have so many processes and threads.
fn with_few_threads(folder: &Folder, limit: u32, words: &[&str]) -> Option<Ran> {
    let id = Command::new("id").arg("-u").output().expect("id");
    if String::from_utf8_lossy(&id.stdout).trim() != "0"
        || !["setpriv", "prlimit"].iter().all(|name| crate::support::has_program(name))
    {
        return None;
    }
    // A user whom no other test has processes of.
    let user = (40_000 + limit + std::process::id() % 1000 * 20).to_string();
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o777)).expect("a mode");
    let mut command = Command::new("timeout");
    command.current_dir(folder.path()).args(["40", "setpriv", "--reuid", &user, "--clear-groups", "prlimit"]);
    Some(command.args([&format!("--nproc={limit}"), crate::support::binary()]).args(words).finish())
}

#[test]
fn few_threads_are_no_crash_and_no_hang() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s1.yaml", "- url: /echo/x\n");
    folder.file("s2.yaml", "- url: /echo/y\n");
    for limit in [1, 2, 3, 4, 6, 8] {
        let report = format!("r{limit}.json");
        let words = [&api.url(), "s1.yaml", "s2.yaml", "--parallel-suites", "2", "--report-json", &report];
        let Some(ran) = with_few_threads(&folder, limit, &words) else { return };
        assert!(matches!(ran.code, Some(0 | 70)), "{limit}: {ran:#?}");
        let report = std::fs::read_to_string(folder.path().join(&report)).expect("a report");
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["success"], ran.code == Some(0), "{limit}: {ran:#?}");
    }
}
