//! Values of parameters and forms as they come with a request: the reverse of `style`.
//!
//! Owns: taking styles apart, texts as the numbers and booleans that their schema has. Does not: judge what it takes.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Number, Value as Json};

use super::document::Node;
use super::inputs::{Parameter, Place};
use super::parts::Parts;

/// So many schemas follow each other where types are looked for.
const DEEPEST: usize = 16;

/// The texts of a request.
pub struct Texts<'t> {
    /// Variables of the path, with their percent signs.
    pub path: &'t [(&'t str, String)],
    /// The query: names, and values with their percent signs.
    pub query: &'t [(String, String)],
    /// Headers.
    pub headers: &'t [(String, String)],
    /// Cookies.
    pub cookies: &'t [(String, String)],
}

/// The value of a parameter; nothing where a request does not have it.
pub fn taken(parameter: &Parameter<'_>, texts: &Texts<'_>) -> Option<Json> {
    let name = parameter.name;
    let is_it = |have: &str| match parameter.place {
        Place::Header => have.eq_ignore_ascii_case(name),
        _ => have == name,
    };
    let all = |pairs: &[(String, String)]| -> Vec<String> {
        pairs.iter().filter(|(have, _)| is_it(have)).map(|(_, value)| value.clone()).collect()
    };
    let given: Vec<String> = match parameter.place {
        Place::Path => texts.path.iter().filter(|(have, _)| *have == name).map(|(_, value)| value.clone()).collect(),
        Place::Query => all(texts.query),
        Place::Header => all(texts.headers),
        Place::Cookie => all(texts.cookies),
    };
    let is_coded = matches!(parameter.place, Place::Path | Place::Query);
    if let Some((kind, _)) = parameter.content() {
        let text = decoded(given.first()?, is_coded);
        let json = kind.contains("json").then(|| serde_json::from_str(&text).ok()).flatten();
        return Some(json.unwrap_or(Json::String(text)));
    }
    let usual = if matches!(parameter.place, Place::Path | Place::Header) { "simple" } else { "form" };
    let style = parameter.node.text("style").unwrap_or(usual);
    let explodes = parameter.node.json.get("explode").and_then(Json::as_bool).unwrap_or(style == "form");
    let schema = parameter.schema();
    let kinds = schema.map(kinds).unwrap_or_default();
    let form = Form { name, style, explodes, is_coded };
    if kinds.contains(&"array") {
        let items = schema.and_then(|schema| Parts::of(schema).child("items"));
        let texts = form.items(&given, items)?;
        return Some(texts.iter().map(|text| typed(decoded(text, is_coded), items)).collect());
    }
    if kinds.contains(&"object") {
        let properties = schema.map(|schema| Parts::of(schema).properties()).unwrap_or_default();
        let pairs = match style {
            "deepObject" => {
                let key = |have: &str| Some(have.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.to_owned());
                texts.query.iter().filter_map(|(have, value)| Some((key(have)?, value.clone()))).collect()
            }
            "form" if explodes => {
                let is_property = |have: &str| properties.iter().any(|(name, _)| *name == have);
                let pairs = if parameter.place == Place::Query { texts.query } else { texts.cookies };
                pairs.iter().filter(|(have, _)| is_property(have)).cloned().collect()
            }
            _ => form.members(given.first()?),
        };
        if pairs.is_empty() && given.is_empty() {
            return None;
        }
        let member = |(name, text): (String, String)| {
            let schema = properties.iter().find(|(have, _)| *have == name).map(|(_, schema)| *schema);
            (name, typed(decoded(&text, is_coded), schema))
        };
        return Some(Json::Object(pairs.into_iter().map(member).collect()));
    }
    Some(typed(decoded(form.bare(given.first()?), is_coded), schema))
}

/// The fields of a form as the object that a schema describes.
pub fn of_form(schema: Option<Node<'_>>, fields: &[(String, String)]) -> Json {
    let properties = schema.map(|schema| Parts::of(schema).properties()).unwrap_or_default();
    let mut map = Map::new();
    for (name, text) in fields {
        let schema = properties.iter().find(|(have, _)| have == name).map(|(_, schema)| *schema);
        if !schema.is_some_and(|schema| kinds(schema).contains(&"array")) {
            map.insert(name.clone(), typed(text.clone(), schema));
            continue;
        }
        let list = map.entry(name.clone()).or_insert_with(|| Json::Array(Vec::new()));
        match (list, serde_json::from_str(text)) {
            (Json::Array(list), Ok(Json::Array(all))) => list.extend(all),
            (Json::Array(list), _) => {
                let items = schema.and_then(|schema| Parts::of(schema).child("items"));
                list.push(typed(text.clone(), items));
            }
            _ => {}
        }
    }
    Json::Object(map)
}

