//! The suite as a tree, and the tree as lines.
//!
//! Owns: what stands on one line and what on several, texts of several lines, places for comments. Does not: know when a
//! text needs quotes (see `suite::yaml_text`), or what a suite is.

use serde_json::Value as Json;

use crate::ground::printable;
use crate::suite::yaml_text;

/// A line is no longer than this where it can be parted.
const WIDTH: usize = 100;

/// How deep JSON may be nested to be written as YAML; beyond, it is to stay text.
pub const DEEPEST: usize = 60;

/// A value of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yaml {
    /// A text, in quotes where it needs them.
    Text(String),
    /// A number, true, false or null, as YAML 1.1 writes it.
    Word(String),
    /// A list.
    List(Vec<Yaml>),
    /// A mapping, in this order.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub fn text(text: impl Into<String>) -> Yaml {
        Yaml::Text(text.into())
    }

    /// A number or a boolean.
    pub fn word(word: impl ToString) -> Yaml {
        Yaml::Word(word.to_string())
    }

    /// A mapping.
    pub fn map<'k>(members: impl IntoIterator<Item = (&'k str, Yaml)>) -> Yaml {
        Yaml::Map(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// JSON as it is.
    pub fn json(json: &Json) -> Yaml {
        match json {
            Json::String(text) => Yaml::text(text),
            Json::Array(items) => Yaml::List(items.iter().map(Yaml::json).collect()),
            Json::Object(members) => {
                Yaml::Map(members.iter().map(|(key, value)| (key.clone(), Yaml::json(value))).collect())
            }
            Json::Number(number) => Yaml::Word(yaml_text::number(&number.to_string())),
            other => Yaml::word(other),
        }
    }

    /// The same with each `$` doubled, for what stands below `template`.
    pub fn doubled(self) -> Yaml {
        let doubled = |text: String| if text.contains('$') { text.replace('$', "$$") } else { text };
        match self {
            Yaml::Text(text) => Yaml::Text(doubled(text)),
            Yaml::List(items) => Yaml::List(items.into_iter().map(Yaml::doubled).collect()),
            Yaml::Map(members) => {
                Yaml::Map(members.into_iter().map(|(key, value)| (doubled(key), value.doubled())).collect())
            }
            word => word,
        }
    }

    /// How many bytes it is, about.
    pub fn size(&self) -> usize {
        match self {
            Yaml::Text(text) | Yaml::Word(text) => text.len() + 4,
            Yaml::List(items) => items.iter().map(|item| item.size() + 2).sum::<usize>() + 2,
            Yaml::Map(members) => members.iter().map(|(key, value)| key.len() + value.size() + 4).sum::<usize>() + 2,
        }
    }

    /// Writes it in flow style as far as it fits.
    fn flow(&self, out: &mut String, most: usize) -> bool {
        match self {
            Yaml::Text(text) => out.push_str(&yaml_text::text(text)),
            Yaml::Word(word) => out.push_str(word),
            Yaml::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    if !item.flow(out, most) {
                        return false;
                    }
                }
                out.push(']');
            }
            Yaml::Map(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    out.push_str(&yaml_text::text(key));
                    out.push_str(": ");
                    if !value.flow(out, most) {
                        return false;
                    }
                }
                out.push('}');
            }
        }
        out.len() <= most
    }

    /// On one line of so many characters, if that is how it is best read.
    fn on_one_line(&self, most: usize) -> Option<String> {
        let mut out = String::new();
        let always = match self {
            Yaml::Text(text) if is_block(text) => return None,
            Yaml::Text(_) | Yaml::Word(_) => true,
            Yaml::List(items) => items.is_empty(),
            Yaml::Map(members) => members.is_empty(),
        };
        (self.flow(&mut out, if always { usize::MAX } else { most }) || always).then_some(out)
    }
}

/// Whether a text is to stand on lines of its own.
fn is_block(text: &str) -> bool {
    let is_shown = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}'));
    let has_lines = text.trim_end_matches('\n').contains('\n');
    // What an editor would take away, or a reader take for the indentation, stays in quotes.
    let is_steady = !text.starts_with([' ', '\n']) && text.lines().all(|line| !line.ends_with(' '));
    has_lines && is_steady && text.chars().all(is_shown) && !text.contains(['\u{2028}', '\u{2029}', '\u{85}'])
}

/// Lines of a suite.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    count: u32,
}

impl Lines {
    /// The number of the line that is written next, from 1.
    pub fn next_line(&self) -> u32 {
        self.count + 1
    }

