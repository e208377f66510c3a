//! JSON Web Tokens that are signed here, one for each send.
//!
//! Owns: their header and claims, the kind `jwt`. Does not: know how an algorithm signs (see `signer`).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json, json};

use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::header_line::Holder;
use crate::auth::keys::{AuthKey, Form, key, needed};
use crate::auth::made::Made;
use crate::auth::signer::{Signer, given_key, least_length};
use crate::exchange::authorization::{Auth, CurlFlag, Unsigned};
use crate::variables::generator::unrepeatable_uuid;

pub(super) const KEYS: &[AuthKey] = &[
    needed("algorithm", Form::Text),
    key("key", Form::Text),
    key("key_file", Form::Text),
    key("key_base64", Form::Text),
    key("header", Form::Mapping),
    key("claims", Form::Mapping),
    key("expires_in", Form::Seconds),
    key("kid", Form::Text),
    key("in", Form::Text),
];

/// What makes tokens of one key.
pub(super) struct Jwt {
    signer: Signer,
    header: Map<String, Json>,
    claims: Map<String, Json>,
    lifetime: u64,
}

impl Jwt {
    /// The tokens of a block.
    pub fn of(fields: &AuthFields<'_>) -> Result<Jwt, Wrong> {
        Jwt::with(fields, Signer::of(fields)?)
    }

    /// The tokens of a block with a key from elsewhere.
    pub fn with(fields: &AuthFields<'_>, signer: Signer) -> Result<Jwt, Wrong> {
        let object = |key: &str| match fields.value(key) {
            None => Ok(Map::new()),
            Some(Json::Object(entries)) => Ok(entries.clone()),
            Some(_) => Err(Wrong::of(key, format!("{key} must be a mapping"))),
        };
        let mut jwt = Jwt::plain(signer);
        jwt.header.extend(object("header")?.into_iter().filter(|(name, _)| name != "alg"));
        if let Some(kid) = fields.optional("kid")? {
            jwt.header.insert("kid".to_owned(), kid.into());
        }
        let lifetime = fields.seconds("expires_in")?.map_or(jwt.lifetime, |seconds| seconds as u64);
        Ok(Jwt { claims: object("claims")?, lifetime, ..jwt })
    }

    /// The usual tokens of a key, of which nothing is said.
    pub fn plain(signer: Signer) -> Jwt {
        let mut header = Map::new();
        header.insert("alg".to_owned(), signer.algorithm.into());
        header.insert("typ".to_owned(), "JWT".into());
        Jwt { signer, header, claims: Map::new(), lifetime: 300 }
    }

    /// Lives no longer than this.
    pub fn at_most(mut self, seconds: u64) -> Jwt {
        self.lifetime = self.lifetime.min(seconds);
        self
    }

    /// Says nothing but what every token says.
    pub fn without_claims(mut self) -> Jwt {
        self.claims.clear();
        self
    }

    /// A token; `defaults` are claims that are set unless they are given.
    pub fn token(&self, date: SystemTime, defaults: &[(&str, &str)]) -> Result<String, String> {
        let now = date.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut claims = self.claims.clone();
        for (name, value) in defaults {
            claims.entry((*name).to_owned()).or_insert_with(|| (*value).into());
        }
        claims.entry("iat".to_owned()).or_insert_with(|| now.into());
        claims.entry("exp".to_owned()).or_insert_with(|| json!(now.saturating_add(self.lifetime)));
        claims.entry("jti".to_owned()).or_insert_with(|| unrepeatable_uuid().into());
        self.signed(&Json::Object(self.header.clone()).to_string(), &Json::Object(claims).to_string())
    }

    fn signed(&self, header: &str, claims: &str) -> Result<String, String> {
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let mut token = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = self.signer.sign(token.as_bytes())?;
        token.push('.');
        token.push_str(&encode(&signature));
        Ok(token)
    }
}

/// The texts of a block that hold its key.
pub(super) fn key_texts(fields: &AuthFields<'_>) -> Vec<String> {
    ["key", "key_base64"].iter().filter_map(|key| fields.optional(key).ok().flatten()).collect()
}

/// A secret that is shorter than its hash is weak; there are servers that have one.
pub(super) fn doubt(fields: &AuthFields<'_>) -> Option<(&'static str, String)> {
    let algorithm = fields.optional("algorithm").ok().flatten()?;
    let least = least_length(&algorithm);
    if least == 0 {
        return None;
    }
    let (key, secret) = given_key(fields, &algorithm).ok()?;
    let is_short = secret.len() < least;
    is_short.then(|| (key, format!("{key} has {} bytes; {algorithm} wants at least {least} (RFC 7518)", secret.len())))
}

/// A token in a header, made for each send.
struct Minted {
    jwt: Jwt,
    holder: Holder,
    key: Vec<String>,
    made: Made,
}

pub(super) fn make(fields: &AuthFields<'_>) -> Result<Arc<dyn Auth>, Wrong> {
    let holder = Holder::parse(fields.optional("in")?.as_deref())?;
    Ok(Arc::new(Minted { jwt: Jwt::of(fields)?, holder, key: key_texts(fields), made: Made::default() }))
}

impl Auth for Minted {
    fn header(&self) -> Option<&str> {
        Some(&self.holder.name)
    }

    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let token = self.jwt.token(request.date, &[])?;
        let line = self.holder.line(&token);
        self.made.note(&token);
        Ok(line)
    }

    fn curl(&self) -> Vec<CurlFlag> {
        vec![self.holder.curl("")]
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.key.iter().for_each(|key| tell(key));
        self.made.each(tell);
    }

    fn each_sent(&self, tell: &mut dyn FnMut(&str)) {
        self.made.each(tell);
    }
}

#[cfg(test)]
mod tests;
