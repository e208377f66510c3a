//! The tables against the readers: neither knows a key that the other does not.

use super::{Element, GENERATORS, Key, Takes};
use crate::auth::{AuthKey, Form, KINDS};
use crate::suite::{ReadOptions, Suite, parse_testsets, read_test_text};

fn read(text: &str) -> Suite {
    let file = read_test_text("s.yaml", text).unwrap_or_else(|error| panic!("{text}: {error}"));
    parse_testsets(&file, &ReadOptions::default()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A value that a key takes.
fn sample(key: &Key) -> String {
    match key.takes {
        Takes::Anything | Takes::Text | Takes::Name | Takes::Url | Takes::Content | Takes::Body | Takes::Query => {
            "text"
        }
        Takes::Boolean => "true",
        Takes::Number => "0.5",
        Takes::Integer | Takes::Count | Takes::Positive => "2",
        Takes::Seconds | Takes::Delay | Takes::Milliseconds | Takes::Duration => "3",
        Takes::ByteSize => "1 MiB",
        Takes::Rate | Takes::StageTarget => "5",
        Takes::Stages => "[{duration: 1, rate: 5}]",
        Takes::ThinkTime => "{min: 1, max: 2}",
        Takes::Word(words) => words[words.len() - 1],
        Takes::Headers => "{A: b}",
        Takes::Templated => "text",
        Takes::Json => "{a: 1}",
        Takes::Pairs => "{a: [1, x]}",
        Takes::Parts => "{a: x}",
        Takes::Digits => "'0000'",
        Takes::Schema => "{type: object}",
        Takes::Statuses => "[503]",
        Takes::ExpectedStatus => "[503, {template: '404'}]",
        Takes::Save => "{body: out/x.json}",
        Takes::Share => "[a, b]",
        Takes::Files => "[]",
        Takes::BooleanOrHosts => "['*.test']",
        Takes::Hosts => "['*.test', '10.0.0.0/8']",
        Takes::Methods => "[GET]",
        Takes::Tags => "[slow, eu]",
        Takes::Labels => "{severity: critical, owner: [ann, 7]}",
        Takes::Links => "[{type: issue, name: X-1, url: 'https://h/1'}]",
        Takes::Defaults => "{method: PUT}",
        Takes::Jitter => "full",
        Takes::Errors => "[tls]",
        Takes::IdempotencyKey => "{header: X-Key, quoted: true}",
        Takes::Ratio => "20%",
        Takes::SendRate => "3000/m",
        Takes::Policies => "{5xx: {max_retries: 1}}",
        Takes::Variables => "{a: 1}",
        Takes::GeneratorBinds => "{a: g}",
        Takes::ExtractBinds => "{a: {raw_body: ''}}",
        Takes::Matrix => "{a: [1, x]}",
        Takes::Rows => "[{a: 1}, {a: x}]",
        Takes::Foreach => "{a: $b}",
        Takes::Validators => "[{extract_test: {raw_body: '', test: exists}}]",
        Takes::Generators => "{g: {type: random_int}}",
        Takes::Metrics => "[total_time]",
        Takes::LoadMetrics => "[{percentiles: 50}]",
        Takes::Percentiles => "[50]",
        Takes::Thresholds => "p(95)<500",
        Takes::Values => "[1]",
        Takes::GeneratorType => "random_int",
        Takes::CharacterSet => "digits",
        Takes::Comparator => "eq",
        Takes::ValueTest => "exists",
        Takes::Expected => "1",
        Takes::Cookies => "true",
        Takes::Mock => "stubs.yaml",
        Takes::Auth => "none",
        Takes::Auths => "{a: {type: bearer, token: t}}",
        Takes::Secrets => "[pin]",
        Takes::Texts => "[$.a]",
        Takes::Words => "[echo, x]",
        Takes::Nothing => "''",
        Takes::JsonPath | Takes::Paths => "$.a",
        Takes::Tolerance => "0.5",
        Takes::Tests => "[{url: /x}]",
        Takes::Names => "[first]",
        Takes::Condition | Takes::Skip => "{stage: prod}",
        Takes::Block(Element::Extractor) => "{header: a}",
        Takes::Block(Element::RateLimit) => "{rate: 5}",
        Takes::Block(_) => "{}",
    }
    .to_owned()
}

/// A suite with just this key in this element.
fn suite(element: Element, key: &Key) -> String {
    let (name, value) = (key.name, sample(key));
    let generator = "- config: {generators: {g: {type: random_int}}}";
    match element {
        Element::Suite => format!("- {name}: {value}"),
        Element::Test if name == "url" => "- test: {url: /x}".to_owned(),
        Element::Test if key.takes == Takes::Names => {
            format!("- test: {{url: /x, name: first}}\n- test: {{url: /x, {name}: {value}}}")
        }
        Element::Test if name == "allow_empty" => format!("- test: {{url: /x, data: [], {name}: {value}}}"),
        Element::Test => format!("{generator}\n- test: {{url: /x, {name}: {value}}}"),
        Element::Benchmark => format!("- benchmark: {{url: /x, {name}: {value}{}}}", beside(name)),
        Element::Config if name == "openapi" => "- config: {openapi: fixtures/openapi/sample.yaml}".to_owned(),
        Element::Config => format!("- config: {{{name}: {value}}}"),
        Element::Performance => format!("- test: {{url: /x, performance: {{{name}: {value}{}}}}}", beside(name)),
        Element::Stage if name == "duration" => {
            "- test: {url: /x, performance: {stages: [{duration: 3, rate: 1}]}}".to_owned()
        }
        Element::Stage => format!("- test: {{url: /x, performance: {{stages: [{{duration: 3, {name}: {value}}}]}}}}"),
        Element::Secret if name == "timeout" => {
            format!("- config: {{secrets: {{a: {{command: [echo, x], timeout: {value}}}}}}}")
        }
        Element::Secret => format!("- config: {{secrets: {{a: {{{name}: {value}}}}}}}"),
        Element::Mask => format!("- config: {{mask: {{{name}: {value}}}}}"),
        Element::Mock => format!("- config: {{mock: {{{name}: stubs.yaml}}}}"),
        Element::Cookies if name == "file" => "- config: {cookies: {file: no-jar.txt, save: no-jar.txt}}".to_owned(),
        Element::Cookies => format!("- config: {{cookies: {{{name}: {value}}}}}"),
        Element::Retry => format!("- test: {{url: /x, retry: {{{name}: {value}}}}}"),
        Element::RetryPolicy => format!("- config: {{retry: {{policies: {{429: {{{name}: {value}}}}}}}}}"),
        Element::Poll if name == "multiplier" => format!("- test: {{url: /x, poll: {{{name}: 2}}}}"),
        Element::Poll => format!("- test: {{url: /x, poll: {{{name}: {value}}}}}"),
        Element::RetryBudget => format!("- config: {{retry_budget: {{{name}: {value}}}}}"),
        Element::CircuitBreaker => format!("- config: {{circuit_breaker: {{{name}: {value}}}}}"),
        Element::RateLimit if name == "rate" => format!("- config: {{rate_limit: {{{name}: {value}}}}}"),
        Element::RateLimit => format!("- config: {{rate_limit: {{rate: 5, {name}: {value}}}}}"),
        Element::Validator => {
            let inner = match key.takes {
                Takes::Block(Element::Compare) => "{raw_body: '', expected: x}",
                Takes::Block(Element::ExtractTest) => "{raw_body: '', test: exists}",
                Takes::Block(Element::JsonEquals) => "{expected: 1}",
                Takes::Block(Element::Snapshot) => "{file: a.json}",
                _ => "{schema: {type: object}}",
            };
            format!("- test: {{url: /x, validators: [{{{name}: {inner}}}]}}")
        }
        Element::Compare if name == "expected" => compare("raw_body: '', expected: 1"),
        Element::Compare if name == "tolerance" => {
            compare(&format!("raw_body: '', comparator: close_to, expected: 1, {name}: {value}"))
        }
        Element::Compare => compare(&format!("raw_body: '', expected: 1, {name}: {value}")),
        Element::ExtractTest => {
            format!("- test: {{url: /x, validators: [{{extract_test: {{header: a, {name}: {value}}}}}]}}")
        }
        Element::JsonSchema => format!("- test: {{url: /x, validators: [{{json_schema: {{{name}: {value}}}}}]}}"),
        Element::Extractor => {
            let query = match name {
                "last" => "status",
                "certificate" => "days_left",
                _ => &value,
            };
            compare(&format!("expected: 1, {name}: {query}"))
        }
        Element::JsonEquals if name == "expected" => {
            "- test: {url: /x, validators: [{json_equals: {expected: 1}}]}".to_owned()
        }
        Element::JsonEquals => {
            let value = if name == "numbers" { "strict" } else { &value };
            format!("- test: {{url: /x, validators: [{{json_equals: {{expected: 1, {name}: {value}}}}}]}}")
        }
        Element::Snapshot if name == "file" => "- test: {url: /x, validators: [{snapshot: {file: a.json}}]}".to_owned(),
        Element::Snapshot => {
            format!("- test: {{url: /x, validators: [{{snapshot: {{file: a.json, {name}: {value}}}}}]}}")
        }
        Element::ExtractorOption if name == "group" => compare("expected: 1, regex: '(a)(b)', group: 2"),
        Element::ExtractorOption if name == "secret" => compare("expected: 1, jsonpath: $.a, secret: true"),
        Element::ExtractorOption => compare(&format!("expected: 1, jsonpath: $.a, {name}: {value}")),
        Element::Body if name == "binary" => body("{file: x, binary: true}"),
        Element::Body if name == "graphql" => body("{graphql: {query: '{a}'}}"),
        Element::Body => body(&format!("{{{name}: {value}}}")),
        Element::Part if name == "name" => body("{multipart: [{name: a, value: x}]}"),
        Element::Part if matches!(name, "type" | "filename") => {
            body(&format!("{{multipart: [{{name: a, value: x, {name}: {value}}}]}}"))
        }
        Element::Part => body(&format!("{{multipart: [{{name: a, {name}: {value}}}]}}")),
        Element::Auth if name == "type" => "- test: {url: /x, auth: {type: bearer, token: t}}".to_owned(),
        Element::Auth => with_auth(name),
        Element::Graphql if name == "query" => body("{graphql: {query: '{a}'}}"),
        Element::Graphql => body(&format!("{{graphql: {{query: '{{a}}', {name}: {value}}}}}")),
    }
}

/// A block of the first kind that has this key, with all that it needs.
fn with_auth(name: &str) -> String {
    let kind = KINDS.iter().find(|kind| kind.keys.iter().any(|key| key.name == name));
    let kind = kind.unwrap_or_else(|| panic!("no kind of auth has {name}"));
    let beside = beside_auth(kind.name, name);
    let keys = kind.keys.iter().filter(|key| key.is_needed || key.name == name || beside.contains(&key.name));
    let keys: Vec<String> = keys.map(|key| format!(", {}: {}", key.name, of_auth(key))).collect();
    let beside = match (kind.name, name) {
        ("digest", _) => ", username: a, password: b",
        ("aws_sigv4", "access_key_id") => ", secret_access_key: b",
        ("aws_sigv4", "secret_access_key") => ", access_key_id: a",
        ("aws_sigv4", _) => ", access_key_id: a, secret_access_key: b",
        ("netrc", "required") => ", file: .gitignore",
        _ => "",
    };
    format!("- test: {{url: /x, auth: {{type: {}{}{beside}}}}}", kind.name, keys.concat())
}

/// What a key needs beside it, besides what its kind needs.
fn beside_auth(kind: &str, name: &str) -> &'static [&'static str] {
    match (kind, name) {
        ("oauth2", _) => &["client_id", "client_secret"],
        ("jwt", "key" | "key_file" | "key_base64") => &[],
        ("jwt", _) => &["key"],
        _ => &[],
    }
}

fn of_auth(key: &AuthKey) -> String {
    match (key.name, key.form) {
        ("token_file" | "key_file", _) => "Cargo.toml".to_owned(),
        ("file", _) => ".gitignore".to_owned(),
        ("algorithms", _) => "[MD5, SHA-256]".to_owned(),
        ("token_url", _) => "'https://id.example/token'".to_owned(),
        ("algorithm", _) => "HS256".to_owned(),
        ("key_base64", _) => "'AAAA'".to_owned(),
        (_, Form::Seconds) => "5".to_owned(),
        (_, Form::Flag) => "true".to_owned(),
        (_, Form::Word(words)) => words[0].to_owned(),
        (_, Form::Pairs | Form::Mapping) => "{a: b}".to_owned(),
        (_, Form::Texts) => "[a, b]".to_owned(),
        (_, Form::Block(keys)) => {
            let needed: Vec<String> =
                keys.iter().filter(|key| key.is_needed).map(|key| format!("{}: {}", key.name, of_auth(key))).collect();
            format!("{{{}}}", needed.join(", "))
        }
        (_, Form::Text | Form::MayBeEmpty) => "'text'".to_owned(),
    }
}

#[test]
fn every_key_of_a_kind_of_auth_is_in_the_table() {
    let names = Element::Auth.names();
    for key in KINDS.iter().flat_map(|kind| kind.keys) {
        assert!(names.contains(&key.name), "{}", key.name);
    }
}

/// What a key of a load run needs beside it.
fn beside(name: &str) -> &'static str {
    match name {
        "arrival" => ", rate: 5",
        "threads" => ", mode: async",
        _ => "",
    }
}