/// How the texts of a parameter are put together.
struct Form<'f> {
    name: &'f str,
    style: &'f str,
    explodes: bool,
    is_coded: bool,
}

impl<'f> Form<'f> {
    /// A text without what its style puts before it.
    fn bare<'t>(&self, text: &'t str) -> &'t str {
        match self.style {
            "label" => text.strip_prefix('.').unwrap_or(text),
            "matrix" => {
                let rest = text.strip_prefix(';').unwrap_or(text);
                let after = rest.strip_prefix(self.name).unwrap_or(rest);
                after.strip_prefix('=').unwrap_or(after)
            }
            _ => text,
        }
    }

    /// The texts of a list.
    fn items(&self, given: &[String], items: Option<Node<'_>>) -> Option<Vec<String>> {
        let first = given.first()?;
        let is_text = items.is_none_or(|items| kinds(items).contains(&"string"));
        let split = |text: &str, by: &[&str]| -> Vec<String> {
            let by = by.iter().find(|by| text.contains(**by)).copied().unwrap_or(",");
            if text.is_empty() { Vec::new() } else { text.split(by).map(|item| item.trim().to_owned()).collect() }
        };
        Some(match self.style {
            "spaceDelimited" if !self.explodes => split(first, &["%20", " "]),
            "pipeDelimited" if !self.explodes => split(first, &["%7C", "%7c", "|"]),
            "label" if self.explodes => split(self.bare(first), &["."]),
            "matrix" if self.explodes => first.split(';').skip(1).map(|item| self.bare(item).to_owned()).collect(),
            // Some clients code the comma, which only a text may have in itself.
            "form" if !self.explodes && self.is_coded && !is_text => {
                given.iter().flat_map(|text| split(text, &["%2C", "%2c", ","])).collect()
            }
            "form" if self.explodes => given.to_vec(),
            _ => given.iter().flat_map(|text| split(self.bare(text), &[","])).collect(),
        })
    }

    /// The members of an object.
    fn members(&self, text: &str) -> Vec<(String, String)> {
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (decoded(name, self.is_coded), value.to_owned())
        };
        match self.style {
            "matrix" if self.explodes => text.split(';').skip(1).map(pair).collect(),
            "label" if self.explodes => self.bare(text).split('.').map(pair).collect(),
            _ if self.explodes => text.split(',').map(|text| pair(text.trim())).collect(),
            _ => {
                let texts: Vec<&str> = self.bare(text).split(',').map(str::trim).collect();
                let pair = |pair: &[&str]| Some((decoded(pair.first()?, self.is_coded), (*pair.get(1)?).to_owned()));
                texts.chunks(2).filter_map(pair).collect()
            }
        }
    }
}

fn decoded(text: &str, is_coded: bool) -> String {
    if is_coded { percent_decode_str(text).decode_utf8_lossy().into_owned() } else { text.to_owned() }
}

/// A text as a schema has it: a number, a boolean, null, or what it is.
fn typed(text: String, schema: Option<Node<'_>>) -> Json {
    let Some(schema) = schema else { return Json::String(text) };
    let kinds = kinds(schema);
    let has = |kind: &str| kinds.contains(&kind);
    if let Some(values) = schema.resolved().and_then(|schema| schema.json.get("enum")).and_then(Json::as_array) {
        let is_it = |value: &&Json| value.as_str().map_or_else(|| value.to_string() == text, |own| own == text);
        if let Some(value) = values.iter().find(is_it) {
            return value.clone();
        }
    }
    let made = match text.as_str() {
        "true" | "false" if has("boolean") => Some(Json::Bool(text == "true")),
        "" | "null" if has("null") && !has("string") => Some(Json::Null),
        number if has("integer") || has("number") => serde_json::from_str::<Number>(number).ok().map(Json::Number),
        other if has("object") || has("array") => serde_json::from_str(other).ok(),
        _ => None,
    };
    made.unwrap_or(Json::String(text))
}

/// The types that a schema names.
fn kinds(schema: Node<'_>) -> Vec<&str> {
    let mut found = Vec::new();
    add_kinds(schema, DEEPEST, &mut found);
    found
}

