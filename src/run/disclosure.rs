//! What a test lets be seen: the secrets that its variables hold and its requests carry.
//!
//! Owns: where in a test and a request secrets are. Does not: know what marks one (see `secrets`), redact.

use crate::exchange::curl_options::CurlOptions;
use crate::exchange::request::Request;
use crate::exchange::url::percent_decode;
use crate::secrets::{self, Secrets};
use crate::test::definition::Test;
use crate::variables::context::Context;

/// The variables that a test binds before it sends and that are called like secrets.
pub(super) fn bound(test: &Test) -> impl Iterator<Item = &str> {
    let names = test.variable_binds.iter().map(|(name, _)| name);
    let names = names.chain(test.generator_binds.iter().map(|(name, _)| name));
    names.map(String::as_str).filter(|name| secrets::is_secret_variable(name))
}

/// The variables that a test extracts and that are called like secrets.
pub(super) fn extracted(test: &Test) -> impl Iterator<Item = &str> {
    let names = test.extract_binds.iter().map(|bind| bind.variable.as_str());
    names.filter(|name| secrets::is_secret_variable(name))
}

/// Learns the values that variables have.
pub(super) fn learn_variables<'n>(secrets: &mut Secrets, names: impl Iterator<Item = &'n str>, context: &Context) {
    for value in names.filter_map(|name| context.get(name)) {
        secrets.add(&value.to_text());
    }
}

/// Learns what a request carries.
pub(super) fn learn_request(secrets: &mut Secrets, request: &Request) {
    for (name, value) in &request.headers {
        secrets.add_header(name, value);
    }
    if let Some((name, password)) = &request.basic_auth {
        secrets.add_login(name, password);
    }
    learn_options(secrets, &request.options);
    learn_userinfo(secrets, &request.url);
}

/// The transport makes headers of these, which a server may echo.
fn learn_options(secrets: &mut Secrets, options: &CurlOptions) {
    if let Some(password) = &options.password {
        secrets.add_login(options.username.as_deref().unwrap_or_default(), &password.0);
    }
    if let Some(cookie) = &options.cookie {
        secrets.add_header("cookie", &cookie.0);
    }
    if let Some(token) = &options.bearer {
        secrets.add(&token.0);
    }
    for (name, value) in options.headers.iter().filter_map(|line| line.split_once(':')) {
        secrets.add_header(name.trim(), value.trim());
    }
    let proxy = &options.connection;
    if let Some(password) = &proxy.proxy_password {
        secrets.add_login(proxy.proxy_username.as_deref().unwrap_or_default(), &password.0);
    }
    if let Some(proxy) = &proxy.proxy {
        learn_userinfo(secrets, &proxy.0);
    }
}

/// Name and password before a URL's host, as written and as they are sent.
fn learn_userinfo(secrets: &mut Secrets, url: &str) {
    if let Some((name, password)) = userinfo(url) {
        secrets.add_login(name, password);
        secrets.add_login(&percent_decode(name), &percent_decode(password));
    }
}

/// Name and password before the host of a URL.
fn userinfo(url: &str) -> Option<(&str, &str)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next()?.rsplit_once('@')?.0.split_once(':')
}
