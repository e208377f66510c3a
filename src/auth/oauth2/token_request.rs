//! The request for a token: its grant, and how the client proves who it is (RFC 6749, 7521, 7523, 8705, 8707).
//!
//! Owns: the form and the headers. Does not: send it, read the answer (see `token_answer`).

use std::time::SystemTime;

use crate::auth::basic::basic_credentials;
use crate::auth::fields::{AuthFields, Wrong};
use crate::auth::jwt::{Jwt, key_texts};
use crate::auth::signer::Signer;
use crate::exchange::authorization::Errand;
use crate::exchange::url::target_with;
use crate::variables::body::form_encoded;

/// The names that client authentication methods are registered by, and a variant of one for servers that do not decode.
pub(super) const CLIENT_AUTHS: [&str; 7] = [
    "client_secret_basic",
    "client_secret_basic_raw",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "none",
];

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// An assertion of the client lives no longer than this.
const LONGEST: u64 = 300;

/// How the client proves who it is.
enum Client {
    /// `Authorization: Basic`, name and secret encoded as in a form, or as they are.
    Basic { id: String, secret: String, is_raw: bool },
    /// Both in the form.
    Post { id: String, secret: String },
    /// A token that it signs.
    Assertion { id: String, jwt: Box<Jwt> },
    /// By its certificate, or not at all; the name is in the form.
    Named(Option<String>),
}

enum Grant {
    ClientCredentials,
    Password { username: String, password: String },
    RefreshToken(String),
    JwtBearer(Box<Jwt>),
}

/// What is asked for, and by whom.
pub(super) struct TokenRequest {
    url: String,
    grant: Grant,
    client: Client,
    /// The audience of assertions.
    audience: String,
    /// The rest of the form.
    pairs: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    secrets: Vec<String>,
}

impl TokenRequest {
    /// The request of a block.
    pub fn of(fields: &AuthFields<'_>) -> Result<TokenRequest, Wrong> {
        let url = fields.text("token_url")?;
        target_with(&url, Default::default())
            .map_err(|reason| Wrong::of("token_url", format!("token_url: {reason}")))?;
        let assertion = fields.within("assertion")?;
        let in_assertion = |wrong: Wrong| Wrong {
            is_unreadable: wrong.is_unreadable,
            ..Wrong::of("assertion", format!("assertion: {}", wrong.message))
        };
        let jwt = |signer: Option<Signer>| match (&assertion, signer) {
            (Some(fields), None) => Jwt::of(fields).map_err(in_assertion),
            (Some(fields), Some(signer)) => Jwt::with(fields, signer).map_err(in_assertion),
            (None, Some(signer)) => Ok(Jwt::plain(signer)),
            (None, None) => Err("assertion is missing: {algorithm: …, key_file: …}".to_owned().into()),
        };
        let id = fields.optional("client_id")?;
        let secret = fields.optional("client_secret")?;
        let grant = fields.optional("grant")?;
        // Where the grant is an assertion as well, the claims are its own: they may speak of somebody else.
        let of_client = |jwt: Jwt| match grant.as_deref() {
            Some("jwt_bearer") => jwt.at_most(LONGEST).without_claims(),
            _ => jwt.at_most(LONGEST),
        };
        // Who has no name at all cannot prove it either.
        let method = match fields.optional("client_auth")? {
            Some(method) => method,
            None if id.is_none() && grant.as_deref().is_some_and(|grant| grant != "client_credentials") => {
                "none".to_owned()
            }
            None => "client_secret_basic".to_owned(),
        };
        let needed_id = || id.clone().ok_or_else(|| Wrong::from("client_id is missing".to_owned()));
        let needed_secret = || {
            let message =
                format!("client_secret is missing, which client_auth: {method} needs; a public client has none");
            secret.clone().ok_or_else(|| Wrong::from(message))
        };
        let client = match method.as_str() {
            "client_secret_basic" | "client_secret_basic_raw" => {
                let (id, is_raw) = (needed_id()?, method.ends_with("_raw"));
                if is_raw && id.contains(':') {
                    let message = "client_id has a colon, which client_secret_basic_raw cannot carry";
                    return Err(Wrong::of("client_id", message));
                }
                Client::Basic { id, secret: needed_secret()?, is_raw }
            }
            "client_secret_post" => Client::Post { id: needed_id()?, secret: needed_secret()? },
            "client_secret_jwt" => {
                let signer = Signer::new("HS256", needed_secret()?.as_bytes());
                let signer = signer.map_err(|message| Wrong::of("client_secret", message))?;
                Client::Assertion { id: needed_id()?, jwt: Box::new(of_client(jwt(Some(signer))?)) }
            }
            "private_key_jwt" => Client::Assertion { id: needed_id()?, jwt: Box::new(of_client(jwt(None)?)) },
            "tls_client_auth" => Client::Named(Some(needed_id()?)),
            "none" => Client::Named(id.clone()),
            _ => {
                return Err(Wrong::of(
                    "client_auth",
                    format!("client_auth must be one of {}", CLIENT_AUTHS.join(", ")),
                ));
            }
        };
        let grant = match grant.as_deref() {
            None | Some("client_credentials") => Grant::ClientCredentials,
            Some("password") => Grant::Password {
                username: needed(fields, "username", "password")?,
                password: needed(fields, "password", "password")?,
            },
            Some("refresh_token") => Grant::RefreshToken(needed(fields, "refresh_token", "refresh_token")?),
            Some("jwt_bearer") => Grant::JwtBearer(Box::new(jwt(None)?)),
            Some(_) => {
                return Err(Wrong::of(
                    "grant",
                    "grant must be client_credentials, password, refresh_token or jwt_bearer",
                ));
            }
        };
        let mut pairs = Vec::new();
        let scope = fields.texts("scope")?.join(" ");
        if !scope.is_empty() {
            pairs.push(("scope".to_owned(), scope));
        }
        pairs.extend(fields.optional("audience")?.map(|audience| ("audience".to_owned(), audience)));
        pairs.extend(fields.texts("resource")?.into_iter().map(|resource| ("resource".to_owned(), resource)));
        pairs.extend(fields.pairs("params")?);
        let audience = match &assertion {
            Some(fields) => fields.optional("audience").map_err(in_assertion)?,
            None => None,
        };
        let mut secrets: Vec<String> = secret.into_iter().collect();
        secrets.extend(fields.optional("password")?);
        secrets.extend(fields.optional("refresh_token")?);
        secrets.extend(assertion.iter().flat_map(key_texts));
        if let Client::Basic { .. } = &client {
            secrets.extend(client.basic());
        }
        let headers = fields.pairs("headers")?;
        Ok(TokenRequest {
            audience: audience.unwrap_or_else(|| url.clone()),
            url,
            grant,
            client,
            pairs,
            headers,
            secrets,
        })
    }

