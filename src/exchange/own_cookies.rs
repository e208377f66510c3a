//! What a request itself has to say on cookies: whether it has its own, and for which host they are.
//!
//! Owns: the `Host` and `Cookie` headers as far as cookies go, the request with the cookies of its jar written into it.
//! Does not: keep cookies (see `cookies`), send them (see `http`).

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use crate::exchange::request::Request;
use crate::exchange::url::{self, Target, Treatment};
use crate::secrets::Secret;

impl Request {
    /// The target as cookies see it: a `Host` header of the request's own names the host, as for libcurl.
    pub fn cookie_target<'t>(&self, target: &'t Target) -> Cow<'t, Target> {
        let own = self.headers.iter().rfind(|(name, _)| name.eq_ignore_ascii_case("host"));
        let named = own.and_then(|(_, host)| target.under(host.trim()));
        named.map_or(Cow::Borrowed(target), Cow::Owned)
    }

    /// The same request without a jar, and with the cookies written into it that the jar has for it now: to be shown
    /// or repeated.
    #[must_use]
    pub fn with_its_cookies(&self, now: SystemTime) -> Request {
        let mut request = Request { jar: None, ..self.clone() };
        let treatment = Treatment { path_as_is: self.options.path_as_is, encode_spaces: false };
        if let (Some(jar), Ok(target), false) =
            (&self.jar, url::target_with(&self.url, treatment), self.has_own_cookies())
        {
            let line = jar.line_for(&self.cookie_target(&target), now);
            if !line.is_empty() {
                Arc::make_mut(&mut request.options).cookie = Some(Secret(line));
            }
        }
        request
    }

    /// Whether it says itself which cookies it has: these, or none.
    fn has_own_cookies(&self) -> bool {
        let is_cookie = |name: &str| name.trim().eq_ignore_ascii_case("cookie");
        let lines = self.options.headers.iter().filter_map(|line| line.split_once(':'));
        self.options.cookie.is_some()
            || self.headers.iter().map(|(name, _)| &**name).chain(lines.map(|(name, _)| name)).any(is_cookie)
            || self.suppressed.iter().any(|name| is_cookie(name))
    }
}
