//! Scripts of collections and of `.http` files, as far as they are statements that a suite has keys for.
//!
//! Owns: the table of statements. Does not: run JavaScript; what is not in the table is handed back as it is written.

mod chai;
mod claims;
mod comparisons;
mod hidden;
mod statements;
mod subject;
mod tokens;
mod values;

use serde_json::{Value as Json, json};

pub use hidden::without_secrets;
pub use subject::{Step, json_path};
pub use values::Made;

use statements::{Link, Part, between, between_commas, body, chain, closing, statements};
use tokens::Kind;
use values::{Scope, Value, further};

/// Functions are not looked into deeper than this.
const DEEPEST: usize = 8;

/// When a script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the request is sent.
    Before,
    /// When the answer is there.
    After,
}

/// What a statement becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// The statuses that are expected.
    Status(Vec<u16>),
    /// A validator. `{variable: NAME}` under `expected` has the name of the source.
    Check(Json),
    /// A variable that is taken from the answer.
    Extract {
        /// As the source calls it.
        name: String,
        /// The extractor.
        extractor: Json,
    },
    /// A variable that is set before the request.
    Bind {
        /// As the source calls it.
        name: String,
        /// Its value.
        value: Json,
    },
    /// A variable that is set when the answer is there, to a value that does not depend on it.
    BindBehind {
        /// As the source calls it.
        name: String,
        /// Its value.
        value: Json,
    },
    /// A variable that a generator makes before the request.
    Generate {
        /// As the source calls it.
        name: String,
        /// What is made.
        made: Made,
    },
    /// A statement that has no counterpart.
    Lost(Lost),
}

/// A statement that is not translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Its line in the script, from 1.
    pub line: u32,
    /// As it is written.
    pub text: String,
    /// Why, where there is more to say than that it is JavaScript.
    pub why: &'static str,
}

/// Chains that set a variable: the first argument is its name, the second its value.
const SETTERS: [&str; 8] = [
    "pm.environment.set()",
    "pm.collectionVariables.set()",
    "pm.globals.set()",
    "pm.variables.set()",
    "postman.setEnvironmentVariable()",
    "postman.setGlobalVariable()",
    "client.global.set()",
    "request.variables.set()",
];

/// Chains that wrap claims in a function: the second argument.
const WRAPPERS: [&str; 3] = ["pm.test()", "client.test()", "it()"];

/// Chains that take a condition.
const CONDITIONS: [&str; 3] = ["client.assert()", "pm.assert()", "assert()"];

/// Chains that only print.
const PRINTERS: [&str; 6] =
    ["console.log()", "console.info()", "console.warn()", "console.error()", "console.debug()", "client.log()"];

/// What a script becomes, statement by statement.
pub fn translated(script: &str, moment: Moment) -> Vec<Effect> {
    let tokens = match tokens::tokens(script) {
        Ok(tokens) => tokens,
        Err(line) => {
            let text = script.trim().to_owned();
            return vec![Effect::Lost(Lost { line, text, why: "a text, comment or pattern in it does not end" })];
        }
    };
    let mut reader = Reader { script, moment, scope: Scope::default(), effects: Vec::new() };
    for statement in statements(&tokens) {
        reader.statement(statement, 0);
    }
    reader.effects
}

struct Reader<'s> {
    script: &'s str,
    moment: Moment,
    scope: Scope,
    effects: Vec<Effect>,
}

