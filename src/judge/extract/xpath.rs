//! `xpath`: expressions of XPath 1.0 on XML.
//!
//! Owns: the prefixes that an expression may use, what a result is as a value. Does not: read XML or XPath (the package
//! does, within bounds on nesting, on what entities grow to, and on visits of nodes); know HTML.

use std::collections::BTreeMap;

use uppsala::{XPathEvaluator, XPathValue};

use super::ExtractError;
use crate::ground::value::Value;

/// Visits of nodes that an expression may take: an answer of megabytes needs many.
const MOST_VISITS: usize = 20_000_000;

/// Why an expression can be no good for any document.
pub fn mistake(expression: &str) -> Option<String> {
    let mut document = uppsala::parse("<a/>").ok()?;
    document.prepare_xpath();
    let mut evaluator = XPathEvaluator::new();
    for prefix in prefixes(expression) {
        evaluator.add_namespace(prefix, "urn:any");
    }
    let error = evaluator.evaluate(&document, document.root(), expression).err()?;
    Some(wrong(expression, &error.to_string()))
}

fn wrong(expression: &str, reason: &str) -> String {
    format!("the XPath expression \"{expression}\" cannot be used: {reason}")
}

/// What an expression finds in a text: one node is its text, several are a list; numbers, texts and booleans are what
/// they are.
pub fn find(expression: &str, text: &str, all: bool) -> Result<Value, ExtractError> {
    let parsed = uppsala::parse(text.trim_start_matches('\u{feff}'));
    let mut document = parsed.map_err(|error| ExtractError::Failed(format!("the text is not XML: {error}")))?;
    document.prepare_xpath();
    let mut evaluator = XPathEvaluator::new().with_max_node_visits(MOST_VISITS);
    for (prefix, name) in declared(text) {
        evaluator.add_namespace(prefix, name);
    }
    let found = evaluator
        .evaluate(&document, document.root(), expression)
        .map_err(|error| ExtractError::Misused(wrong(expression, &error.to_string())))?;
    Ok(match found {
        XPathValue::NodeSet(nodes) => {
            let text = |node| Value::Str(XPathValue::NodeSet(vec![node]).to_string_value(&document));
            let mut texts: Vec<Value> = nodes.into_iter().map(text).collect();
            match texts.len() {
                _ if all => Value::List(texts),
                0 => return Err(ExtractError::Missing("nothing is there".to_owned())),
                1 => texts.remove(0),
                _ => Value::List(texts),
            }
        }
        XPathValue::Boolean(flag) => Value::Bool(flag),
        // XPath has one kind of number; a whole one is written without a point.
        XPathValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::Int(number as i128),
        XPathValue::Number(number) => Value::Float(number),
        XPathValue::String(text) => Value::Str(text),
    })
}

/// The prefixes that an expression uses.
fn prefixes(expression: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let colons = expression.match_indices(':');
    colons
        .filter(|(at, _)| !expression[at + 1..].starts_with(':') && !expression[..*at].ends_with(':'))
        .map(|(at, _)| {
            let from = expression[..at]
                .rfind(|c| !is_name(c))
                .map_or(0, |before| before + expression[before..].chars().next().map_or(0, char::len_utf8));
            &expression[from..at]
        })
        .filter(|prefix| !prefix.is_empty())
        .collect()
}

/// The namespaces that a document declares, by prefix: of one that is declared again the first holds. The default one,
/// which no expression can name, is `_`.
fn declared(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (at, _) in text.match_indices("xmlns") {
        let rest = &text[at + "xmlns".len()..];
        let Some((name, rest)) = rest.split_once('=') else { continue };
        let prefix = match name.trim_end() {
            "" => "_",
            name => name.strip_prefix(':').unwrap_or(""),
        };
        let rest = rest.trim_start();
        let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        if let Some((uri, _)) = rest[1..].split_once(quote).filter(|_| !prefix.is_empty() && prefix.len() < 100) {
            found.entry(prefix.to_owned()).or_insert_with(|| uri.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = r#"<?xml version="1.0"?><shop xmlns="urn:s" xmlns:p="urn:p" open="yes">
        <p:item id="1">Tea &amp; more</p:item><p:item id="2"/><note>hi</note></shop>"#;

    fn shown(expression: &str, text: &str) -> String {
        match find(expression, text, false) {
            Ok(value) => value.repr(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn results_are_values() {
        for (expression, expected) in [
            ("//p:item[1]", "'Tea & more'"),
            ("//p:item/@id", "['1', '2']"),
            ("count(//p:item)", "2"),
            ("//_:note", "'hi'"),
            ("//*[local-name()='note']", "'hi'"),
            ("string(/_:shop/@open)", "'yes'"),
            ("count(//p:item) = 2", "True"),
            ("count(//p:item) div 4", "0.5"),
            ("//nothing", "nothing is there"),
        ] {
            assert_eq!(shown(expression, XML), expected, "{expression}");
        }
        assert_eq!(find("//nothing", XML, true).unwrap().repr(), "[]");
        assert!(shown("//a", "no xml").starts_with("the text is not XML: "));
    }

    #[test]
    fn mistakes_are_known_beforehand() {
        for expression in ["//p:item", "//*[local-name()='x']", "ancestor::a:b", "1 + 1"] {
            assert_eq!(mistake(expression), None, "{expression}");
        }
        for expression in ["//a[", "", "nosuch(1)", "//a]"] {
            assert!(mistake(expression).is_some(), "{expression}");
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut bomb = "<!DOCTYPE a [<!ENTITY e0 \"xxxxxxxxxxxxxxxxxxxx\">".to_owned();
        for i in 1..30 {
            bomb.push_str(&format!("<!ENTITY e{i} \"{}\">", format!("&e{};", i - 1).repeat(10)));
        }
        bomb.push_str("]><a>&e29;</a>");
        assert!(find("//a", &bomb, false).is_err());
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(find("//a", &deep, false).is_err());
        assert!(mistake(&"(".repeat(100_000)).is_some());
    }
}
