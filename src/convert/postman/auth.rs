//! Authentication of a collection, a folder or a request, as an `auth` block.
//!
//! Owns: the types, and which of their parameters a block has. Does not: know who inherits from whom (see `mod`).

use serde_json::Value as Json;

use super::variables::Variables;
use crate::convert::places::Part;
use crate::convert::text::Text;
use crate::convert::yaml::Yaml;

/// What a request has.
#[derive(Debug, Clone, PartialEq)]
pub enum Auth {
    /// None.
    None,
    /// The block, and the header that it sets.
    Block(Yaml, String),
    /// One that has no counterpart: its type.
    Lost(String),
}

/// A parameter, and its key here.
type Renamed = (&'static str, &'static str);

/// Types that have the same parameters under other names: the type, its name here, its parameters.
const SIMPLE: [(&str, &str, &[Renamed]); 4] = [
    ("basic", "basic", &[("username", "username"), ("password", "password")]),
    ("bearer", "bearer", &[("token", "token")]),
    ("digest", "digest", &[("username", "username"), ("password", "password")]),
    (
        "awsv4",
        "aws_sigv4",
        &[
            ("accessKey", "access_key_id"),
            ("secretKey", "secret_access_key"),
            ("sessionToken", "session_token"),
            ("region", "region"),
            ("service", "service"),
        ],
    ),
];

/// Parameters whose values are secret.
const SECRET: [&str; 11] = [
    "password",
    "token",
    "value",
    "accessKey",
    "secretKey",
    "sessionToken",
    "accessToken",
    "clientSecret",
    "secret",
    "privateKey",
    "refreshToken",
];

/// Reads `{type: …, TYPE: …}`.
pub fn read(part: Part<'_>, variables: &mut Variables<'_>) -> Auth {
    let Some(kind) = part.member("type").and_then(Part::string) else { return Auth::None };
    if kind == "noauth" {
        return Auth::None;
    }
    let parameters = Parameters::of(part.member(&kind));
    let mut block = Block { parameters, variables, members: Vec::new() };
    if let Some((_, name, keys)) = SIMPLE.iter().find(|(have, ..)| *have == kind) {
        block.word("type", name);
        keys.iter().for_each(|(from, to)| block.parameter(from, to));
        return block.done("Authorization");
    }
    match kind.as_str() {
        "apikey" => {
            let place = match block.parameters.get("in").as_deref() {
                Some("query") => "query",
                _ => "header",
            };
            let name = block.parameters.get("key").unwrap_or_default();
            block.word("type", "api_key");
            block.parameter("key", "name");
            block.parameter("value", "value");
            block.word("in", place);
            block.done(if place == "header" { &name } else { "" })
        }
        "oauth2" => oauth2(block),
        "jwt" => jwt(block),
        _ => Auth::Lost(kind),
    }
}

/// With a grant that needs nobody at a browser, its own token; else the one that is stored.
fn oauth2(mut block: Block<'_, '_>) -> Auth {
    let parameters = &block.parameters;
    let has = |name: &str| parameters.get(name).is_some_and(|value| !value.is_empty());
    let grant = match parameters.get("grant_type").or_else(|| parameters.get("grantType")).as_deref() {
        Some("client_credentials") => "client_credentials",
        Some("password_credentials" | "password") => "password",
        _ => "",
    };
    if !grant.is_empty() && has("accessTokenUrl") && has("clientId") {
        let is_in_body =
            ["client_authentication", "clientAuth"].iter().any(|name| parameters.get(name).as_deref() == Some("body"));
        block.word("type", "oauth2");
        block.parameter("accessTokenUrl", "token_url");
        block.word("grant", grant);
        block.parameter("clientId", "client_id");
        block.parameter("clientSecret", "client_secret");
        if is_in_body {
            block.word("client_auth", "client_secret_post");
        }
        block.parameter("scope", "scope");
        if grant == "password" {
            block.parameter("username", "username");
            block.parameter("password", "password");
        }
        return block.done("Authorization");
    }
    if !has("accessToken") {
        return Auth::Lost("oauth2 without a grant that can be made here, and without a stored token".to_owned());
    }
    if parameters.get("addTokenTo").as_deref() == Some("queryParams") {
        block.word("type", "api_key");
        block.word("name", "access_token");
        block.parameter("accessToken", "value");
        block.word("in", "query");
        return block.done("");
    }
    block.word("type", "bearer");
    block.parameter("accessToken", "token");
    block.done("Authorization")
}

