//! How an error before the run is shown: its first line, the place, the line there, a caret, the remedy.
//!
//! Owns: the picture, its colours, what in a message is the remedy. Does not: write (see `logging`).

use std::borrow::Cow;

use crate::ground::columns::cut_end;
use crate::ground::printable::lines;
use crate::ground::source::Fault;

/// How text is marked and laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Whether it is shown in colours.
    pub coloured: bool,
    /// Whether a terminal shows it.
    pub on_terminal: bool,
    /// No line but the first is wider.
    pub columns: usize,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { coloured: false, on_terminal: false, columns: 80 }
    }
}

impl Marks {
    fn red<'t>(self, text: &'t str) -> Cow<'t, str> {
        if self.coloured { format!("\u{1b}[31m{text}\u{1b}[0m").into() } else { text.into() }
    }

    fn cyan<'t>(self, text: &'t str) -> Cow<'t, str> {
        if self.coloured { format!("\u{1b}[36m{text}\u{1b}[0m").into() } else { text.into() }
    }
}

/// An error that has no place in a file.
pub fn plainly(message: &str, marks: Marks) -> String {
    // A control character of a file's name is not for a terminal to obey.
    let message = if marks.on_terminal { lines(message) } else { message.into() };
    format!("{} {message}", marks.red("error:"))
}

/// An error at a place of a file.
pub fn picture(fault: &Fault, marks: Marks) -> String {
    let mut out = plainly(&fault.to_string(), marks);
    let Some(excerpt) = &fault.excerpt else { return out };
    let (line, column) = excerpt.at;
    let place = format!("{}:{line}:{column}", fault.location.file);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    let room = marks.columns.saturating_sub(number.len() + 3);
    let drawn = excerpt.drawn(room);
    out.push_str(&format!("\n{margin}{} {}\n", marks.cyan("-->"), marks.cyan(&lines(&place))));
    out.push_str(&format!("{} {} {}\n", marks.cyan(&number), marks.cyan("|"), drawn.line));
    out.push_str(&format!("{margin} {} {}{}", marks.cyan("|"), drawn.indent, marks.red(&drawn.caret)));
    if let Some(remedy) = remedy(&fault.message) {
        let remedy = cut_end(&lines(&remedy), room);
        out.push_str(&format!("\n{margin} {} {remedy}", marks.cyan("=")));
    }
    out
}

/// What a message says is to be done, without what it says is wrong.
fn remedy(message: &str) -> Option<String> {
    let outside = |text: &str| text.matches('"').count().is_multiple_of(2);
    let after = |sign: &str| {
        let mut found = message.match_indices(sign).filter(|(at, _)| outside(&message[..*at]));
        found.next().map(|(at, _)| (&message[..at], &message[at + sign.len()..]))
    };
    if let Some((_, rest)) = after("; ") {
        // Of a question and a list of everything there is, the question is the answer.
        return Some(rest.split_once("?; ").map_or(rest.to_owned(), |(question, _)| format!("{question}?")));
    }
    if let Some((_, rest)) = after(" must be ") {
        let allowed = rest.rsplit_once(", not ").map_or(rest, |(allowed, _)| allowed);
        return Some(format!("write {allowed}"));
    }
    // Of things that need each other, none is to be added.
    if let Some((_, needed)) = after(" needs ").filter(|(before, _)| !before.contains(" in a circle: ")) {
        return Some(format!("add {needed}"));
    }
    if message.ends_with(" has no url") {
        return Some("add url: /path".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_what_is_to_be_done() {
        for (message, expected) in [
            ("unknown comparator \"x\"; did you mean \"y\"?; one of y, z", Some("did you mean \"y\"?")),
            ("unknown comparator \"a; b\"; one of y, z", Some("one of y, z")),
            ("url must be text or {template: …}, not a list", Some("write text or {template: …}")),
            ("compare needs expected: a value", Some("add expected: a value")),
            ("depends_on goes round in a circle: \"a\" needs \"b\" needs \"a\"", None),
            ("a test \"x must be y\" has no url", Some("add url: /path")),
            ("cannot import x.yaml: no such file or directory", None),
        ] {
            assert_eq!(remedy(message).as_deref(), expected, "{message}");
        }
    }
}
