//! Failures word for word: scripts read the reasons, people the messages.

use super::super::schema::SchemaSource;
use super::*;
use crate::ground::json;
use crate::variables::template::Text;

const BODY: &str = r#"{"login": "jenkins", "id": 42, "list": [1, 2], "null": null, "t": true}"#;

fn extractor(name: &str, query: &str) -> Extractor {
    Extractor::new(name, Text::Plain(query.to_owned())).unwrap()
}

fn compare(query: &str, comparator: &str, expected: Expected) -> Result<(), Failure> {
    compare_with(extractor("jsonpath_mini", query), comparator, expected)
}

fn compare_with(extractor: Extractor, comparator: &str, expected: Expected) -> Result<(), Failure> {
    let comparator = Comparator::by_name(comparator).unwrap();
    let validator = Validator::compare(extractor, comparator, expected, Location::default());
    let mut context = Context::new();
    context.bind("n", 42.into());
    let mut response = Response::new(200, BODY);
    response.headers.push(("x-id".into(), "42".into()));
    validator.check(&response, &context)
}

fn value(text: &str) -> Expected {
    Expected::Value(json::parse(text.as_bytes()).unwrap())
}

#[test]
fn true_assertions_pass() {
    assert!(compare("login", "eq", value("\"jenkins\"")).is_ok());
    assert!(compare("list", "eq", value("[1, 2.0]")).is_ok());
    assert!(compare("id", "str_eq", Expected::Template(Template::parse("$n"))).is_ok());
    assert!(compare("id", "str_eq", Expected::Extractor(extractor("header", "X-Id"))).is_ok());
    assert!(compare("id", "contained_by", value("[1, 42]")).is_ok());
}

#[test]
fn false_assertions_say_both_sides() {
    let failure = compare("login", "EQ", value("\"gbaltar\"")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ValidatorFailed);
    assert_eq!(failure.reason, "Comparison failed, evaluating eq(jenkins, gbaltar) returned False");
    assert_eq!(
        failure.details.as_deref(),
        Some("Extractor: Extractor Type: jsonpath_mini,  Query: \"login\", Templated?: False")
    );
    for (query, comparator, expected, message) in [
        ("login", "eq", value("\"gbaltar\""), "jsonpath_mini \"login\" eq: expected \"gbaltar\", got \"jenkins\""),
        (
            "logn",
            "eq",
            value("1"),
            "jsonpath_mini \"logn\" eq: expected 1, got nothing: no key \"logn\"; there are login, list, id, null, t",
        ),
        ("null", "eq", value("1"), "jsonpath_mini \"null\" eq: expected 1, got null"),
        (
            "list.5",
            "count_eq",
            value("1"),
            "jsonpath_mini \"list.5\" count_eq: expected 1, got nothing: no item 5 under \"list\"; the list has 2",
        ),
        (
            "logn",
            "lt",
            value("1"),
            "jsonpath_mini \"logn\" lt: '<' not supported between instances of 'NoneType' and 'int'; expected 1, got nothing: no key \"logn\"; there are login, list, id, null, t",
        ),
        (
            "id",
            "eq",
            Expected::Extractor(extractor("jmespath", "list[5]")),
            "jsonpath_mini \"id\" eq: expected nothing (no item 5 under \"list\"; the list has 2), got 42",
        ),
        (
            "id",
            "eq",
            Expected::Template(Template::parse("$n")),
            "jsonpath_mini \"id\" eq: expected \"42\", got 42; the expected value is text, the extracted one a number: use str_eq",
        ),
        ("list", "count_eq", value("3"), "jsonpath_mini \"list\" count_eq: expected 3, got 2, the length of [1, 2]"),
        ("id", "count_eq", value("3"), "jsonpath_mini \"id\" count_eq: expected 3, got 42, which has no length"),
        ("list", "contains", value("3"), "jsonpath_mini \"list\" contains: expected 3, got [1, 2]"),
    ] {
        assert_eq!(compare(query, comparator, expected).unwrap_err().message, message);
    }
    let failure = compare("id", "eq", Expected::Template(Template::parse("$n"))).unwrap_err();
    assert!(failure.details.unwrap().ends_with("\nExpected is templated, raw value: $n"));
    let failure = compare("id", "eq", Expected::Extractor(extractor("jsonpath_mini", "t"))).unwrap_err();
    assert!(
        failure
            .details
            .unwrap()
            .ends_with("\nExpected value extractor: Extractor Type: jsonpath_mini,  Query: \"t\", Templated?: False")
    );
}