fn add_kinds<'d>(schema: Node<'d>, left: usize, found: &mut Vec<&'d str>) {
    let Some(schema) = schema.resolved().filter(|_| left > 0) else { return };
    match schema.json.get("type") {
        Some(Json::String(kind)) => found.push(kind),
        Some(Json::Array(all)) => found.extend(all.iter().filter_map(Json::as_str)),
        _ if schema.json.get("properties").is_some() => found.push("object"),
        _ => {}
    }
    if schema.is("nullable") {
        found.push("null");
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        schema.raw(key).into_iter().flat_map(Node::items).for_each(|part| add_kinds(part, left - 1, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::serialize;
    use crate::openapi::tests::document;

    /// What `serialize` writes, this reads.
    #[test]
    fn styles_are_taken_apart_as_they_are_put_together() {
        let list = "schema: {type: array, items: {type: integer}}";
        let texts = "schema: {type: array, items: {type: string}}";
        let object = "schema: {type: object, properties: {r: {type: integer}, g: {type: string}}}";
        for (place, style, explode, schema, value) in [
            ("path", "simple", false, "schema: {type: integer}", "5"),
            ("path", "simple", false, "schema: {type: string}", "\"5/%,\""),
            ("path", "simple", false, list, "[1,2]"),
            ("path", "simple", false, texts, "[\"a,b\",\"c\"]"),
            ("path", "simple", false, object, r#"{"r":1,"g":"x=y"}"#),
            ("path", "simple", true, object, r#"{"r":1,"g":"x"}"#),
            ("path", "label", false, list, "[1,2]"),
            ("path", "label", true, list, "[1,2]"),
            ("path", "label", true, object, r#"{"r":1,"g":"x"}"#),
            ("path", "matrix", false, "schema: {type: boolean}", "true"),
            ("path", "matrix", false, list, "[1,2]"),
            ("path", "matrix", true, list, "[1,2]"),
            ("path", "matrix", false, object, r#"{"r":1,"g":"x"}"#),
            ("path", "matrix", true, object, r#"{"r":1,"g":"x"}"#),
            ("query", "form", true, list, "[1,2]"),
            ("query", "form", false, list, "[1,2]"),
            ("query", "form", true, object, r#"{"r":1,"g":"x&y"}"#),
            ("query", "form", false, object, r#"{"r":1,"g":"x"}"#),
            ("query", "spaceDelimited", false, list, "[1,2]"),
            ("query", "pipeDelimited", false, texts, "[\"a\",\"b\"]"),
            ("query", "deepObject", true, object, r#"{"r":1,"g":"x"}"#),
            ("query", "form", true, "schema: {type: [integer, string]}", "\"x\""),
            ("query", "form", true, "content: {application/json: {schema: {type: object}}}", r#"{"a":[1]}"#),
            ("header", "simple", false, list, "[1,2]"),
            ("header", "simple", true, object, r#"{"r":1,"g":"x"}"#),
            ("cookie", "form", false, "schema: {type: number}", "1.5"),
        ] {
            let said = format!("{{name: c, in: {place}, style: {style}, explode: {explode}, {schema}}}");
            let document = document("3.1.0", &format!("paths: {{/x: {{get: {{parameters: [{said}]}}}}}}"));
            let parameter = document.operations()[0].parameters()[0];
            let value: Json = serde_json::from_str(value).unwrap();
            let pieces = serialize(&parameter, &value);
            let pairs: Vec<(String, String)> =
                pieces.into_iter().map(|piece| (decoded(&piece.name, true), piece.value)).collect();
            let path: Vec<(&str, String)> = pairs.iter().map(|(_, value)| ("c", value.clone())).collect();
            let texts = Texts { path: &path, query: &pairs, headers: &pairs, cookies: &pairs };
            assert_eq!(taken(&parameter, &texts), Some(value), "{said}: {pairs:?}");
            let none = Texts { path: &[], query: &[], headers: &[], cookies: &[] };
            assert_eq!(taken(&parameter, &none), None, "{said}");
        }
    }

    #[test]
    fn texts_become_what_their_schema_has() {
        let rest = "paths: {}\ncomponents: {schemas: {F: {type: object, properties: {n: {type: integer}, b: {type: boolean}, l: {type: array, items: {type: number}}, e: {enum: [1, x]}, o: {type: object}, z: {type: integer, nullable: true}}}}}";
        let document = document("3.0.0", rest);
        let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("F");
        let fields =
            [("n", "5"), ("n2", "5"), ("b", "true"), ("l", "1"), ("l", "2.5"), ("e", "1"), ("o", "{}"), ("z", "")];
        let fields = fields.map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(
            of_form(schema, &fields).to_string(),
            r#"{"n":5,"n2":"5","b":true,"l":[1,2.5],"e":1,"o":{},"z":null}"#
        );
        assert_eq!(of_form(schema, &[("n".to_owned(), "x".to_owned())]).to_string(), r#"{"n":"x"}"#);
    }
}
