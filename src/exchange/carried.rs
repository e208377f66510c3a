//! What a request carries that nobody is to see.
//!
//! Owns: where in a request secrets stand. Does not: know what marks one (see `secrets`), redact.

use crate::exchange::authorization::Authorization;
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::request::Request;
use crate::exchange::secret_places::{SHORTEST_CALLED, of_body};
use crate::secrets::Secrets;

impl Request {
    /// Adds what its body carries under names that mark a secret: of a failed test, whose answer may have it again.
    pub fn tell_body_secrets(&self, secrets: &mut Secrets) {
        let marks = self.body.as_deref().map(of_body).unwrap_or_default();
        for mark in marks.iter().filter(|mark| mark.value.len() >= SHORTEST_CALLED) {
            secrets.add(&mark.value);
        }
    }

    /// Adds the secrets that it carries.
    pub fn tell_secrets(&self, secrets: &mut Secrets) {
        for (name, value) in &self.headers {
            secrets.add_header(name, value);
        }
        if let Some((name, password)) = &self.basic_auth {
            secrets.add_login(name, password);
        }
        if let Some(Authorization(auth)) = &self.auth {
            auth.each_secret(&mut |secret| secrets.add(secret));
        }
        if let Some(jar) = &self.jar {
            jar.tell_secrets(secrets);
        }
        of_options(secrets, &self.options);
        secrets.add_url(&self.url);
    }
}

/// The transport makes headers of these, which a server may echo.
fn of_options(secrets: &mut Secrets, options: &CurlOptions) {
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
        secrets.add_url(&proxy.0);
    }
}
