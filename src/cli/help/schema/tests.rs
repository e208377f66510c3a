//! The JSON Schema of a suite: what the program takes, it takes; what the program refuses, it refuses.

use std::path::Path;

use crate::suite::{self, document};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> jsonschema::Validator {
    let text = super::text();
    let schema: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(jsonschema::meta::is_valid(&schema), "not a JSON Schema");
    jsonschema::validator_for(&schema).expect("a schema")
}

/// Why a suite does not fit; nothing if it does.
fn reported(schema: &jsonschema::Validator, suite: &str) -> Vec<String> {
    let value = document::read_value(suite).expect("YAML");
    let json = crate::ground::json::to_serde(&value);
    schema.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn suites_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(suites_below(&path));
        } else if path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_sample_fits() {
    let schema = schema();
    let mut suites: Vec<(String, String)> =
        crate::demo::SUITES.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    // Other folders of fixtures hold what is no suite: pipelines, runner configs.
    let is_suite = |path: &std::path::PathBuf| {
        let folder = path.parent().and_then(Path::file_name);
        folder.is_some_and(|folder| folder == "fixtures" || folder == "common")
    };
    for path in suites_below(&root().join("fixtures")).into_iter().filter(is_suite) {
        let text = std::fs::read_to_string(&path).expect("a fixture");
        if !text.lines().any(|line| line.starts_with("test_suites:")) {
            suites.push((path.display().to_string(), text));
        }
    }
    let json = std::fs::read_to_string(root().join("fixtures/suite.json")).expect("a fixture");
    suites.push(("suite.json".to_owned(), json));
    assert!(suites.len() > 15);
    for (name, text) in suites {
        assert_eq!(reported(&schema, &text), [""; 0], "{name}");
    }
}

/// Suites of the field, where they are at hand.
#[test]
fn what_the_program_takes_in_the_wild_fits() {
    let folder = std::env::var_os("RESTTEST_WILD").map_or_else(|| root().join("../shared/wild/cases"), Into::into);
    let schema = schema();
    for path in suites_below(&folder) {
        let text = std::fs::read_to_string(&path).expect("a suite");
        let Ok(file) = suite::read_test_file(&path) else { continue };
        let review = suite::review(&file, &Default::default());
        let is_taken = review.faults.iter().all(|fault| fault.message.starts_with("cannot import"));
        if document::read_value(&text).is_err() {
            continue;
        }
        let reported = reported(&schema, &text);
        let (slips, wrong): (Vec<&String>, Vec<_>) =
            reported.iter().partition(|reported| reported.contains("Additional properties"));
        let is_clean = review.suite.warnings.is_empty();
        let fits = if is_taken { wrong.is_empty() && (slips.is_empty() || !is_clean) } else { !reported.is_empty() };
        assert!(fits, "{}: {reported:#?}", path.display());
    }
}

#[test]
fn spellings_that_the_program_takes_fit() {
    let schema = schema();
    for suite in [
        "[]",
        "- TEST: {URL: /x, Name: 7, Method: get}",
        "- test: [{url: /x}, {headers: [{A: b}, {C: 1}]}]",
        "- test: {url: {TEMPLATE: /x}, expected_status: '200', timeout: '1.5', stop_on_failure: 'True'}",
        "- test: {url: 7, delay: -1, variable_binds: '', retry: null}",
        "- test: {url: /x, curl_option_timeout: 3, CURL_OPTION_NoBody: true}",
        "- test: {url: /x, headers: {Any: 1}, variable_binds: {any: 1}, generator_binds: {any: g}, body: {FILE: a}}",
        "- test: {url: /x, body: [{template: {file: a}}], extract_binds: {any: {header: a}}}",
        "- test: {url: /x, validators: [{assertEqual: {JMESPath: a, comparator: EQ, expected: [1]}, assertTrue: {header: a, test: exists}}]}",
        "- benchmark: {metrics: 5}\n- just text\n- 7",
        "- template: &t {url: /x}\n- x-more: 1\n- test: *t",
        "- benchmark: {url: /x, metrics: [total_time, {Total_Time: ' Mean '}, {percentiles: [50, 99.9]}, {p95: x}, 1], mode: Async, rate: 5/s}",
        "- config: {generators: [{a: {type: Random_Int}}, {b: [{type: choice}, {values: [1]}]}], timeout: 0}",
    ] {
        let wanted = if suite.contains("metrics: 5") { 1 } else { 0 };
        assert_eq!(reported(&schema, suite).len().min(1), wanted, "{suite}: {:?}", reported(&schema, suite));
    }
}

