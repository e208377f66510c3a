//! Cookies that requests share: each takes what there is, and its answer adds to it.
//!
//! Owns: sharing. Does not: know what a cookie is (see `store`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::store::Cookies;
use crate::exchange::url::Target;
use crate::secrets::Secrets;

/// A jar; its clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Jar(Arc<Mutex<Kept>>);

#[derive(Debug, Clone, Default)]
struct Kept {
    cookies: Cookies,
    /// How many answers have set or deleted some.
    changes: u64,
}

impl From<Cookies> for Jar {
    fn from(cookies: Cookies) -> Jar {
        Jar(Arc::new(Mutex::new(Kept { cookies, changes: 0 })))
    }
}

impl Jar {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another jar with the same cookies.
    pub fn fork(&self) -> Jar {
        Jar(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// Keeps what the header lines of an answer of this target set, and drops what they delete.
    pub fn keep(&self, headers: &[(String, Vec<u8>)], target: &Target, now: SystemTime) {
        if headers.iter().any(|(name, _)| name == "set-cookie") {
            let mut kept = self.lock();
            kept.cookies.keep(headers, target, now);
            kept.changes += 1;
        }
    }

    /// `name=value; …` for this target, those of longer paths first; empty if there is none.
    pub fn line_for(&self, target: &Target, now: SystemTime) -> String {
        self.lock().cookies.line_for(target, now)
    }

    /// How many answers have set or deleted some.
    pub fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// Adds what each cookie carries.
    pub fn tell_secrets(&self, secrets: &mut Secrets) {
        self.lock().cookies.tell_secrets(secrets);
    }

    /// The file of those that are not over, in Netscape's format.
    pub fn to_text(&self, now: SystemTime) -> String {
        self.lock().cookies.to_text(now)
    }
}
