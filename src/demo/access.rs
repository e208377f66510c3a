//! Routes that ask who calls: a token endpoint and what its tokens open, a realm of Digest, a signed route.
//!
//! Owns: the checks, which share nothing with what signs requests, so that each shows the other's mistakes. Does not:
//! know HTTP framing, keep anything for longer than the server lives.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::json;

use super::http1::{Answer, Call};
use super::query::Query;
use crate::exchange::url::percent_decode as decode;
use crate::ground::hex::hex;

/// The client that may ask for tokens.
const CLIENT: (&str, &str) = ("demo-shop", "kept+outside/of=suites");
/// The user of the realm, and of the grant `password`.
const USER: (&str, &str) = ("ada", "lovelace");
/// Who signs.
const SIGNER: (&str, &str) = ("AKIDSAMPLE", "a/sample+key");
/// The name of the realm.
const REALM: &str = "sample";
/// What begins a signature, and what is signed.
const SIGV4: &str = "AWS4-HMAC-SHA256";

/// The variables that the suite of these routes takes, as a store of secrets would give them.
pub(super) const GIVEN: &[(&str, &str)] =
    &[("client_secret", CLIENT.1), ("ada_password", USER.1), ("signing_key", SIGNER.1)];

/// What was handed out.
#[derive(Debug, Default)]
pub(super) struct Access {
    tokens: u64,
    nonces: u64,
}

impl Access {
    /// `POST /token` (RFC 6749): the grants that need no browser, but assertions.
    pub fn token(&mut self, call: &Call) -> Answer {
        if call.method != "POST" {
            return Answer::error(405, "ask for a token with POST").with("Allow", "POST");
        }
        let form = Query::parse(std::str::from_utf8(&call.body).unwrap_or_default());
        let of_form = |name: &str| form.get(name).unwrap_or_default().to_owned();
        let client = match call.header("authorization").and_then(|value| value.strip_prefix("Basic ")) {
            Some(given) => login(given),
            None => (of_form("client_id"), of_form("client_secret")),
        };
        let refused = |status: u16, error: &str| Answer::json(status, &json!({ "error": error }));
        if client != (CLIENT.0.to_owned(), CLIENT.1.to_owned()) {
            return refused(401, "invalid_client").with("WWW-Authenticate", "Basic realm=\"sample\"");
        }
        let is_granted = match form.get("grant_type") {
            Some("client_credentials") => true,
            Some("password") => (form.get("username"), form.get("password")) == (Some(USER.0), Some(USER.1)),
            Some("refresh_token") => self.is_ours("sample-refresh-", form.get("refresh_token").unwrap_or_default()),
            _ => return refused(400, "unsupported_grant_type"),
        };
        if !is_granted {
            return refused(400, "invalid_grant");
        }
        self.tokens += 1;
        let number = self.tokens;
        Answer::json(
            200,
            &json!({
                "access_token": format!("sample-token-{number}"),
                "refresh_token": format!("sample-refresh-{number}"),
                "token_type": "Bearer",
                "expires_in": 300,
            }),
        )
    }

    /// `GET /account`: what a token opens; it says how many were fetched by now.
    pub fn account(&self, call: &Call) -> Answer {
        let given = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if given.is_some_and(|token| self.is_ours("sample-token-", token)) {
            Answer::json(200, &json!({ "open": true, "tokens": self.tokens }))
        } else {
            Answer::error(401, "send a token of /token").with("WWW-Authenticate", "Bearer error=\"invalid_token\"")
        }
    }

    fn is_ours(&self, start: &str, text: &str) -> bool {
        let number = text.strip_prefix(start).and_then(|number| number.parse().ok());
        number.is_some_and(|number: u64| (1..=self.tokens).contains(&number))
    }