/// The program warns of them, an editor underlines them.
#[test]
fn unknown_keys_do_not_fit() {
    let schema = schema();
    for suite in [
        "- coment: x",
        "- tests: {url: /x}",
        "- test: {url: /x, nothing_reads_this: 1}",
        "- test: [{url: /x}, {nothing_reads_this: 1}]",
        "- test: {url: /x, methd: GET}",
        "- test: {url: {template: /x, nothing_reads_this: 1}}",
        "- test: {url: /x, body: {template: a, nothing_reads_this: 1}}",
        "- test: {url: /x, retry: {max_retries: 1, nothing_reads_this: 1}}",
        "- test: {url: /x, performance: {repeat: 1, nothing_reads_this: 1}}",
        "- test: {url: /x, performance: {stages: [{duration: 1s, rate: 1, nothing_reads_this: 1}]}}",
        "- test: {url: /x, validators: [{compare: {header: a, expected: 1, nothing_reads_this: 1}}]}",
        "- test: {url: /x, validators: [{extract_test: {header: a, test: exists, nothing_reads_this: 1}}]}",
        "- test: {url: /x, validators: [{json_schema: {schema: {}, nothing_reads_this: 1}}]}",
        "- benchmark: {url: /x, metrics: total_time, nothing_reads_this: 1}",
        "- config: {nothing_reads_this: 1}",
        "- config: {generators: {a: {type: random_int, nothing_reads_this: 1}}}",
    ] {
        let reported = reported(&schema, suite);
        assert!(!reported.is_empty(), "fits: {suite}");
    }
    for (_, element) in crate::suite::keys::Element::ALL {
        let name = format!("{}_keys", super::name_of(element));
        assert_eq!(super::schema()["$defs"][&name]["additionalProperties"], false, "{name}");
    }
}

#[test]
fn slips_do_not_fit() {
    let schema = schema();
    for suite in [
        "test: {url: /x}",
        "- test: {name: no url}",
        "- test: {url: /x, validators: {compare: {raw_body: '', expected: 1}}}",
        "- test: {url: /x, validators: [{compare: {raw_body: '', comparator: contians, expected: 1}}]}",
        "- test: {url: /x, validators: [{compare: {raw_body: ''}}]}",
        "- test: {url: /x, validators: [{compare: {expected: 1}}]}",
        "- test: {url: /x, validators: [{comapre: {raw_body: '', expected: 1}}]}",
        "- test: {url: /x, validators: [{extract_test: {raw_body: '', test: exist}}]}",
        "- test: {url: /x, validators: [{json_schema: {}}]}",
        "- test: {url: /x, extract_binds: {a: {jsonpath: b}}}",
        "- test: {url: /x, extract_binds: {a: {header: b, raw_body: ''}}}",
        "- test: {url: /x, timeout: -1}",
        "- test: {url: /x, expected_status: [OK]}",
        "- test: {url: /x, auth_username: a, auth_password: 7}",
        "- test: {url: /x, curl_option_folowlocation: true}",
        "- test: {url: /x, curl_option_writefunction: a}",
        "- test: {url: /x, retry: {max_retries: -1}}",
        "- test: {url: /x, performance: {mode: fast}}",
        "- test: {url: /x, body: {text: a}}",
        "- benchmark: {url: /x, metrics: [latency]}",
        "- benchmark: {url: /x, metrics: {total_time: average}}",
        "- benchmark: {url: /x, metrics: total_time, benchmark_runs: 0}",
        "- config: {generators: {a: {type: randomint}}}",
        "- config: {generators: {a: {start: 1}}}",
        "- config: {generators: {a: {type: random_text, character_set: latin}}}",
        "- config: {timeout: soon}",
    ] {
        assert!(!reported(&schema, suite).is_empty(), "fits: {suite}");
        let file = suite::read_test_text("s.yaml", suite).expect("YAML");
        let review = suite::review(&file, &Default::default());
        assert!(!review.faults.is_empty(), "the program takes it: {suite}");
    }
}
