//! What becomes of the keys: tests, or what is said instead.

use std::path::Path;

use crate::ground::value::Value;
use crate::suite::{ReadOptions, SuiteError, parse_testsets, read_test_file, read_test_text};
use crate::test::definition::Test;

fn tests(keys: &str) -> Vec<Test> {
    let text = format!("- test: {{url: /x, {keys}}}\n");
    let file = read_test_text("s.yaml", &text).unwrap();
    let suite = parse_testsets(&file, &ReadOptions::default()).unwrap_or_else(|error| panic!("{keys}: {error}"));
    assert_eq!(suite.warnings, [], "{keys}");
    suite.sets.into_iter().flat_map(|set| set.tests).collect()
}

fn names(keys: &str) -> Vec<String> {
    tests(keys).into_iter().map(|test| test.name).collect()
}

fn error(text: &str) -> String {
    match parse_testsets(&read_test_text("s.yaml", text).unwrap(), &ReadOptions::default()) {
        Err(SuiteError::Invalid(faults)) => faults[0].to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn rows_are_tests_of_their_own_in_written_order() {
    for (keys, expected) in [
        (
            "name: T, matrix: {user: [a, b], role: [x, y]}",
            &["T [user=a, role=x]", "T [user=a, role=y]", "T [user=b, role=x]", "T [user=b, role=y]"][..],
        ),
        // A list of mappings is one mapping to PyRestTest, but not where it is a table.
        ("name: T, matrix: [{user: [a, b]}, {role: [x]}]", &["T [user=a, role=x]", "T [user=b, role=x]"]),
        ("name: T, data: [{item: a}, {item: b}]", &["T [item=a]", "T [item=b]"]),
        ("name: T, data: [{a: 1, b: 2, c: 3, d: 4}]", &["T [a=1, b=2, c=3]"]),
        (
            "name: T, data: [{item: a}, {item: b}], matrix: {n: [1, 2]}",
            &["T [item=a, n=1]", "T [item=a, n=2]", "T [item=b, n=1]", "T [item=b, n=2]"],
        ),
        ("name: T, repeat: 3", &["T [index=0]", "T [index=1]", "T [index=2]"]),
        ("name: T, repeat: '1'", &["T [index=0]"]),
        (
            "name: T, repeat: 2, matrix: {a: [x, y]}",
            &["T [a=x, index=0]", "T [a=x, index=1]", "T [a=y, index=2]", "T [a=y, index=3]"],
        ),
        ("name: Adds $item no $index, data: [{item: a}, {item: b}]", &["Adds a no 0", "Adds b no 1"]),
        ("name: Costs $5, matrix: {a: [1]}", &["Costs $5 [a=1]"]),
        ("name: T, data: [{a: 1}, {b: 2}, {}]", &["T [a=1]", "T [b=2]", "T [index=2]"]),
        ("matrix: {password: [a, b]}", &["Unnamed [password=(redacted)]", "Unnamed [password=(redacted)]"]),
        ("name: T, foreach: {item: $list}, variable_binds: {list: [1]}", &["T"]),
        (
            "name: T, foreach: [{item: \"${list}\"}], repeat: 2, variable_binds: {list: [1]}",
            &["T [index=0]", "T [index=1]"],
        ),
        ("name: T, data: [], allow_empty: true, matrix: {a: [1, 2]}", &["T"]),
    ] {
        assert_eq!(names(keys), expected, "{keys}");
    }
    let all = tests("matrix: {a: [1, 2]}");
    assert!(all.iter().all(|test| test.location == all[0].location) && all[1].is_further_row());
    assert_eq!(
        tests("data: [], allow_empty: true")[0].rows.as_ref().unwrap().nothing.as_deref(),
        Some("data has no rows")
    );
}

#[test]
fn values_keep_their_types_and_a_row_lacks_what_others_have() {
    let all = tests("data: [{a: 1, b: 'x', c: null, d: [1.5, true]}, {e-f: 007}]");
    let rows: Vec<String> = all.iter().map(|test| test.row().unwrap().mapping().to_text()).collect();
    assert_eq!(rows, ["{'a': 1, 'b': 'x', 'c': None, 'd': [1.5, True]}", "{'e-f': 7}"]);
    let names: Vec<&str> = all[0].row_variables().collect();
    assert_eq!(names, ["index", "row", "a", "b", "c", "d", "e_f"]);
}

#[test]
fn what_makes_no_rows_is_refused_with_its_place() {
    let mut wrong = Vec::new();
    for (keys, expected) in [
        ("matrix: 5", "s.yaml:1:27: matrix must be a mapping, or a list of mappings, not the number 5"),
        ("matrix: {}", "s.yaml:1:19: matrix is empty; write {user: [a, b], role: [x, y]}"),
        ("matrix: {a: x}", "s.yaml:1:31: a in matrix must be a list of values, not a text"),
        ("matrix: {'': [1]}", "s.yaml:1:29: a column has no name"),
        ("foreach: {a: 5}", "not {a: a number}"),
        ("matrix: {a: []}", "s.yaml:1:28: a in matrix must be a list of values, not an empty one"),
        ("matrix: {a b: [1], a-b: [2]}", "s.yaml:1:38: columns \"a b\" and \"a-b\" would both be $a_b; rename one"),
        ("matrix: {a: [1]}, data: [{a: 2}]", "s.yaml:1:28: column \"a\" is there twice"),
        ("matrix: {a: [1]}, foreach: {a: $b}", "s.yaml:1:47: column \"a\" is there twice"),
        ("repeat: 0", "s.yaml:1:27: repeat must be an integer, 1 or more, not the number 0"),
        ("repeat: x", "s.yaml:1:27: repeat must be an integer, 1 or more, not the text \"x\""),
        ("repeat: 1.5", "s.yaml:1:27: repeat must be an integer, 1 or more, not the number 1.5"),
        ("repeat: yes", "s.yaml:1:27: repeat must be an integer, 1 or more, not the boolean true"),
        ("repeat: 100001", "s.yaml:1:19: repeat would make 100001 tests of one; at most 100000 may be"),
        ("repeat: 1000, matrix: {a: [1, 2]}, data: [{b: 1}, {b: 2}]", ""),
        (
            "repeat: 50000, matrix: {a: [1, 2]}, data: [{b: 1}, {b: 2}]",
            "s.yaml:1:19: data and matrix and repeat would make 200000 tests of one; at most 100000 may be",
        ),
        (
            "data: []",
            "s.yaml:1:19: data has no rows, so nothing would be tested; allow_empty: true beside data allows that",
        ),
        (
            "data: 5",
            "s.yaml:1:25: data must be a file (rows.csv, .json, .yaml), {file: rows.csv}, or a list of mappings, not the number 5",
        ),
        (
            "data: {}",
            "data must be a file (rows.csv, .json, .yaml), {file: rows.csv}, or a list of mappings, not an empty mapping",
        ),
        ("data: {fiel: x}", "not {fiel: …}; did you mean \"file\"?"),
        (
            "data: {template: x}",
            "not {template: …}; rows are settled before anything runs, so no variable can name their file",
        ),
        ("data: {file: x.csv, allow_empty: true}", "not {allow_empty: …}; allow_empty stands beside data"),
        ("data: [{a: 1, on: 2}]", "YAML takes the name of this column for true; put it in quotes"),
        ("matrix: {a: [1], no: [2]}", "YAML takes the name of this column for false; put it in quotes"),
        ("data: [1]", "s.yaml:1:19: a row must be a mapping of columns to values, not a number"),
        ("data: [{a: 1}, {b c: 1, b_c: 2}]", "columns \"b c\" and \"b_c\" would both be $b_c; rename one"),
        (
            "data: rows.txt",
            "s.yaml:1:25: data: rows.txt must end in .csv, .json, .yaml or .yml, which says how it is read",
        ),
        ("data: nowhere/rows.csv", "s.yaml:1:25: data: nowhere/rows.csv cannot be read: no such file or directory"),
        ("allow_empty: true", "s.yaml:1:19: allow_empty stands beside data, and there is none"),
        (
            "foreach: $list",
            "s.yaml:1:28: foreach must be {item: $list}, where $list is a variable that holds a list, not the text \"$list\"",
        ),
        (
            "foreach: {item: list}",
            "s.yaml:1:35: foreach must be {item: $list}, where $list is a variable that holds a list, not {item: list}; did you mean \"$list\"?",
        ),
        ("foreach: {item: $a.b}", "not {item: $a.b}"),
        (
            "foreach: {item: [1, 2]}",
            "foreach takes its list from a variable; write matrix: {item: […]} for these values",
        ),
        ("foreach: {a: $x, b: $y}", "not a mapping with 2 keys"),
        ("foreach: {a-b: $x}", "foreach needs a variable's name (letters, digits, _), not \"a-b\""),
        (
            "matrix: {a: [1]}, performance: {repeat: 2}",
            "s.yaml:1:19: matrix beside performance is not possible: a load run is one test",
        ),
        ("repeat: 3, performance: {}", "s.yaml:1:19: repeat beside performance is not possible"),
    ] {
        let text = format!("- test: {{url: /x, {keys}}}\n");
        if expected.is_empty() {
            assert_eq!(names(keys).len(), 4000);
            continue;
        }
        let told = error(&text);
        if !told.contains(expected) {
            wrong.push(format!("{keys}\n{told}\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for key in ["matrix: {a: [1]}", "data: [{a: 1}]", "foreach: {a: $b}"] {
        let told = error(&format!("- benchmark: {{url: /x, metrics: total_time, {key}}}\n"));
        assert!(told.contains(" in a benchmark is not possible: a benchmark is one request, repeated"), "{told}");
    }
    let benchmark = read_test_text("s.yaml", "- benchmark: {url: /x, repeat: 7}\n").unwrap();
    assert_eq!(parse_testsets(&benchmark, &ReadOptions::default()).unwrap().sets[0].tests.len(), 0);
}

/// A folder with files, and what comes of `data` that names the first of them.
fn with_files(files: &[(&str, &[u8])]) -> Result<Vec<Test>, String> {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("resttest-rows-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let suite = folder.join("s.yaml");
    std::fs::write(&suite, format!("- test: {{url: /x, name: T, data: {}}}\n", files[0].0)).unwrap();
    let read = parse_testsets(&read_test_file(&suite).unwrap(), &ReadOptions::default());
    std::fs::remove_dir_all(&folder).unwrap();
    let shown = |error: SuiteError| error.faults()[0].to_string().replace(&format!("{}/", folder.display()), "");
    let mut set = read.map_err(shown)?.sets.remove(0);
    assert_eq!(set.data_files, [folder.join(files[0].0)]);
    Ok(std::mem::take(&mut set.tests))
}

fn rows(name: &str, text: &[u8]) -> Result<Vec<String>, String> {
    let tests = with_files(&[(name, text)])?;
    Ok(tests.iter().map(|test| test.row().map_or_else(String::new, |row| row.mapping().to_text())).collect())
}

#[test]
fn csv_is_rfc_4180s() {
    for (text, expected) in [
        (&b"a,b\n1,007\n"[..], Ok(&["{'a': '1', 'b': '007'}"][..])),
        (b"\xef\xbb\xbfa\r\n\"x\r\ny\"\r\n\"\"\"q\"\", r\"\r\n", Ok(&["{'a': 'x\\r\\ny'}", "{'a': '\"q\", r'}"])),
        ("é b,c\n,' '\n\n\n".as_bytes(), Ok(&["{'é b': '', 'c': \"' '\"}"])),
        (b"a,b\n1,2", Ok(&["{'a': '1', 'b': '2'}"])),
        (b"", Err("rows.csv:1:1: has no header line, which names the columns")),
        (b"a,b\n", Err("s.yaml:1:34: rows.csv has no rows, so nothing would be tested")),
        (b"a,,b\n1,2,3\n", Err("rows.csv:1:1: column 2 has no name in the header line")),
        (b"a,a\n1,2\n", Err("rows.csv:1:1: column \"a\" is there twice")),
        (b"a b,a-b\n1,2\n", Err("rows.csv:1:1: columns \"a b\" and \"a-b\" would both be $a_b; rename one")),
        (b"a,b\r\n\"1\r\n\",2\r\n\r\n3\r\n", Err("rows.csv:5:1: this row has 1 cell, and the header line has 2: a, b")),
        (b"a,b\n1,2,3\n", Err("rows.csv:2:1: this row has 3 cells, and the header line has 2: a, b")),
        (b"a\n1\n\"2\n3\n4\n", Err("rows.csv:3:1: a quote is not closed")),
        (b"a\n5\" disk\n", Err("rows.csv:2:1: a quote is not closed, or stands in a cell without quotes around it")),
        (b"a\n1\nca\xe9\n", Err("rows.csv:3:3: is not UTF-8: byte 0xe9; save the file as UTF-8")),
    ] {
        let told = rows("rows.csv", text);
        match (&told, expected) {
            (Ok(told), Ok(expected)) => assert_eq!(told, expected),
            (Err(told), Err(expected)) => assert!(told.contains(expected), "{told}\n{expected}"),
            (told, expected) => panic!("{told:?} {expected:?}"),
        }
    }
}

#[test]
fn json_and_yaml_keep_types() {
    for (name, text, expected) in [
        (
            "rows.json",
            r#"[{"a": "007", "b": 7, "c": null}, {"a": [1.0]}]"#,
            Ok(&["{'a': '007', 'b': 7, 'c': None}", "{'a': [1.0]}"][..]),
        ),
        ("rows.JSON", r#"[{"a": 1}]"#, Ok(&["{'a': 1}"])),
        ("rows.yml", "- {a: 007}\n- a: x\n", Ok(&["{'a': 7}", "{'a': 'x'}"])),
        ("rows.yaml", "", Err("rows.yaml has no rows, so nothing would be tested")),
        ("rows.json", "[]", Err("rows.json has no rows")),
        ("rows.json", "{\"a\": 1}", Err("rows.json:1:3: rows must be a list of mappings, not a mapping")),
        (
            "rows.json",
            "[{\"a\": 1}, 5]",
            Err("rows.json:1:12: a row must be a mapping of columns to values, not a number"),
        ),
        ("rows.json", "[{\"a\": 1}", Err("rows.json:1:9: ")),
        ("rows.yaml", "- {a: 1}\n---\n- {a: 2}\n", Err("rows must be one list, and this is a second document")),
        ("rows.yaml", "- a: 1\n  '': 2\n", Err("rows.yaml:2:4: a column has no name")),
    ] {
        let told = rows(name, text.as_bytes());
        match (&told, expected) {
            (Ok(told), Ok(expected)) => assert_eq!(told, expected),
            (Err(told), Err(expected)) => assert!(told.contains(expected), "{name} {text}\n{told}\n{expected}"),
            (told, expected) => panic!("{told:?} {expected:?}"),
        }
    }
}

#[test]
fn too_many_rows_are_found_before_they_are_kept() {
    let most = super::MOST_ROWS;
    // What follows is wrong in its own way, and is never seen.
    let csv = format!("a,b\n{}1,2,3\n", "1,2\n".repeat(most + 1));
    let told = rows("rows.csv", csv.as_bytes()).unwrap_err();
    assert!(
        told.starts_with("rows.csv:100002:1: has more than 100000 rows, which is the most that data may have"),
        "{told}"
    );
    let json = format!("[{}x", "{\"a\": 1},".repeat(most + 1));
    let told = rows("rows.json", json.as_bytes()).unwrap_err();
    assert!(told.starts_with("rows.json:1:1: has more than 100000 rows"), "{told}");
    let yaml = format!("{}\t: [", "- {a: 1}\n".repeat(most + 1));
    let told = rows("rows.yaml", yaml.as_bytes()).unwrap_err();
    assert!(told.starts_with("rows.yaml:1:1: has more than 100000 rows"), "{told}");
    let csv = format!("a\n{}", "1\n".repeat(most));
    assert_eq!(with_files(&[("rows.csv", csv.as_bytes())]).unwrap().len(), most);
}

/// The samples of the field, where they are at hand.
#[test]
fn the_samples_of_csv_spectrum_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/csv");
    let Ok(files) = std::fs::read_dir(folder.join("csvs")) else {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    };
    let mut count = 0;
    for file in files.map(|file| file.unwrap().path()) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let json = std::fs::read_to_string(folder.join(format!("json/{name}.json"))).unwrap();
        // Whoever wrote this one down had another number, and one row is no list there.
        let json = match name {
            "location_coordinates" => format!("[{}]", json.replace("1234567890", "2095257564")),
            _ => json,
        };
        let expected = crate::suite::document::read_value(&json).unwrap();
        let tests = with_files(&[("rows.csv", &std::fs::read(&file).unwrap())])
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = Value::List(tests.iter().map(|test| test.row().unwrap().mapping()).collect());
        assert!(found.py_eq(&expected), "{name}: {} {}", found.to_text(), expected.to_text());
        count += 1;
    }
    assert_eq!(count, 12);
}
