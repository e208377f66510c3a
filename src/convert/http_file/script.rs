//! Scripts behind a request, by the patterns that they are usually made of.
//!
//! Owns: `client.assert(A === B)`, `client.global.set(NAME, VALUE)`. Does not: run JavaScript; what is no such pattern is
//! lost, with its source.

use crate::convert::made::{MadeSuite, MadeTest};
use crate::convert::yaml::Yaml;
use crate::ground::source::Location;

/// Turns a script into validators and bindings.
pub fn translate(script: &str, place: &Location, suite: &mut MadeSuite, test: &mut MadeTest) {
    let inside = script.trim().trim_start_matches("> {%").trim_end_matches("%}");
    let mut lost: Vec<&str> = Vec::new();
    for statement in statements(inside) {
        if is_frame(statement) || statement.starts_with("client.log(") || statement.starts_with("//") {
            continue;
        }
        let done = match (arguments(statement, "client.assert("), arguments(statement, "client.global.set(")) {
            (Some(arguments), _) => arguments.first().is_some_and(|condition| assert(condition, test)),
            (_, Some(arguments)) => bind(&arguments, suite, test),
            _ => false,
        };
        if !done {
            lost.push(statement);
        }
    }
    if !lost.is_empty() {
        test.lose(None, place, format!("a script: {}", lost.join("\n")));
    }
}

/// Statements, and what opens and closes functions around them.
fn statements(script: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_i32, None::<char>);
    let mut before = ' ';
    for (at, c) in script.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open && before != '\\' => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, '{') => {
                // The body of a function is read statement by statement.
                out.push(script[start..=at].trim());
                (start, depth) = (at + 1, 0);
            }
            (None, ';' | '}') => {
                out.push(script[start..=at].trim());
                (start, depth) = (at + 1, 0);
            }
            (None, '\n') if depth <= 0 => {
                out.push(script[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    out.push(script[start..].trim());
    out.retain(|statement| !statement.is_empty());
    out
}

/// What stands around assertions: `client.test("…", function() {`, `});`.
fn is_frame(statement: &str) -> bool {
    let is_test = statement.starts_with("client.test(") && statement.ends_with('{');
    is_test || statement.chars().all(|c| matches!(c, '}' | ')' | ';' | ' '))
}

/// The arguments of a call, parted at commas.
fn arguments<'s>(statement: &'s str, call: &str) -> Option<Vec<&'s str>> {
    let inside = statement.strip_prefix(call)?.trim_end_matches([';', ' ', '\n']).strip_suffix(')')?;
    let (mut parts, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_i32, None::<char>);
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(inside[start..].trim());
    Some(parts)
}

/// A condition that has a counterpart.
fn assert(condition: &str, test: &mut MadeTest) -> bool {
    for (operator, comparator) in
        [("===", "eq"), ("!==", "ne"), ("==", "eq"), ("!=", "ne"), (">=", "ge"), ("<=", "le"), (">", "gt"), ("<", "lt")]
    {
        let Some((left, right)) = condition.split_once(operator) else { continue };
        let (Some((extractor, argument)), Some(expected)) = (subject(left.trim()), literal(right.trim())) else {
            return false;
        };
        if extractor == "status" && comparator == "eq" {
            let Yaml::Word(status) = &expected else { return false };
            let Ok(status) = status.parse() else { return false };
            test.statuses = vec![status];
            test.remarks.retain(|(key, _)| *key != Some("expected_status"));
        } else {
            test.compare((extractor, &argument), comparator, expected);
        }
        return true;
    }
    if let Some((left, rest)) = condition.split_once(".hasOwnProperty(")
        && let (Some(("jsonpath", path)), Some(Yaml::Text(name))) =
            (subject(left.trim()), rest.strip_suffix(')').and_then(literal))
    {
        test.extract_test(("jsonpath", &format!("{path}.{name}")), "exists");
        return true;
    }
    match subject(condition.trim()) {
        Some((extractor, argument)) => {
            test.extract_test((extractor, &argument), "exists");
            true
        }
        None => false,
    }
}

fn bind(arguments: &[&str], suite: &mut MadeSuite, test: &mut MadeTest) -> bool {
    let [name, value] = arguments else { return false };
    let (Some(Yaml::Text(name)), Some((extractor, argument))) = (literal(name), subject(value)) else { return false };
    let name = suite.names.of(&name);
    suite.set_by_answer(&name);
    test.extract_binds.push((name, Yaml::map([(extractor, Yaml::text(argument))])));
    true
}

/// What of the answer an expression means.
fn subject(expression: &str) -> Option<(&'static str, String)> {
    if expression == "response.status" {
        return Some(("status", String::new()));
    }
    if expression == "response.contentType.mimeType" {
        return Some(("header", "Content-Type".to_owned()));
    }
    if let Some(name) = expression.strip_prefix("response.headers.valueOf(").and_then(|rest| rest.strip_suffix(')')) {
        let Some(Yaml::Text(name)) = literal(name) else { return None };
        return Some(("header", name));
    }
    let path = expression.strip_prefix("response.body")?;
    let is_path = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '[' | ']' | '"' | '\''));
    (is_path && !path.contains('(')).then(|| ("jsonpath", format!("${path}")))
}

/// A literal of JavaScript.
fn literal(text: &str) -> Option<Yaml> {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return (!inside.contains([quote, '\\'])).then(|| Yaml::text(inside));
        }
    }
    match text {
        "true" | "false" | "null" => Some(Yaml::word(text)),
        number => {
            number.parse::<f64>().ok().filter(|number| number.is_finite())?;
            Some(Yaml::Word(crate::suite::yaml_text::number(number)))
        }
    }
}
