//! The documentation inside: guides whose examples run, man page, completions.

use std::process::{Command, Stdio};

use crate::support::{Finish, Folder, PLAIN, has_program, resttest, root, run_text, sample};

fn help(words: &[&str]) -> String {
    let ran = resttest().arg("help").args(words).finish().exits(0);
    assert_eq!(ran.stderr, "", "{words:?}");
    ran.stdout
}

fn topics() -> Vec<String> {
    let list = help(&[]);
    let lines = list.lines().skip_while(|line| !line.is_empty()).skip(1).take_while(|line| !line.is_empty());
    lines.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn the_list_of_topics_is_as_written_down() {
    let golden = root().join("tests/e2e/expected/help.txt");
    let list = help(&[]);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &list).expect("a golden file");
    }
    assert_eq!(
        list,
        std::fs::read_to_string(&golden).expect("tests/e2e/expected/help.txt"),
        "UPDATE_GOLDEN=1 writes it anew"
    );
    assert!(topics().len() >= 30);
}

#[test]
fn every_guide_is_printed_and_fits() {
    for topic in topics() {
        let text = help(&[&topic]);
        // Load runs have options of their own, which stand before the guide.
        let is_guide = text.starts_with("# ")
            || (matches!(topic.as_str(), "load" | "convert" | "drift" | "mock" | "mutate") && text.contains("\n\n# "));
        assert!(is_guide && text.lines().count() > 5, "{topic}\n{text}");
        assert!(!text.contains("{{") && !text.contains('\u{1b}'), "{topic}");
        for line in text.lines().filter(|line| line.chars().count() > 112) {
            assert!(line.starts_with([' ', '-']), "{topic}: {line}");
        }
    }
}

#[test]
fn the_examples_in_the_guides_run() {
    let mut count = 0;
    for topic in topics() {
        let text = help(&[&topic]);
        for block in text.split("```yaml runnable\n").skip(1) {
            let suite = block.split("```").next().unwrap_or_default();
            let api = sample();
            let ran = run_text(&api.url(), suite, PLAIN);
            let told: Vec<&str> = ran.stderr.lines().filter(|line| !line.contains("laky")).collect();
            assert_eq!((ran.code, told), (Some(0), vec![]), "{topic}\n{suite}\n{ran:#?}");
            assert!(api.requests() > 0, "{topic}\n{suite}");
            count += 1;
        }
    }
    assert!(count >= 12, "{count} examples");
}

#[test]
fn a_command_shows_its_own_options_first() {
    for command in ["demo", "explain", "help", "lint", "list", "merge"] {
        let page = help(&[command]);
        assert!(page.starts_with(&format!("resttest {command}: ")), "{page}");
        for words in [&[command, "--help"][..], &["help", command, "--help"]] {
            let ran = resttest().args(words).finish().exits(0);
            let expected = if words[0] == "help" && words.len() == 2 { help(&["help"]) } else { page.clone() };
            assert_eq!((ran.stdout, ran.stderr.as_str()), (expected, ""), "{words:?}");
        }
    }
    let lint = help(&["lint"]);
    assert!(lint.contains("  --strict") && !lint.contains("--report-junit") && !lint.contains("--man"), "{lint}");
    assert!(lint.find("--strict") < lint.find("--url "), "{lint}");
    let load = help(&["load"]);
    assert!(load.find("--max-concurrency N") < load.find("\n# ") && load.contains("\n# "), "{load}");
    assert!(resttest().arg("--help").finish().exits(0).stdout.contains("--report-junit"));
    let ran = resttest().args(["help", "merg"]).finish().exits(64);
    assert!(ran.stderr.contains("did you mean \"merge\""), "{ran:#?}");
}

