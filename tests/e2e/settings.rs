//! Options from `.resttest.yaml` and the environment, files of variables, files for the environment: what wins over what.

use std::process::Command;

use crate::support::{Answer, Finish, Folder, Promised, Ran, sample};

fn run(folder: &Folder, environment: &[(&str, &str)], words: &[&str], code: i32) -> Ran {
    command(folder, environment, words).finish().exits(code)
}

fn command(folder: &Folder, environment: &[(&str, &str)], words: &[&str]) -> Command {
    let mut command = folder.resttest();
    command.envs(environment.iter().copied()).args(words);
    command
}

/// The line of `explain` about a setting.
fn explained(ran: &Ran, setting: &str) -> String {
    let line = ran.stdout.lines().rfind(|line| line.trim_start().starts_with(&format!("{setting} ")));
    line.unwrap_or_default().trim().to_owned()
}

#[test]
fn every_layer_wins_over_those_before_it() {
    let folder = Folder::new();
    let file = |name: &str, text: &str| drop(folder.file(name, text));
    let explain = |environment: &[(&str, &str)], words: &[&str]| {
        let words = [&["explain", "http://h", "s.yaml"], words].concat();
        explained(&run(&folder, environment, &words, 0), "max_retries")
    };
    let of_runner = |environment: &[(&str, &str)], words: &[&str]| {
        let words = [&["explain", "--config", "c.yaml"], words].concat();
        explained(&run(&folder, environment, &words, 0), "max_retries")
    };
    let variable = [("RESTTEST_MAX_RETRIES", "2")];
    file("s.yaml", "- url: /x\n");
    file("c.yaml", "base_url: http://h\ntest_suites: [{name: s, files: [s.yaml]}]\n");
    assert_eq!(explain(&[], &[]), "max_retries 0 (default)");
    file(".resttest.yaml", "# of the project\nmax-retries: 1\n");
    assert_eq!(explain(&[], &[]), "max_retries 1 (.resttest.yaml:2)");
    assert_eq!(explain(&[], &["--no-settings-file"]), "max_retries 0 (default)");
    assert_eq!(explain(&[("RESTTEST_NO_SETTINGS_FILE", "true")], &[]), "max_retries 0 (default)");
    assert_eq!(explain(&variable, &[]), "max_retries 2 (RESTTEST_MAX_RETRIES)");
    // A block that does not name it does not set it.
    file("s.yaml", "- config: {retry: {backoff_base: 1}}\n- test: {url: /x, retry: {backoff_max: 2}}\n");
    assert_eq!(explain(&variable, &[]), "max_retries 2 (RESTTEST_MAX_RETRIES)");
    file("s.yaml", "- config: {retry: {max_retries: 3}}\n- url: /x\n");
    assert_eq!(explain(&variable, &[]), "max_retries 3 (s.yaml:1)");
    file("s.yaml", "- config: {retry: {max_retries: 3}}\n- test: {url: /x, retry: {max_retries: 4}}\n");
    assert_eq!(explain(&variable, &[]), "max_retries 4 (s.yaml:2)");
    assert_eq!(of_runner(&variable, &[]), "max_retries 4 (s.yaml:2)");
    file(
        "c.yaml",
        "base_url: http://h\nglobal_settings: {retry: {max_retries: 5}}\ntest_suites: [{name: s, files: [s.yaml]}]\n",
    );
    assert_eq!(of_runner(&variable, &[]), "max_retries 5 (c.yaml:2)");
    assert_eq!(of_runner(&variable, &["--max-retries", "6"]), "max_retries 6 (--max-retries)");
    let all = run(&folder, &variable, &["explain", "http://h", "s.yaml"], 0).stdout;
    assert!(all.starts_with("options from elsewhere\n    max-retries 2 (RESTTEST_MAX_RETRIES)\n"), "{all}");
}

