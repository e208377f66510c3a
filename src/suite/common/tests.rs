//! What tests come to with `config` above or below them.

use std::fmt::Write as _;

use crate::suite::{ReadOptions, Suite, SuiteError, parse_testsets, read_test_text, review};
use crate::test::definition::Test;
use crate::variables::context::Context;

fn suite(text: &str) -> Result<Suite, SuiteError> {
    let options = ReadOptions { base_url: "http://h".to_owned(), ..ReadOptions::default() };
    parse_testsets(&read_test_text("s.yaml", text)?, &options)
}

fn tests(text: &str) -> Vec<Test> {
    suite(text).unwrap_or_else(|error| panic!("{text}: {error}")).sets.remove(0).tests
}

fn faults(text: &str) -> String {
    suite(text).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

/// The request of a test, in short: `PUT /x?a=1 A: b, C: d`.
fn sent(test: &Test) -> String {
    let mut context = Context::new();
    context.bind("v", "V".into());
    test.bind(&mut context).unwrap();
    let request = test.render(&context, crate::exchange::request::Timeout::Unlimited).unwrap();
    let mut text = format!("{} {}", request.method, request.url.trim_start_matches("http://h"));
    for (name, value) in request.headers {
        let _ = write!(text, " {name}: {value}");
    }
    if let Some((name, password)) = request.basic_auth {
        let _ = write!(text, " ({name}:{password})");
    }
    text
}

#[test]
fn a_key_that_a_test_has_wins_and_mappings_come_together() {
    for (defaults, test, expected) in [
        ("method: PUT", "", "PUT /x"),
        ("method: PUT", "method: DELETE", "DELETE /x"),
        ("headers: {A: 1, B: 2}", "headers: {b: 3, C: 4}", "GET /x A: 1 b: 3 C: 4"),
        ("headers: {A: 1, B: 2}", "headers: {b: ''}", "GET /x A: 1"),
        ("headers: {A: 1}", "headers: [{B: 2}, {C: 3}]", "GET /x A: 1 B: 2 C: 3"),
        // What is no template stays none.
        ("headers: {A: $v}", "headers: {template: {B: $v}}", "GET /x A: $v B: V"),
        ("headers: {Template: {A: $v}}", "headers: {B: $v}", "GET /x A: V B: $v"),
        ("headers: {template: {A: $v}}", "headers: {template: {a: $v.}}", "GET /x a: V."),
        ("query: {a: 1, b: 2}", "query: {b: 3}", "GET /x?a=1&b=3"),
        ("query: {template: {a: $v}}", "query: {b: [$v, 2]}", "GET /x?a=V&b=%24v&b=2"),
        ("query: {a: $v}", "query: {template: {A: $v}}", "GET /x?a=%24v&A=V"),
        ("query: [{a: 1}, {a: 2}]", "query: {b: 1}", "GET /x?a=1&a=2&b=1"),
        ("variable_binds: {p: 1, q: 2}", "variable_binds: {q: 3}, query: {template: {z: $p$q}}", "GET /x?z=13"),
        ("auth_username: u, auth_password: p", "", "GET /x (u:p)"),
        ("auth_username: u, auth_password: p", "auth_password: q", "GET /x (u:q)"),
        ("auth_username: u, auth_password: p", "auth_username: ''", "GET /x"),
        ("body: {json: {a: 1}}, method: PUT", "body: text", "PUT /x"),
        ("curl_option_useragent: a", "method: HEAD", "HEAD /x"),
    ] {
        for text in [
            format!("- config: {{defaults: {{{defaults}}}}}\n- test: {{url: /x, {test}}}"),
            format!("- test: {{url: /x, {test}}}\n- configuration: [{{Defaults: [{{{defaults}}}]}}]"),
            format!("- test: {{url: /x, {test}}}\n- config:\n- config: {{testset: a, defaults: {{{defaults}}}}}")
                .replace("- config:\n", ""),
        ] {
            assert_eq!(sent(&tests(&text)[0]), expected, "{text}");
        }
    }
}

#[test]
fn a_matrix_of_defaults_has_the_tests_own_names_too() {
    for (own, expected) in [
        ("matrix: {b: [3]}", &["T [a=1, b=3]", "T [a=2, b=3]"][..]),
        ("matrix: [{a: [4]}, {b: [3]}]", &["T [a=4, b=3]"]),
        ("data: [{c: 5}]", &["T [c=5, a=1]", "T [c=5, a=2]"]),
    ] {
        let text = format!("- config: {{defaults: {{matrix: {{a: [1, 2]}}}}}}\n- test: {{name: T, url: /x, {own}}}");
        let names: Vec<String> = tests(&text).into_iter().map(|test| test.name).collect();
        assert_eq!(names, expected, "{own}");
    }
}

#[test]
fn settings_validators_and_blocks_come_together() {
    let text = "
- config:
    timeout: 1
    defaults:
      timeout: 2
      retry: {max_retries: 3, backoff_base: 4, retry_statuses: [500]}
      performance: {repeat: 5, concurrency: 2, mode: async}
      validators: [{extract_test: {header: a, test: exists}}]
      extract_binds: {a: {header: a}, b: {header: b}}
      stop_on_failure: true
      group: G
- test: {url: /x}
- test:
    url: /y
    timeout: 6
    retry: {backoff_base: 7, retryable_statuses: [502]}
    performance: {duration: 8, connections: 3}
    validators: [{compare: {header: b, expected: 1}}, {compare: {header: c, expected: 1}}]
    extract_binds: {b: {header: c}}
    stop_on_failure: false
";
    let tests = tests(text);
    let shown = |test: &Test| {
        let (retry, plan) = (&test.layer.retry, test.performance.as_deref().unwrap());
        let validators: Vec<u32> = test.validators.iter().map(|validator| validator.location.position.line).collect();
        let binds: Vec<&str> = test.extract_binds.iter().map(|bind| bind.variable.as_str()).collect();
        let statuses = retry.retry_statuses.as_ref().map(|set| set.value.clone());
        (
            test.layer.timeout.as_ref().unwrap().value.limit().unwrap().as_secs(),
            (retry.max_retries.as_ref().unwrap().value, retry.backoff_base.as_ref().unwrap().value.as_secs(), statuses),
            format!("{:?} {:?} {:?}", plan.volume, plan.layer.concurrency.as_ref().map(|set| set.value), plan.mode),
            (validators, binds.concat(), test.stop_on_failure, test.group.clone()),
        )
    };
    assert_eq!(
        shown(&tests[0]),
        (
            2,
            (3, 4, Some(vec![500])),
            "Requests(5) Some(2) Async".to_owned(),
            (vec![8], "ab".to_owned(), true, "G".to_owned())
        )
    );
    assert_eq!(
        shown(&tests[1]),
        (
            6,
            (3, 7, Some(vec![502])),
            "Duration(8s) Some(3) Async".to_owned(),
            (vec![18, 18, 8], "ab".to_owned(), false, "G".to_owned())
        )
    );
    let from = tests[1].from_defaults.as_deref().unwrap();
    assert_eq!(from.validators, 1);
    let keys: Vec<&str> = from.keys.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["retry", "performance", "validators", "extract_binds", "group"]);
}

