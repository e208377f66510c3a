//! Command lines of a POSIX shell, as words.
//!
//! Owns: quotes, continued lines, comments, variables, `< FILE`. Does not: know any command.
//!
//! What needs a shell to run something (a pipe, `$(…)`, a here-document) is an error with its place.

use super::super::text::Text;
use crate::convert::made::MadeSuite;
use crate::ground::source::{Fault, Source};

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says; variables of the shell stand in it under their names.
    pub text: Text,
    /// The offset at which it begins.
    pub at: usize,
}

/// A command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// Its words.
    pub words: Vec<Word>,
    /// The file that is its standard input.
    pub input: Option<Word>,
}

/// Reads all commands of a text.
///
/// # Errors
/// What only a shell can do, and quotes that are not closed.
pub fn commands(source: &Source) -> Result<Vec<CommandLine>, Fault> {
    let mut lexer = Lexer { source, text: source.text(), at: 0, has_prompts: has_prompts(source.text()) };
    let mut commands = Vec::new();
    let mut command = CommandLine::default();
    loop {
        lexer.skip_blanks();
        let at = lexer.at;
        match lexer.peek() {
            // No suite takes more.
            _ if commands.len() > MadeSuite::MOST => return Ok(commands),
            None => break,
            // Between commands with prompts stands what they printed.
            Some(other) if other != '\n' && lexer.is_printed() && command.words.is_empty() => lexer.skip_line(),
            Some('\n' | ';') => {
                lexer.next();
                finish(&mut command, &mut commands);
            }
            Some('#') => lexer.skip_line(),
            Some('|') if lexer.rest().starts_with("||") => {
                lexer.at += 2;
                finish(&mut command, &mut commands);
            }
            Some('|') => return Err(lexer.fault(at, "a pipe needs a shell; only curl's own words are read")),
            Some('&') => {
                lexer.at += if lexer.rest().starts_with("&&") { 2 } else { 1 };
                // `&> FILE` is output, too.
                if lexer.peek() == Some('>') {
                    lexer.redirect(&mut command)?;
                } else {
                    finish(&mut command, &mut commands);
                }
            }
            Some('<' | '>') => lexer.redirect(&mut command)?,
            Some('(' | ')') => return Err(lexer.fault(at, "a subshell needs a shell; only curl's own words are read")),
            Some(_) => {
                let word = lexer.word()?;
                let is_descriptor = matches!(word.text.as_plain(), Some(digit) if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit());
                // `2> FILE`: the digit is no word.
                if !(is_descriptor && matches!(lexer.peek(), Some('<' | '>')) && lexer.at == at + 1) {
                    command.words.push(word);
                }
            }
        }
    }
    finish(&mut command, &mut commands);
    Ok(commands)
}

fn finish(command: &mut CommandLine, commands: &mut Vec<CommandLine>) {
    if !command.words.is_empty() {
        commands.push(std::mem::take(command));
    }
}

/// What a terminal shows before a command, where it was copied with it.
const PROMPTS: [&str; 2] = ["$ ", "% "];

/// Whether the first line that is no comment has a prompt, as in a transcript.
fn has_prompts(text: &str) -> bool {
    let first = text.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|first| PROMPTS.iter().any(|prompt| first.starts_with(prompt)))
}

/// Reads a text, a place at a time.
struct Lexer<'s> {
    source: &'s Source,
    text: &'s str,
    at: usize,
    has_prompts: bool,
}

impl<'s> Lexer<'s> {
    fn fault(&self, at: usize, message: impl Into<String>) -> Fault {
        Fault::new(self.source.location(self.source.position(at)), message)
    }

    fn rest(&self) -> &'s str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// A backslash at the end of a line, however the line ends.
    fn continued(&self) -> Option<usize> {
        ["\\\n", "\\\r\n"].iter().find(|end| self.rest().starts_with(**end)).map(|end| end.len())
    }

    fn skip_blanks(&mut self) {
        loop {
            match (self.peek(), self.continued()) {
                (Some(' ' | '\t' | '\r' | '\u{a0}'), _) => drop(self.next()),
                (_, Some(length)) => {
                    self.at += length;
                    // A shell shows that it waits for the rest.
                    if self.has_prompts && self.rest().trim_start().starts_with("> ") {
                        self.at = self.text.len() - self.rest().trim_start().len() + 2;
                    }
                }
                _ => return,
            }
        }
    }

    /// Whether a line begins here that has no prompt, in a text whose commands have one.
    fn is_printed(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t', '\r', '\u{a0}']);
        self.has_prompts
            && (before.is_empty() || before.ends_with('\n'))
            && !PROMPTS.iter().any(|prompt| self.rest().starts_with(prompt))
    }

    fn skip_line(&mut self) {
        self.at = self.rest().find('\n').map_or(self.text.len(), |end| self.at + end);
    }

