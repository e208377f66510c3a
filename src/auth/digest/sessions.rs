//! The nonces of servers, from one request to the next.
//!
//! Owns: what is kept for an origin and a realm, which of them a request begins with, the count. Does not: compute
//! answers (see `answer`), send.

use crate::auth::digest::answer::Challenge;

/// So many nonces are kept; the one used longest ago goes first.
const KEPT: usize = 64;

/// A server's nonce in use.
#[derive(Debug, Clone)]
struct Session {
    origin: String,
    /// The folder of the target that was challenged first.
    folder: String,
    challenge: Challenge,
    /// The client's first nonce, where it is to stay.
    cnonce: Option<String>,
    count: u32,
}

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The challenge that is answered once more.
    pub challenge: Challenge,
    /// The client's nonce.
    pub cnonce: String,
    /// The number of this request.
    pub count: u32,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// `scheme://host:port`.
    pub origin: &'a str,
    /// Path and query.
    pub target: &'a str,
}

/// All nonces for the same credentials, the one used last at the end.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    all: Vec<Session>,
    /// Origins that took a request without credentials, and have not asked for any since.
    open: Vec<String>,
}

impl Sessions {
    /// Takes a challenge that is to be answered now; it stands in place of the realm's last one.
    pub fn begin(&mut self, place: Place<'_>, challenge: Challenge) {
        self.open.retain(|origin| origin != place.origin);
        let mut folder = folder_of(place.target).to_owned();
        let is_it = |session: &Session| session.origin == place.origin && session.challenge.realm == challenge.realm;
        if let Some(at) = self.all.iter().position(is_it) {
            let last = self.all.remove(at);
            if folder.starts_with(&last.folder) {
                folder = last.folder;
            }
        }
        if self.all.len() == KEPT {
            self.all.remove(0);
        }
        self.all.push(Session { origin: place.origin.to_owned(), folder, challenge, cnonce: None, count: 0 });
    }

    /// The nonce that a request begins with, counted on; `cnonce` is the client's, where it is not to stay as it was.
    pub fn turn(&mut self, place: Place<'_>, cnonce: String) -> Option<Turn> {
        let mut session = self.all.remove(self.nearest(place)?);
        session.count = session.count.checked_add(1)?;
        let cnonce = session.cnonce.take().unwrap_or(cnonce);
        session.cnonce = session.challenge.keeps_cnonce().then(|| cnonce.clone());
        let turn = Turn { challenge: session.challenge.clone(), cnonce, count: session.count };
        self.all.push(session);
        Some(turn)
    }

    /// The server has named the nonce that follows.
    pub fn renew(&mut self, place: Place<'_>, nonce: String) {
        if let Some(session) = self.nearest(place).and_then(|at| self.all.get_mut(at)) {
            session.challenge.nonce = nonce;
            (session.cnonce, session.count) = (None, 0);
        }
    }

    /// The credentials were refused.
    pub fn end(&mut self, place: Place<'_>, realm: &str) {
        self.all.retain(|session| session.origin != place.origin || session.challenge.realm != realm);
    }

    /// A request without credentials was not refused.
    pub fn leave_open(&mut self, place: Place<'_>) {
        if !self.open.iter().any(|origin| origin == place.origin) {
            self.open.push(place.origin.to_owned());
        }
    }

    /// Whether requests there go out with credentials.
    pub fn has_any(&self, place: Place<'_>) -> bool {
        self.nearest(place).is_some()
    }

    /// Whether a request will be refused at first, as far as is known.
    pub fn expects_challenge(&self, place: Place<'_>) -> bool {
        !self.has_any(place) && !self.open.iter().any(|origin| origin == place.origin)
    }

    /// The session whose folder is nearest, else the one used last.
    fn nearest(&self, place: Place<'_>) -> Option<usize> {
        let near = |session: &Session| {
            if place.target.starts_with(&session.folder) { session.folder.len() } else { 0 }
        };
        let here = self.all.iter().enumerate().filter(|(_, session)| session.origin == place.origin);
        here.max_by_key(|(_, session)| near(session)).map(|(at, _)| at)
    }
}

/// The path up to its last slash.
fn folder_of(target: &str) -> &str {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    path.rfind('/').map_or("/", |at| &path[..=at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::digest::answer::Algorithm;

    fn challenge(text: &str) -> Challenge {
        Challenge::choose([text], &Algorithm::ALL).unwrap()
    }

    fn at(target: &str) -> Place<'_> {
        Place { origin: "http://a:1", target }
    }

    #[test]
    fn a_session_is_counted_on_and_belongs_to_origin_and_realm() {
        let mut sessions = Sessions::default();
        let mut drawn = 0;
        let mut next = |sessions: &mut Sessions, place| {
            drawn += 1;
            let turn = sessions.turn(place, format!("c{drawn}"));
            turn.map_or_else(String::new, |turn| format!("{} {} {}", turn.challenge.nonce, turn.cnonce, turn.count))
        };
        assert_eq!(next(&mut sessions, at("/")), "");
        sessions.begin(at("/a/x?q=/z"), challenge("Digest realm=A, nonce=1, qop=auth"));
        assert_eq!(next(&mut sessions, at("/a/x")), "1 c2 1");
        assert_eq!(next(&mut sessions, at("/other")), "1 c3 2");
        assert_eq!(next(&mut sessions, Place { origin: "http://b:1", target: "/a/x" }), "");
        sessions.begin(at("/b/x"), challenge("Digest realm=B, nonce=2, algorithm=MD5-sess, qop=auth"));
        assert_eq!(next(&mut sessions, at("/b/y")), "2 c5 1");
        // The client's nonce stays as long as the server's.
        assert_eq!(next(&mut sessions, at("/b/y")), "2 c5 2");
        assert_eq!(next(&mut sessions, at("/a/y")), "1 c7 3");
        sessions.begin(at("/a/b/c"), challenge("Digest realm=A, nonce=3, stale=true"));
        assert_eq!(next(&mut sessions, at("/a/z")), "3 c8 1");
        sessions.renew(at("/b/y"), "4".to_owned());
        assert_eq!(next(&mut sessions, at("/b/y")), "4 c9 1");
        sessions.end(at("/"), "B");
        assert_eq!(next(&mut sessions, at("/b/y")), "3 c10 2");
        for number in 0..100 {
            sessions.begin(
                Place { origin: "http://b:1", target: "/" },
                challenge(&format!("Digest realm={number}, nonce=n")),
            );
        }
        assert_eq!(next(&mut sessions, at("/")), "");
    }

    #[test]
    fn where_nobody_asked_no_challenge_is_expected() {
        let mut sessions = Sessions::default();
        assert!(sessions.expects_challenge(at("/")));
        sessions.leave_open(at("/"));
        assert!(!sessions.expects_challenge(at("/x")));
        sessions.begin(at("/"), challenge("Digest realm=A, nonce=1"));
        assert!(!sessions.expects_challenge(at("/x")));
        sessions.end(at("/"), "A");
        assert!(sessions.expects_challenge(at("/x")));
    }
}
