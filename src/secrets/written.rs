//! Secrets as a suite writes them down: where in its text.
//!
//! Owns: values below names that mark a secret, passwords in URLs. Does not: read YAML; where a text is broken or not
//! plain to see, more of it is hidden.

use std::borrow::Cow;
use std::ops::Range;

use super::REDACTED;
use super::names::is_secret_name;

/// Keys below a secret's name whose text says where the secret is found, not what it is.
const OPEN_KEYS: [&str; 8] = ["jsonpath_mini", "jsonpath", "jmespath", "header", "regex", "type", "file", "save"];

/// The parts of a text that nobody may see, in order and apart from each other.
pub fn written_secrets(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    for (at, sign) in text.match_indices([':', '=']) {
        if spans.last().is_some_and(|last| at < last.end) {
            continue;
        }
        if sign == ":"
            && let Some(rest) = text[at + 1..].strip_prefix("//")
        {
            spans.extend(userinfo(rest).map(|span| span.start + at + 3..span.end + at + 3));
            continue;
        }
        let name = name_before(text, at);
        if is_secret_name(&text[name.clone()]) {
            match sign {
                ":" => value_of_key(text, name.start, at + 1, &mut spans),
                _ => spans.push(at + 1..end_of_parameter(text, at + 1)),
            }
        }
    }
    spans.extend(lines_without_colon(text));
    spans.retain(|span| !span.is_empty());
    spans.sort_by_key(|span| span.start);
    spans.dedup_by(|next, last| {
        let overlaps = next.start < last.end;
        last.end = if overlaps { last.end.max(next.end) } else { last.end };
        overlaps
    });
    spans
}

/// A text without the parts of it that nobody may see.
pub fn without_written_secrets(text: &str) -> Cow<'_, str> {
    let spans = written_secrets(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for span in spans {
        shown.push_str(&text[at..span.start]);
        shown.push_str(REDACTED);
        at = span.end;
    }
    shown.push_str(&text[at..]);
    Cow::Owned(shown)
}

/// What follows a secret's name at the beginning of a line: the colon may have been forgotten.
fn lines_without_colon(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let (name, value) = line.trim_start_matches([' ', '-', '\t', '{']).trim_end().split_once(' ')?;
        let end = start + line.trim_end().len();
        (is_secret_name(name) && !name.ends_with([':', ',', '}', ']'])).then(|| end - value.len()..end)
    })
}

/// Name and password before the `@` of an authority.
fn userinfo(authority: &str) -> Option<Range<usize>> {
    let end = authority.find(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\''));
    let at = authority[..end.unwrap_or(authority.len())].rfind('@')?;
    Some(0..at)
}

/// The name that ends before an offset.
fn name_before(text: &str, at: usize) -> Range<usize> {
    let end = text[..at].trim_end_matches([' ', '"', '\'', '\\']).len();
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let length: usize = text[..end].chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
    end - length..end
}

/// `token=VALUE` of a query or a form.
fn end_of_parameter(text: &str, start: usize) -> usize {
    let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | ',' | ';' | '}' | ')' | '#');
    text[start..].find(ends).map_or(text.len(), |length| start + length)
}

/// What a key that begins at `key` has as its value, from `start` on.
fn value_of_key(text: &str, key: usize, start: usize, spans: &mut Vec<Range<usize>>) {
    let blanks = text[start..].len() - text[start..].trim_start_matches([' ', '\t']).len();
    let start = start + blanks;
    let rest = &text[start..];
    let line = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let column = text[line..key].trim_end_matches(['"', '\'']).chars().count();
    match rest.chars().next() {
        None => {}
        Some('{' | '[') => values_in(text, start..end_of_brackets(text, start), spans),
        Some('\n' | '\r' | '#') => values_in(text, start..end_of_block(text, start, column), spans),
        Some('|' | '>') => spans.push(start..end_of_block(text, start, column)),
        Some('"' | '\'' | '\\') => spans.push(start..end_of_quoted(text, start)),
        Some(_) if is_in_brackets(&text[line..key]) => spans.push(start..start + end_of_plain(rest)),
        Some(_) => spans.push(start..end_of_block(text, start, column)),
    }
}

/// Whether the end of a line's beginning is inside of brackets.
fn is_in_brackets(line: &str) -> bool {
    let open = line.chars().fold(0_i32, |open, c| match c {
        '[' | '{' => open + 1,
        ']' | '}' => (open - 1).max(0),
        _ => open,
    });
    open > 0
}

/// Plain text in brackets.
fn end_of_plain(rest: &str) -> usize {
    let end = rest.find([',', '}', ']', '\n']).unwrap_or(rest.len());
    rest[..end].trim_end().len()
}

/// Behind the quote that ends what begins here, also where that quote is escaped as part of a longer text.
fn end_of_quoted(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let escapes = rest.len() - rest.trim_start_matches('\\').len();
    let Some(quote @ ('"' | '\'')) = rest[escapes..].chars().next() else {
        return start + escapes + end_of_plain(&rest[escapes..]);
    };
    let mut at = escapes + quote.len_utf8();
    while let Some(found) = rest[at..].find(quote) {
        let end = at + found + 1;
        let before = &rest[..end - 1];
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        let is_closing = quote != '"' || backslashes <= escapes;
        if is_closing && !(quote == '\'' && rest[end..].starts_with('\'')) {
            return start + end;
        }
        at = if quote == '\'' && rest[end..].starts_with('\'') { end + 1 } else { end };
    }
    text.len()
}