fn body(body: &str) -> String {
    format!("- test: {{url: /x, method: POST, body: {body}}}")
}

fn compare(inner: &str) -> String {
    format!("- test: {{url: /x, validators: [{{compare: {{{inner}}}}}]}}")
}

#[test]
fn every_key_in_the_tables_is_read() {
    for (word, element) in Element::ALL {
        for key in element.keys().iter().filter(|key| (element, key.name) != (Element::Suite, "import")) {
            let text = suite(element, key);
            let text = if matches!(key.takes, Takes::Block(Element::Test | Element::Benchmark)) {
                format!("- {}: {{url: /x}}", key.name)
            } else {
                text
            };
            let reported: Vec<String> = read(&text).warnings.iter().map(ToString::to_string).collect();
            assert!(reported.iter().all(|reported| !reported.contains("unknown")), "{word} {}: {reported:?}", key.name);
        }
    }
}

#[test]
fn what_is_in_no_table_is_warned_of() {
    for element in [
        "test: {url: /x, ",
        "benchmark: {url: /x, ",
        "config: {",
        "test: {url: /x, retry: {max_retries: 0, ",
        "test: {url: /x, poll: {interval: 0, ",
        "config: {retry_budget: {",
        "config: {circuit_breaker: {",
        "test: {url: /x, auth: {type: bearer, token: t, ",
    ] {
        let closing = "}".repeat(element.matches('{').count());
        let reported = read(&format!("- {element}nothing_reads_this: 1{closing}")).warnings;
        assert!(
            reported.iter().any(|reported| reported.message.contains("unknown key \"nothing_reads_this\"")),
            "{element}{reported:?}"
        );
    }
}

