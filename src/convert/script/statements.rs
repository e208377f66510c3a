//! The statements of a script, the arguments of a call, the links of a chain such as `pm.response.json().a[0]`.
//!
//! Owns: where each begins and ends. Does not: know what any of them means.

use super::tokens::unquoted;
use super::tokens::{Kind, Token};

/// A part of a script.
pub type Part<'t, 's> = &'t [Token<'s>];

/// Words that begin a statement with a block of its own.
const BLOCKS: [&str; 9] = ["if", "for", "while", "function", "try", "switch", "do", "class", "async"];

/// Where a bracket that opens at `open` is closed.
pub fn closing(part: Part<'_, '_>, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, token) in part.iter().enumerate().skip(open) {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The statements, without the semicolons that end them.
pub fn statements<'t, 's>(part: Part<'t, 's>) -> Vec<Part<'t, 's>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = part.get(at) {
        if token.is(";") {
            at += 1;
            continue;
        }
        // What closes without having been opened is passed over, as a part of what stands before it.
        let end = statement_end(part, at).max(at + 1);
        found.push(&part[at..end]);
        at = end;
    }
    found
}

fn statement_end(part: Part<'_, '_>, from: usize) -> usize {
    let first = &part[from];
    if first.kind == Kind::Word && BLOCKS.contains(&first.text) {
        block_end(part, from)
    } else if first.is("{") {
        closing(part, from).map_or(part.len(), |end| end + 1)
    } else {
        simple_end(part, from)
    }
}

/// The end of a statement without a block: a semicolon, or a line that does not go on.
fn simple_end(part: Part<'_, '_>, from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in part.iter().enumerate().skip(from) {
        if depth == 0 && at > from {
            let goes_on = continues(token) || part[at - 1].kind == Kind::Sign && !part[at - 1].closes();
            if token.is(";") || (token.is_first && !goes_on) {
                return at;
            }
        }
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            let Some(less) = depth.checked_sub(1) else { return at };
            depth = less;
        }
    }
    part.len()
}

/// Whether a line that begins so goes on with the one before.
fn continues(token: &Token<'_>) -> bool {
    token.kind == Kind::Sign && !matches!(token.text, "{" | "}" | "++" | "--" | "!")
}

/// The end of a statement with a block, `else` and `catch` included.
fn block_end(part: Part<'_, '_>, from: usize) -> usize {
    let mut at = from + 1;
    loop {
        // To the block: over the name, the condition, the parameters.
        loop {
            match part.get(at) {
                None => return part.len(),
                Some(token) if token.is("{") => {
                    at = closing(part, at).map_or(part.len(), |end| end + 1);
                    break;
                }
                Some(token) if token.is(";") => return at,
                Some(token) if token.is("(") => {
                    at = closing(part, at).map_or(part.len(), |end| end + 1);
                    // One statement without a block.
                    if part.get(at).is_some_and(|next| !next.is("{") && !next.is("=>"))
                        && !part[from].is("function")
                        && !part[from].is("async")
                    {
                        at = statement_end(part, at);
                        if part.get(at).is_some_and(|next| next.is(";"))
                            && part.get(at + 1).is_some_and(|next| next.is("else"))
                        {
                            at += 1;
                        }
                        break;
                    }
                }
                Some(token) if token.closes() => return at,
                Some(_) => at += 1,
            }
        }
        let is_more = |token: &Token<'_>| {
            token.is("else") || token.is("catch") || token.is("finally") || (token.is("while") && part[from].is("do"))
        };
        match part.get(at) {
            Some(token) if token.is("while") && is_more(token) => return simple_end(part, at),
            Some(token) if token.is("else") && !part.get(at + 1).is_some_and(|next| next.is("{") || next.is("if")) => {
                return if at + 1 < part.len() { statement_end(part, at + 1) } else { part.len() };
            }
            Some(token) if is_more(token) => at += 1,
            _ => return at,
        }
    }
}

/// Parts between commas; none of an empty part.
pub fn between_commas<'t, 's>(part: Part<'t, 's>) -> Vec<Part<'t, 's>> {
    let mut found = between(part, ",");
    if found.last().is_some_and(|last| last.is_empty()) {
        found.pop();
    }
    found
}

/// Parts between a sign that stands in no bracket.
pub fn between<'t, 's>(part: Part<'t, 's>, sign: &str) -> Vec<Part<'t, 's>> {
    let mut found = Vec::new();
    let (mut depth, mut from) = (0_usize, 0);
    for (at, token) in part.iter().enumerate() {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is(sign) {
            found.push(&part[from..at]);
            from = at + 1;
        }
    }
    found.push(&part[from..]);
    found
}

/// A step of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link<'t, 's> {
    /// `.name`, or the name that it begins with.
    Name(&'s str),
    /// `["name"]`.
    Key(String),
    /// `[0]`.
    Index(u64),
    /// `(…)`.
    Call(Vec<Part<'t, 's>>),
}