/// Behind the bracket that closes the one here.
fn end_of_brackets(text: &str, start: usize) -> usize {
    let mut open = 0_usize;
    let mut at = start;
    while let Some(c) = text[at..].chars().next() {
        match c {
            '"' | '\'' => {
                at = end_of_quoted(text, at);
                continue;
            }
            '[' | '{' => open += 1,
            ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        at += c.len_utf8();
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// The end of this line and of all below it that are indented by more than `column`.
fn end_of_block(text: &str, start: usize, column: usize) -> usize {
    let mut end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    while end < text.len() {
        let line = &text[end + 1..];
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let inside = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - inside.len();
        let is_item = indent == column && (inside.starts_with("- ") || inside.trim_end() == "-");
        if !inside.trim().is_empty() && indent <= column && !(is_item && text[start..].starts_with(['\n', '\r', '#'])) {
            break;
        }
        end += 1 + line.len();
    }
    end
}

/// All scalars of a mapping or a list; its keys may be seen.
fn values_in(text: &str, part: Range<usize>, spans: &mut Vec<Range<usize>>) {
    let mut at = part.start;
    let mut is_open = false;
    while let Some(c) = text[at..part.end].chars().next() {
        let is_dash = c == '-' && text[at + 1..part.end].starts_with([' ', '\n']);
        if c.is_whitespace() || matches!(c, '{' | '}' | '[' | ']' | ',') || is_dash {
            at += c.len_utf8();
            continue;
        }
        if c == '#' {
            at = text[at..part.end].find('\n').map_or(part.end, |length| at + length);
            continue;
        }
        let rest = &text[at..part.end];
        let end = match c {
            '"' | '\'' => end_of_quoted(text, at).min(part.end),
            _ => {
                let ends = |(i, c): (usize, char)| match c {
                    ':' => rest[i + 1..].starts_with(char::is_whitespace) || i + 1 == rest.len(),
                    ',' | ']' | '}' | '\n' => true,
                    _ => false,
                };
                rest.char_indices().find(|found| ends(*found)).map_or(part.end, |(length, _)| at + length)
            }
        };
        let word = text[at..end].trim_matches(['"', '\'', ' ']);
        let behind = text[end..part.end].trim_start_matches(' ');
        if behind.starts_with(':') {
            is_open = OPEN_KEYS.contains(&word.to_lowercase().as_str());
            at = part.end - behind.len() + 1;
        } else {
            if !std::mem::take(&mut is_open) {
                spans.push(at..end);
            }
            at = end.max(at + c.len_utf8());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for span in written_secrets(text) {
            out.push_str(&text[at..span.start]);
            out.push('*');
            at = span.end;
        }
        out + &text[at..]
    }

    #[test]
    fn values_of_secret_names_are_hidden() {
        for (text, expected) in [
            ("a: {auth_password: x y, b: [c]}", "a: {auth_password: *, b: [c]}"),
            ("auth_password: x, y\nb: c", "auth_password: *\nb: c"),
            ("- token: \"x \\\" y\"\n  b: c", "- token: *\n  b: c"),
            ("- token: 'x '' y'\n  b: c", "- token: *\n  b: c"),
            ("{\"password\": \"x\", \"b\": 1}", "{\"password\": *, \"b\": 1}"),
            ("body: '{\"password\": \"x\", \"b\": 1}'", "body: '{\"password\": *, \"b\": 1}'"),
            ("body: \"{\\\"password\\\": \\\"x\\\", \\\"b\\\": 1}\"", "body: \"{\\\"password\\\": *, \\\"b\\\": 1}\""),
            ("- password: |\n    x\n\n    y\n  b: c", "- password: *\n  b: c"),
            ("- password:\n    x\n    y\n  b: c", "- password:\n    *\n    *\n  b: c"),
            ("- password: x\n    y\n  b: c", "- password: *\n  b: c"),
            ("- password: \"x\n y\"\n  b: c", "- password: *\n  b: c"),
            ("- password: \"x\n  b: c", "- password: *"),
            ("tokens:\n- a\n- b\nc: d", "tokens:\n- *\n- *\nc: d"),
            ("tokens: [a, 'b',\n  c]\nd: e", "tokens: [*, *,\n  *]\nd: e"),
            ("{token: {jsonpth: 'a.b', x: 1}, d: e}", "{token: {jsonpth: *, x: *}, d: e}"),
            ("{token: {jsonpath_mini: 'a.b'}, d: e}", "{token: {jsonpath_mini: 'a.b'}, d: e}"),
            ("token: {template: Bearer x}", "token: {template: *}"),
            ("- Authorization: Basic abc=", "- Authorization: *"),
            ("url: http://u:p@h/x?token=abc&b=c", "url: http://*@h/x?token=*&b=c"),
            ("name: a token of it\nkeyword: b", "name: a token of it\nkeyword: b"),
            ("- url: x\n  password x y\n  b: c", "- url: x\n  password *\n  b: c"),
            ("password:", "password:"),
            ("password: ", "password: "),
            ("é: {pässword: x, token: é}", "é: {pässword: x, token: *}"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn spans_are_in_order_and_inside_of_any_text() {
        let pieces =
            ["token:", "\"", "'", "\\", " ", "\n", "{", "}", "[", "x", "é", ",", "- ", "|", "=", "://", "@", ":"];
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let text: String = (0..random.usize(1..14)).map(|_| pieces[random.usize(..pieces.len())]).collect();
            let mut at = 0;
            for span in written_secrets(&text) {
                assert!(at <= span.start && span.start < span.end && span.end <= text.len(), "{text:?}");
                assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{text:?}");
                at = span.end;
            }
        }
    }
}