fn jwt(mut block: Block<'_, '_>) -> Auth {
    let parameters = &block.parameters;
    if parameters.get("addTokenTo").is_some_and(|place| place.starts_with("query")) {
        return Auth::Lost("jwt in the query".to_owned());
    }
    let algorithm = parameters.get("algorithm").unwrap_or_else(|| "HS256".to_owned());
    let key = match (algorithm.starts_with("HS"), parameters.get("isSecretBase64Encoded").as_deref()) {
        (true, Some("true")) => ("secret", "key_base64"),
        (true, _) => ("secret", "key"),
        (false, _) => ("privateKey", "key"),
    };
    let prefix = parameters.get("headerPrefix").filter(|prefix| prefix != "Bearer");
    block.variables.suite.note("tokens of jwt have iat, exp and jti besides the claims of the collection");
    block.word("type", "jwt");
    block.word("algorithm", &algorithm);
    block.parameter(key.0, key.1);
    block.claims("payload", "claims");
    block.claims("header", "header");
    if let Some(prefix) = prefix {
        block.word("in", &format!("Authorization: {prefix}"));
    }
    block.done("Authorization")
}

/// The parameters of a type: a list of `{key, value}`, or in version 2.0 a mapping.
struct Parameters(Json);

impl Parameters {
    fn of(part: Option<Part<'_>>) -> Parameters {
        let Some(part) = part else { return Parameters(Json::Null) };
        if !part.is_list() {
            return Parameters(part.json());
        }
        let mut members = serde_json::Map::new();
        for entry in part.items() {
            let [key, value] = entry.members(["key", "value"]);
            if let (Some(key), Some(value)) = (key.and_then(Part::string), value) {
                members.insert(key, value.json());
            }
        }
        Parameters(Json::Object(members))
    }

    fn get(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Json::String(text) => Some(text.clone()),
            Json::Null => None,
            other => Some(other.to_string()),
        }
    }
}

struct Block<'v, 's> {
    parameters: Parameters,
    variables: &'v mut Variables<'s>,
    members: Vec<(&'static str, Yaml)>,
}

impl Block<'_, '_> {
    fn word(&mut self, key: &'static str, value: &str) {
        self.members.push((key, Yaml::text(value)));
    }

    /// A parameter under its key here; left out where it is empty.
    fn parameter(&mut self, from: &str, to: &'static str) {
        let Some(value) = self.parameters.get(from).filter(|value| !value.is_empty()) else { return };
        let text = self.variables.text(&value);
        let text: Text = match text.as_plain() {
            Some(plain) if SECRET.contains(&from) => self.variables.suite.secret(to, plain),
            _ if to == "token_url" => self.variables.suite.token_url(text),
            _ => text,
        };
        self.members.push((to, text.to_yaml()));
    }

    /// A mapping that is written as JSON text.
    fn claims(&mut self, from: &str, to: &'static str) {
        let written = self.parameters.get(from).unwrap_or_default();
        let json: Json = serde_json::from_str(&written).unwrap_or_default();
        if json.as_object().is_some_and(|members| !members.is_empty()) {
            let (yaml, has_variables) = super::body::templated(&json, self.variables);
            self.members.push((to, if has_variables { Yaml::map([("template", yaml)]) } else { Yaml::json(&json) }));
        }
    }

    fn done(self, header: &str) -> Auth {
        Auth::Block(Yaml::map(self.members), header.to_owned())
    }
}
