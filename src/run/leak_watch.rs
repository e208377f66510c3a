//! What a run remembers of where its secrets belong, and answers that nobody had a reason to read so far.
//!
//! Owns: the data. Does not: look for leaks (see `leaks`).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::exchange::secret_places::{of_answer, tell_minted};
use crate::exchange::url::origin_of;
use crate::ground::json;
use crate::secrets::Secrets;

/// So many bytes of answers wait to be read, no more.
const MOST_UNREAD: usize = 1 << 20;

/// What is known of where secrets belong.
#[derive(Default)]
pub(super) struct LeakWatch {
    /// Whether an answer brought a secret that nobody knew.
    pub(super) has_learned: bool,
    /// Whether something is shown, or kept to be shown, that may hold what a later answer calls a secret.
    pub(super) has_shown: bool,
    /// Whether a variable was taken out of an answer.
    pub(super) has_extracted: bool,
    /// By value: the origin that it was sent to first, or that it came from.
    pub(super) homes: HashMap<String, String>,
    /// Values that came with answers: these may come again from there.
    pub(super) minted: HashSet<String>,
    /// Cookies of the answer under way, whose origin is not told yet.
    pub(super) fresh: Vec<String>,
    /// What has been said.
    pub(super) told: HashSet<String>,
    /// Whether the answer under way is not read.
    pub(super) is_unread: bool,
    /// Bodies that were not looked through for secrets, with the URLs that they came from.
    unread: Vec<(Vec<u8>, String)>,
    unread_bytes: usize,
}

impl LeakWatch {
    /// Values came from an origin, and may come again from there.
    pub(super) fn adopt<'v>(&mut self, values: impl Iterator<Item = &'v str>, home: &str) {
        for value in values {
            self.has_learned = true;
            self.minted.insert(value.to_owned());
            self.homes.insert(value.to_owned(), home.to_owned());
        }
    }

    /// Puts an answer by until somebody needs to know its secrets: reading each of them would cost a suite that has
    /// none. True if there is no more room.
    pub(super) fn put_by(&mut self, body: Vec<u8>, url: String) -> bool {
        self.unread_bytes += body.capacity() + url.capacity();
        self.unread.push((body, url));
        self.unread_bytes > MOST_UNREAD
    }

    /// What was put by, to be read now.
    pub(super) fn take_unread(&mut self) -> Vec<(Vec<u8>, String)> {
        self.unread_bytes = 0;
        std::mem::take(&mut self.unread)
    }

    /// Adds the secrets of what was put by.
    pub(super) fn tell_unread(&self, secrets: &mut Secrets) {
        for (body, _) in &self.unread {
            let marks = of_answer(body);
            if !marks.is_empty() {
                tell_minted(&marks, json::parse(body).ok().as_ref(), secrets);
            }
        }
    }

    /// What the next file of the run begins with.
    pub(super) fn hand_on(&mut self) -> LeakWatch {
        let mut handed = std::mem::take(self);
        handed.has_learned = false;
        handed.homes.retain(|value, _| handed.minted.contains(value));
        handed
    }
}

/// The origin of a URL, however it is written, and whoever asks.
pub(super) fn home_of(url: &str) -> Cow<'_, str> {
    let origin = origin_of(url);
    let Some((scheme, authority)) = origin.split_once("://") else { return origin.into() };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let port = if scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
    let host = host.strip_suffix(port).unwrap_or(host);
    if host.len() == authority.len() && !origin.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return origin.into();
    }
    format!("{scheme}://{host}").to_ascii_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_name() {
        for (url, home) in [
            ("http://h/x?y", "http://h"),
            ("HTTP://ada:pw@H:80/x", "http://h"),
            ("https://h:443", "https://h"),
            ("https://h:80/", "https://h:80"),
            ("http://[::1]:8080/a@b", "http://[::1]:8080"),
            ("", ""),
        ] {
            assert_eq!(home_of(url), home, "{url}");
        }
    }
}
