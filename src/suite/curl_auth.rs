//! The block of `auth` that libcurl's options come to: `httpauth: 2`, `aws_sigv4`, `netrc`.
//!
//! Owns: which kind, and where its name and password come from. Does not: know a kind (see `auth::kinds`), read the
//! options (see `exchange::curl_options`).

use std::sync::Arc;

use super::auth;
use super::curl_option::CURL_OPTION;
use super::document::Entry;
use super::fields::Field;
use super::reader::{FileReader, Read};
use crate::auth::{AuthChoice, AuthField};
use crate::exchange::curl_options::CurlAuth;
use crate::ground::value::Value;
use crate::settings::precedence::Origin;
use crate::test::definition::Test;
use crate::variables::body::Json;
use crate::variables::template::Text;

/// Gives a test what its options ask for, unless it has `auth` itself; `keys` are all of its keys.
pub(super) fn settle(reader: &mut FileReader<'_>, keys: &[Field<'_>], test: &mut Test) -> Read<()> {
    let Some(wanted) = test.curl_options.auth.clone() else { return Ok(()) };
    let key = |option: &str| -> Option<&Entry> {
        let is_it = |name: &str| name.strip_prefix(CURL_OPTION).is_some_and(|name| name.eq_ignore_ascii_case(option));
        keys.iter().find(|key| is_it(&key.name)).map(AsRef::as_ref)
    };
    let (kind, option) = match &*wanted {
        CurlAuth { aws_sigv4: Some(_), .. } => ("aws_sigv4", "aws_sigv4"),
        CurlAuth { digest: true, .. } if test.curl_options.bearer.is_none() => ("digest", "httpauth"),
        CurlAuth { netrc: Some(_), .. } => ("netrc", "netrc"),
        CurlAuth { netrc_file: Some(_), .. } => ("", "netrc_file"),
        _ => return Ok(()),
    };
    let Some(key) = key(option) else { return Ok(()) };
    if kind.is_empty() {
        reader.warn(key.at, format!("{} has no effect without {CURL_OPTION}netrc", key.name));
        return Ok(());
    }
    if test.auth_choice().is_some() {
        reader.warn(key.at, format!("auth wins over {}; keep one of them", key.name));
        return Ok(());
    }
    let login = Login::of(test);
    if kind == "netrc" && wanted.netrc == Some(false) && login.name.is_some() && login.password.is_some() {
        // What the test says itself is preferred to what the file may have.
        return Ok(());
    }
    let origin = Origin::Suite(reader.location(key.at));
    let mut fields = Vec::new();
    for (name, value) in values(kind, &wanted, login).map_err(|message| reader.fault(key.at, message))? {
        fields.push(AuthField { name: name.to_owned(), value, origin: origin.clone() });
    }
    let block = auth::option_block(reader, (kind, fields), key.at)?;
    test.auth.get_or_insert_default().choice = Some(AuthChoice::Block(Arc::new(block)));
    Ok(())
}

/// The values of a block of this kind.
fn values(kind: &str, wanted: &CurlAuth, login: Login) -> Result<Vec<(&'static str, Json)>, String> {
    let text = |text: &String| Json::fixed(&Value::Str(text.clone()));
    let mut values = Vec::new();
    let mut add = |name: &'static str, value: Option<Json>| values.extend(value.map(|value| (name, value)));
    match kind {
        "aws_sigv4" => {
            let scope = wanted.aws_sigv4.as_ref();
            add("access_key_id", login.name);
            add("secret_access_key", login.password);
            add("region", scope.and_then(|scope| scope.region.as_ref()).map(text).transpose()?);
            add("service", scope.and_then(|scope| scope.service.as_ref()).map(text).transpose()?);
        }
        _ => {
            let is_digest = kind == "digest";
            if is_digest && login.password.is_none() && wanted.netrc.is_none() {
                return Err(
                    "digest needs a name and its password: auth_username and auth_password, or netrc".to_owned()
                );
            }
            add("username", login.name);
            add("password", login.password.filter(|_| is_digest));
            add("required", wanted.netrc.map(|is_required| Json::fixed(&Value::Bool(is_required))).transpose()?);
            add("file", wanted.netrc_file.as_ref().map(text).transpose()?);
        }
    }
    Ok(values)
}

/// Name and password as a test has them, by options of libcurl or by keys of its own.
struct Login {
    name: Option<Json>,
    password: Option<Json>,
}

impl Login {
    fn of(test: &Test) -> Login {
        let (name, password) = test.auth();
        let options = &test.curl_options;
        let given = |option: Option<&String>, own: Option<&Text>| match (option, own) {
            (Some(text), _) => Json::fixed(&Value::Str(text.clone())).ok(),
            (None, Some(Text::Plain(text))) => Json::fixed(&Value::Str(text.clone())).ok(),
            (None, Some(Text::Template(template))) => Some(Json::templated(template.source())),
            (None, None) => None,
        };
        Login {
            name: given(options.username.as_ref(), name),
            password: given(options.password.as_ref().map(|password| &password.0), password),
        }
    }
}
