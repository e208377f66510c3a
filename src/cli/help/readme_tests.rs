//! README.md lists what there is: exit codes, names, options.

use crate::exchange::curl_options::{self, Effect};

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md")
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
    let table = crate::cli::exit::Exit::TABLE.map(|(code, meaning)| (code.to_owned(), meaning.to_owned()));
    assert_eq!(rows, table);
}

#[test]
fn every_name_that_a_suite_can_use_is_there() {
    names_all("Generators", crate::variables::generator::type_names().iter().map(String::as_str));
    names_all("Generators", crate::variables::generator::character_set_names());
    names_all("Extractors", crate::judge::extract::EXTRACTORS.iter().copied());
    names_all("Validators", crate::judge::validate::VALIDATORS.iter().copied());
    names_all("Validators", crate::judge::validate::COMPARATORS.iter().copied());
    names_all("Validators", crate::judge::validate::TYPES.iter().copied());
    names_all("Validators", crate::judge::validate::TESTS.iter().copied());
    names_all("Keys of a test", crate::load::metrics::Metric::ALL.iter().map(|(name, _)| *name));
    names_all("Keys of a test", crate::load::metrics::Aggregate::NAMES);
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
    names_all("Demo scenes", crate::demo::SCENES.iter().map(|scene| scene.name));
}
