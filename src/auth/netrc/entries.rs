//! `.netrc`: who signs in at which host, as curl reads it.
//!
//! Owns: the grammar, which entry is taken. Does not: open the file, know where it is.

use crate::secrets::Secret;

/// What a file has for a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `machine`; nothing for `default`.
    host: Option<String>,
    /// `login`; empty where the entry has none.
    pub login: String,
    /// `password`; empty where the entry has none.
    pub password: Secret,
}

/// A file that cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it; never a password.
    pub reason: &'static str,
}

impl Entry {
    fn of(host: Option<String>) -> Entry {
        Entry { host, login: String::new(), password: Secret(String::new()) }
    }

    /// All entries of a file, in order.
    ///
    /// # Errors
    /// A quote is not closed, or a word that wants a value is the last one.
    pub fn read(text: &str) -> Result<Vec<Entry>, Malformed> {
        let mut words = Words { text, at: 0 };
        let mut all: Vec<Entry> = Vec::new();
        while let Some(word) = words.next()? {
            match word.as_str() {
                "machine" => {
                    let host = words.value()?;
                    all.push(Entry::of(Some(host)));
                }
                "default" => all.push(Entry::of(None)),
                "macdef" => words.skip_macro(),
                "login" => {
                    let login = words.value()?;
                    // Another login is another entry of the same host.
                    if let Some(last) = all.last().filter(|last| !last.login.is_empty()) {
                        let next = Entry::of(last.host.clone());
                        all.push(next);
                    }
                    if let Some(last) = all.last_mut() {
                        last.login = login;
                    }
                }
                "password" => {
                    let password = words.value()?;
                    if let Some(last) = all.last_mut() {
                        last.password = Secret(password);
                    }
                }
                "account" => drop(words.value()?),
                // curl passes over what it does not know.
                _ => {}
            }
        }
        Ok(all)
    }

    /// The first entry for this host or for all; with a name, the first that has it as its login.
    pub fn find<'e>(all: &'e [Entry], host: &str, username: Option<&str>) -> Option<&'e Entry> {
        all.iter().find(|entry| {
            let is_host = entry.host.as_ref().is_none_or(|own| own.eq_ignore_ascii_case(host));
            let has_any = !entry.login.is_empty() || !entry.password.0.is_empty();
            is_host && has_any && username.is_none_or(|name| name == entry.login)
        })
    }
}

/// The words of a file, one at a time.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl Words<'_> {
    fn next(&mut self) -> Result<Option<String>, Malformed> {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.is_empty() {
                return Ok(None);
            }
            if trimmed.starts_with('#') {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
                continue;
            }
            let Some(quoted) = trimmed.strip_prefix('"') else {
                let length = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
                self.at += length;
                return Ok(Some(trimmed[..length].to_owned()));
            };
            return self.quoted(quoted).map(Some);
        }
    }

    fn quoted(&mut self, text: &str) -> Result<String, Malformed> {
        let (mut word, mut is_escaped) = (String::new(), false);
        for (at, c) in text.char_indices() {
            match c {
                '"' if !is_escaped => {
                    self.at += at + 2;
                    return Ok(word);
                }
                '\\' if !is_escaped => is_escaped = true,
                '\n' => break,
                _ => {
                    word.push(match c {
                        'n' if is_escaped => '\n',
                        'r' if is_escaped => '\r',
                        't' if is_escaped => '\t',
                        other => other,
                    });
                    is_escaped = false;
                }
            }
        }
        Err(self.malformed("a quote is not closed"))
    }

    fn value(&mut self) -> Result<String, Malformed> {
        self.next()?.ok_or_else(|| self.malformed("the file ends where a value belongs"))
    }

    /// A macro goes to the next blank line.
    fn skip_macro(&mut self) {
        let rest = &self.text[self.at..];
        let mut length = 0;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            length += line.len();
            if number > 0 && line.trim().is_empty() {
                break;
            }
        }
        self.at += length;
    }

    fn malformed(&self, reason: &'static str) -> Malformed {
        Malformed { line: self.text[..self.at].matches('\n').count() + 1, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_found_as_curl_finds_them() {
        let several = "machine a login one password 1\nmachine a login two password 2\ndefault login any password d\n";
        let spread =
            "# who\nmachine\n  a\n\tlogin one # not a comment of a value\naccount x password\n1 machine b login c";
        let macros = "macdef init\ncd /tmp\nmachine a login bad password bad\n\nmachine a login one password 1";
        for (text, host, name, wanted) in [
            (several, "a", None, Some(("one", "1"))),
            (several, "A", Some("two"), Some(("two", "2"))),
            (several, "a", Some("any"), Some(("any", "d"))),
            (several, "a", Some("none"), None),
            (several, "b", None, Some(("any", "d"))),
            (several, "b", Some("one"), None),
            (spread, "a", None, Some(("one", "1"))),
            (spread, "b", None, Some(("c", ""))),
            (spread, "c", None, None),
            (macros, "a", None, Some(("one", "1"))),
            ("machine a login one password \"p \\\"q\\\\ \\n#\"", "a", None, Some(("one", "p \"q\\ \n#"))),
            ("machine a login \"\" password \"\"", "a", None, None),
            ("machine a password only", "a", None, Some(("", "only"))),
            ("machine a login one password p#q", "a", None, Some(("one", "p#q"))),
            ("machine a login one password 1 login two password 2", "a", Some("one"), Some(("one", "1"))),
            ("machine a machine a login x password y", "a", None, Some(("x", "y"))),
            ("login x password y", "a", None, None),
            ("machine ä login ö password ü", "ä", None, Some(("ö", "ü"))),
            ("", "a", None, None),
            ("macdef x", "a", None, None),
        ] {
            let all = Entry::read(text).unwrap();
            let found = Entry::find(&all, host, name).map(|entry| (entry.login.as_str(), entry.password.0.as_str()));
            assert_eq!(found, wanted, "{host} {name:?} in {text}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_where() {
        for (text, line, reason) in [
            ("machine a\nlogin \"x\npassword y", 2, "a quote is not closed"),
            ("machine a login \"x\\\"", 1, "a quote is not closed"),
            ("machine a\nlogin b\npassword", 3, "the file ends where a value belongs"),
            ("machine", 1, "the file ends where a value belongs"),
        ] {
            assert_eq!(Entry::read(text), Err(Malformed { line, reason }), "{text}");
        }
    }
}
