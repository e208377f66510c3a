//! A value that a schema accepts: the document's own example, or one that is made.
//!
//! Owns: the order of examples, formats, bounds, merged `allOf`, where recursion ends. Does not: judge what it made.

use serde_json::{Map, Number, Value as Json};

use super::document::Node;
use super::parts::Parts;
use super::pattern;
use super::schema::Direction;

/// What is wanted of a value.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Where it goes.
    pub direction: Direction,
    /// Whether optional properties are left out even if they have an example.
    pub required_only: bool,
    /// What values are drawn from, optional properties among them; without it they are the simplest ones.
    pub seed: Option<u64>,
    /// Whether the document's own examples and defaults are taken.
    pub takes_examples: bool,
    /// Which alternatives of `oneOf` and `anyOf` are taken: at 0 the first ones.
    pub turn: usize,
    /// So many properties the value has at least, if its schema has them.
    pub least: u64,
}

/// A value that was looked for until one was right.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    /// The first that is right, or else the first.
    pub made: Made,
    /// Whether it is right.
    pub fits: bool,
    /// What was wrong with the first.
    pub first_wrong: Option<String>,
}

/// A value with what is doubtful about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The value.
    pub value: Json,
    /// What could not be made as the schema wants it.
    pub doubts: Vec<String>,
}

/// A schema comes so often within itself.
const RECURSIONS: usize = 3;

/// So many alternatives are tried.
const MOST_TURNS: usize = 8;

/// So many schemas follow each other.
const DEEPEST: usize = 24;

/// Optional properties are drawn down to here.
const MOST_OPTIONAL_DEPTH: usize = 6;

/// So many values are made at most.
const MOST_VALUES: usize = 5_000;

/// So many items or characters a value gets because its schema wants them.
const MOST_ITEMS: u64 = 1_000;

