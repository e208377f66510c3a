//! Answers against a document.

use super::*;
use crate::ground::source::Source;

const LIBRARY: &str = r##"
openapi: 3.1.0
info: {title: t, version: "1"}
servers: [{url: https://h/v1}]
paths:
  /books:
    get:
      operationId: list
      responses:
        200:
          description: ok
          content:
            application/json; charset=utf-8: {schema: {type: array, items: {$ref: "#/components/schemas/Book"}}}
            text/*: {}
        4XX: {description: bad, content: {application/problem+json: {schema: {required: [title]}}}}
    head: {responses: {200: {description: ok, content: {application/json: {schema: false}}}}}
  /books/{id}:
    delete: {responses: {"204": {description: gone}, default: {description: other}}}
    put: {responses: {200: {description: wrong, content: {"*/*": {schema: {type: nosuchtype}}}}}}
components:
  schemas: {Book: {type: object, required: [id, pw], properties: {id: {type: integer}, pw: {writeOnly: true}}}}
"##;

fn contract() -> Contract {
    Contract::new(Document::parse(Source::new("lib.yaml", LIBRARY.to_owned()), Path::new("lib.yaml")).unwrap())
}

fn said(contract: &Contract, method: &str, url: &str, answer: (u16, &str, &str)) -> String {
    let (status, media_type, body) = answer;
    let mut response = Response::new(status, body);
    if !media_type.is_empty() {
        response.headers.push(("content-type".to_owned(), media_type.to_owned()));
    }
    let asked = Asked { method, url, location: &Location::default() };
    contract.check(&asked, &response).err().map_or_else(String::new, |failure| failure.message)
}

#[test]
fn what_is_not_described_is_a_failure() {
    let contract = contract();
    const JSON: &str = "application/json";
    for (method, url, answer, expected) in [
        ("GET", "http://x/v1/books", (200, JSON, "[{\"id\": 1}]"), ""),
        ("GET", "http://x/books?a=1", (200, "Application/JSON;x=1", "[]"), ""),
        ("GET", "http://x/books", (200, "text/csv", "a,b"), ""),
        ("GET", "http://x/books", (404, "application/problem+json", "{\"title\": \"t\"}"), ""),
        ("HEAD", "http://x/books", (200, JSON, ""), ""),
        ("DELETE", "http://x/books/7", (204, "", ""), ""),
        ("DELETE", "http://x/books/7", (500, "", ""), ""),
        (
            "GET",
            "http://x/books",
            (200, JSON, "[{}]"),
            "openapi: GET /books, status 200: at /0: \"id\" is a required property",
        ),
        (
            "GET",
            "http://x/books",
            (200, JSON, "[{}, {\"id\": \"x\"}]"),
            "openapi: GET /books, status 200: at /0: \"id\" is a required property (and 1 more)",
        ),
        (
            "GET",
            "http://x/books",
            (200, JSON, "<p>"),
            "openapi: GET /books, status 200: the body is not JSON: expected value at line 1 column 1 (application/json, 3 B, \"<p>\")",
        ),
        (
            "GET",
            "http://x/books",
            (200, "application/xml", "<a/>"),
            "openapi: GET /books, status 200: Content-Type \"application/xml\" is not described; application/json; charset=utf-8, text/* are",
        ),
        (
            "GET",
            "http://x/books",
            (200, "", "[]"),
            "openapi: GET /books, status 200: the answer has no Content-Type; application/json; charset=utf-8, text/* are",
        ),
        (
            "GET",
            "http://x/books",
            (200, "", ""),
            "openapi: GET /books, status 200: the body is empty; application/json; charset=utf-8, text/* are",
        ),
        ("GET", "http://x/books", (500, JSON, "{}"), "openapi: GET /books: status 500 is not described; 200, 4XX are"),
        (
            "GET",
            "http://x/books",
            (404, "application/problem+json", "{}"),
            "openapi: GET /books, status 404: at /: \"title\" is a required property",
        ),
        (
            "DELETE",
            "http://x/books/7",
            (200, "text/plain", "x"),
            "openapi: DELETE /books/{id}, status 200: no body is described, but one came",
        ),
        (
            "PATCH",
            "http://x/v1/books/7",
            (200, JSON, ""),
            "openapi: PATCH /v1/books/7: lib.yaml describes only DELETE, PUT there",
        ),
        (
            "GET",
            "http://x/bokks?x=1",
            (200, JSON, ""),
            "openapi: GET /bokks is no operation of lib.yaml; did you mean \"/books\"?",
        ),
        (
            "PUT",
            "http://x/books/7",
            (200, JSON, "1"),
            "openapi: PUT /books/{id}, status 200: the schema is not valid at /type: ",
        ),
    ] {
        let found = said(&contract, method, url, answer);
        let fits = if expected.ends_with(' ') { found.starts_with(expected) } else { found == expected };
        assert!(fits, "{method} {url} {answer:?}: {found}");
    }
    let covered = contract.take_coverage();
    assert_eq!(covered.operations[0].statuses, [("200".to_owned(), 9), ("4XX".to_owned(), 2)]);
    assert_eq!(covered.operations[0].id.as_deref(), Some("list"));
    assert_eq!(contract.take_coverage().operations[0].answers(), 0);
}

#[test]
fn kinds_are_those_of_other_validators() {
    let contract = contract();
    let kind = |status, body: &str| {
        let mut response = Response::new(status, body);
        response.headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let asked = Asked { method: "GET", url: "http://x/books", location: &Location::default() };
        contract.check(&asked, &response).unwrap_err().kind
    };
    assert_eq!(kind(500, "[]"), FailureKind::ValidatorFailed);
    assert_eq!(kind(200, "{}"), FailureKind::SchemaViolated);
    assert_eq!(kind(200, "x"), FailureKind::ValidatorException);
}