#[test]
fn headers_and_logins_of_config_are_those_of_every_request() {
    let config = "headers: {template: {A: $v, Authorization: t}}, auth_username: {template: $v}, auth_password: p";
    for (test, expected) in [
        ("", "GET /x A: V Authorization: t (V:p)"),
        ("headers: {a: 1}", "GET /x Authorization: t a: 1 (V:p)"),
        ("headers: {a: '', authorization: ''}", "GET /x (V:p)"),
        // Whoever brings a login of his own means that one.
        ("auth_username: u, auth_password: q", "GET /x A: V (u:q)"),
        ("auth_password: q", "GET /x A: V Authorization: t (V:q)"),
        ("auth_username: ''", "GET /x A: V Authorization: t"),
    ] {
        for (kind, text) in [
            ("test", format!("- config: {{{config}}}\n- test: {{url: /x, {test}}}")),
            ("benchmark", format!("- benchmark: {{url: /x, metrics: [total_time], {test}}}\n- config: {{{config}}}")),
        ] {
            let set = suite(&text).unwrap_or_else(|error| panic!("{text}: {error}")).sets.remove(0);
            let test = set.tests.first().or(set.benchmarks.first().map(|benchmark| &benchmark.test)).unwrap();
            assert_eq!(sent(test), expected, "{kind} {text}");
        }
    }
    let simple = tests(&format!("- url: /x\n- config: {{{config}}}\n- config: {{headers: {{a: 2}}, tags: t}}"));
    assert_eq!(sent(&simple[0]), "GET /x Authorization: t a: 2 (V:p)");
    assert_eq!(simple[0].tags.list(), ["t"]);
}

#[test]
fn a_simple_test_has_defaults_and_its_url_as_ever() {
    let read = tests("- config: {defaults: {method: PUT, tags: a}}\n- url: x y\n- url: //z");
    assert_eq!((read[0].url.source(), read[1].url.source()), ("http://hx y", "http://h//z"));
    assert_eq!((read[0].method.as_str(), &read[0].expected_status[..]), ("PUT", &[200, 201, 204][..]));
    assert_eq!((read[1].location.position.line, read[1].tags.list()), (3, &["a".to_owned()][..]));
    assert!(faults("- config: {defaults: {method: PUT}}\n- url: [x]").contains("s.yaml:2:9: url must be text"));
}