#[test]
fn a_project_needs_no_words() {
    let (folder, api) = (Folder::new(), sample());
    std::fs::create_dir_all(folder.path().join(".git")).expect("a folder");
    std::fs::create_dir_all(folder.path().join("deep/er")).expect("a folder");
    folder.file(
        "tests/a.yaml",
        "- test: {name: one, url: {template: '/echo/$word'}}\n- test: {name: two, url: /status/500}\n",
    );
    folder.file("tests/b.yaml", "- test: {name: three, url: /echo/3}\n");
    let settings = |more: &str| {
        let text = format!("url: {}\ntests: 'tests/*.yaml'\nvars: {{word: kept}}\n{more}", api.url());
        folder.file(".resttest.yaml", text);
    };
    settings("report-json: out/r.json\nskip: [two]\n");
    // From a folder below, paths are those of the file's folder.
    let mut command = folder.resttest();
    let ran = command.current_dir(folder.path().join("deep/er")).finish().exits(0);
    assert_eq!(ran.counts(), (2, 2), "{ran:#?}");
    assert!(ran.stdout.contains("/echo/kept"), "{ran:#?}");
    assert!(folder.path().join("out/r.json").exists());
    // What the command line says replaces it, and only that.
    assert_eq!(run(&folder, &[], &["tests/a.yaml"], 0).counts(), (1, 1));
    assert_eq!(run(&folder, &[], &["--skip", "t*"], 0).counts(), (1, 1));
    assert_eq!(run(&folder, &[("RESTTEST_SKIP", "one\nthree")], &[], 1).counts(), (0, 1));
    let other = sample();
    assert_eq!(run(&folder, &[], &[&other.url()], 0).counts(), (2, 2));
    assert_eq!(other.requests(), 2);
    // Side by side, and for `list`, `lint`; a section wins for its command.
    settings("parallel-suites: 2\nlist: {only: three}\nfail-fast: true\n");
    assert_eq!(run(&folder, &[], &["--preserve-order", "--fail-fast=false"], 1).counts(), (2, 3));
    assert!(run(&folder, &[], &["list"], 0).stdout.contains("1 test,"));
    assert!(run(&folder, &[], &["lint"], 0).stdout.contains("2 suites: 0 errors"));
    // A report that was asked for so is written where the run cannot begin, too.
    settings("report-json: r.json\n");
    run(&folder, &[], &["--no-such-option"], 64);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert!(report.contains("no-such-option"), "{report}");
    // A runner configuration may be named so; a line that names URL and suite has no need of it.
    folder.file("c.yaml", format!("base_url: '{}'\ntest_suites: [{{name: s, files: [tests/b.yaml]}}]\n", api.url()));
    let variable = [("RESTTEST_CONFIG", "c.yaml"), ("RESTTEST_TESTS", "")];
    folder.file(".resttest.yaml", "env: dev\n");
    assert!(run(&folder, &variable, &[], 78).stderr.contains("dev"));
    folder.file(".resttest.yaml", "log: error\n");
    assert_eq!(run(&folder, &variable, &[], 0).counts(), (1, 1));
    assert_eq!(run(&folder, &variable, &[&api.url(), "tests/a.yaml", "--vars", "{word: x}"], 1).counts(), (1, 2));
    settings("report-json: r.json\n");
    folder.file("tests/b.yaml", "- test: {nothing: here}\n");
    run(&folder, &[], &[], 65);
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert!(report.contains("\"exit_code\": 65") || report.contains("\"exit_code\":65"), "{report}");
}

#[test]
fn what_suites_say_wins_over_presets_of_every_kind() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(".resttest.yaml", "vars: {a: file, b: file, c: file, d: file}\nprint-bodies: true\n");
    folder.file(
        "s.yaml",
        "- config: {print_bodies: false, variable_binds: {c: suite, d: suite}}\n\
         - test: {url: {template: '/echo/$a-$b-$c-$d'}}\n",
    );
    let url = api.url();
    let variable = [("RESTTEST_VARS", "{b: environment, c: environment}")];
    let ran = run(&folder, &variable, &[&url, "s.yaml", "--vars", "{d: line}"], 0);
    assert!(ran.stdout.contains("/echo/file-environment-suite-line"), "{ran:#?}");
    assert!(!ran.stderr.contains("WARNING"), "{ran:#?}");
    assert!(!ran.stdout.contains("\"method\""), "print_bodies of the suite wins: {ran:#?}");
    folder.file("s.yaml", "- url: /echo/shown\n");
    let ran = run(&folder, &[], &[&url, "s.yaml"], 0);
    assert!(ran.stdout.contains("\"method\""), "{ran:#?}");
    // Those of a runner configuration win over both.
    folder.file(
        "c.yaml",
        format!(
            "base_url: '{url}'\nglobal_settings: {{logging: {{print_bodies: false, level: error}}}}\n\
                 test_suites: [{{name: s, files: [s.yaml]}}]\n"
        ),
    );
    folder.file(".resttest.yaml", "print-bodies: true\nlog: debug\nurl: http://127.0.0.1:1\n");
    let ran = run(&folder, &[], &["--config", "c.yaml"], 0);
    assert!(!ran.stdout.contains("\"method\"") && !ran.stderr.contains("DEBUG"), "{ran:#?}");
}

