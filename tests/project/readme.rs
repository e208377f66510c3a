//! README.md, kept equal to the program: what it lists is what there is, and what it shows runs.

use resttest::ReadOptions;

use crate::support::{Finish, Folder, binary, resttest, root, sample};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md")
}

fn guide(topic: &str) -> String {
    std::fs::read_to_string(root().join(format!("src/guides/{topic}.md"))).expect("a guide")
}

/// The text below a heading, up to the next.
fn section(text: &str, heading: &str) -> String {
    let start = text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no heading {heading}"));
    let rest = &text[start + 1..];
    let rest = &rest[rest.find('\n').unwrap_or(0)..];
    rest[..rest.find("\n## ").unwrap_or(rest.len())].to_owned()
}

#[track_caller]
fn names_all<'n>(text: &str, names: impl IntoIterator<Item = &'n str>) {
    let text = text.to_lowercase();
    let marks = |c: char| !c.is_alphanumeric() && !"_.-…".contains(c);
    let words: Vec<&str> = text.split(marks).collect();
    let missing: Vec<&str> = names.into_iter().filter(|name| !words.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?} are not named");
}

/// All keys of a JSON document, but those below keys that hold counts by name.
fn keys_of(json: &serde_json::Value, keys: &mut std::collections::BTreeSet<String>) {
    match json {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                keys.insert(key.clone());
                if !matches!(key.as_str(), "percentiles_ms" | "statuses" | "errors" | "reasons" | "results") {
                    keys_of(value, keys);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| keys_of(item, keys)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_report_and_every_metric_is_there() {
    let ran = |format: &str| {
        let mut command = resttest();
        command.args(["demo", format, "-"]);
        command.finish().exits(0).stdout
    };
    let json: serde_json::Value = serde_json::from_str(&ran("--report-json")).expect("JSON");
    let mut keys = std::collections::BTreeSet::new();
    keys_of(&json, &mut keys);
    assert!(keys.len() > 40, "{keys:?}");
    names_all(&section(&guide("report-json"), "The JSON report"), keys.iter().map(String::as_str));
    let prom = ran("--report-prom");
    let metrics: Vec<&str> = prom.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(metrics.len() > 8, "{metrics:?}");
    names_all(&section(&guide("report-json"), "The Prometheus textfile"), metrics);
}

#[test]
fn the_summary_that_is_shown_is_the_programs() {
    let api = sample();
    let ran = resttest().current_dir(root()).args([&api.url(), "fixtures/performance.yaml"]).finish().exits(0);
    let names = |text: &str| -> Vec<String> {
        let block = text.split("=== PERFORMANCE SUMMARY ===").nth(1).expect("a summary");
        let lines =
            block.lines().map(str::trim).skip(1).take_while(|line| !line.is_empty() && !line.starts_with("TEST"));
        lines.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(names(&guide("load-results")), names(&ran.stdout));
}

#[test]
fn the_first_suite_is_the_fixture_and_prints_what_is_shown() {
    let fixture = std::fs::read_to_string(root().join("fixtures/quickstart.yaml")).expect("the fixture");
    assert!(section(&readme(), "A first suite").contains(&fixture));
    let api = sample();
    let ran = resttest().current_dir(root()).args([&api.url(), "fixtures/quickstart.yaml"]).finish().exits(0);
    let shown: Vec<String> = section(&readme(), "A first suite")
        .lines()
        .map(|line| line.trim_start().replace("http://127.0.0.1:8000", &api.url()))
        .filter(|line| line.starts_with("TEST RESULT") || line.starts_with("Test Group"))
        .collect();
    let without_time = |line: &str| line.split(" | Response Time").next().unwrap_or_default().to_owned();
    let printed: Vec<String> = ran.stdout.lines().map(without_time).collect();
    assert_eq!(shown.iter().map(|line| without_time(line)).collect::<Vec<_>>(), printed);
}

/// What follows `$ ` in the README, with the exit code that a comment behind it says, and the lines that are shown.
fn commands() -> Vec<(String, i32, Vec<String>)> {
    let text = readme();
    let mut found: Vec<(String, i32, Vec<String>)> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ "), found.last_mut()) {
                (Some(command), _) => {
                    let (command, code) = command.split_once("   # exit ").unwrap_or((command, "0"));
                    found.push((command.to_owned(), code.parse().expect("a code"), Vec::new()));
                }
                (None, Some((.., shown))) => shown.push(line.to_owned()),
                (None, None) => panic!("{line}"),
            }
        }
    }
    found
}

/// A line without what changes from run to run.
fn without_numbers(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        match c {
            '0'..='9' | '.' if out.ends_with('0') => {}
            '0'..='9' => out.push('0'),
            _ => out.push(c),
        }
    }
    out
}

