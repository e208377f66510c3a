//! README.md, kept equal to the program: what it lists is what there is, and what it shows runs.

use resttest::ReadOptions;

use crate::support::{Finish, resttest, root, sample};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// The text below a heading, up to the next.
fn section(heading: &str) -> String {
    let text = readme();
    let start = text.find(&format!("\n## {heading}\n")).or_else(|| text.find(&format!("\n### {heading}\n")));
    let rest = &text[start.unwrap_or_else(|| panic!("no heading {heading}")) + 1..];
    let rest = &rest[rest.find('\n').unwrap_or(0)..];
    rest[..rest.find("\n## ").or_else(|| rest.find("\n### ")).unwrap_or(rest.len())].to_owned()
}

#[track_caller]
fn names_all<'n>(heading: &str, names: impl IntoIterator<Item = &'n str>) {
    let text = section(heading).to_lowercase();
    let marks = |c: char| !c.is_alphanumeric() && !"_.-…".contains(c);
    let words: Vec<&str> = text.split(marks).collect();
    let missing: Vec<&str> = names.into_iter().filter(|name| !words.contains(name)).collect();
    assert!(missing.is_empty(), "\"{heading}\" does not name {missing:?}");
}

#[test]
fn every_option_of_the_help_is_there() {
    let help = resttest().arg("--help").finish().exits(0).stdout;
    let flags: Vec<&str> = help
        .lines()
        .filter_map(|line| line.split_whitespace().take(2).find_map(|word| word.strip_prefix("--")))
        .collect();
    assert!(flags.len() >= 14, "{flags:?}");
    let section = section("Command line");
    for flag in flags {
        assert!(section.contains(&format!("`--{flag}")), "--{flag}");
    }
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
    names_all("The JSON report", keys.iter().map(String::as_str));
    let prom = ran("--report-prom");
    let metrics: Vec<&str> = prom.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(metrics.len() > 8, "{metrics:?}");
    names_all("The Prometheus textfile", metrics);
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
    assert_eq!(names(&section("Load")), names(&ran.stdout));
}

#[test]
fn the_first_suite_is_the_fixture_and_prints_what_is_shown() {
    let fixture = std::fs::read_to_string(root().join("fixtures/quickstart.yaml")).expect("the fixture");
    assert!(section("A first suite").contains(&fixture));
    let api = sample();
    let ran = resttest().current_dir(root()).args([&api.url(), "fixtures/quickstart.yaml"]).finish().exits(0);
    let shown: Vec<String> = section("A first suite")
        .lines()
        .map(|line| line.trim_start().replace("http://127.0.0.1:39061", &api.url()))
        .filter(|line| line.starts_with("TEST RESULT") || line.starts_with("Test Group"))
        .collect();
    let without_time = |line: &str| line.split(" | Response Time").next().unwrap_or_default().to_owned();
    let printed: Vec<String> = ran.stdout.lines().map(without_time).collect();
    assert_eq!(shown.iter().map(|line| without_time(line)).collect::<Vec<_>>(), printed);
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
    let section = section("As a library");
    let table = section.lines().filter(|line| line.starts_with('|'));
    let mut listed: Vec<&str> = table.flat_map(|line| line.split('`').skip(1).step_by(2)).collect();
    let mut public = names.clone();
    public.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, public, "README.md lists the names that src/lib.rs has, each once");
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
