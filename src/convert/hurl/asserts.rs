//! Queries, filters and predicates of Hurl.
//!
//! Owns: which have a counterpart. Does not: know where they stand.

use crate::convert::braces;
use crate::convert::made::{MadeSuite, MadeTest};
use crate::convert::text::Text;
use crate::convert::yaml::Yaml;

/// The statuses that are registered.
const REGISTERED: [u16; 61] = [
    100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400,
    401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426,
    428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
];

/// What the asserts of an entry say of its status.
#[derive(Debug, Default)]
pub struct Asserts {
    bounds: Vec<(String, f64)>,
}

/// An extractor with its argument, and what is read of it.
type Query = (Vec<(&'static str, Yaml)>, Option<String>);

impl Asserts {
    /// The statuses that are right.
    pub fn statuses(&self, said: Option<u16>) -> Vec<u16> {
        let holds = |status: u16| {
            self.bounds.iter().all(|(predicate, bound)| match predicate.as_str() {
                "==" => f64::from(status) == *bound,
                "!=" => f64::from(status) != *bound,
                ">" => f64::from(status) > *bound,
                ">=" => f64::from(status) >= *bound,
                "<" => f64::from(status) < *bound,
                _ => f64::from(status) <= *bound,
            })
        };
        match said {
            Some(status) => vec![status],
            None => REGISTERED.into_iter().filter(|status| holds(*status)).collect(),
        }
    }

    /// Adds an assert.
    pub fn assert(&mut self, row: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Result<(), &'static str> {
        let words = words(row).ok_or("a quote is not closed")?;
        if let [query, predicate, bound] = words.as_slice()
            && query == "status"
            && matches!(predicate.as_str(), "==" | "!=" | ">" | ">=" | "<" | "<=")
        {
            let bound = bound.parse().map_err(|_| "a status is a number")?;
            self.bounds.push((predicate.clone(), bound));
            return Ok(());
        }
        let ((mut extractor, filter), rest) = query(&words, suite)?;
        let (is_not, rest) = match rest.split_first() {
            Some((first, rest)) if first == "not" => (true, rest),
            _ => (false, rest),
        };
        let Some((predicate, arguments)) = rest.split_first() else { return Err("a predicate is missing") };
        let count = filter.as_deref() == Some("count");
        if count && (is_not || predicate != "==") {
            return Err("a count is compared with == alone");
        }
        let test_name = match (predicate.as_str(), is_not) {
            ("exists", false) => Some("exists"),
            ("exists", true) => Some("not_exists"),
            _ => None,
        };
        if let Some(name) = test_name {
            extractor.push(("test", Yaml::text(name)));
            test.validators.push(Yaml::map([("extract_test", Yaml::map(extractor))]));
            return Ok(());
        }
        let of_type = match predicate.as_str() {
            "isInteger" => Some("int"),
            "isFloat" => Some("float"),
            "isBoolean" => Some("boolean"),
            "isString" => Some("string"),
            "isNumber" => Some("number"),
            "isCollection" => Some("collection"),
            "isList" => Some("list"),
            "isObject" => Some("dict"),
            _ => None,
        };
        let (comparator, expected) = match (predicate.as_str(), is_not, of_type) {
            (_, false, Some(name)) => ("type", Some(Yaml::text(name))),
            ("isEmpty", false, _) => ("is_empty", None),
            (predicate, is_not, _) => {
                let comparator = match (predicate, is_not) {
                    ("==", false) if count => "count_eq",
                    ("==", false) | ("!=", true) => "eq",
                    ("!=", false) | ("==", true) => "ne",
                    (">", false) => "gt",
                    (">=", false) => "ge",
                    ("<", false) => "lt",
                    ("<=", false) => "le",
                    ("startsWith", false) => "starts_with",
                    ("endsWith", false) => "ends_with",
                    ("contains" | "includes", false) => "contains",
                    ("contains" | "includes", true) => "not_contains",
                    ("matches", false) => "regex",
                    ("matches", true) => "not_regex",
                    _ => return Err("the predicate has no counterpart"),
                };
                let [argument] = arguments else { return Err("the predicate needs one value") };
                (comparator, Some(value(argument, suite, test)?))
            }
        };
        extractor.push(("comparator", Yaml::text(comparator)));
        extractor.extend(expected.map(|expected| ("expected", expected)));
        test.validators.push(Yaml::map([("compare", Yaml::map(extractor))]));
        Ok(())
    }
}

/// `name: QUERY [FILTER]`.
pub fn capture(row: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Result<(), &'static str> {
    let (name, rest) = row.split_once(':').ok_or("a name and a colon are missing")?;
    let words = words(rest).ok_or("a quote is not closed")?;
    let ((extractor, filter), rest) = query(&words, suite)?;
    if filter.is_some() || !rest.is_empty() {
        return Err("the filter has no counterpart in a capture");
    }
    let name = suite.names.of(name.trim());
    suite.set_by_answer(&name);
    test.extract_binds.push((name, Yaml::map(extractor)));
    Ok(())
}

/// The words of a row; those in quotes keep their first one, so that `"1"` is told from `1`.
fn words(row: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = row.trim();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' | '/' | '`' => {
                let mut is_escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, c)| {
                    let is_end = *c == first && !is_escaped;
                    is_escaped = *c == '\\' && !is_escaped;
                    is_end
                });
                end.map(|(at, _)| at + 1)?
            }
            _ => rest.find(char::is_whitespace).unwrap_or(rest.len()),
        };
        words.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    Some(words)
}

/// The text of a word in quotes.
fn quoted(word: &str) -> Option<String> {
    let inside = word.strip_prefix('"')?.strip_suffix('"')?;
    Some(super::unescaped(inside))
}

/// The query at the beginning, its filter, and the words behind.
fn query<'w>(words: &'w [String], suite: &mut MadeSuite) -> Result<(Query, &'w [String]), &'static str> {
    let Some((name, rest)) = words.split_first() else { return Err("a query is missing") };
    let takes_nothing = match name.as_str() {
        "status" => Some("status"),
        "duration" => Some("duration"),
        "url" => Some("url"),
        "sha256" => Some("sha256"),
        "body" => Some("raw_body"),
        _ => None,
    };
    let mut rest = rest;
    let mut extractor = match takes_nothing {
        Some(name) => vec![(name, Yaml::text(""))],
        None => {
            let name = match name.as_str() {
                "header" => "header",
                "cookie" => "cookie",
                "jsonpath" => "jsonpath",
                "xpath" => "xpath",
                "regex" => "regex",
                "variable" => "variable",
                "certificate" => "certificate",
                _ => return Err("the query has no counterpart"),
            };
            let (argument, behind) = rest.split_first().ok_or("the query needs an argument")?;
            rest = behind;
            let argument = match argument.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
                Some(pattern) => pattern.to_owned(),
                None => quoted(argument).ok_or("the query's argument is a text in quotes")?,
            };
            let mut text = braces::fill(&argument, &mut |inside| Some(Text::variable(suite.names.of(inside))));
            if name == "variable" {
                text = Text::from(suite.names.of(&argument));
            }
            vec![(name, text.to_yaml())]
        }
    };
    let mut filter = None;
    while let Some((word, behind)) = rest.split_first() {
        match word.as_str() {
            "count" => {
                filter = Some("count".to_owned());
                rest = behind;
            }
            "nth" => {
                let (number, behind) = behind.split_first().ok_or("nth needs a number")?;
                number.parse::<i32>().map_err(|_| "nth needs a number")?;
                if extractor.first().is_some_and(|(name, _)| *name == "jsonpath") {
                    extractor.push(("all", Yaml::word(true)));
                }
                extractor = vec![("jsonpath", Yaml::text(format!("$[{number}]"))), ("of", Yaml::map(extractor))];
                rest = behind;
            }
            "regex" => {
                let (pattern, behind) = behind.split_first().ok_or("regex needs a pattern")?;
                let slashed = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')).map(str::to_owned);
                let pattern = slashed.or_else(|| quoted(pattern)).ok_or("regex needs a pattern")?;
                extractor = vec![("regex", Yaml::text(pattern)), ("of", Yaml::map(extractor))];
                rest = behind;
            }
            "toInt" | "toFloat" | "toString" | "split" | "replace" | "replaceRegex" | "urlDecode" | "urlEncode"
            | "format" | "decode" | "daysAfterNow" | "daysBeforeNow" | "htmlEscape" | "htmlUnescape" | "toDate"
            | "jsonpath" | "xpath" | "first" | "last" | "base64Decode" | "base64Encode" => {
                return Err("the filter has no counterpart");
            }
            _ => break,
        }
    }
    Ok(((extractor, filter), rest))
}

/// A value of a predicate.
fn value(word: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Result<Yaml, &'static str> {
    if let Some(text) = quoted(word) {
        return Ok(braces::fill(&text, &mut |inside| variable(inside, suite, test)).to_yaml());
    }
    if let Some(pattern) = word.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
        return Ok(Yaml::text(pattern.replace("\\/", "/")));
    }
    if let Some(inside) = word.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
        return variable(inside.trim(), suite, test)
            .map(|text| text.to_yaml())
            .ok_or("the function has no counterpart");
    }
    match word {
        "true" | "false" | "null" => Ok(Yaml::word(word)),
        word => match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Yaml::Word(crate::suite::yaml_text::number(word))),
            _ => Err("the value has no counterpart"),
        },
    }
}

fn variable(inside: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Option<Text> {
    if let Some(made) = braces::made_up(inside, suite, test) {
        return Some(made);
    }
    (!inside.contains([' ', '('])).then(|| Text::variable(suite.names.of(inside)))
}
