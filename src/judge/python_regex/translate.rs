//! Python's `re` syntax rewritten in fancy-regex's.
//!
//! Owns: every construct that the two spell or mean differently. What is left alone means the same.
//! Does not: match; nor judge what fancy-regex judges as well (unbalanced groups, nothing to repeat).

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use super::names::character;
use super::spelling::{class, counted, literal};

/// Deeper groups than anyone writes; the compiler behind is recursive.
const DEEPEST: usize = 200;

/// Rewrites a pattern.
///
/// # Errors
/// A fragment in Python's words: `bad escape \q`.
pub fn from_python(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
        scopes: vec![Flags::default()],
        names: Vec::new(),
        groups: 0,
    };
    translator.run()?;
    Ok(translator.out)
}

#[derive(Clone, Copy, Default)]
struct Flags {
    multiline: bool,
    verbose: bool,
    ascii: bool,
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    /// The flags in force, one entry for each open group.
    scopes: Vec<Flags>,
    /// The named groups so far: a name can be given once.
    names: Vec<String>,
    /// How many groups that capture were opened so far.
    groups: usize,
}

impl Translator<'_> {
    fn flags(&self) -> Flags {
        self.scopes.last().copied().unwrap_or_default()
    }

    fn run(&mut self) -> Result<(), String> {
        let mut at_start = true;
        while let Some(c) = self.rest.next() {
            let was_start = std::mem::take(&mut at_start);
            match c {
                '\\' => self.escape()?,
                '[' => self.set()?,
                '(' => at_start = self.group(was_start)?,
                ')' => {
                    if self.scopes.len() > 1 {
                        self.scopes.pop();
                    }
                    self.out.push(')');
                }
                '$' => self.dollar(),
                '{' => self.brace()?,
                '*' | '+' | '?' => self.repeat(&c.to_string())?,
                '#' if self.flags().verbose => while self.rest.next().is_some_and(|c| c != '\n') {},
                c if self.flags().verbose && matches!(c, ' ' | '\t'..='\r') => {}
                '.' | '^' | '|' => self.out.push(c),
                c => literal(c, &mut self.out),
            }
        }
        Ok(())
    }

    /// Before a last newline counts as the end. At the very end of the pattern the newline may as well be
    /// matched, which spares the slow engine that look-ahead needs.
    fn dollar(&mut self) {
        if self.flags().multiline {
            self.out.push_str("(?m:$)");
        } else if self.rest.peek().is_none() && self.scopes.len() == 1 {
            self.out.push_str(r"\n?\z");
        } else {
            self.out.push_str(r"(?=\n?\z)");
        }
    }

    fn brace(&mut self) -> Result<(), String> {
        let Some((quantifier, length)) = counted(self.rest.clone()) else {
            literal('{', &mut self.out);
            return Ok(());
        };
        for _ in 0..length {
            self.rest.next();
        }
        self.repeat(&quantifier)
    }

    /// A quantifier with what may follow it; two in a row are an error in Python.
    fn repeat(&mut self, quantifier: &str) -> Result<(), String> {
        self.out.push_str(quantifier);
        if let Some(suffix) = self.rest.next_if(|c| matches!(c, '?' | '+')) {
            self.out.push(suffix);
        }
        let again = match self.rest.peek() {
            Some('*' | '+' | '?') => true,
            Some('{') => counted(self.rest.clone().skip(1)).is_some(),
            _ => false,
        };
        if again { Err("multiple repeat".to_owned()) } else { Ok(()) }
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest.next() else { return Err("bad escape (end of pattern)".to_owned()) };
        if let Some(class) = class(c, self.flags().ascii) {
            self.out.push_str(class);
            return Ok(());
        }
        match c {
            'A' => self.out.push_str(r"\A"),
            'Z' => self.out.push_str(r"\z"),
            'b' => self.out.push_str(r"\b"),
            'B' => self.out.push_str(r"\B"),
            '1'..='9' => self.backreference(c)?,
            c => {
                let meant = self.character_escape(c)?;
                literal(meant, &mut self.out);
            }
        }
        Ok(())
    }

    /// `\1` to `\99`, unless three octal digits make it a character.
    fn backreference(&mut self, first: char) -> Result<(), String> {
        let mut ahead = self.rest.clone();
        let octal = |c: Option<char>| c.filter(|c| ('0'..='7').contains(c)).and_then(|c| c.to_digit(8));
        if let (Some(a), Some(b), Some(c)) = (octal(Some(first)), octal(ahead.next()), octal(ahead.next())) {
            self.rest.next();
            self.rest.next();
            let code = a * 64 + b * 8 + c;
            if code > 0o377 {
                return Err(format!("octal escape value \\{code:o} outside of range 0-0o377"));
            }
            literal(char::from_u32(code).unwrap_or('\0'), &mut self.out);
            return Ok(());
        }
        let mut number = first.to_string();
        number.extend(self.rest.next_if(char::is_ascii_digit));
        // The group keeps a digit that follows from becoming part of the number.
        let _ = write!(self.out, r"(?:\{number})");
        Ok(())
    }

    /// The character that an escape stands for, in and out of sets.
    fn character_escape(&mut self, c: char) -> Result<char, String> {
        match c {
            'a' => Ok('\x07'),
            'f' => Ok('\x0c'),
            'n' => Ok('\n'),
            'r' => Ok('\r'),
            't' => Ok('\t'),
            'v' => Ok('\x0b'),
            'N' => self.named(),
            'x' => self.hexadecimal('x', 2),
            'u' => self.hexadecimal('u', 4),
            'U' => self.hexadecimal('U', 8),
            '0' => {
                let mut code = 0;
                for _ in 0..2 {
                    if let Some(digit) = self.rest.next_if(|c| ('0'..='7').contains(c)).and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                    }
                }
                Ok(char::from_u32(code).unwrap_or('\0'))
            }
            c if c.is_ascii_alphanumeric() => Err(format!("bad escape \\{c}")),
            c => Ok(c),
        }
    }

    /// The character of `{EM DASH}`.
    fn named(&mut self) -> Result<char, String> {
        if self.rest.next_if_eq(&'{').is_none() {
            return Err("missing {".to_owned());
        }
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some('}') if name.is_empty() => return Err("missing character name".to_owned()),
                Some('}') => break,
                Some(c) => name.push(c),
                None => return Err("missing }, unterminated name".to_owned()),
            }
        }
        character(&name).ok_or_else(|| format!("undefined character name '{name}'"))
    }

    fn hexadecimal(&mut self, letter: char, length: usize) -> Result<char, String> {
        let mut digits = String::new();
        while digits.len() < length {
            match self.rest.next_if(char::is_ascii_hexdigit) {
                Some(digit) => digits.push(digit),
                None => return Err(format!("incomplete escape \\{letter}{digits}")),
            }
        }
        let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        code.ok_or_else(|| format!("bad escape \\{letter}{digits}"))
    }

    /// `[...]`, whose members are written so that nothing in them is special here and literal in Python.
    fn set(&mut self) -> Result<(), String> {
        const OPEN: &str = "unterminated character set";
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let c = self.rest.next().ok_or(OPEN)?;
            if c == ']' && !first {
                self.out.push(']');
                return Ok(());
            }
            first = false;
            let low = self.member(c)?;
            let mut ahead = self.rest.clone();
            let is_range = ahead.next() == Some('-') && !matches!(ahead.next(), Some(']') | None);
            let low = match low {
                Some(low) if is_range => low,
                None if is_range => return Err("bad character range: it starts with a class".to_owned()),
                Some(low) => {
                    literal(low, &mut self.out);
                    continue;
                }
                None => continue,
            };
            self.rest.next();
            let c = self.rest.next().ok_or(OPEN)?;
            let Some(high) = self.member(c)? else {
                return Err("bad character range: it ends with a class".to_owned());
            };
            if low > high {
                return Err(format!("bad character range {low}-{high}"));
            }
            literal(low, &mut self.out);
            self.out.push('-');
            literal(high, &mut self.out);
        }
    }

    /// A member of a set; `None` if it was a class, which is written already.
    fn member(&mut self, c: char) -> Result<Option<char>, String> {
        if c != '\\' {
            return Ok(Some(c));
        }
        let c = self.rest.next().ok_or("unterminated character set")?;
        if let Some(class) = class(c, self.flags().ascii) {
            self.out.push_str(class);
            return Ok(None);
        }
        match c {
            'b' => Ok(Some('\x08')),
            '1'..='7' => {
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    if let Some(digit) = self.rest.next_if(|c| ('0'..='7').contains(c)).and_then(|c| c.to_digit(8)) {
                        code = code * 8 + digit;
                    }
                }
                Ok(char::from_u32(code).filter(|_| code <= 0o377))
            }
            c => self.character_escape(c).map(Some),
        }
    }

    /// What follows `(`. True if it left the pattern's start where it was: global flags.
    fn group(&mut self, at_start: bool) -> Result<bool, String> {
        if self.scopes.len() > DEEPEST {
            return Err("too many nested groups".to_owned());
        }
        let mut flags = self.flags();
        if self.rest.next_if_eq(&'?').is_none() {
            self.groups += 1;
            self.open("(", flags);
            return Ok(false);
        }
        let c = self.rest.next().ok_or("unexpected end of pattern")?;
        match c {
            ':' | '=' | '!' | '>' => self.open(&format!("(?{c}"), flags),
            '#' => {
                if !self.rest.by_ref().any(|c| c == ')') {
                    return Err("missing ), unterminated comment".to_owned());
                }
                return Ok(at_start);
            }
            '<' => match self.rest.next() {
                Some(c @ ('=' | '!')) => self.open(&format!("(?<{c}"), flags),
                Some(c) => return Err(format!("unknown extension ?<{c}")),
                None => return Err("unexpected end of pattern".to_owned()),
            },
            'P' => match self.rest.next() {
                Some('<') => {
                    let name = self.name('>')?;
                    if name.starts_with(|c: char| c.is_numeric()) {
                        return Err(format!("bad character in group name '{name}'"));
                    }
                    if self.names.contains(&name) {
                        return Err(format!("redefinition of group name '{name}'"));
                    }
                    self.names.push(name.clone());
                    self.groups += 1;
                    self.open(&format!("(?P<{name}>"), flags);
                }
                Some('=') => {
                    let name = self.name(')')?;
                    let _ = write!(self.out, "(?:\\k<{name}>)");
                }
                Some(c) => return Err(format!("unknown extension ?P{c}")),
                None => return Err("unexpected end of pattern".to_owned()),
            },
            '(' => {
                let condition = self.name(')')?;
                let number = condition.bytes().all(|b| b.is_ascii_digit());
                // fancy-regex panics on a condition about a group that it has not seen.
                let known = match condition.parse::<usize>() {
                    Ok(number) => (1..=self.groups).contains(&number),
                    Err(_) => self.names.contains(&condition),
                };
                if !known {
                    return Err(format!("invalid group reference {condition}"));
                }
                let condition = if number { condition } else { format!("<{condition}>") };
                self.open(&format!("(?({condition})"), flags);
            }
            c => return self.inline_flags(c, at_start, &mut flags),
        }
        Ok(false)
    }

    fn open(&mut self, text: &str, flags: Flags) {
        self.out.push_str(text);
        self.scopes.push(flags);
    }

    fn name(&mut self, end: char) -> Result<String, String> {
        let mut name = String::new();
        loop {
            match self.rest.next() {
                Some(c) if c == end && !name.is_empty() => return Ok(name),
                Some(c) if c.is_alphanumeric() || c == '_' => name.push(c),
                Some(c) => return Err(format!("bad character in group name {:?}", format!("{name}{c}"))),
                None => return Err(format!("missing {end}, unterminated name")),
            }
        }
    }

    /// `(?i)`, allowed at the start only, and `(?i-s:...)`.
    fn inline_flags(&mut self, first: char, at_start: bool, flags: &mut Flags) -> Result<bool, String> {
        let (mut on, mut kept) = (true, String::new());
        let mut next = Some(first);
        loop {
            let c = next.ok_or("missing -, : or )")?;
            match c {
                '-' if on => {
                    on = false;
                    kept.push('-');
                }
                // A flag that stands twice is the same flag.
                'i' | 's' if on && kept.contains(c) => {}
                'i' | 's' if kept.contains(c) => return Err("bad inline flags: flag turned on and off".to_owned()),
                'i' | 's' => kept.push(c),
                'm' => flags.multiline = on,
                'x' => flags.verbose = on,
                'a' if on => flags.ascii = true,
                'u' if on => flags.ascii = false,
                'L' => return Err("bad inline flags: cannot use 'L' flag with a str pattern".to_owned()),
                ':' | ')' => {}
                c => return Err(format!("unknown extension ?{c}")),
            }
            if c == ':' || c == ')' {
                kept = kept.trim_end_matches('-').to_owned();
                // `^` needs the flag as well; `$` is written out by itself.
                if flags.multiline != self.flags().multiline {
                    let minus = kept.contains('-');
                    kept = match (flags.multiline, minus) {
                        (true, _) => format!("m{kept}"),
                        (false, true) => format!("{kept}m"),
                        (false, false) => format!("{kept}-m"),
                    };
                }
                if c == ':' {
                    self.open(&format!("(?{kept}:"), *flags);
                    return Ok(false);
                }
                if !at_start {
                    return Err("global flags not at the start of the expression".to_owned());
                }
                if !kept.is_empty() {
                    let _ = write!(self.out, "(?{kept})");
                }
                if let Some(global) = self.scopes.last_mut() {
                    *global = *flags;
                }
                return Ok(true);
            }
            next = self.rest.next();
        }
    }
}