#[test]
fn what_cannot_be_compared_fails_the_test() {
    let failure = compare("login", "lt", value("5")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ValidatorException);
    assert!(failure.reason.contains("'<' not supported between instances of 'str' and 'int'"), "{}", failure.reason);
    let failure = compare("login", "regex", value("\"(\"")).unwrap_err();
    assert_eq!(failure.kind, FailureKind::ValidatorException);
}

#[test]
fn extraction_errors_fail_the_test() {
    let failure = compare_with(extractor("header", "x-nope"), "eq", value("1")).unwrap_err();
    assert_eq!((failure.kind, failure.reason.as_str()), (FailureKind::ExtractorException, "Extractor threw exception"));
    assert_eq!(failure.message, "header \"x-nope\": no header \"x-nope\"");
    let failure = compare("id", "eq", Expected::Extractor(extractor("header", "x-nope"))).unwrap_err();
    assert_eq!(failure.reason, "Expected value extractor threw exception");
    assert!(failure.details.unwrap().ends_with("\nno header \"x-nope\""));
}

#[test]
fn both_sides_that_cannot_be_extracted_are_reported() {
    let failure =
        compare_with(extractor("header", "x-a"), "eq", Expected::Extractor(extractor("header", "x-b"))).unwrap_err();
    assert_eq!(failure.reason, "Extractor threw exception");
    assert_eq!(failure.message, "header \"x-a\": no header \"x-a\"; header \"x-b\": no header \"x-b\"");
    assert!(failure.details.unwrap().ends_with("\nno header \"x-a\"\nno header \"x-b\""));
}

#[test]
fn large_values_are_told_apart_by_what_differs() {
    let all = r#"{"login": "ada", "id": 42, "list": [1, 2, 3], "null": null, "t": true}"#;
    let failure = compare(".", "eq", value(all)).unwrap_err();
    assert_eq!(
        failure.message,
        "jsonpath_mini \".\" eq: $.login: expected \"ada\", got \"jenkins\" (and 2 more differences)"
    );
    assert!(failure.reason.starts_with("Comparison failed, evaluating eq({'login': 'jenkins', "), "{}", failure.reason);
    assert_eq!(
        failure.details.unwrap().lines().skip(1).collect::<Vec<_>>(),
        [
            "$.login: expected \"ada\", got \"jenkins\"",
            "$.list: expected 3 items, got 2",
            "$.list[2]: missing, expected 3"
        ]
    );
    // Small ones stand side by side, and what differs is in the details all the same.
    let failure = compare("list", "eq", value("[1, 3]")).unwrap_err();
    assert_eq!(failure.message, "jsonpath_mini \"list\" eq: expected [1, 3], got [1, 2]");
    assert!(failure.details.unwrap().ends_with("\n$[1]: expected 3, got 2"));
    let failure = compare_with(extractor("raw_body", ""), "str_eq", value("\"line 1\\nline 2\"")).unwrap_err();
    assert!(failure.details.unwrap().contains("\nline 1: expected \"line 1\", got \"{\\\"login"));
}

#[test]
fn existence_is_judged() {
    let check = |extractor: Extractor, test: &str, body: &str| {
        let test = ValueTest::by_name(test).unwrap();
        Validator::extract_test(extractor, test, Location::default()).check(&Response::new(200, body), &Context::new())
    };
    let json = |query: &str| extractor("jsonpath_mini", query);
    assert!(check(json("id"), "exists", BODY).is_ok() && check(json("null"), "not_exists", BODY).is_ok());
    assert!(check(extractor("header", "x"), "not_exists", BODY).is_ok());
    let failure = check(extractor("header", "x"), "exists", BODY).unwrap_err();
    assert_eq!(failure.reason, "Extract and test validator failed on test: exists(None)");
    assert_eq!(failure.message, "header \"x\" exists: got nothing: no header \"x\"");
    let failure = check(json("idd"), "exists", BODY).unwrap_err();
    assert_eq!(
        failure.message,
        "jsonpath_mini \"idd\" exists: got nothing: no key \"idd\"; there are id, list, t, null, login"
    );
    let failure = check(json("null"), "exists", BODY).unwrap_err();
    assert_eq!(failure.message, "jsonpath_mini \"null\" exists: got null");
    let failure = check(json("id"), "not_exists", BODY).unwrap_err();
    assert_eq!(failure.message, "jsonpath_mini \"id\" not_exists: got 42");
    let failure = check(json("id"), "not_exists", "<html>").unwrap_err();
    assert_eq!(failure.kind, FailureKind::ExtractorException);
    assert_eq!(failure.reason, "Exception thrown while running extraction from body");
}