/// The words that a reader's `match` has as its arms, in the part of the file from `start` on.
fn arms(file: &str, start: &str) -> Vec<String> {
    let from = file.find(start).unwrap_or_else(|| panic!("no \"{start}\""));
    let body = &file[from..];
    let body = &body[..body.find("\n}\n").unwrap_or(body.len())];
    let mut words = Vec::new();
    for line in body.lines().map(str::trim).filter(|line| line.starts_with('"') && line.contains("=>")) {
        let pattern = line.split("=>").next().unwrap_or_default().split(" if ").next().unwrap_or_default();
        words.extend(pattern.split('|').map(|word| word.trim().trim_matches('"').to_owned()));
    }
    assert!(words.len() > 3, "{start}: {words:?}");
    words
}

#[test]
fn every_key_that_a_reader_names_is_in_its_table() {
    let (test, load) = (include_str!("../test.rs"), include_str!("../load.rs"));
    let readers = [
        (Element::Test, test, "fn read_key(", &["output_file", "output_format"][..]),
        (Element::Config, include_str!("../config.rs"), "fn read_key(", &[]),
        (Element::Performance, load, "pub fn read_key(", &[]),
        (Element::Benchmark, load, "pub fn read_key(", &[]),
        (Element::Suite, include_str!("../sets.rs"), "fn read_element(", &[]),
        (Element::Validator, include_str!("../assertions.rs"), "pub fn validator(", &[]),
    ];
    for (element, file, start, other) in readers {
        let names = element.names();
        let missing: Vec<String> = arms(file, start)
            .into_iter()
            .filter(|word| !names.contains(&word.as_str()) && !other.contains(&word.as_str()))
            .collect();
        assert!(missing.is_empty(), "{element:?}: {missing:?} read, but in no table");
    }
}

