//! What an answer that was seen once says of those to come: its shape, or all of it.
//!
//! Owns: the schema of a value's types, what is secret in a body. Does not: know where the answer is from.

use serde_json::{Map, Value as Json, json};

use super::yaml::Yaml;
use crate::secrets::is_secret_name;

/// An object with more members is one whose names are values.
const MOST_MEMBERS: usize = 200;

/// Items of a list that are looked at.
const MOST_ITEMS: usize = 1000;

/// `json_schema` of the types of a value.
pub fn shape(json: &Json) -> Yaml {
    Yaml::map([("json_schema", Yaml::map([("schema", Yaml::json(&schema(json)))]))])
}

/// The types of a value as a schema.
fn schema(json: &Json) -> Json {
    match json {
        Json::Null => json!({}),
        Json::Bool(_) => json!({ "type": "boolean" }),
        Json::Number(number) if number.is_f64() => json!({ "type": "number" }),
        Json::Number(_) => json!({ "type": "integer" }),
        Json::String(_) => json!({ "type": "string" }),
        Json::Array(items) => {
            let of_items = items.iter().take(MOST_ITEMS).map(schema).reduce(merged);
            of_items
                .filter(|of| *of != json!({}))
                .map_or_else(|| json!({ "type": "array" }), |of| json!({ "type": "array", "items": of }))
        }
        Json::Object(members) if members.is_empty() || members.len() > MOST_MEMBERS => json!({ "type": "object" }),
        Json::Object(members) => {
            let required: Vec<&String> = members.keys().collect();
            let properties: Map<String, Json> =
                members.iter().map(|(key, value)| (key.clone(), schema(value))).collect();
            json!({ "type": "object", "required": required, "properties": properties })
        }
    }
}

/// A schema for values of both.
fn merged(one: Json, other: Json) -> Json {
    if one == other {
        return one;
    }
    let (Json::Object(mut one), Json::Object(mut other)) = (one, other) else { return json!({}) };
    // Null, which says nothing of what else there may be.
    if one.is_empty() || other.is_empty() {
        return json!({});
    }
    let kind = |members: &Map<String, Json>| members.get("type").and_then(Json::as_str).map(str::to_owned);
    match (kind(&one).as_deref(), kind(&other).as_deref()) {
        (Some("integer" | "number"), Some("integer" | "number")) => json!({ "type": "number" }),
        (Some("object"), Some("object")) => merged_objects(one, &mut other),
        (Some("array"), Some("array")) => match (one.remove("items"), other.remove("items")) {
            (Some(items), Some(others)) => {
                let items = merged(items, others);
                if items == json!({}) { json!({ "type": "array" }) } else { json!({ "type": "array", "items": items }) }
            }
            (Some(items), None) | (None, Some(items)) => json!({ "type": "array", "items": items }),
            (None, None) => json!({ "type": "array" }),
        },
        (Some(kind), Some(also)) if kind == also => json!({ "type": kind }),
        _ => json!({}),
    }
}

fn merged_objects(mut one: Map<String, Json>, other: &mut Map<String, Json>) -> Json {
    let (Some(Json::Array(required)), Some(Json::Array(also))) = (one.remove("required"), other.remove("required"))
    else {
        return json!({ "type": "object" });
    };
    let (Some(Json::Object(mut properties)), Some(Json::Object(others))) =
        (one.remove("properties"), other.remove("properties"))
    else {
        return json!({ "type": "object" });
    };
    for (key, value) in others {
        let both = match properties.remove(&key) {
            Some(before) => merged(before, value),
            None => value,
        };
        properties.insert(key, both);
    }
    if properties.len() > MOST_MEMBERS {
        return json!({ "type": "object" });
    }
    let required: Vec<Json> = required.into_iter().filter(|key| also.contains(key)).collect();
    if required.is_empty() {
        return json!({ "type": "object", "properties": properties });
    }
    json!({ "type": "object", "required": required, "properties": properties })
}

/// `json_equals` to a value; what is secret in it is neither written nor compared.
pub fn equal(json: &Json) -> Yaml {
    let mut ignored = Vec::new();
    let open = without_secrets(json, &mut ignored);
    let is_named_as_more = open.as_object().is_some_and(|members| {
        members.len() == 1 && (members.contains_key("file") || members.contains_key("template"))
    });
    let expected = Yaml::json(&open);
    let expected = if is_named_as_more { Yaml::map([("template", expected.doubled())]) } else { expected };
    let mut members = vec![("expected", expected)];
    if !ignored.is_empty() {
        members.push(("ignore", Yaml::List(ignored.into_iter().map(Yaml::Text).collect())));
    }
    Yaml::map([("json_equals", Yaml::map(members))])
}

fn without_secrets(json: &Json, ignored: &mut Vec<String>) -> Json {
    match json {
        Json::Array(items) => items.iter().map(|item| without_secrets(item, ignored)).collect(),
        Json::Object(members) => {
            let mut open = Map::new();
            for (key, value) in members {
                if is_secret_name(key) && (value.is_string() || value.is_number()) {
                    let path = format!("$..['{}']", key.replace('\\', "\\\\").replace('\'', "\\'"));
                    if !ignored.contains(&path) {
                        ignored.push(path);
                    }
                } else {
                    open.insert(key.clone(), without_secrets(value, ignored));
                }
            }
            Json::Object(open)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_the_shape() {
        for (value, expected) in [
            (json!(1), json!({ "type": "integer" })),
            (json!([]), json!({ "type": "array" })),
            (json!([1, 2.5]), json!({ "type": "array", "items": { "type": "number" } })),
            (json!([1, "a"]), json!({ "type": "array" })),
            (json!([null]), json!({ "type": "array" })),
            (json!({}), json!({ "type": "object" })),
            (json!({ "a": null }), json!({ "type": "object", "required": ["a"], "properties": { "a": {} } })),
            (
                json!([{ "a": 1, "b": [1] }, { "a": "x", "b": [] , "c": true }]),
                json!({ "type": "array", "items": { "type": "object", "required": ["a", "b"], "properties": {
                    "a": {}, "b": { "type": "array", "items": { "type": "integer" } }, "c": { "type": "boolean" } } } }),
            ),
            (
                json!([{ "a": 1 }, { "b": 1 }]),
                json!({ "type": "array", "items": { "type": "object", "properties": {
                    "a": { "type": "integer" }, "b": { "type": "integer" } } } }),
            ),
        ] {
            assert_eq!(schema(&value), expected, "{value}");
        }
        let many: Map<String, Json> = (0..300).map(|number| (format!("k{number}"), json!(number))).collect();
        assert_eq!(schema(&Json::Object(many)), json!({ "type": "object" }));
    }

    #[test]
    fn secrets_are_neither_written_nor_compared() {
        let mut ignored = Vec::new();
        let open =
            without_secrets(&json!({ "a": [{ "token": "t", "id": 1 }], "password": "p", "key": null }), &mut ignored);
        assert_eq!(open, json!({ "a": [{ "id": 1 }], "key": null }));
        assert_eq!(ignored, ["$..['token']", "$..['password']"]);
    }
}
