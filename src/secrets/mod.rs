//! Secrets: what counts as one, and how it is kept out of everything shown.
//!
//! Owns: the names that mark a secret, the derived forms, the replacement.
//! Does not: decide where to redact (the engines do, before an event leaves them).

use std::fmt;

use base64::Engine as _;

/// What stands in place of a secret.
pub const REDACTED: &str = "(redacted)";

/// Shorter values are not replaced: they would blot out half of every text.
const SHORTEST: usize = 3;

const HEADERS: [&str; 6] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"];

/// A text that Debug does not show.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(REDACTED)
    }
}

/// Whether a header's value is secret.
pub fn is_secret_header(name: &str) -> bool {
    HEADERS.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// Whether a variable's name marks its value as secret: password, secret, token, key and the like.
pub fn is_secret_variable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "credential"].iter().any(|mark| name.contains(mark))
        || name == "key"
        || name == "pwd"
        || name == "pass"
        || name.ends_with("key")
        || name.starts_with("key_")
}

/// The secret values met so far, each with its derived forms.
#[derive(Clone, Default)]
pub struct Secrets {
    values: Vec<String>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets {REDACTED}", self.values.len())
    }
}

impl Secrets {
    /// Remembers a value and its base64 and percent-encoded forms.
    pub fn add(&mut self, value: &str) {
        let value = value.trim();
        if value.len() < SHORTEST || self.values.iter().any(|have| have == value) {
            return;
        }
        for form in [value.to_owned(), base64(value.as_bytes()), percent(value), plus(value)] {
            let bare = form.trim_end_matches('=').to_owned();
            for form in [form, bare] {
                if form.len() >= SHORTEST && !self.values.contains(&form) {
                    self.values.push(form);
                }
            }
        }
        // The longest first, so that a secret that holds another is replaced whole.
        self.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// Remembers what a secret header carries: the whole value, and the part that is the secret.
    pub fn add_header(&mut self, name: &str, value: &str) {
        if !is_secret_header(name) {
            return;
        }
        self.add(value);
        if name.eq_ignore_ascii_case("cookie") || name.eq_ignore_ascii_case("set-cookie") {
            let pairs = if name.eq_ignore_ascii_case("cookie") { usize::MAX } else { 1 };
            for pair in value.split(';').take(pairs) {
                if let Some((_, secret)) = pair.split_once('=') {
                    self.add(secret);
                }
            }
        } else if let Some((_, credentials)) = value.split_once(' ') {
            self.add(credentials);
        }
    }

    /// Remembers name and password as Basic authentication sends them; the name itself is no secret.
    pub fn add_login(&mut self, name: &str, password: &str) {
        self.add(password);
        self.add(&format!("{name}:{password}"));
    }

    /// Whether nothing is known to be secret.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The text without the secrets; borrowed where there were none.
    pub fn redact<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        let mut out = std::borrow::Cow::Borrowed(text);
        for value in &self.values {
            if out.contains(value.as_str()) {
                out = out.replace(value.as_str(), REDACTED).into();
            }
        }
        out
    }

    /// Redacts in place.
    pub fn redact_string(&self, text: &mut String) {
        if let std::borrow::Cow::Owned(clean) = self.redact(text) {
            *text = clean;
        }
    }
}

/// A URL without the password that may stand before its host.
pub fn without_userinfo(url: &str) -> std::borrow::Cow<'_, str> {
    let Some(start) = url.find("://").map(|at| at + 3) else {
        return url.into();
    };
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    match url[start..end].rfind('@') {
        Some(at) => format!("{}{REDACTED}{}", &url[..start], &url[start + at..]).into(),
        None => url.into(),
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn percent(text: &str) -> String {
    encode(text, "%20")
}

fn plus(text: &str) -> String {
    encode(text, "+")
}

fn encode(text: &str, space: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push_str(space),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_vanishes_in_every_form() {
        let mut secrets = Secrets::default();
        secrets.add("p@ss word/1");
        secrets.add_login("ada", "p@ss word/1");
        secrets.add_header("Authorization", "Bearer abc.def");
        secrets.add_header("Cookie", "sid=12345; theme=dark");
        let text = format!(
            "p@ss word/1 p%40ss%20word%2F1 {} {} Bearer abc.def abc.def 12345",
            base64(b"p@ss word/1"),
            base64(b"ada:p@ss word/1")
        );
        let clean = secrets.redact(&text);
        for leak in ["p@ss", "p%40ss", "abc.def", "12345", &base64(b"p@ss word/1"), &base64(b"ada:p@ss word/1")] {
            assert!(!clean.contains(leak), "{leak} in {clean}");
        }
        assert_eq!(secrets.redact("nothing here"), "nothing here");
        assert!(!format!("{secrets:?}").contains("p@ss"));
    }

    #[test]
    fn names_mark_secrets() {
        for name in ["password", "API_KEY", "apiKey", "access_token", "clientSecret", "key"] {
            assert!(is_secret_variable(name), "{name}");
        }
        for name in ["id", "keyword", "name", "user"] {
            assert!(!is_secret_variable(name), "{name}");
        }
    }

    #[test]
    fn userinfo_is_hidden() {
        assert_eq!(without_userinfo("http://u:p@h/x?a@b"), "http://(redacted)@h/x?a@b");
        assert_eq!(without_userinfo("http://h/x@y"), "http://h/x@y");
        assert_eq!(without_userinfo("/x"), "/x");
    }
}
