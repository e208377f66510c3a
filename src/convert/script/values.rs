//! What an expression of a script stands for: a literal, a part of the answer, a variable, something made anew.
//!
//! Owns: the table of origins, literals, aliases. Does not: know what is claimed of a value (see `claims`).

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::statements::{Link, Part, between, between_commas, chain, closing};
use super::subject::{Step, Subject, jmespath};
use super::tokens::{Kind, tokens, unescaped, unquoted};

/// Deeper literals are not read.
const DEEPEST: usize = 60;

/// What an expression stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A literal.
    Literal(Json),
    /// `undefined`.
    Undefined,
    /// A part of the answer.
    Subject(Subject),
    /// The name that JavaScript has for the type of a part of the answer.
    TypeOf(Subject),
    /// A variable of the environment, the collection or the run.
    Variable(String),
    /// What a generator makes.
    Made(Made),
    /// A regular expression, as Python writes it.
    Pattern(String),
    /// A module that does nothing by itself.
    Module,
}

/// What a generator makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A UUID.
    Uuid,
    /// The time, in this format of the generator `date`.
    Date(&'static str),
}

impl Made {
    /// The generator.
    pub fn generator(self) -> Json {
        match self {
            Made::Uuid => json!({ "type": "uuid" }),
            Made::Date("rfc3339") => json!({ "type": "date" }),
            Made::Date(format) => json!({ "type": "date", "format": format }),
        }
    }

    /// What such a generator is called.
    pub fn name(self) -> &'static str {
        match self {
            Made::Uuid => "uuid",
            Made::Date("epoch") => "timestamp",
            Made::Date("epoch_ms") => "timestamp_ms",
            Made::Date(_) => "iso_timestamp",
        }
    }
}

/// Whole expressions, blanks left out, and what they make.
const MAKERS: [(&str, Made); 16] = [
    ("Date.now()", Made::Date("epoch_ms")),
    ("+newDate()", Made::Date("epoch_ms")),
    ("newDate().getTime()", Made::Date("epoch_ms")),
    ("newDate().valueOf()", Made::Date("epoch_ms")),
    ("Date.now().toString()", Made::Date("epoch_ms")),
    ("Math.floor(Date.now()/1000)", Made::Date("epoch")),
    ("Math.round(Date.now()/1000)", Made::Date("epoch")),
    ("parseInt(Date.now()/1000)", Made::Date("epoch")),
    ("newDate().toISOString()", Made::Date("rfc3339")),
    ("newDate().toJSON()", Made::Date("rfc3339")),
    ("newDate().toUTCString()", Made::Date("http")),
    ("uuid()", Made::Uuid),
    ("uuidv4()", Made::Uuid),
    ("uuid.v4()", Made::Uuid),
    ("require('uuid').v4()", Made::Uuid),
    ("crypto.randomUUID()", Made::Uuid),
];

/// How chains begin that lead to a part of the answer, or to a variable.
#[derive(Debug, Clone, Copy)]
enum Origin {
    Json,
    Is(&'static Subject),
    /// Named by the argument of the call, or by the next step.
    Header,
    Cookie,
    Variable,
}

const ORIGINS: [(&str, Origin); 32] = [
    ("pm.response.json()", Origin::Json),
    ("JSON.parse()", Origin::Json),
    ("response.body", Origin::Json),
    ("pm.response.text()", Origin::Is(&Subject::Text)),
    ("responseBody", Origin::Is(&Subject::Text)),
    ("pm.response.code", Origin::Is(&Subject::Status)),
    ("responseCode.code", Origin::Is(&Subject::Status)),
    ("response.status", Origin::Is(&Subject::Status)),
    ("pm.response.status", Origin::Is(&Subject::Reason)),
    ("responseCode.name", Origin::Is(&Subject::Reason)),
    ("pm.response.responseTime", Origin::Is(&Subject::Duration)),
    ("responseTime", Origin::Is(&Subject::Duration)),
    ("pm.response.responseSize", Origin::Is(&Subject::Size)),
    ("pm.response.headers.get()", Origin::Header),
    ("postman.getResponseHeader()", Origin::Header),
    ("response.headers.valueOf()", Origin::Header),
    ("responseHeaders", Origin::Header),
    ("response.contentType.mimeType", Origin::Is(&Subject::MediaType)),
    ("pm.cookies.get()", Origin::Cookie),
    ("pm.environment.get()", Origin::Variable),
    ("pm.collectionVariables.get()", Origin::Variable),
    ("pm.globals.get()", Origin::Variable),
    ("pm.variables.get()", Origin::Variable),
    ("pm.iterationData.get()", Origin::Variable),
    ("postman.getEnvironmentVariable()", Origin::Variable),
    ("postman.getGlobalVariable()", Origin::Variable),
    ("client.global.get()", Origin::Variable),
    ("request.variables.get()", Origin::Variable),
    ("environment", Origin::Variable),
    ("globals", Origin::Variable),
    ("data", Origin::Variable),
    ("iteration", Origin::Variable),
];

/// Names that have been given to values.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: HashMap<String, Value>,
}

