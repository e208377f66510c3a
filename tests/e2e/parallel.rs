//! Several suites: one after another, in processes, with failures, deaths and interrupts.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Finish, Folder, Ran, resttest, sample, timeless, wait_until};

/// Eight suites, two of them with a failing test.
fn eight() -> Folder {
    let folder = Folder::new();
    for number in 1..=8 {
        let status = if number > 6 { 500 } else { 200 };
        let text = format!(
            "- config: {{testset: suite {number}}}\n- test: {{name: a{number}, group: G{number}, url: /echo/a{number}}}\n\
             - test: {{name: b{number}, group: Shared, url: /status/{status}}}\n"
        );
        folder.file(&format!("s{number}.yaml"), text);
    }
    folder
}

fn run(folder: &Folder, url: &str, words: &[&str]) -> Ran {
    resttest().current_dir(folder.path()).args([url, "--tests", "s*.yaml"]).args(words).finish()
}

#[test]
fn totals_groups_and_exit_code_do_not_depend_on_processes() {
    let (folder, api) = (eight(), sample());
    let one = run(&folder, &api.url(), &[]).exits(2);
    assert_eq!(api.requests(), 16);
    assert_eq!(one.counts(), (14, 16));
    assert!(one.stdout.ends_with("Total: 2 failures across 8 files\n"), "{one:#?}");
    for words in [&["--parallel-suites", "4"][..], &["--workers=8", "--preserve-order"], &["--parallel-suites", "auto"]]
    {
        let before = api.requests();
        let many = run(&folder, &api.url(), words).exits(2);
        assert_eq!(api.requests() - before, 16, "{words:?}");
        assert_eq!(many.groups(), one.groups(), "{words:?}");
        assert!(many.stdout.ends_with("Total: 2 failures across 8 files\n"), "{many:#?}");
        assert!(many.stdout.contains("s7.yaml: 1 failures in "), "{many:#?}");
        // A suite's lines stay together, and its own line ends them.
        let lines: Vec<&str> = many.stdout.lines().collect();
        for number in 1..=8 {
            let first = lines.iter().position(|line| line.contains(&format!("TEST RESULT: a{number} "))).unwrap();
            let last = lines.iter().position(|line| line.starts_with(&format!("s{number}.yaml: "))).unwrap();
            let between = &lines[first..last];
            assert!(between.iter().all(|line| !line.contains(" failures in ")), "{lines:#?}");
        }
    }
    let ordered = run(&folder, &api.url(), &["--parallel-suites", "4", "--preserve-order"]);
    let names: Vec<&str> =
        ordered.stdout.lines().filter_map(|line| line.split_once(".yaml: ")).map(|(name, _)| name).collect();
    assert_eq!(names, ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"]);
}

#[test]
fn folders_lists_and_named_urls_are_all_understood() {
    let (folder, api) = (eight(), sample());
    let url = api.url();
    for words in
        [&[url.as_str(), "."][..], &["--url", &url, "s1.yaml", "s7.yaml"], &[&url, "--tests", "s1.yaml, s1.yaml ,s8*"]]
    {
        let ran = resttest().current_dir(folder.path()).args(words).finish();
        assert!(ran.stdout.contains("Total: "), "{ran:#?}");
    }
    let none = resttest().current_dir(folder.path()).args([&url, "--tests", "x*.yaml"]).finish().exits(66);
    assert!(none.stderr.contains("nothing matches \"x*.yaml\""), "{none:#?}");
}

#[test]
fn one_broken_suite_stops_all_before_the_first_request() {
    let (folder, api) = (eight(), sample());
    folder.file(
        "s9.yaml",
        "- test: {url: /x, validators: [{compare: {jsonpath_mini: a, comparator: contians, expected: 1}}]}\n",
    );
    let ran = run(&folder, &api.url(), &["--parallel-suites", "4"]).exits(65);
    assert!(ran.stderr.starts_with("error: s9.yaml:1:"), "{ran:#?}");
    assert_eq!(api.requests(), 0);
}

#[test]
fn a_hung_suite_is_an_error_for_its_file_and_the_others_go_on() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s1.yaml", "- config: {timeout: 60}\n- url: /slow/30000\n");
    folder.file("s2.yaml", "- url: /echo/x\n");
    let started = Instant::now();
    let ran = run(&folder, &api.url(), &["--parallel-suites", "2", "--suite-timeout", "1"]).exits(70);
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(ran.stderr.contains("ERROR:s1.yaml: suite limit of 1 s reached\n"), "{ran:#?}");
    assert!(ran.stdout.contains("s2.yaml: 0 failures in "), "{ran:#?}");
}

