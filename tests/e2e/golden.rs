//! Every text that a wrong suite or command line is answered with, held in `tests/golden/`.
//!
//! NAME.yaml is the suite (if the case needs one on disk), NAME.err the exit code in the first line
//! and then stderr to the byte. `UPDATE_GOLDEN=1 cargo test golden` writes the .err files anew; read
//! the difference before committing it.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Answer, Finish, Folder, Promised, root, sample};

/// What the suite is.
enum Suite {
    /// `tests/golden/NAME.yaml`.
    File,
    /// Made by the test: too large for a file, or not text.
    Made(fn() -> Vec<u8>),
    /// There is none.
    Absent,
}

struct Case {
    name: &'static str,
    suite: Suite,
    /// The words after the program's name; URL and SUITE are filled in.
    words: &'static [&'static str],
    /// How many requests may arrive.
    sends: u64,
    /// What a server answers that is not the sample API: headers and body.
    answer: Option<(&'static str, &'static str)>,
}

const RUN: &[&str] = &["URL", "SUITE"];

const fn file(name: &'static str) -> Case {
    Case { name, suite: Suite::File, words: RUN, sends: 0, answer: None }
}

const fn sending(name: &'static str, sends: u64) -> Case {
    Case { name, suite: Suite::File, words: RUN, sends, answer: None }
}

const fn answered(name: &'static str, headers: &'static str, body: &'static str) -> Case {
    Case { answer: Some((headers, body)), ..sending(name, 1) }
}

/// A suite with `--strict`, of which nothing is sent.
const fn strict(name: &'static str) -> Case {
    Case { words: &["URL", "SUITE", "--strict"], ..file(name) }
}

const fn made(name: &'static str, make: fn() -> Vec<u8>) -> Case {
    Case { name, suite: Suite::Made(make), words: RUN, sends: 0, answer: None }
}

