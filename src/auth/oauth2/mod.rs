//! OAuth 2.0: a token from a token endpoint, kept until shortly before it expires.
//!
//! Owns: one fetch at a time, when a token is good, its renewal after a 401. Does not: make the token request (see
//! `token_request`), read its answer (see `token_answer`).

mod token_answer;
mod token_request;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use self::token_answer::TokenAnswer;
use self::token_request::TokenRequest;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::header_line::Holder;
use crate::auth::keys::{AuthKey, Form, key, needed};
use crate::exchange::authorization::{Answered, Auth, CurlFlag, Door, Readiness, Unsigned};
use crate::exchange::url::{is_loopback, target_with};
use crate::secrets::shown_url;

/// So many texts that were received are kept out of sight.
const HIDDEN: usize = 64;

const ASSERTION: &[AuthKey] = &[
    key("algorithm", Form::Text),
    key("key", Form::Text),
    key("key_file", Form::Text),
    key("key_base64", Form::Text),
    key("header", Form::Mapping),
    key("claims", Form::Mapping),
    key("expires_in", Form::Seconds),
    key("kid", Form::Text),
    key("audience", Form::Text),
];

pub(super) const KEYS: &[AuthKey] = &[
    needed("token_url", Form::Text),
    key("grant", Form::Word(&["client_credentials", "password", "refresh_token", "jwt_bearer"])),
    key("client_id", Form::Text),
    key("client_secret", Form::MayBeEmpty),
    key("client_auth", Form::Word(&token_request::CLIENT_AUTHS)),
    key("scope", Form::Texts),
    key("audience", Form::Text),
    key("resource", Form::Texts),
    key("params", Form::Pairs),
    key("headers", Form::Pairs),
    key("username", Form::Text),
    key("password", Form::Text),
    key("refresh_token", Form::Text),
    key("assertion", Form::Block(ASSERTION)),
    key("token_field", Form::Text),
    key("leeway", Form::Seconds),
    key("cache", Form::Flag),
];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let request = TokenRequest::of(fields)?;
    Ok(Arc::new(OAuth2 {
        refresh: Mutex::new(None),
        learned: Mutex::default(),
        request,
        token_field: fields.optional("token_field")?.unwrap_or_else(|| "access_token".to_owned()),
        leeway: fields.seconds("leeway")?.unwrap_or(30.0),
        is_kept: fields.flag("cache")?.unwrap_or(true),
        holder: Holder::scheme("Bearer"),
        token: RwLock::new(None),
        fetching: Mutex::new(()),
        edition: AtomicU64::new(0),
        is_refused: AtomicBool::new(false),
    }))
}

/// A token that crosses a network in clear is everybody's.
pub(super) fn doubt(fields: &AuthFields<'_>) -> Option<(&'static str, String)> {
    let url = fields.optional("token_url").ok().flatten()?;
    let target = target_with(&url, Default::default()).ok().filter(|target| !target.https)?;
    let host = target.host().to_ascii_lowercase();
    let is_here =
        is_loopback(&host) || host == "[::1]" || host.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback());
    let message = format!("{} is not https: everybody on the way can read secret and token", shown_url(&target.uri));
    (!is_here).then_some(("token_url", message))
}

/// Tokens of one token request, with all that it takes.
struct OAuth2 {
    request: TokenRequest,
    token_field: String,
    leeway: f64,
    is_kept: bool,
    holder: Holder,
    token: RwLock<Option<Token>>,
    /// What the last answer brought to refresh it.
    refresh: Mutex<Option<String>>,
    /// Held by whoever fetches: all others wait for the same token.
    fetching: Mutex<()>,
    edition: AtomicU64,
    /// A token that was fetched after a 401 was refused, too: the next ones will be.
    is_refused: AtomicBool,
    /// Tokens and assertions so far.
    learned: Mutex<Vec<String>>,
}

struct Token {
    text: String,
    /// Good until then; with none for the whole run.
    until: Option<Instant>,
    /// A server took it no more. It stays, for those who sign with it at this moment: they hear the same.
    is_dropped: bool,
}

impl OAuth2 {
    fn is_good(&self, now: Instant) -> bool {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        let is_good = |token: &Token| !token.is_dropped && token.until.is_none_or(|until| now < until);
        self.is_kept && token.as_ref().is_some_and(is_good)
    }

