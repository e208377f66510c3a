//! A state that is kept between runs: cron is told of changes, and of nothing else.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Finish, Folder, Ran, SampleApi, sample, signal, wait_until};

/// A folder with suites of which so many tests fail.
struct Watched {
    folder: Folder,
    api: SampleApi,
}

impl Watched {
    fn new() -> Watched {
        let folder = Folder::new();
        for failing in 0..4 {
            let failures = "- url: /status/500\n".repeat(failing);
            folder.file(&format!("{failing}.yaml"), format!("- url: /status/200\n{failures}"));
        }
        folder.file("flaky.yaml", "- test: {url: /flaky/alert/1/503, retry: {max_retries: 2, backoff_base: 0.01}}\n");
        folder.file("warned.yaml", "- test: {url: /status/200, mehtod: GET}\n");
        folder.file("broken.yaml", "- tset: {url: /}\n  url: [\n");
        Watched { folder, api: sample() }
    }

    /// A run of a suite, with its state in `state.json`.
    fn command(&self, suite: &str, words: &[&str]) -> Command {
        let mut command = self.folder.resttest();
        command.args([&self.api.url(), suite, "--alert-state", "state.json"]).args(words);
        command
    }

    fn run(&self, suite: &str, words: &[&str]) -> Ran {
        self.command(suite, words).finish()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn state(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("state.json")).expect("a whole state")
    }
}

#[test]
fn the_exit_changes_after_so_many_runs_in_a_row() {
    let watched = Watched::new();
    let rule = ["--fail-after", "3", "--recover-after", "2"];
    for (suite, code, told) in [
        ("0.yaml", 0, ""),
        ("2.yaml", 0, "WARNING:alert: failure 1 of 3 in a row is held back\n"),
        ("1.yaml", 0, "WARNING:alert: failure 2 of 3 in a row is held back\n"),
        ("flaky.yaml", 0, ""),
        ("1.yaml", 0, "WARNING:alert: failure 1 of 3"),
        // What cannot be judged passes through, and does not count.
        ("broken.yaml", 65, ""),
        ("1.yaml", 0, "WARNING:alert: failure 2 of 3"),
        ("3.yaml", 3, "ERROR:alert: the state is bad after 3 failures in a row\n"),
        ("2.yaml", 2, ""),
        ("0.yaml", 2, "WARNING:alert: success 1 of 2 in a row is held back\n"),
        ("none.yaml", 66, ""),
        ("1.yaml", 1, ""),
        ("0.yaml", 1, "WARNING:alert: success 1 of 2"),
        ("0.yaml", 0, "WARNING:alert: the state is good again after 2 successes in a row\n"),
    ] {
        let ran = watched.run(suite, &rule).exits(code);
        assert!(ran.stderr.contains(told), "{suite}: {ran:#?}");
        let is_told = ran.stderr.contains("is held back") || ran.stderr.contains("the state is");
        assert_eq!(is_told, !told.is_empty(), "{suite}: {ran:#?}");
    }
    let names: Vec<_> =
        fs::read_dir(watched.folder.path()).expect("it").map(|entry| entry.unwrap().file_name()).collect();
    let names: Vec<_> = names.iter().filter(|name| name.to_string_lossy().starts_with("state.json")).collect();
    assert_eq!(names.len(), 2, "the state and its lock: {names:?}");
}

