//! `resttest help --schema`: the JSON Schema (2020-12) of a suite, made from the tables of keys.
//!
//! Owns: what the program refuses, the schema refuses, as far as a schema can tell; what it only warns
//! of (unknown keys) passes. Does not: know a key by itself, but for how keys stand together.

use serde_json::{Map, Value, json};

use crate::curl_options::{self, Effect};
use crate::generator;
use crate::metric::{Aggregate, Metric};
use crate::suite::keys::{Element, GENERATORS, Key, Takes};
use crate::validate;

/// The schema, as text.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> Value {
    let mut shared = Map::new();
    for (name, element) in Element::ALL {
        shared.insert(name.to_owned(), element_schema(element));
    }
    for (kind, _, keys) in GENERATORS {
        shared.insert(format!("generator_{kind}"), table(&mapping(keys)));
    }
    shared.insert("extractor_or_template".to_owned(), query());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "resttest suite",
        "description": "REST API tests in YAML; resttest help suite explains it",
        "type": "array",
        "items": {"if": {"type": "object"}, "then": {"$ref": "#/$defs/suite"}},
        "$defs": shared,
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn name_of(element: Element) -> &'static str {
    Element::ALL.iter().find(|(_, have)| *have == element).map_or("", |(name, _)| name)
}

fn element_schema(element: Element) -> Value {
    match element {
        Element::Suite => mapping(element.keys()),
        Element::Test => {
            let mut test = mapping(element.keys());
            curl(&mut test);
            json!({"allOf": [table(&test), with_one_of(&["url"])]})
        }
        Element::Benchmark => {
            // Its own keys replace a test's of the same name: retry, timeout.
            let own = element.keys();
            let mut keys: Vec<Key> = own.to_vec();
            keys.extend(
                Element::Test
                    .keys()
                    .iter()
                    .filter(|key| key.name != "performance" && !own.iter().any(|have| have.name == key.name)),
            );
            let mut benchmark = mapping(&keys);
            curl(&mut benchmark);
            table(&benchmark)
        }
        Element::Retry => json!({"anyOf": [{"type": "null"}, table(&mapping(element.keys()))]}),
        Element::Config | Element::Performance => table(&mapping(element.keys())),
        Element::Validator => {
            let mut validator = mapping(element.keys());
            validator["additionalProperties"] = json!(false);
            validator
        }
        Element::Compare => {
            let keys: Vec<Key> = element.keys().iter().chain(Element::Extractor.keys()).copied().collect();
            json!({"allOf": [table(&mapping(&keys)), with_one_of(&["expected"]), with_one_of(&Element::Extractor.names())]})
        }
        Element::ExtractTest => {
            let keys: Vec<Key> = element.keys().iter().chain(Element::Extractor.keys()).copied().collect();
            json!({"allOf": [table(&mapping(&keys)), with_one_of(&["test"]), with_one_of(&Element::Extractor.names())]})
        }
        Element::JsonSchema => json!({"allOf": [mapping(element.keys()), with_one_of(&["schema"])]}),
        Element::Extractor => {
            let mut extractor = mapping(element.keys());
            extractor["additionalProperties"] = json!(false);
            extractor["minProperties"] = json!(1);
            extractor["maxProperties"] = json!(1);
            extractor
        }
    }
}

/// A mapping with these keys in any case. Editors complete the lower-case ones.
fn mapping(keys: &[Key]) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for key in keys {
        let mut value = value(key.takes);
        patterns.insert(any_case(key.name), value.clone());
        if let Some(value) = value.as_object_mut() {
            let default = if key.default.is_empty() { String::new() } else { format!(" (default: {})", key.default) };
            value.insert(
                "description".to_owned(),
                json!(format!("{}{}", key.help, default.replace(" (default: needed)", ""))),
            );
        }
        properties.insert(key.name.to_owned(), value);
    }
    json!({"type": "object", "properties": properties, "patternProperties": patterns})
}