impl Reader<'_> {
    fn statement(&mut self, part: Part<'_, '_>, depth: usize) {
        if self.read(part, depth).is_none() {
            self.lose(part, "");
        }
    }

    fn lose(&mut self, part: Part<'_, '_>, why: &'static str) {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { return };
        let text = self.script[first.at..last.at + last.text.len()].to_owned();
        self.effects.push(Effect::Lost(Lost { line: first.line, text, why }));
    }

    /// Nothing where the statement is not in the table.
    fn read(&mut self, part: Part<'_, '_>, depth: usize) -> Option<()> {
        let first = part.first().filter(|_| depth < DEEPEST)?;
        match first.kind {
            // "use strict"
            Kind::Text if part.len() == 1 => return Some(()),
            Kind::Word if matches!(first.text, "var" | "let" | "const") => return self.declare(&part[1..]),
            Kind::Word if first.text == "await" => return self.read(&part[1..], depth + 1),
            Kind::Word => {}
            _ => return None,
        }
        if let [target @ .., sign, _] = part
            && (sign.is("++") || sign.is("--"))
            && !target.is_empty()
        {
            return None;
        }
        if let [target, value] = between(part, "=").as_slice() {
            return self.assign(target, value);
        }
        let links = chain(part)?;
        let written = signature(&links);
        let is = |table: &[&str]| table.contains(&written.as_str());
        if is(&PRINTERS) {
            return Some(());
        }
        let arguments = match links.last() {
            Some(Link::Call(arguments)) => arguments.as_slice(),
            _ => &[],
        };
        if is(&WRAPPERS) {
            for statement in body(arguments.get(1)?)? {
                self.statement(statement, depth + 1);
            }
            return Some(());
        }
        if is(&SETTERS) {
            return self.set(arguments);
        }
        let is_end = matches!(arguments, [only] if self.scope.value(only) == Some(Value::Literal(Json::Null)));
        if written.ends_with("setNextRequest()") && is_end {
            self.lose(part, "the run ends here; stop_on_failure: true ends one that has failed");
            return Some(());
        }
        let found = self.claims(&links, &written, arguments)?;
        self.effects.extend(found);
        Some(())
    }

    fn claims(&self, links: &[Link<'_, '_>], written: &str, arguments: &[Part<'_, '_>]) -> Option<Vec<Effect>> {
        if self.moment == Moment::Before {
            return None;
        }
        if CONDITIONS.contains(&written) {
            return claims::condition(&self.scope, arguments.first()?);
        }
        if written.starts_with("pm.response.to.") {
            return claims::response(&self.scope, &links[3..]);
        }
        let ([Link::Name("pm"), Link::Name("expect"), Link::Call(arguments), rest @ ..]
        | [Link::Name("expect"), Link::Call(arguments), rest @ ..]) = links
        else {
            return None;
        };
        let subject = arguments.first()?;
        if let ([Link::Name("pm"), Link::Name("response")], [Link::Name("to"), rest @ ..]) =
            (chain(subject).unwrap_or_default().as_slice(), rest)
        {
            return claims::response(&self.scope, rest);
        }
        if let Some(value) = self.scope.value(subject) {
            return chai::expected(&self.scope, value, rest);
        }
        // `pm.expect(a === b).to.be.true`
        let words: Vec<&str> = rest.iter().map(|link| if let Link::Name(name) = link { *name } else { "()" }).collect();
        let is_true = matches!(words.as_slice(), ["to", "be", "true"] | ["to", "be", "true", "()"])
            || matches!(rest, [.., Link::Name("equal" | "eql" | "equals"), Link::Call(of)]
                if !words.contains(&"not")
                    && of.first().and_then(|part| self.scope.value(part)) == Some(Value::Literal(true.into())));
        if is_true { claims::condition(&self.scope, subject) } else { None }
    }

    /// `const a = …, b = …`
    fn declare(&mut self, part: Part<'_, '_>) -> Option<()> {
        let mut values = Vec::new();
        for one in between_commas(part) {
            match one {
                [name] if name.kind == Kind::Word => values.push((name.text, None)),
                [name, sign, value @ ..] if name.kind == Kind::Word && sign.is("=") => {
                    let Some(value) = self.scope.value(value) else {
                        // What it was called before is no longer meant.
                        self.scope.set(name.text, None);
                        return None;
                    };
                    values.push((name.text, Some(value)));
                }
                [brace, ..] if brace.is("{") => {
                    let end = closing(one, 0)?;
                    let ([sign, value @ ..], members) = (&one[end + 1..], &one[1..end]) else { return None };
                    let value = self.scope.value(value).filter(|_| sign.is("="))?;
                    for member in between_commas(members) {
                        let (key, name) = match member {
                            [key] => (key, key),
                            [key, colon, name] if colon.is(":") => (key, name),
                            _ => return None,
                        };
                        let is_plain = key.kind == Kind::Word && name.kind == Kind::Word;
                        let found = further(value.clone(), &Link::Name(key.text)).filter(|_| is_plain)?;
                        values.push((name.text, Some(found)));
                    }
                }
                _ => return None,
            }
        }
        for (name, value) in values {
            self.scope.set(name, value);
        }
        Some(())
    }

    /// `tests["x"] = …`, `a = …`
    fn assign(&mut self, target: Part<'_, '_>, value: Part<'_, '_>) -> Option<()> {
        if let [name] = target {
            let found = self.scope.value(value);
            self.scope.set(name.text, found.clone());
            return found.map(|_| ());
        }
        match (target.first(), self.moment) {
            (Some(first), Moment::After) if first.is("tests") => {
                let found = claims::condition(&self.scope, value)?;
                self.effects.extend(found);
                Some(())
            }
            _ => None,
        }
    }

    fn set(&mut self, arguments: &[Part<'_, '_>]) -> Option<()> {
        let [name, value] = arguments else { return None };
        let Value::Literal(Json::String(name)) = self.scope.value(name)? else { return None };
        let effect = match (self.moment, self.scope.value(value)?) {
            (Moment::After, Value::Subject(subject)) => {
                let (kind, of) = subject.extractor()?;
                Effect::Extract { name, extractor: json!({ kind: of }) }
            }
            (Moment::Before, Value::Literal(value)) if !value.is_null() => Effect::Bind { name, value },
            (Moment::Before, Value::Made(made)) => Effect::Generate { name, made },
            (Moment::After, Value::Literal(value)) if !value.is_null() => Effect::BindBehind { name, value },
            _ => return None,
        };
        self.effects.push(effect);
        Some(())
    }
}

/// `pm.expect().to.be.a()`
fn signature(links: &[Link<'_, '_>]) -> String {
    let mut written = String::new();
    for (at, link) in links.iter().enumerate() {
        match link {
            Link::Name(name) => {
                written.push_str(if at > 0 { "." } else { "" });
                written.push_str(name);
            }
            Link::Call(_) => written.push_str("()"),
            Link::Key(_) | Link::Index(_) => written.push_str("[]"),
        }
    }
    written
}

#[cfg(test)]
mod tests;
