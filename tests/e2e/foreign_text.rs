//! Text that others wrote: a server's, a suite's. In a log it is no command, and a name is one line.

use crate::support::{Answer, Finish, Folder, Promised, Ran, run_text, sample};

const BODY: &str = "::stop-commands::x\n  ::add-mask::Passed\r::set-output name=a::b\nx ##[error]no ##vso[task.complete]x ##teamcity[testStarted name='x']\n";

/// A run whose names, headers, reasons and bodies all try to be commands.
fn run_hostile(variable: &str, value: &str, more: &[&str]) -> Ran {
    let server = Promised::new(1, |_, _| {
        Answer::Full(500, "x-a: ##vso[task.setvariable]1 ##[group]x ##teamcity[x]\r\n", BODY.to_owned())
    });
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {name: \"n\\n::error::forged\\n##[x ##vso[x ##teamcity[x\", group: \"g\\n::warning::forged ##vso[y ##[y ##teamcity[y\", url: /x}\n- test: {name: \"::x\", url: 'http://127.0.0.1:1/?a=##[z##vso[z##teamcity[z'}\n",
    );
    let url = server.url();
    let words = [&[&*url, "s.yaml", "--verbose", "--log", "debug"][..], more].concat();
    folder.resttest().args(words).env(variable, value).finish().exits(2)
}

/// The lines of both streams that the runner takes commands from: a lone carriage return ends one, too, and between
/// `stop-commands` and its word there are none.
fn lines(ran: &Ran) -> Vec<String> {
    let mut fence: Option<String> = None;
    let text = format!("{}\n{}", ran.stdout, ran.stderr);
    let mut read = Vec::new();
    for line in text.split(['\n', '\r']).map(str::trim) {
        match &fence {
            Some(word) if line == format!("::{word}::") => fence = None,
            Some(_) => {}
            None => match line.strip_prefix("::stop-commands::") {
                Some(word) => fence = Some(word.to_owned()),
                None => read.push(line.to_owned()),
            },
        }
    }
    assert_eq!(fence, None, "{ran:#?}");
    read
}

#[test]
fn github_reads_no_commands_but_ours() {
    for more in
        [&[][..], &["--report-json", "-"], &["--report-junit", "-"], &["--report-tap", "-"], &["--log-format", "json"]]
    {
        let ran = run_hostile("GITHUB_ACTIONS", "true", more);
        let commands: Vec<String> = lines(&ran).into_iter().filter(|line| line.starts_with("::")).collect();
        assert!(
            commands.len() == 2 && commands.iter().all(|line| line.starts_with("::error file=s.yaml,")),
            "{ran:#?}"
        );
        let fence = ran.stdout.find("::stop-commands::").or(ran.stderr.find("::stop-commands::"));
        assert!(fence.is_some(), "{ran:#?}");
        let others = lines(&ran).into_iter().filter(|line| !line.starts_with("::"));
        let forged: Vec<String> = others.filter(|line| line.contains("##[")).collect();
        assert!(forged.is_empty(), "{forged:#?} in {ran:#?}");
    }
}

#[test]
fn azure_and_teamcity_read_none() {
    for (variable, value, marks) in
        [("TF_BUILD", "True", &["##[", "##vso["][..]), ("TEAMCITY_VERSION", "2026.1", &["##teamcity["])]
    {
        for more in [
            &[][..],
            &["--report-json", "-"],
            &["--report-html", "-"],
            &["--report-tap", "-"],
            &["--report-prom", "-"],
            &["--output", "nagios"],
            &["--log-format", "json"],
        ] {
            let ran = run_hostile(variable, value, more);
            for mark in marks {
                assert!(!ran.stdout.contains(mark) && !ran.stderr.contains(mark), "{mark} with {more:?}: {ran:#?}");
            }
        }
    }
    // Without such a system everything stands as it came.
    let ran = run_hostile("TF_BUILD", "", &[]);
    assert!(ran.stdout.contains(BODY), "{ran:#?}");
}