/// A pattern of a key's name that is not all lower-case, so that both tables never hold for one key.
fn any_case(name: &str) -> String {
    format!("^(?=.*[A-Z]){}$", cases(name))
}

/// A pattern of a name in any case.
fn cases(name: &str) -> String {
    let case = |c: char| match c {
        'a'..='z' => format!("[{c}{}]", c.to_ascii_uppercase()),
        '.' => "\\.".to_owned(),
        _ => c.to_string(),
    };
    name.chars().map(case).collect()
}

/// Alternatives of a pattern: these names in any case.
fn any_of(names: &[&str]) -> String {
    names.iter().map(|name| cases(name)).collect::<Vec<_>>().join("|")
}

/// A mapping, or a list of such mappings.
fn table(mapping: &Value) -> Value {
    json!({"if": {"type": "array"}, "then": {"items": mapping}, "else": mapping})
}

/// A mapping, or a list of mappings, that has one of these keys.
fn with_one_of(names: &[&str]) -> Value {
    let has =
        json!({"type": "object", "not": {"propertyNames": {"not": {"pattern": format!("^({})$", any_of(names))}}}});
    json!({"if": {"type": "array"}, "then": {"contains": has}, "else": has})
}

fn curl(test: &mut Value) {
    for option in curl_options::table().iter().filter(|option| !matches!(option.effect, Effect::Impossible)) {
        test["properties"][format!("curl_option_{}", option.name)] = json!({"description": option.doc});
    }
    let names: Vec<&str> = curl_options::table()
        .iter()
        .filter(|option| !matches!(option.effect, Effect::Impossible))
        .map(|option| option.name)
        .collect();
    // What libcurl does not know, or what cannot work here, is an error of the program, too.
    let pattern = format!("^[cC][uU][rR][lL]_[oO][pP][tT][iI][oO][nN]_(?!({})$)", any_of(&names));
    test["patternProperties"][pattern] = json!(false);
}

/// One of these names, in any case.
fn one_of(names: &[&str]) -> Value {
    json!({"anyOf": [{"enum": names}, {"type": "string", "pattern": format!("^({})$", any_of(names))}]})
}

fn one_or_list(item: &Value) -> Value {
    json!({"if": {"type": "array"}, "then": {"items": item}, "else": item})
}

fn integer(minimum: Option<i64>) -> Value {
    let mut number = json!({"type": "number"});
    if let Some(minimum) = minimum {
        number["minimum"] = json!(minimum);
    }
    json!({"anyOf": [number, {"type": "string", "pattern": "^\\s*[-+]?[0-9_]+\\s*$"}, {"type": "boolean"}]})
}

fn seconds() -> Value {
    json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\s*[+]?[0-9.]"}, {"type": "boolean"}]})
}

fn with_template(plain: Value, template: Value) -> Value {
    let inner = json!({"type": "object", "patternProperties": {"^[tT][eE][mM][pP][lL][aA][tT][eE]$": template}});
    json!({"anyOf": [plain, {"allOf": [table(&inner), with_one_of(&["template"])]}]})
}

fn query() -> Value {
    with_template(json!({"type": "string"}), json!({"type": "string"}))
}

fn content() -> Value {
    json!({"anyOf": [{"type": "string"}, with_one_of(&["template", "file"])]})
}

fn some_mapping() -> Value {
    json!({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]})
}