#[test]
fn an_unknown_topic_names_the_nearest() {
    let ran = resttest().args(["help", "validatros"]).finish().exits(64);
    assert!(ran.stderr.contains("no guide on \"validatros\"; did you mean \"validators\"?"), "{ran:#?}");
    for words in
        [&["help", "suite", "load"][..], &["help", "--man", "suite"], &["U", "F", "--man"], &["U", "F", "--strict"]]
    {
        assert_eq!(resttest().args(words).finish().exits(64).stdout, "", "{words:?}");
    }
    let ran = resttest().args(["help", "--completions", "bsh"]).finish().exits(64);
    assert!(ran.stderr.contains("did you mean \"bash\""), "{ran:#?}");
}

#[test]
fn an_option_that_does_nothing_in_a_command_is_an_error() {
    for (words, part) in [
        (&["U", "F", "--scene", "retry"][..], "option --scene belongs to resttest demo: resttest demo --scene SCENE"),
        (&["U", "F", "--compl=zsh"], "option --completions belongs to resttest help"),
        (
            &["demo", "--parallel-suites", "2"],
            "option --parallel-suites is about running tests; resttest demo takes --",
        ),
        (
            &["lint", "F", "--report_ju", "x.xml"],
            "option --report-junit is about running tests; resttest lint takes --",
        ),
        (&["merge", "F", "--max-ret", "2"], "option --max-retries is about running tests; resttest merge takes --"),
    ] {
        let ran = resttest().args(words).finish().exits(64);
        assert!(ran.stderr.starts_with(&format!("error: {part}")), "{ran:#?}");
        assert_eq!(ran.stdout, "");
    }
    // A monitoring system gets its line, whatever the spelling of the option.
    for words in [&["--outp", "nagios", "--no-such"][..], &["--no-such", "--outp=nagios"]] {
        assert!(resttest().args(words).finish().exits(3).stdout.contains("UNKNOWN"), "{words:?}");
    }
}