    /// Where it goes.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The texts that nobody is to see.
    pub fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.secrets.iter().filter(|secret| !secret.is_empty()).for_each(|secret| tell(secret));
    }

    /// The request; with a refresh token in place of its grant, if there is one. `learn` hears of what is secret in it.
    pub fn errand(
        &self,
        date: SystemTime,
        refresh: Option<&str>,
        learn: &mut dyn FnMut(&str),
    ) -> Result<Errand, String> {
        let mut form: Vec<(&str, String)> = Vec::new();
        let signed = |jwt: &Jwt, claims: &[(&str, &str)], learn: &mut dyn FnMut(&str)| {
            let token = jwt.token(date, claims)?;
            learn(&token);
            Ok::<String, String>(token)
        };
        match (refresh, &self.grant) {
            (Some(token), _) => {
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", token.to_owned()));
            }
            (None, Grant::RefreshToken(token)) => {
                form.push(("grant_type", "refresh_token".to_owned()));
                form.push(("refresh_token", token.clone()));
            }
            (None, Grant::ClientCredentials) => form.push(("grant_type", "client_credentials".to_owned())),
            (None, Grant::Password { username, password }) => {
                form.push(("grant_type", "password".to_owned()));
                form.push(("username", username.clone()));
                form.push(("password", password.clone()));
            }
            (None, Grant::JwtBearer(jwt)) => {
                let id = self.client.id().unwrap_or_default();
                let mut claims = vec![("aud", self.audience.as_str())];
                if !id.is_empty() {
                    claims.splice(0..0, [("iss", id), ("sub", id)]);
                }
                form.push(("grant_type", JWT_BEARER.to_owned()));
                form.push(("assertion", signed(jwt, &claims, learn)?));
            }
        }
        form.extend(self.pairs.iter().map(|(name, value)| (name.as_str(), value.clone())));
        let mut headers = vec![
            ("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ("Accept".to_owned(), "application/json".to_owned()),
        ];
        match &self.client {
            Client::Basic { .. } => {
                let credentials = self.client.basic().unwrap_or_default();
                headers.push(("Authorization".to_owned(), format!("Basic {credentials}")));
            }
            Client::Post { id, secret } => {
                form.push(("client_id", id.clone()));
                form.push(("client_secret", secret.clone()));
            }
            Client::Assertion { id, jwt } => {
                let claims = [("iss", id.as_str()), ("sub", id), ("aud", &self.audience)];
                form.push(("client_id", id.clone()));
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", signed(jwt, &claims, learn)?));
            }
            Client::Named(id) => form.extend(id.iter().map(|id| ("client_id", id.clone()))),
        }
        headers.retain(|(name, _)| !self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)));
        headers.extend(self.headers.iter().cloned());
        Ok(Errand {
            method: "POST".to_owned(),
            url: self.url.clone(),
            headers,
            body: Some(encoded(&form).into_bytes()),
        })
    }

    /// What may help where a token was refused for this reason.
    pub fn remedy(&self, reason: &str) -> Option<&'static str> {
        let Client::Basic { id, secret, is_raw: false } = &self.client else { return None };
        let is_changed = form_encoded(id) != *id || form_encoded(secret) != *secret;
        (is_changed && reason.contains("invalid_client")).then_some(
            "if the server does not decode id and secret, client_auth: client_secret_basic_raw sends them as they are",
        )
    }
}

impl Client {
    fn id(&self) -> Option<&str> {
        match self {
            Client::Basic { id, .. } | Client::Post { id, .. } | Client::Assertion { id, .. } => Some(id),
            Client::Named(id) => id.as_deref(),
        }
    }

    /// What stands behind `Basic`.
    fn basic(&self) -> Option<String> {
        match self {
            Client::Basic { id, secret, is_raw: true } => Some(basic_credentials(id, secret)),
            Client::Basic { id, secret, is_raw: false } => {
                Some(basic_credentials(&form_encoded(id), &form_encoded(secret)))
            }
            Client::Post { .. } | Client::Assertion { .. } | Client::Named(_) => None,
        }
    }
}

/// A text that a grant cannot do without.
fn needed(fields: &AuthFields<'_>, key: &str, grant: &str) -> Result<String, Wrong> {
    match fields.value(key) {
        Some(_) => fields.text(key),
        None => Err(format!("{key} is missing, which grant: {grant} needs").into()),
    }
}

/// Pairs as the body of a form.
fn encoded(form: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        form.iter().map(|(name, value)| format!("{}={}", form_encoded(name), form_encoded(value))).collect();
    pairs.join("&")
}