    /// `< FILE` is kept, what is done with the output is not.
    fn redirect(&mut self, command: &mut CommandLine) -> Result<(), Fault> {
        let at = self.at;
        if self.rest().starts_with("<<<") {
            return Err(self.fault(at, "a here-string needs a shell; put it in a file, and name that with @FILE"));
        }
        if self.rest().starts_with("<<") {
            return Err(self.fault(at, "a here-document needs a shell; put it in a file, and name that with @FILE"));
        }
        if self.rest().starts_with("<(") || self.rest().starts_with(">(") {
            return Err(self.fault(at, "a substituted process needs a shell; only curl's own words are read"));
        }
        let is_input = self.next() == Some('<');
        while let Some('>' | '&' | '|') = self.peek() {
            self.next();
        }
        self.skip_blanks();
        if matches!(self.peek(), None | Some('\n' | ';' | '|' | '&' | '<' | '>')) {
            return Err(self.fault(at, "the name of a file is missing behind the redirection"));
        }
        let word = self.word()?;
        if is_input {
            command.input = Some(word);
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Word, Fault> {
        let mut word = Word { text: Text::default(), at: self.at };
        while let Some(next) = self.peek() {
            if let Some(length) = self.continued() {
                self.at += length;
                continue;
            }
            let at = self.at;
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' | '<' | '>' | '(' | ')' => break,
                '\'' => {
                    self.at += 1;
                    let end = self.rest().find('\'').ok_or_else(|| self.fault(at, "the quote ' is not closed"))?;
                    word.text.push(&self.rest()[..end]);
                    self.at += end + 1;
                }
                '"' => {
                    self.at += 1;
                    self.double(at, &mut word.text)?;
                }
                '\\' => {
                    self.at += 1;
                    // At the end of all there is nothing to be quoted.
                    word.text.push(self.next().unwrap_or('\\').encode_utf8(&mut [0; 4]));
                }
                '$' if self.rest().starts_with("$'") => {
                    self.at += 2;
                    word.text.push(&self.ansi_c(at)?);
                }
                '$' if self.rest().starts_with("$\"") => {
                    self.at += 2;
                    self.double(at, &mut word.text)?;
                }
                '$' => self.variable(&mut word.text)?,
                '`' => return Err(self.substitution(at)),
                next => {
                    self.at += next.len_utf8();
                    word.text.push(next.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(word)
    }

    /// What stands in double quotes; the first one has been read.
    fn double(&mut self, begin: usize, text: &mut Text) -> Result<(), Fault> {
        loop {
            if let Some(length) = self.continued() {
                self.at += length;
                continue;
            }
            let at = self.at;
            match self.next() {
                None => return Err(self.fault(begin, "the quote \" is not closed")),
                Some('"') => return Ok(()),
                Some('\\') => match self.peek() {
                    Some(quoted @ ('"' | '\\' | '$' | '`')) => {
                        self.at += 1;
                        text.push(quoted.encode_utf8(&mut [0; 4]));
                    }
                    _ => text.push("\\"),
                },
                Some('$') => {
                    self.at = at;
                    self.variable(text)?;
                }
                Some('`') => return Err(self.substitution(at)),
                Some(other) => text.push(other.encode_utf8(&mut [0; 4])),
            }
        }
    }

    fn substitution(&self, at: usize) -> Fault {
        self.fault(at, "what a command prints is only known to a shell; write the text, or a variable such as $TOKEN")
    }

    /// `$NAME`, `${NAME}`; a `$` before anything else is one.
    fn variable(&mut self, text: &mut Text) -> Result<(), Fault> {
        let at = self.at;
        self.at += 1;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = |text: &'s str| {
            let name = &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())];
            if name.starts_with(|c: char| c.is_ascii_digit()) { "" } else { name }
        };
        match self.peek() {
            Some('(') => Err(self.substitution(at)),
            Some('{') => {
                let inner = &self.rest()[1..];
                let name = name(inner);
                if name.is_empty() || !inner[name.len()..].starts_with('}') {
                    return Err(
                        self.fault(at, "only $NAME and ${NAME} are read; a shell does more with what is in braces")
                    );
                }
                self.at += name.len() + 2;
                text.append(Text::variable(name));
                Ok(())
            }
            Some('0'..='9' | '@' | '*' | '#' | '?' | '!' | '$') => {
                Err(self
                    .fault(at, "a shell's own parameter has no value here; a $ of the text is written \\$, or in '…'"))
            }
            _ => {
                let name = name(self.rest());
                self.at += name.len();
                match name {
                    "" => text.push("$"),
                    name => text.append(Text::variable(name)),
                }
                Ok(())
            }
        }
    }

    /// What stands in `$'…'`; the first quote has been read.
    fn ansi_c(&mut self, begin: usize) -> Result<String, Fault> {
        let mut bytes = Vec::new();
        loop {
            let at = self.at;
            let next = self.next().ok_or_else(|| self.fault(begin, "the quote $' is not closed"))?;
            match next {
                '\'' => break,
                '\\' => self.escape(at, &mut bytes)?,
                other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        String::from_utf8(bytes).map_err(|_| {
            self.fault(
                begin,
                "it has bytes that are no UTF-8; put them in a file, and name that with --data-binary @FILE",
            )
        })
    }

    fn escape(&mut self, at: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(escape) = self.next() else { return Ok(()) };
        match escape {
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            'r' => bytes.push(b'\r'),
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'e' | 'E' => bytes.push(0x1b),
            'f' => bytes.push(0xc),
            'v' => bytes.push(0xb),
            '\\' | '\'' | '"' | '?' => bytes.push(escape as u8),
            '0'..='7' => {
                self.at -= 1;
                let value = self.digits(3, 8);
                bytes.extend(u8::try_from(value & 0xff));
            }
            'x' => match self.digits(2, 16) {
                0 if !self.text[..self.at].ends_with('0') => bytes.extend_from_slice(b"\\x"),
                value => bytes.extend(u8::try_from(value)),
            },
            'u' | 'U' => {
                let mut value = self.digits(if escape == 'u' { 4 } else { 8 }, 16);
                // Browsers write a character beyond U+FFFF as two halves.
                if (0xd800..0xdc00).contains(&value) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    let low = self.digits(4, 16);
                    value = 0x10000 + ((value - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                }
                let character = char::from_u32(value);
                let character = character.ok_or_else(|| self.fault(at, format!("U+{value:04X} is no character")))?;
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        if bytes.contains(&0) {
            return Err(self.fault(at, "a word of a command cannot hold a NUL"));
        }
        Ok(())
    }

    /// Up to so many digits.
    fn digits(&mut self, most: usize, radix: u32) -> u32 {
        let mut value: u32 = 0;
        for _ in 0..most {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(radix)) else { break };
            value = value.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<CommandLine>, Fault> {
        commands(&Source::new("c.sh", text.to_owned()))
    }

    fn words(text: &str) -> Vec<String> {
        let commands = read(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
        commands.iter().flat_map(|command| command.words.iter().map(|word| word.text.template())).collect()
    }

    #[test]
    fn words_are_a_shells() {
        for (text, expected) in [
            ("a  'b c'\t\"d e\"", &["a", "b c", "d e"][..]),
            ("a'b'\"c\"\\ d", &["abc d"]),
            (r#""a\"b\\c\$d\e""#, &[r#"a"b\c$$d\e"#]),
            ("'$x' \"$x-${y}z\" $x", &["$$x", "$x-${y}z", "$x"]),
            ("a \\\n b \\\r\n c\r\nd", &["a", "b", "c", "d"]),
            ("\"a\\\nb\"", &["ab"]),
            ("# comment 'x\na#b # c", &["a#b"]),
            ("''", &[""]),
            (r"$'a\n\t\x41\u00e9\U0001F600\'\101\e'", &["a\n\tA\u{e9}\u{1f600}'A\u{1b}"]),
            (r"$'\ud83d\ude00\xc3\xa9'", &["\u{1f600}\u{e9}"]),
            (r"$'\q\x'", &[r"\q\x"]),
            ("a$ \"$\" $", &["a$$", "$$", "$$"]),
            ("a 2>/dev/null > out &", &["a"]),
            ("a 2>&1; b && c || d", &["a", "b", "c", "d"]),
            ("a\\", &["a\\"]),
            ("$ a 'b\nc' \\\r\n> d\r\n{\"x\": (1|2)}\r\n\r\n$ e\n<p>'", &["$$", "a", "b\nc", "d", "$$", "e"]),
            ("# of the wiki\n  % a\nb", &["%", "a"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        let commands = read("curl -d @- < 'in put' x").unwrap();
        assert_eq!(commands[0].input.as_ref().unwrap().text.as_plain(), Some("in put"));
        assert_eq!(commands[0].words.len(), 4);
    }

    #[test]
    fn what_needs_a_shell_is_an_error_with_its_place() {
        for (text, place) in [
            ("a | b", "1:3"),
            ("a\n\n $(x)", "3:2"),
            ("a `x`", "1:3"),
            ("a \"`x`\"", "1:4"),
            ("a <<E", "1:3"),
            ("a <<< x", "1:3"),
            ("a <(x)", "1:3"),
            ("(a)", "1:1"),
            ("é 'x", "1:3"),
            ("a \"x", "1:3"),
            ("a $'x", "1:3"),
            ("a ${x:-y}", "1:3"),
            ("a $1", "1:3"),
            (r"a $'\xff'", "1:3"),
            (r"a $'\ud800'", "1:5"),
            (r"a $'\0'", "1:5"),
            ("a <", "1:3"),
        ] {
            let fault = read(text).expect_err(text);
            assert_eq!(fault.location.to_string(), format!("c.sh:{place}"), "{text}: {fault}");
        }
    }
}