    /// What has been written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// A line, so many levels deep.
    pub fn push(&mut self, depth: usize, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n(' ', 2 * depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
        self.count += 1;
    }

    /// A comment; what has several lines stays on several.
    pub fn comment(&mut self, depth: usize, text: &str) {
        for (at, line) in text.lines().enumerate() {
            let indent = if at > 0 { "  " } else { "" };
            let line = format!("# {indent}{}", printable::one_line(line));
            self.push(depth, line.trim_end());
        }
    }

    /// A member of a mapping.
    pub fn member(&mut self, depth: usize, key: &str, value: &Yaml) {
        self.value(depth, &format!("{}:", yaml_text::text(key)), value);
    }

    /// An item of a list.
    pub fn item(&mut self, depth: usize, value: &Yaml) {
        match value {
            // Its first member stands beside the dash.
            Yaml::Map(members)
                if !members.is_empty() && value.on_one_line(WIDTH.saturating_sub(2 * depth)).is_none() =>
            {
                for (at, (key, value)) in members.iter().enumerate() {
                    let key = format!("{}:", yaml_text::text(key));
                    if at == 0 {
                        // Its members stand deeper than a list's item, as all others do.
                        self.value_beside_dash(depth, &key, value);
                    } else {
                        self.value(depth + 1, &key, value);
                    }
                }
            }
            value => self.value(depth, "-", value),
        }
    }

    fn value_beside_dash(&mut self, depth: usize, key: &str, value: &Yaml) {
        let from = self.text.len();
        self.value(depth + 1, key, value);
        let dash = from + 2 * depth;
        self.text.replace_range(dash..dash + 1, "-");
    }

    fn value(&mut self, depth: usize, before: &str, value: &Yaml) {
        let room = WIDTH.saturating_sub(2 * depth + before.len());
        if let Some(line) = value.on_one_line(room) {
            self.push(depth, &format!("{before} {line}"));
            return;
        }
        match value {
            Yaml::Text(text) => {
                let kept = text.trim_end_matches('\n');
                let end = match text.len() - kept.len() {
                    0 => "-",
                    1 => "",
                    _ => "+",
                };
                self.push(depth, &format!("{before} |{end}"));
                // The last line's own end is that of the line.
                for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
                    self.push(depth + 1, line);
                }
            }
            Yaml::List(items) => {
                self.push(depth, before);
                items.iter().for_each(|item| self.item(depth + 1, item));
            }
            Yaml::Map(members) => {
                self.push(depth, before);
                members.iter().for_each(|(key, value)| self.member(depth + 1, key, value));
            }
            Yaml::Word(word) => self.push(depth, &format!("{before} {word}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::document;

    fn written(value: &Yaml) -> String {
        let mut lines = Lines::default();
        lines.item(0, &Yaml::map([("key", value.clone())]));
        lines.into_text()
    }

    fn read(text: &str) -> String {
        document::read_value(text).unwrap_or_else(|error| panic!("{error}:\n{text}")).repr()
    }

    #[test]
    fn what_is_written_reads_as_it_was() {
        let words = [
            "yes",
            "0755",
            "1e3",
            "~",
            "null",
            "2026-01-01",
            "",
            " a",
            "a ",
            "a: b",
            "#",
            "'",
            "\"",
            "\\",
            "- a",
            "? b",
            "a\nb",
            "a\nb\n",
            "a\n\nb\n\n",
            "\na",
            " a\nb",
            "a\n b\n",
            "a\r\nb",
            "a\tb\n\tc",
            "\n",
            "a \nb",
            "é\n\u{1f600}",
            "\u{0}",
            "{{a}}",
            "[x]",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a",
            "12:30",
            "1_000",
            ".5",
            "=",
            "<<",
            "a,b",
            "a #b",
            "---\na",
            "--- a\n...\n",
            "# a\n# b",
        ];
        let long = "x".repeat(80);
        for word in words {
            // The reader takes this key for a merge, with quotes or without.
            let key = if word == "<<" { "<" } else { word };
            let deep = Yaml::map([
                ("a", Yaml::text(word)),
                (
                    "b",
                    Yaml::List(vec![
                        Yaml::text(word),
                        Yaml::text(&long),
                        Yaml::map([(key, Yaml::text(&long)), ("c", Yaml::text(word))]),
                    ]),
                ),
            ]);
            for value in [Yaml::text(word), Yaml::List(vec![Yaml::text(word)]), deep] {
                let text = written(&value);
                let mut flow = String::new();
                Yaml::List(vec![Yaml::map([("key", value)])]).flow(&mut flow, usize::MAX);
                assert_eq!(read(&text), read(&flow), "{text}");
            }
            assert!(
                read(&written(&Yaml::text(word))).contains(&crate::ground::value::Value::Str(word.to_owned()).repr())
            );
        }
    }

    #[test]
    fn long_values_stand_on_several_lines() {
        let json: Json =
            serde_json::from_str(r#"{"a": [1, 1e5, null, true, "no"], "b": {"c": "two\nlines"}}"#).unwrap();
        let value = Yaml::map([("short", Yaml::json(&json)), ("long", Yaml::text("x".repeat(90)))]);
        assert_eq!(
            written(&value),
            format!(
                "- key:\n    short: {{a: [1, 100000.0, null, true, \"no\"], b: {{c: \"two\\nlines\"}}}}\n    long: {}\n",
                "x".repeat(90)
            )
        );
    }
}
