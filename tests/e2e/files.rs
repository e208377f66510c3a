//! Files that a run reads and writes: what may be one, what stays of it, what is left after an end by force.

use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Finish, Folder, Ran, binary, sample, wait_until};

fn fifo(folder: &Folder, name: &str) {
    let made = Command::new("mkfifo").arg(folder.path().join(name)).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn no_report_takes_the_place_of_an_input_or_of_another() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo/x\n- import: part.yaml\n");
    folder.file("part.yaml", "- url: /echo/y\n");
    symlink("part.yaml", folder.path().join("link")).expect("a link");
    std::fs::hard_link(folder.path().join("s.yaml"), folder.path().join("hard")).expect("a link");
    for (words, part) in [
        (&["--report-json", "s.yaml"][..], "--report-json s.yaml is a suite, s.yaml"),
        (&["--report-ndjson", "./part.yaml"], "--report-ndjson ./part.yaml is a suite, part.yaml"),
        (&["--report-tap", "link"], "--report-tap link is a suite, part.yaml"),
        (&["--report-html", "hard"], "--report-html hard is a suite, s.yaml"),
        (&["--report-html", "new", "--report-tap", "./new"], "--report-html and --report-tap both go to ./new"),
    ] {
        let ran = folder.resttest().args([&api.url(), "s.yaml"]).args(words).finish().exits(64);
        assert!(ran.stderr.contains(part), "{words:?}: {ran:#?}");
    }
    assert_eq!(api.requests(), 0);
    let suite = std::fs::read_to_string(folder.path().join("part.yaml")).expect("the suite");
    assert_eq!(suite, "- url: /echo/y\n");
    folder
        .file("b.yaml", "- benchmark: {url: /echo/x, benchmark_runs: 1, metrics: [total_time], output_file: b.yaml}\n");
    let ran = folder.resttest().args([&api.url(), "b.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("b.yaml:1:3: output_file b.yaml is a suite, b.yaml"), "{ran:#?}");
    let words = ["--report-json", "/dev/null", "--report-tap", "/dev/null"];
    folder.resttest().args([&api.url(), "s.yaml"]).args(words).finish().exits(0);
}

#[test]
fn a_link_stays_one_and_a_mode_stays_as_it_was() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo/x\n");
    let real = folder.file("real.json", "old");
    std::fs::set_permissions(&real, PermissionsExt::from_mode(0o640)).expect("a mode");
    for flag in ["--report-json", "--report-ndjson"] {
        let link = folder.path().join(format!("link{flag}"));
        symlink("real.json", &link).expect("a link");
        folder.resttest().args([&api.url(), "s.yaml", flag]).arg(&link).finish().exits(0);
        assert!(std::fs::symlink_metadata(&link).expect("a link").is_symlink());
        assert!(std::fs::read_to_string(&real).expect("a report").starts_with('{'));
        assert_eq!(std::fs::metadata(&real).expect("a file").permissions().mode() & 0o777, 0o640);
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[test]
fn pipes_are_read_and_written_but_not_waited_for_without_end() {
    let (folder, api) = (Folder::new(), sample());
    for name in ["suite.yaml", "report", "lonely"] {
        fifo(&folder, name);
    }
    let path = |name: &str| folder.path().join(name);
    let writer = std::thread::spawn({
        let suite = path("suite.yaml");
        move || std::fs::write(suite, "- url: /echo/x\n")
    });
    let reader = std::thread::spawn({
        let report = path("report");
        move || std::fs::read_to_string(report)
    });
    folder.resttest().args([&api.url(), "suite.yaml", "--report-json", "report"]).finish().exits(0);
    writer.join().expect("a writer").expect("a suite");
    assert!(reader.join().expect("a reader").expect("a report").starts_with('{'));
    folder.file("s.yaml", "- url: /echo/x\n");
    let started = Instant::now();
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--report-json", "lonely"]).finish().exits(73);
    assert!(ran.stderr.contains("--report-json lonely cannot be written: nobody reads from it"), "{ran:#?}");
    assert!(started.elapsed() < Duration::from_secs(30));
    let words = [&api.url(), "s.yaml", "--report-json", "/dev/full"];
    folder.resttest().args(words).finish().exits(73);
}

#[test]
fn inputs_are_files_and_have_an_end() {
    let (folder, api) = (Folder::new(), sample());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    for (path, what) in [("/dev/zero", "a device"), (".", "a folder"), ("socket", "a socket")] {
        let merged = folder.resttest().args(["merge", path]).finish().exits(66);
        assert!(merged.stderr.contains(&format!("{path} cannot be read: it is {what}, not a file")), "{merged:#?}");
        folder.file("s.yaml", format!("- test: {{url: /echo/x, method: POST, body: {{file: {path}}}}}\n"));
        let ran = folder.resttest().args([&api.url(), "s.yaml"]).finish().exits(1);
        assert!(ran.stderr.contains(&format!("it is {what}, not a file")), "{ran:#?}");
    }
}

#[test]
fn event_lines_outlive_a_run_that_is_killed() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo/x\n- url: /slow/30000\n");
    let words = [&api.url(), "s.yaml", "--report-ndjson", "n.ndjson", "--report-json", "n.json"];
    let mut child = folder.resttest().args(words).spawn().expect("a child");
    wait_until("the slow request", || api.requests() == 2);
    let lines = || std::fs::read_to_string(folder.path().join("n.ndjson")).unwrap_or_default();
    wait_until("a line", || lines().contains("\"event\":\"test_finished\""));
    child.kill().expect("a kill");
    child.wait().expect("an end");
    let lines = lines();
    assert!(lines.ends_with('\n'), "{lines}");
    for line in lines.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("JSON");
    }
    assert!(!folder.path().join("n.json").exists());
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_like_a_full_disk() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo/x\n".repeat(40));
    for report in ["--report-json", "--report-ndjson"] {
        folder.file("old", "old");
        let mut command = Command::new("/bin/sh");
        // Blocks of 512 or of 1024 bytes: less than a report of forty tests in both.
        command.args(["-c", "ulimit -f 2; exec \"$@\"", "sh", binary(), &api.url(), "s.yaml", report, "old"]);
        let ran = command.current_dir(folder.path()).finish().exits(73);
        assert!(ran.stderr.contains("old cannot be written: file too large"), "{report}: {ran:#?}");
        let left = std::fs::read_to_string(folder.path().join("old")).expect("a file");
        match report {
            "--report-json" => assert_eq!(left, "old"),
            _ => assert!(left.is_empty() || left.ends_with("}\n"), "{left}"),
        }
    }
}

#[test]
fn stdout_by_its_name_in_dev_is_appended_to() {
    let (folder, api) = (Folder::new(), sample());
    folder.file("s.yaml", "- url: /echo/x\n");
    let out = std::fs::File::create(folder.path().join("out")).expect("a file");
    let words = [&api.url(), "s.yaml", "--report-tap", "/dev/stdout"];
    let status = folder.resttest().args(words).stdout(Stdio::from(out)).status().expect("an end");
    assert_eq!(status.code(), Some(0));
    let mut text = String::new();
    std::fs::File::open(folder.path().join("out")).and_then(|mut file| file.read_to_string(&mut text)).expect("text");
    assert!(text.starts_with("TEST RESULT: ") && text.contains("TAP version 13"), "{text}");
    let piped = Ran::from(folder.resttest().args(words).output().expect("an end")).exits(0);
    assert!(piped.stdout.contains("TAP version 13"), "{piped:#?}");
}
