//! Variables from file to file, and files that others need: in one process, in several, in shards, and where it fails.

use crate::support::{Answer, Finish, Folder, Promised, Ran, sample};

const LOGIN: &str = "
- config: {testset: Sign in, share: [token, who]}
- test: {name: Sign in, group: Login, url: /api/person/1/, extract_binds: {token: {jsonpath: $.login}, who: {jsonpath: $.id}}}
";

/// A file that needs others, and sends what they share.
fn needing(name: &str, needs: &str) -> String {
    format!(
        "- config: {{needs: {needs}}}\n\
         - test: {{name: {name}, url: {{template: /echo/{name}/$who}}, headers: {{template: {{Authorization: Bearer $token}}}},\n    \
             validators: [{{compare: {{jsonpath_mini: headers.authorization, expected: Bearer gbaltar}}}}]}}\n"
    )
}

fn folder() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("suites")).expect("a folder");
    folder.file("suites/login.yaml", LOGIN);
    folder.file("suites/a.yaml", needing("a", "[login.yaml]"));
    folder.file("suites/b.yaml", needing("b", "login.yaml"));
    folder
}

/// A run against the sample API: what it asked for comes back, too.
fn run(folder: &Folder, words: &[&str]) -> (Ran, Vec<String>) {
    let api = sample();
    let ran = folder.resttest().args(["--url", &api.url()]).args(words).finish();
    (ran, api.log().into_iter().map(|request| request.path).collect())
}

