//! `jmespath`: expressions with the results that Python's jmespath gives.
//!
//! Owns: reading an expression (the grammar is the crate's), and evaluating it on our own values.
//! Does not: use the crate's interpreter, which sorts the keys of objects and turns whole numbers
//! into floats; working on `Value` also spares a copy of the whole body for every expression.

mod absence;
mod functions;
mod interpret;
mod python_json;

use ::jmespath::ast::Ast;

use crate::ground::value::Value;

/// More nesting than anyone writes, and less than the recursive parser's stack has room for.
const DEEPEST: usize = 400;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    source: String,
    ast: Ast,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// A fragment naming the expression and what is wrong with it.
    pub fn parse(source: &str) -> Result<Expression, String> {
        let fault = |reason: &str| format!("the JMESPath expression \"{source}\" cannot be used: {reason}");
        let opening = source.bytes().filter(|b| b".[({!&|".contains(b)).count();
        if opening > DEEPEST {
            return Err(fault("it is nested too deeply"));
        }
        if source.trim().is_empty() {
            return Err(fault("it is empty"));
        }
        match ::jmespath::parse(&quote_bare_literals(source)) {
            Ok(ast) => Ok(Expression { source: source.to_owned(), ast }),
            Err(error) => Err(fault(first_line(&error.to_string()))),
        }
    }

    /// What the expression finds in a value.
    ///
    /// # Errors
    /// A function is unknown, or was given what it cannot work on.
    pub fn search(&self, root: &Value) -> Result<Value, String> {
        let found = interpret::evaluate(&self.ast, root);
        found
            .map(std::borrow::Cow::into_owned)
            .map_err(|reason| format!("the JMESPath expression \"{}\" cannot be used: {reason}", self.source))
    }

    /// Why it finds nothing in a value, where that has one reason; `None` where it finds something.
    pub fn absence(&self, root: &Value) -> Option<String> {
        absence::absence(&self.ast, root)
    }
}

/// The crate's errors show the expression again with a caret below; the message names it already.
fn first_line(error: &str) -> &str {
    error.lines().next().unwrap_or(error)
}

/// Python still takes the old way to write text, `` `abc` `` for `` `"abc"` ``; the crate does not.
fn quote_bare_literals(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find(['`', '\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        out.push_str(before);
        let quote = quoted.as_bytes().first().copied().unwrap_or(b'"');
        let Some(end) = end_of_quoted(quoted, quote) else {
            out.push_str(quoted);
            return out;
        };
        let literal = &quoted[1..end];
        if quote == b'`' && !is_json(&literal.replace("\\`", "`")) {
            out.push_str("`\"");
            out.push_str(literal.trim_start());
            out.push_str("\"`");
        } else {
            out.push_str(&quoted[..=end]);
        }
        rest = &quoted[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Where the closing quote is: the next one without a backslash before it.
fn end_of_quoted(quoted: &str, quote: u8) -> Option<usize> {
    let mut escaped = false;
    for (i, byte) in quoted.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if byte == quote => return Some(i),
            _ => {}
        }
    }
    None
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests;