fn value(takes: Takes) -> Value {
    let scalar = json!({"type": ["string", "integer", "boolean"]});
    match takes {
        Takes::Anything | Takes::Expected => json!({}),
        Takes::Text => json!({"type": "string"}),
        Takes::Name => scalar,
        Takes::Boolean => {
            json!({"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE])$"}]})
        }
        Takes::Integer => integer(None),
        Takes::Count => integer(Some(0)),
        Takes::Positive => integer(Some(1)),
        Takes::Seconds | Takes::Milliseconds => seconds(),
        Takes::Delay => json!({"type": ["number", "string", "boolean"]}),
        Takes::Duration => {
            json!({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*(ms|s|m|h)?\\s*$"}]})
        }
        Takes::Rate => {
            json!({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+(/s)?\\s*$"}]})
        }
        Takes::Word(words) => one_of(words),
        Takes::Url => with_template(scalar.clone(), scalar),
        Takes::Headers => some_mapping(),
        Takes::Content => content(),
        Takes::Schema => json!({"type": ["string", "object", "array"]}),
        Takes::Statuses => one_or_list(&integer(None)),
        Takes::Methods => one_or_list(&json!({"type": "string"})),
        // What is false in Python is no variables.
        Takes::Variables => json!({"anyOf": [some_mapping(), {"enum": ["", 0, false, null]}]}),
        Takes::GeneratorBinds => some_mapping(),
        Takes::ExtractBinds => {
            let binds = json!({"type": "object", "additionalProperties": reference("extractor")});
            table(&binds)
        }
        // In a list of mappings a later key wins; an empty one before it does no harm.
        Takes::Validators => json!({"type": ["array", "null"], "items": reference("validator")}),
        Takes::Generators => table(&json!({"type": "object", "additionalProperties": generator()})),
        Takes::Metrics => metrics(),
        Takes::LoadMetrics => json!({"type": ["string", "array", "object"]}),
        Takes::Percentiles => one_or_list(
            &json!({"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"type": "string", "pattern": "^\\s*[pP]?[0-9.]+\\s*$"}]}),
        ),
        Takes::Thresholds => one_or_list(&json!({"type": "string", "pattern": "[<>=]"})),
        Takes::Values => json!({"type": "array", "minItems": 1}),
        Takes::GeneratorType => one_of(generator::TYPES),
        Takes::CharacterSet => one_of(&generator::character_set_names().collect::<Vec<_>>()),
        Takes::Comparator => one_of(validate::COMPARATORS),
        Takes::ValueTest => json!({"enum": validate::TESTS}),
        Takes::Query => reference("extractor_or_template"),
        Takes::Block(element) => reference(name_of(element)),
    }
}

/// A generator: which keys it may have hangs on its type.
fn generator() -> Value {
    let of_type = GENERATORS.iter().map(|(kind, ..)| {
        let is_it = json!({"type": "object", "properties": {"type": {"const": kind}}, "required": ["type"]});
        json!({"if": is_it, "then": reference(&format!("generator_{kind}"))})
    });
    let any = table(&json!({"type": "object", "properties": {"type": one_of(generator::TYPES)}}));
    json!({"allOf": std::iter::once(any).chain(std::iter::once(with_one_of(&["type"]))).chain(of_type).collect::<Vec<_>>()})
}

fn metrics() -> Value {
    let names: Vec<&str> = Metric::ALL.iter().map(|(name, _)| *name).collect();
    let spaced = |names: &[&str], more: &str| format!("^\\s*({}{more})\\s*$", any_of(names));
    let name = json!({"anyOf": [{"enum": names}, {"type": "string", "pattern": spaced(&names, "")}]});
    let aggregate = json!({"anyOf": [{"enum": Aggregate::NAMES}, {"type": "string", "pattern": spaced(&Aggregate::NAMES, "|[pP][0-9.]+")}]});
    let mut keys = Map::new();
    keys.insert(spaced(&names, ""), aggregate);
    keys.insert("^[pP][eE][rR][cC][eE][nN][tT][iI][lL][eE][sS]$".to_owned(), value(Takes::Percentiles));
    keys.insert(spaced(&Aggregate::NAMES, "|[pP][0-9.]+"), json!({}));
    let map = json!({"type": "object", "patternProperties": keys, "additionalProperties": false});
    // A list's items that are neither text nor mappings are passed over.
    let item = json!({"if": {"type": "string"}, "then": name, "else": {"if": {"type": "object"}, "then": map}});
    json!({"if": {"type": "array"}, "then": {"items": item}, "else": {"allOf": [{"type": ["string", "object"]}, item]}})
}