#[test]
fn check_and_monitoring_systems_are_told_the_state() {
    let watched = Watched::new();
    let (up, down) = ("/status/200", "/status/500");
    for (path, code, start) in [
        (down, 0, "RESTTEST OK: failure 1 of 2 in a row is held back: 1 of 1 test failed"),
        (down, 2, "RESTTEST CRITICAL: 1 of 1 test failed"),
        (up, 0, "RESTTEST OK: 1 test passed | "),
        (down, 0, "RESTTEST OK: failure 1 of 2 in a row is held back: 1 of 1 test failed"),
        (up, 0, "RESTTEST OK: 1 test passed | "),
        (down, 0, "RESTTEST OK: failure 1 of 2 in a row is held back: flapping: 5"),
        (down, 2, "RESTTEST CRITICAL: flapping: 5 changes in the last 10 runs: 1 of 1 test failed"),
        (up, 0, "RESTTEST OK: flapping: 6 changes in the last 10 runs: 1 test passed | "),
    ] {
        let url = watched.api.url() + path;
        let words = ["--output", "nagios", "--alert-state", "state.json", "--fail-after", "2"];
        let ran = watched.folder.resttest().arg("check").arg(url).args(words).finish().exits(code);
        assert!(ran.stdout.starts_with(start), "{path}: {ran:#?}");
    }
    // A limit on the time of an answer is one of the reasons to fail.
    for (code, start) in [(0, "RESTTEST OK: failure 1 of 2"), (1, "RESTTEST WARNING: answered in 0.")] {
        let url = watched.api.url() + "/slow/40";
        let words = ["--output", "nagios", "-w", "0.01", "--alert-state", "slow.json", "--fail-after", "2"];
        let ran = watched.folder.resttest().arg("check").arg(url).args(words).finish().exits(code);
        assert!(ran.stdout.starts_with(start), "{ran:#?}");
    }
    let ran = watched.run("broken.yaml", &["--output", "nagios"]).exits(3);
    assert!(ran.stdout.starts_with("RESTTEST UNKNOWN: "), "{ran:#?}");
}

#[test]
fn reports_say_what_the_run_came_to_and_what_the_state_is() {
    let watched = Watched::new();
    let words = ["--fail-after", "2", "--report-json", "run.json", "--report-prom", "run.prom", "--report-ndjson", "n"];
    for (suite, success, code, held) in [("2.yaml", 1, 0, true), ("3.yaml", 0, 3, false), ("0.yaml", 1, 0, false)] {
        watched.run(suite, &words).exits(code);
        let prom = watched.read("run.prom");
        let own = u8::from(suite == "0.yaml");
        for line in [
            format!("resttest_success {success}\n"),
            format!("resttest_exit_code {code}\n"),
            format!("resttest_run_success {own}\n"),
            "resttest_flapping 0\n".to_owned(),
        ] {
            assert!(prom.contains(&line), "{suite}: {line}{prom}");
        }
        let json: serde_json::Value = serde_json::from_str(&watched.read("run.json")).expect("JSON");
        let failed: u64 = suite[..1].parse().expect("a number");
        assert_eq!((&json["success"], &json["exit_code"]), (&(failed == 0).into(), &failed.into()), "{suite}");
        let alert = &json["alert"];
        let state = if code > 0 { "bad" } else { "good" };
        assert_eq!((&alert["state"], &alert["exit_code"]), (&state.into(), &code.into()), "{suite} {alert}");
        assert_eq!((&alert["held_back"], &alert["changed"]), (&held.into(), &(!held).into()), "{suite} {alert}");
        let lines = watched.read("n");
        let last: serde_json::Value = serde_json::from_str(lines.lines().last().expect("a line")).expect("JSON");
        assert_eq!(&last["alert"], alert);
    }
    // Of a run that could not be judged, reports tell what it came to itself.
    watched.run("broken.yaml", &words).exits(65);
    assert!(watched.read("run.prom").contains("resttest_exit_code 65\n"), "{}", watched.read("run.prom"));
    assert!(!watched.read("run.json").contains("\"alert\""));
    // A report that cannot be written is an exit of its own, and the run does not count.
    let before = watched.read("state.json");
    watched.run("1.yaml", &["--report-json", "/dev/full"]).exits(73);
    assert_eq!(watched.read("state.json"), before);
}

#[test]
fn runs_that_come_out_differently_again_and_again_are_flapping() {
    let watched = Watched::new();
    for run in 0..12 {
        let suite = if run % 2 == 0 { "1.yaml" } else { "0.yaml" };
        let ran = watched.run(suite, &["--fail-after", "3", "--report-prom", "run.prom"]).exits(0);
        let flapping = format!("WARNING:alert: flapping: {} changes in the last 10 runs\n", (run + 1).min(10));
        assert_eq!(ran.stderr.contains(&flapping), run >= 4, "run {run}: {ran:#?}");
        let metric = format!("resttest_flapping {}\n", u8::from(run >= 4));
        assert!(watched.read("run.prom").contains(&metric), "run {run}");
    }
}

