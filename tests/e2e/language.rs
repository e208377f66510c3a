//! The suite of the guide to the language, in both directions: it passes, and with one thing broken the failure names it.

use std::path::Path;

use crate::support::{Finish, Folder, Ran, resttest, root, sample};

/// The suite's files in a folder of their own.
fn copied() -> Folder {
    let folder = Folder::new();
    let from = root().join("fixtures/language");
    for name in
        ["orders.yaml", "sign-in.yaml", "items.csv", "expected/tea.json", "expected/cake.json", "expected/air.json"]
    {
        let text = std::fs::read(from.join(name)).expect(name);
        std::fs::create_dir_all(folder.path().join(name).parent().unwrap_or(Path::new(""))).expect("a folder");
        folder.file(name, text);
    }
    folder
}

fn run(folder: &Folder) -> Ran {
    let api = sample();
    folder.resttest().args([&api.url(), "orders.yaml", "--report-json", "report.json"]).finish()
}

fn report(folder: &Folder) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.path().join("report.json")).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn all_of_it_passes() {
    let folder = copied();
    run(&folder).exits(0);
    let report = report(&folder);
    let names: Vec<&str> = report["suites"]
        .as_array()
        .expect("suites")
        .iter()
        .flat_map(|suite| suite["tests"].as_array().expect("tests"))
        .map(|test| test["name"].as_str().expect("a name"))
        .collect();
    let expected = [
        "Ada signs in",
        "A basket for the day",
        "Adds tea",
        "Adds cake",
        "Adds air",
        "The basket has all of it",
        "Receipt",
        "The basket goes",
    ];
    assert_eq!(names, expected);
    let skipped = &report["suites"][1]["skipped"];
    assert_eq!(skipped[0]["name"], "Paid with money");
    assert!(skipped[0]["reason"].as_str().is_some_and(|reason| reason.contains("stage")), "{skipped}");
    let receipt = std::fs::read(folder.path().join("out/receipt.pdf")).expect("the receipt");
    assert!(receipt.starts_with(b"%PDF") && receipt.len() > 1000);
    let printed = std::fs::read_to_string(folder.path().join("report.json")).expect("a report");
    assert!(!printed.contains("sample-3f1c"), "a token is a secret");
}

#[test]
fn with_one_thing_broken_the_failure_names_it() {
    // What is changed in which file, the exit code, and what is said.
    for (file, from, to, code, said) in [
        ("sign-in.yaml", "lovelace", "byron", 7, "Ada signs in"),
        ("sign-in.yaml", "share: [token]", "share: []", 8, "$token"),
        ("items.csv", "tea,2,201", "tea,2,200", 1, "expected status 200, got 201"),
        ("items.csv", "tea,2,201", "tea,x,201", 2, "Adds tea"),
        ("items.csv", "cake,1,201", "cake,1", 65, "items.csv:3"),
        ("items.csv", "item,amount,status", "item,item,status", 65, "items.csv:1"),
        ("expected/tea.json", "\"amount\": 2", "\"amount\": 3", 1, "$.amount"),
        ("orders.yaml", "stage: \"staging\"", "stage: \"production\"", 1, "Paid with money"),
        ("orders.yaml", "url: \"/baskets\"\n", "url: \"/basketz\"\n", 8, "A basket for the day"),
        ("orders.yaml", "expected: 1000}", "expected: 100000}", 1, "Receipt"),
        ("orders.yaml", "expected: 5000}", "expected: 0}", 8, "duration"),
        ("orders.yaml", "[cake, tea]", "[cake, coffee]", 1, "The basket has all of it"),
        ("orders.yaml", "out: \"out\"", "out: \"../out\"", 1, "leads out of"),
        ("orders.yaml", "depends_on: [basket]", "depends_on: [baskett]", 65, "did you mean \"basket\"?"),
        ("orders.yaml", "data: items.csv", "data: itemz.csv", 65, "itemz.csv"),
        ("orders.yaml", "needs: [sign-in.yaml]", "needs: [sign-out.yaml]", 66, "sign-out.yaml"),
        ("orders.yaml", "{key: {type: uuid}", "{key: {type: uuidd}", 65, "did you mean \"uuid\"?"),
        ("orders.yaml", "basket: {jsonpath: \"$.id\"}", "basket: {jsonpath: \"$.id[\"}", 65, "orders.yaml:"),
        ("sign-in.yaml", "testset: \"Sign in\"", "testset: \"Sign in\", needs: [orders.yaml]", 65, "sign-in.yaml"),
    ] {
        let folder = copied();
        let text = std::fs::read_to_string(folder.path().join(file)).expect(file);
        assert!(text.contains(from), "{file} has no {from}");
        folder.file(file, text.replacen(from, to, 1));
        let ran = run(&folder);
        assert_eq!(ran.code, Some(code), "{file}: {to}: {ran:#?}");
        assert!(ran.stderr.contains(said), "{file}: {to}: {said} is not said: {ran:#?}");
    }
}

#[test]
fn the_basket_goes_whatever_happens() {
    let folder = copied();
    let text = std::fs::read_to_string(folder.path().join("orders.yaml")).expect("the suite");
    folder.file("orders.yaml", text.replace("[cake, tea]", "[coffee]"));
    let api = sample();
    folder.resttest().args([&api.url(), "orders.yaml"]).finish().exits(1);
    let last = api.log().pop().expect("requests");
    assert_eq!((last.method.as_str(), last.path.as_str()), ("DELETE", "/baskets/1"));
}

#[test]
fn the_demo_runs_it_without_a_file_of_ones_own() {
    let folder = Folder::new();
    let ran = folder.resttest().args(["demo", "--scene", "language"]).finish().exits(0);
    assert!(ran.stdout.contains("Adds cake"), "{ran:#?}");
    let left = std::fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "nothing is left behind");
    let listed = resttest().args(["help", "language"]).finish().exits(0).stdout;
    let suite = std::fs::read_to_string(root().join("fixtures/language/orders.yaml")).expect("the suite");
    assert!(listed.contains(&suite), "the guide shows the suite");
}
