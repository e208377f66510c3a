//! Tags: choosing by them, and where they are shown.

use serde_json::Value;

use crate::support::{Finish, Folder, run_text, sample};

const SUITE: &str = "
- config: {tags: api}
- test: {name: one, url: /echo/1, tags: [slow, eu]}
- test: {name: two, url: /echo/2, tags: eu}
- url: /echo/3
- benchmark: {name: four, url: /echo/4, metrics: [total_time], benchmark_runs: 1, warmup_runs: 0, tags: [load]}
";

#[test]
fn any_of_the_tags_chooses_and_skip_tags_has_the_last_word() {
    for (words, code, requests) in [
        (&["--tags", "eu"][..], 0, 2),
        (&["--tags", "slow,load"], 0, 2),
        (&["--tags", "slow", "--tags", "load"], 0, 2),
        (&["--tags", "api", "--skip-tags", "slow,load"], 0, 2),
        (&["--skip-tags", "api"], 66, 0),
        (&["--tags", "eu", "--only", "two"], 0, 1),
        (&["--tags", "EU"], 66, 0),
        (&["--tags", "-eu"], 64, 0),
        (&["--tags", "eu,-slow"], 64, 0),
        (&["--tags", ""], 64, 0),
        (&["--tags", "eu,,slow"], 64, 0),
        (&["--skip-tags", "-eu"], 64, 0),
    ] {
        let api = sample();
        let ran = run_text(&api.url(), SUITE, words).exits(code);
        assert_eq!(api.requests(), requests, "{words:?} {ran:#?}");
        assert_eq!(code != 0, ran.stderr.starts_with("error: "), "{words:?} {ran:#?}");
    }
}

#[test]
fn slips_are_told() {
    for (words, code, part) in [
        (
            &["--tags", "slwo"][..],
            66,
            "no test has the tag \"slwo\"; did you mean \"slow\"?; there are api, eu, load, slow",
        ),
        (&["--tags", "eu,slwo"], 0, "--tags: no test has the tag \"slwo\""),
        (&["--skip-tags", "lod"], 0, "--skip-tags: no test has the tag \"lod\"; did you mean \"load\"?"),
        (
            &["--tags", "-slow"],
            64,
            "option --tags names tags of tests that run, not \"-slow\"; --skip-tags slow leaves tests out",
        ),
        (
            &["--tags", "eu", "--only", "x"],
            66,
            "no test is selected by --only and --tags; resttest list shows the names",
        ),
    ] {
        let api = sample();
        let ran = run_text(&api.url(), SUITE, words).exits(code);
        assert!(ran.stderr.contains(part), "{words:?} {ran:#?}");
    }
    let api = sample();
    let ran = run_text(&api.url(), "- url: /echo", ["--tags", "a"]).exits(66);
    assert!(ran.stderr.contains("no test has the tag \"a\"; no test has tags"), "{ran:#?}");
}

#[test]
fn tags_are_listed_and_reported() {
    let api = sample();
    let folder = Folder::new();
    folder.file("s.yaml", SUITE);
    folder.file(
        "t.yaml",
        "- test: {name: stops, url: /nowhere, stop_on_failure: true}\n- test: {name: left, url: /echo, tags: [late]}\n",
    );
    let list = folder.resttest().args(["list", "s.yaml"]).finish().exits(0).stdout;
    assert!(list.contains("  Default: one  GET /echo/1  tags: slow, eu, api\n"), "{list}");
    let words = ["--report-json", "r.json", "--report-junit", "r.xml", "--report-html", "r.html"];
    for more in [&[][..], &["--parallel-suites", "2"]] {
        let suites = [api.url(), "s.yaml".into(), "t.yaml".into()];
        folder.resttest().args(suites).args(words).args(more).finish().exits(1);
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a report");
        let json: Value = serde_json::from_str(&read("r.json")).expect("JSON");
        let tags = |place: &str| json.pointer(place).unwrap_or(&Value::Null).to_string();
        assert_eq!(tags("/suites/0/tests/0/tags"), "[\"slow\",\"eu\",\"api\"]");
        assert_eq!(tags("/suites/0/benchmarks/0/tags"), "[\"load\",\"api\"]");
        assert_eq!(tags("/suites/1/tests/0/tags"), "null");
        assert_eq!(tags("/suites/1/skipped/0/tags"), "[\"late\"]");
        assert!(read("r.xml").contains("<property name=\"tags\" value=\"slow, eu, api\"/>"));
        assert!(read("r.html").contains("tags: slow, eu, api"));
    }
}

#[test]
fn tests_of_a_runner_configuration_have_tags_too() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "r.json",
        format!(
            r#"{{"project_name": "P", "base_url": "{}", "test_suites": [{{"name": "s", "tests": [
            {{"name": "a", "url": "/echo/a", "tags": ["x"]}}, {{"name": "b", "url": "/echo/b"}}]}}]}}"#,
            api.url()
        ),
    );
    folder.resttest().args(["--config", "r.json", "--tags", "x"]).finish().exits(0);
    assert_eq!(api.requests(), 1);
    folder.resttest().args(["--config", "r.json", "--skip-tags", "x"]).finish().exits(0);
    assert_eq!(api.requests(), 2);
}

#[test]
fn a_name_that_is_there_is_no_pattern() {
    let folder = Folder::new();
    folder.file("a.yaml", "- test: {url: /echo/a, name: 'Adds [item=a]'}\n- test: {url: /echo/b, name: Adds i}\n");
    folder.file("b.yaml", "- test: {url: /echo/c, name: Adds m}\n- test: {url: /echo/d, name: 2 ** 3}\n");
    for more in [&[][..], &["--parallel-suites", "2"]] {
        for (words, requests) in [
            (["--only", "Adds [item=a]"], 1),
            // Not even in the other file, whose process does not know the name.
            (["--skip", "Adds [item=a]"], 3),
            (["--only", "Adds [im]"], 2),
            (["--only", "2 ** 3"], 1),
        ] {
            let api = sample();
            let ran = folder.resttest().args([&api.url(), "a.yaml", "b.yaml"]).args(words).args(more).finish().exits(0);
            assert_eq!(api.requests(), requests, "{words:?} {more:?} {ran:#?}");
        }
    }
}