#[test]
fn a_terminal_gets_its_pager() {
    if !has_program("script") {
        return;
    }
    let folder = Folder::new();
    let seen = |pager: &str, topic: &str| {
        let command = format!("{} help {topic}", crate::support::binary());
        let mut script = Command::new("script");
        script.args(["-qec", &command, "/dev/null"]).env("PAGER", pager).env_remove("NO_COLOR");
        let output = script.current_dir(folder.path()).stdin(Stdio::null()).output().expect("script starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let shown = seen("tee paged.txt", "retry");
    let paged = std::fs::read_to_string(folder.path().join("paged.txt")).expect("the pager ran");
    assert!(paged.starts_with("\u{1b}[1m# Retry\u{1b}[0m") && shown.contains("# Retry"), "{shown}");
    // A pager that is not there is no reason to show nothing.
    assert!(seen("no-such-pager-here", "retry").contains("# Retry"));
}

/// Runs a program with a text on stdin.
fn through(program: &str, words: &[&str], text: &str) -> crate::support::Ran {
    let mut command = Command::new(program);
    command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.finish_with(text)
}

#[test]
fn the_man_page_is_sound_roff() {
    let page = help(&["--man"]);
    assert!(page.starts_with(".TH RESTTEST 1"));
    if has_program("groff") {
        let ran = through("groff", &["-man", "-Tutf8", "-ww", "-"], &page).exits(0);
        assert_eq!(ran.stderr, "", "groff warns");
        assert!(ran.stdout.contains("base URL of the tests"), "{}", ran.stdout);
    }
}

#[test]
fn bash_completes_commands_flags_topics_and_values() {
    if !has_program("bash") {
        return;
    }
    let script = help(&["--completions", "bash"]);
    let reply = |words: &str| {
        let count = words.split(' ').count() - 1;
        let test = format!(
            "{script}\nCOMP_WORDS=({words}) COMP_CWORD={count}\n_resttest\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        );
        let test = test.replace("'' )", "'')");
        through("bash", &["--norc", "-u"], &test).exits(0).stdout
    };
    assert_eq!(reply("resttest li"), "lint\nlist\n");
    assert_eq!(reply("resttest U F --max-c"), "--max-concurrency\n");
    assert_eq!(reply("resttest help val"), "validators\n");
    assert_eq!(reply("resttest U F --log inf"), "info\n");
    assert_eq!(reply("resttest help --completions z"), "zsh\n");
    assert_eq!(reply("resttest demo --scene back"), "backoff\n");
    assert_eq!(reply("resttest U F --log = inf"), "info\n");
    assert_eq!(reply("resttest U F --log-format ="), "text\njson\n");
    assert!(reply("resttest U F --show-curl t").starts_with("true\n"));
    assert_eq!(reply("resttest help mer"), "merge\n");
    assert_eq!(reply("resttest U F --output n"), "nagios\n");
    assert_eq!(reply("resttest U F --shard-durations /proc/self/com"), "/proc/self/comm\n");
    // A command is offered its own options.
    assert_eq!(reply("resttest lint --str"), "--strict\n");
    assert_eq!(reply("resttest U F --str"), "--strict\n");
    assert_eq!(reply("resttest merge --str"), "\n");
    assert!(reply("resttest U F --").lines().count() > 20);
}

#[test]
fn the_other_shells_take_their_scripts() {
    for shell in ["zsh", "fish"] {
        let script = help(&["--completions", shell]);
        assert!(script.contains("max-retries") && script.contains("validators"), "{shell}");
        if has_program(shell) {
            assert_eq!(through(shell, &["-n"], &script).exits(0).stderr, "", "{shell}");
        }
    }
    if has_program("fish") {
        let script = help(&["--completions", "fish"]);
        let asked = format!(
            "{script}\ncomplete -C 'resttest help val'\ncomplete -C 'resttest --max-r'\ncomplete -C 'resttest demo --scene bac'\n"
        );
        let ran = through("fish", &["--no-config"], &asked).exits(0);
        assert!(ran.stdout.contains("validators") && ran.stdout.contains("--max-retries"), "{ran:#?}");
        assert!(ran.stdout.contains("\nbackoff"), "{ran:#?}");
    }
}

#[test]
fn the_licences_of_what_is_built_in_are_there() {
    let text = help(&["licenses"]);
    for part in [
        "Permission is hereby granted, free of charge",
        "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION",
        "Permission to use, copy, modify, and/or distribute this software",
        "Community Data License Agreement - Permissive - Version 2.0",
        "UNICODE LICENSE V3",
        "\nmusl (in the static file): ",
        "\nring 0.17.14: Apache-2.0 AND ISC\n",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("rcgen"), "only tests need it");
    assert_eq!(text, std::fs::read_to_string(root().join("src/guides/licenses.txt")).expect("the text"));
    assert_eq!(help(&["licence"]), text);
}

#[test]
fn the_version_tells_of_the_build_where_it_is_asked_to() {
    let version = |words: &[&str]| {
        let ran = resttest().args(words).finish().exits(0);
        assert_eq!(ran.stderr, "", "{words:?}");
        ran.stdout
    };
    let line = format!("resttest {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(version(&["--version"]), line);
    let all = version(&["--version", "--verbose"]);
    assert_eq!(version(&["--verbose", "-V"]), all);
    let rest = all.strip_prefix(&line).unwrap_or_else(|| panic!("{all}"));
    let (keys, values): (Vec<&str>, Vec<&str>) = rest.lines().filter_map(|line| line.split_once(": ")).unzip();
    assert_eq!(keys, ["commit", "target", "features", "rustc"], "{all}");
    assert!(values.iter().all(|value| !value.is_empty()), "{all}");
    assert_eq!(values[0], option_env!("RESTTEST_COMMIT").filter(|commit| !commit.is_empty()).unwrap_or("none"));
    assert!(values[1].contains(std::env::consts::ARCH) && values[1].contains(std::env::consts::OS), "{all}");
    assert!(values[2].contains("https") && values[3].starts_with("1."), "{all}");
}
