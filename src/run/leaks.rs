//! Secrets that are seen where they do not belong: back in an answer, on their way to another origin, in a URL.
//!
//! Owns: looking for them in the exchanges of functional tests, what is said of them; tokens that answers bring. Does
//! not: look at all of a load run, whose requests have no time for it: its first exchange stands for it.

use std::borrow::Cow;

use super::leak_watch::home_of;
use super::session::Session;
use crate::exchange::authorization::Authorization;
use crate::exchange::request::Request;
use crate::exchange::response::Response;
use crate::exchange::secret_places::{Mark, of_answer, tell_minted};
use crate::exchange::url::origin_of;
use crate::ground::json;
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
        self.leaks.is_unread = self.secrets.is_empty() && self.config.privacy.is_none();
        if self.leaks.is_unread {
            return None;
        }
        let home = home_of(&response.effective_url);
        let fresh = std::mem::take(&mut self.leaks.fresh);
        self.leaks.adopt(fresh.iter().map(String::as_str), &home);
        self.read_answers();
        let leaks = match self.engine.settings.leaks {
            Leaks::Off => Vec::new(),
            _ if self.secrets.is_empty() => Vec::new(),
            _ => {
                let sent_to = match request.url == response.effective_url {
                    true => Cow::Borrowed(&*home),
                    false => home_of(&request.url),
                };
                self.leaks_of((request, response), (&sent_to, &home))
            }
        };
        let mark = self.secrets.mark();
        let marks = of_answer(&response.body);
        if !marks.is_empty() {
            tell_minted(&marks, response.json().ok(), &mut self.secrets);
        }
        if let Some(privacy) = &self.config.privacy {
            privacy.each_masked(response, |path, value| {
                self.secrets.add_declared(path, value);
            });
        }
        self.leaks.adopt(self.secrets.since(mark), &home);
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

    /// An answer that nobody has looked into is put by, until something is to be shown, kept, or searched.
    pub(super) fn put_by(&mut self, response: Response) {
        let is_telling = !matches!(response.body.first(), None | Some(b'<'));
        if std::mem::take(&mut self.leaks.is_unread)
            && is_telling
            && self.leaks.put_by(response.body, response.effective_url)
        {
            self.read_answers();
        }
    }

    /// Learns the secrets of the answers that were put by.
    pub(super) fn read_answers(&mut self) {
        for (body, url) in self.leaks.take_unread() {
            let marks = of_answer(&body);
            if !marks.is_empty() {
                let mark = self.secrets.mark();
                tell_minted(&marks, json::parse(&body).ok().as_ref(), &mut self.secrets);
                self.leaks.adopt(self.secrets.since(mark), &home_of(&url));
            }
        }
    }

    /// `origin` is where the answer came from, `sent_to` where the request went first.
    fn leaks_of(&mut self, (request, response): (&Request, &Response), (sent_to, origin): (&str, &str)) -> Vec<String> {
        let mut leaks = Vec::new();
        self.in_url(request, &mut leaks);
        self.sent_elsewhere((request, response), (sent_to, origin), &mut leaks);
        let is_strange = |found: &Found| {
            !self.leaks.minted.contains(&found.value)
                || self.leaks.homes.get(&found.value).is_none_or(|home| home != origin)
        };
        let text = response.text();
        let mut came: Vec<Found> = found(&self.secrets, &text, |_| false);
        if !came.is_empty() && is_of_token_endpoint(&of_answer(&response.body)) {
            came.retain(|found| self.leaks.homes.get(&found.value).is_some_and(|home| home != origin));
        }
        for Found { name, form, .. } in came.into_iter().filter(is_strange) {
            leaks.push(format!("secret{name} came back in the body of {}{form}", self.place(request)));
        }
        for (header, value) in response.headers.iter().filter(|(header, _)| !header.eq_ignore_ascii_case("set-cookie"))
        {
            for Found { name, form, .. } in found(&self.secrets, value, |_| false).into_iter().filter(is_strange) {
                leaks.push(format!("secret{name} came back in the header {header} of {}{form}", self.place(request)));
            }
        }
        leaks
    }

    /// A request for people: `GET /debug`.
    fn place(&self, request: &Request) -> String {
        let url = shown_url(&request.url);
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = path.strip_prefix(origin_of(path)).filter(|path| !path.is_empty()).unwrap_or("/");
        format!("{} {}", request.method, self.secrets.redact(path))
    }

    /// A query can be read by whoever carries it, where it is not encrypted, and in whatever logs it.
    fn in_url(&self, request: &Request, leaks: &mut Vec<String>) {
        let Some((_, query)) = request.url.split_once('?') else { return };
        let is_plain = request.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"));
        let why = match (is_plain, self.engine.settings.verbose) {
            (true, _) => "which is sent unencrypted",
            (false, true) => "which is logged",
            (false, false) => return,
        };
        for Found { name, form, .. } in found(&self.secrets, query, |_| false) {
            leaks.push(format!("secret{name} stands in the URL of {}, {why}{form}", self.place(request)));
        }
    }

    /// What was sent to one origin to authenticate there goes to no other.
    fn sent_elsewhere(
        &mut self,
        (request, response): (&Request, &Response),
        (origin, last): (&str, &str),
        leaks: &mut Vec<String>,
    ) {
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
        if let Some(Authorization(auth)) = &request.auth {
            auth.each_sent(&mut |secret| self.note(secret, origin, is_elsewhere, &mut sent));
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
        let goes_on = !last.is_empty() && last != origin;
        if goes_on {
            let mut followed = found(&self.secrets, &response.effective_url, |_| false);
            if options.unrestricted_auth {
                let headers = request.headers.iter().filter(|(name, _)| self.secrets.is_secret_header(name));
                followed.extend(headers.flat_map(|(_, value)| found(&self.secrets, value, |_| false)));
                if let Some(Authorization(auth)) = &request.auth {
                    auth.each_sent(&mut |secret| followed.extend(found(&self.secrets, secret, |_| false)));
                }
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

/// Whether an answer hands out tokens, by the names that RFC 6749 and OpenID Connect have for them.
fn is_of_token_endpoint(marks: &[Mark]) -> bool {
    marks.iter().any(|mark| matches!(&*mark.name, "access_token" | "refresh_token" | "id_token"))
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
