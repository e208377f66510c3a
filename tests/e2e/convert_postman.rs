//! `resttest convert`: collections of Postman become suites that do what the collection does.

use std::path::{Path, PathBuf};

use crate::support::{Finish, Folder, Ran, root, sample};

fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/convert").join(name)
}

fn vectors() -> PathBuf {
    root().join("../shared/vectors/postman")
}

fn convert(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.resttest().arg("convert").args(arguments).finish()
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn a_collection_of_the_sample_api_passes_against_it() {
    let api = sample();
    let folder = Folder::new();
    let here = text(fixture("people.postman_environment.json")).replace("http://127.0.0.1:8000", &api.url());
    folder.file("here.json", here);
    let collection = fixture("people.postman_collection.json");
    let collection = collection.to_str().expect("a path");
    let ran = convert(&folder, &[collection, "--environment", "here.json", "-o", "suite.yaml"]).exits(0);
    assert!(ran.stderr.starts_with("12 requests, 11 translated wholly, 1 in part; not translated:\n"), "{ran:#?}");
    assert!(ran.stderr.contains(":186:15: test script: for (const name of ['a', 'b']) {"), "{ran:#?}");
    let suite = text(folder.path().join("suite.yaml"));
    assert!(
        !suite.contains("lovelace") && suite.contains("#     pm.expect(pm.response.json()).to.not.have"),
        "{suite}"
    );
    let secrets = text(folder.path().join("secrets.example.yaml"));
    assert!(secrets.contains("password:") && !secrets.contains("lovelace"), "{secrets}");
    let lint = folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish().exits(0);
    assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n", "{suite}");
    let run =
        |vars: &str| folder.resttest().args([&api.url(), "suite.yaml", "--absolute-urls", "--vars", vars]).finish();
    assert_eq!(run("{password: lovelace, password_1: open}").exits(0).counts(), (12, 12));
    assert_eq!(run("{password: wrong, password_1: open}").counts(), (8, 12));
    // What is lost is counted where nothing may be.
    convert(&folder, &[collection, "--environment", "here.json", "--strict"]).exits(1);
}

#[test]
fn saved_answers_are_expected_where_that_is_asked_for() {
    let folder = Folder::new();
    let collection = fixture("people.postman_collection.json");
    let ran = convert(&folder, &[collection.to_str().expect("a path"), "--examples"]).exits(0);
    assert!(ran.stdout.contains("- {json_equals: {expected: {meta: {limit: 2}}}}"), "{}", ran.stdout);
}

#[test]
fn official_collections_become_suites_that_lint_clean() {
    let Ok(files) = std::fs::read_dir(vectors().join("v2.1.0")) else { return };
    let folder = Folder::new();
    let mut count = 0;
    for file in files.flatten() {
        let path = file.path();
        let ran = convert(&folder, &[path.to_str().expect("a path"), "-o", "suite.yaml", "--force"]).exits(0);
        assert!(ran.stderr.contains(" translated wholly, "), "{ran:#?}");
        let lint = folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish();
        let suite = text(folder.path().join("suite.yaml"));
        assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n", "{}\n{suite}", path.display());
        let again = convert(&folder, &[path.to_str().expect("a path")]).exits(0);
        assert_eq!(again.stdout, suite, "{}", path.display());
        count += 1;
    }
    assert_eq!(count, 19);
}

#[test]
fn of_the_shop_all_but_two_statements_are_translated() {
    let collection = vectors().join("shop.postman_collection.json");
    let environment = vectors().join("shop.postman_environment.json");
    if !collection.exists() {
        return;
    }
    let folder = Folder::new();
    let (collection, environment) = (collection.to_str().expect("a path"), environment.to_str().expect("a path"));
    let ran = convert(&folder, &[collection, "--environment", environment]).exits(0);
    let lost: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(lost.len(), 2, "{ran:#?}");
    assert!(lost[0].contains("pm.variables.replaceIn('{{$guid}}')") && lost[1].contains("setNextRequest('List')"));
    for part in [
        "# TODO ",
        "variable_binds: {base: \"http://127.0.0.1:8000\", user: ann, limit: 10}",
        "secrets: [password, till_password]",
        "url: {template: \"$base/orders?limit=$limit&sort=-date\"}",
        "body: {json: {template: {user: \"${user}\", password: \"${password}\"}}}",
        "extract_binds: {token: {jsonpath: \"$.token\"}}",
        "- {compare: {duration: \"\", comparator: lt, expected: 500}}",
        "- {compare: {jsonpath: \"$.items\", comparator: count_eq, expected: 10}}",
        "url: {template: \"$base/orders/$first/pay\"}",
        "auth: {type: basic, username: till, password: {template: \"$till_password\"}}",
        "variables: {template: {id: \"${first}\"}}",
        "auth: none",
        "auth: {type: bearer, token: {template: \"$token\"}}",
    ] {
        assert!(ran.stdout.contains(part), "{part} is not in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("s3cret") && !ran.stdout.contains("X-Off") && !ran.stdout.contains("off=1"));
    folder.file("suite.yaml", &ran.stdout);
    let lint = folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish().exits(0);
    assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n");
    let kept = convert(&folder, &[collection, "--environment", environment, "--keep-secrets"]).exits(0);
    assert!(kept.stdout.contains("password: s3cret") && kept.stdout.contains("till_password: t1ll"), "{}", kept.stdout);
}

#[test]
fn no_secret_lands_in_a_suite() {
    let request = |more: &str| {
        let script =
            "{\"listen\": \"prerequest\", \"script\": {\"exec\": \"pm.environment.set('api_key', 'topsecret');\"}}";
        format!(
            "{{\"name\": \"a\", \"event\": [{script}], \"request\": {{\"method\": \"POST\", \"url\": \"http://h/?token=topsecret&k={{{{api_key}}}}\", {more}}}}}"
        )
    };
    let bodies = [
        "\"header\": [{\"key\": \"X-Api-Key\", \"value\": \"topsecret\"}]",
        "\"auth\": {\"type\": \"digest\", \"digest\": {\"username\": \"u\", \"password\": \"topsecret\"}}",
        "\"auth\": {\"type\": \"oauth2\", \"oauth2\": [{\"key\": \"grant_type\", \"value\": \"client_credentials\"}, {\"key\": \"accessTokenUrl\", \"value\": \"https://h/t\"}, {\"key\": \"clientId\", \"value\": \"c\"}, {\"key\": \"clientSecret\", \"value\": \"topsecret\"}]}",
        "\"auth\": {\"type\": \"jwt\", \"jwt\": [{\"key\": \"secret\", \"value\": \"topsecret\"}, {\"key\": \"algorithm\", \"value\": \"HS256\"}, {\"key\": \"payload\", \"value\": \"{\\\"sub\\\": \\\"u\\\"}\"}]}",
        "\"auth\": {\"type\": \"awsv4\", \"awsv4\": [{\"key\": \"accessKey\", \"value\": \"topsecret\"}, {\"key\": \"secretKey\", \"value\": \"topsecret\"}, {\"key\": \"region\", \"value\": \"eu-central-1\"}, {\"key\": \"service\", \"value\": \"s3\"}]}",
        "\"auth\": {\"type\": \"apikey\", \"apikey\": [{\"key\": \"key\", \"value\": \"k\"}, {\"key\": \"value\", \"value\": \"topsecret\"}, {\"key\": \"in\", \"value\": \"query\"}]}",
        "\"body\": {\"mode\": \"graphql\", \"graphql\": {\"query\": \"{ a }\", \"variables\": \"{\\\"password\\\": \\\"topsecret\\\"}\"}}",
        "\"body\": {\"mode\": \"urlencoded\", \"urlencoded\": [{\"key\": \"password\", \"value\": \"topsecret\"}]}",
    ];
    let folder = Folder::new();
    for body in bodies {
        folder.file("c.json", format!("{{\"info\": {{}}, \"item\": [{}]}}", request(body)));
        let ran = convert(&folder, &["c.json", "-o", "suite.yaml", "--force"]).exits(0);
        let suite = text(folder.path().join("suite.yaml"));
        assert!(!suite.contains("topsecret") && !ran.stderr.contains("topsecret"), "{suite}\n{ran:#?}");
        let lint = folder.resttest().args(["lint", "--strict", "suite.yaml"]).finish();
        assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n", "{suite}");
    }
}

#[test]
fn what_is_no_collection_is_told_with_its_place() {
    let folder = Folder::new();
    let deep =
        format!("{{\"info\": {{}}, \"item\": [{}{}]}}", "{\"name\": \"f\", \"item\": [".repeat(60), "]}".repeat(60));
    let nested = "[".repeat(100_000);
    for (contents, message) in [
        (
            "{\"info\": {\"schema\": \"https://schema.getpostman.com/json/collection/v3.0.0/\"},\n \"item\": []}",
            "c.json:1:21: a collection of the schema",
        ),
        (
            "{\"id\": \"x\", \"order\": [], \"requests\": []}",
            "c.json:1:1: a collection of version 1; known are 2.0 and 2.1: in Postman, Export",
        ),
        ("{\"name\": \"e\", \"values\": []}", "c.json:1:1: this is an environment of Postman; name a collection"),
        ("{\"info\": {}}", "c.json:1:1: this is no collection of Postman: it needs info and a list called item"),
        ("{\"info\": {},\n \"item\": [}", "c.json:2:11: this is not JSON: expected value"),
        (deep.as_str(), "folders are nested more than 50 deep"),
        (nested.as_str(), "c.json:1:100000: this is not JSON: EOF while parsing a list"),
    ] {
        folder.file("c.json", contents);
        let ran = convert(&folder, &["--from", "postman", "c.json", "-o", "out.yaml"]).exits(65);
        assert!(ran.stderr.contains(message), "{ran:#?}");
        assert!(!folder.path().join("out.yaml").exists());
    }
    folder.file("c.json", "{\"info\": {}, \"item\": []}");
    let ran = convert(&folder, &["c.json", "--from", "postman", "--environment", "none.json"]).exits(66);
    assert!(ran.stderr.contains("none.json: the environment cannot be read: no such file"), "{ran:#?}");
    folder.file("e.json", "{\"a\": 1}");
    let ran = convert(&folder, &["c.json", "--from", "postman", "--environment", "e.json"]).exits(65);
    assert!(ran.stderr.contains("e.json:1:1: this is no environment of Postman"), "{ran:#?}");
}

#[test]
fn what_stands_beside_a_request_is_kept_and_no_foreign_credentials_are_sent() {
    let folder = Folder::new();
    let collection = r#"{"info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{t}}"}]},
        "item": [
          {"name": "blank", "request": {"method": "GET", "url": "http://h/a b?q=c d%20{{$randomCity}}"}},
          {"name": "hawk", "request": {"method": "GET", "url": "http://h/:id", "auth": {"type": "hawk", "hawk": []}}},
          {"name": "files", "protocolProfileBehavior": {"followOriginalHttpMethod": true, "followAuthorizationHeader": true},
           "request": {"method": "POST", "url": {"raw": "http://h/:id/:n", "variable": [{"key": "id", "value": ""}, {"key": "n", "value": "7"}]},
            "certificate": {"cert": {"src": "c.pem"}, "key": {"src": "k.pem"}}, "proxy": {"host": "p", "port": 3128}}},
          {"name": "locked", "request": {"method": "GET", "url": "http://h/", "certificate": {"cert": {"src": "c.pem"}, "key": {"src": "k.pem"}, "passphrase": "x"}}},
          {"name": "later", "request": {"method": "GET", "url": "http://h/{{used}}"},
           "event": [{"listen": "test", "script": {"exec": ["pm.environment.set('used', 1);", "pm.environment.set('next', 'x');", "if (token === 'sk_live_0123456789abcdef') {}"]}}]},
          {"name": "next", "request": {"method": "GET", "url": "http://h/{{next}}/{{used}}"}},
          {"name": "clear", "request": {"method": "GET", "url": "http://h/", "auth": {"type": "oauth2", "oauth2": [
            {"key": "grant_type", "value": "client_credentials"}, {"key": "accessTokenUrl", "value": "http://id.example/t"},
            {"key": "clientId", "value": "c"}, {"key": "clientSecret", "value": "s"}, {"key": "client_authentication", "value": "body"}]}}}
        ]}"#;
    folder.file("c.json", collection);
    let ran = convert(&folder, &["c.json", "-o", "s.yaml"]).exits(0);
    assert!(ran.stderr.starts_with("7 requests, 3 translated wholly, 4 in part; not translated:\n"), "{ran:#?}");
    let suite = text(folder.path().join("s.yaml"));
    for part in [
        "url: {template: \"http://h/a%20b?q=c%20d%20$randomCity\"}",
        "the dynamic variable {{$randomCity}} has no generator; give $randomCity a value\n    name: blank",
        "url: \"http://h/:id\"\n    auth: none",
        "url: {template: \"http://h/$id/7\"}",
        "curl_option_postredir: 7",
        "curl_option_unrestricted_auth: true",
        "curl_option_sslcert: c.pem",
        "curl_option_sslkey: k.pem",
        "curl_option_proxy: \"http://p:3128\"",
        "a client certificate that is no pair of open files in PEM",
        "used is set behind a request that has it",
        "variable_binds: {next: x}",
        "if (token === '(redacted)') {}",
        "token_url: {template: \"$issuer_url_1\"}",
    ] {
        assert!(suite.contains(part), "{part} is not in\n{suite}");
    }
    folder.file("c.pem", "");
    folder.file("k.pem", "");
    folder.file("d.sh", "curl 'http://h/?q=$foo' -H 'X-A: $5 ${hdr}'\n");
    let ran = convert(&folder, &["d.sh", "-o", "d.yaml"]).exits(0);
    let dollars = text(folder.path().join("d.yaml"));
    assert!(dollars.contains("q=$$foo") && dollars.contains("$$5 $${hdr}"), "{ran:#?}{dollars}");
    folder.resttest().args(["lint", "--strict", "d.yaml"]).finish().exits(0);
    let lint = folder.resttest().args(["lint", "--strict", "s.yaml"]).finish();
    assert_eq!(lint.stdout, "1 suite: 0 errors, 0 warnings\n", "{suite}");
}
