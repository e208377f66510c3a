//! What a test has from the `config` of its file: headers, authentication, tags, and keys that `defaults` gave it.
//!
//! Owns: the data. Does not: read them (see `suite`), say which of a test's own and the file's holds (see `definition`).

use std::fmt;
use std::sync::Arc;

use super::headers::Headers;
use crate::auth::AuthChoice;
use crate::ground::source::Location;
use crate::judge::described::About;
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
    pub auth: OwnAuth,
    /// Where the last of them is written.
    pub auth_at: Location,
    /// `tags`, which each test has among its own.
    pub tags: Tags,
    /// Where the last of them are written.
    pub tags_at: Location,
    /// `labels` and `links`, which each test has but for its own.
    pub about: Option<Arc<About>>,
}

/// Name and password for Basic authentication, as far as they are given, or another authentication; neither is used
/// without the other, and an empty one is none.
#[derive(Clone, Default)]
pub struct OwnAuth {
    /// The name.
    pub username: Option<Text>,
    /// The password.
    pub password: Option<Text>,
    /// What holds in their place, if anything does.
    pub choice: Option<AuthChoice>,
}

impl fmt::Debug for OwnAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| format_args!("(redacted)"));
        let choice = &self.choice;
        f.debug_struct("OwnAuth")
            .field("username", &self.username)
            .field("password", &password)
            .field("choice", choice)
            .finish()
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
        let shown = format!("{:?}", OwnAuth { username: text("ada"), password: text("s3cret"), choice: None });
        assert!(shown.contains("ada") && shown.contains("(redacted)") && !shown.contains("s3cret"), "{shown}");
    }
}