#[test]
fn names_are_those_of_the_domain_and_each_is_explained() {
    assert_eq!(Element::Extractor.names(), crate::judge::extract::EXTRACTORS);
    let mut validators = Element::Validator.names();
    let mut known = crate::judge::validate::VALIDATORS.to_vec();
    validators.sort_unstable();
    known.sort_unstable();
    assert_eq!(validators, known);
    assert_eq!(GENERATORS.iter().map(|(name, ..)| *name).collect::<Vec<_>>(), crate::variables::generator::TYPES);
    let of_generators = GENERATORS.iter().flat_map(|(.., keys)| *keys);
    for key in Element::ALL.iter().flat_map(|(_, element)| element.keys()).chain(of_generators) {
        assert!(key.help.len() > 5 && !key.help.ends_with('.') && key.help.len() < 90, "{}", key.name);
        assert_eq!(key.name, key.name.to_lowercase());
    }
}

/// A value that a generator's key takes, where its kind alone does not tell.
fn of_generator(key: &Key) -> String {
    match key.name {
        "version" => "7".to_owned(),
        "format" => "http".to_owned(),
        "offset" => "'+1d'".to_owned(),
        "timezone" => "+10:00".to_owned(),
        "file" => "Cargo.toml".to_owned(),
        _ => sample(key),
    }
}

#[test]
fn every_generator_key_is_read() {
    for (kind, _, keys) in GENERATORS {
        for key in keys.iter().filter(|key| key.name != "type") {
            let needed: Vec<String> = keys
                .iter()
                .filter(|other| other.default == "needed" && other.name != "type" && other.name != key.name)
                .map(|other| format!(", {}: {}", other.name, of_generator(other)))
                .collect();
            let text = format!(
                "- config: {{generators: {{g: {{type: {kind}, {}: {}{}}}}}}}\n- test: {{url: /x, generator_binds: {{a: g}}}}",
                key.name,
                of_generator(key),
                needed.concat()
            );
            // One length alone may be out of order with the default of the other.
            let text = text.replace("max_length: 2", "max_length: 9");
            assert!(read(&text).warnings.is_empty(), "{text}");
        }
    }
}
