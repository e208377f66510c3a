//! A header that carries a credential: always the same one, or where a kind puts its token.
//!
//! Owns: `in: 'Header: Prefix'`. Does not: get tokens.

use crate::auth::fields::Wrong;
use crate::exchange::authorization::{Auth, CurlFlag, Unsigned};

/// A line, a cookie or a parameter that never changes.
pub(super) struct Fixed {
    place: At,
    value: String,
    secrets: Vec<String>,
}

enum At {
    Header(Holder),
    Cookie(String),
    Query(String),
}

impl Fixed {
    /// A header, with what is secret about it besides its value.
    pub fn header(holder: Holder, value: String, mut secrets: Vec<String>) -> Fixed {
        secrets.push(value.clone());
        Fixed { place: At::Header(holder), value, secrets }
    }

    /// A cookie beside those that the request has.
    pub fn cookie(name: String, value: String) -> Fixed {
        Fixed { place: At::Cookie(name), secrets: vec![value.clone()], value }
    }

    /// A parameter of the query.
    pub fn query(name: String, value: String) -> Fixed {
        Fixed { place: At::Query(name), secrets: vec![value.clone()], value }
    }
}

impl Auth for Fixed {
    fn header(&self) -> Option<&str> {
        match &self.place {
            At::Header(holder) => Some(&holder.name),
            At::Cookie(_) | At::Query(_) => None,
        }
    }

    fn parameter(&self) -> Option<(&str, &str)> {
        match &self.place {
            At::Query(name) => Some((name, &self.value)),
            At::Header(_) | At::Cookie(_) => None,
        }
    }

    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        Ok(match &self.place {
            At::Header(holder) => holder.line(&self.value),
            At::Query(_) => Vec::new(),
            At::Cookie(name) => {
                let others = request.headers.iter().find(|(name, _)| *name == "cookie");
                let mut all =
                    others.map_or_else(String::new, |(_, value)| format!("{}; ", String::from_utf8_lossy(value)));
                all.push_str(&format!("{name}={}", self.value));
                vec![("cookie".to_owned(), all)]
            }
        })
    }

    fn edition(&self) -> Option<u64> {
        Some(0)
    }

    fn curl(&self) -> Vec<CurlFlag> {
        match &self.place {
            At::Header(holder) => vec![holder.curl(&self.value)],
            At::Cookie(name) => vec![CurlFlag::secret("-b", format!("{name}="), name, &self.value)],
            At::Query(_) => Vec::new(),
        }
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.secrets.iter().for_each(|secret| tell(secret));
    }
}

/// Where a token goes: a header, and what stands before the token in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    /// The header, in lower case.
    pub name: String,
    prefix: String,
}

impl Holder {
    /// `Authorization` with a scheme.
    pub fn scheme(scheme: &str) -> Holder {
        Holder { name: "authorization".to_owned(), prefix: format!("{scheme} ") }
    }

    /// `Header: Prefix`, or the usual one.
    ///
    /// # Errors
    /// It names no header.
    pub fn parse(text: Option<&str>) -> Result<Holder, Wrong> {
        let text = text.unwrap_or("Authorization: Bearer");
        let (name, prefix) = text.split_once(':').unwrap_or((text, ""));
        let name = name.trim().to_ascii_lowercase();
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Wrong::of("in", "in must be 'Header: Prefix', such as 'Authorization: Bearer'"));
        }
        let prefix = prefix.trim();
        Ok(Holder { name, prefix: if prefix.is_empty() { String::new() } else { format!("{prefix} ") } })
    }

    /// The line as curl is told it; the token is empty where it is not known.
    pub fn curl(&self, token: &str) -> CurlFlag {
        let is_usual = self.name == "authorization";
        CurlFlag::header(&self.name, &self.prefix, if is_usual { "TOKEN" } else { &self.name }, token)
    }

    /// The line with a token.
    pub fn line(&self, token: &str) -> Vec<(String, String)> {
        vec![(self.name.clone(), format!("{}{token}", self.prefix))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_names_a_header_and_what_stands_before_the_token() {
        let line = |text: Option<&str>| Holder::parse(text).map(|holder| holder.line("t").remove(0)).ok();
        let row = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
        for (text, found) in [
            (None, row("authorization", "Bearer t")),
            (Some("X-Vault-Token:"), row("x-vault-token", "t")),
            (Some("PRIVATE-TOKEN"), row("private-token", "t")),
            (Some("Authorization: token"), row("authorization", "token t")),
            (Some(""), None),
            (Some(": Bearer"), None),
            (Some("A b: c"), None),
        ] {
            assert_eq!(line(text), found, "{text:?}");
        }
    }
}
