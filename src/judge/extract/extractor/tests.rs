//! Extractors against answers, their words and their options.

use super::*;
use crate::judge::extract::{ExtractError, register_extractor};
use crate::variables::template::Template;

fn extractor(name: &str, query: &str) -> Extractor {
    Extractor::new(name, Text::Plain(query.to_owned())).unwrap()
}

#[test]
fn headers_are_one_many_or_missing() {
    let mut response = Response::new(200, "");
    response.headers = vec![("a".into(), "1".into()), ("b".into(), "2".into()), ("b".into(), "3".into())];
    let find = |query: &str| extractor("header", query).extract(&response, &Context::new());
    assert_eq!(find("A").unwrap().repr(), "'1'");
    assert_eq!(find("B").unwrap().repr(), "['2', '3']");
    assert_eq!(find("x-Nope").unwrap_err(), ExtractError::Missing("no header \"x-Nope\"".to_owned()));
    response.headers.push(("x-request-id".into(), "4".into()));
    let find = |query: &str| extractor("header", query).extract(&response, &Context::new());
    let message = "no header \"X-Reqest-Id\"; did you mean \"x-request-id\"?";
    assert_eq!(find("X-Reqest-Id").unwrap_err().to_string(), message);
}

#[test]
fn queries_are_rendered_where_templated() {
    let mut context = Context::new();
    context.bind("i", 1.into());
    let response = Response::new(200, r#"{"a": [1, {"b": 2}]}"#);
    for (name, query) in [("jsonpath_mini", "a.$i.b"), ("jmespath", "a[$i].b")] {
        let templated = Extractor::new(name, Text::Template(Template::parse(query))).unwrap();
        assert_eq!(templated.extract(&response, &context).unwrap().repr(), "2");
        assert_eq!(templated.variables(), ["i"]);
    }
    let plain = extractor("jsonpath_mini", "a.$i.b");
    assert_eq!(plain.extract(&response, &context).unwrap().repr(), "None");
    assert!(plain.variables().is_empty());
}

#[test]
fn what_cannot_be_read_says_why() {
    let response = Response::new(200, "<html>");
    for name in ["jsonpath_mini", "jmespath"] {
        let error = extractor(name, "a").extract(&response, &Context::new()).unwrap_err();
        assert_eq!(error.to_string(), "the body is not JSON: expected value at line 1 column 1 (6 B, \"<html>\")");
    }
    let bad = extractor("jmespath", "list[").extract(&Response::new(200, "{}"), &Context::new()).unwrap_err();
    assert!(matches!(&bad, ExtractError::Misused(reason) if reason.contains("list[")), "{bad}");
}

#[test]
fn the_raw_body_is_bytes() {
    let body = extractor("raw_body", "$ignored").extract(&Response::new(200, [0xff, 0]), &Context::new()).unwrap();
    assert!(matches!(body, Value::Bytes(bytes) if bytes == [0xff, 0]));
}

#[test]
fn extractors_describe_themselves() {
    let context = Context::new();
    let login = extractor("jsonpath_mini", "login");
    assert_eq!(login.describe(&context), "jsonpath_mini \"login\"");
    let config = "Extractor Type: jsonpath_mini,  Query: \"login\", Templated?: False";
    assert_eq!(login.readable_config(&context), config);
    assert_eq!(extractor("raw_body", "x").describe(&context), "raw_body");
    assert!(Extractor::new("nosuch", Text::Plain(String::new())).is_none());
}

#[test]
fn an_extractor_can_be_registered_once() {
    struct Status;
    impl Extract for Status {
        fn extract(&self, response: &Response, _: &Context) -> Result<Value, ExtractError> {
            Ok(Value::Int(response.status.into()))
        }
    }
    let parse = |_: &Value| Ok(Arc::new(Status) as Arc<dyn Extract>);
    register_extractor("answer_status", parse).unwrap();
    for name in ["answer_status", "header", "test", "Expected", "template", "comparator"] {
        assert!(register_extractor(name, parse).is_err(), "{name}");
    }
    let status = registered_extractor("answer_status", &Value::Null).unwrap().unwrap();
    assert_eq!(status.extract(&Response::new(204, ""), &Context::new()).unwrap().repr(), "204");
    assert_eq!(status.describe(&Context::new()), "answer_status");
    assert!(registered_extractor("nope", &Value::Null).is_none());
}

#[test]
fn options_change_what_is_taken() {
    let mut response = Response::new(200, r#"{"a": [1, 2], "n": null, "s": "id=7;id=8"}"#);
    response.headers = vec![
        ("location".into(), "/x/42?y=1".into()),
        ("x-json".into(), r#"{"k": 5}"#.into()),
        ("set-cookie".into(), "a=1".into()),
        ("set-cookie".into(), "b=2".into()),
    ];
    let mut context = Context::new();
    context.bind("v", Value::List(vec![3.into()]));
    context.bind("xml", "<a><b>1</b></a>".into());
    let of = |name: &str, query: &str| Some(extractor(name, query));
    let default = |value: Value| Some(DefaultValue::Value(value));
    let plain = Options::default;
    let text = |text: &str| Some(text.to_owned());
    for (name, query, options, expected) in [
        ("jsonpath", "$.a", plain(), "[1, 2]"),
        ("jsonpath", "$.a[*]", plain(), "[1, 2]"),
        ("jsonpath", "$.a[0]", plain(), "1"),
        ("jsonpath", "$.a[0]", Options { all: true, ..plain() }, "[1]"),
        ("jsonpath", "$.x", Options { all: true, ..plain() }, "[]"),
        ("jsonpath", "$.n", Options { default: default(9.into()), ..plain() }, "None"),
        ("jsonpath", "$.x", Options { default: default(9.into()), ..plain() }, "9"),
        ("jsonpath_mini", "n", Options { default: default(9.into()), ..plain() }, "None"),
        ("jsonpath_mini", "x", Options { default: default(9.into()), ..plain() }, "9"),
        ("jsonpath_mini", "k", Options { of: of("header", "X-Json"), ..plain() }, "5"),
        ("jmespath", "k", Options { of: of("header", "X-Json"), ..plain() }, "5"),
        ("jsonpath", "$[0]", Options { of: of("variable", "v"), ..plain() }, "3"),
        ("jsonpath", "$.k", Options { of: of("cookie", "a"), default: default("d".into()), ..plain() }, "'d'"),
        ("xpath", "/a/b", Options { of: of("variable", "xml"), ..plain() }, "'1'"),
        ("regex", r"id=(\d)", plain(), "'7'"),
        ("regex", r"id=\d", plain(), "'id=7'"),
        ("regex", r"/(\d+)\?(?P<q>.*)", Options { of: of("header", "Location"), group: text("q"), ..plain() }, "'y=1'"),
        ("regex", r"/(\d+)", Options { of: of("header", "Location"), group: text("0"), ..plain() }, "'/42'"),
        ("regex", r"b=(\d+)", Options { of: of("header", "Set-Cookie"), ..plain() }, "'2'"),
        (
            "sha256",
            "",
            Options { of: of("cookie", "a"), ..plain() },
            "'6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b'",
        ),
        ("header", "X-Nope", Options { default: default("-".into()), ..plain() }, "'-'"),
        ("variable", "nope", Options { default: default(Value::Null), ..plain() }, "None"),
    ] {
        let found = extractor(name, query).with_options(options).unwrap().extract(&response, &context);
        assert_eq!(found.as_ref().map(Value::repr).as_deref(), Ok(expected), "{name} {query} {found:?}");
    }
    for (name, query, expected) in [
        ("jsonpath", "$.b", "nothing is there: no key \"b\"; there are a, n, s"),
        ("jsonpath", "$..b", "nothing is there"),
        ("regex", "nope", "the pattern is not found"),
        ("cookie", "c", "no cookie \"c\" is set; did you mean \"a\"?"),
        ("variable", "w", "nothing has set $w; did you mean \"v\"?"),
        ("env", "HOME", "the environment has no \"HOME\""),
        ("last", "status", "no test ran before this one"),
    ] {
        let error = extractor(name, query).extract(&response, &context).unwrap_err();
        assert!(matches!(error, ExtractError::Missing(_)), "{error:?}");
        assert_eq!(error.to_string().split("; did").next(), expected.split("; did").next(), "{name} {query}");
    }
}

#[test]
fn options_that_do_not_fit_are_refused() {
    let none = Options::default;
    for (name, query, options, part) in [
        ("status", "", Options { of: Some(extractor("url", "")), ..none() }, "status looks at the answer alone"),
        ("header", "a", Options { all: true, ..none() }, "header has no use for all"),
        ("jsonpath", "$", Options { group: Some("1".into()), ..none() }, "jsonpath has no groups"),
        (
            "regex",
            "(a)(?P<n>b)",
            Options { group: Some("3".into()), ..none() },
            "no group 3: it has 2 groups, of these named n",
        ),
        ("regex", "a", Options { group: Some("x".into()), ..none() }, "no group \"x\": it has no group"),
    ] {
        let fault = extractor(name, query).with_options(options).err().unwrap();
        assert!(fault.contains(part), "{fault}");
    }
}