/// The links of a part that is one chain: `a.b[0]["c"](d)`.
pub fn chain<'t, 's>(part: Part<'t, 's>) -> Option<Vec<Link<'t, 's>>> {
    let first = part.first().filter(|first| first.kind == Kind::Word)?;
    let mut links = vec![Link::Name(first.text)];
    let mut at = 1;
    while let Some(token) = part.get(at) {
        match token.text {
            "." | "?." if token.kind == Kind::Sign => {
                let next = part.get(at + 1)?;
                if token.text == "?." && next.opens() {
                    at += 1;
                    continue;
                }
                links.push(Link::Name(Some(next).filter(|next| next.kind == Kind::Word)?.text));
                at += 2;
            }
            "[" if token.kind == Kind::Sign => {
                let end = closing(part, at)?;
                let [inside] = &part[at + 1..end] else { return None };
                links.push(match inside.kind {
                    Kind::Text => Link::Key(unquoted(inside.text)),
                    Kind::Number => Link::Index(inside.text.parse().ok()?),
                    _ => return None,
                });
                at = end + 1;
            }
            "(" if token.kind == Kind::Sign => {
                let end = closing(part, at)?;
                links.push(Link::Call(between_commas(&part[at + 1..end])));
                at = end + 1;
            }
            _ => return None,
        }
    }
    Some(links)
}

/// The statements of a function that is written out: `function () {…}`, `() => {…}`, `() => …`.
pub fn body<'t, 's>(function: Part<'t, 's>) -> Option<Vec<Part<'t, 's>>> {
    let arrow = between(function, "=>");
    let after = match arrow.as_slice() {
        [_, ..] if arrow.len() > 1 => &function[arrow[0].len() + 1..],
        _ if function.first()?.is("function") || function.first()?.is("async") => {
            let open = function.iter().position(|token| token.is("{"))?;
            &function[open..]
        }
        _ => return None,
    };
    if after.first()?.is("{") {
        let end = closing(after, 0)?;
        return (end + 1 == after.len()).then(|| statements(&after[1..end]));
    }
    Some(vec![after])
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokens;
    use super::*;

    fn split(script: &str) -> Vec<String> {
        let tokens = tokens(script).unwrap();
        statements(&tokens).iter().map(|part| written(part)).collect()
    }

    fn written(part: Part<'_, '_>) -> String {
        part.iter().map(|token| token.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn statements_end_where_they_end() {
        for (script, expected) in [
            ("a(); b()", vec!["a ( )", "b ( )"]),
            ("a()\nb()", vec!["a ( )", "b ( )"]),
            ("pm\n .expect(x)\n .to.be.ok\nb", vec!["pm . expect ( x ) . to . be . ok", "b"]),
            ("x =\n 1\ny", vec!["x = 1", "y"]),
            ("f(function () {\n a;\n b\n}); c", vec!["f ( function ( ) { a ; b } )", "c"]),
            (
                "if (a) { b; } else if (c) { d } else { e } f",
                vec!["if ( a ) { b ; } else if ( c ) { d } else { e }", "f"],
            ),
            ("if (a) b(); c()", vec!["if ( a ) b ( )", "c ( )"]),
            ("if (a)\n  b();\nelse\n  c();\nd", vec!["if ( a ) b ( ) ; else c ( )", "d"]),
            ("for (let i = 0; i < 3; i++) { a } b", vec!["for ( let i = 0 ; i < 3 ; i ++ ) { a }", "b"]),
            ("function f(a) { b } c", vec!["function f ( a ) { b }", "c"]),
            ("try { a } catch (e) { b } finally { c } d", vec!["try { a } catch ( e ) { b } finally { c }", "d"]),
            ("do { a } while (b); c", vec!["do { a } while ( b )", "c"]),
            ("{ a; b } c", vec!["{ a ; b }", "c"]),
            ("a ) b", vec!["a", ")", "b"]),
            ("a(((", vec!["a ( ( ("]),
            (";;", vec![]),
        ] {
            assert_eq!(split(script), expected, "{script}");
        }
    }

    #[test]
    fn chains_have_links() {
        let all = tokens("pm.response.json().a[0]['b c']?.[1](x, [1, 2])").unwrap();
        let links = chain(&all).unwrap();
        assert_eq!(links.len(), 9);
        assert_eq!(links[4], Link::Name("a"));
        assert_eq!(links[5], Link::Index(0));
        assert_eq!(links[6], Link::Key("b c".to_owned()));
        assert_eq!(links[7], Link::Index(1));
        assert!(matches!(&links[8], Link::Call(arguments) if arguments.len() == 2));
        for script in ["a + b", "a[i]", "1", "a.", "a(", ""] {
            assert_eq!(chain(&tokens(script).unwrap()), None, "{script}");
        }
    }

    #[test]
    fn functions_have_bodies() {
        for (script, expected) in [
            ("function () { a; b }", Some(2)),
            ("async function x(done) { a }", Some(1)),
            ("() => { a; b; c }", Some(3)),
            ("async (x) => a.b()", Some(1)),
            ("x", None),
            ("function x", None),
        ] {
            assert_eq!(body(&tokens(script).unwrap()).map(|found| found.len()), expected, "{script}");
        }
    }
}
