//! What serde_yaml says of a broken text, in words that help.
//!
//! Owns: its messages without the place in them and with the remedy, tags that it would take in silence.
//! Does not: read (see `document`).

use crate::ground::source::{Fault, Position, Source};

/// What a key is called in serde's messages.
pub(super) const A_KEY: &str = "a key";

/// What is said of a key that is a list or a mapping.
pub(super) const NO_KEY: &str = "a key must be text, a number, a boolean or null, not a list or a mapping";

/// serde's messages carry ` at line 3 column 5`; the place is shown in front instead.
pub(super) fn strip_place(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = rest.find(" at line ") {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let after = &rest[at + " at line ".len()..];
        let line = digits(after);
        let column = after[line..].strip_prefix(" column ").map_or(0, digits);
        let place = if line > 0 && column > 0 { " at line  column ".len() + line + column } else { 0 };
        out.push_str(&rest[..at + usize::from(place == 0)]);
        rest = &rest[at + place.max(1)..];
    }
    out.push_str(rest);
    // Messages raised while a list is read begin with its path: `[3].test: …`.
    match out.split_once(": ") {
        Some((path, rest)) if path == "." || path.starts_with('[') || path.starts_with(".[") => rest.to_owned(),
        _ => out,
    }
}

/// Adds the remedy to messages whose cause people do not guess.
pub(super) fn explain(message: &str) -> String {
    if message.starts_with("invalid type: ") && message.ends_with(A_KEY) {
        return NO_KEY.to_owned();
    }
    let remedy = [
        ("found character that cannot start any token", "; text that starts with @, ` or % needs quotes"),
        ("did not find expected key", "; is a quote, a comma or a colon missing just before?"),
        ("mapping values are not allowed in this context", "; text with a colon and a space in it needs quotes"),
        ("could not find expected ':'", "; is a colon missing in the line above?"),
        ("did not find expected ',' or '}'", "; is a comma or the closing } missing before it?"),
        ("did not find expected ',' or ']'", "; is a comma or the closing ] missing before it?"),
        ("recursion limit exceeded", "; a suite may be nested 128 deep"),
        ("repetition limit exceeded", "; aliases expand to too much"),
        ("unknown anchor", "; define it with &name before *name is used"),
    ];
    match remedy.iter().find(|(cause, _)| message.contains(cause)) {
        Some((_, remedy)) => format!("{message}{remedy}"),
        None => message.to_owned(),
    }
}

/// The quote that a message says is open at the end of the text, and where it begins.
pub(super) fn opening(complaint: &str) -> Option<(&'static str, Position)> {
    let (_, place) = complaint
        .split_once("end of stream")
        .and_then(|(_, rest)| rest.split_once(", while scanning a quoted scalar at line "))?;
    let (line, column) = place.split_once(" column ")?;
    let column: String = column.chars().take_while(char::is_ascii_digit).collect();
    Some(("the quote", Position { line: line.parse().ok()?, column: column.parse().ok()? }))
}

/// Tags that would make Python objects, the first of them.
pub(super) fn refuse_python_tags(source: &Source) -> Result<(), Fault> {
    if !source.text().contains("!!python/") {
        return Ok(());
    }
    let mut offset = 0;
    for line in source.text().split_inclusive('\n') {
        let code = line.split(" #").next().unwrap_or(line);
        if let Some(at) = code.find("!!python/")
            && (at == 0 || code[..at].ends_with([' ', '[', '{', ',', ':', '-']))
            && !code.trim_start().starts_with('#')
        {
            return Err(Fault::new(
                source.location(source.position(offset + at)),
                "python tags are not allowed in a suite; write the value itself",
            ));
        }
        offset += line.len();
    }
    Ok(())
}
