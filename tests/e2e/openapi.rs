//! Answers held against an OpenAPI document, and what of it a run met.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::{Answer, Finish as _, Folder, Promised, resttest, root, sample};

const DOCUMENT: &str = r#"
openapi: 3.0.3
info: {title: t, version: '1'}
servers: [{url: 'https://example.org/v1'}]
paths:
  /books:
    get:
      operationId: list
      responses:
        200: {description: ok, content: {application/json: {schema: {type: array, items: {type: integer, nullable: true}}}}}
        4XX: {description: bad}
  /never: {get: {responses: {default: {description: any}}}}
"#;

fn folder(suite: &str) -> Folder {
    let folder = Folder::new();
    folder.file("api.yaml", DOCUMENT);
    folder.file("s.yaml", format!("- config: {{openapi: api.yaml}}\n{suite}"));
    folder
}

const JSON: &str = "content-type: application/json\r\n";

#[test]
fn answers_that_are_not_described_fail_their_test() {
    for (url, answer, code, said) in [
        ("/v1/books", Answer::Full(200, JSON, "[1, null]".to_owned()), 0, ""),
        ("/books?x=1", Answer::Full(200, JSON, "[]".to_owned()), 0, ""),
        (
            "/books",
            Answer::Full(200, JSON, "[\"x\"]".to_owned()),
            1,
            "at /0: \"x\" is not of types \"null\", \"integer\"",
        ),
        (
            "/books",
            Answer::Full(200, "content-type: text/html\r\n", "<p>".to_owned()),
            1,
            "Content-Type \"text/html\" is not described",
        ),
        ("/books", Answer::Full(500, JSON, "{}".to_owned()), 1, "status 500 is not described; 200, 4XX are"),
        (
            "/bokks",
            Answer::Full(200, JSON, "[]".to_owned()),
            1,
            "GET /bokks is no operation of api.yaml; did you mean \"/books\"?",
        ),
    ] {
        let server = Promised::new(1, move |_, _| answer.clone());
        let folder = folder(&format!("- test: {{url: '{url}', name: t}}\n"));
        let ran = folder.resttest().args([&server.url(), "s.yaml"]).finish().exits(code);
        assert!(ran.stderr.contains(said) || ran.stdout.contains(said), "{said}: {ran:#?}");
    }
}

#[test]
fn load_runs_are_held_against_it_too() {
    for mode in ["sync", "async"] {
        let server = Promised::new(20, |number, _| {
            Answer::Full(200, JSON, if number % 4 == 0 { "[\"x\"]" } else { "[1]" }.to_owned())
        });
        let performance = format!("performance: {{repeat: 20, concurrency: 2, mode: {mode}}}");
        let folder = folder(&format!("- test: {{url: /books, name: t, {performance}}}\n"));
        let ran = folder.resttest().args([&server.url(), "s.yaml", "--openapi-coverage", "c.json"]).finish().exits(1);
        assert!(
            ran.stderr.contains("5 of 20 requests failed: 5 x openapi: GET /books, status 200: at /0: "),
            "{ran:#?}"
        );
        assert_eq!(coverage(&folder)["operations"][0]["statuses"]["200"], 20, "{mode}");
    }
}