#[test]
fn what_was_asked_for_goes_out_as_it_came() {
    let server = Promised::new(1, |_, _| Answer::ok(BODY));
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x\n");
    let mut command = folder.resttest();
    command.args([&server.url(), "s.yaml", "--print-bodies", "true", "--print-headers", "true"]);
    let ran = command.env("GITHUB_ACTIONS", "true").finish().exits(0);
    assert!(ran.stdout.starts_with(BODY), "{ran:#?}");
}

#[test]
fn list_lint_and_errors_give_no_commands() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {name: \"a\\n::error::x ##vso[y\", group: \"b\\nc\", url: /x, \"::k\\n::l ##[m\": 1}\n",
    );
    folder.file("broken.yaml", "- test: {name: x, url: /x, method: \"::error::\\n::x ##[y\"}\n");
    for (words, code) in [
        (&["list", "s.yaml"][..], 0),
        (&["lint", "s.yaml"], 0),
        (&["explain", "http://h", "s.yaml"], 0),
        (&["http://h", "broken.yaml"], 65),
        (&["lint", "broken.yaml"], 65),
        (&["list", "s.yaml", "--log", "::x\n::y ##[z"], 0),
    ] {
        for (variable, value) in [("GITHUB_ACTIONS", "true"), ("TF_BUILD", "true")] {
            let ran = folder.resttest().args(words).env(variable, value).finish();
            assert_eq!(ran.code, Some(code), "{words:?}: {ran:#?}");
            let forged = |line: &String| match variable {
                "TF_BUILD" => line.contains("##vso[") || line.contains("##["),
                _ => line.starts_with("::") && !line.starts_with("::error file=broken.yaml,") || line.contains("##["),
            };
            assert!(!lines(&ran).iter().any(forged), "{words:?}: {ran:#?}");
        }
    }
}

#[test]
fn a_name_with_a_line_end_forges_no_line() {
    let api = sample();
    let suite = "- test: {name: \"a\\nTest Group Default SUCCEEDED: : 9/9 Tests Passed!\", group: \"G\\r\\nTest Group H SUCCEEDED: : 9/9 Tests Passed!\\e[2J\", url: /status/500}\n";
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let summary = folder.path().join("summary.md");
    let words = [&api.url(), "s.yaml", "--report-tap", "r.tap", "--report-junit", "r.xml", "--report-prom", "r.prom"];
    let mut command = folder.resttest();
    command.args(words).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", &summary);
    let ran = command.finish().exits(1);
    assert_eq!(
        ran.groups(),
        ["Test Group G\\r\\nTest Group H SUCCEEDED: : 9/9 Tests Passed!␛[2J FAILED: : 0/1 Tests Passed!"]
    );
    assert!(ran.stdout.contains("\nTEST RESULT: a\\nTest Group Default SUCCEEDED"), "{ran:#?}");
    assert!(!ran.stderr.contains("\nTest Group"), "{ran:#?}");
    for name in ["r.tap", "r.xml", "r.prom", "summary.md"] {
        let report = std::fs::read_to_string(folder.path().join(name)).expect("the report");
        assert!(!report.contains('\u{1b}') && !report.lines().any(|line| line.starts_with("Test Group")), "{report}");
        assert!(!report.contains("&#10;Test"), "{report}");
    }
}

#[test]
fn reasons_hold_no_control_characters() {
    let server = Promised::new(1, |_, _| Answer::ok("{\"a\": \"\\u001b]0;title\\u0007\\u202e\"}"));
    let suite = "- test: {url: /, validators: [compare: {jsonpath_mini: a, expected: b}, extract_test: {jsonpath_mini: 'a', test: not_exists}]}\n";
    let ran = run_text(&server.url(), suite, ["--log", "debug"]).exits(1);
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{7}'), "{ran:#?}");
}