#[test]
fn nothing_is_printed_while_the_state_does_not_change() {
    let watched = Watched::new();
    let quiet = ["--fail-after", "2", "--quiet-unless-changed"];
    let silent = |suite: &str, words: &[&str], code| {
        let ran = watched.run(suite, &[&quiet[..], words].concat()).exits(code);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{suite} {words:?}");
    };
    silent("0.yaml", &[], 0);
    silent("warned.yaml", &["--log", "debug"], 0);
    silent("0.yaml", &["--output", "nagios"], 0);
    silent("0.yaml", &["--report-json", "-"], 0);
    silent("2.yaml", &["--verbose"], 0);
    let ran = watched.run("2.yaml", &quiet).exits(2);
    assert_eq!(ran.counts(), (1, 3), "{ran:#?}");
    assert!(ran.stderr.contains("ERROR:alert: the state is bad after 2 failures in a row\n"), "{ran:#?}");
    assert!(ran.stderr.contains("failure type: Invalid HTTP Response Code"), "{ran:#?}");
    silent("3.yaml", &["--print-bodies"], 3);
    let ran = watched.run("warned.yaml", &quiet).exits(0);
    assert!(ran.stderr.contains("mehtod") && ran.stderr.contains("the state is good again"), "{ran:#?}");
    // What could not be judged is told each time: nobody knows the state then.
    assert!(watched.run("broken.yaml", &quiet).exits(65).stderr.contains("broken.yaml:"));
    assert!(watched.run("none.yaml", &quiet).exits(66).stderr.contains("none.yaml"));
    // Processes and hooks are as quiet.
    watched.folder.file("4.yaml", "- url: /status/200\n");
    let mut command = watched.command("0.yaml", &quiet);
    let ran = command.args(["4.yaml", "--parallel-suites", "2", "--log", "debug"]).finish().exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let url = watched.api.url() + "/status/200";
    let words = ["check", &url, "--alert-state", "state.json", "--quiet-unless-changed", "-i"];
    let ran = watched.folder.resttest().args(words).finish().exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn what_is_printed_late_is_printed_in_its_order() {
    let watched = Watched::new();
    let in_one_file = |words: &[&str]| {
        let path = watched.folder.path().join("all");
        let all = fs::File::create(&path).expect("a file");
        let other = all.try_clone().expect("a second handle");
        let _ = fs::remove_file(watched.folder.path().join("state.json"));
        let status = watched.command("2.yaml", words).stdout(all).stderr(other).status().expect("it runs");
        assert_eq!(status.code(), Some(2));
        // Times differ.
        fs::read_to_string(&path).expect("text").replace(|c: char| c.is_ascii_digit(), "")
    };
    let at_once = in_one_file(&["--log", "error"]);
    assert!(at_once.contains("Test Group") && at_once.contains("ERROR:alert: "), "{at_once}");
    assert_eq!(in_one_file(&["--log", "error", "--quiet-unless-changed"]), at_once);
}

#[test]
fn a_change_that_could_not_be_told_is_told_by_the_next_run() {
    let watched = Watched::new();
    let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let ran = watched.command("1.yaml", &["--quiet-unless-changed"]).stdout(full).finish().exits(73);
    assert!(ran.stderr.contains("what was held back cannot be printed: no space left on device"), "{ran:#?}");
    assert!(!watched.folder.path().join("state.json").exists(), "it does not count");
    let ran = watched.run("1.yaml", &["--quiet-unless-changed"]).exits(1);
    assert!(ran.stderr.contains("the state is bad after 1 failure"), "{ran:#?}");
}

#[test]
fn a_signal_passes_through_and_is_told() {
    let watched = Watched::new();
    watched.folder.file("slow.yaml", "- config: {timeout: 60}\n- url: /status/200\n- url: /slow/50000\n");
    watched.run("1.yaml", &["--fail-after", "2"]).exits(0);
    let before = watched.read("state.json");
    let requests = watched.api.requests();
    let child = watched.command("slow.yaml", &["--quiet-unless-changed"]).spawn().expect("a child");
    wait_until("the slow request", || watched.api.requests() == requests + 2);
    signal(&child, "TERM");
    let ran = Ran::from(child.wait_with_output().expect("an end")).exits(143);
    assert_eq!(ran.groups().len(), 1, "{ran:#?}");
    let ran = watched.run("slow.yaml", &["--quiet-unless-changed", "--suite-timeout", "0.3"]).exits(70);
    assert!(!ran.stderr.is_empty(), "{ran:#?}");
    assert_eq!(watched.read("state.json"), before);
}

#[test]
fn a_damaged_state_is_an_error_that_names_it_and_nothing_is_sent() {
    let watched = Watched::new();
    watched.run("0.yaml", &[]).exits(0);
    let good = watched.read("state.json");
    let requests = watched.api.requests();
    for wrong in
        ["", "{", "null", &good[..good.len() / 2], &good.replace(":1,", ":9,"), &good.replace("good", "gut"), "\0\0"]
    {
        watched.folder.file("state.json", wrong);
        let ran = watched.run("0.yaml", &["--quiet-unless-changed", "--report-prom", "run.prom"]).exits(66);
        assert!(ran.stderr.starts_with("error: --alert-state state.json is damaged: "), "{wrong}: {ran:#?}");
        assert!(ran.stderr.contains("remove it to begin with a good state"), "{ran:#?}");
        assert_eq!(watched.read("state.json"), *wrong, "it stays for who looks at it");
        assert!(watched.read("run.prom").contains("resttest_success 0\n"));
    }
    let unusable = |file: &str, code| {
        let words = [&watched.api.url(), "0.yaml", "--alert-state", file];
        watched.folder.resttest().args(words).finish().exits(code).stderr
    };
    assert!(unusable(".", 66).contains("it is a folder"));
    assert!(unusable("/dev/null", 66).contains("it is no file"));
    assert!(unusable("0.yaml", 66).contains("is damaged"), "a suite is none");
    assert!(unusable("/proc/none/state.json", 73).contains("--alert-state /proc/none/state.json cannot be written"));
    assert!(unusable("0.yaml/state", 73).contains("cannot be written"));
    watched.folder.file("state.json", &good);
    let ran = watched.run("0.yaml", &["--report-json", "state.json"]).exits(64);
    assert!(ran.stderr.contains("--report-json state.json is the state of alerts"), "{ran:#?}");
    assert_eq!(watched.api.requests(), requests, "nothing was sent");
    assert_eq!(watched.read("state.json"), good);
}

#[test]
fn two_runs_never_have_the_state_at_once() {
    let watched = Watched::new();
    watched.folder.file("slow.yaml", "- config: {timeout: 60}\n- url: /slow/1500\n- url: /status/500\n");
    watched.folder.file("slower.yaml", "- config: {timeout: 60}\n- url: /slow/50000\n");
    // The second waits for the first, and both count.
    let first = watched.command("slow.yaml", &["--fail-after", "9"]).spawn().expect("a child");
    wait_until("the first one's request", || watched.api.requests() == 1);
    watched.run("1.yaml", &["--fail-after", "9"]).exits(0);
    Ran::from(first.wait_with_output().expect("an end")).exits(0);
    assert_eq!(watched.state()["against"], 2);
    // It does not wait for ever.
    let requests = watched.api.requests();
    let mut first = watched.command("slower.yaml", &[]).spawn().expect("a child");
    wait_until("the first one's request", || watched.api.requests() == requests + 1);
    let begun = Instant::now();
    let ran = watched.run("1.yaml", &["--fail-after", "9"]).exits(66);
    assert!(begun.elapsed() >= Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(ran.stderr.contains("--alert-state state.json is another run's"), "{ran:#?}");
    assert_eq!(watched.api.requests(), requests + 1, "the second sent nothing");
    // One that is killed gives it back.
    first.kill().expect("kill -9");
    let _ = first.wait();
    watched.run("1.yaml", &["--fail-after", "9"]).exits(0);
    assert_eq!(watched.state()["against"], 3);
}

#[test]
fn a_run_that_is_killed_at_any_moment_loses_nothing() {
    let watched = Watched::new();
    let run = || watched.command("1.yaml", &["--fail-after", "100000"]);
    let begun = Instant::now();
    run().finish().exits(0);
    let usual = begun.elapsed().min(Duration::from_millis(150));
    let mut random = fastrand::Rng::with_seed(15);
    let mut counted = 1;
    let length = watched.read("state.json").len();
    for kill in 0..100 {
        let mut child = run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a child");
        std::thread::sleep(usual.mul_f64(random.f64() * 1.2));
        child.kill().expect("kill -9");
        let _ = child.wait();
        // The run has counted, or it has not: everything before it is there.
        let against = watched.state()["against"].as_u64().expect("a count");
        assert!(against == counted || against == counted + 1, "kill {kill}: {against} after {counted}");
        counted = against;
    }
    run().finish().exits(0);
    assert_eq!(watched.state()["against"], counted + 1);
    assert!(watched.read("state.json").len() <= length + 2, "it grew: {}", watched.read("state.json"));
    let left: Vec<String> = fs::read_dir(watched.folder.path())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.ends_with(".yaml"))
        .collect();
    assert!(left.len() <= 2, "{left:?}");
}

#[test]
fn an_hour_of_cron_with_an_outage_is_told_twice() {
    let watched = Watched::new();
    let words = ["--fail-after", "3", "--recover-after", "2", "--quiet-unless-changed"];
    let mut random = fastrand::Rng::with_seed(3);
    let (mut in_a_row, mut bad, mut mails) = (0, None, 0);
    let mut longest = 0;
    for run in 0..60 {
        // An outage in the middle, single failures before and after.
        let chance = if (20..32).contains(&run) { 9 } else { 1 };
        let failing = if random.u32(..10) < chance { random.usize(1..4) } else { 0 };
        let ran = watched.run(&format!("{failing}.yaml"), &words);
        in_a_row = if (failing > 0) == bad.is_some() { 0 } else { in_a_row + 1 };
        let changes = in_a_row >= if bad.is_some() { 2 } else { 3 };
        bad = match (bad.is_some() != changes, failing) {
            (false, _) => None,
            (true, 0) => bad,
            (true, failing) => Some(failing),
        };
        in_a_row = if changes { 0 } else { in_a_row };
        assert_eq!(ran.code, Some(bad.map_or(0, |failing| failing as i32)), "run {run}: {ran:#?}");
        let is_told = !ran.stdout.is_empty() || !ran.stderr.is_empty();
        assert_eq!(is_told, changes, "run {run}: {ran:#?}");
        mails += u32::from(is_told);
        longest = longest.max(watched.read("state.json").len());
    }
    assert!(mails >= 2 && mails % 2 == 0, "{mails} mails");
    assert!(longest < 120, "the state grew to {longest} bytes");
}

#[test]
fn options_that_need_each_other_say_so() {
    let watched = Watched::new();
    let refused = |words: &[&str], part: &str| {
        let ran = watched.folder.resttest().args([&watched.api.url(), "0.yaml"]).args(words).finish().exits(64);
        assert!(ran.stderr.contains(part), "{words:?}: {ran:#?}");
        let url = watched.api.url();
        if !words.contains(&"--watch") && !words.contains(&"--interactive") {
            let ran = watched.folder.resttest().args(["check", &url]).args(words).finish().exits(64);
            assert!(ran.stderr.contains(part), "check {words:?}: {ran:#?}");
        }
    };
    for option in ["--fail-after=2", "--recover-after=2", "--quiet-unless-changed"] {
        let name = option.split('=').next().expect("a name");
        refused(
            &[option],
            &format!("option {name} is about the state that is kept between runs: add --alert-state FILE"),
        );
    }
    for wrong in ["0", "-1", "1.5", "x", "99999999999"] {
        let part = format!("must be a number of runs in a row, 1 or more, not \"{wrong}\"");
        refused(&["--alert-state", "s", &format!("--fail-after={wrong}")], &part);
        refused(&["--alert-state", "s", &format!("--recover-after={wrong}")], &part);
    }
    refused(&["--alert-state", ""], "--alert-state needs the name of a file");
    let quiet = ["--alert-state", "s", "--quiet-unless-changed"];
    refused(&[&quiet[..], &["--watch"]].concat(), "--watch is for who looks on");
    refused(&[&quiet[..], &["--interactive"]].concat(), "--interactive is for who looks on");
    assert!(!watched.folder.path().join("s").exists());
    assert_eq!(watched.api.requests(), 0);
}
