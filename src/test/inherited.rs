//! What a test has from the `config` of its file: headers, authentication, tags, and keys that `defaults` gave it.
//!
//! Owns: the data. Does not: read them (see `suite`), say which of a test's own and the file's holds (see `definition`).

use std::fmt;

use super::headers::Headers;
use crate::ground::source::Location;
use crate::judge::tags::Tags;
use crate::variables::template::Text;

/// What `config` has for every test of its file.
#[derive(Debug, Clone, Default)]
pub struct Inherited {
    /// `headers`.
    pub headers: Headers,
    /// Where they are written.
    pub headers_at: Location,
    /// `auth_username` and `auth_password`.
    pub auth: BasicAuth,
    /// Where the last of them is written.
    pub auth_at: Location,
    /// `tags`, which each test has among its own.
    pub tags: Tags,
    /// Where the last of them are written.
    pub tags_at: Location,
}

/// Name and password for Basic authentication, as far as they are given; neither is used without the other, and an
/// empty one is none.
#[derive(Clone, Default)]
pub struct BasicAuth {
    /// The name.
    pub username: Option<Text>,
    /// The password.
    pub password: Option<Text>,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| format_args!("(redacted)"));
        f.debug_struct("BasicAuth").field("username", &self.username).field("password", &password).finish()
    }
}

/// What a test has from `defaults`.
#[derive(Debug, Clone, Default)]
pub struct FromDefaults {
    /// The keys, each with its place; of `validators` and of mappings, those that hold some of it.
    pub keys: Vec<(String, Location)>,
    /// How many of the test's validators, at their end.
    pub validators: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        let text = |text: &str| Some(Text::Plain(text.to_owned()));
        let shown = format!("{:?}", BasicAuth { username: text("ada"), password: text("s3cret") });
        assert!(shown.contains("ada") && shown.contains("(redacted)") && !shown.contains("s3cret"), "{shown}");
    }
}