/// Whether a text is what is shown, where `…` stands for any lines, or the rest of one.
fn is_shown(shown: &[String], printed: &str) -> bool {
    let mut lines = printed.lines();
    let mut gap = false;
    for line in shown {
        if line == "…" {
            gap = true;
            continue;
        }
        let wanted = without_numbers(line);
        let fits = |line: &str| match wanted.strip_suffix('…') {
            Some(beginning) => without_numbers(line).starts_with(beginning),
            None => without_numbers(line) == wanted,
        };
        let found = if gap { lines.any(fits) } else { lines.next().is_some_and(fits) };
        if !found {
            return false;
        }
        gap = false;
    }
    gap || lines.next().is_none()
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let commands = commands();
    assert!(commands.len() >= 5, "{commands:?}");
    let api = sample();
    for (command, code, shown) in commands {
        let words = command.replace("http://127.0.0.1:8000", &api.url());
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_resttest")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("{words} 2>&1")]).env("PATH", path).current_dir(root());
        let ran = shell.output().expect("a shell");
        let printed = String::from_utf8_lossy(&ran.stdout).replace(&api.url(), "http://127.0.0.1:8000");
        assert_eq!(ran.status.code(), Some(code), "{command}: {printed}");
        if !shown.is_empty() {
            assert!(is_shown(&shown, &printed), "{command}: {shown:#?}, and not {printed}");
        }
    }
}

/// What stands between single backticks and begins with the program's name, each of the words that `|` parts by itself.
fn inline_commands() -> Vec<String> {
    let text = readme();
    let prose: String = text.split("```").step_by(2).collect();
    let spans = prose.split('`').skip(1).step_by(2).filter(|span| span.starts_with("resttest "));
    let alternatives = |span: &str| match span.rsplit_once(' ') {
        Some((before, last)) if last.contains('|') => {
            last.split('|').map(|word| format!("{before} {word}")).collect::<Vec<_>>()
        }
        _ => vec![span.replace("TOPIC", "suite")],
    };
    spans.flat_map(alternatives).collect()
}

#[test]
fn commands_in_sentences_and_in_the_example_for_ci_run_too() {
    let commands = inline_commands();
    assert!(commands.len() >= 8, "{commands:?}");
    for command in commands {
        let folder = Folder::new();
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        folder.resttest().args(&words).finish().exits(0);
    }
    let ci = section(&readme(), "In CI");
    let script = ci.split("script:\n").nth(1).and_then(|rest| rest.split("artifacts").next()).expect("a script");
    let lines: Vec<&str> = script.lines().filter_map(|line| line.trim().strip_prefix("- ")).collect();
    assert!(lines.len() >= 2, "{script}");
    let (folder, api) = (Folder::new(), sample());
    let suite = std::fs::read_to_string(root().join("fixtures/quickstart.yaml")).expect("a suite");
    std::fs::create_dir(folder.path().join("suites")).expect("a folder");
    folder.file("suites/a.yaml", &suite);
    folder.file("suites/b.yaml", &suite);
    for line in lines {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("resttest() {{ '{}' \"$@\"; }}\n{line}", binary())]).env("API_URL", api.url());
        shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        shell.env_remove("http_proxy").current_dir(folder.path()).finish().exits(0);
    }
    assert!(folder.path().join("junit.xml").exists());
}

#[test]
fn what_is_planned_is_not_there_yet() {
    let text = guide("roadmap");
    let names: Vec<&str> = text.split('`').skip(1).step_by(2).collect();
    let help = resttest().arg("--help").finish().exits(0).stdout;
    let words: Vec<&str> = help.split_whitespace().collect();
    for name in names {
        let is_command = help.contains(&format!("resttest {name} "));
        assert!(!is_command && !words.contains(&name), "{name} is there, and no longer planned");
    }
}

