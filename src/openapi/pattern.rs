//! A text that a simple pattern accepts.
//!
//! Owns: texts, classes, repetitions, groups of which one alternative is taken. Does not: understand look-around or
//! back-references; there it says so.

use std::iter::Peekable;
use std::str::Chars;

/// So many characters are made at most.
const LONGEST: usize = 1_000;

/// So many times more than it must a part comes, so that a text is long enough.
const MOST_TIMES: usize = 64;

/// A text that matches, where the pattern is simple; of at least so many characters, if the pattern can. Without a
/// draw it is the first that there is.
pub(super) fn example(pattern: &str, least: u64, mut draw: Option<&mut fastrand::Rng>) -> Option<String> {
    let mut shortest = None;
    for more in 0..=MOST_TIMES {
        let mut reader = Reader { rest: pattern.chars().peekable(), depth: 0, more, draw: draw.as_deref_mut() };
        let text = reader.alternatives();
        let text = text.filter(|_| reader.rest.next().is_none());
        let text = if more == 0 { text? } else { text.unwrap_or_default() };
        if text.chars().count() as u64 >= least {
            return Some(text);
        }
        shortest.get_or_insert(text);
    }
    shortest
}

/// Whether [`example`] can make a text for it.
pub(super) fn is_simple(pattern: &str) -> bool {
    example(pattern, 0, None).is_some()
}

struct Reader<'p, 'd> {
    rest: Peekable<Chars<'p>>,
    depth: usize,
    /// How many times more a part comes that may come again.
    more: usize,
    draw: Option<&'d mut fastrand::Rng>,
}

impl Reader<'_, '_> {
    /// Any number below this; the first without a draw.
    fn any(&mut self, below: usize) -> usize {
        self.draw.as_mut().map_or(0, |draw| draw.usize(..below.max(1)))
    }

    /// One of several alternatives.
    fn alternatives(&mut self) -> Option<String> {
        let mut all = vec![self.sequence()?];
        while self.rest.next_if_eq(&'|').is_some() {
            all.push(self.sequence()?);
        }
        let chosen = self.any(all.len());
        all.into_iter().nth(chosen)
    }

    fn sequence(&mut self) -> Option<String> {
        let mut text = String::new();
        while let Some(next) = self.rest.next_if(|next| !matches!(next, '|' | ')')) {
            let one = match next {
                '^' | '$' => continue,
                '.' => "a".to_owned(),
                '[' => self.class()?.to_string(),
                '(' => self.group()?,
                '\\' => {
                    let letter = self.rest.next()?;
                    self.letter(escaped(letter)?, letter).to_string()
                }
                '*' | '+' | '?' | '{' => return None,
                other => other.to_string(),
            };
            let times = self.times()?;
            if one.len().saturating_mul(times).saturating_add(text.len()) > LONGEST {
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

    /// A digit or a letter in place of the first of its class.
    fn letter(&mut self, first: char, class: char) -> char {
        let count = match class {
            'd' => 10,
            'w' | 'D' => 26,
            _ => return first,
        };
        let at = self.any(count) as u8;
        char::from(first as u8 + at)
    }

    /// How often a part comes: the least number of times that is meant, or somewhat more where values are drawn; of `*`
    /// one, as an empty text says little.
    fn times(&mut self) -> Option<usize> {
        let (least, most) = match self.rest.peek() {
            Some('*' | '+') => {
                self.rest.next();
                (1, usize::MAX)
            }
            Some('?') => {
                self.rest.next();
                (1, 1)
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
                let (least, most) = written.split_once(',').unwrap_or((&written, &written));
                let least: usize = least.trim().parse().ok()?;
                (least, if most.trim().is_empty() { usize::MAX } else { most.trim().parse().ok()? })
            }
            _ => return Some(1),
        };
        // Lazy or possessive: the least is the same.
        self.rest.next_if(|next| matches!(next, '?' | '+'));
        let drawn = self.any(4);
        Some(least.saturating_add(self.more + drawn).min(most).max(least))
    }

    /// A character of a class, the first without a draw.
    fn class(&mut self) -> Option<char> {
        let is_negated = self.rest.next_if_eq(&'^').is_some();
        let mut excluded = Vec::new();
        let mut first = None;
        loop {
            let character = match self.rest.next()? {
                ']' if first.is_some() => break,
                '\\' => {
                    let letter = self.rest.next()?;
                    match letter {
                        'd' => excluded.push(('0', '9')),
                        'w' => excluded.extend([('a', 'z'), ('A', 'Z'), ('0', '9')]),
                        _ => {}
                    }
                    escaped(letter)?
                }
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
            let at = self.any(excluded.len());
            let (low, high) = excluded.get(at).copied().or(first.map(|first| (first, first)))?;
            let at = self.any((high as usize).saturating_sub(low as usize) + 1);
            return char::from_u32(low as u32 + u32::try_from(at).ok()?).or(first);
        }
        ['a', 'A', '0', '-', ' ', '.']
            .into_iter()
            .find(|c| !excluded.iter().any(|(low, high)| (low..=high).contains(&c)))
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
            let made = example(pattern, 0, None).unwrap();
            assert_eq!(made, expected);
            let regex = fancy_regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            let mut draw = fastrand::Rng::with_seed(7);
            for made in std::iter::once(made).chain((0..50).map(|_| example(pattern, 0, Some(&mut draw)).unwrap())) {
                assert!(regex.is_match(&made).unwrap(), "{pattern} {made}");
            }
        }
        assert_eq!(example("^[ab]+c?$", 5, None).unwrap(), "aaaac");
        assert_eq!(example("^a{2,3}$", 5, None).unwrap(), "aa");
        for pattern in ["(?=a)b", "\\p{L}", "(a", "a{", "[", "*", "a{9999}", "(a{999}){999}", "\\1", &"(".repeat(100)] {
            assert_eq!(example(pattern, 0, None), None, "{pattern}");
        }
    }
}
