//! `.netrc`: a person's credentials, a host each; sent as Basic.
//!
//! Owns: how they are sent. Does not: know the grammar (see `entries`), find the file (see `credentials`).

pub(super) mod entries;

use std::sync::Arc;

use crate::auth::basic::{basic_credentials, check_username};
use crate::auth::credentials::Credentials;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::keys::{AuthKey, Form, key};
use crate::exchange::authorization::{Auth, CurlFlag, Unsigned};

pub(super) const KEYS: &[AuthKey] =
    &[key("file", Form::Text), key("required", Form::Flag), key("username", Form::Text)];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    Ok(Arc::new(FromNetrc(Credentials::of_netrc(fields)?)))
}

/// Credentials from a file, one for each host.
struct FromNetrc(Credentials);

impl Auth for FromNetrc {
    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let Some((username, password)) = self.0.at(request.origin)? else { return Ok(Vec::new()) };
        check_username(username).map_err(|wrong| wrong.message)?;
        Ok(vec![("authorization".to_owned(), format!("Basic {}", basic_credentials(username, password)))])
    }

    fn edition(&self) -> Option<u64> {
        Some(0)
    }

    fn curl(&self) -> Vec<CurlFlag> {
        self.0.curl()
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.0.each_secret(tell);
    }

    fn each_sent(&self, _: &mut dyn FnMut(&str)) {}
}
