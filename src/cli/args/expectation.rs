//! `--that 'EXTRACTOR ARGUMENT COMPARATOR EXPECTED'`: an assertion on one line.
//!
//! Owns: splitting it like a shell's words, which names there are, what is expected. Does not: judge anything.

use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::extract::{extractor_names, is_extractor};
use crate::judge::validate::{Comparator, ValueTest, comparator_names, test_names};
use crate::suite::document;

/// How it is written.
const FORM: &str = "EXTRACTOR ARGUMENT COMPARATOR EXPECTED, such as 'jsonpath_mini status eq ok'";

/// An assertion, understood as far as its names.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The line as written.
    pub written: String,
    /// The extractor's name.
    pub extractor: String,
    /// What it is asked for; empty where it asks for nothing.
    pub argument: String,
    /// What is to hold.
    pub holds: Holds,
}

/// What is to hold for what was taken out of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// A comparison; without a value where the comparator knows it by itself.
    Compares(String, Option<Expected>),
    /// A test of one value, `exists`.
    Passes(String),
}

/// What is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// YAML that is no text, on one line.
    Yaml(String),
    /// Text.
    Text(String),
}

impl Expectation {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    pub fn parse(line: &str) -> Result<Expectation, String> {
        let mut rest = line;
        let mut word = |what: &str| match next_word(rest)? {
            Some((word, after)) => {
                rest = after;
                Ok(word)
            }
            None => Err(format!("must be {FORM}; \"{line}\" has no {what}")),
        };
        let extractor = word("EXTRACTOR")?;
        if !is_extractor(&extractor.to_lowercase()) {
            let names = extractor_names();
            let meant = did_you_mean(&extractor, names.iter().map(String::as_str));
            return Err(format!("names an unknown extractor \"{extractor}\"{meant}; one of {}", names.join(", ")));
        }
        let argument = word("ARGUMENT ('' is an empty one)")?;
        let name = word("COMPARATOR")?;
        let rest = rest.trim();
        let holds = match Comparator::by_name(&name) {
            Some(comparator) => {
                let expected = if rest.is_empty() { None } else { Some(expected(rest)) };
                if expected.is_none() && comparator.expected_by_itself().is_none() {
                    return Err(format!("must be {FORM}; \"{line}\" has no EXPECTED ('' is an empty text)"));
                }
                Holds::Compares(name, expected)
            }
            None if ValueTest::by_name(&name).is_some() && rest.is_empty() => Holds::Passes(name),
            None if ValueTest::by_name(&name).is_some() => {
                return Err(format!("has \"{rest}\" behind {name}, which compares with nothing; leave it out"));
            }
            None => return Err(unknown_comparator(&name, &extractor, &argument)),
        };
        Ok(Expectation { written: line.to_owned(), extractor, argument, holds })
    }
}

/// Whoever leaves the argument out has a comparator in its place.
fn unknown_comparator(name: &str, extractor: &str, argument: &str) -> String {
    if Comparator::by_name(argument).is_some() {
        return format!(
            "has the comparator {argument} where the argument of {extractor} belongs; write '' for an empty one: {extractor} '' {argument} {name}"
        );
    }
    let names = comparator_names();
    let tests = test_names();
    let meant = did_you_mean(name, names.iter().chain(&tests).map(String::as_str));
    format!("names an unknown comparator \"{name}\"{meant}; one of {}, or {}", names.join(", "), tests.join(", "))
}

/// What the rest of a line expects: a scalar as YAML reads it, a list or a mapping in brackets; all else is text.
fn expected(rest: &str) -> Expected {
    let is_text = rest.starts_with(['&', '*', '!', '|', '>', '%', '@', '`', '#']) || rest.contains(['\n', '\r']);
    match document::read_value(rest) {
        Ok(Value::Str(text)) if !is_text => Expected::Text(text),
        Ok(Value::List(_)) if rest.starts_with('[') => Expected::Yaml(rest.to_owned()),
        Ok(Value::Dict(_)) if rest.starts_with('{') => Expected::Yaml(rest.to_owned()),
        Ok(Value::Null | Value::Bool(_) | Value::Int(_) | Value::Huge(_) | Value::Float(_) | Value::Date(_))
            if !is_text =>
        {
            Expected::Yaml(rest.to_owned())
        }
        _ => Expected::Text(rest.to_owned()),
    }
}

