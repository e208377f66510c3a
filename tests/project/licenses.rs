//! The licences of what is built in, kept true: every package that is built in is named, in its version.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::root;

/// The packages of a Cargo.lock that the program's own reaches without those that only tests need, as `name version`.
fn built_in(lock: &str, only_for_tests: &[String]) -> BTreeSet<String> {
    let field = |block: &str, name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{name} = \""))).map(str::to_owned);
        line.map(|value| value.trim_end_matches('"').to_owned()).unwrap_or_default()
    };
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in lock.split("[[package]]").skip(1) {
        let list = block.split_once("dependencies = [").map_or("", |(_, rest)| rest.split(']').next().unwrap_or(""));
        let list = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
        needs.insert(format!("{} {}", field(block, "name"), field(block, "version")), list);
    }
    // One that is there in several versions is named with its version, the others without.
    let full = |name: &String| needs.keys().find(|key| *key == name || key.split(' ').next() == Some(name)).cloned();
    let own = needs.keys().find(|key| key.starts_with("resttest ")).cloned().expect("the program's own package");
    let (mut rest, mut seen) = (vec![own.clone()], BTreeSet::new());
    while let Some(package) = rest.pop() {
        let is_own = package == own;
        let wanted = needs[&package].iter().filter(|name| !(is_own && only_for_tests.contains(name)));
        rest.extend(wanted.filter_map(full).filter(|name| !seen.contains(name)));
        seen.insert(package);
    }
    seen.remove(&own);
    seen
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_package_that_is_built_in_is_named_with_its_licence() {
    let manifest = read("Cargo.toml");
    let tests = manifest.split("\n[dev-dependencies]\n").nth(1).unwrap_or_default();
    let tests = tests.split("\n[").next().unwrap_or_default().lines();
    let tests: Vec<String> = tests.filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect();
    assert!(tests.iter().any(|name| name == "rcgen"), "{tests:?}");
    let expected = built_in(&read("Cargo.lock"), &tests);
    assert!(expected.len() > 100 && expected.contains("ring 0.17.14"), "{expected:?}");

    let text = read("src/guides/licenses.txt");
    let list = text.split("\n## Whose they are\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a list");
    let rows: Vec<(&str, &str)> = list.lines().filter_map(|line| line.split_once(": ")).collect();
    let rows: Vec<_> = rows.into_iter().filter(|(name, _)| !name.starts_with(' ')).collect();
    let named: BTreeSet<String> = rows.iter().map(|(name, _)| (*name).to_owned()).collect();
    let missing: Vec<_> = expected.difference(&named).collect();
    assert!(missing.is_empty(), "python3 .ci/licenses.py writes them anew; not named: {missing:?}");
    let parts = ["Rust's standard library", "musl (in the static file)", "GCC's runtime library (in the static file)"];
    let stale: Vec<_> = named.difference(&expected).filter(|name| !parts.contains(&name.as_str())).collect();
    assert!(stale.is_empty(), "python3 .ci/licenses.py writes them anew; no longer built in: {stale:?}");
    for (name, licence) in rows {
        assert!(!licence.is_empty() && licence != "NOASSERTION", "{name} has no licence");
    }
}

#[test]
fn the_lock_is_followed_as_cargo_does() {
    let lock = r#"
[[package]]
name = "resttest"
version = "1.0.0"
dependencies = [
 "a",
 "only",
]

[[package]]
name = "a"
version = "2.0.0"
dependencies = ["b 1.0.0"]

[[package]]
name = "b"
version = "1.0.0"

[[package]]
name = "b"
version = "2.0.0"

[[package]]
name = "only"
version = "3.0.0"
dependencies = ["b 2.0.0"]
"#;
    let found = built_in(lock, &["only".to_owned()]);
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a 2.0.0", "b 1.0.0"]);
    assert_eq!(built_in(lock, &[]).len(), 4);
}