    fn learn(&self, text: &str) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        if learned.iter().any(|known| known == text) {
            return;
        }
        if learned.len() == HIDDEN {
            learned.remove(0);
        }
        learned.push(text.to_owned());
    }

    fn fetch(&self, door: &dyn Door) -> Result<(), String> {
        let refresh = self.refresh.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = match &refresh {
            // A refresh token that is no longer good says nothing of the grant itself.
            Some(token) => self.ask(door, Some(token)).or_else(|_| self.ask(door, None)),
            None => self.ask(door, None),
        };
        let url = shown_url(self.request.url());
        let answer = answer.map_err(|reason| format!("no token from {url}: {reason}"))?;
        if !answer.has_type {
            log::warn!("the answer of {url} has no token_type; it is taken for a bearer token");
        }
        self.learn(&answer.token);
        if let Some(token) = &answer.refresh_token {
            self.learn(token);
        }
        *self.refresh.lock().unwrap_or_else(PoisonError::into_inner) = answer.refresh_token.or(refresh);
        let life = answer.expires_in.map(|seconds| good_for(seconds, self.leeway));
        let until = life.and_then(|life| door.clock().now().checked_add(life));
        *self.token.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Token { text: answer.token, until, is_dropped: false });
        self.edition.fetch_add(1, Ordering::Release);
        Ok(())
    }

    fn ask(&self, door: &dyn Door, refresh: Option<&str>) -> Result<TokenAnswer, String> {
        let errand = self.request.errand(door.clock().date(), refresh, &mut |assertion| self.learn(assertion))?;
        let response = door.send(&errand)?;
        let answer = TokenAnswer::read(&response, &self.token_field);
        answer.map_err(|reason| match self.request.remedy(&reason) {
            Some(remedy) => format!("{reason}; {remedy}"),
            None => reason,
        })
    }
}

/// How long a token is used that lives so many seconds: at least half of its life.
fn good_for(seconds: u64, leeway: f64) -> Duration {
    let life = Duration::from_secs(seconds);
    let leeway = Duration::try_from_secs_f64(leeway).unwrap_or(Duration::MAX);
    life.saturating_sub(leeway).max(life / 2)
}

impl Auth for OAuth2 {
    fn ready(&self, door: &dyn Door) -> Result<Readiness, String> {
        if self.is_good(door.clock().now()) {
            return Ok(Readiness::Kept);
        }
        let _one_at_a_time = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_good(door.clock().now()) {
            return Ok(Readiness::Kept);
        }
        self.fetch(door)?;
        Ok(Readiness::Fetched)
    }

    fn is_ready(&self, now: Instant) -> bool {
        self.is_good(now)
    }

    fn sign(&self, _: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
        let token = token.as_ref().ok_or("there is no token yet")?;
        Ok(self.holder.line(&token.text))
    }

    fn answered(&self, answer: &Answered<'_>) -> bool {
        if answer.status != 401 {
            if self.is_refused.load(Ordering::Relaxed) {
                self.is_refused.store(false, Ordering::Relaxed);
            }
            return false;
        }
        if answer.is_expected || !self.is_kept || self.is_refused.load(Ordering::Relaxed) {
            return false;
        }
        if answer.again > 0 {
            self.is_refused.store(true, Ordering::Relaxed);
        }
        if answer.again > 0 || answer.readiness == Readiness::Fetched {
            return false;
        }
        // Of many requests that are refused with one token, the first drops it.
        let mut token = self.token.write().unwrap_or_else(PoisonError::into_inner);
        if self.edition() == answer.edition {
            if let Some(token) = token.as_mut() {
                token.is_dropped = true;
            }
            log::info!("a token of {} was refused with 401; another one is fetched", shown_url(self.request.url()));
        }
        true
    }

    fn edition(&self) -> Option<u64> {
        Some(self.edition.load(Ordering::Acquire))
    }

    fn curl(&self) -> Vec<CurlFlag> {
        vec![self.holder.curl("")]
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.request.each_secret(tell);
        self.each_sent(tell);
    }

    fn each_sent(&self, tell: &mut dyn FnMut(&str)) {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|text| tell(text));
    }
}

#[cfg(test)]
mod tests;