/// What texts of a format look like.
const FORMATS: [(&str, &str); 20] = [
    ("date", "2026-01-31"),
    ("date-time", "2026-01-31T12:00:00Z"),
    ("time", "12:00:00Z"),
    ("duration", "P1D"),
    ("email", "user@example.com"),
    ("idn-email", "user@example.com"),
    ("uri", "https://example.com/"),
    ("url", "https://example.com/"),
    ("iri", "https://example.com/"),
    ("uri-reference", "/path"),
    ("uuid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    ("guid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"),
    ("ipv4", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("hostname", "example.com"),
    ("idn-hostname", "example.com"),
    ("byte", "dGV4dA=="),
    ("password", "password"),
    ("json-pointer", "/a"),
    ("regex", ".*"),
];

impl Wish {
    /// What is simplest for a direction, with the document's examples.
    pub fn simple(direction: Direction) -> Wish {
        Wish { direction, required_only: false, seed: None, takes_examples: true, turn: 0, least: 0 }
    }

    /// A value for a schema that is not wrong: where it is, others are tried, of other alternatives, with more properties
    /// and with fewer, without the document's examples.
    pub fn fitting(self, schema: Node<'_>, wrong: &dyn Fn(&Json) -> Option<String>) -> Fitting {
        let first = self.of(schema);
        let Some(why) = wrong(&first.value) else {
            return Fitting { made: first, fits: true, first_wrong: None };
        };
        let found = self.others().into_iter().find_map(|wish| {
            let made = wish.of(schema);
            wrong(&made.value).is_none().then_some(made)
        });
        Fitting { fits: found.is_some(), made: found.unwrap_or(first), first_wrong: Some(why) }
    }

    /// What else may be wished for.
    fn others(self) -> Vec<Wish> {
        let plain = Wish { takes_examples: false, ..self };
        let least = Wish { seed: None, required_only: true, ..plain };
        let turns = |wish: Wish| (0..MOST_TURNS).map(move |turn| Wish { turn, ..wish });
        let few = [Wish { seed: None, ..self }, Wish { seed: None, ..plain }];
        turns(self)
            .skip(1)
            .chain(turns(plain))
            .chain(few)
            .chain(turns(Wish { least: 1, ..least }))
            .chain(turns(least))
            .collect()
    }

    /// A value for a schema.
    pub fn of(self, schema: Node<'_>) -> Made {
        let draw = self.seed.map(fastrand::Rng::with_seed);
        let mut maker = Maker { wish: self, left: MOST_VALUES, stack: Vec::new(), doubts: Vec::new(), draw };
        let value = maker.make(schema).unwrap_or(Json::Null);
        maker.doubts.dedup();
        Made { value, doubts: maker.doubts }
    }
}

struct Maker {
    wish: Wish,
    left: usize,
    stack: Vec<*const Json>,
    doubts: Vec<String>,
    draw: Option<fastrand::Rng>,
}

impl Maker {
    /// Nothing comes back where it must end.
    fn make(&mut self, node: Node<'_>) -> Option<Json> {
        let target = node.resolved().map_or(node.identity(), Node::identity);
        let is_deep = self.stack.iter().filter(|above| **above == target).count() >= RECURSIONS;
        if is_deep || self.left == 0 || self.stack.len() >= DEEPEST {
            return None;
        }
        self.left -= 1;
        self.stack.push(target);
        let value = self.value(&Parts::at_turn(node, self.wish.turn));
        self.stack.pop();
        Some(value)
    }

    fn value(&mut self, parts: &Parts<'_>) -> Json {
        if let Some(mut value) = parts.written(self.wish.takes_examples).or_else(|| self.one_of_many(parts)) {
            self.strip(parts, &mut value, DEEPEST);
            return value;
        }
        match parts.kind() {
            "object" => self.object(parts),
            "array" => self.array(parts),
            "boolean" => Json::Bool(self.draw.as_mut().is_none_or(fastrand::Rng::bool)),
            "null" => Json::Null,
            "integer" => number(parts, true, self.draw.as_mut()),
            "number" => number(parts, false, self.draw.as_mut()),
            _ => Json::String(self.string(parts)),
        }
    }

    /// A value of an `enum`: its first, or any where values are drawn.
    fn one_of_many(&mut self, parts: &Parts<'_>) -> Option<Json> {
        let values = parts.find("enum")?.as_array()?;
        let all: Vec<&Json> = values.iter().filter(|value| !value.is_null()).collect();
        let drawn = self.draw.as_mut().and_then(|draw| draw.choice(&all).copied());
        drawn.or_else(|| all.first().copied()).or_else(|| values.first()).cloned()
    }

    /// Takes out what this direction does not have.
    fn strip(&self, parts: &Parts<'_>, value: &mut Json, left: usize) {
        match value {
            Json::Object(map) if left > 0 => {
                for (name, property) in parts.properties() {
                    if self.is_hidden(property) {
                        map.shift_remove(name);
                    } else if let Some(value) = map.get_mut(name).filter(|value| value.is_object() || value.is_array())
                    {
                        self.strip(&Parts::of(property), value, left - 1);
                    }
                }
            }
            Json::Array(items) if left > 0 => {
                let Some(schema) = parts.child("items") else { return };
                let schema = Parts::of(schema);
                items.iter_mut().for_each(|item| self.strip(&schema, item, left - 1));
            }
            _ => {}
        }
    }

    fn is_hidden(&self, property: Node<'_>) -> bool {
        let word = self.wish.direction.hides();
        property.is(word) || property.resolved().is_some_and(|target| target.is(word))
    }

    fn object(&mut self, parts: &Parts<'_>) -> Json {
        let (required, properties) = (parts.required(), parts.properties());
        let mut map = Map::new();
        for (name, property) in &properties {
            if self.is_hidden(*property) {
                continue;
            }
            let is_required = required.contains(name);
            let has_example = || {
                let parts = Parts::of(*property);
                self.wish.takes_examples
                    && ["example", "examples", "default"]
                        .iter()
                        .any(|key| parts.find(key).is_some_and(|value| !value.is_null()))
            };
            // What is drawn has all properties near its top, as long as it does not grow too large.
            let is_drawn =
                self.draw.is_some() && self.stack.len() <= MOST_OPTIONAL_DEPTH && self.left > MOST_VALUES / 2;
            if !is_required && !is_drawn && (self.wish.required_only || !has_example()) {
                continue;
            }
            let doubts = self.doubts.len();
            match self.make(*property) {
                // What need not be there is left out where it would be wrong.
                Some(_) if !is_required && is_drawn && self.doubts.len() > doubts => self.doubts.truncate(doubts),
                Some(value) => drop(map.insert((*name).to_owned(), value)),
                None if is_required => self.doubt(format!("{name} contains itself without an end, or is too deep")),
                None => {}
            }
        }
        for name in required.iter().filter(|name| !properties.iter().any(|(have, _)| have == *name)) {
            map.insert((*name).to_owned(), "text".into());
        }
        let wished = if self.stack.len() == 1 { self.wish.least } else { 0 };
        let least = parts.count("minProperties").max(wished).min(MOST_ITEMS);
        let mut optional: Vec<_> = properties
            .iter()
            .filter(|(name, property)| !map.contains_key(*name) && !self.is_hidden(*property))
            .collect();
        optional.sort_by_key(|(_, property)| matches!(Parts::of(*property).kind(), "object" | "array"));
        for (name, property) in optional {
            if (map.len() as u64) < least
                && let Some(value) = self.make(*property)
            {
                map.insert((*name).to_owned(), value);
            }
        }
        let more = parts.child("additionalProperties");
        for number in map.len() as u64..least {
            let value = more.and_then(|schema| self.make(schema)).unwrap_or_else(|| "text".into());
            map.insert(format!("key{}", number + 1), value);
        }
        Json::Object(map)
    }

    fn array(&mut self, parts: &Parts<'_>) -> Json {
        let mut items = self.prefix(parts);
        let least = parts.count("minItems");
        if least > MOST_ITEMS {
            self.doubt(format!("{least} items are wanted"));
        }
        let most = parts.find("maxItems").and_then(Json::as_u64);
        let mut wanted = if most == Some(0) || !items.is_empty() { least } else { least.max(1) }.min(MOST_ITEMS);
        if let Some(draw) = self.draw.as_mut().filter(|_| items.is_empty() && self.stack.len() <= MOST_OPTIONAL_DEPTH) {
            wanted = draw.u64(wanted..=wanted + 2).min(most.unwrap_or(MOST_ITEMS)).max(wanted);
        }
        let are_unique = parts.find("uniqueItems").and_then(Json::as_bool).unwrap_or(false);
        let schema = parts.child("items");
        while (items.len() as u64) < wanted {
            let made = match schema {
                Some(schema) => self.make(schema),
                None => Some("text".into()),
            };
            let Some(mut item) = made else {
                if least > 0 {
                    self.doubt("items contain themselves without an end, or are too deep".to_owned());
                }
                break;
            };
            if are_unique && items.contains(&item) {
                let values = schema.and_then(|schema| Parts::of(schema).find("enum")).and_then(Json::as_array);
                match values.into_iter().flatten().find(|value| !items.contains(value)) {
                    Some(value) => item = value.clone(),
                    None => varied(&mut item, items.len()),
                }
            }
            items.push(item);
        }
        Json::Array(items)
    }

    fn prefix(&mut self, parts: &Parts<'_>) -> Vec<Json> {
        let list = parts.0.iter().find_map(|part| part.raw("prefixItems"));
        let schemas: Vec<Node<'_>> = list.into_iter().flat_map(Node::items).collect();
        schemas.into_iter().map_while(|schema| self.make(schema)).collect()
    }

    fn string(&mut self, parts: &Parts<'_>) -> String {
        let format = parts.find("format").and_then(Json::as_str).unwrap_or_default();
        let known = FORMATS.iter().find(|(name, _)| *name == format);
        let least = parts.count("minLength");
        let most = parts.find("maxLength").and_then(Json::as_u64);
        if known.is_none()
            && let Some(written) = parts.find("pattern").and_then(Json::as_str)
        {
            match pattern::example(written, least, self.draw.as_mut()) {
                Some(text) => return text,
                None => self.doubt(format!("the pattern {written} is not simple")),
            }
        }
        let mut text = match &mut self.draw {
            Some(draw) => drawn_text(format, known.map(|(_, text)| *text), draw),
            None => known.map_or("text", |(_, text)| text).to_owned(),
        };
        let length = text.chars().count() as u64;
        if length < least {
            if least > MOST_ITEMS {
                self.doubt(format!("{least} characters are wanted"));
            }
            text.extend((length..least.min(MOST_ITEMS)).map(|_| 'x'));
        }
        if let Some(most) = most.filter(|most| *most < length) {
            text = text.chars().take(usize::try_from(most).unwrap_or_default()).collect();
        }
        text
    }

    fn doubt(&mut self, doubt: String) {
        if !self.doubts.contains(&doubt) {
            self.doubts.push(doubt);
        }
    }
}

/// A text of a format: what may vary in it does.
fn drawn_text(format: &str, usual: Option<&str>, draw: &mut fastrand::Rng) -> String {
    const WORDS: [&str; 12] =
        ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "indigo", "jade", "lotus", "maple"];
    let word = *draw.choice(&WORDS).unwrap_or(&"text");
    let number = draw.u32(1..250);
    let (month, day) = (draw.u32(1..=12), draw.u32(1..=28));
    match (format, usual) {
        ("date", _) => format!("2026-{month:02}-{day:02}"),
        ("date-time", _) => format!("2026-{month:02}-{day:02}T{:02}:{:02}:00Z", number % 24, number % 60),
        ("time", _) => format!("{:02}:{:02}:00Z", number % 24, number % 60),
        ("email" | "idn-email", _) => format!("{word}{number}@example.com"),
        ("uri" | "url" | "iri", _) => format!("https://example.com/{word}/{number}"),
        ("uri-reference", _) => format!("/{word}/{number}"),
        ("uuid" | "guid", _) => {
            let (high, low) = (draw.u64(..), draw.u64(..));
            let (a, b, c) = (high >> 32, high >> 16 & 0xffff, high & 0xfff);
            format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{:012x}", 0x8000 | low >> 48 & 0x3fff, low & 0xffff_ffff_ffff)
        }
        ("ipv4", _) => format!("192.0.2.{number}"),
        ("ipv6", _) => format!("2001:db8::{number:x}"),
        ("hostname" | "idn-hostname", _) => format!("{word}{number}.example.com"),
        (_, Some(text)) => text.to_owned(),
        _ => format!("{word} {number}"),
    }
}

/// Another value of the same kind.
fn varied(item: &mut Json, number: usize) {
    match item {
        Json::String(text) => text.push_str(&number.to_string()),
        Json::Number(value) => {
            if let Some(next) = value.as_i64().and_then(|value| value.checked_add(i64::try_from(number).ok()?)) {
                *value = next.into();
            }
        }
        Json::Object(map) => {
            let first = map.values_mut().find(|value| value.is_string() || value.is_number());
            first.into_iter().for_each(|value| varied(value, number));
        }
        _ => {}
    }
}

fn number(parts: &Parts<'_>, is_integer: bool, draw: Option<&mut fastrand::Rng>) -> Json {
    let step = parts.number("multipleOf").filter(|step| *step > 0.0);
    let grain = step.unwrap_or(if is_integer { 1.0 } else { 0.5 });
    let excludes = |key: &str| parts.find(key).and_then(Json::as_bool).unwrap_or(false);
    let mut low = parts.number("minimum").map(|low| if excludes("exclusiveMinimum") { low + grain } else { low });
    let mut high = parts.number("maximum").map(|high| if excludes("exclusiveMaximum") { high - grain } else { high });
    if let Some(bound) = parts.number("exclusiveMinimum") {
        low = Some(low.map_or(bound + grain, |low| low.max(bound + grain)));
    }
    if let Some(bound) = parts.number("exclusiveMaximum") {
        high = Some(high.map_or(bound - grain, |high| high.min(bound - grain)));
    }
    let mut value = match (low, high) {
        (Some(low), high) if low > 1.0 || high.is_some_and(|high| high < 1.0) => low,
        (None, Some(high)) if high < 1.0 => high,
        _ => 1.0,
    };
    if let Some(step) = step {
        let up = (value / step).ceil() * step;
        value = if high.is_some_and(|high| up > high) { (value / step).floor() * step } else { up };
    } else if is_integer {
        value = value.ceil();
    }
    // A step may be too large for what lies between two bounds.
    if let (Some(low), Some(high)) = (low, high)
        && value > high
        && step.is_none()
    {
        value = f64::midpoint(low.min(high), high);
    }
    if let Some(draw) = draw {
        // Up in steps that are allowed, as far as there is room.
        const MOST_STEPS: f64 = 999.0;
        let room = high.map_or(MOST_STEPS, |high| ((high - value) / grain).floor().clamp(0.0, MOST_STEPS));
        let steps = f64::from(draw.u32(0..=room as u32));
        value = if step.is_some() { ((value / grain).round() + steps) * grain } else { value + steps * grain };
    }
    const EXACT: f64 = 9e15;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Json::from(value as i64)
    } else {
        Number::from_f64(value).map_or(Json::Null, Json::Number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::tests::document;

    fn made(schema: &str, wish: Wish) -> String {
        let rest = format!(
            "paths: {{}}\ncomponents:\n  schemas:\n    X: {schema}\n    Book: {{type: object, required: [id, title], properties: {{id: {{type: integer, readOnly: true}}, title: {{type: string}}, next: {{$ref: '#/components/schemas/Book'}}, year: {{type: integer, example: 1999}}}}}}\n    Tree: {{type: object, required: [left], properties: {{left: {{$ref: '#/components/schemas/Tree'}}}}}}"
        );
        let document = document("3.1.0", &rest);
        let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("X").unwrap();
        let made = wish.of(schema);
        format!("{}{}", made.value, made.doubts.iter().map(|doubt| format!(" ({doubt})")).collect::<String>())
    }

    const REQUEST: Wish = Wish {
        direction: Direction::Request,
        required_only: false,
        seed: None,
        takes_examples: true,
        turn: 0,
        least: 0,
    };

    #[test]
    fn values_follow_their_schema() {
        for (schema, expected) in [
            ("{type: string}", "\"text\""),
            ("{type: string, minLength: 6}", "\"textxx\""),
            ("{type: string, maxLength: 2}", "\"te\""),
            ("{type: string, format: uuid}", "\"3fa85f64-5717-4562-b3fc-2c963f66afa6\""),
            ("{type: string, pattern: '^[A-Z]{3}-\\d+$'}", "\"AAA-0\""),
            ("{type: string, pattern: '^(?!x).*$'}", "\"text\" (the pattern ^(?!x).*$ is not simple)"),
            ("{type: integer}", "1"),
            ("{type: integer, minimum: 10}", "10"),
            ("{type: integer, exclusiveMinimum: 10, multipleOf: 4}", "16"),
            ("{type: integer, maximum: -3}", "-3"),
            ("{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}", "0.5"),
            ("{type: number, multipleOf: 0.25, minimum: 0.3, maximum: 0.9}", "0.5"),
            ("{type: [\"null\", boolean]}", "true"),
            ("{type: string, enum: [null, b, c]}", "\"b\""),
            ("{const: 5}", "5"),
            ("{type: string, default: d, enum: [e]}", "\"e\""),
            ("{type: string, example: 5}", "\"5\""),
            ("{type: integer, example: '5'}", "5"),
            ("{type: integer, example: five}", "1"),
            ("{type: object, example: x}", "{}"),
            ("{type: array, example: '[1]'}", "[1]"),
            ("{type: string, example: Choose, enum: [e]}", "\"e\""),
            ("{type: string, default: d, examples: [x]}", "\"x\""),
            ("{type: array, items: {type: integer}, minItems: 3, uniqueItems: true}", "[1,2,3]"),
            ("{type: array, items: {type: string}}", "[\"text\"]"),
            ("{type: array, prefixItems: [{const: 1}, {const: 2}]}", "[1,2]"),
            ("{type: array, maxItems: 0}", "[]"),
            ("{type: object, minProperties: 2, additionalProperties: {type: integer}}", r#"{"key1":1,"key2":1}"#),
            (
                "{type: object, required: [a, b], properties: {a: {type: boolean}, c: {type: string}}}",
                r#"{"a":true,"b":"text"}"#,
            ),
            ("{$ref: '#/components/schemas/Book'}", r#"{"title":"text","year":1999}"#),
            ("{$ref: '#/components/schemas/Book', example: {id: 1, title: A}}", r#"{"title":"A"}"#),
            (
                "{allOf: [{$ref: '#/components/schemas/Book'}, {required: [x], properties: {x: {const: 1}}, example: {x: 2}}]}",
                r#"{"title":"text","year":1999,"x":1}"#,
            ),
            ("{anyOf: [{type: 'null'}, {type: integer, minimum: 3}]}", "3"),
            ("{oneOf: [{$ref: '#/components/schemas/Book'}, {type: string}]}", r#"{"title":"text","year":1999}"#),
            (
                "{$ref: '#/components/schemas/Tree'}",
                r#"{"left":{"left":{}}} (left contains itself without an end, or is too deep)"#,
            ),
            ("{}", "{}"),
            ("true", "{}"),
        ] {
            assert_eq!(made(schema, REQUEST), expected, "{schema}");
        }
        let book = "{$ref: '#/components/schemas/Book'}";
        assert_eq!(made(book, Wish { required_only: true, ..REQUEST }), r#"{"title":"text"}"#);
        let response = Wish { direction: Direction::Response, ..REQUEST };
        assert_eq!(made(book, response), r#"{"id":1,"title":"text","year":1999}"#);
    }

    /// Alternatives are gone through, and properties are more and fewer, until a value is right.
    #[test]
    fn what_does_not_fit_is_made_anew() {
        let fitting = |schema: &str, right: &str| {
            let document = document("3.1.0", &format!("paths: {{}}\ncomponents: {{schemas: {{X: {schema}}}}}"));
            let schema = document.root().get("components").unwrap().get("schemas").unwrap().raw("X").unwrap();
            let right_value: Json = serde_json::from_str(right).unwrap();
            let wrong = |value: &Json| (*value != right_value).then(|| "wrong".to_owned());
            let found = REQUEST.fitting(schema, &wrong);
            assert_eq!(found.first_wrong.is_some(), found.made != REQUEST.of(schema) || !found.fits);
            (found.fits, found.made.value.to_string())
        };
        let nested = "{oneOf: [{anyOf: [{const: 1}, {const: 2}]}, {const: 3}]}";
        for right in ["1", "2", "3"] {
            assert_eq!(fitting(nested, right), (true, right.to_owned()));
        }
        assert_eq!(fitting(nested, "4"), (false, "1".to_owned()));
        let object = "{properties: {a: {type: integer, example: 7}, b: {type: boolean}}}";
        for right in [r#"{"a":7}"#, r#"{"a":1}"#, "{}"] {
            assert_eq!(fitting(object, right), (true, right.to_owned()));
        }
    }

    #[test]
    fn wide_recursion_has_an_end() {
        let names: Vec<String> = (0..12).map(|i| format!("p{i}: {{$ref: '#/components/schemas/X'}}")).collect();
        let all: Vec<String> = (0..12).map(|i| format!("p{i}")).collect();
        let schema = format!("{{type: object, required: [{}], properties: {{{}}}}}", all.join(", "), names.join(", "));
        assert!(made(&schema, REQUEST).len() < 200_000);
    }
}