#[test]
fn what_is_wrong_with_defaults_is_told_once_where_it_stands() {
    let many = "- test: {url: /x}\n".repeat(300);
    for (config, expected) in [
        (
            "defaults: {url: /x, name: n}",
            "s.yaml:1:23: url in defaults would be that of every test; write it in each of them\ns.yaml:1:32: name in defaults would be that of every test; write it in each of them",
        ),
        ("defaults: {timeout: -1}", "s.yaml:1:32: timeout must be a number of seconds, 0 or more, not the number -1"),
        (
            "defaults: {validators: {a: b}}",
            "s.yaml:1:35: validators must be a list of validators (- compare: {…}), not a mapping",
        ),
        ("defaults: 5", "s.yaml:1:12: defaults must be a mapping, or a list of mappings, not the number 5"),
        ("headers: x", "s.yaml:1:21: headers must be a mapping, or a list of mappings, not the text \"x\""),
        ("auth_password: [x]", "s.yaml:1:28: auth_password must be text or {template: $name}, not a list"),
        ("auth_password: {temlate: $x}", "s.yaml:1:28: auth_password must be text or {template: $name}, not a mapping"),
        ("tags: [a, -b]", "s.yaml:1:22: the tag \"-b\" begins with -; a tag is one word, several are [slow, eu]"),
        ("tags: {a: b}", "s.yaml:1:19: tags must be a word or a list of words, such as [slow, eu], not a mapping"),
    ] {
        for text in
            [format!("- config: {{{config}}}\n{many}"), format!("- config: {{{config}}}\n- test: {{url: /x}}\n")]
        {
            let found = faults(&text);
            let expected: Vec<&str> = expected.lines().collect();
            let found: Vec<&str> = found.lines().collect();
            assert_eq!(found.len(), expected.len(), "{config}: {found:?}");
            for (found, expected) in found.iter().zip(expected) {
                let message = expected.split_once(": ").unwrap().1;
                assert!(found.starts_with("s.yaml:1:") && found.ends_with(message), "{config}: {found}");
            }
        }
    }
    // Between defaults and tests, too.
    let both = faults(&format!(
        "- config: {{defaults: {{save: a.txt}}}}\n{}",
        "- test: {url: /x, performance: {repeat: 1}}\n".repeat(300)
    ));
    assert_eq!(both.lines().count(), 1, "{both}");
}

#[test]
fn what_is_odd_about_defaults_is_warned_of_once() {
    let many = "- test: {url: /x}\n".repeat(300);
    for odd in ["tiemout: 5", "method: PSOT", "compare: {}", "headers: {A: [1]}", "output_file: x"] {
        let text = format!("- config: {{defaults: {{{odd}}}}}\n{many}");
        let warnings = suite(&text).unwrap_or_else(|error| panic!("{error}")).warnings;
        let lines: Vec<u32> = warnings.iter().map(|warning| warning.location.position.line).collect();
        assert_eq!(lines, [1], "{odd}: {warnings:?}");
    }
    // What it may not hold is not what is meant.
    let urll = suite("- config: {defaults: {urll: x}}\n- test: {url: /x}\n").unwrap().warnings;
    assert_eq!(urll[0].message, "unknown key \"urll\" in defaults is ignored");
    let text = "- config: {headers: {A: $x}}\n- test: {url: /x}\n- test: {url: /y}\n";
    let file = read_test_text("s.yaml", text).unwrap();
    let hints: Vec<String> = review(&file, &ReadOptions::default()).hints.iter().map(ToString::to_string).collect();
    assert_eq!(hints.len(), 2, "{hints:?}");
    assert!(hints.iter().all(|hint| hint.starts_with("s.yaml:1:12: ")), "{hints:?}");
    assert!(hints[0].contains("PyRestTest ignored them") && hints[1].contains("$x is outside a template"), "{hints:?}");
}

#[test]
fn tags_are_words() {
    let tags = |config: &str, test: &str| {
        tests(&format!("- config: {{{config}}}\n- test: {{url: /x, {test}}}")).remove(0).tags.shown()
    };
    for (config, test, expected) in [
        ("", "tags: slow", "slow"),
        ("", "tags: [slow, 7, slow]", "slow, 7"),
        ("tags: x", "", "x"),
        ("tags: [x, y]", "tags: [a, x]", "a, x, y"),
        ("tags: x, defaults: {tags: d}", "", "d, x"),
        ("tags: x, defaults: {tags: d}", "tags: []", "x"),
        ("tags: x", "tags: null", "x"),
    ] {
        assert_eq!(tags(config, test), expected, "{config} {test}");
    }
    for (wrong, part) in [
        ("no", "a tag must be a word, in quotes where YAML takes it for something else, not the boolean false"),
        ("'a b'", "the tag \"a b\" holds a blank or a comma; a tag is one word, several are [slow, eu]"),
        ("'a,b'", "the tag \"a,b\" holds a blank or a comma"),
        ("''", "the tag \"\" is empty"),
        ("[[a]]", "tags must be a word or a list of words"),
    ] {
        let found = faults(&format!("- test: {{url: /x, tags: {wrong}}}"));
        assert!(found.starts_with("s.yaml:1:2") && found.contains(part), "{wrong}: {found}");
    }
}
