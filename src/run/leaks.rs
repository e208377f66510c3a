//! Secrets that are seen where they do not belong: back in an answer, on their way to another origin, in a URL.
//!
//! Owns: looking for them in the exchanges of functional tests, what is said of them; tokens that answers bring. Does
//! not: look at load runs, whose requests have no time for it.

use std::borrow::Cow;

use super::session::Session;
use crate::exchange::request::Request;
use crate::exchange::response::Response;
use crate::exchange::secret_places::{Mark, of_answer, tell_minted};
use crate::exchange::url::origin_of;
use crate::ground::source::Fault;
use crate::judge::outcome::{Failure, FailureKind};
use crate::record::event::{Event, Sink};
use crate::secrets::{Secrets, shown_url};
use crate::settings::leaks::Leaks;
use crate::test::definition::Test;

/// Shorter values are found everywhere, and say nothing.
const SHORTEST: usize = 8;

/// A secret that was found.
struct Found {
    value: String,
    /// For people: `"token"`, and nothing where it has no name.
    name: String,
    /// For people: ` (base64 form)`.
    form: String,
}

impl Session<'_> {
    /// Looks an exchange over for secrets where they do not belong, then learns those that the answer brings. What is
    /// wrong with the test comes back, if leaks fail it.
    pub(super) fn look_for_leaks(
        &mut self,
        test: &Test,
        (request, response): (&Request, &Response),
        sink: &mut dyn Sink,
    ) -> Option<Failure> {
        let marks = of_answer(&response.body);
        let leaks = match self.engine.settings.leaks {
            Leaks::Off => Vec::new(),
            _ if self.secrets.is_empty() => Vec::new(),
            _ => self.leaks_of(request, response, &marks),
        };
        self.learn_minted(response, &marks);
        if leaks.is_empty() {
            return None;
        }
        if self.engine.settings.leaks == Leaks::Fail {
            return Some(Failure::new(FailureKind::SecretLeak, leaks.join("; "), &test.location));
        }
        for message in leaks {
            if self.leaks.told.insert(message.clone()) {
                let message = format!("{}: {message}", test.name);
                sink.emit(Event::Warned(Box::new(Fault::new(test.location.clone(), message))));
            }
        }
        None
    }

    /// Learns what an answer brings under the names of secrets, and what masks cover in it.
    fn learn_minted(&mut self, response: &Response, marks: &[Mark]) {
        let mut brought = self.secrets.beside();
        if !marks.is_empty() {
            tell_minted(marks, response.json().ok(), &mut brought);
        }
        if let Some(privacy) = &self.config.privacy {
            privacy.tell_masked(&mut brought, response);
        }
        if brought.count() == 0 {
            return;
        }
        let known = self.secrets.count();
        for value in brought.values().filter(|value| !self.secrets.knows(value)) {
            self.leaks.minted.insert(value.to_owned());
            self.leaks.homes.insert(value.to_owned(), home_of(&response.effective_url).into_owned());
        }
        self.secrets.join(&brought);
        self.leaks.has_learned |= self.secrets.count() > known;
    }

    fn leaks_of(&mut self, request: &Request, response: &Response, marks: &[Mark]) -> Vec<String> {
        let mut leaks = Vec::new();
        let url = shown_url(&request.url);
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_prefix(origin_of(path)).filter(|path| !path.is_empty()).unwrap_or("/");
        let place = format!("{} {}", request.method, self.secrets.redact(path));
        self.in_url(request, &place, &mut leaks);
        self.sent_elsewhere(request, response, &mut leaks);
        let origin = &*home_of(&response.effective_url);
        let is_strange = |found: &Found| {
            !self.leaks.minted.contains(&found.value)
                || self.leaks.homes.get(&found.value).is_none_or(|home| home != origin)
        };
        let text = response.text();
        let is_marked = |at: usize| marks.iter().any(|mark| mark.place.contains(&at));
        for Found { name, form, .. } in found(&self.secrets, &text, is_marked).into_iter().filter(is_strange) {
            leaks.push(format!("secret{name} came back in the body of {place}{form}"));
        }
        for (header, value) in &response.headers {
            if self.secrets.is_secret_header(header) {
                continue;
            }
            for Found { name, form, .. } in found(&self.secrets, value, |_| false).into_iter().filter(is_strange) {
                leaks.push(format!("secret{name} came back in the header {header} of {place}{form}"));
            }
        }
        leaks
    }

    /// A query can be read by whoever carries it, where it is not encrypted, and in whatever logs it.
    fn in_url(&self, request: &Request, place: &str, leaks: &mut Vec<String>) {
        let Some((_, query)) = request.url.split_once('?') else { return };
        let is_plain = request.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
        let why = match (is_plain, self.engine.settings.verbose) {
            (true, _) => "which is sent unencrypted",
            (false, true) => "which is logged",
            (false, false) => return,
        };
        for Found { name, form, .. } in found(&self.secrets, query, |_| false) {
            leaks.push(format!("secret{name} stands in the URL of {place}, {why}{form}"));
        }
    }

    /// What was sent to one origin to authenticate there goes to no other.
    fn sent_elsewhere(&mut self, request: &Request, response: &Response, leaks: &mut Vec<String>) {
        let origin = &*home_of(&request.url);
        let is_elsewhere = self.leaks.homes.values().any(|home| home != origin);
        let mut sent: Vec<Found> = Vec::new();
        for (name, value) in &request.headers {
            if is_elsewhere || self.secrets.is_secret_header(name) {
                self.note(value, origin, is_elsewhere, &mut sent);
            }
        }
        if let Some((_, password)) = &request.basic_auth {
            self.note(password, origin, is_elsewhere, &mut sent);
        }
        let options = &request.options;
        for secret in [&options.password, &options.bearer].into_iter().flatten() {
            self.note(&secret.0, origin, is_elsewhere, &mut sent);
        }
        if is_elsewhere {
            sent.extend(found(&self.secrets, &request.url, |_| false));
            let body = request.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            sent.extend(found(&self.secrets, &body, |_| false));
        }
        let last = &*home_of(&response.effective_url);
        let goes_on = !last.is_empty() && last != origin;
        if goes_on {
            let mut followed = found(&self.secrets, &response.effective_url, |_| false);
            if options.unrestricted_auth {
                let headers = request.headers.iter().filter(|(name, _)| self.secrets.is_secret_header(name));
                followed.extend(headers.flat_map(|(_, value)| found(&self.secrets, value, |_| false)));
            }
            for Found { name, form, .. } in followed {
                let message = format!("secret{name} followed a redirect from {origin} to {last}{form}");
                if !leaks.contains(&message) {
                    leaks.push(message);
                }
            }
        }
        for Found { value, name, form } in sent {
            if let Some(home) = self.leaks.homes.get(&value).filter(|home| *home != origin) {
                let message = format!("secret{name} was sent to {origin}, and belongs to {home}{form}");
                if !leaks.contains(&message) {
                    leaks.push(message);
                }
            }
        }
    }

    /// Notes where a value is sent first; all that is found in it, where it may belong elsewhere.
    fn note(&mut self, value: &str, origin: &str, is_elsewhere: bool, sent: &mut Vec<Found>) {
        if !is_elsewhere && self.leaks.homes.contains_key(value) {
            return;
        }
        if !is_elsewhere {
            // The header as a whole, so that the next test need not look into it.
            self.leaks.homes.insert(value.to_owned(), origin.to_owned());
        }
        let all = found(&self.secrets, value, |_| false);
        for one in &all {
            self.leaks.homes.entry(one.value.clone()).or_insert_with(|| origin.to_owned());
        }
        sent.extend(all);
    }
}

/// The origin of a URL, however it is written, and whoever asks.
fn home_of(url: &str) -> Cow<'_, str> {
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

/// The secrets in a text, each once, but for those at places that are passed over.
fn found(secrets: &Secrets, text: &str, is_passed_over: impl Fn(usize) -> bool) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (start, end, value) in secrets.places(text) {
        let Some(part) = text.get(start..end).filter(|_| !is_passed_over(start)) else { continue };
        let (value, name, form) = secrets.describe(value, part);
        // What is only called a key is as often one of a table.
        let is_weak = name
            .is_some_and(|name| name.trim_end_matches(|c: char| c.is_ascii_digit()).eq_ignore_ascii_case("key"))
            && !name.is_some_and(|name| secrets.is_declared(name));
        if is_weak || value.len() < SHORTEST || all.iter().any(|have| have.value == value) {
            continue;
        }
        let name = name.map_or_else(String::new, |name| format!(" \"{name}\""));
        let form = if form.is_empty() { String::new() } else { format!(" ({form} form)") };
        all.push(Found { value: value.to_owned(), name, form });
    }
    all
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
