//! The text of a document: JSON, or YAML 1.2 whose keys are texts however they are written.
//!
//! Owns: `200:` and `on:` as keys, integers beyond 64 bits, merge keys. Does not: know what a document holds.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value as Json};

use crate::ground::source::{Fault, Position, Source};

/// Reads a text; what begins with a brace is tried as JSON first.
///
/// # Errors
/// It is neither, with the place where it stops being one.
pub(super) fn read(source: &Source) -> Result<Json, Fault> {
    let text = source.text().trim_start_matches('\u{feff}');
    let is_json = source.name().to_ascii_lowercase().ends_with(".json");
    if is_json || text.trim_start().starts_with('{') {
        match serde_json::from_str::<Json>(text) {
            Ok(json) => return Ok(json),
            Err(error) if is_json => {
                let message = error.to_string();
                let message = message.split(" at line ").next().unwrap_or_default();
                return Err(fault(source, (error.line(), error.column()), message));
            }
            Err(_) => {}
        }
    }
    serde_yaml::from_str::<Tree>(text).map(|tree| tree.0).map_err(|error| {
        let place = error.location().map_or((0, 0), |place| (place.line(), place.column()));
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        fault(source, place, message)
    })
}

fn fault(source: &Source, (line, column): (usize, usize), message: &str) -> Fault {
    let position = Position {
        line: u32::try_from(line).unwrap_or_default(),
        column: u32::try_from(column).unwrap_or_default().max(1),
    };
    let language = if source.name().to_ascii_lowercase().ends_with(".json") { "JSON" } else { "YAML" };
    Fault::new(source.location(position), format!("is not {language}: {message}"))
}

/// A tree whose keys are texts.
struct Tree(Json);

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(Tree)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a tag")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }
    fn visit_i128<E: Error>(self, number: i128) -> Result<Json, E> {
        self.visit_f64(number as f64)
    }
    fn visit_u128<E: Error>(self, number: u128) -> Result<Json, E> {
        self.visit_f64(number as f64)
    }
    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Tree>()? {
            items.push(item.0);
        }
        Ok(Json::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let (mut own, mut merged) = (Map::new(), Vec::new());
        // As text, a key is what is written: `200`, `on`, `1.10`.
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value::<Tree>()?.0;
            if key == "<<" { merged.push(value) } else { drop(own.insert(key, value)) }
        }
        for value in merged {
            let maps = match value {
                Json::Array(items) => items,
                one => vec![one],
            };
            for (key, value) in
                maps.into_iter().filter_map(|map| if let Json::Object(map) = map { Some(map) } else { None }).flatten()
            {
                own.entry(key).or_insert(value);
            }
        }
        Ok(Json::Object(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, text: &str) -> String {
        match read(&Source::new(name, text.to_owned())) {
            Ok(json) => json.to_string(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn keys_are_texts_and_words_of_yaml_1_1_stay_words() {
        for (name, text, expected) in [
            ("a.yaml", "200: on\nyes: 0755\nnull: ~\n1.10: '5'", r#"{"200":"on","yes":"0755","null":null,"1.10":"5"}"#),
            ("a.yaml", "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", r#"{"a":{"b":1,"c":2},"d":{"c":3,"b":1}}"#),
            ("a.yaml", "n: 123456789012345678901\nd: 2026-01-01", r#"{"n":1.2345678901234568e+20,"d":"2026-01-01"}"#),
            ("a.yaml", "{a: 1, 'b': [x]}", r#"{"a":1,"b":["x"]}"#),
            ("a", "\u{feff}{\"a\": 1}", r#"{"a":1}"#),
            ("a.json", "{\"a\": 1,}", "a.json:1:9: is not JSON: trailing comma"),
        ] {
            assert_eq!(shown(name, text), expected, "{text}");
        }
        assert!(shown("a.yaml", "a: [1").starts_with("a.yaml:2:1: is not YAML: "), "{}", shown("a.yaml", "a: [1"));
    }

    #[test]
    fn what_is_deep_or_grows_is_an_error() {
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        assert!(shown("a.json", &deep).contains("recursion limit"), "{}", shown("a.json", &deep));
        assert!(shown("a.yaml", &deep).contains("recursion limit"), "{}", shown("a.yaml", &deep));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..12 {
            let before = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![before; 10].join(", ")));
        }
        assert!(shown("a.yaml", &bomb).contains("repetition limit"), "{}", shown("a.yaml", &bomb));
    }
}