const fn words(name: &'static str, words: &'static [&'static str]) -> Case {
    Case { name, suite: Suite::Absent, words, sends: 0, answer: None }
}

const CASES: &[Case] = &[
    // The command line.
    words("no_arguments", &[]),
    words("no_suite", &["URL"]),
    words("one_word_too_many", &["URL", "SUITE", "more"]),
    words("unknown_flag", &["URL", "SUITE", "--print-bodeis"]),
    words("flag_without_value", &["URL", "SUITE", "--log"]),
    words("flag_with_value_it_does_not_take", &["URL", "SUITE", "--verbose=2"]),
    words("ambiguous_flag", &["URL", "SUITE", "--print"]),
    words("check_without_url", &["check"]),
    words("check_two_urls", &["check", "http://h", "http://i"]),
    words("check_letter_of_load", &["check", "URL", "-q", "5"]),
    words("check_header_without_colon", &["check", "URL", "-H", "X-A b"]),
    words("check_json_is_none", &["check", "URL", "--json", "{a: 1}"]),
    words("check_two_bodies", &["check", "URL", "-d", "a=1", "--form", "b=2"]),
    words("check_status", &["check", "URL", "--status", "2xx"]),
    words("check_that_without_argument", &["check", "URL", "--that", "raw_body contains x"]),
    words("check_that_extractor", &["check", "URL", "--that", "jsonpth a eq 1"]),
    words("check_that_comparator", &["check", "URL", "--that", "jsonpath_mini a equal 1"]),
    words("check_that_jsonpath", &["check", "URL", "--that", "jsonpath $[ eq 1"]),
    words("check_that_list", &["check", "URL", "--that", "jsonpath_mini a one_of b"]),
    words("fail_after_without_alert_state", &["URL", "SUITE", "--fail-after", "3"]),
    words("fail_after_is_zero", &["URL", "SUITE", "--alert-state", "s.json", "--fail-after", "0"]),
    words("quiet_without_alert_state", &["URL", "SUITE", "--quiet-unless-changed"]),
    words("check_limits_without_nagios", &["check", "URL", "-w", "1"]),
    words("check_body_file", &["check", "URL", "-d", "@none.json"]),
    words("load_n_and_z", &["load", "URL", "-n", "5", "-z", "5s"]),
    words("load_threshold", &["load", "URL", "--threshold", "p95 is 3"]),
    words("load_mode", &["load", "URL", "--mode", "parallel"]),
    words("load_that_of_check", &["load", "URL", "-w", "1"]),
    words("init_ci", &["init", "--ci", "travis"]),
    words("short_flag", &["URL", "SUITE", "-q"]),
    words("wrong_boolean", &["URL", "SUITE", "--print-bodies=yes"]),
    words("vars_not_a_mapping", &["URL", "SUITE", "--vars", "[1, 2]"]),
    words("vars_not_yaml", &["URL", "SUITE", "--vars", "{a: "]),
    words("extension_that_is_not_there", &["URL", "SUITE", "--extension", "./no-such-program"]),
    words("extension_that_says_no_hello", &["URL", "SUITE", "--extension", "echo hello"]),
    words("demo_with_a_word", &["demo", "fast"]),
    words("unknown_scene", &["demo", "--scene", "backof"]),
    words("scene_without_demo", &["URL", "SUITE", "--scene", "retry"]),
    words("negative_max_retries", &["URL", "SUITE", "--max-retries", "-1"]),
    words("wrong_backoff", &["URL", "SUITE", "--retry-backoff-base", "soon"]),
    words("negative_backoff_max", &["URL", "SUITE", "--retry-backoff-max=-3"]),
    words("zero_max_concurrency", &["URL", "SUITE", "--max-concurrency", "0"]),
    words("wrong_max_concurrency", &["URL", "SUITE", "--max-concurrency", "many"]),
    words("base_url_without_scheme", &["127.0.0.1:8000", "SUITE"]),
    words("base_url_is_a_host", &["localhost", "SUITE"]),
    words("swapped_arguments", &["SUITE", "URL"]),
    words("url_as_suite", &["URL", "http://localhost/suite.yaml"]),
    words("no_base_url", &["SUITE"]),
    words("misspelt_command", &["lints", "SUITE"]),
    words("command_exec", &["exec", "SUITE"]),
    words("command_tests", &["tests"]),
    words("wrong_unset_variables_flag", &["URL", "SUITE", "--unset-variables", "eror"]),
    // Files.
    words("missing_suite", RUN),
    words("folder_as_suite", &["URL", "."]),
    file("empty"),
    file("only_a_comment"),
    made("not_utf8", || b"- url: /x\n- test: {url: \"/caf\xe9\"}\n".to_vec()),
    made("nested_20000_deep", || "[".repeat(20_000).into_bytes()),
    made("nested_mappings", || ("- test: ".to_owned() + &"{a: ".repeat(2_000)).into_bytes()),
    made("alias_bomb", alias_bomb),
    // YAML.
    file("broken_yaml"),
    file("tab"),
    file("tab_before_a_key"),
    file("wrong_indentation"),
    file("deeper_than_its_block"),
    file("list_item_among_keys"),
    file("key_among_list_items"),
    file("keys_not_indented"),
    file("url_beside_test"),
    file("no_colon"),
    file("unquoted_colon"),
    file("unclosed_list"),
    file("unclosed_mapping"),
    file("unknown_anchor"),
    file("python_tag"),
    file("unknown_tag"),
    file("list_as_key"),
    file("wrong_merge"),
    file("top_level_mapping"),
    file("top_level_text"),
    file("top_level_number"),
    // Types and values.
    file("several_faults"),
    file("all_faults_of_a_test"),
    file("all_faults_of_a_load_run"),
    file("secret_in_the_line"),
    file("long_line"),
    file("wide_characters"),
    // What is probably meant otherwise; these run.
    sending("duplicate_key", 2),
    sending("misspelt_method", 1),
    sending("key_beside_test", 1),
    strict("strict"),
    strict("strict_with_a_fault"),
    file("test_is_text"),
    file("config_is_text"),
    file("wrong_unset_variables"),
    file("benchmark_is_number"),
    file("url_is_list"),
    file("url_mapping_without_template"),
    file("no_url"),
    file("wrong_method"),
    file("headers_are_text"),
    file("body_is_number"),
    file("body_unknown_mapping"),
    file("certificate_unknown_word"),
    file("cookies_is_number"),
    file("cookies_faults"),
    file("cookies_file_is_none"),
    file("wrong_bodies"),
    file("wrong_comparisons"),
    file("wrong_generators"),
    file("wrong_order"),
    file("wrong_polls"),
    file("wrong_conditions"),
    file("expected_status_is_text"),
    file("matrix_of_text"),
    file("matrix_too_large"),
    file("data_without_rows"),
    file("data_missing"),
    file("rows_beside_performance"),
    file("foreach_without_dollar"),
    file("foreach_of_no_list"),
    file("numeric_password"),
    file("negative_timeout"),
    file("delay_is_text"),
    file("stop_on_failure_is_text"),
    file("validators_are_mapping"),
    file("validator_is_text"),
    file("extract_binds_is_text"),
    file("variable_binds_is_text"),
    file("two_extractors"),
    // Names.
    file("unknown_comparator"),
    file("unknown_extractor"),
    file("unknown_extractor_in_extract_binds"),
    file("unknown_validator"),
    file("unknown_test_function"),
    file("unknown_generator_type"),
    file("generator_without_type"),
    file("fixed_sequence_without_values"),
    file("unknown_character_set"),
    file("unknown_curl_option"),
    file("client_key_password"),
    file("impossible_curl_option"),
    file("curl_option_of_wrong_type"),
    file("unknown_metric"),
    file("unknown_aggregate"),
    file("wrong_output_format"),
    file("zero_benchmark_runs"),
    file("compare_without_extractor"),
    file("compare_without_expected"),
    file("json_schema_without_schema"),
    // Retry and load.
    file("load_negative_repeat"),
    file("load_zero_repeat"),
    file("load_negative_concurrency"),
    file("load_huge_concurrency"),
    file("load_unknown_mode"),
    file("load_wrong_threshold"),
    file("load_unknown_quantity"),
    file("load_percentile_101"),
    file("load_stages_of_both_kinds"),
    file("load_stage_of_no_length"),
    file("load_stage_below_zero"),
    file("load_stage_too_fast"),
    file("load_stages_with_a_rate"),
    file("load_stages_all_zero"),
    file("load_rate_below_zero"),
    file("load_rate_too_fast"),
    file("load_think_time_with_a_rate"),
    file("load_poisson_without_a_rate"),
    file("load_threads_in_sync_mode"),
    file("load_connections_twice"),
    file("load_ramp_beyond_duration"),
    file("load_think_time_backwards"),
    file("load_wrong_rate"),
    file("load_tiny_rate"),
    file("load_duration_with_repeat"),
    file("load_wrong_duration"),
    file("load_negative_timeout"),
    file("load_negative_warmup"),
    file("load_wrong_rps_mode"),
    file("load_wrong_output_format"),
    file("load_is_text"),
    file("load_unwritable_output"),
    file("benchmark_percentile_101"),
    file("benchmark_negative_concurrency"),
    file("benchmark_think_time_with_a_rate"),
    file("retry_negative"),
    file("retry_slips"),
    file("retry_budget_of_a_test"),
    file("rate_limit_of_a_test"),
    file("rate_limit_faults"),
    file("suite_timeout_of_a_load_run"),
    words("wrong_rate_limit", &["URL", "SUITE", "--rate-limit", "50/d"]),
    words("wrong_timeout", &["URL", "SUITE", "--timeout", "10s"]),
    words("wrong_retry_jitter", &["URL", "SUITE", "--retry-jitter", "fulll"]),
    words("wrong_retry_budget", &["URL", "SUITE", "--retry-budget", "20"]),
    file("retry_wrong_status"),
    file("retry_negative_backoff"),
    file("retry_is_number"),
    file("retry_without_methods"),
    file("config_negative_concurrency"),
    // What config says of all tests.
    file("defaults_wrong"),
    file("defaults_against_a_test"),
    file("config_headers_wrong"),
    file("tags_wrong"),
    words("tags_with_a_minus", &["URL", "SUITE", "--tags", "smoke,-slow"]),
    words("tags_empty", &["URL", "SUITE", "--tags", "smoke,"]),
    Case { words: &["URL", "SUITE", "--tags", "smok"], ..file("tags_unknown") },
    // Imports and outputs.
    file("missing_import"),
    file("import_is_number"),
    file("wrong_sharing"),
    file("wrong_auth"),
    file("auth_file_missing"),
    file("missing_need"),
    file("needs_itself"),
    strict("shares_a_misspelt_key"),
    file("unwritable_output_file"),
    // The file itself is not among the imported, so it runs twice, as with PyRestTest.
    sending("import_cycle", 2),
    // These fail a test, and the run goes on.
    sending("missing_body_file", 1),
    sending("missing_schema_file", 2),
    file("generator_not_defined"),
    sending("extraction_fails", 2),
    sending("body_is_not_json", 2),
    sending("path_not_there", 2),
    sending("values_differ", 3),
    answered(
        "answer_is_a_page",
        "content-type: text/html; charset=utf-8\r\n",
        "<!DOCTYPE html>\n<html><body>Please log in</body></html>\n",
    ),
    answered("answer_is_empty", "content-type: application/json\r\n", ""),
    answered("answer_is_zstd", "content-type: application/json\r\ncontent-encoding: zstd\r\n", "(\u{b5}/\u{fd}"),
    answered("long_texts_differ", "content-type: text/plain\r\n", "first line\nsecond lime\nthird line"),
    sending("wrong_regex", 2),
    sending("wrong_jmespath", 2),
    file("wrong_jsonpath"),
    sending("jsonpath_finds_nothing", 1),
    sending("types_do_not_compare", 2),
    sending("unknown_type_name", 2),
    sending("url_with_space", 1),
    sending("unset_variables", 7),
    sending("unset_variables_error", 1),
];

fn alias_bomb() -> Vec<u8> {
    let mut text = "- a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for letter in 'b'..='m' {
        let before = char::from(letter as u8 - 1);
        let _ = writeln!(text, "- {letter}: &{letter} [{}]", vec![format!("*{before}"); 9].join(","));
    }
    text.into_bytes()
}

