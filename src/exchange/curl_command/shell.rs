//! Words for a POSIX shell.
//!
//! Owns: quoting, variables in place of secrets, bodies that no argument can carry. Does not: know curl's flags.

use std::fmt::Write as _;

use crate::exchange::secret_places::{Mark, SHORTEST_CALLED};
use crate::secrets::{Secrets, forms};

/// Shorter values are not looked for: they would be found everywhere.
const SHORTEST: usize = 3;

/// What the variable of a secret's form is called behind the secret's own.
const ENCODED: &str = "_ENCODED";

/// An argument may have 128 KiB on Linux.
const LONGEST_ARGUMENT: usize = 100_000;

/// Variables that shells and programs live by.
const TAKEN: [&str; 12] =
    ["CDPATH", "EDITOR", "ENV", "HOME", "IFS", "LANG", "PATH", "PS1", "PS2", "PWD", "SHELL", "USER"];

/// How a command is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// All on one line, whatever is in the body.
    OneLine,
    /// A line for each flag, and a body that has lines on its own lines.
    Pretty,
    /// All on one line for shells that know `$'…'`, which can say every text.
    Quoted,
}

/// A text in which variables stand for secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Variable(String),
}

impl Text {
    /// A text without secrets.
    pub fn plain(text: impl Into<String>) -> Text {
        Text(vec![Piece::Plain(text.into())])
    }

    /// Puts another text behind it.
    pub fn append(&mut self, other: Text) {
        for piece in other.0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Plain(text)), Piece::Plain(more)) => text.push_str(&more),
                (_, piece) => self.0.push(piece),
            }
        }
    }

    /// Whether one of the characters stands in what is no secret.
    pub fn plain_contains<const N: usize>(&self, wanted: [char; N]) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Plain(text) if text.contains(wanted)))
    }
}

enum Part<'b> {
    Plain(&'b [u8]),
    Variable(String),
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Secrets, and the variables that stand for them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    given: Vec<Named>,
    used: Vec<String>,
    /// All texts in which secrets were looked for, a line each.
    seen: Vec<u8>,
}

#[derive(Clone)]
struct Named {
    secret: String,
    variable: String,
    /// Whether it is looked for in every text.
    is_searched: bool,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.variable)
    }
}

impl Names {
    /// Begins the command anew; what has its variable keeps it.
    pub fn begin(&mut self) {
        self.used.clear();
        self.seen.clear();
    }

    /// Lets a variable stand for a secret wherever it is met.
    pub fn give(&mut self, secret: &str, variable: &str) {
        self.put(secret, variable, secret.len() >= SHORTEST);
    }

    fn put(&mut self, secret: &str, variable: &str, is_searched: bool) {
        if let Some(named) = self.given.iter_mut().find(|named| named.secret == secret) {
            named.is_searched |= is_searched;
            return;
        }
        if secret.is_empty() {
            return;
        }
        let variable = self.free(variable);
        self.given.push(Named { secret: secret.to_owned(), variable, is_searched });
        // The longest first, so that a secret that holds another is replaced whole.
        self.given.sort_by_key(|named| std::cmp::Reverse(named.secret.len()));
    }

    /// As `give`, with a variable that is called like a header or a parameter.
    pub fn make(&mut self, secret: &str, name: &str) {
        self.give(secret, &name.to_ascii_uppercase());
    }

    /// Gives variables to all that was seen and is a form of a secret with a variable, or one of these secrets.
    pub fn give_forms(&mut self, others: &[&Secrets]) {
        let mut seen = String::from_utf8_lossy(&self.seen).into_owned();
        for Named { secret, variable, .. } in self.given.clone().into_iter().filter(|named| named.is_searched) {
            let variable = format!("{}{ENCODED}", variable.trim_end_matches(ENCODED));
            let mut forms = forms(&secret);
            forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
            for form in forms.iter().filter(|form| **form != secret) {
                // Of one form that is a part of another only the longer one is met.
                if seen.contains(form.as_str()) {
                    seen = seen.replace(form.as_str(), "\n");
                    self.give(form, &variable);
                }
            }
        }
        for form in others.iter().flat_map(|others| others.met_in(&seen)) {
            // Behind `Bearer` or a name stands what has its variable.
            let rest = form.rfind([' ', ':']).map(|at| &form[at + 1..]);
            if !rest.is_some_and(|rest| self.has(rest)) {
                self.give(form, "SECRET");
            }
        }
    }

    /// Whether a secret has its variable already.
    pub fn has(&self, secret: &str) -> bool {
        self.given.iter().any(|named| named.secret == secret)
    }