fn coverage(folder: &Folder) -> Value {
    let text = std::fs::read_to_string(folder.path().join("c.json")).expect("a coverage file");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn coverage_is_summed_over_suites_wherever_they_run() {
    for words in [&["--parallel-suites", "2"][..], &[]] {
        let server = Promised::new(4, |_, request| match request.target.as_str() {
            "/books" => Answer::Full(200, JSON, "[]".to_owned()),
            _ => Answer::Full(404, "", String::new()),
        });
        let folder = folder("- test: {url: /books}\n- test: {url: '/books?no', expected_status: [404]}\n");
        folder.file("t.yaml", "- config: {openapi: api.yaml}\n- test: {url: /books}\n- test: {url: /books}\n");
        let suites = [&server.url(), "s.yaml", "t.yaml", "--openapi-coverage", "c.json"];
        let ran = folder.resttest().args(suites).args(words).finish().exits(0);
        let expected = json!({"operations": [
            {"method": "GET", "path": "/books", "operationId": "list", "statuses": {"200": 3, "4XX": 1}, "media_types": {"application/json": 3}},
            {"method": "GET", "path": "/never", "operationId": null, "statuses": {"default": 0}, "media_types": {}},
        ]});
        assert_eq!(coverage(&folder), expected);
        for line in [
            "1 of 2 operations, 2 of 3 statuses, 1 of 1 media types",
            "200 3, 4XX 1; application/json 3",
            "not touched",
        ] {
            assert!(ran.stdout.contains(line), "{line}: {ran:#?}");
        }
    }
}

#[test]
fn documents_that_cannot_be_used_are_told_before_anything_is_sent() {
    for (name, text, code, said) in [
        ("none.yaml", "", 65, "s.yaml:1:21: openapi: none.yaml cannot be read: no such file or directory"),
        ("api.yaml", "swagger: '2.0'\n", 65, "is Swagger 2.0: convert it to OpenAPI 3 first"),
        ("api.yaml", "openapi: 3.1.0\npaths: {}\n", 65, "describes no operation"),
        ("api.yaml", "openapi: [\n", 65, "api.yaml:2:1: is not YAML"),
        (
            "api.yaml",
            "openapi: 3.0.0\npaths: {/a: {get: {responses: {200: {$ref: '#/x'}}}}}\n",
            65,
            "api.yaml:2:45: $ref \"#/x\" leads nowhere: there is no /x",
        ),
        ("https://h/api.yaml", "", 65, "is a URL, and nothing is fetched"),
        ("[a]", "", 65, "openapi"),
    ] {
        let folder = Folder::new();
        if !text.is_empty() {
            folder.file("api.yaml", text);
        }
        folder.file("s.yaml", format!("- config: {{openapi: {name}}}\n- test: {{url: /}}\n"));
        let ran = folder.resttest().args(["http://127.0.0.1:9", "s.yaml"]).finish().exits(code);
        assert!(ran.stderr.contains(said), "{said}: {ran:#?}");
    }
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /}\n");
    let ran = folder.resttest().args(["http://127.0.0.1:9", "s.yaml", "--openapi-coverage", "s.yaml/c.json"]).finish();
    assert_eq!(ran.code, Some(73), "{ran:#?}");
}

#[test]
fn the_sample_api_is_as_its_document_says() {
    let api = sample();
    let folder = Folder::new();
    let file = folder.path().join("c.json");
    let words = [
        api.url(),
        "fixtures/openapi/held.yaml".to_owned(),
        "--openapi-coverage".to_owned(),
        file.display().to_string(),
    ];
    resttest().current_dir(root()).args(words).finish().exits(0);
    let figures = coverage(&folder);
    let touched = figures["operations"].as_array().expect("operations").iter().filter(|operation| {
        operation["statuses"].as_object().expect("statuses").values().any(|count| count.as_u64() > Some(0))
    });
    let named: Vec<&str> = touched.filter_map(|operation| operation["operationId"].as_str()).collect();
    assert_eq!(named, ["listPeople", "createPerson", "getPerson", "deletePerson"]);
}

/// Converts a document of the fixtures into a folder.
fn converted(words: &[&str]) -> Folder {
    let folder = Folder::new();
    let document = root().join("fixtures/openapi/sample.yaml").display().to_string();
    let ran = folder.resttest().args(["convert", &document, "-o", "out/s.yaml"]).args(words).finish().exits(0);
    assert!(ran.stderr.contains("translated wholly, 0 in part"), "{ran:#?}");
    folder.resttest().args(["lint", "--strict", "out/s.yaml"]).finish().exits(0);
    folder
}

#[test]
fn a_document_of_the_sample_api_becomes_a_suite_that_passes() {
    const SECRETS: &str = "{basic_username: ada, basic_password: lovelace, token_token: sample-3f1c}";
    for (words, tests) in
        [(&[][..], 8), (&["--negative"], 17), (&["--inline", "--required-only"], 8), (&["--include-deprecated"], 9)]
    {
        let folder = converted(words);
        let api = sample();
        let ran = folder.resttest().args([&api.url(), "out/s.yaml", "--vars", SECRETS]).finish();
        assert_eq!((ran.code, ran.counts()), (Some(0), (tests, tests)), "{words:?}: {ran:#?}");
        let schemas = folder.path().join("out/schemas/Person.json").exists();
        assert_eq!(schemas, !words.contains(&"--inline"));
    }
}

