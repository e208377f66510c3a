//! `resttest help --schema`: the JSON Schema (2020-12) of a suite, made from the tables of keys.
//!
//! Owns: what the program refuses, the schema refuses, as far as a schema can tell; and unknown keys, which the
//! program only warns of: in an editor they are slips. Does not: know a key by itself, but for how keys stand
//! together, or names that other programs register with the library.

use serde_json::{Map, Value, json};

use crate::exchange::curl_options::{self, Effect};
use crate::exchange::request::ErrorKind;
use crate::judge::validate;
use crate::load::metrics::{Aggregate, Metric};
use crate::retry::Jitter;
use crate::suite::RETRIED_ERRORS;
use crate::suite::keys::{Element, GENERATORS, Key, Takes};
use crate::variables::generator;

/// The schema, as text.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

fn schema() -> Value {
    let mut shared = Map::new();
    for (name, element) in Element::ALL {
        let keys = keys_of(element);
        shared.insert(format!("{name}_keys"), mapping(&format!("{name}_keys"), &keys, element));
        shared.insert(name.to_owned(), element_schema(element, &reference(&format!("{name}_keys"))));
    }
    let keys: Vec<Key> =
        Element::Test.keys().iter().filter(|key| !matches!(key.name, "url" | "name")).copied().collect();
    shared.insert("defaults_keys".to_owned(), mapping("defaults_keys", &keys, Element::Test));
    for (kind, _, keys) in GENERATORS {
        let name = format!("generator_{kind}");
        shared.insert(name.clone(), mapping(&name, keys, Element::Config));
    }
    shared.insert("generator".to_owned(), generator());
    shared.insert("query".to_owned(), query());
    shared.insert("curl_options".to_owned(), curl());
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "resttest suite",
        "description": "REST API tests in YAML; resttest help suite explains it",
        "type": "array",
        "items": {"if": {"type": "object"}, "then": reference("suite")},
        "$defs": shared,
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn name_of(element: Element) -> &'static str {
    Element::ALL.iter().find(|(_, have)| *have == element).map_or("", |(name, _)| name)
}

/// The keys that may stand in an element: some share those of another.
fn keys_of(element: Element) -> Vec<Key> {
    let own = element.keys();
    let more: &[Key] = match element {
        Element::Benchmark => Element::Test.keys(),
        Element::Compare | Element::ExtractTest => Element::Extractor.keys(),
        _ => &[],
    };
    let options: &[Key] = match element {
        Element::Compare | Element::ExtractTest | Element::Extractor => Element::ExtractorOption.keys(),
        _ => &[],
    };
    // A benchmark's own keys replace a test's of the same name: retry, timeout.
    let is_new = |key: &&Key| !OF_TESTS_ALONE.contains(&key.name) && !own.iter().any(|have| have.name == key.name);
    own.iter().chain(more.iter().filter(is_new)).chain(options).copied().collect()
}

/// The keys of a test that a benchmark does not have.
const OF_TESTS_ALONE: [&str; 6] = ["poll", "performance", "matrix", "data", "allow_empty", "foreach"];

/// What an element must be besides a mapping with its keys.
fn element_schema(element: Element, keys: &Value) -> Value {
    match element {
        Element::Suite | Element::Validator | Element::ExtractorOption => keys.clone(),
        Element::Extractor => {
            let one: Vec<Value> = Element::Extractor.names().iter().map(|name| with_one_of(&[name])).collect();
            json!({"allOf": [keys], "oneOf": one})
        }
        Element::Test => {
            json!({"allOf": [table(keys), table(&reference("curl_options")), with_one_of(&["url"])]})
        }
        Element::Benchmark => json!({"allOf": [table(keys), table(&reference("curl_options"))]}),
        Element::Retry | Element::Poll => json!({"if": {"not": {"type": "null"}}, "then": table(keys)}),
        Element::Config
        | Element::Cookies
        | Element::Mock
        | Element::Mask
        | Element::Performance
        | Element::RetryPolicy
        | Element::RetryBudget
        | Element::CircuitBreaker => table(keys),
        Element::RateLimit => json!({"allOf": [table(keys), with_one_of(&["rate"])]}),
        Element::Secret => json!({"allOf": [table(keys), with_one_of(&["command", "file", "env"])]}),
        Element::Stage => {
            json!({"allOf": [keys, with_one_of(&["duration"]), with_one_of(&["rate", "concurrency", "connections"])]})
        }
        Element::Compare => {
            // `is_empty` needs no `expected`.
            let is_empty = mapping_with("comparator", &one_of(&["is_empty"]));
            let expected = json!({"anyOf": [with_one_of(&["expected"]), is_empty]});
            json!({"allOf": [table(keys), expected, with_one_of(&Element::Extractor.names())]})
        }
        Element::ExtractTest => {
            json!({"allOf": [table(keys), with_one_of(&["test"]), with_one_of(&Element::Extractor.names())]})
        }
        Element::JsonSchema => json!({"allOf": [keys, with_one_of(&["schema"])]}),
        Element::JsonEquals => json!({"type": "object", "allOf": [keys, with_one_of(&["expected"])]}),
        Element::Snapshot => {
            json!({"anyOf": [{"type": "string", "minLength": 1}, {"type": "object", "allOf": [keys, with_one_of(&["file"])]}]})
        }
        Element::Body => {
            let names = Element::Body.names();
            let kinds: Vec<&str> = names.into_iter().filter(|name| *name != "binary").collect();
            json!({"allOf": [table(keys), with_one_of(&kinds)]})
        }
        Element::Part => table(keys),
        Element::Auth => json!({"allOf": [table(keys), with_one_of(&["type"])]}),
        Element::Graphql => json!({"allOf": [table(keys), with_one_of(&["query", "template"])]}),
    }
}

