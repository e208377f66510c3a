//! What a script claims with `pm.expect`: `pm.expect(x).to.be.above(1)`.
//!
//! Owns: the words of the chains, the comparator that each is. Does not: know statements (see `mod`).

use serde_json::{Map, Value as Json, json};

use super::Effect;
use super::comparisons::{check, compare, exists, is_value, member, schema, truthy};
use super::statements::{Link, Part};
use super::subject::{Step, Subject, jmespath};
use super::values::{Scope, Value};

/// Words of a chain that say nothing.
const FILLERS: [&str; 17] = [
    "to", "be", "been", "is", "that", "which", "and", "has", "have", "with", "at", "of", "same", "but", "does",
    "still", "deep",
];

/// Methods that compare, and the comparators for what is claimed and for its opposite.
const COMPARISONS: [(&str, &str, &str); 28] = [
    ("eql", "eq", "ne"),
    ("eqls", "eq", "ne"),
    ("equal", "eq", "ne"),
    ("equals", "eq", "ne"),
    ("eq", "eq", "ne"),
    ("include", "contains", "not_contains"),
    ("includes", "contains", "not_contains"),
    ("contain", "contains", "not_contains"),
    ("contains", "contains", "not_contains"),
    ("string", "contains", "not_contains"),
    ("has", "contains", "not_contains"),
    ("match", "regex", "not_regex"),
    ("matches", "regex", "not_regex"),
    ("above", "gt", "le"),
    ("gt", "gt", "le"),
    ("greaterThan", "gt", "le"),
    ("least", "ge", "lt"),
    ("gte", "ge", "lt"),
    ("greaterThanOrEqual", "ge", "lt"),
    ("below", "lt", "ge"),
    ("lt", "lt", "ge"),
    ("lessThan", "lt", "ge"),
    ("most", "le", "gt"),
    ("lte", "le", "gt"),
    ("lessThanOrEqual", "le", "gt"),
    ("oneOf", "one_of", ""),
    ("members", "same_elements", ""),
    ("startsWith", "starts_with", ""),
];

/// Names of types, and what they are called here.
const TYPES: [(&str, &str); 8] = [
    ("string", "string"),
    ("number", "number"),
    ("boolean", "boolean"),
    ("array", "array"),
    ("object", "dict"),
    ("null", "null"),
    ("String", "string"),
    ("Array", "array"),
];

/// What the links behind `pm.expect(x)` claim; nothing where one of them is not understood.
pub fn expected(scope: &Scope, value: Value, links: &[Link<'_, '_>]) -> Option<Vec<Effect>> {
    let mut chai = Chai { value, is_not: false, is_part: false, is_path: false, found: Vec::new() };
    let mut at = 0;
    while let Some(link) = links.get(at) {
        let Link::Name(word) = link else { return None };
        match links.get(at + 1) {
            Some(Link::Call(arguments)) => {
                let arguments: Vec<_> = arguments.iter().map(|part: &Part<'_, '_>| scope.value(part)).collect();
                chai.method(word, &arguments)?;
                at += 2;
            }
            _ => {
                chai.word(word)?;
                at += 1;
            }
        }
    }
    (!chai.found.is_empty()).then_some(chai.found)
}

struct Chai {
    value: Value,
    is_not: bool,
    /// `include.keys`, `contain.members`: there may be more.
    is_part: bool,
    /// `nested.property`: the name is a path.
    is_path: bool,
    found: Vec<Effect>,
}

impl Chai {
    /// A word that is not called.
    fn word(&mut self, word: &str) -> Option<()> {
        match word {
            "not" => self.is_not = true,
            "include" | "contain" => self.is_part = true,
            "nested" => self.is_path = true,
            "ok" => {
                let Value::Subject(subject) = &self.value else { return None };
                self.found.extend(truthy(subject, !self.is_not)?);
            }
            "all" | "itself" | "own" => {}
            "length" | "lengthOf" => {
                let Value::Subject(Subject::Json(steps)) = &self.value else { return None };
                self.value = Value::Subject(Subject::Length(steps.clone()));
            }
            "true" | "false" => self.equals(&Value::Literal(Json::Bool(word == "true")))?,
            "null" => self.equals(&Value::Literal(Json::Null))?,
            "undefined" => self.exists(self.is_not)?,
            "exist" | "exists" if self.is_not => {
                // Neither null nor there: what is not there counts as null.
                let mut compare = self.member()?;
                compare.insert("default".to_owned(), Json::Null);
                compare.insert("expected".to_owned(), Json::Null);
                self.found.push(Effect::Check(json!({ "compare": compare })));
            }
            "exist" | "exists" => self.compare("ne", Json::Null)?,
            "empty" if self.is_not => {
                let Value::Subject(Subject::Json(steps)) = &self.value else { return None };
                self.value = Value::Subject(Subject::Length(steps.clone()));
                self.compare("gt", 0.into())?;
            }
            "empty" => {
                let mut compare = self.member()?;
                compare.insert("comparator".to_owned(), "is_empty".into());
                self.found.push(Effect::Check(json!({ "compare": compare })));
            }
            word if FILLERS.contains(&word) => {}
            _ => return None,
        }
        Some(())
    }

