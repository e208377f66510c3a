//! Statements as they are shown, without the secrets that somebody typed into them.
//!
//! Owns: which texts of a script look secret. Does not: know what a statement means.

use super::tokens::{Kind, Token, tokens, unquoted};
use crate::secrets::{REDACTED, is_secret_name, without_written_secrets};

/// Names of functions that take a key: beginnings, in lower case.
const KEYED: [&str; 6] = ["cryptojs", "hmac", "createhmac", "encrypt", "decrypt", "sign"];

/// What a text that holds a credential begins with.
const BEGINNINGS: [&str; 5] = ["Bearer ", "Basic ", "Token ", "eyJ", "-----BEGIN"];

/// A text without blanks that is longer, and has letters and digits, is nobody's word.
const LONGEST_WORD: usize = 20;

/// A statement without what looks secret in it.
pub fn without_secrets(statement: &str) -> String {
    let Ok(tokens) = tokens(statement) else { return without_written_secrets(statement).into_owned() };
    let is_keyed = tokens.iter().any(|token| {
        let name = token.text.to_ascii_lowercase();
        token.kind == Kind::Word && KEYED.iter().any(|keyed| name.starts_with(keyed))
    });
    let mut shown = String::with_capacity(statement.len());
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token.kind, Kind::Text | Kind::Filled) {
            continue;
        }
        let quote = &token.text[..1];
        let text = unquoted(token.text);
        let is_value = !text.is_empty() && (is_keyed || belongs_to_a_secret(&tokens[..at]) || looks_secret(&text));
        let hidden = if is_value { REDACTED.into() } else { without_written_secrets(&text) };
        if hidden != text {
            shown.push_str(&statement[from..token.at]);
            shown.push_str(&format!("{quote}{hidden}{quote}"));
            from = token.at + token.text.len();
        }
    }
    shown.push_str(&statement[from..]);
    shown
}

/// `password = `, `"token": `, `set('apiKey', `.
fn belongs_to_a_secret(before: &[Token<'_>]) -> bool {
    let [.., name, sign] = before else { return false };
    let name = if name.kind == Kind::Text { unquoted(name.text) } else { name.text.to_owned() };
    [":", "=", "+=", ",", "===", "=="].iter().any(|known| sign.is(known)) && is_secret_name(&name)
}

fn looks_secret(text: &str) -> bool {
    let is_random = text.len() >= LONGEST_WORD
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'='));
    is_random || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning) && text.len() > beginning.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_scripts_are_not_shown() {
        for (statement, expected) in [
            ("pm.sendRequest('http://h/a')", "pm.sendRequest('http://h/a')"),
            ("const password = 'hunter2';", "const password = '(redacted)';"),
            ("f({\"apiKey\": `k1`, name: 'n'})", "f({\"apiKey\": `(redacted)`, name: 'n'})"),
            ("pm.environment.set('token', 'abc' + x)", "pm.environment.set('token', '(redacted)' + x)"),
            ("h.set('a', \"Bearer abc\")", "h.set('a', \"(redacted)\")"),
            ("CryptoJS.HmacSHA256(x, 'key').toString()", "CryptoJS.HmacSHA256(x, '(redacted)').toString()"),
            ("f('sk_live_0123456789abcdef')", "f('(redacted)')"),
            ("f('http://h/?token=abc&x=1')", "f('http://h/?token=(redacted)&x=1')"),
            ("if (a.token === 'x') { b('') }", "if (a.token === '(redacted)') { b('') }"),
            ("f('the quick brown fox of 2026')", "f('the quick brown fox of 2026')"),
            ("'open", "'open"),
        ] {
            assert_eq!(without_secrets(statement), expected, "{statement}");
        }
    }
}
