//! A text with places for variables, as sources of all kinds have it.
//!
//! Owns: putting it together, and its form as a template. Does not: know which field it belongs to.

use super::yaml::Yaml;

/// A text in which variables may stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it is.
    Plain(String),
    /// The value of a variable of this name.
    Variable(String),
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        let mut out = Text::default();
        out.push(text);
        out
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        if text.is_empty() { Text::default() } else { Text(vec![Piece::Plain(text)]) }
    }
}

impl Text {
    /// The value of a variable; its name is one that a template knows (see `Names`).
    pub fn variable(name: impl Into<String>) -> Text {
        Text(vec![Piece::Variable(name.into())])
    }

    /// Adds text as it is.
    pub fn push(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Plain(last)) => last.push_str(text),
            _ => self.0.push(Piece::Plain(text.to_owned())),
        }
    }

    /// Adds another text.
    pub fn append(&mut self, other: Text) {
        for piece in other.0 {
            match piece {
                Piece::Plain(text) => self.push(&text),
                variable => self.0.push(variable),
            }
        }
    }

    /// Its parts, from the first to the last.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, where no variable stands in it.
    pub fn as_plain(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a variable stands in it.
    pub fn has_variables(&self) -> bool {
        self.as_plain().is_none()
    }

    /// What it begins with, up to the first variable.
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Piece::Plain(text)) => text,
            _ => "",
        }
    }

    /// The parts before and behind the first such character that stands in plain text.
    pub fn split_once(&self, wanted: char) -> Option<(Text, Text)> {
        let is_in = |piece: &Piece| matches!(piece, Piece::Plain(text) if text.contains(wanted));
        let at = self.0.iter().position(is_in)?;
        let Piece::Plain(text) = &self.0[at] else { return None };
        let (before, behind) = text.split_once(wanted)?;
        let mut left = Text(self.0[..at].to_vec());
        left.push(before);
        let mut right = Text::from(behind);
        right.0.extend_from_slice(&self.0[at + 1..]);
        Some((left, right))
    }

    /// The rest behind a beginning.
    pub fn strip_prefix(&self, prefix: &str) -> Option<Text> {
        let rest = self.beginning().strip_prefix(prefix)?;
        let mut out = Text::from(rest);
        out.0.extend(self.0.iter().skip(1).cloned());
        Some(out)
    }

    /// Without blanks at both ends.
    pub fn trim(mut self) -> Text {
        if let Some(Piece::Plain(first)) = self.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Piece::Plain(last)) = self.0.last_mut() {
            *last = last.trim_end().to_owned();
        }
        self.0.retain(|piece| !matches!(piece, Piece::Plain(text) if text.is_empty()));
        self
    }

    /// The same with each plain part changed.
    pub fn map(&self, mut change: impl FnMut(&str) -> String) -> Text {
        let mut out = Text::default();
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => out.push(&change(text)),
                variable => out.0.push(variable.clone()),
            }
        }
        out
    }

    /// The template that says the same: each `$` of its own is doubled.
    pub fn template(&self) -> String {
        let mut out = String::new();
        let mut pieces = self.0.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Plain(text) => out.push_str(&text.replace('$', "$$")),
                Piece::Variable(name) => {
                    let goes_on = |next: &&Piece| match next {
                        Piece::Plain(text) => text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'),
                        Piece::Variable(_) => false,
                    };
                    let is_braced = pieces.peek().is_some_and(goes_on);
                    out.push_str(&if is_braced { format!("${{{name}}}") } else { format!("${name}") });
                }
            }
        }
        out
    }

    /// Whether somebody who reads it could take a part of it for a variable.
    pub fn looks_like_template(&self) -> bool {
        let follows = |at: usize, text: &str| {
            text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'))
        };
        self.as_plain().is_none_or(|text| text.match_indices('$').any(|(at, _)| follows(at, text)))
    }

    /// As the value of a key that takes text or `{template: …}`.
    pub fn to_yaml(&self) -> Yaml {
        match self.as_plain() {
            Some(text) => Yaml::text(text),
            None => Yaml::map([("template", Yaml::Text(self.template()))]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dollar_is_doubled_and_a_name_that_goes_on_is_braced() {
        let mut text = Text::from("a$");
        text.append(Text::variable("x"));
        text.push("b/");
        text.append(Text::variable("y"));
        text.append(Text::variable("z"));
        text.push("-$1");
        assert_eq!(text.template(), "a$$${x}b/$y$z-$$1");
        assert_eq!(Text::from("a$b").as_plain(), Some("a$b"));
        for (text, expected) in [("$a", true), ("x=${a", true), ("$_", true), ("$5", false), ("a$", false), ("", false)]
        {
            assert_eq!(Text::from(text).looks_like_template(), expected, "{text}");
        }
        assert_eq!(text.map(str::to_uppercase).template(), "A$$${x}B/$y$z-$$1");
    }
}