    /// The variable for a text that is secret as a whole.
    pub fn secret(&mut self, secret: &str, name: &str) -> Text {
        self.make(secret, name);
        let found = self.given.iter().find(|named| named.secret == secret);
        let Some(variable) = found.map(|named| named.variable.clone()) else { return Text::plain("") };
        self.note(&variable);
        Text(vec![Piece::Variable(variable)])
    }

    /// A variable for a secret that is not known.
    pub fn variable(&mut self, name: &str) -> Text {
        let variable = self.free(name);
        self.note(&variable);
        Text(vec![Piece::Variable(variable)])
    }

    /// A text with variables where secrets stand in it.
    pub fn text(&mut self, text: &str) -> Text {
        self.marked(text, &[])
    }

    /// The same; what stands at the marks is secret, whatever it is.
    pub fn marked(&mut self, text: &str, marks: &[Mark]) -> Text {
        let mut out = Text::default();
        for part in self.marked_parts(text.as_bytes(), marks) {
            out.append(match part {
                // Secrets are text, so what is left between them is.
                Part::Plain(bytes) => Text::plain(String::from_utf8_lossy(bytes)),
                Part::Variable(name) => Text(vec![Piece::Variable(name)]),
            });
        }
        if out.0.is_empty() { Text::plain("") } else { out }
    }

    /// Bytes, parted at the marks and where secrets stand.
    fn marked_parts<'b>(&mut self, bytes: &'b [u8], marks: &[Mark]) -> Vec<Part<'b>> {
        let mut parts = Vec::new();
        let mut at = 0;
        for Mark { place, name, value } in marks {
            parts.append(&mut self.parts(&bytes[at..place.start]));
            at = place.end;
            let written = String::from_utf8_lossy(&bytes[place.clone()]).into_owned();
            let variable = self.called(&written, value, name);
            self.note(&variable);
            parts.push(Part::Variable(variable));
        }
        parts.append(&mut self.parts(&bytes[at..]));
        parts
    }

    /// The variable of what is secret by what it is called, and written in some form.
    fn called(&mut self, written: &str, value: &str, name: &str) -> String {
        self.put(value, &name.to_ascii_uppercase(), value.len() >= SHORTEST_CALLED);
        let variable = |names: &Names, secret: &str| {
            names.given.iter().find(|named| named.secret == secret).map(|named| named.variable.clone())
        };
        let of_value = variable(self, value).unwrap_or_default();
        self.put(written, &format!("{of_value}{ENCODED}"), written.len() >= SHORTEST_CALLED);
        variable(self, written).unwrap_or(of_value)
    }

    /// Bytes, parted where secrets stand.
    fn parts<'b>(&mut self, bytes: &'b [u8]) -> Vec<Part<'b>> {
        self.seen.extend_from_slice(bytes);
        self.seen.push(b'\n');
        let mut parts = Vec::new();
        let mut rest = bytes;
        loop {
            let searched = self.given.iter().filter(|named| named.is_searched);
            let found = searched.filter_map(|named| Some((find(rest, named.secret.as_bytes())?, named)));
            // Of those that begin at the same place the longest, which stands first.
            let Some((at, named)) = found.min_by_key(|(at, _)| *at) else { break };
            let (variable, end) = (named.variable.clone(), at + named.secret.len());
            if at > 0 {
                parts.push(Part::Plain(&rest[..at]));
            }
            self.note(&variable);
            parts.push(Part::Variable(variable));
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest));
        }
        parts
    }

    /// The variables that were put somewhere.
    pub fn used(&self) -> Vec<String> {
        self.used.clone()
    }

    fn note(&mut self, variable: &str) {
        if !self.used.iter().any(|used| used == variable) {
            self.used.push(variable.to_owned());
        }
    }

    /// A name that a shell accepts and nothing else has.
    fn free(&self, wanted: &str) -> String {
        let mut name: String = wanted.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) || TAKEN.contains(&name.as_str()) {
            name.insert_str(0, "SECRET_");
        }
        let is_free = |name: &String| self.given.iter().all(|named| named.variable != *name);
        if is_free(&name) {
            return name;
        }
        (2..).map(|number| format!("{name}_{number}")).find(is_free).unwrap_or(name)
    }
}

