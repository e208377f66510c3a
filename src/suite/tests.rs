//! Suites whose reading once differed from PyRestTest's.

use crate::load::plan::Volume;

use super::{ReadOptions, Suite, SuiteError, parse_testsets, read_test_text};

fn read(text: &str) -> Result<Suite, SuiteError> {
    parse_testsets(&read_test_text("s.yaml", text)?, &ReadOptions::default())
}

#[test]
fn what_pyresttest_passes_over_is_passed_over() {
    for suite in [
        "- test: {url: /a, delay: -3}",
        "- test: {url: /a, delay: '-3'}",
        "- test: {url: /a, delay: -.inf}",
        "- test: {url: /a, variable_binds: ''}",
        "- test: {url: /a, variable_binds: 0}",
        "- url: /a\n- benchmark: {}",
        "- url: /a\n- benchmark: [{name: without metrics}]",
        "- url: /a\n- benchmark: {url: /b, metrics: [1, [total_time], total_time]}",
        "- url: /a\n- benchmark: {url: /b, metrics: total_time, warmup_runs: -3}",
        "- url: /a\n- benchmark: {url: /b, metrics: total_time, output_file: ''}",
        "- url: /a\n- config: {generators: {g: {type: number_sequence, start: ''}}}",
        "- url: /a\n- config: {generators: {g: {type: number_sequence, start: []}}}",
        "- url: /a\n- config: {generators: {g: {type: random_text, length: -3}}}",
        "- url: /a\n- config: {generators: {g: {type: random_text, min_length: -3}}}",
        "- url: /a\n- benchmark: {url: /b, generator_binds: {x: nowhere}}",
    ] {
        let read = read(suite).unwrap_or_else(|error| panic!("{suite}: {error}"));
        assert!(read.sets.iter().all(|set| set.tests.len() == 1), "{suite}");
        assert!(read.sets.iter().flat_map(|set| &set.tests).all(|test| test.delay.is_zero()), "{suite}");
    }
}

#[test]
fn what_pyresttest_stops_at_is_an_error_with_its_place() {
    for (suite, message) in [
        ("- test: {url: /a, delay: [1]}", "s.yaml:1:19: delay must be a number of seconds"),
        ("- test: {url: /a, headers: {template: []}}", "s.yaml:1:29: the template of headers must be a mapping"),
        (
            "- test: {url: /a, headers: {template: [{A: b}]}}",
            "s.yaml:1:41: the template of headers must be a mapping of names to values, not a list",
        ),
        (
            "- test: {url: /a, validators: [{json_schema: {schema: ''}}]}",
            "s.yaml:1:56: schema must be JSON or YAML text",
        ),
        ("- test: {url: /a, validators: [{json_schema: {schema: 5}}]}", "s.yaml:1:55: schema must be a mapping"),
        ("- test: {url: /a, validators: [{json_schema: [{schema: '{}'}]}]}", "json_schema must be a mapping"),
        (
            "- config: {generators: {ids: {type: number_sequence}}}\n- test: {url: /a, generator_binds: {x: idz}}",
            "s.yaml:2:3: generator \"idz\" is not defined under config: generators; did you mean \"ids\"?",
        ),
        (
            "- benchmark: {url: /a, metrics: total_time, generator_binds: {x: g}}",
            "s.yaml:1:3: generator \"g\" is not defined",
        ),
        ("- test: {metrics: total_time}", "a test has no url"),
        ("- benchmark: {metrics: total_time}", "a benchmark has no url"),
    ] {
        let error = read(suite).expect_err(suite).to_string();
        assert!(error.contains(message), "{suite}: {error}");
    }
}

