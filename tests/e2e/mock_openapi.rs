//! `resttest mock` with OpenAPI documents and with recordings in place of stubs.

use std::fmt::Write as _;
use std::io::Write as _;

use serde_json::Value;

use super::mock::Mock;
use super::openapi::{documents, has_documents};
use crate::support::{Finish as _, Folder};

const BOOKS: &str = r#"
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://example.org/v1'}]
paths:
  /books:
    get:
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 10}}
        - {name: tag, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - {name: X-N, in: header, schema: {type: boolean}}
        - {name: sid, in: cookie, schema: {type: string, minLength: 3}}
      responses:
        200:
          description: ok
          headers: {X-Total: {required: true, schema: {type: integer}}, X-Other: {schema: {type: integer}}}
          content:
            application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Book'}}}
            application/xml: {schema: {type: array, items: {$ref: '#/components/schemas/Book'}}}
        404:
          description: no
          content: {application/json: {examples: {one: {value: {e: 1}}, two: {value: {e: 2}}}}}
        5XX: {description: broken, content: {text/plain: {example: broken}}}
    post:
      security: [{key: []}, {token: [], basic: []}]
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}
      responses:
        201: {description: made, content: {application/json: {example: {id: 5}}}}
        400: {description: bad, content: {application/json: {example: {wrong: true}}}}
  /books/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {200: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}}}}
    put:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Book'}}, application/x-www-form-urlencoded: {schema: {type: object, required: [n], properties: {n: {type: integer}}}}}}
      responses: {204: {description: ok}}
  /books/mine: {get: {responses: {200: {description: ok, content: {text/plain: {example: mine}}}}}}
  /gone: {delete: {responses: {404: {description: no}}}}
components:
  securitySchemes:
    key: {type: apiKey, name: X-Key, in: header}
    token: {type: apiKey, name: token, in: query}
    basic: {type: http, scheme: basic}
  schemas:
    Book:
      type: object
      required: [id, title]
      properties:
        id: {type: integer, readOnly: true}
        title: {type: string, minLength: 1}
        code: {type: string, pattern: '^[A-Z]{3}-\d{2,4}$'}
        hard: {type: string, pattern: '(?<=a)b'}
        kind: {enum: [a, b, c]}
"#;

