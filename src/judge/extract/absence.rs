//! Why a path leads nowhere.
//!
//! Owns: the words for a key, an index or a step that is not there. Does not: walk (see `jsonpath_mini` and `jmespath`).

use crate::ground::source::nearest_first;
use crate::ground::value::{Dict, Value};
use crate::judge::wording::{shown, shown_name};

/// More names than these are only counted.
const MOST_NAMES: usize = 8;

/// Longer names are only counted: a name of this length is content.
const LONGEST_NAME: usize = 60;

/// Names beyond these are not looked at for the nearest: an object may have a million.
const MOST_COMPARED: usize = 1_000;

/// ` under "a.b"`; nothing at the root.
pub fn under(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" under \"{path}\"") }
}

/// `no key "loginn"; there are login, id, first_name`: a key was asked for where it is not.
pub fn no_key(key: &str, at: &Value, under: &str) -> String {
    match at {
        Value::Dict(dict) => format!("no key \"{key}\"{under}; {}", names(key, dict)),
        Value::List(items) => format!("no key \"{key}\"{under}: that is a list of {}", items.len()),
        other => format!("no key \"{key}\"{under}: that is {}", scalar(other)),
    }
}

/// `no item 5; the list has 3`: an index was asked for where it is not.
pub fn no_item(index: i128, at: &Value, under: &str) -> String {
    match at {
        Value::List(items) if items.is_empty() => format!("no item {index}{under}; the list is empty"),
        Value::List(items) => format!("no item {index}{under}; the list has {}", items.len()),
        Value::Dict(dict) => format!("no item {index}{under}: that is an object; {}", names(&index.to_string(), dict)),
        other => format!("no item {index}{under}: that is {}", scalar(other)),
    }
}

/// A value that nothing is below.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => format!("the boolean {}", shown(value)),
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => format!("the number {}", shown(value)),
        Value::Date(_) => format!("the date {}", shown(value)),
        Value::Str(_) | Value::Bytes(_) => format!("the text {}", shown(value)),
        Value::List(items) => format!("a list of {}", items.len()),
        Value::Dict(_) => "an object".to_owned(),
    }
}

/// `there are login, id, first_name`, the nearest first.
fn names(wanted: &str, dict: &Dict) -> String {
    let all: Vec<String> = dict.iter().take(MOST_COMPARED).map(|(name, _)| name.to_text()).collect();
    let short = all.iter().map(String::as_str).filter(|name| name.chars().count() <= LONGEST_NAME);
    let nearest = nearest_first(wanted, short);
    let listed: Vec<String> = nearest.into_iter().take(MOST_NAMES).map(shown_name).collect();
    let more = dict.len() - listed.len();
    match (listed.as_slice(), more) {
        ([], 0) => "the object is empty".to_owned(),
        ([], 1) => "there is one of more than 60 characters".to_owned(),
        ([], more) => format!("there are {more} of more than 60 characters"),
        ([one], 0) => format!("there is only {one}"),
        (listed, 0) => format!("there are {}", listed.join(", ")),
        (listed, more) => format!("there are {} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    fn value(text: &str) -> Value {
        json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_nearest_names_come_first_and_not_all_of_many() {
        for (key, object, expected) in [
            (
                "loginn",
                r#"{"first_name": 1, "id": 1, "login": 1}"#,
                "no key \"loginn\"; there are login, id, first_name",
            ),
            ("ID", r#"{"name": 1, "id": 1}"#, "no key \"ID\"; there are id, name"),
            ("a", "{}", "no key \"a\"; the object is empty"),
            ("a", r#"{"b": 1}"#, "no key \"a\"; there is only b"),
            ("a", r#"{"b c": 1, "": 2}"#, "no key \"a\"; there are \"\", \"b c\""),
            (
                "k1",
                r#"{"k2":1,"k3":1,"k4":1,"k5":1,"k6":1,"k7":1,"k8":1,"k9":1,"k10":1}"#,
                "no key \"k1\"; there are k2, k3, k4, k5, k6, k7, k8, k9 and 1 more",
            ),
        ] {
            assert_eq!(no_key(key, &value(object), ""), expected);
        }
        let long = format!(r#"{{"{}": 1, "a": 2}}"#, "x".repeat(61));
        assert_eq!(no_key("b", &value(&long), ""), "no key \"b\"; there are a and 1 more");
        let long = format!(r#"{{"{}": 1}}"#, "x".repeat(61));
        assert_eq!(no_key("b", &value(&long), ""), "no key \"b\"; there is one of more than 60 characters");
    }

    #[test]
    fn what_has_no_keys_or_items_says_what_it_is() {
        for (value_text, expected) in [
            ("[1, 2]", "no key \"a\" under \"p\": that is a list of 2"),
            ("null", "no key \"a\" under \"p\": that is null"),
            ("true", "no key \"a\" under \"p\": that is the boolean true"),
            ("1.5", "no key \"a\" under \"p\": that is the number 1.5"),
            ("\"x\"", "no key \"a\" under \"p\": that is the text \"x\""),
        ] {
            assert_eq!(no_key("a", &value(value_text), &under("p")), expected);
        }
        for (value_text, expected) in [
            ("[1, 2, 3]", "no item 5; the list has 3"),
            ("[]", "no item 5; the list is empty"),
            ("7", "no item 5: that is the number 7"),
            (r#"{"a": 1}"#, "no item 5: that is an object; there is only a"),
        ] {
            assert_eq!(no_item(5, &value(value_text), ""), expected);
        }
    }
}
