//! dotenv files: `NAME=value`, a line each.
//!
//! Owns: the form of a line, quotes, what is wrong with one. Does not: open files, fill anything in for `$NAME`.

use crate::ground::source::{Fault, Source};

/// The names and values of a dotenv file, in its order.
///
/// `export` may stand before a name, and `#` begins a comment where a line or, after a blank, its rest begins. In
/// double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are what they stand for; single quotes hold what is written.
/// A quoted value may go over several lines.
///
/// # Errors
/// The first line that is none of this.
pub fn read(source: &Source) -> Result<Vec<(String, String)>, Fault> {
    let text = source.text();
    let mut pairs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let line = text[at..].split_inclusive('\n').next().unwrap_or_default();
        let begin = at + (line.len() - line.trim_start().len());
        let rest = line.trim();
        if rest.is_empty() || rest.starts_with('#') {
            at += line.len();
            continue;
        }
        let fault = |place: usize, message: String| Fault::new(source.location(source.position(place)), message);
        let begin_of_name = begin + rest.strip_prefix("export ").map_or(0, |name| rest.len() - name.trim_start().len());
        let named = &text[begin_of_name..at + line.len()];
        let Some((name, value)) = named.split_once('=') else {
            return Err(fault(
                begin,
                "is no line of a dotenv file; write NAME=value, or # before a comment".to_owned(),
            ));
        };
        let name = name.trim_end();
        if !is_name(name) {
            let message = format!(
                "{:?} is no name of a variable; write letters, digits and _, and no digit first",
                name.chars().take(40).collect::<String>()
            );
            return Err(fault(begin_of_name, message));
        }
        let from = at + line.len() - value.len();
        let from = from + (value.len() - value.trim_start_matches([' ', '\t']).len());
        let (value, end) = match text[from..].chars().next() {
            Some(quote @ ('"' | '\'')) => quoted(text, from, quote)
                .ok_or_else(|| fault(from, format!("the value of {name} has no closing {quote}")))?,
            _ => (unquoted(&text[from.min(at + line.len())..at + line.len()]), at + line.len()),
        };
        let tail = text[end..].split_inclusive('\n').next().unwrap_or_default();
        if end != at + line.len() && !matches!(tail.trim_start().chars().next(), None | Some('#')) {
            return Err(fault(end, format!("something stands after the closing quote of {name}")));
        }
        pairs.push((name.to_owned(), value));
        at = if end == at + line.len() { end } else { end + tail.len() };
    }
    Ok(pairs)
}

/// Whether a variable can have this name there.
pub fn is_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit() || c == '.' || c == '-')
}

/// The value up to a comment.
fn unquoted(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    let comment = if text.starts_with('#') { Some(0) } else { text.find(" #").or_else(|| text.find("\t#")) };
    text[..comment.unwrap_or(text.len())].trim().to_owned()
}

/// The value in quotes that opens at a place, and where it ends.
fn quoted(text: &str, from: usize, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text[from + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, from + 1 + at + 1)),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                c @ ('"' | '\\' | '$') => value.push(c),
                other => value.extend(['\\', other]),
            },
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<(String, String)>, String> {
        read(&Source::new(".env", text.to_owned())).map_err(|fault| fault.to_string())
    }

    #[test]
    fn lines_quotes_and_comments_are_read() {
        for (text, expected) in [
            ("", &[][..]),
            ("# none\n\n  # more\n", &[]),
            ("A=1\nB = two words \n", &[("A", "1"), ("B", "two words")]),
            ("export A=1", &[("A", "1")]),
            ("A=a#b # c\r\nB=#c\nC=", &[("A", "a#b"), ("B", ""), ("C", "")]),
            ("A=\"x # y\" # z\nB='$A \\n'\n", &[("A", "x # y"), ("B", "$A \\n")]),
            ("A=\"one\\ntwo\\\"\\$\\q\"", &[("A", "one\ntwo\"$\\q")]),
            ("KEY='-----BEGIN\nline\n-----END'\nB=x=y", &[("KEY", "-----BEGIN\nline\n-----END"), ("B", "x=y")]),
            ("exports=1\na.b-c=2", &[("exports", "1"), ("a.b-c", "2")]),
        ] {
            let expected: Vec<(String, String)> =
                expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(read_text(text).as_deref(), Ok(&expected[..]), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_line_is_told_with_its_place() {
        for (text, message) in [
            ("A=1\n  just words\n", ".env:2:3: is no line of a dotenv file"),
            ("1A=x", ".env:1:1: \"1A\" is no name of a variable"),
            ("export =x", ".env:1:8: \"\" is no name of a variable"),
            ("A=\"x\nB=1\n", ".env:1:3: the value of A has no closing \""),
            ("A='x' y\n", ".env:1:6: something stands after the closing quote of A"),
        ] {
            let told = read_text(text).unwrap_err();
            assert!(told.starts_with(message), "{text:?}: {told}");
        }
    }
}
