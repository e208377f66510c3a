//! Scalars, keys, merges, places and faults of suite texts.

use super::*;

fn yaml(text: &str) -> Value {
    let source = Source::new("s.yaml", text.to_owned());
    let Document { roots: nodes, .. } = read(source, Language::Yaml).unwrap_or_else(|fault| panic!("{fault}"));
    nodes[0].to_value()
}

fn fault(text: &str) -> String {
    read(Source::new("s.yaml", text.to_owned()), Language::Yaml).unwrap_err().to_string()
}

#[test]
fn plain_scalars_are_resolved_and_quoted_ones_are_not() {
    let value = yaml(
        "a: yes\nb: 'yes'\nc: \"0755\"\nd: 0755\ne: 1_000\nf: 12:30:45\ng: !!str 123\nh: !!int '7'\ni: !!float 3\nj: -0\nk: +12\n",
    );
    assert_eq!(
        value.to_text(),
        "{'a': True, 'b': 'yes', 'c': '0755', 'd': 493, 'e': 1000, 'f': 45045, 'g': '123', 'h': 7, 'i': 3.0, 'j': 0, 'k': 12}"
    );
    assert_eq!(yaml("{a: no, b: [on, 'off', y]}").to_text(), "{'a': False, 'b': [True, 'off', 'y']}");
    assert_eq!(yaml("a: |\n  yes\nb: >\n  no\n").to_text(), "{'a': 'yes\\n', 'b': 'no\\n'}");
}

#[test]
fn keys_are_pythons() {
    assert_eq!(yaml("{on: x, no: y, 1: z, 1.0: w, ~: v}").to_text(), "{True: 'w', False: 'y', None: 'v'}");
    assert_eq!(yaml("a: 1\nb: 2\na: 3\n").to_text(), "{'a': 3, 'b': 2}");
}

#[test]
fn merges_give_way_to_own_keys_and_the_first_has_priority() {
    let value = yaml("h: &h {A: anchor}\nm:\n  <<: [*h, {B: second, A: loses}]\n  C: own\n");
    assert_eq!(value.to_text(), "{'h': {'A': 'anchor'}, 'm': {'B': 'second', 'A': 'anchor', 'C': 'own'}}");
    assert!(fault("a: {<<: 5}").contains("takes a mapping"));
}

#[test]
fn everything_knows_its_place() {
    let source = Source::new("s.yaml", "- test:\n    url: /x\n    delay: 5\n".to_owned());
    let Document { roots: nodes, .. } = read(source, Language::Yaml).unwrap();
    let Kind::List(items) = &nodes[0].kind else { panic!() };
    let Kind::Map(entries) = &items[0].kind else { panic!() };
    assert_eq!(entries[0].at, Position { line: 1, column: 3 });
    let Kind::Map(inner) = &entries[0].value.kind else { panic!() };
    assert_eq!(inner[0].value.at, Position { line: 2, column: 10 });
    assert_eq!(inner[1].value.at, Position { line: 3, column: 12 });
}

#[test]
fn a_plain_key_in_flow_style_ends_at_a_colon_before_a_bracket() {
    assert_eq!(yaml("a: {template:{'X': \"$t\"}, b:[1]}").to_text(), "{'a': {'template': {'X': '$t'}, 'b': [1]}}");
}

#[test]
fn tags_and_versions_are_pythons() {
    let table = [
        (
            "{a: !!null '', b: !!null x, c: !!bool yes, d: !!bool 'Off', e: ! 12, f: ! 'x'}",
            "{'a': None, 'b': None, 'c': True, 'd': False, 'e': '12', 'f': 'x'}",
        ),
        (
            "{a: !!float 3, b: !!float '1e3', c: !!int 0x1F, d: !!str  yes, e: !!int '-7'}",
            "{'a': 3.0, 'b': 1000.0, 'c': 31, 'd': 'yes', 'e': -7}",
        ),
        ("%YAML 1.3\n--- {a: 1}\n", "{'a': 1}"),
        ("%YAML 1.13\n---\na: |\n  %YAML 1.9\n", "{'a': '%YAML 1.9\\n'}"),
        ("[! 12, x]", "['12', 'x']"),
        ("- !!binary |\n  AA\n  EC\n- |\n  AAE\n- !!binary AAEC\n", "['\\x00\\x01\\x02', 'AAE\\n', '\\x00\\x01\\x02']"),
    ];
    for (text, expected) in table {
        assert_eq!(yaml(text).to_text(), expected, "{text}");
    }
    for text in ["a: !!bool maybe", "a: !!int x", "a: !!float x", "%YAML 2.0\n---\na: 1"] {
        assert!(!fault(text).is_empty(), "{text}");
    }
}