/// A text as one word of the shell, without quotes where it needs none.
pub fn word(text: &Text, layout: Layout) -> String {
    if let [Piece::Plain(word)] = text.0.as_slice()
        && !word.is_empty()
        && word.bytes().all(is_harmless)
    {
        return word.clone();
    }
    let has_variable = text.0.iter().any(|piece| matches!(piece, Piece::Variable(_)));
    // An exclamation mark is bash's history in double quotes, on its command line.
    let is_tame = |text: &String| !text.contains(['"', '\\', '$', '`', '!', '\n']) && !text.chars().any(is_hidden);
    if has_variable && text.0.iter().all(|piece| matches!(piece, Piece::Variable(_)) || is_plain(piece, is_tame)) {
        return format!("\"{}\"", in_double_quotes(text));
    }
    text.0
        .iter()
        .map(|piece| match piece {
            Piece::Plain(text) => single(text, layout),
            Piece::Variable(name) => format!("\"${name}\""),
        })
        .collect()
}

fn is_plain(piece: &Piece, test: impl Fn(&String) -> bool) -> bool {
    matches!(piece, Piece::Plain(text) if test(text))
}

fn in_double_quotes(text: &Text) -> String {
    let mut out = String::new();
    for (i, piece) in text.0.iter().enumerate() {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Variable(name) => {
                let goes_on = matches!(text.0.get(i + 1), Some(Piece::Plain(next))
                    if next.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
                let _ = if goes_on { write!(out, "${{{name}}}") } else { write!(out, "${name}") };
            }
        }
    }
    out
}

fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// Text in single quotes; characters that cannot be seen are spelled out.
fn single(text: &str, layout: Layout) -> String {
    let is_spelled = text.chars().any(is_hidden) || (layout != Layout::Pretty && text.contains('\n'));
    if is_spelled && layout == Layout::Quoted {
        return ansi(text);
    }
    if is_spelled {
        return format!("\"$(printf '{}')\"", printf(text.as_bytes()));
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Text as `$'…'`, which bash, zsh, ksh and the shells of the BSDs know.
fn ansi(text: &str) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' | '\'' => out.extend(['\\', c]),
            c if is_hidden(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Whether a character does something to a terminal instead of showing itself.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Bytes as the format of POSIX' printf, for single quotes.
fn printf(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '%' => out.push_str("%%"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                // At the beginning it would be an option.
                '-' if out.is_empty() => out.push_str("\\055"),
                c if c == '\'' || is_hidden(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut out),
                c => out.push(c),
            }
        }
        octal(chunk.invalid(), &mut out);
    }
    out
}

fn octal(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        let _ = write!(out, "\\{byte:03o}");
    }
}

/// A body: a flag and its value, and what has to stand before curl.
pub struct Body {
    pub before: String,
    pub flag: &'static str,
    pub value: String,
}

/// A body as an argument where it can be one, else through a pipe: bytes that are no text, lines in a command of
/// one line, and what is too long. `printf` is part of the shell, so its arguments have no limit.
pub fn body(bytes: &[u8], marks: &[Mark], names: &mut Names, layout: Layout) -> Body {
    let text = std::str::from_utf8(bytes).ok();
    // No argument can hold a NUL.
    let is_shown = |text: &str| match layout {
        Layout::Quoted => !text.contains('\0'),
        Layout::OneLine | Layout::Pretty => !text.chars().any(is_hidden),
    };
    let text = text.filter(|text| text.len() <= LONGEST_ARGUMENT && is_shown(text));
    // After `--data-binary` an @ names a file.
    let flag = |begins_with_variable: bool| {
        let is_file = begins_with_variable || bytes.starts_with(b"@");
        if is_file { "--data-raw" } else { "--data-binary" }
    };
    if let Some(text) = text.filter(|text| layout != Layout::OneLine || !text.contains('\n')) {
        let value = names.marked(text, marks);
        let begins_with_variable = matches!(value.0.first(), Some(Piece::Variable(_)));
        return Body { before: String::new(), flag: flag(begins_with_variable), value: word(&value, layout) };
    }
    let (mut format, mut arguments) = (String::new(), String::new());
    for part in names.marked_parts(bytes, marks) {
        match part {
            Part::Plain(bytes) => format.push_str(&printf(bytes)),
            Part::Variable(name) => {
                format.push_str("%s");
                let _ = write!(arguments, " \"${name}\"");
            }
        }
    }
    // A shell takes line ends away from what it puts in place of a command.
    if text.is_some() && !bytes.ends_with(b"\n") {
        let value = format!("\"$(printf '{format}'{arguments})\"");
        return Body { before: String::new(), flag: flag(format.starts_with("%s")), value };
    }
    let line_end = if layout == Layout::Pretty { "\n" } else { " " };
    Body { before: format!("printf '{format}'{arguments} |{line_end}"), flag: "--data-binary", value: "@-".to_owned() }
}
