//! The tokens of a JavaScript, as far as its statements must be told apart.
//!
//! Owns: where texts, comments, patterns and signs begin and end; what a text says. Does not: know what a statement is.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Word,
    /// A number.
    Number,
    /// A text in quotes, or in backquotes without anything filled in.
    Text,
    /// A text in backquotes with `${…}`.
    Filled,
    /// A regular expression.
    Pattern,
    /// Anything else: `(`, `=>`, `===`.
    Sign,
}

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'s> {
    /// What it is.
    pub kind: Kind,
    /// As it is written.
    pub text: &'s str,
    /// Where it begins, in bytes.
    pub at: usize,
    /// Its line, from 1.
    pub line: u32,
    /// Whether it is the first of its line.
    pub is_first: bool,
}

impl Token<'_> {
    /// Whether it is this sign or word.
    pub fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Sign | Kind::Word) && self.text == text
    }

    /// Whether a bracket opens here.
    pub fn opens(&self) -> bool {
        self.kind == Kind::Sign && matches!(self.text, "(" | "[" | "{")
    }

    /// Whether a bracket closes here.
    pub fn closes(&self) -> bool {
        self.kind == Kind::Sign && matches!(self.text, ")" | "]" | "}")
    }
}

/// Signs of more than one character, the longest first.
const SIGNS: [&str; 21] = [
    "===", "!==", "...", "**=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=",
    "/=", "%=", "**",
];

/// Words after which a `/` begins a pattern.
const BEFORE_PATTERNS: [&str; 5] = ["return", "typeof", "case", "in", "of"];

/// Takes a script apart.
///
/// # Errors
/// The line of a text, comment or pattern that does not end.
pub fn tokens(script: &str) -> Result<Vec<Token<'_>>, u32> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let (mut at, mut line, mut is_first) = (0, 1, true);
    while let Some(letter) = script[at..].chars().next() {
        let rest = &script[at..];
        if letter == '\n' {
            line += 1;
            is_first = true;
        }
        if letter.is_whitespace() || letter == '\u{feff}' {
            at += letter.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        if let Some(comment) = rest.strip_prefix("/*") {
            let length = comment.find("*/").ok_or(line)? + 4;
            let lines = lines_in(&rest[..length]);
            line += lines;
            is_first |= lines > 0;
            at += length;
            continue;
        }
        let begins_pattern = letter == '/' && found.last().is_none_or(goes_before_pattern);
        let (kind, length) = match letter {
            '"' | '\'' => (Kind::Text, quoted(rest, letter).ok_or(line)?),
            '`' => backquoted(rest).ok_or(line)?,
            '/' if begins_pattern => (Kind::Pattern, pattern(rest).ok_or(line)?),
            letter if is_in_word(letter) && !letter.is_ascii_digit() => {
                (Kind::Word, rest.find(|c| !is_in_word(c)).unwrap_or(rest.len()))
            }
            letter if letter.is_ascii_digit() => (Kind::Number, number(rest)),
            letter => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                (Kind::Sign, sign.map_or(letter.len_utf8(), |sign| sign.len()))
            }
        };
        let text = &rest[..length];
        found.push(Token { kind, text, at, line, is_first });
        is_first = false;
        line += lines_in(text);
        at += length;
    }
    Ok(found)
}

fn lines_in(text: &str) -> u32 {
    u32::try_from(text.bytes().filter(|byte| *byte == b'\n').count()).unwrap_or(u32::MAX)
}

fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

fn goes_before_pattern(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Sign => !matches!(token.text, ")" | "]" | "}"),
        Kind::Word => BEFORE_PATTERNS.contains(&token.text),
        _ => false,
    }
}

/// The length of a text in quotes; a line's end ends none.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' => return None,
            letter if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn backquoted(rest: &str) -> Option<(Kind, usize)> {
    let (mut is_escaped, mut depth, mut kind) = (false, 0_usize, Kind::Text);
    let bytes = rest.as_bytes();
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'{' if depth > 0 || bytes[at - 1] == b'$' => {
                kind = Kind::Filled;
                depth += 1;
            }
            b'}' => depth = depth.saturating_sub(1),
            b'`' if depth == 0 => return Some((kind, at + 1)),
            _ => {}
        }
    }
    None
}