#[test]
fn block_scalars_may_begin_with_a_tab() {
    let table = [
        ("a: |\n  \tx\n  y\n", "{'a': '\\tx\\ny\\n'}"),
        ("- b:\n    c: >-\n\n      \tx\n- d: |+\n   \ty\n", "[{'b': {'c': '\\n\\tx'}}, {'d': '\\ty\\n'}]"),
        ("- |\n  \tx\n- {e:{f: 1}}\n", "['\\tx\\n', {'e': {'f': 1}}]"),
    ];
    for (text, expected) in table {
        assert_eq!(yaml(text).to_text(), expected, "{text}");
    }
    assert!(fault("a: |\n\tx\n").contains("tab"));
}

#[test]
fn numbers_of_json_are_exact_and_know_their_place() {
    let text = "{\"a\\\"7\": [-0, 0.5, 12345678901234567890123, \"9\"],\n \"b\": {\"c\": -170141183460469231731687303715884105728, \"d\": 1E2}}";
    let Document { roots: nodes, .. } = read(Source::new("s.json", text.to_owned()), Language::Json).unwrap();
    assert_eq!(
        nodes[0].to_value().to_text(),
        "{'a\"7': [0, 0.5, 12345678901234567890123, '9'], 'b': {'c': -170141183460469231731687303715884105728, 'd': 100.0}}"
    );
    let Kind::Map(entries) = &nodes[0].kind else { panic!() };
    let Kind::List(items) = &entries[0].value.kind else { panic!() };
    assert_eq!(items[1].at, Position { line: 1, column: 15 });
}

#[test]
fn any_number_of_such_keys_is_read_in_little_time() {
    let line = "- test: {url: /é, headers:{A: 'b:{'}, validators:[{extract_test:{raw_body: '', test: exists}}]}\n";
    for text in [
        line.repeat(2000),
        format!("- config:{{}}\n- config: &a {{}}\n{}", line.repeat(800)),
        format!("[{}]", "a:[1], ".repeat(9000)),
    ] {
        let started = std::time::Instant::now();
        assert!(yaml(&text).to_text().len() > 9000);
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    }
    for text in [
        "- test: ".to_owned() + &"{a: ".repeat(16_000),
        "- ".repeat(16_000),
        "[".repeat(300_000),
        "- [".repeat(9000),
        "? ".repeat(9000),
        "a: [".repeat(9000),
    ] {
        let started = std::time::Instant::now();
        assert!(!fault(&text).is_empty());
        assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?} {}", started.elapsed(), &text[..20]);
    }
    assert!(fault(&("- test: ".to_owned() + &"{a: ".repeat(16_000))).starts_with("s.yaml:1:521: recursion limit"));
}

#[test]
fn a_long_list_is_read_as_a_short_one_is() {
    let element = "- test:\n    url: /é\n    delay: 5\n    tags: [a, 1, yes]\n";
    let text = element.repeat(2000);
    let source = Source::new("s.yaml", text);
    assert!(pieces::split(source.text()).is_some());
    let whole = read_documents(&Reader::new(&source, Language::Yaml), source.text()).unwrap();
    let Document { roots: nodes, .. } = read(source, Language::Yaml).unwrap();
    assert_eq!(format!("{nodes:?}"), format!("{whole:?}"));
    let broken = format!("{}- test: [\n{}", element.repeat(1000), element.repeat(1000));
    assert!(fault(&broken).starts_with("s.yaml:4002:"), "{}", fault(&broken));
}

