//! Cookies kept from one redirect to the next (`curl_option_cookiefile` with an empty name).
//!
//! Owns: which are kept, and which of them go to a host. Does not: send them (see `headers`), ask for them.

use super::stopwatch::ReceivedHeaders;
use crate::exchange::url::Target;

/// The cookies of one exchange.
#[derive(Debug, Clone, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Debug, Clone)]
struct Cookie {
    host: String,
    name: String,
    value: String,
}

impl Cookies {
    /// Keeps what an answer of this target sets.
    pub fn keep(&mut self, headers: &ReceivedHeaders, target: &Target) {
        for (_, line) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            let line = String::from_utf8_lossy(line);
            let pair = line.split(';').next().unwrap_or_default();
            let Some((name, value)) = pair.split_once('=') else { continue };
            let (host, name) = (target.host().to_ascii_lowercase(), name.trim().to_owned());
            self.0.retain(|have| have.host != host || have.name != name);
            self.0.push(Cookie { host, name, value: value.trim().to_owned() });
        }
    }

    /// `name=value; …` for this target; empty if there is none.
    pub fn line_for(&self, target: &Target) -> String {
        let mine = self.0.iter().filter(|cookie| cookie.host.eq_ignore_ascii_case(target.host()));
        mine.map(|Cookie { name, value, .. }| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}