#[test]
fn variables_come_from_files_below_those_of_the_line() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {a: suite, b: suite}}\n- test: {url: {template: '/echo/$a-$b-$c'}}\n",
    );
    folder.file("v.yaml", "a: yaml\nb: yaml\nc: yaml\n");
    folder.file("v.json", "{\"b\": \"json\"}");
    folder.file("v.env", "# more\nexport c='dot_env'\n");
    let url = api.url();
    for (words, path) in [
        (&["--variables-file", "v.yaml"][..], "/echo/yaml-yaml-yaml"),
        (&["--variables-file", "v.yaml", "--vars", "{b: line}"], "/echo/yaml-line-yaml"),
        (&["--vars", "{b: line}", "--variables-file", "v.yaml"], "/echo/yaml-line-yaml"),
        (&["--variables-file=v.yaml", "--variables-file=v.json", "--variables-file=v.env"], "/echo/yaml-json-dot_env"),
    ] {
        for more in [&[][..], &["s2.yaml", "--parallel-suites", "2"]] {
            folder.file("s2.yaml", "- url: /echo/x\n");
            let ran = run(&folder, &[], &[&[&*url, "s.yaml"], words, more].concat(), 0);
            assert!(ran.stdout.contains(path), "{words:?}: {ran:#?}");
        }
    }
    // Those of the environment are below the suite's.
    let ran = run(&folder, &[("RESTTEST_VARIABLES_FILE", "v.yaml\nv.env")], &[&url, "s.yaml"], 0);
    assert!(ran.stdout.contains("/echo/suite-suite-dot_env"), "{ran:#?}");
}

#[test]
fn an_environment_file_is_for_everything_that_looks_there() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(
        "s.yaml",
        "- config: {generators: {e: {type: env_variable, variable_name: FROM_FILE}, h: {type: env_variable, variable_name: KEPT}}}\n\
         - test: {url: {template: '/echo/$e-$h'}, generator_binds: {e: e, h: h}}\n",
    );
    folder
        .file("t.yaml", "- test: {name: t, url: /echo/t, validators: [{compare: {env: FROM_FILE, expected: file}}]}\n");
    folder.file(".env", "FROM_FILE=file\nKEPT=lost\nRESTTEST_MAX_RETRIES=7\nPASSWORD_OF_NOBODY=x\n");
    let url = api.url();
    for more in [&[][..], &["--parallel-suites", "2"]] {
        let words = [&[&*url, "s.yaml", "t.yaml", "--env-file", ".env"], more].concat();
        let ran = run(&folder, &[("KEPT", "own")], &words, 0);
        assert!(ran.stdout.contains("/echo/file-own"), "{ran:#?}");
    }
    let ran = run(&folder, &[], &["explain", &url, "s.yaml", "--env-file", ".env"], 0);
    assert_eq!(explained(&ran, "max_retries"), "max_retries 7 (RESTTEST_MAX_RETRIES)");
    folder.file(".resttest.yaml", "env-file: .env\n");
    folder.file(
        "c.yaml",
        format!("base_url: '{url}'\nhooks: {{before_all: ['echo $FROM_FILE > seen'], after_each: ['echo $FROM_FILE >> seen']}}\n\
                 test_suites: [{{name: s, files: [t.yaml]}}]\n"),
    );
    run(&folder, &[], &["--config", "c.yaml"], 0);
    assert_eq!(std::fs::read_to_string(folder.path().join("seen")).expect("a file"), "file\nfile\n");
}