fn ended(ran: &Ran) -> Vec<String> {
    let of_suite = |line: &&str| line.contains(": ") && line.contains(" failures in ");
    ran.stdout.lines().filter(of_suite).map(|line| line.split(" in ").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_needed_file_runs_once_at_its_first_need_named_or_not() {
    let folder = folder();
    let order = ["suites/login.yaml: 0 failures", "suites/a.yaml: 0 failures", "suites/b.yaml: 0 failures"];
    for words in [
        &["suites/a.yaml", "suites/b.yaml"][..],
        &["suites/a.yaml", "suites/b.yaml", "./suites/login.yaml"],
        &["suites/a.yaml", "suites/../suites/login.yaml", "suites/b.yaml"],
        &["suites/"],
    ] {
        let (ran, asked) = run(&folder, words);
        let ran = ran.exits(0);
        assert_eq!(asked, ["/api/person/1/", "/echo/a/1", "/echo/b/1"], "{words:?}");
        assert_eq!(ended(&ran).len(), 3, "{ran:#?}");
        assert!(ended(&ran)[1..] == order[1..] && ran.stderr.is_empty(), "{ran:#?}");
        assert_eq!(ran.counts(), (3, 3));
    }
}

#[test]
fn what_is_shared_goes_to_later_files_and_the_own_config_and_vars_win() {
    let folder = folder();
    folder.file("later.yaml", "- test: {url: {template: /echo/$who}}\n");
    folder.file("own.yaml", "- config: {variable_binds: {who: own}}\n- test: {url: {template: /echo/$who}}\n");
    let (ran, asked) = run(&folder, &["later.yaml", "suites/login.yaml", "own.yaml", "later.yaml"]);
    assert_eq!(asked, ["/echo/$who", "/api/person/1/", "/echo/own"]);
    assert!(ran.exits(0).stderr.contains("later.yaml:1:3: nothing sets $who"));
    folder.file("last.yaml", "- test: {url: {template: /echo/$who}}\n");
    let (ran, asked) = run(&folder, &["suites/login.yaml", "own.yaml", "last.yaml", "--strict"]);
    assert_eq!(asked, ["/api/person/1/", "/echo/own", "/echo/1"]);
    assert_eq!(ran.exits(0).stderr, "");
    let (_, asked) = run(&folder, &["suites/login.yaml", "own.yaml", "last.yaml", "--vars", "{who: given}"]);
    assert_eq!(asked, ["/api/person/1/", "/echo/given", "/echo/given"]);
}

#[test]
fn all_is_what_a_file_has_at_its_end_and_imports_share_with_the_file_that_imports_them() {
    let folder = folder();
    let part = "- config: {share: ALL, variable_binds: {base: v1}}\n\
                - test: {url: /api/person/2/, extract_binds: {id: {jsonpath: $.id}}}\n";
    folder.file("part.yaml", part);
    folder.file("main.yaml", "- import: part.yaml\n- test: {url: {template: /echo/$base/$id}}\n");
    folder.file("settings.yaml", "- config: {share: [stage], variables: {stage: dev}}\n");
    folder.file("end.yaml", "- config: {needs: [settings.yaml]}\n- test: {url: {template: /echo/$stage/$base/$id}}\n");
    let (ran, asked) = run(&folder, &["main.yaml", "end.yaml", "--strict"]);
    assert_eq!(asked, ["/api/person/2/", "/echo/v1/2", "/echo/dev/v1/2"], "{ran:#?}");
    ran.exits(0);
}

#[test]
fn what_a_secret_variable_carries_stays_hidden_in_the_files_that_get_it() {
    let folder = folder();
    let echo = "- config: {needs: [suites/login.yaml]}\n\
                - test: {name: Shows, url: {template: '/echo/x?q=$token'}, expected_status: 500}\n";
    folder.file("shows.yaml", echo);
    let (ran, asked) = run(&folder, &["shows.yaml", "--verbose", "--report-json", "out.json"]);
    let report = std::fs::read_to_string(folder.path().join("out.json")).expect("a report");
    assert!(asked[1].starts_with("/echo/x"), "{asked:?}");
    let ran = ran.exits(1);
    for text in [&ran.stdout, &ran.stderr, &report] {
        assert!(!text.contains("gbaltar") && text.contains("Shows"), "{text}");
    }
}

#[test]
fn where_a_needed_file_fails_nothing_is_sent_of_those_that_need_it() {
    let folder = folder();
    let far = "- setup: {url: /echo/setup}\n- teardown: {url: /echo/teardown}\n\
               - benchmark: {url: /echo/bench, warmup_runs: 0, benchmark_runs: 1, metrics: [total_time]}\n";
    folder.file("far.yaml", needing("far", "[suites/a.yaml]") + far);
    folder.file("suites/login.yaml", LOGIN.replace("/api/person/1/", "/status/500"));
    let (ran, asked) = run(&folder, &["far.yaml", "suites/b.yaml", "--report-json", "out.json"]);
    let ran = ran.exits(5);
    assert_eq!(asked, ["/status/500"]);
    let text = std::fs::read_to_string(folder.path().join("out.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let tests =
        report["suites"].as_array().expect("suites").iter().flat_map(|suite| suite["tests"].as_array().unwrap());
    let told: Vec<String> =
        tests.map(|test| format!("{} {}: {}", test["name"], test["result"], test["failures"][0]["message"])).collect();
    let told = told.join("\n").replace('"', "");
    for part in [
        "Sign in failed",
        "a errored: login.yaml failed",
        "far errored: suites/a.yaml failed",
        "b errored: login.yaml failed",
    ] {
        assert!(told.contains(part), "{part}\n{told}\n{ran:#?}");
    }
    assert!(text.contains("suites/a.yaml failed") && !text.contains("the run ended before it"), "{text}");
}

#[test]
fn in_processes_a_needed_file_runs_once_in_each_and_is_told_once() {
    let folder = folder();
    folder.file("suites/c.yaml", "- url: /echo/c\n");
    for words in [&["suites/a.yaml", "suites/b.yaml", "suites/c.yaml"][..], &["suites/"]] {
        let words = [words, &["--parallel-suites", "3", "--preserve-order", "--report-json", "out.json"]].concat();
        let (ran, mut asked) = run(&folder, &words);
        asked.sort();
        assert_eq!(asked, ["/api/person/1/", "/api/person/1/", "/echo/a/1", "/echo/b/1", "/echo/c"]);
        let ran = ran.exits(0);
        assert_eq!((ran.counts(), ended(&ran).len()), ((4, 4), 4), "{ran:#?}");
        assert!(ran.stdout.ends_with("Total: 0 failures across 4 files\n") && ran.stderr.is_empty(), "{ran:#?}");
        let (one, _) = run(&folder, &words[..words.len() - 5]);
        assert_eq!(ended(&ran), ended(&one.exits(0)));
    }
}

#[test]
fn in_processes_only_files_that_need_another_get_its_variables() {
    let folder = folder();
    folder.file("z.yaml", "- config: {unset_variables: error}\n- test: {name: z, url: {template: /echo/$who}}\n");
    let words = ["suites/login.yaml", "suites/a.yaml", "z.yaml"];
    run(&folder, &words).0.exits(0);
    let (ran, asked) = run(&folder, &[&words[..], &["--parallel-suites", "2"]].concat());
    let ran = ran.exits(1);
    assert_eq!(asked.len(), 2);
    assert!(ran.stderr.contains("z.yaml:2:3: nothing sets $who"), "{ran:#?}");
}

#[test]
fn a_needed_file_that_fails_in_processes_is_told_by_each() {
    let folder = folder();
    folder.file("suites/login.yaml", LOGIN.replace("/api/person/1/", "/status/500"));
    let (ran, asked) = run(&folder, &["suites/", "--parallel-suites", "2"]);
    let ran = ran.exits(4);
    assert_eq!(asked, ["/status/500", "/status/500"]);
    assert_eq!(ended(&ran).len(), 4, "{ran:#?}");
}

#[test]
fn a_limit_that_a_needed_file_reaches_fails_those_that_need_it() {
    let folder = Folder::new();
    folder.file("login.yaml", "- test: {name: Hangs, url: /slow/3000, timeout: 0}\n");
    folder.file("a.yaml", "- config: {needs: login.yaml}\n- test: {name: a, url: /echo/a}\n");
    folder.file("b.yaml", "- test: {name: b, url: /echo/b}\n");
    let words = ["a.yaml", "b.yaml", "--parallel-suites", "2", "--suite-timeout", "1"];
    let ran = run(&folder, &words).0.exits(70);
    assert!(ran.stdout.contains("suite limit of 1 s reached") || ran.stderr.contains("suite limit of 1 s"), "{ran:#?}");
    assert!(ran.stdout.contains("login.yaml failed") || ran.stderr.contains("login.yaml failed"), "{ran:#?}");
}

#[test]
fn a_shard_keeps_what_hangs_together_and_the_whole_is_shown_by_merge() {
    let folder = folder();
    for number in 0..6 {
        folder.file(&format!("suites/s{number}.yaml"), format!("- test: {{name: s{number}, url: /echo/s{number}}}\n"));
    }
    std::fs::rename(folder.path().join("suites/login.yaml"), folder.path().join("login.yaml")).expect("a file moved");
    for split in ["hash:", "slice:"] {
        let mut asked = Vec::new();
        let mut parts = Vec::new();
        for index in 1..=3 {
            let (shard, part) = (format!("{split}{index}/3"), format!("part-{index}.json"));
            let (ran, own) = run(&folder, &["suites/", "--shard", &shard, "--report-json", &part]);
            ran.exits(0);
            let is_of_login = |path: &&String| path.contains("/a/") || path.contains("/b/") || path.contains("person");
            assert!([0, 3].contains(&own.iter().filter(is_of_login).count()), "{own:?}");
            asked.extend(own);
            parts.push(part);
        }
        asked.sort();
        assert_eq!((asked.len(), &*asked[0]), (9, "/api/person/1/"), "{asked:?}");
        let merged =
            folder.resttest().arg("merge").args(&parts).args(["--report-json", "merged.json"]).finish().exits(0);
        let (whole, _) = run(&folder, &["suites/", "--report-json", "whole.json"]);
        assert_eq!(merged.counts(), whole.counts());
        let files = |report: &str| -> Vec<String> {
            let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
            let report: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            report["suites"].as_array().expect("suites").iter().map(|suite| suite["file"].to_string()).collect()
        };
        assert_eq!(files("merged.json"), files("whole.json"));
    }
}

#[test]
fn a_choice_brings_what_it_needs_and_is_none_of_what_is_only_needed() {
    let folder = folder();
    let (ran, asked) = run(&folder, &["suites/a.yaml", "suites/b.yaml", "--only", "b"]);
    assert_eq!((ran.exits(0).counts(), asked), ((2, 2), vec!["/api/person/1/".to_owned(), "/echo/b/1".to_owned()]));
    let (ran, asked) = run(&folder, &["suites/a.yaml", "--only", "Sign in"]);
    assert!(ran.exits(66).stderr.contains("no test is selected") && asked.is_empty());
    let (ran, asked) = run(&folder, &["suites/", "--group", "Login"]);
    assert_eq!((ran.exits(0).counts(), asked.len()), ((1, 1), 1));
    let (ran, _) = run(&folder, &["suites/a.yaml", "--group", "Login"]);
    assert!(ran.exits(66).stderr.contains("no test is in group \"Login\"; there are Default"));
}

#[test]
fn what_failed_runs_again_with_what_it_needs() {
    let folder = folder();
    folder.file("suites/a.yaml", needing("a", "login.yaml").replace("Bearer gbaltar", "Bearer other"));
    let state = ["--state-dir", "state"];
    run(&folder, &[&["suites/"][..], &state].concat()).0.exits(1);
    let (ran, asked) = run(&folder, &[&["suites/", "--rerun-failed"][..], &state].concat());
    ran.exits(1);
    // Another port is another base URL, of which nothing is known: then all of it runs.
    assert!(asked.len() == 3 && asked[0] == "/api/person/1/", "{asked:?}");
    let api = sample();
    let again = |more: &[&str]| {
        let before = api.log().len();
        folder.resttest().args(["--url", &api.url(), "suites/"]).args(state).args(more).finish().exits(1);
        api.log()[before..].iter().map(|request| request.path.clone()).collect::<Vec<String>>()
    };
    assert_eq!(again(&[]).len(), 3);
    assert_eq!(again(&["--rerun-failed"]), ["/api/person/1/", "/echo/a/1"]);
}

#[test]
fn files_that_need_each_other_or_are_not_there_are_refused_with_their_places() {
    let folder = folder();
    folder.file("suites/login.yaml", "- config:\n    needs: [b.yaml]\n- url: /x\n");
    let (ran, asked) = run(&folder, &["suites/a.yaml"]);
    let ran = ran.exits(65);
    let told = "suites/login.yaml:2:13: needs go round in a circle: suites/login.yaml needs suites/b.yaml \
                (suites/login.yaml:2), which needs suites/login.yaml (suites/b.yaml:1)";
    assert!(
        ran.stderr.contains(told) && ran.stderr.contains("2 |     needs: [b.yaml]") && asked.is_empty(),
        "{ran:#?}"
    );

    folder.file("suites/login.yaml", "- config: {needs: [gone.yaml, '.']}\n- url: /x\n");
    let (ran, _) = run(&folder, &["suites/a.yaml", "suites/b.yaml"]);
    let ran = ran.exits(66);
    assert!(ran.stderr.contains("suites/login.yaml:1:20: needs suites/gone.yaml, which cannot be read: "), "{ran:#?}");
    assert!(ran.stderr.contains("suites/login.yaml:1:32: needs suites, which is a folder"), "{ran:#?}");

    folder.file("suites/login.yaml", "- test: {url: [/x]}\n");
    let (ran, _) = run(&folder, &["suites/a.yaml"]);
    assert!(ran.exits(65).stderr.contains("suites/login.yaml:1:16: url must be text"));
    for (text, part) in [
        ("share: token", "share must be a list of variables, or all, not the text \"token\"; write [token]"),
        ("share: [a, $b]", "share takes the name of a variable, not \"$b\"; write b"),
        ("share: 5", "share must be a list of variables, or all, not the number 5"),
        ("share: [5]", "the name of a variable is text, not the number 5"),
        ("needs: {a: b}", "needs must be a suite file, or a list of them, not "),
        ("needs: [a.yaml, 7]", "needs must be a suite file, or a list of them, not the number 7"),
        ("needs: ''", "needs must be a suite file, or a list of them, not "),
    ] {
        folder.file("wrong.yaml", format!("- config: {{{text}}}\n- url: /x\n"));
        let (ran, asked) = run(&folder, &["wrong.yaml"]);
        let ran = ran.exits(65);
        assert!(
            ran.stderr.contains("wrong.yaml:1:") && ran.stderr.contains(part) && asked.is_empty(),
            "{part}\n{ran:#?}"
        );
    }
}

#[test]
fn a_runner_configuration_has_what_its_files_need_once_under_the_settings_where_it_is_named() {
    let folder = folder();
    folder.file("suites/c.yaml", "- test: {name: c, url: {template: '/echo/c/$who/$where'}}\n");
    let config = |suites: &str| format!("{{\"base_url\": \"URL\", \"test_suites\": [{suites}]}}");
    let suite = |name: &str, files: &str, settings: &str| {
        format!("{{\"name\": \"{name}\", \"files\": [{files}], \"settings\": {{{settings}}}}}")
    };
    let [a, login, c] = ["\"suites/a.yaml\"", "\"suites/login.yaml\"", "\"suites/c.yaml\""];
    let here = "\"variables\": {\"where\": \"here\"}";
    for (suites, expected) in [
        // Nobody names it; a suite of its own is moved; a suite of more files lets go of it; within one suite, it is
        // put first.
        (suite("A", a, "") + "," + &suite("C", c, here), &["suites/login.yaml", "A", "C"][..]),
        (suite("A", a, "") + "," + &suite("L", login, "") + "," + &suite("C", c, here), &["L", "A", "C"]),
        (suite("A", a, "") + "," + &suite("LC", &format!("{login}, {c}"), here), &["suites/login.yaml", "A", "LC"]),
        (suite("AL", &format!("{a}, {login}"), "") + "," + &suite("C", c, here), &["AL", "C"]),
    ] {
        let api = sample();
        folder.file("runner.json", config(&suites).replace("URL", &api.url()));
        for (words, logins) in [(&[][..], 1), (&["--parallel-suites", "2", "--preserve-order"], 1)] {
            let before = api.log().len();
            let ran = folder.resttest().args(["--config", "runner.json"]).args(words).finish().exits(0);
            let asked: Vec<String> = api.log()[before..].iter().map(|request| request.path.clone()).collect();
            assert_eq!(asked.iter().filter(|path| *path == "/api/person/1/").count(), logins, "{asked:?}");
            let is_last = |path: &String| path == if words.is_empty() { "/echo/c/1/here" } else { "/echo/c/$who/here" };
            assert!(asked.len() == 3 && asked.iter().any(is_last), "{asked:?}");
            let names: Vec<String> =
                ended(&ran).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
            assert_eq!(names, expected, "{ran:#?}");
        }
    }
}

#[test]
fn lint_list_and_explain_know_what_is_shared_and_needed() {
    let folder = folder();
    let lint = |words: &[&str], code| folder.resttest().arg("lint").args(words).finish().exits(code).stdout;
    assert_eq!(lint(&["suites/a.yaml"], 0), "1 suite: 0 errors, 0 warnings\n");
    assert_eq!(lint(&["suites/"], 0), "3 suites: 0 errors, 0 warnings\n");
    folder.file("later.yaml", "- test: {url: {template: /echo/$who}, headers: {A: $token}}\n");
    let told = lint(&["later.yaml"], 0);
    assert!(told.contains("nothing sets $who") && told.contains("$token is outside a template"), "{told}");
    let told = lint(&["suites/login.yaml", "later.yaml"], 0);
    assert!(!told.contains("nothing sets") && told.contains("$token is outside a template"), "{told}");
    folder.file(
        "odd.yaml",
        "- config: {share: [tokn, cookies], variables: {token: x}}\n- test: {url: {template: /$token}}\n",
    );
    let told = lint(&["odd.yaml"], 0);
    assert!(
        told.contains(
            "odd.yaml:1:20: warning: share names \"tokn\", which nothing in this file sets; did you mean \"token\"?"
        ),
        "{told}"
    );
    assert!(told.contains("odd.yaml:1:26: warning: share names cookies, and this file keeps none"), "{told}");
    folder.file("gone.yaml", "- config: {needs: nowhere.yaml}\n- url: /x\n");
    assert!(lint(&["gone.yaml"], 66).contains("gone.yaml:1:19: error: needs nowhere.yaml, which cannot be read"));
    folder.file("self.yaml", "- config: {needs: self.yaml}\n- url: /x\n");
    assert!(
        lint(&["self.yaml"], 65).contains("error: needs go round in a circle: self.yaml needs self.yaml (self.yaml:1)")
    );

    let list = folder.resttest().args(["list", "suites/a.yaml"]).finish().exits(0).stdout;
    let expected = "suites/login.yaml\n  Login: Sign in  GET /api/person/1/\nsuites/a.yaml  needs: \"login.yaml\"\n";
    assert!(list.starts_with(expected) && list.ends_with("2 tests, 0 benchmarks in 2 files\n"), "{list}");
    let explained = folder.resttest().args(["explain", "http://h", "suites/a.yaml"]).finish().exits(0).stdout;
    for line in ["  shares token (suites/login.yaml:2)", "  needs suites/login.yaml (suites/a.yaml:1)"] {
        assert!(explained.lines().any(|have| have == line), "{line}\n{explained}");
    }
}

#[test]
fn cookies_are_shared_with_files_that_keep_them() {
    let folder = Folder::new();
    folder.file("login.yaml", "- config: {cookies: true, share: [cookies]}\n- url: /login\n");
    folder.file("a.yaml", "- config: {cookies: true, needs: login.yaml}\n- url: /a\n");
    folder.file("b.yaml", "- config: {needs: login.yaml}\n- url: /b\n");
    let server = Promised::new(3, |_, request| {
        let sent = request.header("cookie").map(str::to_owned);
        match request.target.as_str() {
            "/login" => Answer::Full(200, "set-cookie: sid=abc123\r\n", "{}".to_owned()),
            "/a" => {
                assert_eq!(sent.as_deref(), Some("sid=abc123"));
                Answer::ok("{}")
            }
            _ => {
                assert_eq!(sent, None);
                Answer::ok("{}")
            }
        }
    });
    folder.resttest().arg(server.url()).args(["a.yaml", "b.yaml"]).finish().exits(0);
}