/// The names under which a suite may keep its anchors.
const HOLDERS: &str =
    "^([xX_.].*|templates?|anchors?|aliases|defaults?|definitions?|common|shared|base|comments?|description)$";

/// `$name` or `${name}`.
const FLAG: &str = r"^\s*\$([A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})\s*$";

/// A mapping with these keys in any case, as it stands at `#/$defs/NAME`. Editors complete the
/// lower-case ones.
fn mapping(name: &str, keys: &[Key], element: Element) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for key in keys {
        let mut value = value(key.takes);
        if let Some(value) = value.as_object_mut() {
            let default = match key.default {
                "" | "needed" => String::new(),
                default => format!(" (default: {default})"),
            };
            value.insert("description".to_owned(), json!(format!("{}{default}", key.help)));
        }
        properties.insert(key.name.to_owned(), value);
        let same = reference(&format!("{name}/properties/{}", key.name));
        patterns.insert(any_case(key.name), same);
    }
    // Which of these there are is told beside, see `curl`.
    if matches!(element, Element::Test | Element::Benchmark) {
        patterns.insert(format!("^{}", cases("curl_option_")), json!(true));
    }
    // Nothing reads these either, but people keep there what other elements take over by `*anchor` or `<<`.
    if element == Element::Suite {
        patterns.insert(HOLDERS.to_owned(), json!(true));
    }
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": false,
    })
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

/// A mapping, or a list of mappings, in which a key has such a value.
fn mapping_with(name: &str, value: &Value) -> Value {
    let has = json!({"type": "object", "properties": {name: value}, "required": [name]});
    json!({"if": {"type": "array"}, "then": {"contains": has}, "else": has})
}

/// The options of libcurl that work here. What it does not know, or what cannot work, is an error of the
/// program, too.
fn curl() -> Value {
    let options = curl_options::table().iter().filter(|option| !matches!(option.effect, Effect::Impossible));
    let names: Vec<&str> = options.clone().map(|option| option.name).collect();
    let properties: Map<String, Value> =
        options.map(|option| (format!("curl_option_{}", option.name), json!({"description": option.doc}))).collect();
    let unknown = format!("^{}(?!({})$)", cases("curl_option_"), any_of(&names));
    json!({"type": "object", "properties": properties, "patternProperties": {unknown: false}})
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
    let inner = only(json!({"^[tT][eE][mM][pP][lL][aA][tT][eE]$": template}));
    json!({"anyOf": [plain, {"allOf": [table(&inner), with_one_of(&["template"])]}]})
}

fn query() -> Value {
    with_template(json!({"type": "string"}), json!({"type": "string"}))
}

fn content() -> Value {
    let named = json!({format!("^({})$", any_of(&["template", "file"])): true});
    json!({"anyOf": [{"type": "string"}, {"allOf": [table(&only(named)), with_one_of(&["template", "file"])]}]})
}