#[test]
fn schemas_list_what_they_found() {
    let schema = json::parse(br#"{"required": ["a", "b"], "properties": {"id": {"type": "string"}}}"#).unwrap();
    let validator = Validator::json_schema(JsonSchema::new(SchemaSource::Inline(schema)), Location::default());
    let failure = validator.check(&Response::new(200, BODY), &Context::new()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::SchemaViolated);
    assert_eq!(failure.reason, "JSON Schema Validation Failed");
    assert_eq!(failure.details.unwrap().lines().count(), 3);
    assert!(failure.message.starts_with("json_schema: at /") && failure.message.ends_with(" (and 2 more)"));
    let failure = validator.check(&Response::new(200, "no"), &Context::new()).unwrap_err();
    assert!(failure.message.starts_with("json_schema: the body is not JSON"), "{}", failure.message);
    assert_eq!(failure.kind, FailureKind::ValidatorException);
}

#[test]
fn validators_name_their_variables() {
    let templated = |text: &str| Extractor::new("jsonpath_mini", Text::Template(Template::parse(text))).unwrap();
    let comparator = Comparator::by_name("eq").unwrap();
    let expected = Expected::Template(Template::parse("$b-$c"));
    let validator = Validator::compare(templated("$a"), comparator, expected, Location::default());
    assert_eq!(validator.variables(), ["a", "b", "c"]);
}

#[test]
fn a_body_that_is_still_encoded_is_named_by_whoever_looked_at_it() {
    let compare = |name: &str, query: &str| {
        let extractor = Extractor::new(name, Text::Plain(query.to_owned())).unwrap();
        let comparator = Comparator::by_name("eq").unwrap();
        Validator::compare(extractor, comparator, Expected::Value("x".into()), Location::default())
    };
    for (encoding, name, query, end) in [
        ("zstd", "raw_body", "", "; the body is still encoded as \"zstd\""),
        ("zstd", "jsonpath_mini", "a", "the body is encoded as zstd, which cannot be read here (4 B)"),
        ("zstd", "header", "content-encoding", "expected \"x\", got \"zstd\""),
        ("gzip", "raw_body", "", "got \"(\\u00b5/\\u00fd\""),
    ] {
        let mut response = Response::new(200, b"\x28\xb5\x2f\xfd".as_slice());
        response.headers.push(("content-encoding".to_owned(), encoding.to_owned()));
        let failure = compare(name, query).check(&response, &Context::new()).unwrap_err();
        let is_open = end.starts_with("got");
        assert!(
            if is_open { !failure.message.contains("encoded") } else { failure.message.ends_with(end) },
            "{failure:?}"
        );
    }
}

#[test]
fn a_validator_can_be_registered_once() {
    struct Short(usize);
    impl Validate for Short {
        fn validate(&self, response: &Response, _: &Context) -> Result<(), Rejection> {
            if response.body.len() <= self.0 { Ok(()) } else { Err(Rejection::Failed("the body is too long".into())) }
        }
    }
    let parse = |config: &Value| match config {
        Value::Int(most) => Ok(Arc::new(Short(*most as usize)) as Arc<dyn Validate>),
        _ => Err("needs a number".to_owned()),
    };
    register_validator("Short", parse).unwrap();
    assert!(register_validator("short", parse).is_err() && register_validator("assertEqual", parse).is_err());
    let short = registered_validator("SHORT", &3.into(), Location::default()).unwrap().unwrap();
    let failure = short.check(&Response::new(200, "four"), &Context::new()).unwrap_err();
    assert_eq!(failure.message, "short: the body is too long");
    assert!(registered_validator("short", &Value::Null, Location::default()).unwrap().is_err());
}

#[test]
fn threads_share_what_judges() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Validator>();
    shared::<Extractor>();
    shared::<Arc<crate::variables::generator::Generator>>();
}
