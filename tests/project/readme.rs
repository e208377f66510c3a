//! README.md, kept equal to the program: what it lists is what there is, and what it shows runs.

use resttest::curl_options::{self, Effect};
use resttest::suite::ReadOptions;

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
fn exit_codes_are_those_of_the_program() {
    let rows: Vec<(String, String)> = section("Exit codes")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .map(|(code, meaning)| (code.to_owned(), meaning.to_owned()))
        .skip(1)
        .collect();
    let table = resttest::cli::Exit::TABLE.map(|(code, meaning)| (code.to_owned(), meaning.to_owned()));
    assert_eq!(rows, table);
}

#[test]
fn every_option_of_the_help_is_there() {
    let help = resttest().arg("--help").finish().exits(0).stdout;
    let flags: Vec<&str> =
        help.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_whitespace().next()).collect();
    assert!(flags.len() >= 14, "{flags:?}");
    let section = section("Command line");
    for flag in flags {
        assert!(section.contains(&format!("`--{flag}")), "--{flag}");
    }
}

#[test]
fn every_name_that_a_suite_can_use_is_there() {
    names_all("Generators", resttest::generator::type_names().iter().map(String::as_str));
    names_all("Generators", resttest::generator::character_set_names());
    names_all("Extractors", resttest::extract::EXTRACTORS.iter().copied());
    names_all("Validators", resttest::validate::VALIDATORS.iter().copied());
    names_all("Validators", resttest::validate::COMPARATORS.iter().copied());
    names_all("Validators", resttest::validate::TYPES.iter().copied());
    names_all("Validators", resttest::validate::TESTS.iter().copied());
    names_all("Keys of a test", resttest::metric::Metric::ALL.iter().map(|(name, _)| *name));
    names_all("Keys of a test", resttest::metric::Aggregate::NAMES);
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
fn curl_options_are_sorted_into_the_right_lists() {
    let text = section("curl options");
    let honoured = text.find("Accepted, since").expect("a second list");
    let (honoured, rest) = text.split_at(honoured);
    let (accepted, _) = rest.split_at(rest.find("The other options").expect("a third"));
    let listed = |list: &str| -> Vec<String> {
        list.split('`').skip(1).step_by(2).filter(|name| *name != "curl_option_NAME").map(str::to_owned).collect()
    };
    let of = |wanted: fn(&Effect) -> bool| -> Vec<String> {
        curl_options::table().iter().filter(|o| wanted(&o.effect)).map(|o| o.name.to_owned()).collect()
    };
    assert_eq!(listed(honoured), of(|effect| matches!(effect, Effect::Set(_))));
    assert_eq!(listed(accepted), of(|effect| matches!(effect, Effect::Nothing)));
}

#[test]
fn every_scene_is_there() {
    names_all("Demo scenes", resttest::demo::SCENES.iter().map(|scene| scene.name));
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
fn the_ten_lines_of_library_use_run() -> Result<(), Box<dyn std::error::Error>> {
    let api = sample();
    let file = resttest::read_test_file(&root().join("fixtures/quickstart.yaml"))?;
    let options = ReadOptions { base_url: api.url(), ..Default::default() };
    let suite = resttest::parse_testsets(&file, &options)?;
    let client = resttest::http::Client::new(Default::default());
    let settings = resttest::Settings::default();
    let engine = resttest::Engine {
        exchange: std::sync::Arc::new(client),
        clock: std::sync::Arc::new(resttest::clock::SystemClock),
        settings: &settings,
    };
    let tally = resttest::run_testsets(&engine, &suite.sets, &mut |event: resttest::Event| println!("{event:?}"));
    assert_eq!(tally.total().failed(), 0);
    Ok(())
}
