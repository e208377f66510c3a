//! Digest: the server asks first, and every request proves that the password is known without sending it.
//!
//! Owns: when a request goes out without credentials, when it is sent once more. Does not: take challenges apart, or
//! compute answers (see `challenge` and `answer`).

mod answer;
mod challenge;
mod sessions;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::{SecureRandom as _, SystemRandom};

use self::answer::{Algorithm, Asked, Challenge, next_nonce};
use self::sessions::{Place, Sessions};
use crate::auth::credentials::Credentials;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::keys::{AuthKey, Form, key};
use crate::auth::made::Made;
use crate::exchange::authorization::{Answered, Auth, CurlFlag, Unsigned};
use crate::exchange::url::{Treatment, target_with};
use crate::ground::source::did_you_mean;

pub(super) const KEYS: &[AuthKey] =
    &[key("username", Form::Text), key("password", Form::MayBeEmpty), key("algorithms", Form::Texts)];

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let mut algorithms = Vec::new();
    for name in fields.texts("algorithms")? {
        let known = Algorithm::ALL.map(Algorithm::name);
        algorithms.push(Algorithm::named(&name).ok_or_else(|| {
            let meant = did_you_mean(&name, known);
            Wrong::of("algorithms", format!("digest has no algorithm \"{name}\"{meant}; it has {}", known.join(", ")))
        })?);
    }
    if algorithms.is_empty() {
        algorithms = Algorithm::ALL.to_vec();
    }
    let credentials = Arc::new(Credentials::of(fields)?);
    Ok(Arc::new(Digest { credentials, algorithms, sessions: Mutex::default(), made: Made::default() }))
}

/// Credentials, and the nonces that servers gave.
struct Digest {
    credentials: Arc<Credentials>,
    /// Those that may be answered with.
    algorithms: Vec<Algorithm>,
    sessions: Mutex<Sessions>,
    /// The last answers to challenges.
    made: Made,
}

impl Digest {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Auth for Digest {
    fn withholds_body(&self, request: &Unsigned<'_>) -> bool {
        self.sessions().expects_challenge(place_of(request))
    }

    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let Some((username, password)) = self.credentials.at(request.origin)? else { return Ok(Vec::new()) };
        // Whoever has begun a session since does not know that the body stayed at home.
        if request.is_withheld {
            return Ok(Vec::new());
        }
        let Some(turn) = self.sessions().turn(place_of(request), draw()?) else { return Ok(Vec::new()) };
        let line = turn.challenge.answer(&Asked {
            username,
            password,
            method: request.method,
            uri: request.path_and_query,
            body: request.body,
            cnonce: &turn.cnonce,
            count: turn.count,
        });
        let response = line.split(" response=\"").nth(1).and_then(|rest| rest.split('"').next());
        response.into_iter().for_each(|response| self.made.note(response));
        Ok(vec![("authorization".to_owned(), line)])
    }

    fn answered(&self, answer: &Answered<'_>) -> bool {
        let Ok(target) = target_with(answer.url, Treatment::default()) else { return false };
        let place = Place { origin: target.origin(), target: target.path_and_query() };
        let values = |name: &'static str| {
            answer.headers.iter().filter(move |(have, _)| have == name).map(|(_, value)| value.as_str())
        };
        let mut sessions = self.sessions();
        let refused = Some(answer).filter(|answer| answer.status == 401);
        let Some(challenge) = refused.and_then(|_| Challenge::choose(values("www-authenticate"), &self.algorithms))
        else {
            if let Some(nonce) = values("authentication-info").find_map(next_nonce) {
                sessions.renew(place, nonce);
            }
            // Nobody asked who it is, and the body is still at home.
            let was_withheld = answer.has_body && sessions.expects_challenge(place);
            if was_withheld {
                sessions.leave_open(place);
            }
            return was_withheld;
        };
        // Nothing was answered before where there is no session: its last word was that nobody asks. Otherwise one
        // more challenge is answered if all that was wrong is the nonce's age.
        let is_first = answer.again == 0 || !sessions.has_any(place);
        if is_first || challenge.is_stale && answer.again <= 2 {
            sessions.begin(place, challenge);
            return true;
        }
        sessions.end(place, &challenge.realm);
        false
    }

    fn fork(&self) -> Option<Arc<dyn Auth>> {
        let (credentials, algorithms) = (self.credentials.clone(), self.algorithms.clone());
        Some(Arc::new(Digest { credentials, algorithms, sessions: Mutex::default(), made: Made::default() }))
    }

    fn curl(&self) -> Vec<CurlFlag> {
        let mut flags = vec![CurlFlag::plain("--digest", "")];
        flags.extend(self.credentials.curl());
        flags
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.credentials.each_secret(tell);
        self.made.each(tell);
    }

    fn each_sent(&self, _: &mut dyn FnMut(&str)) {}
}

fn place_of<'a>(request: &Unsigned<'a>) -> Place<'a> {
    Place { origin: request.origin, target: request.path_and_query }
}

/// A client's nonce.
fn draw() -> Result<String, String> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).map_err(|_| "the system gives no random bytes".to_owned())?;
    Ok(BASE64_STANDARD.encode(bytes))
}
