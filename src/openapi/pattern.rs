//! A text that a simple pattern accepts.
//!
//! Owns: texts, classes, repetitions, groups whose first alternative is taken. Does not: understand look-around or
//! back-references; there it says so.

use std::iter::Peekable;
use std::str::Chars;

/// So many characters are made at most.
const LONGEST: usize = 1_000;

/// A text that matches, where the pattern is simple.
pub(super) fn example(pattern: &str) -> Option<String> {
    let mut reader = Reader { rest: pattern.chars().peekable(), depth: 0 };
    let text = reader.alternatives()?;
    reader.rest.next().is_none().then_some(text)
}

struct Reader<'p> {
    rest: Peekable<Chars<'p>>,
    depth: usize,
}

impl Reader<'_> {
    /// The first of several alternatives.
    fn alternatives(&mut self) -> Option<String> {
        let first = self.sequence()?;
        while self.rest.next_if_eq(&'|').is_some() {
            self.sequence()?;
        }
        Some(first)
    }

    fn sequence(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next_if(|next| !matches!(next, '|' | ')')) {
            let one = match next {
                '^' | '$' => continue,
                '.' => "a".to_owned(),
                '[' => self.class()?.to_string(),
                '(' => self.group()?,
                '\\' => escaped(self.rest.next()?)?.to_string(),
                '*' | '+' | '?' | '{' => return None,
                other => other.to_string(),
            };
            let times = self.times()?;
            if text.len() + one.len() * times > LONGEST {
                return None;
            }
            text.push_str(&one.repeat(times));
        }
        Some(text)
    }

    fn group(&mut self) -> Option<String> {
        if self.rest.next_if_eq(&'?').is_some() && self.rest.next() != Some(':') {
            return None;
        }
        self.depth += 1;
        if self.depth > 20 {
            return None;
        }
        let text = self.alternatives()?;
        self.depth -= 1;
        self.rest.next_if_eq(&')').map(|_| text)
    }

    /// The least number of times that is meant; of `*` one, as an empty text says little.
    fn times(&mut self) -> Option<usize> {
        let times = match self.rest.peek() {
            Some('*' | '+' | '?') => {
                self.rest.next();
                1
            }
            Some('{') => {
                self.rest.next();
                let mut written = String::new();
                loop {
                    match self.rest.next()? {
                        '}' => break,
                        other => written.push(other),
                    }
                }
                written.split(',').next()?.trim().parse().ok()?
            }
            _ => return Some(1),
        };
        // Lazy or possessive: the least is the same.
        self.rest.next_if(|next| matches!(next, '?' | '+'));
        Some(times)
    }

    /// The first character of a class.
    fn class(&mut self) -> Option<char> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut excluded = Vec::new();
        let mut first = None;
        loop {
            let character = match self.rest.next()? {
                ']' if first.is_some() => break,
                '\\' => escaped(self.rest.next()?)?,
                other => other,
            };
            first.get_or_insert(character);
            let end = match self.rest.next_if_eq(&'-') {
                Some(_) if self.rest.peek() != Some(&']') => match self.rest.next()? {
                    '\\' => escaped(self.rest.next()?)?,
                    other => other,
                },
                Some(_) => {
                    excluded.push(('-', '-'));
                    character
                }
                None => character,
            };
            excluded.push((character, end));
        }
        if !is_negated {
            return first;
        }
        ['a', 'A', '0', '-', ' '].into_iter().find(|c| !excluded.iter().any(|(low, high)| (low..=high).contains(&c)))
    }
}

/// What a character after a backslash stands for.
fn escaped(letter: char) -> Option<char> {
    match letter {
        'd' => Some('0'),
        'w' | 'S' | 'D' => Some('a'),
        's' => Some(' '),
        'W' => Some('-'),
        't' => Some('\t'),
        'n' => Some('\n'),
        other if !other.is_alphanumeric() => Some(other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_matches() {
        for (pattern, expected) in [
            ("^[A-Z]{2}\\d{4}$", "AA0000"),
            ("^(foo|bar)-[^a-z]+$", "foo-A"),
            ("[a-z0-9_-]{3,10}", "aaa"),
            ("^\\+?[1-9]\\d{1,14}$", "+10"),
            ("^#([a-f0-9]{6})$", "#aaaaaa"),
            ("a|b", "a"),
            ("(?:x){2}y?", "xxy"),
            ("", ""),
        ] {
            let made = example(pattern).unwrap();
            assert_eq!(made, expected);
            assert!(fancy_regex::Regex::new(pattern).unwrap().is_match(&made).unwrap(), "{pattern} {made}");
        }
        for pattern in ["(?=a)b", "\\p{L}", "(a", "a{", "[", "*", "a{9999}", "(a{999}){999}", "\\1", &"(".repeat(100)] {
            assert_eq!(example(pattern), None, "{pattern}");
        }
    }
}
