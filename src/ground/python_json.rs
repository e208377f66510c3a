//! JSON as Python's `json` reads it: more than the standard has.
//!
//! Owns: `NaN` and infinities, numbers beyond all bounds, lone surrogates (U+FFFD), nesting to 1,000 levels, the place
//! of what is wrong. Does not: decide what becomes of a value (see `Build`); it is not the fast way (see `json`).

use crate::ground::value::{Dict, Value};

/// Python's own limit.
const DEEPEST: usize = 1_000;

/// What becomes of values as they are read. Places are offsets in bytes.
pub trait Build {
    /// What a value becomes.
    type Out;
    /// A text, a number, a boolean or null.
    fn scalar(&mut self, at: usize, value: Value) -> Self::Out;
    /// A list.
    fn list(&mut self, at: usize, items: Vec<Self::Out>) -> Self::Out;
    /// An object; keys may repeat.
    fn object(&mut self, at: usize, entries: Vec<(usize, String, Self::Out)>) -> Self::Out;
}

/// What is wrong, and at which byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// In the words of serde_json.
    pub reason: &'static str,
    /// The offset.
    pub at: usize,
}

impl Wrong {
    /// With line and column.
    pub fn told(&self, text: &str) -> String {
        format!("{} at line {} column {}", self.reason, self.line(text), self.column(text))
    }

    /// The line, from 1.
    pub fn line(&self, text: &str) -> usize {
        self.before(text).iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// The column, from 1.
    pub fn column(&self, text: &str) -> usize {
        let before = self.before(text);
        before.len() - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) + 1
    }

    fn before<'t>(&self, text: &'t str) -> &'t [u8] {
        &text.as_bytes()[..self.at.min(text.len())]
    }
}

/// Plain values.
pub struct Values;

impl Build for Values {
    type Out = Value;

    fn scalar(&mut self, _: usize, value: Value) -> Value {
        value
    }

    fn list(&mut self, _: usize, items: Vec<Value>) -> Value {
        Value::List(items)
    }

    fn object(&mut self, _: usize, entries: Vec<(usize, String, Value)>) -> Value {
        Value::Dict(Dict::from_pairs(entries.into_iter().map(|(_, key, value)| (Value::Str(key), value)).collect()))
    }
}