fn books(more: &[&str]) -> (Folder, Mock) {
    let folder = Folder::new();
    folder.file("api.yaml", BOOKS);
    let mut arguments = vec!["api.yaml"];
    arguments.extend(more);
    let mock = Mock::start(&folder, &arguments);
    (folder, mock)
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn a_document_answers_as_it_describes() {
    let (_folder, mock) = books(&[]);
    let key = format!("{JSON}X-Key: 1\r\n");
    let two = format!("{JSON}Authorization: Basic eDp5\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    for (line, more, body, status, part) in [
        ("GET /books/mine", "", "", 200, "mine"),
        ("GET /v1/books/mine", "", "", 200, "mine"),
        ("GET /v2/books/mine", "", "", 404, "nearest"),
        ("GET /books?__code=404", "", "", 404, r#"{"e":1}"#),
        ("GET /books?__code=404&__example=two", "", "", 404, r#"{"e":2}"#),
        ("GET /books", "Prefer: code=404, example=two\r\n", "", 404, r#"{"e":2}"#),
        ("GET /books", "Prefer: code=404, example=three\r\n", "", 404, r#""described":["one","two"]"#),
        ("GET /books", "Prefer: code=503\r\n", "", 503, "broken"),
        ("GET /books", "Prefer: code=201\r\n", "", 404, "describes no status 201"),
        ("GET /books", "Prefer: code=x\r\n", "", 400, "code must be a status"),
        ("GET /books", "Accept: text/html\r\n", "", 406, r#""described":["application/json","application/xml"]"#),
        ("GET /books", "Accept: text/html, application/xml;q=0.1\r\n", "", 200, "<title>"),
        ("GET /books?limit=50", "", "", 422, r#"{"in":"query","name":"limit","message":"50 is greater than"#),
        ("GET /books?limit=5&tag=1,2", "X-N: true\r\nCookie: sid=abc\r\n", "", 200, "title"),
        ("GET /books?tag=1,x", "X-N: 5\r\nCookie: sid=a\r\n", "", 422, r#""in":"header","name":"X-N""#),
        ("GET /books?tag=1,x", "X-N: 5\r\nCookie: sid=a\r\n", "", 422, r#""in":"cookie","name":"sid""#),
        ("GET /books/7", "", "", 200, "title"),
        ("GET /books/x", "", "", 422, r#""in":"path","name":"id""#),
        ("POST /books", JSON, r#"{"title": "a"}"#, 401, "key (header X-Key), or token (query token) and basic"),
        ("POST /books?token=1", JSON, r#"{"title": "a"}"#, 401, "key (header X-Key), or basic"),
        ("POST /books?token=1", &two, r#"{"title": "a"}"#, 201, r#"{"id":5}"#),
        ("POST /books", &key, r#"{"title": "a"}"#, 201, r#"{"id":5}"#),
        ("POST /books", &key, r#"{"title": 1}"#, 400, r#"{"wrong":true}"#),
        ("POST /books", &key, "", 400, r#"{"wrong":true}"#),
        ("PUT /books/1", JSON, "{", 422, "it is not JSON"),
        ("PUT /books/1", JSON, r#"{"title": "", "code": "x"}"#, 422, r#""name":"/code""#),
        ("PUT /books/1", form, "n=5", 204, ""),
        ("PUT /books/1", form, "n=x", 422, r#""name":"/n""#),
        ("PUT /books/1", "Content-Type: text/csv\r\n", "n", 422, "text/csv"),
        ("DELETE /gone", "", "", 200, ""),
        ("DELETE /books", "", "", 405, "its path has GET, HEAD, POST"),
        ("OPTIONS /books", "", "", 405, ""),
        ("GET /nothing", "", "", 404, "api.yaml: GET /books"),
    ] {
        let (got, answer) = mock.ask(line, more, body);
        assert!(got == status && answer.contains(part), "{line} {more}{body}: {got} {answer}");
    }
    let answer = mock.raw("HEAD /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("X-Total: ") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    assert!(!answer.contains("X-Other"), "{answer}");
    let answer = mock.raw("PATCH /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("Allow: GET, HEAD, POST\r\n"), "{answer}");
    let answer = mock.raw("POST /books?token=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert!(answer.contains("WWW-Authenticate: "), "{answer}");
    let ran = mock.end().exits(0);
    assert!(ran.stderr.contains("no text can be made for the pattern \"(?<=a)b\""), "{}", ran.stderr);
}

/// What is made of a schema is the same for the same request and seed, fits the schema, and is new where that is asked.
#[test]
fn what_is_made_repeats_unless_it_shall_not() {
    let (_folder, mock) = books(&["--seed", "1"]);
    let (_, first) = mock.ask("GET /books/7", "", "");
    assert_eq!(mock.ask("GET /books/7", "", "").1, first);
    assert_ne!(mock.ask("GET /books/8", "", "").1, first);
    let dynamic: Vec<String> = (0..3).map(|_| mock.ask("GET /books/7", "Prefer: dynamic=true\r\n", "").1).collect();
    assert!(dynamic[0] != dynamic[1] && dynamic[1] != dynamic[2], "{dynamic:?}");
    assert_eq!(mock.ask("GET /books/7", "", "").1, first);
    for text in dynamic.iter().chain([&first]) {
        let book: Value = serde_json::from_str(text).expect("JSON");
        let code = book["code"].as_str().expect("a code");
        let (letters, digits) = code.split_once('-').expect("both parts");
        assert!(letters.len() == 3 && letters.bytes().all(|b| b.is_ascii_uppercase()), "{code}");
        assert!((2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()), "{code}");
        assert!(["a", "b", "c"].contains(&book["kind"].as_str().expect("a kind")), "{book}");
        assert!(book["id"].is_i64() && book["title"].is_string() && book.get("hard").is_none(), "{book}");
    }
    drop(mock.end());
    let (_folder, again) = books(&["--seed", "1"]);
    assert_eq!(again.ask("GET /books/7", "", "").1, first);
    drop(again.end());
    let (_folder, other) = books(&["--seed", "2"]);
    assert_ne!(other.ask("GET /books/7", "", "").1, first);
    drop(other.end());
}

#[test]
fn checks_can_be_turned_down_and_pages_let_in() {
    let (_folder, mock) = books(&["--validate", "warn", "--cors"]);
    let answer = mock.raw("GET /books?limit=50 HTTP/1.1\r\nHost: x\r\nX-N: 5\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer.contains("X-Mock-Violations: query limit: 50 is greater than the maximum of 10; header X-N: "),
        "{answer}"
    );
    let answer = mock.raw("OPTIONS /books HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 204") && answer.contains("Allow: GET, HEAD, POST, OPTIONS\r\n"), "{answer}");
    let asks = "Origin: http://o\r\nAccess-Control-Request-Method: POST\r\n";
    let answer = mock.raw(format!("OPTIONS /books HTTP/1.1\r\nHost: x\r\n{asks}Connection: close\r\n\r\n"));
    assert!(answer.contains("Access-Control-Allow-Methods: POST\r\n"), "{answer}");
    drop(mock.end());
    let (_folder, mock) = books(&["--validate", "off"]);
    let answer = mock.raw("GET /books?limit=50 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("X-Mock"), "{answer}");
    drop(mock.end());
}

#[test]
fn several_sources_are_one_server() {
    let folder = Folder::new();
    folder.file("api.yaml", BOOKS);
    folder.file("api.json", r#"{"openapi": "3.1.0", "info": {}, "paths": {"/books/mine": {"get": {}}, "/json": {"get": {"responses": {"200": {"content": {"application/json": {}}}}}}}}"#);
    folder.file("stubs.yaml", "- stub: {request: {path: /books/7}, response: {body: stub}}\n");
    folder.file("late.yaml", "- stub: {request: {path: '/**'}, response: {body: late}}\n");
    let mock = Mock::start(&folder, &["stubs.yaml", "api.yaml", "api.json", "late.yaml", "--expect-all"]);
    for (line, expected) in [
        ("GET /books/7", "stub"),
        ("GET /books/mine", "mine"),
        ("GET /json", "{}"),
        ("PATCH /books", "late"),
        ("GET /any", "late"),
    ] {
        assert_eq!(mock.ask(line, "", "").1, expected, "{line}");
    }
    let ran = mock.end().exits(1);
    assert!(ran.stderr.contains("api.yaml: DELETE /gone: this stub was never hit"), "{}", ran.stderr);
    // A suite brings its document along.
    folder.file("s.yaml", "- config: {mock: {file: api.yaml}}\n- test: {url: /books/7, validators: [{compare: {jsonpath: $.code, comparator: regex, expected: '^[A-Z]{3}-'}}]}\n- test: {url: '/books?limit=11', expected_status: [422]}\n");
    folder.resttest().args(["s.yaml"]).finish().exits(0);
    for (text, code, said) in [
        ("swagger: '2.0'\npaths: {}\n", 65, "is Swagger 2.0"),
        ("openapi: 3.0.0\npaths: {}\n", 65, "describes no operation"),
        ("openapi: 3.2.0\npaths: {}\n", 65, "is OpenAPI 3.2.0; 3.0 and 3.1 can be read"),
        ("{\"log\": {\"entries\": []}}", 65, "no entry of this HAR"),
        ("{\"log\": {}}", 65, "this is no HAR"),
    ] {
        folder.file("wrong.yaml", text);
        let ran = folder.resttest().args(["mock", "wrong.yaml"]).finish().exits(code);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{ran:#?}");
    }
    let ran = folder.resttest().args(["mock", "api.yaml", "--validate", "eror"]).finish().exits(64);
    assert!(ran.stderr.contains("did you mean \"error\"?"), "{}", ran.stderr);
}

#[test]
fn a_recording_is_replayed() {
    let folder = Folder::new();
    let entry = |method: &str, url: &str, post: &str, response: &str| {
        format!(
            r#"{{"request": {{"method": "{method}", "url": "{url}", "headers": []{post}}}, "response": {response}}}"#
        )
    };
    let text = |status: u16, text: &str| {
        format!(
            r#"{{"status": {status}, "headers": [{{"name": "Content-Encoding", "value": "gzip"}}, {{"name": "X-A", "value": "1"}}], "content": {{"mimeType": "text/plain", "text": "{text}"}}}}"#
        )
    };
    let json = r#", "postData": {"mimeType": "application/json", "text": "{\"a\": 1, \"t\": \"(redacted)\"}"}"#;
    let form =
        r#", "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a", "value": "x y"}]}"#;
    let cookies = r#"{"status": 302, "headers": [{"name": "Set-Cookie", "value": "a=1"}, {"name": "set-cookie", "value": "b=2"}, {"name": "Location", "value": "https://h/next"}], "content": {}}"#;
    let entries = [
        entry("GET", "https://h/a?x=1&y=2", "", &text(200, "first")),
        entry("GET", "https://h/a?y=2&x=1", "", &text(200, "second")),
        entry("GET", "https://h/a", "", &text(404, "none")),
        entry("POST", "https://h/a", json, &text(201, "json")),
        entry("POST", "https://h/a", form, &text(201, "form")),
        entry("GET", "https://h/in", "", cookies),
        entry(
            "GET",
            "https://h/b",
            "",
            r#"{"status": 200, "headers": [], "content": {"mimeType": "image/png", "encoding": "base64", "text": "aGk="}}"#,
        ),
        entry("GET", "data:x", "", &text(200, "x")),
        entry("GET", "https://h/blocked", "", &text(0, "x")),
    ];
    folder.file("r.har", format!(r#"{{"log": {{"version": "1.2", "entries": [{}]}}}}"#, entries.join(",")));
    let mock = Mock::start(&folder, &["r.har"]);
    for (line, more, body, status, expected) in [
        ("GET /a?y=2&x=1", "", "", 200, "first"),
        ("GET /a?x=1&y=2", "", "", 200, "second"),
        ("GET /a?x=1&y=2", "", "", 200, "second"),
        ("GET /a", "", "", 404, "none"),
        ("POST /a", JSON, r#"{"t": "whatever", "a": 1}"#, 201, "json"),
        ("POST /a", "Content-Type: application/x-www-form-urlencoded\r\n", "a=x%20y", 201, "form"),
        ("GET /b", "", "", 200, "hi"),
    ] {
        let (got, answer) = mock.ask(line, more, body);
        assert!(got == status && answer == expected, "{line}: {got} {answer}");
    }
    for (line, body, said) in
        [("GET /a?x=2&y=2", "", "query x"), ("POST /a", "{}", "body"), ("GET /blocked", "", "path")]
    {
        let (got, answer) = mock.ask(line, JSON, body);
        assert!(got == 404 && answer.contains(said), "{line}: {got} {answer}");
    }
    let answer = mock.raw("GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for line in ["Set-Cookie: a=1\r\n", "set-cookie: b=2\r\n", "Location: /next\r\n"] {
        assert!(answer.contains(line), "{answer}");
    }
    let answer = mock.raw("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answer.contains("X-A: 1\r\n") && !answer.contains("gzip"), "{answer}");
    let ran = mock.end().exits(0);
    assert!(ran.stderr.contains("2 requests without a method, an http URL or an answer: left out"), "{}", ran.stderr);
}

/// Tests that no mock of their document can satisfy, with the reason.
const NOT_SATISFIED: [(&str, &str); 2] = [
    ("quirks_entirelyIncompatibleAllOf", "its body must be a text and a number"),
    ("quirks_partiallyUsableIncompatibleAllOf", "the same"),
];

/// Documents that others wrote: each is served, and asked what is made of it.
#[test]
fn documents_of_others_answer_the_suites_made_of_them() {
    if !has_documents() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: target/openapi has no documents; .ci/run fetches them");
        return;
    }
    let (mut served, mut tests, mut refused, mut wrong) = (0, 0, 0, String::new());
    for document in &documents() {
        let path = document.display().to_string();
        let (Some(right), Some(all)) = (asked(&path, &[]), asked(&path, &["--negative"])) else {
            continue;
        };
        served += 1;
        tests += right.len();
        for (name, passed) in &right {
            if !passed && !NOT_SATISFIED.iter().any(|(excused, _)| excused == name) {
                let _ = writeln!(wrong, "{path}: {name}");
            }
        }
        for (name, passed) in all.iter().filter(|(name, _)| !right.iter().any(|(have, _)| have == name)) {
            refused += 1;
            if !passed {
                let _ = writeln!(wrong, "{path}: {name}");
            }
        }
    }
    let _ = writeln!(std::io::stderr(), "{served} documents: {tests} requests answered, {refused} refused");
    assert!(served >= 40 && tests >= 400 && refused >= 100 && wrong.is_empty(), "{served} {tests} {refused}\n{wrong}");
}

/// The tests that are made of a document, and whether they pass against its mock; nothing where none are made.
fn asked(path: &str, more: &[&str]) -> Option<Vec<(String, bool)>> {
    let folder = Folder::new();
    let ran = folder.resttest().args(["convert", path, "-o", "out/s.yaml"]).args(more).finish();
    if ran.code != Some(0) {
        return None;
    }
    let token =
        "- stub: {request: {method: POST, path: /a-token}, response: {json: {access_token: t, token_type: bearer}}}\n";
    folder.file("token.yaml", token);
    let mock = Mock::start(&folder, &["token.yaml", path]);
    let suite = std::fs::read_to_string(folder.path().join("out/s.yaml")).expect("the suite");
    let suite = with_tokens_from(&suite, &format!("{}/a-token", mock.url));
    folder.file("out/s.yaml", &suite);
    let mut run = folder.resttest();
    run.args([mock.url.as_str(), "out/s.yaml", "--report-json", "r.json"]);
    for name in secrets(&suite) {
        // One document wants a cookie that is a number.
        let secret = if name.starts_with("cookie") { "cookieParam=1" } else { "Secret-1" };
        run.env(format!("RESTTEST_SECRET_{name}"), secret);
    }
    let ran = run.finish();
    drop(mock.end());
    let report: Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("r.json")).expect("a report")).expect("JSON");
    let Some(tests) = report["suites"][0]["tests"].as_array() else { panic!("{path}: {ran:#?}") };
    Some(
        tests
            .iter()
            .map(|test| (test["name"].as_str().unwrap_or_default().to_owned(), test["result"] == "passed"))
            .collect(),
    )
}

/// The suite with its tokens from elsewhere: those of the documents are not there.
fn with_tokens_from(suite: &str, url: &str) -> String {
    let line = |line: &str| {
        let key = ["token_url", "issuer_url"].iter().find_map(|key| line.find(key));
        let start = key.and_then(|key| Some(key + line[key..].find("\"http")?));
        match start.and_then(|start| Some((start, start + 1 + line[start + 1..].find('"')?))) {
            Some((start, end)) => format!("{}\"{url}{}", &line[..start], &line[end..]),
            None => line.to_owned(),
        }
    };
    suite.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

/// The secrets that a suite wants: a list on one line, or on several.
fn secrets(suite: &str) -> Vec<String> {
    let Some((_, rest)) = suite.split_once("    secrets:") else { return Vec::new() };
    let (first, others) = rest.split_once('\n').unwrap_or((rest, ""));
    let listed = others.lines().map_while(|line| line.strip_prefix("      - "));
    first
        .trim_matches([' ', '[', ']'])
        .split(", ")
        .filter(|name| !name.is_empty())
        .chain(listed)
        .map(str::to_owned)
        .collect()
}