impl Scope {
    /// Gives a name to a value; none takes it from what was called so before.
    pub fn set(&mut self, name: &str, value: Option<Value>) {
        match value {
            Some(value) => self.names.insert(name.to_owned(), value),
            None => self.names.remove(name),
        };
    }

    /// What an expression stands for, if that can be told.
    pub fn value(&self, part: Part<'_, '_>) -> Option<Value> {
        self.value_at(part, 0)
    }

    fn value_at(&self, part: Part<'_, '_>, depth: usize) -> Option<Value> {
        let first = part.first().filter(|_| depth < DEEPEST)?;
        if let Some(made) = made(part) {
            return Some(Value::Made(made));
        }
        if first.is("await") {
            return self.value_at(&part[1..], depth + 1);
        }
        if first.is("typeof") {
            return match self.value_at(&part[1..], depth + 1)? {
                Value::Subject(subject) => Some(Value::TypeOf(subject)),
                _ => None,
            };
        }
        let summands = between(part, "+");
        if summands.len() > 1 {
            let summands = summands.iter().map(|one| self.value_at(one, depth + 1)).collect::<Option<Vec<_>>>()?;
            return joined(&summands);
        }
        match (part, first.kind) {
            ([only], Kind::Filled) => return self.filled(only.text, depth),
            ([only], Kind::Text) => return Some(Value::Literal(unquoted(only.text).into())),
            ([only], Kind::Number) => return number(only.text).map(Value::Literal),
            ([only], Kind::Pattern) => return pattern(only.text).map(Value::Pattern),
            ([sign, digits], Kind::Sign) if sign.is("-") && digits.kind == Kind::Number => {
                return number(&format!("-{}", digits.text)).map(Value::Literal);
            }
            _ => {}
        }
        if first.kind == Kind::Sign {
            let inside = part.get(1..closing(part, 0).filter(|end| end + 1 == part.len())?)?;
            return match first.text {
                "(" => self.value_at(inside, depth + 1),
                "[" => self.list(inside, depth).map(Value::Literal),
                _ => self.object(inside, depth).map(Value::Literal),
            };
        }
        let links = chain(part)?;
        match links.as_slice() {
            [Link::Name("true")] => return Some(Value::Literal(Json::Bool(true))),
            [Link::Name("false")] => return Some(Value::Literal(Json::Bool(false))),
            [Link::Name("null")] => return Some(Value::Literal(Json::Null)),
            [Link::Name("undefined")] => return Some(Value::Undefined),
            [Link::Name("require"), Link::Call(_)] => return Some(Value::Module),
            _ => {}
        }
        self.led_to(&links, depth)
    }

    /// Where a chain leads to.
    fn led_to(&self, links: &[Link<'_, '_>], depth: usize) -> Option<Value> {
        let Some(Link::Name(head)) = links.first() else { return None };
        if let Some(value) = self.names.get(*head) {
            return links[1..].iter().try_fold(value.clone(), further);
        }
        let (origin, used) = origin(links)?;
        let argument = match links.get(used - 1) {
            Some(Link::Call(arguments)) => match arguments.as_slice() {
                [only] => self.value_at(only, depth + 1),
                _ => None,
            },
            _ => None,
        };
        let (named, rest) = match (origin, argument) {
            (Origin::Json, argument) => {
                let is_parsed = matches!(links, [Link::Name("JSON"), ..]);
                if is_parsed && argument != Some(Value::Subject(Subject::Text)) {
                    return None;
                }
                (Value::Subject(Subject::Json(Vec::new())), &links[used..])
            }
            (Origin::Is(subject), _) => (Value::Subject(subject.clone()), &links[used..]),
            (_, Some(Value::Literal(Json::String(name)))) => (of(origin, name)?, &links[used..]),
            (_, Some(_)) => return None,
            (_, None) => match links.get(used)? {
                Link::Name(name) => (of(origin, (*name).to_owned())?, &links[used + 1..]),
                Link::Key(name) => (of(origin, name.clone())?, &links[used + 1..]),
                _ => return None,
            },
        };
        rest.iter().try_fold(named, further)
    }

