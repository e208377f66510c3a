//! Bodies as suites write them, to the bytes that are sent.

use std::path::PathBuf;

use super::*;
use crate::ground::source::Source;
use crate::suite::document::{self, Language};
use crate::suite::reader::ReadOptions;
use crate::variables::context::Context;

/// A body in YAML, read; with the warnings.
fn read_text(yaml: &str) -> (Result<Body, String>, Vec<String>) {
    let source = Source::new("s.yaml", format!("body: {yaml}\n"));
    let document = document::read(source, Language::Yaml).unwrap_or_else(|fault| panic!("{yaml}: {fault}"));
    let Kind::Map(entries) = &document.roots[0].kind else { panic!("{yaml}") };
    let options = ReadOptions::default();
    let mut reader = FileReader::new(Arc::new(document.source), &options, PathBuf::new());
    let body = read(&mut reader, &entries[0].value, &[PathBuf::new()])
        .map_err(|faults| faults.into_iter().map(|fault| fault.to_string()).collect::<Vec<_>>().concat());
    (body, reader.take_warnings().iter().map(ToString::to_string).collect())
}

fn context() -> Context {
    let mut context = Context::new();
    context.bind("id", 7.into());
    context.bind("word", "a b".into());
    context.bind("flag", true.into());
    context.bind("digits", "6869".into());
    context
}