    /// A word that is called with these arguments.
    fn method(&mut self, word: &str, arguments: &[Option<Value>]) -> Option<()> {
        let Some(first) = arguments.first() else {
            // `.to.exist()`, `.to.be.true()` are written, too.
            return self.word(word);
        };
        let first = first.clone()?;
        let second = arguments.get(1).cloned();
        match word {
            "a" | "an" if !self.is_not => {
                let Value::Literal(Json::String(name)) = first else { return None };
                let (_, kind) = TYPES.iter().find(|(have, _)| *have == name)?;
                self.compare("type", (*kind).into())
            }
            "property" | "ownProperty" => self.property(&first, second),
            "key" | "keys" => self.keys(arguments),
            "length" | "lengthOf" if self.is_not => {
                self.word("length")?;
                self.against("ne", &first)
            }
            "length" | "lengthOf" => {
                let Value::Literal(Json::Number(count)) = first else { return None };
                self.compare("count_eq", Json::Number(count))
            }
            "within" if !self.is_not => {
                let (Value::Literal(from), Value::Literal(to)) = (first, second??) else { return None };
                self.compare("between", json!([from, to]))
            }
            "closeTo" | "approximately" if !self.is_not => {
                let (Value::Literal(near), Value::Literal(by)) = (first, second??) else { return None };
                let mut compare = self.member()?;
                compare.insert("comparator".to_owned(), "close_to".into());
                compare.insert("expected".to_owned(), near);
                compare.insert("tolerance".to_owned(), by);
                self.found.push(Effect::Check(json!({ "compare": compare })));
                Some(())
            }
            "members" if self.is_part && !self.is_not => {
                let Value::Literal(Json::Array(members)) = first else { return None };
                members.into_iter().try_for_each(|member| self.compare("contains", member))
            }
            "eql" | "eqls" | "equal" | "equals" | "eq" => self.equals(&first),
            "include" | "includes" | "contain" | "contains" => self.includes(&first),
            "jsonSchema" if !self.is_not => {
                self.found.push(schema(first, &self.value)?);
                Some(())
            }
            _ => {
                let (_, claimed, opposite) = COMPARISONS.iter().find(|(have, ..)| *have == word)?;
                let comparator = if self.is_not { opposite } else { claimed };
                (!comparator.is_empty()).then(|| self.against(comparator, &first))?
            }
        }
    }

    fn equals(&mut self, expected: &Value) -> Option<()> {
        // A length is counted.
        if let (Value::Subject(Subject::Length(steps)), Value::Literal(Json::Number(count)), false) =
            (&self.value, expected, self.is_not)
        {
            let subject = Subject::Json(steps.clone());
            self.found.push(Effect::Check(check(&subject, "count_eq", Json::Number(count.clone()))?));
            return Some(());
        }
        self.against(if self.is_not { "ne" } else { "eq" }, expected)
    }

    /// Part of a text, an item of a list, members of an object.
    fn includes(&mut self, expected: &Value) -> Option<()> {
        let (Value::Literal(Json::Object(members)), Value::Subject(Subject::Json(steps))) = (expected, &self.value)
        else {
            return self.against(if self.is_not { "not_contains" } else { "contains" }, expected);
        };
        for (key, value) in members.clone() {
            let below = Subject::Json(steps.iter().cloned().chain([Step::Key(key)]).collect());
            let is_told = !self.is_not && is_value(&value);
            self.found.push(Effect::Check(is_told.then(|| check(&below, "eq", value))??));
        }
        Some(())
    }

    fn property(&mut self, name: &Value, value: Option<Option<Value>>) -> Option<()> {
        let (Value::Literal(Json::String(name)), Value::Subject(Subject::Json(steps))) = (name, &self.value) else {
            return None;
        };
        let mut steps = steps.clone();
        if self.is_path {
            steps.extend(path(name)?);
        } else {
            steps.push(Step::Key(name.clone()));
        }
        self.value = Value::Subject(Subject::Json(steps));
        match value {
            Some(value) => self.equals(&value?),
            None => self.exists(!self.is_not),
        }
    }

    fn keys(&mut self, names: &[Option<Value>]) -> Option<()> {
        let literal = |name: &Option<Value>| match name {
            Some(Value::Literal(name @ Json::String(_))) => Some(name.clone()),
            _ => None,
        };
        let names = match names {
            [Some(Value::Literal(Json::Array(names)))] => names.clone(),
            names => names.iter().map(literal).collect::<Option<Vec<_>>>()?,
        };
        let Value::Subject(Subject::Json(steps)) = &self.value else { return None };
        if self.is_not {
            return None;
        }
        if !self.is_part {
            let compare = json!({ "jmespath": format!("keys({})", jmespath(steps)), "comparator": "same_elements", "expected": names });
            self.found.push(Effect::Check(json!({ "compare": compare })));
            return Some(());
        }
        let steps = steps.clone();
        for name in names {
            let below = steps.iter().cloned().chain([Step::Key(name.as_str()?.to_owned())]).collect();
            self.found.push(exists(&Subject::Json(below), true)?);
        }
        Some(())
    }

    fn exists(&mut self, is_there: bool) -> Option<()> {
        let Value::Subject(subject) = &self.value else { return None };
        self.found.push(exists(subject, is_there)?);
        Some(())
    }

    /// Compares with what a value stands for.
    fn against(&mut self, comparator: &str, expected: &Value) -> Option<()> {
        self.found.extend(compare(&self.value, comparator, expected)?);
        Some(())
    }

    fn compare(&mut self, comparator: &str, expected: Json) -> Option<()> {
        self.against(comparator, &Value::Literal(expected))
    }

    /// The extractor, as the beginning of a comparison.
    fn member(&self) -> Option<Map<String, Json>> {
        match &self.value {
            Value::Subject(subject) => member(subject),
            _ => None,
        }
    }
}

/// The steps of `a.b[0]`.
fn path(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in text.split('.') {
        let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        steps.extend((!name.is_empty()).then(|| Step::Key(name.to_owned())));
        for index in indexes.split_terminator(']') {
            steps.push(Step::Index(index.strip_prefix('[')?.parse().ok()?));
        }
    }
    Some(steps)
}
