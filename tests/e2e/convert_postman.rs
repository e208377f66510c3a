//! `resttest convert`: collections of Postman become suites that do what the collection does.

use std::path::PathBuf;

use crate::support::{Finish, Folder, Ran, root};

fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/convert").join(name)
}

fn vectors() -> PathBuf {
    root().join("../shared/vectors/postman")
}

fn convert(folder: &Folder, arguments: &[&str]) -> Ran {
    folder.resttest().arg("convert").args(arguments).finish()
}

#[test]
fn saved_answers_are_expected_where_that_is_asked_for() {
    let folder = Folder::new();
    let collection = fixture("people.postman_collection.json");
    let ran = convert(&folder, &[collection.to_str().expect("a path"), "--examples"]).exits(0);
    assert!(ran.stdout.contains("- {json_equals: {expected: {meta: {limit: 2}}}}"), "{}", ran.stdout);
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
    let kept = convert(&folder, &[collection, "--environment", environment, "--keep-secrets"]).exits(0);
    assert!(kept.stdout.contains("password: s3cret") && kept.stdout.contains("till_password: t1ll"), "{}", kept.stdout);
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
