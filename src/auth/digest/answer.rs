//! Answers to challenges (RFC 7616, RFC 2617, and the form of RFC 2069), and which challenge is taken.
//!
//! Owns: algorithms, the computation, the header's text. Does not: remember nonces (see `sessions`), take
//! fields apart (see `challenge`), draw the client's nonce.

use crate::auth::digest::challenge::{Scheme, schemes};
use crate::ground::hex::hex;

/// What hashes, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-512/256.
    Sha512Cut,
    /// SHA-256.
    Sha256,
    /// MD5.
    Md5,
}

impl Algorithm {
    /// All of them, the strongest first.
    pub const ALL: [Algorithm; 3] = [Algorithm::Sha512Cut, Algorithm::Sha256, Algorithm::Md5];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha512Cut => "SHA-512-256",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Md5 => "MD5",
        }
    }

    /// The algorithm of this name, in any case.
    pub fn named(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn hash(self, text: &[u8]) -> String {
        let kind = match self {
            Algorithm::Md5 => return hex(&*md5::compute(text)),
            Algorithm::Sha256 => &ring::digest::SHA256,
            Algorithm::Sha512Cut => &ring::digest::SHA512_256,
        };
        hex(ring::digest::digest(kind, text).as_ref())
    }

    /// The parts, joined by colons.
    fn of(self, parts: &[&str]) -> String {
        self.hash(parts.join(":").as_bytes())
    }
}

/// What of a request is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protection {
    /// `auth`: method and target.
    Head,
    /// `auth-int`: the body, too.
    Body,
}

/// A server's challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// What the credentials are for.
    pub realm: String,
    /// The server's nonce.
    pub nonce: String,
    /// The nonce that was used is too old, and nothing else was wrong.
    pub is_stale: bool,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The algorithm as it is named back; nothing where the server named none.
    named: Option<String>,
    /// `-sess`: the credentials are hashed once a nonce, with the client's first nonce.
    is_session: bool,
    protection: Option<Protection>,
    hashes_name: bool,
}

/// What is answered for.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub username: &'a str,
    /// With which password.
    pub password: &'a str,
    /// The method as it is sent.
    pub method: &'a str,
    /// The target as it is sent.
    pub uri: &'a str,
    /// The body as it is sent.
    pub body: &'a [u8],
    /// The client's nonce.
    pub cnonce: &'a str,
    /// How many requests were sent with the server's nonce, this one included.
    pub count: u32,
}

impl Challenge {
    /// The strongest of what these fields offer and `allowed` names; the first of equals.
    pub fn choose<'f>(fields: impl IntoIterator<Item = &'f str>, allowed: &[Algorithm]) -> Option<Challenge> {
        let offered = fields.into_iter().flat_map(schemes).filter_map(|scheme| Challenge::read(&scheme));
        offered.filter(|challenge| allowed.contains(&challenge.algorithm)).min_by_key(|challenge| challenge.algorithm)
    }

    /// A scheme that is Digest, knows its algorithm, has a nonce, and has nothing twice.
    fn read(scheme: &Scheme) -> Option<Challenge> {
        let names: Vec<&str> = scheme.parameters.iter().map(|(name, _)| name.as_str()).collect();
        let has_twice = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
        if scheme.name != "digest" || has_twice {
            return None;
        }
        let named = scheme.get("algorithm");
        let bare = named.unwrap_or("MD5");
        let split = bare.len().saturating_sub("-sess".len());
        let (plain, is_session) = match bare.get(split..) {
            Some(end) if end.eq_ignore_ascii_case("-sess") => (&bare[..split], true),
            _ => (bare, false),
        };
        let is_true = |name: &str| scheme.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let mut offered = scheme.get("qop").unwrap_or_default().split([',', ' ', '\t']).filter(|word| !word.is_empty());
        let protection = match offered.clone().next() {
            None => None,
            Some(_) if offered.clone().any(|word| word.eq_ignore_ascii_case("auth")) => Some(Protection::Head),
            Some(_) if offered.any(|word| word.eq_ignore_ascii_case("auth-int")) => Some(Protection::Body),
            Some(_) => return None,
        };
        Some(Challenge {
            realm: scheme.get("realm").unwrap_or_default().to_owned(),
            nonce: scheme.get("nonce")?.to_owned(),
            is_stale: is_true("stale"),
            opaque: scheme.get("opaque").map(str::to_owned),
            algorithm: Algorithm::named(plain)?,
            named: named.map(str::to_owned),
            is_session,
            protection,
            hashes_name: is_true("userhash"),
        })
    }

    /// Whether one client's nonce must serve as long as the server's does.
    pub fn keeps_cnonce(&self) -> bool {
        self.is_session
    }

    /// The value of `Authorization`.
    pub fn answer(&self, asked: &Asked<'_>) -> String {
        let response = self.response(asked);
        let hashed;
        let username = if self.hashes_name {
            hashed = self.algorithm.of(&[asked.username, &self.realm]);
            &hashed
        } else {
            asked.username
        };
        let mut out = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\"",
            escaped(username),
            escaped(&self.realm),
            escaped(&self.nonce),
            escaped(asked.uri)
        );
        if self.protection.is_some() || self.is_session {
            out.push_str(&format!(", cnonce=\"{}\"", escaped(asked.cnonce)));
        }
        if let Some(protection) = self.protection {
            let name = if protection == Protection::Body { "auth-int" } else { "auth" };
            out.push_str(&format!(", nc={:08x}, qop={name}", asked.count));
        }
        out.push_str(&format!(", response=\"{response}\""));
        if let Some(opaque) = &self.opaque {
            out.push_str(&format!(", opaque=\"{}\"", escaped(opaque)));
        }
        if let Some(named) = &self.named {
            out.push_str(&format!(", algorithm={named}"));
        }
        if self.hashes_name {
            out.push_str(", userhash=true");
        }
        out
    }

    fn response(&self, asked: &Asked<'_>) -> String {
        let algorithm = self.algorithm;
        let mut secret = algorithm.of(&[asked.username, &self.realm, asked.password]);
        if self.is_session {
            secret = algorithm.of(&[&secret, &self.nonce, asked.cnonce]);
        }
        let Some(protection) = self.protection else {
            return algorithm.of(&[&secret, &self.nonce, &algorithm.of(&[asked.method, asked.uri])]);
        };
        let count = format!("{:08x}", asked.count);
        let (name, protected) = match protection {
            Protection::Head => ("auth", algorithm.of(&[asked.method, asked.uri])),
            Protection::Body => ("auth-int", algorithm.of(&[asked.method, asked.uri, &algorithm.hash(asked.body)])),
        };
        algorithm.of(&[&secret, &self.nonce, &count, asked.cnonce, name, &protected])
    }
}