/// Reads a text that is one value.
///
/// # Errors
/// The first byte that Python would not take.
pub fn read<B: Build>(text: &str, build: &mut B) -> Result<B::Out, Wrong> {
    let mut reader = Reader { text, at: 0 };
    reader.blanks();
    let value = reader.value(build, 0)?;
    reader.blanks();
    if reader.at < text.len() { Err(reader.wrong("trailing characters")) } else { Ok(value) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, reason: &'static str) -> Wrong {
        Wrong { reason: if self.at < self.text.len() { reason } else { "EOF while parsing a value" }, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_there = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value<B: Build>(&mut self, build: &mut B, depth: usize) -> Result<B::Out, Wrong> {
        let at = self.at;
        let scalar = match self.peek() {
            Some(b'[' | b'{') if depth >= DEEPEST => return Err(self.wrong("recursion limit exceeded")),
            Some(b'[') => return self.list(build, depth),
            Some(b'{') => return self.object(build, depth),
            Some(b'"') => Value::Str(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ if self.takes("null") => Value::Null,
            _ if self.takes("true") => Value::Bool(true),
            _ if self.takes("false") => Value::Bool(false),
            _ if self.takes("NaN") => Value::Float(f64::NAN),
            _ if self.takes("Infinity") => Value::Float(f64::INFINITY),
            _ => return Err(self.wrong("expected value")),
        };
        Ok(build.scalar(at, scalar))
    }

    fn list<B: Build>(&mut self, build: &mut B, depth: usize) -> Result<B::Out, Wrong> {
        let at = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.takes("]") {
            return Ok(build.list(at, items));
        }
        loop {
            items.push(self.value(build, depth + 1)?);
            self.blanks();
            if self.takes("]") {
                return Ok(build.list(at, items));
            }
            if !self.takes(",") {
                return Err(self.wrong("expected `,` or `]`"));
            }
            self.blanks();
            if self.peek() == Some(b']') {
                return Err(self.wrong("trailing comma"));
            }
        }
    }

    fn object<B: Build>(&mut self, build: &mut B, depth: usize) -> Result<B::Out, Wrong> {
        let at = self.at;
        self.at += 1;
        let mut entries = Vec::new();
        self.blanks();
        if self.takes("}") {
            return Ok(build.object(at, entries));
        }
        loop {
            let key_at = self.at;
            match self.peek() {
                Some(b'"') => {}
                Some(b'}') => return Err(self.wrong("trailing comma")),
                _ => return Err(self.wrong("key must be a string")),
            }
            let key = self.string()?;
            self.blanks();
            if !self.takes(":") {
                return Err(self.wrong("expected `:`"));
            }
            self.blanks();
            let value = self.value(build, depth + 1)?;
            entries.push((key_at, key, value));
            self.blanks();
            if self.takes("}") {
                return Ok(build.object(at, entries));
            }
            if !self.takes(",") {
                return Err(self.wrong("expected `,` or `}`"));
            }
            self.blanks();
        }
    }

    fn digits(&mut self) -> bool {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > from
    }

    fn number(&mut self) -> Result<Value, Wrong> {
        let from = self.at;
        if self.takes("-") && self.takes("Infinity") {
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        // A zero stands alone.
        if !self.takes("0") && !self.digits() {
            return Err(self.wrong("invalid number"));
        }
        let whole = self.at;
        let has_fraction = self.takes(".");
        if has_fraction && !self.digits() {
            return Err(self.wrong("invalid number"));
        }
        let has_exponent = self.takes("e") || self.takes("E");
        if has_exponent {
            let _ = self.takes("+") || self.takes("-");
            if !self.digits() {
                return Err(self.wrong("invalid number"));
            }
        }
        let written = &self.text[from..self.at];
        if self.at == whole
            && let Some(number) = Value::integer(written)
        {
            return Ok(number);
        }
        Ok(Value::Float(written.parse().unwrap_or(f64::NAN)))
    }

    fn string(&mut self) -> Result<String, Wrong> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            out.push_str(&self.text[from..self.at]);
            match self.peek() {
                None => return Err(Wrong { reason: "EOF while parsing a string", at: self.at }),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => {
                    return Err(self.wrong("control character (\\u0000-\\u001F) found while parsing a string"));
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Wrong> {
        self.at += 1;
        let Some(letter) = self.peek() else {
            return Err(Wrong { reason: "EOF while parsing a string", at: self.at });
        };
        self.at += 1;
        Ok(match letter {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                let rest = self.at;
                if (0xd800..0xdc00).contains(&unit) && self.takes("\\u") {
                    let low = self.unit()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    self.at = rest;
                }
                // Half of a pair is no character.
                char::from_u32(unit).unwrap_or('\u{fffd}')
            }
            _ => {
                self.at -= 1;
                return Err(self.wrong("invalid escape"));
            }
        })
    }

    fn unit(&mut self) -> Result<u32, Wrong> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let unit = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("invalid escape"))?;
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<String, String> {
        read(text, &mut Values).map(|value| value.repr()).map_err(|wrong| wrong.told(text))
    }

    #[test]
    fn values_are_pythons() {
        for (text, value) in [
            ("NaN", "nan"),
            (" [Infinity, -Infinity] ", "[inf, -inf]"),
            ("[1e400, -1e400, 1e-400]", "[inf, -inf, 0.0]"),
            ("[-0, -0.0, 0, 0.0]", "[0, -0.0, 0, 0.0]"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            (r#""\ud800""#, "'\u{fffd}'"),
            (r#""\ud83d\ude00""#, "'\u{1f600}'"),
            (r#""\ud83d\u0041""#, "'\u{fffd}A'"),
            (r#""\udc00\ud800x""#, "'\u{fffd}\u{fffd}x'"),
            (r#"{"a": 1, "b": {}, "a": [NaN, []]}"#, "{'a': [nan, []], 'b': {}}"),
            (r#""\"\\\/\b\f\n\r\t\u00e9""#, "'\"\\\\/\\x08\\x0c\\n\\r\\té'"),
        ] {
            assert_eq!(read_text(text).as_deref(), Ok(value), "{text}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read_text(&deep(1_000)).is_ok());
        assert_eq!(read_text(&deep(1_001)).unwrap_err(), "recursion limit exceeded at line 1 column 1001");
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for text in [
            "",
            "nan",
            "+1",
            "01",
            "1.",
            ".5",
            "1e",
            "-",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "[1 2]",
            "'a'",
            "\"\\x\"",
            "\"\\u12\"",
            "\"a\nb\"",
            "\"",
            "[",
            "{",
            "[NaN, x]",
            "1 2",
            "tru",
            "-NaN",
            "\"\\",
        ] {
            assert!(read_text(text).is_err(), "{text}");
        }
        assert_eq!(read_text("[NaN,\n x]").unwrap_err(), "expected value at line 2 column 2");
    }
}
