//! Foreign text in a log that a CI system reads: no part of it may be a command of that system.
//!
//! Owns: what a command looks like, and how it is broken: by a space in its middle, which also leaves JSON valid; the
//! fence around an answer, between which GitHub's runner takes nothing for a command.
//! Does not: read the environment, give commands (see `github`).

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write};

/// The systems that read the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CiSystems {
    github: bool,
    azure: bool,
    teamcity: bool,
}

impl CiSystems {
    /// Those that an environment tells of.
    pub fn of(environment: impl Fn(&str) -> Option<String>) -> CiSystems {
        let is_true = |name| environment(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        CiSystems {
            github: is_true("GITHUB_ACTIONS"),
            azure: is_true("TF_BUILD"),
            teamcity: environment("TEAMCITY_VERSION").is_some_and(|value| !value.is_empty()),
        }
    }

    /// Whether nobody reads the log but people.
    pub fn is_none(self) -> bool {
        self == CiSystems::default()
    }

    /// Whole lines without commands.
    pub fn harmless<'t>(self, text: &'t str) -> Cow<'t, str> {
        self.broken(text, true)
    }

    /// A JSON text in whose strings there is no command: it says the same.
    pub fn harmless_json(self, json: &str) -> Cow<'_, str> {
        // The sign stands in strings only, and a line of JSON never begins with a colon.
        if self.is_none() || !json.contains('#') { json.into() } else { json.replace('#', "\\u0023").into() }
    }

    /// `begins`: whether the text begins a line.
    fn broken<'t>(self, text: &'t str, begins: bool) -> Cow<'t, str> {
        if self.is_none() {
            return Cow::Borrowed(text);
        }
        let mut breaks = Vec::new();
        let mut at_start = begins;
        for (at, c) in text.char_indices() {
            match c {
                // The runner trims a line before it looks at it, and a lone carriage return ends one, too.
                '\n' | '\r' => at_start = true,
                ':' if at_start => {
                    if self.github
                        && let Some(second) = end_of(&text[at..], "::")
                    {
                        breaks.push(at + second);
                    }
                    at_start = false;
                }
                '#' => {
                    at_start = false;
                    breaks.extend(self.prefixes().find_map(|prefix| end_of(&text[at..], prefix)).map(|end| at + end));
                }
                c if is_passed_over(c) => {}
                _ => at_start = false,
            }
        }
        breaks.sort_unstable();
        breaks.dedup();
        if breaks.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + breaks.len());
        let mut at = 0;
        for end in breaks {
            out.push_str(&text[at..end]);
            out.push(' ');
            at = end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// What begins a command anywhere in a line. GitHub's runner still knows its older form.
    fn prefixes(self) -> impl Iterator<Item = &'static str> {
        [("##[", self.azure || self.github), ("##vso[", self.azure), ("##teamcity[", self.teamcity)]
            .into_iter()
            .filter(|(_, is_read)| *is_read)
            .map(|(prefix, _)| prefix)
    }
}

/// Where the last character of a prefix stands at the beginning of a text, if it begins with it. Capitals do not
/// matter, nor do characters that comparisons of text pass over.
fn end_of(text: &str, prefix: &str) -> Option<usize> {
    let mut wanted = prefix.chars().peekable();
    for (at, c) in text.char_indices() {
        let next = *wanted.peek()?;
        if c.eq_ignore_ascii_case(&next) {
            wanted.next();
            if wanted.peek().is_none() {
                return Some(at);
            }
        } else if !is_passed_over(c) || c.is_whitespace() {
            return None;
        }
    }
    None
}

/// A word that nobody knows before it is written.
fn unforeseen_word() -> String {
    // Each state has keys that the system drew at random, and nothing shows them.
    let number = || RandomState::new().build_hasher().finish();
    format!("resttest-{:016x}{:016x}", number(), number())
}

/// Space at the beginning of a line, and what has no width at all.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// A stream to a log: what is written through it holds no commands.
#[derive(Debug)]
pub struct Harmless<W> {
    inner: W,
    systems: CiSystems,
    /// The part of a line that has been written and not passed on.
    line: Vec<u8>,
    /// Whether the beginning of the line has been passed on.
    is_begun: bool,
}

impl<W: Write> Harmless<W> {
    /// A stream that these systems read.
    pub fn new(inner: W, systems: CiSystems) -> Harmless<W> {
        Harmless { inner, systems, line: Vec::new(), is_begun: false }
    }