#[test]
fn errors_have_a_place_and_a_remedy() {
    let table = [
        ("- test: {url: !mine /x}", "s.yaml:1:"),
        ("- test: {{a: b}: c}", "a key must be text"),
        ("- a: b\n\t- c", "a tab cannot indent"),
        ("a: *nope", "unknown anchor"),
        ("a: !!python/object:os.system x", "python tags"),
        ("a: [1, 2", "s.yaml:"),
    ];
    for (text, part) in table {
        assert!(fault(text).contains(part), "{text}: {}", fault(text));
    }
    let deep = "[".repeat(20_000);
    assert!(fault(&deep).contains("s.yaml"));
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for i in 1..12 {
        let (p, q) = (char::from(b'a' + i - 1), char::from(b'a' + i));
        bomb.push_str(&format!("{q}: &{q} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n"));
    }
    assert!(fault(&bomb).contains("limit"), "{}", fault(&bomb));
}

#[test]
fn json_is_taken_literally() {
    let source =
        Source::new("s.json", r#"[{"test": {"url": "/f", "name": "yes", "body": "\ud83d\ude00 a\/b"}}]"#.to_owned());
    let Document { roots: nodes, .. } = read(source, Language::Json).unwrap();
    assert_eq!(nodes[0].to_value().to_text(), "[{'test': {'url': '/f', 'name': 'yes', 'body': '😀 a/b'}}]");
    let source = Source::new("s.json", r#"{"a": 1e3, "1": true, "b": null, "c": "!x", "d": -2}"#.to_owned());
    let Document { roots: nodes, .. } = read(source, Language::Json).unwrap();
    assert_eq!(nodes[0].to_value().to_text(), "{'a': 1000.0, '1': True, 'b': None, 'c': '!x', 'd': -2}");
    let broken = read(Source::new("s.json", "[{\"a\": }]".to_owned()), Language::Json).unwrap_err();
    assert_eq!(broken.location.position, Position { line: 1, column: 8 });
    let empty = read(Source::new("s.json", String::new()), Language::Json).unwrap_err();
    assert_eq!(empty.location.position, Position { line: 1, column: 1 });
}

#[test]
fn keys_and_their_values_are_yaml_1_1_with_a_place() {
    let table = [
        ("{1e3: 0o17, 0x1F: 1_000, .5: +.5, 1.0e+1: -2.5}", "{'1e3': '0o17', 31: 1000, 0.5: '+.5', 10.0: -2.5}"),
        ("{~: Null, null: nothing, \"\": '', '2': \"3\", a: ~}", "{None: 'nothing', '': '', '2': '3', 'a': None}"),
        (
            "a: word # off\n\"b\":   /x\n'c': yes\nd: two\n  lines\ne:\n  f: -1\ng:  \n- h: -.inf\n",
            "{'a': 'word', 'b': '/x', 'c': True, 'd': 'two lines', 'e': {'f': -1}, 'g': [{'h': -inf}]}",
        ),
        ("{!!str 1: !!str yes, !!int '2': !!int '3', !!float 4: x, ! y: z}", "{'1': 'yes', 2: 3, 4.0: 'x', 'y': 'z'}"),
        ("? a\n: b: c\n? d : e\n", ""),
        (
            "a: say !now\nb: \"!x\"\nc: [!!str 1, '!y']\nd: e\n",
            "{'a': 'say !now', 'b': '!x', 'c': ['1', '!y'], 'd': 'e'}",
        ),
    ];
    for (text, repr) in table {
        match repr {
            "" => assert!(fault(text).contains("a key must be text"), "{text}"),
            _ => assert_eq!(yaml(text).repr(), repr, "{text}"),
        }
    }
    assert!(fault("{!what key: x}").contains("unknown tag !what"));
    let source = Source::new("s.yaml", "404: 500\n".to_owned());
    let Document { roots: nodes, .. } = read(source, Language::Yaml).unwrap();
    let Kind::Map(entries) = &nodes[0].kind else { panic!() };
    let [entry] = entries.as_slice() else { panic!() };
    assert_eq!((entry.key().repr(), entry.at), ("404".to_owned(), Position { line: 1, column: 1 }));
    assert_eq!(entry.value.at, Position { line: 1, column: 6 });
}