#[test]
fn a_chain_of_imports_has_an_end_that_is_named() {
    let folder = std::env::temp_dir().join(format!("resttest-imports-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for number in 0..=102 {
        let text = format!("- import: {}.yaml\n- url: /{number}\n", number + 1);
        std::fs::write(folder.join(format!("{number}.yaml")), text).unwrap();
    }
    std::fs::write(folder.join("103.yaml"), "- url: /103\n").unwrap();
    let read = |first: usize| {
        let file = super::read_test_file(&folder.join(format!("{first}.yaml"))).unwrap();
        parse_testsets(&file, &ReadOptions::default())
    };
    assert_eq!(read(3).unwrap().sets.len(), 101);
    let error = read(0).unwrap_err().to_string();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(
        error.contains("100.yaml:1:11: ") && error.contains("101.yaml would be imported through 100 files"),
        "{error}"
    );
}

#[test]
fn utf_16_is_read_as_its_byte_order_mark_says() {
    let path = std::env::temp_dir().join(format!("resttest-utf16-{}.yaml", std::process::id()));
    for (mark, bytes) in [(0xfeff_u16, u16::to_le_bytes as fn(u16) -> [u8; 2]), (0xfeff, u16::to_be_bytes)] {
        let units = std::iter::once(mark).chain("- url: /é😀\n".encode_utf16());
        std::fs::write(&path, units.flat_map(bytes).collect::<Vec<u8>>()).unwrap();
        let suite = parse_testsets(&super::read_test_file(&path).unwrap(), &ReadOptions::default()).unwrap();
        assert_eq!(suite.sets[0].tests[0].url.source(), "/é😀");
    }
    std::fs::write(&path, [0xff, 0xfe, 0x41]).unwrap();
    let error = super::read_test_file(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("is not UTF-8"), "{error}");
}

#[test]
fn numbers_deep_in_lists_have_the_place_of_the_key_above() {
    for (suite, place) in [
        ("- test:\n    url: /a\n    headers: [5]", "s.yaml:3:5: headers"),
        ("- test:\n    url: /a\n    variable_binds: [[1]]", "s.yaml:3:5: variable_binds"),
        ("- test:\n    url: /a\n    validators: [[[]]]", "s.yaml:3:5: a validator"),
        ("- test:\n    url: /a\n    generator_binds:\n      - 5", "s.yaml:3:5: generator_binds"),
    ] {
        let error = read(suite).expect_err(suite).to_string();
        assert!(error.starts_with(place), "{suite}: {error}");
    }
}

#[test]
fn many_tests_in_a_row_are_read_as_few_are() {
    let element = |number: usize| match number {
        100 | 777 => format!("- test: {{url: /{number}, nmae: odd}}\n"),
        400 => "- config: {timeout: 3}\n".to_owned(),
        500 => "- test: {url: /500}\n  url: /500b\n".to_owned(),
        number if number % 3 == 0 => format!("- url: /{number}\n"),
        number => format!("- test: {{url: /{number}, name: {number}}}\n"),
    };
    let text: String = (0..1000).map(element).collect();
    let suite = read(&text).unwrap();
    let [set] = suite.sets.as_slice() else { panic!("{}", suite.sets.len()) };
    let alone: Vec<String> = (0..1000)
        .flat_map(|number| read(&element(number)).unwrap().sets.remove(0).tests)
        .map(|test| format!("{} {:?}", test.name, test.url))
        .collect();
    let together: Vec<String> = set.tests.iter().map(|test| format!("{} {:?}", test.name, test.url)).collect();
    assert_eq!(together, alone);
    assert_eq!(set.tests[999].location.position.line, 1001);
    let lines =
        |faults: &[crate::ground::source::Fault]| faults.iter().map(|f| f.location.position.line).collect::<Vec<_>>();
    // The second is a url beside a test.
    assert_eq!(lines(&suite.warnings), [101, 502, 779]);

    let wrong = text.replace("- url: /3\n", "- url: [3]\n").replace("- url: /900\n", "- test: {}\n");
    let Err(SuiteError::Invalid(faults)) = read(&wrong) else { panic!() };
    assert_eq!(lines(&faults), [4, 902]);
}

#[test]
fn numbers_with_an_exponent_count() {
    let plan = |block: &str| {
        let suite =
            read(&format!("- test: {{url: /, performance: {{{block}}}}}")).unwrap_or_else(|e| panic!("{block}: {e}"));
        suite.sets[0].tests[0].performance.clone().unwrap()
    };
    let counted = plan("repeat: 1e3, concurrency: 2e1, warmup: 1e1, threshold_ms: 1e2");
    assert_eq!(counted.volume, Volume::Requests(1000));
    assert_eq!((counted.layer.concurrency.clone().map(|c| c.value), counted.warmup), (Some(20), 10));
    assert_eq!(counted.threshold, Some(std::time::Duration::from_millis(100)));
    let paced = plan("mode: async, duration: 1e-1, rate: 1e3");
    assert_eq!((paced.volume, paced.rate), (Volume::Duration(std::time::Duration::from_millis(100)), Some(1000.0)));
    assert!(read("- test: {url: /, performance: {repeat: 1e-1}}").is_err());
}