#[test]
fn nothing_is_replaced_unasked_and_stdout_has_all_of_it() {
    let folder = converted(&[]);
    let document = root().join("fixtures/openapi/sample.yaml").display().to_string();
    folder.resttest().args(["convert", &document, "-o", "out/s.yaml"]).finish().exits(73);
    folder.resttest().args(["convert", &document, "-o", "out/s.yaml", "--force"]).finish().exits(0);
    let printed = folder.resttest().args(["convert", &document]).finish().exits(0).stdout;
    assert!(!printed.contains("schemas/") && printed.contains("\"$defs\""), "{printed}");
    for (text, code, said) in [
        ("swagger: '2.0'\n", 65, "is Swagger 2.0: convert it to OpenAPI 3 first"),
        ("openapi: 3.0.0\npaths: {}\n", 65, "the document describes no operation"),
        (
            "openapi: 3.0.0\npaths: {/a: {get: {responses: {200: {description: a}}, parameters: [{$ref: 'https://h/p'}]}}}\n",
            1,
            "$ref \"https://h/p\" leads nowhere: it is a URL, and nothing is fetched",
        ),
    ] {
        folder.file("a.yaml", text);
        let ran = folder.resttest().args(["convert", "a.yaml", "--strict"]).finish().exits(code);
        assert!(ran.stderr.contains(said), "{ran:#?}");
    }
}

/// Documents that others wrote, which `.ci/run` fetches, and those that are shared beside the repository.
pub fn documents() -> Vec<PathBuf> {
    let mut folders = vec![root().join("target/openapi"), root().join("../shared/vectors/openapi")];
    let mut documents: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if is_document(&path) {
                documents.push(path);
            }
        }
    }
    documents.sort();
    // Many are there twice, as JSON and as YAML.
    documents.sort_by_key(|path| path.file_stem().map(|stem| stem.to_owned()));
    documents.dedup_by_key(|path| path.file_stem().map(|stem| stem.to_owned()));
    documents
}

/// Whether they have been fetched.
pub fn has_documents() -> bool {
    root().join("target/openapi").exists()
}

#[test]
fn documents_of_others_become_suites_that_are_clean() {
    if !has_documents() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: target/openapi has no documents; .ci/run fetches them");
        return;
    }
    let documents = documents();
    assert!(documents.len() >= 40, "{} documents", documents.len());
    let mut clean = 0;
    for document in &documents {
        let folder = Folder::new();
        let words = ["convert", &document.display().to_string(), "--negative", "-o", "out/s.yaml"];
        let ran = folder.resttest().args(words).finish();
        if ran.code == Some(65) {
            let known =
                ["describes no operation", "all operations are deprecated", "of another dialect", "is not YAML"];
            assert!(known.iter().any(|why| ran.stderr.contains(why)), "{}: {ran:#?}", document.display());
            continue;
        }
        assert_eq!(ran.code, Some(0), "{}: {ran:#?}", document.display());
        let ran = folder.resttest().args(["lint", "--strict", "out/s.yaml"]).finish();
        assert_eq!(ran.code, Some(0), "{}: {ran:#?}", document.display());
        clean += 1;
    }
    assert!(clean >= 40, "{clean} of {} are clean", documents.len());
}

fn is_document(path: &Path) -> bool {
    const LARGEST: usize = 256 * 1024;
    let is_named = path.extension().is_some_and(|ending| ending == "json" || ending == "yaml")
        && path.file_name().is_none_or(|name| name != "package.json");
    let Ok(text) = std::fs::read_to_string(path) else { return false };
    let says = |word: &str| {
        text.contains(&format!("\"openapi\": \"{word}"))
            || text.lines().any(|line| line.starts_with("openapi:") && line.contains(word))
    };
    is_named && text.len() <= LARGEST && (says("3.0") || says("3.1"))
}