fn sent(yaml: &str) -> String {
    let (body, warnings) = read_text(yaml);
    assert!(warnings.is_empty(), "{yaml}: {warnings:?}");
    let rendered = body.unwrap_or_else(|fault| panic!("{yaml}: {fault}")).render(&context(), Some("B")).unwrap();
    rendered.bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[test]
fn every_kind_is_sent_as_it_says() {
    for (yaml, bytes) in [
        ("text", "text"),
        ("{json: {b: 1, a: [x, 1.50, null, true], c: {}}}", "{\"b\":1,\"a\":[\"x\",1.5,null,true],\"c\":{}}"),
        ("{json: {id: $id}}", "{\"id\":\"$id\"}"),
        (
            "{json: {template: {id: $id, t: '${id}', k$id: [$word, $$id]}}}",
            "{\"id\":7,\"t\":\"7\",\"k7\":[\"a b\",\"$id\"]}",
        ),
        ("{template: {json: {id: $id}}}", "{\"id\":7}"),
        ("{json: [1, {a: b}]}", "[1,{\"a\":\"b\"}]"),
        ("{json: {template: $flag}}", "true"),
        ("{json: text}", "\"text\""),
        ("{json: null}", "null"),
        ("{json: {1: a, 2.5: b}}", "{\"1\":\"a\",\"2.5\":\"b\"}"),
        ("{form: {a: 1, b: [x, y z], c: true, d: ''}}", "a=1&b=x&b=y+z&c=true&d="),
        ("{form: [{a: 1}, {a: 2}]}", "a=1&a=2"),
        ("{form: {template: {a$id: $word}}}", "a7=a+b"),
        ("{form: {template: x}}", "template=x"),
        ("{base64: aGk=}", "hi"),
        ("{hex: 00ff}", "\0\u{ff}"),
        ("{hex: 0123}", "\u{1}#"),
        ("{hex: 68656c6c6f}", "hello"),
        ("{hex: {template: $digits}}", "hi"),
        ("!!binary aGk=", "hi"),
        ("!!binary |\n  aGk\n  =\n", "hi"),
        ("{graphql: {query: 'query($id: ID) {a}'}}", "{\"query\":\"query($id: ID) {a}\"}"),
        (
            "{graphql: {query: 'q', variables: {template: {id: $id}}, operationName: Op}}",
            "{\"query\":\"q\",\"operationName\":\"Op\",\"variables\":{\"id\":7}}",
        ),
        ("{graphql: {template: {query: $id, variables: {id: $id}}}}", "{\"query\":\"$id\",\"variables\":{\"id\":7}}"),
        (
            "{multipart: {t: x, n: [1, 2]}}",
            "--B\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nx\r\n\
             --B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1\r\n\
             --B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n--B--\r\n",
        ),
        (
            "{multipart: [{name: f, hex: 00, filename: a.gif}, {name: v, value: {template: $id}, type: text/x}]}",
            "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.gif\"\r\nContent-Type: image/gif\r\n\r\n\0\r\n\
             --B\r\nContent-Disposition: form-data; name=\"v\"\r\nContent-Type: text/x\r\n\r\n7\r\n--B--\r\n",
        ),
        (
            "{multipart: {template: {v: $word, b: {base64: aGk=}}}}",
            "--B\r\nContent-Disposition: form-data; name=\"v\"\r\n\r\na b\r\n\
             --B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nhi\r\n--B--\r\n",
        ),
        ("{multipart: {b: !!binary aGk=}}", "--B\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nhi\r\n--B--\r\n"),
    ] {
        assert_eq!(sent(yaml), bytes, "{yaml}");
    }
}

#[test]
fn what_is_no_body_is_refused_with_its_place() {
    for (yaml, part) in [
        ("5", "s.yaml:1:7: body must be text, or a mapping such as {json: …}"),
        (
            "{jsn: {a: 1}}",
            "s.yaml:1:8: body has none of json, form, multipart, graphql, base64, hex, file, template; did you mean \"json\"?",
        ),
        ("{name: x, age: 5}", "; to send a mapping as JSON, write {json: {…}}"),
        ("{json: {a: 1}, form: {b: 2}}", "s.yaml:1:22: body has both json and form; it can be one of them"),
        ("{json: {a: 1}, template: x}", "template beside json has no effect; write json: {template: …}"),
        ("{json: {a: 1}, tmplate: x}", "unknown key \"tmplate\" beside json in a body; did you mean \"template\"?"),
        ("{json: {a: .nan}}", "NaN is no JSON number"),
        ("{form: {a: null}}", "form: a is null; write \"\" to send it empty, or leave it out"),
        ("{form: {a: {b: 1}}}", "form: a must be text, a number, a boolean, or a list of them, not a mapping"),
        ("{form: text}", "form must be a mapping of names to values, not the text \"text\""),
        ("{form: {a: 1, template: {b: 2}}}", "template beside other names of form; put all of them below template"),
        ("{base64: 'a*'}", "s.yaml:1:17: base64: \"*\", character 2, is no base64 digit"),
        ("{hex: abc}", "hex: it has 3 hex digits; a byte has two of them"),
        ("{multipart: {}}", "multipart has no parts"),
        ("{multipart: x}", "multipart must be a list of parts, or a mapping of names to values, not the text \"x\""),
        ("{multipart: [x]}", "a part must be a mapping such as {name: …, value: …}, not the text \"x\""),
        ("{multipart: [{name: a}]}", "the part \"a\" has none of value, file, base64, hex"),
        (
            "{multipart: [{name: a, value: x, file: y}]}",
            "the part \"a\" has both value and file; it can have one of them",
        ),
        ("{multipart: [{name: a, vlue: x}]}", "unknown key \"vlue\" in the part \"a\"; did you mean \"value\"?"),
        ("{multipart: [{name: a, value: x, type: \"a\\nb\"}]}", "type must be a content type on one line"),
        ("{multipart: {a: null}}", "multipart: a is null"),
        ("{graphql: x}", "graphql must be a mapping such as {query: …, variables: {…}}, not the text \"x\""),
        ("{graphql: {variables: {}}}", "graphql has no query"),
        ("{graphql: {query: x, variables: [1]}}", "variables must be a mapping, not a list"),
        ("{graphql: {query: x, variabels: {}}}", "unknown key \"variabels\" in graphql; did you mean \"variables\"?"),
        ("{file: {template: x}, binary: maybe}", "binary must be true or false"),
        ("{template: {file: x}, binary: true}", "binary: true sends a file exactly as it is"),
    ] {
        let (body, _) = read_text(yaml);
        let fault = body.expect_err(yaml);
        assert!(fault.contains(part), "{yaml}: {fault}");
    }
}

#[test]
fn what_was_probably_meant_otherwise_is_told() {
    for (yaml, parts) in [
        (
            "{json: {a: no, b: 0755, on: 1}}",
            vec!["no is read as false", "0755 is read as the number 493", "the key on is read"],
        ),
        ("{form: {a: yes}}", vec!["yes is read as true"]),
        ("{json: {template: {a: 1}, b: 2}}", vec!["template beside other keys is a member"]),
        ("{json: '{\"a\": 1}'}", vec!["json is a text, 8 characters, that holds JSON"]),
        ("{file: x, binry: true}", vec!["unknown key \"binry\" in a body is ignored; did you mean \"binary\"?"]),
    ] {
        let (body, warnings) = read_text(yaml);
        assert!(body.is_ok(), "{yaml}: {body:?}");
        assert_eq!(warnings.len(), parts.len(), "{yaml}: {warnings:?}");
        assert!(warnings.iter().zip(parts).all(|(warning, part)| warning.contains(part)), "{yaml}: {warnings:?}");
    }
}
