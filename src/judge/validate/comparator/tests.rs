//! Every pair of a set of values, against what PyRestTest's comparators gave for them.

use super::*;
use crate::ground::json;

const VALUES: &[&str] = &[
    r#"null"#,
    r#"true"#,
    r#"1"#,
    r#"1.0"#,
    r#"42"#,
    r#""42""#,
    r#""""#,
    r#""hello""#,
    r#""ell""#,
    r#"[]"#,
    r#"[1, 2]"#,
    r#"{"1": 2}"#,
    r#"{}"#,
    r#"[[1], "a"]"#,
    r#"0"#,
    r#"-1"#,
    r#"12345678901234567890123"#,
    r#"2"#,
];

/// For each comparator the verdicts over all pairs, the left value outermost: true, false, or Error.
const VERDICTS: &[(&str, &str)] = &[
    (
        "count_eq",
        "000000000000000100 \
         000000000000000100 \
         000000000000000100 \
         000000000000000100 \
         000000000000000100 \
         000000000000000001 \
         000000000000001000 \
         000000000000000000 \
         000000000000000000 \
         000000000000001000 \
         000000000000000001 \
         011100000000000000 \
         000000000000001000 \
         000000000000000001 \
         000000000000000100 \
         000000000000000100 \
         000000000000000100 \
         000000000000000100",
    ),
    (
        "lt",
        "EEEEEEEEEEEEEEEEEE \
         E0001EEEEEEEEE0011 \
         E0001EEEEEEEEE0011 \
         E0001EEEEEEEEE0011 \
         E0000EEEEEEEEE0010 \
         EEEEE0011EEEEEEEEE \
         EEEEE1011EEEEEEEEE \
         EEEEE0000EEEEEEEEE \
         EEEEE0010EEEEEEEEE \
         EEEEEEEEE01EE1EEEE \
         EEEEEEEEE00EEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEE0EEE0EEEE \
         E1111EEEEEEEEE0011 \
         E1111EEEEEEEEE1011 \
         E0000EEEEEEEEE0000 \
         E0001EEEEEEEEE0010",
    ),
    (
        "eq",
        "100000000000000000 \
         011100000000000000 \
         011100000000000000 \
         011100000000000000 \
         000010000000000000 \
         000001000000000000 \
         000000100000000000 \
         000000010000000000 \
         000000001000000000 \
         000000000100000000 \
         000000000010000000 \
         000000000001000000 \
         000000000000100000 \
         000000000000010000 \
         000000000000001000 \
         000000000000000100 \
         000000000000000010 \
         000000000000000001",
    ),
    (
        "str_eq",
        "100000000000000000 \
         010000000000000000 \
         001000000000000000 \
         000100000000000000 \
         000011000000000000 \
         000011000000000000 \
         000000100000000000 \
         000000010000000000 \
         000000001000000000 \
         000000000100000000 \
         000000000010000000 \
         000000000001000000 \
         000000000000100000 \
         000000000000010000 \
         000000000000001000 \
         000000000000000100 \
         000000000000000010 \
         000000000000000001",
    ),
    (
        "ne",
        "011111111111111111 \
         100011111111111111 \
         100011111111111111 \
         100011111111111111 \
         111101111111111111 \
         111110111111111111 \
         111111011111111111 \
         111111101111111111 \
         111111110111111111 \
         111111111011111111 \
         111111111101111111 \
         111111111110111111 \
         111111111111011111 \
         111111111111101111 \
         111111111111110111 \
         111111111111111011 \
         111111111111111101 \
         111111111111111110",
    ),
    (
        "ge",
        "EEEEEEEEEEEEEEEEEE \
         E1110EEEEEEEEE1100 \
         E1110EEEEEEEEE1100 \
         E1110EEEEEEEEE1100 \
         E1111EEEEEEEEE1101 \
         EEEEE1100EEEEEEEEE \
         EEEEE0100EEEEEEEEE \
         EEEEE1111EEEEEEEEE \
         EEEEE1101EEEEEEEEE \
         EEEEEEEEE10EE0EEEE \
         EEEEEEEEE11EEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEE1EEE1EEEE \
         E0000EEEEEEEEE1100 \
         E0000EEEEEEEEE0100 \
         E1111EEEEEEEEE1111 \
         E1110EEEEEEEEE1101",
    ),
    (
        "gt",
        "EEEEEEEEEEEEEEEEEE \
         E0000EEEEEEEEE1100 \
         E0000EEEEEEEEE1100 \
         E0000EEEEEEEEE1100 \
         E1110EEEEEEEEE1101 \
         EEEEE0100EEEEEEEEE \
         EEEEE0000EEEEEEEEE \
         EEEEE1101EEEEEEEEE \
         EEEEE1100EEEEEEEEE \
         EEEEEEEEE00EE0EEEE \
         EEEEEEEEE10EEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEE1EEE0EEEE \
         E0000EEEEEEEEE0100 \
         E0000EEEEEEEEE0000 \
         E1111EEEEEEEEE1101 \
         E1110EEEEEEEEE1100",
    ),
    (
        "contains",
        "000000000000000000 \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEE1100EEEEEEEEE \
         000000000000000000 \
         EEEEE0111EEEEEEEEE \
         EEEEE0101EEEEEEEEE \
         000000000000000000 \
         011100000000000001 \
         000000000EEEEE0000 \
         000000000000000000 \
         000000000000000000 \
         000000000000000000 \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE \
         EEEEEEEEEEEEEEEEEE",
    ),
    (
        "contained_by",
        "0EEEEE0EE000000EEE \
         0EEEEE0EE010000EEE \
         0EEEEE0EE010000EEE \
         0EEEEE0EE010000EEE \
         0EEEEE0EE000000EEE \
         0EEEE1000000000EEE \
         0EEEE1011000000EEE \
         0EEEE0010000000EEE \
         0EEEE0011000000EEE \
         0EEEEE0EE00E000EEE \
         0EEEEE0EE00E000EEE \
         0EEEEE0EE00E000EEE \
         0EEEEE0EE00E000EEE \
         0EEEEE0EE00E000EEE \
         0EEEEE0EE000000EEE \
         0EEEEE0EE000000EEE \
         0EEEEE0EE000000EEE \
         0EEEEE0EE010000EEE",
    ),
];