fn pattern(rest: &str) -> Option<usize> {
    let (mut is_escaped, mut is_in_set) = (false, false);
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => is_in_set = true,
            ']' => is_in_set = false,
            '/' if !is_in_set => {
                let flags = &rest[at + 1..];
                return Some(at + 1 + flags.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(flags.len()));
            }
            _ => {}
        }
    }
    None
}

fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_part = |at: usize| match bytes.get(at) {
        Some(b'+' | b'-') => matches!(bytes[at - 1], b'e' | b'E') && !rest.starts_with("0x"),
        Some(byte) => byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'),
        None => false,
    };
    (1..).find(|at| !is_part(*at)).unwrap_or(1)
}

/// What a text says, without quotes and with its escapes read.
pub fn unquoted(text: &str) -> String {
    unescaped(text.get(1..text.len().saturating_sub(1)).unwrap_or_default())
}

/// A text with its escapes read.
pub fn unescaped(text: &str) -> String {
    let mut letters = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('v') => out.push('\u{b}'),
            Some('0') => out.push('\0'),
            // A line that goes on.
            Some('\n') | None => {}
            Some('x') => out.push(code(&mut letters, 2)),
            Some('u') if letters.next_if_eq(&'{').is_some() => {
                let digits: String = letters.by_ref().take_while(|c| *c != '}').collect();
                out.push(character(&digits));
            }
            Some('u') => out.push(code(&mut letters, 4)),
            Some(other) => out.push(other),
        }
    }
    out
}

fn code(letters: &mut impl Iterator<Item = char>, count: usize) -> char {
    let digits: String = letters.take(count).collect();
    character(&digits)
}

fn character(digits: &str) -> char {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        tokens(script).unwrap().iter().map(|token| token.text).collect()
    }

    #[test]
    fn a_script_is_taken_apart() {
        for (script, expected) in [
            ("a.b()", vec!["a", ".", "b", "(", ")"]),
            ("a // b\n/* c\n d */ e", vec!["a", "e"]),
            ("x === 'a\\'b'", vec!["x", "===", "'a\\'b'"]),
            ("() => { }", vec!["(", ")", "=>", "{", "}"]),
            ("f(/a[/]\\/b/gi, 1)", vec!["f", "(", "/a[/]\\/b/gi", ",", "1", ")"]),
            ("a / b / c", vec!["a", "/", "b", "/", "c"]),
            ("`a ${ {b: 1} } c` + `d`", vec!["`a ${ {b: 1} } c`", "+", "`d`"]),
            ("1.5e-3 - 0xff", vec!["1.5e-3", "-", "0xff"]),
            ("größe?.x ?? $y", vec!["größe", "?.", "x", "??", "$y"]),
            ("", vec![]),
        ] {
            assert_eq!(texts(script), expected, "{script}");
        }
    }

    #[test]
    fn what_does_not_end_has_a_line() {
        for (script, line) in [("a\n'b", 2), ("/* x", 1), ("`\n\n", 1), ("x = /a", 1), ("\n\n\"a\nb\"", 3)] {
            assert_eq!(tokens(script), Err(line), "{script}");
        }
    }

    #[test]
    fn lines_are_counted() {
        let found = tokens("a\n`\n\n` b /*\n*/ c").unwrap();
        let places: Vec<_> = found.iter().map(|token| (token.text, token.line, token.is_first)).collect();
        assert_eq!(places, [("a", 1, true), ("`\n\n`", 2, true), ("b", 4, false), ("c", 5, true)]);
    }

    #[test]
    fn escapes_are_read() {
        for (text, expected) in [
            ("'a\\n\\t\\x41\\u00e9\\u{1f600}'", "a\n\tAé\u{1f600}"),
            ("\"\\\"'\\\\\"", "\"'\\"),
            ("'\\q\\ud800'", "q\u{fffd}"),
            ("'a\\\nb'", "ab"),
            ("''", ""),
        ] {
            assert_eq!(unquoted(text), expected, "{text}");
        }
    }
}