    /// A text in backquotes: what stands in it, and between `${` and `}`.
    fn filled(&self, text: &str, depth: usize) -> Option<Value> {
        let mut rest = text.get(1..text.len() - 1)?;
        let mut parts = Vec::new();
        while let Some((before, behind)) = rest.split_once("${") {
            let inside = tokens(behind.split('}').next()?).ok()?;
            parts.push(Value::Literal(unescaped(before).into()));
            parts.push(self.value_at(&inside, depth + 1)?);
            rest = behind.split_once('}')?.1;
        }
        parts.push(Value::Literal(unescaped(rest).into()));
        joined(&parts)
    }

    fn list(&self, inside: Part<'_, '_>, depth: usize) -> Option<Json> {
        between_commas(inside)
            .into_iter()
            .map(|item| self.literal(item, depth))
            .collect::<Option<Vec<_>>>()
            .map(Json::Array)
    }

    fn object(&self, inside: Part<'_, '_>, depth: usize) -> Option<Json> {
        let mut members = Map::new();
        for member in between_commas(inside) {
            let key = member.first()?;
            let value = match member {
                [only] if only.kind == Kind::Word => self.literal(member, depth)?,
                [_, colon, value @ ..] if colon.is(":") => self.literal(value, depth)?,
                _ => return None,
            };
            let name = match key.kind {
                Kind::Text => unquoted(key.text),
                Kind::Word | Kind::Number => key.text.to_owned(),
                _ => return None,
            };
            members.insert(name, value);
        }
        Some(Json::Object(members))
    }

    fn literal(&self, part: Part<'_, '_>, depth: usize) -> Option<Json> {
        match self.value_at(part, depth + 1)? {
            Value::Literal(json) => Some(json),
            _ => None,
        }
    }
}

/// Texts put together; of numbers only the sum would be meant.
fn joined(parts: &[Value]) -> Option<Value> {
    let is_text = |part: &Value| matches!(part, Value::Literal(Json::String(_)));
    if !parts.iter().any(is_text) {
        return None;
    }
    let mut text = String::new();
    let mut query = Vec::new();
    for part in parts {
        match part {
            Value::Literal(Json::String(one)) if one.is_empty() => {}
            Value::Literal(json @ (Json::String(_) | Json::Number(_))) => {
                let one = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
                text.push_str(&one);
                query.push(format!("`{}`", Json::from(one).to_string().replace('`', "\\`")));
            }
            Value::Subject(Subject::Json(steps)) => query.push(format!("to_string({})", jmespath(steps))),
            _ => return None,
        }
    }
    if parts.iter().all(|part| matches!(part, Value::Literal(_))) {
        return Some(Value::Literal(text.into()));
    }
    Some(Value::Subject(Subject::Joined(format!("join('', [{}])", query.join(", ")))))
}

/// What the whole expression makes; longer ones make nothing.
fn made(part: Part<'_, '_>) -> Option<Made> {
    if part.len() > 12 {
        return None;
    }
    let written: String = part.iter().map(|token| token.text).collect();
    let written = written.replace('"', "'");
    MAKERS.iter().find(|(maker, _)| *maker == written).map(|(_, made)| *made)
}

/// The longest beginning that leads somewhere, and of how many links it is.
fn origin(links: &[Link<'_, '_>]) -> Option<(Origin, usize)> {
    let mut written = String::new();
    let mut found = None;
    for (at, link) in links.iter().enumerate().take(5) {
        match link {
            Link::Name(name) if at == 0 => written.push_str(name),
            Link::Name(name) => {
                written.push('.');
                written.push_str(name);
            }
            Link::Call(_) => written.push_str("()"),
            _ => break,
        }
        if let Some((_, origin)) = ORIGINS.iter().find(|(beginning, _)| *beginning == written) {
            found = Some((*origin, at + 1));
        }
    }
    found
}

fn of(origin: Origin, name: String) -> Option<Value> {
    Some(match origin {
        Origin::Header => Value::Subject(Subject::Header(name)),
        Origin::Cookie => Value::Subject(Subject::Cookie(name)),
        Origin::Variable => Value::Variable(name),
        Origin::Json | Origin::Is(_) => return None,
    })
}

/// One step on from a value.
pub fn further(value: Value, link: &Link<'_, '_>) -> Option<Value> {
    let Value::Subject(Subject::Json(mut steps)) = value else { return None };
    match link {
        Link::Name("length") => return Some(Value::Subject(Subject::Length(steps))),
        Link::Name(name) => steps.push(Step::Key((*name).to_owned())),
        Link::Key(name) => steps.push(Step::Key(name.clone())),
        Link::Index(index) => steps.push(Step::Index(*index)),
        Link::Call(_) => return None,
    }
    Some(Value::Subject(Subject::Json(steps)))
}