    /// Writes what was asked for as it is.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn verbatim(&mut self, text: &str) -> io::Result<()> {
        self.pass_on()?;
        self.is_begun = !text.ends_with('\n');
        self.inner.write_all(text.as_bytes())
    }

    /// Writes lines that others wrote: GitHub's runner is told to take no commands until it hears a word again that
    /// nobody could know. Log lines on the other stream are broken instead: a fence there could open this one, as the
    /// runner reads both streams and knows one fence at a time.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn fenced(&mut self, lines: &str) -> io::Result<()> {
        if !self.systems.github {
            return writeln!(self, "{lines}");
        }
        let word = unforeseen_word();
        self.verbatim(&format!("::stop-commands::{word}\n{lines}\n::{word}::\n"))
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if self.line.is_empty() {
            return Ok(());
        }
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        self.inner.write_all(self.systems.broken(&text, !self.is_begun).as_bytes())?;
        self.is_begun = !text.ends_with('\n');
        Ok(())
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.systems.is_none() {
            return self.inner.write(bytes);
        }
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.line.split_off(end + 1);
            self.pass_on()?;
            self.line = rest;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GITHUB: CiSystems = CiSystems { github: true, azure: false, teamcity: false };
    const AZURE: CiSystems = CiSystems { github: false, azure: true, teamcity: false };
    const TEAMCITY: CiSystems = CiSystems { github: false, azure: false, teamcity: true };

    #[test]
    fn commands_are_broken() {
        for (systems, text, harmless) in [
            (GITHUB, "::stop-commands::x", ": :stop-commands::x"),
            (GITHUB, " \t\u{a0}::add-mask::x", " \t\u{a0}: :add-mask::x"),
            (GITHUB, "a\r::x\n::y\r\n ::z", "a\r: :x\n: :y\r\n : :z"),
            (GITHUB, "\u{feff}:\u{200b}:x::", "\u{feff}:\u{200b} :x::"),
            (GITHUB, ":::x::", ": ::x::"),
            (GITHUB, "a ::x:: std::io [::1] : :", "a ::x:: std::io [::1] : :"),
            (GITHUB, "a ##[add-mask]x ##vso[y", "a ## [add-mask]x ##vso[y"),
            (GITHUB, "::", ": :"),
            (GITHUB, ":", ":"),
            (AZURE, "a ##[error]x ##VSO[task.setvariable]y", "a ## [error]x ##VSO [task.setvariable]y"),
            (AZURE, "####[x ##\u{200b}[x ##v\u{ad}so[x", "#### [x ##\u{200b} [x ##v\u{ad}so [x"),
            (AZURE, "::x ## heading [a] #[1] ##vs o[", "::x ## heading [a] #[1] ##vs o["),
            (TEAMCITY, "x ##teamcity[y ##[z", "x ##teamcity [y ##[z"),
            (CiSystems::default(), "::x\n##[y ##vso[z ##teamcity[", "::x\n##[y ##vso[z ##teamcity["),
        ] {
            assert_eq!(systems.harmless(text), harmless, "{systems:?}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let json = AZURE.harmless_json(r###"{"a": "##vso[x]"}"###);
        assert_eq!(json, r#"{"a": "\u0023\u0023vso[x]"}"#);
        assert_eq!(CiSystems::default().harmless_json("##"), "##");
    }

    #[test]
    fn the_environment_tells() {
        let of = |name: &'static str, value: &'static str| {
            CiSystems::of(move |asked| (asked == name).then(|| value.to_owned()))
        };
        assert_eq!(of("GITHUB_ACTIONS", "true"), GITHUB);
        assert_eq!(of("TF_BUILD", "True"), AZURE);
        assert_eq!(of("TEAMCITY_VERSION", "2026.1"), TEAMCITY);
        assert!(of("GITHUB_ACTIONS", "false").is_none() && of("HOME", "true").is_none());
    }

    #[test]
    fn a_stream_is_looked_at_line_by_line() {
        let mut stream = Harmless::new(Vec::new(), GITHUB);
        for piece in [":", ":add-mask::x\n", "a", "::b\n:", "", ":c\nthe end"] {
            stream.write_all(piece.as_bytes()).unwrap();
        }
        stream.flush().unwrap();
        stream.write_all(b"::d\n").unwrap();
        stream.verbatim("::e\n").unwrap();
        stream.write_all(b"::f").unwrap();
        stream.flush().unwrap();
        let text = String::from_utf8(std::mem::take(&mut stream.inner)).unwrap();
        assert_eq!(text, ": :add-mask::x\na::b\n: :c\nthe end::d\n::e\n: :f");
        let mut stream = Harmless::new(Vec::new(), GITHUB);
        stream.fenced("::error::x\n").unwrap();
        let text = String::from_utf8(stream.inner).unwrap();
        let word = text.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
        assert_eq!(text, format!("::stop-commands::{word}\n::error::x\n\n::{word}::\n"));
        assert!(word.len() > 32 && word != unforeseen_word());
        let mut plain = Harmless::new(Vec::new(), CiSystems::default());
        plain.write_all(b"::a").unwrap();
        assert_eq!(plain.inner, b"::a");
    }
}