fn compare(name: &str, extracted: &Value, expected: &Value) -> Result<bool, String> {
    Comparator::by_name(name).unwrap().compare(extracted, expected)
}

#[test]
fn verdicts_are_pythons() {
    let values: Vec<Value> = VALUES.iter().map(|text| json::parse(text.as_bytes()).unwrap()).collect();
    let mut wrong = Vec::new();
    for (name, verdicts) in VERDICTS {
        let mut verdicts = verdicts.chars().filter(|c| *c != ' ');
        for (a, left) in values.iter().enumerate() {
            for (b, right) in values.iter().enumerate() {
                let shown = match compare(name, left, right) {
                    Ok(true) => '1',
                    Ok(false) => '0',
                    Err(_) => 'E',
                };
                let expected = verdicts.next().unwrap();
                if shown != expected {
                    wrong.push(format!("{name}({}, {}): expected {expected}, got {shown}", VALUES[a], VALUES[b]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_name_has_a_comparator() {
    for name in COMPARATORS {
        assert_eq!(Comparator::by_name(&name.to_uppercase()).unwrap().name(), *name);
    }
    assert_eq!(COMPARATORS, TABLE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert_eq!(Comparator::unknown("contians"), "unknown comparator \"contians\"; did you mean \"contains\"?");
}

#[test]
fn le_is_less_or_equal() {
    assert_eq!(compare("le", &42.into(), &42.into()), Ok(true));
    assert_eq!(compare("less_than_or_equal", &43.into(), &42.into()), Ok(false));
    assert_eq!(compare("lt", &42.into(), &42.into()), Ok(false));
}

#[test]
fn bodies_are_bytes_or_text_as_it_suits() {
    let body = Value::Bytes("caf\u{e9}".as_bytes().to_vec());
    let latin = Value::Bytes(b"caf\xe9".to_vec());
    for (name, left, right, verdict) in [
        ("eq", &body, Value::from("café"), true),
        ("eq", &Value::Bytes(b"5".to_vec()), 5.into(), false),
        ("count_eq", &body, 5.into(), true),
        ("contains", &body, "é".into(), true),
        ("contains", &latin, "caf".into(), true),
        ("contained_by", &body, "un café!".into(), true),
        ("lt", &body, "cag".into(), true),
        ("regex", &latin, "^café$".into(), true),
        ("str_eq", &latin, "café".into(), true),
        ("type", &body, "string".into(), true),
        ("contains", &Value::Bytes(vec![]), "".into(), false),
    ] {
        assert_eq!(compare(name, left, &right), Ok(verdict), "{name} {right:?}");
    }
    assert_eq!(
        compare("contains", &body, &4.into()),
        Err("'in <string>' requires string as left operand, not int".to_owned())
    );
}

#[test]
fn nan_is_neither_less_nor_equal() {
    let nan = Value::Float(f64::NAN);
    for name in ["lt", "le", "eq", "ge", "gt"] {
        assert_eq!(compare(name, &nan, &nan), Ok(false), "{name}");
    }
    assert_eq!(compare("ne", &nan, &nan), Ok(true));
}

#[test]
fn types_are_pythons() {
    let cases = [
        ("null", "null none scalar"),
        ("true", "number int boolean scalar"),
        ("1", "number int scalar"),
        ("12345678901234567890123", "number int scalar"),
        ("1e3", "number float scalar"),
        ("\"x\"", "string scalar"),
        ("[]", "array list collection"),
        ("{}", "dict map collection"),
    ];
    for (text, names) in cases {
        let value = json::parse(text.as_bytes()).unwrap();
        for name in super::super::types::TYPES {
            let verdict = compare("type", &value, &name.to_uppercase().into());
            assert_eq!(verdict, Ok(names.split(' ').any(|have| have == *name)), "{text} {name}");
        }
    }
    let fault = compare("type", &Value::Null, &"Integr".into()).unwrap_err();
    assert!(fault.starts_with("Type integr is not a valid type to test against!"), "{fault}");
    assert!(compare("type", &Value::Null, &Value::Null).unwrap_err().contains("quote it"));
    assert!(compare("type", &Value::Null, &1.into()).is_err());
}

#[test]
fn what_python_refuses_says_why() {
    let fault = compare("lt", &"a".into(), &5.into()).unwrap_err();
    assert!(fault.starts_with("'<' not supported between instances of 'str' and 'int'"), "{fault}");
    let fault = compare("contains", &42.into(), &4.into()).unwrap_err();
    assert_eq!(fault, "argument of type 'int' is not iterable");
}

#[test]
fn a_comparator_can_be_registered_once() {
    register_comparator("Same_Length", |a, b| Ok(a.length() == b.length())).unwrap();
    assert_eq!(compare("SAME_length", &"ab".into(), &"cd".into()), Ok(true));
    assert!(register_comparator("same_length", |_, _| Ok(true)).is_err());
    assert!(register_comparator("EQ", |_, _| Ok(true)).is_err());
}