/// The next word as a shell reads it, and what is behind it; nothing at the end.
fn next_word(text: &str) -> Result<Option<(String, &str)>, String> {
    let text = text.trim_start();
    if text.is_empty() {
        return Ok(None);
    }
    let mut word = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            letter if letter.is_whitespace() => return Ok(Some((word, &text[at..]))),
            '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
            '\'' | '"' => loop {
                match letters.next() {
                    Some((_, end)) if end == letter => break,
                    Some((_, '\\')) if letter == '"' => match letters.next() {
                        Some((_, next @ ('"' | '\\'))) => word.push(next),
                        Some((_, next)) => word.extend(['\\', next]),
                        None => {}
                    },
                    Some((_, inside)) => word.push(inside),
                    None => return Err(format!("has a quote {letter} that is not closed: {text}")),
                }
            },
            letter => word.push(letter),
        }
    }
    Ok(Some((word, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(line: &str) -> (String, String, String, Option<Expected>) {
        let read = Expectation::parse(line).unwrap();
        match read.holds {
            Holds::Compares(name, expected) => (read.extractor, read.argument, name, expected),
            Holds::Passes(name) => (read.extractor, read.argument, name, None),
        }
    }

    #[test]
    fn a_line_is_split_like_a_shells_words() {
        let text = |text: &str| Some(Expected::Text(text.to_owned()));
        let yaml = |text: &str| Some(Expected::Yaml(text.to_owned()));
        for (line, extractor, argument, comparator, expected) in [
            ("jsonpath_mini status eq ok", "jsonpath_mini", "status", "eq", text("ok")),
            ("  raw_body  ''   contains  a  b ", "raw_body", "", "contains", text("a  b")),
            ("header \"Content-Type\" contains json", "header", "Content-Type", "contains", text("json")),
            ("jsonpath '$.a[?@.b == \"c d\"].e' eq 5", "jsonpath", "$.a[?@.b == \"c d\"].e", "eq", yaml("5")),
            ("jsonpath_mini a\\ b eq true", "jsonpath_mini", "a b", "eq", yaml("true")),
            ("jsonpath_mini \"a\\\"b\\x\" eq '5'", "jsonpath_mini", "a\"b\\x", "eq", text("5")),
            ("jsonpath_mini a eq \"it's\"", "jsonpath_mini", "a", "eq", text("it's")),
            ("jsonpath_mini a eq null", "jsonpath_mini", "a", "eq", yaml("null")),
            ("jsonpath_mini a eq 1.5", "jsonpath_mini", "a", "eq", yaml("1.5")),
            ("jsonpath_mini a eq ''", "jsonpath_mini", "a", "eq", text("")),
            ("jsonpath_mini a eq b: c", "jsonpath_mini", "a", "eq", text("b: c")),
            ("jsonpath_mini a eq - c", "jsonpath_mini", "a", "eq", text("- c")),
            ("jsonpath_mini a eq #fff", "jsonpath_mini", "a", "eq", text("#fff")),
            ("jsonpath_mini a eq *x", "jsonpath_mini", "a", "eq", text("*x")),
            ("jsonpath_mini a eq [1", "jsonpath_mini", "a", "eq", text("[1")),
            ("jsonpath_mini a one_of [1, b]", "jsonpath_mini", "a", "one_of", yaml("[1, b]")),
            ("jsonpath_mini a regex ^x|y$", "jsonpath_mini", "a", "regex", text("^x|y$")),
            ("jsonpath_mini a is_empty", "jsonpath_mini", "a", "is_empty", None),
            ("jsonpath_mini a exists", "jsonpath_mini", "a", "exists", None),
        ] {
            let expected = (extractor.to_owned(), argument.to_owned(), comparator.to_owned(), expected);
            assert_eq!(compared(line), expected, "{line}");
        }
        assert!(matches!(Expectation::parse("jsonpath_mini a exists").unwrap().holds, Holds::Passes(_)));
    }

    #[test]
    fn what_is_wrong_says_what_is_allowed() {
        for (line, part) in [
            ("", "has no EXTRACTOR"),
            ("jsonpath_mini", "has no ARGUMENT ('' is an empty one)"),
            ("jsonpath_mini a", "has no COMPARATOR"),
            ("jsonpath_mini a eq", "has no EXPECTED"),
            ("jsonpth a eq 1", "unknown extractor \"jsonpth\"; did you mean \"jsonpath\"?; one of "),
            ("jsonpath_mini a eqq 1", "unknown comparator \"eqq\"; did you mean \"eq\"?; one of "),
            ("raw_body contains x", "write '' for an empty one: raw_body '' contains x"),
            ("jsonpath_mini a exists 1", "has \"1\" behind exists"),
            ("jsonpath_mini 'a eq 1", "has a quote ' that is not closed"),
        ] {
            let message = Expectation::parse(line).unwrap_err();
            assert!(message.contains(part), "{line}: {message}");
        }
    }
}
