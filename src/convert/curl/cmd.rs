//! Command lines of cmd.exe, as browsers copy them: a caret quotes what follows it, `""` and `\"` are a quote.
//!
//! Owns: the two readings, that of cmd.exe and that of the program. Does not: fill variables in: `%41` is an encoded
//! letter far more often than a variable.

use super::super::text::Text;
use super::shell::{CommandLine, Word};
use crate::ground::source::{Fault, Source};

/// Reads all commands of a text.
///
/// # Errors
/// A pipe, and a quote that is not closed.
pub fn commands(source: &Source) -> Result<Vec<CommandLine>, Fault> {
    let mut commands = Vec::new();
    for line in lines(source)? {
        let command = CommandLine { words: words(source, &line)?, input: None };
        if !command.words.is_empty() {
            commands.push(command);
        }
    }
    Ok(commands)
}

fn fault(source: &Source, at: usize, message: &str) -> Fault {
    Fault::new(source.location(source.position(at)), message)
}

/// How much is read, in bytes: each character keeps its place.
pub const LARGEST: usize = 16 << 20;

/// A line without its carets: its characters with their offsets.
type Line = Vec<(char, usize)>;

/// What cmd.exe makes of the text: lines, and `&` between commands.
fn lines(source: &Source) -> Result<Vec<Line>, Fault> {
    let (mut lines, mut line) = (Vec::new(), Line::new());
    let mut is_quoted = false;
    let mut characters = source.text().char_indices().filter(|(_, c)| *c != '\r').peekable();
    while let Some((at, c)) = characters.next() {
        match c {
            '^' if !is_quoted => match characters.next() {
                // The line goes on; a line end behind that one is quoted.
                Some((_, '\n')) => {
                    if let Some((at, '\n')) = characters.peek().copied() {
                        line.push(('\n', at));
                        characters.next();
                    }
                }
                Some((at, quoted)) => line.push((quoted, at)),
                None => {}
            },
            '"' => {
                is_quoted = !is_quoted;
                line.push((c, at));
            }
            '\n' => {
                is_quoted = false;
                lines.push(std::mem::take(&mut line));
            }
            '&' if !is_quoted => lines.push(std::mem::take(&mut line)),
            '|' if !is_quoted => {
                return Err(fault(source, at, "a pipe needs a shell; only curl's own words are read"));
            }
            c => line.push((c, at)),
        }
    }
    lines.push(line);
    Ok(lines)
}

/// What the program makes of its line.
fn words(source: &Source, line: &[(char, usize)]) -> Result<Vec<Word>, Fault> {
    let mut words = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let mut open: Option<usize> = None;
    let mut at = 0;
    while let Some((c, offset)) = line.get(at).copied() {
        at += 1;
        if matches!(c, ' ' | '\t') && open.is_none() {
            words.extend(word.take());
            continue;
        }
        let (text, _) = word.get_or_insert((String::new(), offset));
        match c {
            '\\' => {
                let more = line[at..].iter().take_while(|(c, _)| *c == '\\').count();
                let backslashes = more + 1;
                at += more;
                let before_quote = line.get(at).is_some_and(|(c, _)| *c == '"');
                let kept = if before_quote { backslashes / 2 } else { backslashes };
                text.extend(std::iter::repeat_n('\\', kept));
                if before_quote && backslashes % 2 == 1 {
                    text.push('"');
                    at += 1;
                }
            }
            '"' if open.is_some() && line.get(at).is_some_and(|(c, _)| *c == '"') => {
                text.push('"');
                at += 1;
            }
            '"' => open = if open.is_some() { None } else { Some(offset) },
            c => text.push(c),
        }
    }
    if let Some(offset) = open {
        return Err(fault(source, offset, "the quote \" is not closed"));
    }
    words.extend(word);
    Ok(words.into_iter().map(|(text, at)| Word { text: Text::from(text), at }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_of(text: &str) -> Vec<String> {
        let commands = commands(&Source::new("c.cmd", text.to_owned())).unwrap();
        let word = |word: &Word| word.text.as_plain().unwrap_or_default().to_owned();
        commands.iter().flat_map(|command| command.words.iter().map(word)).collect()
    }

    #[test]
    fn words_are_those_of_browsers() {
        for (text, expected) in [
            (
                "curl \"http://h/?a=b\" ^\r\n  -H \"a: \"\"b\"\"\" ^\n --x",
                &["curl", "http://h/?a=b", "-H", "a: \"b\"", "--x"][..],
            ),
            (
                "curl ^\"http://h/?a=b^&c=%^41^\" ^\n  --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"^^^\\^\"^}^\"",
                &["curl", "http://h/?a=b&c=%41", "--data-raw", "{\"a\":\"^\"}"],
            ),
            ("a ^\"x^\n\ny^\" & b", &["a", "x\ny", "b"]),
            (r#"a "c:\d\\" \\x "\\\"y""#, &["a", r"c:\d\", r"\\x", r#"\"y"#]),
        ] {
            assert_eq!(words_of(text), expected, "{text}");
        }
        let fault = commands(&Source::new("c.cmd", "a\nb \"x".to_owned())).unwrap_err();
        assert_eq!(fault.location.to_string(), "c.cmd:2:3");
    }
}
