//! What a token endpoint answers (RFC 6749, 5.1 and 5.2).
//!
//! Owns: reading it, and the words where there is no token; they never hold one. Does not: ask.

use crate::exchange::response::Response;
use crate::ground::json;
use crate::ground::value::Value;
use crate::judge::extract::dotted;
use crate::secrets::shown_beginning;

/// So many characters of an answer are shown that cannot be read.
const SHOWN: usize = 80;

/// A token, and what is said about it.
pub(super) struct TokenAnswer {
    pub token: String,
    /// Seconds; nothing where nobody says.
    pub expires_in: Option<u64>,
    pub refresh_token: Option<String>,
    /// Whether it says what kind of token it is.
    pub has_type: bool,
}

impl TokenAnswer {
    /// Reads an answer; the token stands at `field`.
    pub fn read(response: &Response, field: &str) -> Result<TokenAnswer, String> {
        let status = response.status;
        let kind = response.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
        let body = json::parse(&response.body).ok().filter(|value| matches!(value, Value::Dict(_)));
        let Some(body) = body else {
            let kind = kind.unwrap_or("no content type");
            let text = response.text();
            let text = text.trim();
            // A single word that came with a success may well be a token in another form.
            let is_shown = !(200..300).contains(&status) || text.contains(char::is_whitespace);
            let text = match is_shown && !text.is_empty() {
                true => format!(": {}", shown_beginning(text, SHOWN).escape_debug()),
                false => String::new(),
            };
            return Err(format!("status {status} with {kind} in place of JSON{text}"));
        };
        let text = |name: &str| text_of(&dotted(&body, name));
        let said = |name: &str| text(name).filter(|text| !text.trim().is_empty());
        if let Some(error) = said("error") {
            let described = said("error_description").map(|why| format!(": {why}")).unwrap_or_default();
            let status = if (200..300).contains(&status) { String::new() } else { format!("{status} ") };
            return Err(format!("{status}{error}{described}"));
        }
        if !(200..300).contains(&status) {
            return Err(format!("status {status} with JSON that has no error"));
        }
        let kind = text("token_type");
        if let Some(kind) = kind.as_deref().filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
            return Err(format!("token_type {} cannot be used here; it must be bearer", kind.escape_debug()));
        }
        let token = text(field).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| format!("the answer has no {field}"))?;
        if token.contains(|c: char| c.is_ascii_control()) {
            return Err(format!("the {field} of the answer has control characters"));
        }
        let expires_in = match dotted(&body, "expires_in") {
            Value::Int(seconds) => u64::try_from(seconds.min(i128::from(u64::MAX))).ok(),
            Value::Huge(digits) if !digits.starts_with('-') => Some(u64::MAX),
            Value::Float(seconds) if seconds >= 0.0 => Some(seconds as u64),
            Value::Str(digits) => digits.trim().parse().ok(),
            _ => None,
        };
        Ok(TokenAnswer { token, expires_in, refresh_token: text("refresh_token"), has_type: kind.is_some() })
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.clone()),
        _ => None,
    }
}
