//! Foreign text as an error may quote it, before anything is known to be a secret.
//!
//! Owns: its length, and what in it is named like a secret. Does not: know values (see `known`).

use super::REDACTED;
use super::names::is_secret_name;
use super::shown_url::shown_url;

/// An error quotes no more of a text.
const LONGEST: usize = 40;

/// The beginning of a text; what follows a name like `password:` or `token=` is hidden, and a URL is shown as one.
pub fn shown_text(text: &str) -> String {
    shown_beginning(text, LONGEST)
}

/// The same with another length, in characters.
pub fn shown_beginning(text: &str, longest: usize) -> String {
    let text = if text.contains("://") { shown_url(text) } else { text.into() };
    let named = text.match_indices([':', '=']).find(|(at, _)| is_secret_name(name_before(&text[..*at])));
    let text = match named {
        Some((at, _)) => format!("{} {REDACTED}", &text[..=at]),
        None => text.into_owned(),
    };
    match text.char_indices().nth(longest) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// The name that a text ends with.
fn name_before(text: &str) -> &str {
    let text = text.trim_end_matches([' ', '"', '\'']);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start = text.char_indices().rev().take_while(|(_, c)| is_part(*c)).last();
    start.map_or("", |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_like_a_secret_is_hidden() {
        for (text, shown) in [
            ("plain", "plain"),
            ("Authorization: Bearer abc", "Authorization: (redacted)"),
            ("api_key=abc; x=1", "api_key= (redacted)"),
            ("{'id': 1, 'password': 'x'}", "{'id': 1, 'password': (redacted)"),
            ("Content-Type: a", "Content-Type: a"),
            ("http://u:p@h/?token=x", "http://(redacted)@h/?token= (redacted)"),
            ("http://u:p@h/?a=x", "http://(redacted)@h/?a=x"),
            ("é=é: é", "é=é: é"),
            (":=", ":="),
            ("", ""),
        ] {
            assert_eq!(shown_text(text), shown);
        }
        assert_eq!(shown_text(&"é".repeat(41)), format!("{}…", "é".repeat(40)));
        assert_eq!(shown_text(&"é".repeat(40)), "é".repeat(40));
    }
}