#[test]
fn a_switch_that_is_on_elsewhere_is_taken_back_on_the_line() {
    let (folder, api) = (Folder::new(), sample());
    folder.file(".resttest.yaml", "fail-fast: true\n");
    folder.file("s.yaml", "- url: /status/500\n- url: /status/500\n");
    folder.file("t.yaml", "- url: /status/500\n- url: /status/500\n");
    let url = api.url();
    for (environment, words, failed) in [
        (&[][..], &[][..], 1),
        (&[], &["--fail-fast=false"], 2),
        (&[("RESTTEST_FAIL_FAST", "false")], &[], 2),
        (&[("RESTTEST_FAIL_FAST", "true")], &["--fail-fast=false"], 2),
        (&[("RESTTEST_FAIL_FAST", "false")], &["--fail-fast"], 1),
        (&[], &["--fail-fast=false", "--parallel-suites", "2", "t.yaml"], 4),
    ] {
        run(&folder, environment, &[&[&*url, "s.yaml"], words].concat(), failed);
    }
    let ran = run(&folder, &[], &[&url, "s.yaml", "--fail-fast=no"], 64);
    assert!(ran.stderr.contains("option --fail-fast takes no value, or =false"), "{ran:#?}");
}

#[test]
fn proxies_may_stand_in_a_file_for_the_environment() {
    let proxy = Promised::new(1, |_, request| {
        assert!(request.target.starts_with("http://example.invalid/"), "{}", request.target);
        Answer::ok("{}")
    });
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x\n");
    folder.file(".env", format!("http_proxy={}\n", proxy.url()));
    let words = ["http://example.invalid", "s.yaml", "--env-file", ".env"];
    run(&folder, &[("no_proxy", "")], &words, 0);
}

#[test]
fn what_is_wrong_elsewhere_is_told_with_its_place() {
    let folder = Folder::new();
    folder.file("s.yaml", "- url: /x\n");
    let run = |environment: &[(&str, &str)], words: &[&str], code: i32| {
        run(&folder, environment, &[&["http://127.0.0.1:1", "s.yaml"], words].concat(), code).stderr
    };
    for (text, code, told) in [
        ("max-retries: many\n", 78, ".resttest.yaml:1:14: max-retries must be an integer, 0 or more, not \"many\""),
        ("\n\nmax-retrys: 2\n", 78, ".resttest.yaml:3:1: unknown option \"max-retrys\"; did you mean \"max-retries\"?"),
        ("rate: 0\n", 78, ".resttest.yaml:1:7: rate must be from 0.001 to 10000000, not 0"),
        ("- a\n", 78, "must be a mapping of options such as max-retries: 2, not a list"),
        ("variables-file: gone.yaml\n", 66, "gone.yaml: cannot be read: no such file or directory"),
        ("duration: 1s\nrepeat: 2\n", 78, "exclude each other; keep one"),
        ("a: [\n", 78, ".resttest.yaml:"),
    ] {
        folder.file(".resttest.yaml", text);
        let stderr = run(&[], &[], code);
        assert!(stderr.contains(told), "{text}: {stderr}");
        // It is ignored where that is asked for; then nobody answers.
        run(&[], &["--no-settings-file"], 1);
    }
    std::fs::remove_file(folder.path().join(".resttest.yaml")).expect("a file");
    let stderr = run(&[("RESTTEST_MAX_RETRIES", "many")], &[], 64);
    assert!(stderr.contains("error: RESTTEST_MAX_RETRIES must be an integer, 0 or more, not \"many\"\n"), "{stderr}");
    let stderr = run(&[("RESTTEST_STRICT", "maybe")], &[], 64);
    assert!(stderr.contains("error: RESTTEST_STRICT must be true or false, not \"maybe\"\n"), "{stderr}");
    folder.file("v.yaml", "- a\n");
    folder.file("v.env", "just words\n");
    assert!(
        run(&[], &["--variables-file", "v.yaml"], 66).contains("v.yaml:1:3: a file of variables must be a mapping")
    );
    assert!(run(&[], &["--env-file", "v.env"], 66).contains("v.env:1:1: is no line of a dotenv file"));
    assert!(run(&[], &["--env-file", "no.env"], 66).contains("no.env: cannot be read"));
}