fn number(text: &str) -> Option<Json> {
    let text = text.replace('_', "");
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let number = i64::from_str_radix(hex, 16).ok()?;
        return Some(if sign.is_empty() { number.into() } else { (-number).into() });
    }
    let whole = digits.strip_suffix('.').unwrap_or(digits);
    let whole = if whole.starts_with('.') { format!("0{whole}") } else { whole.to_owned() };
    serde_json::from_str(&format!("{sign}{whole}")).ok().filter(Json::is_number)
}

/// `/a\/b/i` as Python has it: `(?i)a/b`.
fn pattern(text: &str) -> Option<String> {
    let (inside, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    // What Python has no word for.
    if inside.contains("[^]") || inside.contains("\\p{") || inside.contains("\\c") {
        return None;
    }
    let kept: String = flags.chars().filter(|flag| "ism".contains(*flag)).collect();
    let inside = inside.replace("\\/", "/").replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!");
    Some(if kept.is_empty() { inside } else { format!("(?{kept}){inside}") })
}

/// Both sides of the first comparison that stands in no bracket, and its sign.
pub fn compared<'t, 's>(part: Part<'t, 's>) -> Option<(Part<'t, 's>, &'static str, Part<'t, 's>)> {
    ["===", "!==", "==", "!=", "<=", ">=", "<", ">"].into_iter().find_map(|sign| match between(part, sign).as_slice() {
        [left, right] => Some((*left, sign, *right)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(scope: &Scope, script: &str) -> Option<Value> {
        scope.value(&tokens(script).unwrap())
    }

    #[test]
    fn expressions_stand_for_values() {
        let mut scope = Scope::default();
        for (name, script) in [("body", "pm.response.json()"), ("first", "body.items[0]"), ("n", "5")] {
            let found = value(&scope, script);
            scope.set(name, found);
        }
        let extracted = |script: &str| match value(&scope, script) {
            Some(Value::Subject(subject)) => subject.extractor().map(|(name, of)| format!("{name}: {of}")),
            Some(other) => Some(format!("{other:?}")),
            None => None,
        };
        for (script, expected) in [
            ("body.a['b c'][\"d'e\"].length_", Some("jsonpath: $.a['b c']['d\\'e'].length_")),
            ("(first.id)", Some("jsonpath: $.items[0].id")),
            ("first.tags.length", Some("jmespath: length(items[0].tags)")),
            ("JSON.parse(responseBody).x", Some("jsonpath: $.x")),
            ("JSON.parse(pm.response.text())[0]", Some("jsonpath: $[0]")),
            ("JSON.parse(other)", None),
            ("pm.response.headers.get('X-A')", Some("header: X-A")),
            ("responseHeaders['Content-Type']", Some("header: Content-Type")),
            ("pm.response.code", Some("status: ")),
            ("pm.response.responseTime", Some("duration: ")),
            ("pm.environment.get(\"a\")", Some("Variable(\"a\")")),
            ("environment.oldNonce", Some("Variable(\"oldNonce\")")),
            ("Math.floor(Date.now() / 1000)", Some("Made(Date(\"epoch\"))")),
            ("require(\"uuid\").v4()", Some("Made(Uuid)")),
            ("n", Some("Literal(Number(5))")),
            ("-1.50", Some("Literal(Number(-1.5))")),
            ("0x1f", Some("Literal(Number(31))")),
            (
                "{a: [1, 'b',], \"c d\": null, n}",
                Some("Literal(Object {\"a\": Array [Number(1), String(\"b\")], \"c d\": Null, \"n\": Number(5)})"),
            ),
            ("/a\\/b(?<c>d)/gi", Some("Pattern(\"(?i)a/b(?P<c>d)\")")),
            ("`a ${b}`", None),
            ("`a ${first.id}/${n}`", Some("jmespath: join('', [`\"a \"`, to_string(items[0].id), `\"/\"`, `\"5\"`])")),
            ("'a' + n + \"b\"", Some("Literal(String(\"a5b\"))")),
            ("'Bearer ' + body.t", Some("jmespath: join('', [`\"Bearer \"`, to_string(t)])")),
            ("n + n", None),
            ("await pm.response.json()", Some("jsonpath: $")),
            ("typeof body.a", Some("TypeOf(Json([Key(\"a\")]))")),
            ("body.items.find(x => x)", None),
            ("body.a + 1", None),
            ("unknown.x", None),
            ("pm.variables.replaceIn('{{$guid}}')", None),
            ("[1, body.a]", None),
            ("((((", None),
        ] {
            let found = extracted(script);
            assert_eq!(found.as_deref(), expected, "{script}");
        }
        let deep = format!("{}1{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(value(&scope, &deep), None);
    }
}
