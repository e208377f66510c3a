//! A token in `Authorization: Bearer`, from the suite or from a file that others keep fresh.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::auth::fields::{AuthFields, Wrong, read};
use crate::auth::header_line::{Fixed, Holder};
use crate::auth::keys::{AuthKey, Form, key};
use crate::exchange::authorization::{Auth, CurlFlag, Door, Readiness, Unsigned};

pub(super) const KEYS: &[AuthKey] = &[key("token", Form::Text), key("token_file", Form::Text)];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    match (fields.value("token"), fields.path("token_file")?) {
        (Some(_), Some(_)) => Err(Wrong::of("token_file", "token and token_file exclude each other; keep one")),
        (Some(_), None) => Ok(Arc::new(Fixed::header(Holder::scheme("Bearer"), fields.text("token")?, Vec::new()))),
        (None, Some(path)) => {
            read(&path).map_err(|message| Wrong::unreadable("token_file", message))?;
            Ok(Arc::new(FromFile { path, tokens: Mutex::default() }))
        }
        (None, None) => Err("bearer needs token or token_file".to_owned().into()),
    }
}

/// A token that is read anew for each send: whoever keeps the file replaces it before the token expires.
struct FromFile {
    path: PathBuf,
    /// All that were read, the last one at the end; earlier ones stay secret.
    tokens: Mutex<Vec<String>>,
}

fn token_of(path: &std::path::Path) -> Result<String, String> {
    let bytes = read(path)?;
    let token = std::str::from_utf8(&bytes).map(str::trim).ok().filter(|token| !token.is_empty());
    let token = token.filter(|token| !token.contains(|c: char| c.is_ascii_control()));
    token.map(str::to_owned).ok_or_else(|| format!("{} holds no token: it must be one line of text", path.display()))
}

impl Auth for FromFile {
    fn ready(&self, _: &dyn Door) -> Result<Readiness, String> {
        let token = token_of(&self.path)?;
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.last() != Some(&token) {
            tokens.push(token);
        }
        Ok(Readiness::Kept)
    }

    fn sign(&self, _: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = tokens.last().map(String::as_str).unwrap_or_default();
        Ok(Holder::scheme("Bearer").line(token))
    }

    fn curl(&self) -> Vec<CurlFlag> {
        vec![Holder::scheme("Bearer").curl("")]
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|token| tell(token));
    }
}
