//! What was asked, as far as answers are alike for it: `GET /orders/{}`.
//!
//! Owns: the method and the path with ids left out. Does not: look at hosts and queries: the same API is asked at
//! several places, and for pages of the same things. Names of tests are none of it: recordings know none, rows and
//! suites share answers, and tests are renamed.

use std::fmt;

use crate::exchange::url::origin_of;
use crate::secrets::REDACTED;

/// What stands for any id.
pub const ANY: &str = "{}";

/// A method, and a path with `{}` for ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The path.
    pub path: String,
    /// The method.
    pub method: String,
}

impl Operation {
    /// That of a request.
    pub fn of(method: &str, url: &str) -> Operation {
        let path = url.strip_prefix(origin_of(url)).unwrap_or(url);
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let mut general = String::with_capacity(path.len() + 1);
        for segment in path.split('/').skip(usize::from(path.starts_with('/'))) {
            general.push('/');
            general.push_str(generalised(segment));
        }
        Operation { path: general, method: method.to_ascii_uppercase() }
    }

    /// An operation as it is written: `GET /orders/{}`.
    pub fn parse(written: &str) -> Option<Operation> {
        let (method, path) = written.split_once(' ')?;
        let is_one =
            !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase()) && path.starts_with('/');
        is_one.then(|| Operation { path: path.to_owned(), method: method.to_owned() })
    }

    /// Whether it stands for another one: a person may have written `{}` for more than ids.
    pub fn covers(&self, other: &Operation) -> bool {
        let (own, asked) = (self.path.split('/'), other.path.split('/'));
        self.method == other.method
            && own.clone().count() == asked.clone().count()
            && own.zip(asked).all(|(own, asked)| own == ANY || own == asked)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A part of a path, or a key, or `{}` where it looks like an id: a number, a UUID, a long word with several digits.
pub fn generalised(part: &str) -> &str {
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let is_word = || part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':'));
    let is_hex = || part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_made = digits > 0
        && (digits == part.len() || (part.len() >= 8 && digits >= 3 && is_word()) || (part.len() >= 12 && is_hex()));
    if is_made || part.contains(REDACTED) { ANY } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_left_out_and_names_stay() {
        for (url, expected) in [
            ("http://h:80/orders/7?page=2", "GET /orders/{}"),
            ("https://h/v1/users/3f2b9a52-08c1-4ab7-8ab3-a9e1f1f7f3c5/keys", "GET /v1/users/{}/keys"),
            ("http://h", "GET /"),
            ("/oauth2/token", "GET /oauth2/token"),
            ("/files/report-2024.pdf", "GET /files/report-2024.pdf"),
            ("/objects/507f1f77bcf86cd799439011#x", "GET /objects/{}"),
            ("/users/alice/", "GET /users/alice/"),
            ("/reset/(redacted)/x", "GET /reset/{}/x"),
        ] {
            assert_eq!(Operation::of("get", url).to_string(), expected, "{url}");
        }
    }

    #[test]
    fn written_operations_are_read_and_may_stand_for_more() {
        let general = Operation::parse("GET /users/{}").unwrap();
        assert!(general.covers(&Operation::of("GET", "/users/alice")));
        for (method, url) in [("PUT", "/users/alice"), ("GET", "/users/alice/keys"), ("GET", "/orders/7")] {
            assert!(!general.covers(&Operation::of(method, url)), "{method} {url}");
        }
        for wrong in ["", "GET", "GET orders", "get /x", " /x"] {
            assert_eq!(Operation::parse(wrong), None, "{wrong}");
        }
    }
}