/// What `Authentication-Info` says is the next nonce.
pub fn next_nonce(field: &str) -> Option<String> {
    schemes(field).first()?.get("nextnonce").map(str::to_owned)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The vectors that are shared beside the repository, where they are there.
    fn vectors(what: &str) -> Vec<Value> {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/digest/digest.json");
        let Ok(text) = std::fs::read_to_string(file) else {
            eprintln!("SKIPPED: the vectors of digest are not here");
            return Vec::new();
        };
        let all: Value = serde_json::from_str(&text).unwrap();
        let found = all[what].as_array().unwrap().clone();
        assert!(found.len() >= 6);
        found
    }

    #[test]
    fn responses_are_those_of_the_vectors() {
        for vector in vectors("responses") {
            let name = &vector["name"];
            let text = |key: &str| vector[key].as_str().unwrap();
            let fields: Vec<&str> =
                vector["www_authenticate"].as_array().unwrap().iter().map(|field| field.as_str().unwrap()).collect();
            let challenge = Challenge::choose(fields, &Algorithm::ALL).unwrap();
            let answer = challenge.answer(&Asked {
                username: text("username"),
                password: text("password"),
                method: text("method"),
                uri: text("uri"),
                body: text("body").as_bytes(),
                cnonce: text("cnonce"),
                count: u32::from_str_radix(text("nc"), 16).unwrap(),
            });
            let sent = &schemes(&answer)[0];
            let expected = &vector["expected"];
            for key in ["response", "username", "qop", "opaque"] {
                assert_eq!(sent.get(key), expected[key].as_str(), "{name}: {key} of {answer}");
            }
            let algorithm = sent.get("algorithm").unwrap_or("MD5");
            assert_eq!(Some(algorithm), expected["algorithm"].as_str(), "{name}");
            assert_eq!(sent.get("uri"), Some(text("uri")), "{name}");
            if expected["qop"].is_string() {
                // Neither is quoted.
                assert!(answer.contains(&format!(", nc={}, qop=", text("nc"))), "{answer}");
            }
        }
    }

    #[test]
    fn challenges_are_those_of_the_vectors() {
        for vector in vectors("challenges") {
            let header = vector["header"].as_str().unwrap();
            let found: Vec<String> = schemes(header).into_iter().map(|scheme| scheme.name).collect();
            let wanted: Vec<&str> =
                vector["schemes"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            assert_eq!(found, wanted, "{header}");
            let chosen = Challenge::choose([header], &Algorithm::ALL);
            assert_eq!(chosen.is_some(), vector["usable"].as_bool().unwrap_or(true), "{header}");
            let (Some(chosen), Some(realm)) = (chosen, vector["realm"].as_str()) else { continue };
            assert_eq!((chosen.realm.as_str(), Some(chosen.is_stale)), (realm, vector["stale"].as_bool()));
        }
    }

    #[test]
    fn only_what_is_allowed_is_answered() {
        let fields = ["Digest nonce=a, algorithm=MD5", "Digest nonce=b, algorithm=sha-256-SESS, Digest nonce=c"];
        let nonce = |allowed: &[Algorithm]| Challenge::choose(fields, allowed).map(|challenge| challenge.nonce);
        assert_eq!(nonce(&Algorithm::ALL).as_deref(), Some("b"));
        assert_eq!(nonce(&[Algorithm::Md5]).as_deref(), Some("a"));
        assert_eq!(nonce(&[Algorithm::Sha512Cut]), None);
        assert_eq!(Challenge::choose(["Digest nonce=a, qop=other"], &Algorithm::ALL), None);
        assert_eq!(Challenge::choose(["Digest nonce=a, algorithm=-sess"], &Algorithm::ALL), None);
    }

    #[test]
    fn quotes_are_escaped_and_the_name_is_hashed_where_that_is_asked() {
        let challenge = Challenge::choose(["Digest realm=\"r\\\"\", nonce=n"], &Algorithm::ALL).unwrap();
        let asked =
            Asked { username: "a\\\"b", password: "p", method: "GET", uri: "/64\"", body: b"", cnonce: "c", count: 1 };
        let answer = challenge.answer(&asked);
        assert!(answer.starts_with(r#"Digest username="a\\\"b", realm="r\"", nonce="n", uri="/64\"", response=""#));
        assert!(!answer.contains("cnonce") && !answer.contains("nc=") && !answer.contains("algorithm"));
        assert_eq!(next_nonce("rspauth=\"x\", nextnonce=\"new\"").as_deref(), Some("new"));
        assert_eq!(next_nonce("qop=auth"), None);
    }
}
