//! The values of a block once its templates are filled in.
//!
//! Owns: taking them out by name, with what is said where one is missing or of the wrong kind. Does not: know any key.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::auth::place::Place;
use crate::ground::input::{TEXT_LIMIT, open_input};
use crate::ground::source::plain;

/// The values of an `auth` block, by name.
pub struct AuthFields<'p> {
    values: Map<String, Json>,
    place: &'p Place,
}

/// What is wrong with a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key that it is about; none where it is about the block.
    pub key: Option<String>,
    /// What is wrong, as a lowercase fragment without secrets.
    pub message: String,
    /// Whether it is a file that cannot be read, and nothing else.
    pub is_unreadable: bool,
}

impl Wrong {
    /// Something wrong with the value of a key.
    pub fn of(key: &str, message: impl Into<String>) -> Wrong {
        Wrong { key: Some(key.to_owned()), message: message.into(), is_unreadable: false }
    }

    /// The file that a key names cannot be read.
    pub fn unreadable(key: &str, message: String) -> Wrong {
        let message = if key.is_empty() { message } else { format!("{key}: {message}") };
        Wrong { is_unreadable: true, ..Wrong::of(key, message) }
    }
}

impl From<Wrong> for String {
    fn from(wrong: Wrong) -> String {
        wrong.message
    }
}

impl From<String> for Wrong {
    fn from(message: String) -> Wrong {
        Wrong { key: None, message, is_unreadable: false }
    }
}

impl AuthFields<'_> {
    /// Values that were filled in.
    pub(super) fn new(values: Map<String, Json>, place: &Place) -> AuthFields<'_> {
        AuthFields { values, place }
    }

    /// All of them.
    pub fn all(&self) -> &Map<String, Json> {
        &self.values
    }

    /// The value of a key as it is.
    pub fn value(&self, key: &str) -> Option<&Json> {
        self.values.get(key).filter(|value| !value.is_null())
    }

    /// A text; numbers and booleans, which variables may hold, as text.
    ///
    /// # Errors
    /// It is a list or a mapping.
    pub fn optional(&self, key: &str) -> Result<Option<String>, Wrong> {
        match self.value(key) {
            None => Ok(None),
            Some(value) => text_of(value).map(Some).ok_or_else(|| Wrong::of(key, format!("{key} must be text"))),
        }
    }

    /// A text that must be there, and not be empty.
    ///
    /// # Errors
    /// It is not.
    pub fn text(&self, key: &str) -> Result<String, Wrong> {
        match self.optional(key)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(Wrong::of(key, format!("{key} is empty"))),
            None => Err(format!("{key} is missing").into()),
        }
    }

    /// Texts: one or a list of them.
    ///
    /// # Errors
    /// It is something else.
    pub fn texts(&self, key: &str) -> Result<Vec<String>, Wrong> {
        let wrong = || Wrong::of(key, format!("{key} must be text or a list of texts"));
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(Json::Array(items)) => items.iter().map(|item| text_of(item).ok_or_else(wrong)).collect(),
            Some(one) => Ok(vec![text_of(one).ok_or_else(wrong)?]),
        }
    }

    /// Names with their texts, in written order; a name with a list comes once for each of it.
    ///
    /// # Errors
    /// It is no mapping of texts.
    pub fn pairs(&self, key: &str) -> Result<Vec<(String, String)>, Wrong> {
        let wrong = || Wrong::of(key, format!("{key} must be a mapping of names to texts"));
        let mut pairs = Vec::new();
        match self.value(key) {
            None => {}
            Some(Json::Object(entries)) => {
                for (name, value) in entries {
                    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                    for item in items {
                        pairs.push((name.clone(), text_of(item).ok_or_else(wrong)?));
                    }
                }
            }
            Some(_) => return Err(wrong()),
        }
        Ok(pairs)
    }

    /// Seconds from 0 up: a number, or text that holds one.
    ///
    /// # Errors
    /// It is something else.
    pub fn seconds(&self, key: &str) -> Result<Option<f64>, Wrong> {
        let Some(text) = self.optional(key)? else { return Ok(None) };
        let seconds = text.trim().parse::<f64>().ok().filter(|seconds| (0.0..1e12).contains(seconds));
        seconds.map(Some).ok_or_else(|| Wrong::of(key, format!("{key} must be a number of seconds, 0 or more")))
    }

    /// True or false.
    ///
    /// # Errors
    /// It is something else.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, Wrong> {
        match self.optional(key)?.map(|text| text.to_ascii_lowercase()).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Wrong::of(key, format!("{key} must be true or false"))),
        }
    }

    /// The values of a mapping within the block.
    ///
    /// # Errors
    /// It is no mapping.
    pub fn within(&self, key: &str) -> Result<Option<AuthFields<'_>>, Wrong> {
        match self.value(key) {
            None => Ok(None),
            Some(Json::Object(values)) => Ok(Some(AuthFields { values: values.clone(), place: self.place })),
            Some(_) => Err(Wrong::of(key, format!("{key} must be a mapping"))),
        }
    }

    /// A variable of the environment, if it is set to something.
    pub fn environment(&self, name: &str) -> Option<String> {
        (self.place.environment)(name).filter(|value| !value.is_empty())
    }

    /// Where the file is that a key names: beside the suite, or else in the working directory.
    ///
    /// # Errors
    /// It is no text, or an empty one.
    pub fn path(&self, key: &str) -> Result<Option<PathBuf>, Wrong> {
        if self.value(key).is_none() {
            return Ok(None);
        }
        Ok(Some(self.place.find(&self.text(key)?)))
    }

    /// The bytes of the file that a key names.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn file(&self, key: &str) -> Result<Option<Vec<u8>>, Wrong> {
        let Some(path) = self.path(key)? else { return Ok(None) };
        read(&path).map(Some).map_err(|message| Wrong::unreadable(key, message))
    }
}

/// The bytes of a file.
///
/// # Errors
/// It cannot be read: in words.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    open_input(path, TEXT_LIMIT).map_err(|error| format!("cannot read {}: {}", path.display(), plain(&error)))
}

/// A scalar as text.
pub fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}
