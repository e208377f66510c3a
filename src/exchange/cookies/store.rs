//! Cookies together: what an answer adds and takes away, and what goes to a target.
//!
//! Owns: which of two holds, the order, the limits. Does not: read a cookie (see `cookie`), share itself (see `jar`).

use std::time::SystemTime;

use super::cookie::{self, Cookie, is_below, is_confidential, is_within};
use super::netscape;
use crate::exchange::url::Target;
use crate::secrets::Secrets;

/// So many are kept, of all domains and of one; the oldest goes first.
const MOST: usize = 3000;
const MOST_OF_A_DOMAIN: usize = 180;

/// Cookies in the order in which they were made.
#[derive(Debug, Clone, Default)]
pub struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Keeps what an answer of this target sets, and drops what it deletes.
    pub fn keep(&mut self, headers: &[(String, Vec<u8>)], target: &Target, now: SystemTime) {
        for (_, line) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some(cookie) = cookie::parse(&String::from_utf8_lossy(line), target, now) {
                self.add(cookie, target, now);
            }
        }
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `name=value; …` for this target, those of longer paths first; empty if there is none.
    pub fn line_for(&self, target: &Target, now: SystemTime) -> String {
        let mut mine: Vec<&Cookie> = self.0.iter().filter(|cookie| cookie.goes_to(target, now)).collect();
        // It is a stable sort: what was made first stays first.
        mine.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        mine.iter().map(|Cookie { name, value, .. }| format!("{name}={}", value.0)).collect::<Vec<_>>().join("; ")
    }

    fn add(&mut self, cookie: Cookie, target: &Target, now: SystemTime) {
        // Who listens on the way can set cookies over http: such a one must not take the place of a secure one.
        let is_shadowing = |have: &Cookie| {
            have.secure
                && have.name == cookie.name
                && (is_within(&have.domain, &cookie.domain) || is_within(&cookie.domain, &have.domain))
                && is_below(&cookie.path, &have.path)
        };
        if !cookie.secure && !is_confidential(target) && self.0.iter().any(is_shadowing) {
            return;
        }
        let same = self.0.iter().position(|have| {
            (&have.name, &have.domain, have.host_only, &have.path)
                == (&cookie.name, &cookie.domain, cookie.host_only, &cookie.path)
        });
        match (same, cookie.is_over(now)) {
            (Some(at), true) => drop(self.0.remove(at)),
            // It keeps the time at which it was made.
            (Some(at), false) => self.0[at] = cookie,
            (None, true) => {}
            (None, false) => {
                self.make_room(&cookie.domain, now);
                self.0.push(cookie);
            }
        }
    }

    /// Drops what is over, and then the oldest, where one more cookie of this domain would be too many.
    fn make_room(&mut self, domain: &str, now: SystemTime) {
        let is_full = |cookies: &[Cookie]| {
            cookies.len() >= MOST || cookies.iter().filter(|cookie| cookie.domain == domain).count() >= MOST_OF_A_DOMAIN
        };
        if !is_full(&self.0) {
            return;
        }
        self.0.retain(|cookie| !cookie.is_over(now));
        if is_full(&self.0) {
            let at = self.0.iter().position(|cookie| cookie.domain == domain).unwrap_or_default();
            self.0.remove(at);
        }
    }

    /// Adds what each of them carries.
    pub fn tell_secrets(&self, secrets: &mut Secrets) {
        self.0.iter().for_each(|cookie| secrets.add(&cookie.value.0));
    }

    /// The cookies of a file in Netscape's format.
    ///
    /// # Errors
    /// A line is none of that format: which one, and what is wrong with it.
    pub fn from_text(text: &str) -> Result<Cookies, String> {
        netscape::read(text).map(Cookies)
    }

    /// The file of those that are not over.
    pub fn to_text(&self, now: SystemTime) -> String {
        netscape::written(self.0.iter().filter(|cookie| !cookie.is_over(now)))
    }
}