    /// `/digest`: the realm of ada, by RFC 7616 with SHA-256.
    pub fn digest(&mut self, call: &Call) -> Answer {
        let given = call.header("authorization").and_then(|value| value.strip_prefix("Digest "));
        if given.is_some_and(|given| self.is_proved(given, call)) {
            return Answer::json(200, &json!({ "authenticated": true, "user": USER.0, "challenges": self.nonces }));
        }
        self.nonces += 1;
        let challenge = format!(
            "Digest realm=\"{REALM}\", qop=\"auth\", algorithm=SHA-256, nonce=\"sample-nonce-{}\"",
            self.nonces
        );
        Answer::json(401, &json!({ "authenticated": false })).with("WWW-Authenticate", challenge)
    }

    fn is_proved(&self, given: &str, call: &Call) -> bool {
        let said = Said::parse(given);
        let number = said.get("nonce").strip_prefix("sample-nonce-").and_then(|number| number.parse().ok());
        let is_ours = number.is_some_and(|number: u64| (1..=self.nonces).contains(&number));
        let user = hash(&format!("{}:{REALM}:{}", USER.0, USER.1));
        let request = hash(&format!("{}:{}", call.method, call.target));
        let [nonce, nc, cnonce] = ["nonce", "nc", "cnonce"].map(|name| said.get(name));
        let wanted = hash(&format!("{user}:{nonce}:{nc}:{cnonce}:auth:{request}"));
        is_ours && said.get("username") == USER.0 && said.get("uri") == call.target && said.get("response") == wanted
    }
}

/// `/signed`: what AWS asks for, Signature Version 4 with the body's hash.
pub(super) fn signed(call: &Call) -> Answer {
    match call.header("authorization").and_then(|value| value.strip_prefix(SIGV4)) {
        None => Answer::error(403, "sign the request with AWS Signature Version 4"),
        Some(given) if is_signed(given, call).unwrap_or(false) => Answer::json(200, &json!({ "signed_by": SIGNER.0 })),
        Some(_) => Answer::error(403, "this is not the signature of this request"),
    }
}

fn is_signed(given: &str, call: &Call) -> Option<bool> {
    let said = Said::parse(given);
    let (key_id, scope) = said.get("Credential").split_once('/')?;
    let date = call.header("x-amz-date")?;
    let names = said.get("SignedHeaders");
    let mut headers = String::new();
    for name in names.split(';') {
        headers.push_str(&format!("{name}:{}\n", call.header(name)?.trim()));
    }
    let (path, query) = call.target.split_once('?').unwrap_or((&call.target, ""));
    let body = hex(digest(&SHA256, &call.body).as_ref());
    let request = hash(&format!("{}\n{path}\n{query}\n{headers}\n{names}\n{body}", call.method));
    let first = format!("AWS4{}", SIGNER.1).into_bytes();
    let key = scope.split('/').fold(first, |key, part| sign(&key, part));
    let wanted = hex(&sign(&key, &format!("{SIGV4}\n{date}\n{scope}\n{request}")));
    let covers = |name: &str| names.split(';').any(|have| have == name);
    let is_whole = covers("host") && covers("x-amz-date") && scope.starts_with(date.get(..8)?);
    Some(key_id == SIGNER.0 && is_whole && said.get("Signature") == wanted)
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hash(text: &str) -> String {
    hex(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Name and secret behind `Basic`, each of them coded as in a form.
fn login(given: &str) -> (String, String) {
    let text = BASE64_STANDARD.decode(given.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.unwrap_or_default();
    let (name, secret) = text.split_once(':').unwrap_or((&text, ""));
    (decode(&name.replace('+', " ")), decode(&secret.replace('+', " ")))
}

/// What an `Authorization` header says: `name=value` and `name="value"`, parted by commas.
struct Said<'h>(Vec<(&'h str, &'h str)>);

impl<'h> Said<'h> {
    fn parse(text: &'h str) -> Said<'h> {
        let mut pairs = Vec::new();
        let mut rest = text;
        while let Some((name, value)) = rest.split_once('=') {
            let (value, behind) = match value.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
                None => value.split_once(',').unwrap_or((value, "")),
            };
            pairs.push((name.trim_matches([',', ' ']), value.trim()));
            rest = behind;
        }
        Said(pairs)
    }

    fn get(&self, name: &str) -> &'h str {
        self.0.iter().find(|(have, _)| *have == name).map_or("", |(_, value)| value)
    }
}
