//! Basic authentication (RFC 7617), in UTF-8.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::header_line::{Fixed, Holder};
use crate::auth::keys::{AuthKey, Form, needed};
use crate::exchange::authorization::Auth;

pub(super) const KEYS: &[AuthKey] = &[needed("username", Form::Text), needed("password", Form::Text)];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let (username, password) = (fields.text("username")?, fields.text("password")?);
    check_username(&username)?;
    let credentials = basic_credentials(&username, &password);
    Ok(Arc::new(Fixed::header(Holder::scheme("Basic"), credentials, vec![password])))
}

/// A colon would end the name where the server takes both apart.
///
/// # Errors
/// There is one.
pub(super) fn check_username(username: &str) -> Result<(), Wrong> {
    match username.contains(':') {
        true => Err(Wrong::of("username", "username has a colon, which ends it in Basic authentication (RFC 7617)")),
        false => Ok(()),
    }
}

/// Name and password as the header carries them.
pub(super) fn basic_credentials(username: &str, password: &str) -> String {
    BASE64_STANDARD.encode(format!("{username}:{password}"))
}
