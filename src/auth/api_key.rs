//! A key in a header, in the query or in a cookie.

use std::sync::Arc;

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::header_line::{Fixed, Holder};
use crate::auth::keys::{AuthKey, Form, key, needed};
use crate::exchange::authorization::Auth;

pub(super) const KEYS: &[AuthKey] =
    &[needed("name", Form::Text), needed("value", Form::Text), key("in", Form::Word(&["header", "query", "cookie"]))];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let (name, value) = (fields.text("name")?, fields.text("value")?);
    Ok(Arc::new(match fields.optional("in")?.as_deref() {
        None | Some("header") => {
            let holder = Holder::parse(Some(&name))
                .ok()
                .filter(|_| !name.contains(':'))
                .ok_or_else(|| Wrong::of("name", "name is not the name of a header"))?;
            Fixed::header(holder, value, Vec::new())
        }
        Some("query") => Fixed::query(name, value),
        Some("cookie") => Fixed::cookie(name, value),
        Some(_) => return Err(Wrong::of("in", "in must be header, query or cookie")),
    }))
}