fn golden(name: &str, ending: &str) -> std::path::PathBuf {
    root().join("tests/golden").join(format!("{name}.{ending}"))
}

/// Cases that pass: they are about what is said besides.
const PASSING: [&str; 4] = ["import_cycle", "duplicate_key", "misspelt_method", "key_beside_test"];

fn told(case: &Case) -> String {
    let api = sample();
    let answer =
        case.answer.map(|(headers, body)| Promised::new(1, move |_, _| Answer::Full(200, headers, body.into())));
    let folder = Folder::new();
    let suite = format!("{}.yaml", case.name);
    match case.suite {
        Suite::File => {
            std::fs::copy(golden(case.name, "yaml"), folder.path().join(&suite)).expect("the suite of the case");
        }
        Suite::Made(make) => {
            folder.file(&suite, make());
        }
        Suite::Absent => {}
    }
    let url = answer.as_ref().map_or_else(|| api.url(), Promised::url);
    let words = case.words.iter().map(|word| match *word {
        "URL" => url.as_str(),
        "SUITE" => suite.as_str(),
        other => other,
    });
    let ran = folder.resttest().args(words).finish();
    assert!(answer.is_some() || api.requests() == case.sends, "{}: requests sent; {ran:#?}", case.name);
    let code = ran.code.unwrap_or(-1);
    assert_eq!(code == 0, PASSING.contains(&case.name), "{} exits with {code}", case.name);
    let mut text = format!("exit {code}\n");
    for line in ran.stderr.lines() {
        text.push_str(&without_time(&line.replace(&url, "URL")));
        text.push('\n');
    }
    text
}

/// The one thing that differs from run to run.
fn without_time(line: &str) -> String {
    match line.split_once(" Response Time: ") {
        Some((before, _)) => format!("{before} Response Time: TIME"),
        None => line.to_owned(),
    }
}

#[test]
fn every_error_is_told_as_written_down() {
    let updating = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut different = Vec::new();
    for case in CASES {
        let told = told(case);
        if updating {
            std::fs::write(golden(case.name, "err"), &told).expect("a golden file");
        }
        let written = std::fs::read_to_string(golden(case.name, "err")).unwrap_or_default();
        if told != written {
            different.push(format!("== {}\n-- written down:\n{written}-- told:\n{told}", case.name));
        }
    }
    assert!(different.is_empty(), "{}\nUPDATE_GOLDEN=1 writes them anew", different.join("\n"));
}

#[test]
fn no_golden_file_is_without_its_case() {
    for entry in std::fs::read_dir(root().join("tests/golden")).expect("golden files").flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        assert!(CASES.iter().any(|case| case.name == name), "{} belongs to no case", Path::new(&path).display());
    }
}