#[test]
fn an_example_for_ci_runs_an_environment_of_a_runner_configuration() {
    let text = std::fs::read_to_string(root().join("fixtures/ci/gitlab-ci.yml")).expect("an example");
    let line = text.lines().find(|line| line.contains("--config ") && line.contains("--env ")).expect("such a job");
    let line = line.trim().trim_start_matches("- tools/resttest ");
    let (folder, api) = (Folder::new(), sample());
    let config = root().join("fixtures/runner/runner.json");
    let words = line.replace("resttest.json", &config.display().to_string());
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("'{}' {words}", binary())]).env("ENVIRONMENT", "staging").env("PEOPLE_URL", api.url());
    shell.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    shell.env_remove("http_proxy").current_dir(folder.path()).finish().exits(0);
    assert!(folder.path().join("junit-staging.xml").exists());
}

#[test]
fn what_is_linked_to_is_there() {
    let text = readme();
    let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 20, "{links:?}");
    for link in links.iter().filter(|link| !link.starts_with("https://")) {
        assert!(root().join(link).exists(), "{link}");
    }
    let lines = text.lines().count();
    assert!((100..=170).contains(&lines), "a newcomer reads so much: {lines} lines");
    let picture = std::fs::read_to_string(root().join("fixtures/terminal.svg")).expect("the picture");
    assert!(picture.starts_with("<svg") && picture.contains("PASS<") && picture.contains("FAIL<"));
}

#[test]
fn every_example_is_told_of() {
    let text = std::fs::read_to_string(root().join("fixtures/README.md")).expect("fixtures/README.md");
    let mut folders = vec![root().join("fixtures")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let told = ["ci/suites", "programs", "bodies", "schemas", "common", "language/expected"];
            match entry.path() {
                path if told.iter().any(|folder| path.ends_with(format!("fixtures/{folder}"))) => {}
                path if path.is_dir() => folders.push(path),
                _ => assert!(name == "README.md" || text.contains(&name), "{name}"),
            }
        }
    }
    let cargo = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    for example in std::fs::read_dir(root().join("fixtures/programs")).expect("programs").flatten() {
        let name = example.path().file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(cargo.contains(&format!("fixtures/programs/{name}.rs")), "{name} is no cargo example");
        assert!(text.contains(&format!("--example {name}")), "{name}");
    }
}

#[test]
fn the_public_names_of_the_crate_are_listed() {
    let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    let text = lib.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let names: Vec<&str> = text
        .flat_map(|tree| match tree.split_once('{') {
            Some((_, inside)) => inside.trim_end_matches('}').split(',').map(str::trim).collect(),
            None => vec![tree.rsplit("::").next().unwrap_or_default()],
        })
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.len() > 50, "{names:?}");
    let section = guide("library");
    let section =
        section.split("All public names:").nth(1).and_then(|rest| rest.split("\n\nNine").next()).expect("a table");
    let table = section.lines().filter(|line| line.starts_with('|'));
    let mut listed: Vec<&str> = table.flat_map(|line| line.split('`').skip(1).step_by(2)).collect();
    let mut public = names.clone();
    public.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, public, "the guide lists the names that src/lib.rs has, each once");
}

#[test]
fn the_ten_lines_of_library_use_run() -> Result<(), Box<dyn std::error::Error>> {
    let api = sample();
    let file = resttest::read_test_file(&root().join("fixtures/quickstart.yaml"))?;
    let options = ReadOptions { base_url: api.url(), ..Default::default() };
    let suite = resttest::parse_testsets(&file, &options)?;
    let client = resttest::Client::new(Default::default());
    let settings = resttest::Settings::default();
    let engine = resttest::Engine {
        exchange: std::sync::Arc::new(client),
        clock: std::sync::Arc::new(resttest::SystemClock),
        settings: &settings,
    };
    let run = resttest::run_testsets(&engine, &suite.sets, &mut |event: resttest::Event| println!("{event:?}"));
    assert!(run.succeeded());
    Ok(())
}