#[test]
fn a_killed_child_is_an_error_for_its_file_never_a_pass() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s1.yaml", "- config: {timeout: 60}\n- test: {name: quick, url: /echo/x}\n- url: /slow/30000\n");
    folder.file("s2.yaml", "- url: /echo/y\n");
    let mut command = resttest();
    command.current_dir(folder.path()).args([&api.url(), "--tests", "s*.yaml", "--parallel-suites", "2"]);
    command.args(["--report-junit", "junit.xml"]);
    let child = command.spawn().expect("the binary starts");
    let id = child.id().to_string();
    // Whoever is left waits for the slow answer.
    wait_until("one child is left", || api.requests() == 3 && running(&["--ppid", &id]).len() == 1);
    Command::new("kill").arg("-9").args(running(&["--ppid", &id])).status().expect("kill");
    let ran: Ran = child.wait_with_output().expect("the binary ends").into();
    let ran = ran.exits(70);
    assert!(ran.stderr.contains("ERROR:s1.yaml: its process died (signal: 9"), "{ran:#?}");
    assert!(ran.stdout.contains("s1.yaml: 0 failures, and an error in "), "{ran:#?}");
    assert!(ran.stdout.contains("s2.yaml: 0 failures in "), "{ran:#?}");
    assert_eq!(ran.counts(), (2, 2));
    let junit = std::fs::read_to_string(folder.path().join("junit.xml")).expect("a report");
    assert!(junit.contains("its process died"), "{junit}");
}

#[test]
fn reports_do_not_depend_on_processes() {
    let (folder, api) = (eight(), sample());
    let mut seen: Vec<(String, String)> = Vec::new();
    for words in [&[][..], &["--parallel-suites", "4"], &["--parallel-suites", "8"]] {
        let reports = ["--report-junit", "j.xml", "--report-tap", "t.tap"];
        run(&folder, &api.url(), &[words, &reports].concat()).exits(2);
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
        seen.push((timeless(&read("j.xml")), timeless(&read("t.tap"))));
    }
    assert_eq!(seen[0].0.matches("<testcase ").count(), 16);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

/// What `ps` lists with these options that runs, by process id; what only waits to be reaped does not.
fn running(options: &[&str]) -> Vec<String> {
    let list = Command::new("ps").args(["-o", "pid=,stat="]).args(options).output().expect("ps");
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let alive = list.lines().filter_map(|line| line.trim().split_once(' ')).filter(|(_, state)| !state.contains('Z'));
    alive.map(|(id, _)| id.to_owned()).collect()
}

#[test]
fn an_interrupt_ends_the_children_and_prints_what_is_known() {
    let (folder, api) = (Folder::new(), sample());
    let text = "- config: {timeout: 60}\n- test: {name: quick, url: /echo/x}\n- url: /slow/30000\n";
    folder.file("s1.yaml", text);
    folder.file("s2.yaml", text);
    let mut command = resttest();
    command.current_dir(folder.path()).args([&api.url(), "--tests", "s*.yaml", "--parallel-suites", "2"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    wait_until("both children wait", || api.requests() == 4);
    let id = child.id().to_string();
    let children = running(&["--ppid", &id]);
    assert_eq!(children.len(), 2, "{children:?}");
    Command::new("kill").args(["-INT", &id]).status().expect("kill");
    let ran: Ran = child.wait_with_output().expect("the binary ends").into();
    let ran = ran.exits(130);
    assert!(ran.stdout.contains("Test Group Default SUCCEEDED: : 2/2 Tests Passed!"), "{ran:#?}");
    wait_until("the children have ended", || running(&["-p", &children.join(",")]).is_empty());
}

fn pid_parent_line(line: &str) -> Option<(&str, &str, &str)> {
    let (pid, rest) = line.trim_start().split_once(' ')?;
    let (parent, line) = rest.trim_start().split_once(' ')?;
    Some((pid, parent, line.trim()))
}

#[test]
fn the_plan_is_never_in_a_command_line() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s1.yaml", "- test: {url: {template: /slow/$ms}}\n");
    folder.file("s2.yaml", "- url: /echo/x\n");
    let mut command = resttest();
    command.current_dir(folder.path());
    command.args([&api.url(), "--tests", "s*.yaml", "--workers", "2", "--vars", "{ms: 700, token: s3cr3t-word}"]);
    let child = command.spawn().expect("the binary starts");
    let mut seen = 0;
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(600) {
        let list = Command::new("ps").args(["-eo", "pid=,ppid=,args="]).output().expect("ps");
        let list = String::from_utf8_lossy(&list.stdout).into_owned();
        let processes: Vec<(&str, &str, &str)> = list.lines().filter_map(pid_parent_line).collect();
        let id = child.id().to_string();
        let own = processes.iter().find(|(pid, ..)| *pid == id).map_or("", |(.., line)| *line);
        // One that has only just been forked still has its parent's line.
        for (.., line) in processes.iter().filter(|(_, parent, line)| *parent == id && *line != own) {
            seen += 1;
            assert!(!line.contains("s3cr3t-word"), "{line}");
        }
    }
    assert!(seen > 0, "no child was seen");
    let ran: Ran = child.wait_with_output().expect("the binary ends").into();
    ran.exits(0);
}