/// A mapping with keys of these patterns, and no other.
fn only(patterns: Value) -> Value {
    json!({"type": "object", "patternProperties": patterns, "additionalProperties": false})
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
        Takes::Number => json!({"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^\\s*[-+]?[0-9.]"}]}),
        Takes::Count => integer(Some(0)),
        Takes::Positive => integer(Some(1)),
        Takes::Seconds | Takes::Milliseconds => seconds(),
        Takes::Delay => json!({"type": ["number", "string", "boolean"]}),
        Takes::Duration => {
            json!({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*(ms|s|m|h)?\\s*$"}]})
        }
        Takes::ByteSize => {
            json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*([bB]|[kKmMgG][iI][bB])?\\s*$"}]})
        }
        Takes::Rate => {
            json!({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+(/s)?\\s*$"}]})
        }
        Takes::StageTarget => {
            json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+(/s)?\\s*$"}]})
        }
        Takes::Stages => json!({"type": "array", "minItems": 1, "items": reference("stage")}),
        Takes::ThinkTime => {
            let time = json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*(ms|s|m|h)?\\s*$"}]});
            let ends = json!({"min": time, "max": time});
            let bounds = json!({"type": "object", "properties": ends, "required": ["min", "max"], "additionalProperties": false});
            json!({"anyOf": [time, bounds]})
        }
        Takes::Word(words) => one_of(words),
        Takes::Url => with_template(scalar.clone(), scalar),
        Takes::Headers => some_mapping(),
        Takes::Content => content(),
        Takes::Body => json!({"anyOf": [{"type": "string"}, reference("body")]}),
        Takes::Json => json!({}),
        Takes::Pairs => some_mapping(),
        Takes::Parts => json!({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]}),
        Takes::Digits => json!({"anyOf": [{"type": ["string", "number"]}, with_one_of(&["template", "file"])]}),
        Takes::Templated => with_template(json!({"type": ["string", "number", "boolean"]}), json!({})),
        Takes::Schema => json!({"type": ["string", "object", "array", "boolean"]}),
        Takes::Statuses => one_or_list(&integer(None)),
        Takes::ExpectedStatus => one_or_list(&json!({"anyOf": [integer(None), with_one_of(&["template"])]})),
        Takes::Save => {
            let path = with_template(json!({"type": "string"}), json!({}));
            json!({"anyOf": [path, {"type": "object", "properties": {"body": path}, "required": ["body"]}]})
        }
        Takes::Share => {
            let all = json!({"type": "string", "pattern": "^[aA][lL][lL]$"});
            json!({"anyOf": [all, {"type": "array", "items": {"type": "string", "pattern": "^[^$]"}}]})
        }
        Takes::Files => one_or_list(&json!({"type": "string", "minLength": 1})),
        Takes::BooleanOrHosts => {
            let hosts = json!({"type": "array", "items": {"type": "string", "minLength": 1}});
            json!({"anyOf": [value(Takes::Boolean), hosts]})
        }
        Takes::Hosts => one_or_list(&json!({"type": "string", "minLength": 1})),
        Takes::Methods => one_or_list(&json!({"type": "string"})),
        Takes::Tags => {
            let tag = json!({"anyOf": [{"type": "string", "pattern": "^[^-\\s,][^\\s,]*$"}, {"type": "integer", "minimum": 0}]});
            json!({"anyOf": [{"type": "null"}, one_or_list(&tag)]})
        }
        Takes::Labels => {
            let word = json!({"type": ["string", "number", "boolean"]});
            json!({"anyOf": [{"type": "null"}, table(&json!({"type": "object", "additionalProperties": one_or_list(&word)}))]})
        }
        Takes::Links => {
            let word = json!({"type": ["string", "number", "boolean"]});
            let keys = json!({"type": word, "name": word, "url": word});
            let link =
                json!({"type": "object", "properties": keys, "required": ["url"], "additionalProperties": false});
            json!({"anyOf": [{"type": "null"}, one_or_list(&link)]})
        }
        Takes::Defaults => {
            let keys = json!({"allOf": [table(&reference("defaults_keys")), table(&reference("curl_options"))]});
            json!({"anyOf": [{"type": "null"}, keys]})
        }
        Takes::Jitter => json!({"anyOf": [one_of(Jitter::WORDS), {"type": ["boolean", "null"]}]}),
        Takes::Errors => one_or_list(&one_of(&RETRIED_ERRORS.map(ErrorKind::name))),
        Takes::IdempotencyKey => json!({"type": ["boolean", "string", "object", "array"]}),
        Takes::Policies => {
            let errors = any_of(&RETRIED_ERRORS.map(ErrorKind::name));
            let answers = json!({format!("^([1-9][0-9]{{2}}|[1-5][xX]{{2}}|{errors})$"): reference("retry_policy")});
            table(&only(answers))
        }
        Takes::Ratio => {
            json!({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*%?\\s*$"}]})
        }
        Takes::SendRate => {
            json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": "^\\s*[0-9.]+\\s*(/\\s*[smh])?\\s*$"}]})
        }
        // What is false in Python is no variables.
        Takes::Variables => json!({"anyOf": [some_mapping(), {"enum": ["", 0, false, null]}]}),
        Takes::GeneratorBinds => some_mapping(),
        Takes::ExtractBinds => {
            let binds = json!({"type": "object", "additionalProperties": reference("extractor")});
            table(&binds)
        }
        Takes::Matrix => table(&json!({"type": "object", "additionalProperties": {"type": "array", "minItems": 1}})),
        Takes::Rows => {
            let file = json!({"type": "string", "pattern": "\\.([cC][sS][vV]|[jJ][sS][oO][nN]|[yY][aA]?[mM][lL])$"});
            let named = only(json!({format!("^{}$", cases("file")): file}));
            json!({"anyOf": [file, {"allOf": [named, with_one_of(&["file"])]}, {"type": "array", "items": {"type": "object"}}]})
        }
        Takes::Foreach => {
            let list =
                json!({"type": "string", "pattern": "^\\$(\\{[A-Za-z_][A-Za-z0-9_]*\\}|[A-Za-z_][A-Za-z0-9_]*)$"});
            table(&json!({"type": "object", "additionalProperties": list, "minProperties": 1, "maxProperties": 1}))
        }
        // In a list of mappings a later key wins; an empty one before it does no harm.
        Takes::Validators => json!({"type": ["array", "null"], "items": reference("validator")}),
        Takes::Tests => {
            let test = only(json!({
                format!("^({})$", any_of(&["test"])): reference("test"),
                format!("^({})$", any_of(&["url"])): {"type": "string"},
            }));
            let test = json!({"allOf": [test, with_one_of(&["test", "url"])]});
            json!({"if": {"type": "array"}, "then": {"items": test}, "else": test})
        }
        Takes::Names => one_or_list(&scalar),
        Takes::Condition => json!({"anyOf": [
            {"type": "boolean"},
            {"type": "string", "pattern": FLAG},
            {"type": "object", "minProperties": 1},
            {"type": "array", "minItems": 1, "items": {"type": "object"}},
        ]}),
        Takes::Skip => json!({"anyOf": [
            {"type": "boolean"},
            {"type": "string", "pattern": "\\S"},
            {"type": "object", "minProperties": 1},
            {"type": "array", "minItems": 1, "items": {"type": "object"}},
        ]}),
        Takes::Generators => table(&json!({"type": "object", "additionalProperties": reference("generator")})),
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
        Takes::Query => reference("query"),
        Takes::JsonPath => with_template(json!({"type": "string", "pattern": "^\\$"}), json!({"type": "string"})),
        Takes::Paths => one_or_list(&json!({"type": "string", "pattern": "^\\$"})),
        Takes::Tolerance => with_template(json!({"type": "number", "minimum": 0}), json!({})),
        Takes::Cookies => json!({"anyOf": [value(Takes::Boolean), reference(name_of(Element::Cookies))]}),
        Takes::Mock => json!({"anyOf": [value(Takes::Files), reference(name_of(Element::Mock))]}),
        Takes::Auth => json!({"anyOf": [{"type": "string"}, reference(name_of(Element::Auth))]}),
        Takes::Auths => json!({"type": "object", "additionalProperties": reference(name_of(Element::Auth))}),
        Takes::Secrets => {
            let source = json!({"anyOf": [reference(name_of(Element::Secret)), {"type": "null"}]});
            let names = json!({"type": "array", "items": {"type": "string", "minLength": 1}});
            json!({"anyOf": [names, table(&json!({"type": "object", "additionalProperties": source}))]})
        }
        Takes::Texts | Takes::Words => {
            let text = json!({"type": "string", "minLength": 1});
            json!({"anyOf": [text, {"type": "array", "items": text}]})
        }
        Takes::Nothing => json!({"enum": ["", null]}),
        Takes::Block(element) => reference(name_of(element)),
    }
}

/// A generator: which keys it may have hangs on its type.
fn generator() -> Value {
    let of_type = GENERATORS.iter().map(|(kind, ..)| {
        let is_it = json!({"type": "object", "properties": {"type": {"const": kind}}, "required": ["type"]});
        json!({"if": is_it, "then": table(&reference(&format!("generator_{kind}")))})
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

#[cfg(test)]
mod tests;
